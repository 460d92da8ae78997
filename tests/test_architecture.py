"""The house holds: a pure core, rooms on floors, no circle, files of a size that a person reads at once.

Each rule stands twice: once for the package as it is, once for a small package that breaks it, so that no
check passes because it sees nothing. `docs/ARCHITECTURE.md` says what the rooms are for.
"""

from __future__ import annotations

import re
from pathlib import Path

import house
import pytest

import vaultsync

FOLDER = Path(vaultsync.__file__).parent

FLOORS = (
    ("cli",),
    ("api",),
    ("daemon",),
    ("runs",),
    ("vault",),
    ("files", "git"),
    ("core.views",),
    ("core.merge", "core.plan"),
    ("core.rules",),
    ("core.importers",),
    ("core.links",),
    ("core.papers",),
    ("core.note",),
    ("core.config",),
    ("core.frontmatter", "core.history", "core.markdown"),
    ("core.errors", "core.text"),
)
"""From the top floor down; a room uses what lies below it, and nothing beside or above it."""

HALLS = {"vaultsync", "vaultsync.__main__", "vaultsync.core"}
"""Modules that lie in no room: the doors."""

TOP_ENTRIES = 9
FILE_LINES = 430
FUNCTION_LINES = 80
EXCUSED = {"vaultsync.core.markdown.layout._outline"}
"""A loop over a parser's events, one branch an event, which says itself why it isn't cut."""


