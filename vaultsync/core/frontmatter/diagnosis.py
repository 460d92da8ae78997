"""What is wrong with a front matter that can't be read, in the words of the person who wrote it.

`frontmatter` hands the parser's error here; the rules turn the `SyntaxProblem` into a `Problem`, and
`fm-repair` may try its `repair`. The parser's own wording (libyaml's) says where its grammar broke off; the
line there usually shows the slip: a colon or a bracket in an unquoted title, a tab, a quote without its end.
"""

from __future__ import annotations

import re
from itertools import takewhile

from vaultsync.core.frontmatter.list_slips import (
    LINK,
    LINKS,
    hash_in_brackets,
    inner_quotes,
    quoted_items,
    quoted_words,
    several_quotes,
)
from vaultsync.core.frontmatter.yaml_line import SyntaxProblem, YamlLine, lines_of, quoting
from vaultsync.core.frontmatter.yaml_reader import GLUED_COMMENT, NO_CHARACTER, SHALLOW, BlockError
from vaultsync.core.frontmatter.yaml_values import emit_entry, emit_key, emit_scalar
from vaultsync.core.text.spans import TextEdit

NOT_A_MAPPING = "not a mapping"


def explain(error: BlockError, block: str, base: int) -> SyntaxProblem:
    """The problem behind `error`, of a `block` (from its `---` line on) that starts at `base` in the file."""
    lines = lines_of(block)
    here = next((line for line in lines if line.start <= error.offset < line.end), lines[-1])
    began = next((line for line in lines if line.start <= error.began < line.end), here)
    found = (
        _of_obsidians_own(error, began)
        or _tab(here, lines)
        or _half_a_pair(error, block)
        or _second_document(error, here)
        or hash_in_brackets(error, lines)
        or _open_quote(error, lines)
        or (error.problem == NOT_A_MAPPING and _no_mapping(here))
        or _value(error, here)
        or (began.start != here.start and _value(error, began))
        or _structure(error, here, began, lines)
    )
    if not found:
        hint = "write each property as `key: value`, text with signs in it between quotes"
        found = SyntaxProblem(error.offset, error.problem, hint)
    repair = tuple(TextEdit(base + edit.start, base + edit.end, edit.text) for edit in found.repair)
    return SyntaxProblem(base + min(found.offset, len(block)), found.message, found.hint, repair)


def _of_obsidians_own(error: BlockError, began: YamlLine) -> SyntaxProblem | None:
    """What only Obsidian's reader refuses."""
    if error.problem == SHALLOW:
        what = "a quoted text" if began.value[:1] in ("'", '"') else "a list in brackets"
        return SyntaxProblem(
            error.offset,
            f"the next line of {what} has to be indented, or Obsidian reads none of the properties",
            "put two blanks before this line",
        )
    if error.problem == GLUED_COMMENT:
        return SyntaxProblem(
            error.offset,
            "a comment needs a blank before its `#`, or Obsidian reads none of the properties",
            "put a blank before the `#`",
        )
    return None


def _tab(here: YamlLine, lines: list[YamlLine]) -> SyntaxProblem | None:
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


def _second_document(error: BlockError, here: YamlLine) -> SyntaxProblem | None:
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


def _open_quote(error: BlockError, lines: list[YamlLine]) -> SyntaxProblem | None:
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


def _no_mapping(here: YamlLine) -> SyntaxProblem:
    hint = "write each property as `key: value` on a line of its own"
    return _glued(here) or SyntaxProblem(here.start, "the front matter holds no properties", hint)


def _glued(line: YamlLine) -> SyntaxProblem | None:
    """`key:value`, which is a word and no property."""
    found = re.match(r"\s*([\w-]+):(?!//)(\S.*)", line.text)
    if found is None:
        return None
    return SyntaxProblem(line.start, "a property needs a blank after its colon", f"{found[1]}: {found[2]}")


def _value(error: BlockError, line: YamlLine) -> SyntaxProblem | None:
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
    if first in "@`%*&!]}," or line.value.startswith("? "):
        return quoting(line, f"a value that begins with {first} needs quotes")
    if first in "|>":
        return quoting(line, f"text after {first} needs quotes, or a line of its own")
    if value.startswith("- ") and line.key:
        hint = f"put `{value}` on a line below `{line.key}:`"
        return SyntaxProblem(line.value_start, "a list begins on the line after its key", hint)
    if re.search(r":(?:[ \t]|\Z)", value) and error.problem.startswith("mapping values"):
        return quoting(line, 'value with ": " needs quotes')
    return None


def _after_quote(error: BlockError, line: YamlLine) -> SyntaxProblem | None:
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
    if not rest:
        return None
    return quoted_words(line) or inner_quotes(line) or several_quotes(line)


def _links(line: YamlLine) -> SyntaxProblem | None:
    links = [found.group() for found in LINK.finditer(line.value)]
    if len(links) > 1 and line.key and LINKS.fullmatch(line.value):
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
    if len(links) > 1:  # brackets are no sign of one text
        hint = f"{line.lead.strip()} [" + ", ".join(f'"{link}"' for link in links) + "]"
        return SyntaxProblem(line.value_start, "links in a property need quotes, and several a list", hint)
    return quoting(line, "a link in a property needs quotes") if links else None


def _bracket(error: BlockError, line: YamlLine) -> SyntaxProblem | None:
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
        found = SyntaxProblem(error.offset, f"the {first}…{close} can't be read here", inside)
        return (quoted_items(line) or found) if first == "[" else found
    if first == "[" and (items := quoted_items(line)):
        return items
    if _MARKDOWN_LINK.fullmatch(line.value):
        return quoting(line, f"text around `{first}…{close}` needs quotes")
    # Brackets are no sign of one text: a list with words around it may be meant as a list.
    quoted = emit_scalar(line.value)
    return SyntaxProblem(
        line.value_start,
        f"text around `{first}…{close}` needs quotes",
        f"if it is one text: {line.lead.strip()} {quoted}".strip(),
    )


_MARKDOWN_LINK = re.compile(r"\[[^\[\]]*\]\([^()]*\)")


def _structure(error: BlockError, here: YamlLine, began: YamlLine, lines: list[YamlLine]) -> SyntaxProblem:
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
        return SyntaxProblem(offset, "the line doesn't fit the ones above it", hint)
    return SyntaxProblem(error.offset, problem)
