r"""LaTeX as it stands in bibliographies, as plain text: accents, symbols, dashes and quotes; braces dropped.

pylatexenc's converter is not used, since it makes things up for macros that a bibliography may hold (`\today`
reads the clock, `\cite` becomes `<cit.>`). What is not known here stays as it is written, and math that can't
be spelled in one line stays math, whole.
"""

from __future__ import annotations

import re
import unicodedata
from enum import Enum, auto

from vaultsync.core.importers.latex_tables import (
    ACCENTS,
    ALONE,
    CHOSEN,
    FRACTIONS,
    LEFT_OUT,
    MATH_ACCENTS,
    OPERATORS,
    PLAIN,
    QUOTES,
    SIGNS,
    SWITCHES,
    WRAPPERS,
    symbols,
)
from vaultsync.core.importers.markup import held, lowered, raised, unmarked

MAX_DEPTH = 40
"""Nested groups; passed only by damaged or hostile bibliographies, which stay as they are written."""

_TOKEN = re.compile(r"\\([A-Za-z]+)\*?[ \t\n]*|\\(.|\n)|[{}~$]|-{2,3}|``|''|[!?]`", re.DOTALL)
_MATH_TOKEN = re.compile(r"\\([A-Za-z]+)\*?[ \t\n]*|\\(.|\n)|[{}~$^_&]", re.DOTALL)
# Whether `_TOKEN` or HTML is in a text; a set first, which a regular expression finds in a tenth of the time.
_SPECIAL = re.compile(r"[\\{}~$`'!?&<-](?:(?<=[\\{}~$&<])|(?<=-)-|(?<=')'|(?<=[`!?])`)")
_MATH = re.compile(r"\$([^$\\{]*+[\\{][^$]*+)\$")
_MACRO = re.compile(r"\\([A-Za-z]+)\s*|\\.|\}\s*\{|[{}]", re.DOTALL)


class _Mode(Enum):
    """What is done with math: spelled, kept as it is; or the text is math itself."""

    SPELL = auto()
    KEEP = auto()
    MATH = auto()


class _Unspellable(Exception):
    """Raised for math that has no form in one line of plain text."""


def decoded(tex: str, *, keep_math: bool = False) -> str:
    r"""`tex` as plain text in composed Unicode, without TeX and HTML.

    Math loses its dollars and its symbols are spelled (`$\alpha^{2}$` → `α²`), or stays whole: what can't be
    spelled, and all of it with `keep_math` (`\(x\)` becomes `$x$`, as Obsidian shows it).
    """
    if not _SPECIAL.search(tex):
        return tex
    if _depth(tex) > MAX_DEPTH:
        return tex
    text = _text(tex, _Mode.KEEP if keep_math else _Mode.SPELL) if _SPECIAL.search(tex) else tex
    return unicodedata.normalize("NFC", unmarked(text))


def spelled(text: str) -> str:
    r"""`text` with its math spelled as far as it goes: for a file name, which has no math."""
    return _MATH.sub(lambda found: _MACRO.sub(_loosely, found[1]).strip(), text) if "$" in text else text


def has_math(tex: str) -> bool:
    r"""Whether `tex` has math, and no dollar sign (`\$`) that would pass for the beginning of some."""
    return "\\$" not in tex and (len(tex.split("$")) > 2 or ("\\(" in tex and "\\)" in tex))


def _loosely(found: re.Match[str]) -> str:
    if found[1] in SWITCHES or found[1] in WRAPPERS:
        return ""
    if found[1]:
        return f"{symbols().get(found[1], found[1])} "
    return " " if len(found[0]) > 1 else ""


def _text(tex: str, mode: _Mode, before: str = "") -> str:
    """`tex` without its TeX; `before` is the character that it follows. Raises `_Unspellable` in math."""
    return _LatexReader(tex, mode, before).text()


