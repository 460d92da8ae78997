"""`python -m bench.faults`: the disk fails at each call of a run in turn, and what is left (Linux, with cc).

A library stands between the programs (vaultsync, and git under it) and the system's own calls. It counts
those that reach the vault or the state folder, and lets the one of a chosen number fail: `full`, from then on
each call that needs room fails (ENOSPC), as on a full disk; `broken`, this one fails (EIO); `readonly`, from
then on each call that changes anything fails (EROFS); `denied`, from then on nothing can be opened, made,
renamed or removed (EACCES), as when permissions are taken away; `short`, each read and write takes only some
bytes.

After each fault each note must be whole, with every word that it had, nothing typed lost, no lock left,
and no defect told; and the next run, with the fault gone, must come to the same end as if nothing had been.
Where a lock can't be removed, git leaves it. No run may take it away, since nobody can tell it from that of
a git at work: so the next run must name it and say to remove it, as is done here, and the run after that one
must come to the end. Only an index that git made for one commit holds nothing up; `doctor` must name that.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

from bench.measure import agree, environment, vaultsync
from bench.scene import Scene

KINDS = ("full", "broken", "readonly", "denied", "short")
HINDER_REMOVING = ("broken", "readonly", "denied")

LIBRARY = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

static int *count, at = -1, kind;
static const char *under;

__attribute__((constructor)) static void begin(void) {
    const char *file = getenv("FAULT_COUNT"), *number = getenv("FAULT_AT"), *what = getenv("FAULT_KIND");
    under = getenv("FAULT_UNDER");
    if (!file || !number || !what || !under) return;
    int (*real)(const char *, int, ...) = dlsym(RTLD_NEXT, "open");
    int fd = real(file, O_RDWR);
    if (fd < 0) return;
    count = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (count == MAP_FAILED) count = 0;
    at = atoi(number);
    kind = what[0];
}

static int here(const char *path) { return path && path[0] == '/' && strstr(path, under) == path; }

static int inside(int dir, const char *path) {
    char name[64], full[4096];
    if (!count || !path) return 0;
    if (path[0] == '/' && strncmp(path, "/proc/self/fd/", 14)) return here(path);
    if (!strncmp(path, "/proc/self/fd/", 14)) dir = atoi(path + 14);
    if (dir == AT_FDCWD) return getcwd(full, sizeof full) && strstr(full, under) == full;
    snprintf(name, sizeof name, "/proc/self/fd/%d", dir);
    ssize_t length = readlink(name, full, sizeof full - 1);
    if (length < 0) return 0;
    full[length] = 0;
    return here(full);
}

static int inside_fd(int fd) {
    struct stat status;
    return count && !fstat(fd, &status) && S_ISREG(status.st_mode) && inside(fd, "");
}

/* Whether this call fails; `room`: it needs some on the disk, `change`: it changes something. */
static int fails(int room, int change) {
    if (kind == 's' || (kind == 'f' && !room) || (kind == 'r' && !change)) return 0;
    int number = __atomic_add_fetch(count, 1, __ATOMIC_SEQ_CST);
    int now = kind == 'b' ? number == at : at > 0 && number >= at;
    if (now) errno = kind == 'f' ? ENOSPC : kind == 'r' ? EROFS : kind == 'd' ? EACCES : EIO;
    return now;
}

/* The same for a file that is open: permissions were asked for before. */
static int fails_open(int room, int change) { return kind == 'd' ? 0 : fails(room, change); }

#define REAL(type, name, ...) static type (*real)(__VA_ARGS__); if (!real) real = dlsym(RTLD_NEXT, name)

ssize_t write(int fd, const void *data, size_t size) {
    REAL(ssize_t, "write", int, const void *, size_t);
    if (inside_fd(fd)) {
        if (fails_open(1, 1)) return -1;
        if (kind == 's' && size > 7) size = 1 + size / 3;
    }
    return real(fd, data, size);
}
ssize_t read(int fd, void *data, size_t size) {
    REAL(ssize_t, "read", int, void *, size_t);
    if (inside_fd(fd)) {
        if (fails_open(0, 0)) return -1;
        if (kind == 's' && size > 7) size = 1 + size / 3;
    }
    return real(fd, data, size);
}
int fsync(int fd) {
    REAL(int, "fsync", int);
    return inside_fd(fd) && fails_open(1, 0) ? -1 : real(fd);
}
int syncfs(int fd) {
    REAL(int, "syncfs", int);
    return count && inside(fd, "") && fails_open(1, 0) ? -1 : real(fd);
}
#define OPEN(name) \
int name(const char *path, int flags, ...) { \
    va_list rest; va_start(rest, flags); int mode = va_arg(rest, int); va_end(rest); \
    REAL(int, #name, const char *, int, ...); \
    int writes = (flags & O_ACCMODE) != O_RDONLY; \
    return inside(AT_FDCWD, path) && fails((flags & O_CREAT) != 0, writes) ? -1 : real(path, flags, mode); \
}
#define OPENAT(name) \
int name(int dir, const char *path, int flags, ...) { \
    va_list rest; va_start(rest, flags); int mode = va_arg(rest, int); va_end(rest); \
    REAL(int, #name, int, const char *, int, ...); \
    int writes = (flags & O_ACCMODE) != O_RDONLY; \
    return inside(dir, path) && fails((flags & O_CREAT) != 0, writes) ? -1 : real(dir, path, flags, mode); \
}
OPEN(open) OPEN(open64) OPENAT(openat) OPENAT(openat64)
int rename(const char *from, const char *to) {
    REAL(int, "rename", const char *, const char *);
    return inside(AT_FDCWD, to) && fails(1, 1) ? -1 : real(from, to);
}
int renameat(int one, const char *from, int other, const char *to) {
    REAL(int, "renameat", int, const char *, int, const char *);
    return inside(other, to) && fails(1, 1) ? -1 : real(one, from, other, to);
}
int renameat2(int one, const char *from, int other, const char *to, unsigned flags) {
    REAL(int, "renameat2", int, const char *, int, const char *, unsigned);
    return inside(other, to) && fails(1, 1) ? -1 : real(one, from, other, to, flags);
}
int link(const char *from, const char *to) {
    REAL(int, "link", const char *, const char *);
    return inside(AT_FDCWD, to) && fails(1, 1) ? -1 : real(from, to);
}
int linkat(int one, const char *from, int other, const char *to, int flags) {
    REAL(int, "linkat", int, const char *, int, const char *, int);
    return inside(other, to) && fails(1, 1) ? -1 : real(one, from, other, to, flags);
}
int mkdir(const char *path, mode_t mode) {
    REAL(int, "mkdir", const char *, mode_t);
    return inside(AT_FDCWD, path) && fails(1, 1) ? -1 : real(path, mode);
}
int unlink(const char *path) {
    REAL(int, "unlink", const char *);
    return inside(AT_FDCWD, path) && fails(0, 1) ? -1 : real(path);
}
int unlinkat(int dir, const char *path, int flags) {
    REAL(int, "unlinkat", int, const char *, int);
    return inside(dir, path) && fails(0, 1) ? -1 : real(dir, path, flags);
}
"""


