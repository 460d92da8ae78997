"""What a rule is: a pure function with its documentation and its examples beside it.

A rule looks at one note, as all rules of a pass see it, and yields `TextEdit`s against the note's text and
`Problem`s for what a person must decide. Its examples are its tests (before → after, after → after, again
under CRLF and with a byte order mark) and its page in `docs/rules.md`, so that none of the three can drift
from the others. `core.rules` lists the rules in their order; `core.plan.planner` runs them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from vaultsync.core.errors import Problem
from vaultsync.core.frontmatter.block import CannotEdit, FrontMatter
from vaultsync.core.text.spans import TextEdit

if TYPE_CHECKING:
    from vaultsync.core.config.config import NoteConfig
    from vaultsync.core.links.index import Index
    from vaultsync.core.note import Note

Finding = TextEdit | Problem
Check = Callable[["Note", "Context"], Iterable[Finding]]


class Option(msgspec.Struct, frozen=True):
    """A setting of one rule: its name under `[rules.<id>]`, its default (which fixes its type), its sense."""

    name: str
    default: Any
    doc: str


class Example(msgspec.Struct, frozen=True):
    """A note before and after a rule; without `after` the rule leaves the note byte for byte as it is.

    `vault` holds other notes that the example needs, by path; `files` the text of files under `.obsidian/` or
    of `config.toml`. `former` holds notes that were there at the last run and are gone; all links were
    vaultsync's then. `problem` is text that the rule's report contains; empty means that it reports nothing.
    """

    title: str
    before: str
    after: str | None = None
    path: str = "Papers/Example.md"
    problem: str = ""
    vault: Mapping[str, str] = msgspec.field(default_factory=dict)
    former: Mapping[str, str] = msgspec.field(default_factory=dict)
    files: Mapping[str, str] = msgspec.field(default_factory=dict)
    options: Mapping[str, Any] = msgspec.field(default_factory=dict)


class Context(msgspec.Struct, frozen=True):
    """What a rule may know beside the note: the vault's index, the note's configuration, its own options."""

    index: Index
    config: NoteConfig
    options: Mapping[str, Any]


class Rule(msgspec.Struct, frozen=True):
    """A registered rule. `owns` names the properties whose value it may change, `"*"` all, for the guard.

    `linked` says that its result depends on other notes: it is looked at again when they change, and only for
    a note that is bound to others (`Index.is_bound`). `body` says that it may change the text below the front
    matter. One that is `opt_in` runs only where the settings, or the person at the command line, ask for it.
    `evidence` says in a sentence what it takes for a sign that something is wrong. `place` is what it writes
    as one whole in a note, by name; where that is empty each property and passage is a place by itself. The
    edits of a rule that works `together` are all made, or none. `unread` tells by a note's path alone,
    of one with a plain list (`core.links.plain_lists`), that the rule leaves it as it is.
    """

    id: str
    doc: str
    evidence: str
    check: Check
    owns: frozenset[str]
    body: bool
    linked: bool
    options: tuple[Option, ...]
    examples: tuple[Example, ...]
    opt_in: bool = False
    place: str = ""
    together: bool = False
    unread: Callable[[str, Context], bool] | None = None

    @property
    def summary(self) -> str:
        """The first sentence of the documentation."""
        return self.doc.split("\n\n", 1)[0].replace("\n", " ")


class RuleError(Exception):
    """A rule that may not be registered: it lacks its documentation or an example."""


def rule(
    rule_id: str,
    *,
    evidence: str,
    examples: tuple[Example, ...],
    owns: Iterable[str] = (),
    body: bool = False,
    edits: bool = False,
    linked: bool = False,
    options: tuple[Option, ...] = (),
    opt_in: bool = False,
    place: str = "",
    together: bool = False,
    unread: Callable[[str, Context], bool] | None = None,
) -> Callable[[Check], Rule]:
    """Make the decorated function a `Rule`; refuse one that isn't documented and shown.

    A rule needs a docstring, its `evidence`, an example that it changes (or, for a rule that only reports,
    one with a problem) and an example that it leaves alone without a word. `edits` says of a rule that owns
    nothing that it changes text all the same, and with it no value: it moves properties.
    """

    def register(check: Check) -> Rule:
        doc = _dedent(check.__doc__ or "")
        if not doc:
            raise RuleError(f"{rule_id} has no docstring")
        if not evidence.strip():
            raise RuleError(f"{rule_id} says nothing of its evidence")
        acts = bool(owns) or body or edits
        if not any(e.after is not None if acts else e.problem for e in examples):
            raise RuleError(f"{rule_id} has no example that it {'changes' if acts else 'reports'}")
        if not any(e.after is None and not e.problem for e in examples):
            raise RuleError(f"{rule_id} has no example that it leaves alone")
        return Rule(
            rule_id,
            doc,
            evidence,
            check,
            frozenset(owns),
            body,
            linked,
            options,
            examples,
            opt_in,
            place,
            together or bool(place),
            unread,
        )

    return register


def editable(note: Note) -> FrontMatter | None:
    """The note's front matter if a rule may edit it: it was read without an error and has no key twice."""
    front = note.front
    return None if front is None or front.error is not None or front.duplicates else front


def attempt(note: Note, rule_id: str, edits: Callable[[], Iterable[TextEdit]]) -> Iterator[Finding]:
    """The edits, or the problem that they can't be made safely."""
    try:
        yield from edits()
    except CannotEdit as error:
        yield note.problem(error.offset, rule_id, f"not changed: {error.message}", "edit it by hand")


def _dedent(doc: str) -> str:
    """A docstring without its indentation and outer blank lines."""
    lines = doc.expandtabs().strip().splitlines()
    indents = [len(line) - len(line.lstrip()) for line in lines[1:] if line.strip()]
    cut = min(indents, default=0)
    return "\n".join([*lines[:1], *(line[cut:].rstrip() for line in lines[1:])])
