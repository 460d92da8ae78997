"""Whether what stands around a name of a paper says that another is meant, or keeps it from being a link.

`Muster, 2020` is a name of a paper by Muster (`papers.paper`), and none where it is the end of `Doe & Muster,
2020`, or the text of a link to another paper's address. A title is the beginning or the end of many others:
`Zebra Stripes for Fast Learners`, `Dancing Zebra Stripes`. Used by `candidates`, before anything counts as
evidence, and by `recognition`, before anything is suggested.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from vaultsync.core.markdown import TextBlock
from vaultsync.core.papers.common_words import is_common_word
from vaultsync.core.papers.identifiers import Identifier, identifiers_in
from vaultsync.core.papers.paper import Identified
from vaultsync.core.text.late_pattern import late_pattern
from vaultsync.core.text.spans import Span

BEFORE = 80
"""Characters before a citation in which another author is looked for."""

LONGEST_TITLE = 200
"""Characters before and after a title in which it may go on."""

LONGEST_ADDRESS = 400
"""Characters of a link's address that are looked at."""

_AUTHOR_BEFORE = late_pattern(
    r"""(?<![\w'’.-])(?P<name>[^\W\d_])[\w'’.-]*
        (?:\s*(?P<comma>,)(?!\s*(?:&|\\&|and\s|und\s))|\s*(?:,\s*)?(?:&|\\&)|\s*[、和与與]|,?\s+(?:and|und|et|y|en|och|og)(?=\W))
        [\s\[(*_]*(?:[^\W\d_][\w'’.-]*\s+){0,2}\Z""",
    re.VERBOSE,
)
_ONE_A_PAPER = frozenset(("arxiv", "acl"))
"""A paper has one of these at the most; DOIs of its own have a preprint, a version and a dataset."""

_AND_OTHERS = late_pattern(r"\bet\.?\s+al\b|\bu\.\s*a\.", re.IGNORECASE)


_UNIT_END = late_pattern(r"""[.;!?]\s|[:,()\[\]|"“”„«»*`<>{}=~$\n\u2014]|\s[–-]+\s|(?<!\w)_|_(?!\w)""")
_SUBTITLE = late_pattern(r"""(?:\s*:|\s[–-]+|\s*\u2014)\s+(?P<words>[^.;:!?()\[\]|"“”„«»*`<>{}=~$\n]+)""")
_WORD = late_pattern(r"[^\W_][\w'’-]*|&")
_AND = frozenset("and or & vs versus at by than".split())
_APART = _AND.union("und oder see".split())
"""What stands between two things of a list, or before what is no part of a title: a place, an author."""
_JOINS = frozenset(
    """
    a an as be but can do for from if in into is it its not of on over the their to under up upon using via
    what when where which with within without through toward towards between beyond across against are you
    your we our
    """.split()
)
"""English words that a title has in small letters: those of another language's title are its nouns."""
_ABOUT = frozenset(
    """
    paper papers poster posters talk talks session sessions tutorial workshop keynote oral spotlight lecture
    demo slides video code title topic reading book article preprint notes note comment comments award best
    vortrag folien artikel kommentar
    """.split()
)
"""Words for what a title is a title of; they belong to no title."""
_NO_CONTENT = _JOINS | _ABOUT | _APART
_OPENERS = frozenset(
    """
    would will could should shall may might must does did has have had was were also again still maybe perhaps
    however so then now here there if because since while although like unlike compare read reading try cites
    """.split()
)
"""Words that begin a sentence more often than a title, and have a capital there all the same."""


def is_in_longer_title(text: str, span: Span, within: Span) -> bool:
    """Whether a title goes on in Title Case before or after these words, as far as the stretch `within` goes.

    `Zebra Stripes for Fast Learners`, `Dancing Zebra Stripes`, `Zebra Stripes: How Owls Count Them`; not `the
    Zebra Stripes paper`, `Doe's Zebra Stripes` or `Zebra Stripes in Vienna`.
    """
    end = min(within.end, span.end + LONGEST_TITLE)
    stop = _UNIT_END.search(text, span.end, end)
    after = _WORD.findall(text, span.end, stop.start() if stop else end)
    if _goes_on(after):
        return True
    found = _SUBTITLE.match(text, span.end, end)
    if found is not None and len(_content(words := _WORD.findall(found["words"]))) > 2 and _is_title(words):
        return True
    start = max(within.start, span.start - LONGEST_TITLE)
    stops = [m.end() for m in _UNIT_END.finditer(text, start, span.start)]
    before = _WORD.findall(text, stops[-1] if stops else start, span.start)
    if len(before) == 1 and before[0].lower() in _OPENERS:
        return False
    return _leads_in(before)


