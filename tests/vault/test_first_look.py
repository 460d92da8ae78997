"""What is told while the notes are read stands in the report, too, whatever the linked rules do to them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest
from doubles import MemoryDisk
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import Raw
from pytest_mock import MockerFixture
from test_survey import a_cycle, run

from vaultsync.core.config.config import Config
from vaultsync.core.config.config_file import parse_config
from vaultsync.core.errors import Problem
from vaultsync.core.links.cached_facts import Gist, decode_gist, encode, facts_of
from vaultsync.core.links.index import Index
from vaultsync.core.note import Note, read_note
from vaultsync.core.plan import planner
from vaultsync.core.rules import rule_options
from vaultsync.runs import knowledge
from vaultsync.runs.cycle import Request
from vaultsync.vault import first_look, survey
from vaultsync.vault.cache import Cache

HEADS = (
    "",
    "pages: 3\npages: 4\n",
    "venue: {a: {b: c}}\n",
    "date: 03/04/2023\n",
    "related: '[[Note 1]]'\nrelated: x\n",
    "tags:\n  - two words, or three\n",
    'venue: "Proceedings\n',
)
BODIES = (
    "Text.\n",
    "%% vaultsync:begin mentions %%\nnobody's\n%% vaultsync:end mentions %%\n\nText below.\n",
    "Text $`x`$.\n",
    "See [[Note 2]] and [[Gone]].\n",
)
TALK = "---\ntags:\n  - conference\npages: 1\npages: 2\n---\n## Talk: Things\n"


@pytest.fixture(autouse=True)
def _many_are_few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is done with many notes at once is done with each: in turn, in parts of two."""

    def in_parts(work: Callable[[Sequence[str]], bytes], names: Sequence[str], *_: object) -> Iterator[bytes]:
        return (work(names[i : i + 2]) for i in range(0, len(names), 2))

    for module in (survey, planner):
        monkeypatch.setattr(module, "MANY", 1)
    for module in (first_look, knowledge):
        monkeypatch.setattr(module, "spread", in_parts)


def a_vault(papers: Iterable[tuple[str, str, bool]]) -> dict[str, bytes]:
    """Papers with these heads and bodies, and a conference note that mentions some of them."""
    notes, talk = {"Papers/broken.md": b"\xff"}, TALK
    for n, (head, body, mentioned) in enumerate(papers):
        title = f"Qxj{n}zenko and the Art of Counting {n} Rings"
        notes[f"Papers/Note {n}.md"] = f"---\ntitle: {title}\n{head}tags:\n  - paper\n---\n{body}".encode()
        talk += f"- {title} was shown\n" if mentioned else ""
    return notes | {"Conferences/One.md": talk.encode()}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    papers=st.lists(
        st.tuples(st.sampled_from(HEADS), st.sampled_from(BODIES), st.booleans()), min_size=2, max_size=6
    ),
    write=st.booleans(),
)
def test_what_is_told_early_is_in_the_report(
    papers: list[tuple[str, str, bool]], write: bool, tmp_path: Path
) -> None:
    told: list[Problem] = []
    report = a_cycle(MemoryDisk(a_vault(papers)), tmp_path).run(
        Request(commit=False, write=write, tell=told.extend)
    )
    assert set(told) <= set(report.problems)
    assert "Papers/broken.md" in {problem.path for problem in told}


def test_faults_in_a_head_are_told_early_but_not_those_that_linked_rules_may_move(tmp_path: Path) -> None:
    told: list[Problem] = []
    papers = [(head, BODIES[1], True) for head in HEADS]
    a_cycle(MemoryDisk(a_vault(papers)), tmp_path).run(Request(write=False, tell=told.extend))
    places = {(problem.path, problem.rule) for problem in told}
    assert ("Papers/Note 1.md", "fm-duplicate-keys") in places
    assert ("Papers/Note 2.md", "fm-nested") in places
    assert "Papers/Note 4.md" not in {path for path, _ in places}  # a link in the head may be rewritten
    assert all(problem.line < 8 for problem in told)


def test_a_note_that_was_not_asked_for_and_an_accepted_problem_are_not_told(tmp_path: Path) -> None:
    told: list[Problem] = []
    vault = a_vault([(HEADS[1], BODIES[0], False)] * 3)
    only = frozenset({"Papers/Note 2.md"})
    a_cycle(MemoryDisk(vault), tmp_path).run(Request(write=False, only=only, tell=told.extend))
    assert {problem.path for problem in told} == only


