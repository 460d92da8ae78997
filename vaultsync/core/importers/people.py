"""The people of a reference, first name first: BibTeX's `author` field, and names in parts as CSL has them.

BibTeX's rules ("Tame the BeaST", 10–11) give a wrong person where somebody wrote a list of his own making:
to BibTeX, `Jane Doe, Richard Roe, Max Muster` is one Max Muster with a "Richard Roe" as his Jr. Such a field
is read as the list that it can only be, or stays as it is written, and is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import msgspec

from vaultsync.core.importers.latex import decoded
from vaultsync.core.importers.markup import unescaped
from vaultsync.core.importers.record import one_line
from vaultsync.core.papers.authors import authors_in


class People(msgspec.Struct, frozen=True):
    """The names; whether the list goes on (`and others`, `et al.`); and those that can't be told apart."""

    names: tuple[str, ...] = ()
    cut: bool = False
    doubtful: tuple[str, ...] = ()


def people_in(value: str) -> People:
    """The people that a BibTeX or BibLaTeX field names."""
    names: list[str] = []
    doubtful: list[str] = []
    cut = False
    for raw in _split(unescaped(" ".join(value.split())), _AND):
        text, cut_here = _without_others(raw)
        cut = cut or cut_here
        found = _one_or_more(text) if text else ()
        if found is None:
            whole = one_line(decoded(text))
            doubtful.append(whole)
            found = (whole,)
        cut = cut or any(map(_NOBODY.fullmatch, found))
        names += (name for name in found if name and not _NOBODY.fullmatch(name))
    return People(tuple(names), cut, tuple(doubtful))


def full_name(*, given: str = "", particles: Sequence[str] = (), family: str = "", suffix: str = "") -> str:
    """A name of its parts: `Jean d'Aubin`, `Zaid al-Hakim`; family name first in Chinese, Japanese, Korean.

    A particle that ends in an apostrophe or a hyphen is joined to what follows (CSL 1.0.2, "Names").
    """
    if given and family and not any(particles) and _CJK.fullmatch(given) and _CJK.fullmatch(family):
        return family + given + (f" {suffix}" if suffix else "")
    name = family
    for particle in reversed([part.strip() for part in particles if part.strip()]):
        name = f"{particle}{'' if particle[-1] in _JOINING else ' '}{name}"
    return " ".join(filter(None, (given, name, suffix)))


_CJK = re.compile("[\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\u3040-\u30ff\uac00-\ud7af·]+")
_JOINING = "'’ʼ-‐"
_AND = re.compile(r"\\.|[{}]|(?:(?<=\s)|^)(?P<split>and)(?=\s|$)", re.IGNORECASE | re.DOTALL)
_COMMA = re.compile(r"\\.|[{}]|(?P<split>,)", re.DOTALL)
_OTHERS = re.compile(
    r"(?:^|(?<![\s,;])[\s,;]++)(?:\{?et\.?[ ~]*al\.?\}?|and others|u\.[ ~]?a\.|等)[\s,;]*$", re.IGNORECASE
)
# BibLaTeX's extended format of names: `family=Beethoven, given=Ludwig, prefix=van, useprefix=true`.
_SYNTAX = re.compile(r"[,;&=\\{}~$<`'!?-]")
_NOBODY = re.compile(r"et\.? al\.?|others", re.IGNORECASE)  # `{al}, Et`
_LABELLED = re.compile(
    r"(?:^|,)\s*((?:given|prefix|family|suffix)(?:-i)?|use\w+|id)\s*=\s*((?:[^{},]|\{[^{}]*\})*)",
    re.IGNORECASE,
)
# After the family name alone only what is no given name: `Strauss, M. D.` and `Krstelj, V.` have initials.
_SUFFIX = re.compile(r"(?:jn?r|sn?r|esq|ii|iii|iv)\.?", re.IGNORECASE)
_DEGREE = re.compile(
    r"(?:jn?r|sn?r|esq|ii|iii|iv|v|2nd|3rd|4th|ph\.?\s?d|m\.?\s?d|m\.?\s?sc|s\.?j|o\.?s\.?b)\.?",
    re.IGNORECASE,
)
_INITIALS = re.compile(r"(?:[^\W\d_]\.[\s-]*)+|[^\W\d_a-z]{1,2}|(?:[^\W\d_a-z]\s)+[^\W\d_a-z]")
_INITIALED = re.compile(r"(?:[^\W\d_]\.[\s-]*)+[^\W\d_]{2}.*")
_SURNAME_INITIALS = re.compile(r"((?:[^\W\d_]+[\s'’-]){0,3}[A-Z]*+[^\W\d_][^\W\d_]*+) ([A-Z]{1,3})")


