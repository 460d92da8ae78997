"""Several devices, one vault: people edit at random, syncs come in any order and die anywhere.

    python -m bench.sync [--examples 100] [--seed 1] [--devices 2] [--saves 10000]

Each word that is typed is one of a kind, so that one can tell whether it was lost (it stands nowhere, though
nobody took it out) or doubled (it stands twice in one file). In the end all devices must have the same tree,
with no marker, no property twice, no block twice, nothing uncommitted, and a further round of syncs must make
no commit. Prints what was found; exits with 1 if anything was wrong.
"""

from __future__ import annotations

import argparse
import random
import re
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from bench.devices import Device, make_devices
from vaultsync.core.frontmatter.block import parse_front_matter
from vaultsync.core.history.conflict_names import conflict_of
from vaultsync.core.markdown import managed_blocks

WORD = re.compile(r"\bw[0-9a-f]{5}\b")

NOTES = {
    "A.md": "---\ntitle: A\ntags:\n  - one\n---\n# A\n\nthe first line of this note\n\n- a bullet\n",
    "Folder/B.md": "# B\n\nsome text that stands here for good\n\nmore of it\n",
    "Log.md": "# Log\n\n- 08:00 began\n",
    "Plain.md": "one line\n",
    "board.canvas": '{\n\t"nodes":[\n\t\t{"id":"a1","type":"text","text":"x"}\n\t],\n\t"edges":[]\n}\n',
    "data.json": '{\n  "a": 1\n}\n',
}

LIMIT = 10
"""Rounds of syncs in which all devices have to come to the same."""


