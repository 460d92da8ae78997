"""What a run has just written is known by its bytes, and nothing that happens to it then is missed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Command
from gitrepo import Repo
from remembered import CONFERENCE, DAILY, OTHER, PAPER, RENAMED, change, move, repo, text

from vaultsync.core.config.config import DECISIONS_PATH

__all__ = ["repo"]

Act = Callable[[Command, Repo], object]


def nothing(vaultsync: Command, repo: Repo) -> None:
    pass


def a_look(vaultsync: Command, repo: Repo) -> None:
    vaultsync("fix", "--check")


def all_are_touched(vaultsync: Command, repo: Repo) -> None:
    for file in repo.path.rglob("*.md"):
        os.utime(file, (1_700_000_000, 1_700_000_000))


def an_older_state_and_back(vaultsync: Command, repo: Repo) -> None:
    repo.git("checkout", "-q", "HEAD~1", "--", ".")
    repo.git("checkout", "-q", "HEAD", "--", ".")


def a_save_of_the_same_size_in_the_same_moment(vaultsync: Command, repo: Repo) -> None:
    file = repo.path / CONFERENCE
    before = file.stat()
    change(repo, CONFERENCE, "[[P|QuxNet7]]", "VexFormer8 was")
    change(repo, CONFERENCE, "today", "now")
    file.write_bytes(file.read_bytes().ljust(before.st_size, b"."))
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert file.stat().st_size == before.st_size


def two_notes_change_places(vaultsync: Command, repo: Repo) -> None:
    move(repo, PAPER, "Papers/between.md")
    move(repo, OTHER, PAPER)
    move(repo, "Papers/between.md", OTHER)


def another_name(vaultsync: Command, repo: Repo) -> None:
    move(repo, PAPER, RENAMED)


def another_name_and_a_copy_under_the_old_one(vaultsync: Command, repo: Repo) -> None:
    move(repo, PAPER, RENAMED)
    shutil.copy(repo.path / RENAMED, repo.path / PAPER)


def a_note_goes_and_comes_back(vaultsync: Command, repo: Repo) -> None:
    data = (repo.path / PAPER).read_bytes()
    (repo.path / PAPER).unlink()
    vaultsync("fix", "--check")
    (repo.path / PAPER).write_bytes(data)


def a_paper_of_the_same_name(vaultsync: Command, repo: Repo) -> None:
    repo.write("Papers/Third.md", "---\ntitle: 'QuxNet7: Other rings'\ntags:\n  - paper\n---\n")


def a_setting(vaultsync: Command, repo: Repo) -> None:
    repo.write(
        ".vaultsync/config.toml", '[kinds.conference]\nfolders = ["Daily"]\n[rules]\nfm-tags = false\n'
    )


def links_are_written_otherwise(vaultsync: Command, repo: Repo) -> None:
    repo.write(".obsidian/app.json", '{"useMarkdownLinks": true}')


def a_decision(vaultsync: Command, repo: Repo) -> None:
    vaultsync("links", "deny", CONFERENCE, "VexFormer8", OTHER)
    assert OTHER in text(repo, DECISIONS_PATH)


def the_run_is_taken_back(vaultsync: Command, repo: Repo) -> None:
    vaultsync("undo")


def the_run_is_taken_back_twice(vaultsync: Command, repo: Repo) -> None:
    vaultsync("undo")
    vaultsync("undo")


def the_link_is_taken_out(vaultsync: Command, repo: Repo) -> None:
    change(repo, CONFERENCE, "[[P|QuxNet7]]", "QuxNet7")


def the_link_is_taken_out_and_put_back(vaultsync: Command, repo: Repo) -> None:
    the_link_is_taken_out(vaultsync, repo)
    repo.save()
    change(repo, CONFERENCE, "QuxNet7", "[[P|QuxNet7]]")
    repo.save()


ACTS: tuple[Act, ...] = (
    *(nothing, a_look, all_are_touched, an_older_state_and_back, a_save_of_the_same_size_in_the_same_moment),
    *(two_notes_change_places, another_name, another_name_and_a_copy_under_the_old_one),
    *(a_note_goes_and_comes_back, a_paper_of_the_same_name, a_setting, links_are_written_otherwise),
    *(a_decision, the_run_is_taken_back, the_run_is_taken_back_twice),
    *(the_link_is_taken_out, the_link_is_taken_out_and_put_back),
)


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.__name__)
def test_right_after_a_run_what_it_knows_says_what_a_look_at_everything_says(
    act: Act, vaultsync: Command, repo: Repo, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    change(repo, DAILY, "see", "on 03/04/2025 see VexFormer8, and")
    repo.write(
        "Papers/Q.md", "---\ntitle: Q\ndate: 03/04/2025\ntags: paper, small\n---\nQuxNet7 is better.\n"
    )
    change(repo, CONFERENCE, "- saw QuxNet7 today", "- saw QuxNet7 today\n## Talk: B\n- and VexFormer8")
    vaultsync("fix", "--yes", cwd=repo.path)
    assert "[[P|QuxNet7]]" in text(repo, CONFERENCE)
    act(vaultsync, repo)
    known = vaultsync("fix", "--check", "--diff", "--json").data
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "another machine"))
    assert known == vaultsync("fix", "--check", "--diff", "--json").data
    done = vaultsync("fix", "--json")
    assert done.data["changes"] == [] or known["changes"]
    assert vaultsync("fix", "--check", "--json").data["changes"] == []
