"""MkDocs hook: the pages that are made from the program itself, so that they tell what it does.

https://www.mkdocs.org/user-guide/configuration/#hooks
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

import vaultsync
from vaultsync.cli import COMMANDS, main
from vaultsync.core.config.settings import default_config
from vaultsync.core.rules import RULES
from vaultsync.core.rules.pages import rule_page, rules_document


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the commands, the settings and one page a rule."""
    for path, text in _pages():
        files.append(File.generated(config, path, content=text))
    return files


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Put the rules' pages below the list of rules."""
    pages = [{rule.id: f"rules/{rule.id}.md"} for rule in RULES]
    config.nav = [_with_rules(entry, pages) for entry in config.nav or []]
    return config


def _with_rules(entry: object, pages: list[dict[str, str]]) -> object:
    if isinstance(entry, dict):
        ((title, value),) = entry.items()
        if value == "rules/index.md":
            return {title: [{"All rules": value}, *pages]}
        if isinstance(value, list):
            return {title: [_with_rules(inner, pages) for inner in value]}
    return entry


def _pages() -> Iterator[tuple[str, str]]:
    yield "commands.md", "\n".join(_commands())
    yield "settings.md", _settings()
    yield "json.md", "\n".join(_json())
    index = rules_document(RULES).partition("\n## ")[0]
    index = index.replace("Made from the rules by `vaultsync rules --markdown`; a test compares. ", "")
    yield "rules/index.md", re.sub(r"\]\(#([\w-]+)\)", r"](\1.md)", index) + "\n"
    for rule in RULES:
        text = rule_page(rule).replace("## ", "# ", 1).replace("\n### ", "\n## ")
        # As text: Markdown's colours would take the end of a note's properties for a heading.
        text = text.replace("```markdown", "```text")
        yield (
            f"rules/{rule.id}.md",
            f"{text}\n[All rules](index.md) · [how a rule is switched off](index.md)\n",
        )


def _commands() -> Iterator[str]:
    yield "# Commands\n\nMade from `vaultsync --help` and each command's own.\n"
    yield _help("vaultsync", main)
    for name in COMMANDS:
        with click.Context(main, info_name="vaultsync") as context:
            command = main.get_command(context, name)
        if command is None:
            raise LookupError(name)
        yield f"## {name}\n"
        yield _help(f"vaultsync {name}", command)
        for inner_name, inner in getattr(command, "commands", {}).items():
            yield f"### {name} {inner_name}\n"
            yield _help(f"vaultsync {name} {inner_name}", inner)


def _help(name: str, command: click.Command) -> str:
    with click.Context(command, info_name=name, max_content_width=80, terminal_width=80) as context:
        return f"```text\n{command.get_help(context)}\n```\n"


EXAMPLES = {
    "fix": "fix --check 'Segment Anything'",
    "undo": "undo --diff",
    "log": "log -n 1",
    "links": "links --missing",
    "reading": "links --reading",
    "config": "config limits",
    "rules": "rules fm-links",
    "doctor": "doctor",
    "import": "import --diff arXiv:2301.00001",
    "sync": "sync --check",
    "conflicts": "conflicts",
    "resolve": "resolve",
    "views": "canvas 'ICLR 2023'",
    "status": "status",
    "service": "service status",
    "plugin": "plugin status",
    "error": "fix Huber",
}
"""What shows each answer: it is run in the demo's vault when the site is built."""
LINES = 28
"""Lines of an example that are shown."""


def _examples() -> dict[str, str]:
    """What each example prints, as a console shows it."""
    shown = {}
    with tempfile.TemporaryDirectory() as folder:
        environ = {
            **{k: v for k, v in os.environ.items() if not k.startswith(("XDG_", "GIT_", "VAULTSYNC_"))},
            "HOME": folder,
            "GIT_CONFIG_NOSYSTEM": "1",
        }
        called = [sys.executable, "-m", "vaultsync"]
        demo = Path(folder) / "Notes"
        subprocess.run([*called, "demo", str(demo)], env=environ, capture_output=True, check=True)
        for name, line in EXAMPLES.items():
            done = subprocess.run(
                [*called, *shlex.split(line), "--json"],
                cwd=demo,
                env=environ,
                capture_output=True,
                text=True,
                check=False,
            )
            said = done.stdout.replace(folder, "/home/ada").splitlines()
            if not said or json.loads(done.stdout)["vaultsync"] != 1:
                raise ValueError(f"{line}: {done.stderr}")
            cut = [*said[:LINES], "  …"] if len(said) > LINES + 2 else said
            shown[name] = "\n".join([f"$ vaultsync {line} --json", *cut])
    return shown


def _json() -> Iterator[str]:
    schema = json.loads((Path(vaultsync.__path__[0]) / "cli/output.schema.json").read_text(encoding="utf-8"))
    definitions = schema["$defs"]
    yield (Path(__file__).parent / "json_head.md").read_text(encoding="utf-8")
    examples = _examples()
    for name, definition in definitions.items():
        yield f"## {name}\n\n{definition['description']}\n"
        if rows := list(_fields(definition, "")):
            yield "| field | type | meaning |\n|---|---|---|\n" + "\n".join(rows) + "\n"
        if name in examples:
            yield f"```console\n{examples[name]}\n```\n"


def _fields(definition: dict[str, Any], before: str) -> Iterator[str]:
    """The rows of a definition's fields, those of its parts below them."""
    for part in definition.get("anyOf", ()):
        yield from _fields(part, before)
    if "items" in definition:
        yield from _fields(definition["items"], f"{before}[].")
    for name, field in definition.get("properties", {}).items():
        optional = "" if name in definition.get("required", ()) else " (if asked for, or known)"
        meaning = field.get("description", "") or _meaning(field)
        yield f"| `{before}{name}` | {_type(field)} | {meaning}{optional} |"
        yield from _fields(field, f"{before}{name}.")


def _meaning(field: dict[str, Any]) -> str:
    return next((part["description"] for part in field.get("anyOf", ()) if "description" in part), "")


def _type(field: dict[str, Any]) -> str:
    if "$ref" in field:
        name = field["$ref"].rpartition("/")[2]
        return f"[{name}](#{name})"
    if "anyOf" in field:
        return " or ".join(map(_type, field["anyOf"]))
    if field.get("type") == "array":
        return f"list of {_type(field['items'])}"
    return str(field.get("type", "any"))


def _settings() -> str:
    return (
        "# Settings\n\n"
        "A vault without settings works. `vaultsync init` writes this into `.vaultsync/config.toml`: every\n"
        "setting with its meaning and its default, commented out. `vaultsync config` shows which hold,\n"
        "and where they come from.\n\n"
        f"```toml\n{default_config()}```\n"
    )
