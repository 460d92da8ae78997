"""Compares what a run made of a generated vault with the ground truth, note by note.

What counts as right is said by `bench.truth` (the mentions), `bench.papers` (the properties) and the design's
sections 5 and 6. Every note is accounted for to the last byte: what is neither a link that the truth asks
for, nor a managed block, nor a documented edit of a rule, must be as it was.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
import yaml

from bench.expectation import (
    date_of,
    has_days,
    may_be_quoted,
    properties_of,
    quotes_for,
    tidied_front_matter,
    tidied_line,
)
from bench.outcome import (
    Entry,
    Headings,
    Unreadable,
    aligned,
    entries_of,
    eol_of,
    front_matter,
    lines_of,
    listed_in,
    parts_of,
    telling,
    unlinked,
)
from bench.papers import Paper
from bench.truth import Mention, NoteTruth, Truth


class Difference(msgspec.Struct, frozen=True, order=True):
    """Something that isn't as the truth says; `line` counts in the note as it was, 0 is all of it."""

    path: str
    line: int
    what: str


class Count(msgspec.Struct):
    """How many the truth expects, how many were found, how many of these are right."""

    expected: int = 0
    found: int = 0
    right: int = 0

    @property
    def precision(self) -> float:
        """The share of what was found that is right."""
        return self.right / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        """The share of what is expected that was found."""
        return self.right / self.expected if self.expected else 1.0


class Verdict(msgspec.Struct):
    """The counts by what was counted, and all differences."""

    counts: dict[str, Count]
    differences: list[Difference]


Files = Mapping[str, bytes]
"""The notes of a vault by path."""


def judge(
    truth: Truth,
    papers: Sequence[Paper],
    before: Files,
    after: Files,
    problems: Sequence[Mapping[str, Any]],
) -> Verdict:
    """Compare `after` with what the truth makes of `before`.

    `papers` are those that `make_papers` gave for the vault, `problems` those that the tool reports for
    `after`, as `fix --json` prints them.
    """
    return _Judge(truth, papers, before, after).verdict(problems)


