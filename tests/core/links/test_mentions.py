"""What is a mention and what is not, tier by tier and place by place, through the real rules.

The cases stand in `data/mentions.txt`; the vault that they speak of is `PAPERS`.
"""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest
from linking import paper, run, talk

from vaultsync.core.links.decisions import Decision, Decisions
from vaultsync.core.links.quotes import quote_of
from vaultsync.core.note import note_of
from vaultsync.core.text.spans import Span

NOTE = "Conferences/ICASSP 2025.md"
DRUGS = "Papers/Drug Design.md"
PAPERS = {
    DRUGS: paper(
        "Structure-based Drug Design with Equivariant Diffusion Models",
        "aliases: [DiffSBDD]",
        'arxiv: "2210.13695"',
    ),
    "Papers/Amos Note.md": paper(
        "Amos: An Adam-style Optimizer with Adaptive Weight Decay towards Model-Oriented Scale",
        'arxiv: "2210.11693"',
    ),
    "Papers/Sparse Evolutionary.md": paper("Scalable training with adaptive sparse nets", "aliases: [SET]"),
    "Papers/FLoRA.md": paper("FLoRA: Low-Rank Core Space for N-dimension"),
    "Papers/Optimal Brain Damage.md": paper("Optimal Brain Damage", "authors: [Yann LeCun]", "year: 1990"),
    "Papers/Attention Is All You Need.md": paper("Attention Is All You Need"),
    "Papers/@he2016deep.md": paper(
        "Deep Residual Learning for Image Recognition",
        "aliases: [residual nets, RN]",
        'doi: "10.1109/CVPR.2016.90"',
    ),
    "Papers/Light Schrödinger Bridge.md": paper("Light Schrödinger Bridge"),
    "Papers/Kantorovich.md": paper("О перемещении тяжёлых масс"),
    "Papers/Archimedes.md": paper("Περι της μεγαλης σφαιρας"),
    "Papers/Chinese.md": paper("基于等变扩散模型的基于结构药物设计方法研究"),
    "Papers/DDPM Note.md": paper("Denoising Diffusion Probabilistic Models"),
    "Papers/IDDPM.md": paper("Improved Denoising Diffusion Probabilistic Models"),
    "Papers/Twin A.md": paper("Learning by Twins in Two Ways", "aliases: [TwinNet]", 'arxiv: "2001.00001"'),
    "Papers/Twin B.md": paper("Teaching by Twins in Two Ways", "aliases: [TwinNet]", 'arxiv: "2001.00001"'),
    "Papers/Shared A.md": paper("SharedNet: One Way to Share Nets"),
    "Papers/Shared B.md": paper("SharedNet: Another Way to Share Nets"),
    "Papers/wav2vec.md": paper("wav2vec 2.0: A Framework for Self-Supervised Learning"),
    "Papers/Roads.md": paper("Rome's Roads of Learning"),
    "Papers/Random.md": paper("Random: A Study of Throwing Dice for Networks"),
    "Papers/Perelman.md": paper("The entropy formula for the Ricci flow", "arxiv: math/0211159"),
    "Papers/Anthology.md": paper("A Paper of the Anthology", "url: https://aclanthology.org/P19-1001"),
    "Papers/Landscapes.md": paper("Landscapes of Loss", "url: https://openreview.net/forum?id=Sk8csP5ex"),
}
STEMS = {path.rpartition("/")[2][:-3]: path for path in PAPERS}


class Case(msgspec.Struct, frozen=True):
    """A case of the table: the text as it is written, as it must become, and what must be found."""

    name: str
    before: str
    after: str
    recorded: frozenset[str]
    suggested: tuple[str, ...]
    ambiguous: tuple[str, ...]
    missing: tuple[str, ...]


_MARK = re.compile(r"«([^»|]*)(?:\|([^»]*))?»")


def cases() -> list[Case]:
    source = (Path(__file__).parents[2] / "data" / "mentions.txt").read_text(encoding="utf-8")
    found = []
    for part in source.split("\n=== ")[1:]:
        name, *lines = part.rstrip("\n").split("\n")
        told: dict[str, tuple[str, ...]] = {}
        for line in lines:
            if line.startswith("@ ") and not line.startswith("@ {"):
                key, _, values = line[2:].partition(": ")
                told[key] = tuple(values.split(", "))
        marked = "\n".join(line for line in lines if not line.startswith("@ ")) + "\n"
        marked = marked.replace("␠", " ").replace("␣", "\u00a0")
        found.append(
            Case(
                name,
                _MARK.sub(r"\1", marked),
                "".join(map(_linked, marked.splitlines(keepends=True))),
                frozenset(STEMS[stem] for stem in told.get("recorded", ())),
                told.get("suggested", ()),
                told.get("ambiguous", ()),
                told.get("missing", ()),
            )
        )
    return found


