"""The disk port: what each adapter keeps, what a scan sees, and what a write leaves as it was."""

from __future__ import annotations

import errno
import os
import resource
import subprocess
import sys
import tempfile
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from doubles import MemoryDisk
from pytest_mock import MockerFixture

from vaultsync.core.errors import Problem, VaultError
from vaultsync.files import system_calls as kernel
from vaultsync.files.disk import Disk, RealDisk, Rewrite, Stale, Written
from vaultsync.vault.places import vault_key
from vaultsync.vault.write_journal import WriteJournalFile

Make = Callable[[dict[str, bytes]], Disk]


@pytest.fixture(params=["on a disk", "in memory"])
def disk_with(request: pytest.FixtureRequest, tmp_path: Path) -> Make:
    def make(files: dict[str, bytes]) -> Disk:
        if request.param == "in memory":
            return MemoryDisk(files)
        for path, data in files.items():
            put(tmp_path, path, data)
        return RealDisk(tmp_path)

    return make


@pytest.fixture(params=["exchange", "replace"])
def any_kernel(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Runs a test with `renameat2`, and as on a system without it."""
    if request.param == "replace":

        def unsupported(*_: object) -> None:
            raise kernel.Unsupported

        monkeypatch.setattr(kernel, "_rename_at", unsupported)
    elif sys.platform != "linux":
        pytest.skip("only Linux has renameat2")
    return str(request.param)


@pytest.fixture
def unprivileged() -> Iterator[Path]:
    """A folder of a user for whom permissions count: root ignores them."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        if os.geteuid() != 0:
            yield root
            return
        os.chown(root, 65534, -1)
        os.seteuid(65534)
        try:
            yield root
        finally:
            os.seteuid(0)


def put(root: Path, path: str, data: bytes = b"x\n") -> Path:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)
    return file


def rules(problems: tuple[Problem, ...]) -> list[tuple[str, str]]:
    return [(p.path, p.rule) for p in problems]


def files_in(root: Path) -> set[str]:
    return {p.relative_to(root).as_posix() for p in root.rglob("*") if not p.is_dir()}


# What every adapter keeps


def test_a_note_that_holds_what_was_read_is_rewritten(disk_with: Make) -> None:
    disk = disk_with({"Papers/a.md": b"old"})
    result = disk.write("Papers/a.md", b"old", b"new")
    assert isinstance(result, Written)
    assert disk.read("Papers/a.md") == b"new"
    assert result.info == disk.info("Papers/a.md") == disk.scan().notes["Papers/a.md"]


def test_a_note_that_changed_after_it_was_read_is_left_alone(disk_with: Make) -> None:
    disk = disk_with({"a.md": b"typed"})
    assert isinstance(disk.write("a.md", b"old", b"new"), Stale)
    assert disk.read("a.md") == b"typed"


def test_a_new_note_never_goes_over_an_existing_one(disk_with: Make) -> None:
    disk = disk_with({"a.md": b"typed"})
    assert isinstance(disk.write("a.md", None, b"new"), Stale)
    assert isinstance(disk.write("New/b.md", None, b"new"), Written)
    assert (disk.read("a.md"), disk.read("New/b.md")) == (b"typed", b"new")


def test_a_note_that_vanished_is_a_problem(disk_with: Make) -> None:
    disk = disk_with({})
    for result in (disk.read("a.md"), disk.write("a.md", b"old", b"new"), disk.delete("a.md", b"")):
        assert isinstance(result, Problem)
        assert result.rule == "file-vanished"
    assert isinstance(disk.move("a.md", "b.md", b""), Problem)


def test_a_note_is_deleted_only_if_it_holds_what_was_read(disk_with: Make) -> None:
    disk = disk_with({"a.md": b"typed"})
    assert isinstance(disk.delete("a.md", b"old"), Stale)
    assert disk.read("a.md") == b"typed"
    assert disk.delete("a.md", b"typed") is None
    assert disk.scan().notes == {}


def test_a_file_is_moved_never_over_another_one(disk_with: Make) -> None:
    disk = disk_with({"Inbox/list.md": b"1", "Inbox/done/list.md": b"2"})
    assert isinstance(disk.move("Inbox/list.md", "Inbox/done/list.md", b"1"), Stale)
    assert isinstance(disk.move("Inbox/list.md", "Inbox/done/list 2.md", b"0"), Stale)
    assert isinstance(disk.move("Inbox/list.md", "Inbox/done/list 2.md", b"1"), Written)
    assert list(disk.scan().notes) == ["Inbox/done/list 2.md", "Inbox/done/list.md"]


