"""The canvas: valid, arranged by session, and the person's as soon as they touch it."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from canvases import BadCanvas, check_canvas
from hypothesis import given, settings
from hypothesis import strategies as st

from vaultsync.core.views.canvas import NoCanvas, canvas_text
from vaultsync.core.views.sheets import ConferenceSheet, DaySheet, PaperSheet, SessionSheet, Talked


def session(title: str, *papers: str, day: str = "2025-04-07") -> SessionSheet:
    talked = tuple(Talked(PaperSheet(f"Papers/{name}.md", name), ()) for name in papers)
    return SessionSheet(title, (title,), day, talked)


def conference(*sessions: SessionSheet) -> ConferenceSheet:
    days: dict[str, list[SessionSheet]] = {}
    for each in sessions:
        days.setdefault(each.day, []).append(each)
    return ConferenceSheet(
        "Conferences/C.md", "C", "", "", "", "", tuple(DaySheet(d, tuple(s)) for d, s in days.items()), ()
    )


TWO = conference(session("Talk: A", "LoRA", "SET"), session("Poster", "LoRA", day="2025-04-08"))


def node(canvas: dict[str, Any], **wanted: str) -> dict[str, Any]:
    (found,) = [n for n in canvas["nodes"] if all(n.get(key) == value for key, value in wanted.items())]
    return found


def test_each_session_is_a_group_with_its_notes_and_its_papers_in_it() -> None:
    canvas = check_canvas(canvas_text(TWO))
    groups = [n for n in canvas["nodes"] if n["type"] == "group"]
    assert [group["label"] for group in groups] == [
        *("Monday, 7 April 2025 · Talk: A", "Tuesday, 8 April 2025 · Poster")
    ]
    first = [n for n in canvas["nodes"] if n["type"] == "file" and n["x"] < groups[1]["x"]]
    assert [(n["file"], n.get("subpath")) for n in first] == [
        *(("Conferences/C.md", "#Talk A"), ("Papers/LoRA.md", None), ("Papers/SET.md", None))
    ]
    for card in first:
        assert groups[0]["x"] < card["x"]
        assert card["x"] + card["width"] < groups[0]["x"] + groups[0]["width"]
        assert groups[0]["y"] < card["y"]
        assert card["y"] + card["height"] < groups[0]["y"] + groups[0]["height"]


def test_an_edge_tells_where_a_paper_comes_up_again() -> None:
    canvas = check_canvas(canvas_text(TWO))
    (edge,) = canvas["edges"]
    ends = [next(n for n in canvas["nodes"] if n["id"] == edge[end]) for end in ("fromNode", "toNode")]
    assert [end["file"] for end in ends] == ["Papers/LoRA.md"] * 2
    assert ends[0]["x"] < ends[1]["x"]


def test_the_canvas_is_written_as_obsidian_writes_it_and_the_same_each_time() -> None:
    text = canvas_text(TWO)
    assert text.startswith('{\n\t"nodes":[\n\t\t{"id":"')
    assert canvas_text(TWO) == text
    assert canvas_text(TWO, text, [("", text)]) == text
    assert canvas_text(TWO, text) == text


def edited(text: str, change: Any) -> str:
    canvas = json.loads(text)
    change(canvas)
    return json.dumps(canvas)


MORE = conference(session("Talk: A", "LoRA", "HuBERT", "SET"), session("Poster", "LoRA", day="2025-04-08"))


def test_a_card_that_the_person_moved_stays_where_it_is_and_the_others_make_room() -> None:
    last = canvas_text(TWO)

    def move(canvas: dict[str, Any]) -> None:
        card = node(canvas, file="Papers/SET.md")
        card["x"], card["y"], card["color"] = -900, 77, "4"

    canvas = check_canvas(canvas_text(MORE, edited(last, move), [("", last)]))
    card = node(canvas, file="Papers/SET.md")
    assert (card["x"], card["y"], card["color"]) == (-900, 77, "4")
    assert node(canvas, file="Papers/HuBERT.md")


def test_what_the_person_added_renamed_and_deleted_stays_so() -> None:
    last = canvas_text(TWO)
    mine = {"id": "mine", "type": "text", "x": 0, "y": -300, "width": 200, "height": 60, "text": "look here"}

    def change(canvas: dict[str, Any]) -> None:
        node(canvas, label="Monday, 7 April 2025 · Talk: A")["label"] = "The good one"
        gone = node(canvas, file="Papers/SET.md")
        canvas["nodes"].remove(gone)
        canvas["nodes"].append(mine)
        canvas["edges"].append(
            {"id": "e", "fromNode": "mine", "toNode": node(canvas, label="The good one")["id"], "label": "!"}
        )

    canvas = check_canvas(canvas_text(MORE, edited(last, change), [("", last)]))
    assert mine in canvas["nodes"]
    assert node(canvas, label="The good one")
    assert not [n for n in canvas["nodes"] if n.get("file") == "Papers/SET.md"]
    assert "e" in {edge["id"] for edge in canvas["edges"]}


def test_without_memory_every_card_that_is_there_stays_where_it_is() -> None:
    def move(canvas: dict[str, Any]) -> None:
        for each in canvas["nodes"]:
            each["x"] += 5000

    canvas = check_canvas(canvas_text(MORE, edited(canvas_text(TWO), move)))
    assert min(n["x"] for n in canvas["nodes"] if n.get("file") != "Papers/HuBERT.md") >= 5000


def test_a_paper_that_is_no_more_mentioned_goes_unless_the_person_drew_an_edge_to_it() -> None:
    last = canvas_text(MORE)
    canvas = check_canvas(canvas_text(TWO, last, [("", last)]))
    assert not [n for n in canvas["nodes"] if n.get("file") == "Papers/HuBERT.md"]

    def tie(canvas: dict[str, Any]) -> None:
        ends = [node(canvas, file=f"Papers/{name}.md")["id"] for name in ("HuBERT", "SET")]
        canvas["edges"].append({"id": "mine", "fromNode": ends[0], "toNode": ends[1]})

    canvas = check_canvas(canvas_text(TWO, edited(last, tie), [("", last)]))
    assert node(canvas, file="Papers/HuBERT.md")


def renamed(text: str, old: str, new: str) -> str:
    """As Obsidian writes a note's new name into the canvases that show it."""
    return text.replace(f'"file":"Papers/{old}.md"', f'"file":"Papers/{new}.md"')