def _linked(line: str) -> str:
    """The line with its marks made links; a mark without a file stays what it is."""

    def link(m: re.Match[str]) -> str:
        words, stem = m[1], m[2]
        if stem is None:
            return words
        bar = "\\|" if line.startswith("|") else "|"
        return f"[[{stem}]]" if words == stem else f"[[{stem}{bar}{words}]]"

    return _MARK.sub(link, line)


CASES = cases()


def body_of(text: str) -> str:
    """The text of the session, without the list of papers."""
    body = text.partition("## Talk: Rings\n")[2]
    return body.partition("\n%% vaultsync:begin papers %%")[0]


def test_the_table_has_as_many_cases_as_the_issue_asks_for() -> None:
    assert len({case.name for case in CASES}) == len(CASES) >= 120


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in CASES])
@pytest.mark.parametrize("eol", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_a_text_gets_the_links_and_the_records_that_its_case_tells(case: Case, eol: str) -> None:
    before = talk(case.before).replace("\n", eol)
    done = run({**PAPERS, NOTE: before})
    assert body_of(done.files[NOTE].replace("\r\n", "\n")) == case.after
    assert done.files[NOTE].count("\r\n") == (done.files[NOTE].count("\n") if eol == "\r\n" else 0)

    reading = run({**PAPERS, NOTE: before}, rules=()).index.reading_at(NOTE)
    assert reading is not None
    linked = {STEMS[m[2]] for m in _MARK.finditer(_marked(case.name)) if m[2]}
    own = {m.paper for m in reading.mentions if m.tier == 0}
    assert reading.papers - own == linked.union(case.recorded) - own
    assert {p.paper for p in reading.placements} == linked
    assert tuple(s.words for s in reading.suggestions) == case.suggested
    assert tuple(s.words for s in reading.ambiguous) == case.ambiguous
    assert tuple(f"{m.scheme}:{m.value}" for m in reading.missing) == case.missing
    assert len(done.problems) == len(case.ambiguous)

    again = run(done.files)
    assert again.changed == frozenset()


def _marked(name: str) -> str:
    source = (Path(__file__).parents[2] / "data" / "mentions.txt").read_text(encoding="utf-8")
    return source.partition(f"\n=== {name}\n")[2].partition("\n=== ")[0]


def test_a_paper_is_told_where_it_was_mentioned_and_what_was_said() -> None:
    done = run({**PAPERS, NOTE: talk("- we use **DiffSBDD**, see [[Other|that]] #tag\n")})
    assert done.files[DRUGS].endswith(
        "\n%% vaultsync:begin mentions %%\n## Mentioned in\n"
        "- [[ICASSP 2025#Talk Rings|ICASSP 2025]], 2025-04-07, Talk: Rings\n"
        "    - we use **DiffSBDD**, see that tag\n%% vaultsync:end mentions %%\n"
    )


def test_a_denied_name_is_no_mention_and_an_accepted_one_is() -> None:
    files = {**PAPERS, NOTE: talk("- DiffSBDD and Amos and TwinNet\n")}
    decisions = Decisions(
        frozenset(
            {Decision(NOTE, "amos", "Papers/Amos Note.md"), Decision(NOTE, "twinnet", "Papers/Twin B.md")}
        ),
        frozenset({Decision(NOTE, "diffsbdd", DRUGS)}),
    )
    done = run(files, decisions=decisions)
    assert body_of(done.files[NOTE]) == "- DiffSBDD and [[Amos Note|Amos]] and [[Twin B|TwinNet]]\n"
    assert "%%" not in done.files[DRUGS]
    assert done.problems == ()


def test_words_that_are_no_name_can_be_accepted() -> None:
    files = {**PAPERS, NOTE: talk("- low rank\n  factorization, `low rank`, low rank nets\n")}
    chosen = Decisions(frozenset({Decision(NOTE, "low rank nets", "Papers/FLoRA.md")}))
    done = run(files, decisions=chosen)
    assert body_of(done.files[NOTE]).endswith("`low rank`, [[FLoRA|low rank nets]]\n")


def test_a_choice_between_two_notes_with_one_identifier_is_kept() -> None:
    files = {**PAPERS, NOTE: talk("- arXiv:2001.00001\n")}
    chosen = Decisions(frozenset({Decision(NOTE, "arxiv 2001.00001", "Papers/Twin A.md")}))
    done = run(files, decisions=chosen)
    assert done.problems == ()
    assert "vaultsync:begin mentions" in done.files["Papers/Twin A.md"]
    assert "vaultsync:begin mentions" not in done.files["Papers/Twin B.md"]


def test_a_refused_identifier_is_no_mention_and_not_missing_either() -> None:
    files = {**PAPERS, NOTE: talk("- arXiv:2210.13695\n")}
    done = run(files, decisions=Decisions(denied=frozenset({Decision(NOTE, "2210.13695", DRUGS)})))
    assert done.changed == frozenset()
    reading = done.index.reading_at(NOTE)
    assert reading is not None
    assert (reading.mentions, reading.missing) == ((), ())


@pytest.mark.parametrize(
    ("text", "words", "quote"),
    [
        ("- one X two\n  - below\n", "X", "one X two"),
        ("A first one. Then X came. Last one.\n", "X", "A first one. Then X came. Last one."),
        (f"A first one. Then X came, e.g. there. {'Long. ' * 50}\n", "X", "Then X came, e.g. there."),
        (f"先有。然后X来了。{'还有。' * 90}\n", "X", "然后X来了。"),
        ("# About X\n", "X", ""),
        ("> [!tip] X\n> X: so it is\n> said\n", "X", "X: so it is said"),
        ("> [!tip]- Said of it\r\n> that X is\r\n", "X", "that X is"),
        ("> [!tip] X alone\n", "X", "X alone"),
        ("> [!tip]- X in a line\n> Nothing more.\n", "X", "X in a line"),
        ("> said\n> [!tip] X\n> of it\n", "X", "said [!tip] X of it"),
        ("[!tip] no callout\nbut X\n", "X", "no callout but X"),
    ],
)
def test_the_quote_is_the_bullet_or_the_sentence(text: str, words: str, quote: str) -> None:
    body = note_of(NOTE, text, run({}).index.config).body
    at = text.index(words)
    assert quote_of(text, body.block_at(at), Span(at, at + len(words))) == quote


def test_below_a_heading_that_is_the_papers_title_stands_the_quote() -> None:
    below = "- value and advantage apart\n\nA line. Another one.\n### More\n- not this\n"
    done = run({**PAPERS, NOTE: talk("").replace("## Talk: Rings", "## Optimal Brain Damage") + below})
    told = done.files["Papers/Optimal Brain Damage.md"]
    assert "    - value and advantage apart\n    - A line. Another one.\n%%" in told
    assert run(done.files).changed == frozenset()


def test_what_is_quoted_below_a_heading_has_an_end_and_whole_sentences() -> None:
    below = "".join(f"Sentence number {i} is not short. " for i in range(40)) + "\n"
    done = run({**PAPERS, NOTE: talk("").replace("## Talk: Rings", "## Optimal Brain Damage") + below})
    (quote,) = re.findall(r"    - (Sentence.*)", done.files["Papers/Optimal Brain Damage.md"])
    assert 400 < len(quote) <= 600
    assert quote.endswith("short.")


def test_an_entry_that_would_only_repeat_the_link_has_no_quote() -> None:
    done = run({**PAPERS, NOTE: talk("- [[Drug Design]]\n- see [[Drug Design|it]]\n")})
    assert "    - Drug Design\n" not in done.files[DRUGS]
    assert "    - see it\n" in done.files[DRUGS]


@pytest.mark.parametrize("unit", ["DiffSBDD and ", "[[Drug Design]] ", "arXiv:2210.13695 "])
def test_a_note_that_names_papers_without_end_is_told_and_left_alone(unit: str) -> None:
    few, many = (run({**PAPERS, NOTE: talk(unit * times)}) for times in (20, 10_001))
    assert DRUGS in few.changed
    assert not many.changed
    assert any("more than 10,000 times" in problem.message for problem in many.problems)
