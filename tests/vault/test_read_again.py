"""What a look keeps for the next run says what is on the disk, whoever reads it: one process or several."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from smallvault import write

from vaultsync.cli.wiring import the_ports
from vaultsync.core.links.index import Index
from vaultsync.core.note import Note, digest_of
from vaultsync.core.plan.planner import READINGS
from vaultsync.runs.cycle import Cycle, Report, Request
from vaultsync.vault import read_again
from vaultsync.vault.open import open_vault
from vaultsync.vault.survey import Survey

COUNT = READINGS + 5
NOTE = "Conferences/C7.md"
PAPER = "---\ntitle: Zebranet{n} and the Stripes of Wide Animals\ntags: paper, wide\n---\nText.\n"
CONFERENCE = (
    "---\ntitle: Day {n}\ndate: 2025-04-07\ntag: conference\n---\n"
    "## Talk: one\n- saw Zebranet{n} and the Stripes of Wide Animals today\n"
)


@pytest.fixture
def vault(tmp_path: Path) -> Path:
    notes: dict[str, str | bytes] = {}
    for n in range(COUNT):
        notes[f"Papers/P{n}.md"] = PAPER.format(n=n)
        notes[f"Conferences/C{n}.md"] = CONFERENCE.format(n=n)
    return write(tmp_path / "vault", notes)


def looked(root: Path) -> tuple[Report, Survey]:
    """A look at a vault that nobody has looked at yet, each time of a cache of its own."""
    opened = open_vault(root)
    with the_ports(opened) as ports:
        cycle = Cycle(opened, ports)
        report = cycle.run(Request(write=False, commit=False))
        assert cycle.survey is not None
        return report, cycle.survey


def kept(survey: Survey) -> dict[str, object]:
    """What is known of each note after a look."""
    index = survey.index
    at_rest = survey.files.keys() - survey.restless
    return {path: index.facts(path, at_rest=path in at_rest, problems=()) for path in survey.files}


@pytest.fixture
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    return lambda name: monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / name))


def test_several_processes_keep_of_an_unwritten_plan_what_one_keeps(
    vault: Path, empty_cache: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    read_here: list[str] = []
    read = Index._read

    def counted(self: Index, note: Note) -> object:
        read_here.append(note.path)
        return read(self, note)

    monkeypatch.setattr(Index, "_read", counted)
    found: list[tuple[Report, dict[str, object]]] = []
    for name, many in (("alone", 10_000), ("together", READINGS)):
        empty_cache(name)
        read_here.clear()
        monkeypatch.setattr(read_again, "READINGS", many)
        report, survey = looked(vault)
        found.append((report, kept(survey)))
        assert len(report.changes) == 2 * COUNT
        assert len(read_here) == (COUNT if name == "alone" else 0)
    (alone, facts), (together, same_facts) = found
    assert same_facts == facts
    assert together.problems == alone.problems
    again, _ = looked(vault)
    assert [change.after.text for change in again.changes] == [c.after.text for c in alone.changes]


def test_of_a_note_that_is_saved_meanwhile_the_digest_and_the_reading_are_of_one_text(
    vault: Path, empty_cache: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    empty_cache("saved")
    saved = vault / NOTE
    unwritten = Survey.unwritten

    def then_saved(self: Survey, paths: object) -> None:
        unwritten(self, paths)  # type: ignore[arg-type]  # passes on what it was given
        self.let_go([NOTE])
        saved.write_text(CONFERENCE.format(n=8), encoding="utf-8")

    before = digest_of(saved.read_bytes())
    with monkeypatch.context() as patched:
        patched.setattr(Survey, "unwritten", then_saved)
        _, survey = looked(vault)
    one = (survey.digests([NOTE])[NOTE], survey.index.linked_with(NOTE))
    assert one in ((before, {"Papers/P7.md"}), (digest_of(saved.read_bytes()), {"Papers/P8.md"}))
    assert looked(vault)[1].index.linked_with(NOTE) == {"Papers/P8.md"}