def test_many_notes_are_written_in_order_and_each_answer_is_its_own(disk_with: Make) -> None:
    disk = disk_with({f"{n:03}.md": b"old" for n in range(100)})
    wishes = [Rewrite(f"{n:03}.md", b"other" if n % 10 == 3 else b"old", b"new") for n in range(100)]
    results = list(disk.write_many(wishes))
    assert [rewrite for rewrite, _ in results] == wishes
    assert [isinstance(result, Stale) for _, result in results] == [n % 10 == 3 for n in range(100)]
    written = {path for path, data in disk.read_many(disk.scan().notes) if data == b"new"}
    assert len(written) == 90
    disk.sync()


@pytest.mark.parametrize("path", ["../x.md", "/etc/passwd", "a/../../x.md"])
def test_a_path_that_leads_out_of_the_vault_is_refused(disk_with: Make, path: str) -> None:
    result = disk_with({}).read(path)
    assert isinstance(result, Problem)
    assert result.rule == "file-outside"


# What a scan sees


def test_a_scan_gives_notes_and_other_files_and_nothing_hidden(tmp_path: Path) -> None:
    for path in (
        "b.md",
        "a/c d.md",
        "a/ä.MD",
        "a/fig.png",
        ".obsidian/app.json",
        ".git/x.md",
        ".trash/y.md",
        ".vaultsync/config.toml",
        ".hidden.md",
        "~$b.docx",
        "4913",
        "b.md~",
        "b (conflict 1a2b3c4).md",
        "b.sync-conflict-20250407-101500-ABCDEFG.md",
        ".vaultsync-w-01234567.tmp",
        ".vaultsync/decisions.toml",
        ".vaultsync/.vaultsync-w-89abcdef.tmp",
    ):
        put(tmp_path, path)
    scan = RealDisk(tmp_path).scan()
    assert list(scan.notes) == ["a/c d.md", "a/ä.MD", "b.md"]
    assert scan.others == (
        "a/fig.png",
        "b (conflict 1a2b3c4).md",
        "b.sync-conflict-20250407-101500-ABCDEFG.md",
    )
    assert scan.leftovers == (".vaultsync-w-01234567.tmp", ".vaultsync/.vaultsync-w-89abcdef.tmp")
    assert scan.problems == ()
    assert scan.folders == 2
    status = (tmp_path / "b.md").stat()
    assert scan.notes["b.md"].size == 2
    assert (scan.notes["b.md"].inode, scan.notes["b.md"].mtime_ns) == (status.st_ino, status.st_mtime_ns)


def test_what_the_person_excludes_is_not_walked(tmp_path: Path) -> None:
    for path in ("a.md", "Archive/b.md", "Notes/Archive.md"):
        put(tmp_path, path)
    scan = RealDisk(tmp_path).scan(lambda path: path in {"Archive/", "a.md"})
    assert list(scan.notes) == ["Notes/Archive.md"]


def test_odd_files_are_problems_and_the_rest_is_done(tmp_path: Path) -> None:
    root = tmp_path / "vault"
    put(root, "good.md")
    put(root, "folder.md/inside.md")
    put(tmp_path, "outside.md")
    (root / "out.md").symlink_to("../outside.md")
    (root / "dangling.md").symlink_to("nothing.md")
    (root / "loop.md").symlink_to("loop.md")
    (root / "out").symlink_to(tmp_path)
    os.mkfifo(root / "pipe.md")
    scan = RealDisk(root).scan()
    assert list(scan.notes) == ["folder.md/inside.md", "good.md"]
    assert rules(scan.problems) == [
        ("dangling.md", "file-dangling"),
        ("folder.md", "folder-named-note"),
        ("loop.md", "file-dangling"),
        ("out", "file-outside"),
        ("out.md", "file-outside"),
        ("pipe.md", "file-special"),
    ]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
def test_a_name_that_is_not_utf8_is_a_problem_that_can_be_shown(tmp_path: Path) -> None:
    Path(os.fsdecode(bytes(tmp_path) + b"/caf\xe9.md")).write_bytes(b"x")
    scan = RealDisk(tmp_path).scan()
    assert scan.notes == {}
    assert rules(scan.problems) == [("caf\\xe9.md", "file-name")]
    assert str(scan.problems[0]).encode()


