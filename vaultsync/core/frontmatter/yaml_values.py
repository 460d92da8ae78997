"""YAML values as Obsidian reads and writes them: scalars by the YAML 1.2 core rules, text as it prints it.

The bottom of the front matter's flow, below `yamlread` (text to nodes) and `properties` (edits). PyYAML's own
rules are those of YAML 1.1, which turn `yes`, `12:30` and dates into something else, so what a plain scalar
*means* is decided here. The written form is that of the npm package `yaml` 2.x with the options
`{nullStr: "", lineWidth: 0}`, which Obsidian uses; each fact about it below was observed by running it.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import TypeAlias

Value: TypeAlias = "bool | int | float | str | list[Value] | dict[str, Value] | None"
Scalar: TypeAlias = "bool | int | float | str | None"

# The depth of one level in what is written.
STEP = 2


def emit_mapping(mapping: Mapping[str, Value]) -> str:
    """The lines of a whole block, without the fences; `{}` for an empty mapping, as npm yaml has it."""
    if not mapping:
        return "{}\n"
    return "".join(emit_entry(key, value) for key, value in mapping.items())


def emit_entry(key: str, value: Value, eol: str = "\n", indent: str = "") -> str:
    """One property with its final `eol`; `indent` is put before its lines."""
    written = f"{indent}{_entry(key, value, indent)}\n"
    return written if eol == "\n" else written.replace("\n", eol)


def emit_scalar(value: Scalar, *, in_flow: bool = False, indent: str = "  ") -> str:
    """A scalar as it stands after `key: `; null is the empty string (`null` in a flow collection).

    Text of several lines becomes a literal block whose lines start with `indent` (in a flow collection: a
    quoted string).
    """
    if isinstance(value, str):
        return _text(value, indent, key=False, flow=in_flow)
    if value is None:
        return "null" if in_flow else ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return _number(value)


def emit_key(key: str, indent: str = "") -> str:
    """A key as it stands before its colon, in a mapping that is indented by `indent`."""
    return _text(key, indent + "  ", key=True, flow=False)


def emit_flow(value: Value) -> str:
    """A value inside a flow collection, on one line: `[a, "b, c"]`."""
    if isinstance(value, list):
        return "[" + ", ".join(map(emit_flow, value)) + "]"
    if isinstance(value, dict):
        pairs = [f"{_text(key, '', key=True, flow=True)}: {emit_flow(item)}" for key, item in value.items()]
        return "{" + ", ".join(pairs) + "}"
    return emit_scalar(value, in_flow=True)


def emit_node(value: Value, indent: str) -> str:
    """A value whose first line starts where the caller stands; its further lines start with `indent`."""
    if isinstance(value, list) and value:
        return f"\n{indent}".join(f"- {emit_node(item, indent + '  ')}" for item in value)
    if isinstance(value, dict) and value:
        return f"\n{indent}".join(_entry(key, item, indent) for key, item in value.items())
    if isinstance(value, list | dict):
        return "[]" if isinstance(value, list) else "{}"
    return emit_scalar(value, indent=indent)


def _entry(key: str, value: Value, indent: str) -> str:
    name = emit_key(key, indent)
    inner = indent + "  "
    if len(name) > 1024:  # a longer key needs the explicit form (YAML 1.2, section 8.2.2)
        node = emit_node(value, inner)
        return f"? {name}\n{indent}:" + (f" {node}" if node else "")
    if isinstance(value, list | dict) and value:
        return f"{name}:\n{inner}{emit_node(value, inner)}"
    node = emit_node(value, inner)
    return f"{name}: {node}" if node else f"{name}:"


# A character that only a double-quoted scalar can hold.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
# What makes a one-line text unreadable as a plain scalar, whatever it says.
_NOT_PLAIN = re.compile(
    r"""[\n\t ,\[\]{}#&*!|>'"%@`]|[?-](?:[ \t]|\Z)|.*?(?:[\n:][ \t]|[\n\t ]\#|[\n\t :]\Z)""", re.DOTALL
)
_FLOW_INDICATOR = re.compile(r"[\[\]{},]|\A[?:-]|:\Z|:\?")  # libyaml refuses `:?`, which others read
# At the start of a top-level key (to ECMAScript, U+2028 starts a line too).
_DOCUMENT_MARKER = re.compile("(?:.*[\u2028\u2029])?(?:%|---|\\.\\.\\.)")


