"""Remotes as they are: outrun, rewritten, gone, asking for a password; each is told, nothing is lost."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from devices import Device, devices
from gitrepo import git_env, repo

from vaultsync.git.remote import Remote
from vaultsync.runs.sync import PUSHES, SyncOrder

__all__ = ["git_env", "repo"]


@pytest.fixture
def two(git_env: Path, tmp_path: Path) -> tuple[Device, Device]:
    one, other = devices(tmp_path / "devices", A__md="a\n", B__md="b\n", C__md="c\n")
    return one, other


def outrun(monkeypatch: pytest.MonkeyPatch, rival: Device, times: int) -> list[int]:
    """Let `rival` push something just before each of the next pushes."""
    push, left = Remote.push, [times]

    def later(self: Remote, *args: object) -> None:
        if left[0]:
            left[0] -= 1
            rival.git("pull", "-q", "--no-rebase", "--no-edit")
            rival.write(f"Rival {left[0]}.md", "quicker\n")
            rival.git("add", "-A")
            rival.git("commit", "-q", "-m", "quicker")
            rival.git("push", "-q", "origin", "main")
        push(self, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(Remote, "push", later)
    return left


def test_a_push_that_is_outrun_five_times_comes_through(
    two: tuple[Device, Device], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = two
    one.write("A.md", "a, edited\n")
    left, slept = outrun(monkeypatch, other, 5), []
    done = one.sync(SyncOrder(rules=False, sleep=slept.append))
    assert left == [0]
    assert done.waiting is None
    assert len(slept) == 5
    assert sum(slept) < 15
    assert slept[-1] > slept[0]
    assert {f"Rival {number}.md" for number in range(5)} <= set(one.files())
    assert one.status == ""
    monkeypatch.undo()


def test_a_push_that_is_always_outrun_gives_up_and_says_so(
    two: tuple[Device, Device], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = two
    one.write("A.md", "a, edited\n")
    left = outrun(monkeypatch, other, 99)
    done = one.sync()
    assert left == [99 - PUSHES]
    assert done.waiting is not None
    assert done.waiting.state == "outrun"


def test_a_history_that_was_rewritten_is_asked_about_and_merged_only_if_told_to(
    two: tuple[Device, Device],
) -> None:
    one, other = two
    one.save("to be dropped", Secret__md="a password\n")
    one.sync()
    other.sync()
    other.write("B.md", "typed on other\n")
    one.git("reset", "-q", "--hard", "HEAD~1")
    one.git("push", "-q", "--force", "origin", "main")
    before = other.head
    done = other.sync()
    assert done.waiting is not None
    assert done.waiting.state == "rewritten"
    assert "--rejoin" in done.waiting.hint
    assert other.git("rev-parse", "HEAD~1").strip() == before  # the edit is committed, nothing merged
    assert one.git("ls-remote", "origin", "main").split()[0] == one.head
    assert other.sync().waiting is not None  # nor the second time
    assert other.sync(SyncOrder(rejoin=True, rules=False)).waiting is None
    assert other.sync().waiting is None
    assert (other.path / "B.md").read_text() == "typed on other\n"


def test_a_device_that_has_none_of_the_dropped_commits_just_goes_on(two: tuple[Device, Device]) -> None:
    one, other = two
    other.sync()
    one.save("dropped", B__md="x\n")
    one.sync()
    one.git("reset", "-q", "--hard", "HEAD~1")
    one.save("instead", B__md="y\n")
    one.git("push", "-q", "--force", "origin", "main")
    assert other.sync().waiting is None
    assert (other.path / "B.md").read_text() == "y\n"


def test_a_remote_that_is_gone_is_told(two: tuple[Device, Device]) -> None:
    one, _ = two
    one.remote.rename(one.remote.with_name("away.git"))
    one.write("A.md", "a, edited\n")
    done = one.sync()
    assert done.waiting is not None
    assert done.waiting.state == "gone"
    assert "git remote" in done.waiting.hint
    assert (one.path / "A.md").read_text() == "a, edited\n"


class _Locked(http.server.BaseHTTPRequestHandler):
    """A server that wants a password."""

    asked = 0

    def do_GET(self) -> None:
        type(self).asked += 1
        self.send_response(401)
        self.send_header("WWW-Authenticate", 'Basic realm="vault"')
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Be quiet."""


