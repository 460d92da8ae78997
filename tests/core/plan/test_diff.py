"""A patch makes one text of the other, counts what it shows, and takes no long time for any text."""

from __future__ import annotations

import subprocess
from pathlib import Path

from gitrepo import GIT
from hypothesis import given, settings
from hypothesis import strategies as st

from vaultsync.core.config.config import Config
from vaultsync.core.note import note_of
from vaultsync.core.plan.change import Change
from vaultsync.core.plan.diff import lines_changed, text_diff

TEXTS = st.lists(st.sampled_from(["a", "b", "c", "- x", "", "d\r"]), max_size=40).map("\n".join)


def changed(before: str, after: str) -> Change:
    return Change("a.md", note_of("a.md", before, Config()), note_of("a.md", after, Config()), ())


@given(TEXTS, TEXTS, st.booleans())
@settings(max_examples=60, deadline=None)
def test_git_makes_the_one_text_of_the_other(
    tmp_path_factory: object, before: str, after: str, ended: bool
) -> None:
    before, after = before + "\n" * ended, after + "\n" * ended
    if before == after or not before or not after:
        return
    folder = tmp_path_factory.mktemp("patch")  # type: ignore[attr-defined]
    assert isinstance(folder, Path)
    (folder / "a.md").write_bytes(before.encode())
    patch = text_diff("a.md", before, after)
    done = subprocess.run(
        [GIT, "apply", "-"], cwd=folder, input=patch.encode(), capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert (folder / "a.md").read_bytes() == after.encode()
    added, removed = lines_changed(changed(before, after))
    body = patch.split("\n")[2:]
    assert added == sum(line.startswith("+") for line in body)
    assert removed == sum(line.startswith("-") for line in body)


def test_tens_of_thousands_of_equal_lines_are_told_apart_by_their_ends() -> None:
    before = "- a\n" * 30_000
    after = "x\n" + "- a\n" * 10 + "y\n" + "- a\n" * 29_990
    added, removed = lines_changed(changed(before, after))
    assert added - removed == 2
    patch = text_diff("a.md", before, after)
    assert "+y" in patch
