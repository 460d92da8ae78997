"""A repository inside the vault, a submodule or only nested: its notes are not ours to write."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import Command
from daemons import daemon, settings, until
from gitrepo import Repo
from smallvault import CONFERENCE, write

MINE = "---\ntags: a, b\n---\n- DiffSBDD, typed in the inner one\n"


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    made = Repo(write(tmp_path / "vault"))
    made.git("init", "-q")
    made.save("as found")
    return made


@pytest.fixture(params=["submodule", "nested"])
def inner(repo: Repo, tmp_path: Path, request: pytest.FixtureRequest) -> Repo:
    """A repository of its own in the folder `Shared` of the vault."""
    origin = Repo(tmp_path / "origin")
    origin.path.mkdir()
    origin.git("init", "-q")
    origin.save("inner", Plain__md="nothing\n")
    if request.param == "submodule":
        repo.git(
            "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(origin.path), "Shared"
        )
        repo.git("commit", "-q", "-m", "with a submodule")
    else:
        repo.git("clone", "-q", str(origin.path), "Shared")
    return Repo(repo.path / "Shared")


def links_to(repo: Repo) -> str:
    """What the last commit has as the submodule's commit."""
    return repo.git("ls-tree", "HEAD", "Shared")


def test_its_notes_stay_as_they_are_and_its_commits_are_the_persons_to_take(
    vaultsync: Command, repo: Repo, inner: Repo
) -> None:
    inner.write("Mine.md", MINE)
    before, state = links_to(repo), repo.status
    code, out, _ = vaultsync("fix", cwd=repo.path)
    assert (code, "Shared/ is a repository of its own" in out) == (1, True)
    inner.save("moved on", Plain__md="- DiffSBDD, typed and committed\n")
    assert vaultsync("fix").code == 1
    assert (inner.path / "Mine.md").read_text() == MINE
    assert inner.content("Plain.md") == (inner.path / "Plain.md").read_text()
    assert inner.git("log", "--format=%s").splitlines() == ["moved on", "inner"]
    assert links_to(repo) == before
    assert [line for line in repo.status.splitlines() if "Shared" not in line] == []
    assert "Shared" in repo.status or not state
    files = repo.git("log", "--format=", "--name-only", "HEAD").split("\n")
    assert not any(name.startswith("Shared/") for name in files)
    assert "[[DiffSBDD]]" in repo.content(CONFERENCE)
    assert vaultsync("undo").code == 0
    assert links_to(repo) == before


def test_a_gitlink_that_the_person_has_staged_stays_staged(
    vaultsync: Command, repo: Repo, inner: Repo
) -> None:
    inner.save("moved on", Plain__md="more\n")
    repo.git("add", "Shared")
    staged = repo.staged
    repo.write("New.md", "---\ntags: a, b\n---\ntyped\n")
    vaultsync("fix", cwd=repo.path)
    assert repo.content("New.md").startswith("---\ntags:\n  - a\n")
    assert repo.staged == staged


def test_the_daemon_leaves_it_alone_too(repo: Repo, inner: Repo) -> None:
    settings(repo.path, quiet=0.2)
    before = links_to(repo)
    with daemon(repo.path) as running:
        inner.write("Mine.md", MINE)
        inner.save("typed", Plain__md="- DiffSBDD\n")
        repo.write("New.md", "---\ntags: a, b\n---\ntyped\n")
        until(lambda: "  - a\n" in repo.git("show", "HEAD:New.md", ok=False), "the new note")
        running.until_idle()
    assert (inner.path / "Mine.md").read_text() == MINE
    assert inner.git("log", "--format=%s").splitlines() == ["typed", "inner"]
    assert links_to(repo) == before
