"""What a generated note becomes, worked out from how it was found and from the ground truth.

`bench.judge` compares the outcome with it. As there, vaultsync itself is not asked.
"""

from __future__ import annotations

import itertools
import re

from bench.conferences import ENGLISH, GERMAN
from bench.outcome import eol_of, telling
from bench.papers import Paper
from bench.truth import Mention
from bench.vocabulary import LEFTOVER_BULLETS

TIDIED = dict(
    zip(
        LEFTOVER_BULLETS,
        (
            "very slow under water, $\\approx$<!-- -->10 kHz of range",
            "transcription: DNA->RNA, translation: RNA->protein",
            "scaled by the Hessian $\\mathcal{H}$ of the loss",
            "random start $\\rightarrow$ evolutionary search",
            "not the same as fine-tuning ($\\neq$ training time)",
        ),
        strict=True,
    )
)
"""What `md-math` and `md-pandoc` make of the leftovers in generated notes."""


def tidied_line(line: str) -> str:
    """A line of a conference note after `md-math` and `md-pandoc`."""
    words = line.strip().removeprefix("- ")
    return line.replace(words, TIDIED[words]) if words in TIDIED else line


def tidied_front_matter(front: str) -> str:
    """The front matter of a generated conference note after `fm-tags` and `fm-dates`."""
    eol = eol_of(front)
    front = front.replace(f"tags: conference{eol}", f"tags:{eol}  - conference{eol}")
    return re.sub(
        r"(?m)^date: (\d+)/(\d+)/(\d+)", lambda m: f"date: {m[1]}-{int(m[2]):02}-{int(m[3]):02}", front
    )


def date_of(text: str) -> str:
    """The date of a conference note, ISO, whichever way it is written."""
    found = re.search(r"(?m)^date: (\d+)[-/](\d+)[-/](\d+)", text)
    return f"{found[1]}-{int(found[2]):02}-{int(found[3]):02}" if found else ""


def has_days(text: str) -> bool:
    """Whether a generated conference note has day headings; then what is below none of them has no date."""
    return any(re.match(rf"# (?:{'|'.join((*GERMAN, *ENGLISH))}) ", line) for line in text.split("\n"))


def may_be_quoted(text: str, mention: Mention, quote: str) -> bool:
    """Whether a quote is of what stands below the heading that is the mention, up to the next heading.

    Comments and tags are left out of quotes, and lines of a callout are joined: the quote's letters must
    stand there in their order.
    """
    lines = text.split("\n")
    if not re.match(r"#{1,6} ", lines[mention.line - 1]):
        return False
    below = itertools.takewhile(lambda line: not re.match(r"#{1,6} ", line), lines[mention.line :])
    letters = iter(telling("".join(below)))
    return all(letter in letters for letter in quote)


def quotes_for(text: str, mention: Mention) -> list[str]:
    """How the mention may be quoted, as `telling` sees it; empty for one in a heading.

    That is its bullet or line, its cell of a table, or its line or paragraph of a block quote; nothing where
    that is no more than the mention itself.
    """
    return ["" if quote == telling(mention.surface) else quote for quote in _quotes_for(text, mention)]


def _quotes_for(text: str, mention: Mention) -> list[str]:
    lines = text.split("\n")
    line = lines[mention.line - 1].strip()
    if re.match(r"#{1,6} ", line):
        return [""]
    if line.startswith("|"):
        return [telling(cell) for cell in line.strip("|").split(" | ") if mention.surface in cell]
    if not line.startswith(">"):
        return [telling(line)]
    first = last = mention.line - 1
    while lines[first - 1].startswith(">"):
        first -= 1
    while lines[last + 1].startswith(">"):
        last += 1
    return [telling(line), "".join(telling(quoted) for quoted in lines[first : last + 1])]


def properties_of(paper: Paper, front: str) -> dict[str, object]:
    """What the front matter of the paper's note says when it is in order, all scalars as text.

    `front` is how it was found: the paper doesn't tell its tags, nor the arXiv version that was written.
    """
    values: dict[str, object] = {"title": paper.title}
    if paper.aliases:
        values["aliases"] = list(paper.aliases)
    date = f"{paper.year}-{paper.month:02d}-{paper.day:02d}"
    values |= {"authors": list(paper.authors), "year": str(paper.year), "date": date}
    if paper.arxiv:
        versioned = re.search(rf"{re.escape(paper.arxiv)}v\d+", front)
        values["arxiv"] = versioned[0] if versioned else paper.arxiv
    if paper.doi:
        values["doi"] = paper.doi
    if paper.acl:
        values["url"] = f"https://aclanthology.org/{paper.acl}"
    elif paper.openreview:
        values["url"] = f"https://openreview.net/forum?id={paper.openreview}"
    values["citekey"] = paper.citekey
    tagged = re.search(r"(?m)^tags?:((?:.*\n(?=  - ))*.*)", front)
    words = re.findall(r"\w+", re.sub(r"\s#\s.*", "", tagged[1])) if tagged else []
    values["tags"] = list(dict.fromkeys(word.lower() for word in words))
    if "related:" in front:
        values["related"] = "[[Reading list]]"
    return values
