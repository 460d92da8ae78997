"""`python -m bench --peers`: other tools over the same notes, as whole processes; they do less.

mdformat, markdownlint-cli2 and prettier are installed by pip and npm into a folder of their own, each as its
newest version, and only look (`--check`). What can't be installed is passed over, and named.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import msgspec

from bench.generate import generate
from bench.measure import PYTHON, Failed, Ran, environment, repeated, run, table, vaultsync

RAN = (0, 1, 2)
"""Exit codes of a look that found something."""


class Peer(msgspec.Struct, frozen=True):
    """A tool: its name, what installs it into a folder, and its command line over the notes of the vault."""

    name: str
    install: tuple[str, ...]
    command: tuple[str, ...]
    environment: Mapping[str, str] = {}


def _peers(tools: Path) -> list[Peer]:
    npm = ("npm", "install", "--no-audit", "--no-fund", "--prefix", str(tools))
    node, python = str(tools / "node_modules" / ".bin"), str(tools / "python")
    pip = (PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--target", python)
    return [
        Peer(
            "mdformat",
            (*pip, "mdformat"),
            (PYTHON, "-m", "mdformat", "--check", "."),
            {"PYTHONPATH": python},
        ),
        Peer("markdownlint-cli2", (*npm, "markdownlint-cli2"), (f"{node}/markdownlint-cli2", "**/*.md")),
        Peer("prettier", (*npm, "prettier"), (f"{node}/prettier", "--check", "**/*.md")),
    ]


def compare(notes: int, runs: int) -> str:
    """The table: each tool over a generated vault of so many notes, and vaultsync cold and warm."""
    with tempfile.TemporaryDirectory(prefix="vaultsync-peers-") as name:
        folder = Path(name)
        vault, home, tools = folder / "vault", folder / "home", folder / "tools"
        generate(vault, notes=notes)
        env = {
            **environment(home),
            "PYTHONPYCACHEPREFIX": str(home / "bytecode"),
            "PYTHONDONTWRITEBYTECODE": "",
        }
        run(vaultsync("--vault", str(vault), "fix", "--no-commit", "--yes"), env=env, ok=(0, 1))
        check = vaultsync("--vault", str(vault), "fix", "--check", "--no-commit")

        def cold() -> Ran:
            shutil.rmtree(home / "cache", ignore_errors=True)
            return run(check, env=env, ok=(0, 1))

        measured = {"vaultsync, cold": repeated(cold, runs)}
        absent = []
        for peer in _peers(tools):
            try:
                run(peer.install, env=dict(os.environ), cwd=folder)
                measured[peer.name] = repeated(partial(_look, peer, env, vault), runs)
            except (Failed, FileNotFoundError) as error:
                absent.append(f"{peer.name}: {str(error).splitlines()[-1]}")
        run(check, env=env, ok=(0, 1))  # now that the notes are old enough to be known by their times
        measured["vaultsync, warm"] = repeated(lambda: run(check, env=env, ok=(0, 1)), runs)
    least = measured["vaultsync, cold"].cpu
    rows = [
        (
            name,
            f"{ran.seconds:.2f}",
            f"{ran.cpu:.2f}",
            f"{ran.cpu / notes * 1e3:.2f}",
            f"{ran.cpu / least:.2f}",
        )
        for name, ran in measured.items()
    ]
    head = (f"{notes:,} notes", "seconds", "CPU s", "CPU ms a note", "× vaultsync, cold")
    return "\n".join([table(head, rows), *(f"not measured: {why}" for why in absent)])


def _look(peer: Peer, env: Mapping[str, str], vault: Path) -> Ran:
    return run(peer.command, env={**env, **peer.environment}, cwd=vault, ok=RAN)
