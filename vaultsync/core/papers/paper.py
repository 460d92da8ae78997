"""A paper note as the catalogue knows it: the names by which a text may mention it, and its identifiers.

The tiers are those of the design, section 6. A name carries what a mention of it has to satisfy, so that the
search needs no further knowledge of papers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

import msgspec

from vaultsync.core.frontmatter.block import Property
from vaultsync.core.note import Note
from vaultsync.core.papers.common_words import is_brand, is_common_word, is_saying
from vaultsync.core.papers.commonness import LONG, prose_of, told_by
from vaultsync.core.papers.identifiers import (
    Scheme,
    address_key,
    arxiv_month,
    canonical_acl,
    canonical_arxiv,
    canonical_doi,
    canonical_openreview,
    identifiers_in,
    other_names,
)
from vaultsync.core.papers.stop_words import STOP_WORDS
from vaultsync.core.text.folding import fold_cased, fold_name, is_cjk, unaccented, word_list
from vaultsync.core.text.late_pattern import late_pattern

FULL_WORDS, FULL_CJK = 4, 8
"""Words (of CJK: characters) from which on a title names its paper in any case."""

MAIN_LENGTH, ALIAS_LENGTH, CAPITALS_LENGTH = 4, 2, 3
CAPITALS = 0.6

STRONG, UNLESS_COMMON, IN_TITLE_CASE, ON_EVIDENCE = range(4)
"""How strong a name is: it means the paper wherever it stands; unless it is a common phrase (`commonness`);
if it is none and written in Title Case; only where something else in the note names the paper."""

Identified = tuple[Scheme, str]
"""An identifier in its canonical form. (Decoded, literals take no space of their own.)"""


class Name(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A name of a paper, folded. `cased`, if not empty, is what the mention must be letter for letter."""

    folded: str
    tier: int
    cased: str = ""
    strength: int = STRONG


class Paper(msgspec.Struct, frozen=True, array_like=True):
    """A paper note: its path, its title as shown, its names and its `(scheme, value)` identifiers.

    `hints` are folded names that are only ever suggested (tier 5): acronyms and author–year. `told` are the
    words of its title and abstract, by which others' names are judged (`commonness`). `since` is the month
    (`2020-04`), else the year, in which it came out; empty if neither is known.
    """

    path: str
    title: str
    names: tuple[Name, ...]
    ids: tuple[Identified, ...]
    hints: tuple[str, ...] = ()
    told: bytes = b""
    since: str = ""


def title_of(note: Note) -> str:
    """The title that the front matter gives, else the file's name without a leading `@`."""
    return _title(note, _Texts(note))


def paper_of(note: Note, stop_words: frozenset[str] = STOP_WORDS) -> Paper:
    """What the catalogue knows of a paper note."""
    return papers_of((note,), stop_words)[0]


def papers_of(notes: Sequence[Note], stop_words: frozenset[str] = STOP_WORDS) -> list[Paper]:
    """The same of many paper notes.

    One question of all of them, then the next: so what answers it stays in the processor's cache, which took
    a fifth off the processor's time.
    """
    texts = [_Texts(note) for note in notes]
    titles = [_title(*read) for read in zip(notes, texts, strict=True)]
    titled = list(zip(notes, texts, titles, strict=True))
    names = [_best(_names(note, read, title, stop_words)) for note, read, title in titled]
    hints = [list(_hints(read, title)) for _, read, title in titled]
    ids = [tuple(dict.fromkeys(_all_identifiers(note, read))) for note, read, _ in titled]
    told = [told_by(title, prose_of(note.text[note.body_start :])) for note, _, title in titled]
    since = list(map(_since, texts, ids))
    return [
        Paper(
            note.path,
            titles[i],
            tuple(names[i].values()),
            ids[i],
            tuple(h for h in dict.fromkeys(hints[i]) if h not in names[i]),
            told[i],
            since[i],
        )
        for i, note in enumerate(notes)
    ]


def _best(names: Iterable[Name]) -> dict[str, Name]:
    """Of names that are spelled alike, the strongest."""
    best: dict[str, Name] = {}
    for name in names:
        known = best.get(name.folded)
        if known is None or _strength(name) > _strength(known):
            best[name.folded] = name
    return best


def _title(note: Note, texts: _Texts) -> str:
    return texts.first("title") or texts.first("BookTitle") or note.stem.lstrip("@")