class Fault(msgspec.Struct, frozen=True):
    """A fault: its kind, and the number of the call at which it comes."""

    kind: str
    at: int


class Bench:
    """Faults in runs over one scene, in `folder`; `calls` is how many there are of a kind in a run."""

    def __init__(self, folder: Path, seed: int = 1) -> None:
        self.folder, self.scene = folder, Scene(folder, seed)
        self._library = build(folder)
        self._number = 0
        place, code, said = self._run(None)
        if code not in (0, 1):
            raise SystemExit(f"a run without a fault ended with {code}: {said}")
        self.scene.done = self.scene.state(place / "vault")
        shutil.rmtree(place)

    def calls(self, kind: str) -> int:
        """How many calls of a whole run a fault of this kind can meet."""
        place, _, _ = self._run(Fault(kind, 0))
        number = int.from_bytes((place / "count").read_bytes()[:4], sys.byteorder)
        shutil.rmtree(place)
        return number

    def wrong_after(self, fault: Fault) -> tuple[str, list[str]]:
        """Let a run meet the fault; gives how it ended, and what is wrong, at once and after the next run."""
        place, code, said = self._run(fault)
        vault = place / "vault"
        wrong = [f"the run ended with {code}: {said[-2000:]}"] * (
            code not in (0, 1, 2) or "Traceback" in said
        )
        locks = self._gits_locks(vault) if fault.kind in HINDER_REMOVING else []
        wrong += [f"after the fault: {what}" for what in self._wrong_at_once(vault, fault)]
        if locks:
            wrong += self._wrong_with(locks, place)
        _, again, more = self._run(None, place)
        wrong += [f"the next run ended with {again}: {more[-1000:]}"] * (again not in (0, 1))
        wrong += [f"after the next run: {what}" for what in self.scene.wrong_after_next_run(vault)]
        shutil.rmtree(place)
        return f"{code}: {(said.strip().splitlines() or [''])[-1]}", wrong

    def _gits_locks(self, vault: Path) -> list[Path]:
        """The locks that may be those of a git at work; one in a scratch folder of ours goes with that."""
        return [lock for lock in self.scene.locks(vault) if not lock.parent.name.startswith("vaultsync-")]

    def _wrong_with(self, locks: Sequence[Path], place: Path) -> Iterator[str]:
        """What is wrong in runs that find locks, each of which the person removes when a run says so."""
        for _ in range(len(locks)):
            before = self._gits_locks(place / "vault")
            _, code, said = self._run(None, place)
            if code not in (0, 1, 2) or "Traceback" in said:
                yield f"the run that finds {before} ended with {code}: {said[-1000:]}"
            yield from (f"{lock} was taken away" for lock in before if not lock.exists())
            for lock in before:
                if any(str(lock) in line and "remove" in line for line in said.splitlines()):
                    lock.unlink(missing_ok=True)
        for lock in self._gits_locks(place / "vault"):
            _, _, said = self._run(None, place, "doctor")
            if str(lock) not in said or not lock.name.startswith("next-index-"):
                yield f"{lock} stays, and nobody is told: {said[-1000:]}"
            lock.unlink()

    def _wrong_at_once(self, vault: Path, fault: Fault) -> Iterator[str]:
        """As after a kill; but a note may be done in part, where another one could not be read."""
        for what in self.scene.wrong_after_kill(vault):
            if what.startswith("a stale lock:") and fault.kind in HINDER_REMOVING:
                continue  # looked at with the next run
            path = what.removesuffix(" is neither the old note nor the new one")
            if path == what:
                yield what
            elif gone := self._stays(path) - _words((vault / path).read_bytes()):
                yield f"{path} lacks {', '.join(sorted(gone)[:5])}"

    def _stays(self, path: str) -> set[str]:
        """The words of a note that no rule takes out."""
        assert self.scene.done is not None
        return _words(self.scene.old[path]) & _words(self.scene.done.notes[path])

    def _run(self, fault: Fault | None, place: Path | None = None, *command: str) -> tuple[Path, int, str]:
        """A run in a new place, or in one that is there; gives the place, the exit code and what was said."""
        if place is None:
            self._number += 1
            place = self.folder / f"place{self._number}"
            (place / "tmp").mkdir(parents=True)
            self.scene.copy(place)
            agree(place / "vault", environment(place))
        env = {**environment(place), "HOME": str(place), "TMPDIR": str(place / "tmp")}
        if fault is not None:
            (place / "count").write_bytes(b"\0" * 4096)
            env |= {
                "LD_PRELOAD": str(self._library),
                "FAULT_COUNT": str(place / "count"),
                "FAULT_AT": str(fault.at),
                "FAULT_KIND": fault.kind,
                "FAULT_UNDER": str(place / ("vault" if fault.at % 2 else "")),
            }
        argv = vaultsync("--vault", str(place / "vault"), *(command or self.scene.command))
        done = subprocess.run(
            argv, env=env, cwd=place, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, timeout=600, check=False,
        )  # fmt: skip
        return place, done.returncode, done.stdout.decode(errors="replace")


