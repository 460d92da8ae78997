"""The forms of a programme's lines: times, days, sessions, breaks.

What a line of a programme is for is `programme`'s to say; here it is told what it looks like.
"""

from __future__ import annotations

import re

import msgspec

from vaultsync.core.text.day_headings import day_mark


class Slot(msgspec.Struct, frozen=True):
    """A time as it is shown, and its minutes from midnight; `end` is None where it is not said."""

    shown: str
    begin: int
    end: int | None

    def holds(self, other: Slot) -> bool:
        """Whether `other` lies within this one."""
        if self.end is None:
            return False
        return self.begin <= other.begin < self.end and (other.end is None or other.end <= self.end)


def slot_of(text: str) -> tuple[Slot | None, str]:
    """The time that `text` begins with, and the rest of it."""
    found = _SLOT.match(text)
    if found is None:
        return None, text
    begin = _minutes(found["h1"], found["m1"], found["a1"] or found["a2"])
    end = _minutes(found["h2"], found["m2"], found["a2"] or found["a1"]) if found["h2"] else None
    if begin is None or (found["h2"] and end is None):
        return None, text
    if not (found["h2"] or found["a1"]) and "." in found[0] and "Uhr" not in found[0]:
        return None, text  # `3.14` is a number
    if end is not None and found["a2"] and not found["a1"] and begin > end:
        begin -= 720 if begin >= 720 else 0  # `11:00 - 1:00 PM`
    rest = text[found.end() :].strip()
    first = " ".join(filter(None, (f"{found['h1']}:{found['m1']}", (found["a1"] or "").strip())))
    last = " ".join(filter(None, (f"{found['h2']}:{found['m2']}", (found["a2"] or "").strip())))
    return Slot(f"{first}–{last}" if found["h2"] else first, begin, end), rest


def is_session(text: str) -> bool:
    """Whether a line is the heading of a session: `Session 1A: …`, `Poster Session 2`, `Lunch`."""
    return len(text) <= 200 and (_SESSION.match(text) is not None or is_break(text))


def is_break(text: str) -> bool:
    """Whether a line names what is no talk: a break, a meal, the registration."""
    return len(text) <= 120 and _BREAK.match(text) is not None


def day_of(text: str, languages: tuple[str, ...]) -> str:
    """The day that the whole line names, else empty: `Day: 2015/06/01`, `Tuesday, 3 June – Main Event`."""
    bare = _DAY_LABEL.sub("", text.strip("*#_ ")).strip()
    bare = re.sub(
        r"(?<=\d)/(?=\d\d?/\d\d?$)|(?<=^\d{4}/\d\d)/(?=\d\d?$)|(?<=^\d{4}/\d)/(?=\d\d?$)", "-", bare
    )
    bare = re.sub(r"^(\d{4})[-/](\d\d?)[-/](\d\d?)$", r"\1-\2-\3", bare)
    if not bare or len(bare) > 80 or slot_of(bare)[0] is not None:
        return ""
    return bare if day_mark(bare, languages) is not None else ""


def _minutes(hour: str, minute: str, half: str | None) -> int | None:
    hours, minutes = int(hour), int(minute)
    if minutes > 59 or hours > 24:
        return None
    if half and hours <= 12:
        hours = hours % 12 + 12 * (half.strip()[0] in "pP")
    return hours * 60 + minutes


_CLOCK = r"(?P<h{0}>[0-9]{{1,2}})[:.h](?P<m{0}>[0-9]{{2}})(?![0-9])(?P<a{0}>\s?[aApP]\.?[mM]\.?(?![^\W\d_]))?"
_SLOT = re.compile(
    rf"[\s(\[*]*{_CLOCK.format(1)}(?:\s?(?:Uhr|h)\b)?(?:\s*(?:[-–—−~]|to|bis|until)\s*{_CLOCK.format(2)}(?:\s?(?:Uhr|h)\b)?)?"
    r"[\s)\]*]*(?:[:|,–—-]\s*)?"
)
_DAY_LABEL = re.compile(r"^(?:day|date|datum)\s*:\s*", re.IGNORECASE)
_SESSION = re.compile(
    r"""(?ix) (?:
        (?: (?:[\w/&-]+\s){0,4}? (?:sessions?|sitzung|symposium|track|block)
            (?=\s*$ | \s*[0-9A-Z#(:–—-] | \s+(?:on|of|in|i+v?)\b)
      | (?:keynotes?|plenar(?:y|ies)|invited\ talks?|invited\ speakers?|tutorials?|workshops?
          |panel(?:\ discussion)?|posters?|demos?|orals?|spotlights?|business\ meeting|hauptvortrag
          |podiumsdiskussion|doctoral\ consortium|shared\ task)
          (?=\s*$ | \s*+(?:[0-9IVX]+[a-z]?)?\s*+[:–—-]\s | \s+(?:[0-9]+[a-z]?|session|talk|by)\b)
      | [0-9]{1,2}[A-Z]\s*:\s )
    )"""
)
_BREAK = re.compile(
    r"""(?ix) (?:morning|afternoon|conference|welcome|gala|student|evening|opening|lunch|coffee|tea)?[\s\-&/]*
    (?: (?:coffee|tea|lunch|refreshment|networking)?\s?-?breaks? | lunch(?:eon)? | dinner | banquet
      | breakfast
      | registration | reception | opening | closing | welcome | social\ (?:event|program(?:me)?) | excursion
      | pause | kaffeepause | mittagspause | mittagessen | abendessen | registrierung | eröffnung | begrüßung
      | empfang
      | awards?\ ceremony | best\ paper\ awards?
    ) \b [^.?:]{0,80} $"""
)
