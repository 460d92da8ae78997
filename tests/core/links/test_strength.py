"""What is linked by the strength of a name and the evidence of the note, through the real rules."""

from __future__ import annotations

import random

import pytest
from linking import CONFIG, paper, run, talk

from vaultsync.core.links.index import Index
from vaultsync.core.links.mention_reader import MANY
from vaultsync.core.note import note_of

NOTE = "Conferences/ICASSP 2025.md"
SURVEY, ZEBRA = "Papers/Survey.md", "Papers/Zebra.md"


def linked(title: str, body: str, *properties: str, **more: str) -> str:
    others = {f"Papers/{name}.md": paper(text) for name, text in more.items()}
    done = run({ZEBRA: paper(title, *properties), NOTE: talk(body), **others})
    again = run(done.files)
    assert again.changed == frozenset()
    return done.files[NOTE].partition("## Talk: Rings\n")[2].partition("\n%% vaultsync")[0]


@pytest.mark.parametrize(
    ("title", "body"),
    [
        ("Large Language Models: A Survey", "- large language models, Large Language Models (LLMs)\n"),
        ("Reinforcement Learning: An Introduction", "- reinforcement learning needs a reward\n"),
        ("Compositionality", "- they test compositionality, Compositionality is a property\n"),
        ("2001: A Space of Data", "- tried in 2001\n"),
        ("Less is More: Pruning Data", "- less is more, Less is More\n"),
        ("COVID-19: A Study of Waves", "- after COVID-19\n"),
        ("Industry 4.0: A Study of Works", "- Industry 4.0 again\n"),
        ("Day 1: A Study of Days", "- on Day 1\n"),
        ("YouTube: A Study of Films", "- on YouTube\n"),
        ("Zebra Stripes of Lions", "- zebra stripes of lion cubs\n"),
    ],
)
def test_a_name_that_may_mean_anything_is_not_linked(title: str, body: str) -> None:
    assert linked(title, body) == body


def test_a_short_title_in_title_case_is_linked_if_it_is_no_phrase() -> None:
    assert linked("Zebra Stripes", "- Zebra Stripes, zebra\n") == "- [[Zebra|Zebra Stripes]], zebra\n"
    assert linked("Zebra Stripes", "- the zebra stripes\n") == "- the zebra stripes\n"
    common = {"a": "On Zebra Stripes", "b": "Zebra stripes again"}
    assert linked("Zebra Stripes", "- Zebra Stripes is nice\n", **common) == "- Zebra Stripes is nice\n"


def test_a_long_title_is_linked_in_any_case_unless_it_is_a_phrase_of_other_papers() -> None:
    title, body = "Zebra Stripes by Night", "- they show zebra stripes by night\n"
    assert linked(title, body) == "- they show [[Zebra|zebra stripes by night]]\n"
    common = {"a": "On Zebra Stripes by night", "b": "Zebra stripes, by night again"}
    assert linked(title, body, **common) != body  # "night" alone is no common word
    title, body = "Zebra Stripes for Lions", "- they show zebra stripes for models\n"
    assert linked("Zebra Stripes for Models", body, **common) == body


def test_a_weak_name_is_linked_beside_its_authors() -> None:
    body = "- Facts as Experts (Muster et al., 2020)\n- Facts as Experts\n"
    found = linked("Facts as Experts: On Memory", body, "authors: [Erika Muster]", "year: 2020")
    assert "[[Zebra|Facts as Experts]]" in found
    assert "Muster et al., 2020" in found


@pytest.mark.parametrize(
    ("cited", "meant"),
    [
        ("Muster, 2020", True),
        ("(see Muster, 2020)", True),
        ("Roe 2019 and Muster, 2020", True),
        ("lions and Muster, 2020", True),
        ("Roe and Muster et al., 2020", True),
        ("[Muster, 2020](https://arxiv.org/abs/2001.00001)", True),
        ("[Muster, 2020](https://example.org/2001.pdf)", True),
        ("Roe & Muster, 2020", False),
        ("Roe and E. Muster, 2020", False),
        ("Roe und Muster, 2020", False),
        ("王和Muster, 2020", False),
        ("Roe & [Muster, 2020](https://example.org/x)", False),
        ("Doe, Roe, Muster, 2020", False),
        ("[Muster, 2020](https://arxiv.org/abs/2002.00009)", False),
    ],
)
def test_authors_with_a_year_mean_the_paper_unless_what_is_around_them_speaks_against_it(
    cited: str, meant: bool
) -> None:
    properties = "authors: [Erika Muster]", "year: 2020", "arxiv: '2001.00001'"
    body = f"- {cited}\n- Facts as Experts, facts as experts\n"
    found = linked("Facts as Experts: On Memory", body, *properties)
    assert ("[[Zebra|" in found) == meant


