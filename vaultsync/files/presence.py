"""What stands under a name that a person gave; under one that no file can have stands nothing.

`pathlib` raises for a name that is too long: a pasted BibTeX entry is such a "file".
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path


def is_there(path: Path) -> bool:
    """Whether anything stands at `path`. Raises `OSError` where one may not look."""
    return _seen(path.exists)


def is_file(path: Path) -> bool:
    """Whether a regular file does, perhaps behind a link. Raises as `is_there`."""
    return _seen(path.is_file)


def is_folder(path: Path) -> bool:
    """Whether a folder does, perhaps behind a link. Raises as `is_there`."""
    return _seen(path.is_dir)


def is_open_folder(path: Path) -> bool:
    """Whether a folder does, and one may look at it."""
    return os.path.isdir(path)  # noqa: PTH112  pathlib raises where one may not


def is_open_file(path: Path) -> bool:
    """Whether a regular file does, and one may look at it."""
    return os.path.isfile(path)  # noqa: PTH113


def _seen(look: Callable[[], bool]) -> bool:
    try:
        return look()
    except ValueError:  # a NUL
        return False
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            return False
        raise
