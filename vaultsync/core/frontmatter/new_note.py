"""A new note out of properties and a body: python-frontmatter's post, written as Obsidian writes properties.

Only for notes that don't exist yet. An existing note is never read and dumped again, since that would sort
its keys and lose its comments (design, section 4); it is changed by `property_edits`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from frontmatter import Post, dumps
from frontmatter.default_handlers import YAMLHandler

from vaultsync.core.frontmatter.yaml_values import Value, emit_mapping


def new_note(properties: Mapping[str, Value], body: str) -> str:
    """The text of a note; the properties keep their order, and the body follows as it is."""
    post = Post(body)
    post.metadata.update(properties)
    return dumps(post, handler=_ObsidianHandler())


class _ObsidianHandler(YAMLHandler):
    """Writes the block as Obsidian does, where PyYAML's dumper would sort keys and quote by YAML 1.1."""

    def export(self, metadata: dict[str, object], **_: object) -> str:
        return emit_mapping(cast("dict[str, Value]", metadata))

    def format(self, post: Post, **_: object) -> str:
        return f"{self.START_DELIMITER}\n{self.export(post.metadata)}{self.END_DELIMITER}\n{post.content}"
