"""Long results go through a pager, as git's do: `$GIT_PAGER`, the person's `core.pager`, `$PAGER`, `less`.

Only on a terminal, and only for what a person reads. Of git's settings the person's own are asked for, never
a vault's: those may be a stranger's. https://git-scm.com/docs/git-var#Documentation/git-var.txt-GITPAGER
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import click

from vaultsync.cli.boundary import readers_end_it
from vaultsync.cli.options import PAGER_OFF, PAGER_ON
from vaultsync.core.errors import GitError


@contextmanager
def paged() -> Iterator[None]:
    """Send what is printed to a pager on a terminal; `less` leaves at once if it fits the screen.

    The `with` ends early when the reader leaves it.
    """
    ctx = click.get_current_context()
    meta = ctx.find_root().meta
    argv = None if meta.get(PAGER_OFF) or not (sys.stdin.isatty() and sys.stdout.isatty()) else _pager()
    if argv is None:
        yield
        return
    environ = {"LESS": "FRX", "LV": "-c", **os.environ}
    sys.stdout.flush()
    with subprocess.Popen(argv, stdin=subprocess.PIPE, env=environ) as pager:
        assert pager.stdin is not None  # noqa: S101  it was asked for
        terminal = os.dup(sys.stdout.fileno())
        os.dup2(pager.stdin.fileno(), sys.stdout.fileno())
        pager.stdin.close()
        meta[PAGER_ON] = ctx.color = True
        try:
            with readers_end_it():
                yield
        finally:
            meta[PAGER_ON], ctx.color = False, None
            os.dup2(terminal, sys.stdout.fileno())
            os.close(terminal)
            while True:
                try:
                    pager.wait()
                    break
                except KeyboardInterrupt:  # is the pager's to answer
                    continue


def _pager() -> list[str] | None:
    """The words of the pager's command; None where none is wanted or there."""
    for wanted in (os.environ.get("GIT_PAGER"), _persons_own(), os.environ.get("PAGER"), "less"):
        if wanted is None:
            continue
        try:
            argv = shlex.split(wanted)
        except ValueError:
            argv = []
        if not argv or argv == ["cat"]:
            return None
        if shutil.which(argv[0]) is not None:
            return argv
    return None


def _persons_own() -> str | None:
    """`core.pager` of the person's own settings."""
    from vaultsync.git.process import ANYWHERE, GitProcess

    with suppress(GitError):
        asked = GitProcess(ANYWHERE).read("config", "--global", "--get", "core.pager", ok=(0, 1))
        return asked.out.decode(errors="replace").strip() or None
    return None