def _split(text: str, pattern: re.Pattern[str]) -> list[str]:
    """`text` parted where `pattern` says so outside of groups, each part trimmed."""
    parts: list[str] = []
    depth = start = 0
    for found in pattern.finditer(text):
        if found["split"] is not None:
            if not depth:
                parts.append(text[start : found.start()].strip())
                start = found.end()
        elif found[0] == "{":
            depth += 1
        elif found[0] == "}":
            depth = max(depth - 1, 0)
    return [*parts, text[start:].strip()]


def _without_others(raw: str) -> tuple[str, bool]:
    if raw.strip("{}. ").lower() in ("others", "et al"):
        return "", True
    found = _OTHERS.search(raw)
    return (raw[: found.start()].strip(), True) if found else (raw, False)


def _one_or_more(raw: str) -> Sequence[str] | None:
    """The names of what stands between two `and`: one, or a list; None where it can't be told."""
    if not _SYNTAX.search(raw):
        return (raw,)  # as most names are
    if _LABELLED.match(raw):
        return (_labelled(raw),)
    parts = [one_line(decoded(part)) for part in _split(raw, _COMMA)]
    if raw.startswith("{") and len(parts) == 1:
        return parts
    while len(parts) > 1 and not parts[-1]:
        parts.pop()
    outside = one_line(decoded(_outside(raw)))
    if re.search(r" & |;(?:\s|$)", outside):
        return _listed(", ".join(parts))
    if len(parts) == 1:
        return parts
    if len(parts) == 2:
        if _SUFFIX.fullmatch(parts[1]):
            return (" ".join(parts),)
        if all(map(_INITIALED.fullmatch, parts)) or all(map(_SURNAME_INITIALS.fullmatch, parts)):
            return [_turned(part) for part in parts]
        return (full_name(given=parts[1], family=parts[0]),)
    if len(parts) == 3 and (suffix := next((p for p in parts[1:] if _DEGREE.fullmatch(p)), "")):
        given = parts[2] if suffix is parts[1] else parts[1]
        return (full_name(given=given, family=parts[0], suffix=suffix),)
    return _list_of(parts)


def _list_of(parts: Sequence[str]) -> Sequence[str] | None:
    """The names in parts between commas, which BibTeX does not know."""
    surnames, givens = parts[::2], parts[1::2]
    if len(surnames) == len(givens) and all(map(_INITIALS.fullmatch, givens)):
        if not any(map(_INITIALS.fullmatch, surnames)):
            return [full_name(given=g, family=s) for s, g in zip(surnames, givens, strict=True)]
        return None
    if all(map(_SURNAME_INITIALS.fullmatch, parts)):
        return [_turned(part) for part in parts]
    if any(map(_INITIALS.fullmatch, parts)) or any(map(_SURNAME_INITIALS.fullmatch, parts)):
        return None
    return authors_in(", ".join(parts))


def _listed(text: str) -> Sequence[str] | None:
    """The names of a list with `&` or semicolons; a lone word beside `&` is part of a firm's name."""
    if ";" in text:
        names = [name.strip() for name in text.split(";") if name.strip()]
        if not all(0 < len(name.split()) <= 6 and name.count(",") <= 1 for name in names):
            return None
    else:
        names = list(authors_in(text) or ())
        if not all(" " in name for name in names):
            return None
    return [_turned(name) for name in names] or None


def _turned(name: str) -> str:
    """A name of a list that has its own order, first name first."""
    if found := _SURNAME_INITIALS.fullmatch(name):
        return f"{found[2]} {found[1]}"
    family, comma, given = (part.strip() for part in name.partition(","))
    return full_name(given=given, family=family) if comma else name


def _labelled(raw: str) -> str:
    part = {found[1].lower(): one_line(decoded(found[2])) for found in _LABELLED.finditer(raw)}
    return full_name(
        given=part.get("given", ""),
        particles=(part.get("prefix", ""),),
        family=part.get("family", ""),
        suffix=part.get("suffix", ""),
    )


def _outside(raw: str) -> str:
    """What of `raw` stands in no group."""
    return "".join(_outside_pieces(raw))


def _outside_pieces(raw: str) -> Iterator[str]:
    depth = start = 0
    for found in _GROUPING.finditer(raw):
        if found[0] == "{":
            if not depth:
                yield raw[start : found.start()]
            depth += 1
        elif found[0] == "}" and depth:
            depth -= 1
            start = found.end()
    if not depth:
        yield raw[start:]


_GROUPING = re.compile(r"\\.|[{}]", re.DOTALL)
