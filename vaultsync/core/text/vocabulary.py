"""Which words a text has, and which stand side by side: a paper is looked for only where it can be mentioned.

A vocabulary is the folded words of a text in their order and nothing else of it, so that phrases are found by
one automaton. Checksums of all words and pairs took less room, and four times as long to make.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from ahocorasick_rs import BytesAhoCorasick

from vaultsync.core.text.folding import FIRST_CJK, word_list
from vaultsync.core.text.late_pattern import late_pattern


def vocabulary_of(folded: Iterable[str]) -> bytes:
    """The vocabulary of folded texts: their words with one blank between them, a line for each text."""
    return b"\n".join(b" %b " % b" ".join(filter(None, map(_words, _pieces(text)))) for text in folded)


_PIECE = 200_000  # characters: all words of a text of 5 MB took 150 MB
_BETWEEN = late_pattern(r"[\W\u3041-\u9fff]")  # a CJK character is a word


def _pieces(text: str) -> Iterator[str]:
    """The text in pieces that end between two words."""
    at = 0
    while at < len(text):
        end = m.start() if (m := _BETWEEN.search(text, at + _PIECE)) else len(text)
        yield text[at:end]
        at = end


_APART = bytes(i if i >= 128 or chr(i).isalnum() else 32 for i in range(256))


def _bytes(text: str) -> bytes:
    return text.encode(errors="surrogatepass")


_RUN_OF_BLANKS = re.compile(b"  +")
_NOT_ASCII = re.compile(rb"[\x80-\xff][^ ]*")


def _words(text: str) -> bytes:
    """The words of a text, as bytes, since most are ASCII; those that are not are cut once more."""
    apart = _bytes(text).translate(_APART)
    if text.isascii():
        return _RUN_OF_BLANKS.sub(b" ", apart.strip())  # (to cut and join the words took three times as long)
    words: list[bytes] = []
    done = 0
    for rest in _NOT_ASCII.finditer(apart):  # few of them: the text between is cut at once
        start = apart.rfind(b" ", done, rest.start()) + 1 or done
        word = apart[start : rest.end()].decode(errors="surrogatepass")
        if word.isalnum() and max(word) < FIRST_CJK:  # one word, as most: cut with the text around it
            continue
        words.append(apart[done:start])
        words += map(_bytes, word_list(word))
        done = rest.end()
    return _RUN_OF_BLANKS.sub(b" ", b" ".join((*words, apart[done:])).strip())


class Phrases:
    """Phrases, as their words, that are looked for in vocabularies all at once.

    The words follow each other there, the last one perhaps in the plural (`rnn`, `rnns`). A phrase without
    words may be anywhere.
    """

    def __init__(self, phrases: Iterable[Sequence[str]]) -> None:
        known = {" ".join(words) for words in phrases}
        self._anywhere = "" in known
        forms = [_bytes(f" {words}{ending} ") for words in sorted(known) for ending in ("", "s")]
        self._search = BytesAhoCorasick(forms) if forms else None

    def any_in(self, vocabulary: bytes) -> bool:
        """Whether the text has one of the phrases."""
        if self._anywhere or self._search is None:
            return self._anywhere
        return bool(self._search.find_matches_as_indexes(vocabulary))
