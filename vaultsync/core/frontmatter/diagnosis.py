"""What is wrong with a front matter that can't be read, in the words of the person who wrote it.

`frontmatter` hands the parser's error here; the rules turn the `SyntaxProblem` into a `Problem`, and
`fm-repair` may try its `repair`. The parser's own wording (libyaml's) says where its grammar broke off; the
line there usually shows the slip: a colon or a bracket in an unquoted title, a tab, a quote without its end.
"""

from __future__ import annotations

import re
from itertools import takewhile

import msgspec

from vaultsync.core.frontmatter.yaml_reader import NO_CHARACTER, BlockError
from vaultsync.core.frontmatter.yaml_values import emit_entry, emit_key, emit_scalar
from vaultsync.core.text.spans import TextEdit

NOT_A_MAPPING = "not a mapping"


class SyntaxProblem(msgspec.Struct, frozen=True):
    """Where (an offset into the file's text), what, and what to write instead.

    `repair` holds the edits of the one plausible correction, unproven: whoever applies them must read the
    result again, and may get the next problem of the block.
    """

    offset: int
    message: str
    hint: str = ""
    repair: tuple[TextEdit, ...] = ()


def explain(error: BlockError, block: str, base: int) -> SyntaxProblem:
    """The problem behind `error`, of a `block` (from its `---` line on) that starts at `base` in the file."""
    lines = _lines(block)
    here = next((line for line in lines if line.start <= error.offset < line.end), lines[-1])
    began = next((line for line in lines if line.start <= error.began < line.end), here)
    found = (
        _tab(here, lines)
        or _half_a_pair(error, block)
        or _second_document(error, here)
        or _open_quote(error, lines)
        or (error.problem == NOT_A_MAPPING and _no_mapping(here))
        or _value(error, here)
        or (began.start != here.start and _value(error, began))
        or _structure(error, here, began, lines)
    )
    if not found:
        found = SyntaxProblem(error.offset, error.problem)
    repair = tuple(TextEdit(base + edit.start, base + edit.end, edit.text) for edit in found.repair)
    return SyntaxProblem(base + min(found.offset, len(block)), found.message, found.hint, repair)


class _YamlLine(msgspec.Struct, frozen=True):
    """One line: what stands before its value (`  - key: `), the value, and the comment after it."""

    start: int
    end: int
    text: str
    lead: str
    key: str
    value: str

    @property
    def value_start(self) -> int:
        return self.start + len(self.lead)

    @property
    def value_end(self) -> int:
        return self.value_start + len(self.value)


# `  - key: ` or `  - ` or `key: `, each part optional; the key is quoted or has no quote, bracket or colon.
_LEAD = re.compile(
    r"""[ \t]*(?:-[ \t]+)*"""
    r"""(?:(?P<key>"[^"\n]*"|'[^'\n]*'|[^\s"'\[\]{}#&*!|>%@`,:-][^:\n#]*?)[ \t]*:(?:[ \t]+|\Z))?"""
)
_TRAILING_COMMENT = re.compile(r"[ \t]+(?:#.*)?\Z|[ \t]+#.*\Z")


def _lines(block: str) -> list[_YamlLine]:
    lines: list[_YamlLine] = []
    start = 0
    for raw in block.split("\n"):
        end = start + len(raw) + 1
        text = raw.removesuffix("\r")
        lead = _LEAD.match(text)
        assert lead is not None  # noqa: S101  # each of its parts is optional
        value = _TRAILING_COMMENT.sub("", text[lead.end() :])
        lines.append(_YamlLine(start, end, text, lead.group(), (lead["key"] or "").strip(), value))
        start = end
    return lines


def _quoting(line: _YamlLine, message: str) -> SyntaxProblem:
    """The whole value, as it stands, wants to be text."""
    quoted = emit_scalar(line.value)
    if quoted == line.value:  # the value alone would be fine; only its place is not
        return SyntaxProblem(line.value_start, message)
    hint = f"{line.lead.strip()} {quoted}".strip()
    return SyntaxProblem(
        line.value_start, message, hint, (TextEdit(line.value_start, line.value_end, quoted),)
    )