def test_a_paper_that_is_renamed_keeps_its_card_where_it_is() -> None:
    first = canvas_text(TWO)

    def move(canvas: dict[str, Any]) -> None:
        card = node(canvas, file="Papers/SET.md")
        card["x"], card["color"] = -900, "4"

    now = conference(
        session("Talk: A", "Lora", "Sparse Training"), session("Poster", "Lora", day="2025-04-08")
    )
    moved = json.dumps(json.loads(edited(first, move)), separators=(",", ":"))
    there = renamed(renamed(moved, "SET", "Sparse Training"), "LoRA", "Lora")
    second = canvas_text(now, there, [("", first)])
    before, after = (
        {n["id"]: (n["x"], n.get("color")) for n in check_canvas(text)["nodes"]} for text in (there, second)
    )
    assert after == before
    assert len(check_canvas(second)["edges"]) == 1
    third = canvas_text(now, second, [(there, second), ("", first)])
    assert third == second
    more = conference(session("Talk: A", "Lora", "New", "Sparse Training"), *(now.days[1].sessions))
    card = node(
        check_canvas(canvas_text(more, second, [(there, second), ("", first)])),
        file="Papers/Sparse Training.md",
    )
    assert (card["x"], card["color"]) == (-900, "4")


def test_a_conference_that_is_renamed_keeps_its_cards() -> None:
    first = canvas_text(TWO)
    now = msgspec.structs.replace(TWO, path="Conferences/D.md")
    there = first.replace("Conferences/C.md", "Conferences/D.md")
    assert canvas_text(now, there) == there


def test_what_was_moved_or_deleted_stays_so_run_after_run() -> None:
    first = canvas_text(TWO)

    def change(canvas: dict[str, Any]) -> None:
        node(canvas, file="Papers/SET.md")["x"] = -900
        canvas["nodes"] = [n for n in canvas["nodes"] if n.get("subpath") != "#Poster"]

    there = edited(first, change)
    second = canvas_text(MORE, there, [("", first)])
    third = check_canvas(canvas_text(TWO, second, [(there, second), ("", first)]))
    assert node(third, file="Papers/SET.md")["x"] == -900
    assert not [n for n in third["nodes"] if n.get("subpath") == "#Poster"]


