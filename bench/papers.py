"""The paper notes of a generated vault: who they are, and the bytes of each note, tidy or untidy.

A paper is made before it is written, so that conference notes can mention it by any of its names.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from bench.vocabulary import (
    COMMON_NAMES,
    FAMILY_NAMES,
    GIVEN_NAMES,
    SENTENCES,
    SUBTITLE_ADJECTIVES,
    SUBTITLE_ENDS,
    SUBTITLE_HEADS,
    SUBTITLE_NOUNS,
    Coinage,
    Dice,
)

MainKind = Literal["none", "strong", "weak", "shared", "common"]
"""`strong`: mixed case or a digit at a rare word, linked alone. `weak`: `Tavezko` or `TAVEZKO`, which needs
a tier 1 or 2 mention of the paper in the note. `shared`: strong, but two papers have it. `common`: a field, a
saying, a number."""

COMMON_EVERY = 29
"""Papers of which one has a common main title, as long as there are such names."""


class Paper(msgspec.Struct, frozen=True):
    """A paper and how untidy its note is; `untidy` holds the ids of the rules that have work in it."""

    path: str
    title: str
    main: str | None
    main_kind: MainKind
    aliases: tuple[str, ...]
    authors: tuple[str, ...]
    year: int
    month: int
    day: int
    citekey: str
    arxiv: str | None
    doi: str | None
    acl: str | None
    openreview: str | None
    untidy: tuple[str, ...]
    problem: str | None

    @property
    def identifiers(self) -> tuple[str, ...]:
        """The schemes by which a note can name the paper."""
        schemes = ("arxiv", "doi", "acl", "openreview", "citekey")
        return tuple(scheme for scheme in schemes if getattr(self, scheme))


# Each entry: the rule that has work to do. What a note is made to need is drawn from here.
_UNTIDY = (
    "fm-deprecated-keys", "fm-tags", "fm-dates", "fm-links", "fm-title", "fm-order", "fm-identifiers",
    "fm-authors",
)  # fmt: skip
# Problems that no rule may decide; such papers are mentioned nowhere, so no truth hangs on their names.
_PROBLEMS = ("ambiguous date", "duplicate key", "malformed YAML", "no closing fence")


def make_papers(count: int, *, seed: int, untidy: float) -> list[Paper]:
    """`count` papers with unique names, about the share `untidy` of them with something to repair."""
    dice = Dice(f"{seed}/papers")
    coinage = Coinage(f"{seed}/names")
    papers: list[Paper] = []
    shared: str | None = None
    strong: str | None = None
    for index in range(count):
        word = coinage.word()
        main: str | None
        kind: MainKind
        if shared is not None:
            main, kind, shared = shared, "shared", None
        elif index % COMMON_EVERY == 7 and index // COMMON_EVERY < len(COMMON_NAMES):
            main, kind = COMMON_NAMES[index // COMMON_EVERY], "common"
        else:
            main, kind = _main_title(dice, word, strong)
            if kind == "shared":
                shared = main if index + 1 < count else None
                if shared is None:
                    kind = "strong"
            elif kind == "strong" and " " not in (main or " "):
                strong = main
        papers.append(_paper(dice, coinage, index, word, main, kind, untidy))
    return papers


def _main_title(dice: Dice, word: str, strong: str | None) -> tuple[str | None, MainKind]:
    """A main title that holds `word`, or another paper's whole main title and `word`."""
    mixed = word[:4].capitalize() + word[4:].capitalize()
    throw = dice.below(100)
    if throw < 20:
        return None, "none"
    if throw < 45:
        return mixed + dice.pick(("", "", "Net", "Former", "DB")), "strong"
    if throw < 55:
        return word.capitalize() + dice.pick(("2", "3D", "-5B")), "strong"
    if throw < 62:
        return dice.pick(("Deep", "Neural", "Tiny")) + " " + mixed, "strong"
    if throw < 67 and strong is not None:
        return f"Beyond {strong} and {mixed}", "strong"
    if throw < 80:
        return word.capitalize(), "weak"
    if throw < 97:
        return word.upper(), "weak"
    return mixed, "shared"


