"""`python -m bench.merge`: two-sided edits merged by vaultsync, git, git's union and diff-match-patch.

    python -m bench.merge [--each 70] [--held-out] [--failures] [--alone]

Each case is a note and what two devices did to it; what is right is known, since each edit is made to a
model of the note. A merge is *right* if it has one of the right texts, or asks where the edits really
contradict each other and keeps both versions. Its faults: it asks (or leaves markers) *needlessly*; it *asks*
by markers in the note where it had to ask; a new word is *lost*, or *doubled*; the text is *wrong* in another
way; the front matter is *broken*; the result differs with the sides swapped. diff-match-patch (what Obsidian
Sync documents) is tried if it is installed: `pip install diff-match-patch`.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.measure import table
from bench.merge_fresh import FRESH
from bench.merge_held_out import HELD_OUT
from bench.merge_kinds import KINDS, Kind
from bench.merge_sheet import Writer
from vaultsync.core.frontmatter.block import parse_front_matter
from vaultsync.core.merge.notes import merge_note

TOKEN = re.compile(r"\b[a-z]{6}\d+q\b")
MARKERS = re.compile(r"^(<{7} |={7}$|>{7} )", re.MULTILINE)
_BLOCK_LINES = re.compile(r"(%% vaultsync:begin \w+ %%\r?\n)(?:.*\r?\n)*?(%% vaultsync:end)")


@dataclass
class Case:
    """What two sides made of a note, and the texts that are right; `together=None`: asking is right, too."""

    kind: str
    base: str | None
    one: str
    other: str
    right: set[str]
    together: bool | None


@dataclass
class Answer:
    """What a merger says: the text, and the other text where it asks."""

    text: str
    left: str | None = None


Merger = Callable[[str | None, str, str], Answer]


def cases(kinds: dict[str, Kind], each: int, seed: str) -> Iterator[Case]:
    for name, kind in kinds.items():
        for number in range(each):
            pair = kind(Writer(f"{seed}-{name}-{number}"))
            made = []
            for edits in ((pair.one,), (pair.other,), (pair.one, pair.other), (pair.other, pair.one)):
                sheet = pair.sheet.copy()
                try:
                    for edit in edits:
                        edit(sheet)
                except (IndexError, AssertionError):
                    made.append(None)  # one edit took away what the other is about: they clash
                    continue
                made.append(sheet.text())
            one, other, *joined = made
            assert one is not None
            assert other is not None
            right = {text for text in joined if text is not None} if pair.right is None else {pair.right}
            base = None if name.startswith("new_on_both") else pair.sheet.text()
            yield Case(name, base, one, other, set() if pair.together is False else right, pair.together)


def judge(case: Case, answer: Answer) -> str:
    """What an answer is: `right`, or its worst fault."""
    texts = [answer.text] + ([answer.left] if answer.left is not None else [])
    new = {*TOKEN.findall(case.one), *TOKEN.findall(case.other)} - {*TOKEN.findall(case.base or "")}
    whole = "\n".join(texts)
    if any(token not in whole for token in new if not _taken_back(token, case)):
        return "lost"
    marked = MARKERS.search(answer.text) is not None
    if not marked and any(_is_doubled(case, text) for text in texts):
        return "doubled"
    if not marked and any(_is_broken(text) for text in texts):
        return "broken"
    if marked or answer.left is not None:
        return "needless" if case.together is True else "asks" if marked else "right"
    return "right" if _plain(answer.text) in map(_plain, case.right) else "wrong"


def _is_doubled(case: Case, text: str) -> bool:
    most = Counter(TOKEN.findall(case.one)) | Counter(TOKEN.findall(case.other))
    return any(count > most[token] for token, count in Counter(TOKEN.findall(text)).items())


def _is_broken(text: str) -> bool:
    front = parse_front_matter(text)
    return front is not None and bool(front.error or front.duplicates)


def _taken_back(token: str, case: Case) -> bool:
    return bool(case.right) and not any(token in text for text in case.right)


def _plain(text: str) -> str:
    """The text without the lines of the tool's own blocks, which the next run makes anew."""
    return _BLOCK_LINES.sub(r"\1\2", text)


def vaultsync(base: str | None, one: str, other: str) -> Answer:
    result = merge_note(base, one, other)
    return Answer(result.text, result.other)


