"""The devices of `bench.devices`, which in a test are repositories as any other."""

from __future__ import annotations

from pathlib import Path

from gitrepo import Repo

from bench import devices as bench


class Device(Repo, bench.Device):
    """A clone of one remote."""

    def __init__(self, path: Path, remote: Path) -> None:
        bench.Device.__init__(self, path, remote)


def devices(folder: Path, count: int = 2, **files: str) -> list[Device]:
    """Clones of one new remote that has `files` (`__` stands for `.`); the first one made them."""
    named = {name.replace("__", "."): text for name, text in files.items()}
    return [Device(made.path, made.remote) for made in bench.make_devices(folder, count, named)]