@pytest.mark.parametrize(
    "said",
    [
        "{} for Fast Learners",
        "**{} in Black and White**, by Roe",
        "{} on Manifolds",
        "{} Made Easy",
        "{} But You Don't Need Them",
        "Dancing {}",
        "1. Improved Evidence with {}",
        "Owls at Night; Dancing {}",
        "{}: How Owls Count the Lions",
        "{} - How Owls Count the Lions (Roe)",
        "“Dancing {}”",
        "| Roe | Dancing {} |\n| --- | --- |\n",
    ],
)
def test_a_title_that_is_a_part_of_a_longer_one_is_only_suggested(said: str) -> None:
    for title in ("Zebra Stripes", "Zebra Stripes by Night and Day", "Zebra Stripes: A Study"):
        name = title.partition(":")[0]
        done = linked(title, f"- {said.format(name)}\n" if said[0] != "|" else said.format(name))
        assert "[[" not in done


@pytest.mark.parametrize(
    "said",
    [
        "{}",
        "1. {} (Best Paper)",
        "{}, Dancing Owls",
        "Dancing Owls and {}",
        "{} and Dancing Owls",
        "{} at the NeurIPS Workshop",
        "{} by Erika Muster",
        "{} in Vienna",
        "the {} paper",
        "Paper: {}. Nice Work",
        "Talk on {}",
        "Best Paper {}",
        "Muster's {} again",
        "In {} they count",
        "{}: very nice, like Dancing Owls",
        "{}: Dancing Owls",
        "{} mit Vortrag von Erika Muster",
        "In Wien: {} im Vortrag von Erika Muster",
        "{} 可以 Owls",
        "803: {}\\\n  Erika Muster",
        "[11] E. Muster et al. {}. In Proceedings of Owls, 2020.",
        "“{}” For Lions",
        "Would {} look the same with more owls?",
    ],
)
def test_a_title_that_stands_by_itself_is_linked(said: str) -> None:
    for title in ("Zebra Stripes", "Zebra Stripes of Night and Day", "Zebra Stripes: A Study"):
        name = title.partition(":")[0]
        assert f"[[Zebra|{name}]]" in linked(title, f"- {said.format(name)}\n")


def test_what_a_person_declared_or_letters_make_sure_is_linked_before_more_words() -> None:
    body = "- Dancing ZebraNet for Fast Learners, Zebra Stripes for Fast Learners\n"
    assert "[[Zebra|ZebraNet]]" in linked("ZebraNet: Night and Day", body)
    assert "[[Zebra|Zebra Stripes]]" in linked("Night and Day", body, "aliases: [Zebra Stripes]")


def test_the_longer_title_itself_is_linked() -> None:
    body = "- Zebra Stripes for Fast Learners, and Zebra Stripes\n"
    more = {"More": "Zebra Stripes for Fast Learners"}
    done = linked("Zebra Stripes", body, **more)
    assert "[[More|Zebra Stripes for Fast Learners]]" in done


def test_a_page_is_known_by_its_address_with_and_without_what_leads_to_the_same() -> None:
    body = "- [a](http://example.org/p.pdf), [b](https://www.example.org/other.pdf)\n"
    page = "url: [https://www.example.org/p.pdf, http://example.org/p.pdf]"
    files = {ZEBRA: paper("Night", page), NOTE: talk(body)}
    assert run(files).files[NOTE].count("[[Zebra|Night]]") == 1
    index = Index(CONFIG, {path: note_of(path, text, CONFIG) for path, text in files.items()}.get)
    for path, text in files.items():
        index.put(note_of(path, text, CONFIG))
    index.refresh()
    index.drop(ZEBRA)
    index.refresh()
    assert index.catalogue.identified("url", "https://example.org/p.pdf") == []


def test_a_phrase_in_a_sentence_stays_one_though_the_paper_is_meant_elsewhere() -> None:
    body = "- What's Missing: A Gap Between Zebras\n- to say what's missing helps\n"
    assert linked("What's Missing: A Gap Between Zebras", body).endswith("- to say what's missing helps\n")


