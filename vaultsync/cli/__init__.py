"""The command line: one file a command, found by name, imported when it is run.

`entry` is the outer boundary. What a person can put right ends in one message and its exit code; only a
defect of ours shows a traceback.

What the commands share, then the commands as `vaultsync --help` groups them.

    options             the options that every command takes
    which_vault         which vault a command line means
    wiring              a command's vault with its ports and its cycle
    naming              which notes and rules a person means by a name
    completing          what the shell offers after Tab
    interrupted         what Ctrl-C means for the command at hand
    boundary            what steers a terminal is spelled out, whatever a command prints
    output              text for people, JSON for programs
    wrapping            lines for a terminal, broken between words
    excerpt             of a long paragraph what a list shows
    pager               long results, as git shows them
    moments             times for a person
    consent             asking before the first change of a vault
    alike               problems that are alike: the first, and how many more
    first_problems      the first problem of each kind, as soon as it is found
    report              a run's report in words
    init_command        `init`: a configuration and a repository for a vault
    demo_command        `demo`: the main job on a copy of the example vault
    fix_command         `fix`: one cycle, or a look at what it would do
    import_command      `import`: lists, digests and exports become notes
    reading             what to read next, as `links --reading` prints it
    links_command       `links`: what only the person can decide about links
    links_review        `links review`: one question after the other, each answered by one key
    views_output        what became of generated files
    output_file         a file that a command was asked to write
    views_command       `views`: bases of papers and conferences
    canvas_command      `canvas`: a conference as an Obsidian canvas
    report_command      `report`: what came up at a conference, as one page
    export_command      `export`: the papers that notes mention, as a library
    log_command         `log`: what vaultsync did, run by run
    undo_command        `undo`: take a run back
    sync_command        `sync`: exchange commits with a remote
    conflicts_command   `conflicts`: what does not go together, and what to keep
    resolve_command     `resolve`: what a merge by hand left
    merge_driver_command  `merge-driver`: git's merge driver for notes
    daemon_command      `daemon`: keep the vault consistent until stopped
    status_command      `status`: what the daemon does and waits for
    stop_command        `stop`: end the daemon
    plugin_command      `plugin`: Obsidian's plugin, copied into the vault
    service_command     `service`: start the daemon at login
    rules_command       `rules`: the rules and their documentation
    config_command      `config`: each setting, and where it was set
    completion_command  `completion`: teach a shell to complete
    doctor              what on this machine keeps vaultsync from working well
    doctor_command      `doctor`: the same, printed
"""

from __future__ import annotations

import errno
import gc
import os
import sys
from importlib import import_module
from io import TextIOWrapper
from typing import TYPE_CHECKING, Any

import click

from vaultsync import __version__
from vaultsync.cli.boundary import guarded_output, open_closed_streams, refused_output
from vaultsync.cli.options import common_options, verbosity, way_without_git
from vaultsync.core.errors import Exit, GitError, VaultError, VaultsyncError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

_REFUSALS = frozenset(
    getattr(errno, name) for name in "EACCES EPERM EROFS ENOSPC EDQUOT EIO ENOTDIR ELOOP ENAMETOOLONG".split()
)
"""Why a system refuses a file although whoever asks for it is right."""

_AGAIN = "_VAULTSYNC_STARTED_AGAIN"
"""Set for a process that has started itself again in another encoding, so that it does so once."""

COMMANDS = {
    "init": "Make a folder a vault that vaultsync looks after.",
    "demo": "Show on a copy of the example vault what vaultsync does.",
    "fix": "Make the vault consistent, once.",
    "import": "Turn paper lists, exports and pasted notes into notes.",
    "daemon": "Keep the vault consistent while you write.",
    "status": "Show what the vault's daemon does.",
    "stop": "End the vault's daemon.",
    "service": "Let the system start the daemon at login.",
    "plugin": "Install the Obsidian plugin into the vault.",
    "log": "Tell what vaultsync did, run by run.",
    "undo": "Take back what a run did.",
    "sync": "Exchange what changed with other devices, over a git remote.",
    "conflicts": "List what two devices wrote that does not go together.",
    "resolve": "Finish what a merge by hand left.",
    "merge-driver": "Merge a note, as git's merge driver.",
    "links": "List the links that only you can decide.",
    "views": "Show papers and conferences in Obsidian, as bases.",
    "canvas": "Draw a conference as an Obsidian canvas.",
    "report": "Write what came up at a conference as one page.",
    "export": "Write the papers that notes mention as a library.",
    "rules": "List the rules, or explain one.",
    "config": "Show every setting, its value and where it comes from.",
    "doctor": "Find what keeps vaultsync from working well.",
    "completion": "Teach the shell to complete notes, rules, runs and settings.",
}
"""The commands in the order of the help, with their one-line help: so the list needs no imports."""


