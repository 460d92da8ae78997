"""What is asked about links: what only the person can decide, what mentions what, and why a link is there."""

from __future__ import annotations

from collections.abc import Iterator

from vaultsync.api import values as c
from vaultsync.api.open_notes import look_if_unseen
from vaultsync.api.paths import Refused, checked_note
from vaultsync.core.errors import Problem
from vaultsync.core.links.decisions import Decision
from vaultsync.core.links.index import Index
from vaultsync.core.links.mention_reader import read_mentions
from vaultsync.core.links.mentions import Mention, Reading
from vaultsync.core.links.obsidian_links import resolve
from vaultsync.core.markdown import Link
from vaultsync.core.note import Note, note_of
from vaultsync.core.text.editor_edits import Utf16, as_edited
from vaultsync.core.text.folding import fold, fold_name
from vaultsync.core.text.spans import TextEdit, apply_edits
from vaultsync.daemon.loop import Daemon
from vaultsync.runs.missing_papers import paper_candidates

SEARCHED = 10
"""Runs of a note that are searched for the one that made a link."""

_IDENTIFIERS = {
    "arxiv": "arXiv:{}",
    "doi": "{}",
    "acl": "{}",
    "openreview": "https://openreview.net/forum?id={}",
}
_REASONS = {
    1: "An identifier of the paper stands here.",
    2: "These words are the paper's full title.",
    3: "These words are a name of the paper that hardly means anything else, letter for letter.",
    4: "These words are an alias of the paper, letter for letter.",
}


def problems(daemon: Daemon, asked: c.ProblemsRequest) -> c.ProblemsAnswer:
    """What the last runs left to the person."""
    found: tuple[Problem, ...] = daemon.reporter.problems
    if asked.path is not None:
        path = checked_note(daemon.root, daemon.cycle.vault.config, asked.path)
        found = tuple(problem for problem in found if problem.path == path)
    return c.ProblemsAnswer(found[: asked.limit], len(found))


def suggestions(daemon: Daemon, asked: c.NoteRequest) -> c.SuggestionsAnswer:
    """The suggestions of a note, as it was saved last: those that `vaultsync links` lists."""
    note, index = _note(daemon, asked.path), _index(daemon)
    if not index.config.mentions_papers(note.kind):
        return c.SuggestionsAnswer((), ())
    reading = index.reading(note)
    return c.SuggestionsAnswer(daemon.cycle.known.suggester.of_note(note, reading, index), reading.ambiguous)


def decide(daemon: Daemon, asked: c.DecideRequest) -> c.DoneAnswer:
    """Write what the person decided; the next run over the note acts on it."""
    note, index = _note(daemon, asked.source), _index(daemon)
    paper = checked_note(daemon.root, daemon.cycle.vault.config, asked.paper)
    words = fold_name(asked.name)
    if not index.config.mentions_papers(note.kind):
        raise Refused(409, f"{note.path} is no conference note", "decisions are about conference notes")
    if not words or words not in fold(note.text).text:
        raise Refused(409, f'"{asked.name}" does not stand in {note.path}', "save the note, and try again")
    if paper not in index.catalogue:
        raise Refused(404, f"{paper} is no paper note of the vault")
    decision = Decision(note.path, words, paper)
    if asked.decision == "accept":
        daemon.cycle.decide(lambda known: known.accept([decision]))
    else:
        daemon.cycle.decide(lambda known: known.deny([decision]))
    daemon.changes.touch((note.path,))
    return c.DoneAnswer()


def mentions(daemon: Daemon, asked: c.NoteRequest) -> c.MentionsAnswer:
    """Where a paper is mentioned, or which papers a conference note mentions."""
    note, index = _note(daemon, asked.path), _index(daemon)
    found: list[c.MentionEntry] = []
    if index.config.mentions_papers(note.kind):
        reading = index.reading(note)
        found += (_entry(index, note, reading, mention) for mention in reading.mentions)
    else:
        for path, reading, of_paper in index.sources(note.path):
            if (source := daemon.cycle.known.seen.note(path)) is not None:
                found += (_entry(index, source, reading, mention) for mention in of_paper)
    return c.MentionsAnswer(note.kind, tuple(found))


