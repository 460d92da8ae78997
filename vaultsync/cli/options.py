"""The options that every command takes, before or after its name: `--vault`, `-q`, `-v`, `--no-pager`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click

from vaultsync.core.errors import COMMIT_OFF

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

_VERBOSITY = "vaultsync.verbosity"
_WITHOUT_GIT = "vaultsync.way_without_git"
PAGER_OFF = "vaultsync.pager.off"
PAGER_ON = "vaultsync.pager.on"

_Command = TypeVar("_Command", bound=Callable[..., Any])


def verbosity() -> int:
    """How much the person wants to be told: -1 with `-q`, 0, 1 with `-v`."""
    ctx = click.get_current_context(silent=True)
    return int(ctx.find_root().meta.get(_VERBOSITY, 0)) if ctx is not None else 0


def is_paging() -> bool:
    """Whether standard output leads to a pager, which shows colours as the terminal behind it would."""
    ctx = click.get_current_context(silent=True)
    return ctx is not None and bool(ctx.find_root().meta.get(PAGER_ON))


def reading_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The same for a command that needs no vault."""
    for option in (_PAGER, _VERBOSE, _QUIET):
        command = option(command)
    return command


def common_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command, or the whole program, these options; none of them reaches its function."""
    return _VAULT(reading_options(command))


class CommandGroup(click.Group):
    """A command with commands of its own; of each a shell is told all that its one-line help says."""

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem[str]]:
        """What may follow, with its help uncut."""
        found = super().shell_complete(ctx, incomplete)
        for item in found:
            if (command := self.get_command(ctx, item.value)) is not None:
                item.help = command.get_short_help_str(_WHOLE)
        return found


_WHOLE = 200
"""Characters of a one-line help; click's own 45 cut a sentence in the middle."""


def is_for_subcommand(ctx: click.Context) -> bool:
    """Whether the group only leads to one of its commands, which its own options say nothing to.

    Raises `click.UsageError` where the person gave one: a program that asked for JSON would get text.
    """
    if ctx.invoked_subcommand is None:
        return False
    given = [p for p in ctx.command.params if p.expose_value and p.name and _is_given(ctx, p.name)]
    if given:
        option, group = given[0].opts[0], ctx.info_name
        name = f"{group} {ctx.invoked_subcommand}"
        meant = cast(click.Group, ctx.command).get_command(ctx, ctx.invoked_subcommand)
        if meant is not None and any(option in one.opts for one in meant.params):
            raise click.UsageError(
                f"write `{name} {option}`: before `{ctx.invoked_subcommand}` it means `{group}`", ctx
            )
        raise click.UsageError(f"`{name}` takes no {option}, which goes with `{group}` alone", ctx)
    return True


def _is_given(ctx: click.Context, name: str) -> bool:
    return ctx.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE


def _set_vault(ctx: click.Context, _: click.Parameter, value: str | None) -> None:
    if value is not None:
        ctx.obj = value


def _set_quiet(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    if value:
        ctx.find_root().meta[_VERBOSITY] = -1


def _set_verbose(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    if value:
        ctx.find_root().meta[_VERBOSITY] = 1


def _set_pager(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    if value:
        ctx.find_root().meta[PAGER_OFF] = True


def without_git_option(
    name: str, meaning: str, way: str = f"--no-commit once, {COMMIT_OFF} for good"
) -> Callable[[_Command], _Command]:
    """An option that leaves git out; `way` is how a person is told of it where git can't be used."""

    def known(ctx: click.Context, _: click.Parameter, value: bool) -> bool:
        ctx.find_root().meta[_WITHOUT_GIT] = way
        return value

    return click.option(name, is_flag=True, help=meaning, callback=known)


def way_without_git(ctx: click.Context) -> str:
    """How the command that was run could leave git out; empty if it can't do without."""
    return str(ctx.find_root().meta.get(_WITHOUT_GIT, ""))


_VAULT = click.option(
    "--vault",
    metavar="DIR",
    expose_value=False,
    callback=_set_vault,
    help="The vault. [default: $VAULTSYNC_VAULT, else the nearest folder upwards]",
)
_QUIET = click.option(
    "-q",
    "--quiet",
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=_set_quiet,
    help="Print results and mistakes only.",
)
_VERBOSE = click.option(
    "-v",
    "--verbose",
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=_set_verbose,
    help="Tell more: exact times, every commit.",
)
_PAGER = click.option(
    "--no-pager",
    is_flag=True,
    expose_value=False,
    callback=_set_pager,
    help="Print long results straight to the terminal.",
)
