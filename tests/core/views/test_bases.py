"""Bases: Obsidian reads each construct, and each view shows the notes that are meant."""

from __future__ import annotations

import pytest
from bases import BadBase, File, check_base, rows, value
from hypothesis import given
from hypothesis import strategies as st

from vaultsync.core.config.config import Config
from vaultsync.core.config.config_file import parse_config
from vaultsync.core.config.kinds import CONFERENCE, PAPER
from vaultsync.core.note import note_of
from vaultsync.core.rules import rule_options
from vaultsync.core.views.bases import (
    CONFERENCES_BASE,
    PAPERS_BASE,
    base_texts,
    conferences_base,
    papers_base,
)
from vaultsync.core.views.embedding import EMBEDDING, with_embedding


def config_of(text: str = "") -> Config:
    return parse_config(text, rule_options())


PAPERS = check_base(papers_base(config_of()))
CONFERENCES = check_base(conferences_base(config_of()))

LORA = File("Papers/LoRA.md", {"title": "LoRA", "status": "read"}, ("paper",))
HUBERT = File("HuBERT.md", {"type": "paper", "status": "Unread"})
DDPM = File("Papers/DDPM.md", {"title": "DDPM"})
ICASSP = File("Conferences/ICASSP 2025.md", {"date": "2025-04-06"}, (), (LORA, DDPM, LORA, None))
ICLR = File("ICLR 2023.md", {"date": "2023-05-01"}, ("conference/ml",), (DDPM,))
DAILY = File("Daily/2025-04-06.md", {}, (), (ICASSP, HUBERT))
TEMPLATE = File("Templates/Paper.md", {}, ("paper",))
IMAGE = File("Papers/LoRA.png", {})
LINKED = {
    LORA: File(LORA.path, LORA.properties, LORA.tags, (ICASSP, ICASSP, None)),
    DDPM: File(DDPM.path, DDPM.properties, DDPM.tags, (ICASSP, ICLR, DAILY)),
}
VAULT = [*LINKED.values(), HUBERT, ICASSP, ICLR, DAILY, TEMPLATE, IMAGE]


def shown(name: str, this: File | None = None, base: dict[str, object] = PAPERS) -> list[str]:
    return [file.path for file in rows(base, name, VAULT, this)]


def test_the_reading_list_has_what_is_unread_the_most_mentioned_first() -> None:
    assert shown("Reading list") == ["Papers/DDPM.md", "HuBERT.md"]


def test_a_conference_counts_once_however_often_it_links_back() -> None:
    counts = {file.path: value(PAPERS, "formula.mentions", file) for file in (*LINKED.values(), HUBERT)}
    assert counts == {"Papers/LoRA.md": 1, "Papers/DDPM.md": 2, "HuBERT.md": 0}


def test_every_paper_is_in_the_views_of_all_and_nothing_else_is() -> None:
    papers = {"Papers/LoRA.md", "Papers/DDPM.md", "HuBERT.md"}
    assert set(shown("By status")) == set(shown("Cards")) == papers
    assert {value(PAPERS, "formula.reading", file) for file in (*LINKED.values(), HUBERT)} == {
        *("read", "unread", "Unread")
    }


def test_what_was_never_mentioned_is_found() -> None:
    assert shown("Never mentioned") == ["HuBERT.md"]


def test_in_a_note_only_what_the_note_links_to_is_shown() -> None:
    this = File("Reading.md", {}, (), (HUBERT, ICASSP))
    assert shown("In this note", this) == ["HuBERT.md"]
    assert shown("In this note", this, CONFERENCES) == ["Conferences/ICASSP 2025.md"]


def test_conferences_stand_by_date_with_their_papers() -> None:
    assert shown("By date", base=CONFERENCES) == ["Conferences/ICASSP 2025.md", "ICLR 2023.md"]
    assert value(CONFERENCES, "formula.count", ICASSP) == 2


SETTINGS = [
    "",
    '[kinds.paper]\ntags = ["literature", "lit/paper"]\nfolders = ["Reading/Papers"]\n',
    '[kinds.paper]\ntags = ["a \\"quoted\\" tag"]\nfolders = ["/Sources/", "Lit/*/notes", "A/**/Papers"]\n',
    '[kinds.paper]\ntags = []\nfolders = ["Papers", "!Papers/drafts"]\n',
    '[folders."Old/"]\nkind = "note"\n[folders."a+b/"]\nkind = "paper"\n',
    '[kinds.conference]\nfolders = ["Confs (all)", "a+b", "[Cc]onf"]\n[vault]\ntemplates = []\n',
]


