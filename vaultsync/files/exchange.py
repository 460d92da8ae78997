"""Replace a file's bytes without ever overwriting bytes that nobody has read (promise P1).

It stands below `disk`: absolute paths in, `OSError` out, no notion of a note. How a replacement goes:

1. *stage*: the file must hold `expected`; `new` goes into a temporary file beside it (`.vaultsync-w-…`), with
   the same mode, owner and extended attributes. The caller syncs it, alone or with others (`durable`).
2. *commit*: the temporary file gets its swap name (`.vaultsync-x-…`) and the two files change places in one
   step, `renameat2(RENAME_EXCHANGE)`. What came out is read. If it is something else than `expected`,
   somebody saved in between: the files change places again, and the caller hears `Raced`.
3. *let go*: what came out stays under its swap name for `GRACE` seconds, is read once more, and only then
   removed. An editor may have looked the note's name up just before the exchange, and open that old file for
   writing just after we read it: no call tells of such an editor. Its save is found here and put back.

Why no kill loses anything. The note's name holds the old or the new file whole at any moment, both synced. A
`w` file only ever held our own bytes: it can go. What an `x` file was made for is in the journal of writes
under way (`PendingWrite`: the note, the digests of `expected` and `new`), and `let_go`, at step 3 or at the
next start, hashes what it finds. Either digest: it was ours, or the version that `new` was made from: it can
go. Any other: these are bytes that somebody typed while we worked; they change places with our `new` if that
still stands there, else they are kept as `NAME (conflict 1a2b3c4).md`. A name alone is no proof: a file that
came with a stranger's vault can have any (promise P8), so only what the journal lists is ever touched.

Why no editor that holds the file open loses anything: on Linux the file is read under a read lease (see
fcntl(2), F_SETLEASE), which the kernel refuses while anybody has the file open for writing. A note that is
being written is `Raced`, even if it still holds `expected`.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path

import msgspec

from vaultsync.files.containment import FileRefused
from vaultsync.files.system_calls import (
    Unsupported,
    attributes_of,
    contents,
    dress,
    exchange_names,
    look,
    opened,
    rename_new,
    second_name,
)

Step = Callable[[str], None]
"""Told the name of each step that is done, so that a test can fail or kill there."""

Park = Callable[[Path], None]
"""Told of a file that came out and was read: `let_go` of it once `GRACE` is over."""

GRACE = 0.02
"""Seconds from the exchange to the last look: thousands of times what an open(2) takes from name to file."""

_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
_NEW_MODE = 0o666  # the kernel takes the umask off
_MOST_SWAPS = 50  # so many saves within some milliseconds are no person's
_SAVED = "it was saved while it was rewritten"
_GONE = "it was deleted or moved"
_TEMP_PREFIX, _TEMP_SUFFIX = ".vaultsync-", ".tmp"


class PendingWrite(msgspec.Struct, frozen=True):
    """A write under way: the token in its temporary names, the vault's `path`, what its swap file may hold.

    `before` and `after` are `short_digest`s; `after` is empty for a removal.
    """

    token: str
    path: str
    before: str
    after: str

    @property
    def names(self) -> tuple[str, str]:
        """The names that its file may have beside the note: while it is written, and to swap."""
        return _written_name(self.token), _swap_name(self.token)


class Raced(msgspec.Struct, frozen=True):
    """Somebody else changed the file, and theirs stands; `copies` are the older versions that were kept."""

    reason: str
    copies: tuple[Path, ...] = ()


class Staged(msgspec.Struct, frozen=True):
    """A temporary file that waits to be synced, and then for `commit`."""

    path: Path
    token: str
    expected: bytes | None
    new: bytes
    seen: os.stat_result | None = None

    @property
    def temp(self) -> Path:
        """The file that holds `new`."""
        return self.path.with_name(_written_name(self.token))

    @property
    def swap(self) -> Path:
        """The name under which it changes places with the note."""
        return self.path.with_name(_swap_name(self.token))


def new_token() -> str:
    """What tells one write's temporary files from another's."""
    return os.urandom(8).hex()


def stage(path: Path, token: str, expected: bytes | None, new: bytes, step: Step) -> Staged | Raced:
    """Write `new` into a temporary file beside `path`; `expected=None` means that `path` must not exist.

    `path` is absolute and no symbolic link. Raises `FileRefused` and `OSError`; then nothing is left behind.
    """
    model: os.stat_result | None = None
    attributes: dict[str, bytes] = {}
    if expected is not None:
        with opened(path) as fd:
            model = os.fstat(fd)
            _check_kind(path, model)
            if contents(fd) != expected:
                return Raced("it changed after it was read, or is being written")
            attributes = attributes_of(fd)
    step("compared")
    staged = Staged(path, token, expected, new, model)
    temp = staged.temp
    fd = os.open(temp, _CREATE, _NEW_MODE if model is None else 0o600)
    try:
        try:
            view = memoryview(new)
            while view:
                view = view[os.write(fd, view) :]
            if model is not None:
                dress(fd, model, attributes)
            step("temp-written")
        finally:
            os.close(fd)
    except BaseException:
        temp.unlink(missing_ok=True)
        raise
    return staged


def commit(staged: Staged, step: Step, park: Park) -> os.stat_result | Raced:
    """Put a staged file, synced, in place; gives the new file's status. What came out is parked.

    Raises `OSError`; then the old file stands.
    """
    try:
        if staged.expected is None:
            return _create(staged)
        if not _stands(staged):
            return Raced("it changed after it was read")
        return _replace(staged, staged.expected, step, park)
    finally:
        discard(staged)


def discard(staged: Staged) -> None:
    """Give up a staged file, if it wasn't committed."""
    staged.temp.unlink(missing_ok=True)


