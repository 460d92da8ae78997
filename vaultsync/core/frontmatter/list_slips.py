"""Slips of lists on one line, and of quotes: which of them are lists, and what each item has to be.

Brackets, or several quoted words, are no sign of one text: their items get what they lack, or are reported.
"""

from __future__ import annotations

import re

from vaultsync.core.frontmatter.yaml_line import SyntaxProblem, YamlLine, quoting
from vaultsync.core.frontmatter.yaml_reader import BlockError
from vaultsync.core.frontmatter.yaml_values import emit_scalar
from vaultsync.core.text.late_pattern import late_pattern
from vaultsync.core.text.spans import TextEdit

LINK = late_pattern(r"!?\[\[[^\[\]\n]+\]\]")
LINKS = late_pattern(rf"{LINK.pattern}(?:[ \t]*,[ \t]*{LINK.pattern})*")


def several_quotes(line: YamlLine) -> SyntaxProblem:
    """A quoted word with text after it is one text; of several nobody knows whether they are one."""
    if len(_QUOTED.findall(line.value)) > 1:
        return SyntaxProblem(
            line.value_start,
            "text after the closing quote",
            f"a list in brackets, or quotes of another kind around it: {line.lead.strip()} …".strip(),
        )
    if (rest := _QUOTED.sub("", line.value, 1).strip()) == ",":
        return SyntaxProblem(
            line.value_end - 1,
            "a comma after the closing quote",
            f"take it away: {line.lead.strip()} {line.value[:-1].rstrip()}".strip(),
        )
    if rest.startswith(",") and line.key.casefold() in _LISTS:
        return SyntaxProblem(
            line.value_start, "a list needs brackets around it", f"{line.lead.strip()} [{line.value}]"
        )
    return quoting(line, "text after the closing quote")


_QUOTED = late_pattern(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^']|'')*'")
_QUOTED_WORDS = late_pattern(rf"(?:{_QUOTED.pattern})(?:[ \t]*,[ \t]*(?:{_QUOTED.pattern}))+")
# Properties that are lists to Obsidian, or to the built-in kinds.
_LISTS = frozenset(("tags", "tag", "aliases", "alias", "cssclasses", "cssclass", "authors", "keywords"))


def quoted_words(line: YamlLine) -> SyntaxProblem | None:
    """`"a", "b"`: a list that lacks its brackets, where the property is one or all are links."""
    if not _QUOTED_WORDS.fullmatch(line.value):
        return None
    words = _QUOTED.findall(line.value)
    hint = f"{line.lead.strip()} [{line.value}]".strip()
    sure = line.key.casefold() in _LISTS or all(LINK.fullmatch(word[1:-1]) for word in words)
    start, end = line.value_start, line.value_end
    repair = (TextEdit(start, start, "["), TextEdit(end, end, "]")) if sure and line.key else ()
    return SyntaxProblem(start, "several quoted words need brackets around them", hint, repair)


def inner_quotes(line: YamlLine) -> SyntaxProblem | None:
    """`"The "Best" Way"`: the outer quotes are YAML's, the inner ones the text's."""
    quote, text = line.value[0], line.value[1:-1]
    if line.value[-1] != quote or len(text) < 2:
        return None
    inner = [found.start() for found in re.finditer(re.escape(quote), text)]
    opens = all(not at or text[at - 1] in " ([" for at in inner[::2])
    closes = all(at + 1 == len(text) or not text[at + 1].isalnum() for at in inner[1::2])
    if not inner or len(inner) % 2 or not (opens and closes) or "\\" in text:
        return None
    written = emit_scalar(text)
    hint = f"{line.lead.strip()} {written}".strip()
    edit = TextEdit(line.value_start, line.value_end, written)
    return SyntaxProblem(line.value_start, "quotes within quotes of the same kind", hint, (edit,))


def hash_in_brackets(error: BlockError, lines: list[YamlLine]) -> SyntaxProblem | None:
    """`[#a, b]`: to YAML the `#` begins a comment, and the list goes on below it."""
    for line in lines:
        if line.start > error.offset:
            return None
        written = line.text[len(line.lead) :].rstrip()
        found = _HASH_IN_LIST.match(written)
        if found:
            bare = re.sub(r"(?<=[\[\s,])#+(?=[^\s#])", "", written)
            if LINK.fullmatch(written):  # the `#` is the heading's
                bare = emit_scalar(written)
            return SyntaxProblem(
                line.value_start + found.end(1),
                "to YAML, `#` begins a comment, and the list has no end",
                f"{line.lead.strip()} {bare}".strip(),
            )
    return None


_HASH_IN_LIST = late_pattern(r"(\[(?:[^\"'#]*[\s,])?)#[^\n]*\]\Z")


LONGEST_LIST = 5_000
"""Characters of a list in brackets whose items get quotes: each quote in it is followed to its end."""


def quoted_items(line: YamlLine) -> SyntaxProblem | None:
    """A list in brackets some items of which need quotes: each gets its own."""
    if (
        len(line.value) > LONGEST_LIST
        or not line.value.endswith("]")
        or not _PLAIN_ITEMS.fullmatch(line.value)
    ):
        return None
    edits, shown = [], []
    at = line.value_start + 1
    for item in _ITEM.findall(line.value[1:-1]):
        bare = item.strip(" \t")
        start = at + len(item) - len(item.lstrip(" \t"))
        at += len(item) + 1
        if bare and bare[0] not in "\"'[" and _NEEDS_QUOTES.search(bare):
            edits.append(TextEdit(start, start + len(bare), emit_scalar(bare, in_flow=True)))
            bare = edits[-1].text
        shown.append(bare)
    if not edits or any(edit.text[:1] not in ("'", '"') for edit in edits):
        return None
    hint = f"{line.lead.strip()} [{', '.join(shown)}]".strip()
    message = "an item of the list needs quotes" if len(edits) == 1 else "items of the list need quotes"
    return SyntaxProblem(edits[0].start, message, hint, tuple(edits))


# Items that are plain, quoted, or a link; nothing else in brackets or braces.
_ONE_ITEM = rf"[ \t]*(?:(?:{_QUOTED.pattern}|\[\[[^\[\]\n]+\]\])[ \t]*|[^\s\"',\[\]{{}}#][^,\[\]{{}}#]*)?"
_PLAIN_ITEMS = late_pattern(rf"\[{_ONE_ITEM}(?:,{_ONE_ITEM})*\]")
_ITEM = late_pattern(r"(?:\"(?:[^\"\\]|\\.)*\"|'(?:[^']|'')*'|[^,\"']|(?<=[^\s,])[\"'])+")
_NEEDS_QUOTES = late_pattern(r"\A[@`%*&!|>]|:\Z")
