"""Writes a vault of any size whose every mention is known: `python -m bench.generate DIR --notes 10000`.

17 of 20 notes are papers, 3 are conference notes; a note has about 3.4 kB. The bytes depend on the number
of notes, the seed and the untidy share alone. The ground truth (`bench.truth`) is written beside the vault,
never in it.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from bench.conferences import Mentionable, conference_note
from bench.papers import make_papers, paper_note
from bench.truth import NoteTruth, PaperTruth, Truth
from bench.vocabulary import Dice

CONFERENCE_SHARE = 0.15
SPARSE_SHARE = 0.005
"""Of a vault as most are: one note in two hundred mentions papers."""
UNTIDY_SHARE = 0.2
"""The share of notes in which front matter rules (and in conference notes `md-` rules) find work."""

_FIXED_FILES = {
    ".obsidian/app.json": b'{\n  "newLinkFormat": "shortest",\n  "useMarkdownLinks": false\n}',
    "Reading list.md": b"---\ntitle: Reading list\n---\nWhat is left to read.\n",
}


class File(msgspec.Struct, frozen=True):
    """One file of the vault: its path below the vault's folder and its bytes."""

    path: str
    data: bytes


def truth_path(vault: Path) -> Path:
    """Where the truth of a vault is written unless the caller says otherwise: `DIR.truth.json` beside it."""
    return vault.with_name(vault.name + ".truth.json")


def files_of(
    notes: int, *, seed: int = 1, untidy: float = UNTIDY_SHARE, conferences: float = CONFERENCE_SHARE
) -> Iterator[File | PaperTruth | NoteTruth]:
    """The files of a vault with `notes` paper and conference notes, each note's truth right after its file.

    `untidy` is a share from 0 (clean) to 1, `conferences` that of the conference notes. Pure: the same
    arguments give the same values on any machine.
    """
    yield from (File(path, data) for path, data in _FIXED_FILES.items())
    count = int(notes * conferences + 1e-9)
    papers = make_papers(notes - count, seed=seed, untidy=untidy)
    dice = Dice(f"{seed}/paper notes")
    for i, paper in enumerate(papers):
        neighbour = papers[i - 1] if i and dice.chance(0.1) else None
        yield File(paper.path, _encoded(paper_note(paper, dice, neighbour), dice)[0])
        yield PaperTruth(paper.path, paper.title, paper.untidy, paper.problem)
    dice = Dice(f"{seed}/conference notes")
    vault = Mentionable(papers)
    for i in range(count):
        path, text, truth = conference_note(i, vault, dice, untidy=untidy)
        data, bom, crlf = _encoded(text, dice)
        yield File(path, data)
        yield _shifted(truth, bom=bom, crlf=crlf)


def _encoded(text: str, dice: Dice) -> tuple[bytes, bool, bool]:
    """The bytes of a note: now and then CRLF, a byte order mark, or no newline at the end."""
    throw = dice.below(100)
    crlf, bom = throw < 3, throw in (2, 3)
    if throw in (4, 5):
        text = text.rstrip("\n")
    if crlf:
        text = text.replace("\n", "\r\n")
    return (("\ufeff" + text) if bom else text).encode(), bom, crlf


def _shifted(truth: NoteTruth, *, bom: bool, crlf: bool) -> NoteTruth:
    """The truth of an LF text as the truth of the same text with a byte order mark or CRLF line ends."""
    if not (bom or crlf):
        return truth

    def moved(offset: int, line: int) -> int:
        return offset + bom + (line - 1 if crlf else 0)

    return NoteTruth(
        truth.path,
        tuple(msgspec.structs.replace(m, offset=moved(m.offset, m.line)) for m in truth.mentions),
        tuple(msgspec.structs.replace(d, offset=moved(d.offset, d.line)) for d in truth.decoys),
    )


def generate(
    vault: Path,
    *,
    notes: int,
    seed: int = 1,
    untidy: float = UNTIDY_SHARE,
    conferences: float = CONFERENCE_SHARE,
) -> tuple[Truth, int]:
    """Write the vault into the new or empty folder `vault`; gives the truth and the size in bytes.

    Raises `FileExistsError` when the folder has anything in it. The truth itself is not written.
    """
    vault.mkdir(parents=True, exist_ok=True)
    if any(vault.iterdir()):
        raise FileExistsError(f"{vault} is not empty")
    folders: set[str] = set()
    papers: list[PaperTruth] = []
    mentioning: list[NoteTruth] = []
    size = 0
    for made in files_of(notes, seed=seed, untidy=untidy, conferences=conferences):
        if isinstance(made, PaperTruth):
            papers.append(made)
        elif isinstance(made, NoteTruth):
            mentioning.append(made)
        else:
            folder = made.path.rpartition("/")[0]
            if folder not in folders:
                folders.add(folder)
                (vault / folder).mkdir(parents=True, exist_ok=True)
            with open(f"{vault}/{made.path}", "xb", buffering=0) as file:
                file.write(made.data)
            size += len(made.data)
    return Truth(seed, notes, untidy, tuple(papers), tuple(mentioning)), size


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; gives the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.generate", description=__doc__)
    parser.add_argument("vault", type=Path, help="a new or empty folder")
    parser.add_argument(
        "--notes", type=int, default=10_000, help="paper and conference notes together (10000)"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--untidy", type=float, default=UNTIDY_SHARE, metavar="SHARE", help="from 0 to 1 (0.2)"
    )
    parser.add_argument(
        "--clean", dest="untidy", action="store_const", const=0.0, help="nothing for front matter rules"
    )
    parser.add_argument(
        "--conferences",
        type=float,
        default=CONFERENCE_SHARE,
        metavar="SHARE",
        help=f"of the notes that are conference notes, from 0 to 1 ({CONFERENCE_SHARE})",
    )
    parser.add_argument("--truth", type=Path, help="where the truth goes (DIR.truth.json)")
    options = parser.parse_args(arguments)
    target: Path = options.truth or truth_path(options.vault)
    if options.vault.resolve() in target.resolve().parents:
        parser.error("the truth must lie outside the vault")
    if options.notes < 0 or not (0 <= options.untidy <= 1 and 0 <= options.conferences <= 1):
        parser.error("--notes can't be negative, and --untidy and --conferences go from 0 to 1")
    begun = time.perf_counter()
    try:
        truth, size = generate(
            options.vault,
            notes=options.notes,
            seed=options.seed,
            untidy=options.untidy,
            conferences=options.conferences,
        )
    except (FileExistsError, NotADirectoryError) as error:
        parser.error(str(error))
    target.write_bytes(msgspec.json.encode(truth))
    mentions = sum(len(note.mentions) for note in truth.conferences)
    took = time.perf_counter() - begun
    print(
        f"{options.notes:,} notes, {size / 1e6:.1f} MB, {mentions:,} mentions, {took:.1f} s; truth: {target}",
        file=sys.stderr,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
