"""From records to notes: one note a paper, nothing over a person's text, a second import changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import frontmatter
import pytest

from vaultsync.core.config.config import Config
from vaultsync.core.errors import ConfigError, Problem
from vaultsync.core.frontmatter.block import parse_front_matter
from vaultsync.core.frontmatter.property_edits import CannotEdit
from vaultsync.core.importers import Options, parse
from vaultsync.core.importers import planning as merge
from vaultsync.core.importers.actions import Action, Complete, NewNote, Unchanged
from vaultsync.core.importers.completion import complete_text
from vaultsync.core.importers.note_text import template_body
from vaultsync.core.importers.planning import Target, plan_import, survey
from vaultsync.core.importers.record import Item, PaperRecord, Skipped
from vaultsync.core.importers.same_paper import Known, known_note, title_key
from vaultsync.core.links.index import Index
from vaultsync.core.note import note_of
from vaultsync.core.plan.planner import plan_notes
from vaultsync.core.rules import RULES

DATA = Path(__file__).parents[2] / "data" / "import"
SEEDS = Path(__file__).parents[4] / "shared" / "seeds"


def plan(
    *sources: Iterable[Item], notes: Mapping[str, str] | None = None, target: Target | None = None
) -> list[Action]:
    """What an import of the sources would do in a vault with these notes."""
    known = [known_of(path, text) for path, text in sorted((notes or {}).items())]
    kept = [list(source) for source in sources]
    seen = survey([lambda items=items: items for items in kept], known)  # type: ignore[misc]  # a default binds it
    return list(plan_import(seen, known, target or Target()))


def known_of(path: str, text: str) -> Known:
    kind = {"Papers": "paper", "Conferences": "conference"}.get(path.partition("/")[0], "note")
    return known_note(path, parse_front_matter(text), kind)


def file(name: str, **options: object) -> Iterator[Item]:
    path = DATA / name if (DATA / name).exists() else SEEDS / name
    return parse([path.read_bytes()], Options(name=path.name, **options))  # type: ignore[arg-type]  # by name


def paper(title: str, source: str = "list", **fields: object) -> PaperRecord:
    return PaperRecord(title=title, source=source, **fields)  # type: ignore[arg-type]  # by name


def new(actions: Iterable[Action]) -> dict[str, str]:
    return {action.path: action.text for action in actions if isinstance(action, NewNote)}


def front(text: str) -> dict[str, object]:
    found = parse_front_matter(text)
    assert found is not None
    return dict(found.values())


SPARSE = "Sparse Networks: A Study"


def test_a_new_note_has_the_flat_properties_in_order_and_its_texts_as_sections() -> None:
    record = paper(
        SPARSE,
        source="digest",
        authors=("A Müller", "B Li"),
        authors_cut=True,
        date="2021-01",
        arxiv="2101.00001",
        url="https://ArXiv.org/abs/2101.00001",
        category="LG",
        abstract="We prune *well*.\n\nTwice.",
        summary=(("zh", "甲。乙。"),),
        title_translated="稀疏网络",
        affiliations=("Lab",),
    )
    assert new(plan([record])) == {
        "Papers/Sparse Networks - A Study.md": """\
---
title: "Sparse Networks: A Study"
aliases:
  - "Sparse Networks: A Study"
  - 稀疏网络
authors:
  - A Müller
  - B Li
  - ...
year: 2021
arxiv: "2101.00001"
url: https://arxiv.org/abs/2101.00001
category: LG
tags:
  - paper
affiliations:
  - Lab
source:
  - digest
---

## Abstract

We prune \\*well\\*.

Twice.

## 摘要

