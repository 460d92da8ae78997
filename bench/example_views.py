"""Makes the example vault's base, canvas and report anew: `python -m bench.example_views`.

They are what `vaultsync` makes in the demo's vault, and the tests compare them. Look at the difference, and
at the report in a browser, before you commit it.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from bench.measure import environment, run

MADE = ("Papers.base", "Conferences.base", "Conferences/ICASSP 2025.canvas", "Reports/ICASSP 2025.html")
"""The files of the example vault that a command makes."""

COMMANDS = (
    ("views", "install"),
    ("canvas", "ICASSP 2025"),
    ("report", "ICASSP 2025", "-o", "Reports/ICASSP 2025.html"),
)
"""What makes them, in the demo's folder."""


def main() -> int:
    """Make a demo without these files, make them there, and copy them into the example vault."""
    example = Path(__file__).parents[1] / "example_vault"
    for name in MADE:
        (example / name).unlink(missing_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        env = environment(Path(folder) / "home")
        demo = Path(folder) / "demo"
        for arguments in (("demo", str(demo)), *COMMANDS):
            where = demo if demo.is_dir() else Path(folder)
            run([sys.executable, "-m", "vaultsync", *arguments], cwd=where, env=env)
        for name in MADE:
            (example / name).parent.mkdir(exist_ok=True)
            shutil.copyfile(demo / name, example / name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
