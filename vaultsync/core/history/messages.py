"""The words of vaultsync's commits: what a person reads in `git log`, and what `vaultsync log` reads back.

Two kinds are written: the person's edits (`notes: ICASSP 2025 (+12 −3)`) and the tool's
(`vaultsync: link 2 papers in ICASSP 2025`), the latter with trailers after git-interpret-trailers(1). A
subject is a template with named fields; it keeps within 72 columns by naming fewer notes, never by dropping
the count.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import accumulate
from pathlib import PurePosixPath
from string import Formatter
from unicodedata import category, east_asian_width

import msgspec

from vaultsync.core.history.changes import FileChange

PERSON_MESSAGE = "notes: {notes} {lines}"
TOOL_MESSAGE = "vaultsync: {summary}"

PERSON_FIELDS = {
    "notes": "the notes, as many as fit",
    "count": "how many notes",
    "added": "lines added",
    "removed": "lines removed",
    "lines": "both, as (+12 −3)",
}
TOOL_FIELDS = {
    "summary": "what was done, as many notes as fit",
    "notes": "the notes, as many as fit",
    "count": "how many notes",
    "links": "links added",
    "unlinks": "links removed",
    "rules": "the rules, sorted",
    "run": "the run's id",
}

RUN_TRAILER = "Vaultsync-Run"
RULES_TRAILER = "Vaultsync-Rules"
LINKS_TRAILER = "Vaultsync-Links"
UNDOES_TRAILER = "Vaultsync-Undoes"

MERGE_SUBJECT = "vaultsync: merge "
"""How the subject of a merge with another device's commits begins."""

SUBJECT_COLUMNS = 72  # what `git log --oneline` and the web front ends show whole
BODY_LINES = 100  # a first run over thousands of notes is summed up by its first notes and a count


class NoteSummary(msgspec.Struct, frozen=True):
    """What a run did to one note: the ids of its rules, and how many links it added and took away."""

    path: str
    rules: tuple[str, ...]
    links_added: int = 0
    links_removed: int = 0


class TemplateError(ValueError):
    """A message template that can't be filled; the text names the field and the fields that exist."""


def person_message(changes: Sequence[FileChange], template: str = PERSON_MESSAGE) -> str:
    """The message of a commit of the person's edits: subject, and a body when there are several files.

    Raises `TemplateError`; see `check_template`.
    """
    ordered = sorted(changes, key=lambda c: (not c.path.endswith(".md"), -_weight(c), c.path))
    added = sum(max(c.added, 0) for c in ordered)
    removed = sum(max(c.removed, 0) for c in ordered)
    fields = {
        "count": str(len(ordered)),
        "added": str(added),
        "removed": str(removed),
        "lines": _lines(added, removed),
    }
    kinds = {c.kind for c in ordered}
    only_kind = next(iter(kinds)) if len(kinds) == 1 else ""
    verb = {"added": "add ", "deleted": "delete ", "renamed": "rename "}.get(only_kind, "")
    if len(ordered) == 1 and ordered[0].old_path is not None:
        names = [f"{_name(ordered[0].old_path)} to {_name(ordered[0].path)}"]
    else:
        names = [_name(c.path) for c in ordered]

    def filled(shown: int, columns: int) -> dict[str, str]:
        return fields | {"notes": verb + _listed(names, shown, columns)}

    head = _fitted(template, PERSON_FIELDS, filled, len(names))
    body = [_change_line(c) for c in sorted(ordered, key=lambda c: c.path)] if len(ordered) > 1 else []
    return _message(head, body, {})


