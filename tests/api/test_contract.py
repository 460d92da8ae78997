"""The API as its description says: versioned, complete, and kept by the daemon whatever it is asked."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import smallvault
from api_client import Client, served
from conftest import GIT_CONFIG
from daemons import repository, until
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vaultsync.api.contract import API, ROUTES, Route
from vaultsync.api.handlers import HANDLERS
from vaultsync.api.openapi import REFUSALS, document
from vaultsync.api.values import ApiError

KEPT = Path(__file__).parents[2] / "docs" / "openapi.json"

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals end a process at once there")


def test_the_description_is_the_one_that_was_published() -> None:
    """Who changes the contract changes its version, and writes the description anew; here is how."""
    kept = json.loads(KEPT.read_text(encoding="utf-8"))
    how = (
        "if clients of before go on as they did, raise the second number of contract.API, else the first: "
        f"python -m vaultsync.api.openapi > {KEPT.relative_to(KEPT.parents[1])}"
    )
    assert kept == json.loads(json.dumps(document())), how
    assert kept["info"]["version"] == API


def test_each_route_has_a_handler_and_each_handler_a_route() -> None:
    assert {route.name for route in ROUTES} == HANDLERS.keys() | {"status", "openapi"}
    assert len({(route.method, route.path) for route in ROUTES}) == len(ROUTES)


def test_the_description_refers_to_nothing_that_it_lacks() -> None:
    found = document()
    schemas = found["components"]["schemas"]
    references = set(json.dumps(found).split('"#/components/schemas/')[1:])
    assert {reference.partition('"')[0] for reference in references} <= schemas.keys()


def test_the_server_is_imported_by_a_daemon_that_serves_alone() -> None:
    for module in (
        "vaultsync.cli.daemon_command",
        "vaultsync.cli.status_command",
        "vaultsync.cli.fix_command",
    ):
        code = f"import sys, {module}; print({{'starlette', 'uvicorn', 'h11'}} & set(sys.modules))"
        said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert said.stdout.strip() == "set()", module


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    home = tmp_path_factory.mktemp("contract")
    (home / ".gitconfig").write_text(GIT_CONFIG, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(home))
        patch.setenv("GIT_CONFIG_GLOBAL", str(home / ".gitconfig"))
        for kind in ("CACHE", "CONFIG", "DATA", "STATE"):
            patch.setenv(f"XDG_{kind}_HOME", str(home / kind.lower()))
        root = smallvault.write(home / "vault")
        repository(root)
        with served(root) as (daemon, asking):
            yield asking
            assert daemon.process.poll() is None


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(
    [*smallvault.NOTES, "Papers/None.md", "../x.md", ".git/config", "", "x\ny.md", "é👩.md"]
)


def like(schema: dict[str, Any], schemas: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Values such as a schema takes, and now and then others."""
    if "$ref" in schema:
        return like(schemas[schema["$ref"].rpartition("/")[2]], schemas)
    if "anyOf" in schema:
        return st.one_of([like(one, schemas) for one in schema["anyOf"]])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    kind = schema.get("type")
    if kind == "object":
        known = schema.get("properties", {})
        needed = {
            name: like(one, schemas) for name, one in known.items() if name in schema.get("required", ())
        }
        more = {name: like(one, schemas) for name, one in known.items() if name not in needed}
        return st.fixed_dictionaries(needed, optional=more)
    if kind == "array":
        return st.lists(like(schema.get("items", {}), schemas), max_size=3)
    plain = {
        "string": st.from_regex(schema["pattern"]) if "pattern" in schema else NAMES | st.text(),
        "integer": st.integers(-1, 100),
        "number": st.floats(-1, 100),
        "boolean": st.booleans(),
        "null": st.none(),
    }
    return plain.get(kind or "", ANYTHING)


ASKED = [route for route in ROUTES if route.name not in ("pause", "change_settings", "accept")]


