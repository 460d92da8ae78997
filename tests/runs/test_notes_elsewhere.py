"""Notes that are not here and not gone: evicted by iCloud, or left out by a sparse checkout."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Command
from gitrepo import Repo
from smallvault import CONFERENCE, LINKED, NOTES, PAPER, PLAIN, write

from vaultsync.core.errors import Problem
from vaultsync.files.disk import RealDisk

Away = Callable[[Repo, str], None]


def evicted(repo: Repo, path: str) -> None:
    """The note as iCloud leaves it: its placeholder."""
    file = repo.path / path
    file.rename(file.with_name(f".{file.name}.icloud"))


def brought_back(repo: Repo, path: str) -> None:
    """The note as it was, downloaded."""
    file = repo.path / path
    file.with_name(f".{file.name}.icloud").rename(file)


def left_out(repo: Repo, path: str) -> None:
    """The note as a sparse checkout leaves it: in the index alone."""
    repo.git("sparse-checkout", "set", "--no-cone", "/*", f"!/{path}")


def checked_out(repo: Repo, _path: str) -> None:
    """All notes, in the worktree."""
    repo.git("sparse-checkout", "disable")


@pytest.fixture
def repo(tmp_path: Path, vaultsync: Command) -> Repo:
    """The small vault, linked: a list in the paper's note, a link in the conference's."""
    made = Repo(write(tmp_path / "vault"))
    made.git("init", "-q")
    made.save("as found")
    assert vaultsync("fix", cwd=made.path).code == 0
    assert LINKED in (made.path / CONFERENCE).read_text()
    return made


@pytest.mark.parametrize("path", [CONFERENCE, PAPER])
@pytest.mark.parametrize(("go", "come"), [(evicted, brought_back), (left_out, checked_out)])
def test_a_note_elsewhere_is_neither_deleted_nor_unlinked_and_its_list_stays(
    vaultsync: Command, repo: Repo, path: str, go: Away, come: Away
) -> None:
    other = PAPER if path == CONFERENCE else CONFERENCE
    head, text = repo.head, (repo.path / other).read_bytes()
    go(repo, path)
    for _ in range(2):
        code, out, _ = vaultsync("fix", cwd=repo.path)
        assert (code, f"{path} file-elsewhere: " in out, "[vault] ignore" in out) == (1, True, True)
        assert ((repo.path / other).read_bytes(), repo.head) == (text, head)
    come(repo, path)
    code, out, _ = vaultsync("fix", cwd=repo.path)
    assert (code, "file-elsewhere" in out) == (0, False)
    assert ((repo.path / other).read_bytes(), repo.head, repo.status) == (text, head, "")


def test_what_the_person_typed_meanwhile_is_committed_without_the_deletion(
    vaultsync: Command, repo: Repo
) -> None:
    evicted(repo, PAPER)
    repo.write(PLAIN, "typed\n")
    assert "file-elsewhere" in vaultsync("fix", cwd=repo.path).out
    assert repo.git("show", "--format=", "--name-status", "HEAD").split() == ["M", PLAIN]


def test_a_placeholder_that_is_deleted_is_a_note_that_is_deleted(vaultsync: Command, repo: Repo) -> None:
    evicted(repo, PAPER)
    assert vaultsync("fix", cwd=repo.path).code == 1
    (repo.path / "Papers/.DiffSBDD.md.icloud").unlink()
    assert vaultsync("fix", cwd=repo.path).code == 0
    assert LINKED not in (repo.path / CONFERENCE).read_text()


def test_what_the_person_ignores_may_be_elsewhere(vaultsync: Command, repo: Repo) -> None:
    repo.write(".vaultsync/config.toml", '[vault]\nignore = ["Papers/"]\n')
    left_out(repo, PAPER)
    assert vaultsync("fix", cwd=repo.path).code == 0


def test_a_sparse_checkout_of_many_notes_is_one_problem(vaultsync: Command, repo: Repo) -> None:
    repo.write("Papers/Ada.md", "A\n")
    repo.write("Papers/Bob.md", "B\n")
    repo.save("more")
    left_out(repo, "Papers/")
    out = vaultsync("fix", cwd=repo.path).out
    assert out.count("file-elsewhere") == 1
    assert "this note and 2 more lie outside" in out
    assert "git sparse-checkout add Papers" in out


def test_a_disk_tells_a_note_elsewhere_from_one_that_is_gone(tmp_path: Path) -> None:
    disk = RealDisk(write(tmp_path / "vault", {f"{name}.md": text for name, text in NOTES.items()}))
    (tmp_path / "vault" / ".Away.md.icloud").write_bytes(b"bplist00")
    (tmp_path / "vault" / ".pic.png.icloud").write_bytes(b"bplist00")
    (tmp_path / "vault" / "..x.md.icloud").write_bytes(b"bplist00")
    rules = {}
    for path in ("Away.md", "Gone.md", ".x.md"):
        for found in (disk.read(path), disk.info(path)):
            assert isinstance(found, Problem)
            rules.setdefault(path, set()).add(found.rule)
    assert rules == {"Away.md": {"file-elsewhere"}, "Gone.md": {"file-vanished"}, ".x.md": {"file-vanished"}}
    scan = disk.scan(None)
    assert [(problem.path, problem.rule) for problem in scan.problems] == [("Away.md", "file-elsewhere")]
    assert scan.others == ("pic.png",)