def delete(path: Path, token: str, expected: bytes, step: Step, park: Park) -> Raced | None:
    """Remove `path` if it holds `expected`; gives None when it is gone, and parked.

    Raises `FileRefused` and `OSError`.
    """
    with opened(path) as fd:
        _check_kind(path, os.fstat(fd))
        if contents(fd) != expected:
            return Raced("it changed after it was read, or is being written")
    step("compared")
    swap = path.with_name(_swap_name(token))
    rename_new(path, swap)
    step("taken")
    if look(swap) == expected:
        park(swap)
        return None
    try:
        rename_new(swap, path)
    except FileExistsError:
        return Raced("it was saved again while it was removed", _keep(swap, path, (expected,)))
    return Raced("it was saved while it was removed")


def is_temp(name: str) -> bool:
    """Whether `name` is as our temporary files' are: in use, left by a kill, or anybody's."""
    return name.startswith(_TEMP_PREFIX) and name.endswith(_TEMP_SUFFIX)


def token_of(name: str) -> str:
    """The token in the name of a temporary file."""
    return name[len(_swap_name("")) - len(_TEMP_SUFFIX) : -len(_TEMP_SUFFIX)]


def let_go(path: Path, pending: PendingWrite) -> Raced | None:
    """Remove what was parked for a write to `path`, or left by a killed run; None if nobody had typed in it.

    Else tells where these bytes stand now. Only call it while holding the vault's lock: a temporary file in
    use looks the same. Raises `OSError`; then it stays for the next run.
    """
    written, swap = (path.with_name(name) for name in pending.names)
    written.unlink(missing_ok=True)
    try:
        data = look(swap)
    except FileNotFoundError:
        return None
    if data is not None and short_digest(data) in (pending.before, pending.after):
        swap.unlink(missing_ok=True)
        return None
    if _put_back(swap, path, lambda standing: short_digest(standing) == pending.after):
        return Raced("a save that had been set aside stands again")
    return Raced("a save that had been set aside was kept", _keep(swap, path, ()))


def _create(staged: Staged) -> os.stat_result | Raced:
    status = staged.temp.lstat()
    try:
        rename_new(staged.temp, staged.path)
    except FileExistsError:
        return Raced("a file of this name exists now")
    return status


def _replace(staged: Staged, expected: bytes, step: Step, park: Park) -> os.stat_result | Raced:
    swap = staged.swap
    status = staged.temp.lstat()
    staged.temp.rename(swap)
    step("named")
    try:
        exchange_names(swap, staged.path)
    except Unsupported:
        swap.rename(staged.temp)
        return _replace_compared(staged, expected, swap, step, park)
    except OSError as error:
        swap.unlink(missing_ok=True)
        if error.errno == errno.ENOENT:
            return Raced(_GONE)
        raise
    step("exchanged")
    if (data := look(swap)) == expected:
        step("checked")
        park(swap)
        return status
    return _swap_back(staged, expected, swap, data, _identity(status), park)


def _swap_back(
    staged: Staged, expected: bytes, swap: Path, data: bytes | None, ours: tuple[int, int], park: Park
) -> Raced:
    """Give the place back to the version that came out, `swap`, which somebody saved while we exchanged.

    `data` is what it held (None: it is being written), `ours` the identity of the file that we put in place.

    Somebody may save again meanwhile. What then comes out is newer than what was put in, and the two change
    places once more, until the version that comes out is ours (done) or the one that was put in before: an
    older save, kept as a copy, since the newer one may have been made from our bytes and not from it.
    """
    before: tuple[int, int, bytes | None] | None = None
    for _ in range(_MOST_SWAPS):
        going_in = (*_identity(swap.lstat()), data)
        try:
            exchange_names(swap, staged.path)
        except FileNotFoundError:
            with contextlib.suppress(FileExistsError):
                rename_new(swap, staged.path)
                return Raced(_SAVED)
            continue
        data = look(swap)
        came_out = (*_identity(swap.lstat()), data)
        if came_out == (*ours, staged.new):
            park(swap)
            return Raced(_SAVED)
        if came_out == before and data is not None:
            break
        before = going_in
    return Raced(_SAVED, _keep(swap, staged.path, (expected, staged.new)))


