"""What to read next: the unread papers, those first that came up most."""

from __future__ import annotations

from vaultsync.core.views.reading import to_read
from vaultsync.core.views.sheets import ConferenceSheet, DaySheet, PaperSheet, SessionSheet, Talked


def conference(date: str, *sessions: tuple[str, list[PaperSheet]]) -> ConferenceSheet:
    made = tuple(
        SessionSheet(title, (), "", tuple(Talked(paper, (f"{paper.title} in {title}",)) for paper in papers))
        for title, papers in sessions
    )
    return ConferenceSheet(f"{date}.md", f"C {date}", date, "", "", "", (DaySheet("", made),), ())


A, B, C = (PaperSheet(f"{name}.md", name) for name in "abc")
READ = PaperSheet("r.md", "r", status="read")
STARTED = PaperSheet("s.md", "s", status="Reading")
LISTED = PaperSheet("u.md", "u", status="Unread")


def test_what_came_up_at_most_conferences_comes_first_then_in_most_sessions_then_the_latest() -> None:
    found = to_read(
        [
            conference("2023-05-01", ("Talk", [A, B]), ("Poster", [B])),
            conference("2024-05-01", ("Talk", [C])),
            conference("2025-05-01", ("Talk", [A, LISTED])),
        ]
    )
    assert [each.paper.title for each in found] == ["a", "b", "u", "c"]
    first = found[0]
    assert [came.date for came in first.came] == ["2025-05-01", "2023-05-01"], "the latest first"
    assert found[1].came[0].sessions == ("Talk", "Poster")
    assert found[1].came[0].quote == "b in Poster"


def test_what_is_read_or_begun_is_not_listed() -> None:
    assert to_read([conference("2025-05-01", ("Talk", [READ, STARTED]))]) == []


def test_the_order_does_not_depend_on_that_of_the_notes() -> None:
    notes = [conference("2024-05-01", ("Talk", [A, B])), conference("2023-05-01", ("Talk", [B, C, A]))]
    assert to_read(notes) == to_read(notes[::-1])
