"""Where imported notes go in a vault, and how they look: its folders, its template, its attachments."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence

from vaultsync.core.errors import ConfigError
from vaultsync.core.importers.note_text import ORDER, Body, default_body
from vaultsync.core.importers.planning import Target
from vaultsync.files.containment import FileRefused, read_inside
from vaultsync.runs.template_child import limited_body
from vaultsync.vault.open import Vault

TEMPLATE_SIZE = 100_000
"""Bytes of an import template, at most."""


def target_of(vault: Vault, others: Sequence[str] = ()) -> Target:
    """Where imported notes go in this vault; `others` are its files that are no notes.

    Raises `ConfigError` for a bad template.
    """
    settings = vault.config.vault
    template = settings.import_template
    body: Body = default_body
    if template:
        try:
            body = limited_body(read_inside(vault.root, template, TEMPLATE_SIZE).decode())
        except (FileRefused, OSError, UnicodeDecodeError) as error:
            reason = "not UTF-8" if isinstance(error, UnicodeDecodeError) else _reason(error)
            raise ConfigError(f"[vault] import_template: {template} can't be read: {reason}") from None
    kind = vault.config.for_note(f"{settings.papers.strip('/')}/x.md".lstrip("/"), "paper").kind
    rest = [key for key in ORDER if key not in kind.order]
    return Target(
        papers=settings.papers,
        conferences=settings.conferences,
        body=body,
        order=(*kind.order, *rest),
        attachment=attachments_among(others, str(vault.root)),
        link_style=vault.config.link_style,
    )


def attachments_among(others: Sequence[str], root: str) -> Callable[[str], str]:
    """A function from the path of a file, as a reference manager states it, to what a link to it names.

    The file is the vault's if it lies there, or if just one file of the vault has its name; else empty.
    """
    by_name: dict[str, list[str]] = {}
    for path in others:
        by_name.setdefault(_name(path), []).append(path)

    def attachment(stated: str) -> str:
        bare = stated.removeprefix("file://").replace("\\", "/")
        found = by_name.get(_name(bare), [])
        inside = [path for path in found if bare in (path, f"{root}/{path}")]
        chosen = inside or (found if len(found) == 1 else [])
        if not chosen:
            return ""
        return chosen[0].rpartition("/")[2] if len(found) == 1 else chosen[0]

    return attachment


def _name(path: str) -> str:
    return unicodedata.normalize("NFC", path.rpartition("/")[2]).casefold()


def _reason(error: FileRefused | OSError) -> str:
    return error.message if isinstance(error, FileRefused) else error.strerror or str(error)
