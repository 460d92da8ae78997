"""Another program writes back what a rule mended: two commits of rules, one that records it, then silence."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from conftest import Command
from gitrepo import Repo
from wars import PAPER, TALK, WARS, by_rules, decided, shoot, vault_at_war

from vaultsync.core.links.decisions import Fault
from vaultsync.core.plan.wars import WINDOW
from vaultsync.vault.mendings import MendingsFile

EACH = pytest.mark.parametrize("name", WARS)


@EACH
def test_two_commits_of_rules_and_one_that_records_it_then_silence(
    vaultsync: Command, tmp_path: Path, name: str
) -> None:
    repo = vault_at_war(tmp_path / "vault", name)
    vaultsync("fix", cwd=repo.path)
    before = len(by_rules(repo))
    for number in range(6):
        shoot(repo, name, number)
        vaultsync("fix")
    made = by_rules(repo)[before:]
    assert len(made) <= 3
    note, _, rewriter, (rule, place) = WARS[name]
    text = (repo.path / note).read_text(encoding="utf-8")
    assert text == rewriter(text, 5)  # the other program's word stands
    if place:
        assert decided(repo).contested == {Fault(note, rule, place)}
        assert vaultsync("fix", "--check").out.count(f"{rule}: ") == 1
    else:
        assert decided(repo).denied  # a link that is gone is denied at once


@EACH
def test_a_second_device_keeps_the_peace(vaultsync: Command, tmp_path: Path, name: str) -> None:
    repo = vault_at_war(tmp_path / "vault", name)
    for number in range(4):
        vaultsync("fix", cwd=repo.path)
        shoot(repo, name, number)
    vaultsync("fix")
    (tmp_path / "laptop").mkdir()
    clone = Repo(tmp_path / "laptop" / "vault")
    repo.git("clone", "-q", str(repo.path), str(clone.path))
    head = clone.head
    vaultsync("fix", "--yes", cwd=clone.path)
    shoot(clone, name, 7)
    vaultsync("fix")
    assert clone.git("log", "--format=%s", f"{head}..").splitlines() == [
        subject
        for subject in clone.git("log", "--format=%s", f"{head}..").splitlines()
        if "notes:" in subject
    ]


def test_retry_ends_it_for_one_note_or_for_all(vaultsync: Command, tmp_path: Path) -> None:
    name = "front matter, the same bytes"
    repo = vault_at_war(tmp_path / "vault", name)
    for number in range(4):
        shoot(repo, name, number)
        vaultsync("fix", cwd=repo.path)
    assert decided(repo).contested
    vaultsync("fix", "--retry", "C.md")
    assert decided(repo).contested
    found = vaultsync("fix", "--retry", "N.md")
    assert (found.code, decided(repo).contested) == (0, frozenset())
    assert "tags:\n  - alpha\n  - beta\n" in repo.content("N.md")
    shoot(repo, name, 5)  # and counting begins anew
    vaultsync("fix")
    assert "tags:\n  - alpha\n  - beta\n" in repo.content("N.md")


def test_retry_is_no_look(vaultsync: Command, tmp_path: Path) -> None:
    repo = vault_at_war(tmp_path / "vault", "the body")
    found = vaultsync("fix", "--retry", "--check", cwd=repo.path)
    assert found.code == 2
    assert "leave out --check and --diff" in found.err


def test_an_outside_change_that_leaves_the_place_in_order_ends_it(vaultsync: Command, tmp_path: Path) -> None:
    name = "front matter, the same bytes"
    repo = vault_at_war(tmp_path / "vault", name)
    for number in range(4):
        shoot(repo, name, number)
        vaultsync("fix", cwd=repo.path)
    repo.write("N.md", "---\ntags:\n  - alpha\n---\nText.\n")
    assert vaultsync("fix").code == 0
    assert decided(repo).contested == frozenset()
    shoot(repo, name, 5)
    vaultsync("fix")
    assert "tags:\n  - alpha\n  - beta\n" in repo.content("N.md")


def test_what_comes_back_some_days_later_is_no_war(
    vaultsync: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "front matter, the same bytes"
    repo = vault_at_war(tmp_path / "vault", name)
    now = time.time()
    for number in range(6):
        monkeypatch.setattr(time, "time", lambda day=number: now + day * (WINDOW + 60))
        shoot(repo, name, number)
        assert vaultsync("fix", cwd=repo.path).code == 0
        assert "tags:\n  - alpha\n  - beta\n" in repo.content("N.md")
    assert decided(repo).contested == frozenset()


def test_other_slips_in_the_same_property_are_no_war(vaultsync: Command, tmp_path: Path) -> None:
    repo = vault_at_war(tmp_path / "vault", "front matter, the same bytes")
    tags = "---\ntags:\n  - alpha\n"
    for word in ("beta", "gamma", "delta", "epsilon"):
        repo.write("N.md", tags + f'  - "#{word}"\n---\nText.\n')
        assert vaultsync("fix", cwd=repo.path).code == 0
        tags += f"  - {word}\n"
        assert repo.content("N.md") == tags + "---\nText.\n"


def test_lines_of_one_form_in_which_all_that_was_mended_stands_are_no_war(
    vaultsync: Command, tmp_path: Path
) -> None:
    repo = vault_at_war(tmp_path / "vault", "the body")
    typed = "Text.\n"
    for number in range(5):
        repo.write("N.md", typed + f"- step {number}: scale by $`y`$\n")
        assert vaultsync("fix", cwd=repo.path).code == 0
        typed += f"- step {number}: scale by $y$\n"
        assert repo.content("N.md") == typed


def test_a_list_that_grows_while_its_note_is_edited_is_no_war(vaultsync: Command, tmp_path: Path) -> None:
    repo = vault_at_war(tmp_path / "vault", "a managed block")
    talk, paper = TALK + "- saw [[P]] today\n", PAPER
    for number in range(5):
        talk += f"## Talk: {number}\n- [[P]] once more\n"
        repo.write("C.md", talk)
        found = repo.path / "P.md"
        found.write_text(found.read_text("utf-8").replace("body", f"body {number}"), "utf-8", newline="")
        assert vaultsync("fix", cwd=repo.path).code == 0
        assert f"#Talk {number}|" in repo.content("P.md")
    assert paper.split("body")[0] in repo.content("P.md")


def test_other_places_of_the_note_are_mended_meanwhile(vaultsync: Command, tmp_path: Path) -> None:
    name = "front matter, a new time stamp each time"
    repo = vault_at_war(tmp_path / "vault", name)
    for number in range(4):
        shoot(repo, name, number)
        vaultsync("fix", cwd=repo.path)
    text = repo.content("N.md")
    assert "modified: 2025/11/26" in text
    repo.write("N.md", text.replace("---\nText", "created: 6 April 2025\ntags: a, b\n---\nText"))
    vaultsync("fix")
    assert "created: 2025-04-06\ntags:\n  - a\n  - b\n" in repo.content("N.md")


def test_a_run_of_another_rule_in_between_changes_nothing(vaultsync: Command, tmp_path: Path) -> None:
    name = "front matter, the same bytes"
    repo = vault_at_war(tmp_path / "vault", name)
    for number in range(3):
        shoot(repo, name, number)
        vaultsync("fix", "--rule", "md-math", cwd=repo.path)
        vaultsync("fix")
    assert decided(repo).contested == {Fault("N.md", "fm-tags", "tags")}


def test_without_git_there_is_peace_too(vaultsync: Command, tmp_path: Path) -> None:
    name = "front matter, a new time stamp each time"
    repo = vault_at_war(tmp_path / "vault", name)
    file = repo.path / "N.md"
    for number in range(6):
        shoot(repo, name, number)
        vaultsync("fix", "--no-commit", cwd=repo.path)
    assert "modified: 2025/11/26 10:05" in file.read_text(encoding="utf-8")
    assert decided(repo).contested == {Fault("N.md", "fm-dates", "modified")}


def test_a_look_decides_nothing(vaultsync: Command, tmp_path: Path) -> None:
    name = "front matter, a new time stamp each time"
    repo = vault_at_war(tmp_path / "vault", name)
    for number in range(2):
        shoot(repo, name, number)
        vaultsync("fix", cwd=repo.path)
    shoot(repo, name, 3)
    told = vaultsync("fix", "--check").out
    assert "it was mended twice, and each time written back by another program" in told
    assert decided(repo).contested == frozenset()
    assert vaultsync("fix").out == told
    assert decided(repo).contested


def test_an_accepted_war_is_not_told_for_ever(vaultsync: Command, tmp_path: Path) -> None:
    name = "front matter, a new time stamp each time"
    repo = vault_at_war(tmp_path / "vault", name)
    for number in range(4):
        shoot(repo, name, number)
        vaultsync("fix", cwd=repo.path)
    repo.write(".vaultsync/config.toml", '[rules]\naccept = ["fm-dates"]\n')
    assert vaultsync("fix").code == 0


def test_a_count_that_cannot_be_kept_is_said(vaultsync: Command, tmp_path: Path) -> None:
    repo = vault_at_war(tmp_path / "vault", "the body")
    file = MendingsFile(repo.path).file
    file.parent.parent.mkdir(parents=True, exist_ok=True)
    file.parent.write_text("in the way")
    shoot(repo, "the body", 0)
    found = vaultsync("fix", cwd=repo.path)
    assert found.code == 2
    assert "check that your state folder is writable" in found.err


def test_a_damaged_count_counts_as_none(vaultsync: Command, tmp_path: Path) -> None:
    name = "the body"
    repo = vault_at_war(tmp_path / "vault", name)
    shoot(repo, name, 0)
    vaultsync("fix", cwd=repo.path)
    MendingsFile(repo.path).file.write_bytes(b"\xffnothing")
    shoot(repo, name, 1)
    assert vaultsync("fix").code == 0
    assert "the loss $x^1$ falls" in repo.content("N.md")