@pytest.fixture
def locked() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Locked)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/vault.git"
    server.shutdown()
    server.server_close()


def test_a_remote_that_asks_for_a_password_is_told_and_nobody_is_asked(
    two: tuple[Device, Device], locked: str
) -> None:
    one, _ = two
    one.git("remote", "set-url", "origin", locked)
    done = one.sync()
    assert done.waiting is not None
    assert done.waiting.state == "login"
    assert "git fetch" in done.waiting.hint
    assert _Locked.asked <= 2


def test_an_address_at_which_nobody_listens_is_offline(two: tuple[Device, Device]) -> None:
    one, _ = two
    one.git("remote", "set-url", "origin", "http://127.0.0.1:1/vault.git")
    done = one.sync()
    assert done.waiting is not None
    assert done.waiting.state == "offline"


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("remote: the vault moves house today", "the remote answered, and went no further"),
        ("ERROR: too many of you at once", "the remote answered, and went no further"),
        ("fatal: The requested URL returned error: 503", "the remote answered, and went no further"),
        ("ssh: connect to host there port 22: Connection refused", "the remote can't be reached"),
    ],
)
def test_a_remote_that_answers_with_an_error_of_its_own_is_not_told_to_be_out_of_reach(
    two: tuple[Device, Device], tmp_path: Path, said: str, message: str
) -> None:
    one, _ = two
    script = tmp_path / "ssh.sh"
    script.write_text(f"#!/bin/sh\necho '{said}' >&2\nexit 128\n")
    script.chmod(0o755)
    one.git("config", "core.sshCommand", str(script))
    one.git("remote", "set-url", "origin", "ssh://there.invalid/vault.git")
    done = one.sync()
    assert done.waiting is not None
    assert (done.waiting.state, done.waiting.message) == ("offline", message)
    assert said in done.waiting.output


@pytest.mark.parametrize("where", ["server", "here"])
def test_a_hook_that_refuses_the_push_is_told_with_what_it_said_and_not_tried_again(
    two: tuple[Device, Device], where: str
) -> None:
    one, other = two
    script = "#!/bin/sh\necho not on a Sunday >&2\nexit 1\n"
    hook = one.remote / "hooks/pre-receive" if where == "server" else one.path / ".git/hooks/pre-push"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(script)
    hook.chmod(0o755)
    one.write("A.md", "a, edited\n")
    slept: list[float] = []
    done = one.sync(SyncOrder(rules=False, sleep=slept.append))
    assert done.waiting is not None
    assert done.waiting.state == "refused"
    assert "not on a Sunday" in done.waiting.output
    assert slept == []
    hook.unlink()
    assert one.sync().went == 1
    assert other.sync().came == ("A.md",)


def test_a_remote_in_which_somebody_works_is_told_with_the_way_out(
    two: tuple[Device, Device], tmp_path: Path
) -> None:
    one, other = two
    one.git("remote", "set-url", "origin", str(other.path))
    one.write("A.md", "a, edited\n")
    done = one.sync()
    assert done.waiting is not None
    assert done.waiting.state == "refused"
    assert "git clone --bare" in done.waiting.hint
    one.git("clone", "-q", "--bare", str(other.path), str(tmp_path / "bare.git"))
    one.git("remote", "set-url", "origin", str(tmp_path / "bare.git"))
    assert one.sync().went == 1


def test_without_a_remote_there_is_nothing_to_sync_with(two: tuple[Device, Device]) -> None:
    one, _ = two
    one.git("remote", "remove", "origin")
    done = one.sync()
    assert done.waiting is not None
    assert done.waiting.state == "upstream"
    assert "git remote add" in done.waiting.hint


def test_histories_without_a_common_commit_are_not_mixed(two: tuple[Device, Device], tmp_path: Path) -> None:
    one, _ = two
    stranger = Device(tmp_path / "stranger", one.remote)
    stranger.path.mkdir()
    stranger.git("init", "-q", "--initial-branch=main")
    stranger.save("of its own", A__md="another vault\n")
    stranger.git("remote", "add", "origin", str(one.remote))
    done = stranger.sync()
    assert done.waiting is not None
    assert done.waiting.state == "unrelated"
    assert (stranger.path / "A.md").read_text() == "another vault\n"


