"""The rule for GitLab's math (`md-math`), and the proof that an edit of a body shows what was shown before.

Typing errors are the author's and stay. Each edit is proven: the body is rendered before and after, and an
edit that shows anything else is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

from vaultsync.core.markdown import parse_body
from vaultsync.core.note import Note
from vaultsync.core.rules.rule import Context, Example, Finding, rule
from vaultsync.core.text.late_pattern import sign
from vaultsync.core.text.spans import TextEdit, apply_edits

Seen = Callable[[str], object]
"""What a reader sees of a body, as far as a rule must not change it."""

PROVEN = 20_000_000
"""Characters of a note that are read for proofs, one note's all together: some 2 s."""


def proven(note: Note, rule_id: str, edits: Sequence[TextEdit], seen: Seen) -> Iterator[Finding]:
    """Those of `edits` with which the body is `seen` as before: all at once if so, else halves, to the lines.

    Each proof reads the whole note. Where `PROVEN` characters don't suffice to tell the good ones from the
    others none is made: a part of them would leave the rest to the next pass, and to the one after it.
    """
    if not edits:
        return
    before = seen(note.text[note.body_start :])
    kept: list[TextEdit] = []
    open_parts = [_by_lines(note, edits)]
    left = PROVEN
    while open_parts:
        if left <= 0:
            yield note.problem(
                edits[0].start,
                rule_id,
                f"{len(edits)} places are left as they are: too many of them can't be changed safely",
                "mend them by hand, or split the note",
            )
            return
        part = open_parts.pop()
        left -= len(note.text)
        more = [*kept, *(edit for line in part for edit in line)]
        if seen(_body_after(note, more)) == before:
            kept = more
        elif len(part) > 1:
            half = len(part) // 2
            open_parts += (part[half:], part[:half])
    yield from kept


def fit_in_their_lines(note: Note, edits: Sequence[TextEdit], seen: Seen) -> list[TextEdit]:
    """Those of `edits` with which their own line, read by itself, is `seen` as before.

    For edits within lines: what fails here is left out at the cost of a line, where a proof costs the note.
    """
    text = note.text
    found: list[TextEdit] = []
    for line in _by_lines(note, edits):
        start = text.rfind("\n", 0, line[0].start) + 1
        end = text.find("\n", line[-1].end)
        alone = text[start : end if end >= 0 else len(text)]
        indent = len(alone) - len(alone.lstrip())  # which would make it code
        moved = [TextEdit(edit.start - start, edit.end - start, edit.text) for edit in line]
        if seen(alone[indent:]) == seen(apply_edits(alone, moved)[indent:]):
            found += line
    return found


def _by_lines(note: Note, edits: Sequence[TextEdit]) -> list[list[TextEdit]]:
    return [list(line) for _, line in groupby(edits, lambda edit: note.line_column(edit.start)[0])]


def _body_after(note: Note, edits: Sequence[TextEdit]) -> str:
    return apply_edits(note.text, edits)[note.body_start :]


@rule(
    "md-math",
    evidence="Code between dollars, which only GitLab shows as a formula.",
    body=True,
    examples=(
        Example(
            "GitLab's inline math becomes Obsidian's.",
            before="- scale by the Hessian $`\\mathcal{H}`$, then $`\\rightarrow`$ evolve\n",
            after="- scale by the Hessian $\\mathcal{H}$, then $\\rightarrow$ evolve\n",
        ),
        Example(
            "Before a digit a closing dollar would close nothing.",
            before="- about $`\\approx`$10 kHz\n",
        ),
        Example(
            "Code that shows the notation stays.",
            before="Write ``$`x`$`` in GitLab.\n",
        ),
    ),
)
def md_math(note: Note, ctx: Context) -> Iterator[Finding]:
    """Turn GitLab's inline math into `$…$`, where Obsidian then shows the same formula.

    A closing dollar must not stand before a digit, and no blank may stand inside the dollars; blanks at the
    ends of the formula mean nothing and are dropped.
    """
    if not _GITLAB_MATH(note.text):
        return
    edits = []
    for span in note.body.gitlab_math:
        formula = span.of(note.text)[1:-1].strip("`").strip()
        after = note.text[span.end : span.end + 1]
        before = note.text[span.start - 1 : span.start]
        if (
            formula
            and "$" not in formula
            and not after.isdigit()
            and after != "$"
            and before not in ("$", "\\")
        ):
            edits.append(TextEdit(span.start, span.end, f"${formula}$"))
    yield from proven(note, "md-math", fit_in_their_lines(note, edits, _formulas), _formulas)


_GITLAB_MATH = sign("$`", 1)


def _formulas(body: str) -> list[str]:
    """The formulas of a body without their delimiters."""
    return [span.of(body).strip("$").strip("`").strip() for span in parse_body(body).math]
