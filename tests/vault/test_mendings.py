"""What rules mended lately, in its file: of many notes a run reads and writes only its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from vaultsync.core.config.config import Config
from vaultsync.core.errors import VaultError
from vaultsync.core.links.decisions import Fault
from vaultsync.core.note import Note, note_of
from vaultsync.core.plan.change import Change
from vaultsync.core.plan.places import Mend
from vaultsync.core.plan.wars import TIMES, WINDOW
from vaultsync.vault import mendings as module
from vaultsync.vault.mendings import MendingsFile

BAD, GOOD = "tags: a;b\n", "tags: [a, b]\n"


def note(number: int, text: str) -> Note:
    return note_of(f"{number}.md", f"---\n{text}---\nNumber {number}.\n", Config())


def mending(number: int, before: str = BAD, after: str = GOOD) -> Change:
    path = f"{number}.md"
    mend = Mend(Fault(path, "fm-tags", "tags"), b"sign", after)
    return Change(path, note(number, before), note(number, after), ("fm-tags",), frozenset({mend}))


class Clock:
    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def kept(tmp_path: Path, clock: Clock) -> Iterator[MendingsFile]:
    file = MendingsFile(tmp_path, tmp_path / "state", clock)
    yield file
    file.close()


class CountedRows:
    """A decoder of rows that knows how many it was given."""

    def __init__(self) -> None:
        self.decode_row, self.rows = module._KEPT.decode, 0

    def decode(self, data: bytes) -> object:
        self.rows += 1
        return self.decode_row(data)


def at_war(kept: MendingsFile, number: int) -> bool:
    return bool(kept.written_back([mending(number)]))


def wage_war(kept: MendingsFile, number: int) -> None:
    for _ in range(TIMES):
        kept.wrote([mending(number)])
        kept.looked([mending(number)], {f"{number}.md": note(number, BAD).digest})


def test_what_is_written_back_each_time_is_known_in_the_next_process(
    kept: MendingsFile, tmp_path: Path, clock: Clock
) -> None:
    wage_war(kept, 1)
    kept.close()
    other = MendingsFile(tmp_path, tmp_path / "state", clock)
    assert at_war(other, 1)
    assert not at_war(other, 2)
    other.close()


def test_a_run_over_few_notes_looks_at_what_was_mended_in_these(
    kept: MendingsFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept.wrote([mending(number) for number in range(500)])
    counted = CountedRows()
    monkeypatch.setattr(module, "_KEPT", counted)
    kept.looked([], {"7.md": note(7, GOOD).digest})
    assert counted.rows == 1
    kept.written_back([mending(7)])
    kept.wrote([mending(7)])
    assert counted.rows == 3


def test_what_is_put_in_order_from_outside_is_counted_anew(kept: MendingsFile) -> None:
    wage_war(kept, 1)
    kept.looked([], {"1.md": note(1, "tags: [c]\n").digest})
    assert not at_war(kept, 1)


def test_what_was_mended_long_ago_takes_no_room(kept: MendingsFile, clock: Clock) -> None:
    kept.wrote([mending(number) for number in range(500)])
    kept.close()
    full = kept.file.stat().st_size
    clock.now += WINDOW + 1
    kept.wrote([mending(501)])
    kept.wrote([mending(number) for number in range(502, 1000)])
    kept.close()
    assert kept.file.stat().st_size < 1.2 * full
    assert not at_war(kept, 1)


@pytest.mark.parametrize("notes", [None, ["1.md"]])
def test_what_is_forgotten_counts_anew(kept: MendingsFile, notes: list[str] | None) -> None:
    wage_war(kept, 1)
    wage_war(kept, 2)
    kept.forget(notes)
    assert not at_war(kept, 1)
    assert at_war(kept, 2) == (notes is not None)


def test_who_only_looks_makes_no_file(kept: MendingsFile) -> None:
    assert not at_war(kept, 1)
    kept.looked([mending(1)], {"1.md": note(1, BAD).digest})
    kept.forget(None)
    assert not kept.file.parent.exists()


def test_a_file_of_which_every_byte_may_be_wrong_is_no_defect(kept: MendingsFile) -> None:
    """Each stretch of the file in turn is overwritten: what can't be read counts as never mended."""
    kept.wrote([mending(number) for number in range(40)])
    kept.close()
    whole = kept.file.read_bytes()
    for start in range(0, len(whole), 257):
        kept.file.write_bytes(whole[:start] + b"\xff" * 64 + whole[start + 64 :])
        kept.written_back([mending(number) for number in range(40)])
        wage_war(kept, 41)
        assert at_war(kept, 41), start  # and what comes after is counted
        kept.close()


def test_what_cannot_be_kept_is_said_with_its_reason(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("in the way")
    with pytest.raises(VaultError, match=r"can't be kept: .*File exists"):
        MendingsFile(tmp_path, tmp_path / "state").wrote([mending(1)])
