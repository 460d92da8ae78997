"""`python -m bench.undo`: edits between a run and its undo, on many notes; nothing may be lost or doubled.

    python -m bench.undo [--notes 2000] [--seed 1]

A vault of notes in disorder is fixed, edited by anything a person may do, and the run is taken back; then the
same again from there (so that the second run finds lists that were moved and typed into). Each line and value
that a person wrote holds a word that stands nowhere else. What the notes had before the undo, and the run had
not made, has to be there after it, as often; nothing comes back that the person had deleted; and taking back
the undo gives every byte again. Nothing of vaultsync is imported to judge that.
"""

from __future__ import annotations

import argparse
import random
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from bench.measure import environment, make_repository, vaultsync

TOKEN = re.compile(r"\b[a-z]{4}\d+q\b")
_BLOCK = re.compile(r"%% vaultsync:begin (\w+) %%\n(.*?)%% vaultsync:end \1 %%\n?", re.DOTALL)
_HEAD = re.compile(r"---\n(.*?)^---\n", re.DOTALL | re.MULTILINE)

CONFIG = "[rules]\nfm-order = true\n"
FOLDERS = ("Papers", "Conferences", "Daily")


class Person:
    """Somebody who writes notes and edits them; each word `token` gives is new."""

    def __init__(self, seed: str) -> None:
        self.rng = random.Random(seed)
        self._count = 0

    def token(self) -> str:
        self._count += 1
        return "".join(self.rng.choice("bdfgklmnprstvz") for _ in range(4)) + f"{self._count}q"

    def note(self, number: int, folder: str) -> str:
        """A note with its properties in no order, and enough in it for every rule to have work."""
        rows = [f"foo{number}: {self.token()}", f"created: 2025-04-{self.rng.randint(1, 28):02d}"]
        if folder == "Papers":
            rows += [
                f"arxiv: 23{number % 12 + 1:02d}.{number:05d}",
                "tags: [paper]",
                f'title: "Qux{number}Net: {self.token()}"',
            ]
        elif folder == "Conferences":
            rows += ["tags: conference, talks", "date: 2025-04-07"]
        else:
            rows += [f"tags: {self.token()}", f"alias: {self.token()}, {self.token()}"]
        self.rng.shuffle(rows)
        body = []
        for _ in range(self.rng.randint(1, 4)):
            body += ["", f"## {self.rng.choice(('Talk', 'Part', 'Day'))} {self.token()}"]
            for _ in range(self.rng.randint(1, 4)):
                named = self.rng.choice(("", "", f" Qux{self.rng.randrange(0, max(number, 1)) // 3 * 3}Net"))
                body.append(f"- {self.token()} says{named} {self.token()}")
        return "---\n" + "\n".join(rows) + "\n---\n" + "\n".join(body) + "\n"

    def edited(self, text: str) -> str:
        for _ in range(self.rng.choice((0, 1, 1, 2, 3, 5))):
            text = self.rng.choice(EDITS)(self, text)
        return text


def _add_property(person: Person, text: str) -> str:
    rows = text.split("\n")
    ends = rows.index("---", 1) if text.startswith("---\n") and "---" in rows[1:] else 0
    places = [i for i in range(1, ends + 1) if not rows[i].startswith((" ", "-")) or i == ends]
    if places:
        rows.insert(person.rng.choice(places), f"new{person.token()}: {person.token()}")
    return "\n".join(rows)


def _head_rows(text: str) -> tuple[list[list[str]], str]:
    """The properties, each with its lines, and what is below."""
    found = _HEAD.match(text)
    if found is None:
        return [], text
    groups: list[list[str]] = []
    for row in found[1].splitlines():
        if groups and row.startswith((" ", "- ")):
            groups[-1].append(row)
        else:
            groups.append([row])
    return groups, text[found.end() :]


def _with_head(groups: list[list[str]], body: str) -> str:
    rows = "".join(f"{row}\n" for group in groups for row in group)
    return f"---\n{rows}---\n{body}" if groups else body


def _drop_property(person: Person, text: str) -> str:
    groups, body = _head_rows(text)
    if groups:
        groups.pop(person.rng.randrange(len(groups)))
    return _with_head(groups, body)


def _move_property(person: Person, text: str) -> str:
    groups, body = _head_rows(text)
    if groups:
        groups.insert(person.rng.randrange(len(groups)), groups.pop(person.rng.randrange(len(groups))))
    return _with_head(groups, body)


def _change_property(person: Person, text: str) -> str:
    groups, body = _head_rows(text)
    single = [group for group in groups if len(group) == 1 and re.match(r"\w+: \w+$", group[0])]
    if single:
        group = person.rng.choice(single)
        group[0] = group[0].split(":")[0] + ": " + person.token()
    return _with_head(groups, body)


def _body_rows(text: str) -> tuple[str, list[str]]:
    found = _HEAD.match(text)
    at = found.end() if found else 0
    return text[:at], text[at:].split("\n")


def _insert_line(person: Person, text: str) -> str:
    head, rows = _body_rows(text)
    rows.insert(person.rng.randint(0, len(rows) - 1), f"- {person.token()} typed")
    return head + "\n".join(rows)


def _delete_line(person: Person, text: str) -> str:
    head, rows = _body_rows(text)
    free = [i for i, row in enumerate(rows[:-1]) if "%%" not in row]
    if free:
        del rows[person.rng.choice(free)]
    return head + "\n".join(rows)


def _move_line(person: Person, text: str) -> str:
    head, rows = _body_rows(text)
    free = [i for i, row in enumerate(rows[:-1]) if "%%" not in row]
    if free:
        row = rows.pop(person.rng.choice(free))
        rows.insert(person.rng.randint(0, len(rows) - 1), row)
    return head + "\n".join(rows)