def _words(data: bytes) -> set[str]:
    return set(re.findall(r"\w{4,}", data.decode(errors="replace")))


def build(folder: Path) -> Path:
    """Build the library. Raises `FileNotFoundError` where there is no compiler."""
    compiler = shutil.which("cc")
    if compiler is None:
        raise FileNotFoundError("cc")
    source, library = folder / "faults.c", folder / "faults.so"
    source.write_text(LIBRARY)
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-w", "-o", library, source, "-ldl"], check=True)
    return library


def faults(bench: Bench, kinds: Sequence[str], count: int, first: int = 1) -> Iterator[Fault]:
    """`count` faults of each of the kinds, spread over a whole run; of `short`, which is all the time, one.

    The calls' numbers are odd and even in turn, since that decides what a fault is confined to; `first` is
    where the spread begins, so that a second one meets other calls.
    """
    for kind in kinds:
        if kind == "short":
            yield Fault(kind, 1)
            continue
        calls = bench.calls(kind)
        step = max(1, calls // count)
        yield from (Fault(kind, at) for at in range(first, calls + 1, step + (step > 1 and step % 2 == 0)))


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; gives the exit code, 1 when a fault did any harm."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.faults", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--count", type=int, default=50, help="faults of each kind, spread over a run (50)")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=KINDS, help="the kinds of fault (all)")
    parser.add_argument("--first", type=int, default=1, help="the call at which the spread begins (1)")
    parser.add_argument("--at", type=int, nargs="+", help="these calls, instead of a spread")
    options = parser.parse_args(arguments)
    harmed = done = 0
    with tempfile.TemporaryDirectory(prefix="vaultsync-faults-") as folder:
        bench = Bench(Path(folder))
        chosen: Iterable[Fault] = faults(bench, options.kinds, options.count, options.first)
        if options.at:
            chosen = (Fault(kind, at) for kind in options.kinds for at in options.at)
        for fault in chosen:
            ended, wrong = bench.wrong_after(fault)
            done += 1
            harmed += bool(wrong)
            if wrong:
                print(f"{fault.kind} at call {fault.at} ({ended}): {'; '.join(wrong)[:1500]}", flush=True)
    print(f"{done} faults, {harmed} did harm")
    return 1 if harmed else 0


if __name__ == "__main__":
    sys.exit(main())