@pytest.mark.skipif(sys.platform != "linux", reason="other systems hold only one of them")
def test_names_that_are_one_on_another_system_are_reported(tmp_path: Path) -> None:
    composed = unicodedata.normalize("NFC", "Größe.md")
    for path in ("Amos.md", "amos.md", composed, unicodedata.normalize("NFD", composed)):
        put(tmp_path, path)
    scan = RealDisk(tmp_path).scan()
    assert len(scan.notes) == 4
    assert [p.rule for p in scan.problems] == ["file-name-clash"] * 2


def test_a_link_within_the_vault_is_a_note_only_where_its_file_is_none(tmp_path: Path) -> None:
    put(tmp_path, "real.md")
    put(tmp_path, ".store/hidden.md")
    (tmp_path / "again.md").symlink_to("real.md")
    (tmp_path / "shown.md").symlink_to(".store/hidden.md")
    (tmp_path / "shown twice.md").symlink_to(".store/hidden.md")
    put(tmp_path, "sub/x.md")
    (tmp_path / "way").symlink_to("sub")
    scan = RealDisk(tmp_path).scan()
    assert list(scan.notes) == ["real.md", "shown twice.md", "sub/x.md"]
    assert scan.others == ("again.md", "shown.md")
    assert scan.problems == ()


@pytest.mark.parametrize("place", [".git/packed-refs", ".GIT/x.md", ".obsidian/plugins/p/data.json"])
def test_a_link_to_what_belongs_to_git_or_obsidian_is_no_note(tmp_path: Path, place: str) -> None:
    put(tmp_path, place)
    before = (tmp_path / place).read_bytes()
    (tmp_path / "note.md").symlink_to(place)
    (tmp_path / "Papers").symlink_to(place.partition("/")[0])
    disk = RealDisk(tmp_path)
    scan = disk.scan()
    assert scan.notes == {}
    assert rules(scan.problems) == [("note.md", "file-hidden")]
    read = disk.read("note.md")
    assert isinstance(read, Problem)
    assert read.rule == "file-hidden"
    assert isinstance(disk.write("note.md", before, b"theirs"), Problem)
    assert isinstance(disk.write("Papers/new.md", None, b"theirs"), Problem)
    assert (tmp_path / place).read_bytes() == before
    assert sorted(os.listdir(tmp_path / place.partition("/")[0])) == [place.split("/")[1]]


def test_a_folder_that_can_not_be_read_is_a_problem(unprivileged: Path) -> None:
    put(unprivileged, "shut/a.md")
    put(unprivileged, "b.md").chmod(0)
    (unprivileged / "shut").chmod(0)
    disk = RealDisk(unprivileged)
    scan = disk.scan()
    read = disk.read("b.md")
    (unprivileged / "shut").chmod(0o700)
    assert rules(scan.problems) == [("shut", "file-permission")]
    assert isinstance(read, Problem)
    assert read.rule == "file-permission"


def test_a_vault_that_is_gone_is_no_empty_vault(tmp_path: Path) -> None:
    with pytest.raises(VaultError, match="can't be read"):
        RealDisk(tmp_path / "unmounted").scan()


def test_a_vault_has_one_key_however_its_path_is_written(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path, target_is_directory=True)
    assert vault_key(tmp_path / "link" / ".") == vault_key(tmp_path)
    assert vault_key(tmp_path) != vault_key(tmp_path.parent)


# What reading gives


def test_a_huge_note_is_left_alone(tmp_path: Path) -> None:
    put(tmp_path, "huge.md", b"x" * 20_000_000)
    result = RealDisk(tmp_path).read("huge.md")
    assert isinstance(result, Problem)
    assert result.rule == "file-too-large"
    assert "20.0 MB, more than 5 MB" in result.message


def test_a_pipe_never_makes_reading_wait(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.md")
    [(_, result)] = RealDisk(tmp_path).read_many(["pipe.md"])
    assert isinstance(result, Problem)
    assert result.rule == "file-special"


# What a write leaves as it was


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664, 0o755])
def test_the_mode_stays(tmp_path: Path, any_kernel: str, mode: int) -> None:
    put(tmp_path, "a.md", b"old").chmod(mode)
    disk = RealDisk(tmp_path)
    assert isinstance(disk.write("a.md", b"old", b"new"), Written)
    assert disk.sync() == ()
    assert (tmp_path / "a.md").stat().st_mode & 0o7777 == mode
    assert files_in(tmp_path) == {"a.md"}


