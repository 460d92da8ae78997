"""HTML in the fields of references, as plain text; and what stands above or below the line.

Web exports put `&amp;` and `<sub>2</sub>` into every format, BibTeX among them, so each format's text comes
through here last.
"""

from __future__ import annotations

import html
import re

# An element, and no `a<b and c>d`: what stands after its name has to be attributes.
_ELEMENT = r"""<(/?)({})((?:\s+[\w:.-]+\s*=\s*(?:"[^"<>]*"|'[^'<>]*'))*)\s*/?>"""
_BLOCKS = re.compile(
    _ELEMENT.format("p|div|li|ul|ol|br|(?:jats:)?(?:p|title|sec|list|list-item|break)"), re.IGNORECASE
)
_SHIFTED = re.compile(r"<(?:jats:)?(sup|sub)(?:\s[^<>]*)?>([^<>]{0,200})</(?:jats:)?\1\s*>", re.IGNORECASE)
_MARKUP = re.compile(
    _ELEMENT.format("i|b|a|em|strong|tt|code|u|sc|scp|inf|font|small|span|jats:(?!su[bp])[a-z-]+|mml:[a-z]+"),
    re.IGNORECASE,
)
_UNPAIRED = re.compile(_ELEMENT.format("(?:jats:)?su[bp]"), re.IGNORECASE)
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")

_RAISED = dict(zip(
    "0123456789+-−–=()abcdefghijklmnoprstuvwxyzABDEGHIJKLMNOPRTUVWαβγδεθφχ",
    "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵀᵁⱽᵂᵅᵝᵞᵟᵋᶿᵠᵡ",
    strict=True,
))  # fmt: skip
_LOWERED = dict(zip(
    "0123456789+-−–=()aehijklmnoprstuvxβγρφχ", "₀₁₂₃₄₅₆₇₈₉₊₋₋₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓᵦᵧᵨᵩᵪ", strict=True
))  # fmt: skip
_AROUND_SIGN = re.compile(r"(?:(?<!\s)\s++)?([-+=−–])\s*")
_ORDINAL = re.compile(r"(?:st|nd|rd|th|e|er|re|ère|ème|eme|nde|a|o|os|as)", re.IGNORECASE)
_SIGNS = {"∘": "°", "◦": "°", "TM": "™", "SM": "℠"}


def unmarked(text: str) -> str:
    """`text` without HTML: its elements may part paragraphs or raise a number (`10<sup>5</sup>` is 10⁵)."""
    if "<" in text:
        text = _MARKUP.sub("", _BLOCKS.sub("\n\n", text))
        text = _UNPAIRED.sub("", _SHIFTED.sub(_shifted, text))
    return unescaped(text)


def unescaped(text: str) -> str:
    """`text` with its HTML entities as the characters that they stand for; `AT&T` has none."""
    return _ENTITY.sub(lambda found: html.unescape(found[0]), text) if "&" in text else text


def raised(inner: str, before: str = "") -> str | None:
    """`inner` above the line, after the character `before`; None where Unicode lacks what it takes.

    `th` after a digit is written as anybody writes it, a sign is raised by itself (`°`, `′`, `*`).
    """
    inner = inner.strip()
    if before.isdigit() and _ORDINAL.fullmatch(inner):
        return inner
    return _placed(inner, _RAISED)


def lowered(inner: str) -> str | None:
    """`inner` below the line; None where Unicode lacks what it takes."""
    return _placed(inner.strip(), _LOWERED)


def held(inner: str) -> str:
    """`inner` so that it stays together after a `^` or a `_`."""
    return inner if len(inner) == 1 else f"({inner})"


def _placed(inner: str, table: dict[str, str]) -> str | None:
    inner = _AROUND_SIGN.sub(r"\1", inner)
    if table is _RAISED and inner in _SIGNS:
        return _SIGNS[inner]
    if all(char in table or char == "." for char in inner):
        return "".join(table.get(char, char) for char in inner)
    sign = table is _RAISED and not any(char.isalnum() or char in "()+-= " for char in inner)
    return inner if sign else None


def _shifted(found: re.Match[str]) -> str:
    inner = unescaped(found[2])
    if found[1].lower() == "sup":
        placed = raised(inner, found.string[max(found.start() - 1, 0) : found.start()])
        return placed if placed is not None else f"^{held(inner)}"
    placed = lowered(inner)
    return placed if placed is not None else f"_{held(inner)}"
