"""`from started_gits import gits`: a fixture that counts the git processes which the package starts."""

from __future__ import annotations

import pytest

from vaultsync.git.process import GitProcess


@pytest.fixture
def gits(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The git commands that are started from now on."""
    commands: list[str] = []
    run = GitProcess._run

    def counted(self: GitProcess, command: str, *others: object) -> object:
        commands.append(command)
        return run(self, command, *others)  # type: ignore[arg-type]  # passes on what it was given

    monkeypatch.setattr(GitProcess, "_run", counted)
    return commands
