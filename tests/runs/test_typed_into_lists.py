"""A line that a person types into a list stays theirs while the list's rule keeps away, and after."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Command
from gitrepo import Repo
from smallvault import write

from vaultsync.core.config.config import CONFIG_PATH

PAPER, CONFERENCE, PLAIN = "Papers/P.md", "Conferences/C.md", "Plain.md"
NOTES: dict[str, str | bytes] = {
    PAPER: "---\ntitle: 'Zork: a study'\naliases:\n  - Wib7Fold\ntags:\n  - paper\n---\nbody\n",
    CONFERENCE: "---\ntitle: C\ndate: 2025-04-07\ntags:\n  - conference\n---\n# Monday\n- saw [[P]] today\n",
    PLAIN: "nothing\n",
}
TYPED, END = "- my precious line", "%% vaultsync:end mentions %%"


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    made = Repo(write(tmp_path / "vault", NOTES))
    made.git("init", "-q")
    made.save()
    return made


def text(repo: Repo, path: str) -> str:
    return (repo.path / path).read_text(encoding="utf-8")


def change(repo: Repo, path: str, old: str, new: str) -> None:
    assert old in text(repo, path)
    repo.write(path, text(repo, path).replace(old, new))


def the_note_says_ignore(repo: Repo) -> Callable[[], None]:
    change(repo, PAPER, "tags:", "vaultsync: ignore\ntags:")
    return lambda: change(repo, PAPER, "vaultsync: ignore\n", "")


def the_note_names_the_rule(repo: Repo) -> Callable[[], None]:
    change(repo, PAPER, "tags:", "vaultsync: [link-mentions]\ntags:")
    return lambda: change(repo, PAPER, "vaultsync: [link-mentions]\n", "")


def the_rule_is_off(repo: Repo) -> Callable[[], None]:
    repo.write(CONFIG_PATH, "[rules]\nlink-mentions = false\n")
    return lambda: repo.write(CONFIG_PATH, "[rules]\nlink-mentions = true\n")


def the_rule_is_off_in_the_folder(repo: Repo) -> Callable[[], None]:
    repo.write(CONFIG_PATH, '[folders."Papers".rules]\nlink-mentions = false\n')
    return (repo.path / CONFIG_PATH).unlink


def the_folder_holds_templates(repo: Repo) -> Callable[[], None]:
    repo.write(CONFIG_PATH, '[vault]\ntemplates = ["Papers"]\n')
    return (repo.path / CONFIG_PATH).unlink


def the_list_is_switched_off(repo: Repo) -> Callable[[], None]:
    begin = "%% vaultsync:begin mentions %%"
    change(repo, PAPER, begin, f"<!-- vaultsync:off -->\n{begin}")
    repo.write(PAPER, text(repo, PAPER) + "<!-- vaultsync:on -->\n")
    return lambda: repo.write(PAPER, re.sub("<!-- vaultsync:(off|on) -->\n", "", text(repo, PAPER)))


def a_marker_more(repo: Repo) -> Callable[[], None]:
    repo.write(PAPER, text(repo, PAPER) + f"\nstray\n\n{END}\n")
    return lambda: change(repo, PAPER, f"\nstray\n\n{END}\n", "")


def another_note_is_unreadable(repo: Repo) -> Callable[[], None]:
    (repo.path / "Odd.md").write_bytes(b"\xff\xfe\xff")
    return (repo.path / "Odd.md").unlink


AWAY = [
    *(the_note_says_ignore, the_note_names_the_rule, the_rule_is_off, the_rule_is_off_in_the_folder),
    *(the_folder_holds_templates, the_list_is_switched_off, a_marker_more, another_note_is_unreadable),
]


@pytest.mark.parametrize("untidy", [False, True])
@pytest.mark.parametrize("cache", [True, False])
@pytest.mark.parametrize("away", AWAY)
def test_a_line_typed_while_the_rule_keeps_away_is_the_persons(
    vaultsync: Command, repo: Repo, away: Callable[[Repo], Callable[[], None]], cache: bool, untidy: bool
) -> None:
    vaultsync("fix", cwd=repo.path)
    back = away(repo)
    repo.write(PAPER, text(repo, PAPER).replace(END, f"{TYPED}\n{END}", 1))
    if untidy:  # so that the run writes the note for another reason, if it may
        change(repo, PAPER, "  - Wib7Fold", "  -   Wib7Fold")
        change(repo, PAPER, "aliases:\n", "created: 2025/4/6\naliases:\n")
    for _ in range(2):
        vaultsync("fix")
        assert text(repo, PAPER).count(TYPED) == 1
    repo.write(PLAIN, "something\n")
    vaultsync("fix")
    back()
    change(repo, CONFERENCE, "today", "today again")
    if not cache:
        for kind in ("cache", "state"):
            shutil.rmtree(Path(os.environ[f"XDG_{kind.upper()}_HOME"]), ignore_errors=True)
    for _ in range(2):
        vaultsync("fix", "--yes")
        after = text(repo, PAPER)
        assert after.count(TYPED) == 1
    assert TYPED not in after[after.index("begin mentions") : after.index(END)]
    assert after.count("today again") == 1
    assert after.count("today") == 1


def test_what_a_run_wrote_is_known_by_the_note_s_later_name_in_each_run_alike(
    repo: Repo, vaultsync: Command
) -> None:
    """A list as a run left it under the old name is kept off: no run takes its lines for typed."""
    change(repo, CONFERENCE, "[[P]]", "[[P|it]]")  # which reads the same whatever the note is called
    repo.write(CONFIG_PATH, '[links]\nheading = "Said in"\n')
    assert vaultsync("fix", "--yes", cwd=repo.path).code == 0
    change(repo, PAPER, "## Said in", "    - typed above\n## Said in")
    repo.write(CONFIG_PATH, '[links]\nheading = "Backlinks"\n')
    assert vaultsync("fix", cwd=repo.path).code == 0
    assert "## Backlinks" in text(repo, PAPER)
    assert vaultsync("undo", cwd=repo.path).code == 0
    kept = text(repo, PAPER)
    assert "    - typed above\n## Said in" in kept
    repo.git("mv", PAPER, "Papers/Q.md")
    shutil.rmtree(os.environ["XDG_CACHE_HOME"])  # git is asked whose a line is
    assert vaultsync("fix", cwd=repo.path).code == 0
    before = repo.git("rev-parse", "HEAD")
    for _ in range(2):
        assert vaultsync("fix", cwd=repo.path).code == 0
        assert repo.git("rev-parse", "HEAD") == before
    assert text(repo, "Papers/Q.md") == kept