def tool_message(
    run: str,
    notes: Sequence[NoteSummary],
    template: str = TOOL_MESSAGE,
    trailers: Mapping[str, str] | None = None,
) -> str:
    """The message of a commit of the tool's edits: subject, a line for each note, trailers.

    `run` is the run's id (any word), `trailers` come before the tool's own. Raises `TemplateError`.
    """
    ordered = sorted(notes, key=lambda n: (-(n.links_added + n.links_removed), n.path))
    links = sum(n.links_added for n in ordered)
    unlinks = sum(n.links_removed for n in ordered)
    rules = sorted({rule for n in ordered for rule in n.rules})
    names = [_name(n.path) for n in ordered]
    fields = {
        "count": str(len(ordered)),
        "links": str(links),
        "unlinks": str(unlinks),
        "rules": ", ".join(rules),
        "run": run,
    }

    def filled(shown: int, columns: int) -> dict[str, str]:
        return fields | {
            "notes": _listed(names, shown, columns),
            "summary": _summary(ordered, links, unlinks, shown, columns),
        }

    head = _fitted(template, TOOL_FIELDS, filled, len(names))
    last = dict(trailers or {})
    if rules:
        last[RULES_TRAILER] = ", ".join(rules)
    if links or unlinks:
        last[LINKS_TRAILER] = f"+{links} -{unlinks}"
    last[RUN_TRAILER] = run
    return _message(head, [_note_line(n) for n in sorted(ordered, key=lambda n: n.path)], last)


def merge_message(
    remote: str, came: Sequence[str], merged: Mapping[str, str], renamed: Mapping[str, str]
) -> str:
    """The message of a merge: `came` are the files that changed here, `merged` those that both sides changed.

    What `merged` maps a file to is the conflict note that was left beside it, empty where none was needed;
    `renamed` maps a file to the other name that it might have had.
    """
    notes = [path for path in came if path.endswith(".md")]
    what = _counted(len(notes), "note") if notes or not came else _counted(len(came), "file")
    body = []
    for path, conflict in sorted(merged.items()):
        left = f"; what does not go together is in {_printable(conflict)}" if conflict else ""
        other = f"; the other side called it {_printable(renamed[path])}" if path in renamed else ""
        body.append(f"- {_printable(path)}: changed on both sides{other}{left}")
    return _message(f"{MERGE_SUBJECT}{what} from {remote}", body, {})


def check_template(template: str, fields: Iterable[str]) -> None:
    """Raise `TemplateError` unless `template` uses plain `{name}` fields out of `fields` and has a text."""
    known = ", ".join("{" + name + "}" for name in fields)
    try:
        parts = list(Formatter().parse(template))
    except ValueError as error:
        raise TemplateError(f"not a message template: {error} (a plain brace is written twice)") from error
    for _, name, spec, conversion in parts:
        if name is not None and (name not in fields or spec or conversion):
            raise TemplateError(f"a message template has no field {{{name}}}; it has {known}")
    if not template.strip():
        raise TemplateError("a message template must not be empty")


def literal(text: str) -> str:
    """A template that gives exactly `text`: for a message that the person typed (`fix --message`)."""
    return text.replace("{", "{{").replace("}", "}}")


def links_of(trailers: Mapping[str, str]) -> tuple[int, int]:
    """Links added and removed, as a tool's commit tells them in its trailers; zeros where it tells none."""
    added, _, removed = trailers.get(LINKS_TRAILER, "").partition(" ")
    if added[:1] == "+" and added[1:].isdecimal() and removed[:1] == "-" and removed[1:].isdecimal():
        return int(added[1:]), int(removed[1:])
    return 0, 0


def rules_of(trailers: Mapping[str, str]) -> tuple[str, ...]:
    """The ids of the rules, as a tool's commit tells them in its trailers."""
    return tuple(rule.strip() for rule in trailers.get(RULES_TRAILER, "").split(",") if rule.strip())


def _weight(change: FileChange) -> int:
    return max(change.added, 0) + max(change.removed, 0)


def _lines(added: int, removed: int) -> str:
    parts = " ".join(f"{sign}{count}" for sign, count in (("+", added), ("−", removed)) if count)
    return f"({parts})" if parts else ""


