"""Obsidian's Bases as far as the tests need them: a reader of `.base` files, and of their expressions.

Written from Obsidian's help, "Bases syntax" and "Functions" (1.9 to 1.12). `check_base` refuses what the
pages don't have; `rows` evaluates a view over notes, so that a test can say which notes it shows. `sort`,
which the pages only describe by its menu, is read as Obsidian writes it: as `property` and `direction`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
import yaml

TOP = {"filters", "formulas", "properties", "summaries", "views"}
VIEW = {"type", "name", "limit", "groupBy", "filters", "order", "sort", "summaries", "image", "cardSize"}
TYPES = {"table", "cards", "list", "map"}
SUMMARIES = {
    *("Average", "Min", "Max", "Sum", "Range", "Median", "Stddev", "Earliest", "Latest", "Checked"),
    *("Unchecked", "Empty", "Filled", "Unique"),
}
FILE_FIELDS = {
    *("backlinks", "basename", "ctime", "embeds", "ext", "file", "folder", "links", "mtime", "name", "path"),
    *("properties", "size", "tags"),
}
GLOBALS = {
    *("escapeHTML", "date", "duration", "file", "html", "if", "image", "icon", "link", "list", "max", "min"),
    *("now", "number", "today"),
}
METHODS = {
    *("isTruthy", "isType", "toString", "date", "format", "time", "relative", "isEmpty", "contains", "map"),
    *("containsAll", "containsAny", "endsWith", "lower", "replace", "repeat", "reverse", "slice", "split"),
    *("startsWith", "title", "trim", "abs", "ceil", "floor", "round", "toFixed", "filter", "flat", "join"),
    *("reduce", "sort", "unique", "asFile", "linksTo", "asLink", "hasLink", "hasProperty", "hasTag"),
    *("inFolder", "keys", "values", "matches"),
}

_TOKEN = re.compile(
    r"""\s*(?:
    (?P<number>\d+(?:\.\d+)?) | (?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
  | (?P<name>[A-Za-z_]\w*) | (?P<op>==|!=|>=|<=|&&|\|\||[-+*/%!<>().,\[\]])
    )""",
    re.VERBOSE,
)
_REGEXP = re.compile(r"\s*/((?:[^/\\\n]|\\.)+)/([gimsuy]*)")


class BadBase(ValueError):
    """What Obsidian's pages don't have."""


class Node(msgspec.Struct, frozen=True):
    """A part of an expression: number, text, regexp, name, field, call, method, index or op."""

    kind: str
    value: Any
    parts: tuple[Node, ...] = ()


class _Parser:
    """A recursive descent through an expression, loosest operators first."""

    LEVELS = (("||",), ("&&",), ("==", "!=", ">=", "<=", ">", "<"), ("+", "-"), ("*", "/", "%"))

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0

    def whole(self) -> Node:
        node = self.level(0)
        if self.text[self.at :].strip():
            raise BadBase(f"unexpected {self.text[self.at :]!r} in {self.text!r}")
        return node

    def level(self, depth: int) -> Node:
        if depth == len(self.LEVELS):
            return self.unary()
        node = self.level(depth + 1)
        while (op := self.peek()) in self.LEVELS[depth]:
            self.take()
            node = Node("op", op, (node, self.level(depth + 1)))
        return node

    def unary(self) -> Node:
        if self.peek() in ("!", "-"):
            return Node("op", self.take(), (self.unary(),))
        return self.postfix(self.atom())

    def postfix(self, node: Node) -> Node:
        while True:
            if self.peek() == ".":
                self.take()
                name = self.take("name")
                if self.peek() == "(":
                    if name not in METHODS:
                        raise BadBase(f"no function {name}()")
                    node = Node("method", name, (node, *self.arguments()))
                else:
                    node = Node("field", name, (node,))
            elif self.peek() == "[":
                self.take()
                node = Node("index", None, (node, self.level(0)))
                self.expect("]")
            else:
                return node

    def atom(self) -> Node:
        if found := _REGEXP.match(self.text, self.at):
            self.at = found.end()
            return Node("regexp", re.compile(found[1]))
        found = _TOKEN.match(self.text, self.at)
        if found is None:
            raise BadBase(f"{self.text[self.at :]!r} is nothing in {self.text!r}")
        if found["number"]:
            self.at = found.end()
            return Node("number", float(found["number"]))
        if found["text"]:
            self.at = found.end()
            return Node("text", re.sub(r"\\(.)", r"\1", found["text"][1:-1]))
        if found["name"]:
            self.at = found.end()
            if self.peek() != "(":
                return Node("name", found["name"])
            if found["name"] not in GLOBALS:
                raise BadBase(f"no function {found['name']}()")
            return Node("call", found["name"], tuple(self.arguments()))
        self.expect("(")
        node = self.level(0)
        self.expect(")")
        return node

    def arguments(self) -> Iterator[Node]:
        self.expect("(")
        while self.peek() != ")":
            yield self.level(0)
            if self.peek() != ",":
                break
            self.take()
        self.expect(")")

    def peek(self) -> str:
        found = _TOKEN.match(self.text, self.at)
        return found[0].strip() if found and found["op"] else ""

    def take(self, kind: str = "op") -> str:
        found = _TOKEN.match(self.text, self.at)
        if found is None or not found[kind]:
            raise BadBase(f"a {kind} is missing at {self.text[self.at :]!r} in {self.text!r}")
        self.at = found.end()
        return found[kind]

    def expect(self, op: str) -> None:
        if self.peek() != op:
            raise BadBase(f"{op} is missing at {self.text[self.at :]!r} in {self.text!r}")
        self.take()


def parse(expression: object) -> Node:
    """The expression; raises `BadBase` for one that the pages don't allow."""
    if not isinstance(expression, str):
        raise BadBase(f"an expression is a text, not {expression!r}")
    return _Parser(expression).whole()


def nodes(node: Node) -> Iterator[Node]:
    yield node
    for part in node.parts:
        yield from nodes(part)


def check_base(text: str) -> dict[str, Any]:
    """The base as YAML reads it; raises `BadBase` for what Obsidian wouldn't read as it is meant."""
    base = yaml.safe_load(text)
    if not isinstance(base, dict) or not base.keys() <= TOP:
        raise BadBase(f"a base has {sorted(TOP)}")
    formulas = {name: parse(formula) for name, formula in base.get("formulas", {}).items()}
    for name, formula in formulas.items():
        _check_references(formula, formulas, within=(name,))
    _check_filter(base.get("filters", "true"), formulas)
    for prop, settings in base.get("properties", {}).items():
        _check_property(prop, formulas)
        if not settings.keys() <= {"displayName"} or not isinstance(settings["displayName"], str):
            raise BadBase(f"{prop} has {settings}")
    names = [view["name"] for view in base["views"]]
    if len(set(names)) != len(names):
        raise BadBase("two views of one name can't be told apart in an embed")
    for view in base["views"]:
        _check_view(view, formulas, base.get("summaries", {}))
    return base


def _check_view(view: dict[str, Any], formulas: Mapping[str, Node], own: Mapping[str, str]) -> None:
    if not view.keys() <= VIEW or view["type"] not in TYPES or not isinstance(view["name"], str):
        raise BadBase(f"no view: {view}")
    _check_filter(view.get("filters", "true"), formulas)
    order = view.get("order", [])
    if len(set(order)) != len(order):
        raise BadBase(f"a column twice: {order}")
    groups = [view["groupBy"]] if "groupBy" in view else []
    for sort in (*view.get("sort", []), *groups):
        if sort.keys() != {"property", "direction"} or sort["direction"] not in ("ASC", "DESC"):
            raise BadBase(f"no order: {sort}")
    for prop in (*order, *(sort["property"] for sort in (*view.get("sort", []), *groups))):
        _check_property(prop, formulas)
    for prop, summary in view.get("summaries", {}).items():
        _check_property(prop, formulas)
        if summary not in SUMMARIES and summary not in own:
            raise BadBase(f"no summary {summary}")


def _check_filter(found: object, formulas: Mapping[str, Node]) -> None:
    if isinstance(found, dict):
        if len(found) != 1 or not found.keys() <= {"and", "or", "not"}:
            raise BadBase(f"a filter has one of and, or, not: {found}")
        ((_, parts),) = found.items()
        if not isinstance(parts, list):
            raise BadBase(f"no list: {parts}")
        for part in parts:
            _check_filter(part, formulas)
        return
    _check_references(parse(found), formulas, within=())


def _check_property(prop: str, formulas: Mapping[str, Node]) -> None:
    where, _, name = prop.rpartition(".")
    known = {"formula": name in formulas, "file": name in FILE_FIELDS, "note": True, "": True}
    if not known.get(where, False):
        raise BadBase(f"no property {prop}")


def _check_references(node: Node, formulas: Mapping[str, Node], within: tuple[str, ...]) -> None:
    for part in nodes(node):
        if part.kind == "field" and part.parts[0].kind == "name":
            where = part.parts[0].value
            if where == "file" and part.value not in FILE_FIELDS:
                raise BadBase(f"no file.{part.value}")
            if where == "formula":
                if part.value not in formulas or part.value in within:
                    raise BadBase(f"formula.{part.value} is not there, or in a circle")
                _check_references(formulas[part.value], formulas, (*within, part.value))


class File(msgspec.Struct, frozen=True, eq=False):
    """A note as Bases see it. `tags` have no `#`; `linked` are the files of its links (None: unresolved)."""

    path: str
    properties: dict[str, Any] = {}
    tags: tuple[str, ...] = ()
    linked: tuple[File | None, ...] = ()


def rows(base: dict[str, Any], name: str, files: Sequence[File], this: File | None = None) -> list[File]:
    """The files that the view called `name` shows, in its order, as far as `sort` says."""
    (view,) = [view for view in base["views"] if view["name"] == name]
    found = [
        file
        for file in files
        if all(
            _holds(base, f, file, this) for f in (base.get("filters", "true"), view.get("filters", "true"))
        )
    ]
    for sort in reversed(view.get("sort", [])):
        found.sort(
            key=lambda file, prop=sort["property"]: _sortable(value(base, prop, file, this)),
            reverse=sort["direction"] == "DESC",
        )
    return found


def value(base: dict[str, Any], expression: str, file: File, this: File | None = None) -> Any:
    """What a property or an expression is for one file."""
    return _Evaluation(base, file, this).value(parse(expression))


def _holds(base: dict[str, Any], found: Any, file: File, this: File | None) -> bool:
    if isinstance(found, dict):
        ((how, parts),) = found.items()
        results = [_holds(base, part, file, this) for part in parts]
        return {"and": all(results), "or": any(results), "not": not any(results)}[how]
    return bool(value(base, found, file, this))


def _sortable(found: Any) -> tuple[bool, Any]:
    return (found is not None, str(found) if not isinstance(found, int | float) else found)


class _Evaluation:
    def __init__(self, base: dict[str, Any], file: File, this: File | None, item: Any = None) -> None:
        self.base, self.file, self.this, self.item = base, file, this, item

    def value(self, node: Node) -> Any:
        match node.kind:
            case "number" | "text" | "regexp":
                return node.value
            case "name":
                return self.name(node.value)
            case "field":
                return self.field(node)
            case "op":
                return self.operator(node)
            case "call":
                return self.call(node)
        return self.method(node)

    def name(self, name: str) -> Any:
        names = {"true": True, "false": False, "null": None, "file": self.file, "value": self.item}
        if name in names:
            return names[name]
        return self.this if name == "this" else self.file.properties.get(name)

    def field(self, node: Node) -> Any:
        (of,) = node.parts
        if of.kind == "name" and of.value == "note":
            return self.file.properties.get(node.value)
        if of.kind == "name" and of.value == "formula":
            return self.value(parse(self.base["formulas"][node.value]))
        found = self.value(of)
        if isinstance(found, File):
            folder, _, name = found.path.rpartition("/")
            stem, _, ext = name.rpartition(".")
            fields = {"file": found, "path": found.path, "folder": folder, "name": name, "basename": stem}
            fields |= {
                "properties": found.properties,
                "ext": ext,
                "tags": list(found.tags),
                "links": list(found.linked),
            }
            return fields[node.value]
        if isinstance(found, dict):
            return found.get(node.value)
        return len(found) if node.value == "length" else None

    def operator(self, node: Node) -> Any:
        left = self.value(node.parts[0])
        if len(node.parts) == 1:
            return not left if node.value == "!" else -left
        if node.value in ("||", "&&"):
            return (
                (left or self.value(node.parts[1]))
                if node.value == "||"
                else (left and self.value(node.parts[1]))
            )
        right = self.value(node.parts[1])
        if node.value == "+":
            return f"{left}{right}" if isinstance(left, str) or isinstance(right, str) else left + right
        return {"==": left == right, "!=": left != right}[node.value]

    def call(self, node: Node) -> Any:
        if node.value == "if":
            condition, yes, *no = node.parts
            return self.value(yes) if self.value(condition) else (self.value(no[0]) if no else None)
        assert node.value == "list"
        found = self.value(node.parts[0])
        return found if isinstance(found, list) else [found]

    def method(self, node: Node) -> Any:
        on = self.value(node.parts[0])
        if node.value == "filter":
            kept = _Evaluation(self.base, self.file, self.this)
            found = []
            for kept.item in on:
                if kept.value(node.parts[1]):
                    found.append(kept.item)
            return found
        arguments = [self.value(part) for part in node.parts[1:]]
        return _METHODS[node.value](on, *arguments)


def _has_tag(file: File, *tags: str) -> bool:
    own = [tag.casefold() for tag in file.tags]
    return any(f"{has}/".startswith(f"{tag.casefold()}/") for tag in tags for has in own)


_METHODS: dict[str, Any] = {
    "hasTag": _has_tag,
    "inFolder": lambda file, folder: file.path.startswith(f"{folder}/"),
    "hasLink": lambda file, other: other in file.linked,
    "asFile": lambda link: link,
    "contains": lambda on, what: what in on,
    "containsAny": lambda on, *what: any(w in on for w in what),
    "matches": lambda regexp, text: regexp.search(text) is not None,
    "unique": lambda on: list(dict.fromkeys(on)),
    "toString": str,
    "lower": lambda text: text.lower(),
}
