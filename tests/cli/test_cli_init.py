"""`vaultsync init` makes what is missing and never touches what is there."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from conftest import Command
from gitrepo import Repo
from smallvault import contents, write

from vaultsync.core.config.settings import default_config


def test_init_makes_settings_a_repository_and_ignore_lines(vaultsync: Command, tmp_path: Path) -> None:
    root = write(tmp_path / "vault")
    notes = contents(root)
    code, out, err = vaultsync("init", str(root))
    assert code == 0
    assert [line.split(" ")[:2] for line in out.splitlines()] == [
        ["made", "a"],
        ["made", ".gitignore"],
        ["made", ".gitattributes"],
        ["made", ".vaultsync/config.toml"],
    ]
    assert "vaultsync fix --diff" in err
    assert (root / ".vaultsync/config.toml").read_text(encoding="utf-8") == default_config()
    ignored = (root / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert {".obsidian/workspace.json", ".trash/"} <= set(ignored)
    assert ".obsidian/" not in ignored
    assert {path: contents(root)[path] for path in notes} == notes
    assert vaultsync("fix", cwd=root).code == 0
    assert ".vaultsync/config.toml" in Repo(root).files_of("HEAD~1")


def test_a_second_init_has_nothing_to_do(vaultsync: Command, tmp_path: Path) -> None:
    root = write(tmp_path / "vault")
    vaultsync("init", cwd=root)
    before = contents(root)
    assert vaultsync("init") == (0, "", "nothing to do: the vault is set up\n")
    assert contents(root) == before


def test_the_settings_that_init_writes_change_nothing_and_can_all_be_uncommented(tmp_path: Path) -> None:
    assert tomllib.loads(default_config()).keys() >= {"vault", "links", "git", "watch", "limits", "rules"}


def test_existing_settings_and_ignore_lines_stay_as_they_are(vaultsync: Command, tmp_path: Path) -> None:
    root = write(tmp_path / "vault", {".vaultsync/config.toml": "[git]\ncommit = false\n"})
    (root / ".gitattributes").write_bytes(b"*.png -diff")
    (root / ".gitignore").write_bytes(b"# mine \xe9\r\n.obsidian/workspace*\r\n*.pdf")
    Repo(root).git("init", "-q")
    code, out, _ = vaultsync("init", cwd=root)
    assert code == 0
    ignoring, merging = out.splitlines()
    assert ignoring == "made .gitignore lines for .obsidian/cache, .trash/, .DS_Store"
    assert merging.startswith("made .gitattributes lines")
    assert (root / ".gitignore").read_bytes() == (
        b"# mine \xe9\r\n.obsidian/workspace*\r\n*.pdf\r\n.obsidian/cache\r\n.trash/\r\n.DS_Store\r\n"
    )
    assert (root / ".vaultsync/config.toml").read_bytes() == b"[git]\ncommit = false\n"
    assert (root / ".gitattributes").read_bytes().startswith(b"*.png -diff\n*.md merge=vaultsync\n")


def test_a_vault_inside_a_larger_repository_joins_it(vaultsync: Command, tmp_path: Path) -> None:
    outer = Repo(tmp_path)
    outer.git("init", "-q")
    root = write(tmp_path / "vault")
    assert vaultsync("init", cwd=root).code == 0
    assert not (root / ".git").exists()
    assert (root / ".gitignore").exists()


def test_init_without_git_makes_the_settings_alone(vaultsync: Command, tmp_path: Path) -> None:
    code, out, _ = vaultsync("init", "--no-git", str(tmp_path))
    assert (code, out.count("made")) == (0, 1)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".vaultsync"]


def test_a_folder_within_a_vault_does_not_become_another_one(vaultsync: Command, tmp_path: Path) -> None:
    root = write(tmp_path / "vault")
    before = contents(root)
    code, out, err = vaultsync("init", cwd=root / "Papers")
    assert (code, out) == (2, "")
    assert f"{root / 'Papers'} lies in the vault {root}" in err
    assert contents(root) == before


def test_what_is_no_folder_is_refused(vaultsync: Command, tmp_path: Path) -> None:
    code, out, err = vaultsync("init", str(tmp_path / "nowhere"))
    assert (code, out) == (2, "")
    assert "is not a folder" in err


def test_without_a_git_identity_all_is_made_and_the_missing_step_is_named(
    vaultsync: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = tmp_path / "gitconfig"
    empty.write_text("[user]\n\tuseConfigOnly = true\n", encoding="utf-8")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(empty))
    root = write(tmp_path / "vault")
    code, out, err = vaultsync("init", cwd=root)
    assert (code, out.count("made")) == (2, 4)
    assert "user.name" in err
    assert (root / ".git").is_dir()
    assert (root / ".vaultsync/config.toml").exists()


def test_a_home_or_system_folder_is_no_vault(
    vaultsync: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "people" / "ada"
    home.mkdir(parents=True)
    (home / ".ssh").mkdir()
    monkeypatch.setenv("HOME", str(home))
    for folder in (home, tmp_path / "people", Path("/"), Path("/etc"), Path("/usr/share")):
        for args in (["init"], ["init", "--yes"]):
            said = vaultsync(*args, str(folder))
            assert said.code == 2
            assert "is no vault" in said.err
    assert sorted(p.name for p in home.iterdir()) == [".ssh"]
    (home / "Notes" / ".obsidian").mkdir(parents=True)
    assert vaultsync("init", str(home / "Notes")).code == 0


def test_a_folder_that_obsidian_never_saw_takes_a_yes(vaultsync: Command, tmp_path: Path) -> None:
    (tmp_path / "some").mkdir()
    (tmp_path / "some" / "file.txt").write_text("x")
    said = vaultsync("init", str(tmp_path / "some"))
    assert said.code == 2
    assert "nothing in" in said.err
    assert "init --yes" in said.err
    assert [p.name for p in (tmp_path / "some").iterdir()] == ["file.txt"]
    assert vaultsync("init", "--yes", str(tmp_path / "some")).code == 0


@pytest.mark.parametrize("name", [".gitignore", ".gitattributes", ".vaultsync"])
def test_nothing_is_written_through_a_link(vaultsync: Command, tmp_path: Path, name: str) -> None:
    root = write(tmp_path / "vault")
    (tmp_path / "outside").write_text("mine\n")
    for target in ("outside", "missing"):
        (root / name).unlink(missing_ok=True)
        (root / name).symlink_to(f"../{target}")
        said = vaultsync("init", str(root))
        assert said.code == 2, said
        assert name in said.err
    assert (tmp_path / "outside").read_text() == "mine\n"
    assert not (tmp_path / "missing").exists()
