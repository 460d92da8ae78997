"""A front matter block to nodes and values: PyYAML's scanner, the YAML 1.2 core meaning, exact marks.

Between `yamlio` (what scalars mean) and `frontmatter` (properties with spans). `read_block` never hangs and
never ends the process, whatever the text: too deep nesting and alias bombs are refused, and characters that
libyaml rejects or takes for line ends (as YAML 1.1 did) are read as the text that they are in Obsidian.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable
from typing import Any, NamedTuple

import yaml
from yaml.composer import Composer
from yaml.nodes import CollectionNode, MappingNode, Node, ScalarNode, SequenceNode
from yaml.parser import Parser
from yaml.reader import Reader
from yaml.scanner import Scanner, ScannerError

from vaultsync.core.frontmatter.libyaml_limits import eased
from vaultsync.core.frontmatter.yaml_values import Value, resolve_scalar
from vaultsync.core.text.late_pattern import late_pattern

try:
    from yaml._yaml import CParser
except ImportError:  # PyYAML was built without libyaml
    CParser = None  # type: ignore[assignment,misc]  # the stubs know only a PyYAML that has it

# The C parser composes by recursion and ends the process at about 50,000 levels; nobody writes 100 by hand.
MAX_DEPTH = 100
# Nodes that the aliases of one block may stand for; ten lines of nested aliases can ask for billions.
MAX_ALIASED = 20_000

# What libyaml says of `\ud83d` without its other half, and of `\U00110000`.
NO_CHARACTER = "found invalid Unicode character escape code"


# What is wrong with a block that libyaml reads and Obsidian's reader doesn't (`refused_by_obsidian`).
SHALLOW = "a line of a value that isn't indented"
GLUED_COMMENT = "a comment without a blank before it"


class BlockError(ValueError):
    """A block that is no YAML, or that is refused.

    `offset` counts from the block's start, `problem` is the parser's own wording; `context` and `began` say
    what it was reading and since where, as far as it knows.
    """

    def __init__(self, problem: str, offset: int, context: str = "", began: int | None = None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.offset = offset
        self.context = context
        self.began = offset if began is None else began


class AliasNode(ScalarNode):
    """An alias (`*name`) with its own marks; `target` is the node that it stands for."""

    target: Node

    def __init__(self, name: str, target: Node, start_mark: Any, end_mark: Any) -> None:
        super().__init__("", name, start_mark, end_mark, style="*")
        self.target = target


class Document:
    """A composed block: its root node (None when there is none), and what its nodes say.

    `text` is the block as the scanner saw it: the same length, some characters replaced (see `_masked`).
    """

    __slots__ = ("_aliased", "_escaped", "_originals", "root", "text")

    def __init__(self, root: Node | None, masked: _Masked) -> None:
        self.root = root
        self.text = masked.text
        self._originals = masked.originals
        self._escaped = masked.escaped
        self._aliased = 0

    def value(self, node: Node) -> Value:
        """The value of `node`; raises `BlockError` for too deep a nesting and for alias bombs."""
        return self._value(node, 0)

    def scalar(self, node: ScalarNode) -> Value:
        """The value of a scalar node that is no alias."""
        text: str = node.value
        if self._originals:
            text = self._restored(node)
        if node.tag:
            return _tagged(node.tag, text)
        if node.style:
            return text
        value = resolve_scalar(text)
        # `! 12` is the text 12: the lone `!` says "not resolved" (YAML 1.2, section 6.8.2).
        return text if not isinstance(value, str) and self.text.startswith("!", start_of(node)) else value

    def key(self, node: Node) -> str:
        """A mapping's key as text: a scalar's own characters, else the key's source."""
        target = node.target if isinstance(node, AliasNode) else node
        if isinstance(target, ScalarNode):
            key: str = self._restored(target) if self._originals else target.value
            return key
        return self.text[start_of(target) : end_of(target)].translate(self._originals)

    def _restored(self, node: ScalarNode) -> str:
        text: str = node.value
        return text.translate(self._escaped if node.style == '"' else self._originals)

    def _value(self, node: Node, depth: int) -> Value:
        if depth > MAX_DEPTH:
            raise BlockError(f"nested more than {MAX_DEPTH} levels deep", start_of(node))
        if self._aliased:
            self._aliased += 1
            if self._aliased > MAX_ALIASED:
                raise BlockError("the aliases stand for too much", start_of(node))
        if isinstance(node, AliasNode):
            self._aliased += 1
            return self._value(node.target, depth + 1)
        if isinstance(node, ScalarNode):
            return self.scalar(node)
        if isinstance(node, SequenceNode):
            return [self._value(item, depth + 1) for item in node.value]
        return {self.key(key): self._value(value, depth + 1) for key, value in node.value}