def _since(texts: _Texts, ids: Iterable[Identified]) -> str:
    """When the paper came out: by its arXiv id, which is older than what was published, else by its year."""
    months = sorted(month for scheme, value in ids if scheme == "arxiv" and (month := arxiv_month(value)))
    if months:
        return f"{months[0][0]:04}-{months[0][1]:02}"
    return texts.year


def _strength(name: Name) -> tuple[int, bool, int]:
    return (-name.strength, not name.cased, -name.tier)


def _names(note: Note, texts: _Texts, title: str, stop_words: frozenset[str]) -> Iterator[Name]:
    stem = "" if note.stem.startswith("@") else note.stem
    titles: set[str] = set()
    fulls: set[str] = set()
    mains = {""}
    for full in dict.fromkeys((title, stem)):
        folded, main = fold_name(full), main_title(full)
        # A file is mostly named for the title, which would give the same names again.
        parts = [] if folded in fulls else [(2, full)]
        if is_full(folded):  # else its names hang on more than its folded form
            fulls.add(folded)
        if main not in mains:
            mains.add(main)
            parts.append((3, main))
        for tier, part in parts:
            for name in _title_names(part, stop_words, tier):
                titles.add(name.folded)
                yield name
        titles.add(folded)
    for alias in texts.all("aliases", "alias"):
        if is_citation(alias):
            continue
        folded = fold_name(alias)
        if folded not in titles:  # an alias that is the title again is no stronger than the title
            yield from _alias_names(alias, folded, stop_words)


def _title_names(title: str, stop_words: frozenset[str], tier: int) -> Iterator[Name]:
    """The names that a title, or its main part, gives; a leading article may be left out of a long one."""
    folded = fold_name(title)
    if is_full(folded):
        strength = UNLESS_COMMON
        if tier != 2 and len(word_list(folded)) < LONG:  # a main title is a phrase more often than a full one
            strength = ON_EVIDENCE if _is_made_of_common_words(folded) else IN_TITLE_CASE
        yield Name(folded, 2, "", strength)
        if (article := _ARTICLE.match(folded)) and folded[article.end() :].count(" ") > 1:
            yield Name(folded[article.end() :], 2, "", strength)
    elif folded:
        yield from _short_name(title, folded, stop_words)


def _short_name(main: str, folded: str, stop_words: frozenset[str]) -> Iterator[Name]:
    if folded in stop_words or not any(map(str.isalpha, folded)):
        return
    words = _TOKEN.findall(main)
    if any(is_distinctive(word) for word in words):
        yield Name(folded, 3, fold_cased(main))
    elif " " in folded:
        spelled = [word for word in words if word[0].isalpha()]
        rare = len(spelled) > 1 and not _is_made_of_common_words(folded) and not _is_capitals(main)
        yield Name(folded, 3, "", IN_TITLE_CASE if rare else ON_EVIDENCE)
    elif len(folded) >= (CAPITALS_LENGTH if main.isupper() else MAIN_LENGTH):
        yield Name(folded, 3, fold_cased(main), ON_EVIDENCE)


def _alias_names(alias: str, folded: str, stop_words: frozenset[str]) -> Iterator[Name]:
    if is_full(folded):
        yield Name(folded, 4, "", UNLESS_COMMON)
    elif len(folded) >= ALIAS_LENGTH and any(map(str.isalpha, folded)):
        weak = folded in stop_words and not _is_capitals(alias)
        yield Name(folded, 4, fold_cased(alias), ON_EVIDENCE if weak else STRONG)


def is_full(folded: str) -> bool:
    """Whether a folded title has enough words to be a name in any case; of CJK each character counts."""
    if folded.isascii():
        parts = folded.split()  # of most names each is a word: half the time
        return len(parts if folded.replace(" ", "").isalnum() else word_list(folded)) >= FULL_WORDS
    words = word_list(folded)
    cjk = sum(map(is_cjk, folded))
    return cjk >= FULL_CJK if cjk * 2 > len(words) else len(words) >= FULL_WORDS


_MAIN_END = late_pattern(
    r"(?<=\S)(?:\s*[:：？]|\?(?=[\s\"'”’:])[\"'”’]?:?|\s*---?\s*(?=\S)(?<=--)|\s*—|\s+[–-]\s)\s*(?=\S)"
)
_ENDS_MAIN = late_pattern("[:：?？—–-]")
_ARTICLE = re.compile(r"(?:the|an?|der|die|das|l[ae]s?) (?=\S)")
_TOKEN = re.compile(r"[^\W_][\w.+-]*[^\W_]|[^\W_]")


