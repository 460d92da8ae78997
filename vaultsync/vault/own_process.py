"""Another process of this very package: never one that the folder at hand holds under our name (P8)."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from vaultsync.git.process import variables

PYTHON = (sys.executable, "-P")
"""Without `-P` Python looks for modules in the current folder first, which may be a stranger's vault."""


def environment() -> Mapping[str, str]:
    """The environment in which a new process finds this very package, also from another folder."""
    package = str(Path(sys.modules["vaultsync"].__path__[0]).parent)
    ours = variables()
    return {**ours, "PYTHONPATH": os.pathsep.join(filter(None, [package, ours.get("PYTHONPATH", "")]))}
