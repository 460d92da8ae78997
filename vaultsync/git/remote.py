"""The remote that a vault is synced with: what its branch has, fetch and push, and why one of them failed.

Nothing here touches the worktree or a branch of ours, and nothing is ever forced. Git is told never to ask
for anything: whoever has to log in is told so.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from typing import Literal

import msgspec

from vaultsync.core.history.changes import Waiting
from vaultsync.git.locate import Repository
from vaultsync.git.parse import BranchState, branch_state_in
from vaultsync.git.process import GitFailed, GitTimedOut, LockHeld, Silence, end, settings

NETWORK_TIMEOUT = 900.0
"""Seconds that a fetch or a push may take: the first one of a large vault over a slow line."""

STALLED = 15
"""Seconds without data, or for a connection to come about, after which it counts as broken."""

ANSWER = 20.0
"""Seconds within which a server must have said something: one that accepts a connection may never answer."""

SILENT = 120.0
"""Seconds after that without a word: counting the objects of a large vault is told every second or so."""

Refusal = Literal["offline", "login", "gone", "refused", "outrun", "shallow"]

_LOGIN = re.compile(
    r"Authentication failed|could not read (?:Username|Password)|Permission denied|terminal prompts disabled"
    r"|HTTP Basic: Access denied|returned error: 40[13]|Host key verification failed|Invalid username",
    re.IGNORECASE,
)
_GONE = re.compile(
    r"does not appear to be a git repository|repository .*not found|returned error: 404|No such remote"
    r"|couldn't find remote ref|does not exist",
    re.IGNORECASE,
)
_OUTRUN = re.compile(
    r"^!\t[^\t\n]*\t\[rejected\] \((?:fetch first|non-fast-forward|stale info)", re.MULTILINE
)
_REFUSED = re.compile(r"^!\t[^\t\n]*\t\[remote rejected\] \((?P<why>[^\n]*)\)$", re.MULTILINE)
_ANSWERED = re.compile(r"^(?:remote|ERROR): .*\S|returned error: [45]\d\d", re.MULTILINE)
"""The server's own words (gitprotocol-pack(5)), or its status: it was reached."""
_MOVED_MEANWHILE = re.compile(r"failed to update ref|cannot lock ref|incorrect old value", re.IGNORECASE)

_HINTS: dict[Refusal, str] = {
    "offline": "sync again once the network is back; the daemon does so by itself",
    "login": "log in once by hand: `git fetch` in the vault says what is missing (docs/sync.md)",
    "gone": "check the address with `git remote -v`; `git remote set-url NAME ADDRESS` changes it",
    "refused": "see what it said: the server, or a hook of this repository, doesn't take the commits",
    "outrun": "another device pushed at the same moment: sync again; the daemon does so by itself",
    "shallow": "get the whole history first: `git fetch --unshallow`",
}
_INTO_A_CLONE = (
    "the remote is a clone in which somebody works, and no push may change a branch under their hands: make a"
    " bare one of it (`git clone --bare`), and let both sync with that (`git remote set-url`; docs/sync.md)"
)
"""What to do about git's `receive.denyCurrentBranch`, which refuses by default."""


_ITS_WORDS = "see what it said; the daemon tries again by itself, and `vaultsync sync` does at once"


class RemoteFailed(GitFailed):
    """A fetch or a push failed; `kind` says what for, `output` what git and the server said."""

    def __init__(self, kind: Refusal, message: str, output: str, hint: str = "") -> None:
        super().__init__(message, hint or _HINTS[kind], output=output)
        self.kind = kind

    @property
    def waiting(self) -> Waiting:
        """The same as what a sync waits for."""
        return Waiting(self.kind, self.message, self.hint, self.output.strip())


class Upstream(msgspec.Struct, frozen=True):
    """The branch of a remote that this branch follows.

    `branch` is ours, `ref` the remote's own name of its branch (`refs/heads/main`), `tracking` what it had
    when last asked, as a ref of ours; `tip` is the commit there, empty while the remote has no such branch.
    """

    branch: str
    remote: str
    ref: str
    tracking: str
    tip: str


