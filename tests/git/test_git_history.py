"""What a repository remembers: runs, notes as they were, changes of a commit."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from gitrepo import Repo, git_env, repo
from hypothesis import given
from hypothesis import strategies as st
from started_gits import gits

from vaultsync.core.errors import GitError
from vaultsync.core.history.changes import FileChange
from vaultsync.core.history.messages import NoteSummary, links_of, rules_of, tool_message
from vaultsync.git.departures import Compared
from vaultsync.git.history import CommitHistory
from vaultsync.git.parse import RunFiles, covering, differences_in, filtered_in, ids_in
from vaultsync.git.repository import Git
from vaultsync.runs.last_runs import LastRuns

__all__ = ["git_env", "gits", "repo"]


RULES = ("fm-tags", "link-in-place")


def run(repo: Repo, run_id: str, **files: str) -> str:
    """A commit of the tool's, as the cycle makes it."""
    for name, text in files.items():
        repo.write(name.replace("__", "."), text)
    paths = [name.replace("__", ".") for name in files]
    notes = [NoteSummary(path, RULES, links_added=1) for path in paths]
    made = Git.open(repo.path).commit(paths, tool_message(run_id, notes))
    assert made is not None
    return made.sha


def test_runs_are_the_tools_own_commits_newest_first(repo: Repo) -> None:
    git = Git.open(repo.path)
    assert git.history.runs() == []
    first = run(repo, "1111", Note__md="1\n")
    repo.save("by hand", Note__md="2\n")
    repo.save(
        "quotes one: Vaultsync-Run: 9999 and\n\nVaultsync-Run: 8888 was bad\n\nnot a trailer", Note__md="3\n"
    )
    second = run(repo, "2222", Other__md="1\n", Note__md="4\n")
    runs = git.history.runs()
    assert [commit.sha for commit in runs] == [second, first]
    assert [commit.trailers["Vaultsync-Run"] for commit in runs] == ["2222", "1111"]
    assert [rules_of(commit.trailers) for commit in runs] == [("fm-tags", "link-in-place")] * 2
    assert [links_of(commit.trailers) for commit in runs] == [(2, 0), (1, 0)]
    assert runs[0].subject == "vaultsync: link 2 papers in Note and Other"
    assert runs[0].author == "Ada Person <ada@example.org>"
    assert abs((runs[0].when - datetime.now(UTC)).total_seconds()) < 60
    assert runs[0].parents == (repo.git("rev-parse", "HEAD^").strip(),)
    assert [commit.sha for commit in git.history.runs(limit=1)] == [second]
    assert [commit.sha for commit in git.history.runs(path="Note.md")] == [second, first]
    assert [commit.sha for commit in git.history.runs(limit=1, path="Other.md")] == [second]
    assert git.history.runs(path="Never.md") == []


def test_the_files_of_runs_are_told_once_and_then_only_those_of_newer_runs(repo: Repo) -> None:
    git = Git.open(repo.path)
    first = run(repo, "1111", Note__md="1\n", Other__md="1\n")
    repo.save("Vaultsync-Run: 9999 stands here\n\nVaultsync-Run: 8888\n\nnot a trailer", Note__md="2\n")
    assert git.history.run_files(repo.head) == [
        RunFiles(first, ("Note.md", "Other.md"), gone=False, rules=RULES)
    ]
    known = repo.head
    second = run(repo, "2222", Note__md="3\n")
    assert git.history.run_files(repo.head, known) == [
        RunFiles(second, ("Note.md",), gone=False, rules=RULES)
    ]
    assert git.history.run_files(repo.head, repo.head) == []
    repo.git("reset", "-q", "--hard", known)
    assert git.history.run_files(repo.head, second) is None
    assert git.history.run_files(repo.head, "0" * 39 + "1") is None


