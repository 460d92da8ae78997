"""`python -m bench.contract`: schemathesis over the API, against a real daemon on a small vault.

Schemathesis brings thirty packages, so it is no dependency of the tests: it gets an environment of its own
here. The tests have a check of the contract by Hypothesis; this one is written by others, and knows of HTTP
what we may have overlooked.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import venv
from collections.abc import Sequence
from pathlib import Path

from bench.measure import environment, machine, make_repository
from bench.running import Running

PACKAGE = "schemathesis==4.32.5"

LEFT_OUT = ("/v1/status",)
"""Paths that are not tried: a request may wait a minute for news there, as it asked to."""

UNFIT = ("ensure_resource_availability",)
"""Checks that don't fit: a run that changed nothing has no name, and is taken for one that is not found."""

NOTES = {
    "Conferences/ICASSP 2025.md": "---\ntags:\n  - conference\n---\n# Montag\n\n## Rings\n\n- DiffSBDD\n",
    "Papers/DiffSBDD.md": "---\ntitle: 'DiffSBDD: Structure-based Drug Design'\ntags:\n  - paper\n---\n",
    ".obsidian/app.json": "{}\n",
}


def program(folder: Path) -> str:
    """Schemathesis in an environment of its own."""
    venv.create(folder, with_pip=True)
    scripts = folder / ("Scripts" if os.name == "nt" else "bin")
    pip = [str(scripts / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, PACKAGE], check=True)
    return str(scripts / "schemathesis")


def checked(schemathesis: str, folder: Path, examples: int, seed: int) -> int:
    """Run it; gives its exit code, 0 if it found nothing, or 1 if the daemon did not live through it."""
    vault, home = folder / "vault", folder / "home"
    home.mkdir()
    for name, text in NOTES.items():
        (vault / name).parent.mkdir(parents=True, exist_ok=True)
        (vault / name).write_text(text, encoding="utf-8")
    env = environment(home)
    make_repository(vault, env)
    running = Running(vault, env, "")
    try:
        running.until(lambda told: told["state"] == "idle" and told["api"] is not None, "the API")
        (file,) = Path(env["XDG_STATE_HOME"]).glob("vaultsync/daemon/*.api.json")
        address = json.loads(file.read_bytes())
        phases = ["--phases", "coverage,fuzzing,stateful", "--max-examples", str(examples)]
        found = subprocess.run(
            [
                *(schemathesis, "run", f"{address['url']}/v1/openapi.json", "--seed", str(seed), *phases),
                *("--header", f"Authorization: Bearer {address['token']}", "--request-timeout", "60"),
                *(option for path in LEFT_OUT for option in ("--exclude-path", path)),
                *("--exclude-checks", ",".join(UNFIT)),
            ],
            cwd=folder,
            check=False,
        )
        return found.returncode or int(running.process.poll() is not None)
    finally:
        running.stop()


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.contract", description=__doc__)
    parser.add_argument("--examples", type=int, default=20, help="requests a route and phase (20)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--program", help="schemathesis, if it is installed already")
    options = parser.parse_args(arguments)
    print(machine(), flush=True)
    with tempfile.TemporaryDirectory(prefix="vaultsync-contract-") as name:
        folder = Path(name)
        schemathesis = options.program or program(folder / "environment")
        return checked(schemathesis, folder, options.examples, options.seed)


if __name__ == "__main__":
    sys.exit(main())
