"""Makes all views of two vaults anew: `python -m bench.example_views`.

The one is the example vault, which carries its base, canvas and report itself; the other is made of lists
that were made up in the form of a reader's own (`tests/data/import`), and of a conference note with all that
is hard to write down. What the commands give otherwise stands in `tests/data/views`; the tests compare all of
it. Look at the difference, and at the reports in a browser (`--pictures DIR` takes both themes and a phone),
before you commit it.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from bench.measure import PROJECT, environment, run

MADE = ("Papers.base", "Conferences.base", "Conferences/ICASSP 2025.canvas", "Reports/ICASSP 2025.html")
"""The files of the example vault that a command makes."""

COMMANDS = (
    ("views", "install"),
    ("canvas", "ICASSP 2025"),
    ("report", "ICASSP 2025", "-o", "Reports/ICASSP 2025.html"),
)
"""What makes them, in the demo's folder."""

GOLDEN = PROJECT / "tests" / "data" / "views"
IMPORTED = PROJECT / "tests" / "data" / "import"

LISTS = ("digest_made_up.txt", "hf_dated.txt", "library.bib", "items.json")
CONFERENCE = "Conferences/Made-up 2025.md"
TIMELINE = "Timeline.md"
ASKS = "---\ntitle: Timeline\n---\n%% vaultsync:begin timeline %%\n"

Tool = Callable[..., object]
"""Runs a command line of vaultsync's in a folder: `tool("fix", "--yes", cwd=vault)`."""


def make_imported(vault: Path, tool: Tool) -> None:
    """Make the second vault: paper notes of four lists, and a conference note that mentions some."""
    (vault / ".obsidian").mkdir(parents=True)
    (vault / CONFERENCE).parent.mkdir()
    shutil.copyfile(GOLDEN / "Made-up.md", vault / CONFERENCE)
    for name in LISTS:
        tool("import", str(IMPORTED / name), "--no-commit", cwd=vault)


def make_views(vault: Path, note: str, tool: Tool) -> dict[str, str]:
    """Make all views of a vault and of its note; gives what the repository keeps of them, by their names."""
    (vault / TIMELINE).write_text(ASKS, encoding="utf-8")
    tool("fix", "--yes", "--no-commit", cwd=vault)
    tool("views", "install", "--no-commit", cwd=vault)
    tool("canvas", note, "--no-commit", cwd=vault)
    forms = {"report.html": ("report", note), "report.md": ("report", note)}
    forms |= {f"library.{form}": ("export", note, f"--{form}") for form in ("bib", "csl", "ris")}
    made = {"timeline.md": (vault / TIMELINE).read_text(encoding="utf-8")}
    made |= {name: (vault / name).read_text(encoding="utf-8") for name in ("Papers.base", "Conferences.base")}
    made["canvas.json"] = (vault / f"{note.removesuffix('.md')}.canvas").read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        for name, arguments in forms.items():
            tool(*arguments, "-o", str(Path(folder) / name), cwd=vault)
            made[name] = (Path(folder) / name).read_text(encoding="utf-8")
    return made


def pictures(folder: Path) -> None:
    """Take pictures of the reports: light, dark, and on a phone."""
    browser = os.environ.get("CHROMIUM") or shutil.which("chromium") or "chromium"
    for name in ("example", "imported"):
        page = (GOLDEN / name / "report.html").as_uri()
        for look, size, more in (
            ("light", "900,1400", ()),
            ("dark", "900,1400", ("--force-dark-mode", "--blink-settings=preferredColorScheme=0")),
            ("phone", "390,1400", ()),
        ):
            target = folder / f"{name}-{look}.png"
            options = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", *more]
            subprocess.run(
                [browser, *options, f"--window-size={size}", f"--screenshot={target}", page],
                check=True,
                capture_output=True,
            )


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.example_views", description=__doc__)
    parser.add_argument("--pictures", type=Path, metavar="DIR", help="take pictures of the reports, too")
    options = parser.parse_args(arguments)
    example = PROJECT / "example_vault"
    for name in MADE:
        (example / name).unlink(missing_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        env = environment(Path(folder) / "home")
        demo, imported = Path(folder) / "demo", Path(folder) / "imported"

        def tool(*argv: str, cwd: Path) -> None:
            command = [sys.executable, "-m", "vaultsync", *argv]
            run(command, cwd=cwd, env={**env, "PYTHONPATH": str(PROJECT)}, ok=(0, 1))

        tool("demo", str(demo), cwd=Path(folder))
        for command in COMMANDS:
            tool(*command, cwd=demo)
        for name in MADE:
            (example / name).parent.mkdir(exist_ok=True)
            shutil.copyfile(demo / name, example / name)
        make_imported(imported, tool)
        for name, vault, note in (
            ("example", demo, "Conferences/ICASSP 2025.md"),
            ("imported", imported, CONFERENCE),
        ):
            (GOLDEN / name).mkdir(parents=True, exist_ok=True)
            for file, text in make_views(vault, note, tool).items():
                (GOLDEN / name / file).write_text(text, encoding="utf-8", newline="")
    if options.pictures is not None:
        options.pictures.mkdir(parents=True, exist_ok=True)
        pictures(options.pictures)
    return 0


if __name__ == "__main__":
    sys.exit(main())
