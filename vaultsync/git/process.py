"""Runs git for `repository`: one child at a time, a clean environment, time-outs, locks waited for.

The only module that imports GitPython, and late: the import takes 80 ms, which commands without git don't
pay. Of GitPython it is `Git.execute` that starts the child, on an argv that is built here. Its own time-out
kills by SIGKILL and so leaves locks behind (67 of 120 tries); here a child is asked to end by SIGTERM first,
upon which git takes its locks away (0 of 120).
"""

from __future__ import annotations

import os
import re
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, cast

import msgspec

from vaultsync.core.errors import GitError

if TYPE_CHECKING:
    from git.cmd import Git as GitCommand

READ_TIMEOUT = 120.0  # seconds; a status of 100,000 notes on a cold disk stays below 30
END_GRACE = 5.0  # seconds between SIGTERM and SIGKILL
_LONGEST_STEP = 0.15  # seconds; beside somebody who commits in a loop the gaps are short
LOCK_PATIENCE = 5.0  # seconds; a person's `git commit` holds the index for less than one
_SHRUNK = -getattr(signal, "SIGBUS", sys.maxsize)
"""How git ends when a file shrinks that it has mapped into memory: editors empty a note as they save it."""

# Of the caller's GIT_* variables git keeps those that say who commits and how to reach things. The rest point
# git to another repository, index or configuration (a hook that starts us exports them, see git-rev-parse(1),
# --local-env-vars) or change what is printed.
KEPT_VARIABLES = frozenset(
    {
        "GIT_ALLOW_PROTOCOL",
        "GIT_ASKPASS",
        "GIT_ATTR_NOSYSTEM",
        "GIT_AUTHOR_EMAIL",
        "GIT_AUTHOR_NAME",
        "GIT_CEILING_DIRECTORIES",
        "GIT_COMMITTER_EMAIL",
        "GIT_COMMITTER_NAME",
        "GIT_CONFIG_GLOBAL",
        "GIT_CONFIG_NOSYSTEM",
        "GIT_CONFIG_SYSTEM",
        "GIT_DEFAULT_HASH",
        "GIT_DISCOVERY_ACROSS_FILESYSTEM",
        "GIT_EXEC_PATH",
        "GIT_SSH",
        "GIT_SSH_COMMAND",
        "GIT_SSH_VARIANT",
        "GIT_TEMPLATE_DIR",
    }
)
KEPT_PREFIXES = ("GIT_CURL_", "GIT_HTTP_", "GIT_PROXY_", "GIT_PYTHON_", "GIT_SSL_")

_LOCKED = re.compile(r"Unable to create '(?P<lock>[^\n]+\.lock)': File exists", re.DOTALL)
_MOVED = re.compile(r"cannot lock ref '[^']*': (?:is at \w+ but expected|reference already exists)")
_environment_lock = threading.Lock()


def setting(name: str, value: str) -> dict[str, str]:
    """The variables that give one command a setting of its own (git-config(1), GIT_CONFIG_COUNT)."""
    return settings({name: value})


def settings(values: Mapping[str, str]) -> dict[str, str]:
    """The same for several settings."""
    variables = {"GIT_CONFIG_COUNT": str(len(values))}
    for number, (name, value) in enumerate(values.items()):
        variables |= {f"GIT_CONFIG_KEY_{number}": name, f"GIT_CONFIG_VALUE_{number}": value}
    return variables


class Result(msgspec.Struct, frozen=True):
    """What a git command gave: its exit code, its output, and what it said on standard error."""

    code: int
    out: bytes
    err: str


class Silence(msgspec.Struct, frozen=True):
    """Seconds for which a command that shows its progress may say nothing: at `first`, and `later` on."""

    first: float
    later: float


class GitFailed(GitError):
    """A git command failed; `code` is its exit code, `output` what it said."""

    def __init__(self, message: str, hint: str = "", *, code: int = 128, output: str = "") -> None:
        super().__init__(message, hint)
        self.code = code
        self.output = output


class GitMissing(GitError):
    """There is no git on this machine, or it can't be started."""

    can_go_without = True


class GitTimedOut(GitFailed):
    """A git command, or a hook under it, took longer than it may, and was ended."""


class LockHeld(GitFailed):
    """Another process holds a lock of the repository. A lock is waited for, never deleted."""