def _edit_word(person: Person, text: str) -> str:
    head, rows = _body_rows(text)
    typed = [i for i, row in enumerate(rows) if TOKEN.search(row)]
    if typed:
        at = person.rng.choice(typed)
        rows[at] = TOKEN.sub(person.token(), rows[at], count=1)
    return head + "\n".join(rows)


def _extend_line(person: Person, text: str) -> str:
    head, rows = _body_rows(text)
    typed = [i for i, row in enumerate(rows) if row.startswith("- ")]
    if typed:
        rows[person.rng.choice(typed)] += f" {person.token()}"
    return head + "\n".join(rows)


def _type_into_block(person: Person, text: str) -> str:
    return text.replace("%% vaultsync:end", f"- {person.token()} typed inside\n%% vaultsync:end", 1)


def _move_block(person: Person, text: str) -> str:
    found = _BLOCK.search(text)
    if found is None:
        return text
    head, rows = _body_rows(text[: found.start()] + text[found.end() :])
    rows.insert(person.rng.randint(0, len(rows) - 1), found[0].rstrip("\n"))
    return head + "\n".join(rows)


def _move_section(person: Person, text: str) -> str:
    head, rows = _body_rows(text)
    starts = [i for i, row in enumerate(rows) if row.startswith("## ") and "Mentioned" not in row]
    if len(starts) < 2 or _BLOCK.search(text):
        return text
    at = person.rng.randrange(len(starts) - 1)
    section = rows[starts[at] : starts[at + 1]]
    del rows[starts[at] : starts[at + 1]]
    return head + "\n".join([*rows[:-1], *section, ""])


EDITS: tuple[Callable[[Person, str], str], ...] = (
    *(_add_property, _drop_property, _move_property, _change_property, _insert_line, _delete_line),
    *(_move_line, _edit_word, _extend_line, _type_into_block, _move_block, _move_section),
)


def complaints(path: str, before: str, run: str, now: str, after: str) -> list[str]:
    """What an undo lost or doubled. The texts: before the run, after it, before the undo, after it."""
    was, did, is_, left = (Counter(TOKEN.findall(text)) for text in (before, run, now, after))
    found = []
    for token in {*is_, *left}:
        made, removed = max(did[token] - was[token], 0), max(was[token] - did[token], 0)
        if left[token] < is_[token] - made:
            found.append(f"{path}: lost {token}")
        elif left[token] > is_[token] + removed:
            found.append(f"{path}: doubled or brought back {token}")
    swallowed = _in_blocks(after) - _in_blocks(now) - _in_blocks(before)
    found += [f"{path}: {token} came into a list" for token in sorted(swallowed)]
    groups = [row[0].split(":")[0] for row in _head_rows(after)[0]]
    found += [f"{path}: {key} stands twice" for key, count in Counter(groups).items() if count > 1]
    return found


def _in_blocks(text: str) -> set[str]:
    return {token for block in _BLOCK.finditer(text) for token in TOKEN.findall(block[2])}


class Vault:
    """A vault in a folder, with commands run on it."""

    def __init__(self, folder: Path, notes: int, person: Person) -> None:
        self.root, self.person = folder / "vault", person
        self._env = environment(folder / "home")
        (self.root / ".obsidian").mkdir(parents=True)
        (self.root / ".vaultsync").mkdir()
        (self.root / ".vaultsync" / "config.toml").write_text(CONFIG)
        for number in range(notes):
            path = self.root / FOLDERS[number % 3] / f"N{number}.md"
            path.parent.mkdir(exist_ok=True)
            path.write_text(person.note(number, FOLDERS[number % 3]))
        make_repository(self.root, self._env)

    def call(self, *args: str) -> None:
        argv = vaultsync("--vault", str(self.root), *args)
        done = subprocess.run(argv, env=self._env, capture_output=True, text=True)
        if done.returncode not in (0, 1):
            raise RuntimeError(f"{args} ended with {done.returncode}:\n{done.stderr}")

    def texts(self) -> dict[str, str]:
        notes = sorted(self.root.rglob("*.md"))
        return {path.relative_to(self.root).as_posix(): path.read_text() for path in notes}

    def edit(self) -> None:
        for name, text in self.texts().items():
            (self.root / name).write_text(self.person.edited(text))


def undo_fuzz(folder: Path, notes: int, seed: str) -> tuple[list[str], int, int]:
    """Play it with a vault in `folder`; gives what went wrong, and how often runs and undos wrote a note."""
    vault = Vault(folder, notes, Person(seed))
    found: list[str] = []
    ran = undone = 0
    for _ in range(2):
        before = vault.texts()
        vault.call("fix", "--yes")
        run = vault.texts()
        vault.edit()
        now = vault.texts()
        vault.call("undo")
        after = vault.texts()
        found += [
            c for path in now for c in complaints(path, before[path], run[path], now[path], after[path])
        ]
        vault.call("undo")
        again = vault.texts()
        found += [f"{path}: undo of undo is not exact" for path in now if again[path] != now[path]]
        ran += sum(before[path] != run[path] for path in now)
        undone += sum(now[path] != after[path] for path in now)
    return found, ran, undone


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--notes", type=int, default=2000)
    parser.add_argument("--seed", default="1")
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory(prefix="vaultsync-undo-") as folder:
        found, ran, undone = undo_fuzz(Path(folder), options.notes, options.seed)
    print(*found, sep="\n" if found else "")
    print(
        f"{options.notes} notes, {ran} changed by the run, {undone} by its undo: {len(found)} lost or doubled"
    )
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