def read_block(block: str) -> Document:
    """Compose the YAML document in `block`, which begins with its `---` line; raises `BlockError`.

    Two things that YAML 1.2 and Obsidian's reader allow libyaml refuses: a tab after a dash, and `:?` within
    brackets. Where it refuses a block, it is asked again without them.
    """
    masked = _masked(block)
    try:
        return _read(masked)
    except BlockError:
        again = _eased(masked)
        if again.text == masked.text:
            raise
        try:
            return _read(again)
        except BlockError:
            pass  # what is told is what is wrong with the block as it is
        raise


def _read(masked: _Masked) -> Document:
    text = masked.text
    _refuse_deep(text)
    try:
        root = _compose(EventLoader if "*" in text and "&" in text else BlockLoader, text)
    except BlockError as error:
        if not error.context.startswith("found duplicate anchor"):
            raise
        root = _compose(EventLoader, text)
    return Document(root, masked)


def _eased(masked: _Masked) -> _Masked:
    text, stand_in = eased(masked.text)
    if not stand_in:
        return masked._replace(text=text)
    colon = {ord(stand_in): ":"}
    return _Masked(text, {**masked.originals, **colon}, {**masked.escaped, **colon})


def comment_spans(block: str) -> list[tuple[int, int]]:
    """Where the comments of a block stand, `#` to the line's end, in order; raises `BlockError`."""
    masked = _masked(block)
    if "#" not in masked.text:
        return []
    try:
        return _comments(masked.text)
    except BlockError:
        return _comments(_eased(masked).text)


def _comments(text: str) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    done = 0
    for token in _tokens(text):
        start, end = token.start_mark.index, token.end_mark.index
        if start > done:
            spans += ((found.start(), found.end()) for found in _COMMENT.finditer(text, done, start))
        if end > start and isinstance(token, yaml.ScalarToken) and token.style in ("|", ">"):
            header = _HEADER_COMMENT.match(text, start)
            if header:
                spans.append(header.span(1))
        done = max(done, end)
    spans += ((found.start(), found.end()) for found in _COMMENT.finditer(text, done))
    return spans


def start_of(node: Node) -> int:
    """Where the node starts in the block, its anchor and tag included."""
    return node.start_mark.index


def end_of(node: Node) -> int:
    """Where the parser says that the node ends; for lists and mappings over lines that is the next token."""
    return node.end_mark.index


