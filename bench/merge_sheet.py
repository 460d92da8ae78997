"""A note as a model to edit for `bench.merge`: properties and named lines, which two edits can change."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

WORDS = (
    "the model learns a sparse code from few examples and we compare it with earlier work on larger data "
    "while training stays cheap because most weights never change after the first epoch which surprised many "
    "people in this room although nobody asked about the second table where results for small languages look "
    "rather weak"
).split()


@dataclass
class Line:
    """A line that keeps its name wherever it goes."""

    name: int
    text: str


@dataclass
class Sheet:
    """A note: its properties in order (a list is a block list), its lines, how it ends its lines."""

    head: dict[str, object] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)
    eol: str = "\n"
    ends: bool = True

    def copy(self) -> Sheet:
        head = {key: list(value) if isinstance(value, list) else value for key, value in self.head.items()}
        return Sheet(head, [Line(line.name, line.text) for line in self.lines], self.eol, self.ends)

    def text(self) -> str:
        out = []
        if self.head:
            out.append("---")
            for key, value in self.head.items():
                out += (
                    [f"{key}:", *(f"  - {x}" for x in value)]
                    if isinstance(value, list)
                    else [f"{key}: {value}"]
                )
            out.append("---")
        whole = "\n".join([*out, *(line.text for line in self.lines)]) + ("\n" if self.ends else "")
        return whole.replace("\n", self.eol)

    def at(self, name: int) -> int:
        """Where a line stands; -1 if it is gone."""
        return next((i for i, line in enumerate(self.lines) if line.name == name), -1)

    def line(self, name: int) -> Line:
        return self.lines[self.at(name)]

    def section(self, name: int) -> tuple[int, int]:
        """The lines of the section whose heading has this name."""
        start = self.at(name)
        level = self.lines[start].text.count("#")
        end = start + 1
        while end < len(self.lines) and not self.lines[end].text.startswith("#" * level + " "):
            end += 1
        return start, end


Edit = Callable[[Sheet], None]


class Writer:
    """Makes sheets and words; each new word of it stands nowhere else."""

    def __init__(self, seed: str) -> None:
        self.rng = random.Random(seed)  # not for secrets: the same cases in each run
        self._names = 0
        self._tokens = 0

    def token(self) -> str:
        self._tokens += 1
        letters = "".join(self.rng.choice("bdfgklmnprstvz") + self.rng.choice("aeiou") for _ in range(3))
        return f"{letters}{self._tokens}q"

    def words(self, count: int) -> str:
        start = self.rng.randrange(len(WORDS))
        return " ".join(WORDS[(start + i) % len(WORDS)] for i in range(count))

    def new(self, text: str) -> Line:
        self._names += 1
        return Line(self._names, text)

    def several(self, texts: Iterable[str]) -> list[Line]:
        return [self.new(text) for text in texts]

    def conference(self) -> Sheet:
        """A conference note: days, talks with bullets, comments that read alike, a list of tasks."""
        sheet = Sheet({"title": self.words(3).title(), "tags": ["conference", "notes"], "date": "2025-04-07"})
        for day in ("Monday", "Tuesday"):
            sheet.lines += self.several([f"# {day}", ""])
            for _ in range(3):
                sheet.lines.append(self.new(f"## Talk: {self.words(3)} {self.token()}"))
                for _ in range(self.rng.randint(2, 4)):
                    sheet.lines.append(self.new(f"- {self.words(self.rng.randint(8, 18))} {self.token()}"))
                sheet.lines += self.several(["Comment:", f"- {self.words(9)} {self.token()}", ""])
        sheet.lines += self.several(["# To do", ""])
        sheet.lines += self.several(f"- [ ] {self.words(6)} {self.token()}" for _ in range(4))
        return sheet

    def essay(self) -> Sheet:
        """A note of paragraphs, some long."""
        sheet = Sheet({"title": "Essay", "aliases": ["E", "An essay"], "status": "draft", "rating": 3})
        for _ in range(5):
            sheet.lines.append(self.new(f"## {self.words(2).title()} {self.token()}"))
            for _ in range(self.rng.randint(1, 3)):
                sentences = (f"{self.words(self.rng.randint(8, 16))} {self.token()}." for _ in range(3))
                sheet.lines += self.several(["", " ".join(sentences).capitalize()])
            sheet.lines.append(self.new(""))
        return sheet

    def journal(self) -> Sheet:
        """A daily note with a log."""
        sheet = Sheet({"tags": ["daily"], "mood": "good"})
        sheet.lines += self.several(["# Plans", "", f"- {self.words(5)} {self.token()}", "", "# Log"])
        sheet.lines += self.several(
            f"- {hour:02d}:15 {self.words(6)} {self.token()}" for hour in range(8, 11)
        )
        return sheet

    def bullets(self, sheet: Sheet) -> list[int]:
        return [line.name for line in sheet.lines if re.match(r"- (?!\[)", line.text)]

    def paragraphs(self, sheet: Sheet) -> list[int]:
        return [line.name for line in sheet.lines if line.text.count(" ") > 12]

    def headings(self, sheet: Sheet, level: int = 2) -> list[int]:
        return [line.name for line in sheet.lines if line.text.startswith("#" * level + " ")]