class _LatexReader:
    """One pass over a piece of TeX."""

    def __init__(self, tex: str, mode: _Mode, before: str) -> None:
        self.tex, self.mode = tex, mode
        self.before = before
        self.out: list[str] = []
        self.place = 0
        self.unclosed: set[str] = set()

    def text(self) -> str:
        """All of it as text."""
        tex, out = self.tex, self.out
        pattern = _MATH_TOKEN if self.mode is _Mode.MATH else _TOKEN
        while token := pattern.search(tex, self.place):
            if token.start() > self.place:
                out.append(tex[self.place : token.start()])
            self.place = token.end()
            if token[1]:
                self._macro(token)
            elif (sign := token[2]) is not None:
                self._sign(sign, token)
            else:
                self._mark(token)
        out.append(tex[self.place :])
        return "".join(out)

    def _inner(self, tex: str) -> str:
        return _text(tex, self.mode, self._last())

    def _last(self) -> str:
        while self.out and not self.out[-1]:
            self.out.pop()
        return self.out[-1][-1] if self.out else self.before

    def _argument(self) -> str:
        inner, self.place = _argument(self.tex, self.place)
        return inner

    def _macro(self, token: re.Match[str]) -> None:
        name, out = token[1], self.out
        if name in ACCENTS:
            out.append(_accented(self._inner(self._argument()), name))
        elif name in MATH_ACCENTS and (over := self._over(MATH_ACCENTS[name])):
            out.append(over)
        elif name in WRAPPERS or name in SWITCHES:
            pass
        elif name in ("textsuperscript", "textsubscript") and self.tex.startswith("{", self.place):
            self._shift("^" if name == "textsuperscript" else "_")
        elif name in QUOTES and self.tex.startswith("{", self.place):
            opening, closing = QUOTES[name]
            out += (opening, self._inner(self._argument()), closing)
        elif name in LEFT_OUT:
            for _ in range(LEFT_OUT[name]):
                self._argument()
        elif name in CHOSEN:
            count, wanted = CHOSEN[name]
            out.append(self._inner([self._argument() for _ in range(count)][wanted]))
        elif name in FRACTIONS and (fraction := self._fraction()):
            out.append(fraction)
        elif name == "sqrt" and not self.tex.startswith("[", self.place):
            root = self._inner(self._argument())
            out.append(f"√{root if root.isalnum() else held(root)}")
        elif name in OPERATORS and self.mode is _Mode.MATH:
            following = self.tex[self.place : self.place + 1]
            out.append(name + " " * (following.isalnum() or following == "\\"))
        elif name in symbols():
            self._symbol(symbols()[name], token[0])
        else:
            self._unknown(token)

    def _symbol(self, text: str, written: str) -> None:
        apart = self.mode is _Mode.MATH and written[-1].isspace() and self._last() == " "
        self.out.append(text + " " * (apart and not text.isalpha()))
        self.place += 2 if self.tex.startswith("{}", self.place) else 0

    def _sign(self, sign: str, token: re.Match[str]) -> None:
        if sign in ACCENTS:
            self.out.append(_accented(self._inner(self._argument()), sign))
        elif sign in "([" and sign not in self.unclosed:
            end = self.tex.find("\\)" if sign == "(" else "\\]", self.place)
            if end < 0:
                self.unclosed.add(sign)
                self.out.append(token[0])
            else:
                self._math(self.tex[self.place : end], "$" if sign == "(" else "$$")
                self.place = end + 2
        else:
            self.out.append(SIGNS.get(sign, token[0]))

    def _mark(self, token: re.Match[str]) -> None:
        whole = token[0]
        if whole == "{":
            inner, self.place = _argument(self.tex, token.start())
            self.out.append(self._inner(inner))
        elif whole == "$":
            sign = "$$" if self.tex.startswith("$", self.place) else "$"
            start = token.start() + len(sign)
            end = self.tex.find(sign, start)
            if end < 0:
                self.out.append("$")
            else:
                self._math(self.tex[start:end], sign)
                self.place = end + len(sign)
        elif whole in ("^", "_"):
            self._shift(whole)
        elif whole == "&":
            raise _Unspellable
        else:
            self.out.append(PLAIN.get(whole, ""))

    def _math(self, inner: str, sign: str) -> None:
        if self.mode is _Mode.KEEP:
            self.out.append(f"{sign}{inner.strip()}{sign}")
            return
        try:
            self.out.append(_text(inner, _Mode.MATH, self._last()))
        except _Unspellable:
            if self.mode is _Mode.MATH:
                raise
            self.out.append(f"{sign}{inner.strip()}{sign}")

    def _shift(self, mark: str) -> None:
        """What stands above (`^`) or below (`_`) the line."""
        inner = self._inner(self._argument()).strip()
        shifted = raised(inner, self._last()) if mark == "^" else lowered(inner)
        if shifted is None:
            if self.mode is _Mode.MATH and len(inner) != 1:
                raise _Unspellable
            shifted = mark + held(inner)
        self.out.append(shifted)

    def _over(self, accent: str) -> str:
        """The argument with an accent over it; empty, and nothing read, where it has more than one sign."""
        inner, end = _argument(self.tex, self.place)
        base = self._inner(inner)
        if len(base) != 1:
            return ""
        self.place = end
        return base + accent

    def _fraction(self) -> str:
        above, place = _argument(self.tex, self.place)
        below, end = _argument(self.tex, place)
        parts = self._inner(above), self._inner(below)
        if not all(part.isalnum() for part in parts):
            return ""
        self.place = end
        return "/".join(parts)

    def _unknown(self, token: re.Match[str]) -> None:
        if self.mode is _Mode.MATH:
            raise _Unspellable
        end = _after_arguments(self.tex, token.end())
        self.out.append(self.tex[token.start() : end])
        self.place = end


def _argument(tex: str, start: int) -> tuple[str, int]:
    """The argument at `start` (a group, a macro or one character) without its braces, and where it ends."""
    while start < len(tex) and tex[start].isspace():
        start += 1
    if not tex.startswith("{", start):
        token = _TOKEN.match(tex, start) if tex.startswith("\\", start) else None
        end = token.end() if token else min(start + 1, len(tex))
        if token and (token[1] in WRAPPERS or token[1] in ACCENTS) and tex.startswith("{", end):
            end = _argument(tex, end)[1]
        return tex[start:end], end
    depth, place = 0, start
    while found := _BRACE.search(tex, place):
        place = found.end()
        if found[0] == "{":
            depth += 1
        elif found[0] == "}":
            depth -= 1
            if not depth:
                return tex[start + 1 : place - 1], place
    return tex[start + 1 :], len(tex)


_BRACE = re.compile(r"\\.|[{}]", re.DOTALL)


def _after_arguments(tex: str, place: int) -> int:
    while tex.startswith(("{", "["), place):
        end = tex.find("]", place) + 1 if tex[place] == "[" else _argument(tex, place)[1]
        if not end:
            break
        place = end
    return place


def _accented(base: str, accent: str) -> str:
    if not base.strip():
        return ALONE.get(accent, "") or base
    base = {"ı": "i", "ȷ": "j"}.get(base[:1], base[:1]) + base[1:]
    end = next((i for i, char in enumerate(base[1:], 1) if not unicodedata.combining(char)), len(base))
    return base[:end] + ACCENTS[accent] + base[end:]


def _depth(tex: str) -> int:
    depth = deepest = 0
    for char in tex:
        if char == "{":
            depth += 1
            deepest = max(deepest, depth)
        elif char == "}":
            depth -= 1
    return deepest
