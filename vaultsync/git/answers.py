"""Answers of git that are kept for as long as the files that they depend on stay as they were.

A daemon opens its repository for every note that is saved. What git says of its configuration is then the
same nearly always, and each question is a process of 2 ms and more: these are the processes that it saves.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from pathlib import Path
from stat import S_ISDIR
from typing import TypeVar

from vaultsync.git.departures import Compared
from vaultsync.git.own_line import OwnLine
from vaultsync.git.process import KEPT_PREFIXES, KEPT_VARIABLES, variables

_T = TypeVar("_T")
_State = tuple[int, ...] | None

YOUNG = 2.0
"""Seconds; a file that changed so lately may change again without looking different (FAT counts by two)."""

_OTHER_VARIABLES = frozenset({"EMAIL", "HOME", "PATH", "USERPROFILE", "XDG_CONFIG_HOME"})


class Answers:
    """Answers to questions, each with the states of files and of the environment that it was given in.

    `compared` are those about two commits, which no file can change; `own_line` has the commits made here.
    """

    def __init__(self) -> None:
        self.compared: Compared = {}
        self.own_line = OwnLine()
        self._kept: dict[str, tuple[object, list[Path], list[_State], dict[str, str]]] = {}

    def of(self, question: str, ask: Callable[[], _T], files: Callable[[_T], Iterable[Path]]) -> _T:
        """The answer that `ask` gives, or the kept one if `files` of it, there or not, are as they were.

        Of a folder it counts which one it is, not what lies in it.
        """
        if (known := self._kept.get(question)) is not None:
            answer, paths, states, variables = known
            if [_state(path) for path in paths] == states and _variables() == variables:
                return answer  # type: ignore[return-value]  # what `ask` gave the last time
        begun = time.time()
        answer = ask()
        paths = list(dict.fromkeys(files(answer)))
        states = [_state(path) for path in paths]
        latest = max((state[-1] for state in states if state is not None), default=0)
        if latest < (begun - YOUNG) * 1e9:
            self._kept[question] = answer, paths, states, _variables()
        return answer


def _state(path: Path) -> _State:
    """What tells a file from its successor; its last number says when it changed, in nanoseconds."""
    try:
        found = path.stat()
    except OSError:
        return None
    if S_ISDIR(found.st_mode):
        return found.st_dev, found.st_ino, found.st_uid, 0
    changed = max(found.st_mtime_ns, found.st_ctime_ns)
    return found.st_dev, found.st_ino, found.st_uid, found.st_mode, found.st_size, found.st_mtime_ns, changed


def _variables() -> dict[str, str]:
    return {
        name: value
        for name, value in variables().items()
        if name in KEPT_VARIABLES or name in _OTHER_VARIABLES or name.startswith(KEPT_PREFIXES)
    }
