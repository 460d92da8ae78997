"""Names that no file can have, and a current folder that is gone: a mistake to be told, never a defect."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from conftest import Command
from smallvault import write

from vaultsync.core.errors import Exit

LONG = "x" * 300
DEEP = "x/" * 3000


@pytest.fixture
def vault(tmp_path: Path) -> Path:
    return write(tmp_path / "vault")


@pytest.fixture
def gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The current folder has been deleted."""
    folder = tmp_path / "gone"
    folder.mkdir()
    monkeypatch.chdir(folder)
    folder.rmdir()


@pytest.mark.parametrize(
    "command",
    [
        *("status", "config", "fix --check", "fix --check DiffSBDD", "fix --check Papers/*", "links --json"),
        *("plugin status", "service status", "export --all", "canvas ICASSP* --no-commit"),
    ],
)
def test_a_vault_that_is_named_needs_no_current_folder(
    command: str, vault: Path, gone: None, vaultsync: Command
) -> None:
    assert vaultsync(*command.split(), "--vault", str(vault)).code in (Exit.CLEAN, Exit.REMAINS)


@pytest.mark.parametrize("command", ["status", "fix", "init", "demo", "log", "service status"])
def test_without_a_current_folder_that_is_told(command: str, gone: None, vaultsync: Command) -> None:
    code, _, err = vaultsync(*command.split())
    assert code == Exit.USAGE
    assert err.startswith("vaultsync: the folder that you are in was deleted\n")


def test_a_file_beside_a_deleted_folder_is_told_as_that(vault: Path, gone: None, vaultsync: Command) -> None:
    code, _, err = vaultsync("export", "--all", "-o", "library.bib", "--vault", str(vault))
    assert (code, "was deleted" in err) == (Exit.USAGE, True)


@pytest.mark.parametrize("name", [LONG, DEEP], ids=["a name", "a path"])
@pytest.mark.parametrize(
    "command",
    [
        *(
            "--vault {} status",
            "init {}",
            "demo {}",
            "import {}",
            "export --all -o {}",
            "fix {}",
            "canvas {}",
        ),
        *("merge-driver {} a b c", "undo {}", "config {}", "links accept {} a b", "conflicts show {}"),
    ],
)
def test_a_name_that_is_too_long_is_no_files(
    command: str, name: str, vault: Path, tmp_path: Path, vaultsync: Command
) -> None:
    (vault / ".git").mkdir()  # no repository, so that no command goes on into git
    outside = f"{tmp_path}/{name}"
    for given in (name, outside):
        code, _, err = vaultsync(*(word.format(given) for word in command.split()), cwd=vault)
        assert code in (Exit.USAGE, Exit.REMAINS), err
        assert "defect" not in err


def test_a_pasted_text_is_told_where_to_go_and_not_printed_whole(vault: Path, vaultsync: Command) -> None:
    pasted = "@article{key,\n  title = {" + "On names " * 60 + "}\n}"
    code, _, err = vaultsync("import", pasted, cwd=vault)
    assert code == Exit.USAGE
    assert "give pasted text to `vaultsync import -`" in err
    assert len(err) < 250


def test_a_socket_is_no_list(
    vault: Path, vaultsync: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as made:
        made.bind("socket")
        code, _, err = vaultsync("import", "socket", "--vault", str(vault))
    assert (code, err.startswith("vaultsync: socket can't be read: ")) == (Exit.USAGE, True)


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="a device of Unix")
def test_a_device_without_an_end_is_given_up(
    vault: Path, vaultsync: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vaultsync.runs.import_sources.LARGEST_STREAM", 1 << 20)
    code, _, err = vaultsync("import", "/dev/zero", cwd=vault)
    assert (code, err.splitlines()[0]) == (
        Exit.USAGE,
        "vaultsync: /dev/zero has more than 1 MB, and perhaps no end",
    )
