"""What notes are to the others, each read by itself: papers, notes that may mention papers, or neither."""

from __future__ import annotations

from collections.abc import Sequence

from vaultsync.core.config.config import Config
from vaultsync.core.config.kinds import PAPER
from vaultsync.core.links.cached_facts import Gist
from vaultsync.core.links.habits import date_forms, order_of
from vaultsync.core.links.old_names import names_read, names_used
from vaultsync.core.links.plain_lists import plain_list
from vaultsync.core.links.waiting import waits
from vaultsync.core.note import Note
from vaultsync.core.papers.paper import papers_of


def gists_of(notes: Sequence[Note], config: Config, stop_words: frozenset[str]) -> list[Gist]:
    """The gist of each note: it follows from the note and the configuration alone.

    One question of all notes, then the next, for the sake of the processor's cache, as in `papers_of`.
    """
    read = [note for note in notes if not config.is_template(note.path)]
    unread = {note.path for note in read if waits(note, config)}
    declared = [note for note in read if note.kind == PAPER and note.path not in unread]
    papers = {paper.path: paper for paper in papers_of(declared, stop_words)}
    lists = {n.path: plain_list(n) for n in declared if n.is_declared and "vaultsync:" in n.text}
    old_names = {n.path: (names_read(n.text), names_used(n.text[: n.body_start])) for n in read}
    dates = {note.path: date_forms(note, config.date_names(note.kind)) for note in read}

    def gist(note: Note) -> Gist:
        path = note.path
        has_blocks = "vaultsync:" in note.text
        if path not in old_names:  # a template
            return Gist(has_blocks=has_blocks)
        reads, uses = old_names[path]
        return Gist(
            papers.get(path),
            config.mentions_papers(note.kind) and path not in unread,
            has_blocks,
            reads,
            uses,
            has_blocks and "vaultsync:begin timeline" in note.text,
            dates[path],
            order_of(note, config.order_asked_for(note.kind)),
            lists.get(path, b""),
            path in unread,
        )

    return [gist(note) for note in notes]