def tree_of(device: Device, name: str, text: str, mode: str = "100644") -> str:
    """A tree as only a hostile client makes it: one entry of any name, beside those that are there."""
    blob = device.git("hash-object", "-w", "--stdin", stdin=text.encode()).strip()
    parts = name.split("/")
    listed = f"{mode} blob {blob}\t{parts[-1]}\n"
    for folder in reversed(parts[:-1]):
        tree = device.git("mktree", stdin=listed.encode()).strip()
        listed = f"040000 tree {tree}\t{folder}\n"
    return device.git("mktree", stdin=(device.git("ls-tree", "HEAD") + listed).encode()).strip()


@pytest.mark.parametrize(
    "name", [".git/hooks/pre-commit", "Notes/.GIT/config", "a/git~1/config", "a/../x.md"]
)
@pytest.mark.parametrize("apart", [False, True], ids=["behind", "apart"])
def test_a_file_that_no_folder_or_gits_own_has_never_comes(
    two: tuple[Device, Device], name: str, apart: bool
) -> None:
    one, other = two
    if apart:
        other.save("of its own", C__md="c, edited\n")
    tree = tree_of(one, name, "#!/bin/sh\ntouch /tmp/owned\n", "100755")
    sha = one.git("commit-tree", tree, "-p", "HEAD", "-m", "hostile").strip()
    one.git("push", "-q", "origin", f"{sha}:refs/heads/main")
    before = (other.files(), other.head, sorted((other.path / ".git").rglob("*hooks/*")))
    done = other.sync()
    assert done.waiting is not None
    assert done.waiting.state == "manual"
    assert (other.files(), other.head, sorted((other.path / ".git").rglob("*hooks/*"))) == before


def test_a_link_never_comes_by_itself(two: tuple[Device, Device]) -> None:
    one, other = two
    tree = tree_of(one, "Out.md", "/etc/passwd", "120000")
    sha = one.git("commit-tree", tree, "-p", "HEAD", "-m", "a link").strip()
    one.git("push", "-q", "origin", f"{sha}:refs/heads/main")
    done = other.sync()
    assert done.waiting is not None
    assert done.waiting.state == "manual"
    assert not (other.path / "Out.md").is_symlink()


def test_a_part_of_a_history_is_not_merged(two: tuple[Device, Device], tmp_path: Path) -> None:
    one, _ = two
    for number in range(3):
        one.save(str(number), B__md=f"{number}\n")
    one.sync()
    part = Device(tmp_path / "part", one.remote)
    part.path.mkdir()
    part.git("clone", "-q", "--depth=1", f"file://{one.remote}", ".")
    one.git("reset", "-q", "--hard", "HEAD~2")
    one.save("elsewhere", C__md="other\n")
    one.git("push", "-q", "--force", "origin", "main")
    part.write("A.md", "typed\n")
    done = part.sync(SyncOrder(rejoin=True, rules=False))
    assert done.waiting is not None
    assert done.waiting.state in ("shallow", "rewritten")
    assert (part.path / "A.md").read_text() == "typed\n"


@pytest.mark.parametrize("name", ["theirs.git", "../theirs.git", "./theirs.git"])
def test_a_repository_that_came_with_the_vault_is_no_remote(
    two: tuple[Device, Device], name: str, tmp_path: Path
) -> None:
    one, _ = two
    one.git("remote", "remove", "origin")
    planted, ran = (one.path / name).resolve(), tmp_path / "ran"
    one.git("init", "-q", "--bare", str(planted))
    one.git("push", "-q", str(planted), "HEAD:refs/heads/other")
    one.git("--git-dir", str(planted), "symbolic-ref", "HEAD", "refs/heads/other")
    hook = planted / "hooks/pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\n: > '{ran}'\n")
    hook.chmod(0o755)
    one.write(".vaultsync/config.toml", f'[sync]\nremote = "{name}"\n')
    done = one.sync()
    assert done.waiting is not None
    assert done.waiting.state == "gone"
    assert "no remote" in done.waiting.message
    assert not ran.exists()
