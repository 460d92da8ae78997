"""Papers of one title: of thousands a record is compared with few, and the outcome is the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_mock import MockerFixture

from vaultsync.core.importers import same_title
from vaultsync.core.importers.record import PaperRecord
from vaultsync.core.importers.same_paper import Groups, Known

PEOPLE = (None, ("Ida Alm",), ("Alm, I.",), ("Max Oak", "Ida Alm"), ("Eva Fir",))
ids = st.sampled_from([None, *range(3)])
papers = st.builds(
    lambda authors, doi, arxiv: PaperRecord(
        title="Editorial",
        authors=authors,
        doi=None if doi is None else f"10.1000/{doi}",
        arxiv=None if arxiv is None else f"2101.0000{arxiv}",
        source="list",
    ),
    st.sampled_from(PEOPLE),
    ids,
    ids,
)
notes = st.lists(
    st.builds(
        lambda authors, doi: Known(
            "Papers/Editorial.md",
            "paper",
            titles=("Editorial",),
            ids=() if doi is None else (("doi", f"10.1000/{doi}"),),
            authors=authors or (),
        ),
        st.sampled_from(PEOPLE),
        ids,
    ),
    max_size=3,
)


LETTERS = str.maketrans("0123456789", "abcdefghij")


def grouped(known: list[Known], records: list[PaperRecord]) -> list[tuple[int, int]]:
    groups = Groups()
    for note in known:
        groups.add_known(note)
    added = [groups.add(record) for record in records]
    return [(groups.root(group), len(doubtful)) for group, doubtful in added]


@given(notes, st.lists(papers, max_size=12))
def test_the_groups_are_those_of_comparing_with_all(known: list[Known], records: list[PaperRecord]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(same_title, "FEW", 1_000)
        with_all = grouped(known, records)
        patch.setattr(same_title, "FEW", 0)
        assert grouped(known, records) == with_all


@pytest.mark.parametrize("by", ["doi", "authors"])
def test_thousands_of_one_title_are_not_compared_with_each_other(by: str, mocker: MockerFixture) -> None:
    compared = mocker.spy(Groups, "_fits")
    count = 2_000
    records = [
        PaperRecord(
            title="Editorial",
            source="list",
            doi=f"10.1000/{number}" if by == "doi" else None,
            authors=(f"{number:04d}x {number:04d}y".translate(LETTERS),) if by == "authors" else None,
        )
        for number in range(count)
    ]
    assert len({group for group, _ in grouped([], records)}) == count
    assert compared.call_count < 100 * count
