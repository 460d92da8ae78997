"""The rules for front matter that can't be read, or not as its writer meant it (`fm-`).

They come first. `fm-repair` changes a block where the result proves itself; what is left is reported by the
others, because no rule after them touches a block that it can't read.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from vaultsync.core.frontmatter.block import FrontMatter, Property, comments_in, parse_front_matter
from vaultsync.core.frontmatter.property_edits import unquoted_links
from vaultsync.core.frontmatter.unread_block import displaced_block
from vaultsync.core.frontmatter.yaml_values import Value, emit_scalar, same_value
from vaultsync.core.note import Note
from vaultsync.core.rules.rule import Context, Example, Finding, Option, rule
from vaultsync.core.text.spans import Span, TextEdit, apply_edits

REPAIRS = 50
"""Slips of one block that are put right; a block with more has another format, and each costs one reading."""


@rule(
    "fm-repair",
    evidence="Obsidian's reader refuses the block, and the repaired block proves itself.",
    owns="*",
    together=True,
    examples=(
        Example(
            "A colon in a title that stands without quotes.",
            before="---\ntitle: DiffSBDD: Drug Design # sic\ntags:\n  - paper\n---\n",
            after='---\ntitle: "DiffSBDD: Drug Design" # sic\ntags:\n  - paper\n---\n',
        ),
        Example(
            "A tab is no indentation in YAML.",
            before="---\ntags:\n\t- paper\n\t- diffusion\n---\n",
            after="---\ntags:\n  - paper\n  - diffusion\n---\n",
        ),
        Example(
            "Signs that mean something to YAML at the start of a value, and several slips at once.",
            before="---\ncitekey: @schneuing2022\nvenue: %NeurIPS 2022\nurl: https://x.org\n---\n",
            after='---\ncitekey: "@schneuing2022"\nvenue: "%NeurIPS 2022"\nurl: https://x.org\n---\n',
        ),
        Example(
            "In a list each item gets its own quotes, and quoted words get the brackets of a list.",
            before="---\npeople: [@anna, ben, Who:]\ntags: 'alpha', 'beta'\n---\n",
            after="---\npeople: [\"@anna\", ben, \"Who:\"]\ntags: ['alpha', 'beta']\n---\n",
        ),
        Example(
            "Quotes within quotes: the outer ones are YAML's.",
            before='---\ntitle: "The "Best" Way: Foo"\n---\n',
            after="---\ntitle: 'The \"Best\" Way: Foo'\n---\n",
        ),
        Example(
            "Several links without quotes are a list.",
            before="---\nrelated: [[A]], [[B]]\n---\n",
            after='---\nrelated:\n  - "[[A]]"\n  - "[[B]]"\n---\n',
        ),
        Example(
            "A block that can be read stays.", before="---\ntitle: 'A: B'\nurl: https://x.org/a:b\n---\n"
        ),
        Example(
            "Where it is not certain what is meant, nothing is done.",
            before='---\ntitle: "Attention\ntags:\n  - paper\n---\n',
        ),
        Example(
            "A list with words around it may be meant as a list.",
            before='---\nauthors: ["Lee, A.", "Chen, B."], et al.\n---\n',
        ),
    ),
)
def fm_repair(note: Note, ctx: Context) -> Iterator[Finding]:
    """Repair front matter that can't be read, where only one thing can be meant and the result proves it.

    Quotes go around a value that needs them, blanks take the place of a tab, and several links in a row
    become a list. The repaired block must be read without an error, hold each repaired value sign for sign,
    keep every comment, and give all other properties the values that they have when the repaired lines are
    taken out. Otherwise the note stays as it is, and `fm-syntax` says why.
    """
    front = note.front
    if front is not None and front.error is not None:
        yield from _mended(note.text, front)


@rule(
    "fm-syntax",
    evidence="Obsidian's reader refuses the block, or doesn't take it for front matter.",
    examples=(
        Example(
            "A quote without its end.",
            before='---\ntitle: "Attention\ntags:\n  - paper\n---\n',
            problem='a quote (") is opened and never closed — title: "Attention"',
        ),
        Example(
            "A block without an end.",
            before="---\ntitle: Attention\n\nA note.\n",
            problem="the front matter is opened and never closed — end it with a line `---`",
        ),
        Example(
            "A block that something stands above is none to Obsidian, whatever the note is.",
            before="\n---\ntags:\n  - evergreen\n---\n",
            problem="front matter counts only from the first line on — delete the blank lines above it",
            path="Home.md",
        ),
        Example(
            "Words that were typed into the first line.",
            before="Monday---\ntitle: ICASSP\ntags:\n  - conference\n---\n",
            problem="front matter counts only from the first line on — delete “Monday” before its ---",
            path="Home.md",
        ),
        Example("Front matter that can be read.", before="---\ntitle: 'A: B'\n---\n"),
        Example("A rule across the page is no front matter.", before="---\n\nA note.\n"),
    ),
)
def fm_syntax(note: Note, ctx: Context) -> Iterator[Finding]:
    """Report front matter that can't be read: where, why, and what to write instead.

    Obsidian shows such a block as text, and no other rule touches it. What `fm-repair` can repair is not
    reported.
    A block that doesn't count is reported, too: below blank lines, an invisible sign, a comment or a line of
    words, or with a first line that is not `---`.
    """
    front = note.front
    if front is None:
        if displaced := displaced_block(note.text):
            yield note.problem(
                displaced.offset,
                "fm-syntax",
                displaced.message,
                displaced.hint,
            )
        return
    if front.error is not None:
        error = front.error
        yield note.problem(error.offset, "fm-syntax", error.message, error.hint)


@rule(
    "fm-duplicate-keys",
    evidence="A key stands twice in one mapping, so that Obsidian reads none of the block.",
    examples=(
        Example(
            "One property, two values.",
            before="---\ntitle: Attention\ntags:\n  - paper\ntitle: Attention Is All You Need\n---\n",
            problem='"title" stands twice, in lines 2 and 5',
        ),
        Example("Each property once.", before="---\ntitle: Attention\nTitle: a property of its own\n---\n"),
    ),
)
def fm_duplicate_keys(note: Note, ctx: Context) -> Iterator[Finding]:
    """Report a property that stands twice: Obsidian reads no such block, and only you know which counts."""
    if note.front is None:
        return
    for twice in note.front.duplicates:
        first, second = (note.line_column(offset)[0] for offset in (twice.first, twice.second))
        where = f"in lines {first} and {second}" if first != second else f"in line {first}"
        yield note.problem(
            twice.second,
            "fm-duplicate-keys",
            f'"{twice.key}" stands twice, {where}',
            "keep one of the two, or give one another name",
        )


@rule(
    "fm-nested",
    evidence="A value holds a mapping or a list in a list, and no setting allows it.",
    options=(
        Option("allow", ["longform"], 'Properties that may be nested (that of a plugin, say); "*" for all.'),
    ),
    examples=(
        Example(
            "Properties in a property.",
            before="---\nconference:\n  name: ICASSP\n  year: 2025\n---\n",
            problem='"conference" holds properties of its own, which Obsidian doesn\'t show',
        ),
        Example(
            "A list in a list.",
            before="---\nmatrix: [[1, 2], [3, 4]]\n---\n",
            problem='"matrix" holds a list in a list, which Obsidian doesn\'t show',
        ),
        Example(
            "A text that lacks its quotes.",
            before="---\naliases:\n  - Opener: a new tab\n---\n",
            problem='put quotes around it: - "Opener: a new tab"',
        ),
        Example(
            "Where it is meant, it can be allowed.",
            before="---\nmatrix: [[1, 2], [3, 4]]\n---\n",
            options={"allow": ["matrix"]},
        ),
        Example(
            "Text, lists, and links that wait for their quotes.", before="---\nup: [[Home]]\ntags: [a]\n---\n"
        ),
    ),
)
def fm_nested(note: Note, ctx: Context) -> Iterator[Finding]:
    """Report properties in properties and lists in lists, which Obsidian shows as raw text, if at all.

    Dataview and some plugins read them: allow those by name.
    """
    front = note.front
    if front is None or front.error is not None:
        return
    nested = [prop for prop in front.properties if prop.style not in _FLAT and _is_nested(prop.value)]
    if not nested or "*" in ctx.options["allow"]:
        return
    links = {link.key for link in unquoted_links(note.text, front) if link.sure}
    for prop in nested:
        if prop.key in ctx.options["allow"] or (prop.key in links and not isinstance(prop.value, dict)):
            continue
        if text := _text_with_colon(note, prop):
            yield note.problem(
                text.start,
                "fm-nested",
                f'a text with ": " is a property of its own to YAML, here in "{prop.key}"',
                f"put quotes around it: - {emit_scalar(text.of(note.text))}",
            )
            continue
        inside = "properties of its own" if _has_mapping(prop) else "a list in a list"
        yield note.problem(
            prop.key_span.start,
            "fm-nested",
            f'"{prop.key}" holds {inside}, which Obsidian doesn\'t show',
            "make each a property by itself, or allow it in [rules.fm-nested]",
        )


_FLAT = frozenset(("plain", "single", "double", "literal", "folded", "null"))


def _is_nested(value: Value) -> bool:
    if type(value) is list:
        for item in value:  # noqa: SIM110  # half the time of `any`, and each list of each note comes by
            if type(item) is list or type(item) is dict:
                return True
        return False
    return type(value) is dict


def _text_with_colon(note: Note, prop: Property) -> Span | None:
    """Where an item of a list stands that is `Some: text` on one line, and so a mapping by mistake."""
    for item in prop.items:
        if isinstance(item.value, dict) and len(item.value) == 1 and item.style == "block-map":
            (key, value), written = next(iter(item.value.items())), item.span.of(note.text)
            if isinstance(value, str) and " " in key + value and "\n" not in written:
                return item.span
    return None


def _has_mapping(prop: Property) -> bool:
    return isinstance(prop.value, dict) or any(isinstance(item.value, dict) for item in prop.items)


def _mended(text: str, front: FrontMatter) -> Sequence[TextEdit]:
    """The edits of all repairs of a block, one after the other until it can be read; none without proof."""
    edits: list[TextEdit] = []
    problem = front.error
    now, after = text, front
    while problem is not None:
        step = [_placed(edit, edits) for edit in problem.repair]
        if not step or len(edits) >= REPAIRS:
            return []
        for edit in step:
            if edit is None:
                return []
            edits.append(edit)
        edits.sort()
        now = apply_edits(text, edits)
        read = parse_front_matter(now)
        if read is None:
            return []
        after, problem = read, read.error
    return edits if _proves_itself(text, front, edits, now, after) else []


def _placed(edit: TextEdit, done: Sequence[TextEdit]) -> TextEdit | None:
    """An edit of the text after `done` with the offsets of the text before; None if it touches one."""
    shift = 0
    for other in done:
        start = other.start + shift
        if edit.end <= start:
            break
        if edit.start < start + len(other.text):
            return None
        shift += len(other.text) - (other.end - other.start)
    return TextEdit(edit.start - shift, edit.end - shift, edit.text)


def _proves_itself(
    text: str, front: FrontMatter, edits: Sequence[TextEdit], now: str, after: FrontMatter
) -> bool:
    """Whether the repaired block says what the old one says, and only the repaired lines say it anew."""
    if after.duplicates or now[after.span.end :] != text[front.span.end :]:
        return False
    lines = _lines_of(text, edits)
    bare = apply_edits(text, [TextEdit(line.start, line.end, "") for line in lines])
    without = parse_front_matter(bare)
    if without is None or without.error is not None or without.duplicates:
        return False
    repaired: dict[str, list[TextEdit]] = {}
    shift = 0
    for edit in edits:
        place = edit.start + shift
        prop = next((p for p in after.properties if p.span.start <= place < p.span.end), None)
        if prop is None:
            return False
        repaired.setdefault(prop.key, []).append(edit)
        shift += len(edit.text) - (edit.end - edit.start)
    if not all(_holds(after, key, now, text, found) for key, found in repaired.items()):
        return False
    kept = [(p.key, p.value) for p in after.properties if p.key not in repaired]
    others = [(p.key, p.value) for p in without.properties if p.key not in repaired]
    if [key for key, _ in kept] != [key for key, _ in others]:
        return False
    if not all(same_value(one, other) for (_, one), (_, other) in zip(kept, others, strict=True)):
        return False
    return not _comments(bare, without) - _comments(now, after)


def _lines_of(text: str, edits: Sequence[TextEdit]) -> list[Span]:
    """The whole lines that the edits stand in, each once."""
    starts = sorted({text.rfind("\n", 0, edit.start) + 1 for edit in edits})
    return [Span(start, (text.find("\n", start) + 1) or len(text)) for start in starts]


def _comments(text: str, front: FrontMatter) -> Counter[str]:
    return Counter(span.of(text).rstrip() for span in comments_in(text, front))


_LINK = re.compile(r"!?\[\[[^\[\]\n]+\]\]")


def _holds(after: FrontMatter, key: str, now: str, text: str, edits: Sequence[TextEdit]) -> bool:
    """Whether what was quoted is the property's text, sign for sign, and no blank of a text was changed.

    Blanks in a tab's place say nothing before an item or a key; in a block scalar they may be text.
    """
    prop = after.get(key)
    if prop is None:
        return False
    texts = set(_texts(prop.value))
    for edit in edits:
        source = text[edit.start : edit.end].strip(" \t")
        if not source:
            if _BLOCK_SCALAR.search(prop.span.of(now)):
                return False
        elif source not in texts and not (
            source[0] == source[-1] and source[1:-1] in texts and source[0] in "'\""
        ):
            links = _LINK.findall(source)
            if not links or _LINK.sub("", source).strip(" \t,") or not texts.issuperset(links):
                return False
    return True


_BLOCK_SCALAR = re.compile(
    r"[:\-?][ \t]+(?:[&!]\S*[ \t]+){0,2}[|>][-+0-9]*[ \t]*(?:#[^\n]*)?\r?$", re.MULTILINE
)


def _texts(value: Value) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from _texts(item)