def why(daemon: Daemon, asked: c.WhyRequest) -> c.WhyAnswer:
    """Why there is a link at an offset: what its words would be read as, were they none."""
    saved, index = _note(daemon, asked.path), _index(daemon)
    config = daemon.cycle.vault.config
    note = note_of(saved.path, as_edited(saved.text), config)
    at = Utf16(note.text).offset(asked.at)
    link = next((one for one in note.body.links if one.span.start <= at < one.span.end), None)
    paper = resolve(index.files, note.path, link.target) if link is not None and link.target else None
    if link is None or paper is None or paper not in index.catalogue:
        return c.WhyAnswer(False)
    words = link.text if link.text is not None else link.target.rpartition("/")[2]
    decisions = daemon.cycle.known.decided.now
    if Decision(note.path, fold_name(words), paper) in decisions.accepted:
        return c.WhyAnswer(True, paper, words, "You said that these words mean this paper.", ours=True)
    plain = apply_edits(note.text, [TextEdit(link.span.start, link.span.end, words)])
    reading = read_mentions(
        note_of(note.path, plain, config), index.catalogue, index.files, config, decisions
    )
    tiers = [m.tier for m in reading.mentions if m.paper == paper and m.span.start == link.span.start]
    reason = "The note names the paper elsewhere, too, so these words mean it."
    if not tiers:
        reason = "Today these words alone would not be linked."
    elif tiers[0] in _REASONS:
        reason = _REASONS[tiers[0]]
    return c.WhyAnswer(True, paper, words, reason, ours=_made_by_a_run(daemon, note, link))


def missing(daemon: Daemon, _asked: c.EmptyRequest) -> c.MissingAnswer:
    """Identifiers for which there is no note, each with its places, and what else may be a paper."""
    known = daemon.cycle.known
    places: dict[tuple[str, str], list[str]] = {}
    for path, reading in _index(daemon).readings():
        for one in reading.missing:
            places.setdefault((one.scheme, one.value), []).append(f"{path}:{one.line}")
    return c.MissingAnswer(
        tuple(
            c.MissingEntry(scheme, value, _IDENTIFIERS.get(scheme, "{}").format(value), tuple(where))
            for (scheme, value), where in places.items()
        ),
        paper_candidates(known.seen, known.suggester.of_note),
    )


def _index(daemon: Daemon) -> Index:
    index = daemon.cycle.known.seen.index
    daemon.todo.reached.update(index.refresh())
    return index


def _note(daemon: Daemon, path: str) -> Note:
    """The note at a path, as it was looked at last. Raises `Refused`."""
    look_if_unseen(daemon)
    checked = checked_note(daemon.root, daemon.cycle.vault.config, path)
    note = daemon.cycle.known.seen.note(checked)
    if note is None:
        raise Refused(404, f"there is no note {checked}, or none that can be read")
    return note


def _entry(index: Index, note: Note, reading: Reading, mention: Mention) -> c.MentionEntry:
    session = reading.sessions[mention.session] if mention.session < len(reading.sessions) else None
    paper = index.catalogue.get(mention.paper)
    title = paper.title if paper is not None and index.config.mentions_papers(note.kind) else reading.display
    return c.MentionEntry(
        note.path,
        note.line_column(mention.span.start)[0],
        mention.paper,
        title,
        mention.surface,
        session.title if session is not None else "",
        (session.day if session is not None else None) or reading.date,
        mention.quote,
    )


def _made_by_a_run(daemon: Daemon, note: Note, link: Link) -> bool:
    """Whether one of the note's last runs put the link in, as git remembers it."""
    git = daemon.cycle.repository_to_look_at()
    written = link.span.of(note.text)
    if git is None:
        return False

    def sides() -> Iterator[tuple[bytes, bytes]]:
        for run in git.history.runs(limit=SEARCHED, path=note.path):
            after = git.history.blob(run.sha, note.path) or b""
            before = git.history.blob(run.parents[0], note.path) if run.parents else None
            yield before or b"", after

    sought = written.encode()
    return any(after.count(sought) > before.count(sought) for before, after in sides())