甲。乙。
"""
    }


def test_what_no_source_states_is_absent() -> None:
    (text,) = new(plan([paper("Bare")])).values()
    assert front(text) == {"title": "Bare", "tags": ["paper"], "source": ["list"]}
    assert text.endswith("---\n")


def test_papers_that_two_lists_share_make_one_note_that_names_both() -> None:
    one = [paper(SPARSE, "list", abstract="Of the list."), paper("Other", "list")]
    two = [
        paper("SPARSE NETWORKS – a study", "digest", arxiv="2101.00001", summary=(("zh", "甲。"),)),
        paper("Retitled", "digest", arxiv="2101.00001v2", venue="ICML"),
    ]
    for order in ((one, two), (two, one)):
        notes = new(plan(*order))
        assert len(notes) == 2
        (text,) = (t for t in notes.values() if "2101.00001" in t)
        assert (front(text)["arxiv"], front(text)["venue"]) == ("2101.00001", "ICML")
        assert set(front(text)["source"]) == {"list", "digest"}  # type: ignore[call-overload]  # a list
        assert "Of the list." in text
        assert "甲。" in text


def test_a_title_is_found_again_without_its_blanks_accents_and_punctuation() -> None:
    assert title_key("Assignment usingPhylogenetic Networks") == title_key(
        "Assignment, Using Phylogenetic networks?"
    )
    assert title_key("Light Schrödinger Bridge") == title_key("Light Schrodinger Bridge")
    assert title_key("ガ") != title_key("カ")
    assert title_key("C++") != title_key("C")
    assert title_key("?!") == "?!"


@pytest.mark.parametrize(
    ("first", "second", "notes"),
    [
        ({"arxiv": "2101.00001"}, {"arxiv": "2101.00002"}, 2),
        ({"doi": "10.1000/a"}, {"doi": "10.1000/b"}, 2),
        ({"arxiv": "2101.00001"}, {"doi": "10.1000/b"}, 1),
        ({"arxiv": "2101.00001"}, {"doi": "10.48550/arXiv.2101.00001"}, 1),
        ({"authors": ("Ada Müller",)}, {"authors": ("Bo Li",)}, 2),
        ({"authors": ("A Müller",)}, {"authors": ("Müller, Ada", "Bo Li")}, 1),
        ({"authors": ("A Müller",)}, {}, 1),
    ],
)
def test_equal_titles_are_one_paper_unless_identifiers_or_authors_differ(
    first: dict[str, object], second: dict[str, object], notes: int
) -> None:
    actions = plan([paper("Introduction", "a", **first), paper("Introduction", "b", **second)])
    assert len(new(actions)) == notes
    assert sum(isinstance(action, Problem) for action in actions) == notes - 1


KEYFRAMES = paper(
    "Keyframes in Nonlinear Odometry Based on Two Sensors",
    authors=("Ada Lovelace", "Bo Li"),
    doi="10.5555/a.1",
    year=2014,
)
LIGHT = paper(
    "LUX-SLAM: Robust Maps Based on Adaptive Thresholds under Complex Lighting",
    authors=("Cy Young", "Di Wu"),
    doi="10.5555/a.1",
    year=2022,
    line=9,
)


@pytest.mark.parametrize("records", [[KEYFRAMES, LIGHT], [LIGHT, KEYFRAMES]])
def test_an_identifier_in_the_wrong_entry_makes_no_paper_of_two(records: list[PaperRecord]) -> None:
    actions = plan(records)
    notes = new(actions)
    assert sorted((found["year"], found.get("doi")) for found in map(front, notes.values())) == sorted(
        [(records[0].year, "10.5555/a.1"), (records[1].year, None)]
    )
    [problem] = [action for action in actions if isinstance(action, Problem)]
    assert (problem.path, problem.line) == ("list", records[1].line)
    assert (
        problem.message == "the doi 10.5555/a.1 is that of another paper, with other authors: left out here"
    )
    again = plan(records, notes=notes)
    assert {type(action) for action in again} == {Unchanged, Problem}
    assert {type(action) for action in plan(records[::-1], notes=notes)} == {Unchanged, Problem}


@pytest.mark.parametrize(
    "other",
    [
        {"title": "Keyframes for Odometry", "authors": ("The Team",)},
        {"title": "Something Entirely Other", "authors": ("Lovelace, Ada",)},
        {"title": "Something Entirely Other"},
        {"title": "关键帧里程计", "authors": ("李波",)},
        {"title": "arXiv:2101.00001", "authors": ("The Team",)},
    ],
)
def test_an_identifier_decides_where_a_title_was_reworded_or_people_go_by_other_names(
    other: dict[str, object],
) -> None:
    assert len(new(plan([KEYFRAMES, paper(doi="10.5555/a.1", **other)]))) == 1  # type: ignore[arg-type]


def test_a_second_import_changes_nothing() -> None:
    def sources() -> list[Iterator[Item]]:
        return [
            file("hf_dated.txt", year=2024),
            file("digest_made_up.txt"),
            file("library.bib"),
            file("items.json"),
            file("raw_conference.txt", title="Made-up: 2025", date="2025-04-06"),
        ]

    notes = new(plan(*sources()))
    assert len(notes) == 15 + 5 + 8 + 5 + 1
    again = plan(*sources(), notes=notes)
    assert {type(a) for a in again} == {Unchanged, Problem, Skipped}
    assert {a.path for a in again if isinstance(a, Unchanged)} == set(notes)


def _seeds() -> list[str]:
    names = ("paper_list_plain.txt", "arxiv_digest_zh.txt", "conference_note.md")
    return [name for name in names if (SEEDS / name).is_file()]


def test_the_vault_of_all_imported_notes_needs_no_fix() -> None:
    sources = [file(name) for name in ("hf_dated.txt", "digest_made_up.txt", "library.bib", "items.json")]
    sources += [file("raw_conference.txt", title="Made-up: 2025", date="2025-04-06")]
    sources += [file(name) for name in _seeds() if name.endswith(".txt")]
    texts = new(plan(*sources))
    config = Config()
    notes = {path: note_of(path, text, config) for path, text in texts.items()}
    index = Index(config, notes.get)
    for note in notes.values():
        index.put(note)
    planned = plan_notes(index, RULES, sorted(notes), notes.get)
    assert [change.path for change in planned.changes] == []
    assert planned.problems == ()
    for path, text in texts.items():  # an independent reader sees the same properties
        metadata = frontmatter.loads(text).metadata
        assert metadata.keys() == front(text).keys(), path
        assert [str(v) for v in metadata.values()] == [str(v) for v in front(text).values()], path


@pytest.mark.parametrize("present", [bool(_seeds())][: len(_seeds())])
def test_the_samples_make_one_note_a_record(present: bool) -> None:
    actions = plan(file("paper_list_plain.txt"), file("arxiv_digest_zh.txt"), file("conference_note.md"))
    assert {type(action) for action in actions} == {NewNote}
    folders = [path.partition("/")[0] for path in new(actions)]
    assert (folders.count("Papers"), folders.count("Conferences")) == (59 + 9, 1)


HAND_MADE = """\
---
# my own comment
title: sparse networks — a study
year:   # to look up
arxiv: 2101.00001
category: mine
tags:
  - paper