def main_title(title: str) -> str:
    """The title up to its first colon, question mark or long dash; empty if it has none."""
    sign = _ENDS_MAIN.search(title)
    if sign is None:  # as most titles: a tenth of the time
        return ""
    end = _MAIN_END.search(title, len(title[: sign.start()].rstrip()))
    return title[: end.start()].strip(" \"'“”‘’„") if end else ""


def _is_made_of_common_words(folded: str) -> bool:
    return all(is_common_word(word) for word in word_list(folded)) or is_saying(folded)


def _is_capitals(text: str) -> bool:
    letters = [c for c in text if c.isalpha()]
    return bool(letters) and sum(c.isupper() for c in letters) >= CAPITALS * len(letters)


_WITH_DIGITS = re.compile(r"(?P<word>[A-Z][a-z]{2,}|[a-z]{2,})-?[0-9]+(?P<more>[A-Za-z]*)")
_PLURAL_CAPITALS = re.compile(r"[A-Z0-9-]+s")


def is_distinctive(word: str) -> bool:
    """Whether a word can hardly be anything but a name, by its letters.

    Capitals inside it (`DiffSBDD`, `RoBERTa`), capitals after a hyphen (`Transformer-XH`), or digits at a
    word that is no common one (`Llama2`, `word2vec`); not a name of capitals alone (`COVID-19`, `GNNs`),
    nor a product's.
    """
    if word.isascii() and word.isalpha() and word[1:].islower():  # as most words: at a glance
        return False
    letters = re.sub(r"[0-9][0-9.]*", "", word)
    if is_brand(word.lower()) or _PLURAL_CAPITALS.fullmatch(word):
        return False
    parts = letters.split("-")
    if any(_has_capitals_inside(part) for part in parts):
        return True
    if any(map(str.islower, letters)) and any(len(part) > 1 and part.isupper() for part in parts[1:]):
        return True
    found = _WITH_DIGITS.fullmatch(word)
    if found is None or len(found["more"]) > 1:
        return found is not None
    return found["word"][0].isupper() and not is_common_word(found["word"].lower())


def _has_capitals_inside(part: str) -> bool:
    if _PLURAL_CAPITALS.fullmatch(part):
        return False
    inside = any(a.islower() and b.isupper() for a, b in pairwise(part))
    return inside or (len(part) > 2 and part[:2].isupper() and any(map(str.islower, part)))


def is_citation(alias: str) -> bool:
    """Whether an alias is a citation key, in pandoc's form (`@key`): the paper is cited by it, not named."""
    return alias.startswith("@") and len(alias) > 1 and not any(map(str.isspace, alias))


def _all_identifiers(note: Note, texts: _Texts) -> Iterator[Identified]:
    for scheme, value in _identifiers(note, texts):
        yield scheme, value
        if scheme != "citekey":
            yield from other_names(scheme, value)


def _identifiers(note: Note, texts: _Texts) -> Iterator[Identified]:
    if (value := texts.first("arxiv")) and (arxiv := canonical_arxiv(value)):
        yield "arxiv", arxiv
    if (value := texts.first("doi")) and (doi := canonical_doi(value)):
        yield "doi", doi
    if acl := texts.first("acl"):
        yield "acl", canonical_acl(acl) or acl
    if openreview := texts.first("openreview"):
        yield "openreview", canonical_openreview(openreview) or openreview
    for url in texts.all("url"):
        for found in identifiers_in(url):
            if found.scheme != "citekey":
                yield found.scheme, found.value
    further = [alias[1:] for alias in texts.all("aliases", "alias") if is_citation(alias)]
    own = note.stem[1:] if note.stem.startswith("@") else ""
    for key in (texts.first("citekey").lstrip("@"), own, *further):
        if key:
            yield "citekey", key


