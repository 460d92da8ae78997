"""Names as arguments of a command that a person is told, and may copy: a name is never run (promise P8)."""

from __future__ import annotations

import re
import shlex

_MEANT_OTHERWISE = re.compile(r'[\x00-\x1f\x7f"$`\\!]')
"""What a shell reads between double quotes as more than itself."""


def as_argument(name: str) -> str:
    """The name in quotes: double ones, which all shells know, if nothing in it means more between them."""
    return shlex.quote(name) if _MEANT_OTHERWISE.search(name) else f'"{name}"'
