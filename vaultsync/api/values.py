"""What goes over the API, as values: each route's request and its answer.

Texts go over as an editor has them (line ends `\\n`), offsets count UTF-16 code units, digests are SHA-256 of
the text's UTF-8 in hexadecimal, times are ISO 8601. Paths are relative to the vault, with `/`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from vaultsync.core.errors import Problem
from vaultsync.core.history.changes import MadeCommit, Waiting
from vaultsync.core.importers import FORMATS
from vaultsync.core.links.mentions import Suggestion
from vaultsync.core.merge.merged import Clash
from vaultsync.core.text.editor_edits import EditorEdit
from vaultsync.daemon.status import LastRun, Trouble
from vaultsync.runs.missing_papers import PaperCandidate

NotePath = Annotated[str, Meta(min_length=1, max_length=4096)]
Digest = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
Format = Annotated[str, Meta(extra_json_schema={"enum": [known.name for known in FORMATS]})]
Seconds = Annotated[float, Meta(gt=0, le=86400)]
ConflictName = Annotated[str, Meta(pattern="^[0-9a-f]{12}$")]
RunName = Annotated[str, Meta(pattern="^[0-9a-f]{4,40}$")]


class ApiRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A request: a key that nobody knows is refused, as it would be a mistake."""


class EmptyRequest(ApiRequest, frozen=True):
    """A request without parameters."""


class ApiError(msgspec.Struct, frozen=True):
    """Why a request was not answered, and what to do about it."""

    error: str
    hint: str = ""


class DoneAnswer(msgspec.Struct, frozen=True):
    """It was done."""

    done: bool = True


class StatusRequest(ApiRequest, frozen=True):
    """With `since`, the answer waits up to `wait` seconds for a status other than that number's."""

    since: Annotated[int, Meta(ge=0)] | None = None
    wait: Annotated[float, Meta(ge=0, le=60)] = 0.0


class StatusAnswer(msgspec.Struct, frozen=True):
    """The daemon's state; `number` changes with it. `left` are notes that it leaves to their open editors."""

    api: str
    version: str
    vault: str
    pid: int
    number: int
    state: str
    consent: bool
    paused_until: str
    waiting: Trouble | None
    degraded: tuple[str, ...]
    watching: str
    notes: int
    pending: tuple[str, ...]
    pending_count: int
    problem_count: int
    left: tuple[str, ...]
    last_run: LastRun | None
    sync: str
    conflicts: int


# The open note


class FixRequest(ApiRequest, frozen=True):
    """The text of an open note. With `apply` it is saved, and the edits are about to be made.

    `digest`, if it is given, must be that of `text`.
    """

    path: NotePath
    text: str
    digest: Digest | None = None
    apply: bool = False


class FixAnswer(msgspec.Struct, frozen=True):
    """What is to be done to the text with `digest`: the edits, and the digest of the text after them.

    With `apply` and edits, `run` names what `applied` will commit. `waiting` says why there is no `run`, or
    (`consent`) no edits: `consent`, `save` (the file isn't this text), `git`, `paused`.
    """

    path: str
    digest: str
    edits: tuple[EditorEdit, ...]
    after: str
    run: str
    rules: tuple[str, ...]
    problems: tuple[Problem, ...]
    suggestions: tuple[Suggestion, ...]
    waiting: Literal["", "consent", "save", "git", "paused"] = ""
    hint: str = ""


class AppliedRequest(ApiRequest, frozen=True):
    """The edits of `run` were made, and the note was saved with the text of `digest`.

    Any other digest says that nothing came of them.
    """

    path: NotePath
    digest: Digest
    run: RunName


class AppliedAnswer(msgspec.Struct, frozen=True):
    """Whether the edits count as vaultsync's, with its commits; else the save is the person's as a whole."""

    ours: bool
    commits: tuple[MadeCommit, ...] = ()
    reason: str = ""


class HoldRequest(ApiRequest, frozen=True):
    """`paths` are being typed in: neither written nor committed. `open` stand in an editor: not written.

    Both for `seconds`, unless it is asked again. What this `client` had open and doesn't name any more is let
    go at once; what others have open stays so.
    """

    seconds: Annotated[float, Meta(gt=0, le=600)]
    paths: Annotated[tuple[NotePath, ...], Meta(max_length=1000)] = ()
    open: Annotated[tuple[NotePath, ...], Meta(max_length=1000)] | None = None
    client: Annotated[str, Meta(max_length=64)] = ""


# RunsAnswer


class RunRequest(ApiRequest, frozen=True):
    """Fix these notes now (the whole vault, without any), or with `dry_run` say what that would do."""

    paths: Annotated[tuple[NotePath, ...], Meta(max_length=10_000)] | None = None
    dry_run: bool = False


class ChangedNote(msgspec.Struct, frozen=True):
    """A note that was changed, or would be; `diff` is a patch, for a look alone."""

    path: str
    rules: tuple[str, ...]
    added: int
    removed: int
    diff: str = ""


class RunAnswer(msgspec.Struct, frozen=True):
    """What a run did, or would do. `left` are notes that are open in an editor, or typed in."""

    run: str
    notes: int
    changes: tuple[ChangedNote, ...]
    changes_count: int
    problems: tuple[Problem, ...]
    problem_count: int
    commits: tuple[MadeCommit, ...]
    left: tuple[str, ...]
    waiting: Waiting | None


class RunsRequest(ApiRequest, frozen=True):
    """How many runs to tell, the newest first."""

    limit: Annotated[int, Meta(ge=1, le=1000)] = 10


