"""Settling by a scripted source and a clock of the test's own, and the names that are never notes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaultsync.daemon.settling import Settler
from vaultsync.files.debris import _DEBRIS, is_debris


@pytest.mark.parametrize(
    "name",
    [
        "4913",
        ".#ICASSP 2025.md",
        "#ICASSP 2025.md#",
        ".ICASSP 2025.md.swp",
        "ICASSP 2025.md~",
        "~$ICASSP 2025.md",
        ".~lock.ICASSP 2025.md#",
        "._ICASSP 2025.md",
        ".goutputstream-9ZX1U2",
        ".syncthing.ICASSP 2025.md.tmp",
        "~syncthing~ICASSP 2025.md.tmp",
        "ICASSP 2025.md.tmp.4711",
        "ICASSP 2025.md.2837411",
        ".vaultsync-w-0123.tmp",
        "ICASSP 2025.sync-conflict-20250407-101500-ABCDEFG.md",
        "ICASSP 2025 (Eva's conflicted copy 2025-04-07).md",
        "ICASSP 2025 (conflicted copy 2025-04-07 101500).md",
        "ICASSP 2025 (Conflicted copy laptop 202504071015).md",
        "ICASSP 2025_conflict-20250407-101500.md",
        "ICASSP 2025 (conflict 1a2b3c4).md",
        "ICASSP 2025.md.part",
    ],
)
def test_a_by_product_of_an_editor_or_a_sync_tool_is_never_a_note(name: str) -> None:
    assert is_debris(name)


@pytest.mark.parametrize(
    "name",
    [
        "ICASSP 2025.md",
        "@vaswani2017.md",
        "~idea.md",
        "Conflict resolution in CRDTs.md",
        "A note on conflicted copies.md",
        "On conflict (Schelling 1960).md",
        "x.tmp.md",
        "backup.bak.md",
        "4913.md",
        "3.14.md",
        "figure 2025",
        "#1 reading list.md",
        "Größe – 提高.md",
    ],
)
def test_a_name_that_only_looks_like_one_stays_a_note(name: str) -> None:
    assert not is_debris(name)


_PARTS = (
    *".~#$ ()",
    "a", "4913", "12", "1a2b3c4", ".md", ".tmp", ".bak", ".sync-conflict-", "conflict", "Conflicted",
    "_conflict-", " copy", "20250407", "-101500", "syncthing",
)  # fmt: skip


@given(st.lists(st.sampled_from(_PARTS), min_size=1, max_size=8).map("".join))
def test_the_quick_looks_never_change_the_verdict(name: str) -> None:
    assert is_debris(name) == (_DEBRIS.match(name) is not None)


def test_a_note_is_due_when_it_has_been_quiet_and_not_before() -> None:
    settler = Settler(quiet=30)
    settler.touch("a.md", 0)
    settler.touch("a.md", 20)
    assert settler.due(49.9) == ()
    assert settler.next_due(49.9) == pytest.approx(0.1)
    assert settler.due(50) == ("a.md",)
    assert (settler.due(51), settler.next_due(51), len(settler)) == ((), None, 0)


def test_typing_without_a_pause_is_looked_at_after_max_wait() -> None:
    settler = Settler(quiet=30, max_wait=600)
    for second in range(0, 600, 2):
        settler.touch("a.md", second)
        assert settler.due(second) == ()
    assert settler.due(600) == ("a.md",)
    settler.touch("a.md", 601)
    assert settler.next_due(601) == 30


def test_each_note_waits_for_itself_alone() -> None:
    settler = Settler(quiet=30)
    settler.touch("b.md", 0)
    settler.touch("c.md", 0)
    for second in range(0, 60, 2):
        settler.touch("typed.md", second)
    assert settler.due(30) == ("b.md", "c.md")
    assert "typed.md" in settler


def test_a_held_note_waits_for_its_lease_even_beyond_max_wait() -> None:
    settler = Settler(quiet=30, max_wait=60)
    settler.touch("a.md", 0)
    settler.hold("a.md", until=100, now=1)
    assert settler.due(99) == ()
    assert settler.waiting(99)[0].held
    assert settler.due(100) == ("a.md",)


def test_a_client_that_dies_holds_a_note_only_until_its_lease_ends() -> None:
    settler = Settler(quiet=30)
    settler.hold("a.md", until=60, now=0)
    settler.touch("a.md", 5)
    assert settler.held("a.md", 59)
    assert not settler.held("a.md", 60)
    assert settler.due(60) == ("a.md",)


def test_a_released_note_is_due_after_its_own_quiet_time() -> None:
    settler = Settler(quiet=30)
    settler.hold("a.md", until=1000, now=0)
    settler.touch("a.md", 10)
    settler.release("a.md", 20)
    assert settler.next_due(20) == 20
    assert settler.due(40) == ("a.md",)


def test_a_lease_on_a_note_that_did_not_change_makes_nothing_due() -> None:
    settler = Settler()
    settler.hold("a.md", until=10, now=0)
    assert settler.next_due(0) is None
    assert settler.due(20) == ()


def test_what_a_cycle_has_done_already_is_dropped() -> None:
    settler = Settler(quiet=30)
    settler.touch("a.md", 0)
    settler.touch("b.md", 0)
    settler.drop(["a.md", "unknown.md"])
    assert settler.due(30) == ("b.md",)


def test_a_clock_that_is_set_back_neither_hurries_nor_hangs_a_note() -> None:
    settler = Settler(quiet=30)
    settler.touch("a.md", 10_000)
    settler.hold("b.md", until=10_050, now=10_000)
    settler.touch("b.md", 10_000)
    assert settler.next_due(10) == 30
    assert settler.due(40) == ("a.md",)
    assert settler.due(60) == ("b.md",)


def test_a_resumed_machine_finds_everything_due_at_once() -> None:
    settler = Settler(quiet=30)
    settler.touch("b.md", 0)
    settler.touch("a.md", 1)
    assert settler.due(36_000) == ("a.md", "b.md")


def test_fifty_thousand_files_at_once_are_all_given_back() -> None:
    settler = Settler(quiet=30)
    for n in range(50_000):
        settler.touch(f"{n}.md", n / 50_000)
        settler.next_due(n / 50_000)
    assert len(settler.due(31)) == 50_000


_paths = st.sampled_from(["a", "b", "c"])
_steps = st.lists(
    st.tuples(
        st.sampled_from(["touch", "hold", "release", "due", "drop"]),
        _paths,
        st.integers(0, 20),
        st.integers(1, 50),
    ),
    max_size=60,
)


@given(_steps)
def test_the_queue_agrees_with_a_plain_table_of_times(steps: list[tuple[str, str, int, int]]) -> None:
    settler = Settler(quiet=10, max_wait=40)
    times: dict[str, tuple[float, float]] = {}
    leases: dict[str, float] = {}

    def due_at(path: str) -> float:
        first, last = times[path]
        return max(min(last + 10, first + 40), leases.get(path, 0))

    now = 0.0
    for step, path, wait, length in steps:
        now += wait
        if step == "touch":
            settler.touch(path, now)
            times[path] = (times.get(path, (now, now))[0], now)
        elif step == "hold":
            settler.hold(path, now + length, now)
            leases[path] = now + length
        elif step == "release":
            settler.release(path, now)
            leases.pop(path, None)
        elif step == "drop":
            settler.drop([path])
            times.pop(path, None)
        else:
            expected = tuple(sorted(p for p in times if due_at(p) <= now))
            assert settler.due(now) == expected
            for done in expected:
                del times[done]
            leases = {p: until for p, until in leases.items() if until > now}
        assert [(w.path, w.due) for w in settler.waiting(now)] == sorted(
            ((p, due_at(p)) for p in times), key=lambda w: (w[1], w[0])
        )
        earliest = min((due_at(p) for p in times), default=None)
        assert settler.next_due(now) == (None if earliest is None else max(0, earliest - now))
