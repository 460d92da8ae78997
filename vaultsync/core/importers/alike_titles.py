"""Whether two titles may be one paper's: enough only together with something else that says so.

Alike are titles of the same words in the same order but for articles and small prepositions, the plural's `s`
and one slip of the pen; and a title and the same with a subtitle. Words that turn the meaning (`without`,
`not`), numbers, and what makes another text of it (`Part II`, `Reply`) are never small.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from vaultsync.core.links.title_index import is_slip, key_of
from vaultsync.core.papers.common_words import is_common_word

SLIP_WORDS = 4
"""Words that a title must have for one of them to be taken for a typing error."""

MAIN_WORDS = 3
"""Words from which on a main title tells the paper, if all of them are common ones."""

_WORD = re.compile(r"[^\W_]+")
_ENDS_MAIN = re.compile(r"[:：？！;—(|]|[.?!][\"'”’]*\s|--|\s[-–]\s")
_SMALL = frozenset(
    """
    a an the and of in on at for via using der die das den dem des ein eine einer eines einem einen und
    im am von vom für zur zum le la les l un une des de du et en dans pour el los las y para
    """.split()
)
_ANOTHER_TEXT = frozenset(
    """
    addendum answer appendix chapter comment commentary correction corrigendum demo discussion episode
    errata erratum lecture note part poster rejoinder reply response retraction review slide supplement
    supplementary talk teil tutorial vol volume i ii iii iv v vi vii viii ix x
    """.split()
)
"""Words, as `key_of` gives them, that make a part of a work or a text about it of a title."""


class Title(msgspec.Struct, frozen=True):
    """A title as it is compared: its words without small ones, and where a main title may end."""

    words: tuple[str, ...]
    ends: frozenset[int]


def title_words(text: str) -> Title:
    """The words of a title by which it is compared."""
    words: list[str] = []
    ends: set[int] = set()
    after = 0
    for found in _WORD.finditer(text):
        if words and _ENDS_MAIN.search(text, after, found.start()):
            ends.add(len(words))
        after = found.end()
        key = key_of(found[0])
        if key not in _SMALL:
            words.append(key)
    return Title(tuple(words), frozenset(ends))


def are_alike(one: Title, other: Title) -> bool:
    """Whether the two may be one paper's title."""
    if _same(one.words, other.words):
        return True
    short, long = sorted((one, other), key=lambda title: sum(map(len, title.words)))
    return _tells(short.words) and any(
        _same(short.words, long.words[:end]) and _is_subtitle(long.words[end:]) for end in _ends(short, long)
    )


def _ends(short: Title, long: Title) -> list[int]:
    """Where the main title of `long` may end, if it is `short`: as many letters, but for a slip."""
    letters = sum(map(len, short.words))
    found, sofar = [], 0
    for number, word in enumerate(long.words, 1):
        sofar += len(word)
        if number in long.ends and abs(sofar - letters) < 2:
            found.append(number)
    return found


def _same(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether the words are the same: joined (`pre-training`), or but for one slip of the pen."""
    if not one or not other:
        return False
    if "".join(one) == "".join(other):
        return True
    if len(one) != len(other) or len(one) < SLIP_WORDS:
        return False
    unlike = [pair for pair in zip(one, other, strict=True) if pair[0] != pair[1]]
    return len(unlike) == 1 and is_slip(*unlike[0])


def _tells(words: Sequence[str]) -> bool:
    """Whether a main title is more than `Introduction` or `Deep Learning`."""
    return len(words) >= MAIN_WORDS or not all(map(is_common_word, words))


def _is_subtitle(words: Sequence[str]) -> bool:
    return not any(word in _ANOTHER_TEXT or word.isdecimal() for word in words)
