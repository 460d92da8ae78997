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

SHELL_NAMES = (
    *("disk", "durable", "exchange", "kernel", "scan", "file_problems", "lock", "cache", "spread", "watch"),
    *("vault", "survey", "runs", "journal", "commits", "past", "limits", "request", "cycle", r"git\w*"),
    *("importing", "inputs", "inbox", "fetch"),
    *("undoing", "daemon", "api", "service", "doctor", "cli", "__main__"),
)
SHELL = re.compile(rf"vaultsync\.({'|'.join(SHELL_NAMES)})(\.|$)")
"""The shell by name; every other module is the core, one that is added tomorrow included."""

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
CORE = [name for name in FILES if not SHELL.match(name + ".")]


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
    assert found == [], "make it pure, or name it in SHELL_NAMES"


def test_the_core_is_what_the_design_says_it_is() -> None:
    expected = {"text", "frontmatter", "markdown", "note", "conference", "paper", "index", "links", "rules"}
    expected |= {"plan", "guard", "config", "importers"}
    assert {f"vaultsync.{name}" for name in expected} <= set(CORE)
    shell = set(FILES) - set(CORE)
    assert {f"vaultsync.{name}" for name in ("disk", "git", "cache", "vault", "cycle", "cli")} <= shell


@pytest.mark.parametrize(
    "code",
    [
        "from vaultsync.disk import Disk",
        "from vaultsync import git",
        "import vaultsync.cli.output",
        "def f():\n    import os.path",
        "from pathlib import Path",
        "import pathlib",
        "open('x')",
        "from datetime import date\ndate.today()",
        "import datetime\ndatetime.datetime.now()",
        "if TYPE_CHECKING:\n    from vaultsync.gitproc import GitProcess",
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
        "from vaultsync.links import resolve",
        "from datetime import date\ndate.fromisoformat('2025-04-07')",
        "match.start()",
    ],
)
def test_the_check_lets_pure_code_pass(code: str) -> None:
    assert list(objections(ast.parse(code))) == []


@pytest.mark.parametrize(("library", "home"), [("git", "vaultsync.gitproc"), ("watchdog", "vaultsync.watch")])
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
