"""Names that no commit has: which note one that is gone stands for by now, and how long that is known."""

from __future__ import annotations

from vaultsync.vault.come_and_gone import MOST_KNOWN, ComeAndGone


def seen(gone: dict[str, bytes], came: dict[str, bytes], names: bytes = b"") -> ComeAndGone:
    """What a look says that missed and found these notes, after earlier looks that left `names`."""
    moves = ComeAndGone()
    moves.recall(names, gone)
    moves.look_for_all(came)
    for path, digest in came.items():
        moves.read(path, digest, known=False)
    return moves


def test_a_note_with_the_contents_of_one_that_is_gone_is_that_note() -> None:
    assert seen({"a": b"1", "b": b"2"}, {"c": b"1", "d": b"3"}).renamed() == {"a": "c"}


def test_of_equal_notes_nobody_can_tell() -> None:
    assert seen({"a": b"1", "b": b"1"}, {"c": b"1"}).renamed() == {}
    assert seen({"a": b"1"}, {"c": b"1", "d": b"1"}).renamed() == {}


def test_a_note_that_goes_on_to_other_names_is_known_by_each() -> None:
    names = seen({"a": b"1"}, {"b": b"1"}).settled(done=True) or b""
    later = seen({"b": b"2"}, {"c": b"2"}, names)
    assert (later.renamed(), later.renamed_before()) == ({"b": "c"}, {"a": "c"})
    back = seen({"c": b"2"}, {"a": b"2"}, later.settled(done=True) or b"")
    assert back.renamed() | back.renamed_before() == {"b": "a", "c": "a"}


def test_a_name_that_another_note_has_since_stands_for_that_one() -> None:
    names = seen({"a": b"1"}, {"b": b"1"}).settled(done=True) or b""
    assert seen({}, {"a": b"3"}, names).renamed_before() == {}


def test_a_mere_look_leaves_it_to_the_next_run_what_became_of_a_note() -> None:
    look = seen({"a": b"1"}, {})
    names = look.settled(done=False) or b""
    assert look.settled(done=False) is None
    assert seen({}, {"b": b"1"}, names).renamed() == {"a": "b"}
    assert seen({"a": b"1"}, {}).settled(done=True) is None


def test_a_rename_that_was_only_looked_at_is_to_be_followed_until_something_is_done() -> None:
    names = seen({"a": b"1"}, {"b": b"1"}).settled(done=False) or b""
    look = seen({}, {}, names)
    assert (look.some_are_gone, look.renamed_before()) == (True, {"a": "b"})
    look = seen({}, {"copy": b"1"}, names)
    assert (look.renamed(), look.renamed_before()) == ({}, {"a": "b"})
    assert look.settled(done=False) is None
    names = look.settled(done=True) or b""
    done = seen({}, {}, names)
    assert (done.some_are_gone, done.renamed_before()) == (False, {"a": "b"})


def test_of_many_renames_the_latest_are_known() -> None:
    numbers = range(MOST_KNOWN + 3)
    gone, came = ({f"{name}{n}": b"%d" % n for n in numbers} for name in ("old", "new"))
    known = seen({}, {}, seen(gone, came).settled(done=True) or b"").renamed_before()
    assert list(known) == [f"old{n}" for n in numbers[3:]]


def test_names_of_another_form_are_forgotten() -> None:
    assert seen({}, {}, b"\xc1 whatever").renamed_before() == {}
