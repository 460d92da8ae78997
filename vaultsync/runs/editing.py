"""A note that is open in an editor: what is offered for its text, and whose words its next save holds.

The plugin changes an open note through its editor and saves it itself, so that one save could hold what the
person typed and what we changed, and git could not tell them apart. So it goes in four steps: the plugin
saves; `offer` commits that as the person's and gives the edits; the plugin makes them and saves; `applied`
commits this save as a run. Where somebody has typed on before anyone saw that save, the run is committed as
it was offered, beneath what the file has now, and the rest stays to be the person's. Edits that the file
doesn't hold are no run.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import msgspec

from vaultsync.core.errors import Problem
from vaultsync.core.history.changes import MadeCommit
from vaultsync.core.history.messages import RUN_TRAILER
from vaultsync.core.note import Note, note_of, read_note
from vaultsync.core.plan.change import Change
from vaultsync.core.plan.open_note import OpenPlan, plan_open_note
from vaultsync.core.rules import RULES
from vaultsync.core.text.editor_edits import as_edited, in_form_of, text_digest
from vaultsync.core.text.spans import TextEdit
from vaultsync.core.text.standing_edits import holds_edits
from vaultsync.git.repository import Git
from vaultsync.runs.commits import written_file
from vaultsync.runs.cycle import Cycle
from vaultsync.runs.turn import Turn, turn_at
from vaultsync.vault.journal import Run, WrittenFile, file_between

KEPT = 10.0
"""Seconds for which an offer counts: an editor applies it in some milliseconds, or not at all."""

_ANOTHER_TEXT = "the file holds another text"
"""Said of an offer that stands all the same, for its time: an editor at a save leaves half of a text."""

EditorWaits = Literal["", "consent", "save", "git", "paused"]
"""Why an editor gets no edits to apply: the person has to agree, or to save; git waits; all rests."""


class Offer(msgspec.Struct, frozen=True):
    """Edits that an editor was given: to which text, what it becomes, and the name that they go by.

    `file` is what the journal has of it: so a save that nobody saw before the daemon ended is a run, too.
    """

    run: str
    before: str
    after: str
    change: Change
    edits: tuple[TextEdit, ...]
    file: WrittenFile | None
    until: float


class Offered(msgspec.Struct, frozen=True):
    """The plan for an open note. `run` names the offer; `waiting` and `hint` say why there is none."""

    plan: OpenPlan
    run: str = ""
    waiting: EditorWaits = ""
    hint: str = ""


class AppliedEdits(msgspec.Struct, frozen=True):
    """Whether a save was the offered text, and what was committed; if not, `reason` says why."""

    ours: bool
    commits: tuple[MadeCommit, ...] = ()
    reason: str = ""


class Editing:
    """What goes on in the editors of a cycle's vault; `clock` counts seconds.

    One thread owns it. `offers` are out by the paths of their notes.
    """

    def __init__(self, cycle: Cycle, clock: Callable[[], float]) -> None:
        self.offers: dict[str, Offer] = {}
        self._finished: dict[str, tuple[str, AppliedEdits]] = {}
        self._git: Git | None = None
        self._cycle, self._clock = cycle, clock
        self._known, self._ports = cycle.known, cycle.ports

    def adopt(self, earlier: Editing) -> None:
        """Take over the offers that are out, from before the settings changed."""
        self.offers.update(earlier.offers)
        self._finished.update(earlier._finished)

    def look(self, path: str, text: str) -> OpenPlan:
        """What would be done to the note at `path` if it had this text. Nothing is written.

        There must have been a look at the vault before.
        """
        survey, config = self._known.seen, self._known.vault.config
        if self._is_saved(path, text) and survey.has_changed(path):
            survey.look_again((path,))
        before = survey.note(path)
        note = note_of(path, text, config)
        self._known.past.ask(self._repository)
        plan = self._planned(note)
        if before is not None:
            survey.index.put(before)
        else:
            survey.index.drop(path, waits=path in survey.unreadable)
            survey.index.add_files({path} & survey.files.keys())
        survey.unsettled(plan.reached)
        return plan

    def offer(self, path: str, text: str) -> Offered:
        """The same for a note that was saved with this text, and whose editor is about to make the edits.

        What the person typed in it is committed, if there are edits. Raises what keeps a turn from starting.
        """
        if path in self.offers:
            self._settle(path)
        plan = self.look(path, text)
        if plan.change is None:
            return Offered(plan)
        data = self._ports.disk.read(path)
        if not isinstance(data, bytes) or not _reads(data, text):
            return Offered(plan, "", "save", "the file holds another text: save the note, and ask again")
        settings = self._known.vault.config.git
        base = ""
        with turn_at(
            self._ports, settings, commit=settings.commit, reload=self._known.decided.reload
        ) as turn:
            if turn.ready and turn.git is not None:
                if (problem := _commit_typed(turn, path)) is not None:
                    return Offered(plan, "", "git", f"{problem.message}: {problem.hint}")
                base = turn.commits.head()
            if turn.ready:
                self.offers[path] = self._offer(plan.change, plan.edits, data, base)
                files = tuple(one.file for one in self.offers.values() if one.file is not None)
                turn.commits.announce(Run(files, base))
        if turn.waiting is not None:
            return Offered(plan, "", "git", f"{turn.waiting.message}: {turn.waiting.hint}")
        return Offered(plan, self.offers[path].run)

    def applied(self, path: str, run: str, digest: str) -> AppliedEdits:
        """The editor has made the edits, and saved: commit that as a run, if it is what was offered."""
        offer = self.offers.get(path)
        name, finished = self._finished.get(path, ("", None))
        if offer is None and finished is not None and name == run:
            return finished
        if offer is None or offer.run != run:
            return AppliedEdits(False, reason="there is no such offer any more")
        if digest != offer.after:
            del self.offers[path]
            return AppliedEdits(False, reason="that is not the text that was offered")
        return self._commit(path, offer)

    def standing(self) -> list[str]:
        """The notes that hold what was offered: to be committed before somebody types on."""
        return [path for path, offer in self.offers.items() if _holds(self._ports.disk.read(path), offer)]

    def finish(self) -> list[MadeCommit]:
        """Commit what editors made of offers without a word, before a run takes it for the person's."""
        return [made for path in list(self.offers) for made in self._settle(path)]

    def _settle(self, path: str) -> tuple[MadeCommit, ...]:
        """The same for one note; an offer of which nothing came in its time is forgotten.

        Not before: what the file has now may be half of a save.
        """
        offer, data = self.offers[path], self._ports.disk.read(path)
        if _holds(data, offer):
            done = self._commit(path, offer)
            self._finished[path] = offer.run, done
            return done.commits
        if self._clock() > offer.until:
            del self.offers[path]
        return ()

    def _offer(self, change: Change, edits: tuple[TextEdit, ...], data: bytes, base: str) -> Offer:
        saved = in_form_of(data, change.after.text)
        file = _between(change, data, change.after.encode() if saved is None else saved)
        return Offer(
            Run((file,), base).id,
            text_digest(change.before.text),
            text_digest(change.after.text),
            change,
            edits,
            None if saved is None else file,
            self._clock() + KEPT,
        )

    def _planned(self, note: Note) -> OpenPlan:
        """The plan, without the links that the person took out before, and what others write back."""
        survey, decided = self._known.seen, self._known.decided
        plan = plan_open_note(survey.index, RULES, note)
        if plan.change is None:
            return plan
        changes, now = [plan.change], decided.now
        decisions = self._known.decisions_on(changes, self._known.past.taken_out(changes, survey))
        if decisions == now:
            return plan
        decided.decide(decisions)  # for this plan alone: the next run finds and writes the same
        try:
            again = plan_open_note(survey.index, RULES, note)
        finally:
            decided.decide(now)
        return msgspec.structs.replace(again, reached=plan.reached | again.reached)

    def _repository(self) -> Git | None:
        """The vault's repository, found once: to find it costs as much as all that is asked of it."""
        if self._git is None:
            self._git = self._cycle.repository_to_look_at()
        return self._git

    def _is_saved(self, path: str, text: str) -> bool:
        data = self._ports.disk.read(path)
        return isinstance(data, bytes) and _reads(data, text)

    def _commit(self, path: str, offer: Offer) -> AppliedEdits:
        settings = self._known.vault.config.git
        with turn_at(
            self._ports, settings, commit=settings.commit, reload=self._known.decided.reload
        ) as turn:
            if turn.ready and (reason := self._commit_in_turn(turn, path, offer)):
                if reason != _ANOTHER_TEXT or self._clock() > offer.until:
                    del self.offers[path]
                return AppliedEdits(False, reason=reason)
            if turn.ready:
                self._count(path, offer)
        if turn.waiting is not None:  # the offer stands: the next run tries again
            return AppliedEdits(False, turn.made, f"{turn.waiting.message}: {turn.waiting.hint}")
        del self.offers[path]
        data, survey = self._ports.disk.read(path), self._known.survey
        if survey is not None and isinstance(data, bytes) and _digest(data) == offer.after:
            survey.look_again((path,))  # else there is more to be committed, or nothing is known yet
        return AppliedEdits(True, turn.made or _made_before(turn.git, path))

    def _count(self, path: str, offer: Offer) -> None:
        """Keep in mind what was mended, as the editor saved it."""
        data = self._ports.disk.read(path)
        saved = read_note(path, data, self._known.vault.config) if isinstance(data, bytes) else None
        if self._ports.mendings is not None and isinstance(saved, Note):
            self._ports.mendings.wrote([msgspec.structs.replace(offer.change, after=saved)])

    def _commit_in_turn(self, turn: Turn, path: str, offer: Offer) -> str:
        """Commit the run; gives the reason if the save is the person's."""
        data = self._ports.disk.read(path)
        if not isinstance(data, bytes) or not _holds(data, offer):
            return _ANOTHER_TEXT
        if turn.git is None:
            return ""
        head = turn.git.history.head()
        kept = turn.git.history.blobs(head, [path]).get(path) if head else None
        if kept is not None and _digest(kept) == offer.after:
            return ""  # the turn began with that: it stood in the journal
        if kept is None or _digest(kept) != offer.before:
            return "the last commit has another text"
        if _digest(data) == offer.after:
            run = Run((_between(offer.change, kept, data),), head or "")
            turn.commits.announce(run)
            if turn.commits.run(run):
                return ""
            data = self._ports.disk.read(path)
            if not isinstance(data, bytes) or not _holds(data, offer):
                return _ANOTHER_TEXT
            if _digest(data) == offer.after:  # it waits in the journal: somebody has staged a part of it
                return ""
            # somebody has typed on between the look and the commit
        stored = turn.git.stored(path)
        saved = in_form_of(stored, offer.change.after.text) if stored is not None else None
        if stored is None or saved is None or _digest(stored) != offer.before:
            return "more was typed into it, and git stores it in another form"
        run = Run((_between(offer.change, kept, saved),), head or "")
        done = turn.commits.run_beneath(run, path, saved)
        return "" if done else "more was typed into it, and a hook of git's looks at each commit"


