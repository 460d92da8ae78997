"""The habits of a vault: a form of dates, an order of properties that most notes have (design, section 5).

A habit is what at least `NOTES` notes of a kind, and `SHARE` of those that can have it, share. It only ever
silences a rule. Which way a date is meant, `03/04/2023` say, no habit tells.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence

from vaultsync.core.note import Note

NOTES = 5
SHARE = 0.8

LONGEST_DATE = 64
"""Characters of a text that may be a date."""

ISO_FORMS = frozenset(("Y-0-0", "Y-0-0a0:0", "Y-0-0a0:0:0"))
"""The forms in which Obsidian writes dates itself."""

_DIGITS = re.compile(r"[0-9]+")
_LETTERS = re.compile(r"[^\W\d_]+")

OTHERS = "*"
"""In an order, in the place of each property that the kind's order doesn't name."""

DateForm = tuple[str, str, str]
"""The kind of a note, a property's name in lower case, and the form of its value."""


def form_of(written: str) -> str:
    """The form of a date: `0` in place of each number, `Y` of one of four digits, `a` of each word."""
    words = _LETTERS.sub("a", " ".join(written.split()))
    return _DIGITS.sub(lambda found: "Y" if len(found.group()) == 4 else "0", words)


def date_forms(note: Note, names: Collection[str]) -> tuple[DateForm, ...]:
    """The forms of the note's dates: of those properties, by name in lower case, that hold a text."""
    front = note.front
    if front is None or front.error is not None:
        return ()
    return tuple(
        (note.kind, name, form_of(prop.value))
        for prop in front.properties
        if (name := prop.key.lower()) in names
        and isinstance(prop.value, str)
        and len(prop.value) <= LONGEST_DATE
        and _DIGITS.search(prop.value)
    )


def order_of(note: Note, order: Sequence[str]) -> tuple[str, ...]:
    """The note's kind, and its properties in their order, as far as the kind's `order` names them."""
    front = note.front
    if not order or front is None or front.error is not None:
        return ()
    known = {name.casefold() for name in order}
    keys = (prop.key.casefold() for prop in front.properties)
    return (note.kind, *(key if key in known else OTHERS for key in keys))


class OrderHabits:
    """Which properties stand before which in a vault's notes."""

    def __init__(self) -> None:
        self._orders: dict[str, tuple[str, ...]] = {}
        self._before: Counter[tuple[str, str, str]] = Counter()

    def of(self, path: str) -> tuple[str, ...]:
        """What `order_of` gave for the note at `path`."""
        return self._orders.get(path, ())

    def has(self, kind: str, first: str, second: str) -> bool:
        """Whether `first` stands before `second` by habit in notes of a kind."""
        count = self._before[kind, first, second]
        return count >= NOTES and count >= SHARE * (count + self._before[kind, second, first])

    def order(self, kind: str, default: Sequence[str]) -> list[str]:
        """The order of the vault's own notes; where they have none, the default."""
        names: list[str] = []
        for name in default:
            key = name.casefold()
            behind = (at for at, known in enumerate(names) if self.has(kind, key, known.casefold()))
            names.insert(next(behind, len(names)), name)
        return names

    def put(self, path: str, order: tuple[str, ...]) -> set[str]:
        """Take over a note's order; gives the notes of its kind if another order is habit now."""
        earlier = self._orders.get(path, ())
        if order == earlier:
            return set()
        was, now = _pairs(earlier), _pairs(order)
        concerned = was ^ now
        concerned |= {(kind, second, first) for kind, first, second in concerned}
        before = {pair for pair in concerned if self.has(*pair)}
        self._before.subtract(was - now)
        self._before.update(now - was)
        if order:
            self._orders[path] = order
        else:
            self._orders.pop(path, None)
        changed = before ^ {pair for pair in concerned if self.has(*pair)}
        kinds = {kind for kind, _, _ in changed}
        return {user for user, known in self._orders.items() if known[0] in kinds} if kinds else set()


def _pairs(order: tuple[str, ...]) -> set[tuple[str, str, str]]:
    """Each two of the properties of which one stands before the other."""
    if not order:
        return set()
    kind, *keys = order
    first_of: dict[str, int] = {}
    last_of: dict[str, int] = {}
    for at, key in enumerate(keys):
        first_of.setdefault(key, at)
        last_of[key] = at
    return {
        (kind, one, other)
        for one, at in first_of.items()
        for other, last in last_of.items()
        if one != other and at < last
    }


class DateHabits:
    """How the dates of a vault's notes are written."""

    def __init__(self) -> None:
        self._forms: dict[str, tuple[DateForm, ...]] = {}
        self._tallies: defaultdict[tuple[str, str], _Tally] = defaultdict(_Tally)

    def of(self, path: str) -> tuple[DateForm, ...]:
        """The forms of the dates of the note at `path`."""
        return self._forms.get(path, ())

    def has(self, form: DateForm) -> bool:
        """Whether a form is a habit of this vault."""
        tally = self._tallies.get(form[:2])
        return tally is not None and tally.habit == form

    def put(self, path: str, forms: tuple[DateForm, ...]) -> set[str]:
        """Take over what a note has; gives the notes whose dates are a habit now, or are none any more."""
        earlier = self._forms.get(path, ())
        if forms == earlier:
            return set()
        # One more or less makes or ends a habit of the same kind and property, and of no other.
        tallies = {(group := form[:2]): self._tallies[group] for form in (*earlier, *forms)}.values()
        before = [tally.habit for tally in tallies]
        for form in earlier:
            self._tallies[form[:2]].add(form, -1)
        for form in forms:
            self._tallies[form[:2]].add(form, 1)
        if forms:
            self._forms[path] = forms
        else:
            self._forms.pop(path, None)
        after = [tally.habit for tally in tallies]
        if after == before:
            return set()
        changed = set(before) ^ set(after)
        return {user for user, known in self._forms.items() if not changed.isdisjoint(known)}


class _Tally:
    """How often each form of a property occurs. The habit is told at once, however many forms there are."""

    def __init__(self) -> None:
        self._count: Counter[DateForm] = Counter()
        self._by_count: defaultdict[int, dict[DateForm, None]] = defaultdict(dict)
        self._most = 0
        self._all = 0

    @property
    def habit(self) -> DateForm | None:
        """The form that is a habit; there is one at most, as `SHARE` is more than half."""
        if self._most < NOTES or self._most < SHARE * self._all:
            return None
        return next(iter(self._by_count[self._most]))

    def add(self, form: DateForm, step: int) -> None:
        """Count a form once more (1), or once less (-1)."""
        was = self._count[form]
        now = was + step
        self._all += step
        alike = self._by_count[was]
        alike.pop(form, None)
        if now:
            self._count[form] = now
            self._by_count[now][form] = None
        else:
            del self._count[form]
        if not alike:
            del self._by_count[was]
        # What was the most is so still, or it went one down.
        self._most = max(now, self._most if self._by_count.get(self._most) else self._most - 1)
