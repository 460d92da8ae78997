"""What a look at a vault that was never mended has found is told again only while it would be found again."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Command, Outcome
from gitrepo import Repo
from remembered import CONFERENCE, DAILY, OTHER, PAPER, RENAMED, change, move, repo, text

from vaultsync.cli.wiring import the_ports
from vaultsync.core.plan.planner import MANY
from vaultsync.runs import kept_look, knowledge
from vaultsync.runs.cycle import Cycle, Request
from vaultsync.vault.open import open_vault

__all__ = ["repo"]

Act = Callable[[Command, Repo], object]


@pytest.fixture
def planned(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The number of notes of each plan that is made."""
    plan_notes, found = knowledge.plan_notes, list[int]()

    def counted(index: object, rules: object, paths: list[str], *others: object) -> object:
        found.append(len(paths))
        return plan_notes(index, rules, paths, *others)  # type: ignore[arg-type]

    monkeypatch.setattr(knowledge, "plan_notes", counted)
    return found


def nothing(vaultsync: Command, repo: Repo) -> None:
    pass


def all_are_touched(vaultsync: Command, repo: Repo) -> None:
    for file in repo.path.rglob("*.md"):
        os.utime(file, (1_700_000_000, 1_700_000_000))


def a_look_at_links(vaultsync: Command, repo: Repo) -> None:
    vaultsync("links", "--suggested")


UNCHANGED: tuple[Act, ...] = (nothing, all_are_touched, a_look_at_links)


def a_save_of_the_same_size_in_the_same_moment(vaultsync: Command, repo: Repo) -> None:
    file = repo.path / CONFERENCE
    before = file.stat()
    change(repo, CONFERENCE, "QuxNet7 ", "QuxNet8 ")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))


def a_new_note(vaultsync: Command, repo: Repo) -> None:
    repo.write("Conferences/New.md", text(repo, CONFERENCE))


def a_note_goes(vaultsync: Command, repo: Repo) -> None:
    (repo.path / PAPER).unlink()


def another_name(vaultsync: Command, repo: Repo) -> None:
    move(repo, PAPER, RENAMED)


def a_note_can_not_be_read_any_more(vaultsync: Command, repo: Repo) -> None:
    (repo.path / OTHER).write_bytes(b"\xff" + (repo.path / OTHER).read_bytes())


def a_link_that_leads_nowhere(vaultsync: Command, repo: Repo) -> None:
    (repo.path / "Lost.md").symlink_to("nowhere.md")


def a_base(vaultsync: Command, repo: Repo) -> None:
    repo.write("All.base", "filters:\n  and:\n    - tag == 'x'\n")


def a_setting(vaultsync: Command, repo: Repo) -> None:
    repo.write(".vaultsync/config.toml", "[rules]\nlink-in-place = false\n")


def what_is_left_as_it_is(vaultsync: Command, repo: Repo) -> None:
    repo.write(".vaultsync/config.toml", '[vault]\nignore = ["Daily"]\n')


def links_are_written_otherwise(vaultsync: Command, repo: Repo) -> None:
    repo.write(".obsidian/app.json", '{"useMarkdownLinks": true}')


def a_decision(vaultsync: Command, repo: Repo) -> None:
    vaultsync("links", "deny", CONFERENCE, "QuxNet7", PAPER)


def a_commit(vaultsync: Command, repo: Repo) -> None:
    repo.git("commit", "-q", "--allow-empty", "-m", "by hand")


def a_first_run(vaultsync: Command, repo: Repo) -> None:
    vaultsync("fix", "--yes")
    change(repo, CONFERENCE, "[[P|QuxNet7]]", "QuxNet7")


CHANGED: tuple[Act, ...] = (
    *(a_save_of_the_same_size_in_the_same_moment, a_new_note, a_note_goes, another_name),
    *(a_note_can_not_be_read_any_more, a_link_that_leads_nowhere, a_base, a_setting, what_is_left_as_it_is),
    *(links_are_written_otherwise, a_decision, a_commit, a_first_run),
)


LOOKS: tuple[tuple[str, ...], ...] = ((), ("--json",), ("--all",), (CONFERENCE,), (CONFERENCE, "--json"))


def looks(vaultsync: Command, repo: Repo) -> list[Outcome]:
    return [vaultsync("fix", "--check", *command, cwd=repo.path) for command in LOOKS]


@pytest.fixture
def repo_to_look_at(repo: Repo) -> Repo:
    repo.write("Papers/Q.md", "---\ntitle: Q\ndate: 03/04/2025\ntags: paper, small\n---\nQuxNet7 won.\n")
    change(repo, DAILY, "see", "on 03/04/2025 see VexFormer8, and")
    repo.save()
    return repo


@pytest.mark.parametrize("act", UNCHANGED, ids=lambda act: act.__name__)
def test_a_look_at_a_vault_that_stays_as_it_was_plans_nothing(
    act: Act,
    vaultsync: Command,
    repo_to_look_at: Repo,
    planned: list[int],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    first = looks(vaultsync, repo_to_look_at)
    assert first[0].code == 1
    assert "would change" in first[0].err + first[0].out
    assert len(planned) == 1
    act(vaultsync, repo_to_look_at)
    assert looks(vaultsync, repo_to_look_at) == first
    assert len(planned) == 1
    shown = vaultsync("fix", "--diff").out
    assert "+++ b/" in shown  # for which the texts are needed
    assert len(planned) == 2
    for command, told in zip(LOOKS, first, strict=True):
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "_".join(command).replace("/", "_")))
        assert vaultsync("fix", "--check", *command) == told
    assert len(planned) == 2 + len(LOOKS)


@pytest.mark.parametrize("act", CHANGED, ids=lambda act: act.__name__)
def test_what_has_changed_since_is_found(
    act: Act,
    vaultsync: Command,
    repo_to_look_at: Repo,
    planned: list[int],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    vaultsync("fix", "--check", cwd=repo_to_look_at.path)
    act(vaultsync, repo_to_look_at)
    planned.clear()
    known = vaultsync("fix", "--check", "--json").data
    assert planned
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "another machine"))
    assert known == vaultsync("fix", "--check", "--json").data


def test_a_look_that_is_kept_lets_go_of_the_texts_of_its_changes(repo: Repo) -> None:
    """Those of a vault that was never mended are the bytes of the vault, twice."""
    count = 600
    assert count > MANY
    for n in range(count):
        repo.write(f"Papers/{n}.md", f"---\ntitle: Paper {n}\ntags: paper\n---\n")
    vault = open_vault(repo.path)
    with the_ports(vault) as ports:
        report = kept_look.look(Cycle(vault, ports), Request(write=False))
    notes = [note for change in report.changes for note in (change.before, change.after)]
    assert len(notes) >= 2 * count
    assert not any(note.__dict__ for note in notes if isinstance(note.kept, bytes))
    assert sum(isinstance(note.kept, bytes) for note in notes) >= 2 * count


def test_a_look_at_a_vault_in_order_asks_for_no_kept_look(
    vaultsync: Command, repo_to_look_at: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    vaultsync("fix", "--check", cwd=repo_to_look_at.path)
    vaultsync("fix", "--yes")

    def asked(self: knowledge.Knowledge) -> None:
        raise AssertionError

    monkeypatch.setattr(knowledge.Knowledge, "standing", asked)
    assert vaultsync("fix", "--check", "--json").data["changes"] == []
