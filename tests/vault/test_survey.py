"""The survey: what is known between runs gives the same plan as reading everything again, at less cost."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, nullcontext
from pathlib import Path

import msgspec
import pytest
from doubles import Agreed, MemoryDisk
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_mock import MockerFixture

from vaultsync.core.config.config_file import parse_config
from vaultsync.core.errors import GitError, Problem
from vaultsync.core.links.decisions import Decisions
from vaultsync.core.rules import rule_options
from vaultsync.files.disk import FileInfo
from vaultsync.git.repository import Git
from vaultsync.runs.cycle import Cycle, Report, Request
from vaultsync.runs.ports import Ports
from vaultsync.vault import survey
from vaultsync.vault.cache import Cache
from vaultsync.vault.journal import Journal
from vaultsync.vault.open import Vault

# Without quotes, since only a run that remembers can tell a stale quote from a sentence of the person.
CONFIG = parse_config("[limits]\nshare = 1.0\n[links]\nquotes = false\n", rule_options())

ALPHA, BETA = "Alpha diffusion of small graphs", "Beta pruning of large models"
PAPER = "---\ntitle: {title}\naliases:\n  - {alias}\ntags:\n  - paper\n---\n{body}\n"
TALK = "---\ntitle: Meeting {n}\ntags:\n  - conference\ndate: 2025-04-0{n}\n---\n# Talk: Things\n- {said}\n"


class CountingDisk(MemoryDisk):
    """Keeps which notes are read."""

    def __init__(self, files: dict[str, bytes]) -> None:
        super().__init__(files)
        self.seen: list[str] = []

    def read(self, path: str) -> bytes | Problem:
        if path.endswith(".md"):
            self.seen.append(path)
        return super().read(path)


class SlowClockDisk(MemoryDisk):
    """All saves of a test are in one moment: a file's times tell nothing of its bytes."""

    def __init__(self, files: dict[str, bytes]) -> None:
        super().__init__(files)
        self.now = time.time_ns()

    def _info(self, path: str) -> FileInfo:
        return msgspec.structs.replace(super()._info(path), mtime_ns=self.now, ctime_ns=self.now)


def no_git() -> Git:
    raise GitError("no repository in this test")


def vault_files() -> dict[str, bytes]:
    files = {
        "Papers/Alpha.md": PAPER.format(
            title="Alpha diffusion of small graphs", alias="AlphaNet", body="Text."
        ),
        "Papers/Beta.md": PAPER.format(title="Beta pruning of large models", alias="BetaNet", body="Text."),
        "Conferences/One.md": TALK.format(n=1, said="we saw AlphaNet at work"),
        "Conferences/Two.md": TALK.format(n=2, said="nothing of note"),
        "Daily/2025-04-01.md": "A day.\n",
    }
    return {path: text.encode() for path, text in files.items()}


@pytest.fixture
def cycle(tmp_path: Path) -> Iterator[Callable[[MemoryDisk], Cycle]]:
    """Makes cycles over a disk that share one cache, as one process after the other would."""
    caches: list[Cache] = []

    def make(disk: MemoryDisk) -> Cycle:
        cache = Cache(tmp_path, "test", tmp_path)
        caches.append(cache)
        return a_cycle(disk, tmp_path, cache)

    yield make
    for cache in caches:
        cache.close()


def a_cycle(disk: MemoryDisk, folder: Path, cache: Cache | None = None) -> Cycle:
    vault = Vault(folder, CONFIG, Decisions(), "test")
    return Cycle(vault, Ports(folder, disk, no_git, nullcontext, Journal(folder, folder), Agreed(), cache))


def run(cycle: Cycle, dirty: Iterable[str] | None = None, **request: object) -> Report:
    return cycle.run(Request(commit=False, **request), dirty)  # type: ignore[arg-type]  # any field


def test_a_look_at_single_files_takes_a_conflict_note_for_none(
    cycle: Callable[[MemoryDisk], Cycle],
) -> None:
    beside = "Conferences/One (conflict 1a2b3c4).md"
    disk = MemoryDisk(vault_files())
    survey = cycle(disk).known.read()
    disk.files[beside] = disk.files["Conferences/One.md"]
    assert survey.look_again([beside, "Conferences/One.md"]) == {"Conferences/One.md"}
    assert beside not in survey.files
    assert survey.note(beside) is None


def test_a_second_run_reads_nothing(cycle: Callable[[MemoryDisk], Cycle]) -> None:
    disk = CountingDisk(vault_files())
    assert [c.path for c in run(cycle(disk)).changes] == ["Conferences/One.md", "Papers/Alpha.md"]
    run(cycle(disk))
    disk.seen.clear()
    disk.written.clear()
    report = run(cycle(disk))
    assert report.changes == ()
    assert report.notes == 5
    assert disk.seen == []
    assert disk.written == []


