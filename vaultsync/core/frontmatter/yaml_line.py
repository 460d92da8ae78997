"""A line of a front matter block that can't be read, as the person wrote it, and what is wrong with it."""

from __future__ import annotations

import re

import msgspec

from vaultsync.core.frontmatter.yaml_values import emit_scalar
from vaultsync.core.text.spans import TextEdit


class SyntaxProblem(msgspec.Struct, frozen=True):
    """Where (an offset into the file's text), what, and what to write instead.

    `repair` holds the edits of the one plausible correction, unproven: whoever applies them must read the
    result again, and may get the next problem of the block.
    """

    offset: int
    message: str
    hint: str = ""
    repair: tuple[TextEdit, ...] = ()


class YamlLine(msgspec.Struct, frozen=True):
    """One line: what stands before its value (`  - key: `), the value, and the comment after it."""

    start: int
    end: int
    text: str
    lead: str
    key: str
    value: str

    @property
    def value_start(self) -> int:
        """Where the value begins in the block."""
        return self.start + len(self.lead)

    @property
    def value_end(self) -> int:
        """Where it ends, without the comment after it."""
        return self.value_start + len(self.value)


# `  - key: ` or `  - ` or `key: `, each part optional; the key is quoted or has no quote, bracket or colon.
_LEAD = re.compile(
    r"""[ \t]*(?:-[ \t]+)*"""
    r"""(?:(?P<key>"[^"\n]*"[ \t]*|'[^'\n]*'[ \t]*|[^\s"'\[\]{}#&*!|>%@`,:-][^:\n#]*):(?:[ \t]+|\Z))?"""
)
_TRAILING_COMMENT = re.compile(r"(?<![ \t])[ \t]+(?:#(?s:.*))?\Z")


def lines_of(block: str) -> list[YamlLine]:
    """The lines of a block."""
    lines: list[YamlLine] = []
    start = 0
    for raw in block.split("\n"):
        end = start + len(raw) + 1
        text = raw.removesuffix("\r")
        lead = _LEAD.match(text)
        assert lead is not None  # noqa: S101  # each of its parts is optional
        value = _TRAILING_COMMENT.sub("", text[lead.end() :])
        lines.append(YamlLine(start, end, text, lead.group(), (lead["key"] or "").strip(), value))
        start = end
    return lines


def quoting(line: YamlLine, message: str) -> SyntaxProblem:
    """The whole value, as it stands, wants to be text."""
    quoted = emit_scalar(line.value)
    if quoted == line.value:  # the value alone would be fine; only its place is not
        return SyntaxProblem(line.value_start, message)
    hint = f"{line.lead.strip()} {quoted}".strip()
    return SyntaxProblem(
        line.value_start, message, hint, (TextEdit(line.value_start, line.value_end, quoted),)
    )
