"""Whose a note is: a plugin's, a template's, or the person's."""

from __future__ import annotations

import pytest

from vaultsync.core.config.config import Config
from vaultsync.core.note import Note, note_of


def note(text: str, path: str = "N.md") -> Note:
    return note_of(path, text, Config())


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("N.md", "---\nexcalidraw-plugin: parsed\n---\n"),
        ("N.md", "---\nKanban-Plugin: board\n---\n"),
        ("N.md", "---\ntldraw-file: true\n---\n"),
        ("Drawing.excalidraw.md", "Text\n"),
    ],
)
def test_a_plugins_note_is_the_plugins(path: str, text: str) -> None:
    assert note(text, path).owner


@pytest.mark.parametrize(
    "text",
    [
        "Text\n",
        "---\nplugin: dataview\ntopic: excalidraw-plugin\n---\n",
        "---\nkanban-plugin:\n---\n",
        "kanban-plugin: board\n",
    ],
)
def test_a_note_that_speaks_of_a_plugin_is_the_persons(text: str) -> None:
    assert not note(text).owner


@pytest.mark.parametrize(
    "text",
    [
        "# <% tp.file.title %>\n",
        "<%* await tp.file.move('/A') -%>\nText\n",
        "---\ntitle: {{title}}\n---\n",
        "Text <%- x %>\n",
    ],
)
def test_a_note_with_a_templates_marks_is_a_template(text: str) -> None:
    assert note(text).is_template


@pytest.mark.parametrize(
    "text",
    [
        "Write `<% tp.file.title %>` for it.\n",
        "```\n<%* await x %>\n```\n",
        "5 <% of all\n",
        "In TeX {{a}} is a group.\n",
    ],
)
def test_a_note_that_shows_such_a_mark_as_code_is_none(text: str) -> None:
    assert not note(text).is_template