def test_a_new_note_has_the_mode_that_the_umask_leaves(tmp_path: Path, any_kernel: str) -> None:
    before = os.umask(0o027)
    try:
        RealDisk(tmp_path).write("a.md", None, b"new")
    finally:
        os.umask(before)
    assert (tmp_path / "a.md").stat().st_mode & 0o777 == 0o640
    assert files_in(tmp_path) == {"a.md"}


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="only root may give files away")
def test_the_owner_stays(tmp_path: Path) -> None:
    os.chown(put(tmp_path, "a.md", b"old"), 1234, 5678)
    RealDisk(tmp_path).write("a.md", b"old", b"new")
    status = (tmp_path / "a.md").stat()
    assert (status.st_uid, status.st_gid) == (1234, 5678)


@pytest.mark.skipif(sys.platform != "linux", reason="Python reads extended attributes on Linux alone")
def test_the_extended_attributes_stay(tmp_path: Path) -> None:
    file = put(tmp_path, "a.md", b"old")
    try:
        os.setxattr(file, "user.xdg.tags", b"paper")
    except OSError:
        pytest.skip("this file system has none")
    RealDisk(tmp_path).write("a.md", b"old", b"new")
    assert os.getxattr(file, "user.xdg.tags") == b"paper"


def test_a_symbolic_link_stays_one_and_its_file_is_rewritten(tmp_path: Path, any_kernel: str) -> None:
    put(tmp_path, ".store/real.md", b"old")
    (tmp_path / "link.md").symlink_to(".store/real.md")
    assert isinstance(RealDisk(tmp_path).write("link.md", b"old", b"new"), Written)
    assert (tmp_path / "link.md").is_symlink()
    assert (tmp_path / ".store/real.md").read_bytes() == b"new"


def test_nothing_is_written_through_a_link_out_of_the_vault(tmp_path: Path) -> None:
    vault = tmp_path / "vault"
    outside = put(tmp_path, "elsewhere/real.md", b"old")
    vault.mkdir()
    (vault / "link.md").symlink_to("../elsewhere/real.md")
    (vault / "way").symlink_to("../elsewhere")
    disk = RealDisk(vault)
    for result in (
        disk.write("link.md", b"old", b"new"),
        disk.write("way/real.md", b"old", b"new"),
        disk.write("way/new.md", None, b"new"),
        disk.delete("way/real.md", b"old"),
    ):
        assert isinstance(result, Problem)
        assert result.rule == "file-outside"
    assert files_in(outside.parent) == {"real.md"}
    assert outside.read_bytes() == b"old"


def test_a_read_only_note_is_a_problem(tmp_path: Path) -> None:
    put(tmp_path, "a.md", b"old").chmod(0o444)
    result = RealDisk(tmp_path).write("a.md", b"old", b"new")
    assert isinstance(result, Problem)
    assert result.rule == "file-read-only"
    assert (tmp_path / "a.md").read_bytes() == b"old"


def test_a_read_only_folder_is_a_problem(unprivileged: Path) -> None:
    file = put(unprivileged, "shut/a.md", b"old")
    file.parent.chmod(0o500)
    disk = RealDisk(unprivileged)
    results = [disk.write("shut/a.md", b"old", b"new"), disk.write("shut/b.md", None, b"new")]
    results += [disk.write("shut/c/d.md", None, b"new"), disk.move("shut/a.md", "a.md", b"old")]
    file.parent.chmod(0o700)
    assert [r.rule for r in results if isinstance(r, Problem)] == ["file-permission"] * 4
    assert file.read_bytes() == b"old"


def test_a_note_with_two_names_is_not_parted_in_two(tmp_path: Path) -> None:
    file = put(tmp_path, "a.md", b"old")
    (tmp_path / "b.md").hardlink_to(file)
    result = RealDisk(tmp_path).write("a.md", b"old", b"new")
    assert isinstance(result, Problem)
    assert result.rule == "file-hard-links"
    assert (tmp_path / "b.md").read_bytes() == b"old"


def test_a_full_disk_leaves_the_note_and_no_litter(tmp_path: Path, any_kernel: str) -> None:
    put(tmp_path, "a.md", b"old")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    try:
        results = [
            RealDisk(tmp_path).write("a.md", b"old", b"x" * 10_000),
            RealDisk(tmp_path).write("b.md", None, b"x" * 10_000),
        ]
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert [r.rule for r in results if isinstance(r, Problem)] == ["disk-full", "disk-full"]
    assert files_in(tmp_path) == {"a.md"}
    assert (tmp_path / "a.md").read_bytes() == b"old"


