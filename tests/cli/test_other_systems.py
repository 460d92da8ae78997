"""Vaults on file systems that treat names as macOS and Windows do (`other_system`), and the program on them.

What these systems do beyond names (locks, permissions, a file that is open elsewhere) is not tried here.
"""

from __future__ import annotations

import os
import subprocess
import sys
import unicodedata
from collections.abc import Callable, Iterator
from ctypes.util import find_library
from importlib.util import find_spec
from pathlib import Path

import pytest
from conftest import Command
from daemons import ROOT, until
from gitrepo import Repo

Mount = Callable[[str], Path]

PAPERS = {
    "Papers/Schrödinger Überbrückung.md": (
        "---\ntitle: Schrödinger Überbrückung im Äther ohne Ende\nauthors: [E. S.]\ntag: paper\n---\nKurz.\n"
    ),
    "Papers/DiffSBDD.md": (
        "---\ntitle: 'DiffSBDD: Drugs'\ntags: [paper]\narxiv: \"2210.13695\"\n---\nx\r\ny\r\n"
    ),
}
CONFERENCE = "Konferenzen/Tagung für Öl.md"
NOTES = {
    **PAPERS,
    CONFERENCE: (
        "---\r\ntitle: Tagung für Öl\r\ntags: conference\r\ndate: 2025-04-07\r\n---\r\n# Montag\r\n"
        "- Schrödinger Überbrückung im Äther ohne Ende, als Vortrag\r\n- DiffSBDD danach\r\n"
    ),
}


@pytest.fixture
def mount(tmp_path: Path) -> Iterator[Mount]:
    """Mounts an empty file system of a kind, with a vault in it."""
    processes: list[tuple[subprocess.Popen[bytes], Path]] = []
    library = find_library("fuse3") or find_library("fuse")
    if not library or not find_spec("mfusepy") or not Path("/dev/fuse").exists() or os.geteuid():
        pytest.skip("needs libfuse, mfusepy, /dev/fuse, and root to mount")

    def mounted(kind: str) -> Path:
        folder, place = tmp_path / "behind", tmp_path / "disk"
        folder.mkdir()
        place.mkdir()
        program = ROOT / "tests/support/other_system.py"
        server = subprocess.Popen(
            [sys.executable, str(program), str(folder), str(place), kind], stderr=subprocess.PIPE
        )
        processes.append((server, place))
        until(lambda: server.poll() is not None or place.is_mount(), "the mount")
        if server.poll() is not None:
            assert server.stderr is not None
            said = server.stderr.read().decode()
            assert "not permitted" in said or "denied" in said, said
            pytest.skip(f"nothing may be mounted here: {said}")
        (place / "vault/.obsidian").mkdir(parents=True)
        return place / "vault"

    yield mounted
    os.chdir("/")
    for server, place in processes:
        with server:
            if server.poll() is None:
                subprocess.run(["umount", "--lazy", str(place)], check=True)
            server.wait(20)


def written(vault: Path, form: str = "NFC") -> None:
    for name, text in NOTES.items():
        path = vault / unicodedata.normalize(form, name)
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(text.encode())


def texts(vault: Path) -> dict[str, str]:
    """The notes by their names in NFC."""
    return {
        unicodedata.normalize("NFC", path.relative_to(vault).as_posix()): path.read_bytes().decode()
        for path in vault.rglob("*.md")
    }


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("kind", ["apfs", "hfs+"])
def test_on_a_mac_links_are_made_both_ways_and_a_second_run_is_silent(
    kind: str, form: str, mount: Mount, vaultsync: Command
) -> None:
    vault = mount(kind)
    written(vault, form)
    code, _, err = vaultsync("fix", "--yes", "--no-commit", cwd=vault)
    assert code == 0, err
    after = texts(vault)
    assert set(after) == set(NOTES), "no note stands twice"
    linked = unicodedata.normalize("NFC", after[CONFERENCE])
    assert (
        "- [[Schrödinger Überbrückung|Schrödinger Überbrückung im Äther ohne Ende]], als Vortrag\r\n"
        in linked
    )
    assert "- [[DiffSBDD]] danach\r\n" in linked
    for name in PAPERS:
        assert "[[Tagung für Öl#Montag|" in unicodedata.normalize("NFC", after[name])
    assert vaultsync("fix", "--no-commit").err == "nothing to do: 3 notes in order\n"
    assert texts(vault) == after


