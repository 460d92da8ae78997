"""Front matter as people and programs write it, made by Hypothesis together with the values that it means.

`blocks()` draws a whole note: every scalar style, lists over lines and in brackets, nested values, comments
above, beside and below, blank lines, CRLF, a byte order mark, an indented block. `read_by_ruamel` is the
second opinion (YAML 1.2, written by other people). `VAULTSYNC_EXAMPLES` sets how many a test draws.
"""

from __future__ import annotations

import datetime
import json
import os
import re
from dataclasses import dataclass, field

from hypothesis import strategies as st
from ruamel.yaml import YAML

EXAMPLES = int(os.environ.get("VAULTSYNC_EXAMPLES", "150"))
# Plain scalars and what the YAML 1.2 core schema makes of them.
PLAIN = {
    "paper": "paper",
    "In Progress": "In Progress",
    "yes": "yes",
    "no": "no",
    "on": "on",
    "12:30": "12:30",
    "2025-04-06": "2025-04-06",
    "1.10.0": "1.10.0",
    "10.1000/xyz": "10.1000/xyz",
    "https://x.org/a?b=c#d": "https://x.org/a?b=c#d",
    "C#": "C#",
    "a & b": "a & b",
    "it's": "it's",
    "$E=mc^2$": "$E=mc^2$",
    "日本語 🚀": "日本語 🚀",
    "x-": "x-",
    "true": True,
    "False": False,
    "null": None,
    "~": None,
    "7": 7,
    "-12": -12,
    "0o17": 15,
    "0x1F": 31,
    "1.50": 1.5,
    "1e3": 1000.0,
    ".inf": float("inf"),
}
KEYS = [
    "title",
    "aliases",
    "tags",
    "date",
    "authors",
    "year",
    "with space",
    "a.b*c",
    "key: x",
    "$1",
    "日付",
    "007",
    "#no",
]
# Without `_` and `0b`, which ruamel.yaml takes for digits and for binary numbers; YAML 1.2 has neither.
TEXT = st.text(st.sampled_from("ak Z01:-#,[]{}&*!|>'\"%@`?\\$é日🚀/"), max_size=12)


@dataclass
class Block:
    """A note's text, its properties as they are meant, its comments in order, and the note's body."""

    text: str
    values: dict[str, object]
    comments: list[str]
    body: str


@dataclass
class _Lines:
    """What one node adds to a block: the text after `key:` or `- `, further lines, and its comments."""

    first: str
    rest: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    one_line: bool = True


@st.composite
def _comment(draw: st.DrawFn) -> str:
    return "#" + draw(
        st.sampled_from([" note", " a: b", "tag", " - item", ' "open', " {", "", " é🚀", " # #"])
    )


@st.composite
def _beside(draw: st.DrawFn, node: _Lines) -> str:
    """Blanks or a comment after a node's first line."""
    if draw(st.integers(0, 3)):
        return draw(st.sampled_from(["", "", "", "  "])) if node.one_line else ""
    comment = draw(_comment())
    node.comments.append(comment)
    return " " + comment


@st.composite
def _scalar(draw: st.DrawFn, depth: int, *, in_flow: bool = False) -> tuple[_Lines, object]:
    kinds = ["plain", "single", "double"] + ([] if in_flow else ["literal", "folded", "null"])
    kind = draw(st.sampled_from(kinds))
    if kind == "plain":
        written = draw(
            st.sampled_from([word for word in PLAIN if not in_flow or not re.search(r"[\[\]{},#]", word)])
        )
        return _Lines(written), PLAIN[written]
    if kind == "null":
        return _Lines(""), None
    if kind in ("single", "double"):
        text = draw(TEXT)
        return _Lines(
            "'" + text.replace("'", "''") + "'" if kind == "single" else json.dumps(text, ensure_ascii=False)
        ), text
    words = draw(
        st.lists(
            st.sampled_from(["line one", "- x", "a: b", "# no comment", "é", "[[A]]"]), min_size=1, max_size=3
        )
    )
    chomp = draw(st.sampled_from(["", "-", "+"]))
    blanks = draw(st.integers(0, 2))
    lines = [" " * depth + word for word in words] + [""] * blanks
    end = {"": "\n", "-": "", "+": "\n" * (blanks + 1)}[chomp]
    header = "|" if kind == "literal" else ">"
    text = ("\n" if kind == "literal" else " ").join(words) + end
    return _Lines(header + chomp, lines, one_line=False), text


@st.composite
def _flow(draw: st.DrawFn, level: int = 0) -> tuple[str, object]:
    kind = draw(st.sampled_from(["scalar", "list", "map"] if level < 2 else ["scalar"]))
    if kind == "list":
        items = draw(st.lists(_flow(level + 1), max_size=3))
        return "[" + ", ".join(item[0] for item in items) + "]", [item[1] for item in items]
    if kind == "map":
        pairs = draw(st.dictionaries(st.sampled_from(["a", "b", "c d"]), _flow(level + 1), max_size=2))
        written = ", ".join(f"{key}: {value[0]}" for key, value in pairs.items())
        return "{" + written + "}", {key: value[1] for key, value in pairs.items()}
    node, value = draw(_scalar(0, in_flow=True))
    return node.first, value


