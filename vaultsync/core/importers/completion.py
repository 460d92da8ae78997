"""What an import changes in a paper's note that is there: properties that are empty, and those of its own.

A property is the import's own while its value is the one that an import wrote last, as git remembers; such a
one is refreshed when its source says something new (a preprint that got its venue). What a person wrote or
changed is never touched, nor is the text of the note.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from vaultsync.core.frontmatter.block import FrontMatter, parse_front_matter
from vaultsync.core.frontmatter.property_edits import new_block, order_properties, set_property
from vaultsync.core.frontmatter.yaml_values import Value
from vaultsync.core.importers.identifier_list import is_stub_title
from vaultsync.core.importers.note_text import ORDER
from vaultsync.core.text.spans import apply_edits

REFRESHED = ("title", "authors", "year", "date", "venue", "arxiv", "doi", "isbn", "url", "category")
"""Properties that a source may say anew."""

PUBLISHED = frozenset({"year", "date", "venue", "doi", "url"})
"""Those that change when a preprint is published, so that another source may say them, too."""

_PREPRINT = re.compile(r"\W*(?:arxiv|corr|biorxiv|medrxiv|ssrn|preprint|hal|openreview)\b.*", re.IGNORECASE)


def is_preprint(venue: str | None, doi: str | None) -> bool:
    """Whether a paper with this venue and DOI has not appeared anywhere but as a preprint."""
    published = venue and not _PREPRINT.fullmatch(venue)
    return not published and (not doi or doi.startswith(("10.48550/", "10.1101/", "10.2139/")))


def shown(value: object) -> str:
    """A property's value as text, by which two of them are told apart."""
    return "\n".join(map(str, value)) if isinstance(value, list) else "" if value is None else str(value)


def own_properties(text: str, imports: Iterable[tuple[str, str]], keys: Iterable[str]) -> frozenset[str]:
    """Those of `keys` whose value in the note `text` is what an import wrote last.

    `imports` are the note's texts before and after each import that wrote it, the newest first.
    """
    front = parse_front_matter(text)
    open_keys = {key: shown(front.value(key)) for key in keys} if front and not front.error else {}
    own: set[str] = set()
    for before, after in imports:
        earlier, later = parse_front_matter(before), parse_front_matter(after)
        for key, present in list(open_keys.items()):
            wrote = shown(later.value(key)) if later and not later.error else ""
            had = shown(earlier.value(key)) if earlier and not earlier.error else ""
            if wrote != had:
                del open_keys[key]
                if wrote == present:
                    own.add(key)
        if not open_keys:
            break
    return frozenset(own)


def not_taken_out(
    text: str, imports: Iterable[tuple[str, str]], properties: Mapping[str, Value]
) -> dict[str, Value]:
    """The properties without what an import had put into the note `text` before and is there no more.

    An undo or a person took it out. `imports` are the note's texts before and after each import.
    """
    left, now = dict(properties), _values(text)
    for before, after in imports:
        had, has = _values(before), _values(after)
        for key, value in list(left.items()):
            there = now.get(key, [])
            wrote = [item for item in has.get(key, []) if item not in had.get(key, []) and item not in there]
            if isinstance(value, list) and key in ("aliases", "source"):  # added to what is there
                left[key] = [item for item in value if str(item) not in wrote]
                if all(str(item) in there for item in value if str(item) not in wrote):
                    del left[key]
            elif wrote and not there:
                del left[key]
    return left


def _values(text: str) -> dict[str, list[str]]:
    """The values of a note's properties, each as a list of texts; none of a block that can't be read."""
    front = parse_front_matter(text)
    found = front.values() if front is not None and front.error is None else {}
    each = {key: value if isinstance(value, list) else [value] for key, value in found.items()}
    return {key: [str(item) for item in items if item not in (None, "")] for key, items in each.items()}


def complete_text(
    text: str,
    properties: Mapping[str, Value],
    order: Sequence[str] = ORDER,
    body: str = "",
    refresh: Mapping[str, Value] | None = None,
) -> str:
    """A note's text with `properties` put in where it has none (`source`: put in as it is).

    `aliases` are added to those that are there; `refresh` takes the place of what is there. A block that was
    in order stays in order. `body` goes below it if nothing but blank lines is there. Raises `CannotEdit` for
    front matter that can't be edited.
    """
    front = parse_front_matter(text)
    if body and front is not None and front.error is None and not text[front.span.end :].strip():
        eol = "\r\n" if "\r\n" in text else "\n"
        text = text[: front.span.end].rstrip("\r\n") + eol + body.replace("\n", eol)
    if front is None:
        return apply_edits(text, new_block(text, dict(properties), "\r\n" if "\r\n" in text else "\n"))
    ordered = not order_properties(text, front, order)
    changed = refresh or {}
    for key, value in {**properties, **changed}.items():
        new = _new_value(front, key, value, replaced=key in changed)
        if new is not None:
            text = apply_edits(text, set_property(text, front, key, new))
            front = parse_front_matter(text) or front
    return apply_edits(text, order_properties(text, front, order)) if ordered else text


def _new_value(front: FrontMatter, key: str, value: Value, *, replaced: bool) -> Value | None:
    """What the property is to be; None where it stays as it is."""
    present = front.value(key)
    if key == "aliases" and isinstance(value, list):
        there = present if isinstance(present, list) else [present] if present else []
        return [*there, *(alias for alias in value if alias not in there)]
    stub = key == "title" and isinstance(present, str) and is_stub_title(present)
    if replaced or key == "source" or stub or present is None or present in ("", []):
        return value
    return None
