"""The rules for properties that hold lists: tags, aliases, authors, links, deprecated names (`fm-`).

They run before the rules for single values (`scalars`) and for the whole block (`shape`). Each touches only
the property that it is about and keeps a list in the style in which it is written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache, partial

from vaultsync.core.config.kinds import PAPER
from vaultsync.core.frontmatter.block import FrontMatter, Property
from vaultsync.core.frontmatter.property_edits import (
    quote_value,
    set_items,
    unquoted_links,
)
from vaultsync.core.frontmatter.yaml_values import Value, same_value
from vaultsync.core.markdown.overlay import TAG_CHARS
from vaultsync.core.note import Note
from vaultsync.core.papers.authors import authors_in, is_open
from vaultsync.core.rules.rule import Context, Example, Finding, attempt, editable, rule


@rule(
    "fm-links",
    evidence="A value or an item is a link in brackets without quotes, and its words can be no list.",
    owns="*",
    examples=(
        Example(
            "A link without quotes is a list in a list to YAML; Obsidian shows it once it is quoted.",
            before="---\nup: [[Home]] # the start\nrelated:\n  - [[A#B|b]]\n  - '[[C]]'\n---\n",
            after='---\nup: "[[Home]]" # the start\nrelated:\n  - "[[A#B|b]]"\n  - \'[[C]]\'\n---\n',
        ),
        Example(
            "Links in brackets.",
            before="---\nrelated: [[[A]], [[B]]]\n---\n",
            after='---\nrelated: ["[[A]]", "[[B]]"]\n---\n',
        ),
        Example(
            "A list that only looks like a link, and text that holds one, stay.",
            before="---\nmatrix: [[1, 2]]\nsee: the note [[A]]\n---\n",
        ),
    ),
)
def fm_links(note: Note, ctx: Context) -> Iterator[Finding]:
    """Quote links in properties, which Obsidian asks for: `[[Note]]` becomes `"[[Note]]"`.

    That holds for a whole value and for an item of a list. Where a list in a list may be meant, as in
    `[[1, 2]]`, nothing is changed.
    """
    front = editable(note)
    if front is None or "[[" not in front.content.of(note.text):
        return
    for link in unquoted_links(note.text, front):
        if link.sure:
            yield from attempt(note, "fm-links", partial(quote_value, note.text, front, link.key, link.index))


@rule(
    "fm-tags",
    evidence="`tags` is text, which Obsidian has not read since 1.9; or an item has `#` in front, a comma,"
    " or stands twice.",
    owns=("tags", "tag"),
    examples=(
        Example(
            "Words become a list.",
            before='---\ntags: "paper, #deep-learning NLP" # mine\n---\n',
            after="---\ntags: # mine\n  - paper\n  - deep-learning\n  - NLP\n---\n",
        ),
        Example(
            "A list keeps its style; what stands twice goes, whatever its case.",
            before='---\ntags: [paper, "#LG", lg, \'a/b\', "x,y"] # mine\n---\n',
            after="---\ntags: [paper, LG, 'a/b', x, y] # mine\n---\n",
        ),
        Example("Tags as Obsidian writes them.", before="---\ntags:\n  - paper\n  - 深度学习/nlp\n---\n"),
        Example("An empty item is where the next tag goes.", before="---\ntags:\n- \n---\n"),
        Example(
            "`Tags` and `TAGS` are the same property to Obsidian, and keep their name.",
            before="---\nTags: bash docs\n---\n",
            after="---\nTags:\n  - bash\n  - docs\n---\n",
        ),
        Example(
            "What can't be a tag stays as it is.",
            before="---\ntags:\n  - paper\n  - machine learning\n---\n",
            problem='"machine learning" is not a tag: it holds " " — write machine-learning',
        ),
        Example(
            "A tag needs something other than digits.",
            before="---\ntags: [2024]\n---\n",
            problem='"2024" is not a tag: it has only digits — write y2024',
        ),
        Example(
            "Semicolons never parted tags: nobody knows that these are three.",
            before="---\ntags: paper; graph neural nets\n---\n",
            problem='"paper; graph neural nets" is not parted by commas or blanks alone, as tags are',
        ),
        Example(
            "To YAML, `#` opens a comment.",
            before="---\ntags: paper, #LG\n---\n",
            problem='"#LG" is read as a comment, not as a tag — write LG, without the "#"',
        ),
    ),
)
def fm_tags(note: Note, ctx: Context) -> Iterator[Finding]:
    """Make `tags` a list of tags: no `#` in front, none twice (upper and lower case are the same tag).

    Text is split at commas and blanks, as Obsidian used to read it; an item of a list only at commas, because
    `machine learning` as an item may be meant as one tag. A word that can't be a tag is reported with the
    nearest that can be, and stays. A tag has letters, digits, `_`, `-`, `/` and other scripts' characters,
    and at least one that is not a digit. An empty item stays.
    """
    front = editable(note)
    prop = None if front is None else front.get("tags")
    if front is not None and prop is None and not ctx.index.old_names.reader_of("tag"):
        prop = front.get("tag")
    if front is None or prop is None or isinstance(prop.value, dict):
        return
    if isinstance(prop.value, list):
        if _is_clean(prop.value) or any(isinstance(item, list | dict) for item in prop.value):
            return
    elif comment := swallowed(note, prop.value_span.end):
        yield _is_comment(note, prop.value_span.end, comment)
        return
    elif isinstance(prop.value, str) and re.search(r"[\[\]{}]", prop.value):
        message = f'"{prop.value}" is text and no list of tags'
        yield note.problem(
            prop.value_span.start, "fm-tags", message, "write it as a list, without the quotes"
        )
        return
    elif isinstance(prop.value, str) and _OTHER_SEPARATOR.search(prop.value):
        words = ", ".join(_tags_of(prop.value, r"[,;:\s]+"))
        message = f'"{" ".join(prop.value.split())}" is not parted by commas or blanks alone, as tags are'
        yield note.problem(
            prop.value_span.start, "fm-tags", message, f"if each word is a tag: {prop.key}: [{words}]"
        )
        return
    elif prop.value is None:
        return
    items = _tag_items(note, prop)
    problems = [problem for item, offset in items for problem in _tag_problems(note, item, offset)]
    yield from problems
    if problems and not isinstance(prop.value, list | str):
        return  # a number
    kept: dict[str, Value] = {}
    for number, (item, offset) in enumerate(items):
        name = "" if item is None else _source(note, item, offset).strip().casefold()
        kept.setdefault(name or f"{number}", item)
    if not same_value(list(kept.values()), prop.value):
        yield from set_list(note, front, "fm-tags", prop.key, list(kept.values()))


def _is_clean(items: Sequence[Value]) -> bool:
    """Whether there is nothing to do, which is so for most notes."""
    names = {_tag_name(item) if isinstance(item, str) else "" for item in items}
    return "" not in names and len(names) == len(items)


@lru_cache(maxsize=4096)
def _tag_name(text: str) -> str:
    """What tells a tag from others; empty if the text is no tag."""
    return "" if text.isdigit() or not _VALID_TAG.fullmatch(text) else text.casefold()


_OTHER_SEPARATOR = re.compile(r"[;:](?=\s)")
_VALID_TAG = re.compile(f"{TAG_CHARS}+")


def _tag_items(note: Note, prop: Property) -> list[tuple[Value, int]]:
    """The tags that a property names, with the offsets where they are written."""
    if isinstance(prop.value, str):
        return [(word, prop.value_span.start) for word in _tags_of(prop.value, r"[,\s]+")]
    if not isinstance(prop.value, list):
        return [(prop.value_span.of(note.text), prop.value_span.start)]
    if not prop.items:  # an alias, `*name`
        return [(item, prop.value_span.start) for item in prop.value]
    found: list[tuple[Value, int]] = []
    for item in prop.items:
        if isinstance(item.value, str):
            every = item.value.split()
            at = r"[,\s]+" if all(word.startswith("#") for word in every) else ","
            words: list[Value] = [*_tags_of(item.value, at)]
            found += [(word, item.span.start) for word in words or [item.value]]
        else:  # an empty item is the place of the next tag: it stays
            found.append((item.value, item.span.end if item.value is None else item.span.start))
    return found


def _tags_of(text: str, separator: str) -> list[str]:
    words = (word.strip().lstrip("#").strip() for word in re.split(separator, text))
    return [word for word in words if word]


def _source(note: Note, item: Value, offset: int) -> str:
    """A tag as text; that of a number is what is written, `1.10` and not `1.1`."""
    if isinstance(item, str):
        return item
    written = re.compile(r"[^\s,\]}]+").match(note.text, offset)
    return written.group() if written else ""


def _tag_problems(note: Note, item: Value, offset: int) -> Iterator[Finding]:
    if item is None:
        if comment := swallowed(note, offset):
            yield _is_comment(note, offset, comment)
        return
    tag = _source(note, item, offset)
    if not tag.strip() or _tag_name(tag):
        return
    if tag.isdigit():
        why, near = "it has only digits", f"y{tag}"
    else:
        wrong = next(sign for sign in tag if not _VALID_TAG.fullmatch(sign))
        why = f'it holds "{wrong}"' if wrong.isprintable() else f"it holds U+{ord(wrong):04X}"
        near = tag.replace("+", "_")  # `n+1` is nothing like `n-1`
        near = re.sub(f"(?:(?!{TAG_CHARS}).)+", "-", near, flags=re.DOTALL).strip("-")
        near = f"y{near}" if near.isdigit() else near
    yield note.problem(
        offset, "fm-tags", f'"{tag}" is not a tag: {why}', f"write {near}" if near else "remove it"
    )


def swallowed(note: Note, offset: int) -> str:
    """The `#word` after a value or in place of one: to YAML a comment, to its writer perhaps more."""
    found = _SWALLOWED.match(note.text, offset)
    return found.group(1) if found else ""


_SWALLOWED = re.compile(r"[ \t]+(#+[^\s#][^\r\n]*)")


def _is_comment(note: Note, offset: int, comment: str) -> Finding:
    bare = " ".join(word.lstrip("#") for word in comment.split())
    return note.problem(
        note.text.index("#", offset),
        "fm-tags",
        f'"{comment}" is read as a comment, not as a tag',
        f'write {bare}, without the "#"',
    )


@rule(
    "fm-aliases",
    evidence="`aliases` is text, which Obsidian has not read since 1.9.",
    owns=("aliases", "alias"),
    examples=(
        Example(
            "Text becomes a list, at its commas too.",
            before="---\naliases: DDPM, Denoising Diffusion\n---\n",
            after="---\naliases:\n  - DDPM\n  - Denoising Diffusion\n---\n",
        ),
        Example(
            "Quotes keep a comma inside one alias.",
            before='---\naliases: "Attention, please" # sic\n---\n',
            after="---\naliases: # sic\n  - Attention, please\n---\n",
        ),
        Example(
            "A full-width comma stands within a title.",
            before="---\naliases: 早安，世界\n---\n",
            after="---\naliases:\n  - 早安，世界\n---\n",
        ),
        Example(
            "The comma within a number parts nothing.",
            before="---\naliases: 1,000 Ways to Prune, Pruning\n---\n",
            after="---\naliases:\n  - 1,000 Ways to Prune\n  - Pruning\n---\n",
        ),
        Example("A list stays.", before="---\naliases: [CCS, 'Coreset, covered']\n---\n"),
        Example(
            "A comma in brackets is no end of an alias.",
            before="---\naliases: Adam (fast, simple), AdamW\n---\n",
            problem='"Adam (fast, simple), AdamW" can be read as one alias or as several',
        ),
        Example(
            "Quotes that begin after the first alias are signs to YAML, and were meant as quotes.",
            before="---\naliases: Adam, \"a method, 'for short'\"\n---\n",
            problem="can be read as one alias or as several",
        ),
    ),
)
def fm_aliases(note: Note, ctx: Context) -> Iterator[Finding]:
    """Make `aliases` a list, as Obsidian wants it.

    Text without quotes is split at its commas, as Obsidian did until 1.9; a quoted text is one alias, and so
    is one with a full-width comma, which is punctuation. What is a list already stays as it is.
    """
    front = editable(note)
    prop = None if front is None else front.get("aliases")
    if front is not None and prop is None and not ctx.index.old_names.reader_of("alias"):
        prop = front.get("alias")
    if front is None or prop is None or prop.value is None or isinstance(prop.value, list | dict):
        return
    aliases = _aliases(note, prop)
    if aliases is None:
        yield note.problem(
            prop.value_span.start,
            "fm-aliases",
            f'"{" ".join(str(prop.value).split())}" can be read as one alias or as several',
            "write a list, each alias on its own line: `  - alias`",
        )
    elif aliases:
        yield from set_list(note, front, "fm-aliases", prop.key, aliases)


_QUOTES = frozenset("'\"")
_PARTING_COMMA = re.compile(r"(?<![0-9]),|,(?![0-9]{3}(?![0-9]))")  # that of `1,000 Ways` is the number's


def _aliases(note: Note, prop: Property) -> list[Value] | None:
    """The aliases in a single value; None where brackets hold a comma, and for several lines."""
    if not isinstance(prop.value, str):
        return [prop.value_span.of(note.text)]
    if prop.style != "plain":
        text = prop.value.strip()
        return None if "\n" in text else [text] if text else []
    parts = [part.strip() for part in _PARTING_COMMA.split(prop.value)]
    if any(part.count(left) != part.count(right) for part in parts for left, right in ("()", "[]", "{}")):
        return None
    if len(parts) > 1 and any(part[-1:] in _QUOTES or part[:1] in _QUOTES for part in parts):
        return None  # somebody thought of quotes, which mean nothing within a plain value
    return [part for part in parts if part]


@rule(
    "fm-authors",
    evidence="A paper note's authors are one text that names several people who can be told apart.",
    owns=("authors",),
    examples=(
        Example(
            "Names that can be told apart become a list.",
            before="---\nauthors: Ran Tian and Ankur P. Parikh; Łukasz Kaiser # all\n---\n",
            after="---\nauthors: # all\n  - Ran Tian\n  - Ankur P. Parikh\n  - Łukasz Kaiser\n---\n",
        ),
        Example(
            "Full names between commas.",
            before="---\nauthors: Kaiming He, Xiangyu Zhang, Shaoqing Ren and Jian Sun\n---\n",
            after="---\nauthors:\n  - Kaiming He\n  - Xiangyu Zhang\n  - Shaoqing Ren\n  - Jian Sun\n---\n",
        ),
        Example(
            "BibTeX's way: `and` between authors, a comma after the surname.",
            before="---\nauthors: Kingma, Diederik P. and Ba, Jimmy\n---\n",
            after="---\nauthors:\n  - Kingma, Diederik P.\n  - Ba, Jimmy\n---\n",
        ),
        Example(
            "A comma that may part two authors, or the surname from the given name.",
            before="---\nauthors: Lovelace, Ada\n---\n",
            problem='"Lovelace, Ada" can be read as one author or as several',
        ),
        Example(
            "An incomplete list stays, and so does a list.",
            before="---\nauthors: Vaswani et al.\n---\n",
        ),
    ),
)
def fm_authors(note: Note, ctx: Context) -> Iterator[Finding]:
    """Make the `authors` of a paper note a list where it is certain who they are.

    Authors are told apart by `;`, `and`, `&`, and by commas between full names. A comma that may follow a
    surname is reported. Names stay as they are written, and `et al.` is left alone: what is missing is never
    guessed.
    """
    front = editable(note) if ctx.config.kind_name == PAPER else None
    prop = None if front is None else front.get("authors")
    if front is None or prop is None or not isinstance(prop.value, str) or not prop.value.strip():
        return
    if ctx.config.types.get("authors", "list") != "list" or is_open(prop.value):
        return
    authors = authors_in(prop.value)
    if authors is None:
        yield note.problem(
            prop.value_span.start,
            "fm-authors",
            f'"{prop.value.strip()}" can be read as one author or as several',
            "write a list, each author on its own line: `  - name`",
        )
    else:
        yield from set_list(note, front, "fm-authors", prop.key, authors)


def as_items(note: Note, prop: Property, key: str) -> list[Value] | None:
    """What a property would be as a list under the name `key`; None if it is nothing of the kind."""
    if prop.value is None:
        return []
    if isinstance(prop.value, dict) or any(isinstance(item, list | dict) for item in _items(prop)):
        return None
    if key == "tags" and not prop.items and swallowed(note, prop.value_span.end):
        return None
    if key == "tags":
        return [item for item, _ in _tag_items(note, prop) if item is not None and item != ""]
    if key == "aliases" and not isinstance(prop.value, list):
        return _aliases(note, prop)
    return words_in(prop.value) if isinstance(prop.value, str) else _items(prop)


def _items(prop: Property) -> list[Value]:
    return prop.value if isinstance(prop.value, list) else [prop.value]


def words_in(text: str) -> list[Value]:
    """The words of a text, which blanks or commas part."""
    return [word for word in re.split(r"[,\s]+", text) if word]


def set_list(
    note: Note, front: FrontMatter, rule_id: str, key: str, items: Sequence[Value]
) -> Iterator[Finding]:
    """The edits that make the property `key` a list of `items`, or the problem that they can't be made."""
    yield from attempt(note, rule_id, partial(set_items, note.text, front, key, items))