---
My own words.
"""


def test_a_note_that_is_there_is_completed_only_where_it_is_empty() -> None:
    record = paper(
        "Sparse Networks: A Study (v2)",
        arxiv="2101.00001",
        year=2021,
        category="LG",
        authors=("A B",),
        abstract="No.",
    )
    (action,) = plan([record], notes={"Papers/@mueller.md": HAND_MADE})
    assert action == Complete("Papers/@mueller.md", {"authors": ["A B"], "year": 2021, "source": ["list"]})
    assert (
        complete_text(HAND_MADE, action.properties)
        == """\
---
# my own comment
title: sparse networks — a study
authors:
  - A B
year: 2021   # to look up
arxiv: 2101.00001
category: mine
tags:
  - paper
source:
  - list
---
My own words.
"""
    )


def test_completing_looks_again_and_leaves_what_was_filled_meanwhile() -> None:
    text = "---\ntitle: T\nyear: 1999\n---\n"
    assert complete_text(text, {"title": "Other", "year": 2020}) == text


def test_completing_keeps_a_block_s_own_order_line_endings_and_the_body() -> None:
    text = "---\r\ntags: [paper]\r\ntitle: T\r\n---\r\nBody  \r\nno end"
    assert complete_text(text, {"year": 2020}) == text.replace("title: T\r\n", "title: T\r\nyear: 2020\r\n")
    assert complete_text("Body", {"year": 2020}) == "---\nyear: 2020\n---\nBody"
    with pytest.raises(CannotEdit):
        complete_text("---\ntitle: [\n---\n", {"year": 2020})


def test_a_new_source_is_added_to_the_list_of_those_before() -> None:
    text = "---\ntitle: T\ntags:\n  - paper\nsource:\n  - old list\n---\n"
    (action,) = plan([paper("T", "new list")], notes={"Papers/T.md": text})
    assert action == Complete("Papers/T.md", {"source": ["old list", "new list"]})
    assert complete_text(text, action.properties) == text.replace("old list\n", "old list\n  - new list\n")


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("Papers/Sparse.md", '---\narxiv: "2101.99999"\n---\n'),
        ("Notes/SPARSE.md", "Not a paper at all."),
        ("Conferences/Sparse.md", "---\ntitle: Sparse\n---\n"),
    ],
)
def test_an_unrelated_note_of_the_same_name_is_left_alone(path: str, text: str) -> None:
    problem, action = plan([paper("Sparse", arxiv="2101.00001")], notes={path: text})
    assert isinstance(action, NewNote)
    assert action.path == "Papers/Sparse (2).md"
    assert front(action.text)["aliases"] == ["Sparse"]
    assert isinstance(problem, Problem)
    assert path in problem.message


def test_two_notes_with_the_title_are_a_question_not_a_choice() -> None:
    notes = {
        "Papers/A.md": "---\ntitle: Same\n---\n",
        "Papers/B.md": "---\ntitle: Same\narxiv: 2101.00001\n---\n",
    }
    problem, skipped = plan([paper("Same", doi="10.1000/x")], notes=notes)
    assert isinstance(problem, Problem)
    assert isinstance(skipped, Skipped)
    assert "Papers/A.md and Papers/B.md" in problem.message
    (action,) = plan([paper("Same", arxiv="2101.00001", year=2021)], notes=notes)
    assert isinstance(action, Complete)  # the identifier decides
    assert action.path == "Papers/B.md"


def test_a_stub_yields_to_whatever_knows_the_title() -> None:
    stub = list(parse([b"arXiv:2101.00001"], Options()))
    (text,) = new(plan(stub)).values()
    assert front(text)["title"] == "arXiv 2101.00001"
    (action,) = plan([paper(SPARSE, arxiv="2101.00001")], notes={"Papers/arXiv 2101.00001.md": text})
    assert isinstance(action, Complete)
    assert action.properties["title"] == SPARSE
    assert front(complete_text(text, action.properties))["title"] == SPARSE
    assert list(new(plan(stub, [paper(SPARSE, arxiv="2101.00001")]))) == [
        "Papers/Sparse Networks - A Study.md"
    ]
    assert plan(stub, notes={"Papers/arXiv 2101.00001.md": text}) == [Unchanged("Papers/arXiv 2101.00001.md")]


def test_a_conference_note_is_never_written_over() -> None:
    first = new(plan(file("raw_conference.txt", title="X: 2025", date="2025-04-06")))
    assert list(first) == ["Conferences/X - 2025.md"]
    edited = {path: text + "\nmine\n" for path, text in first.items()}
    again = plan(file("raw_conference.txt", title="X: 2025", date="2025-04-06"), notes=edited)
    assert again == [Unchanged("Conferences/X - 2025.md", first["Conferences/X - 2025.md"])]
    problem, other = plan(
        file("raw_conference.txt", title="X: 2025", date="2025-04-06"), notes={"Notes/x - 2025.md": "mine"}
    )
    assert isinstance(problem, Problem)
    assert isinstance(other, NewNote)
    assert other.path == "Conferences/X - 2025 (2).md"


def test_a_refused_source_gives_nothing_while_the_others_go_on() -> None:
    good = [paper("Good")]
    bad = list(
        parse(
            [b"byAK and the research community\n\nOct 31\n\nGood\n\nAn abstract.\n\n" + b"x\xff"], Options()
        )
    )
    problem, action = plan(bad, good)
    assert isinstance(problem, Problem)
    assert "wrong encoding" in problem.message
    assert isinstance(action, NewNote)
    assert front(action.text)["source"] == ["list"]
    assert "abstract" not in action.text


def test_a_template_replaces_the_body_and_nothing_else() -> None:
    body = template_body(
        "# {{ title | md }}\n\n{% if abstract %}> {{ abstract | md }}{% endif %}\n{{ summary.zh }}"
    )
    record = paper("A *b*", abstract="x [[y]]", summary=(("zh", "甲"),))
    (text,) = new(plan([record], target=Target(body=body))).values()
    assert text.partition("---\n\n")[2] == "# A *b*\n\n> x \\[[y]]\n甲\n".replace("A *b*", r"A \*b\*")
    assert front(text)["title"] == "A *b*"


def test_what_can_t_be_filled_in_is_told_with_its_line_in_the_template() -> None:
    for template in (
        "{{ title }}\n{{ body }}\n{{ nosuch }}",
        "\n\n{% for a in [1] %}{{ a / 0 }}{% endfor %}",
    ):
        with pytest.raises(ConfigError, match=r"^the import template, line 3, can't be filled"):
            plan([paper("T")], target=Target(body=template_body(template)))


@pytest.mark.parametrize(
    "template",
    [
        "{{ nothing }}",
        "{{ ''.__class__.__mro__ }}",
        "{{ title.nothing.more }}",
        "{{ 1 / 0 }}",
        "{% if %}",
        "{{ title | x }}",
    ],
)
def test_a_template_that_can_t_be_filled_in_is_a_message_not_a_crash(template: str) -> None:
    with pytest.raises(ConfigError, match="import template"):
        plan([paper("T")], target=Target(body=template_body(template)))


def test_folders_and_order_of_the_properties_are_the_vault_s_own() -> None:
    target = Target(papers="", order=("tags", "title"))
    assert new(plan([paper("T", year=2020)], target=target)) == {
        "T.md": "---\ntags:\n  - paper\ntitle: T\nyear: 2020\nsource:\n  - list\n---\n"
    }


def test_a_source_too_large_to_keep_is_read_again_to_the_same_end(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = plan(file("hf_dated.txt"), file("library.bib"))
    calls = []

    def source() -> Iterator[Item]:
        calls.append(1)
        return file("hf_dated.txt")

    monkeypatch.setattr(merge, "HELD", 10)
    seen = survey([source, lambda: file("library.bib")], [])
    assert list(plan_import(seen, [], Target())) == kept
    assert (len(calls), seen.records) == (2, 15 + 8)
