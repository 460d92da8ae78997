"""Writing against editors that save at the worst moment, and against kills: nothing typed is lost."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from pytest_mock import MockerFixture

from vaultsync.core.errors import Problem
from vaultsync.files import exchange
from vaultsync.files import system_calls as kernel
from vaultsync.files.disk import RealDisk, Stale, Written
from vaultsync.files.exchange import PendingWrite, short_digest
from vaultsync.vault.write_journal import WriteJournalFile


def journal_of(root: Path) -> WriteJournalFile:
    """A journal beside the vault, as a run keeps one in the user's state folder."""
    return WriteJournalFile(root, root.parent / "journal")


SAVES = int(os.environ.get("VAULTSYNC_SAVES", "1500"))
linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux can let files change places")


@pytest.fixture(params=["exchange", "replace"])
def any_kernel(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "replace":
        monkeypatch.setattr(kernel, "_rename_at", _unsupported)
    elif sys.platform != "linux":
        pytest.skip("only Linux has renameat2")
    return str(request.param)


def _unsupported(*_: object) -> None:
    raise kernel.Unsupported


def save_in_place(note: Path, data: bytes) -> None:
    note.write_bytes(data)


def save_by_rename(note: Path, data: bytes) -> None:
    temp = note.with_name(".goutputstream-ABC")
    temp.write_bytes(data)
    temp.replace(note)


SAVE = pytest.mark.parametrize("save", [save_in_place, save_by_rename])


def write_while(
    tmp_path: Path, at: str, act: Callable[[Path], object]
) -> tuple[Written | Stale | Problem, Path]:
    """Rewrite `note.md` from `old` to `new` and let go of `old`, with `act` done at the step `at`."""
    note = tmp_path / "note.md"
    note.write_bytes(b"old")

    def step(name: str) -> None:
        if name == at:
            act(note)

    disk = RealDisk(tmp_path, step=step)
    result = disk.write("note.md", b"old", b"new")
    assert disk.sync() == ()
    return result, note


def files_in(root: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in root.iterdir()}


@SAVE
@pytest.mark.parametrize("at", ["compared", "temp-written", "synced"])
def test_a_save_before_the_exchange_stands(
    tmp_path: Path, any_kernel: str, save: Callable[[Path, bytes], None], at: str
) -> None:
    result, _ = write_while(tmp_path, at, lambda note: save(note, b"typed"))
    assert isinstance(result, Stale)
    assert files_in(tmp_path) == {"note.md": b"typed"}


@linux
@SAVE
def test_a_save_at_the_last_moment_stands(tmp_path: Path, save: Callable[[Path, bytes], None]) -> None:
    result, _ = write_while(tmp_path, "named", lambda note: save(note, b"typed"))
    assert isinstance(result, Stale)
    assert files_in(tmp_path) == {"note.md": b"typed"}


@SAVE
def test_a_save_after_the_exchange_stands(
    tmp_path: Path, any_kernel: str, save: Callable[[Path, bytes], None]
) -> None:
    result, _ = write_while(tmp_path, "exchanged", lambda note: save(note, b"typed"))
    assert isinstance(result, Written)
    assert files_in(tmp_path) == {"note.md": b"typed"}


@pytest.mark.parametrize("at", ["compared", "synced"])
def test_a_note_that_was_deleted_meanwhile_stays_deleted(tmp_path: Path, any_kernel: str, at: str) -> None:
    result, _ = write_while(tmp_path, at, lambda note: note.unlink())
    assert isinstance(result, Stale)
    assert files_in(tmp_path) == {}


@linux
def test_a_note_that_became_a_folder_or_a_link_meanwhile_stays_one(tmp_path: Path) -> None:
    def folder(note: Path) -> None:
        note.unlink()
        note.mkdir()

    def link(note: Path) -> None:
        note.rename(note.with_name("real.md"))
        note.symlink_to("real.md")

    for name, act in (("a", folder), ("b", link)):
        (tmp_path / name).mkdir()
        result, note = write_while(tmp_path / name, "named", act)
        assert isinstance(result, Stale)
        assert note.is_dir() if name == "a" else note.is_symlink()
    assert sorted(os.listdir(tmp_path / "b")) == ["note.md", "real.md"]
    assert (tmp_path / "b/real.md").read_bytes() == b"old"


def test_a_save_into_the_file_that_was_just_replaced_is_brought_back(tmp_path: Path, any_kernel: str) -> None:
    """An editor opened the note before the exchange and writes after it: into the old file, now nameless."""
    editors: list[int] = []

    def act(note: Path) -> None:
        swap = next(p for p in tmp_path.iterdir() if p.name.startswith(".vaultsync-x-"))
        editors.append(os.open(swap, os.O_WRONLY | os.O_TRUNC))
        os.write(editors[0], b"typed")

    result, note = write_while(tmp_path, "exchanged", act)
    os.write(editors[0], b" and more")
    os.close(editors[0])
    assert isinstance(result, Stale)
    if any_kernel == "exchange":
        assert files_in(tmp_path) == {"note.md": b"typed and more"}
    else:
        assert note.read_bytes() == b"typed and more"


@linux
@SAVE
@pytest.mark.parametrize("more", [1, 2, 3, 4, 5])
def test_saves_during_the_swap_back_leave_the_newest_and_keep_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, save: Callable[[Path, bytes], None], more: int
) -> None:
    """After each change of places the editor saves once more: none of our bytes, and each save somewhere."""
    note = tmp_path / "note.md"
    saved: list[bytes] = []
    exchange_names = kernel.exchange_names

    def exchange_then_save(one: Path, other: Path) -> None:
        exchange_names(one, other)
        if len(saved) <= more:
            saved.append(f"save {len(saved)}".encode())
            save(note, saved[-1])

    monkeypatch.setattr(exchange, "exchange_names", exchange_then_save)
    note.write_bytes(b"old")
    disk = RealDisk(tmp_path, step=lambda name: save(note, b"first") if name == "named" else None)
    result = disk.write("note.md", b"old", b"new")
    left = files_in(tmp_path)
    assert left["note.md"] == saved[-1]
    assert isinstance(result, Stale)
    assert set(result.kept) == set(left) - {"note.md"}
    assert set(left.values()) <= {b"first", *saved}
    if save is save_by_rename:  # each save is a file of its own, and only the editor itself overwrote any
        assert len(left) == 2


