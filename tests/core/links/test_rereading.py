"""Which notes are read again when papers come and go: those that may read otherwise, and few others."""

from __future__ import annotations

import itertools
from sys import intern

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from linking import CONFIG, paper, talk

from vaultsync.core.links.cached_facts import decode_facts, encode
from vaultsync.core.links.index import Index
from vaultsync.core.note import Note, note_of
from vaultsync.core.papers import catalogue
from vaultsync.core.papers.commonness import Commonness

NOTE, NEW = "Conferences/ICASSP 2025.md", "Papers/New.md"


class Vault:
    """Notes in an index that was restored from what an earlier run kept, with the loads counted."""

    def __init__(self, texts: dict[str, str]) -> None:
        self.texts = dict(texts)
        self.loaded: list[str] = []
        first = Index(CONFIG, self.load)
        for path in self.texts:
            first.put(note_of(path, self.texts[path], CONFIG))
        first.refresh()
        self.index = Index(CONFIG, self.load)
        for path in self.texts:
            self.index.restore(
                path, decode_facts(encode(first.facts(path, at_rest=True, problems=())), intern)
            )
        self.loaded.clear()

    def load(self, path: str) -> Note | None:
        self.loaded.append(path)
        text = self.texts.get(path)
        return note_of(path, text, CONFIG) if text is not None else None

    def change(self, path: str, text: str | None) -> list[str]:
        """Write or delete a paper; gives the notes that were read again."""
        self.loaded.clear()
        if text is None:
            if self.texts.pop(path, None) is not None:
                self.index.drop(path)
        else:
            self.texts[path] = text
            self.index.put(note_of(path, text, CONFIG))
        self.index.refresh()
        return sorted(self.loaded)


def test_a_new_paper_is_looked_for_only_where_its_words_stand_side_by_side() -> None:
    vault = Vault(
        {
            "Conferences/Apart.md": talk("- stripes of a zebra, and the owl learning to count by night\n"),
            "Conferences/There.md": talk("- the **learning** of\n  zebra stripes by night\n"),
            "Conferences/Plural.md": talk("- Learning of Zebra Stripes by Nights\n"),
        }
    )
    found = vault.change(NEW, paper("Learning of Zebra Stripes by Night"))
    assert found == ["Conferences/Plural.md", "Conferences/There.md"]


def test_a_phrase_is_judged_again_only_when_its_count_passes_the_limit() -> None:
    vault = Vault(
        {
            NOTE: talk("- we heard of grazing zebras by owl light at night\n"),
            "Papers/Zebra.md": paper("Grazing Zebras by Owl Light"),
        }
    )
    others = [f"We look at grazing zebras by owl light, number {i}.\n" for i in range(4)]
    read = [vault.change(f"Papers/Other {i}.md", paper(f"Stripes {i}", body=o)) for i, o in enumerate(others)]
    assert read == [[NOTE], [NOTE], [], []]  # now two have the words; two beside the paper itself; more
    reading = vault.index.reading_at(NOTE)
    assert reading is not None
    assert not reading.mentions


def test_an_edit_of_an_abstract_has_no_note_read_again_that_only_names_the_paper() -> None:
    vault = Vault(
        {
            "Papers/Zebra.md": paper("Grazing Zebras by Owl Light", 'arxiv: "2012.04042"'),
            NOTE: talk("- we heard of grazing zebras by owl light, 2012\n"),
            "Conferences/Year.md": talk("- nothing since 2012\n"),
        }
    )
    edited = paper("Grazing Zebras by Owl Light", 'arxiv: "2012.04042"', body="Nothing of owls.\n")
    assert vault.change("Papers/Zebra.md", edited) == []
    assert vault.index.refresh() == set()
    retitled = paper("Grazing Zebras by Owl Lamps", 'arxiv: "2012.04042"', body="Nothing of owls.\n")
    assert vault.change("Papers/Zebra.md", retitled) == [NOTE, "Conferences/Year.md"]