@pytest.mark.parametrize("route", ASKED, ids=lambda route: f"{route.method} {route.path}")
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_whatever_is_asked_the_answer_is_as_described(
    client: Client, route: Route, data: st.DataObject
) -> None:
    found = document()
    schemas = found["components"]["schemas"]
    wanted = data.draw(like(schemas[route.asked.__name__], schemas) | ANYTHING)
    path, query, body = "/v1" + route.path, "", None
    fields = wanted if isinstance(wanted, dict) else {}
    for name in route.parameters:
        path = path.replace("{" + name + "}", quoted(fields.get(name, "abcdef")))
    if route.method == "GET":
        pairs = [f"{quoted(k)}={quoted(v)}" for k, v in fields.items() if k not in route.parameters]
        query = "?" + "&".join(pairs) if pairs else ""
        if route.name == "status":
            query = query.replace("wait=", "wait=0&x=")  # nobody waits in a test
    else:
        body = json.dumps({} if route.parameters else wanted).encode()
    answer = client.send(route.method, path + query, body)
    if answer.status == 200:
        if route.answer is not dict:
            msgspec.json.decode(answer.body, type=route.answer)
    else:
        assert str(answer.status) in REFUSALS, answer
        assert msgspec.json.decode(answer.body, type=ApiError).error


FUZZ = Path(__file__).parents[1] / "data" / "fuzz" / "bodies.json"


@pytest.mark.parametrize("route", [route for route in ROUTES if route.method != "GET"], ids=lambda r: r.path)
@settings(max_examples=12, suppress_health_check=list(HealthCheck))
@given(
    cut=st.integers(0, 200),
    what=st.sampled_from(
        [b"", b"[" * 3000, b'{"a":' * 3000, b"\xff", b"9" * 5000, b'"\\ud800"', b"\x00", b"null"]
    ),
)
def test_a_damaged_body_is_refused_in_words(client: Client, route: Route, cut: int, what: bytes) -> None:
    body = FUZZ.read_bytes()
    path = "/v1" + route.path
    for name in route.parameters:
        path = path.replace("{" + name + "}", "abcdef")
    answer = client.send(route.method, path, body[:cut] + what)
    if answer.status != 200:  # some need no body
        assert str(answer.status) in REFUSALS, answer
        assert msgspec.json.decode(answer.body, type=ApiError).error


def quoted(value: object) -> str:
    from urllib.parse import quote

    text = value if isinstance(value, str) else json.dumps(value)
    return quote(text.encode("utf-8", "surrogatepass"), safe="")


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/v1/nothing", None, 404),
        ("DELETE", "/v1/status", None, 405),
        ("POST", "/v1/fix", b"", 400),
        ("POST", "/v1/fix", b"{", 400),
        ("POST", "/v1/fix", b'{"path": "Home.md"}', 400),
        ("POST", "/v1/fix", b'{"path": "Home.md", "text": "x", "colour": 1}', 400),
        ("POST", "/v1/fix", b'{"path": "Home.md", "text": "\\ud800"}', 400),
        ("POST", "/v1/fix", b'{"path": "Home.md", "text": "\xff"}', 400),
        ("POST", "/v1/fix?path=x", b'{"path": "Home.md", "text": "x"}', 400),
        ("GET", "/v1/problems?path=Home.md&path=Home.md", None, 400),
        ("GET", "/v1/problems?limit=x", None, 400),
        ("GET", "/v1/problems", b"{}", 400),
        ("GET", "/v1/why?path=Home.md&at=-1", None, 400),
        ("POST", "/v1/runs/zz/undo", b"{}", 400),
        ("POST", "/v1/runs/abcdef123456/undo", b"{}", 409),
        ("POST", "/v1/runs/abcdef123456/undo", b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", 400),
        ("PATCH", "/v1/settings", b'{"values": {"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}}", 400),
        ("GET", "/v1/mentions?path=None.md", None, 404),
        ("POST", "/v1/import", b'{"text": "x", "format": "spreadsheet"}', 400),
    ],
)
def test_a_mistake_is_named(client: Client, method: str, path: str, body: bytes | None, status: int) -> None:
    answer = client.send(method, path, body)
    assert answer.status == status, answer
    assert answer.json["error"]


def test_a_wrong_method_is_told_which_are_right(client: Client) -> None:
    for method, path, allowed in (
        ("DELETE", "/v1/settings", "GET, HEAD, PATCH"),
        ("TRACE", "/v1/fix", "POST"),
        ("PUT", "/v1/runs/abcd/undo", "POST"),
    ):
        answer = client.send(method, path)
        assert (answer.status, answer.headers["allow"]) == (405, allowed)