def name_of(file: Path) -> str:
    parts = file.relative_to(FOLDER.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


PACKAGE = {name_of(file): file.read_text(encoding="utf-8") for file in sorted(FOLDER.rglob("*.py"))}
CORE = [name for name in PACKAGE if f"{name}.".startswith("vaultsync.core.")]


@pytest.mark.parametrize("name", CORE)
def test_a_core_module_reaches_nothing_outside_does_no_io_and_reads_no_clock(name: str) -> None:
    assert list(house.impurities(PACKAGE[name])) == [], "make it pure, or move it out of core/"


@pytest.mark.parametrize(
    "code",
    [
        "from vaultsync.files.disk import Disk",
        "from vaultsync import git",
        "from vaultsync import __version__",
        "import vaultsync.cli.output",
        "def f():\n    import os.path",
        "from pathlib import Path",
        "import pathlib",
        "open('x')",
        "from datetime import date\ndate.today()",
        "import datetime\ndatetime.datetime.now()",
        "if TYPE_CHECKING:\n    from vaultsync.git.process import GitProcess",
        "from urllib.request import urlopen",
    ],
)
def test_each_way_out_of_the_core_is_seen(code: str) -> None:
    assert list(house.impurities(code))


@pytest.mark.parametrize(
    "code",
    [
        "from pathlib import PurePosixPath",
        "from urllib.parse import urlsplit",
        "from vaultsync.core.links.obsidian_links import resolve",
        "from vaultsync.core import errors",
        "from datetime import date\ndate.fromisoformat('2025-04-07')",
        "match.start()",
    ],
)
def test_pure_code_passes(code: str) -> None:
    assert list(house.impurities(code)) == []


def test_every_module_lies_in_a_room() -> None:
    assert house.homeless(PACKAGE, FLOORS, HALLS) == []


def test_a_module_without_a_room_is_seen() -> None:
    package = {"p": "", "p.cli.output": "", "p.core.text_tricks": "", "p.core.text.spans": ""}
    assert house.homeless(package, FLOORS, {"p"}) == ["p.core.text_tricks"]


def test_a_room_uses_only_the_rooms_below_it() -> None:
    assert house.climbs(PACKAGE, FLOORS) == []


@pytest.mark.parametrize(
    "code",
    [
        "from p.runs.cycle import Cycle",
        "from p.runs import cycle",
        "import p.runs.cycle",
        "def f():\n    from p.runs.cycle import Cycle",
        "if TYPE_CHECKING:\n    from p.runs.cycle import Cycle",
    ],
)
def test_each_step_up_is_seen(code: str) -> None:
    package = {"p.vault.open": code, "p.runs.cycle": "from p.vault.open import open_vault", "p.runs": ""}
    assert house.climbs(package, FLOORS) == [f"p.vault.open:{code.count(chr(10)) + 1} uses p.runs.cycle"]


def test_a_step_aside_is_seen() -> None:
    package = {"p.files.disk": "", "p.git.process": "from p.files.disk import Disk"}
    assert house.climbs(package, FLOORS) == ["p.git.process:1 uses p.files.disk"]


def test_no_modules_import_one_another_in_a_circle() -> None:
    assert house.circles(PACKAGE) == []


def test_a_circle_is_seen_even_by_types_and_in_a_function() -> None:
    package = {
        "p.core.text.a": "from p.core.text import b",
        "p.core.text.b": "if TYPE_CHECKING:\n    from p.core.text.c import C",
        "p.core.text.c": "def f():\n    from p.core.text.a import A",
        "p.core.text.d": "import p.core.text.a",
    }
    assert house.circles(package) == [["p.core.text.a", "p.core.text.b", "p.core.text.c"]]


def test_no_command_imports_another() -> None:
    assert house.neighbours(PACKAGE) == []


def test_a_command_that_imports_another_is_seen() -> None:
    package = {
        "p.cli.demo_command": "def f():\n    from p.cli.fix_command import show",
        "p.cli.fix_command": "from p.cli.report import show",
        "p.cli.report": "",
    }
    assert house.neighbours(package) == ["p.cli.demo_command:2 uses p.cli.fix_command"]


def test_the_top_of_the_package_is_seen_at_a_glance() -> None:
    entries = [path.name for path in FOLDER.iterdir() if path.name != "__pycache__"]
    assert house.crowd(entries, TOP_ENTRIES) == []


def test_a_crowd_at_the_top_is_seen() -> None:
    nine = [f"room{n}" for n in range(TOP_ENTRIES)]
    assert house.crowd([*nine, "__init__.py", "__main__.py", "py.typed"], TOP_ENTRIES) == []
    assert house.crowd([*nine, "one_more.py"], TOP_ENTRIES) == [*nine, "one_more.py"]


def test_files_and_functions_have_a_size_that_is_read_at_once() -> None:
    assert house.too_long(PACKAGE, FILE_LINES, FUNCTION_LINES, EXCUSED) == []


def test_what_is_too_long_is_seen() -> None:
    body = "    x = 1\n" * FUNCTION_LINES
    method = f"class C:\n  async def f():\n{body}"
    assert house.too_long({"p.a": "\n" * (FILE_LINES + 1)}, FILE_LINES, FUNCTION_LINES, set()) == [
        f"p.a has {FILE_LINES + 1} lines"
    ]
    assert house.too_long({"p.a": method}, FILE_LINES, FUNCTION_LINES, set()) == [
        f"p.a.f has {FUNCTION_LINES + 1} lines"
    ]
    assert house.too_long({"p.a": f"def f():\n{body}"}, FILE_LINES, FUNCTION_LINES, {"p.a.f"}) == []


def test_who_is_excused_is_still_there_and_needs_it() -> None:
    found = house.too_long(PACKAGE, FILE_LINES, FUNCTION_LINES, set())
    assert {line.partition(" ")[0] for line in found} == EXCUSED


def test_each_room_lists_its_files() -> None:
    assert house.unlisted(PACKAGE) == [], "the room's __init__ says what each is for, in the flow's order"


def test_a_room_that_lists_too_little_or_too_much_is_seen() -> None:
    listed = '"""The room.\n\n    a        does this\n    gone     did that\n"""'
    package = {"p": '"""\n    room  all\n"""', "p.room": listed, "p.room.a": "", "p.room.b": ""}
    assert house.unlisted(package) == ["p.room/__init__ lacks b", "p.room/__init__ still lists gone"]


def test_a_class_has_a_name_of_its_own() -> None:
    assert house.namesakes(PACKAGE) == [], "one meaning, one name"


def test_two_classes_of_one_name_are_seen() -> None:
    package = {"p.a": "class _Line: ...", "p.b": "class _Line: ...", "p.c": "class Line: ..."}
    assert house.namesakes(package) == ["_Line: p.a, p.b"]


@pytest.mark.parametrize(
    ("library", "home"),
    [
        ("git", "vaultsync.git.process"),
        ("watchdog", "vaultsync.daemon.watcher"),
        ("platformdirs", "vaultsync.vault.places"),
        ("starlette", "vaultsync.api.app"),
    ],
)
def test_each_outer_library_has_one_home(library: str, home: str) -> None:
    users = {
        name
        for name, source in PACKAGE.items()
        if any(module.partition(".")[0] == library for _, module, _ in house.imports(source))
    }
    assert users == {home}


def test_there_is_no_place_for_things_without_a_name() -> None:
    assert house.nameless(PACKAGE) == []
    assert house.nameless({"p.utils": "", "p.a_helper": "", "p.daemon": ""}) == ["p.utils", "p.a_helper"]


def test_every_module_says_what_it_is_for() -> None:
    assert house.silent(PACKAGE) == []
    assert house.silent({"p.a": "x = 1", "p.b": '"""For this."""'}) == ["p.a"]


def test_the_page_shows_every_room() -> None:
    page = (FOLDER.parent / "docs" / "ARCHITECTURE.md").read_text(encoding="utf-8")
    rooms = {room.replace("core.", "core/") for floor in FLOORS for room in floor}
    built = {room for room in rooms if room.replace("/", ".") in {n.partition(".")[2] for n in PACKAGE}}
    shown = set(re.findall(r"^\| `([\w/]+?)(?:/|\.py)?` \|", page, re.MULTILINE))
    assert shown == built
