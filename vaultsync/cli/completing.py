"""What the shell offers after Tab: notes, rules, runs and settings. Nothing here ever fails or writes.

Click does the talking with the shell; `prepare` adds what it leaves out, names with blanks and commas.
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from functools import wraps
from pathlib import Path
from typing import Any

import click
from click.shell_completion import (
    BashComplete,
    CompletionItem,
    FishComplete,
    add_completion_class,
    get_completion_class,
)

from vaultsync.core.errors import VaultsyncError
from vaultsync.core.text.shown import one_line

VARIABLE = "_VAULTSYNC_COMPLETE"
"""Set by the shell's function when it asks; click's own form of the name."""

SHELLS = ("bash", "zsh", "fish", "powershell")

_BASH = """\
%(complete_func)s() {
    local IFS=$'\\n' response completion type value
    response=$(env COMP_WORDS="${COMP_WORDS[*]}" COMP_CWORD=$COMP_CWORD %(complete_var)s=bash_complete $1)
    for completion in $response; do
        IFS=',' read -r type value <<< "$completion"
        if [[ $type == dir ]]; then
            COMPREPLY=(); compopt -o dirnames
        elif [[ $type == file ]]; then
            COMPREPLY=(); compopt -o default
        elif [[ $type == plain ]]; then
            COMPREPLY+=("$(printf %%q "$value")")
        fi
    done
}
complete -F %(complete_func)s %(prog_name)s
"""

_FISH = """\
function %(complete_func)s
    set -l response (env %(complete_var)s=fish_complete COMP_WORDS=(commandline -cp) \
COMP_CWORD=(commandline -t) %(prog_name)s)
    for completion in $response
        set -l metadata (string split --max 1 "," $completion)
        if test $metadata[1] = "dir"
            __fish_complete_directories $metadata[2]
        else if test $metadata[1] = "file"
            __fish_complete_path $metadata[2]
        else if test $metadata[1] = "plain"
            echo $metadata[2]
        end
    end
end
complete --no-files --command %(prog_name)s --arguments "(%(complete_func)s)"
"""

Complete = Callable[[click.Context, click.Parameter, str], list[CompletionItem[str]]]


class _Bash(BashComplete):
    """Click's, but a name with a blank comes back as one word."""

    source_template = _BASH

    @staticmethod
    def _check_version() -> None:
        """Any bash of the last fifteen years does; click asks for one that can keep the order."""


class _Fish(FishComplete):
    """Click's, but a name or a help with a comma comes back whole."""

    source_template = _FISH


def prepare() -> None:
    """Called when a shell asks, before the command line is parsed."""
    add_completion_class(_Bash)
    add_completion_class(_Fish)


def script(shell: str, command: click.Command) -> str:
    """The text that a shell has to read once, to know how to ask."""
    prepare()
    made = get_completion_class(shell)
    if made is None:
        raise click.UsageError(f"no completion for {shell}")
    return made(command, {}, "vaultsync", VARIABLE).source()


def _offered(give: Callable[[click.Context, str], Iterable[tuple[str, str]]]) -> Complete:
    """Offers what starts with the words so far, in any case; a vault that can't be read offers none."""

    @wraps(give)
    def complete(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
        low = _folded(incomplete)
        try:
            found = [(value, hint) for value, hint in give(ctx, low) if _folded(value).startswith(low)]
            found = [one for one in found if one_line("".join(one)) == "".join(one)]  # each is a line
        except (VaultsyncError, OSError):
            return []
        return [CompletionItem(value, help=told or None) for value, told in sorted(set(found))]

    return complete


@_offered
def notes(ctx: click.Context, low: str) -> Iterator[tuple[str, str]]:
    """The notes by their names, by their paths once a folder is typed or where two share a name."""
    from collections import Counter

    from vaultsync.files.disk import RealDisk

    paths = [path.removesuffix(".md") for path in RealDisk(_root(ctx)).scan(None).notes]
    if "/" in low:
        yield from ((path, "") for path in paths)
        return
    namesakes = Counter(path.rpartition("/")[2].casefold() for path in paths)
    for path in paths:
        folder, _, name = path.rpartition("/")
        if namesakes[name.casefold()] > 1:
            yield path, ""
        else:
            yield name, folder


@_offered
def rules(_ctx: click.Context, _low: str) -> Iterator[tuple[str, str]]:
    """The rules by id, with what they do."""
    from vaultsync.core.rules import RULES

    return ((rule.id, rule.summary) for rule in RULES)


@_offered
def runs(ctx: click.Context, _low: str) -> Iterator[tuple[str, str]]:
    """The runs that git remembers, with their subjects."""
    from vaultsync.core.history.messages import RUN_TRAILER
    from vaultsync.git.repository import Git

    return ((run.trailers[RUN_TRAILER], run.subject) for run in Git.open(_root(ctx)).history.runs())


@_offered
def setting_names(_ctx: click.Context, _low: str) -> Iterator[tuple[str, str]]:
    """The settings of the fixed sections, and the sections themselves."""
    from vaultsync.core.config.settings import settings

    for section, key, _, meaning in settings():
        yield f"{section}.{key}", meaning.text
        yield section, ""


@_offered
def shells(_ctx: click.Context, _low: str) -> Iterator[tuple[str, str]]:
    """The shells that completion is there for."""
    return ((shell, "") for shell in SHELLS)


def _root(ctx: click.Context) -> Path:
    """The vault of an unfinished command line: `--vault` may stand before or after the command."""
    from vaultsync.vault.find import find_vault

    named: Any = None
    at: click.Context | None = ctx
    while at is not None and named is None:
        named, at = at.obj, at.parent
    return find_vault(named if isinstance(named, str) else None, os.environ)


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()