def _hints(texts: _Texts, title: str) -> Iterator[str]:
    """Names that are only suggested: the initials of a long title, and author–year as they are written."""
    words = [w for w in _LETTERS.findall(title.rpartition(":")[2]) if w[0].isupper()]
    if len(words) >= CAPITALS_LENGTH:
        yield fold_name("".join(w[0] for w in words))
    authors, year = texts.all("authors", "author"), texts.year
    if authors and year and (first := surname_of(authors[0])):
        for surname in dict.fromkeys((first, unaccented(first))):
            yield f"{surname} {year}"
            yield f"{surname} ({year})"
            yield f"{surname} et al {year}"
            yield f"{surname} et al ({year})"
        if len(authors) == 2 and (second := surname_of(authors[1])):
            yield f"{first} and {second} {year}"
            yield f"{first} and {second} ({year})"


def surname_of(author: str) -> str:
    """The folded surname of an author, `Erika van der Berg` or `Berg, Erika van der`; its last word."""
    words = author.partition(",")[0].split(" and ")[0].split()
    return fold_name(words[-1]) if words else ""


_LETTERS = re.compile(r"[^\W\d_]+")
_YEAR = re.compile(r"\d{4}")

_READ = frozenset(
    (
        "title", "BookTitle", "aliases", "alias", "arxiv", "doi", "acl", "openreview", "url", "citekey",
        "authors", "author", "year", "date",
    )
)  # fmt: skip
_READ_IN_ANY_CASE = {name.casefold(): name for name in _READ}


class _Texts:
    """The values of a note's properties as texts; a number counts as it is written, a nested value as none.

    `arxiv: 1807.10000` without quotes is the number 1807.1 to YAML; its digits are what the person meant.
    """

    # The properties are gone through once, to find what `FrontMatter.get` finds: some twenty questions a note
    # were a sixth of the time of `paper_of`.
    def __init__(self, note: Note) -> None:
        self._text = note.text
        self._found: dict[str, Property] = {}
        others: dict[str, Property] = {}  # in another case, which count where none is in this one
        front = note.understood
        for prop in front.properties if front is not None else ():
            key = prop.key
            if key in _READ:
                self._found[key] = prop
            elif (name := _READ_IN_ANY_CASE.get(key.casefold())) is not None and len(name) == len(key):
                others[name] = prop
        if others:
            self._found = {**others, **self._found}

    def all(self, *names: str) -> list[str]:
        """The texts of the properties of these names."""
        found: list[str] = []
        for name in names:
            prop = self._found.get(name)
            if prop is not None:
                for part in prop.items if isinstance(prop.value, list) else (prop,):
                    value = part.value
                    if isinstance(value, str):
                        found.append(value.strip())
                    elif isinstance(value, int | float) and not isinstance(value, bool):
                        span = part.value_span if isinstance(part, Property) else part.span
                        found.append(span.of(self._text).strip())
        return [text for text in found if text]

    def first(self, name: str) -> str:
        """The first text of a property; empty without one."""
        return next(iter(self.all(name)), "") if name in self._found else ""

    @property
    def year(self) -> str:
        """The year that the properties `year` or `date` tell; empty if none does."""
        year = self.first("year") or self.first("date")[:4]
        return year if _YEAR.fullmatch(year) else ""


def only_tells_otherwise(before: Paper, after: Paper) -> bool:
    """Whether two states of a paper differ in nothing but what they tell of the field (`told`)."""
    return msgspec.structs.replace(before, told=after.told) == after


def known_otherwise(changed: Iterable[tuple[Paper, int]]) -> list[Paper]:
    """The papers, of those that came (1) or went (-1), that may be mentioned or shown otherwise by that."""
    by_path: dict[str, list[tuple[Paper, int]]] = {}
    for paper, by in changed:
        by_path.setdefault(paper.path, []).append((paper, by))
    found: list[Paper] = []
    for states in by_path.values():
        (first, came), (last, went) = states[0], states[-1]
        if not (came == -1 and went == 1 and only_tells_otherwise(first, last)):
            found += (paper for paper, _ in states)
    return found


def words_of_names(paper: Paper) -> Iterator[list[str]]:
    """For each name of a paper the words without which a text can't mention it; for links its file's name."""
    file_name = paper.path.rpartition("/")[2].removesuffix(".md")
    for name in (fold_name(file_name), *(n.folded for n in paper.names), *paper.hints):
        yield word_list(name)
    for scheme, value in paper.ids:
        words = re.findall(r"[^\W_]+", (address_key(value) if scheme == "url" else value).lower())
        longest = max(words[:-1] or words, key=len, default="")  # the last one may go on: `13695v2`
        yield [longest] if longest else []