class World:
    """Some devices, and which words people have typed and not taken out again."""

    def __init__(self, folder: Path, count: int) -> None:
        self.devices = make_devices(folder, count, NOTES)
        self.alive: set[str] = set()
        self.killed = 0
        self._typed = 0

    # What people do; `where` chooses the place, any number will do

    def append(self, number: int, where: int) -> None:
        """Type a line at the end of a note."""
        if (file := self._note(number, where)) is not None:
            _save(file, _text(file).rstrip("\n") + f"\n\nthen {self._word()} was typed\n")

    def log(self, number: int, where: int) -> None:
        """Add an entry to the log."""
        file = self._device(number).path / "Log.md"
        if file.exists():
            _save(file, _text(file) + f"- {where % 24:02}:{where % 60:02} {self._word()} happened\n")

    def insert(self, number: int, where: int) -> None:
        """Type words into a line in the middle of a note."""
        if (file := self._note(number, where)) is None:
            return
        lines = _text(file).split("\n")
        body = [at for at in range(len(lines)) if _is_prose(lines, at)]
        if body:
            at = body[where % len(body)]
            words = lines[at].split(" ")
            words.insert(1 + where % len(words), self._word())
            lines[at] = " ".join(words)
            _save(file, "\n".join(lines))

    def take_out(self, number: int, where: int) -> None:
        """Delete a line; its words are no longer missed."""
        if (file := self._note(number, where)) is None:
            return
        lines = _text(file).split("\n")
        body = [at for at in range(len(lines)) if _is_prose(lines, at)]
        if len(body) > 2:
            gone = lines.pop(body[where % len(body)])
            self.alive.difference_update(WORD.findall(gone))
            _save(file, "\n".join(lines))

    def set_property(self, number: int, where: int) -> None:
        """Set a property of a note with front matter, or give the note one."""
        if (file := self._note(number, where)) is None:
            return
        key, word = ("status", "year", "rating")[where % 3], self._word()
        text = _text(file)
        old = re.search(rf"(?m)^{key}: (.*)\n", text) if text.startswith("---\n") else None
        if old is not None:
            self.alive.difference_update(WORD.findall(old[1]))
            _save(file, text.replace(old[0], f"{key}: {word}\n", 1))
        elif text.startswith("---\n"):
            _save(file, text.replace("---\n", f"---\n{key}: {word}\n", 1))
        else:
            _save(file, f"---\n{key}: {word}\n---\n{text}")

    def new(self, number: int, where: int) -> None:
        """Make a note, of a name that other devices may choose, too."""
        file = self._device(number).path / f"New {where % 3}.md"
        if not file.exists():
            _save(file, f"# New\n\nabout {self._word()} and nothing else, {self._word()}\n")

    def attach(self, number: int, where: int) -> None:
        """Put a picture into the vault, or another one in its place."""
        file = self._device(number).path / f"Files/picture {where % 2}.png"
        word = self._word()
        self.alive.discard(word)  # of two pictures of one name, both are kept; a newer one replaces an older
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(b"\x89PNG\0\xff" + word.encode() * (1 + where % 3))

    def key(self, number: int, where: int) -> None:
        """Add a key to the JSON file."""
        file = self._device(number).path / "data.json"
        if file.exists() and (text := _text(file)).startswith("{\n"):
            _save(file, text.replace("{\n", f'{{\n  "{self._word()}": {where % 9},\n', 1))

    def rename(self, number: int, where: int) -> None:
        """Give a note another name, sometimes in another folder, sometimes another case only."""
        if (file := self._note(number, where)) is None:
            return
        stem = file.stem
        name = [f"{stem} x.md", f"Folder/{file.name}", f"{stem.swapcase()}.md"][where % 3]
        target = self._device(number).path / name
        if not target.exists():
            target.parent.mkdir(exist_ok=True)
            file.rename(target)

    def delete(self, number: int, where: int) -> None:
        """Delete a note, if there are some others."""
        notes = self._notes(number)
        if len(notes) > 3 and (file := self._note(number, where)) is not None:
            self.alive.difference_update(WORD.findall(_text(file)))
            file.unlink()

    def fix(self, number: int) -> None:
        """Let the rules run."""
        self._device(number).fix()

    def sync(self, number: int) -> None:
        """Sync one device."""
        self._device(number).sync(rules=True)

    def kill(self, number: int, where: int) -> None:
        """Begin a sync, and die at some step of it."""
        self.killed += self._device(number).sync_killed(1 + where % 150, rules=True)

    # What must be

    def wrong_when_settled(self) -> Iterator[str]:
        """Sync until nobody has news; what is wrong then."""
        for _ in range(LIMIT):
            for device in self.devices:
                done = device.sync(rules=True)
                if done.waiting is not None:
                    yield f"{device.path.name} waits: {done.waiting.message}"
                    return
            if len({device.head for device in self.devices}) == 1:
                break
        if len({device.tree for device in self.devices}) > 1:
            yield "the devices have different trees"
        heads = {device.head for device in self.devices}
        for device in self.devices:
            if device.status:
                yield f"{device.path.name} is not clean: {device.status!r}"
            if locks := list((device.path / ".git").rglob("*.lock")):
                yield f"{device.path.name} has a stale lock: {locks[0].name}"
            device.sync(rules=True)
        if {device.head for device in self.devices} != heads:
            yield "a further sync made a commit though nothing was new"
        yield from self._wrong_in(self.devices[0])

    def _wrong_in(self, device: Device) -> Iterator[str]:
        standing: set[str] = set()
        for path, data in device.files().items():
            if not path.endswith((".md", ".json", ".canvas")):
                continue
            text = data.decode()
            words = Counter(WORD.findall(text))
            standing |= words.keys()
            if twice := [word for word, times in words.items() if times > 1 and word in self.alive]:
                yield f"{path} has {min(twice)} twice"
            if re.search(r"(?m)^(?:<{7}|>{7}|={7}$)", text):
                yield f"{path} has a conflict marker"
            if path.endswith(".md"):
                front = parse_front_matter(text)
                if front is not None and (front.duplicates or front.error):
                    yield f"{path} has a front matter that can't be read, or a property twice"
                names = Counter(block.name for block in managed_blocks(text))
                if any(times > 1 for times in names.values()):
                    yield f"{path} has a block twice"
        if lost := self.alive - standing:
            yield f"lost: {', '.join(sorted(lost))}"

    def _word(self) -> str:
        self._typed += 1
        word = f"w{self._typed:05x}"
        self.alive.add(word)
        return word

    def _device(self, number: int) -> Device:
        return self.devices[number % len(self.devices)]

    def _notes(self, number: int) -> list[Path]:
        root = self._device(number).path
        found = (p for p in sorted(root.rglob("*.md")) if ".git" not in p.relative_to(root).parts)
        return [path for path in found if conflict_of(path.name) is None]

    def _note(self, number: int, where: int) -> Path | None:
        notes = self._notes(number)
        return notes[where % len(notes)] if notes else None


