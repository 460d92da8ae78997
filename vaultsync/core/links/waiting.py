"""Notes that can't be read as what they are, and what other notes say of them meanwhile.

Somebody types a property, and for a while the front matter can't be read: the note is no conference note of
that day, or no paper of that title, for as long. What the lists of other notes say of it must not go with a
commit and come back with the next; it stays as it stands until the note can be read.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence

from vaultsync.core.config.config import Config
from vaultsync.core.frontmatter.unread_block import displaced_block
from vaultsync.core.links.block_memory import Writer
from vaultsync.core.note import Note

_TELLING = frozenset(("type", "tags", "tag", "date", "title", "booktitle", "aliases", "alias"))
"""Properties that say what a note is, of which day and by which names."""


def waits(note: Note, config: Config) -> bool:
    """Whether a fault of its front matter hides what the note is, or what lists show of it."""
    front = note.front
    if front is None:
        return displaced_block(note.text) is not None
    if front.error is None:
        return False
    if not front.legible or "" in front.illegible:
        return True
    of_kinds = (key.casefold() for kind in config.kinds.values() for key in kind.properties)
    return not _TELLING.union(of_kinds).isdisjoint(front.illegible)


def with_kept(
    present: Sequence[str],
    wanted: Sequence[str],
    leads_to: Callable[[str], str | None],
    waiting: Collection[str],
    writer_of: Callable[[str], Writer],
) -> list[str]:
    """The entries that a list is to have, and among them those that stay as they stand.

    `present` are the lines of the list as it stands, `leads_to` gives the note to which an entry leads. One
    that leads to one of the notes `waiting` stays with what it quotes: before the next one that leads to a
    note of which there is an entry, or last.
    """
    places: dict[str | None, int] = {}
    for at, line in enumerate(wanted):
        if line.startswith("- "):
            places.setdefault(leads_to(line), at)
    kept: dict[int, list[str]] = defaultdict(list)  # by the place before which they go, from below
    at = len(wanted)
    quotes: list[str] = []
    for line in reversed(present):
        if line.startswith("    - "):
            quotes.append(line)
            continue
        note = leads_to(line) if line.startswith("- ") else None
        if note in waiting:
            kept[at] += (own for own in (*quotes, line) if writer_of(own) is not Writer.PERSON)
        elif note is not None:
            at = places.get(note, at)
        quotes = []
    return [one for at, line in enumerate((*wanted, None)) for one in (*reversed(kept[at]), line) if one]
