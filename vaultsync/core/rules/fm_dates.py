"""The rule for dates (`fm-dates`)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from vaultsync.core.config.settings import DATE_PROPERTIES
from vaultsync.core.frontmatter.block import FrontMatter, Property
from vaultsync.core.frontmatter.property_edits import set_property
from vaultsync.core.links.habits import form_of
from vaultsync.core.note import Note
from vaultsync.core.rules.fm_values import as_written, shortened, types_of
from vaultsync.core.rules.rule import Context, Example, Finding, Option, attempt, editable, rule
from vaultsync.core.text.dates import iso_date_readings
from vaultsync.core.text.late_pattern import late_pattern


@rule(
    "fm-dates",
    evidence="The value is no date to Obsidian, has one reading, and has not the form that most of the "
    "vault's notes have.",
    owns="*",
    options=(
        Option(
            "properties",
            list(DATE_PROPERTIES),
            "Properties that hold dates where neither Obsidian nor the kind of the note gives them a type.",
        ),
    ),
    examples=(
        Example(
            "Dates that can be read in one way only.",
            before="---\ndate: 6 April 2025 # Sunday\ncreated: 2025/4/6\nupdated: 06.04.2025 14:30\n---\n",
            after="---\ndate: 2025-04-06 # Sunday\ncreated: 2025-04-06\nupdated: 2025-04-06T14:30\n---\n",
        ),
        Example(
            "Day first or month first?",
            before="---\ndate: 03/04/2023\n---\n",
            problem='"03/04/2023" may be 2023-03-04 or 2023-04-03',
        ),
        Example(
            "A day that doesn't exist.",
            before="---\ndate: 2026-13-01\n---\n",
            problem='"2026-13-01" is no day of the calendar',
        ),
        Example(
            "What is no date at all.",
            before="---\ndate: next spring\n---\n",
            problem='"next spring" is not a date',
        ),
        Example(
            "Dates as Obsidian writes them, a month, a year, and links to daily notes.",
            before="---\ndate: 2025-04\ncreated: 2025-04-06T14:30:00\npublished: 2025\n"
            'updated: "[[2025-04-06]]"\nmodified: 2025-04-06 14:30\n---\n',
        ),
        Example(
            "A blank before the time goes where Obsidian is told that it is a date and a time.",
            before="---\nseen: 2025-04-06 14:30\n---\n",
            after="---\nseen: 2025-04-06T14:30\n---\n",
            files={".obsidian/types.json": '{"types": {"seen": "datetime"}}'},
        ),
        Example(
            "A form in which most notes of the vault write it is a habit, and no fault.",
            before="---\ncreated: 3/4/2023\n---\n",
            path="Log/6.md",
            vault={f"Log/{day}.md": f"---\ncreated: {day}/4/2023\n---\n" for day in range(1, 6)},
        ),
        Example(
            "An offset has no place in Obsidian's date and time.",
            before="---\nseen: 2025-04-06 14:30:00+02:00\n---\n",
            problem="has an offset from UTC, and Obsidian keeps none — write seen: 2025-04-06T14:",
            files={".obsidian/types.json": '{"types": {"seen": "datetime"}}'},
        ),
    ),
)
def fm_dates(note: Note, ctx: Context) -> Iterator[Finding]:
    """Write dates as Obsidian does, `YYYY-MM-DD` or `YYYY-MM-DDTHH:mm`, where only one reading exists.

    A date and time that can be read stays, with a blank in place of the `T` and with an offset too, unless
    `.obsidian/types.json` calls the property a date & time. Seconds are never made up. Months and weekdays
    are read in the languages of `[links] languages`; a dotted date is day first. Two readings, a day that the
    calendar doesn't have, and text in a property whose type is a date are reported. A year or a month alone
    stays: the day is never guessed, nor taken from the clock or the file.

    A form that the vault itself uses is no fault: one that at least five notes of the kind, and four fifths
    of those that have the property, share, unless `.obsidian/types.json` calls the property a date.
    """
    front = editable(note)
    if front is None:
        return
    types, names = types_of(ctx.config), ctx.options["properties"]
    for prop in front.properties:
        kind = types.get(prop.key) or types.get(prop.key.lower())
        value = prop.value
        if value is None or (kind not in _DATES and (kind is not None or prop.key.lower() not in names)):
            continue
        if not (isinstance(value, str) and _ISO.fullmatch(value) and _exists(value)):
            if isinstance(value, str) and _is_habit(note, ctx, prop.key, value):
                continue
            yield from _dated(note, ctx, front, prop, kind)


_DATES = frozenset(("date", "datetime"))
_ISO = late_pattern(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"(?:T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?"
)
# The same with a blank, which reads as well: as Templater, python-frontmatter and Hugo write it.
_WITH_BLANK = late_pattern(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[ \t]+([0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?)"
    r"(?:[ \t]*(Z|UTC|[+-][0-9]{2}:?[0-9]{2}))?"
)
_ZONE = late_pattern(r"(T[0-9:]+)(?:\.[0-9]+)?(?:Z|[+-][0-9]{2}:?[0-9]{2})")
_LIKE_A_DATE = late_pattern(r"[0-9]{4}([-/.])[0-9]{1,2}\1[0-9]{1,2}|[0-9]{1,2}([-/.])[0-9]{1,2}\2[0-9]{4}")


def _dated(
    note: Note, ctx: Context, front: FrontMatter, prop: Property, kind: str | None
) -> Iterator[Finding]:
    """The edit that writes a date as Obsidian does, or the problem with it; `kind` is the property's type."""
    typed = kind is not None

    def problem(message: str, hint: str) -> Finding:
        return note.problem(prop.value_span.start, "fm-dates", message, hint)

    written = as_written(note, prop)
    if written is None:
        if typed and isinstance(prop.value, list | bool):
            what = "a list" if isinstance(prop.value, list) else "true or false"
            yield problem(f'"{prop.key}" should be a date, but is {what}', "write one date, YYYY-MM-DD")
        return
    if not written or (_ISO.fullmatch(written) and _exists(written)) or _IS_LINK.fullmatch(written):
        return
    if (blank := _WITH_BLANK.fullmatch(written)) and _exists(f"{blank[1]}T{blank[2]}"):
        if _obsidian_type(ctx, prop.key) == "datetime":
            if blank[3]:
                yield problem(
                    f'"{shortened(written)}" has an offset from UTC, and Obsidian keeps none',
                    f"write {prop.key}: {blank[1]}T{blank[2]}, or what it was at your place",
                )
            else:
                new = f"{blank[1]}T{blank[2]}"
                yield from attempt(note, "fm-dates", lambda: set_property(note.text, front, prop.key, new))
        return
    readings = iso_date_readings(written, ctx.config.vault.links.languages)
    days = [
        reading.value if _SECONDS.search(written) else reading.value.removesuffix(":00")
        for reading in readings
        if reading.precision in ("day", "time")
    ]
    if len(days) == 1:
        yield from attempt(note, "fm-dates", lambda: set_property(note.text, front, prop.key, days[0]))
    elif days:
        hint = ", or ".join(f"{prop.key}: {day}" for day in days)
        yield problem(f'"{shortened(written)}" may be {" or ".join(days)}', f"write {hint}")
    elif _LIKE_A_DATE.fullmatch(written):
        yield problem(f'"{written}" is no day of the calendar', f"correct it: {prop.key}: YYYY-MM-DD")
    elif typed and not readings:
        yield problem(
            f'"{shortened(written)}" is not a date', f"write {prop.key}: YYYY-MM-DD, or leave it empty"
        )


_SECONDS = late_pattern(r"[0-9]:[0-9]{2}:[0-9]{2}")


def _is_habit(note: Note, ctx: Context, key: str, written: str) -> bool:
    """Whether most of the vault's notes write this date so; what Obsidian is told counts for more."""
    form = (note.kind, key.lower(), form_of(written))
    return ctx.index.date_habits.has(form) and _obsidian_type(ctx, key) is None


def _obsidian_type(ctx: Context, key: str) -> str | None:
    """The type that `.obsidian/types.json` gives a property."""
    types = ctx.config.vault.obsidian_types
    return types.get(key) or next((kind for name, kind in types.items() if name.lower() == key.lower()), None)


_IS_LINK = late_pattern(r"!?\[\[[^\[\]]+\]\]|\[[^\[\]]*\]\([^()]*\)")


def _exists(iso: str) -> bool:
    try:
        datetime.fromisoformat(iso)
    except ValueError:
        return False
    return True
