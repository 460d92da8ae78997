"""Opening a vault: its configuration and Obsidian's own, its decisions.

`find` has found its folder; what opens it further, its lock, cache and repository, is `runs.ports`.
"""

from __future__ import annotations

import os
from functools import partial
from hashlib import blake2b
from pathlib import Path
from typing import Any

import msgspec

from vaultsync.core.config.config import CONFIG_PATH, DECISIONS_PATH, Config
from vaultsync.core.config.config_file import parse_config
from vaultsync.core.errors import ConfigError
from vaultsync.core.links.decisions import Decisions, parse_decisions
from vaultsync.core.rules import rule_options
from vaultsync.files.containment import FileRefused, read_inside
from vaultsync.files.presence import is_open_folder

SETTINGS_SIZE = 1_000_000
"""Bytes; settings that somebody wrote have some thousands."""

DECISIONS_SIZE = 5_000_000
"""Bytes; some 50,000 decisions."""

TEMPLATE_FOLDERS = (
    ("templates.json", "folder"),
    ("plugins/templater-obsidian/data.json", "templates_folder"),
)
"""Where Obsidian's core plugin and Templater keep which folder holds the templates."""

HINT = "it must be a plain file of the vault, and no link that leads out of it"


class Vault(msgspec.Struct, frozen=True):
    """An opened vault: the resolved path of its folder, its settings, what the person had decided.

    `fingerprint` changes with all that findings about a note depend on beside the notes; `of_settings` is the
    part of it that the decisions have no part in.
    """

    root: Path
    config: Config
    decisions: Decisions
    fingerprint: str = ""
    of_settings: str = ""

    @property
    def inbox(self) -> Path | None:
        """The folder `[vault] inbox`, if it is there."""
        name = self.config.vault.inbox.strip("/")
        return self.root / name if name and is_open_folder(self.root / name) else None


def open_vault(root: Path) -> Vault:
    """Read the vault's settings and decisions; raises `ConfigError` for a mistake in either."""
    config = _text(root, CONFIG_PATH, SETTINGS_SIZE)
    decisions = _text(root, DECISIONS_PATH, DECISIONS_SIZE)
    app, types = (_table(obsidian_json(root, name)) for name in ("app.json", "types.json"))
    templates = [_table(obsidian_json(root, name)).get(key) for name, key in TEMPLATE_FOLDERS]
    of_settings = _digest(msgspec.json.encode([config, app, types, templates, _code()]))
    return Vault(
        root,
        parse_config(config, rule_options(), app_json=app, types_json=types, template_folders=templates),
        parse_decisions(decisions),
        fingerprint(of_settings, decisions),
        of_settings,
    )


def fingerprint(of_settings: str, decisions: str) -> str:
    """The fingerprint of a vault with these settings and with decisions that are written like this."""
    return f"{of_settings} {_digest(decisions.encode())}"


def _digest(data: bytes) -> str:
    return blake2b(data, digest_size=12).hexdigest()


def _code() -> list[tuple[str, int, int]]:
    """What tells one installation of the package from another: facts found by other code don't hold."""
    package = Path(__file__).parent.parent
    files = (file for room in ("core", "runs") for file in (package / room).rglob("*.py"))
    return sorted(
        (str(file.relative_to(package)), (stat := file.stat()).st_size, stat.st_mtime_ns) for file in files
    )


def _table(found: Any) -> dict[str, Any]:
    return found if isinstance(found, dict) else {}


def settings_bytes(root: Path) -> tuple[bytes, ...]:
    """The bytes of the files that hold for the whole vault; empty for one that can't be used.

    No hint of the watcher tells of them; the decisions, each cycle reads itself.
    """
    names = ("app.json", "types.json", *(name for name, _ in TEMPLATE_FOLDERS))
    return tuple(map(partial(_bytes, root), (CONFIG_PATH, *(f".obsidian/{name}" for name in names))))


def obsidian_json(root: Path, name: str) -> Any:
    """One of Obsidian's JSON files as a value; empty, as if it were absent, when it can't be used.

    A half-written one is: Obsidian will write it again.
    """
    try:
        return msgspec.json.decode(_bytes(root, f".obsidian/{name}").decode("utf-8-sig") or "{}")
    except (UnicodeDecodeError, msgspec.DecodeError, RecursionError):
        return {}


def _bytes(root: Path, path: str) -> bytes:
    try:
        return read_inside(_real(root), path, SETTINGS_SIZE)
    except (FileRefused, OSError):
        return b""


def _text(root: Path, path: str, limit: int) -> str:
    try:
        return read_inside(_real(root), path, limit).decode()
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{path}:{line}: not UTF-8", "save it as UTF-8") from None
    except FileRefused as error:
        raise ConfigError(f"{path} can't be used: {error.message}", HINT) from None
    except OSError as error:
        raise ConfigError(f"{path} can't be read: {error.strerror}") from None


def _real(root: Path) -> Path:
    return Path(os.path.realpath(root))