class _Judge:
    def __init__(self, truth: Truth, papers: Sequence[Paper], before: Files, after: Files) -> None:
        self.truth, self.papers = truth, papers
        self.before = {path: data.decode() for path, data in before.items()}
        self.after = {path: data.decode(errors="replace") for path, data in after.items()}
        self.counts: defaultdict[str, Count] = defaultdict(Count)
        self.differences: list[Difference] = []
        self._by_stem: defaultdict[str, list[str]] = defaultdict(list)
        for path in before:
            self._by_stem[path.rpartition("/")[2][:-3]].append(path)
        self._headings = {note.path: Headings(self.before[note.path]) for note in truth.conferences}

    def verdict(self, problems: Sequence[Mapping[str, Any]]) -> Verdict:
        for path in self.before.keys() - self.after.keys():
            self._differ(path, 0, "the note is gone")
        for path in self.after.keys() - self.before.keys():
            self._differ(path, 0, "a note that nobody made")
        wanted = self._wanted_entries()
        for paper in self.papers:
            if paper.path in self.after:
                self._paper(paper, wanted.get(paper.path, {}))
        for note in self.truth.conferences:
            if note.path in self.after:
                self._conference(note)
        self._problems(problems)
        noted = {p.path for p in self.papers} | {n.path for n in self.truth.conferences}
        for path in self.before.keys() - noted:
            if self.after.get(path) != self.before[path]:
                self._differ(path, 0, "a note that is no one's was changed")
        return Verdict(dict(sorted(self.counts.items())), sorted(self.differences))

    def _differ(self, path: str, line: int, what: str) -> None:
        self.differences.append(Difference(path, line, what))

    def _score(
        self, name: str, expected: Mapping[Any, tuple[str, int]], found: Iterable[Any], about: str
    ) -> None:
        """Count things by value; `expected` says of each in which note and line it is due."""
        count, seen = self.counts[name], set(found)
        count.expected += len(expected)
        count.found += len(seen)
        count.right += len(seen & expected.keys())
        for thing in expected.keys() - seen:
            self._differ(*expected[thing], f"{name}: missing {thing}")
        for thing in seen - expected.keys():
            self._differ(about, 0, f"{name}: not expected {thing}")

    def _resolved(self, target: str) -> str:
        """The note that a link leads to: a file name that only one note has, else a path; else ''."""
        if f"{target}.md" in self.before:
            return f"{target}.md"
        paths = self._by_stem.get(target, [])
        return paths[0] if len(paths) == 1 else ""

    # Conference notes

    def _conference(self, note: NoteTruth) -> None:
        before, after = self.before[note.path], self.after[note.path]
        try:
            parts = parts_of(before, after, "papers")
            listed = [] if parts.block is None else listed_in(parts.block)
        except Unreadable as reason:
            self._differ(note.path, 0, str(reason))
            return
        front, body = front_matter(before)
        front_after, body_after = front_matter(parts.text)
        if front_after != tidied_front_matter(front):
            self._differ(note.path, 1, f"the front matter is {front_after!r}")
        first = front.count("\n")
        by_line = {m.line: m for m in note.mentions}
        decoys = {d.line for d in note.decoys}
        links: dict[str, list[tuple[int, str, str]]] = defaultdict(list)
        touched: set[int] = set()
        for number, old, new in aligned(lines_of(body), lines_of(body_after), eol_of(before)):
            line = first + number
            old_line, new_line = old or "", new or ""
            words, made = unlinked(old_line, new_line)
            mention = by_line.get(line)
            for target, glue, surface in made:
                tier = mention.tier if mention is not None else "?"
                links[f"links in place, tier {tier}"].append((line, self._resolved(target), surface))
                bar = "" if target == surface else "\\|" if old_line.startswith("|") else "|"
                if glue != bar:
                    self._differ(note.path, line, f"the link is not written as Obsidian would: {new_line!r}")
            if words != tidied_line(old_line):
                self._differ(note.path, line, f"{old_line!r} became {new_line!r}")
                touched.add(line)
            if made:
                touched.add(line)
        expected: dict[str, dict[tuple[int, str, str], tuple[str, int]]] = defaultdict(dict)
        for m in note.mentions:
            if m.expected == "link":
                expected[f"links in place, tier {m.tier}"][m.line, m.papers[0], m.surface] = note.path, m.line
        for name in expected.keys() | links.keys():
            self._score(name, expected[name], links[name], note.path)
        self._left_alone("decoys left alone", decoys, touched)
        suggested = {m.line for m in note.mentions if m.expected == "suggestion"}
        self._left_alone("suggestions left alone", suggested, touched)
        wanted = self._wanted_list(note)
        found = [(self._resolved(target), telling(heading)) for target, heading in listed]
        self._score("papers listed", dict.fromkeys(wanted, (note.path, 0)), found, note.path)
        if len(set(found)) == len(found) and set(found) == set(wanted) and found != wanted:
            self._differ(note.path, 0, "the papers are not listed in the order of their mentions")

    def _left_alone(self, name: str, lines: set[int], touched: set[int]) -> None:
        count = self.counts[name]
        count.expected += len(lines)
        count.found += len(lines - touched)
        count.right += len(lines - touched)

    def _wanted_list(self, note: NoteTruth) -> list[tuple[str, str]]:
        """The papers that have no link in the note, with the session that mentions them first."""
        recorded = [m for m in note.mentions if m.expected in ("link", "record")]
        linked = {m.papers[0] for m in recorded if m.expected == "link" or m.tier == 0}
        first: dict[str, str] = {}
        for m in recorded:
            if m.papers[0] not in linked:
                first.setdefault(m.papers[0], telling(m.session))
        return list(first.items())

    # Paper notes

    def _wanted_entries(self) -> dict[str, dict[tuple[str, str, str, int], list[Mention]]]:
        """By paper: the mentions of each session, under the note, the date, the heading and which of these.

        A note may have two sessions of one heading on one day; they are told apart by their order.
        """
        wanted: dict[str, dict[tuple[str, str, str, int], list[Mention]]] = defaultdict(dict)
        for note in self.truth.conferences:
            start = "" if has_days(self.before[note.path]) else date_of(self.before[note.path])
            sessions: dict[str, dict[int, list[Mention]]] = defaultdict(lambda: defaultdict(list))
            for m in note.mentions:
                if m.expected in ("link", "record"):
                    sessions[m.papers[0]][self._headings[note.path].session(m.line)].append(m)
            for paper, by_session in sessions.items():
                seen: Counter[tuple[str, str]] = Counter()
                for _, mentions in sorted(by_session.items()):
                    key = mentions[0].day or start, telling(mentions[0].session)
                    wanted[paper][(note.path, *key, seen[key])] = mentions
                    seen[key] += 1
        return wanted

    def _paper(self, paper: Paper, wanted: Mapping[tuple[str, str, str, int], Sequence[Mention]]) -> None:
        before, after = self.before[paper.path], self.after[paper.path]
        try:
            parts = parts_of(before, after, "mentions")
            entries = [] if parts.block is None else entries_of(parts.block)
        except Unreadable as reason:
            self._differ(paper.path, 0, str(reason))
            return
        if paper.problem or not paper.untidy:
            if parts.text != before:
                self._differ(paper.path, 0, "nothing of its text should have changed")
        else:
            self._tidied_paper(paper, before, parts.text)
        order = [(e.when or "9999", self._resolved(e.note)) for e in entries]
        if order != sorted(order):
            self._differ(paper.path, 0, "the entries are not sorted by date and note")
        found: dict[tuple[str, str, str, int], Entry] = {}
        seen: Counter[tuple[str, str, str]] = Counter()
        for entry in entries:
            key = self._resolved(entry.note), entry.when, telling(entry.heading)
            found[(*key, seen[key])] = entry
            seen[key] += 1
            self._check_anchor(paper, entry)
        for session in wanted.keys() | found.keys():
            mentions, known = wanted.get(session, ()), found.get(session)
            self._mentions(paper.path, session, mentions, known)

    def _check_anchor(self, paper: Paper, entry: Entry) -> None:
        note = self._resolved(entry.note)
        headings = {telling(text) for text in self._headings[note].texts} if note in self._headings else set()
        parts = [telling(part) for part in entry.anchor.split("#")] if entry.anchor else []
        if not headings.issuperset(parts) or (parts and parts[-1] != telling(entry.heading)):
            self._differ(paper.path, 0, f"the link to {entry.note}#{entry.anchor} leads nowhere")

    def _mentions(
        self,
        path: str,
        session: tuple[str, str, str, int],
        mentions: Sequence[Mention],
        entry: Entry | None,
    ) -> None:
        """Score the mentions of a paper in one session: each is a quote, one in a heading is the entry."""
        note = session[0]
        quotes = {telling(quote) for quote in entry.quotes} if entry is not None else set()
        known: set[str] = set()
        expected: dict[str, dict[tuple[object, ...], tuple[str, int]]] = defaultdict(dict)
        found: dict[str, list[tuple[object, ...]]] = defaultdict(list)
        for m in mentions:
            name = f"mentions recorded, tier {m.tier}"
            choices = quotes_for(self.before[note], m)
            quote = next((c for c in choices if c in quotes), choices[0])
            expected[name][(*session, quote)] = note, m.line
            if entry is not None and (quote in quotes or not quote):
                found[name].append((*session, quote))
            known.add(quote)
            known.update(q for q in quotes if may_be_quoted(self.before[note], m, q))
        quotes -= known
        if entry is not None:
            found["mentions recorded, tier ?"] += [(*session, quote) for quote in quotes]
            if not mentions and not quotes:
                found["mentions recorded, tier ?"].append((*session, ""))
        for name in expected.keys() | found.keys():
            self._score(name, expected[name], found[name], path)

    def _tidied_paper(self, paper: Paper, before: str, after: str) -> None:
        """The body is as it was, the properties mean what the paper is, in the schema's order."""
        (front, body), (front_after, body_after) = front_matter(before), front_matter(after)
        if body != body_after:
            self._differ(paper.path, 0, "the body has changed")
        if sorted(re.findall(r"#\s.*", front)) != sorted(re.findall(r"#\s.*", front_after)):
            self._differ(paper.path, 1, "a comment was lost")
        fields = list(yaml.load(front_after.strip("\ufeff").strip().strip("-"), yaml.BaseLoader).items())
        count = self.counts["properties in order"]
        count.expected += 1
        count.found += 1
        expected = list(properties_of(paper, front).items())
        if fields == expected:
            count.right += 1
        else:
            self._differ(paper.path, 1, f"{fields} instead of {expected}")

    # Problems

    def _problems(self, problems: Sequence[Mapping[str, Any]]) -> None:
        expected: dict[tuple[str, frozenset[str]], tuple[str, int]] = {}
        for note in self.truth.conferences:
            for m in note.mentions:
                if m.expected == "ambiguous":
                    expected.setdefault((note.path, frozenset(m.papers)), (note.path, m.line))
        found = []
        reported: dict[str, tuple[str, int]] = {}
        for problem in problems:
            path = str(problem["path"])
            told = re.fullmatch(r'"(.+)" may mean (.+\.md); it was not linked', str(problem["message"]))
            if told is None:
                reported[path] = path, int(problem["line"])
                continue
            found.append((path, frozenset(told[2].split(" or "))))
            line = self.after[path].splitlines()[int(problem["line"]) - 1].removeprefix("\ufeff")
            if not line.startswith(told[1], int(problem["col"]) - 1):
                self._differ(path, int(problem["line"]), f"{told[1]!r} is reported where it isn't")
        self._score("ambiguities reported", expected, found, "")
        broken = {p.path: (p.path, 0) for p in self.papers if p.problem}
        self._score("broken notes reported", broken, reported, "")
