"""The authors that one text names: `A and B; C`, `A, B and C`, `Surname, Given and Surname, Given`.

`fm-authors` asks here. A comma may part two authors or a surname from a given name; what has both readings
has none here. Nothing is reordered or expanded: a name stays as it is written.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from vaultsync.core.text.late_pattern import late_pattern


def authors_in(text: str) -> tuple[str, ...] | None:
    """The authors of `text` in their order; None where it can be read in more than one way."""
    text = " ".join(text.split())
    if _LINKS.fullmatch(text):
        return tuple(_LINK.findall(text))
    if not _SEPARATOR.search(text):
        return (text,) if text else None
    if _NOT_IN_NAMES.search(text):
        return None
    groups = [group.strip() for group in re.split("[;；]", text) if group.strip()]
    if len(groups) > 1:
        names = [name.strip() for group in groups for name in _AND.split(group)]
        return _names(names) if all(len(_COMMA.findall(name)) <= 1 for name in names) else None
    return _without_semicolon(groups[0]) if groups else None


def is_open(text: str) -> bool:
    """Whether the text leaves authors out: `Vaswani et al.`, `Vaswani and others`."""
    return _AND_OTHERS.search(text) is not None


_LINK = late_pattern(r"\[\[[^\[\]\n]+\]\]")
_LINKS = late_pattern(rf"{_LINK.pattern}(?:\s*(?:[,;]|\band\b|&|,\s*and\b)\s*{_LINK.pattern})*")
_COMMA = late_pattern("[,，、]")
_AND = late_pattern(r"(?:,|(?<!\s))\s++(?:and|und|&)\s+")
_SEPARATOR = late_pattern(f"{_COMMA.pattern}|[;；]|{_AND.pattern}")
_AND_OTHERS = late_pattern(r"\bet\.? al\b|\band (?:\w+ )?others\b|\bu\. ?a\.|等人?\s*\Z", re.IGNORECASE)
# Years, addresses, affiliations, footnote marks: then the text is no bare list of names.
_NOT_IN_NAMES = late_pattern(r"[0-9@()<>{}\[\]|/:*†‡§\"]")

_PARTICLES = frozenset(
    "af al am av bin ibn ben d da dal de degli dei del della den der des di do dos du e el la las le los op "
    "san st ten ter 't te van vom von y zu zum zur".split()
)
# A word whose first letter, after `d'`, `O'` or an apostrophe, is checked for not being lower case.
_NAME_WORD = late_pattern(r"['’-]?(?:[a-zA-Z]{1,2}['’])?(?P<first>[^\W\d_]).*")
_CJK_NAME = late_pattern("[\u4e00-\u9fff\u3040-\u30ff\uac00-\ud7af·]{2,8}")
_LONGEST = 6


def _without_semicolon(text: str) -> tuple[str, ...] | None:
    groups = [group.strip() for group in _AND.split(text)]
    commas = [len(_COMMA.findall(group)) for group in groups]
    if not any(commas):
        return _names(groups)
    parts = [part.strip() for group in groups for part in _COMMA.split(group) if part.strip()]
    if all(map(_CJK_NAME.fullmatch, parts)):
        return tuple(parts)
    if len(groups) == 1:
        # Of two parts the first may be a surname of two words: `García Márquez, Gabriel José`.
        return tuple(parts) if len(parts) > 2 and all(map(_is_full_name, parts)) else None
    if len(groups) == 2 and commas[1] == 0:  # `A B, C D and E F`
        return tuple(parts) if all(map(_is_full_name, parts)) else None
    if max(commas) == 1 and (len(groups) > 2 or min(commas) == 1):  # BibTeX: only `and` parts authors
        inverted = [group for group, count in zip(groups, commas, strict=True) if count]
        return _names(groups) if all(map(_starts_with_surname, inverted)) else None
    return None


def _names(groups: Sequence[str]) -> tuple[str, ...] | None:
    return tuple(groups) if all(map(_is_name, groups)) else None


def _is_name(text: str) -> bool:
    """Whether the words could be a person's name, as `Institute of Physics` could not."""
    words = _COMMA.sub(" ", text).split()
    return 0 < len(words) <= _LONGEST and all(map(_is_name_word, words)) and not _is_particle(words[-1])


def _is_full_name(text: str) -> bool:
    """Whether it is a given name and a surname, so that no comma can be missing inside it."""
    words = text.split()
    return len(words) > 1 and _is_name(text) and not _is_particle(words[0])


def _starts_with_surname(text: str) -> bool:
    """Whether the words before the comma can't be a full name: one word, or a particle first."""
    words = _COMMA.split(text)[0].split()
    return len(words) == 1 or (bool(words) and _is_particle(words[0]))


def _is_name_word(word: str) -> bool:
    found = _NAME_WORD.fullmatch(word)
    return _is_particle(word) or (found is not None and not found["first"].islower())


def _is_particle(word: str) -> bool:
    return word.strip("'’.") in _PARTICLES or word in _PARTICLES
