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
from vaultsync.core.text.spans import TextEdit, apply_edits

Proof = Callable[[str], bool]

PROVEN = 20_000_000
"""Characters of a note that are read for proofs, one note's all together: some 2 s."""


def proven(note: Note, edits: Sequence[TextEdit], holds: Proof) -> Sequence[TextEdit]:
    """Those of `edits` after which the body still `holds`: all at once if they do, else halves, to the lines.

    Each proof reads the whole note: those that `PROVEN` characters don't suffice for are left.
    """
    kept: list[TextEdit] = []
    lines = [list(line) for _, line in groupby(edits, lambda edit: note.line_column(edit.start)[0])]
    open_parts = [lines] if lines else []
    left = PROVEN
    while open_parts and left > 0:
        part = open_parts.pop()
        left -= len(note.text)
        more = [*kept, *(edit for line in part for edit in line)]
        if holds(_body_after(note, more)):
            kept = more
        elif len(part) > 1:
            half = len(part) // 2
            open_parts += (part[half:], part[:half])
    return kept


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
    if "$`" not in note.text:
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
    formulas = _formulas(note.text[note.body_start :])
    yield from proven(note, edits, lambda body: _formulas(body) == formulas)


def _formulas(body: str) -> list[str]:
    """The formulas of a body without their delimiters."""
    return [span.of(body).strip("$").strip("`").strip() for span in parse_body(body).math]