class EarlierRun(msgspec.Struct, frozen=True):
    """A run of before: its name, when, its commit and subject, its notes, and the run that took it back.

    With `changed_since` the commit is not what that run did: it was amended or squashed, holds a save of the
    person's, or never was vaultsync's. To take such a one back is refused here.
    """

    run: str
    when: str
    commit: str
    subject: str
    notes: tuple[str, ...]
    rules: tuple[str, ...]
    undoes: str
    undone_by: str
    changed_since: bool


class RunsAnswer(msgspec.Struct, frozen=True):
    """Earlier runs, the newest first."""

    runs: tuple[EarlierRun, ...]


class NamedRunRequest(ApiRequest, frozen=True):
    """The run that a path of the API names."""

    run: RunName


class DiffsAnswer(msgspec.Struct, frozen=True):
    """What a run did, a patch for each note."""

    run: str
    changes: tuple[ChangedNote, ...]


# What only the person can decide


class NoteRequest(ApiRequest, frozen=True):
    """A note."""

    path: NotePath


class ProblemsRequest(ApiRequest, frozen=True):
    """The problems of one note, or of the vault: so many."""

    path: NotePath | None = None
    limit: Annotated[int, Meta(ge=1, le=10_000)] = 1000


class ProblemsAnswer(msgspec.Struct, frozen=True):
    """Problems, and how many there are in all."""

    problems: tuple[Problem, ...]
    count: int


class AcceptRequest(ApiRequest, frozen=True):
    """What the rule `rule` reports of a note may stay for good: it joins `[rules] accept`."""

    path: NotePath
    rule: Annotated[str, Meta(pattern="^[a-z]+(-[a-z]+)+$", max_length=40)]


class SuggestionsAnswer(msgspec.Struct, frozen=True):
    """Possible links that are left to the person, and names that several papers go by."""

    suggestions: tuple[Suggestion, ...]
    ambiguous: tuple[Suggestion, ...]


class DecideRequest(ApiRequest, frozen=True):
    """In the note `source` the words `name` mean the note `paper`, or they don't."""

    source: NotePath
    name: Annotated[str, Meta(min_length=1, max_length=2000)]
    paper: NotePath
    decision: Literal["accept", "deny"]


class MentionEntry(msgspec.Struct, frozen=True):
    """A mention: the note that it stands in, the paper that it means, the words, the session, the quote."""

    path: str
    line: int
    paper: str
    title: str
    words: str
    session: str
    date: str
    quote: str


class MentionsAnswer(msgspec.Struct, frozen=True):
    """The mentions of a paper, or of papers in a conference note."""

    kind: str
    mentions: tuple[MentionEntry, ...]


class WhyRequest(ApiRequest, frozen=True):
    """The link at an offset of a note's text, in UTF-16 code units."""

    path: NotePath
    at: Annotated[int, Meta(ge=0)]


class WhyAnswer(msgspec.Struct, frozen=True):
    """Why a link leads where it does; `found` if there is one to a paper, `ours` if a run made it."""

    found: bool
    paper: str = ""
    words: str = ""
    reason: str = ""
    ours: bool = False


class MissingEntry(msgspec.Struct, frozen=True):
    """An identifier of a paper that the vault has no note of, and where it stands."""

    scheme: str
    value: str
    shown: str
    places: tuple[str, ...]


class MissingAnswer(msgspec.Struct, frozen=True):
    """Identifiers without a note, and titles beside their people that may be papers."""

    missing: tuple[MissingEntry, ...]
    candidates: tuple[PaperCandidate, ...] = ()


class ImportRequest(ApiRequest, frozen=True):
    """A pasted text: a paper list, BibTeX, identifiers; with `dry_run` only say what it would give."""

    text: str
    format: Format | None = None
    dry_run: bool = False


class ImportAnswer(msgspec.Struct, frozen=True):
    """What an import made, completed, left and could not use."""

    new: tuple[str, ...]
    completed: tuple[str, ...]
    unchanged: tuple[str, ...]
    skipped: tuple[str, ...]
    problems: tuple[Problem, ...]
    commits: tuple[MadeCommit, ...]
    waiting: Waiting | None


# SettingsAnswer


class SettingEntry(msgspec.Struct, frozen=True):
    """A setting: its dotted name, value, default, meaning, where it was set, and whether the API sets it."""

    name: str
    value: Any
    default: Any
    meaning: str
    origin: str
    writable: bool


class SettingsAnswer(msgspec.Struct, frozen=True):
    """All settings of the vault."""

    settings: tuple[SettingEntry, ...]


class SettingsRequest(ApiRequest, frozen=True):
    """New values by dotted name, written to `.vaultsync/config.toml`; `null` puts the default back."""

    values: Annotated[
        dict[str, bool | int | float | str | list[str] | None], Meta(min_length=1, max_length=50)
    ]


class ConsentRequest(ApiRequest, frozen=True):
    """The person's yes to what rules do to notes that exist, on this machine."""

    yes: Literal[True]


class PauseRequest(ApiRequest, frozen=True):
    """Do nothing for so long."""

    seconds: Seconds


class SyncAnswer(msgspec.Struct, frozen=True):
    """How the daemon's syncs did up to now; the next one begins at once, and the status tells of it."""

    state: str
    message: str
    hint: str
    last: str
    conflicts: int


class ConflictEntry(msgspec.Struct, frozen=True):
    """The conflict note at `path`, and the note that it belongs to, unless that is gone."""

    id: str
    note: str
    path: str
    is_there: bool
    clashes: tuple[Clash, ...]


class ConflictsAnswer(msgspec.Struct, frozen=True):
    """All conflict notes."""

    conflicts: tuple[ConflictEntry, ...]


class ConflictRequest(ApiRequest, frozen=True):
    """A conflict."""

    id: ConflictName


class KeepRequest(ApiRequest, frozen=True):
    """What the note of a conflict keeps: `done` leaves it as it is now."""

    id: ConflictName
    keep: Literal["ours", "theirs", "both", "done"]
