"""A vault that a stranger made, as its new owner meets it: nothing outside is read or written (P8)."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from conftest import Command
from gitrepo import Repo
from smallvault import write
from terminal import on_a_terminal

NOTE = "---\ntag: a\n---\nText.\n"
PAPER = "10.1234/made.up.5678"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret.txt").write_text("a secret\n")
    return write(tmp_path / "vault", {"n.md": NOTE, ".vaultsync/config.toml": "[git]\ncommit = false\n"})


def settings(root: Path, text: str) -> None:
    (root / ".vaultsync/config.toml").write_text("[git]\ncommit = false\n" + text)


def test_a_file_that_would_become_a_repository_stays_what_it_is(vaultsync: Command, root: Path) -> None:
    trap = root / f".vaultsync-x-{'0' * 16}-{'0' * 16}-{'0' * 8}-.git.tmp"
    trap.write_text("gitdir: outside\n")
    said = vaultsync("--vault", str(root), "fix", "--yes", "--no-commit")
    assert said.code == 1
    assert "no run on this machine left it" in said.out
    assert trap.read_text() == "gitdir: outside\n"
    assert not (root / ".git").exists()
    assert "tags:" in (root / "n.md").read_text()


@pytest.mark.parametrize("how", ["absolute", "steps", "link", "keys", "pipe", "huge"])
def test_a_template_is_a_file_of_the_vault(vaultsync: Command, root: Path, how: str) -> None:
    place = "Templates/paper.txt"
    (root / "Templates").mkdir()
    match how:
        case "absolute":
            place = str(root.parent / "outside/secret.txt")
        case "steps":
            place = "../outside/secret.txt"
        case "link":
            (root / place).symlink_to("../../outside/secret.txt")
        case "keys":  # which would go into notes, and with them to the remote
            (root / ".env").write_text("KEY=secret\n")
            (root / place).symlink_to("../.env")
        case "pipe":
            os.mkfifo(root / place)
        case "huge":
            (root / place).write_bytes(b"x" * 2_000_000)
    settings(root, f'[vault]\nimport_template = "{place}"\n')
    said = vaultsync("--vault", str(root), "import", PAPER)
    assert said.code == 2
    assert "import_template" in said.err
    assert not (root / "Papers").exists()


def test_imported_files_stay_in_the_vault_though_done_is_a_link(vaultsync: Command, root: Path) -> None:
    (root / "Inbox").mkdir()
    (root / "Inbox/list.txt").write_text(f"{PAPER}\n")
    (root / "Inbox/done").symlink_to("../../outside")
    said = vaultsync("--vault", str(root), "import", "--inbox")
    assert said.code == 1
    assert "leads out of the vault" in said.out
    assert (root / "Inbox/list.txt").exists()
    assert os.listdir(root.parent / "outside") == ["secret.txt"]


def test_an_inbox_that_is_a_link_to_gits_own_folder_is_left_alone(vaultsync: Command, root: Path) -> None:
    Repo(root).git("init", "-q")
    (root / ".git/MESSAGE").write_text(f"{PAPER}\n")
    (root / "Inbox").symlink_to(".git")
    vaultsync("--vault", str(root), "import", "--inbox")
    assert (root / ".git/MESSAGE").exists()
    assert not (root / ".git/done").exists()
    assert not (root / "Papers").exists()


def test_the_plugin_is_not_written_through_a_link_of_a_guessed_name(vaultsync: Command, root: Path) -> None:
    folder, victim = root / ".obsidian/plugins/vaultsync", root.parent / "outside/secret.txt"
    folder.mkdir(parents=True)
    (folder / f".main.js.{os.getpid()}.tmp").symlink_to(victim)
    assert vaultsync("--vault", str(root), "plugin", "install").code == 0
    assert victim.read_text() == "a secret\n"


def test_notes_are_not_imported_through_a_linked_folder(vaultsync: Command, root: Path) -> None:
    (root / "Papers").symlink_to("../outside")
    said = vaultsync("--vault", str(root), "import", PAPER)
    assert said.code == 1
    assert "leads out of the vault" in said.out
    assert os.listdir(root.parent / "outside") == ["secret.txt"]


@pytest.mark.skipif(os.sep != "/", reason="Windows has no such names")
def test_an_inbox_file_whose_name_is_no_text_stays_and_the_others_are_imported(
    vaultsync: Command, root: Path
) -> None:
    (root / "Inbox").mkdir()
    bad = os.fsencode(root / "Inbox") + b"/b\xe4d.txt"
    with open(bad, "wb") as file:
        file.write(b"10.1234/other.99\n")
    (root / "Inbox/good.txt").write_text(f"{PAPER}\n")
    said = vaultsync("--vault", str(root), "import", "--inbox")
    assert said.code == 1
    assert "this name is not UTF-8" in said.out
    assert os.path.exists(bad)  # noqa: PTH110  as above
    assert (root / "Inbox/done/good.txt").exists()
    assert len(os.listdir(root / "Papers")) == 1


def test_a_note_that_links_out_is_read_by_no_command(vaultsync: Command, tmp_path: Path, root: Path) -> None:
    (tmp_path / "outside" / "x.md").write_text("---\ntag: a\n---\nquoted nowhere\n")
    (root / "x.md").symlink_to("../outside/x.md")
    (root / "way").symlink_to("../outside")
    repo = Repo(root)
    repo.git("init", "-q")
    settings(root, "")
    said = vaultsync("--vault", str(root), "fix", "--yes")
    assert "leads out of the vault" in said.out
    assert (tmp_path / "outside" / "x.md").read_text() == "---\ntag: a\n---\nquoted nowhere\n"


# What a name, a commit or a hook says to the terminal

TITLE = "\x1b]0;taken over\x07"
FLIP = "\u202e"


@pytest.fixture
def loud(tmp_path: Path) -> Repo:
    """A vault whose names, properties, commits and hook all try to speak to the terminal."""
    name = f"a{TITLE}\x9b2J{FLIP}b\nc"
    root = write(
        tmp_path / "loud",
        {
            f"{name}.md": f'---\ntag: a\ndate: 05/04/2023\n"x{FLIP}": 1\n---\n[[x{FLIP}]]\n',
            f"Papers/{name}.md": "---\ntitle: A Tale of Seven Made-up Cities\ndoi: 10.1234/x\n---\n",
        },
    )
    repo = Repo(root)
    repo.git("init", "-q")
    repo.save(f"x {TITLE}{FLIP}\n\nVaultsync-Run: abc\nVaultsync-Rules: {TITLE}\n")
    repo.hook("pre-commit", f"printf '{TITLE}\\r{FLIP}no\\n' >&2; exit 1")
    return repo


@pytest.mark.parametrize(
    "args",
    [
        ["fix", "--yes"],
        ["fix", "--check"],
        ["fix", "--json"],
        ["log"],
        ["log", "--json"],
        ["links"],
        ["status"],
        ["doctor"],
        ["config"],
        ["import", f"{TITLE}"],
        ["fix", f"{TITLE}{FLIP}"],
        [f"{TITLE}"],
    ],
)
def test_no_command_lets_a_strangers_signs_through(process: Command, loud: Repo, args: list[str]) -> None:
    said = process("--vault", str(loud.path), *args)
    assert said.code != 3
    for text in (said.out, said.err):
        assert not set(text) & set("\x1b\x07\r\x9b\u202e")


def test_colours_of_our_own_reach_a_terminal_and_nothing_else(loud: Repo) -> None:
    _, screen = on_a_terminal("--vault", str(loud.path), "fix", "--check", cwd=loud.path)
    assert "\x1b[1m" in screen
    assert "\\x1b]0;taken over\\x07" in screen
    rest = re.sub(r"\x1b\[[0-9;]*m", "", screen).replace("\r\n", "\n")
    assert not set(rest) & set("\x1b\x07\r\x9b\u202e")
    assert "\x00" not in screen


def test_a_diff_on_a_terminal_is_shown_like_all_else(loud: Repo) -> None:
    _, screen = on_a_terminal("--vault", str(loud.path), "fix", "--diff", cwd=loud.path)
    assert "+tags:" in re.sub(r"\x1b\[[0-9;]*m", "", screen)
    assert not set(re.sub(r"\x1b\[[0-9;]*m", "", screen)) & set("\x1b\x07\x9b\u202e")
