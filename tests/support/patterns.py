"""All regular expressions of the package with how they are used, and texts that could make one try for long.

Of a pattern's own parts the texts are made: what each repeated part takes, again and again, behind what leads
to it, and before a sign that it can't take.
"""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
import re._constants as sre  # type: ignore[import-not-found]
import re._parser as parser  # type: ignore[import-not-found]
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec

import vaultsync
from vaultsync.core.text.late_pattern import late_pattern

ONE_BY_ONE = frozenset({"sub", "subn", "split", "findall", "finditer"})
WAYS = ONE_BY_ONE | {"search", "match", "fullmatch"}
_LATE = type(late_pattern(""))
_REPEATS = (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT)
_CLASSES = {
    sre.CATEGORY_DIGIT: r"\d",
    sre.CATEGORY_NOT_DIGIT: r"\D",
    sre.CATEGORY_SPACE: r"\s",
    sre.CATEGORY_NOT_SPACE: r"\S",
    sre.CATEGORY_WORD: r"\w",
    sre.CATEGORY_NOT_WORD: r"\W",
}
_SIGNS = "a0 A.\t,-\n\u00a0_é非ʼ\"'`*#@/\\|()[]{}<>$%&=+~^:;!?"


class Used(msgspec.Struct, frozen=True):
    """A pattern: where it stands (`module: name`), its text and flags, and the methods that it is used by."""

    place: str
    text: str
    flags: int
    ways: frozenset[str]


def patterns() -> Iterator[Used]:
    """Each call of `re` and `late_pattern` whose pattern is known where its module is imported."""
    modules = [
        importlib.import_module(found.name)
        for found in pkgutil.walk_packages(vaultsync.__path__, "vaultsync.")
        if not found.name.endswith("__main__")
    ]
    sources = {module.__name__: Path(str(module.__file__)).read_text(encoding="utf-8") for module in modules}
    for module in modules:
        tree = ast.parse(sources[module.__name__])
        names = {
            node.value: node.targets[0].id
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and (way := _way(node.func)) is not None and node.args:
                yield from _used(node, way, names.get(node, ""), module, sources)


def _way(called: ast.expr) -> str | None:
    if isinstance(called, ast.Name):
        return "compile" if called.id == "late_pattern" else None
    of_re = (
        isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name) and called.value.id == "re"
    )
    return called.attr if of_re and called.attr in WAYS | {"compile"} else None  # type: ignore[attr-defined]


def _used(node: ast.Call, way: str, name: str, module: ModuleType, sources: dict[str, str]) -> Iterator[Used]:
    at = {"compile": 1, "sub": 4, "subn": 4, "split": 3}.get(way, 2)
    given = next((word.value for word in node.keywords if word.arg == "flags"), None)
    given = given or (node.args[at] if len(node.args) > at else None)
    try:
        text = eval(ast.unparse(node.args[0]), vars(module))  # our own source
        flags = int(eval(ast.unparse(given), vars(module))) if given is not None else 0
    except NameError:
        return  # made of what a function was given
    if isinstance(text, re.Pattern | _LATE):
        return  # stands where it was compiled
    if isinstance(text, bytes):
        text, flags = text.decode("latin-1"), flags | re.ASCII
    ways = frozenset({way}) if way != "compile" else frozenset(_ways_of(name, module.__name__, sources))
    place = f"{module.__name__.removeprefix('vaultsync.')}: {name or text[:40]}"
    yield Used(place, text, flags, ways or frozenset({"search"}))


def _ways_of(name: str, module: str, sources: dict[str, str]) -> Iterator[str]:
    """The methods by which a pattern of this name is used, in its module and where it is imported."""
    for other, source in sources.items():
        if name and (
            other == module or re.search(rf"import[^\n]*\b{name}\b|^ +{name},$", source, re.MULTILINE)
        ):
            yield from (way for way in re.findall(rf"\b{name}\.(\w+)\(?", source) if way in WAYS)