def test_on_a_mac_a_note_whose_case_was_changed_is_the_same_note_to_its_links_and_to_git(
    mount: Mount, vaultsync: Command
) -> None:
    vault = mount("apfs")
    written(vault)
    repo = Repo(vault)
    repo.git("init", "-q")
    assert repo.git("config", "core.ignorecase").strip() == "true"
    assert vaultsync("fix", "--yes", cwd=vault).code == 0
    before = texts(vault)
    (vault / "Papers/DiffSBDD.md").rename(vault / "Papers/diffsbdd.md")
    assert vaultsync("fix").code == 0
    after = texts(vault)
    assert after["Papers/diffsbdd.md"] == before["Papers/DiffSBDD.md"]
    assert len(after) == len(before)
    assert vaultsync("fix").err == "nothing to do: 3 notes in order\n"
    assert repo.status == ""
    repo.check()


TITLES = (
    "CON: Concurrency as It Was",
    'What? "Why": <How> | a*b',
    "Dots at the End...",
    "NUL",
    "Lpt1. A Printer Remembered",
    "Schrödinger's Überbrückung: a Bridge",
    "SCHRÖDINGER'S ÜBERBRÜCKUNG - A BRIDGE",
)


@pytest.mark.parametrize("kind", ["ntfs", "apfs"])
def test_what_is_imported_gets_a_name_that_the_system_takes(
    kind: str, mount: Mount, vaultsync: Command, tmp_path: Path
) -> None:
    vault = mount(kind)
    Repo(vault).git("init", "-q")
    source = tmp_path / "list.bib"
    source.write_text(
        "".join(
            f"@misc{{k{i}, title = {{{{{title}}}}}, author = {{Alm, I}}, doi = {{10.1234/{i}}}}}\n"
            for i, title in enumerate(TITLES)
        ),
        encoding="utf-8",
    )
    code, out, err = vaultsync("import", str(source), cwd=vault)
    assert code == 1, out + err
    assert "SCHRÖDINGER'S ÜBERBRÜCKUNG - A BRIDGE (2).md import: two new notes want the name" in out
    assert len(list((vault / "Papers").iterdir())) == len(TITLES)
    assert vaultsync("import", str(source)).err.startswith(f"0 new, 0 completed, {len(TITLES)} unchanged")


def test_on_windows_fix_undo_canvas_and_report_work_and_line_ends_stay(
    mount: Mount, vaultsync: Command
) -> None:
    vault = mount("ntfs")
    written(vault)
    repo = Repo(vault)
    repo.git("init", "-q")
    assert vaultsync("fix", "--yes", cwd=vault).code == 0
    after = texts(vault)
    assert after[CONFERENCE].count("\r\n") == after[CONFERENCE].count("\n")
    assert vaultsync("undo").code == 0
    assert texts(vault) == NOTES
    assert vaultsync("canvas", "Tagung für Öl").code == 0
    assert vaultsync("report", "Tagung für Öl", "-o", "Bericht.html").code == 0
    assert (vault / "Konferenzen/Tagung für Öl.canvas").is_file()
    assert texts(vault) == NOTES
    assert repo.status == ""


def test_the_other_systems_are_what_they_claim_to_be(mount: Mount) -> None:
    vault = mount("ntfs")
    (vault / "A.md").write_text("x")
    assert (vault / "a.MD").exists()
    for name in ("CON.md", "a:b.md", "dot.", "blank ", "LPT1"):
        with pytest.raises(OSError, match="Invalid argument"):
            (vault / name).write_text("x")
