"""The same acts on one device, and shared out between two that sync after each: the same bytes in the end."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from devices import Device, devices
from gitrepo import git_env
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vaultsync.core.config.config import DECISIONS_PATH

__all__ = ["git_env"]

PAPER = "---\ntitle: 'QuxNet7: Rings of things'\narxiv: \"2301.00007\"\ntags:\n  - paper\n---\nbody\n"
OTHER = "---\ntitle: 'VexFormer8: Strings'\narxiv: \"2301.00008\"\ntags:\n  - paper\n---\nbody\n"
TALK = (
    "---\ntitle: C\ndate: 2025-04-07\ntags:\n  - conference\n---\n# Monday\n## Talk: A\n- saw QuxNet7 today\n"
)
FILES = {"P.md": PAPER, "R.md": OTHER, "C.md": TALK, "D.md": "see [[P]] there\n"}
MEMORY = Path("/dev/shm")


def edited(device: Device, name: str, old: str, new: str) -> None:
    """Put something in the place of a text, if it is there."""
    file = device.path / name
    if file.exists():
        text = file.read_text(encoding="utf-8")
        device.write(name, text.replace(old, new, 1))


def moved(device: Device, old: str, new: str) -> None:
    if (device.path / old).exists() and not (device.path / new).exists():
        (device.path / new).parent.mkdir(exist_ok=True)
        (device.path / old).rename(device.path / new)


def mention(device: Device, number: int) -> None:
    for name in ("C.md", "Events/C2.md"):
        edited(
            device,
            name,
            "## Talk",
            f"## Talk: B{number}\n- {number} like VexFormer8 and arXiv:2301.00007\n## Talk",
        )


def take_out(device: Device, number: int) -> None:
    for name in ("C.md", "Events/C2.md"):
        for link in ("[[P|QuxNet7]]", "[[Q|QuxNet7]]"):
            edited(device, name, link, "QuxNet7")


def rename_paper(device: Device, number: int) -> None:
    moved(device, "P.md", "Papers/Q.md")


def rename_conference(device: Device, number: int) -> None:
    moved(device, "C.md", "Events/C2.md")


def retitle(device: Device, number: int) -> None:
    edited(device, "R.md", "Strings", f"Strings and {number} more")


def type_into_a_list(device: Device, number: int) -> None:
    edited(device, "R.md", "%% vaultsync:end mentions %%", f"typed {number}\n%% vaultsync:end mentions %%")


def untidy_tags(device: Device, number: int) -> None:
    edited(device, "R.md", "tags:\n  - paper\n", f"tags: paper, t{number}\n")


def delete_the_daily_note(device: Device, number: int) -> None:
    (device.path / "D.md").unlink(missing_ok=True)


def new_note(device: Device, number: int) -> None:
    device.write(f"N{number}.md", f"about [[R]] and [[P]], {number}\n")


ACTS: list[Callable[[Device, int], None]] = [
    *(mention, take_out, rename_paper, rename_conference, retitle, type_into_a_list, untidy_tags),
    *(delete_the_daily_note, new_note),
]


def contents(device: Device) -> dict[str, bytes]:
    return {
        path: data for path, data in device.files().items() if path.endswith(".md") or path == DECISIONS_PATH
    }


@settings(
    max_examples=5, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)
@given(st.lists(st.tuples(st.sampled_from(ACTS), st.booleans()), min_size=2, max_size=7))
def test_the_same_acts_on_two_devices_end_in_the_bytes_that_one_device_has(
    git_env: Path, acts: list[tuple[Callable[[Device, int], None], bool]]
) -> None:
    folder = Path(tempfile.mkdtemp(prefix="acts-", dir=MEMORY if MEMORY.is_dir() else None))
    try:
        (alone,) = devices(folder / "one", 1)
        pair = devices(folder / "two", 2)
        for device in (alone, pair[0]):
            for name, text in FILES.items():
                device.write(name, text)
            device.fix()
        pair[0].sync(rules=True)
        pair[1].sync(rules=True)
        for number, (act, second) in enumerate(acts):
            device = pair[second]
            for at in (alone, device):
                act(at, number)
                at.fix()
            device.sync(rules=True)
            pair[not second].sync(rules=True)
        assert contents(pair[0]) == contents(pair[1])
        assert contents(pair[0]) == contents(alone)
        assert pair[0].tree == pair[1].tree
        heads = pair[0].head, pair[1].head
        for device in pair:
            device.fix()
            device.sync(rules=True)
        assert (pair[0].head, pair[1].head) == heads
    finally:
        shutil.rmtree(folder, ignore_errors=True)
