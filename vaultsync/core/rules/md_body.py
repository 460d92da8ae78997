"""The rules for the body: what pandoc and GitLab leave behind becomes what Obsidian shows (`md-`).

Typing errors are the author's and stay. Each edit is proven: the body is rendered before and after, and an
edit that shows anything else is left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

from vaultsync.core.markdown import parse_body, rendered
from vaultsync.core.note import Note
from vaultsync.core.rules.rule import Context, Example, Finding, Option, rule
from vaultsync.core.text.spans import TextEdit, apply_edits

Proof = Callable[[str], bool]


def _proven(note: Note, edits: Sequence[TextEdit], holds: Proof) -> Sequence[TextEdit]:
    """Those of `edits` after which the body still `holds`: all at once if they do, else line by line."""
    if not edits or holds(_body_after(note, edits)):
        return edits
    kept: list[TextEdit] = []
    for _, line in groupby(edits, lambda edit: note.text.rfind("\n", 0, edit.start)):
        more = [*kept, *line]
        if holds(_body_after(note, more)):
            kept = more
    return kept


def _body_after(note: Note, edits: Sequence[TextEdit]) -> str:
    return apply_edits(note.text, edits)[note.body_start :]


@rule(
    "md-math",
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
    yield from _proven(note, edits, lambda body: _formulas(body) == formulas)


def _formulas(body: str) -> list[str]:
    """The formulas of a body without their delimiters."""
    return [span.of(body).strip("$").strip("`").strip() for span in parse_body(body).math]


@rule(
    "md-pandoc",
    body=True,
    options=(
        Option("escapes", "><'\"@~_", "The characters before which a needless backslash is dropped."),
        Option("labels", ["Comment", "Kommentar", "Problem"], "Words that, with a colon, open a paragraph."),
    ),
    examples=(
        Example(
            "Escapes that pandoc wrote and nobody needs.",
            before="- Transcriptomics: DNA-\\>RNA understanding\n- it\\'s in snake\\_case\n",
            after="- Transcriptomics: DNA->RNA understanding\n- it's in snake_case\n",
        ),
        Example(
            "A separator goes where nothing depends on it.",
            before="- about 10<!-- --> kHz\n",
            after="- about 10 kHz\n",
        ),
        Example(
            "A comment that was glued to the list above it is a paragraph of its own.",
            before="- manual process\nComment: tedious to sample\n",
            after="- manual process\n\nComment: tedious to sample\n",
        ),
        Example(
            "A list that was glued to the paragraph above it.",
            before="Solutions:\n- sparsity\n- compression\n",
            after="Solutions:\n\n- sparsity\n- compression\n",
        ),
        Example(
            "Escapes and separators that are needed stay.",
            before="\\> no quote\n\na \\<b\\> c, \\_not emphasised\\_, $\\approx$<!-- -->10 kHz\n",
        ),
    ),
)
def md_pandoc(note: Note, ctx: Context) -> Iterator[Finding]:
    """Remove what pandoc left behind, where the note looks the same without it.

    Needless backslashes, empty comments that separate two signs, and blank lines that are missing between a
    list and the paragraph before it, or between a list and a `Comment:` after it.
    """
    text, body = note.text, note.text[note.body_start :]
    shown = ""
    escapes = set(ctx.options["escapes"])
    if any(sign in escapes for sign in _ESCAPED.findall(body)):
        edits = [
            TextEdit(span.start, span.start + 1, "")
            for span in note.body.escapes
            if text[span.start + 1] in escapes and _harmless(text, span.start, span.end)
        ]
        if edits:
            shown = rendered(body)
            yield from _proven(note, edits, lambda after: rendered(after) == shown)
    if "<!-- -->" in body:
        separators = [
            TextEdit(span.start, span.end, "")
            for span in note.body.html_comments
            if span.of(text) == "<!-- -->" and not _depends(text, span.start, span.end)
        ]
        if separators:
            bare = (shown or rendered(body)).replace("<!-- -->", "")
            yield from _proven(
                note, separators, lambda after: rendered(after).replace("<!-- -->", "") == bare
            )
    yield from _unglued(note, list(ctx.options["labels"]))


def _harmless(text: str, start: int, end: int) -> bool:
    """Whether the escaped sign means nothing to Obsidian beyond CommonMark where it stands."""
    sign, after = text[end - 1], text[end : end + 1]
    if sign == "<":
        return after != "%"
    if sign == "@":
        return not after.isalnum()
    return sign != "~" or (after != "~" and text[start - 1 : start] != "~")


_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_SIGNS = frozenset("$#%=^[]|*_~`@!<>\\{}:")


def _depends(text: str, start: int, end: int) -> bool:
    """Whether what stands on both sides of a separator could become one sign without it."""
    return text[start - 1 : start] in _SIGNS or text[end : end + 1] in _SIGNS


_LIST_BELOW = re.compile(r"\r?\n(?=[-*+] (\S))")
_GLUED = r"(?!\ufeff?[-*+#>|\s])[^\n]+\n(?=[-*+] )"
_GLUED_HERE = re.compile(_GLUED)
_GLUED_BELOW = re.compile(rf"\n{_GLUED}")  # a line's end first, and not `^`, is what makes the search fast


def has_glued_list(text: str, start: int) -> bool:
    """Whether a bullet stands right below a line that may be a paragraph's. `start` begins a line."""
    return (_GLUED_HERE.match(text, start) or _GLUED_BELOW.search(text, start)) is not None


def _stands_glued(text: str, label: str) -> bool:
    """Whether a line that begins with `label` has no blank line above it."""
    at = text.find(label)
    while at > 0:
        if not text[max(at - 2, 0) : at].rstrip("\r").endswith("\n"):
            return True
        at = text.find(label, at + 1)
    return False


def _unglued(note: Note, labels: list[str]) -> Iterator[TextEdit]:
    """Blank lines between a paragraph and the list below it, and between a list and a labelled line."""
    text = note.text
    labelled = any(_stands_glued(text, f"\n{label}:") for label in labels)
    if not labelled and not has_glued_list(text, note.body_start):
        return
    below = re.compile(rf"\n(?=(?:{'|'.join(map(re.escape, labels))}):)")
    items = {block.span.start for block in note.body.blocks if block.kind == "item"}
    for block in note.body.blocks:
        start = block.span.start
        if block.kind == "paragraph" and text[start - 1 : start] in ("", "\n", "\ufeff"):
            following = _LIST_BELOW.match(text, block.span.end)
            if following and following.start(1) in items:
                yield TextEdit(following.end(), following.end(), note.eol)
        elif block.kind == "item" and labelled:
            for found in below.finditer(text, start, block.span.end):
                yield TextEdit(found.end(), found.end(), note.eol)
