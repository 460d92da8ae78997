"""The paths of each key, against a plain table of lists."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from vaultsync.core.text.paths_by_key import PathsByKey

STEPS = st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from(["x", "yy", "zzz", "x2"])), max_size=24)


@given(STEPS, st.booleans())
def test_it_holds_what_a_table_of_lists_would(steps: list[tuple[str, str]], by_length: bool) -> None:
    """Each step puts a path in, or takes it out where it is in."""
    held: PathsByKey[str] = PathsByKey(order=len if by_length else None)
    plain: dict[str, list[str]] = {}
    for key, path in steps:
        if path in plain.get(key, []):
            plain[key].remove(path)
            held.discard(key, path)
        else:
            plain.setdefault(key, []).append(path)
            if len(steps) % 2:
                held.add(key, path)
            else:
                held.add_to_each([key], path)
        for known in "ab":
            paths = plain.get(known, [])
            assert list(held.of(known)) == (sorted(paths, key=len) if by_length else paths)
            assert (known in held) == bool(paths)
        assert set(held) == {known for known, paths in plain.items() if paths}