def _goes_on(after: list[str]) -> bool:
    """Whether these words continue a title: `for Fast Learners`, `Made Easy`, `on Manifolds`."""
    if not after or after[0].lower() in _APART or not _is_title(after):
        return False
    content = _content(after)
    return len(content) > 1 or (len(content) == 1 and is_common_word(content[0].lower()))


def _leads_in(before: list[str]) -> bool:
    """Whether these words begin a title: `Dancing`, `Improved Baselines with`."""
    cut = max((i + 1 for i, word in enumerate(before) if word.lower() in _APART), default=0)
    before = before[cut:]
    if not before or not _is_title(before):
        return False
    content = _content(before)
    if before[-1].lower() in _JOINS:
        return len(content) > 1
    last = before[-1]
    return bool(content) and content[-1] == last and last[1:].islower() and not last.endswith(("'s", "’s"))


def _is_title(words: list[str]) -> bool:
    """Whether all but joining words begin with a capital or a digit."""
    return all(word[0].isupper() or word[0].isdigit() or word in _JOINS or word in _AND for word in words)


def _content(words: list[str]) -> list[str]:
    return [word for word in words if word.lower() not in _NO_CONTENT]


def joined_to(text: str, span: Span, start: int = 0) -> str:
    """What joins these authors to one who stands before them, from `start` on: `&`, `,` or nothing.

    `&`, for any word that means it, leaves no doubt (`Doe & Erika Muster, 2020`); what stands before a comma
    may be no name. With `et al.` the first author is named: what stands before is another citation.
    """
    if _AND_OTHERS.search(span.of(text)):
        return ""
    found = _AUTHOR_BEFORE.search(text, max(start, span.start - BEFORE), span.start)
    if found is None or found["name"].islower():
        return ""
    return found["comma"] or "&"


def address_of(text: str, link_text: tuple[int, int] | None) -> Iterator[Identifier]:
    """The identifiers that only one paper has, in the address of the Markdown link with this text."""
    if link_text is None or text[link_text[1] : link_text[1] + 2] != "](":
        return
    end = text.find(")", link_text[1], link_text[1] + LONGEST_ADDRESS)
    found = identifiers_in(text, link_text[1] + 2, end) if end > 0 else ()
    yield from (one for one in found if one.scheme in _ONE_A_PAPER)


def lead_elsewhere(addresses: Iterable[Identifier], ids: Iterable[Identified]) -> bool:
    """Whether a link's address is that of another paper than the one with the identifiers `ids`.

    An address of a kind that the paper has none of says nothing: its preprint may be at an address that
    nobody wrote down.
    """
    found = {(one.scheme, one.value) for one in addresses}
    own = set(ids) if found else set[Identified]()
    return own.isdisjoint(found) and not {scheme for scheme, _ in own}.isdisjoint(s for s, _ in found)


# A link behind these would be none, an embed or a footnote, or lead to `[x`: `\[[x]]`, `![[x]]`, `^[[x]]`,
# `[[[x]]`, of which readers take the first two brackets.
_SPOILS_LINK = re.compile(r"(?<!\\)(?:\\\\)*[\\!^\[]\Z")
_SPOILERS = frozenset("\\!^[")

# Markup that a link's text would show as it is written, or that would be cut in two.
_MARKUP = re.compile(r"[*`$\[\]|\\<>]|==|~~|(?<![^\W_])_|_(?![^\W_])")


def is_linkable(text: str, span: Span, block: TextBlock | None) -> bool:
    """Whether the words can be made a link where they stand."""
    if block is not None and block.kind == "heading":
        return False
    words = span.of(text)
    if "\n" in words or _MARKUP.search(words):
        return False
    before = text[span.start - 1 : span.start]
    return before not in _SPOILERS or not _SPOILS_LINK.search(text, max(span.start - 40, 0), span.start)