def test_what_the_first_note_waits_for_can_be_made_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    papers = {f"Papers/{n}.md": paper(f"Zebra Wings {n}", body="Of zebra wings.\n") for n in range(5)}
    vault = Vault({**papers, NOTE: talk("- nothing\n")})
    vault.index.prepare()

    def made_late(*_: object) -> None:
        raise AssertionError("a note waited for this")

    monkeypatch.setattr(catalogue, "NameMatcher", made_late)
    monkeypatch.setattr(Commonness, "count_all", made_late)
    vault.change(NOTE, talk("- as zebra wings 3 says, and Zebra Wings 2\n"))
    reading = vault.index.reading_at(NOTE)
    assert reading is not None
    assert {mention.paper for mention in reading.mentions} == {"Papers/2.md"}


WORDS = st.sampled_from("zebra zebras owl stripes cubs OwlNet wings by the 斑马 naïve SAM".split())
TITLES = st.lists(WORDS, min_size=1, max_size=5).map(" ".join)
PROPERTIES = st.lists(
    st.sampled_from(["aliases: [OSN]", "aliases: [owl stripes]", "date: 2026-11-01", "date: 2027-02-01"]),
    max_size=2,
    unique_by=lambda line: line[:4],
)
PAPERS = st.builds(
    lambda title, body, properties: paper(title.title(), *properties, body=f"{body} once more.\n"),
    TITLES,
    TITLES,
    PROPERTIES,
)
ADDED = TITLES.map(lambda words: f"+and {words} and {words}\n")  # to what the paper's note says
NAMES = st.sampled_from([f"Papers/{name}.md" for name in ("Zebra", "Owl", "OwlNet", "C", "D")])


@settings(max_examples=150, deadline=None)
@given(
    st.dictionaries(NAMES, PAPERS, max_size=4),
    st.lists(TITLES, min_size=1, max_size=6),
    st.lists(st.tuples(NAMES, PAPERS | ADDED | st.none()), min_size=1, max_size=6),
)
def test_the_readings_are_those_of_an_index_that_reads_everything(
    papers: dict[str, str], said: list[str], steps: list[tuple[str, str | None]]
) -> None:
    note = talk("".join(f"- {one} and {one.title()}, OSN\n" for one in said))
    vault = Vault({**papers, NOTE: note, "Conferences/Short.md": talk(f"- {said[0]}\n")})
    for path, text in steps:
        if text is not None and text.startswith("+"):
            text = vault.texts.get(path, paper("Owl")) + text[1:]
        vault.change(path, text)
        fresh = Index(CONFIG, vault.load)
        for other, known in sorted(vault.texts.items()):
            fresh.put(note_of(other, known, CONFIG))
        fresh.refresh()
        assert dict(vault.index.readings()) == dict(fresh.readings())
        # What a paper's list shows: of notes just read, of notes read in an earlier run, and of both.
        shown = [list(fresh.said_of(known)) for known in vault.texts]
        assert [list(vault.index.said_of(known)) for known in vault.texts] == shown
        fresh.let_go()
        assert [list(fresh.said_of(known)) for known in vault.texts] == shown


@pytest.mark.parametrize("order", [*itertools.permutations("ABC")])
def test_why_a_name_is_only_suggested_does_not_depend_on_which_paper_was_read_first(
    order: tuple[str, ...],
) -> None:
    dates = {"A": "2026-11-01", "B": "2027-02-01", "C": "2028-01-01"}
    vault = Vault({NOTE: talk("- heard of OSN\n")})
    for name in order:
        vault.change(
            f"Papers/{name}.md", paper(f"Stripes {name} Number", "aliases: [OSN]", f"date: {dates[name]}")
        )
    reading = vault.index.reading_at(NOTE)
    assert reading is not None
    (suggestion,) = reading.suggestions
    assert "2026" in suggestion.reason


def test_what_many_notes_share_is_kept_once() -> None:
    papers = {f"Papers/P{n}.md": paper(f"Rings Of Wombats And Cubes Number {n}") for n in range(3)}
    said = "".join(f"- [[P{n}]] on rings\n" for n in range(3))
    vault = Vault({**papers, "Conferences/One.md": talk(said), "Conferences/Two.md": talk(said)})
    one, two = (
        vault.index.facts(f"Conferences/{name}.md", at_rest=True, problems=()) for name in ("One", "Two")
    )
    assert one.reading is not None
    assert two.reading is not None
    assert one.reading.papers == tuple(papers)
    known = [found.path for path in papers if (found := vault.index.catalogue.get(path))]
    for first, second, third in zip(one.reading.papers, two.reading.papers, known, strict=True):
        assert first is second is third