def _tab(here: _YamlLine, lines: list[_YamlLine]) -> SyntaxProblem | None:
    if not re.match(r" *\t", here.text):
        return None
    repair = []
    for line in lines:
        blanks = re.match(r"[ \t]*", line.text)
        if blanks and "\t" in blanks.group():
            repair.append(TextEdit(line.start, line.start + blanks.end(), blanks.group().replace("\t", "  ")))
    offset = here.start + here.text.index("\t")
    return SyntaxProblem(offset, "a tab is used as indentation", "indent with two spaces", tuple(repair))


# A pair or another escape, passed over, or a half that stands alone.
_HALF = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F]|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)", re.DOTALL
)


def _half_a_pair(error: BlockError, block: str) -> SyntaxProblem | None:
    if error.problem != NO_CHARACTER:
        return None
    half = next((found for found in _HALF.finditer(block, error.began) if found[1]), None)
    if half is None:
        return None
    return SyntaxProblem(
        half.start(),
        f"{half.group()} alone is half a character",
        r"write the character itself, or both halves of it, as in \ud83d\ude00",
    )


def _second_document(error: BlockError, here: _YamlLine) -> SyntaxProblem | None:
    if (
        here.start == 0
        or not here.text.startswith(("---", "..."))
        or "document" not in error.problem + error.context
    ):
        return None
    return SyntaxProblem(
        here.start,
        f"`{here.text[:3]}` with text after it is neither a property nor the end of the front matter",
        "put the text on a line of its own below the closing `---`",
    )


def _open_quote(error: BlockError, lines: list[_YamlLine]) -> SyntaxProblem | None:
    """The first value that opens a quote and doesn't close it on its line, up to where reading broke off."""
    for line in lines:
        quote = line.value[:1]
        if line.start > error.offset:
            break
        if quote == "[" and line.value.endswith("]") and line.value.count('"') % 2:
            at = line.value.rfind('"')
            repaired = f'{line.value[:-1]}"]'
            return SyntaxProblem(
                line.value_start + at,
                'a quote (") is opened and never closed',
                f"{line.lead.strip()} {repaired}".strip(),
            )
        if quote not in ('"', "'"):
            continue
        # A quoted text goes on over the lines below it, but not over the next key.
        below = takewhile(lambda other: not other.key, (other for other in lines if other.start > line.start))
        closed = _CLOSED_QUOTE[quote].match("\n".join([line.value, *(other.text for other in below)]))
        if closed is None and (error.began == line.value_start or error.began < error.offset):
            return SyntaxProblem(
                line.value_start,
                f"a quote ({quote}) is opened and never closed",
                f"{line.lead.strip()} {line.value}{quote}".strip(),
            )
    return None


_CLOSED_QUOTE = {'"': re.compile(r'"(?:[^"\\]|\\.)*"'), "'": re.compile(r"'(?:[^']|'')*'")}


def _no_mapping(here: _YamlLine) -> SyntaxProblem:
    hint = "write each property as `key: value` on a line of its own"
    return _glued(here) or SyntaxProblem(here.start, "the front matter holds no properties", hint)


def _glued(line: _YamlLine) -> SyntaxProblem | None:
    """`key:value`, which is a word and no property."""
    found = re.match(r"\s*([\w-]+):(?!//)(\S.*)", line.text)
    if found is None:
        return None
    return SyntaxProblem(line.start, "a property needs a blank after its colon", f"{found[1]}: {found[2]}")


_LINK = re.compile(r"!?\[\[[^\[\]\n]+\]\]")
_LINKS = re.compile(rf"{_LINK.pattern}(?:[ \t]*,[ \t]*{_LINK.pattern})*")


def _value(error: BlockError, line: _YamlLine) -> SyntaxProblem | None:
    """A value on one line that only needs quotes."""
    value = line.value
    if not value or line.start == 0 or not (line.key or line.lead.strip()):
        return None
    first = value[0]
    if first in "\"'":
        return _after_quote(error, line)
    if value.startswith(("[[", "![[")):
        return _links(line)
    if first in "[{":
        return _bracket(error, line)
    if first in "@`%*&!]},":
        return _quoting(line, f"a value that begins with {first} needs quotes")
    if first in "|>":
        return _quoting(line, f"text after {first} needs quotes, or a line of its own")
    if value.startswith("- ") and line.key:
        hint = f"put `{value}` on a line below `{line.key}:`"
        return SyntaxProblem(line.value_start, "a list begins on the line after its key", hint)
    if re.search(r":(?:[ \t]|\Z)", value) and error.problem.startswith("mapping values"):
        return _quoting(line, 'value with ": " needs quotes')
    return None