class _Commands(click.Group):
    """Imports a command's module when it is asked for: `--version` takes 40 ms and not 300."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"vaultsync.cli.{cmd_name.replace('-', '_')}_command")
        command = module.command
        if not isinstance(command, click.Command):
            raise TypeError(f"{module.__name__}.command is no command")
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from difflib import get_close_matches

            near = get_close_matches(args[0], COMMANDS, n=1)
            hint = f' Did you mean "{near[0]}"?' if near else ""
            raise click.UsageError(f'No such command "{args[0]}".{hint}', ctx)
        return super().resolve_command(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem[str]]:
        """The commands with their one-line help, none of them imported, or the options."""
        from click.shell_completion import CompletionItem

        if incomplete.startswith("-"):
            return super().shell_complete(ctx, incomplete)
        found = ((name, told) for name, told in COMMANDS.items() if name.startswith(incomplete))
        return [CompletionItem(name, help=told) for name, told in found]

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except GitError as error:
            if way := way_without_git(ctx):
                error.or_without(way)
            raise

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(
    cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.option(
    "-V",
    "--version",
    is_flag=True,
    expose_value=False,
    callback=lambda ctx, _, wanted: _version(ctx) if wanted else None,
    help="Print the version; with -v also that of Python, git and the system.",
)
@common_options
def main() -> None:
    """Keep an Obsidian vault consistent while you go on writing.

    Results go to standard output, everything else to standard error. The exit code is 0 when all is
    well, 1 when something remains (differences with --check or --diff, or problems), 2 for a mistake in
    the command or the configuration, 3 for a defect of vaultsync.
    """


def _version(ctx: click.Context) -> None:
    click.echo(f"vaultsync {__version__}")
    if verbosity() > 0:
        import platform

        from vaultsync.git.process import git_version

        click.echo(f"Python {platform.python_version()}, {git_version()}, {platform.platform()}")
    ctx.exit()


def entry() -> None:
    """Run the command line and leave with its exit code."""
    _speak_utf8()
    open_closed_streams()
    # A run makes many values and hardly a cycle: to search for those after each 700 of them, as Python does,
    # took a tenth of the time of a large import.
    gc.set_threshold(50_000, 20, 20)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a Windows pipe or an old locale can't spell every note's name
            stream.reconfigure(errors="backslashreplace")
    if "_VAULTSYNC_COMPLETE" in os.environ:
        from vaultsync.cli.completing import prepare

        prepare()
    code = run(sys.argv[1:])
    gc.freeze()  # or Python searches for cycles once more before it ends, a fifth of a short run's time
    sys.exit(code)


def _speak_utf8() -> None:
    """Start again in Python's UTF-8 mode where the locale has another encoding: names are UTF-8."""
    again = os.environ.pop(_AGAIN, "")
    if again or sys.getfilesystemencoding().lower() == "utf-8" or os.name != "posix":
        return
    os.environ |= {"PYTHONUTF8": "1", _AGAIN: "1"}
    # (Itself, as it was called; of two such options, `-X utf8=0` say, Python heeds the first.)
    os.execv(sys.executable, [sys.executable, "-X", "utf8", *sys.orig_argv[1:]])  # noqa: S606


def run(args: list[str]) -> int:
    """Run a command line; gives the exit code."""
    with guarded_output():
        code = _run(args)
        if (refused := refused_output()) is not None:
            _tell(
                f"vaultsync: standard output can't be written: {refused.strerror}\n"
                "  what the command did stands; what it had to say is lost"
            )
            return Exit.USAGE
        return code


def _run(args: list[str]) -> int:
    as_json = "--json" in args
    try:
        code = main.main(args, prog_name="vaultsync", standalone_mode=False)
        sys.stdout.flush()
    except click.ClickException as error:
        error.show()
        return _ended(Exit.USAGE, error.format_message(), "", as_json=as_json)
    except (KeyboardInterrupt, click.Abort):
        from vaultsync.cli.interrupted import interrupted

        message = interrupted(args)
        click.echo(message, err=True)
        return _ended(Exit.INTERRUPTED, message, "", as_json=as_json)
    except VaultsyncError as error:
        _tell(f"vaultsync: {error}")
        return _ended(error.exit_code, error.message, error.hint, as_json=as_json)
    except Exception as error:  # noqa: BLE001  the outer boundary: anything else is a defect of ours
        import traceback

        if (refusal := _refusal(error)) is not None:
            _tell(f"vaultsync: {refusal}")
            return _ended(refusal.exit_code, refusal.message, refusal.hint, as_json=as_json)
        traceback.print_exc()
        message = f"vaultsync {__version__} has a defect; the lines above say where. Every note is whole.\n"
        message += "  run `vaultsync doctor`, and report what it says with these lines"
        click.echo(f"\n{message}", err=True)
        return _ended(Exit.DEFECT, f"a defect of vaultsync: {error!r}", message, as_json=as_json)
    return code if isinstance(code, int) else Exit.CLEAN


def _refusal(error: Exception) -> VaultError | None:
    """What the system refused of a file that a command can't do without; None if it was something else."""
    if isinstance(error, FileNotFoundError):
        from vaultsync.vault.find import FolderGone, current_folder

        try:  # each path that is told from a folder fails when that was deleted
            current_folder()
        except FolderGone as gone:
            return gone
    if not isinstance(error, OSError) or error.errno not in _REFUSALS:
        return None
    if not isinstance(error.filename, str | bytes):
        return None
    too_long = error.errno == errno.ENAMETOOLONG
    return VaultError(
        f"{os.fsdecode(error.filename)}: {error.strerror}",
        "choose a shorter name" if too_long else "see to its owner, its permissions and its disk",
    )


def _tell(text: str) -> None:
    """Say on standard error why a command ended, in lines as wide as the terminal, if it is one."""
    if sys.stderr.isatty():
        from vaultsync.cli.wrapping import terminal_width, wrapped

        text = wrapped(text, terminal_width())
    click.echo(text, err=True)


def _ended(code: int, message: str, hint: str, *, as_json: bool) -> int:
    """Tell a program that asked for JSON why there is none; gives the exit code."""
    if as_json:
        from vaultsync.cli.output import print_json_error

        print_json_error(message, hint)
    return code