def _paper(
    dice: Dice, coinage: Coinage, index: int, word: str, main: str | None, kind: MainKind, untidy: float
) -> Paper:
    subtitle = " ".join(
        (
            dice.pick(SUBTITLE_HEADS),
            dice.pick(SUBTITLE_ADJECTIVES),
            dice.pick(SUBTITLE_NOUNS),
            dice.pick(SUBTITLE_ENDS),
        )
    )
    if main is None:
        head, noun, end = dice.pick(SUBTITLE_HEADS), dice.pick(SUBTITLE_NOUNS), dice.pick(SUBTITLE_ENDS)
        title = f"{head} {word.capitalize()} {noun} {end}"
    elif kind == "shared":
        title = f"{main}: {word.capitalize()} {subtitle}"  # the word keeps the two full titles apart
    else:
        title = f"{main}: {subtitle}"
    year, month = 2010 + index % 15, 1 + (index // 15) % 12
    # Before 2015 an arXiv number had four digits (https://info.arxiv.org/help/arxiv_identifier.html).
    number = (1000 if year < 2015 else 10000) + index // 180
    arxiv = f"{year % 100:02d}{month:02d}.{number}" if dice.chance(0.75) else None
    doi = f"10.5555/{word}.{index}" if arxiv is None or dice.chance(0.3) else None
    acl = f"{year}.acl-long.{index + 1}" if year >= 2020 and dice.chance(0.2) else None
    openreview = f"{word[::-1].capitalize()}{index % 1000:03d}" if acl is None and dice.chance(0.15) else None
    family = dice.pick(FAMILY_NAMES)
    authors = [f"{dice.pick(GIVEN_NAMES)} {family}"]
    authors += [f"{dice.pick(GIVEN_NAMES)} {dice.pick(FAMILY_NAMES)}" for _ in range(dice.between(1, 4))]
    key = family.translate(_ASCII).lower() + str(year) + word
    problem, rules = _untidiness(dice, untidy, has_main=main is not None)
    # The three ways in which people name such files. A name that stands for two papers or needs evidence is
    # not used as a file name, because the design names no tier for a match of the file name alone.
    throw = dice.below(100)
    if throw < 30 and "fm-title" not in rules:
        stem = f"@{key}"
    elif throw < 45 and kind in ("strong", "shared") and main is not None:
        stem = main
    else:
        stem = title.replace(": ", " - ")
    aliases = _aliases(dice, coinage, rules)
    return Paper(
        path=f"Papers/{year}/{stem}.md",
        title=title,
        main=main,
        main_kind=kind,
        aliases=aliases,
        authors=tuple(authors),
        year=year,
        month=month,
        day=1 + index % 28,
        citekey=key,
        arxiv=arxiv,
        doi=doi,
        acl=acl,
        openreview=openreview,
        untidy=rules,
        problem=problem,
    )


_ASCII = str.maketrans({"ü": "ue", "ø": "o", "á": "a", "ß": "ss", "ı": "i", "ö": "oe"})


def _untidiness(dice: Dice, share: float, *, has_main: bool) -> tuple[str | None, tuple[str, ...]]:
    if not dice.chance(share):
        return None, ()
    if dice.chance(0.03):
        return dice.pick(_PROBLEMS), ()
    wanted = {dice.pick(_UNTIDY) for _ in range(dice.between(1, 3))}
    if has_main:
        wanted.discard(
            "fm-title"
        )  # a file name can't hold the colon, so only a title without one can be left out
    return None, tuple(rule for rule in _UNTIDY if rule in wanted) or ("fm-tags",)


def _aliases(dice: Dice, coinage: Coinage, rules: Sequence[str]) -> tuple[str, ...]:
    if "fm-deprecated-keys" not in rules and not dice.chance(0.35):
        return ()
    word = coinage.word()
    return (dice.pick((word.upper(), f"{word.capitalize()} trick", f"{word} sampling")),)


def paper_note(paper: Paper, dice: Dice, neighbour: Paper | None) -> str:
    """The text of the note; `neighbour` is named in its prose, where nothing may be linked or recorded."""
    lines = _front_matter(paper, dice)
    body = ["", f"# {paper.title}", "", "## Summary", "", _prose(dice, 3), "", "## Abstract", ""]
    body += (_prose(dice, dice.between(3, 6)), "", _prose(dice, dice.between(3, 6)), "")
    if neighbour is not None:
        body += (f"Compare with {neighbour.title}, which came to another result.", "")
    body += ("## Notes", "", *(f"- {dice.pick(SENTENCES)}" for _ in range(dice.between(2, 6))), "")
    if paper.problem == "no closing fence":
        # What is YAML and what is the body can't be told, so no front matter can be trusted.
        return "\n".join(lines[:-1] + body)
    return "\n".join(lines + body)


def _prose(dice: Dice, sentences: int) -> str:
    return " ".join(dice.pick(SENTENCES) for _ in range(sentences))


def _front_matter(paper: Paper, dice: Dice) -> list[str]:
    """The lines of the block, fences included, in the schema's order unless that is what is untidy."""
    untidy = set(paper.untidy)
    date = f"{paper.year}-{paper.month:02d}-{paper.day:02d}"
    if "fm-dates" in untidy:
        date = dice.pick(
            (
                f"{paper.year}/{paper.month}/{paper.day}",
                f"{paper.day} {_MONTHS[paper.month - 1]} {paper.year}",
                f"{paper.day:02d}.{paper.month:02d}.{paper.year}",
            )
        )
    if paper.problem == "ambiguous date":
        date = f"{1 + paper.day % 12:02d}/{1 + (paper.day + 3) % 12:02d}/{paper.year}"
    entries: list[list[str]] = []
    if "fm-title" not in untidy:
        entries.append([f"title: {_scalar(paper.title)}"])
    if paper.aliases:
        if "fm-deprecated-keys" in untidy:
            entries.append([f"alias: {paper.aliases[0]}"])
        else:
            entries.append(_list("aliases", paper.aliases))
    if "fm-authors" in untidy:
        entries.append([f"authors: {' and '.join(paper.authors)}"])
    else:
        entries.append(_list("authors", paper.authors))
    entries += ([f"year: {paper.year}"], [f"date: {date}"])
    if paper.arxiv:
        form = '"{}"'
        if "fm-identifiers" in untidy:
            # Unquoted, YAML reads a number that drops the last 0; the identifier is the text as it stands.
            form = dice.pick(("{}", "arXiv:{}", "https://arxiv.org/abs/{}v2"))
        entries.append([f"arxiv: {form.format(paper.arxiv)}"])
    if paper.doi:
        entries.append([f"doi: {'https://doi.org/' if 'fm-identifiers' in untidy else ''}{paper.doi}"])
    if paper.acl:
        entries.append([f"url: https://aclanthology.org/{paper.acl}"])
    elif paper.openreview:
        entries.append([f"url: https://openreview.net/forum?id={paper.openreview}"])
    entries.append([f"citekey: {paper.citekey}"])
    if "fm-tags" in untidy:
        entries.append([dice.pick(("tags: paper, lg", 'tags: [paper, "#lg", LG]', "tags: paper lg"))])
    elif "fm-deprecated-keys" in untidy and dice.chance(0.5):
        entries.append(["tag: paper"])
    else:
        entries.append(_list("tags", ("paper", dice.pick(("lg", "cl", "cv", "as", "sp")))))
    if "fm-links" in untidy:
        entries.append(["related: [[Reading list]]"])
    if "fm-order" in untidy:
        entries = dice.shuffled(entries)
    if untidy and dice.chance(0.3):
        entries.insert(0, ["# read again before the seminar"])
        entries[-1][-1] += "  # checked"
    if paper.problem == "duplicate key":
        entries.append([f"year: {paper.year + 1}"])
    elif paper.problem == "malformed YAML":
        entries.append(['venue: "Proceedings of'])
    return ["---", *(line for entry in entries for line in entry), "---"]


def _list(key: str, items: Sequence[str]) -> list[str]:
    return [f"{key}:", *(f"  - {item}" for item in items)]


def _scalar(text: str) -> str:
    return f'"{text}"' if ": " in text else text


_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
)  # fmt: skip