def _after_quote(error: BlockError, line: _YamlLine) -> SyntaxProblem | None:
    closed = _CLOSED_QUOTE[line.value[0]].match(line.value)
    if closed is None:
        return None
    quoted, rest = closed.group(), line.value[closed.end() :]
    if "\\" in quoted and quoted[0] == '"' and "scalar" in error.context and error.began == line.value_start:
        single = "'" + quoted[1:-1].replace("'", "''") + "'"
        return SyntaxProblem(
            error.offset,
            "a backslash between double quotes begins an escape",
            f"{line.lead.strip()} {single}{rest}".strip(),
        )
    return _quoting(line, "text after the closing quote") if rest else None


def _links(line: _YamlLine) -> SyntaxProblem | None:
    links = [found.group() for found in _LINK.finditer(line.value)]
    if len(links) > 1 and line.key and _LINKS.fullmatch(line.value):
        indent = line.lead[: len(line.lead) - len(line.lead.lstrip())]
        written = emit_entry(line.key, list(links), indent=indent).rstrip("\n")
        items = written[written.index("\n") :]
        eol = "\r\n" if line.end - line.start - 1 > len(line.text) else "\n"
        colon = line.start + len(line.lead.rstrip())
        repair = (TextEdit(colon, line.value_end, items.replace("\n", eol)),)
        hint = f"{line.key}: [" + ", ".join(f'"{link}"' for link in links) + "]"
        return SyntaxProblem(
            line.value_start, "links in a property need quotes, and several a list", hint, repair
        )
    return _quoting(line, "a link in a property needs quotes") if links else None


def _bracket(error: BlockError, line: _YamlLine) -> SyntaxProblem | None:
    first = line.value[0]
    close = {"[": "]", "{": "}"}[first]
    if line.value.count('"') % 2:
        offset = line.value_start + line.value.rindex('"')
        return SyntaxProblem(
            offset, 'a quote (") is opened and never closed', "close it before the comma or bracket"
        )
    if line.value.count(first) > line.value.count(close):
        if error.began < line.start:
            return None
        return SyntaxProblem(
            line.value_start,
            f"`{first}` is opened and never closed",
            f"{line.lead.strip()} {line.value}{close}, or quotes around a text with `{first}`".strip(),
        )
    if (
        line.value.endswith(close)
        and line.value.count(first) == line.value.count(close)
        and "flow" in error.context
    ):
        inside = "between brackets, a text with `: `, `,,` or a bracket needs quotes of its own"
        return SyntaxProblem(error.offset, f"the {first}…{close} can't be read here", inside)
    return _quoting(line, f"text around `{first}…{close}` needs quotes")


def _structure(error: BlockError, here: _YamlLine, began: _YamlLine, lines: list[_YamlLine]) -> SyntaxProblem:
    """A line that doesn't fit in: too deep, too shallow, without a colon."""
    problem = error.problem
    if problem.startswith(("nested more", "the aliases")):
        return SyntaxProblem(error.offset, problem, "such a block is refused; keep it flatter")
    if "escape" in problem or "hexdecimal" in problem:
        message = "a backslash between double quotes begins an escape"
        return SyntaxProblem(error.offset, message, r"write \\ for each backslash that is meant as one")
    if "expected ':'" in problem:
        hint = "write `key: value`, or indent the line if it belongs to the value above"
        return _glued(began) or SyntaxProblem(
            began.start, "the line is neither a property nor a list item", hint
        )
    if key := re.match(r"\s*([%*&!@`][^:]*):(?:\s|\Z)", here.text):
        hint = here.text.lstrip().replace(key[1], emit_key(key[1]), 1)
        return SyntaxProblem(here.start, f"a key that begins with {key[1][0]} needs quotes", hint)
    if problem.startswith(("mapping values", "block sequence", "did not find expected")):
        above = next(
            (line for line in reversed(lines) if line.start < here.start and line.text.strip()), here
        )
        if glued := _glued(above):
            return glued
        offset = here.start + len(here.text) - len(here.text.lstrip())
        hint = "start properties in the same column, and list items under their key"
        return SyntaxProblem(offset, "the line doesn't fit to the ones above it", hint)
    return SyntaxProblem(error.offset, problem)
