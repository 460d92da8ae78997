"""`doctor`: each check finds what it looks for, says what to do, and changes nothing."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest
import smallvault
from conftest import Command
from daemons import repository, settings
from gitrepo import Repo

from vaultsync.cli.doctor import Check, examine


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return smallvault.write(tmp_path / "vault")


@pytest.fixture
def repo(root: Path) -> Repo:
    return repository(root)


def checks(root: Path, **options: Path) -> dict[str, Check]:
    return {check.name: check for check in examine(root, **options)}


def plugin(root: Path, name: str, data: object) -> None:
    folder = root / ".obsidian" / "plugins" / name
    folder.mkdir(parents=True)
    (folder / "data.json").write_text(json.dumps(data), encoding="utf-8")
    (root / ".obsidian" / "community-plugins.json").write_text(json.dumps([name]), encoding="utf-8")


def test_all_is_well_where_all_is_well_and_nothing_is_changed(root: Path, repo: Repo) -> None:
    (root / ".obsidian" / "app.json").write_text('{"alwaysUpdateLinks": true}', encoding="utf-8")
    before = smallvault.contents(root)
    found = checks(root)
    assert {name: check.found for name, check in found.items() if check.state != "ok"} == {}
    assert smallvault.contents(root) == before


def test_what_is_not_well_comes_with_what_to_do(root: Path) -> None:
    found = [check for check in examine(root) if check.state != "ok"]
    assert found
    assert all(check.todo for check in found)


def test_a_mistake_in_the_settings_is_told_and_the_rest_is_still_looked_at(root: Path, repo: Repo) -> None:
    (root / ".vaultsync").mkdir()
    (root / ".vaultsync" / "config.toml").write_text("[watch]\nquite = 1\n", encoding="utf-8")
    found = checks(root)
    assert found["settings"].state == "bad"
    assert "quiet" in found["settings"].found
    assert found["repository"].state == "ok"


def test_a_vault_without_a_repository_is_told_how_to_make_one(root: Path) -> None:
    found = checks(root)["repository"]
    assert found.state == "bad"
    assert "vaultsync init" in found.todo


def test_without_commits_git_is_not_needed(root: Path) -> None:
    (root / ".vaultsync").mkdir()
    (root / ".vaultsync" / "config.toml").write_text("[git]\ncommit = false\n", encoding="utf-8")
    found = checks(root)
    assert found["git"].state == "ok"
    assert "repository" not in found


def test_git_without_an_identity_is_told(root: Path, repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("HOME", str(root))
    repo.git("config", "user.useConfigOnly", "true")
    found = checks(root)["repository"]
    assert found.state == "bad"
    assert "user.name" in found.todo


@pytest.mark.skipif(sys.platform == "win32", reason="a program that stands in for git is a shell script")
def test_a_git_that_is_too_old_or_missing_is_told(
    root: Path, repo: Repo, tmp_path: Path, process: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    old = folder / "git"
    old.write_text("#!/bin/sh\necho git version 2.30.1\n", encoding="utf-8")
    old.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))
    told = process("doctor", "--json", "--vault", str(root))
    assert told.code == 1
    found = {check["name"]: check for check in told.data}
    assert "too old" in found["git"]["found"]
    old.unlink()
    found = {c["name"]: c for c in process("doctor", "--json", "--vault", str(root)).data}
    assert found["git"]["state"] == "bad"
    assert "install git" in found["git"]["todo"]


def test_too_few_watches_come_with_the_line_that_allows_more(root: Path, tmp_path: Path) -> None:
    assert "watch limit" not in checks(root, sysctls=tmp_path)
    machine, space = tmp_path / "fs/inotify/max_user_watches", tmp_path / "user/max_inotify_watches"
    for limit in (machine, space):
        limit.parent.mkdir(parents=True)
    machine.write_text("2\n", encoding="ascii")
    found = checks(root, sysctls=tmp_path)["watch limit"]
    assert found.state == "bad"
    assert "fs.inotify.max_user_watches=524288" in found.todo
    machine.write_text("100000\n", encoding="ascii")
    assert checks(root, sysctls=tmp_path)["watch limit"].state == "ok"
    space.write_text("2\n", encoding="ascii")
    found = checks(root, sysctls=tmp_path)["watch limit"]
    assert found.found == "user.max_inotify_watches allows 2 watches, the vault has 4 folders"
    assert "user.max_inotify_watches=524288" in found.todo


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lists its file systems so")
def test_a_network_file_system_is_told(root: Path, tmp_path: Path) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(f"server:/notes {tmp_path} nfs4 rw 0 0\n", encoding="utf-8")
    found = checks(root, mounts=mounts)["file system"]
    assert found.state == "warn"
    assert "nfs4" in found.found


def test_obsidian_that_does_not_update_links_by_itself_is_told_where_to_switch_it_on(root: Path) -> None:
    (root / ".obsidian" / "app.json").write_text('{"newLinkFormat": "relative"}', encoding="utf-8")
    found = checks(root)
    assert found["renames"].state == "warn"
    assert "Automatically update internal links" in found["renames"].todo
    assert "relative to the note" in found["links"].found


def test_an_index_that_a_commit_left_is_told_and_holds_nothing_up(root: Path, repo: Repo) -> None:
    left = root / ".git" / "next-index-4711.lock"
    left.touch()
    found = checks(root)
    assert found["repository"].state == "ok"
    assert found["left by git"].state == "warn"
    assert f"remove the file by hand: {left}" in found["left by git"].todo


def test_a_git_plugin_that_commits_by_the_clock_is_told(root: Path) -> None:
    plugin(root, "obsidian-git", {"autoSaveInterval": 10})
    assert checks(root)["Git plugin"].state == "warn"
    (root / ".obsidian" / "community-plugins.json").write_text("[]", encoding="utf-8")
    assert "Git plugin" not in checks(root)


def test_a_git_plugin_used_by_hand_is_fine(root: Path) -> None:
    plugin(root, "obsidian-git", {"autoSaveInterval": 0, "autoPullInterval": 0})
    assert checks(root)["other tools"].state == "ok"


def test_a_linter_that_stamps_notes_is_told(root: Path) -> None:
    plugin(root, "obsidian-linter", {"ruleConfigs": {"yaml-timestamp": {"enabled": True}}})
    assert "YAML Timestamp" in checks(root)["Linter plugin"].todo


def test_sync_services_are_named(tmp_path: Path) -> None:
    root = smallvault.write(tmp_path / "Dropbox" / "vault")
    (root / ".stfolder").mkdir()
    (root / ".obsidian" / "core-plugins.json").write_text('{"sync": true}', encoding="utf-8")
    found = checks(root)
    assert {"Dropbox", "Syncthing", "Obsidian Sync"} <= found.keys()
    assert "separate-git-dir" in found["Dropbox"].todo


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may read everything")
def test_notes_that_cannot_be_read_are_named(root: Path) -> None:
    (root / smallvault.PLAIN).chmod(0)
    found = checks(root)["permissions"]
    assert found.state == "bad"
    assert smallvault.PLAIN in found.found


def test_notes_that_cannot_be_read_are_named_by_what_the_system_answers(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    access = os.access

    def refuses(path: str, mode: int) -> bool:
        return not str(path).endswith(smallvault.PLAIN) and access(path, mode)

    monkeypatch.setattr(os, "access", refuses)
    found = checks(root)["permissions"]
    assert found.state == "bad"
    assert smallvault.PLAIN in found.found
    assert "chown" in found.todo


def test_a_cache_that_cannot_be_used_is_told(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocked = root.parent / "blocked"
    blocked.write_text("a file where a folder should be", encoding="utf-8")
    monkeypatch.setenv("XDG_CACHE_HOME", str(blocked))
    found = checks(root)["cache"]
    assert found.state == "warn"
    assert str(blocked) in found.found


def test_half_written_settings_of_obsidian_are_no_reason_to_fail(root: Path) -> None:
    for name in ("app.json", "community-plugins.json", "core-plugins.json"):
        (root / ".obsidian" / name).write_text('{"half', encoding="utf-8")
    assert checks(root)["other tools"].state == "ok"


def test_the_command_prints_each_check_and_what_to_do(root: Path, repo: Repo, vaultsync: Command) -> None:
    settings(root)
    done = vaultsync("doctor", "--vault", str(root))
    assert done.code == 0
    assert "ok    git " in done.out
    assert "→ Settings → Files and links" in done.out