def _text(text: str, indent: str, *, key: bool, flow: bool) -> str:
    if _CONTROL.search(text):
        return _double_quoted(text, indent, key=key)
    if "\n" in text:
        return (
            _quoted(text, indent, key=key) if key or flow or _lost_in_block(text) else _literal(text, indent)
        )
    if (
        not text
        or _NOT_PLAIN.match(text)
        or (flow and _FLOW_INDICATOR.search(text))
        or (key and indent == "  " and _DOCUMENT_MARKER.match(text))
        or not isinstance(resolve_scalar(text), str)
    ):
        return _quoted(text, indent, key=key)
    return text


def _lost_in_block(text: str) -> bool:
    """Whether a block scalar would drop blanks of the text: a last line of blanks, or only blanks.

    npm yaml writes the second kind as a block all the same: there alone we keep the value, and not its bytes.
    """
    without = text.rstrip(" \t")
    return (without != text and without.endswith("\n")) or (
        not text.strip(" \t\n") and text.strip("\n") != ""
    )


def _quoted(text: str, indent: str, *, key: bool) -> str:
    single = '"' in text and "'" not in text and "\n" not in text
    return f"'{text}'" if single else _double_quoted(text, indent, key=key)


_SHORT_ESCAPES = {"\\u0000": "\\0", "\\u0007": "\\a", "\\u000b": "\\v", "\\u001b": "\\e"}
_JSON_ESCAPE = re.compile(r"\\\\|\\u00[01][0-9a-f]|[\ud800-\udfff]")
# Quoted text of several lines is broken at its line ends from this length on (npm yaml's default; UTF-16
# units).
_FOLDED_FROM = 40


def _double_quoted(text: str, indent: str, *, key: bool) -> str:
    """JSON's escapes in their shorter YAML forms; longer text of several lines is folded at its line ends."""
    quoted = json.dumps(text, ensure_ascii=False)
    utf16_length = len(quoted) + sum(character > "\uffff" for character in quoted)
    lines = [_JSON_ESCAPE.sub(_yaml_escape, line) for line in _split_lines(quoted[1:-1])]
    # A blank before a line end would be dropped by the reader's folding.
    ended = [line[:-1] + "\\ " if line.endswith(" ") else line for line in lines[:-1]] + lines[-1:]
    if key or utf16_length < _FOLDED_FROM or len(ended) == 1:
        return '"' + "\\n".join(ended) + '"'
    written, breaks = '"' + ended[0], 0
    for number, line in enumerate(ended[1:], 1):
        breaks += 1
        at_end = number == len(ended) - 1
        if not line and not at_end:
            continue
        if (
            at_end and not line
        ):  # the last line end stays an escape, or the quote would stand on a line of its own
            written += "\n" * breaks + indent if breaks > 1 else ""
            written += "\\n"
        else:
            guard = "\\" if line.startswith(" ") else ""
            written += "\n" * (breaks + 1) + indent + guard + line
        breaks = 0
    return written + '"'


def _split_lines(escaped: str) -> list[str]:
    """A JSON string's inside cut at its `\\n` escapes (and not at an escaped backslash before an `n`)."""
    lines = [""]
    for piece in re.split(r"(\\.)", escaped):
        if piece == "\\n":
            lines.append("")
        else:
            lines[-1] += piece
    return lines


def _yaml_escape(found: re.Match[str]) -> str:
    escape = found.group()
    if escape == "\\\\":
        return escape
    if len(escape) == 1:
        return f"\\u{ord(escape):04x}"
    return _SHORT_ESCAPES.get(escape, "\\x" + escape[4:])


