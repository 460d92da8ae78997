"""A plan whose work is spread over processes comes to what one process comes to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import pytest
from linking import CONFIG, paper, talk

from vaultsync.core.links.in_step import in_step
from vaultsync.core.links.index import Index
from vaultsync.core.note import note_of
from vaultsync.core.plan import planner
from vaultsync.core.plan.change import Plan
from vaultsync.core.rules import RULES

NOTE, PAPER = "Conferences/ICASSP 2025.md", "Papers/Rings.md"
LIST = (
    "\n%% vaultsync:begin papers %%\n## Papers\n"
    "- [[Rings|Rings of Carbon in Molecules]], Talk: Rings\n%% vaultsync:end papers %%\n"
)
LISTED = talk("- see arXiv:2210.13695\n" + LIST)


def planned(files: dict[str, str], spread: planner.Spread = planner.in_turn) -> Plan:
    notes = {path: note_of(path, text, CONFIG) for path, text in files.items()}
    index = Index(CONFIG, notes.get)
    for note in notes.values():
        index.put(note)
    return planner.plan_notes(index, RULES, notes, notes.get, spread)


@pytest.mark.parametrize("without", ["", "title: ICASSP 2025\n"], ids=["at rest", "to be tidied"])
def test_the_lines_of_a_list_are_remembered_alike(without: str, monkeypatch: pytest.MonkeyPatch) -> None:
    note = LISTED.replace(without, "")
    files = {NOTE: note, PAPER: paper("Rings of Carbon in Molecules", 'arxiv: "2210.13695"')}
    alone = planned(files)
    monkeypatch.setattr(planner, "MANY", 1)
    spread = planned(files)
    assert [change.after.text for change in spread.changes] == [c.after.text for c in alone.changes]
    assert spread.lines == alone.lines
    assert spread.lines[NOTE]


def test_some_conference_notes_are_shared_out_and_as_few_others_are_not() -> None:
    """Each takes as long as ten others; what comes of them is the same."""
    shared: list[list[str]] = []

    def spread(work: Callable[[Sequence[str]], bytes], names: Sequence[str]) -> Iterator[bytes]:
        shared.append(list(names))
        return (work(names[i::2]) for i in range(2))

    files = {f"Papers/{n}.md": paper(f"Rings of Carbon in {n} Molecules") for n in range(planner.READINGS)}
    few = files | {f"Conferences/{n}.md": talk(f"- Rings of Carbon in {n} Molecules") for n in range(9)}
    planned(few, spread)
    assert not shared
    many = files | {
        f"Conferences/{n}.md": talk(f"- Rings of Carbon in {n} Molecules") for n in range(planner.READINGS)
    }
    found, alone = planned(many, spread), planned(many)
    assert shared[0] == sorted(path for path in many if path.startswith("Conferences/"))
    assert [(change.path, change.after.text) for change in found.changes] == [
        (change.path, change.after.text) for change in alone.changes
    ]
    assert found.problems == alone.problems


@pytest.mark.parametrize("many_lists", [3, 4])
def test_lists_as_they_should_be_are_shared_out_where_there_are_very_many(
    many_lists: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To compare some thousand of them takes less than to fork."""
    monkeypatch.setattr(planner, "MANY", 1)
    monkeypatch.setattr(planner, "MANY_LISTS", many_lists)
    papers = [f"Papers/{n}.md" for n in range(3)]
    files = {path: paper(f"Rings of Carbon in {n} Molecules") for n, path in enumerate(papers)}
    files[NOTE] = talk("".join(f"- Rings of Carbon in {n} Molecules are slow\n" for n in range(3)))
    while changes := planned(files).changes:
        files |= {change.path: change.after.text for change in changes}
    files[papers[1]] = files[papers[1]].replace("are slow", "are fast")
    shared: list[list[str]] = []

    def spread(work: Callable[[Sequence[str]], bytes], names: Sequence[str]) -> list[bytes]:
        shared.append(list(names))
        return [work(names)]

    found, alone = planned(files, spread), planned(files)
    assert shared[-1] == (papers if many_lists == 3 else papers[1:2])
    assert [(c.path, c.after.text) for c in found.changes] == [(c.path, c.after.text) for c in alone.changes]
    assert (found.lines, found.problems) == (alone.lines, alone.problems)


def test_a_conference_note_that_lists_all_conferences_waits_for_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where the notes are read in parts, the first one knows of no other."""
    monkeypatch.setattr(planner, "MANY", 1)
    none_yet = "%% vaultsync:begin timeline %%\n- no conference yet\n%% vaultsync:end timeline %%\n"
    files = {"Conferences/0.md": talk(none_yet), "Conferences/1.md": talk("- nothing")}
    (change,) = planned(files, lambda work, names: [work([name]) for name in names]).changes
    assert "[[1" in change.after.text


def test_long_notes_are_read_by_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    """Notes are read in step, but no more of them than `AT_ONCE` characters, and come out the same."""
    monkeypatch.setattr(planner, "MANY", 1)
    files = {"Papers/0.md": paper("Rings of Carbon in Molecules")}
    files |= {f"Conferences/{n}.md": talk(f"- Rings of Carbon in Molecules, {n}") for n in range(6)}
    together = planned(files)
    monkeypatch.setattr(planner, "AT_ONCE", len(files["Conferences/0.md"]) + 1)
    held: list[int] = []
    monkeypatch.setattr(planner, "in_step", lambda works: held.append(len(works)) or in_step(works))
    assert [(c.path, c.after.text) for c in planned(files).changes] == [
        (c.path, c.after.text) for c in together.changes
    ]
    assert max(held) == 2


def test_a_process_holds_of_the_notes_that_it_has_done_little(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of a first run are nearly all: parsed they took gigabytes in each process."""
    monkeypatch.setattr(planner, "MANY", 1)
    files = {f"Papers/{n}.md": paper(f"Rings of Carbon in {n} Molecules") for n in range(4)}
    files |= {f"Conferences/{n}.md": talk(f"- Rings of Carbon in {n} Molecules") for n in range(4)}
    notes = {path: note_of(path, text, CONFIG) for path, text in files.items()}
    index = Index(CONFIG, notes.get)
    for note in notes.values():
        index.put(note)
    aside: set[str] = set()

    def spread(work: Callable[[Sequence[str]], bytes], names: Sequence[str]) -> Iterator[bytes]:
        for name in names:
            done = work([name])
            if isinstance(notes[name].kept, bytes):
                assert not notes[name].__dict__
                aside.add(name)
            yield done

    plan = planner.plan_notes(index, RULES, notes, notes.get, spread)
    assert aside == {change.path for change in plan.changes} == files.keys()
