"""Git's merge driver for notes: `.gitattributes` names it and travels, how it is run is set in each clone.

See gitattributes(5), "Defining a custom merge driver". Where it is named and not set up, git falls back to
conflict markers.
"""

from __future__ import annotations

import os
import shlex
import sys
from typing import Literal

from vaultsync.git.locate import Repository

NAME = "vaultsync"

ATTRIBUTES = tuple(f"{pattern} merge={NAME}" for pattern in ("*.md", "*.canvas", "*.base", "*.json"))
"""The lines of `.gitattributes` that name it; decisions are merged by line."""

DriverState = Literal["ready", "missing", "unnamed"]


class MergeDriver:
    """The driver of a vault's repository."""

    def __init__(self, repository: Repository) -> None:
        self._process = repository.process
        self._repository = repository

    @property
    def command(self) -> str:
        """How git runs it, from any folder: this very installation, and no module that lies in the vault."""
        python = shlex.quote(sys.executable.replace(os.sep, "/"))
        return f"{python} -P -m vaultsync merge-driver %O %A %B %P"

    def state(self) -> DriverState:
        """Whether the vault's notes are merged by it: `unnamed` if no `.gitattributes` says so."""
        note = self._repository.name_of("x.md")
        told = os.fsdecode(self._process.read("check-attr", "-z", "merge", "--", note).out).split("\0")
        if told[2:3] != [NAME]:
            return "unnamed"
        set_up = self._process.read("config", "--get", f"merge.{NAME}.driver", ok=(0, 1)).out
        return "ready" if os.fsdecode(set_up).strip() == self.command else "missing"

    def set_up(self) -> None:
        """Tell this clone's git how to run it."""
        self._process.write("config", f"merge.{NAME}.name", "notes by property, line and word (vaultsync)")
        self._process.write("config", f"merge.{NAME}.driver", self.command)