class Remote:
    """The remote of the vault that `repository` holds; `named` is the remote to use if none is followed."""

    def __init__(self, repository: Repository, named: str = "") -> None:
        self._repository = repository
        self._process = repository.process
        self._named = named
        self._child: subprocess.Popen[bytes] | None = None
        self._broken_off = False

    def state(self) -> BranchState:
        """Where the branch stands, and whether anything of the vault differs from it; one git process."""
        options = ("--porcelain=v2", "--branch", "--ahead-behind", "--no-renames", "--untracked-files=all")
        out = self._process.read("status", "-z", *options, "--", *self._repository.within).out
        return branch_state_in(out)

    def upstream(self) -> Upstream | Waiting:
        """The branch that is followed, or what has to be set up first."""
        form = "%(HEAD)%00%(refname)%00%(upstream)%00%(upstream:remotename)%00%(upstream:remoteref)%00"
        listed = self._process.read("for-each-ref", f"--format={form}", "refs/heads").out
        rows = (row.split("\0") for row in os.fsdecode(listed).split("\0\n"))
        current = next((row for row in rows if row[0] == "*"), None)
        if current is None:
            name = os.fsdecode(self._process.read("symbolic-ref", "HEAD").out).strip()
            current = ["*", name, "", "", ""]
        _, branch, tracking, remote, ref = current[:5]
        if not tracking or not remote or remote == ".":
            remote = self._chosen()
            if not remote:
                return _not_set_up()
            ref, tracking = branch, f"refs/remotes/{remote}/{branch.removeprefix('refs/heads/')}"
        tip = self._process.read("rev-parse", "--quiet", "--verify", f"{tracking}^{{commit}}", ok=(0, 1))
        return Upstream(branch, remote, ref, tracking, tip.out.decode().strip())

    def is_shallow(self) -> bool:
        """Whether older commits are missing here, without which nothing can be merged."""
        return (self._repository.process.read("rev-parse", "--is-shallow-repository").out.strip()) == b"true"

    def fetch(self) -> None:
        """Ask the remote what it has. Raises `RemoteFailed`, `GitTimedOut`, `LockHeld`."""
        named = [self._named] if self._named else []
        if named and not self._chosen():
            raise RemoteFailed("gone", f"`[sync] remote`: there is no remote “{self._named}” here", "")
        options = ("--progress", "--no-recurse-submodules", "--no-auto-maintenance")
        self._over_network("fetch", *options, *named, silence=Silence(ANSWER, SILENT))

    def push(self, upstream: Upstream, sha: str) -> None:
        """Give the commit `sha`, with all below it, to the remote's branch; never forced.

        Raises `RemoteFailed`: of the kind `outrun` if the remote has commits that we lack.
        """
        follow = [] if upstream.tip else ["--set-upstream"]
        spec = f"{sha}:{upstream.ref}" if upstream.tip else f"{upstream.branch}:{upstream.ref}"
        self._over_network("push", "--porcelain", "--no-recurse-submodules", *follow, upstream.remote, spec)

    def break_off(self) -> None:
        """End a fetch or push that another thread is at, and let no further one begin."""
        self._broken_off = True
        if self._child is not None:
            end(self._child)

    def _started(self, child: subprocess.Popen[bytes]) -> None:
        self._child = child
        if self._broken_off:
            end(child)

    def _chosen(self) -> str:
        """The remote that the settings name, or the only one; empty if there is none.

        Git takes any other name for a path, perhaps of a repository that came with the vault, whose hooks
        then run (promise P8).
        """
        found = [name for name in os.fsdecode(self._process.read("remote").out).split("\n") if name]
        if self._named:
            return self._named if self._named in found else ""
        return found[0] if len(found) == 1 else ""

    def _over_network(self, command: str, *args: str, silence: Silence | None = None) -> str:
        try:
            done = self._process.write(
                command, *args,
                ok=range(256), timeout=NETWORK_TIMEOUT, environment=_never_asking(), silence=silence,
                started=self._started,
            )  # fmt: skip
        except GitTimedOut as error:
            raise RemoteFailed(
                "offline", "the remote does not answer", _without_progress(error.output)
            ) from error
        out, said = os.fsdecode(done.out), _without_progress(done.err)
        if done.code == 0:
            return out
        if "Unable to create" in said and ".lock" in said:
            raise LockHeld(f"git {command}: another git is at work here", "it is tried again", output=said)
        raise _failure(command, out, said)


def _failure(command: str, out: str, said: str) -> RemoteFailed:
    told = "\n".join(part for part in (said.strip(), *re.findall(r"^!.*$", out, re.MULTILINE)) if part)
    if _OUTRUN.search(out) or (command == "push" and _MOVED_MEANWHILE.search(told)):
        return RemoteFailed("outrun", "the remote has commits that are not here yet", told)
    if refused := _REFUSED.search(out):
        hint = _INTO_A_CLONE if "currently checked out" in refused["why"] else ""
        return RemoteFailed("refused", f"the remote refused the commits: {refused['why']}", told, hint)
    if _LOGIN.search(said):
        return RemoteFailed("login", "the remote asks for a login that git does not have", told)
    if _GONE.search(said):
        return RemoteFailed(
            "gone", "there is no repository, or no such branch, at the remote's address", told
        )
    if "shallow" in said:
        return RemoteFailed("shallow", "only a part of the history is here", told)
    if command == "push" and not out.startswith("To ") and "Could not" not in said:
        return RemoteFailed(
            "refused", "the commits were not pushed: a pre-push hook refused, or git did", told
        )
    if _ANSWERED.search(said):
        return RemoteFailed("offline", "the remote answered, and went no further", told, _ITS_WORDS)
    return RemoteFailed("offline", "the remote can't be reached", told)


def _without_progress(said: str) -> str:
    """What git said, less the counts that it wrote over each other."""
    return re.sub(r"^[^\n]*\r(?!\n)", "", said, flags=re.MULTILINE)


def _never_asking() -> dict[str, str]:
    """The variables for a command that speaks to a server: no question, no endless wait."""
    refusing = shutil.which("false") or "false"
    return {
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": refusing,
        "SSH_ASKPASS": refusing,
        "SSH_ASKPASS_REQUIRE": "never",
        "GCM_INTERACTIVE": "never",
        **settings(
            {"http.lowSpeedLimit": "100", "http.lowSpeedTime": str(STALLED), "core.askPass": refusing}
        ),
    }


def _not_set_up() -> Waiting:
    return Waiting(
        "upstream",
        "this branch follows no remote branch, so there is nothing to sync with",
        "add a remote and push once: `git remote add origin ADDRESS`, `git push -u origin HEAD`; "
        "or name it: `[sync] remote`",
    )
