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
from collections.abc import Iterable, Sequence

from vaultsync.core.papers.commonness import pairs_in, told_by
from vaultsync.core.papers.paper import Paper
from vaultsync.core.text.folding import fold_name, word_list
from vaultsync.core.text.tokens import is_function_word

SHARED = 5
"""Letters by which a spelled-out word begins as one of the title does (`resolve`, `resolution`)."""

Phrase = tuple[str, ...]
"""The folded words that an acronym stands for, without those that only join them."""

_REST = r"[A-Z0-9-]{0,8}[A-Z0-9])s?"
_BEFORE = re.compile(rf"\(\s*[\"“*_]*(?P<acronym>[A-Z]{_REST}[\"”*_]*\s*[);,]")
# (What may not stand before it comes second, so that the search looks at capitals only. Blanks belong to one
# part alone, or are few: a line of thousands would be tried at each of them.)
_AFTER = re.compile(
    rf"(?P<acronym>[A-Z](?<![\w-].){_REST}[\"”*_]*\s+\(\s*+(?P<words>[^()\n]{{5,120}}?)\s{{0,9}}[);]"
)
_WORD = re.compile(r"[^\W\d_]+")


def is_acronym(written: str) -> bool:
    """Whether a name has no small letter: few letters, and others use them, too."""
    return written.isupper() and not any(map(str.isspace, written))


def spelled_out(text: str, start: int) -> dict[str, tuple[Phrase, ...]]:
    """The acronyms, folded, that a text spells out from `start` on."""
    found: dict[str, dict[Phrase, None]] = {}
    for match in _BEFORE.finditer(text, start):
        before = text[max(match.start() - 160, start) : match.start()].rpartition("\n")[2]
        if words := _initialled(match["acronym"], _WORD.findall(before)):
            found.setdefault(fold_name(match["acronym"]), {})[words] = None
    for match in _AFTER.finditer(text, start):
        inside = _WORD.findall(match["words"])
        words = _initialled(match["acronym"], inside)
        if words and len(words) == sum(not is_function_word(word.lower()) for word in inside):
            found.setdefault(fold_name(match["acronym"]), {})[words] = None
    return {acronym: tuple(phrases) for acronym, phrases in found.items()}


def _initialled(acronym: str, words: Sequence[str]) -> Phrase:
    """The last words, folded, whose initials the letters are; none if they are others."""
    letters = [c.lower() for c in acronym if c.isalpha()]
    found: list[str] = []
    for word in reversed(words):
        if not letters:
            break
        if word[0].lower() == letters[-1]:
            letters.pop()
            found.append(fold_name(word))
        elif not is_function_word(word.lower()):
            return ()
    return tuple(reversed(found)) if not letters else ()


def is_of_another(acronym: str, phrases: Iterable[Phrase], paper: Paper) -> bool:
    """Whether what the acronym stands for is not the paper.

    It is the paper's if half of the words are in the title or the longer aliases, or two of them side by side
    in the title or abstract; and whatever it stands for where the title itself has the acronym.
    """
    texts = (fold_name(paper.title), *(name.folded for name in paper.names if " " in name.folded))
    own = {word for text in texts for word in word_list(text)}
    if acronym in own:
        return False
    begins = {_stem(word) for word in own}
    return any(
        2 * sum(_stem(word) in begins for word in phrase) < len(phrase)
        and not any(pair in paper.told for pair in pairs_in(told_by(" ".join(phrase), "")))
        for phrase in phrases
    )


def _stem(word: str) -> str:
    return word.removesuffix("s")[:SHARED]


def is_older(date: str, paper: Paper) -> bool:
    """Whether a note of that date, or year, is older than the paper's year or month."""
    known = min(len(date), len(paper.since))
    return date[:known] < paper.since[:known]