def test_a_note_is_known_by_its_bytes_though_it_may_have_been_saved_in_the_moment_of_its_reading(
    cycle: Callable[[MemoryDisk], Cycle], mocker: MockerFixture
) -> None:
    disk = SlowClockDisk(vault_files())
    run(cycle(disk))
    parsed = mocker.spy(survey, "read_note")
    assert run(cycle(disk)).changes == ()
    assert parsed.call_count == 0
    talk = disk.files["Conferences/One.md"]
    disk.files["Conferences/One.md"] = talk.replace(b"at work", b"at home")
    assert run(cycle(disk)).changes == ()  # of as many bytes
    assert parsed.call_count == 1


def test_a_file_that_is_no_note_costs_one_run_and_not_each_one_after_it(
    cycle: Callable[[MemoryDisk], Cycle], mocker: MockerFixture
) -> None:
    disk = CountingDisk(vault_files())
    run(cycle(disk))
    run(cycle(disk))
    disk.files["Papers/figure.png"] = b"\x89PNG"
    facts = mocker.spy(Cache, "facts")
    for write in (False, True, False):
        run(cycle(disk), write=write)
    assert facts.call_count == 1


def test_a_look_finds_the_same_changes_again_without_having_written_them(
    cycle: Callable[[MemoryDisk], Cycle],
) -> None:
    disk = CountingDisk(vault_files())
    first, second = (run(cycle(disk), write=False) for _ in range(2))
    assert [c.after.text for c in first.changes] == [c.after.text for c in second.changes] != []
    assert disk.written == []


def test_a_note_that_changed_is_read_and_the_papers_that_it_now_mentions_are_written(
    cycle: Callable[[MemoryDisk], Cycle],
) -> None:
    disk = CountingDisk(vault_files())
    run(cycle(disk))
    run(cycle(disk))
    disk.files["Conferences/Two.md"] = TALK.format(n=2, said="BetaNet prunes").encode()
    disk.seen.clear()
    report = run(cycle(disk))
    assert [c.path for c in report.changes] == ["Conferences/Two.md", "Papers/Beta.md"]
    assert "Papers/Alpha.md" not in disk.seen
    assert "Daily/2025-04-01.md" not in disk.seen


def test_a_new_paper_is_linked_where_it_is_named_already(
    cycle: Callable[[MemoryDisk], Cycle],
) -> None:
    disk = CountingDisk(vault_files())
    disk.files["Conferences/Two.md"] = TALK.format(n=2, said="GammaNet was new").encode()
    run(cycle(disk))
    gamma = PAPER.format(title="Gamma for everything else", alias="GammaNet", body="x")
    disk.files["Papers/Gamma.md"] = gamma.encode()
    report = run(cycle(disk))
    assert [c.path for c in report.changes] == ["Conferences/Two.md", "Papers/Gamma.md"]
    assert "[[Gamma|GammaNet]]" in disk.files["Conferences/Two.md"].decode()


def test_problems_are_told_again_while_they_last(cycle: Callable[[MemoryDisk], Cycle]) -> None:
    disk = CountingDisk(vault_files() | {"bad.md": b"---\na: [\n---\n", "worse.md": b"\xff\xfe\x00"})
    told = [[(p.path, p.rule) for p in run(cycle(disk)).problems] for _ in range(3)]
    assert told[0] == told[1] == told[2]
    assert {path for path, _ in told[0]} == {"bad.md", "worse.md"}
    disk.files["bad.md"] = b"---\na: []\n---\n"
    assert [p.path for p in run(cycle(disk)).problems] == ["worse.md"]


def test_a_problem_of_a_note_by_itself_is_told_while_other_notes_give_it_nothing_to_change(
    cycle: Callable[[MemoryDisk], Cycle],
) -> None:
    disk = CountingDisk(vault_files())
    undated = TALK.format(n=2, said="a set of things").replace("2025-04-02", "03/04/2025")
    disk.files["Conferences/Two.md"] = undated.encode()
    assert [p.rule for p in run(cycle(disk)).problems] == ["fm-dates"]
    disk.files["Papers/Set.md"] = PAPER.format(title="Set", alias="set", body="x").encode()
    report = run(cycle(disk))
    assert report.changes == ()
    assert [p.rule for p in report.problems] == ["fm-dates"]


def test_a_problem_between_two_notes_is_over_when_they_have_nothing_to_do_with_each_other_any_more(
    cycle: Callable[[MemoryDisk], Cycle],
) -> None:
    disk = CountingDisk(vault_files())
    del disk.files["Conferences/One.md"]
    disk.files["Conferences/C# days.md"] = TALK.format(n=1, said="AlphaNet").encode()
    told = [(p.path, p.rule) for p in run(cycle(disk)).problems]
    assert ("Papers/Alpha.md", "link-in-place") in told
    disk.files["Conferences/C# days.md"] = TALK.format(n=1, said="nothing of note").encode()
    assert run(cycle(disk)).problems == ()


def test_a_run_with_one_rule_does_not_make_the_next_one_forget_the_others(
    cycle: Callable[[MemoryDisk], Cycle],
) -> None:
    disk = CountingDisk(vault_files())
    run(cycle(disk), rules=frozenset({"fm-order"}))
    assert [c.path for c in run(cycle(disk)).changes] == ["Conferences/One.md", "Papers/Alpha.md"]