@st.composite
def _node(draw: st.DrawFn, indent: int, level: int = 0) -> tuple[_Lines, object]:
    """A value after a colon whose mapping stands at `indent`."""
    kind = draw(st.sampled_from(["scalar"] * 4 + (["list", "flow", "map"] if level < 2 else [])))
    if kind == "scalar":
        return draw(_scalar(indent + 2))
    if kind == "flow":
        items = draw(st.lists(_flow(1), min_size=1, max_size=3))
        if draw(st.booleans()):
            return _Lines("[" + ", ".join(item[0] for item in items) + "]"), [item[1] for item in items]
        blank = " " * (indent + 1)
        rest = [f"{blank}{item[0]}{',' if n < len(items) - 1 else ''}" for n, item in enumerate(items)]
        comments = []
        if draw(st.booleans()):
            comments = [draw(_comment())]
            rest[0] += " " + comments[0]
        return _Lines("[", [*rest, blank + "]"], comments, one_line=False), [item[1] for item in items]
    node, values = _Lines("", one_line=False), []
    names = draw(st.lists(st.sampled_from("pqrs"), min_size=1, max_size=3, unique=True))
    depth = indent + draw(st.sampled_from([0, 2, 4] if kind == "list" and level == 0 else [2, 4]))
    if draw(st.integers(0, 3)) == 0:
        node.comments.append(draw(_comment()))
        node.first = " " + node.comments[0]
    for name in names:
        if draw(st.integers(0, 5)) == 0:
            node.comments.append(draw(_comment()))
            node.rest.append(" " * depth + node.comments[-1])
        inner, value = draw(_scalar(depth + 2) if kind == "list" else _node(depth, level + 1))
        lead = "- " if kind == "list" else f"{name}: "
        beside = draw(_beside(inner)) if inner.one_line else ""
        node.rest.append((" " * depth + lead + inner.first).rstrip(" ") + beside)
        node.rest += inner.rest
        node.comments += inner.comments
        values.append(value)
    return node, values if kind == "list" else dict(zip(names, values, strict=True))


@st.composite
def blocks(draw: st.DrawFn) -> Block:
    """A note with a readable block, as text and as what it means."""
    indent = draw(st.sampled_from([0, 0, 0, 2]))
    blank, lines, comments, values = " " * indent, [], [], {}

    def between() -> None:
        for kind in draw(st.lists(st.sampled_from(["comment", "blank"]), max_size=2)):
            if kind == "blank":
                lines.append("")
            else:
                comments.append(draw(_comment()))
                lines.append(blank + comments[-1])

    between()
    for key in draw(st.lists(st.sampled_from(KEYS), max_size=5, unique=True)):
        node, value = draw(_node(indent))
        if value is None and not node.first:
            node.one_line = True
        name = json.dumps(key) if re.search(r"[:#]|^\d", key) or draw(st.integers(0, 7)) == 0 else key
        lead = f"{blank}{name}:" + ("" if not node.first or node.first.startswith(" ") else " ")
        beside = draw(_beside(node)) if node.one_line else ""
        lines.append(lead + node.first + beside)
        lines += node.rest
        comments += node.comments
        values[key] = value
        # A blank line after a scalar that keeps them would be part of it.
        if not re.search(r"[|>]\+", node.first + " ".join(node.rest)):
            between()
    eol = draw(st.sampled_from(["\n", "\r\n"]))
    fence = draw(st.sampled_from(["---", "---", "...", "--- "]))
    body = draw(st.sampled_from(["", "# Heading\n", "---\nx: y\n---\n", "text # no comment"]))
    text = eol.join(["---", *lines, fence, ""]) + body
    return Block(draw(st.sampled_from(["", "\ufeff"])) + text, values, comments, body)


def read_by_ruamel(text: str) -> dict[str, object] | None:
    """The front matter's values as ruamel.yaml reads them, dates as the text that they are in Obsidian."""
    lines = text.removeprefix("\ufeff").splitlines(keepends=True)
    end = next(n for n, line in enumerate(lines) if n and line.strip() in ("---", "...") and line[0] in "-.")
    loaded = YAML(typ="safe", pure=True).load("".join(lines[1:end]).replace("\r\n", "\n"))
    return plain(loaded) if loaded else {}


def plain(value: object) -> object:
    """`value` with its dates as text."""
    if isinstance(value, dict):
        return {key if isinstance(key, str) else str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value.isoformat() if isinstance(value, datetime.date) else value