@linux
def test_an_editor_that_never_stops_saving_can_not_make_a_write_endless(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    note = tmp_path / "note.md"
    saves = iter(range(1_000_000))
    exchange_names = kernel.exchange_names

    def exchange_then_save(one: Path, other: Path) -> None:
        exchange_names(one, other)
        save_by_rename(note, b"save %d" % next(saves))

    monkeypatch.setattr(exchange, "exchange_names", exchange_then_save)
    note.write_bytes(b"old")
    disk = RealDisk(tmp_path, step=lambda name: save_by_rename(note, b"first") if name == "named" else None)
    result = disk.write("note.md", b"old", b"new")
    last = next(saves) - 1
    assert last < 100
    assert isinstance(result, Stale)
    assert note.read_bytes() == b"save %d" % last
    assert all(not name.startswith(".vaultsync") for name in files_in(tmp_path))


@linux
def test_a_note_that_is_deleted_during_the_swap_back_keeps_what_was_typed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    note = tmp_path / "note.md"
    exchange_names = kernel.exchange_names

    def exchange_then_delete(one: Path, other: Path) -> None:
        exchange_names(one, other)
        note.unlink()

    monkeypatch.setattr(exchange, "exchange_names", exchange_then_delete)
    result, _ = write_while(tmp_path, "named", lambda note: save_in_place(note, b"typed"))
    assert isinstance(result, Stale)
    assert files_in(tmp_path) == {"note.md": b"typed"}


def test_a_save_while_a_note_is_removed_stands(tmp_path: Path, any_kernel: str) -> None:
    note = tmp_path / "note.md"

    def type_into_the_taken_file(name: str) -> None:
        if name == "taken":
            next(p for p in tmp_path.iterdir() if p.name.startswith(".vaultsync-x-")).write_bytes(b"typed")

    note.write_bytes(b"old")
    assert isinstance(RealDisk(tmp_path, step=type_into_the_taken_file).delete("note.md", b"old"), Stale)
    assert files_in(tmp_path) == {"note.md": b"typed"}


def test_a_note_that_is_saved_anew_while_it_is_removed_stays(tmp_path: Path, any_kernel: str) -> None:
    def save_anew(name: str) -> None:
        if name == "taken":
            next(p for p in tmp_path.iterdir() if p.name.startswith(".vaultsync-x-")).write_bytes(b"typed")
            note.write_bytes(b"newer")

    note = tmp_path / "note.md"
    note.write_bytes(b"old")
    result = RealDisk(tmp_path, step=save_anew).delete("note.md", b"old")
    assert isinstance(result, Stale)
    [copy] = result.kept
    assert files_in(tmp_path) == {"note.md": b"newer", copy: b"typed"}


# Editors that looked the name up before a write, and open what they found after it

Late = Callable[[], int]
"""Opens for writing what a name stood for a while ago, as an open(2) does that was held up half-way."""


def looked_up(note: Path) -> Late:
    found = os.open(note, os.O_PATH)

    def go_on() -> int:
        fd = os.open(f"/proc/self/fd/{found}", os.O_WRONLY | os.O_TRUNC)
        os.close(found)
        return fd

    return go_on


def type_into(late: Late, data: bytes) -> None:
    fd = late()
    os.write(fd, data)
    os.close(fd)


@linux
def test_a_save_into_the_old_file_after_it_was_read_is_put_back(tmp_path: Path, any_kernel: str) -> None:
    note, disk = tmp_path / "note.md", RealDisk(tmp_path)
    note.write_bytes(b"old")
    editor = looked_up(note)
    assert isinstance(disk.write("note.md", b"old", b"new"), Written)
    type_into(editor, b"typed")
    [late] = disk.sync()
    assert isinstance(late, Stale)
    assert (late.path, late.kept) == ("note.md", ())
    assert files_in(tmp_path) == {"note.md": b"typed"}
    assert disk.sync() == ()


@linux
def test_an_editor_that_is_still_at_it_when_the_old_file_is_let_go_of_writes_the_note(tmp_path: Path) -> None:
    note, disk = tmp_path / "note.md", RealDisk(tmp_path)
    note.write_bytes(b"old")
    editor = looked_up(note)
    disk.write("note.md", b"old", b"new")
    fd = editor()
    assert [late.path for late in disk.sync()] == ["note.md"]
    os.write(fd, b"typed")
    os.close(fd)
    assert files_in(tmp_path) == {"note.md": b"typed"}


@linux
def test_a_late_save_into_a_note_that_went_on_is_kept_beside_it(tmp_path: Path) -> None:
    note, disk = tmp_path / "note.md", RealDisk(tmp_path)
    note.write_bytes(b"old")
    editor = looked_up(note)
    disk.write("note.md", b"old", b"new")
    disk.write("note.md", b"new", b"newer")
    type_into(editor, b"typed")
    [late] = disk.sync()
    assert isinstance(late, Stale)
    [copy] = late.kept
    assert files_in(tmp_path) == {"note.md": b"newer", copy: b"typed"}


@linux
def test_a_late_save_into_our_version_that_had_to_go_again_is_kept(tmp_path: Path) -> None:
    """Somebody saved by renaming as we exchanged; another one looked the note up while it was ours."""
    note = tmp_path / "note.md"
    editors: list[Late] = []

    def step(name: str) -> None:
        if name == "named":
            save_by_rename(note, b"typed")
        if name == "exchanged":
            editors.append(looked_up(note))

    note.write_bytes(b"old")
    disk = RealDisk(tmp_path, step=step)
    assert isinstance(disk.write("note.md", b"old", b"new"), Stale)
    type_into(editors[0], b"new, and typed")
    [late] = disk.sync()
    assert isinstance(late, Stale)
    [copy] = late.kept
    assert files_in(tmp_path) == {"note.md": b"typed", copy: b"new, and typed"}


@linux
def test_a_late_save_into_a_removed_note_brings_it_back(tmp_path: Path, any_kernel: str) -> None:
    note, disk = tmp_path / "note.md", RealDisk(tmp_path)
    note.write_bytes(b"old")
    editor = looked_up(note)
    assert disk.delete("note.md", b"old") is None
    type_into(editor, b"typed")
    assert [late.path for late in disk.sync()] == ["note.md"]
    assert files_in(tmp_path) == {"note.md": b"typed"}


def test_an_old_file_that_can_not_be_let_go_of_is_told_and_waits_for_the_next_run(
    tmp_path: Path, mocker: MockerFixture
) -> None:
    note, disk = tmp_path / "note.md", RealDisk(tmp_path, journal=journal_of(tmp_path))
    note.write_bytes(b"old")
    assert isinstance(disk.write("note.md", b"old", b"new"), Written)
    stuck = mocker.patch.object(
        Path, "unlink", side_effect=PermissionError(errno.EACCES, "Permission denied")
    )
    [problem] = disk.sync()
    mocker.stop(stuck)
    disk = RealDisk(tmp_path, journal=journal_of(tmp_path))
    [leftover] = disk.scan().leftovers
    assert isinstance(problem, Problem)
    assert (problem.path, problem.rule) == (leftover, "file-permission")
    assert disk.recover([leftover]) == ()
    assert files_in(tmp_path) == {"note.md": b"new"}


# Kills

KILLED = """
import os, signal, sys
from pathlib import Path
from vaultsync.files import system_calls as kernel
from vaultsync.files.disk import RealDisk
from vaultsync.vault.write_journal import WriteJournalFile
root, verb, at, typed_at, how = sys.argv[1:]
def unsupported(*_): raise kernel.Unsupported
if how == "replace": kernel._rename_at = unsupported
note = Path(root, "note.md")
def step(name):
    if name == typed_at:
        note.write_bytes(b"typed")
    if name == at:
        os.kill(os.getpid(), signal.SIGKILL)
disk = RealDisk(Path(root), journal=WriteJournalFile(Path(root), Path(root).parent / "journal"), step=step)
if verb == "delete":
    disk.delete("note.md", b"old")
else:
    disk.write("note.md", b"old" if verb == "write" else None, b"new")
"""


def killed(root: Path, verb: str, at: str, *, typed_at: str = "", how: str = "exchange") -> None:
    """A real process that is killed in the middle of its write."""
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(root), verb, at, typed_at, how], check=False, timeout=30, cwd=_REPO
    )
    assert done.returncode == -signal.SIGKILL