def _summary(notes: Sequence[NoteSummary], links: int, unlinks: int, shown: int, columns: int) -> str:
    """`link 2 papers in ICASSP 2025, tidy 3 notes`: links first, they are what a person looks for."""
    linked = [_name(n.path) for n in notes if n.links_added or n.links_removed]
    tidied = [_name(n.path) for n in notes if not (n.links_added or n.links_removed)]
    counts = (("link", links), ("unlink", unlinks))
    done = [f"{verb} {_counted(number, 'paper')}" for verb, number in counts if number]
    if not done:
        return f"tidy {_listed(tidied, shown, columns)}"
    others = f", tidy {_counted(len(tidied), 'note')}" if tidied else ""
    return f"{' and '.join(done)} in {_listed(linked, shown, columns)}{others}"


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("s" if number != 1 else "")


def _listed(names: Sequence[str], shown: int, columns: int) -> str:
    """The first `shown` names and how many more, each cut at `columns`; with none shown, the count alone."""
    rest = len(names) - shown
    if shown == 0:
        return _counted(rest, "note")
    cut = [_cut(name, columns) for name in names[:shown]]
    if rest > 0:
        return f"{', '.join(cut)} and {rest:,} more"
    return " and ".join([", ".join(cut[:-1]), cut[-1]] if len(cut) > 1 else cut)


def _fitted(
    template: str, known: Mapping[str, str], filled: Callable[[int, int], Mapping[str, str]], names: int
) -> str:
    """The template with as many names (three at most) as keep its first line within the columns.

    One name that is too long by itself is cut; a count stands in only where not even that fits.
    """
    check_template(template, known)
    tries = [(shown, SUBJECT_COLUMNS) for shown in range(names if names <= 3 else 2, 0, -1)]
    tries += [(1, columns) for columns in range(SUBJECT_COLUMNS - 1, 15, -1)] if names else []
    head = ""
    for shown, columns in [*tries, (0, SUBJECT_COLUMNS)]:
        head = template.format_map(filled(shown, columns)).strip()
        if _width(head.partition("\n")[0]) <= SUBJECT_COLUMNS:
            break
    return head


def _message(head: str, body: Sequence[str], trailers: Mapping[str, str]) -> str:
    shown = list(body[:BODY_LINES])
    if len(body) > BODY_LINES:
        shown.append(f"- and {len(body) - BODY_LINES:,} more")
    blocks = [head, "\n".join(shown), "\n".join(f"{name}: {value}" for name, value in trailers.items())]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _change_line(change: FileChange) -> str:
    verb = {"added": "add", "deleted": "delete", "renamed": "rename"}.get(change.kind, "edit")
    path = _printable(change.path)
    if change.old_path is not None:
        path = f"{_printable(change.old_path)} -> {path}"
    lines = _lines(max(change.added, 0), max(change.removed, 0))
    return f"- {verb} {path} {lines}".rstrip()


def _note_line(note: NoteSummary) -> str:
    parts = [", ".join(note.rules)] if note.rules else []
    counts = ((note.links_added, "added"), (note.links_removed, "removed"))
    parts += [f"{_counted(number, 'link')} {what}" for number, what in counts if number]
    return f"- {_printable(note.path)}" + (f": {'; '.join(parts)}" if parts else "")


def _name(path: str) -> str:
    """How a person calls the file: a note by its stem, anything else with its ending."""
    name = PurePosixPath(path)
    return _printable(name.stem if name.suffix.lower() == ".md" else name.name)


def _printable(text: str) -> str:
    """`text` on one line: control characters, undecodable bytes: legal in a file name, not in a message."""
    if text.isprintable():  # as nearly always; a large import names 10,000 notes
        return text
    return "".join("\ufffd" if category(c) in ("Cc", "Cs", "Zl", "Zp") else c for c in text)


def _width(text: str) -> int:
    """Terminal columns, after Unicode Standard Annex 11: wide and full-width characters take two."""
    return len(text) if text.isascii() else sum(map(_columns, text))


def _columns(char: str) -> int:
    return 0 if category(char) == "Mn" else 2 if east_asian_width(char) in "WF" else 1


def _cut(text: str, columns: int) -> str:
    if _width(text) <= columns:
        return text
    # The longest start that leaves a column for the sign: as far as its characters' columns go.
    kept = sum(wide <= columns - 1 for wide in accumulate(map(_columns, text)))
    return text[:kept].rstrip() + "…"
