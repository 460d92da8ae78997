"""`vaultsync log`: the runs, as git remembers them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from conftest import Command
from gitrepo import Repo
from smallvault import CONFERENCE, PAPER, write


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    made = Repo(write(tmp_path / "vault"))
    made.git("init", "-q")
    return made


def test_each_run_is_told_with_its_time_notes_rules_and_links(vaultsync: Command, repo: Repo) -> None:
    vaultsync("fix", cwd=repo.path)
    code, out, err = vaultsync("log")
    assert (code, err) == (0, "")
    head, notes, rules = out.splitlines()
    run, when, subject = head.split("  ")
    assert len(run) == 12
    assert int(run, 16) >= 0
    assert when == "now" or when.endswith("seconds ago")
    assert subject == "vaultsync: link 1 paper in ICASSP 2025, tidy 1 note"
    assert notes.strip() == f"{CONFERENCE}, {PAPER}"
    assert rules.strip() == "fm-tags, link-in-place, link-mentions; links +1"


@pytest.mark.parametrize("marker", ["%% vaultsync:begin mentions %%", "%% vaultsync:end mentions %%"])
def test_a_marker_that_is_put_back_neither_links_nor_unlinks_a_paper(
    vaultsync: Command, repo: Repo, marker: str
) -> None:
    vaultsync("fix", cwd=repo.path)
    paper = repo.path / PAPER
    whole = paper.read_text()
    paper.write_text(whole.replace(f"{marker}\n", ""))
    vaultsync("fix", cwd=repo.path)
    assert paper.read_text() == whole
    head, notes, rules, *_ = vaultsync("log").out.splitlines()
    assert head.endswith("vaultsync: tidy DiffSBDD")
    assert (notes.strip(), rules.strip()) == (PAPER, "link-mentions")


def test_the_json_has_all_that_is_known_of_a_run(vaultsync: Command, repo: Repo) -> None:
    vaultsync("fix", cwd=repo.path)
    [run] = vaultsync("log", "--json").data
    assert run.pop("run") in repo.git("log", "-1", "--format=%B")
    assert datetime.fromisoformat(run.pop("when")).utcoffset() is not None
    assert run == {
        "commit": repo.head,
        "subject": "vaultsync: link 1 paper in ICASSP 2025, tidy 1 note",
        "notes": [CONFERENCE, PAPER],
        "rules": ["fm-tags", "link-in-place", "link-mentions"],
        "links_added": 1,
        "links_removed": 0,
        "undoes": None,
        "undone_by": None,
        "changed_since": False,
    }


def test_a_run_that_was_taken_back_says_by_which_until_that_is_taken_back(
    vaultsync: Command, repo: Repo
) -> None:
    vaultsync("fix", cwd=repo.path)
    vaultsync("undo")
    undo, run = vaultsync("log", "--json").data
    assert undo["undoes"] == run["run"]
    assert run["undone_by"] == undo["run"]
    assert f"(taken back by {undo['run']})" in vaultsync("log").out
    vaultsync("undo")
    redo, undo, run = vaultsync("log", "--json").data
    assert (undo["undone_by"], run["undone_by"]) == (redo["run"], None)


def test_the_persons_commits_are_no_runs(vaultsync: Command, repo: Repo) -> None:
    repo.save()
    code, out, err = vaultsync("log", cwd=repo.path)
    assert (code, out) == (0, "")
    assert err == "no run yet: `vaultsync fix` makes one\n"
    assert vaultsync("log", "--json").data == []


def test_the_newest_runs_are_told_and_the_rest_counted(vaultsync: Command, repo: Repo) -> None:
    for number in range(3):
        repo.write(f"Papers/P{number}.md", f"---\ntitle: P{number}\ntags: paper\n---\n")
        vaultsync("fix", cwd=repo.path)
    code, out, err = vaultsync("log", "-n", "2")
    assert code == 0
    assert [line.split("  ")[2] for line in out.splitlines() if not line.startswith(" ")] == [
        "vaultsync: tidy P2",
        "vaultsync: tidy P1",
    ]
    assert err == "… and 1 earlier ones (--all)\n"
    assert len(vaultsync("log", "--all", "--json").data) == 3
    assert vaultsync("log", "-n", "0").code == 2


def test_without_a_repository_the_way_to_one_is_named(vaultsync: Command, tmp_path: Path) -> None:
    code, out, err = vaultsync("log", cwd=write(tmp_path / "vault"))
    assert (code, out) == (2, "")
    assert "vaultsync init" in err


def test_a_commit_that_is_not_what_its_run_did_is_marked(vaultsync: Command, repo: Repo) -> None:
    vaultsync("fix", cwd=repo.path)
    assert "not what this run did" not in vaultsync("log").out
    message = repo.git("log", "-1", "--format=%B")
    repo.write("Mine.md", "typed by hand\n")
    repo.git("add", "Mine.md")
    repo.git("commit", "-q", "--amend", "--no-edit")
    assert vaultsync("log").out.count("not what this run did: amended") == 1
    repo.git("commit", "-q", "--allow-empty", "-m", message)
    repo.write("Mine.md", "typed once more\n")
    repo.git("commit", "-q", "-a", "-m", message)
    assert [run["changed_since"] for run in vaultsync("log", "--json").data] == [True, True, True]
    vaultsync("fix", cwd=repo.path)


def test_an_undo_and_what_it_took_back_are_what_they_did(vaultsync: Command, repo: Repo) -> None:
    vaultsync("fix", cwd=repo.path)
    vaultsync("undo")
    vaultsync("undo")
    repo.write("Papers/New.md", "---\ntitle: New\ntags: paper\n---\n")
    vaultsync("fix", cwd=repo.path)
    assert [run["changed_since"] for run in vaultsync("log", "--json").data] == [False] * 4


FORGED = ["99999999999999", "253402300799", "-5", "9" * 22, "0"]
"""Times of a commit that whoever makes it may claim; git tells the year 3170843, or none at all."""


@pytest.fixture(params=["UTC", "Pacific/Kiritimati", "Etc/GMT+12"])
def zone(request: pytest.FixtureRequest) -> Iterator[str]:
    """The time zone of this process, for the time of a test."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", request.param)
        time.tzset()
        yield request.param
    time.tzset()


def test_a_forged_time_of_a_commit_costs_neither_the_log_nor_the_undo(
    vaultsync: Command, repo: Repo, zone: str
) -> None:
    vaultsync("fix", cwd=repo.path)
    for seconds in FORGED:
        message = f"vaultsync: forged\n\nVaultsync-Run: {len(seconds):012x}\n"
        who = f"A <a@example.org> {seconds} +0000"
        raw = f"tree {repo.git('rev-parse', 'HEAD^{tree}').strip()}\nparent {repo.head}\n"
        raw += f"author {who}\ncommitter {who}\n\n{message}"
        asked = ("hash-object", "-t", "commit", "-w", "--literally", "--stdin")
        repo.git("update-ref", "HEAD", repo.git(*asked, stdin=raw.encode()).strip())
    told = vaultsync("log", "--json").data
    assert len(told) == len(FORGED) + 1
    assert [run["when"][:4] in ("1969", "1970", "9998", "9999") for run in told[:-1]] == [True] * len(FORGED)
    for command in (("log",), ("log", "-v"), ("undo", "--diff"), ("undo", told[-1]["run"])):
        assert vaultsync(*command).code in (0, 1), command