def _text(file: Path) -> str:
    return file.read_bytes().decode()


def _save(file: Path, text: str) -> None:
    file.write_bytes(text.encode())


def _is_prose(lines: list[str], at: int) -> bool:
    """Whether a line is one of the body, below the front matter, that a person would type on in."""
    body = lines.index("---", 1) + 1 if lines[0] == "---" and "---" in lines[1:] else 0
    line = lines[at]
    return at >= body and bool(line.strip()) and not line.startswith(("#", "%%"))


ACTS = {
    "append": 4, "log": 3, "insert": 5, "take_out": 2, "set_property": 3, "new": 2, "attach": 1, "key": 1,
    "rename": 2, "delete": 1,
}  # fmt: skip
"""What people do, and how often."""


def play(folder: Path, seed: int, count: int, acts: int = 14) -> list[str]:
    """One example; what was wrong in the end."""
    dice = random.Random(seed)
    world = World(folder, count)
    names = [name for name, weight in ACTS.items() for _ in range(weight)]
    for _ in range(acts):
        number, where = dice.randrange(count), dice.randrange(10_000)
        chance = dice.random()
        if chance < 0.2:
            world.sync(number)
        elif chance < 0.3:
            world.kill(number, where)
        else:
            getattr(world, dice.choice(names))(number, where)
    return list(world.wrong_when_settled())


def saves(folder: Path, wanted: int, seed: int) -> tuple[int, int]:
    """Let somebody save notes at each step of what comes; how many saves, and how many of them lost."""
    dice = random.Random(seed)
    notes = {f"Note {number}.md": f"# Note {number}\n\nthe text\n\nthe end\n" for number in range(40)}
    one, other = make_devices(folder, 2, notes)
    typed: list[tuple[str, str]] = []

    def save(_step: str) -> None:
        if dice.random() < 0.3:
            name = dice.choice(list(notes))
            word = f"w{len(typed):05x}"
            text = (other.path / name).read_text()
            if dice.random() < 0.5:  # in place, as some editors do, or under another name first
                (other.path / name).write_text(f"{text}\n{word}\n")
            else:
                fresh = other.path / f".{name}.tmp"
                fresh.write_text(f"{text}\n{word}\n")
                fresh.replace(other.path / name)
            typed.append((name, word))

    round_number = 0
    while len(typed) < wanted:
        round_number += 1
        for name in notes:
            file = one.path / name
            file.write_text(file.read_text().replace("the text", f"the text {round_number}", 1))
        one.sync()
        other.step = save
        other.sync()
        other.step = lambda name: None
        for device in (other, one, other):
            device.sync()
    lost = [word for name, word in typed if word not in WORD.findall((one.path / name).read_text())]
    return len(typed), len(lost)


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m bench.sync", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--examples", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--devices", type=int, default=2)
    parser.add_argument("--saves", type=int, default=0, help="adversarial saves during incoming merges")
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    if options.saves:
        folder = Path(tempfile.mkdtemp(prefix="sync-", dir=options.folder))
        made, lost = saves(folder, options.saves, options.seed)
        shutil.rmtree(folder, ignore_errors=True)
        print(f"{made} saves while 40 notes at a time came: {lost} lost")
        return bool(lost)
    began, wrong = time.perf_counter(), 0
    for seed in range(options.seed, options.seed + options.examples):
        folder = Path(tempfile.mkdtemp(prefix="sync-", dir=options.folder))
        try:
            found = play(folder, seed, options.devices)
        except Exception as error:  # noqa: BLE001  told as what it is, and the next example goes on
            found = [f"{type(error).__name__}: {error}"]
        if found:
            wrong += 1
            print(f"seed {seed}: {'; '.join(found)}", flush=True)
        shutil.rmtree(folder, ignore_errors=True)
    seconds = time.perf_counter() - began
    print(f"{options.examples} examples on {options.devices} devices: {wrong} wrong, {seconds:.0f} s")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