def last_leaf_end(node: Node, text: str) -> int:
    """Where the node's own characters end: its last leaf's end, without the line end after it.

    A block scalar ends with its last line that isn't empty, unless it keeps the empty ones (`|+`).
    """
    while isinstance(node, CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        if isinstance(node, MappingNode):
            key, last = last
            if end_of(last) == start_of(last) and text[start_of(last) - 1] != ":":
                last = key  # `? key` without a value: its mark stands at the next token
        node = last
    end = end_of(node)
    if not isinstance(node, ScalarNode) or node.style not in ("|", ">"):
        return end
    header = _BLOCK_HEADER.search(text, start_of(node))
    if header is None or end <= header.end():
        return end
    if "+" in header.group(1):
        stop = end - 1 if text[end - 1] == "\n" else end
        return stop - 1 if text[stop - 1] == "\r" else stop
    while text[end - 1] in "\r\n":
        end -= 1
    return end


# Between two tokens of a well-formed block stand only blanks, line ends and comments.
_COMMENT = late_pattern(r"#[^\r\n]*")
_HEADER_COMMENT = late_pattern(r"[|>][-+0-9]*[ \t]+(#[^\r\n]*)")


# The indicators of a block scalar, after an anchor and a tag.
_BLOCK_HEADER = late_pattern(r"(?<=[ \t\n])[|>]([-+0-9]*)[ \t]*(?:#[^\r\n]*)?(?=\r?\n|\Z)")


def _tagged(tag: str, text: str) -> Value:
    """The value of a scalar with an explicit tag; one outside the core schema leaves text, as in Obsidian."""
    kind = tag.removeprefix("tag:yaml.org,2002:")
    if kind in ("int", "float", "bool", "null"):
        value = resolve_scalar(text)
        return float(value) if kind == "float" and type(value) is int else value
    return text


# libyaml rejects most control characters, a byte order mark inside the text and half surrogates; and like
# YAML 1.1 it ends lines at NEL, LS, PS and a lone CR. In YAML 1.2 as Obsidian reads it they are all
# characters of the text.
_MASKED = late_pattern(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]|\r(?!\n)"
)
# Nor does it read a block scalar whose first line begins with a tab, as Obsidian writes it; and it takes a
# tab at the start of a blank line or before a comment for indentation.
_TAB_OF_NOTHING = late_pattern(r"^\t[ \t]*(?=#|\r?$)", re.MULTILINE)
_BEFORE_TAB = late_pattern(r"(?<=[:-] )([|>][-+]?[ \t]*\r?\n(?: *\r?\n)* +)\t")
# JSON escapes a character beyond U+FFFF as two halves, and libyaml refuses each. The second branch passes
# over any other escape, so that an escaped backslash begins none.
_ESCAPED_PAIR = late_pattern(r"\\(?:u([dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})|.)", re.DOTALL)


class _Masked(NamedTuple):
    """A block for the scanner, of the same length, and what its stand-ins are: `escaped` in double quotes."""

    text: str
    originals: dict[int, str]
    escaped: dict[int, str]


def _masked(block: str) -> _Masked:
    """`block` with all that libyaml misreads replaced by private characters that it has not."""
    tabs = False
    if "\t" in block:
        block = _TAB_OF_NOTHING.sub(lambda found: " " * len(found.group()), block)
        tabs = _BEFORE_TAB.search(block) is not None
    pairs: set[str] = set()
    if "\\ud" in block or "\\uD" in block:
        pairs = {found.group() for found in _ESCAPED_PAIR.finditer(block) if found[1]}
    if not tabs and not pairs and _MASKED.search(block) is None:
        return _Masked(block, {}, {})
    private = (chr(code) for code in range(0xF0000, 0xFFFFE) if chr(code) not in block)
    stand_in = dict(
        zip(["", "\t", *sorted({*_MASKED.findall(block)}), *sorted(pairs)], private, strict=False)
    )
    text = _MASKED.sub(lambda found: stand_in[found.group()], block)
    if pairs:
        text = _ESCAPED_PAIR.sub(
            lambda found: stand_in.get(found.group(), found.group()).ljust(len(found.group()), stand_in[""]),
            text,
        )
    if tabs:
        text = _BEFORE_TAB.sub(lambda found: found[1] + stand_in["\t"], text)
    originals = {ord(private): original for original, private in stand_in.items()}
    escaped = {ord(stand_in[pair]): json.loads(f'"{pair}"') for pair in pairs & stand_in.keys()}
    return _Masked(text, originals, {**originals, **escaped})


