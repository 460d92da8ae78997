"""Processes whose clock is wrong, and jumps while they run: a library under them (Linux, cc).

Both vaultsync and the git that it starts ask this clock. What a file's times say is the system's own, so who
saves sets them as they would be.
"""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
import sys
from pathlib import Path

CAN_SHIFT = sys.platform == "linux" and shutil.which("cc") is not None

_SOURCE = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile long *offset;

__attribute__((constructor)) static void begin(void) {
    const char *file = getenv("CLOCK_OFFSET");
    int fd = file ? open(file, O_RDONLY) : -1;
    if (fd < 0) return;
    void *found = mmap(0, 4096, PROT_READ, MAP_SHARED, fd, 0);
    if (found != MAP_FAILED) offset = found;
    close(fd);
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
    int failed = real(clock, now);
    int by_day = clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE;
    if (!failed && offset && by_day) now->tv_sec += *offset;
    return failed;
}
time_t time(time_t *into) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (into) *into = now.tv_sec;
    return now.tv_sec;
}
int gettimeofday(struct timeval *into, void *zone) {
    struct timespec now;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &now);
    into->tv_sec = now.tv_sec;
    into->tv_usec = now.tv_nsec / 1000;
    return 0;
}
"""


class ShiftedClock:
    """The clock; its files lie in `folder`. `seconds` is how far it is ahead."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._library, self._file = folder / "clock.so", folder / "offset"
        source = folder / "clock.c"
        source.write_text(_SOURCE)
        build = ["cc", "-shared", "-fPIC", "-O1", "-w", "-o", str(self._library), str(source), "-ldl"]
        subprocess.run(build, check=True)
        self._file.write_bytes(bytes(4096))
        self.seconds = 0

    @property
    def environment(self) -> dict[str, str]:
        """The variables of a process that goes by this clock."""
        return {"LD_PRELOAD": str(self._library), "CLOCK_OFFSET": str(self._file)}

    def set(self, seconds: int) -> None:
        """Set it so far ahead of the true time; negative: behind."""
        self.seconds = seconds
        with self._file.open("r+b") as file:
            file.write(struct.pack("@l", seconds))

    def touch(self, path: Path) -> None:
        """Let a file look as saved by this clock."""
        now = path.stat().st_mtime + self.seconds
        os.utime(path, (now, now))
