"""The rules for front matter as a whole: what every note of a kind has, and the order (`fm-`).

They run after the rules for single properties. A missing property is put where the kind's order has it, so
that a second pass has nothing to move.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from vaultsync.core.frontmatter.property_edits import new_block, order_properties
from vaultsync.core.frontmatter.yaml_values import Value
from vaultsync.core.links.habits import OTHERS
from vaultsync.core.note import Note
from vaultsync.core.rules.fm_deprecated_keys import SUCCESSORS
from vaultsync.core.rules.new_properties import holds_back, inserted, ranks_of
from vaultsync.core.rules.rule import Context, Example, Finding, attempt, editable, rule


@rule(
    "fm-required",
    evidence="Your settings name the property for the kind (`required`, `defaults`), and the note lacks it.",
    owns="*",
    examples=(
        Example(
            "What every note of a kind has by your settings.",
            before="---\ntitle: Optimal Brain Damage\nyear: 1989\n---\n",
            after="---\ntitle: Optimal Brain Damage\nyear: 1989\ntags:\n  - paper\n---\n",
            files={"config.toml": '[kinds.paper]\ndefaults = {tags = ["paper"]}\n'},
        ),
        Example(
            "A note without front matter gets some.",
            before="# ICASSP 2025\n",
            after="---\nlocation:\n---\n# ICASSP 2025\n",
            path="Conferences/ICASSP 2025.md",
            files={"config.toml": '[kinds.conference]\nrequired = ["location"]\n'},
        ),
        Example(
            "The folder says that it is a paper: a tag would say it again.",
            before="---\ntitle: Optimal Brain Damage\n---\n",
        ),
        Example(
            "Your own defaults, in the kind's order.",
            before="---\ntitle: A\ntags: [paper]\n---\n",
            after="---\ntitle: A\nvenue:\ncategory: unread\ntags: [paper]\n---\n",
            files={
                "config.toml": '[kinds.paper]\nrequired = ["venue"]\ndefaults = {category = "unread"}\n',
            },
        ),
        Example("A property that is there stays, even if empty.", before="---\ntitle: A\ntags:\n---\n"),
        Example("Notes of no kind get nothing.", before="Milk, eggs.\n", path="Daily/2025-04-06.md"),
    ),
)
def fm_required(note: Note, ctx: Context) -> Iterator[Finding]:
    """Add the properties that every note of the kind has, with the kind's default values or empty.

    They are `required` and `defaults` of `[kinds.<name>]`; without settings of yours that is the `title` of
    conference and paper notes, which `fm-title` sees to. A tag is not added where the folder says what the
    note is. A property that is there is never changed, an empty one is not filled, an empty `title` is not
    added. A note without front matter gets a block; an empty note is left alone.
    """
    kind, front = ctx.config.kind, editable(note)
    if front is None and note.front is not None:
        return
    keys = {prop.key for prop in front.properties} if front is not None else set()
    if keys.issuperset(kind.required) and keys.issuperset(kind.defaults):
        return  # most notes, and in the same case
    wanted = dict.fromkeys(kind.required) | {key: _as_value(value) for key, value in kind.defaults.items()}
    present = {key.casefold() for key in keys}
    present |= {SUCCESSORS[key] for key in present if key in SUCCESSORS}
    missing = {key: value for key, value in wanted.items() if key.casefold() not in present}
    if not missing:
        return
    if front is None and holds_back(note):
        return
    if missing.get("title", "") is None:  # `fm-title` gives it one, or there is none to give
        del missing["title"]
    if not missing:
        return
    ranks = ranks_of(tuple(kind.order))
    missing = dict(sorted(missing.items(), key=lambda entry: ranks.get(entry[0].casefold(), len(ranks))))
    if front is None:
        yield from attempt(note, "fm-required", lambda: new_block(note.text, missing, note.eol))
    else:
        yield from attempt(note, "fm-required", lambda: inserted(note, front, missing, kind.order))


def _as_value(value: object) -> Value:
    """A default from `config.toml` as YAML has it: TOML's dates are text there."""
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, list):
        return [_as_value(item) for item in value]
    if isinstance(value, dict):
        return {key: _as_value(item) for key, item in value.items()}
    return value if isinstance(value, bool | int | float | str) else None


@rule(
    "fm-order",
    evidence="You turned the rule on, and neither the kind's order nor the vault's own is that of the note.",
    edits=True,
    opt_in=True,
    place="order",
    examples=(
        Example(
            "The kind's properties first, in its order; comments and lists move with their property.",
            before="---\nrating: 5\ntags: [paper]\n# as printed\ntitle: Optimal Brain Damage\nauthors:\n"
            "  - Yann LeCun\n---\n",
            after="---\n# as printed\ntitle: Optimal Brain Damage\nauthors:\n  - Yann LeCun\ntags: [paper]\n"
            "rating: 5\n---\n",
        ),
        Example(
            "Comments that blank lines set apart stay at the head and at the tail.",
            before="---\n# imported\n\ntags: [paper]\ntitle: A\n\n# end\n---\n",
            after="---\n# imported\n\ntitle: A\ntags: [paper]\n\n# end\n---\n",
        ),
        Example(
            "The same in a block in braces.",
            before='---\n{"rating": 5, "tags": ["paper"], "title": "A"}\n---\n',
            after='---\n{"title": "A", "tags": ["paper"], "rating": 5}\n---\n',
        ),
        Example(
            "The order that the vault's own notes have is the order.",
            before="---\nyear: 1989\ntitle: Optimal Brain Damage\n---\n",
            vault={f"Papers/{n}.md": f"---\nyear: {1990 + n}\ntitle: T{n}\n---\n" for n in range(5)},
            files={"config.toml": "[rules]\nfm-order = true\n"},
        ),
        Example("What is in order stays.", before="---\ntitle: A\ntags: [paper]\nrating: 5\nadded: x\n---\n"),
        Example("Notes of no kind have no order.", before="---\ntags: [a]\ntitle: A\n---\n", path="Home.md"),
    ),
)
def fm_order(note: Note, ctx: Context) -> Iterator[Finding]:
    """Put the properties into the order of the note's kind; the others follow as they stand.

    Off until `[rules] fm-order = true`: an order is a taste, and a vault may have one of its own.

    The order is `order` of `[kinds.<name>]`. A property moves with its whole value, the comment lines
    right above it and the comments inside it; blank lines stay, and so do the comments that they set apart at
    the head and at the tail. In a `{}` block the properties change places, and commas and lines stay. No
    value changes. A `{}` block with comments, and one where an alias would come before its anchor, stay as
    they are. Where the vault has an order of its own, this is the order: what stands first in at least five
    notes of the kind, and in four fifths of those that have both properties.
    """
    front = editable(note) if ctx.config.kind.order else None
    if front is None:
        return
    habits = ctx.index.order_habits
    order = habits.order(note.kind, ctx.config.kind.order)
    ranks, last = ranks_of(tuple(order)), len(order)
    keys = [prop.key.casefold() for prop in front.properties]
    now = [ranks.get(key, last) for key in keys]
    known = [rank for rank in now if rank < last]
    if known == sorted(known):
        behind = {key for at, key in enumerate(keys) if now[at] < last and last in now[:at]}
        if all(habits.has(note.kind, OTHERS, key) for key in behind):
            return
    yield from attempt(note, "fm-order", lambda: order_properties(note.text, front, order))
