"""The house as values: the modules of a package as source texts, and what is wrong with how they lie.

Each check takes a package (module name → source) and gives its objections, so that a test can show it a small
package that breaks the rule. Modules are read as syntax trees, never imported: an import inside a function or
under `TYPE_CHECKING` counts like any other.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence

Package = Mapping[str, str]
"""The source of each module by its full name; a package goes by the name of its folder."""

Floors = Sequence[Sequence[str]]
"""Rooms from the top floor down, by their names below the package."""

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


def imports(source: str) -> Iterator[tuple[int, str, str]]:
    """Line, module and imported name of each import; the name is empty for `import module`."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "the package imports by full name"
            yield from ((node.lineno, node.module or "", alias.name) for alias in node.names)


def uses(package: Package, name: str) -> Iterator[tuple[int, str]]:
    """The package's own modules that the module `name` imports, each with the line."""
    for line, module, imported in imports(package[name]):
        for target in (f"{module}.{imported}", module):
            if target in package:
                if target != name:
                    yield line, target
                break


def impurities(source: str) -> Iterator[str]:
    """What a module does that a module of `vaultsync.core` must not."""
    for line, module, name in imports(source):
        whole = f"{module}.{name}".rstrip(".")
        if module.partition(".")[0] == "vaultsync" and not f"{whole}.".startswith("vaultsync.core."):
            yield f"{line}: imports the shell's {whole}"
        if any(f"{module}.".startswith(f"{bad}.") for bad in IMPURE_MODULES):
            yield f"{line}: imports {module}"
        if module in PURE_NAMES and name not in PURE_NAMES[module]:
            yield f"{line}: imports {name or 'all'} of {module}"
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Name) and node.func.id in IMPURE_CALLS:
                yield f"{node.lineno}: calls {node.func.id}()"
            if isinstance(node.func, ast.Attribute) and node.func.attr in CLOCKS:
                yield f"{node.lineno}: reads the clock by {node.func.attr}()"


def room_of(floors: Floors, module: str) -> tuple[int, str] | None:
    """The floor (0 is the top) and the room of a module, None where it lies in none."""
    inside = module.partition(".")[2]
    for floor, rooms in enumerate(floors):
        for room in rooms:
            if f"{inside}.".startswith(f"{room}."):
                return floor, room
    return None


def homeless(package: Package, floors: Floors, halls: set[str]) -> list[str]:
    """The modules that lie in no room and are none of the `halls`, which only lead to rooms."""
    return [name for name in package if name not in halls and room_of(floors, name) is None]


def climbs(package: Package, floors: Floors) -> list[str]:
    """Imports of a room beside or above the own one."""
    found = []
    for name in package:
        if (here := room_of(floors, name)) is None:
            continue
        for line, target in uses(package, name):
            there = room_of(floors, target)
            if there is not None and there[1] != here[1] and there[0] <= here[0]:
                found.append(f"{name}:{line} uses {target}")
    return found


def circles(package: Package) -> list[list[str]]:
    """The groups of modules that import one another in a circle (Tarjan's strongly connected components)."""
    arrows = {name: sorted({target for _, target in uses(package, name)}) for name in package}
    order: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(name: str) -> None:
        order[name] = low[name] = len(order)
        stack.append(name)
        for target in arrows[name]:
            if target not in order:
                visit(target)
                low[name] = min(low[name], low[target])
            elif target in stack:
                low[name] = min(low[name], order[target])
        if low[name] == order[name]:
            circle = stack[stack.index(name) :]
            del stack[stack.index(name) :]
            if len(circle) > 1:
                found.append(sorted(circle))

    for name in arrows:
        if name not in order:
            visit(name)
    return found


def neighbours(package: Package) -> list[str]:
    """Commands (`cli/*_command.py`) that import another command."""
    return [
        f"{name}:{line} uses {target}"
        for name in package
        if name.endswith("_command")
        for line, target in uses(package, name)
        if target.endswith("_command")
    ]


def crowd(entries: Sequence[str], most: int) -> list[str]:
    """The entries at the top of the package, if there are more than `most` beside the three that must be."""
    others = [entry for entry in entries if entry not in ("__init__.py", "__main__.py", "py.typed")]
    return others if len(others) > most else []


def too_long(package: Package, file_lines: int, function_lines: int, excused: set[str]) -> list[str]:
    """Files and functions with more lines than that; `excused` are functions that say why they are."""
    found = []
    for name, source in package.items():
        if (lines := source.count("\n")) > file_lines and name not in excused:
            found.append(f"{name} has {lines} lines")
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > function_lines and f"{name}.{node.name}" not in excused:
                    found.append(f"{name}.{node.name} has {lines} lines")
    return found


def unlisted(package: Package) -> list[str]:
    """Rooms whose `__init__` doesn't list exactly what lies in them, one `name  what for` a line."""
    found = []
    folders = {name.rpartition(".")[0] for name in package} - {""}
    for room in sorted(folders & package.keys()):
        inside = {name.rpartition(".")[2] for name in package if name.rpartition(".")[0] == room}
        text = ast.get_docstring(ast.parse(package[room])) or ""
        listed = re.findall(r"^ *(\w+)  +\S", text, re.MULTILINE)
        missing, gone = sorted(inside.difference(listed)), sorted(set(listed).difference(inside))
        twice = sorted({name for name in listed if listed.count(name) > 1})
        for what, names in (("lacks", missing), ("still lists", gone), ("lists twice", twice)):
            if names:
                found.append(f"{room}/__init__ {what} {', '.join(names)}")
    return found


def silent(package: Package) -> list[str]:
    """Modules that don't say what they are for."""
    return [name for name, source in package.items() if not ast.get_docstring(ast.parse(source))]


def nameless(package: Package) -> list[str]:
    """Modules for things without a name."""
    return [name for name in package if re.search(r"utils?$|helpers?$|manager$|misc$|common$", name)]


def namesakes(package: Package) -> list[str]:
    """Classes of one name in two modules."""
    homes: dict[str, list[str]] = {}
    for name, source in package.items():
        for node in ast.parse(source).body:
            if isinstance(node, ast.ClassDef):
                homes.setdefault(node.name, []).append(name)
    return [f"{name}: {', '.join(where)}" for name, where in sorted(homes.items()) if len(where) > 1]
