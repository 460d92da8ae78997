"""A saved note costs what it says and what it links, however large the vault is: counted, not timed."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import msgspec
from smallvault import write

from vaultsync.cli.wiring import the_cycle
from vaultsync.core.plan.progress import silent
from vaultsync.runs.cycle import Cycle, Request
from vaultsync.vault.consent import give_consent
from vaultsync.vault.open import open_vault

SMALL, LARGE = 40, 400
NARROW = Request(commit=False, rounds=1)
SAVED = f"Conferences/{SMALL // 2}.md", f"Papers/{SMALL // 2}.md"


class Work(msgspec.Struct, frozen=True):
    """What a save took: lines of Python that ran, bytes that were read and written, notes changed."""

    lines: int
    bytes_moved: int
    changed: int


def vault_of(root: Path, notes: int) -> Path:
    """So many papers, each mended in the first run, and as many conference notes that name one each."""
    files: dict[str, str | bytes] = {}
    for n in range(notes):
        files[f"Papers/{n}.md"] = f"---\ntitle: Zebranet{n:03}\ntags: paper\n---\nOf stripes, {n:03}.\n"
        files[f"Conferences/{n}.md"] = (
            f"---\ntitle: Meeting {n:03}\ndate: 2025-04-07\ntags: conference\n---\n"
            f"# Monday\n## Talk: {n:03}\n- saw Zebranet{n:03}\n"
        )
    give_consent(write(root, files))
    return root


def counted(work: Callable[[], int]) -> Work:
    lines = 0

    def trace(_frame: FrameType, _event: str, _arg: Any) -> Any:
        nonlocal lines
        lines += 1
        return trace

    before = bytes_moved()
    sys.settrace(trace)
    try:
        changed = work()
    finally:
        sys.settrace(None)
    return Work(lines, bytes_moved() - before, changed)


def bytes_moved() -> int:
    """What this process has read and written, see proc_pid_io(5); 0 where that isn't told."""
    file = Path("/proc/self/io")
    if not file.exists():
        return 0
    told = dict(line.split(": ") for line in file.read_text().splitlines())
    return int(told["rchar"]) + int(told["wchar"])


def mention(text: str, number: int) -> str:
    return f"{text}## Talk: one more\n- and Zebranet{number:03}\n"


def untidy(text: str, number: int) -> str:
    return text.replace("\n---", f"\n{('aliases', 'cssclasses')[number]}: wide, tall\n---", 1)


def plain(text: str, number: int) -> str:
    return f"{text}\nRead again, {number}.\n"


def save(cycle: Cycle, path: str, edit: Callable[[str, int], str], number: int) -> Work:
    file = cycle.vault.root / path
    file.write_text(edit(file.read_text(), number))
    return counted(lambda: len(cycle.run(NARROW, {path}).changes))


def saves(root: Path, notes: int) -> list[Work]:
    """Of two saves of each kind, which come after one another, the work of the second."""
    root = vault_of(root / str(notes), notes)
    conference, paper = SAVED
    with the_cycle(open_vault(root), silent) as cycle:
        cycle.run(msgspec.structs.replace(NARROW, confirm=lambda _summary: True))
        cycle.prepare()
        # A first look writes the cache at once, and has none of it in memory then; later saves of a few do.
        assert cycle.ports.cache is not None
        assert len(dict(cycle.ports.cache.facts(cycle.ports.cache.load().entries))) >= notes
        found = []
        for path, edit in ((conference, mention), (paper, untidy), (paper, plain)):
            works = [save(cycle, path, edit, number) for number in range(2)]
            found.append(works[-1])
        return found


def test_a_save_takes_the_same_work_in_a_vault_of_ten_times_as_many_notes(tmp_path: Path) -> None:
    small, large = saves(tmp_path, SMALL), saves(tmp_path, LARGE)
    assert [work.changed for work in small] == [2, 1, 0]
    for kind, one, other in zip(("mention", "untidy", "plain"), small, large, strict=True):
        assert other.changed == one.changed, kind
        assert other.lines < 1.05 * one.lines, kind
        assert other.bytes_moved < one.bytes_moved + 40_000, kind  # shards of the cache are fuller
