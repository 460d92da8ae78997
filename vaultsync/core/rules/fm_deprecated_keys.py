"""The rule for the names that Obsidian reads no longer (`fm-deprecated-keys`)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from vaultsync.core.config.config import CONFIG_PATH
from vaultsync.core.frontmatter.block import CannotEdit, FrontMatter, Property, parse_front_matter
from vaultsync.core.frontmatter.property_edits import remove_property, rename_key, set_items
from vaultsync.core.frontmatter.yaml_values import Value, same_value
from vaultsync.core.note import Note
from vaultsync.core.rules.fm_lists import as_items, set_list, words_in
from vaultsync.core.rules.rule import Context, Example, Finding, attempt, editable, rule
from vaultsync.core.text.spans import TextEdit, apply_edits

SUCCESSORS = {"tag": "tags", "alias": "aliases", "cssclass": "cssclasses"}
"""The names that Obsidian reads no longer since 1.9, and what it reads now (its help page "Properties")."""


@rule(
    "fm-deprecated-keys",
    evidence="The name is one that Obsidian has not read since 1.9, and no query or base of the vault "
    "reads it.",
    owns=(*SUCCESSORS, *SUCCESSORS.values()),
    examples=(
        Example(
            "An old name becomes the new one.",
            before="---\nalias: CCS\ncssclass: wide\n---\n",
            after="---\naliases: CCS\ncssclasses:\n  - wide\n---\n",
        ),
        Example(
            "Where both are there, the new one takes up what the old one has.",
            before="---\ntags: [paper, LG]\ntag: lg, sparsity # mine\n---\n",
            after="---\ntags: [paper, LG, sparsity]\n# mine\n---\n",
        ),
        Example(
            "A name that a query of the vault reads is kept.",
            before="---\ncssclass: wide\n---\n",
            vault={"Overview.md": "```dataview\ntable cssclass\n```\n"},
            problem="by a query in Overview.md; it keeps its name",
        ),
        Example(
            "And so is its value.",
            before="---\ntag: moc\n---\n",
            vault={"Overview.md": "```dataview\nlist tag\n```\n"},
            problem="by a query in Overview.md; it keeps its name",
        ),
        Example("The new names stay.", before="---\ntags:\n  - paper\ncssclasses: [wide]\n---\n"),
        Example(
            "What can't become a list is left to you.",
            before="---\ntags: [paper]\ntag:\n  a: b\n---\n",
            problem="`tag` can't be merged into `tags`",
        ),
    ),
)
def fm_deprecated_keys(note: Note, ctx: Context) -> Iterator[Finding]:
    """Give the properties that Obsidian reads no longer their new names: `tag`, `alias` and `cssclass`.

    Since Obsidian 1.9 only `tags`, `aliases` and `cssclasses` count, and they must be lists. A property that
    stands under both names becomes one list: first what the new one has, then what only the old one has. A
    name that a query of Dataview or a base in the vault reads is kept, and reported with the file that reads
    it.
    """
    front = editable(note)
    if front is None or _CONCERNED.isdisjoint([prop.key.casefold() for prop in front.properties]):
        return
    for old, new in SUCCESSORS.items():
        prop, successor = front.get(old), front.get(new)
        if prop is not None and (reader := ctx.index.old_names.reader_of(old)):
            yield note.problem(
                prop.key_span.start,
                "fm-deprecated-keys",
                f"`{prop.key}` is read no longer by Obsidian, but by a query in {reader}; it keeps its name",
                f"change the query to `{new}`, or accept it in {CONFIG_PATH}: "
                '[rules] accept = ["fm-deprecated-keys"]',
            )
            continue
        if prop is not None and successor is not None:
            yield from _merged(note, front, prop, successor)
            continue
        if prop is not None:
            yield from attempt(
                note, "fm-deprecated-keys", partial(rename_key, note.text, front, prop.key, new)
            )
        classes = prop or successor
        if new == "cssclasses" and classes is not None and isinstance(classes.value, str):
            yield from set_list(note, front, "fm-deprecated-keys", classes.key, words_in(classes.value))


_CONCERNED = frozenset((*SUCCESSORS, "cssclasses"))


def _merged(note: Note, front: FrontMatter, old: Property, new: Property) -> Iterator[Finding]:
    """The items of both properties in the newer one; the older one goes."""
    merged: list[Value] = []
    seen: set[str] = set()
    for prop in (new, old):
        items = as_items(note, prop, new.key)
        if items is None:
            yield note.problem(
                prop.key_span.start,
                "fm-deprecated-keys",
                f"`{old.key}` can't be merged into `{new.key}`: not a list of words",
                f"move its values to `{new.key}` and remove `{old.key}`",
            )
            return
        for item in items:
            name = str(item).casefold() if new.key == "tags" else str(item)
            if name not in seen:
                seen.add(name)
                merged.append(item)

    def edits() -> list[TextEdit]:
        found = [
            *set_items(note.text, front, new.key, merged),
            *remove_property(note.text, front, old.key),
        ]
        meant = {key: value for key, value in front.values().items() if key != old.key} | {new.key: merged}
        after = parse_front_matter(apply_edits(note.text, found))
        if after is None or after.error is not None or not same_value(after.values(), meant):
            raise CannotEdit(f"`{old.key}` can't be taken out", old.key_span.start)
        return found

    yield from attempt(note, "fm-deprecated-keys", edits)