@pytest.mark.parametrize("text", SETTINGS)
def test_obsidian_reads_each_construct_whatever_the_kinds_are(text: str) -> None:
    texts = base_texts(config_of(text))
    assert list(texts) == [PAPERS_BASE, CONFERENCES_BASE]
    for base in texts.values():
        check_base(base)


FOLDERS = st.sampled_from(
    (
        *(
            "",
            "Papers/",
            "Papers/drafts/",
            "Old/Papers/",
            "Reading/Papers/",
            "x/Reading/Papers/",
            "Sources/a/",
        ),
        *("Lit/x/notes/", "Lit/notes/", "A/Papers/", "A/1/2/Papers/", "Confs (all)/", "a+b/", "Conf/"),
    )
)


@given(FOLDERS, st.sampled_from(SETTINGS), st.sampled_from([PAPER, CONFERENCE]))
def test_the_folders_of_a_kind_are_those_of_the_settings(folder: str, text: str, kind: str) -> None:
    config = config_of(text)
    path = f"{folder}note.md"
    base = check_base(papers_base(config) if kind == PAPER else conferences_base(config))
    first = base["views"][1]["name"]
    assert bool(rows(base, first, [File(path)])) == (config.kind_of(path, None)[0] == kind)


def test_an_everyday_tag_needs_a_date_and_another_works_type_goes_before_the_folder() -> None:
    dated = File("x.md", {"date": "2025-01-01"}, ("workshop",))
    assert rows(CONFERENCES, "Cards", [dated, File("y.md", {}, ("workshop",))]) == [dated]
    book, paper = File("Papers/b.md", {"type": "book"}), File("Papers/c.md", {"type": "book"}, ("paper",))
    assert rows(PAPERS, "Cards", [book, paper]) == [paper]


@given(
    st.sampled_from(["paper", "Literature", "lit/paper", "lit", "other", 'a "quoted" tag']),
    st.sampled_from(SETTINGS),
)
def test_a_tag_or_a_type_makes_a_paper_as_in_the_settings(tag: str, text: str) -> None:
    config = config_of(text)
    base = check_base(papers_base(config))
    known = tag.casefold() in {t.casefold() for t in config.kinds[PAPER].tags}
    assert bool(rows(base, "By status", [File("n.md", {}, (tag,))])) == known


@pytest.mark.parametrize(
    "broken",
    [
        "views: []\nextra: 1\n",
        'filters: file.hasTags("x")\nviews: []\n',
        "filters: formula.none\nviews: []\n",
        "filters:\n  and: []\n  or: []\nviews: []\n",
        "formulas:\n  a: formula.b\n  b: formula.a\nviews: []\n",
        "filters: 1 +\nviews: []\n",
        "views:\n  - type: table\n    name: a\n    order: [formula.x]\n",
        "views:\n  - type: table\n    name: a\n    summaries: {note.x: Most}\n",
        "views:\n  - type: table\n    name: a\n    sort: [{column: note.x, direction: ASC}]\n",
        "views:\n  - type: table\n    name: a\n  - type: cards\n    name: a\n",
    ],
)
def test_the_validator_sees_what_obsidian_would_not_read(broken: str) -> None:
    with pytest.raises(BadBase):
        check_base(broken)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", f"{EMBEDDING}\n"),
        ("text\n", f"text\n\n{EMBEDDING}\n"),
        ("text", f"text\n\n{EMBEDDING}\n"),
        ("a\r\nb\r\n", f"a\r\nb\r\n\r\n{EMBEDDING}\r\n"),
        ("![[Papers.base]]\n", "![[Papers.base]]\n"),
        ("![[x/Papers.base#Cards|p]]\n", "![[x/Papers.base#Cards|p]]\n"),
        ("[[Papers.base]]\n", f"[[Papers.base]]\n\n{EMBEDDING}\n"),
    ],
)
def test_a_note_gets_the_line_once(before: str, after: str) -> None:
    assert with_embedding(before.encode()) == after.encode()
    assert with_embedding(after.encode()) == after.encode()


def test_a_note_that_cant_be_read_is_left_alone() -> None:
    assert with_embedding(b"\xff\xfe") == b"\xff\xfe"


def test_the_embedded_view_is_one_of_the_base() -> None:
    name = EMBEDDING.partition("#")[2].removesuffix("]]")
    assert name in {view["name"] for view in PAPERS["views"]}
    assert note_of("n.md", EMBEDDING, config_of()).body.links[0].target == PAPERS_BASE
