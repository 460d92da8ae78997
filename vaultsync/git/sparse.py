"""Whether a checkout may be sparse, by git's files alone: nothing that starts processes is loaded for it."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path


def may_be_sparse(vault: Path) -> bool:
    """Whether a sparse checkout was ever asked for where `vault` lies; git itself is not started for it."""
    for folder in (vault, *vault.parents):
        place = folder / ".git"
        if place.is_file():  # a worktree, a submodule: it says where its folder is (gitrepository-layout(5))
            with suppress(OSError, UnicodeDecodeError):
                place = folder / place.read_text().removeprefix("gitdir:").strip()
        if place.exists():
            return (place / "info" / "sparse-checkout").exists()
    return False
