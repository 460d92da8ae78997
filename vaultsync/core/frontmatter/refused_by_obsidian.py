"""What libyaml reads and Obsidian's reader, the npm package `yaml`, refuses: then a note has no properties.

Each of these was found by comparing the two on made-up blocks (`bench/two_readers.py`).
"""

from __future__ import annotations

import re

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from vaultsync.core.frontmatter.yaml_reader import (
    GLUED_COMMENT,
    SHALLOW,
    BlockError,
    Document,
    comment_spans,
    end_of,
    start_of,
)

_MAY_BE_GLUED = re.compile(r"[\"'\]}]#")
_GLUED_HEADER = re.compile(r"[:?-][ \t]+[|>][-+0-9]*#(?=[^\n]*\n)")


def check(document: Document, block: str) -> None:
    """Raise `BlockError` for a block that Obsidian's reader refuses."""
    if document.root is not None and "\n" in block[4:]:
        _check_node(document.root, -1, document.text)
    if header := _GLUED_HEADER.search(block):
        raise BlockError(GLUED_COMMENT, header.end() - 1)
    if _MAY_BE_GLUED.search(block):
        for start, _ in comment_spans(block):
            if start and block[start - 1] not in " \t\n":
                raise BlockError(GLUED_COMMENT, start)


def _check_node(node: Node, indent: int, text: str) -> None:
    """`indent` is the column of the block collection that holds the node; -1 outside of any."""
    if node.start_mark.line == node.end_mark.line:
        return
    if isinstance(node, ScalarNode):
        if node.style in ('"', "'"):
            _check_lines(node, indent, text)
    elif isinstance(node, SequenceNode | MappingNode):
        if node.flow_style:
            _check_lines(node, indent, text)
            return
        column: int = node.start_mark.column
        if isinstance(node, SequenceNode):
            for item in node.value:
                _check_node(item, column, text)
        else:
            for key, value in node.value:
                _check_node(value, key.start_mark.column, text)


def _check_lines(node: Node, indent: int, text: str) -> None:
    """Each further line of a text between quotes, or a list in brackets, is to be deeper than its parent."""
    at = text.find("\n", start_of(node))
    end = end_of(node)
    while 0 <= at < end:
        line = _INDENTED.match(text, at + 1)
        if line is not None and line.end() < end and len(line[1]) <= indent:
            # The closing bracket alone may stand in the parent's column.
            closes = line.end() == end - 1 and text[line.end()] in "]}" and len(line[1]) == indent
            if not closes:
                raise BlockError(SHALLOW, line.end(), began=start_of(node))
        at = text.find("\n", at + 1)


_INDENTED = re.compile(r"( *+)[ \t]*+(?=[^\s])")
