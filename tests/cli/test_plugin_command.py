"""`vaultsync plugin`: the plugin is copied into the vault, kept up to date, and never leads out of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import smallvault
from conftest import Command

from vaultsync.api.plugin_files import FILES, SOURCE


@pytest.fixture
def vault(tmp_path: Path) -> Path:
    return smallvault.write(tmp_path / "vault")


def test_it_is_installed_once_and_then_in_order(vault: Path, vaultsync: Command) -> None:
    folder = vault / ".obsidian" / "plugins" / "vaultsync"
    assert vaultsync("plugin", "status", "--vault", str(vault)).code == 1
    done = vaultsync("plugin", "install", "--vault", str(vault))
    assert done.code == 0
    assert "Community plugins" in done.err
    assert {file.name for file in folder.iterdir()} == set(FILES)
    assert all((folder / name).read_bytes() == (SOURCE / name).read_bytes() for name in FILES)
    times = {name: (folder / name).stat().st_mtime_ns for name in FILES}
    (vault / ".obsidian" / "community-plugins.json").write_text('["vaultsync"]', encoding="utf-8")
    assert vaultsync("plugin", "install", "--vault", str(vault)).code == 0
    assert {name: (folder / name).stat().st_mtime_ns for name in FILES} == times
    shown = vaultsync("plugin", "status", "--json", "--vault", str(vault))
    assert shown.code == 0
    data = json.loads(shown.out)["data"]
    assert (data["current"], data["on"], data["served"]) == (True, True, False)


def test_an_older_one_is_seen_by_doctor_and_brought_up_to_date(vault: Path, vaultsync: Command) -> None:
    vaultsync("plugin", "install", "--vault", str(vault))
    manifest = vault / ".obsidian" / "plugins" / "vaultsync" / "manifest.json"
    manifest.write_text('{"version": "0.0.1"}', encoding="utf-8")
    checks = json.loads(vaultsync("doctor", "--json", "--vault", str(vault)).out)["data"]
    (check,) = (check for check in checks if check["name"] == "plugin")
    assert check["state"] == "bad"
    assert "0.0.1" in check["found"]
    shown = vaultsync("plugin", "status", "--vault", str(vault))
    assert shown.code == 1
    assert "vaultsync plugin install" in shown.out
    vaultsync("plugin", "install", "--vault", str(vault))
    assert manifest.read_bytes() == (SOURCE / "manifest.json").read_bytes()


@pytest.mark.parametrize("written", ["[" * 200_000, '{"version": ' + "9" * 6000 + "}", "[1]", ""])
def test_a_manifest_that_says_nothing_is_as_good_as_none(
    vault: Path, vaultsync: Command, written: str
) -> None:
    folder = vault / ".obsidian" / "plugins" / "vaultsync"
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text(written, encoding="utf-8")
    assert vaultsync("plugin", "status", "--vault", str(vault)).code == 1
    assert vaultsync("plugin", "install", "--vault", str(vault)).code == 0


def test_it_does_not_follow_a_folder_out_of_the_vault(
    vault: Path, tmp_path: Path, vaultsync: Command
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (vault / ".obsidian" / "plugins").symlink_to(outside)
    done = vaultsync("plugin", "install", "--vault", str(vault))
    assert done.code == 2
    assert "leads out of the vault" in done.err
    assert list(outside.iterdir()) == []


def test_without_obsidian_there_is_nothing_to_install_into(tmp_path: Path, vaultsync: Command) -> None:
    (tmp_path / ".vaultsync").mkdir()
    done = vaultsync("plugin", "install", "--vault", str(tmp_path))
    assert done.code == 2
    assert "open it once in Obsidian" in done.err