class GitProcess:
    """Runs git commands in `folder`, and in no repository above it unless `search` lets git look for one.

    `config` holds `name=value` settings for each command, `environment` further variables.
    """

    def __init__(
        self,
        folder: Path,
        *,
        config: Collection[str] = (),
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.folder = folder
        self._environment = dict(environment or {})
        self._options = ["-C", str(folder), "--no-pager", *(part for name in config for part in ("-c", name))]
        self._git = _git_command(folder)

    def read(
        self,
        command: str,
        *args: str,
        stdin: bytes = b"",
        ok: Collection[int] = (0,),
        environment: Mapping[str, str] | None = None,
    ) -> Result:
        """Run a command that takes no lock; its pathspecs are plain names (git(1), GIT_LITERAL_PATHSPECS).

        Raises `GitFailed` for an exit code that is not in `ok`, `GitTimedOut`, `GitMissing`.
        """
        wanted = {"GIT_OPTIONAL_LOCKS": "0", "GIT_LITERAL_PATHSPECS": "1", **(environment or {})}
        result = self._run(command, args, stdin, wanted, READ_TIMEOUT)
        for delay in _delays(LOCK_PATIENCE):
            if result.code != _SHRUNK:
                break
            time.sleep(delay)
            result = self._run(command, args, stdin, wanted, READ_TIMEOUT)
        return _checked(command, result, ok)

    def write(
        self,
        command: str,
        *args: str,
        stdin: bytes = b"",
        ok: Collection[int] = (0,),
        timeout: float = READ_TIMEOUT,
        patience: float = LOCK_PATIENCE,
        environment: Mapping[str, str] | None = None,
        silence: Silence | None = None,
        started: Callable[[subprocess.Popen[bytes]], None] | None = None,
    ) -> Result:
        """Run a command that changes the repository and may start hooks; while a lock is held, try again.

        Hooks run as they do for the person: with the person's character set, without our reading of pathspecs
        (say `:(top,literal)` in them). `started` is told the process, for `end` to end it. Raises as `read`
        does, and `LockHeld` after `patience` seconds.
        """
        character_set = os.environ.get("LC_ALL") or os.environ.get("LC_CTYPE") or os.environ.get("LANG", "")
        wanted = {"LC_ALL": "", "LC_CTYPE": character_set, "LC_MESSAGES": "C", **(environment or {})}
        for delay in [*_delays(patience), None]:
            result = self._run(command, args, stdin, wanted, timeout, silence, started)
            locked = _LOCKED.search(result.err)
            if result.code in ok or not (locked or _MOVED.search(result.err)):
                return _checked(command, result, ok)
            if delay is not None:
                time.sleep(delay)
        raise LockHeld(
            f"another git process holds {locked['lock'] if locked else 'the branch'}",
            lock_hint(locked["lock"] if locked else ""),
            output=result.err,
        )

    def _run(
        self,
        command: str,
        args: tuple[str, ...],
        stdin: bytes,
        environment: Mapping[str, str],
        timeout: float,
        silence: Silence | None = None,
        started: Callable[[subprocess.Popen[bytes]], None] | None = None,
    ) -> Result:
        from git.exc import GitCommandNotFound

        argv = [self._git.GIT_PYTHON_GIT_EXECUTABLE or "git", *self._options, command, *args]
        try:
            with _own_variables_only():
                handle = self._git.execute(
                    argv,
                    istream=subprocess.PIPE if stdin else None,
                    as_process=True,
                    env={**self._environment, **environment},
                    start_new_session=True,
                )
        except GitCommandNotFound as error:
            raise _missing() from error
        child = cast("subprocess.Popen[bytes]", handle.proc)
        try:
            if started is not None:
                started(child)
            out, err = _communicate(child, stdin, timeout, silence)
        except subprocess.TimeoutExpired as error:
            if child.poll() is not None:  # git is done, what a hook left in the background holds its pipes
                _close(child)
                return Result(child.returncode, error.output or b"", _text(error.stderr))
            said = _ended(child)
            raise GitTimedOut(
                f"git {command} took longer than {error.timeout:g} s and was ended",
                "a hook, a filter or the disk is slow; it is tried again in the next run",
                output=said,
            ) from error
        except BaseException:
            _ended(child)
            raise
        return Result(child.returncode, out, _text(err))


ANYWHERE = Path(os.sep).absolute()
"""A folder that is always there, for what has to do with no repository; a home folder may be missing."""


def end(child: subprocess.Popen[bytes]) -> None:
    """Ask a git that another thread waits for to end, with all that it started; it takes its locks away."""
    if child.poll() is None:
        _signal(child, forced=False)


def git_version() -> str:
    """What git says of itself, `git version 2.39.5`; raises `GitMissing`."""
    return GitProcess(ANYWHERE).read("version").out.decode(errors="replace").strip()


def failure(command: str, result: Result) -> GitFailed:
    """The exception for a command that failed: its message is the first that git itself calls an error."""
    said = [line for line in result.err.splitlines() if line.strip()]
    first = next((line for line in said if line.startswith(("fatal:", "error:"))), said[0] if said else "")
    reason = first.removeprefix("fatal:").removeprefix("error:").strip() or f"exit code {result.code}"
    hint = next((told for sign, told in _HINTS if sign.search(result.err)), "")
    return GitFailed(f"git {command} failed: {reason}", hint, code=result.code, output=result.err)


_HINTS = (
    (
        re.compile(r"would be replaced by (?:CR)?LF in "),
        "`core.safecrlf` refuses line ends that a checkout would change: give the file those that "
        "`core.autocrlf` asks for, or `git config core.safecrlf warn`",
    ),
    (
        re.compile(r"(?:clean|smudge|external|process) filter"),
        "a filter that .gitattributes asks for fails; `git config --get-regexp ^filter` names its program: "
        "is it installed?",
    ),
)
"""What to do about failures that a person's own settings of git lead to."""


def lock_hint(lock: str) -> str:
    """What to do about a lock file that stays."""
    if not lock:
        return "the branch keeps moving; it is tried again in the next run"
    return f"wait for it, or, if no git is running, remove the file by hand: {lock}"


def wait_until_gone(path: Path, patience: float) -> bool:
    """Whether `path` is gone, or goes within `patience` seconds."""
    for delay in _delays(patience):
        if not path.exists():
            return True
        time.sleep(delay)
    return not path.exists()


def ssh_command(configured: str) -> str:
    """The person's ssh command (`core.sshCommand` is `configured`), told never to ask for anything."""
    chosen = os.environ.get("GIT_SSH_COMMAND") or configured
    if not chosen and os.environ.get("GIT_SSH"):
        return ""  # a program, not a command line: it takes no options of ours
    return f"{chosen or 'ssh'} -o BatchMode=yes -o ConnectTimeout=10 -o ServerAliveInterval=10"


def _git_command(folder: Path) -> GitCommand:
    try:
        from git.cmd import Git as GitCommand
    except ImportError as error:  # GitPython raises it when there is no git to run
        raise _missing() from error
    return GitCommand(str(folder))


def _missing() -> GitMissing:
    return GitMissing(
        "git is not installed, or not on PATH",
        "install git 2.38 or later",
    )


def _checked(command: str, result: Result, ok: Collection[int]) -> Result:
    if result.code not in ok:
        raise failure(command, result)
    return result


def _communicate(
    child: subprocess.Popen[bytes], stdin: bytes, timeout: float, silence: Silence | None = None
) -> tuple[bytes, bytes]:
    """`child.communicate`, which waits for the end itself without a limit: git closes its output as it ends.

    With one, `subprocess` looks whether the end has come, and sleeps for 1 ms and more between looks: as long
    as a small command takes. After `silence` it gives up, too; on Windows nobody tells what came so far.
    """
    child.wait = lambda timeout=None: subprocess.Popen.wait(child)  # type: ignore[method-assign]  # for one call
    try:
        if silence is None or sys.platform == "win32":
            return child.communicate(stdin or None, timeout)
        return _while_it_speaks(child, stdin or None, timeout, silence)
    finally:
        del child.wait


def _while_it_speaks(
    child: subprocess.Popen[bytes], stdin: bytes | None, timeout: float, silence: Silence
) -> tuple[bytes, bytes]:
    end = time.monotonic() + timeout
    said, pause = 0, silence.first
    while True:
        try:
            return child.communicate(stdin, max(0.0, min(pause, end - time.monotonic())))
        except subprocess.TimeoutExpired as error:
            heard = len(error.output or b"") + len(error.stderr or b"")
            if heard == said or time.monotonic() >= end:
                raise
            # What it said so far is kept by `communicate`, which must not be given its input again.
            stdin, said, pause = None, heard, silence.later


def _ended(child: subprocess.Popen[bytes]) -> str:
    """End `child` and all that it started, politely first; what it had said on standard error."""
    for forced in (False, True):
        _signal(child, forced=forced)
        try:
            _, err = child.communicate(timeout=END_GRACE)
        except subprocess.TimeoutExpired:
            continue
        return _text(err)
    _close(child)
    return ""


def _signal(child: subprocess.Popen[bytes], *, forced: bool) -> None:
    try:
        if sys.platform == "win32":
            child.terminate()
        else:
            os.killpg(child.pid, signal.SIGKILL if forced else signal.SIGTERM)
    except ProcessLookupError:
        pass  # it ended by itself in this moment


def _close(child: subprocess.Popen[bytes]) -> None:
    for stream in (child.stdin, child.stdout, child.stderr):
        if stream is not None:
            stream.close()


def _text(said: bytes | None) -> str:
    return (said or b"").decode("utf-8", "replace")


def _delays(patience: float) -> Iterator[float]:
    """Growing waits, `patience` seconds in all, jittered so that two waiting processes don't stay in step."""
    left, step = patience, 0.02
    while left > 0:
        delay = min(left, step * (0.5 + secrets.randbelow(1000) / 1000))
        yield delay
        left -= delay
        step = min(step * 1.6, _LONGEST_STEP)


def variables() -> dict[str, str]:
    """The environment of this process, never while another thread has taken a part of it out."""
    with _environment_lock:
        return dict(os.environ)


@contextmanager
def _own_variables_only() -> Iterator[None]:
    """Take foreign GIT_* variables out while a child starts: GitPython copies `os.environ`, and only adds."""
    with _environment_lock:
        foreign = {
            name: value
            for name, value in os.environ.items()
            if name.startswith("GIT_") and name not in KEPT_VARIABLES and not name.startswith(KEPT_PREFIXES)
        }
        for name in foreign:
            del os.environ[name]
        try:
            yield
        finally:
            os.environ.update(foreign)
