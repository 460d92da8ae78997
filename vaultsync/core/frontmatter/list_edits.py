"""Edits inside one list property: items added, dropped, changed, and everything else left as it is written.

`properties` asks here for the raw edits of a list over lines (`- a`) or in brackets (`[a, b]`), and proves
them. Kept items keep their quoting, their place and the comments around them; a comment beside a dropped item
stays as a line of its own, because no edit of front matter loses a comment.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher

from vaultsync.core.frontmatter.block import CannotEdit, Item, Property
from vaultsync.core.frontmatter.order_edits import after_blank_lines, keeps_blank_lines
from vaultsync.core.frontmatter.yaml_values import Value, emit_flow, emit_node
from vaultsync.core.text.spans import Span, TextEdit


def list_edits(
    text: str, prop: Property, new: Sequence[Value], comments: Sequence[Span], eol: str
) -> list[TextEdit]:
    """The edits that make the items of `prop` those of `new`; neither list is empty.

    Raises `CannotEdit` for a list whose first item stands on a line with something else.
    """
    steps = _steps([emit_flow(item.value) for item in prop.items], [emit_flow(value) for value in new])
    if prop.style == "block-seq":
        return _block_edits(text, prop, new, steps, comments, eol)
    return _flow_edits(text, prop, new, steps, comments)


def member_removal(
    text: str, members: Sequence[Span], gone: Iterable[int], comments: Sequence[Span]
) -> list[TextEdit]:
    """Take members out of a `[]` or `{}` with the commas that they need no longer; some member stays."""
    gone = set(gone)
    last_kept = max(index for index in range(len(members)) if index not in gone)
    edits = []
    for index in sorted(gone):
        member = members[index]
        if index < last_kept:
            comma = _find(text, ",", Span(member.end, members[index + 1].start), comments)
            end = comma + 1
            while text[end] in " \t":
                end += 1
            if text[end] == "#" and text[text.rfind("\n", 0, member.start) + 1 : member.start].strip():
                end -= 1  # a comment needs a blank before it
            edits += _deletions(text, member, Span(comma, end))
        else:
            before = members[index - 1].end
            comma = _find(text, ",", Span(before, member.start), comments)
            start = comma if text[before:comma].strip(" \t") else before
            edits += _deletions(text, Span(start, comma + 1), member)
    return edits


def comment_lines(text: str, comments: Iterable[Span], indent: str, eol: str) -> str:
    """Comments as lines of their own."""
    return "".join(f"{indent}{comment.of(text)}{eol}" for comment in comments)


def within(comments: Iterable[Span], start: int, end: int) -> list[Span]:
    """The comments that stand in `[start, end)`."""
    return [comment for comment in comments if start <= comment.start < end]


def _steps(old: list[str], new: list[str]) -> list[tuple[int | None, int | None, bool]]:
    """Pairs (old index, new index, equal) in order; one side is None where an item is dropped or added."""
    steps: list[tuple[int | None, int | None, bool]] = []
    for kind, i, i_end, j, j_end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        paired = min(i_end - i, j_end - j)
        steps += ((i + n, j + n, kind == "equal") for n in range(paired))
        steps += ((n, None, False) for n in range(i + paired, i_end))
        steps += ((None, n, False) for n in range(j + paired, j_end))
    return steps


def _sources(text: str, items: Sequence[Item]) -> dict[str, str]:
    """How the single-line items are written, by value: an item that only moves keeps its quoting."""
    return {
        emit_flow(item.value): item.span.of(text)
        for item in items
        if item.style in ("plain", "single", "double") and "\n" not in item.span.of(text)
    }


def _block_edits(
    text: str,
    prop: Property,
    new: Sequence[Value],
    steps: Sequence[tuple[int | None, int | None, bool]],
    comments: Sequence[Span],
    eol: str,
) -> list[TextEdit]:
    items, sources = prop.items, _sources(text, prop.items)
    dashes = [
        _find(
            text, "-", Span(items[i - 1].span.end if i else prop.value_span.start, item.span.start), comments
        )
        for i, item in enumerate(items)
    ]
    lines = [
        Span(text.rfind("\n", 0, dash) + 1, text.find("\n", item.span.end) + 1)
        for dash, item in zip(dashes, items, strict=True)
    ]
    indent = text[lines[0].start : dashes[0]]
    if indent.strip(" "):
        raise CannotEdit("the list begins on a line with something else", dashes[0])
    after_dash = text[dashes[0] + 1 : items[0].span.start]
    gap = after_dash if after_dash and not after_dash.strip(" ") else " "
    inner = indent + " " * (1 + len(gap))

    def written(value: Value) -> str:
        flow = emit_flow(value)
        node = sources.get(flow) or emit_node(value, inner)
        # Inside a list there may be blank lines below, which `|+` would take for its own.
        return flow if keeps_blank_lines(node) else node.replace("\n", eol)

    edits: list[TextEdit] = []
    place = lines[0].start
    keeper_end = -1  # up to where an item that keeps blank lines reaches, what was dropped below it included
    for i, j, equal in steps:
        if i is None and j is not None:
            edits.append(TextEdit(place, place, f"{indent}-{gap}{written(new[j])}{eol}"))
            keeper_end = -1
        elif i is not None:
            item, line = items[i], lines[i]
            place = line.end
            if j is None:
                kept = comment_lines(text, within(comments, line.start, line.end), indent, eol)
                if keeper_end == line.start and not kept:
                    place = keeper_end = after_blank_lines(text, line.end)
                edits.append(TextEdit(line.start, place, kept))
            elif equal:
                keeper_end = line.end if keeps_blank_lines(item.span.of(text)) else -1
            else:
                node = written(new[j]) if item.span else gap + written(new[j])
                first, _, rest = node.partition(eol)
                several = "\n" in item.span.of(text)
                line_end = line.end - 1 - (text[line.end - 2] == "\r")
                if (
                    rest and not several
                ):  # what stands beside the old item stays beside the new one's first line
                    edits.append(TextEdit(item.span.start, item.span.end, first))
                    edits.append(TextEdit(line_end, line_end, eol + rest))
                    continue
                end = line_end if rest else item.span.end
                edits.append(TextEdit(item.span.start, end, node))
                if lost := within(comments, item.span.start, end):
                    edits.append(TextEdit(line.end, line.end, comment_lines(text, lost, indent, eol)))
    return edits


def _flow_edits(
    text: str,
    prop: Property,
    new: Sequence[Value],
    steps: Sequence[tuple[int | None, int | None, bool]],
    comments: Sequence[Span],
) -> list[TextEdit]:
    items, sources = prop.items, _sources(text, prop.items)

    def written(value: Value) -> str:
        return sources.get(emit_flow(value)) or emit_flow(value)

    edits: list[TextEdit] = []
    first_kept = next(i for i, j, _ in steps if i is not None and j is not None)
    last_kept: int | None = None
    for i, j, equal in steps:
        if i is not None and j is not None:
            last_kept = i
            if not equal:
                edits.append(TextEdit(items[i].span.start, items[i].span.end, written(new[j])))
        elif j is not None and last_kept is None:
            at = items[first_kept].span.start
            edits.append(TextEdit(at, at, f"{written(new[j])}, "))
        elif j is not None and last_kept is not None:
            at = items[last_kept].span.end
            edits.append(TextEdit(at, at, f", {written(new[j])}"))
    gone = [i for i, j, _ in steps if i is not None and j is None]
    return edits + member_removal(text, [item.span for item in items], gone, comments)


def _find(text: str, indicator: str, gap: Span, comments: Sequence[Span]) -> int:
    """Where the last `indicator` of a gap between nodes stands, comments left out."""
    masked = gap.of(text)
    for comment in within(comments, gap.start, gap.end):
        start, end = comment.start - gap.start, comment.end - gap.start
        masked = masked[:start] + " " * (end - start) + masked[end:]
    found = masked.rfind(indicator)
    if found < 0:
        raise CannotEdit(f"no `{indicator}` where one is expected", gap.start)
    return gap.start + found


def _deletions(text: str, one: Span, other: Span) -> list[TextEdit]:
    """Delete two spans, and the blanks between them if there is nothing else."""
    if not text[one.end : other.start].strip(" \t"):
        return [TextEdit(one.start, other.end, "")]
    return [TextEdit(one.start, one.end, ""), TextEdit(other.start, other.end, "")]