def _literal(text: str, indent: str) -> str:
    """A literal block scalar with the indicators that the text needs, and no final line end."""
    content = text.rstrip("\n\t ")
    tail = text[len(content) :]
    if "\n" not in tail:
        chomp = "-"
    elif not content or tail.index("\n") != len(tail) - 1:
        chomp = "+"
    else:
        chomp = ""
    lead = content[: len(content) - len(content.lstrip(" \n"))]
    depth = str(STEP) if " " in lead else ""
    lines = text.split("\n") if chomp == "-" else text[:-1].split("\n")
    body = [indent + lines[0]] + [indent + line if line else "" for line in lines[1:]]
    return f"|{depth}{chomp}\n" + "\n".join(body)


def _number(value: float) -> str:
    """A number as ECMAScript prints it (`1e+21`, `1e-7`, `-0`); infinities and NaN as YAML spells them."""
    if isinstance(value, int):
        return str(value)
    if math.isnan(value):
        return ".nan"
    if math.isinf(value):
        return ".inf" if value > 0 else "-.inf"
    mantissa, _, exponent = f"{value!r}".partition("e")
    sign = "-" if mantissa.startswith("-") else ""
    whole, _, fraction = mantissa.lstrip("-").partition(".")
    digits = (whole + fraction).lstrip("0")
    # The value is 0.DIGITS times ten to the power of `point`.
    point = len(whole) + int(exponent or 0) - (len(whole + fraction) - len(digits))
    digits = digits.rstrip("0") or "0"
    if digits == "0":
        return f"{sign}0"
    if -6 < point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    if 0 < point <= 21:
        padded = digits.ljust(point, "0")
        return sign + padded[:point] + (f".{padded[point:]}" if padded[point:] else "")
    power = point - 1
    return (
        f"{sign}{digits[0]}{'.' + digits[1:] if digits[1:] else ''}e{'+' if power > 0 else '-'}{abs(power)}"
    )


_WORDS: dict[str, bool | float | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
}
_FIRST_OF_WORD = frozenset("~nNtTfF.+-0123456789")
_DECIMAL = re.compile(r"[-+]?(?:\.[0-9]+|([0-9]+)(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_BASED = re.compile(r"0o([0-7]+)|0x([0-9a-fA-F]+)")
# Python refuses to read longer decimal integers (sys.set_int_max_str_digits).
_LONGEST_INTEGER = 4000


def resolve_scalar(text: str) -> Scalar:
    """What a plain scalar means under the YAML 1.2 core schema (section 10.3.2); anything else is text."""
    if text and text[0] not in _FIRST_OF_WORD:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if decimal := _DECIMAL.fullmatch(text):
        whole, fraction, exponent = decimal.groups()
        is_integer = whole is not None and fraction is None and exponent is None
        return int(text) if is_integer and len(text) <= _LONGEST_INTEGER else float(text)
    if based := _BASED.fullmatch(text):
        octal, hexadecimal = based.groups()
        return int(octal, 8) if octal else int(hexadecimal, 16)
    return text


def _as_double(number: float) -> float:
    """The number as JavaScript holds it, which is what Obsidian writes."""
    if isinstance(number, float) or abs(number) < 2**1023:
        return float(number)
    return math.inf if number > 0 else -math.inf


def same_value(one: Value, other: Value) -> bool:
    """Equality as YAML has it: `1` is `1.0` but not `true` or `"1"`; NaN is itself; key order counts."""
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same_value, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return list(one) == list(other) and all(map(same_value, one.values(), other.values()))
    if isinstance(one, int | float) and isinstance(other, int | float):
        if isinstance(one, bool) or isinstance(other, bool):
            return one is other
        if isinstance(one, int) and isinstance(other, int):
            return one == other
        return _as_double(one) == _as_double(other) or (one != one and other != other)
    return type(one) is type(other) and one == other