def _between(change: Change, before: bytes, after: bytes) -> WrittenFile:
    """What a planned change did, between these bytes of the file."""
    planned = written_file(change)
    return msgspec.structs.replace(
        file_between(change.path, before, after, planned.rules),
        links_added=planned.links_added,
        links_removed=planned.links_removed,
    )


def _made_before(git: Git | None, path: str) -> tuple[MadeCommit, ...]:
    """The run of an offer that another turn found in the journal, and committed."""
    runs = git.history.runs(limit=1, path=path) if git is not None else []
    return tuple(MadeCommit("vaultsync", run.sha, run.subject, run.trailers[RUN_TRAILER]) for run in runs)


def _commit_typed(turn: Turn, path: str) -> Problem | None:
    """Commit what the person typed in a note; gives what keeps git from it."""
    held, _ = turn.commits.person(lambda changes: None, lambda other: other != path, {path})
    problems = held or turn.commits.unprotected([path])
    return problems.get(path)


def _holds(data: bytes | Problem, offer: Offer) -> bool:
    """Whether a file holds what was offered, whatever was typed into it since."""
    text = _text(data) if isinstance(data, bytes) else None
    if text is None:
        return False
    return text_digest(text) == offer.after or holds_edits(offer.change.before.text, offer.edits, text)


def _reads(data: bytes, text: str) -> bool:
    """Whether an editor shows the bytes of a file as this text."""
    return _text(data) == text


def _digest(data: bytes) -> str:
    """The digest of the text that an editor shows of a file's bytes; empty for one that is no text."""
    text = _text(data)
    return text_digest(text) if text is not None else ""


def _text(data: bytes) -> str | None:
    try:
        return as_edited(data.decode("utf-8"))
    except UnicodeDecodeError:
        return None
