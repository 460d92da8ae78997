"""On a terminal the first problem of each kind is printed while notes are read, and counted at the end."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import pytest
from conftest import Command
from smallvault import write

from vaultsync.cli import first_problems, report
from vaultsync.cli.boundary import _Guarded, guarded_output
from vaultsync.cli.first_problems import MOST, FirstProblems
from vaultsync.cli.output import ProgressBar
from vaultsync.core.errors import Problem
from vaultsync.vault import survey

TWICE = "---\ntitle: Paper {n}\npages: 1\npages: {n}\ntags:\n  - paper\n---\nText.\n"


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that takes long enough, and results that go to a terminal, as far as anybody can tell."""
    monkeypatch.setattr(first_problems, "TOLD_AFTER", 0.0)
    monkeypatch.setattr(survey, "MANY", 1)
    monkeypatch.setattr(_Guarded, "isatty", lambda self: True, raising=False)
    monkeypatch.setenv("NO_COLOR", "1")


def vault_of(root: Path, count: int) -> Path:
    return write(root, {f"Papers/{n}.md": TWICE.format(n=n) for n in range(count)})


def a_problem(rule: str, path: str = "a.md") -> Problem:
    return Problem(path, 1, 1, rule, "something is wrong", "do something")


@pytest.mark.usefixtures("at_once")
def test_one_of_a_kind_is_told_and_at_the_end_the_others_are_counted(
    vaultsync: Command, tmp_path: Path
) -> None:
    done = vaultsync("fix", "--check", "--no-pager", cwd=vault_of(tmp_path, 9))
    first, _, rest = done.out.partition("keep one of the two")
    place = first.partition(" ")[0]
    assert done.out.count('"pages" stands twice') == 1
    assert f"{place} fm-duplicate-keys: told above" in rest
    assert "and 8 more like it, in 9 notes in all" in rest
    assert "9 problems for you to look at" in done.err


@pytest.mark.usefixtures("at_once")
def test_of_few_that_are_alike_each_is_listed_once(vaultsync: Command, tmp_path: Path) -> None:
    done = vaultsync("fix", "--check", "--no-pager", cwd=vault_of(tmp_path, 3))
    assert done.out.count('"pages" stands twice') == 3
    assert done.out.count("told above") == 1


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize("arguments", [["--json"], ["-q"]])
def test_programs_and_who_wants_quiet_get_all_at_the_end(
    arguments: list[str], vaultsync: Command, tmp_path: Path
) -> None:
    done = vaultsync("fix", "--check", "--no-pager", *arguments, cwd=vault_of(tmp_path, 9))
    assert "told above" not in done.out
    if "--json" in arguments:
        assert [problem["path"] for problem in done.data["problems"]] == [f"Papers/{n}.md" for n in range(9)]
    else:
        assert done.out.startswith("Papers/0.md:4:1")


@pytest.mark.usefixtures("at_once")
def test_kinds_that_would_run_off_the_screen_wait_for_the_end(capsys: pytest.CaptureFixture[str]) -> None:
    with guarded_output():
        first = FirstProblems(ProgressBar(), wanted=True)
        first.tell(a_problem(f"rule-{n:02}") for n in range(2 * MOST))
        first.progress("reading", 1, 2)
        first.tell([a_problem("late")])
        first.progress("reading", 2, 2)
    assert capsys.readouterr().out.count("something is wrong") == MOST == len(first.told)


def test_what_is_done_in_a_moment_is_told_in_one_piece(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_Guarded, "isatty", lambda self: True, raising=False)
    monkeypatch.setattr(first_problems, "TOLD_AFTER", 1e9)
    with guarded_output():
        first = FirstProblems(ProgressBar(), wanted=True)
        first.tell([a_problem("a-rule")])
        first.progress("reading", 1, 2)
    assert (capsys.readouterr().out, first.told) == ("", {})


def test_a_note_that_was_mended_meanwhile_is_named_for_what_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    gone, stands = a_problem("a-rule"), a_problem("b-rule")
    report.show_problems([stands], every=False, told={("a-rule", "x"): gone})
    told = capsys.readouterr()
    assert "a.md:1:1 a-rule: this was told above, and has changed since" in told.err
    assert "b-rule: something is wrong" in told.out


class Compared(Problem, frozen=True):
    """A problem that counts how often one is compared with another."""

    times: ClassVar[int] = 0

    def __eq__(self, other: object) -> bool:
        Compared.times += 1
        return self is other

    def __hash__(self) -> int:
        return hash((self.path, self.line, self.col))


def test_thousands_of_problems_are_told_without_comparing_each_with_all(
    capsys: pytest.CaptureFixture[str],
) -> None:
    many = [Compared(f"{i}.md", 1, 1, "a-rule", "something is wrong") for i in range(2_000)]
    report.show_problems(many, every=False)
    told = capsys.readouterr().out
    assert (told.count("a-rule"), "and 1999 more like it" in told) == (1, True)
    assert Compared.times < 4 * len(many)
