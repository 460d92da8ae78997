"""A quote's Markdown as HTML: emphasis, code and math; everything else is text, and shown as such.

What a note says may be a stranger's, and a report is opened in a browser: no tag, attribute or address of a
quote ever gets into the page. A quote comes from `flatten`, so it has no link, comment or block of its own.
"""

from __future__ import annotations

import re
from html import escape

_TOKEN = re.compile(
    r"""
    \\(?P<escaped>[!-/:-@\[-`{-~])
  | (?<!`)(?P<ticks>`++)(?P<code>.+?)(?<!`)(?P=ticks)(?!`)
  | \$\$(?P<display>[^$]+)\$\$
  | \$(?!\s)(?P<math>(?:[^$\\]|\\.)+?)(?<!\s)\$(?!\d)
  | <(?P<element>sub|sup)>(?P<inner>[^<>]*)</(?P=element)>
  | (?P<marks>\*{1,3}|_{1,3}|~~|==)
    """,
    re.VERBOSE | re.DOTALL,
)
_ELEMENTS = {
    **dict.fromkeys(("*", "_"), ("em",)),
    **dict.fromkeys(("**", "__"), ("strong",)),
    **dict.fromkeys(("***", "___"), ("strong", "em")),
    "~~": ("s",),
    "==": ("mark",),
}

LONGEST = 2_000
"""Characters of a quote that are shown: no bullet that a person typed has more."""


def inline_html(quote: str) -> str:
    """The quote as the content of a paragraph. Marks without a partner stay as they are written."""
    if len(quote) > LONGEST:
        quote = f"{quote[:LONGEST].rsplit(' ', 1)[0]} …"
    pieces: list[str] = []
    opened: list[tuple[str, int]] = []
    place = 0
    for token in _TOKEN.finditer(quote):
        pieces.append(escape(quote[place : token.start()], quote=False))
        place = token.end()
        if marks := token["marks"]:
            _mark(quote, token, marks, pieces, opened)
        else:
            pieces.append(_plain(token))
    pieces.append(escape(quote[place:], quote=False))
    return "".join(pieces)


def _plain(token: re.Match[str]) -> str:
    if token["escaped"]:
        return escape(token["escaped"], quote=False)
    if token["code"]:
        return f"<code>{escape(token['code'].strip(), quote=False)}</code>"
    if token["element"]:
        return f"<{token['element']}>{escape(token['inner'], quote=False)}</{token['element']}>"
    from vaultsync.core.importers.latex import decoded  # with all importers, which hardly a report needs

    tex = token["display"] or token["math"]
    spelled = decoded(f"${tex}$")  # `α²`; what has no form in one line stays TeX
    return f'<span class="math">{escape(tex if "$" in spelled else spelled, quote=False)}</span>'


def _mark(
    quote: str, token: re.Match[str], marks: str, pieces: list[str], opened: list[tuple[str, int]]
) -> None:
    """Close what these marks opened, else open it; `opened` holds the marks and their places in `pieces`."""
    before = quote[token.start() - 1] if token.start() else " "
    after = quote[token.end()] if token.end() < len(quote) else " "
    in_word = marks[0] == "_" and before.isalnum() and after.isalnum()
    here = next((i for i, (kind, _) in enumerate(opened) if kind == marks), None)
    if here is not None and not before.isspace() and not in_word:
        at = opened[here][1]
        del opened[here:]  # marks inside that found no partner stay as text
        names = _ELEMENTS[marks]
        pieces[at] = "".join(f"<{name}>" for name in names)
        pieces.append("".join(f"</{name}>" for name in reversed(names)))
        return
    pieces.append(marks)
    if not after.isspace() and not in_word:
        opened.append((marks, len(pieces) - 1))
