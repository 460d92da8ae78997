"""Files that show the vault: made anew while they are the tool's, left alone once somebody edits them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import Command, LateSave
from gitrepo import Repo, git_env, repo
from smallvault import CONFERENCE, NOTES, contents, write

from vaultsync.core.views.embedding import EMBEDDING
from vaultsync.git.repository import Git
from vaultsync.runs.views import Ownership

__all__ = ["git_env", "repo"]

BASES = ("Papers.base", "Conferences.base")


@pytest.fixture
def vault(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> Repo:
    write(repo.path)
    repo.save("start")
    monkeypatch.chdir(repo.path)
    return repo


def other_kinds(repo: Repo, tag: str) -> None:
    repo.write(".vaultsync/config.toml", f'[kinds.paper]\ntags = ["{tag}"]\n')
    repo.save("settings")


def test_the_bases_are_written_in_one_commit_and_then_there_is_nothing_to_do(
    vaultsync: Command, vault: Repo
) -> None:
    code, out, err = vaultsync("views", "install")
    assert (code, out.split()) == (0, list(BASES))
    assert EMBEDDING in err
    assert vault.files_of() == set(BASES)
    assert "Vaultsync-Run: " in vault.git("log", "-1", "--format=%B")
    before, head = contents(vault.path), vault.head
    code, out, err = vaultsync("views", "install")
    assert (code, out) == (0, "")
    assert "nothing to do: 2 files as it should be" in err
    assert (contents(vault.path), vault.head) == (before, head)
    vault.check()


def test_other_settings_make_the_bases_anew(vaultsync: Command, vault: Repo) -> None:
    vaultsync("views", "install")
    other_kinds(vault, "literature")
    code, out, _ = vaultsync("views", "install")
    assert (code, out.split()) == (0, list(BASES))
    assert 'hasTag("literature")' in vault.content("Papers.base")


def test_a_base_that_somebody_edited_is_left_alone_and_they_are_told(vaultsync: Command, vault: Repo) -> None:
    vaultsync("views", "install")
    edited = vault.content("Papers.base").replace("name: Cards", "name: My cards")
    vault.write("Papers.base", edited)
    other_kinds(vault, "literature")
    code, out, _ = vaultsync("views", "install")
    assert code == 1
    assert "Papers.base" in out
    assert "left alone: it was edited since vaultsync wrote it" in out
    assert (vault.path / "Papers.base").read_text(encoding="utf-8") == edited
    assert 'hasTag("literature")' in (vault.path / "Conferences.base").read_text(encoding="utf-8")


def test_a_file_of_that_name_that_was_never_ours_stays(vaultsync: Command, vault: Repo) -> None:
    vault.write("Papers.base", "views: []\n")
    code, out, _ = vaultsync("views", "install")
    assert (code, out.count("Papers.base")) == (1, 1)
    assert (vault.path / "Papers.base").read_text(encoding="utf-8") == "views: []\n"


def test_on_another_device_the_base_of_the_first_is_the_tools(vaultsync: Command, vault: Repo) -> None:
    vaultsync("views", "install")
    other_kinds(vault, "literature")
    no_state = vault.path.parent / "elsewhere"
    owner = Ownership(vault.path, None, no_state)
    data = (vault.path / "Papers.base").read_bytes()
    assert not owner.is_ours("Papers.base", data), "without git nobody here remembers"
    owner = Ownership(vault.path, Git.open(vault.path), no_state)
    assert owner.is_ours("Papers.base", data)
    assert not owner.is_ours("Papers.base", data + b"\n")


def test_after_a_merge_each_sides_last_base_is_the_tools_and_an_older_one_is_not(
    vaultsync: Command, vault: Repo
) -> None:
    vaultsync("views", "install")
    first = (vault.path / "Papers.base").read_bytes()
    vault.git("branch", "other")
    other_kinds(vault, "one")
    vaultsync("views", "install")
    one = (vault.path / "Papers.base").read_bytes()
    vault.git("checkout", "-q", "other")
    other_kinds(vault, "two")
    vaultsync("views", "install")
    two = (vault.path / "Papers.base").read_bytes()
    vault.git("merge", "-q", "-s", "ours", "-m", "merge", "main")
    owner = Ownership(vault.path, Git.open(vault.path), vault.path.parent / "elsewhere")
    assert [owner.is_ours("Papers.base", data) for data in (one, two, first)] == [True, True, False]


def test_undo_takes_the_bases_back(vaultsync: Command, vault: Repo) -> None:
    vaultsync("views", "install")
    assert vaultsync("undo")[0] == 0
    assert not any((vault.path / base).exists() for base in BASES)


def test_without_git_the_state_folder_remembers(
    vaultsync: Command, tmp_path: Path, git_env: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = write(tmp_path / "plain")
    monkeypatch.chdir(root)
    (root / ".vaultsync").mkdir()
    config = root / ".vaultsync/config.toml"
    config.write_text("[git]\ncommit = false\n", encoding="utf-8")
    assert vaultsync("views", "install")[0] == 0
    config.write_text('[git]\ncommit = false\n[kinds.paper]\ntags = ["x"]\n', encoding="utf-8")
    assert vaultsync("views", "install")[0] == 0
    (root / "Papers.base").write_bytes(b"views: []\n")
    assert vaultsync("views", "install")[0] == 1
    assert (root / "Papers.base").read_bytes() == b"views: []\n"


def test_a_save_at_the_moment_of_writing_wins(vaultsync: Command, vault: Repo, late_save: LateSave) -> None:
    vaultsync("views", "install")
    other_kinds(vault, "literature")
    late_save("Papers.base", "# mine\n")
    code, out, _ = vaultsync("views", "install")
    assert code == 1
    assert "saved at that moment" in out
    assert (vault.path / "Papers.base").read_bytes().endswith(b"# mine\n")


def test_a_note_is_given_the_embedded_view_after_what_was_typed_in_it_is_committed(
    vaultsync: Command, vault: Repo
) -> None:
    vault.write(CONFERENCE, NOTES[CONFERENCE] + "- typed just now\n")
    assert vaultsync("views", "embed", "ICASSP 2025")[0] == 0
    mine, theirs = vault.git("log", "-2", "--format=%s").splitlines()
    assert mine == "vaultsync: show Papers.base in ICASSP 2025"
    assert theirs.startswith("notes: ICASSP 2025")
    assert vault.content(CONFERENCE).endswith(f"- typed just now\n\n{EMBEDDING}\n")
    code, out, _ = vaultsync("views", "embed", "ICASSP 2025")
    assert (code, out) == (0, "")


def test_with_the_setting_each_run_keeps_the_bases_in_step_in_its_own_commit(
    vaultsync: Command, vault: Repo
) -> None:
    vault.write(".vaultsync/config.toml", "[views]\nbases = true\n")
    assert vaultsync("fix", "--yes")[0] == 0
    assert set(BASES) < vault.files_of()
    assert len(vault.git("log", "--format=%s").splitlines()) == 3, "start, settings, the run"
    head = vault.head
    assert vaultsync("fix")[0] == 0
    assert vault.head == head
    vault.write(".vaultsync/config.toml", '[views]\nbases = true\n[kinds.paper]\ntags = ["x", "paper"]\n')
    assert vaultsync("fix")[0] == 0
    assert (
        vault.git("log", "-1", "--format=%s").strip() == "vaultsync: write Conferences.base and Papers.base"
    )
    assert 'hasTag("x", "paper")' in vault.content("Papers.base")


def test_an_edited_base_is_told_once_and_no_look_writes_any(vaultsync: Command, vault: Repo) -> None:
    vaultsync("fix", "--yes")
    vault.write(".vaultsync/config.toml", "[views]\nbases = true\n")
    vaultsync("fix", "--check")
    assert not (vault.path / "Papers.base").exists()
    vault.write("Papers.base", "views: []\n")
    first, second = vaultsync("fix"), vaultsync("fix")
    assert "Papers.base" in first.out
    assert "left alone" in first.out
    assert "left alone" not in second.out
    assert (vault.path / "Papers.base").read_text(encoding="utf-8") == "views: []\n"
    vault.write("Papers.base", "views: [] # again\n")
    assert "left alone" in vaultsync("fix").out


def test_the_result_is_there_as_json(vaultsync: Command, vault: Repo) -> None:
    code, out, _ = vaultsync("views", "install", "--json")
    data = json.loads(out)["data"]
    assert code == 0
    assert data["written"] == list(BASES)
    assert len(data["commits"]) == 1
