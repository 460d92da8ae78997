"""What an interruption (Ctrl-C) means: how far the command had come, and how it goes on."""

from __future__ import annotations

from collections.abc import Sequence

_NOTHING = "nothing was changed"
_WHOLE = "each note is whole"
_AGAIN = {
    "init": "`vaultsync init` again adds only what is missing",
    "demo": "the demo's folder can be deleted",
    "fix": f"{_WHOLE}, and the next `vaultsync fix` goes on from here",
    "import": f"{_WHOLE}; importing the same again adds what is missing",
    "daemon": f"{_WHOLE}, and the next daemon goes on from here",
    "stop": "the daemon has been told to end, and will",
    "service": "`vaultsync service status` says what is installed",
    "plugin": "`vaultsync plugin install` again replaces what is there",
    "undo": f"{_WHOLE}; `vaultsync log` shows what was taken back",
    "sync": f"{_WHOLE}, and the next `vaultsync sync` finishes a merge that had begun",
    "conflicts": f"{_WHOLE}; `vaultsync conflicts` lists what is left",
    "resolve": f"{_WHOLE}; `vaultsync resolve` again does the rest",
    "merge-driver": "git takes the note as not merged",
    "links": "what you had decided before is kept",
    "views": "each file is whole",
    "canvas": "the canvas is whole",
    "report": "the page is as it was, or whole",
    "export": "the library is as it was, or whole",
}
"""By command; those that only read are not listed."""


def interrupted(args: Sequence[str]) -> str:
    """What to say when the command line `args` was interrupted."""
    command = next((word for word in args if word in _AGAIN), "")
    looks = {"--diff", "--check", "--dry-run", "-n", "--show"} & set(args)
    return f"interrupted; {_NOTHING if looks else _AGAIN.get(command, _NOTHING)}"