def test_the_last_run_of_a_note_is_known_without_asking_again_and_follows_a_branch_that_was_set_back(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    git, last = Git.open(repo.path), LastRuns()
    first = run(repo, "1111", Note__md="1\n")
    assert last.of("Note.md", git, repo.head) == [first]
    second = run(repo, "2222", Note__md="2\n")
    assert last.of("Note.md", git, second) == [second]
    with monkeypatch.context() as nobody:
        nobody.setattr(CommitHistory, "run_files", None)
        assert last.of("Note.md", git, second) == [second]
        assert last.of("Other.md", git, second) == []
    repo.git("reset", "-q", "--hard", first)
    assert last.of("Note.md", git, first) == [first]


def test_renames_are_told_the_latest_first(repo: Repo) -> None:
    repo.save("one", **{"Folder/A note.md": "some text\n", "Other.md": "other\n"})
    for old, new in (("Folder/A note.md", "Folder/B note.md"), ("Folder/B note.md", "C.md")):
        repo.git("mv", old, new)
        repo.save(f"to {new}")
    git = Git.open(repo.path)
    assert git.history.renames(9) == [("Folder/B note.md", "C.md"), ("Folder/A note.md", "Folder/B note.md")]
    assert git.history.renames(1) == [("Folder/B note.md", "C.md")]


@pytest.mark.parametrize("named", [1, 9])
def test_the_changed_files_of_the_last_commits_are_told_but_for_merges(
    repo: Repo, monkeypatch: pytest.MonkeyPatch, named: int
) -> None:
    monkeypatch.setattr("vaultsync.git.history._NAMED", named)
    repo.save("one", **{"vault/A b.md": "1\n", "vault/C.md": "1\n", "Outside.md": "1\n"})
    repo.git("checkout", "-qb", "side")
    side = repo.save("two", **{"vault/C.md": "2\n"})
    repo.git("checkout", "-q", "-")
    repo.git("mv", "vault/A b.md", "vault/D.md")
    main = repo.save("three", **{"Outside.md": "2\n"})
    repo.git("merge", "-q", "--no-edit", "side")
    history = Git.open(repo.path / "vault").history
    found = history.changed_files(history.last_commits(9))
    told = {(one.commit, one.path, one.before, one.after) for one in found}
    moved = {(main, "A b.md", True, False), (main, "D.md", False, True)}
    assert told == {(side, "C.md", True, True), *moved}
    some = history.changed_files(history.last_commits(9), {"A b.md", "D.md"})
    assert {(one.commit, one.path, one.before, one.after) for one in some} == moved
    assert {one.parent for one in some} == {repo.git("rev-parse", f"{main}^").strip()}


def test_a_limit_counts_runs_past_a_page_of_commits_that_only_look_like_one(repo: Repo) -> None:
    sha = run(repo, "1111", Note__md="1\n")
    for number in range(51):
        repo.git("commit", "-q", "--allow-empty", "-m", f"{number}\n\nVaultsync-Run: quoted\n\nby hand")
    assert [commit.sha for commit in Git.open(repo.path).history.runs(limit=1)] == [sha]


def test_notes_are_given_as_they_were_at_a_commit(repo: Repo) -> None:
    first = repo.save("one", Note__md="1\n", Empty__md="", Same__md="s missing\n")
    repo.write("Folder/Deep.md", "d\n")
    repo.save("two", Note__md="2")
    git = Git.open(repo.path)
    names = ["Note.md", "Empty.md", "Same.md", "Folder/Deep.md", "Folder", "No.md"]
    assert git.history.blobs(first, names) == {"Note.md": b"1\n", "Empty.md": b"", "Same.md": b"s missing\n"}
    assert git.history.blobs("HEAD", names)["Note.md"] == b"2"
    assert git.history.blob("HEAD~1", "Folder/Deep.md") is None
    assert git.history.blobs("HEAD", []) == {}
    assert git.history.blobs("HEAD", ["No.md"]) == {}
    assert git.history.files().keys() == {"Note.md", "Empty.md", "Same.md", "Folder/Deep.md"}
    assert git.history.files(first)["Note.md"] == repo.git("rev-parse", f"{first}:Note.md").strip()
    assert git.history.head() == repo.head


@pytest.mark.parametrize("rev", ["nothing", "--all", "HEAD~7", "", "HEAD:Note.md", "a b", "HEAD\nHEAD"])
def test_a_name_of_no_commit_is_an_error_and_never_an_option(repo: Repo, rev: str) -> None:
    repo.save("one", Note__md="1\n")
    with pytest.raises(GitError, match="no one commit"):
        Git.open(repo.path).history.blob(rev, "Note.md")


def test_the_changes_of_a_commit_with_renames_and_no_counts_of_lines(repo: Repo) -> None:
    first = repo.save("one", Old__md="1\n2\n3\n4\n5\n", Note__md="n\n")
    (repo.path / "Old.md").rename(repo.path / "New.md")
    repo.write("New.md", "1\n2\n3\n4\n5\n6\n")
    repo.write("B.png", b"\0")
    second = repo.save("two", Note__md="m\n")
    git = Git.open(repo.path)
    assert [change.path for change in git.history.changed(first)] == ["Note.md", "Old.md"]
    assert git.history.changed(second) == [
        FileChange("B.png", "added"),
        FileChange("New.md", "renamed", old_path="Old.md"),
        FileChange("Note.md", "modified"),
    ]


def test_a_merge_commit_is_told_against_its_first_parent(repo: Repo) -> None:
    repo.save("base", Note__md="n\n")
    repo.git("switch", "-qc", "side")
    repo.save("side", Side__md="s\n")
    repo.git("switch", "-q", "main")
    repo.save("main", Main__md="m\n")
    repo.git("merge", "-q", "--no-edit", "side")
    git = Git.open(repo.path)
    assert [change.path for change in git.history.changed("HEAD")] == ["Side.md"]
    assert len(git.history.commit_at("HEAD").parents) == 2


def test_a_sha256_repository_works_alike(git_env: Path, tmp_path: Path) -> None:
    repo = Repo(tmp_path)
    repo.git("init", "-q", "--object-format=sha256")
    repo.write("Note.md", "1\n")
    git = Git.open(tmp_path)
    found = git.worktree.changes(["Note.md"])
    assert found == [FileChange("Note.md", "added", added=1)]
    made = git.commit(["Note.md"], "one")
    assert made is not None
    assert len(made.sha) == 64
    assert git.history.changed(made.sha) == [FileChange("Note.md", "added")]
    assert git.history.blob(made.sha, "Note.md") == b"1\n"


# Reading git's output


def test_contents_are_told_apart_by_the_mark_whatever_they_hold() -> None:
    contents = [b"", b"\n", b"a missing\n", b"x blob 3\nabc\n", b"no end"]
    out = b"".join(b"0" * 40 + b" blob 9\n" + text + b"\nMARK missing\n" for text in contents)
    assert filtered_in(out, b"MARK") == contents


def test_a_missing_name_may_hold_a_line_feed() -> None:
    names = [b"HEAD:a\nb", b"HEAD:c"]
    out = b"HEAD:a\nb missing\n" + b"1" * 40 + b" blob 3\n"
    assert ids_in(out, names) == [("", ""), ("1" * 40, "blob")]


def test_counts_find_their_raw_record_by_path() -> None:
    out = (
        b":100644 100644 1 2 R090\0V/a\0V/b\0:000000 100644 0 3 A\0V/c\td\0003\t0\t\0V/a\0V/b\0-\t-\tV/c\td\0"
    )
    assert differences_in(out, "V/") == [
        FileChange("b", "renamed", old_path="a", added=3),
        FileChange("c\td", "added", added=-1, removed=-1),
    ]


paths = st.lists(st.sampled_from(["a", "b", "a.md"]), min_size=1, max_size=4).map("/".join)


@given(st.sets(paths), st.sets(paths))
def test_covering_names_reach_all_that_is_wanted_and_nothing_else(wanted: set[str], others: set[str]) -> None:
    """Files only: a path that is also a folder of another can't be both on a disk."""
    names = wanted | others
    files = {path for path in names if not any(other.startswith(f"{path}/") for other in names)}
    wanted, others = wanted & files, (others & files) - wanted
    chosen = covering(wanted, others)

    def reached(path: str) -> bool:
        return any(name in ("", path) or path.startswith(f"{name}/") for name in chosen)

    assert all(map(reached, wanted))
    assert not any(map(reached, others))
    assert len(chosen) <= len(wanted)


def test_many_notes_of_a_commit_are_told_as_few_are(
    repo: Repo, gits: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Git goes through a folder for each name; of many the whole list is asked for, once."""
    odd = ["Töne.md", "a b/c\nd.md", "q:0.md", "-x.md", "Twice.md"]
    first = repo.save("one", **{name: f"{name}\n" for name in odd})
    (repo.path / "Link.md").symlink_to("Twice.md")
    second = repo.save("two", **{"Töne.md": "other\n", ".gitattributes": "Twice.md text eol=crlf\n"})
    names = [*odd, "Link.md", "a b", "Never.md"]
    places = [(rev, name) for rev in (first, second, f"{second}^", ":0") for name in names]
    few = Git.open(repo.path).history.blobs_at(places)
    assert few[second, "Töne.md"] == b"other\n"
    assert few[second, "Twice.md"] == b"Twice.md\r\n"
    monkeypatch.setattr("vaultsync.git.history._NAMED", 2)
    history = Git.open(repo.path).history
    assert history.blobs_at(places) == few
    gits.clear()
    assert {**history.blobs_at(places[len(names) : 2 * len(names)])}.keys() <= few.keys()
    kept = gits.count("ls-tree")
    assert kept <= 1
    history.blobs_at(places[len(names) : 2 * len(names)])
    assert gits.count("ls-tree") == kept


def test_what_few_files_of_a_commit_changed_is_asked_of_git_once(
    repo: Repo, gits: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """For each note that a daemon links all its last commits were compared anew: with the vault they grew."""
    for number in range(4):
        repo.save(f"{number}", **{"A.md": f"{number}\n", f"B {number}.md": "b\n"})
    repo.save("many", **{f"M{number}.md": "m\n" for number in range(5)})
    monkeypatch.setattr("vaultsync.git.departures.FEW", 3)
    names = [{"A.md"}, {"B 2.md"}, {"M3.md", "A.md"}, set[str]()]
    compared: Compared = {}
    history = Git.open(repo.path).history
    kept = CommitHistory(history._repository, compared)
    commits = history.last_commits(9)
    asked = []
    for of_names in names:
        monkeypatch.setattr("vaultsync.git.departures.MOST_KEPT", 0)
        expected = CommitHistory(history._repository, {}).changed_files(commits, of_names)
        monkeypatch.setattr("vaultsync.git.departures.MOST_KEPT", 5_000)
        gits.clear()
        assert kept.changed_files(commits, of_names) == expected
        asked.append(gits.count("diff-tree"))
    assert asked == [1, 1, 1, 1]  # the second to the last of the one large commit alone
    few = {commit: parents for commit, parents in commits.items() if commit != repo.head}
    gits.clear()
    assert [one.path for one in kept.changed_files(few, {"A.md"})] == ["A.md"] * 3
    assert gits == []