def test_settings_are_written_for_both_sides_and_nothing_else(client: Client) -> None:
    root = Path(client.ask("GET", "/status")["vault"])
    config = root / ".vaultsync" / "config.toml"
    values = {"watch.quiet": 2.5, "rules.fm-order": False, "links.quotes": False}
    found = client.ask("PATCH", "/settings", {"values": values})["settings"]
    assert {one["name"]: one["value"] for one in found}.items() >= values.items()
    text = config.read_text(encoding="utf-8")
    assert "quiet = 2.5" in text
    for wrong, status in (
        ({"git.timeout": 1}, 403),
        ({"vault.import_template": "/etc/passwd"}, 403),
        ({"watch.quiet": -1}, 400),
        ({"watch.quiet": "soon"}, 400),
        ({"rules.fm-order": {"a": 1}}, 400),
        ({}, 400),
    ):
        assert client.ask("PATCH", "/settings", {"values": wrong}, status=status)["error"]
    assert config.read_text(encoding="utf-8") == text
    client.ask("PATCH", "/settings", {"values": dict.fromkeys(values)})
    assert "quiet" not in config.read_text(encoding="utf-8")


def test_a_problem_that_may_stay_is_told_no_more_in_this_note_alone(client: Client) -> None:
    root = Path(client.ask("GET", "/status")["vault"])
    notes = ["Ideas [1].md", "Ideas 1.md", "Deep/Ideas [1].md"]
    (root / "Deep").mkdir()
    for note in notes:
        (root / note).write_text("---\nrating:\n  of: five\n---\n", encoding="utf-8")

    def told() -> set[str]:
        problems = client.ask("GET", "/problems")["problems"]
        return {one["path"] for one in problems if one["rule"] == "fm-nested"} & set(notes)

    client.ask("POST", "/run")
    assert told() == set(notes)
    for _ in range(2):
        client.ask("POST", "/accept", {"path": notes[0], "rule": "fm-nested"})
    until(lambda: told() == set(notes[1:]), "that it is told no more")
    kept = {one["name"]: one["value"] for one in client.ask("GET", "/settings")["settings"]}["rules.accept"]
    assert kept == ["fm-nested:/Ideas \\[1\\].md"]
    client.ask("POST", "/accept", {"path": notes[0], "rule": "no-such"}, status=400)
    client.ask("POST", "/accept", {"path": "../x.md", "rule": "fm-nested"}, status=403)
    client.ask("PATCH", "/settings", {"values": {"rules.accept": "fm-nested"}}, status=400)
    client.ask("PATCH", "/settings", {"values": {"rules.accept": None}})
    until(lambda: told() == set(notes), "that it is told again")
    for note in notes:
        (root / note).unlink()


def test_what_the_person_asks_about_links_is_answered(client: Client) -> None:
    note, paper = smallvault.CONFERENCE, smallvault.PAPER
    client.ask("POST", "/run")
    query = f"path={quoted(paper)}"
    (mention,) = client.ask("GET", f"/mentions?{query}")["mentions"]
    assert (mention["path"], mention["paper"], mention["session"]) == (note, paper, "Rings")
    there = client.ask("GET", f"/mentions?path={quoted(note)}")
    assert there["kind"] == "conference"
    assert [one["paper"] for one in there["mentions"]] == [paper]
    root = Path(client.ask("GET", "/status")["vault"])
    text = (root / note).read_text(encoding="utf-8")
    at = text.index("[[DiffSBDD")
    why = client.ask("GET", f"/why?path={quoted(note)}&at={at + 4}")
    assert (why["found"], why["ours"], why["paper"]) == (True, True, paper)
    assert why["reason"]
    assert client.ask("GET", f"/why?path={quoted(note)}&at=0")["found"] is False
    decision = {"source": note, "name": "baseline", "paper": paper, "decision": "accept"}
    client.ask("POST", "/decide", decision)
    assert "baseline" in (root / ".vaultsync" / "decisions.toml").read_text(encoding="utf-8")
    client.ask("POST", "/decide", {**decision, "name": "not there"}, status=409)
    client.ask("POST", "/decide", {**decision, "paper": smallvault.PLAIN}, status=404)
    client.ask("POST", "/decide", {**decision, "decision": "deny"})


