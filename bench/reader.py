"""`python -m bench.reader FOLDER`: conference notes as people write them, and what a careful reader sees.

FOLDER is a vault with conference notes, paper notes (those that are meant, and a library of others as
distractors) and `truth.tsv`: a line for each place where a reader sees that a paper is meant, with the note's
path, the line's number, the paper note's path, and how the paper is named there (`title`, `short`, …),
between tabs. It is worked on as a copy. Prints by note and by kind how much is linked in place, recorded,
suggested or missed, and each link or record that the truth doesn't have.

A suggestion is made once a note for the same words, so that it counts for all lines of its note that mean the
paper. Links and records count on their own line alone. Notes and libraries are not part of the repository.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import msgspec

from bench.measure import environment, run, table, vaultsync

KINDS = ("linked", "recorded", "suggested", "missed")


class Seen(msgspec.Struct, frozen=True, order=True):
    """A place where a reader sees that a paper is meant."""

    note: str
    line: int
    paper: str
    kind: str


class Told(msgspec.Struct, frozen=True):
    """What vaultsync makes of the vault: links and records by note, line and paper; suggestions by note."""

    linked: frozenset[tuple[str, int, str]]
    recorded: frozenset[tuple[str, int, str]]
    suggested: frozenset[tuple[str, str]]
    words: dict[tuple[str, int, str], str]


def read_truth(folder: Path) -> list[Seen]:
    """The rows of `truth.tsv`; raises `SystemExit` for one that can't be right."""
    found = []
    for number, row in enumerate((folder / "truth.tsv").read_text(encoding="utf-8").splitlines(), 1):
        parts = row.split("\t")
        if len(parts) != 4 or not parts[1].isdecimal():
            raise SystemExit(f"truth.tsv:{number}: a row is NOTE, LINE, PAPER, KIND, between tabs")
        for path in (parts[0], parts[2]):
            if not (folder / path).is_file():
                raise SystemExit(f"truth.tsv:{number}: there is no note {path}")
        found.append(Seen(parts[0], int(parts[1]), parts[2], parts[3]))
    return sorted(found)


def told(vault: Path, home: Path) -> Told:
    """Ask vaultsync: its reading of each note for links and records, `links --json` for the rest."""
    from vaultsync.runs.cycle import Cycle
    from vaultsync.runs.ports import open_ports
    from vaultsync.vault.lock import VaultLock
    from vaultsync.vault.open import open_vault

    opened = open_vault(vault)
    ports = open_ports(opened, lambda: VaultLock(vault).held(0.0))
    linked: set[tuple[str, int, str]] = set()
    recorded: set[tuple[str, int, str]] = set()
    words: dict[tuple[str, int, str], str] = {}
    try:
        survey = Cycle(opened, ports).read()
        for path, reading in survey.index.readings():
            note = survey.note(path)
            assert note is not None  # it was just read
            placed = {(p.span.start, p.paper) for p in reading.placements}
            for mention in reading.mentions:
                key = path, note.line_column(mention.span.start)[0], mention.paper
                (linked if (mention.span.start, mention.paper) in placed else recorded).add(key)
                words[key] = mention.surface
    finally:
        ports.close()
    ran = run(vaultsync("--vault", str(vault), "links", "--json"), env=environment(home), ok=(0, 1))
    said = msgspec.json.decode(ran.out)["data"]
    suggested = {(s["path"], paper) for s in said["suggested"] for paper in s["papers"]}
    return Told(frozenset(linked), frozenset(recorded), frozenset(suggested), words)


def how(seen: Seen, found: Told) -> str:
    """What became of a place."""
    key = seen.note, seen.line, seen.paper
    if key in found.linked:
        return "linked"
    if key in found.recorded:
        return "recorded"
    return "suggested" if (seen.note, seen.paper) in found.suggested else "missed"


def report(truth: Sequence[Seen], found: Told) -> str:
    """The tables, then what is wrong and what is missed."""
    right = {(s.note, s.line, s.paper) for s in truth}
    made = found.linked | found.recorded
    wrong = sorted(made - right)
    lines = [_by("note", truth, found, lambda s: s.note.rpartition("/")[2]), ""]
    lines += [_by("named by", truth, found, lambda s: s.kind), ""]
    outcome = Counter(how(s, found) for s in truth)
    share = 1 - outcome["missed"] / len(truth) if truth else 1.0
    precision = len(made & right) / len(made) if made else 1.0
    sure = (outcome["linked"] + outcome["recorded"]) / max(len(truth), 1)
    lines.append(f"{len(made)} linked or recorded, {len(wrong)} not in the truth: precision {precision:.1%}")
    lines.append(f"of {len(truth)} seen: {sure:.1%} linked or recorded, {share:.1%} with those suggested")
    lines += [f"  not in the truth: {n}:{i} {found.words[n, i, p]!r} -> {p}" for n, i, p in wrong]
    lines += [f"  missed: {s.note}:{s.line} ({s.kind}) {s.paper}" for s in truth if how(s, found) == "missed"]
    seen = {(s.note, s.paper) for s in truth}
    extra = Counter(note for note, paper in found.suggested if (note, paper) not in seen)
    lines += [f"  {count} further suggestions in {note}" for note, count in sorted(extra.items())]
    return "\n".join(lines)


def _by(name: str, truth: Iterable[Seen], found: Told, key: Callable[[Seen], str]) -> str:
    counts: dict[str, Counter[str]] = {}
    for seen in truth:
        counts.setdefault(key(seen), Counter())[how(seen, found)] += 1
    rows = [
        (group, str(sum(c.values())), *(str(c[kind]) for kind in KINDS))
        for group, c in sorted(counts.items())
    ]
    return table((name, "seen", *KINDS), rows)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; gives the exit code: 1 where a link or a record isn't in the truth."""
    parser = argparse.ArgumentParser(prog="python -m bench.reader", description=__doc__)
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args(arguments).folder
    truth = read_truth(folder)
    with tempfile.TemporaryDirectory(prefix="vaultsync-reader-") as passing:
        vault = Path(passing) / "vault"
        shutil.copytree(folder, vault, ignore=shutil.ignore_patterns("truth.tsv", ".git"))
        found = told(vault, Path(passing) / "home")
    print(report(truth, found))
    return 1 if (found.linked | found.recorded) - {(s.note, s.line, s.paper) for s in truth} else 0


if __name__ == "__main__":
    sys.exit(main())
