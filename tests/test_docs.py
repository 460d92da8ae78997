"""The documentation is true: its commands run, its output is what they print, its excerpts are real."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from conftest import ROOT, Command

from vaultsync.cli import COMMANDS, main
from vaultsync.cli.demo_command import example_vault
from vaultsync.core.config.settings import SECTIONS, settings
from vaultsync.core.rules import RULES
from vaultsync.core.rules import rule as base

DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
MADE = ("commands.md", "json.md", "settings.md", "rules/index.md")
"""Pages that `docs/_site/pages.py` makes when the site is built, which follows every link once more."""
README = (ROOT / "README.md").read_text(encoding="utf-8")
_SHA = re.compile(r"\b(?:[0-9a-f]{7}|[0-9a-f]{12})\b")
FENCED = re.compile(r"^( *)```(\w+)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)


class Fence(NamedTuple):
    """A fenced block: where it stands, its language, its text without indentation."""

    place: str
    language: str
    text: str


def fences(document: Path) -> list[Fence]:
    text = document.read_text(encoding="utf-8")
    return [
        Fence(
            f"{document.relative_to(ROOT)}:{text.count(chr(10), 0, m.start()) + 1}",
            m[2],
            re.sub(rf"(?m)^{m[1]}", "", m[3]),
        )
        for m in FENCED.finditer(text)
        if document.name != "rules.md"
    ]


def lines_of(document: Path, language: str) -> list[str]:
    """The lines of a document's fenced blocks in one language."""
    return [line for f in fences(document) if f.language == language for line in f.text.splitlines()]


ALL = [fence for document in DOCUMENTS for fence in fences(document)]
CONSOLES = [fence for fence in ALL if fence.language == "console"]


@pytest.fixture(scope="session")
def bin_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a `vaultsync` that runs this checkout."""
    folder = tmp_path_factory.mktemp("bin")
    script = folder / "vaultsync"
    script.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m vaultsync "$@"\n', "utf-8")
    script.chmod(0o755)
    return folder


def steps(session: str) -> list[tuple[str, str]]:
    """The commands of a console session, each with what it prints."""
    parts = re.split(r"(?m)^\$ ", session)
    assert parts[0] == "", "a session starts with a command"
    return [(part.partition("\n")[0], part.partition("\n")[2]) for part in parts[1:]]


def test_the_commands_of_the_console_sessions_print_what_the_documents_show(
    bin_folder: Path, tmp_path: Path, vaultsync: Command
) -> None:
    """All sessions run in one shell, one after the other, as a reader would follow them after the demo."""
    assert len(CONSOLES) >= 3
    vaultsync("demo", cwd=tmp_path)
    folder = tmp_path
    environ = {**os.environ, "PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}"}
    for fence in CONSOLES:
        for command, expected in steps(fence.text):
            printed, folder = run_in_shell(command, folder, environ)
            assert _SHA.sub("0000000", printed) == _SHA.sub("0000000", expected), f"{fence.place}: {command}"


def run_in_shell(command: str, folder: Path, environ: dict[str, str]) -> tuple[str, Path]:
    """What a command prints, on both streams, and the folder that the shell is in afterwards."""
    mark = "-- the shell is now in "
    done = subprocess.run(
        ["bash", "-c", f'exec 2>&1; {command}\nprintf "%s%s" "{mark}" "$PWD"'],
        cwd=folder,
        env=environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    printed, _, here = done.stdout.rpartition(mark)
    return printed, Path(here)


def test_the_look_in_the_readme_is_taken_from_the_example_vault(tmp_path: Path, vaultsync: Command) -> None:
    """A line that the README shows as removed stands in the example vault, an added one in the demo's."""
    vaultsync("demo", str(tmp_path / "demo"))
    before, after = (
        {line for note in folder.rglob("*.md") for line in note.read_text("utf-8", "replace").splitlines()}
        for folder in (example_vault(), tmp_path / "demo")
    )
    shown = lines_of(ROOT / "README.md", "diff")
    assert len(shown) > 10
    for line in shown:
        assert line[1:] in (before if line.startswith("-") else after), line


def test_ci_runs_the_test_command_of_the_readme() -> None:
    ci = (ROOT / ".ci/run").read_text(encoding="utf-8")
    commands = lines_of(ROOT / "README.md", "sh")
    (tests,) = [line for line in commands if "pytest" in line]
    assert tests.rpartition(".venv/bin/python ")[2] in ci


def test_every_command_and_every_section_of_the_settings_is_in_the_readme() -> None:
    for name in COMMANDS:
        assert f"`vaultsync {name}" in README, name
    for section in (*SECTIONS, "kinds", "rules", "folders"):
        assert f"`[{section}" in README, section


def test_each_option_and_setting_that_the_documents_name_exists() -> None:
    known = {"--help", "--version", "--vault", "--editable", "--quiet"}
    for name in COMMANDS:
        command = main.get_command(main.make_context("vaultsync", ["config"]), name)
        assert command is not None
        known |= {
            option for parameter in command.params for option in parameter.opts if option.startswith("--")
        }
    keys = {f"{section}.{key}" for section, key, _, _ in settings()}
    for document in DOCUMENTS:
        text = document.read_text(encoding="utf-8")
        for command in re.findall(r"`vaultsync ([^`]*)`", text):
            assert set(re.findall(r"--[a-z-]+", command)) <= known, f"{document.name}: vaultsync {command}"
        for section, key in re.findall(r"`\[(\w+)\] (\w+)`", text):
            if section in SECTIONS:
                assert f"{section}.{key}" in keys, f"{document.name}: [{section}] {key}"


def test_every_link_between_the_documents_leads_somewhere() -> None:
    code = re.compile(r"^ *(`{3,}).*?^ *\1$|`[^`\n]+`", re.MULTILINE | re.DOTALL)
    for document in DOCUMENTS:
        prose = code.sub("", document.read_text(encoding="utf-8"))
        for target in re.findall(r"\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)", prose):
            there = (document.parent / target).exists() or target in MADE
            assert there, f"{document.name}: {target}"


def test_the_rule_in_contributing_can_be_registered_and_does_what_its_examples_show() -> None:
    from tests.core.rules.test_rules import run, variants

    (code,) = [f.text for f in fences(ROOT / "CONTRIBUTING.md") if f.language == "python"]
    names: dict[str, object] = {"__name__": "contributed"}
    prelude = (
        "from __future__ import annotations\nimport re\nfrom vaultsync.core.rules.rule import rule, Example\n"
        "from vaultsync.core.text.spans import TextEdit\n"
    )
    exec(compile(prelude + code, "CONTRIBUTING.md", "exec"), names)
    (made,) = [value for value in names.values() if isinstance(value, base.Rule)]
    assert made.id not in {rule.id for rule in RULES}
    for example in made.examples:
        for before, after in variants(example, made):
            assert run(made, example, before) == (after, [])


def test_each_message_of_the_troubleshooting_page_is_one_that_the_program_prints() -> None:
    source = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "vaultsync").rglob("*.py"))
    joined = re.sub(r'"\s*f?"', "", source)  # a message over two lines of source
    table = [
        line for line in (ROOT / "docs/troubleshooting.md").read_text("utf-8").splitlines() if "|" in line
    ]
    messages = [m for line in table for m in re.findall(r"`([^`]+)`", line.split("|")[1])]
    assert len(messages) > 25
    for message in messages:
        for piece in re.split(r"…|\"", message):
            assert piece.strip(" .:()") in joined, message
