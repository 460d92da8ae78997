"""Whether a note shows that an acronym means something else in it than the paper that is known by it.

A name of capitals that a person declared (`DPR`) is taken at its word, letter for letter. But few letters
have many meanings, so a reader takes back that trust where the note itself speaks against it:

- it spells the letters out as something else: `Definite Pronoun Resolution (DPR)`;
- it is older than the paper: what was written in 2019 means no paper of 2020.

Then the name is weak, and a suggestion. What is *called* a data set, a method or a model tells nothing: `the
XYZ benchmark` mostly is the paper that made it known.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from vaultsync.core.papers.paper import Paper
from vaultsync.core.text.folding import fold_name, word_list
from vaultsync.core.text.tokens import is_function_word

SHARED = 4
"""Letters by which a spelled-out word begins as one of the title does (`resolve`, `resolution`)."""

_ACRONYM = r"(?P<acronym>[A-Z][A-Z0-9-]{0,8}[A-Z0-9])s?"
_BEFORE = re.compile(rf"\(\s*[\"“*_]*{_ACRONYM}[\"”*_]*\s*[);,]")
_AFTER = re.compile(rf"(?<![\w-]){_ACRONYM}[\"”*_]*\s+\(\s*(?P<words>[^()\n]{{5,120}}?)\s*[);]")
_WORD = re.compile(r"[^\W\d_]+")


def is_acronym(written: str) -> bool:
    """Whether a name has no small letter: few letters, and others use them, too."""
    return written.isupper() and not any(map(str.isspace, written))


def spelled_out(text: str, start: int) -> dict[str, frozenset[str]]:
    """The acronyms, folded, that a text spells out from `start` on: each with the folded words."""
    found: dict[str, set[str]] = {}
    for match in _BEFORE.finditer(text, start):
        before = text[max(match.start() - 160, start) : match.start()].rpartition("\n")[2]
        if words := _initialled(match["acronym"], _WORD.findall(before)[::-1]):
            found.setdefault(fold_name(match["acronym"]), set()).update(words)
    for match in _AFTER.finditer(text, start):
        words = _WORD.findall(match["words"])
        matched = _initialled(match["acronym"], words[::-1])
        if matched and len(matched) == sum(not is_function_word(word.lower()) for word in words):
            found.setdefault(fold_name(match["acronym"]), set()).update(matched)
    return {acronym: frozenset(words) for acronym, words in found.items()}


def _initialled(acronym: str, backwards: Iterable[str]) -> list[str]:
    """The last words, folded, whose initials the letters are; none if they are others."""
    letters = [c.lower() for c in acronym if c.isalpha()]
    words: list[str] = []
    for word in backwards:
        if not letters:
            break
        if word[0].lower() == letters[-1]:
            letters.pop()
            words.append(fold_name(word))
        elif not is_function_word(word.lower()):
            return []
    return words if not letters else []


def is_of_another(acronym: str, words: Iterable[str], paper: Paper) -> bool:
    """Whether neither the acronym nor a word that it stands for is in the paper's title or longer aliases."""
    texts = (fold_name(paper.title), *(name.folded for name in paper.names if " " in name.folded))
    own = {word for text in texts for word in word_list(text)}
    return acronym not in own and {word[:SHARED] for word in words}.isdisjoint(word[:SHARED] for word in own)


def is_older(date: str, paper: Paper) -> bool:
    """Whether a note of that date was written before the year, or the month, in which the paper came out."""
    return bool(date and paper.since) and date[: len(paper.since)] < paper.since
