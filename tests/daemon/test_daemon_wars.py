"""A real daemon and another real process that rewrites a note whenever it changes: soon there is peace."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest
from api_client import Client, in_editor, served
from daemons import daemon, settings, until
from gitrepo import Repo
from wars import WARS, by_rules, decided, other_program, shoot, vault_at_war

from vaultsync.core.links.decisions import Fault
from vaultsync.core.plan.wars import TIMES

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals end a process at once there")

CALM = 2.0
"""Seconds of peace: some times what the daemon waits before it looks at a note."""


def is_calm(repo: Repo) -> bool:
    """Whether no commit came for a while, and nothing waits for one."""
    head = repo.head
    time.sleep(CALM)
    return repo.head == head and not repo.status


@pytest.mark.parametrize("name", ["front matter, a new time stamp each time", "a managed block"])
def test_two_commits_of_rules_one_that_records_it_and_silence_after_a_restart(
    tmp_path: Path, name: str
) -> None:
    repo = vault_at_war(tmp_path / "vault", name)
    settings(repo.path, quiet=0.3)
    repo.save("settings")
    note, _, _, (rule, place) = WARS[name]
    with daemon(repo.path) as running:
        running.until_idle()
        before = len(by_rules(repo))
        with other_program(repo, name):
            shoot(repo, name, 59)
            until(lambda: decided(repo).contested, "the rule keeps off", 60)
            until(lambda: is_calm(repo), "silence", 60)
            assert len(by_rules(repo)) - before <= TIMES + 1
            assert decided(repo).contested == {Fault(note, rule, place)}
            problems = running.status()["problems"]
            assert [p["rule"] for p in problems if p["path"] == note] == [rule]
    with daemon(repo.path) as running, other_program(repo, name):
        running.until_idle()
        shoot(repo, name, 58)
        until(lambda: is_calm(repo), "silence after a restart", 60)
        assert len(by_rules(repo)) - before <= TIMES + 1


def test_an_editor_is_offered_nothing_that_is_written_back_each_time(tmp_path: Path) -> None:
    name = "front matter, the same bytes"
    repo = vault_at_war(tmp_path / "vault", name)
    settings(repo.path, quiet=0.3)
    repo.save("settings")
    with served(repo.path) as (running, client):
        client.ask("POST", "/hold", {"open": ["N.md"], "seconds": 600})
        for number in range(TIMES):
            shoot(repo, name, number)
            text = edited(repo, client)
            assert "tags:\n  - alpha" in text
        shoot(repo, name, TIMES)
        fixed = client.ask("POST", "/fix", {"path": "N.md", "text": repo_text(repo), "apply": True})
        assert fixed["edits"] == []
        assert [problem["rule"] for problem in fixed["problems"]] == ["fm-tags"]
        client.ask("POST", "/run", {"paths": ["N.md"]})
        until(lambda: decided(repo).contested, "the rule keeps off", 30)
        running.until_idle()


def repo_text(repo: Repo) -> str:
    return (repo.path / "N.md").read_text(encoding="utf-8")


def edited(repo: Repo, client: Client) -> str:
    """What an editor makes of the note by the edits that it is offered; saved, and told."""
    text = repo_text(repo)
    fixed = client.ask("POST", "/fix", {"path": "N.md", "text": text, "apply": True})
    assert fixed["run"]
    after = in_editor(text, fixed["edits"])
    (repo.path / "N.md").write_text(after, encoding="utf-8", newline="")
    told = client.ask("POST", "/applied", {"path": "N.md", "digest": fixed["after"], "run": fixed["run"]})
    assert told["ours"]
    return after
