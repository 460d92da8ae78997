"""The core is pure: it never imports the shell, does no input or output, and reads no clock.

The modules are read as syntax trees, not imported, so that an import inside a function is seen, too.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import vaultsync

PACKAGE = Path(vaultsync.__file__).parent

SHELL = re.compile(r"vaultsync\.(?!core\b)\w")
"""The shell is all that lies outside of `core/`."""

IMPURE_MODULES = {
    *("asyncio", "concurrent", "ctypes", "fcntl", "fileinput", "getpass", "glob", "http", "io", "locale"),
    *("mmap", "multiprocessing", "os", "platform", "random", "secrets", "select", "shutil"),
    *("signal", "socket", "sqlite3", "subprocess", "sys", "tempfile", "threading", "time", "urllib.request"),
    *("uuid", "click", "filelock", "git", "platformdirs", "rich", "starlette", "uvicorn"),
    "watchdog",
}
PURE_NAMES = {
    "pathlib": {"PurePath", "PurePosixPath", "PureWindowsPath"},
    "urllib": {"parse"},
    "frontmatter": {"Post", "dumps"},
    "frontmatter.default_handlers": {"YAMLHandler"},
}
"""Of these modules a core module may import these names only."""

IMPURE_CALLS = {"open", "input", "print", "exec", "eval", "breakpoint"}
CLOCKS = {"now", "utcnow", "today", "fromtimestamp"}


def name_of(file: Path) -> str:
    parts = file.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


FILES = {name_of(file): file for file in sorted(PACKAGE.rglob("*.py"))}
CORE = [name for name in FILES if name.startswith("vaultsync.core")]


def imports(tree: ast.AST) -> Iterator[tuple[int, str, str]]:
    """Line, module and imported name of each import; the name is empty for `import module`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "the package imports by full name"
            yield from ((node.lineno, node.module or "", alias.name) for alias in node.names)


def objections(tree: ast.AST) -> Iterator[str]:
    """What a module does that the core must not."""
    for line, module, name in imports(tree):
        if SHELL.match(f"{module}.") or SHELL.match(f"{module}.{name}."):
            yield f"{line}: imports the shell's {module} {name}".rstrip()
        if any(module == bad or module.startswith(bad + ".") for bad in IMPURE_MODULES):
            yield f"{line}: imports {module}"
        if module in PURE_NAMES and name not in PURE_NAMES[module]:
            yield f"{line}: imports {name or 'all'} of {module}"
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Name) and node.func.id in IMPURE_CALLS:
                yield f"{node.lineno}: calls {node.func.id}()"
            if isinstance(node.func, ast.Attribute) and node.func.attr in CLOCKS:
                yield f"{node.lineno}: reads the clock by {node.func.attr}()"


@pytest.mark.parametrize("name", CORE)
def test_a_core_module_imports_no_shell_does_no_io_and_reads_no_clock(name: str) -> None:
    found = list(objections(ast.parse(FILES[name].read_text(encoding="utf-8"))))
    assert found == [], "make it pure, or move it out of core/"


FLOORS = (
    ("cli",),
    ("daemon",),
    ("runs",),
    ("vault",),
    ("files", "git"),
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


def room_of(module: str) -> tuple[int, str] | None:
    inside = module.removeprefix("vaultsync.")
    for floor, rooms in enumerate(FLOORS):
        for room in rooms:
            if inside == room or inside.startswith(room + "."):
                return floor, room
    return None


@pytest.mark.parametrize("name", [name for name in FILES if room_of(name)])
def test_a_room_uses_only_the_rooms_below_it(name: str) -> None:
    floor, room = room_of(name)
    wrong = []
    for line, module, imported in imports(ast.parse(FILES[name].read_text(encoding="utf-8"))):
        for target in (f"{module}.{imported}", module):
            if target in FILES and (there := room_of(target)) is not None and there[1] != room:
                if there[0] <= floor:
                    wrong.append(f"{line}: {target}")
                break
    assert wrong == []


@pytest.mark.parametrize(
    "code",
    [
        "from vaultsync.files.disk import Disk",
        "from vaultsync import git",
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
def test_the_check_sees_each_way_out_of_the_core(code: str) -> None:
    assert list(objections(ast.parse(code)))


@pytest.mark.parametrize(
    "code",
    [
        "from pathlib import PurePosixPath",
        "from urllib.parse import urlsplit",
        "from vaultsync.core.links.obsidian_links import resolve",
        "from datetime import date\ndate.fromisoformat('2025-04-07')",
        "match.start()",
    ],
)
def test_the_check_lets_pure_code_pass(code: str) -> None:
    assert list(objections(ast.parse(code))) == []


@pytest.mark.parametrize(
    ("library", "home"),
    [
        ("git", "vaultsync.git.process"),
        ("watchdog", "vaultsync.daemon.watcher"),
        ("platformdirs", "vaultsync.vault.places"),
    ],
)
def test_each_outer_library_has_one_home(library: str, home: str) -> None:
    users = {
        name
        for name, file in FILES.items()
        for _, module, _ in imports(ast.parse(file.read_text(encoding="utf-8")))
        if module.partition(".")[0] == library
    }
    assert users == {home}


def test_there_is_no_place_for_things_without_a_name() -> None:
    assert not [name for name in FILES if re.search(r"utils?$|helpers?$|manager$|misc$|common$", name)]


def test_every_module_says_what_it_is_for() -> None:
    silent = [n for n, f in FILES.items() if not ast.get_docstring(ast.parse(f.read_text(encoding="utf-8")))]
    assert silent == []