def git(*options: str) -> Merger:
    def merge(base: str | None, one: str, other: str) -> Answer:
        with tempfile.TemporaryDirectory() as folder:
            names = ["one", "base", "other"]
            for name, text in zip(names, (one, base or "", other), strict=True):
                Path(folder, name).write_bytes(text.encode())
            argv = ["git", "merge-file", "-p", *options, *names]
            done = subprocess.run(argv, cwd=folder, capture_output=True)
        return Answer(done.stdout.decode())

    return merge


def diff_match_patch() -> Merger | None:
    try:
        from diff_match_patch import diff_match_patch as library
    except ImportError:
        return None
    tool = library()

    def merge(base: str | None, one: str, other: str) -> Answer:
        patches = tool.patch_make(base or "", other)
        return Answer(tool.patch_apply(patches, one)[0])

    return merge


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--each", type=int, default=70, help="cases of each kind")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--held-out", action="store_true", help="kinds that the merge was not made with")
    parser.add_argument("--fresh", action="store_true", help="others of them, looked at last")
    parser.add_argument("--failures", action="store_true", help="print what vaultsync's merge did wrong")
    parser.add_argument("--alone", action="store_true", help="vaultsync's merge only")
    options = parser.parse_args(argv)
    kinds = HELD_OUT if options.held_out else FRESH if options.fresh else KINDS
    found = list(cases(kinds, options.each, options.seed))
    mergers: dict[str, Merger | None] = {"vaultsync": vaultsync}
    if not options.alone:
        mergers |= {
            "git merge-file": git(),
            "git merge-file --union": git("--union"),
            "diff-match-patch": diff_match_patch(),
        }
    print(f"{len(found)} two-sided edits of {len(kinds)} kinds, per cent of them\n")
    rows, bad = [], False
    for name, merger in mergers.items():
        if merger is None:
            print(f"({name} is not installed)")
            continue
        measured = measure(merger, found, show=options.failures and name == "vaultsync")
        rows.append((name, *measured.cells(len(found))))
        if name == "vaultsync":
            bad = measured.harm > 0 or measured.counts["right"] < 0.98 * len(found)
    print(table(("merge", *VERDICTS, "asymmetric", "ms a note", "slowest ms"), rows))
    return 1 if bad else 0


VERDICTS = ("right", "needless", "asks", "lost", "doubled", "wrong", "broken")


@dataclass
class Measured:
    """What a merger made of all cases: verdicts, results that differ with the sides swapped, seconds."""

    counts: Counter[str]
    swapped: int = 0
    seconds: float = 0.0
    worst: float = 0.0

    @property
    def harm(self) -> int:
        return sum(self.counts[fault] for fault in ("lost", "doubled", "wrong", "broken")) + self.swapped

    def cells(self, cases: int) -> list[str]:
        shares = [
            f"{count * 100 / cases:.2f}" for count in (*(self.counts[v] for v in VERDICTS), self.swapped)
        ]
        return [*shares, f"{self.seconds * 1000 / cases:.2f}", f"{self.worst * 1000:.1f}"]


def measure(merger: Merger, found: list[Case], *, show: bool = False) -> Measured:
    """Merge all cases, each also with its sides swapped; `show` prints the first failure of each kind."""
    result = Measured(Counter())
    failures: Counter[tuple[str, str]] = Counter()
    for case in found:
        begun = time.process_time()
        answer = merger(case.base, case.one, case.other)
        took = time.process_time() - begun
        result.seconds, result.worst = result.seconds + took, max(result.worst, took)
        verdict = judge(case, answer)
        result.counts[verdict] += 1
        result.swapped += merger(case.base, case.other, case.one) != answer
        if show and verdict != "right":
            failures[case.kind, verdict] += 1
            if failures[case.kind, verdict] == 1:
                _show(case, answer, verdict)
    for (kind, verdict), count in failures.most_common():
        print(f"{count:4} {verdict:9} {kind}")
    return result


def _show(case: Case, answer: Answer, verdict: str) -> None:
    sides = {
        "base": case.base,
        "one": case.one,
        "other": case.other,
        "made": answer.text,
        "left": answer.left,
    }
    for name, text in [*sides.items(), *(("right", text) for text in sorted(case.right))]:
        print(f"===== {case.kind} {verdict}: {name}\n{text}")


if __name__ == "__main__":
    sys.exit(main())