_REPO = Path(__file__).parents[2]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
@pytest.mark.parametrize("how", ["exchange", "replace"])
def test_a_kill_at_any_step_leaves_the_note_whole_and_the_next_run_finishes(tmp_path: Path, how: str) -> None:
    for at in ("compared", "temp-written", "synced", "named", "exchanged", "checked", "written"):
        root = tmp_path / at
        root.mkdir()
        note = root / "note.md"
        note.write_bytes(b"old")
        killed(root, "write", at, how=how)
        was = note.read_bytes()
        assert was == (b"new" if at in {"exchanged", "checked", "written"} else b"old")
        disk = RealDisk(root, journal=journal_of(root))
        assert disk.recover(disk.scan().leftovers) == ()
        assert files_in(root) == {"note.md": was}
        assert isinstance(disk.write("note.md", was, b"new"), Written)


@linux
@pytest.mark.parametrize("how", ["exchange", "replace"])
def test_a_kill_right_after_somebody_saved_loses_nothing(tmp_path: Path, how: str) -> None:
    for at, typed_at in (
        ("synced", "compared"),
        ("named", "named"),
        ("exchanged", "named"),
        ("written", "exchanged"),
    ):
        root = tmp_path / f"{at} {typed_at}"
        root.mkdir()
        (root / "note.md").write_bytes(b"old")
        if (how, at, typed_at) == ("replace", "exchanged", "named"):
            continue  # here the comparison comes after this step, and nothing is exchanged
        killed(root, "write", at, typed_at=typed_at, how=how)
        disk = RealDisk(root, journal=journal_of(root))
        saved = disk.recover(disk.scan().leftovers)
        assert files_in(root) == {"note.md": b"typed"}
        assert [s.path for s in saved] == (["note.md"] if at == "exchanged" else [])