def test_what_the_person_added_outlives_each_later_run() -> None:
    first = canvas_text(TWO)
    mine = {"id": "mine", "type": "group", "x": -30, "y": -30, "width": 2000, "height": 2000, "label": "all"}

    def add(canvas: dict[str, Any]) -> None:
        canvas["nodes"].append(mine)
        canvas["edges"].append({"id": "e", "fromNode": "mine", "toNode": canvas["nodes"][0]["id"]})

    there, runs = edited(first, add), [("", first)]
    for now in (MORE, TWO, conference(session("Talk: A", "LoRA")), MORE):
        made = canvas_text(now, there, runs)
        assert made != there
        canvas = check_canvas(made)
        assert mine in canvas["nodes"]
        assert "e" in {edge["id"] for edge in canvas["edges"]}
        runs, there = [(there, made), *runs], made


def places(text: str) -> dict[str, tuple[int, ...]]:
    return {n["id"]: (n["x"], n["y"], n["width"], n["height"]) for n in check_canvas(text)["nodes"]}


def test_a_session_whose_heading_is_rewritten_keeps_its_place_and_shows_the_new_one() -> None:
    first = canvas_text(TWO)

    def arrange(canvas: dict[str, Any]) -> None:
        for each in canvas["nodes"]:
            each["x"], each["y"] = 3 * each["x"] + 1000, each["y"] - 70
        card = node(canvas, file="Papers/SET.md")
        card["x"], card["color"] = -900, "4"

    there = edited(first, arrange)
    now = conference(session("Talk: Rings", "LoRA", "SET"), *TWO.days[1].sessions)
    second = canvas_text(now, there, [("", first)])
    assert places(second) == places(there)
    canvas = check_canvas(second)
    assert node(canvas, subpath="#Talk Rings")
    assert node(canvas, label="Monday, 7 April 2025 · Talk: Rings")
    assert len(canvas["edges"]) == 1
    more = conference(session("Talk: Rings!", "LoRA", "SET", "HuBERT"), *TWO.days[1].sessions)
    third = canvas_text(more, second, [(there, second), ("", first)])
    assert places(there).items() - places(third).items() <= {
        *((n["id"], places(there)[n["id"]]) for n in canvas["nodes"] if n["type"] == "group")
    }, "a group may grow, no more"
    assert node(check_canvas(third), file="Papers/HuBERT.md")["x"] > 900
    # And back again.
    fourth = canvas_text(MORE, third, [(second, third), (there, second), ("", first)])
    assert places(fourth) == places(third)
    assert node(check_canvas(fourth), subpath="#Talk A")


def test_a_label_of_the_persons_own_stays_when_the_heading_is_rewritten() -> None:
    first = canvas_text(TWO)

    def label(canvas: dict[str, Any]) -> None:
        node(canvas, label="Monday, 7 April 2025 · Talk: A")["label"] = "The good one"

    now = conference(session("Talk: Rings", "LoRA", "SET"), *TWO.days[1].sessions)
    canvas = check_canvas(canvas_text(now, edited(first, label), [("", first)]))
    assert node(canvas, label="The good one")
    assert node(canvas, subpath="#Talk Rings")


def test_of_two_sessions_that_could_each_be_the_one_that_is_gone_neither_is_taken_for_it() -> None:
    first = canvas_text(conference(session("A", "LoRA"), session("B", "LoRA"), session("C", "SET")))
    now = conference(session("D", "LoRA"), session("E", "LoRA"), session("C", "SET"))
    second = check_canvas(canvas_text(now, first, [("", first)]))
    assert {n["subpath"] for n in second["nodes"] if "subpath" in n} == {"#D", "#E", "#C"}
    before = {n["id"] for n in json.loads(first)["nodes"] if n.get("file") == "Papers/LoRA.md"}
    assert not before & {n["id"] for n in second["nodes"]}


def test_what_is_new_in_a_group_that_was_moved_goes_with_it() -> None:
    first = canvas_text(TWO)
    label = "Monday, 7 April 2025 · Talk: A"

    def move(canvas: dict[str, Any]) -> None:
        for each in canvas["nodes"]:
            each["x"], each["y"] = each["x"] + 3000, each["y"] - 500

    canvas = check_canvas(canvas_text(MORE, edited(first, move), [("", first)]))
    group, card = node(canvas, label=label), node(canvas, file="Papers/HuBERT.md")
    assert group["x"] < card["x"] < card["x"] + card["width"] < group["x"] + group["width"]
    assert group["y"] < card["y"] < card["y"] + card["height"] < group["y"] + group["height"]


@pytest.mark.parametrize("text", ["no json", "[]", '{"nodes": 3}', '{"nodes": [], "nodes": []}'])
def test_what_is_no_canvas_is_refused(text: str) -> None:
    with pytest.raises(NoCanvas):
        canvas_text(TWO, text)


