r"""What programs make of TeX when they export BibTeX, taken back before it is read as TeX.

- The American Physical Society's pages write an accent twice, for math and for text: `Petrovi\ifmmode
  \acute{c}\else \'{c}\fi{}`. The text's is taken.
- Mendeley, told to escape TeX, escapes what is TeX already: `{\$}{\backslash}sqrt{\{}s{\_}{\{}NN{\}}{\}}{\$}`
  for `$\sqrt{s_{NN}}$`, and `$\backslash$r` for a line's end.
"""

from __future__ import annotations

import re

_LINE_END = re.compile(r"(?:\$\\backslash\$[rn])+(?=[A-Z0-9(\s]|\Z)")
_COMMAND = re.compile(r"\$\\backslash\$(text[a-z]{2}|emph|mathrm|rm|it|bf)\{\\\{\}([^{}$\\]*)\{\\\}\}")
_BACKSLASH = re.compile(r"\{\\backslash\}|\$\\backslash\$|\\backslash(?=[A-Za-z])")
_ESCAPED = (("{\\_}", "_"), ("{\\^{}}", "^"), ("{\\^}", "^"), ("{\\{}", "{"), ("{\\}}", "}"), ("{\\&}", "&"))
_DOLLAR = "{\\$}"


def unescaped(tex: str) -> str:
    """A field's value as its author wrote it, as far as what an export made of it can be told."""
    if "\\ifmmode" in tex:
        tex = _for_text(tex)
    if "\\backslash$" in tex:
        tex = _LINE_END.sub(" ", tex)
        tex = _COMMAND.sub(r"\\\1{\2}", tex)
    return _with_math(tex) if tex.count(_DOLLAR) > 1 else tex


def _for_text(tex: str) -> str:
    r"""`tex` with what stands between `\else` and `\fi` for each `\ifmmode … \else … \fi`."""
    parts: list[str] = []
    place = 0
    while (start := tex.find("\\ifmmode", place)) >= 0:
        end = tex.find("\\fi", start + len("\\ifmmode"))
        other = tex.find("\\else", start, max(end, 0))
        if other < 0:
            break
        parts += (tex[place:start], "{", tex[other + len("\\else") : end].strip(), "}")
        place = end + len("\\fi")
        place += 2 if tex.startswith("{}", place) else 0
    return "".join(parts) + tex[place:]


def _with_math(tex: str) -> str:
    """`tex` with dollars around what stands between two escaped ones, if some of it is escaped TeX."""
    parts = tex.split(_DOLLAR)
    math = [_unescaped_math(part) for part in parts[1:-1:2]]
    if math == parts[1:-1:2]:
        return tex
    done = [parts[0]]
    for inner, after in zip(math, parts[2::2], strict=False):
        done.append(f"${inner}${after}")
    if len(parts) % 2 == 0:
        done.append(_DOLLAR + parts[-1])
    return "".join(done)


def _unescaped_math(part: str) -> str:
    for escaped, sign in _ESCAPED:
        part = part.replace(escaped, sign)
    return _BACKSLASH.sub(r"\\", part)