@linux
def test_a_kill_in_a_removal_ends_with_the_note_gone_or_with_what_was_typed(tmp_path: Path) -> None:
    for name, typed in (("gone", b""), ("typed", b"typed")):
        root = tmp_path / name
        root.mkdir()
        (root / "note.md").write_bytes(b"old")
        killed(root, "delete", "taken")
        [leftover] = RealDisk(root, journal=journal_of(root)).scan().leftovers
        if typed:
            (root / leftover).write_bytes(typed)  # an editor had the file open all the time
        RealDisk(root, journal=journal_of(root)).recover([leftover])
        assert files_in(root) == ({"note.md": typed} if typed else {})


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_a_kill_while_a_note_is_made_leaves_none_or_all_of_it(tmp_path: Path) -> None:
    for at, left in (("temp-written", {}), ("synced", {}), ("written", {"note.md": b"new"})):
        root = tmp_path / at
        root.mkdir()
        killed(root, "create", at)
        disk = RealDisk(root, journal=journal_of(root))
        disk.recover(disk.scan().leftovers)
        assert files_in(root) == left


@linux
def test_typed_bytes_from_a_killed_run_become_a_copy_if_the_note_went_on(tmp_path: Path) -> None:
    name = "非常に長い名前の論文" * 8 + ".md"
    note = tmp_path / name
    note.write_bytes(b"newer still")
    pending = PendingWrite("0" * 16, name, short_digest(b"old"), short_digest(b"new"))
    journal_of(tmp_path).write([pending], synced=True)
    note.with_name(pending.names[1]).write_bytes(b"typed")
    disk = RealDisk(tmp_path, journal=journal_of(tmp_path))
    [saved] = disk.recover(disk.scan().leftovers)
    assert isinstance(saved, Stale)
    [copy] = saved.kept
    assert saved.path == name
    assert files_in(tmp_path) == {name: b"newer still", copy: b"typed"}
    assert copy.startswith("非常に長い名前の論文")
    assert disk.scan().others == (copy,)
    assert journal_of(tmp_path).read() == ()


