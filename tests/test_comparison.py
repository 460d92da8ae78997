"""The first column of docs/comparison.md: what vaultsync does to each case."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import Command

CASES = {
    "CRLF, a comment, values that YAML 1.1 would turn": (
        b"---\r\ntags: a, b # why\r\nflag: no\r\ntime: 12:30\r\n---\r\nSee [[My Note|it]].\r\n",
        b"---\r\ntags: # why\r\n  - a\r\n  - b\r\nflag: no\r\ntime: 12:30\r\n---\r\nSee [[My Note|it]].\r\n",
    ),
    "a colon in a value": (b"---\ntitle: A: B\n---\nx\n", b'---\ntitle: "A: B"\n---\nx\n'),
    "a byte order mark": (
        b"\xef\xbb\xbf---\ntags: a, b\n---\nSee [[My Note]] and ![[pic.png]].\n",
        b"\xef\xbb\xbf---\ntags:\n  - a\n  - b\n---\nSee [[My Note]] and ![[pic.png]].\n",
    ),
    "a key that stands twice": (b"---\ntags: [a]\ntags: [b]\n---\n> [!note] T\n",) * 2,
    "a blank after the fence": (b"--- \na: 1\n---\nx\n",) * 2,
}


@pytest.mark.parametrize(("before", "after"), CASES.values(), ids=CASES)
def test_a_case_of_the_comparison_comes_out_as_the_page_says(
    before: bytes, after: bytes, tmp_path: Path, vaultsync: Command
) -> None:
    (tmp_path / ".obsidian").mkdir()
    note = tmp_path / "note.md"
    note.write_bytes(before)
    outcome = vaultsync("fix", "--yes", "--no-commit", cwd=tmp_path)
    assert note.read_bytes() == after
    assert outcome.code == (1 if b"tags: [b]" in before else 0)
    changed = note.stat().st_mtime_ns
    vaultsync("fix", "--yes", "--no-commit", cwd=tmp_path)
    assert note.stat().st_mtime_ns == changed
    assert note.read_bytes() == after