def test_a_run_over_one_note_leaves_the_others_to_the_next_one(cycle: Callable[[MemoryDisk], Cycle]) -> None:
    disk = CountingDisk(vault_files())
    only = run(cycle(disk), only=frozenset({"Papers/Alpha.md"}))
    assert [c.path for c in only.changes] == ["Papers/Alpha.md"]
    assert [c.path for c in run(cycle(disk)).changes] == ["Conferences/One.md"]


def test_a_note_that_changes_while_it_is_worked_on_is_planned_again(tmp_path: Path) -> None:
    disk = MemoryDisk(vault_files())
    saves = iter([TALK.format(n=1, said="BetaNet instead").encode()])

    def save_once(step: str) -> None:
        if step == "compared" and (new := next(saves, None)) is not None:
            disk.files["Conferences/One.md"] = new

    disk._step = save_once
    disk.files["Conferences/One.md"] = TALK.format(n=1, said="we saw AlphaNet at work").encode()
    run(a_cycle(disk, tmp_path))
    assert "[[Beta|BetaNet]] instead" in disk.files["Conferences/One.md"].decode()
    assert "Mentioned in" in disk.files["Papers/Beta.md"].decode()


SAID = st.sampled_from(["AlphaNet", "BetaNet", "GammaNet", BETA, "nothing", "SAM", "a set of things"])
TALKS = st.builds(
    # The last date is two days to those who write them either way: a problem of the note by itself.
    lambda n, said, date: TALK.format(n=n, said=said).replace(f"2025-04-0{n}", date or f"2025-04-0{n}"),
    st.integers(1, 3),
    SAID,
    st.sampled_from(["", "", "03/04/2025"]),
)
PAPERS = st.builds(
    lambda title, alias: PAPER.format(title=title, alias=alias, body="x"),
    st.sampled_from([ALPHA, BETA, "SAM"]),
    st.sampled_from(["AlphaNet", "BetaNet", "GammaNet", "SAM", "set"]),
)
NAMES = st.sampled_from(["Papers/A.md", "Papers/B.md", "Conferences/A.md", "Conferences/B.md", "Old/A.md"])
STEPS = st.lists(
    st.tuples(NAMES, st.one_of(TALKS, PAPERS, st.just("plain\n"), st.none())), min_size=1, max_size=6
)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_what_is_remembered_plans_as_if_everything_were_read(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, str | None]]
) -> None:
    remembered_plans_as_if_everything_were_read(tmp_path_factory, steps)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_what_is_remembered_of_notes_that_all_look_as_before_does_so_too(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, str | None]]
) -> None:
    remembered_plans_as_if_everything_were_read(tmp_path_factory, steps, SlowClockDisk)


@pytest.mark.parametrize("processors", [1, 2])
def test_work_that_is_spread_comes_to_the_same(
    tmp_path_factory: pytest.TempPathFactory, mocker: MockerFixture, processors: int
) -> None:
    mocker.patch("os.sched_getaffinity", return_value=set(range(processors)))
    mocker.patch("vaultsync.core.plan.planner.MANY", 1)
    mocker.patch("vaultsync.vault.survey.MANY", 1)

    @settings(max_examples=40, deadline=None, database=None)
    @given(STEPS)
    def check(steps: list[tuple[str, str | None]]) -> None:
        remembered_plans_as_if_everything_were_read(tmp_path_factory, steps)

    check()


def remembered_plans_as_if_everything_were_read(
    tmp_path_factory: pytest.TempPathFactory,
    steps: list[tuple[str, str | None]],
    make: Callable[[dict[str, bytes]], MemoryDisk] = MemoryDisk,
) -> None:
    folder = tmp_path_factory.mktemp("vault")
    disk = make(vault_files())
    with closing(Cache(folder, "test", folder)) as cache:
        lasting = a_cycle(disk, folder, cache)
        run(lasting)
        for path, text in steps:
            if text is None:
                disk.files.pop(path, None)
            else:
                disk.files[path] = text.encode()
            fresh = run(a_cycle(MemoryDisk(disk.files), folder), write=False)
            cached = run(a_cycle(disk, folder, cache), write=False)
            report = run(lasting, [path])
            expected = {c.path: c.after.text for c in fresh.changes}
            assert {c.path: c.after.text for c in cached.changes} == expected
            assert {c.path: c.after.text for c in report.changes} == expected
            # Only a run that knew the vault before can tell that a note is gone.
            assert [p for p in report.problems if p.rule != "link-gone"] == list(fresh.problems)
            after = run(a_cycle(disk, folder, cache), write=False)
            assert after.changes == ()
            assert [p for p in after.problems if p.rule != "link-gone"] == list(
                run(a_cycle(MemoryDisk(disk.files), folder), write=False).problems
            )
        assert run(a_cycle(MemoryDisk(disk.files), folder), write=False).changes == ()
