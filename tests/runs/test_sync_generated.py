"""Files that the tool made, and the lists in notes, after a merge: still the tool's, and made anew."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from devices import Device, devices
from gitrepo import git_env, repo

from vaultsync.runs.sync import SyncOrder
from vaultsync.runs.views import GeneratedFile, ViewsReport, write_views
from vaultsync.vault.open import open_vault

__all__ = ["git_env", "repo"]

FIRST = "filters: paper\nviews:\n  - type: table\n    name: All\n"


@pytest.fixture
def two(git_env: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Device, Device]:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    one, other = devices(tmp_path / "devices", A__md="a\n")
    make(one, FIRST)
    one.sync()
    other.sync()
    return one, other


def make(device: Device, text: str, name: str = "Papers.base") -> ViewsReport:
    """Let the tool make a file."""

    def bytes_of(there: bytes | None, earlier: Sequence[bytes]) -> bytes:
        return text.encode()

    root = device.path.resolve()
    return write_views(open_vault(root), device.ports, [GeneratedFile(name, bytes_of)], "vaultsync: a view")


def in_step(one: Device, other: Device) -> None:
    for device in (one, other, one):
        assert device.sync(SyncOrder(rules=False)).waiting is None
    assert one.tree == other.tree
    assert one.status + other.status == ""


@pytest.mark.parametrize("name", ["Papers.base", "Talks.canvas", "report.html"])
def test_a_file_that_both_devices_made_anew_is_the_tools_after_the_merge(
    two: tuple[Device, Device], name: str
) -> None:
    one, other = two
    for device, word in ((one, "articles"), (other, "books and articles")):
        made = make(device, FIRST.replace("paper", word).replace("All", f"All {word}"), name)
        assert made.written == (name,)
    in_step(one, other)
    assert not [path for path in one.files() if "(conflict" in path]
    for device in (one, other):
        made = make(device, f"filters: {device.path.name}\n", name)
        assert (made.problems, made.written) == ((), (name,))


def test_a_base_that_somebody_edited_while_it_was_made_anew_elsewhere_is_theirs(
    two: tuple[Device, Device],
) -> None:
    one, other = two
    make(one, FIRST.replace("paper", "articles"))
    other.write("Papers.base", FIRST.replace("name: All", "name: Mine"))
    in_step(one, other)
    assert one.content("Papers.base") == "filters: articles\nviews:\n  - type: table\n    name: Mine\n"
    made = make(other, "filters: anew\n")
    assert made.written == ()
    assert "edited" in made.problems[0].message


PAPER = "---\ntitle: Deep Networks with Stochastic Depth\ntags:\n  - paper\n---\n"
TALK = "---\ntags:\n  - conference\ndate: 2025-04-07\n---\n# Monday\n\n## {0}\n\n- {0} on [[Paper]]\n"


def test_lists_that_both_devices_made_hold_what_both_say_once_the_rules_have_run(
    git_env: Path, tmp_path: Path
) -> None:
    one, other = devices(tmp_path / "devices", Paper__md=PAPER)
    for device, talk in ((one, "Keynote"), (other, "Poster")):
        device.write(f"{talk}.md", TALK.format(talk))
        device.fix()
    for device in (one, other, one, other):
        assert device.sync(SyncOrder(rules=True)).waiting is None
    assert one.tree == other.tree
    text = one.content("Paper.md")
    assert text.count("vaultsync:begin mentions") == 1
    assert [line for line in text.splitlines() if line.startswith("    - ")] == [
        "    - Keynote on Paper",
        "    - Poster on Paper",
    ]
    head = one.head
    for device in (one, other):
        device.fix()
        device.sync(SyncOrder(rules=True))
    assert one.head == other.head == head
