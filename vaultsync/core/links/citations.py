"""Authors with a year, where they stand: whether what is around them says that another paper is meant.

`Muster, 2020` is a name of a paper by Muster (`papers.paper`), and none where it is the end of `Doe & Muster,
2020`, or the text of a link to another paper's address. Used by `candidates`, before anything counts as
evidence, and by `recognition`, before anything is suggested.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from vaultsync.core.papers.identifiers import Identifier, identifiers_in
from vaultsync.core.papers.paper import Identified
from vaultsync.core.text.late_pattern import late_pattern
from vaultsync.core.text.spans import Span

BEFORE = 80
"""Characters before a citation in which another author is looked for."""

LONGEST_ADDRESS = 400
"""Characters of a link's address that are looked at."""

_AUTHOR_BEFORE = late_pattern(
    r"""(?P<name>[^\W\d_])[\w'’.-]*
        (?:\s*(?P<comma>,)(?!\s*(?:&|\\&|and\s|und\s))|\s*,?\s*(?:&|\\&)|\s*[、和与與]|,?\s+(?:and|und|et|y|en|och|og)(?=\W))
        [\s\[(*_]*(?:[^\W\d_][\w'’.-]*\s+){0,2}\Z""",
    re.VERBOSE,
)
_ONE_A_PAPER = frozenset(("arxiv", "acl"))
"""A paper has one of these at the most; DOIs of its own have a preprint, a version and a dataset."""

_AND_OTHERS = late_pattern(r"\bet\.?\s+al\b|\bu\.\s*a\.", re.IGNORECASE)


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