@pytest.mark.parametrize("text", ["", "  \n"])
def test_an_empty_file_becomes_one(text: str) -> None:
    assert canvas_text(TWO, text) == canvas_text(TWO)


NAMES = st.text(st.characters(codec="utf-8"), max_size=12)
CONFERENCES = st.lists(
    st.builds(
        lambda title, papers, day: session(title, *papers, day=day),
        NAMES,
        st.lists(NAMES, max_size=3, unique=True),
        st.sampled_from(["2025-04-07", "2025-04-08", ""]),
    ),
    max_size=4,
    unique_by=lambda each: (each.title, each.day),
).map(lambda sessions: conference(*sessions))


@settings(max_examples=150, deadline=None)
@given(CONFERENCES, CONFERENCES, st.data())
def test_whatever_a_conference_and_a_person_do_the_canvas_is_valid_and_comes_to_rest(
    before: ConferenceSheet, now: ConferenceSheet, data: st.DataObject
) -> None:
    last = canvas_text(before)
    canvas = check_canvas(last)
    for each in [n for n in canvas["nodes"] if data.draw(st.integers(0, 3)) == 0]:
        each["x"] += data.draw(st.integers(1, 100))
    kept = [n for n in canvas["nodes"] if data.draw(st.integers(0, 4)) > 0]
    ids = {n["id"] for n in kept}
    canvas["nodes"] = kept
    canvas["edges"] = [e for e in canvas["edges"] if {e["fromNode"], e["toNode"]} <= ids]
    present = json.dumps(canvas)
    made = canvas_text(now, present, [("", last)])
    after = {n["id"]: n for n in json.loads(made)["nodes"]}
    places = {n["id"]: n["x"] for n in json.loads(last)["nodes"]}
    wanted = {n["id"] for n in json.loads(canvas_text(now))["nodes"]}
    moved = [n for n in kept if n["x"] != places[n["id"]] and n["id"] in wanted]
    assert all(after[n["id"]]["x"] == n["x"] for n in moved), "what was moved stays where it is"
    assert canvas_text(now, made, [(present, made), ("", last)]) == made, (
        "a second time there is nothing to do"
    )
    check_canvas(made)


@settings(max_examples=100, deadline=None)
@given(CONFERENCES, NAMES, st.data())
def test_whichever_heading_is_rewritten_all_stays_where_the_person_has_it(
    before: ConferenceSheet, title: str, data: st.DataObject
) -> None:
    sessions = [each for day in before.days for each in day.sessions]
    papers = [frozenset(talked.paper.path for talked in each.talked) for each in sessions]
    alone = [at for at, known in enumerate(papers) if known and papers.count(known) == 1]
    first = canvas_text(before)
    canvas = check_canvas(first)
    for each in canvas["nodes"]:
        if data.draw(st.booleans()):
            each["x"] += data.draw(st.integers(-5000, 5000))
    at = data.draw(st.sampled_from(alone)) if alone else None
    if at is None or any((each.title, each.day) == (title, sessions[at].day) for each in sessions):
        return
    there, old = json.dumps(canvas), sessions[at]
    new = msgspec.structs.replace(old, title=title, anchor=(title,))
    now = conference(*sessions[:at], new, *sessions[at + 1 :])
    made = canvas_text(now, there, [("", first)])
    assert places(made) == places(there)
    assert canvas_text(now, made, [(there, made), ("", first)]) == made
    back = canvas_text(before, made, [(there, made), ("", first)])
    assert json.loads(back) == json.loads(there)


@pytest.mark.parametrize(
    "broken",
    [
        {"nodes": [{"id": "a", "type": "text", "x": 0, "y": 0, "width": 1, "height": 1}]},
        {"nodes": [{"id": "a", "type": "note", "x": 0, "y": 0, "width": 1, "height": 1}]},
        {"nodes": [{"id": "a", "type": "group", "x": 0.5, "y": 0, "width": 1, "height": 1}]},
        {
            "nodes": [
                {
                    "id": "a",
                    "type": "file",
                    "file": "f",
                    "subpath": "h",
                    "x": 0,
                    "y": 0,
                    "width": 1,
                    "height": 1,
                }
            ]
        },
        {"nodes": [], "edges": [{"id": "e", "fromNode": "a", "toNode": "b"}]},
        {"extra": []},
    ],
)
def test_the_validator_sees_what_the_specification_forbids(broken: dict[str, Any]) -> None:
    with pytest.raises(BadCanvas):
        check_canvas(msgspec.json.encode(broken).decode())