def test_the_suggestions_of_a_note_are_those_that_the_command_line_lists(client: Client) -> None:
    root = Path(client.ask("GET", "/status")["vault"])
    title = "Frugal Zebra Evaluation for the Learned Savanna"
    (root / "Papers/Zebra.md").write_text(f"---\ntitle: {title}\ntags: [paper]\n---\n", encoding="utf-8")
    note = root / smallvault.CONFERENCE
    as_it_was = note.read_text(encoding="utf-8")
    note.write_text(f"{as_it_was}\n- Frugal zebra evaluaton, learned: nice\n", encoding="utf-8")
    try:
        client.ask("POST", "/run", {"paths": [smallvault.CONFERENCE, "Papers/Zebra.md"]})
        told = client.ask("GET", f"/suggestions?path={quoted(smallvault.CONFERENCE)}")
        command = [sys.executable, "-m", "vaultsync", "--vault", str(root), "links", "--json"]
        said = subprocess.run(command, capture_output=True, text=True, check=True)
        listed = json.loads(said.stdout)["data"]
        assert [one["papers"] for one in told["suggestions"]] == [["Papers/Zebra.md"]]
        assert told["suggestions"] == listed["suggested"]
        assert told["ambiguous"] == listed["ambiguous"]
        assert client.ask("GET", f"/suggestions?path={quoted(smallvault.PLAIN)}")["suggestions"] == []
    finally:
        note.write_text(as_it_was, encoding="utf-8")
        (root / "Papers/Zebra.md").unlink()
        client.ask("POST", "/run")


def test_a_pasted_list_becomes_notes(client: Client) -> None:
    root = Path(client.ask("GET", "/status")["vault"])
    look = client.ask("POST", "/import", {"text": "arXiv:1901.00001", "dry_run": True})
    assert len(look["new"]) == 1
    assert not (root / look["new"][0]).exists()
    done = client.ask("POST", "/import", {"text": "arXiv:1901.00001"})
    assert done["new"] == look["new"]
    assert (root / done["new"][0]).is_file()
    assert client.ask("POST", "/import", {"text": "arXiv:1901.00001"})["new"] == []


def test_conflicts_are_listed_and_settled_and_a_sync_is_refused_where_there_is_none(client: Client) -> None:
    root = Path(client.ask("GET", "/status")["vault"])
    assert "[sync]" in client.ask("POST", "/sync", status=409)["hint"]
    note = root / "Papers" / "Split.md"
    note.write_text("one\n\nours\n\nthree\n", encoding="utf-8")
    other = note.with_name("Split (conflict 1a2b3c4).md")
    other.write_text("one\n\ntheirs\n\nthree\n", encoding="utf-8")
    (found,) = client.ask("GET", "/conflicts")["conflicts"]
    assert (found["note"], found["path"]) == ("Papers/Split.md", f"Papers/{other.name}")
    assert client.ask("GET", f"/conflicts/{found['id']}") == found
    client.ask("POST", "/hold", {"paths": ["Papers/Split.md"], "seconds": 60})
    client.ask("POST", "/conflicts/keep", {"id": found["id"], "keep": "theirs"}, status=409)
    client.ask("POST", "/hold", {"paths": ["Papers/Split.md"], "seconds": 0.01})
    body = json.dumps({"id": found["id"], "keep": "theirs"}).encode()
    until(lambda: client.send("POST", "/v1/conflicts/keep", body).status == 200, "the end of the lease")
    assert "theirs" in note.read_text(encoding="utf-8")
    assert not other.exists()
    client.ask("GET", f"/conflicts/{found['id']}", status=404)


def test_what_is_missing_is_what_the_command_line_lists(client: Client) -> None:
    root = Path(client.ask("GET", "/status")["vault"])
    note = root / smallvault.CONFERENCE
    as_it_was = note.read_text(encoding="utf-8")
    more = "\n- see arXiv:2101.00077\n- “Steady Windows of Houses” by Ida Alm and Max Oak, 2021: nice\n"
    note.write_text(as_it_was + more, encoding="utf-8")
    try:
        client.ask("POST", "/run", {"paths": [smallvault.CONFERENCE]})
        told = client.ask("GET", "/missing")
        command = [sys.executable, "-m", "vaultsync", "--vault", str(root), "links", "--missing", "--json"]
        said = subprocess.run(command, capture_output=True, text=True, check=True)
        listed = json.loads(said.stdout)["data"]
        assert "2101.00077" in [one["value"] for one in told["missing"]]
        assert [one["title"] for one in told["candidates"]] == ["Steady Windows of Houses"]
        assert told["candidates"] == listed["candidates"]
    finally:
        note.write_text(as_it_was, encoding="utf-8")
