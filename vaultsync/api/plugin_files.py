"""The plugin's files: those that come with vaultsync, and those that stand in a vault's Obsidian folder.

Obsidian loads a plugin from `.obsidian/plugins/ID`: manifest, code, styles, each copied in one step.
"""

from __future__ import annotations

import json
import secrets
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec

from vaultsync.core.errors import VaultError
from vaultsync.files.containment import FileRefused, HeldFolders, outside, read_inside
from vaultsync.vault.open import obsidian_json

SOURCE = Path(__file__).parent / "plugin"
FILES = ("manifest.json", "main.js", "styles.css")
ID = "vaultsync"

LARGEST_FILE = 5_000_000
"""Bytes of a plugin's file; ours are far smaller."""


class PluginState(msgspec.Struct, frozen=True):
    """The plugin in a vault: the version that stands there (empty: none), that of this program, and more.

    `current` says whether its files are those of this program, `on` whether it is turned on in Obsidian.
    """

    installed: str
    version: str
    current: bool
    on: bool
    folder: str


def plugin_state(root: Path) -> PluginState:
    """The plugin as it stands in the vault at `root`."""
    turned_on = obsidian_json(root, "community-plugins.json")
    return PluginState(
        _version(obsidian_json(root, f"plugins/{ID}/manifest.json")),
        _version(json.loads((SOURCE / "manifest.json").read_bytes())),
        all(_bytes(root, name) == (SOURCE / name).read_bytes() for name in FILES),
        isinstance(turned_on, list) and ID in turned_on,
        str(_folder(root)),
    )


def install_plugin(root: Path) -> PluginState:
    """Copy the plugin into the vault at `root`. Raises `VaultError` where that can't be done."""
    folder = _folder(root)
    place = folder.relative_to(root).as_posix()
    with closing(HeldFolders(root.resolve())) as held:
        try:
            held.make(place)
            for name in FILES:
                data = (SOURCE / name).read_bytes()
                if _bytes(root, name) != data:
                    _write(held.at(f"{place}/{name}"), data)
        except FileRefused:
            raise VaultError(
                f"{folder} leads out of the vault", f"copy {SOURCE} there by hand, if you will"
            ) from None
        except OSError as error:
            raise VaultError(
                f"{folder} can't be written: {error.strerror}", "make it yours and writable, then try again"
            ) from error
    return plugin_state(root)


def _write(file: Path | None, data: bytes) -> None:
    """Write a file of a held folder in one step, never through what somebody has laid there."""
    if file is None:
        raise outside()
    fresh = file.with_name(f".{file.name}.{secrets.token_hex(8)}.tmp")
    try:
        with fresh.open("xb") as made:
            made.write(data)
        fresh.replace(file)
    finally:
        fresh.unlink(missing_ok=True)


def _folder(root: Path) -> Path:
    return root / ".obsidian" / "plugins" / ID


def _version(found: Any) -> str:
    version = found.get("version") if isinstance(found, dict) else None
    return version if isinstance(version, str) else ""


def _bytes(root: Path, name: str) -> bytes:
    """One of the plugin's files in the vault; empty for one that can't be read, or isn't a file there."""
    try:
        return read_inside(root.resolve(), f".obsidian/plugins/{ID}/{name}", LARGEST_FILE)
    except (OSError, FileRefused):
        return b""