def _replace_compared(
    staged: Staged, expected: bytes, swap: Path, step: Step, park: Park
) -> os.stat_result | Raced:
    """Where files can't change places: compare, then replace at once, the old file kept under a second name.

    A save in place into the old file is still noticed then; one by rename within some microseconds is not.
    """
    path, temp = staged.path, staged.temp
    status = temp.lstat()
    try:
        linked = second_name(path, swap)
        if look(path) != expected:
            return Raced(_SAVED)
        temp.replace(path)
    except FileNotFoundError:
        return Raced(_GONE)
    finally:
        if os.path.lexists(temp):  # nothing was replaced
            swap.unlink(missing_ok=True)
    step("exchanged")
    if not linked or look(swap) == expected:
        step("checked")
        park(swap)
        return status
    if _put_back(swap, path, lambda standing: standing == staged.new):
        return Raced(_SAVED)
    return Raced(_SAVED, _keep(swap, path, (expected, staged.new)))


def _put_back(temp: Path, path: Path, is_ours: Callable[[bytes], bool]) -> bool:
    """Let `temp` take the place of `path`, if nothing or our own version stands there; else False."""
    with contextlib.suppress(FileExistsError):
        rename_new(temp, path)
        return True
    standing = look(path)
    if standing is None or not is_ours(standing):
        return False
    try:
        exchange_names(temp, path)
    except Unsupported:
        temp.replace(path)
        return True
    if (out := look(temp)) is not None and is_ours(out):
        temp.unlink(missing_ok=True)
        return True
    exchange_names(temp, path)
    return False


def _keep(temp: Path, path: Path, known: tuple[bytes, ...]) -> tuple[Path, ...]:
    """Keep the version at `temp` beside the note as a conflict copy, unless its bytes exist elsewhere."""
    data = look(temp)
    if data is not None and (not data or data in known or data == _look_if_there(path)):
        temp.unlink(missing_ok=True)
        return ()
    digest = blake2b(os.urandom(16) if data is None else data).hexdigest()
    for length in (7, 12, 40):
        mark = f" (conflict {digest[:length]}){path.suffix}"
        copy = path.with_name(_cut(path.stem, 255 - len(os.fsencode(mark))) + mark)
        try:
            rename_new(temp, copy)
        except FileExistsError:
            if data is None or data != look(copy):
                continue
            temp.unlink(missing_ok=True)
        return (copy,)
    raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))


def _written_name(token: str) -> str:
    return f"{_TEMP_PREFIX}w-{token}{_TEMP_SUFFIX}"


def _swap_name(token: str) -> str:
    return f"{_TEMP_PREFIX}x-{token}{_TEMP_SUFFIX}"


def _cut(name: str, length: int) -> str:
    """`name` without the characters that would make it longer than `length` bytes."""
    return os.fsencode(name)[:length].decode(errors="ignore")


def short_digest(data: bytes) -> str:
    """What a file held, in 16 hexadecimal digits."""
    return blake2b(data, digest_size=8).hexdigest()


def _identity(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino


def _stands(staged: Staged) -> bool:
    """A cheap look before the exchange, whose check decides: spares an editor the sight of a swap back."""
    try:
        now = staged.path.lstat()
    except FileNotFoundError:
        return False
    then = staged.seen
    return then is not None and (now.st_mtime_ns, now.st_size, *_identity(now)) == (
        then.st_mtime_ns,
        then.st_size,
        *_identity(then),
    )


def _look_if_there(path: Path) -> bytes | None:
    with contextlib.suppress(FileNotFoundError):
        return look(path)
    return None


def _check_kind(path: Path, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise FileRefused("file-special", "this is no regular file", "move it out of the vault, or rename it")
    if status.st_nlink > 1:
        raise FileRefused(
            "file-hard-links",
            f"this file has {status.st_nlink} names (hard links), which rewriting it would part",
            "make a copy of it if the names needn't stay one file",
        )
    if not status.st_mode & 0o222 or not os.access(path, os.W_OK):
        raise FileRefused("file-read-only", "this file is read-only", "make it writable, or exclude it")