def test_a_disk_that_turns_out_full_when_synced_leaves_the_note(
    tmp_path: Path, mocker: MockerFixture
) -> None:
    put(tmp_path, "a.md", b"old")
    mocker.patch(
        "vaultsync.files.exchange.os.fsync", side_effect=OSError(errno.ENOSPC, "No space left on device")
    )
    result = RealDisk(tmp_path).write("a.md", b"old", b"new")
    assert isinstance(result, Problem)
    assert result.rule == "disk-full"
    assert files_in(tmp_path) == {"a.md"}
    assert (tmp_path / "a.md").read_bytes() == b"old"


def test_a_caller_that_stops_half_way_leaves_no_litter(tmp_path: Path) -> None:
    for n in range(50):
        put(tmp_path, f"{n:02}.md", b"old")
    disk = RealDisk(tmp_path)
    results = disk.write_many(Rewrite(f"{n:02}.md", b"old", b"new") for n in range(50))
    next(results)
    next(results)
    results.close()  # type: ignore[attr-defined]  # the adapter's is a generator, the port promises an iterator
    assert disk.sync() == ()
    assert [(tmp_path / f"{n:02}.md").read_bytes() for n in range(3)] == [b"new", b"new", b"old"]
    assert len(files_in(tmp_path)) == 50


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has leases")
@pytest.mark.parametrize("data", [b"", b"half of what is being"])
def test_a_note_that_is_open_for_writing_is_left_alone(tmp_path: Path, any_kernel: str, data: bytes) -> None:
    file = put(tmp_path, "a.md", data)
    script = "import sys; f = open(sys.argv[1], 'ab'); print(flush=True); input(); f.write(b'typed')"
    with subprocess.Popen(
        [sys.executable, "-c", script, str(file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as editor:
        assert editor.stdout is not None
        editor.stdout.readline()
        results = [RealDisk(tmp_path).write("a.md", data, b"new"), RealDisk(tmp_path).delete("a.md", data)]
        editor.communicate(b"\n", timeout=10)
    assert all(isinstance(result, Stale) for result in results)
    assert file.read_bytes() == data + b"typed"
    assert files_in(tmp_path) == {"a.md"}


def test_a_change_of_case_alone_moves_the_note(tmp_path: Path, mocker: MockerFixture) -> None:
    put(tmp_path, "a.md", b"1")
    assert isinstance(RealDisk(tmp_path).move("a.md", "A.md", b"1"), Written)
    assert files_in(tmp_path) == {"A.md"}
    # As where names ignore case: the target is there, it is the same file, but no entry has that name.
    put(tmp_path, "b.md", b"2")
    mocker.patch("vaultsync.files.disk.os.path.lexists", return_value=True)
    mocker.patch("pathlib.Path.samefile", return_value=True)
    assert isinstance(RealDisk(tmp_path).move("b.md", "B.md", b"2"), Written)
    assert files_in(tmp_path) == {"A.md", "B.md"}


def test_a_folder_is_spelled_as_the_commit_has_it_where_names_ignore_case(
    tmp_path: Path, mocker: MockerFixture
) -> None:
    put(tmp_path, "Deep/Er/a.md", b"1")
    disk = RealDisk(tmp_path)
    disk.spell(["deep", "deep/er"])
    assert files_in(tmp_path) == {"Deep/Er/a.md"}  # here they are other folders
    mocker.patch("vaultsync.files.disk._differ_in_case", lambda one, other: one != other)
    disk.spell(["Deep/er", "nowhere", ".git", "../x"])
    assert files_in(tmp_path) == {"Deep/er/a.md"}
    disk.spell(["deep"])
    assert files_in(tmp_path) == {"deep/er/a.md"}


def test_a_temporary_file_that_can_not_be_removed_is_left_to_the_next_run(
    tmp_path: Path, mocker: MockerFixture
) -> None:
    """A file system that is read-only from one moment to the next refuses that, too."""
    vault = tmp_path / "vault"
    put(vault, "a.md", b"1")
    journal = WriteJournalFile(vault, tmp_path / "state")
    refused = OSError(errno.EROFS, "Read-only file system")
    with mocker.patch.context_manager(os, "write", side_effect=refused):
        mocker.patch("pathlib.Path.unlink", side_effect=refused)
        failing = RealDisk(vault, journal=journal)
        assert isinstance(failing.write("a.md", b"1", b"2"), Problem)
        mocker.stopall()
    failing.sync()
    [left] = [name for name in files_in(vault) if name != "a.md"]
    assert [pending.names[0] for pending in journal.read()] == [left]
    disk = RealDisk(vault, journal=journal)
    assert disk.recover([left]) == ()
    assert files_in(vault) == {"a.md"}
    assert journal.read() == ()


def test_syncing_folders_goes_on_where_one_is_gone(tmp_path: Path) -> None:
    disk = RealDisk(tmp_path)
    disk.write("gone/a.md", None, b"1")
    (tmp_path / "gone/a.md").unlink()
    (tmp_path / "gone").rmdir()
    disk.sync()


def test_a_failing_disk_ends_the_run_with_a_message(tmp_path: Path, mocker: MockerFixture) -> None:
    disk = RealDisk(tmp_path)
    disk.write("a.md", None, b"1")
    mocker.patch("vaultsync.files.disk.os.fsync", side_effect=OSError(errno.EIO, "Input/output error"))
    with pytest.raises(VaultError, match="Input/output error"):
        disk.sync()


def test_new_files_in_a_folder_that_leads_out_of_the_vault_are_all_refused(tmp_path: Path) -> None:
    root, elsewhere = tmp_path / "vault", tmp_path / "elsewhere"
    root.mkdir()
    elsewhere.mkdir()
    (root / "Papers").symlink_to(elsewhere)
    wishes = [Rewrite(f"{folder}/{i}.md", None, b"x") for i in range(3) for folder in ("Papers", "Talks")]
    outcomes = {rewrite.path: outcome for rewrite, outcome in RealDisk(root).write_many(wishes)}
    refused = {path for path, outcome in outcomes.items() if isinstance(outcome, Problem)}
    assert refused == {f"Papers/{i}.md" for i in range(3)}
    assert not list(elsewhere.iterdir())
    assert len(list((root / "Talks").iterdir())) == 3


# What a vault can't make the tool do (promise P8)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells where an open folder is")
@pytest.mark.parametrize("at", ["compared", "temp-written", "synced", "named", "exchanged"])
@pytest.mark.parametrize("expected", [b"old", None])
def test_a_folder_that_is_swapped_for_a_link_during_a_write_leads_nowhere_else(
    tmp_path: Path, any_kernel: str, at: str, expected: bytes | None
) -> None:
    vault, elsewhere = tmp_path / "vault", tmp_path / "elsewhere"
    put(vault, "sub/x.md", b"x")
    put(elsewhere, "a.md", b"old")
    if expected is not None:
        put(vault, "sub/a.md", expected)

    def swap(name: str) -> None:
        if name == at and not (vault / "moved").exists():
            (vault / "sub").rename(vault / "moved")
            (vault / "sub").symlink_to(elsewhere)

    disk = RealDisk(vault, step=swap)
    disk.write("sub/a.md", expected, b"new")
    disk.sync()
    assert {p.name: p.read_bytes() for p in elsewhere.iterdir()} == {"a.md": b"old"}
    assert not [name for name in files_in(vault / "moved") if name.startswith(".vaultsync")]


@pytest.mark.parametrize("path", [".git/refs/heads/x.md", ".obsidian/x.md", "a/.b/x.md", ".vaultsync/x.md"])
def test_nothing_new_is_written_into_a_hidden_folder(tmp_path: Path, path: str) -> None:
    outcome = RealDisk(tmp_path).write(path, None, b"x")
    assert isinstance(outcome, Problem)
    assert outcome.rule == "file-hidden"
    assert os.listdir(tmp_path) == []


def test_links_are_read_inside_the_vault_and_never_through_one_that_leads_out(tmp_path: Path) -> None:
    vault = tmp_path / "vault"
    put(vault, "real.md", b"inside")
    put(tmp_path, "outside.md", b"secret")
    (vault / "in.md").symlink_to("real.md")
    (vault / "out.md").symlink_to("../outside.md")
    (vault / "way").symlink_to("..")
    disk = RealDisk(vault)
    assert [data for _, data in disk.read_many(["in.md"])] == [b"inside"]
    for path in ("out.md", "way/outside.md"):
        for result in (disk.read(path), *(data for _, data in disk.read_many([path]))):
            assert isinstance(result, Problem)
            assert result.rule == "file-outside"
    for path in ("../outside.md", "/etc/passwd", "a//b.md", "./real.md", "", "a\0b"):
        assert isinstance(disk.read(path), Problem)


def test_folders_of_the_system_at_the_top_of_a_disk_hold_no_notes(tmp_path: Path) -> None:
    for folder in ("lost+found", "System Volume Information", "Notes/lost+found"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "A.md").write_bytes(b"")
    assert list(RealDisk(tmp_path).scan().notes) == ["Notes/lost+found/A.md"]
