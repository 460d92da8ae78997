"""Opening a vault: its configuration and Obsidian's own, its decisions.

`find` has found its folder; what opens it further, its lock, cache and repository, is `runs.ports`.
"""

from __future__ import annotations

import json
from hashlib import blake2b
from pathlib import Path
from typing import Any

import msgspec

from vaultsync.core.config.config import CONFIG_PATH, DECISIONS_PATH, Config
from vaultsync.core.config.config_file import parse_config
from vaultsync.core.errors import ConfigError
from vaultsync.core.links.decisions import Decisions, parse_decisions
from vaultsync.core.rules import rule_options


class Vault(msgspec.Struct, frozen=True):
    """An opened vault: the resolved path of its folder, its settings, what the person had decided.

    `fingerprint` changes with all that findings about a note depend on beside the notes.
    """

    root: Path
    config: Config
    decisions: Decisions
    fingerprint: str = ""


def open_vault(root: Path) -> Vault:
    """Read the vault's settings and decisions; raises `ConfigError` for a mistake in either."""
    config = _text(root / CONFIG_PATH)
    decisions = _text(root / DECISIONS_PATH)
    app, types = (_obsidian(root / ".obsidian" / name) for name in ("app.json", "types.json"))
    known = msgspec.json.encode([config, decisions, app, types, _code()])
    return Vault(
        root,
        parse_config(config, rule_options(), app_json=app, types_json=types),
        parse_decisions(decisions),
        blake2b(known, digest_size=12).hexdigest(),
    )


def _code() -> list[tuple[str, int, int]]:
    """What tells one installation of the package from another: facts found by other code don't hold."""
    core = Path(__file__).parent.parent / "core"
    files = core.rglob("*.py")
    return sorted(
        (str(file.relative_to(core)), (stat := file.stat()).st_size, stat.st_mtime_ns) for file in files
    )


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{_shown(path)}:{line}: not UTF-8", "save it as UTF-8") from None
    except OSError as error:
        raise ConfigError(f"{_shown(path)} can't be read: {error.strerror}") from None


def _shown(path: Path) -> str:
    """A settings file as messages name it: with its folder, which is right below the vault's."""
    return f"{path.parent.name}/{path.name}"


def _obsidian(path: Path) -> dict[str, Any]:
    """One of Obsidian's JSON files. A half-written one counts as absent: Obsidian will write it again."""
    try:
        found = json.loads(_text(path).removeprefix("\ufeff") or "{}")
    except json.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}
