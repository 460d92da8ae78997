"""One paper, one note, by a plain address: only with a title that is alike, and never by a list of papers."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vaultsync.core.errors import Problem
from vaultsync.core.frontmatter.block import parse_front_matter
from vaultsync.core.importers import Options, parse
from vaultsync.core.importers.actions import Action, Complete, NewNote, Unchanged
from vaultsync.core.importers.planning import Target, plan_import, survey
from vaultsync.core.importers.record import Item, PaperRecord, Skipped
from vaultsync.core.importers.same_paper import known_note

PAGE = "https://lab.example/texts/steady"
TITLE, SHORT = "Steady Windows of Houses: A Study of Inputs", "Steady Windows of Houses"

FORMATS = {
    "url.bib": "@misc{b1, title={%(title)s}, author={Alm, Ida}, url={%(url)s}}\n",
    "howpublished.bib": "@misc{b2, title={%(title)s}, author={Alm, Ida}, howpublished={\\url{%(url)s}}}\n",
    "note.bib": "@misc{b3, title={%(title)s}, author={Alm, Ida}, note={Available at \\url{%(url)s}}}\n",
    "csl.json": json.dumps(
        [
            {
                "id": "b4",
                "type": "webpage",
                "title": "%(title)s",
                "author": [{"family": "Alm", "given": "Ida"}],
                "URL": "%(url)s",
            }
        ]
    ),
    "one.ris": "TY  - GEN\nTI  - %(title)s\nAU  - Alm, Ida\nUR  - %(url)s\nER  - \n",
    "list.md": "# To read\n\n- [%(title)s](%(url)s), Ida Alm, Max Oak, 2021\n"
    "- [Quiet Doors of the North](https://arxiv.org/abs/2101.01234)\n- https://arxiv.org/abs/2101.01235\n",
}
OTHER_SPELLING = "http://www.lab.example/texts/steady/?utm_source=feed#top"


def read(name: str, title: str, url: str) -> list[Item]:
    text = FORMATS[name] % {"title": title, "url": url}
    return list(parse([text.encode()], Options(name=name)))


def planned(sources: Sequence[Iterable[Item]], notes: Mapping[str, str] | None = None) -> list[Action]:
    known = [
        known_note(path, parse_front_matter(text), "paper" if path.startswith("Papers/") else "conference")
        for path, text in sorted((notes or {}).items())
    ]
    kept = [list(source) for source in sources]
    seen = survey([lambda items=items: items for items in kept], known)  # type: ignore[misc]  # a default binds it
    return list(plan_import(seen, known, Target()))


def made(actions: Iterable[Action]) -> dict[str, str]:
    return {action.path: action.text for action in actions if isinstance(action, NewNote)}


def told(actions: Iterable[Action]) -> list[Problem]:
    return [action for action in actions if isinstance(action, Problem)]


def paper(title: str, url: str | None = PAGE, **fields: object) -> PaperRecord:
    return PaperRecord(title=title, url=url, source="list", **fields)  # type: ignore[arg-type]  # by name


def note(title: str, url: str = PAGE, more: str = "") -> str:
    return f"---\ntitle: {json.dumps(title)}\nurl: {url}\n{more}---\n"


@pytest.mark.parametrize(("first", "second"), list(permutations(FORMATS, 2)))
def test_a_paper_meets_itself_across_formats(first: str, second: str) -> None:
    actions = planned([read(first, TITLE, PAGE), read(second, SHORT, OTHER_SPELLING)])
    assert [path for path in made(actions) if "Windows" in path] == [
        "Papers/Steady Windows of Houses - A Study of Inputs.md"
    ]
    assert not told(actions)


@pytest.mark.parametrize(("first", "second"), list(permutations(FORMATS, 2)))
def test_a_paper_meets_its_note_in_a_later_run(first: str, second: str) -> None:
    notes = made(planned([read(first, TITLE, PAGE)]))
    actions = planned([read(second, SHORT, OTHER_SPELLING)], notes)
    assert not any("Windows" in path for path in made(actions))
    assert any(isinstance(a, Complete | Unchanged) and "Windows" in a.path for a in actions)
    assert not told(actions)


def test_howpublished_is_no_field_that_was_left_out() -> None:
    (record,) = read("howpublished.bib", TITLE, PAGE)
    assert isinstance(record, PaperRecord)
    assert (record.url, record.unused) == (PAGE, ())
    (remark,) = parse(
        [b"@misc{x, title={Quiet Doors}, note={code at \\url{https://lab.example/code}}}"], Options()
    )
    assert isinstance(remark, PaperRecord)
    assert remark.url is None  # the address of something else
    assert remark.notes


def test_the_second_key_of_a_merged_entry_still_cites_the_paper() -> None:
    (text,) = made(planned([[paper(TITLE, citekey="alm20"), paper(SHORT, citekey="alm21")]])).values()
    assert "citekey: alm20\n" in text
    assert '"@alm21"' in text


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"doi": "10.1000/a"}, {"doi": "10.1000/b"}),
        ({"arxiv": "2101.00001"}, {"arxiv": "2101.00002"}),
    ],
)
def test_two_identifiers_are_two_papers_and_no_question(
    first: dict[str, object], second: dict[str, object]
) -> None:
    actions = planned([[paper(TITLE, **first), paper(SHORT, **second)]])
    assert len(made(actions)) == 2
    assert not told(actions)


@pytest.mark.parametrize(
    ("first", "second", "notes"),
    [
        (("Ida Alm", "Max Oak"), ("Alm, I.",), 1),
        (("Ida Alm", "Max Oak"), (), 1),
        (("Ida Alm", "Max Oak"), ("Max Oak", "Ida Alm"), 2),
        (("Wei Alm",), ("Wei Oak",), 2),
        (("Alm, Ida",), ("Oak, Ida",), 2),
    ],
)
def test_another_first_author_is_a_question(
    first: tuple[str, ...], second: tuple[str, ...], notes: int
) -> None:
    actions = planned([[paper(TITLE, authors=first), paper(SHORT, authors=second or None)]])
    assert len(made(actions)) == notes
    assert len(told(actions)) == notes - 1
    for problem in told(actions):
        assert {problem.path, *made(actions)} == set(made(actions))
        assert all(path in problem.path + problem.message for path in made(actions))
        assert "first authors" in problem.message


def test_a_page_of_two_notes_gives_the_record_to_neither() -> None:
    notes = {"Papers/A.md": note(TITLE), "Papers/B.md": note("The " + TITLE)}
    actions = planned([[paper(SHORT)]], notes)
    assert list(made(actions)) == ["Papers/Steady Windows of Houses.md"]
    assert {path for path in notes for p in told(actions) if path in p.message} == set(notes)
    assert all("more than one note" in problem.message for problem in told(actions))
    again = planned([[paper(SHORT)]], notes | made(actions))
    assert not told(again)  # by its title it is a note of its own now
    assert not made(again)


def test_a_page_tells_which_of_two_notes_of_one_title_is_meant() -> None:
    notes = {"Papers/A.md": note(SHORT), "Papers/B.md": note(SHORT, "https://lab.example/texts/other")}
    (action,) = planned([[paper(SHORT, OTHER_SPELLING, year=2020)]], notes)
    assert isinstance(action, Complete)
    assert action.path == "Papers/A.md"
    third = "https://lab.example/texts/third"
    problem, skipped, whole = planned([[paper(SHORT, third), paper(TITLE, third)]], notes)
    assert isinstance(problem, Problem)
    assert isinstance(skipped, Skipped)
    assert isinstance(whole, NewNote)  # what is in doubt takes no other record along


def test_what_goes_with_either_of_two_papers_goes_with_none() -> None:
    records = [paper(TITLE, doi="10.1000/a"), paper("The " + TITLE, doi="10.1000/b"), paper(SHORT)]
    for order in permutations(records):
        actions = planned([order])
        assert len(made(actions)) == 3
        assert len(told(actions)) == 2


def test_a_paper_written_in_many_ways_hides_no_other_one() -> None:
    many = [paper(TITLE + "!" * number) for number in range(40)]
    actions = planned([[paper("The " + TITLE), *many, paper("Quiet Doors")]])
    assert len(made(actions)) == 3


def test_the_page_of_a_conference_note_is_a_list() -> None:
    notes = {"Conferences/Days.md": note("Days of Windows")}
    actions = planned([[paper(TITLE), paper(SHORT)]], notes)
    assert len(made(actions)) == 2
    assert len(told(actions)) == 1


def test_two_notes_of_the_vault_are_never_asked_about() -> None:
    notes = {"Papers/A.md": note(TITLE), "Papers/B.md": note(SHORT)}
    assert not told(planned([[paper(TITLE), paper(SHORT)]], notes))


_SPELLINGS = st.sampled_from(
    [PAGE, OTHER_SPELLING, PAGE + "/", PAGE + "#p7", "https://lab.example/texts/%73teady"]
)
_UNLIKE = [
    "Quiet Doors",
    "Loud Roofs",
    "Old Stairs",
    "New Walls",
    "Round Cellars",
    "Warm Floors",
    "Low Gates",
]
_BESIDE = st.sampled_from(["{}", "{}: A Study", "The {}", "{} | The Lab", "{}: A Survey", "{} in Winter"])


@settings(max_examples=60)
@given(
    papers=st.lists(st.tuples(st.sampled_from(_UNLIKE), _BESIDE, _SPELLINGS), min_size=2, max_size=12),
    noted=st.sets(st.sampled_from(_UNLIKE), max_size=3),
    authors=st.booleans(),
)
def test_a_list_of_different_papers_never_makes_one_of_two(
    papers: list[tuple[str, str, str]], noted: set[str], authors: bool
) -> None:
    """Each note that a record comes to is one of its own title, whatever else has the address."""
    notes = {f"Papers/{title}.md": note(title) for title in noted}
    by = ("Ida Alm",) if authors else None
    records = [paper(form.format(title), url, authors=by, year=2020) for title, form, url in papers]
    mixed = {title for title, _, _ in papers} | noted
    actions = planned([records], notes)
    reached = [
        a.path
        for a in actions
        if isinstance(a, NewNote | Complete | Unchanged) and a.path.startswith("Papers/")
    ]
    assert len(reached) == len(set(reached))
    for title in {title for title, _, _ in papers}:
        assert sum(title in path for path in reached) >= 1
    if len(mixed) > 1:  # no record of the page joins another one but by its title
        titles = {form.format(title) for title, form, _ in papers}
        assert len(reached) == len(titles)


@settings(max_examples=40)
@given(
    spelled=st.lists(
        st.tuples(
            st.sampled_from([TITLE, SHORT, "The Steady Window of Houses", SHORT + " — The Lab"]), _SPELLINGS
        ),
        min_size=1,
        max_size=5,
    ),
    noted=st.booleans(),
    data=st.data(),
)
def test_one_paper_of_a_page_is_one_note_in_any_order(
    spelled: list[tuple[str, str]], noted: bool, data: st.DataObject
) -> None:
    notes = {"Papers/Mine.md": note(SHORT)} if noted else {}
    records = [paper(title, url) for title, url in data.draw(st.permutations(spelled))]
    actions = planned([records], notes)
    titles = {title for title, _ in spelled} | ({SHORT} if noted else set())
    unlike = {TITLE, SHORT + " — The Lab"} <= titles  # two subtitles: not one paper for sure
    if not unlike:
        assert not told(actions)
        assert len(made(actions)) == (0 if noted else 1)
    else:
        assert len(made(actions)) + noted == len(titles)


def test_a_page_of_thousands_is_a_list_at_once() -> None:
    records = [paper(f"Steady Windows {number} of Many") for number in range(3000)]
    actions = planned([records])
    assert len(made(actions)) == 3000
    assert not told(actions)


def test_more_papers_than_one_is_called_by_are_a_list_though_their_titles_are_alike() -> None:
    small = ("", "The ", "A ", "An ", "In ", "On ", "At ", "Of ", "Via ", "For ")
    actions = planned([[paper(word + SHORT) for word in small]])
    assert len(made(actions)) == len(small)
    assert not told(actions)


def test_what_keeps_one_paper_of_a_page_apart_is_told_of_each_pair_that_is_alike() -> None:
    records = [
        paper(TITLE, authors=("Ida Alm",)),
        paper(SHORT, authors=("Ida Alm", "Max Oak")),
        paper(SHORT, authors=("Eva Fir",)),
    ]
    actions = planned([records])
    assert len(made(actions)) == 3
    said = "\n".join(problem.message for problem in told(actions))
    assert "other first authors" in said
    assert "names another first author" in said