def _refuse_deep(text: str) -> None:
    """Raise `BlockError` before a loader can recurse too deeply.

    Each level takes a character of its own or, in block mappings, one more blank than the last. Only where
    the text has enough of both are its tokens counted, which needs no recursion.
    """
    if sum(map(text.count, "[{-?")) + math.isqrt(2 * len(text)) < MAX_DEPTH:
        return
    depth = 0
    for token in _tokens(text):
        if isinstance(token, _OPENS):
            depth += 1
            if depth > MAX_DEPTH:
                raise BlockError(f"nested more than {MAX_DEPTH} levels deep", token.start_mark.index)
        elif isinstance(token, _CLOSES):
            depth -= 1


_OPENS = (
    yaml.BlockSequenceStartToken,
    yaml.BlockMappingStartToken,
    yaml.FlowSequenceStartToken,
    yaml.FlowMappingStartToken,
)
_CLOSES = (yaml.BlockEndToken, yaml.FlowSequenceEndToken, yaml.FlowMappingEndToken)


def _tokens(text: str) -> Iterable[Any]:
    loader = BlockLoader(text)
    try:
        while (token := loader.get_token()) is not None:
            yield token
    except yaml.MarkedYAMLError as error:
        raise _block_error(error) from None


def _compose(loader: Any, text: str) -> Node | None:
    try:
        root: Node | None = loader(text).get_single_node()
    except yaml.MarkedYAMLError as error:
        raise _block_error(error) from None
    return root


def _block_error(error: yaml.MarkedYAMLError) -> BlockError:
    began = error.context_mark.index if error.context_mark else None
    at = error.problem_mark.index if error.problem_mark else began or 0
    return BlockError(error.problem or "malformed YAML", at, error.context or "", began)


class _CoreTags:
    """The resolver of all loaders: plain scalars stay untagged, `Document.scalar` says what they mean."""

    def resolve(self, *_: object) -> str:
        """No tag (PyYAML gives the kind of node, its text and whether it is plain)."""
        return ""

    def descend_resolver(self, node: object, index: object) -> None:
        """PyYAML's path resolvers are not used."""

    def ascend_resolver(self) -> None:
        """PyYAML's path resolvers are not used."""


class _WithAliases(_CoreTags, Composer):
    """Composes aliases as nodes of their own, and lets an anchor be set again, as YAML 1.2 does."""

    peek_event: Any  # of the parser that it is mixed with

    def compose_node(self, parent: Node | None, index: Any) -> Node | None:
        event = self.peek_event()
        if not isinstance(event, yaml.AliasEvent):
            self.anchors.pop(event.anchor, None)
        node = super().compose_node(parent, index)
        if isinstance(event, yaml.AliasEvent) and node is not None and event.anchor is not None:
            return AliasNode(event.anchor, node, event.start_mark, event.end_mark)
        return node


class PurePythonLoader(_WithAliases, Reader, Scanner, Parser):
    """Reads a block without libyaml: slower, the same result."""

    def scan_flow_scalar_non_spaces(self, double: bool, start_mark: Any) -> list[str]:
        """PyYAML's scanner, and libyaml's refusal of escapes that are no character."""
        try:
            chunks: list[str] = super().scan_flow_scalar_non_spaces(double, start_mark)
        except ValueError:  # of `chr`
            chunks = ["\ud800"]
        if any("\ud800" <= chunk < "\ue000" for chunk in chunks):
            raise ScannerError("while parsing a quoted scalar", start_mark, NO_CHARACTER, self.get_mark())
        return chunks

    def __init__(self, block: str) -> None:
        Reader.__init__(self, block)
        Scanner.__init__(self)
        Parser.__init__(self)
        Composer.__init__(self)


if CParser is None:
    EventLoader: Any = PurePythonLoader
    BlockLoader: Any = PurePythonLoader
else:

    class _CEventLoader(_WithAliases, CParser):
        """libyaml's events, composed in Python, so that aliases keep their marks."""

        def __init__(self, block: str) -> None:
            CParser.__init__(self, block)
            Composer.__init__(self)

    class _CLoader(_CoreTags, CParser):
        """libyaml's events, composed in C: the fast way, for blocks without aliases."""

    EventLoader = _CEventLoader
    BlockLoader = _CLoader
