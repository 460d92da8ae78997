"""What is broken gets one clear line and the right exit code, and the rest of the vault is done."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from conftest import Command, Outcome
from gitrepo import Repo
from smallvault import CONFERENCE, LINKED, NOTES, contents, write

TIDY = "---\ntag: x\n---\n"
TIDIED = "---\ntags:\n  - x\n---\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write(tmp_path / "vault")


def fixed_beside(vaultsync: Command, root: Path) -> Outcome:
    """Fix the vault, in which one thing is broken: the rest must be done, and a second run says the same."""
    first = vaultsync("fix", "--yes", "--no-commit", cwd=root)
    assert LINKED in (root / CONFERENCE).read_text(encoding="utf-8")
    before = contents(root)
    second = vaultsync("fix", "--yes", "--no-commit", cwd=root)
    assert contents(root) == before
    assert (first.code, second.code) == (1, 1)
    problems = [line for line in first.out.splitlines() if line.partition("  ")[0] not in NOTES]
    assert second.out.splitlines() == problems
    assert [line.startswith("    ") for line in problems] == [False, True], "what, and what to do"
    return Outcome(first.code, "\n".join(problems), second.err)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        pytest.param(
            b"---\ntitle: [a\n---\nx\n",
            "Bad.md:2:8 fm-syntax: `[` is opened and never closed\n    ",
            id="malformed YAML",
        ),
        pytest.param(
            b"---\ntitle: a\ntags:\n  - b\ntitle: c\n---\nx\n",
            'Bad.md:5:1 fm-duplicate-keys: "title" stands twice, in lines 2 and 5\n    ',
            id="duplicate keys",
        ),
        pytest.param(
            b"---\ntitle: a\n\ntext\n",
            "Bad.md:1:1 fm-syntax: the front matter is opened and never closed\n    ",
            id="an unclosed block",
        ),
        pytest.param(
            b"fine\r\ncaf\xe9\n", "Bad.md:2:4 encoding: the byte 0xe9 is not UTF-8\n    ", id="not UTF-8"
        ),
        pytest.param(
            b"a" * 20_000_000,
            "Bad.md file-too-large: it has 20.0 MB, more than 5 MB, and is left alone\n    ",
            id="20 MB",
        ),
    ],
)
def test_a_broken_note_is_told_and_left(text: bytes, line: str, vaultsync: Command, root: Path) -> None:
    (root / "Bad.md").write_bytes(text)
    assert fixed_beside(vaultsync, root).out.startswith(line)
    assert (root / "Bad.md").read_bytes() == text


def test_a_read_only_note_is_told_and_left(vaultsync: Command, root: Path) -> None:
    note = root / "Bad.md"
    note.write_text(TIDY, encoding="utf-8")
    note.chmod(0o444)
    assert fixed_beside(vaultsync, root).out.startswith("Bad.md file-read-only: this file is read-only\n    ")
    assert note.read_text(encoding="utf-8") == TIDY
    assert note.stat().st_mode & 0o777 == 0o444


def test_a_dangling_link_is_told(vaultsync: Command, root: Path) -> None:
    (root / "Bad.md").symlink_to("Gone.md")
    assert fixed_beside(vaultsync, root).out.startswith(
        "Bad.md file-dangling: this link leads to no file\n    "
    )
    assert (root / "Bad.md").readlink() == Path("Gone.md")


def test_a_link_out_of_the_vault_is_told_and_not_followed(vaultsync: Command, root: Path) -> None:
    outside = root.parent / "outside.md"
    outside.write_text(TIDY, encoding="utf-8")
    (root / "Bad.md").symlink_to(outside)
    assert fixed_beside(vaultsync, root).out.startswith("Bad.md file-outside: this path leads out")
    assert outside.read_text(encoding="utf-8") == TIDY


def test_a_folder_that_is_named_as_a_note_is_told_and_its_notes_are_done(
    vaultsync: Command, root: Path
) -> None:
    (root / "x.md").mkdir()
    assert fixed_beside(vaultsync, root).out.startswith("x.md folder-named-note: this folder is named")
    (root / "x.md/inside.md").write_text(TIDY, encoding="utf-8")
    vaultsync("fix", "--yes", "--no-commit", cwd=root)
    assert (root / "x.md/inside.md").read_text(encoding="utf-8") == TIDIED


def test_a_pipe_in_the_vault_does_not_hang_a_run(process: Command, root: Path) -> None:
    os.mkfifo(root / "Bad.md")
    code, out, _ = process("fix", "--yes", "--no-commit", cwd=root)
    assert code == 1
    assert "Bad.md file-special: this is no regular file" in out


def test_a_name_that_is_not_utf8_is_shown_with_escapes(process: Command, root: Path) -> None:
    Path(os.fsdecode(os.fsencode(root) + b"/caf\xe9.md")).write_text(TIDY, encoding="utf-8")
    code, out, _ = process("fix", "--yes", "--no-commit", cwd=root)
    assert code == 1
    assert r"caf\xe9.md file-name: this name is not UTF-8" in out


def test_broken_notes_of_every_kind_at_once_stay_out_of_each_others_way(process: Command, root: Path) -> None:
    repo = Repo(root)
    repo.git("init", "-q")
    broken = {"a.md": b"---\ntitle: [a\n---\n", "b.md": b"---\nx: 1\nx: 2\n---\n", "c.md": b"\xff"}
    for name, data in broken.items():
        (root / name).write_bytes(data)
    code, out, err = process("fix", "--yes", cwd=root)
    assert code == 1
    assert [line.split()[0] for line in out.splitlines()[2:] if line[0] != " "] == [
        "a.md:2:8",
        "b.md:3:1",
        "c.md:1:1",
    ]
    assert "2 notes changed, 3 problems for you to look at" in err
    assert LINKED in repo.content(CONFERENCE)
    assert {name: (root / name).read_bytes() for name in broken} == broken


@pytest.mark.parametrize(
    ("config", "lines"),
    [
        pytest.param(
            b"[git]\ncomit = true\ntimeout = -3\n\n[vualt]\nx = 1\n\n[rules]\nfm-tag = false\nmd-math = 3\n",
            [
                "vaultsync: the settings can't be used",
                '.vaultsync/config.toml:2: git.comit: unknown key; did you mean "commit"?',
                ".vaultsync/config.toml:3: git.timeout: expected a positive number up to 2,592,000, got -3",
                '.vaultsync/config.toml:5: vualt: unknown section; did you mean "vault"?',
                '.vaultsync/config.toml:9: rules.fm-tag: unknown rule; did you mean "fm-tags"?',
                ".vaultsync/config.toml:10: rules.md-math: expected true, false or a table of options, got 3",
                "  `vaultsync config --defaults` explains every setting",
            ],
            id="mistakes of every kind, all at once",
        ),
        pytest.param(
            b"[git\ncommit = true\n",
            [
                "vaultsync: .vaultsync/config.toml:1:5: not valid TOML: "
                "Expected ']' at the end of a table declaration",
                "  see https://toml.io for the format",
            ],
            id="no TOML",
        ),
        pytest.param(
            b"[git]\nauthor = 'caf\xe9'\n",
            ["vaultsync: .vaultsync/config.toml:2: not UTF-8", "  save it as UTF-8"],
            id="not UTF-8",
        ),
    ],
)
def test_settings_that_cannot_be_used_stop_every_run_before_it_starts(
    config: bytes, lines: list[str], vaultsync: Command, root: Path
) -> None:
    (root / ".vaultsync").mkdir()
    (root / ".vaultsync/config.toml").write_bytes(config)
    before = contents(root)
    for command in (["fix", "--no-commit"], ["fix", "--check"], ["config"]):
        code, out, err = vaultsync(*command, cwd=root)
        assert (code, out) == (2, "")
        assert err.splitlines() == lines
    assert contents(root) == before


def test_decisions_with_conflict_markers_stop_the_run_and_say_what_to_keep(
    vaultsync: Command, root: Path
) -> None:
    (root / ".vaultsync").mkdir()
    (root / ".vaultsync/decisions.toml").write_text(
        'deny = [\n<<<<<<< HEAD\n  ["A.md", "set", "B.md"],\n=======\n>>>>>>> x\n]\n',
        encoding="utf-8",
    )
    before = contents(root)
    code, out, err = vaultsync("fix", "--yes", "--no-commit", cwd=root)
    assert (code, out) == (2, "")
    first, hint = err.splitlines()
    assert first.startswith("vaultsync: .vaultsync/decisions.toml:2:1: not valid TOML")
    assert hint == "  it holds a merge conflict: keep the lines of both sides"
    assert contents(root) == before


def test_a_half_written_settings_file_of_obsidian_counts_as_absent(vaultsync: Command, root: Path) -> None:
    (root / ".obsidian/app.json").write_text('{"newLinkFormat": "rel', encoding="utf-8")
    assert vaultsync("fix", "--yes", "--no-commit", cwd=root).code == 0
    assert LINKED in (root / CONFERENCE).read_text(encoding="utf-8")


def test_a_vault_that_is_gone_is_told(vaultsync: Command, tmp_path: Path) -> None:
    code, out, err = vaultsync("--vault", str(tmp_path / "gone"), "fix")
    assert (code, out, err) == (2, "", f"vaultsync: --vault: {tmp_path / 'gone'} is not a folder\n")
