"""How much work is done, counted and not timed: what makes vaultsync quick can't get lost unnoticed.

Seconds depend on the machine and on what else it does; the processes that a save starts don't.
"""

from __future__ import annotations

import pytest
from gitrepo import Repo, git_env, repo

from vaultsync.cli.wiring import the_ports
from vaultsync.git.process import GitProcess
from vaultsync.runs.cycle import Cycle, Request
from vaultsync.vault.consent import give_consent
from vaultsync.vault.open import open_vault

__all__ = ["git_env", "repo"]

PAPER = "---\ntitle: Qxjzenko and the Art of Counting\ntags:\n  - paper\n---\n"
CONFERENCE = (
    "---\ntitle: Counting {n}\ndate: 2025-04-07\ntags:\n  - conference\n---\n## Talk: one\n- a line\n"
)


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


def test_a_save_that_is_committed_and_linked_costs_eighteen_git_processes(
    repo: Repo, gits: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A daemon's cycle over one saved note: two commits, each looked at, and each question asked once."""
    monkeypatch.setattr("vaultsync.git.answers.YOUNG", -60.0)  # the test's own configuration is no older
    repo.write("Papers/Counting.md", PAPER)
    for n in range(3):
        repo.write(f"Conferences/Counting {n}.md", CONFERENCE.format(n=n))
    give_consent(repo.path)
    vault = open_vault(repo.path)
    with the_ports(vault) as ports:
        cycle = Cycle(vault, ports)
        cycle.run(Request())
        for n in range(2):
            note = repo.path / "Conferences" / f"Counting {n}.md"
            with open(note, "a", encoding="utf-8") as file:
                file.write("- Qxjzenko and the Art of Counting was shown\n")
            gits.clear()
            report = cycle.run(Request(rounds=1, wide=False), dirty=[f"Conferences/Counting {n}.md"])
            assert [commit.whose for commit in report.commits] == ["person", "vaultsync"], report
    assert gits.count("commit") == 2
    assert not {"var", "config", "check-ignore", "symbolic-ref", "ls-tree"}.intersection(gits)
    assert len(gits) <= 18, gits