def test_each_stage_of_a_first_run_tells_how_far_it_is(tmp_path: Path) -> None:
    """Each begins at nothing, comes forward, and knows how much there is."""
    told: list[tuple[str, int, int]] = []
    cycle = a_cycle(MemoryDisk(a_vault([(HEADS[5], BODIES[0], True)] * 6)), tmp_path)
    cycle.forget()
    cycle._progress = cycle._known._progress = lambda *step: told.append(step)
    cycle.run(Request(commit=False))
    steps: dict[str, list[tuple[int, int]]] = {}
    for stage, done, total in told:
        steps.setdefault(stage, []).append((done, total))
    for stage in ("reading", "checking", "finding mentions", "linking"):
        assert steps[stage][0][0] == 0
        assert len(set(steps[stage])) > 1, stage
        assert all(done <= total > 0 for done, total in steps[stage])
    assert {"looking for notes", "checking again", "writing"} <= steps.keys()


def test_of_large_notes_few_are_in_memory_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Notes are gone through together, but no more of them than `AT_ONCE` bytes."""
    files = {f"{n}.md": b"words " * 100 for n in range(12)}
    index, together = Index(Config(), lambda _: None), list[int]()
    gists = index.gists

    def noted(notes: Sequence[Note]) -> list[Gist]:
        together.append(len(notes))
        return gists(notes)

    monkeypatch.setattr(index, "gists", noted)
    monkeypatch.setattr(first_look, "spread", lambda work, names, _: [work(names)])
    monkeypatch.setattr(first_look, "AT_ONCE", 1500)
    looks = first_look.first_looks(MemoryDisk(files), list(files), index, lambda *_: [])
    assert [look.path for part in looks for look in part] == list(files)
    assert [count for count in together if count] == [3, 3, 3, 3]


OTHERS = {
    "Queries.md": "---\nTag: x\nup: '[[One]]'\n---\n```dataview\nLIST tag\n```\n",
    "Dates.md": "---\ndate: 2024-05-06\ntags:\n  - paper\n---\n%% vaultsync:begin timeline %%\n",
    "Waits.md": "---\ntags:\n  - paper\n\t: [\n---\nText.\n",
    "Plain.md": "Text.\n",
}


@pytest.mark.parametrize("order", [(), ("title", "date", "tags")], ids=["no order", "an order"])
def test_the_packed_facts_of_a_note_are_those_that_the_index_tells(order: tuple[str, ...]) -> None:
    settings = f"[rules.fm-order]\nenabled = true\n[kinds.paper]\norder = {[*order]!r}\n" if order else ""
    config = parse_config(settings, rule_options())
    files = a_vault((head, body, True) for head in HEADS for body in BODIES)
    files |= {path: text.encode() for path, text in OTHERS.items()}
    notes = [note for path in files if isinstance(note := read_note(path, files[path], config), Note)]
    index = Index(config, lambda path: None)
    for note in notes:
        gist = index.gist(note)
        index.learn(note.path, gist)
        data = encode(facts_of(gist))
        assert data == encode(index.facts(note.path, at_rest=True, problems=()))
        told = {"is_conference": gist.is_conference, "plain_list": gist.plain_list}
        assert decode_gist(data, **told) == gist
    kept = [index.facts(note.path, at_rest=True, problems=()) for note in notes]
    for name in ("paper", "has_blocks", "reads", "uses", "has_timeline", "dates", "waits"):
        assert len({getattr(facts, name) for facts in kept}) > 1, name
    assert any(facts.order for facts in kept) == bool(order)


def test_what_is_known_of_a_note_alone_is_packed_once(tmp_path: Path, mocker: MockerFixture) -> None:
    packed = mocker.spy(Index, "facts")
    files = a_vault([("", "Text.\n", False), ("", "Text.\n", True), (HEADS[1], "Text.\n", False)])
    with closing(Cache(tmp_path, "test", tmp_path / "cache")) as cache:
        disk = MemoryDisk(files)
        run(a_cycle(disk, tmp_path, cache), write=False)
        first = dict(cache.facts(cache.load().entries))
        # The last ones: a talk, the paper that it mentions, which is to be changed, and one with a problem.
        assert packed.call_count == len(first) - 1 == 3
        assert first.keys() == files.keys() - {"Papers/broken.md"}
    mocker.patch.object(first_look, "MOST", 0)
    with closing(Cache(tmp_path, "test", tmp_path / "other")) as cache:
        run(a_cycle(disk, tmp_path, cache), write=False)
        assert dict(cache.facts(cache.load().entries)) == first
    assert packed.call_count == 3 + 4


def test_facts_are_kept_of_the_very_bytes_and_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(first_look, "MOST", 10)
    facts = first_look.PackedFacts()
    for path in ("a.md", "b.md", "c.md"):
        facts.put(path, b"digest", Raw(b"12345678"))
    assert [facts.of(path, b"digest") for path in ("a.md", "b.md", "c.md")] == [b"12345678"] * 2 + [None]
    assert facts.of("a.md", b"another") is None
    facts.clear()
    facts.put("c.md", b"digest", Raw(b"1"))
    assert (facts.of("a.md", b"digest"), facts.of("c.md", b"digest")) == (None, b"1")