@pytest.mark.parametrize(
    "name",
    [
        ".vaultsync-x-0000000000000000-0000000000000000-00000000-.git.tmp",  # of an earlier version
        ".vaultsync-x-0000000000000000-0000000000000000-00000000-.tmp",
        ".vaultsync-x-0000000000000000.tmp",
        ".vaultsync-w-0000000000000000.tmp",
        ".vaultsync-.tmp",
    ],
)
def test_a_file_that_only_has_the_name_of_a_leftover_is_left_where_it_is(tmp_path: Path, name: str) -> None:
    """It came with a stranger's vault; under the name that it asked for, it could be a `.git`."""
    (tmp_path / name).mkdir()
    (tmp_path / name / "config").write_bytes(b"[core]\n")
    (tmp_path / "file").mkdir()
    (tmp_path / "file" / name).write_bytes(b"not ours")
    disk = RealDisk(tmp_path, journal=journal_of(tmp_path))
    [told] = disk.recover(disk.scan().leftovers)
    assert isinstance(told, Problem)
    assert (told.path, told.rule) == (f"file/{name}", "file-leftover")
    assert sorted(os.listdir(tmp_path)) == sorted([name, "file"])
    assert files_in(tmp_path / "file") == {name: b"not ours"}


def test_a_journal_that_was_tampered_with_reaches_no_file_outside(tmp_path: Path) -> None:
    root = tmp_path / "vault"
    root.mkdir()
    pending = PendingWrite("0" * 16, "../note.md", "", "")
    (tmp_path / pending.names[1]).write_bytes(b"typed")
    journal_of(root).write([pending], synced=False)
    [told] = RealDisk(root, journal=journal_of(root)).recover(())
    assert isinstance(told, Problem)
    assert told.rule == "file-outside"
    assert (tmp_path / pending.names[1]).read_bytes() == b"typed"


# A real editor

EDITOR = """
import os, random, sys, time
path, saves, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
chance = random.Random(seed)
lost = 0
def stands(n):
    with open(path, "rb") as f: return f.read().startswith(b"save %d\\n" % n)
for n in range(saves):
    data = b"save %d\\n" % n + b"x" * chance.choice([10, 3_000, 60_000]) + b"\\n"
    if chance.random() < 0.5:
        with open(path, "wb", buffering=0) as f:
            f.write(data[:100])
            f.write(data[100:])
    else:
        with open(path + "~", "wb") as f: f.write(data)
        os.replace(path + "~", path)
    time.sleep(chance.choice([0, 0, 0.0005, 0.002, 0.004]))
    until = time.monotonic() + 2
    while not stands(n):
        if time.monotonic() > until:
            lost += 1
            break
print(lost)
"""


@linux
def test_an_editor_that_saves_every_few_milliseconds_loses_no_save(tmp_path: Path) -> None:
    """Set VAULTSYNC_SAVES=100000 for the long run; each save must be there until the next one is made."""
    note = tmp_path / "note.md"
    note.write_bytes(b"save 0\n")
    disk = RealDisk(tmp_path)
    written = stale = 0
    kept: list[str] = []
    with subprocess.Popen(
        [sys.executable, "-c", EDITOR, str(note), str(SAVES), "7"], stdout=subprocess.PIPE, text=True
    ) as editor:
        while editor.poll() is None:
            old = disk.read("note.md")
            if not isinstance(old, bytes) or old.endswith(b"tool\n"):
                continue
            result = disk.write("note.md", old, old + b"tool\n")
            written += isinstance(result, Written)
            if isinstance(result, Stale):
                stale += 1
                kept += result.kept
        assert editor.stdout is not None
        assert editor.stdout.read() == "0\n"
    kept += (copy for late in disk.sync() if isinstance(late, Stale) for copy in late.kept)
    print(f"{SAVES} saves: {written} rewritten, {stale} left alone, {len(kept)} conflict copies")  # noqa: T201  # for -s
    assert written > SAVES / 100
    assert note.read_bytes().startswith(b"save %d\n" % (SAVES - 1))
    assert set(files_in(tmp_path)) == {"note.md", *kept}
