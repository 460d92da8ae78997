"""What the last commits took away or renamed: also what only a merge did, and nothing twice."""

from __future__ import annotations

from gitrepo import Repo, git_env, repo
from pytest_mock import MockerFixture

from vaultsync.git import departures
from vaultsync.git.answers import Answers
from vaultsync.git.repository import Git

__all__ = ["git_env", "repo"]

TEXT = "".join(f"line {number}\n" for number in range(20))


def merged(repo: Repo, **sides: dict[str, str | None]) -> str:
    """Commit a side on each branch, merge them all but in the files, and give the one that was left."""
    for name, files in sides.items():
        repo.git("checkout", "-q", "-B", name, "start")
        repo.save(name, **{path: text for path, text in files.items() if text is not None})
        for path, text in files.items():
            if text is None:
                repo.git("rm", "-q", path)
        repo.save(f"{name} too")
    other = next(iter(sides))
    repo.git("merge", "-q", "--no-commit", "-s", "ours", other)
    return repo.git("rev-parse", other).strip()


def test_a_merge_tells_what_it_took_away_itself_and_not_what_it_passes_on(repo: Repo) -> None:
    start = repo.save("start", **{"A.md": TEXT, "B.md": "b\n", "C.md": "c\n", "D.md": "d\n"})
    repo.git("branch", "start")
    other = merged(
        repo, theirs={"One.md": TEXT, "A.md": None, "B.md": None}, ours={"Two.md": TEXT, "A.md": None}
    )
    here = repo.head
    for name in ("B.md", "D.md"):  # the one went there, the other one goes in the merge itself
        repo.git("rm", "-q", name)
    merge = repo.save("merged")
    git = Git.open(repo.path)
    told = {(one.commit, one.parent): set(one.files) for one in git.history.deletions(99)}
    assert told.pop((merge, other)) == {"One.md", "D.md"}
    assert told.pop((merge, here)) == {"D.md"}
    assert sorted(map(sorted, told.values())) == [["A.md"], ["A.md", "B.md"]]
    assert start not in {commit for commit, _ in told}
    assert git.history.renames(99)[0] == ("One.md", "Two.md")
    assert [(one.commit, one.parent) for one in git.history.deletions(1)] == [(merge, here), (merge, other)]


def test_what_came_back_before_a_merge_and_goes_with_it_is_told_of_the_merge(repo: Repo) -> None:
    repo.save("start", **{"A.md": TEXT, "B.md": "b\n"})
    repo.git("branch", "start")
    other = merged(repo, theirs={"A.md": None}, ours={"B.md": "more\n"})
    repo.git("rm", "-q", "A.md")
    repo.save("merged")
    repo.save("back", **{"A.md": TEXT})
    kept = repo.head
    repo.git("checkout", "-q", "-b", "side", other)
    repo.save("on", C__md="c\n")
    repo.git("merge", "-q", "--no-commit", "-s", "ours", kept)
    last = repo.save("without it")
    found = Git.open(repo.path).history.deletions(99)[0]
    assert (found.commit, found.parent, dict(found.files)) == (last, kept, {"A.md": None})


def test_names_of_any_kind_within_a_larger_repository(repo: Repo) -> None:
    odd = ["a\nb.md", "\x01", "D", "R100", "% %", "mé «x».md", "\n.md"]
    repo.save("start", **{f"vault/{name}": f"{TEXT}{name}" for name in odd}, **{"outside.md": TEXT})
    (repo.path / "vault/.obsidian").mkdir()
    for name in odd:
        repo.git("mv", f"vault/{name}", f"vault/to {name}")
    repo.git("mv", "outside.md", "away.md")
    repo.save("moved")
    history = Git.open(repo.path / "vault").history
    assert set(history.renames(9)) == {(name, f"to {name}") for name in odd}
    assert [set(one.files) for one in history.deletions(9)] == [set(odd)]


def test_names_since_a_side_left_the_other_follow_each_commit(repo: Repo) -> None:
    repo.save("start", **{"A.md": TEXT, "Before.md": f"{TEXT}b\n"})
    repo.git("mv", "Before.md", "B.md")
    other = repo.save("before the sides part")
    for old, new in (("A.md", "One.md"), ("One.md", "Two.md"), ("B.md", "Gone.md")):
        repo.git("mv", old, new)
        repo.save(f"to {new}")
    repo.save("much else", **{"Two.md": TEXT[:7] + "other words\n" * 99})
    repo.git("rm", "-q", "Gone.md")
    here = repo.save("gone")
    names = Git.open(repo.path).merging.names_since(here, other)
    assert names == {"A.md": "Two.md", "One.md": "Two.md", "B.md": "Gone.md"}


def test_two_commits_are_compared_once_whoever_opens_the_repository_next(
    repo: Repo, mocker: MockerFixture
) -> None:
    for number in range(4):
        repo.write(f"{number}.md", "x\n")
    repo.save("all")
    answers = Answers()
    compared = mocker.spy(departures, "_comparisons")
    for number in range(3):
        (repo.path / f"{number}.md").unlink()
        repo.save(f"without {number}")
        compared.reset_mock()
        anew = Git.open(repo.path).history.deletions(99)
        kept = Git.open(repo.path, answers=answers).history.deletions(99)
        assert kept == anew
        told = [call.args[0].count(b"%") for call in compared.call_args_list]
        assert told == [number + 1, 1]
    assert Git.open(repo.path, answers=answers).history.deletions(99) == kept
    assert compared.call_count == 2
    assert len(Git.open(repo.path, answers=answers).history.deletions(1)) == 1


def test_a_commit_that_took_nothing_away_is_known_once_it_was_looked_at(
    repo: Repo, mocker: MockerFixture
) -> None:
    """The commits of a run are looked at as they are made: what went in them is known from then on."""
    repo.save("start", **{"A.md": TEXT, "B.md": "b\n", "C.md": "c\n"})
    answers = Answers()
    compared = mocker.spy(departures, "_comparisons")
    steps = (("mv", "A.md", "Z.md"), 1), (("rm", "-q", "B.md"), 1), (("add", "C.md"), 0)
    for number, (step, asked) in enumerate(steps):
        repo.git(*step)
        repo.save(f"step {number}", **{"C.md": f"{number}\n"})
        anew, kept = Git.open(repo.path).history, Git.open(repo.path, answers=answers).history
        expected = anew.deletions(99), anew.renames(99)
        assert kept.tip().sha == repo.head
        compared.reset_mock()
        assert (kept.deletions(99), kept.renames(99)) == expected
        told = [call.args[0].count(b"%") for call in compared.call_args_list]
        assert sum(told) == 2 * asked, step
    assert expected[1] == [("A.md", "Z.md")]
