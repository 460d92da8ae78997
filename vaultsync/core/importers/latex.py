r"""LaTeX as it stands in bibliographies, as plain text: accents, symbols, dashes and quotes; braces dropped.

The names of symbols come from pylatexenc's table and, for what that lacks, from ours; its converter is not
used, since it makes things up for macros that a bibliography may hold (`\today` reads the clock, `\cite`
becomes `<cit.>`). What is not known here stays as it is written.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from pylatexenc.latex2text import get_default_latex_context_db  # type: ignore[import-untyped]  # has no types

MAX_DEPTH = 40
"""Nested groups; passed only by damaged or hostile bibliographies, which stay as they are written."""

_ACCENTS = {
    "`": "\u0300", "'": "\u0301", "^": "\u0302", "~": "\u0303", "=": "\u0304", "u": "\u0306", ".": "\u0307",
    '"': "\u0308", "r": "\u030a", "H": "\u030b", "v": "\u030c", "d": "\u0323", "c": "\u0327", "k": "\u0328",
    "b": "\u0331", "t": "\u0361",
}  # fmt: skip
_WRAPPERS = frozenset(
    "emph textbf textit textrm texttt textsc textsl textsf textmd textup textnormal textsubscript text "
    "mbox url underline mathrm mathbf mathit mathsf mathtt mathcal mathbb mathfrak boldsymbol bm "
    "operatorname ensuremath mkbibemph mkbibitalic mkbibbold NoCaseChange uppercase lowercase "
    "MakeUppercase".split()
)
_BEFORE_AND_AFTER = {
    "enquote": ("“", "”"), "mkbibquote": ("“", "”"), "textsuperscript": ("^", ""),
}  # fmt: skip
_ALONE = {"^": "^", "~": "~", "`": "`", "'": "´", '"': "¨"}
"""Accents over nothing: `O(n\\^{}2)` is how programs write a caret that is meant as one."""

_NAMED = {
    "textless": "<", "textgreater": ">", "textbar": "|", "textasciicircum": "^", "textunderscore": "_",
    "textbraceleft": "{", "textbraceright": "}", "textquotedbl": '"', "textminus": "−",
    "textperiodcentered": "·", "slash": "/", "space": " ", "newline": " ", "linebreak": " ", "allowbreak": "",
    "TeX": "TeX", "LaTeX": "LaTeX", "BibTeX": "BibTeX", "S": "§", "P": "¶", "pounds": "£", "copyright": "©",
    "euro": "€",
}  # fmt: skip
_SWITCHES = frozenset(
    "bf it em sc rm tt sl sf bfseries itshape scshape upshape rmfamily ttfamily sffamily normalfont "
    "displaystyle textstyle left right protect relax".split()
)
_SIGNS = {
    **{char: char for char in "%&$#_{}"},
    "\\": " ", " ": " ", "\n": " ", ",": " ", ";": " ", ":": " ", "!": "", "/": "", "-": "", "@": "",
}  # fmt: skip
_PLAIN = {"~": " ", "--": "–", "---": "—", "``": "“", "''": "”", "!`": "¡", "?`": "¿"}
_TOKEN = re.compile(r"\\([A-Za-z]+)\*?[ \t\n]*|\\(.|\n)|[{}~$]|-{2,3}|``|''|[!?]`", re.DOTALL)
# Whether `_TOKEN` is in a text; a set first, which a regular expression finds in a tenth of the time.
_SPECIAL = re.compile(r"[\\{}~$`'!?-](?:(?<=[\\{}~$])|(?<=-)-|(?<=')'|(?<=[`!?])`)")


def decoded(tex: str, *, keep_math: bool = False) -> str:
    r"""`tex` as plain text in composed Unicode.

    Math loses its dollars and its symbols are spelled (`$\alpha^{2}$` → `α^2`), or stays whole with
    `keep_math`.
    """
    if not _SPECIAL.search(tex):
        return tex
    if _depth(tex) > MAX_DEPTH:
        return tex
    return unicodedata.normalize("NFC", _text(tex, keep_math=keep_math))


def has_math(tex: str) -> bool:
    r"""Whether `tex` has math, and no dollar sign (`\$`) that would pass for the beginning of some."""
    return "\\$" not in tex and len(tex.split("$")) > 2


def _text(tex: str, *, keep_math: bool) -> str:
    out: list[str] = []
    place = 0
    while token := _TOKEN.search(tex, place):
        out.append(tex[place : token.start()])
        place = token.end()
        name, sign, whole = token[1], token[2], token[0]
        if (name or sign) in _ACCENTS:
            base, place = _argument(tex, place)
            out.append(_accented(_text(base, keep_math=keep_math), name or sign))
        elif name in _WRAPPERS or name in _SWITCHES:
            pass
        elif name in _BEFORE_AND_AFTER and tex.startswith("{", place):
            inner, place = _argument(tex, place)
            before, after = _BEFORE_AND_AFTER[name]
            out += (before, _text(inner, keep_math=keep_math), after)
        elif name and name in _symbols():
            out.append(_symbols()[name])
            place += 2 if tex.startswith("{}", place) else 0
        elif name:
            end = _after_arguments(tex, token.end())
            out.append(tex[token.start() : end])
            place = end
        elif sign is not None:
            out.append(_SIGNS.get(sign, whole))
        elif whole == "{":
            inner, place = _argument(tex, token.start())
            out.append(_text(inner, keep_math=keep_math))
        elif whole == "$":
            end = tex.find("$", place)
            if end < 0:
                out.append("$")
            else:
                out.append(
                    tex[token.start() : end + 1] if keep_math else _text(tex[place:end], keep_math=False)
                )
                place = end + 1
        else:
            out.append(_PLAIN.get(whole, ""))
    out.append(tex[place:])
    return "".join(out)


def _argument(tex: str, start: int) -> tuple[str, int]:
    """The argument at `start` (a group, a macro or one character) without its braces, and where it ends."""
    while start < len(tex) and tex[start].isspace():
        start += 1
    if not tex.startswith("{", start):
        token = _TOKEN.match(tex, start) if tex.startswith("\\", start) else None
        end = token.end() if token else min(start + 1, len(tex))
        return tex[start:end], end
    depth, place = 0, start
    while place < len(tex):
        char = tex[place]
        if char == "\\":
            place += 1
        elif char == "{":
            depth += 1
        elif char == "}":
            depth -= 1
            if not depth:
                return tex[start + 1 : place], place + 1
        place += 1
    return tex[start + 1 :], len(tex)


def _after_arguments(tex: str, place: int) -> int:
    while tex.startswith(("{", "["), place):
        end = tex.find("]", place) + 1 if tex[place] == "[" else _argument(tex, place)[1]
        if not end:
            break
        place = end
    return place


def _accented(base: str, accent: str) -> str:
    if not base.strip():
        return _ALONE.get(accent, "") or base
    base = {"ı": "i", "ȷ": "j"}.get(base[:1], base[:1]) + base[1:]
    end = next((i for i, char in enumerate(base[1:], 1) if not unicodedata.combining(char)), len(base))
    return base[:end] + _ACCENTS[accent] + base[end:]


def _depth(tex: str) -> int:
    depth = deepest = 0
    for char in tex:
        if char == "{":
            depth += 1
            deepest = max(deepest, depth)
        elif char == "}":
            depth -= 1
    return deepest


@cache
def _symbols() -> dict[str, str]:
    """Macros without arguments and the text that each stands for."""
    context = get_default_latex_context_db()
    found = dict(_NAMED)
    for macro in context.iter_macro_specs(("latex-base", "advanced-symbols")):
        text = macro.simplify_repl
        constant = isinstance(text, str) and text and "%" not in text and macro.macroname != "today"
        if constant and macro.macroname.isalpha():
            found.setdefault(macro.macroname, text)
    return found
