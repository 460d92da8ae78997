"""What to read next, as `vaultsync links --reading` prints it."""

from __future__ import annotations

import click

from vaultsync.cli.excerpt import excerpt
from vaultsync.cli.output import counted, for_person, say, styled
from vaultsync.core.text.shown import one_line
from vaultsync.core.views.reading import ToRead


def reading_json(found: list[ToRead]) -> list[dict[str, object]]:
    """The list as JSON shows it."""
    return [
        {
            "path": each.paper.path,
            "title": each.paper.title,
            "conferences": len(each.came),
            "sessions": each.mentions,
            "why": [
                {"path": came.path, "date": came.date, "sessions": came.sessions, "said": came.quote}
                for came in each.came
            ],
        }
        for each in found
    ]


def show_reading(found: list[ToRead]) -> None:
    """Print the list for a person: the paper, then where it came up and what was said."""
    for each in found:
        title, path = (
            styled(one_line(each.paper.title), bold=True),
            styled(one_line(each.paper.path), fg="bright_black"),
        )
        click.echo(for_person(f"{title}  {path}"))
        for came in each.came:
            where = ", ".join(filter(None, (came.title, *came.sessions[:2])))
            more = f" and {counted(len(came.sessions) - 2, 'more session')}" if len(came.sessions) > 2 else ""
            said = f": {excerpt(came.quote, each.paper.title)}" if came.quote else ""
            click.echo(for_person(f"    {one_line(where)}{more}{said}"))
    if not found:
        say("nothing to read: no unread paper was mentioned at a conference")