def test_a_title_that_is_all_of_a_links_text_is_recorded_however_common_its_words() -> None:
    body = "- [Language Models as Knowledge Bases](https://example.org/x.pdf), "
    body += "[Knowledge Bases](https://example.org/y)\n"
    done = run({ZEBRA: paper("Language Models as Knowledge Bases?"), NOTE: talk(body)})
    assert body in done.files[NOTE]
    assert "vaultsync:begin papers" in done.files[NOTE]
    assert "vaultsync:begin mentions" in done.files[ZEBRA]


def test_a_link_that_stands_stays_and_is_listed_where_it_would_not_be_made_today() -> None:
    link = "[[Survey|large language models]]"
    done = run({SURVEY: paper("Large Language Models: A Survey"), NOTE: talk(f"- {link}\n")})
    assert link in done.files[NOTE]
    reading = done.index.reading_at(NOTE)
    assert reading is not None
    assert [(s.words, s.papers) for s in reading.doubtful] == [(link, (SURVEY,))]
    assert reading.papers == {SURVEY}


WORDS = "zebra lion owl stripes cubs wings by night of the".split()


@pytest.mark.parametrize("seed", range(12))
def test_papers_one_by_one_and_in_any_order_give_the_readings_of_all_at_once(seed: int) -> None:
    dice = random.Random(seed)
    titles = [" ".join(dice.choices(WORDS, k=dice.randint(2, 6))).title() for _ in range(9)]
    texts = {f"Papers/P{i}.md": paper(title, body=f"{title} once more.\n") for i, title in enumerate(titles)}
    texts["Papers/Owl.md"] = paper("OwlNet: Night Vision of Owls by Night")
    said = "".join(f"- {title if dice.random() < 0.5 else title.lower()} here\n" for title in titles)
    said += "- two OwlNets\n"
    texts[NOTE] = talk(said)
    notes = {path: note_of(path, text, CONFIG) for path, text in texts.items()}

    def reading(paths: list[str], *, stepwise: bool) -> object:
        index = Index(CONFIG, notes.get)
        for path in paths:
            index.put(notes[path])
            if stepwise:
                index.refresh()
        index.refresh()
        return index.reading_at(NOTE)

    order = sorted(texts)
    at_once = reading(order, stepwise=False)
    dice.shuffle(order)
    assert reading(order, stepwise=True) == at_once


FULL = "Zebra Optical Stripes"
"""A title whose initials are the name of something else, too."""


def sections_that_link_initials(note: str, others: int) -> list[int]:
    """Which sections of the note link ZOS, where so many more papers are listed at its end."""
    ids = [f"2002.{i:05}" for i in range(others)]
    papers = {f"Papers/{i}.md": paper(f"Paper {i}", f"arxiv: {i}") for i in ids}
    listed = "\n## List\n\n" + "".join(f"- arXiv:{i}\n" for i in ids)
    text = f"---\ntags: [conference]\n---\n{note}{listed}"
    done = run({ZEBRA: paper(FULL, "arxiv: 2001.00001"), NOTE: text, **papers})
    assert run(done.files).changed == frozenset()
    sections = done.files[NOTE].partition("\n%% vaultsync")[0].split("\n## ")
    return [i for i, section in enumerate(sections) if "|ZOS]]" in section]


@pytest.mark.parametrize(
    ("note", "linked_at"),
    [
        # Named in its own section: there alone, whichever comes first.
        (f"## Talk: Rings\n\nZOS.\n\n## Talk: Skins\n\nZOS: {FULL}.\n\n## Talk: Hides\n\nZOS.\n", [2]),
        ("## Talk: Rings\n\nZOS: arXiv:2001.00001.\n\n## Talk: Skins\n\nZOS.\n", [1]),
        ("## Talk: Rings\n\narXiv:2001.00001\n\n## Talk: Skins\n\nZOS.\n", []),
        # Headings below a session are parts of it.
        ("## Talk: Rings\n\narXiv:2001.00001\n\n### Method\n\nZOS.\n\n## Talk: Skins\n\nZOS.\n", [1]),
        # What stands above all headings speaks for all of the note.
        (f"On {FULL}.\n\n## Talk: Rings\n\nZOS.\n\n## Talk: Skins\n\nZOS.\n", [1, 2]),
    ],
)  # fmt: skip
def test_in_a_list_of_many_papers_initials_mean_one_only_where_it_is_named(
    note: str, linked_at: list[int]
) -> None:
    assert sections_that_link_initials(note, MANY) == linked_at


def test_in_other_notes_initials_mean_a_paper_that_is_named_anywhere() -> None:
    note = f"## Talk: Rings\n\nZOS.\n\n## Talk: Skins\n\n{FULL} and ZOS.\n"
    assert sections_that_link_initials(note, MANY - 1) == [1]
