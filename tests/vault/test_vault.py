"""Finding and opening a vault."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from smallvault import write

import vaultsync.vault.open as vault_module
from vaultsync.core.errors import ConfigError, VaultError
from vaultsync.core.links.decisions import Decision
from vaultsync.vault.find import find_vault, vault_above
from vaultsync.vault.open import open_vault


@pytest.mark.parametrize("mark", [".obsidian", ".vaultsync"])
def test_the_nearest_folder_upwards_with_a_mark_is_the_vault(mark: str, tmp_path: Path) -> None:
    deep = tmp_path / "outer/inner/a/b"
    deep.mkdir(parents=True)
    (tmp_path / "outer" / ".obsidian").mkdir()
    (tmp_path / "outer/inner" / mark).mkdir()
    assert find_vault(None, {}, deep) == tmp_path / "outer/inner"
    assert vault_above(tmp_path / "outer") == tmp_path / "outer"


def test_a_file_named_like_the_mark_is_none(tmp_path: Path) -> None:
    (tmp_path / ".obsidian").write_text("", encoding="utf-8")
    with pytest.raises(VaultError, match="no vault here"):
        find_vault(None, {}, tmp_path)


def test_the_named_vault_comes_before_the_environment_and_that_before_the_place(tmp_path: Path) -> None:
    named, told, here = (write(tmp_path / name, {}) for name in ("named", "told", "here"))
    environ = {"VAULTSYNC_VAULT": str(told)}
    assert find_vault(str(named), environ, here) == named
    assert find_vault(None, environ, here) == told
    assert find_vault(None, {"VAULTSYNC_VAULT": ""}, here) == here


def test_a_named_folder_needs_no_mark_and_is_resolved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "plain").mkdir()
    (tmp_path / "link").symlink_to("plain")
    assert find_vault(str(tmp_path / "link"), {}, tmp_path) == tmp_path / "plain"
    monkeypatch.setenv("HOME", str(tmp_path))
    assert find_vault("~/plain", {}, tmp_path) == tmp_path / "plain"


@pytest.mark.parametrize(("named", "environ"), [("gone", {}), (None, {"VAULTSYNC_VAULT": "gone"})])
def test_a_named_folder_that_is_gone_is_an_error_that_says_who_named_it(
    named: str | None, environ: dict[str, str], tmp_path: Path
) -> None:
    source = "--vault" if named else r"\$VAULTSYNC_VAULT"
    with pytest.raises(VaultError, match=rf"^{source}: gone is not a folder"):
        find_vault(named, environ, tmp_path)


def test_a_vault_without_settings_opens_with_the_defaults(tmp_path: Path) -> None:
    vault = open_vault(write(tmp_path, {}))
    assert vault.root == tmp_path
    assert vault.config.origins == {}
    assert not vault.decisions.accepted
    assert not vault.decisions.denied


def test_settings_decisions_and_obsidians_files_are_read(tmp_path: Path) -> None:
    vault = open_vault(
        write(
            tmp_path,
            {
                ".vaultsync/config.toml": b"[git]\r\ncommit = false\r\n",
                ".vaultsync/decisions.toml": 'deny = [\n  ["A.md", "SET", "B.md"],\n]\n',
                ".obsidian/app.json": b'\xef\xbb\xbf{"useMarkdownLinks": true}',
                ".obsidian/types.json": '{"types": {"rating": "number"}}',
            },
        )
    )
    assert vault.config.git.commit is False
    assert vault.decisions.denied == {Decision("A.md", "set", "B.md")}
    assert vault.config.link_style.use_markdown_links is True
    assert vault.config.obsidian_types == {"rating": "number"}


@pytest.mark.parametrize("text", ['{"useMark', "[1]", "null", "", '{"x": "\\ud800"}', '{"x": NaN}'])
def test_a_settings_file_of_obsidian_that_makes_no_sense_counts_as_absent(text: str, tmp_path: Path) -> None:
    vault = open_vault(write(tmp_path, {".obsidian/app.json": text}))
    assert vault.config.link_style.use_markdown_links is False


def test_settings_that_cannot_be_read_are_an_error_with_their_path(tmp_path: Path) -> None:
    (write(tmp_path, {}) / ".vaultsync/config.toml").mkdir(parents=True)
    with pytest.raises(
        ConfigError, match=r"^\.vaultsync/config\.toml can't be used: this is no regular file"
    ):
        open_vault(tmp_path)


def test_the_fingerprint_follows_the_settings_the_decisions_and_obsidians_files(tmp_path: Path) -> None:
    root = write(tmp_path, {})
    seen = {open_vault(root).fingerprint}
    assert {open_vault(root).fingerprint} == seen
    for path, text in (
        (".vaultsync/config.toml", "[git]\ncommit = false\n"),
        (".vaultsync/decisions.toml", 'deny = [["A.md", "set", "B.md"]]\n'),
        (".obsidian/app.json", '{"useMarkdownLinks": true}'),
        (".obsidian/types.json", '{"types": {"rating": "number"}}'),
    ):
        write(root, {path: text})
        fingerprint = open_vault(root).fingerprint
        assert fingerprint not in seen, path
        seen.add(fingerprint)


def test_the_fingerprint_follows_every_module_of_the_core(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    copy = tmp_path / "vaultsync"
    shutil.copytree(Path(vault_module.__file__).parents[1] / "core", copy / "core")
    monkeypatch.setattr(vault_module, "__file__", str(copy / "vault" / "open.py"))
    vault = tmp_path / "notes"
    vault.mkdir()
    seen = {open_vault(vault).fingerprint}
    modules = sorted((copy / "core").rglob("*.py"))
    assert len({module.parent for module in modules}) > 8, "the rooms of the core"
    for number, module in enumerate(modules, 1):
        module.write_text(module.read_text(encoding="utf-8") + "\n", encoding="utf-8")
        seen.add(open_vault(vault).fingerprint)
        assert len(seen) == number + 1, f"a change of {module.relative_to(copy)} is not seen"


def test_template_folders_are_those_that_obsidian_and_templater_are_told_of(tmp_path: Path) -> None:
    settings = tmp_path / ".obsidian"
    (settings / "plugins" / "templater-obsidian").mkdir(parents=True)
    (settings / "templates.json").write_text('{"folder": "meta/forms"}', encoding="utf-8")
    before = open_vault(tmp_path)
    templater = settings / "plugins" / "templater-obsidian" / "data.json"
    templater.write_text('{"templates_folder": "scripts"}', encoding="utf-8")
    after = open_vault(tmp_path)
    assert after.config.is_template("meta/forms/Paper.md")
    assert after.config.is_template("scripts/Paper.md")
    assert not before.config.is_template("scripts/Paper.md")
    assert before.fingerprint != after.fingerprint