def texts(used: Used, size: int) -> Iterator[tuple[str, str, str]]:
    """What leads to a repeated part, what is repeated, and the end, for texts of about `size` characters."""
    tree = parser.parse(used.text, used.flags)
    chars = _Chars(tree, ignore_case=bool(tree.state.flags & re.IGNORECASE))
    found = list(_repeated(tree, chars, ""))
    if not found:
        return
    leads = list(dict.fromkeys(["", *(lead for lead, _ in found)]))[:4]
    bodies = [sample for _, body in found for sample in chars.samples(body)]
    wholes = [sample for sample in chars.samples(tree) if sample]
    pumps = dict.fromkeys([*chars.each, *filter(None, bodies), *wholes])
    pairs = (a + b for a in chars.each[:7] for b in chars.each[:7] if a != b)
    for pump in [*islice(pumps, 40), *pairs]:
        for lead in leads if pump in pumps else leads[:2]:
            yield lead, pump, "\x00"
            yield lead, pump, "\n\x00"


class _Chars:
    """A character for each way in which the parts of a pattern tell characters apart."""

    def __init__(self, tree: Any, *, ignore_case: bool) -> None:
        self.ignore_case = ignore_case
        sets = list(_sets(tree))
        own = [chr(arg if op is sre.LITERAL else arg[0]) for items in sets for op, arg in items
               if op in (sre.LITERAL, sre.RANGE)]  # fmt: skip
        self.pool = list(dict.fromkeys([*_SIGNS, *own]))
        told: dict[tuple[bool, ...], str] = {}
        for char in self.pool:
            told.setdefault(tuple(self.takes(items, char) for items in sets), char)
        self.each = list(told.values())

    def takes(self, items: Any, char: str) -> bool:
        taken, negated = False, False
        forms = {char, char.lower(), char.upper()} if self.ignore_case else {char}
        for op, arg in items:
            if op is sre.NEGATE:
                negated = True
            elif op is sre.LITERAL:
                taken |= chr(arg) in forms
            elif op is sre.RANGE:
                taken |= any(len(form) == 1 and arg[0] <= ord(form) <= arg[1] for form in forms)
            else:
                taken |= re.match(_CLASSES[arg], char) is not None
        return taken != negated

    def samples(self, part: Any) -> list[str]:
        """Some texts that a part takes: by each of its branches, with what it may have and without."""
        return list(dict.fromkeys(
            self._sample(part, branch, often, pool)
            for branch in range(4) for often in (0, 1) for pool in (self.pool, self.pool[::-1])
        ))  # fmt: skip

    def _sample(self, part: Any, branch: int, often: int, pool: list[str]) -> str:
        out = ""
        for op, arg in part:
            if (items := _set_of(op, arg)) is not None:
                out += next((char for char in pool if self.takes(items, char)), "")
            elif op in _REPEATS:
                out += self._sample(arg[2], branch, often, pool) * min(arg[1], max(arg[0], often))
            elif op is sre.BRANCH:
                out += self._sample(arg[1][branch % len(arg[1])], branch, often, pool)
            elif op in (sre.SUBPATTERN, sre.ATOMIC_GROUP):
                out += self._sample(arg[3] if op is sre.SUBPATTERN else arg, branch, often, pool)
        return out


def _set_of(op: Any, arg: Any) -> Any:
    if op is sre.IN:
        return arg
    if op is sre.LITERAL:
        return [(op, arg)]
    if op is sre.NOT_LITERAL:
        return [(sre.NEGATE, None), (sre.LITERAL, arg)]
    return [(sre.NEGATE, None), (sre.LITERAL, 10)] if op is sre.ANY else None


def _inner(op: Any, arg: Any) -> list[Any]:
    if op in _REPEATS:
        return [arg[2]]
    if op is sre.SUBPATTERN:
        return [arg[3]]
    if op is sre.BRANCH:
        return list(arg[1])
    if op in (sre.ASSERT, sre.ASSERT_NOT):
        return [arg[1]]
    return [arg] if op is sre.ATOMIC_GROUP else []


def _sets(part: Any) -> Iterator[Any]:
    for op, arg in part:
        if (items := _set_of(op, arg)) is not None:
            yield items
        for inner in _inner(op, arg):
            yield from _sets(inner)


def _repeated(part: Any, chars: _Chars, lead: str) -> Iterator[tuple[str, Any]]:
    """Each part that may stand any number of times, with a text that leads to it."""
    for op, arg in part:
        if op in _REPEATS and arg[1] > 50:
            yield lead, arg[2]
        for inner in _inner(op, arg):
            yield from _repeated(inner, chars, lead)
        lead += chars._sample([(op, arg)], 0, 0, chars.pool)
