"""`python -m bench.imports`: how long an import of many records takes, and how much memory a large file.

Made-up papers as a pasted page, as BibTeX and as CSL-JSON; each is imported into an empty vault by the
command as a person runs it. The seconds are all that the person waits for, from the start of the process to
its end: reading, planning, writing, the sync, the commit of the new notes, and the cycle that links what
mentions them. The target is 10,000 records in 5 s (issue 7); the second yardstick is a plain loop that writes
as many files of the same bytes, each synced by itself.

What was written stays until the end: for some minutes after many files were deleted, ext4 takes ten times as
long to make new ones (`recently_deleted` in fs/ext4/ialloc.c). TMPDIR chooses the disk.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from bench.measure import Failed, environment, machine, make_repository, run, table, vaultsync
from vaultsync.core.config.settings import ImportSection

TARGET = 5.0
"""Seconds for 10,000 records."""

FLAT = 250
"""MB that the import of a large file may take at most; that of a small one takes some 60.

The cycle that links afterwards is measured elsewhere (`python -m bench`): it knows all notes of the vault and
takes what a vault of so many notes takes.
"""

_WORDS = (
    "sparse dense graph neural robust deep fast latent speech vision kernel causal modular quantum linear "
    "adaptive pruned shared random convex stable gated hidden mixed local global joint early late weak strong"
).split()
_NOUNS = (
    "networks gradients transformers embeddings molecules spectra priors attention memory planning".split()
)


class Record:
    """A paper with a title of its own and an abstract of some 900 characters."""

    def __init__(self, number: int, chance: random.Random) -> None:
        words = [chance.choice(_WORDS).capitalize() for _ in range(4)]
        self.number = number
        self.title = f"{' '.join(words)} {chance.choice(_NOUNS).capitalize()} {number}"
        sentences = (" ".join(chance.choices(_WORDS, k=12)).capitalize() for _ in range(11))
        self.abstract = ". ".join(sentences) + "."
        self.authors = [f"{chance.choice('ABCDEFG')} {chance.choice(_NOUNS).capitalize()}" for _ in range(4)]


def records(count: int) -> Iterator[Record]:
    """The same papers each time."""
    chance = random.Random(7)
    return (Record(number, chance) for number in range(count))


def page(made: Iterator[Record]) -> Iterator[str]:
    yield "Daily Papers\n\nbyAK and the research community\n\nOct 31\n\n"
    for one in made:
        yield f"{one.title}\n\n{one.abstract}\n\n  • {len(one.authors)} authors\n\n·\nMay 25, 2024\n\n"


def bibtex(made: Iterator[Record]) -> Iterator[str]:
    for one in made:
        names = " and ".join(one.authors)
        yield f"@article{{key{one.number},\n  title = {{{one.title}}},\n  author = {{{names}}},\n"
        yield f"  year = {{2024}},\n  eprint = {{2401.{one.number:05}}},\n"
        yield f"  abstract = {{{one.abstract}}}\n}}\n\n"


def csl(made: Iterator[Record]) -> Iterator[str]:
    for one in made:
        authors = [{"literal": name} for name in one.authors]
        item = {"title": one.title, "author": authors, "abstract": one.abstract}
        yield ("[" if not one.number else ",\n") + json.dumps(item)
    yield "]\n"


KINDS: dict[str, Callable[[Iterator[Record]], Iterator[str]]] = {
    "page": page,
    "bibtex": bibtex,
    "csl-json": csl,
}


def write_source(file: Path, kind: str, count: int) -> float:
    """Write a source of `count` records; gives its megabytes."""
    with file.open("w", encoding="utf-8") as out:
        out.writelines(KINDS[kind](records(count)))
    return file.stat().st_size / 1e6


def plain_writes(folder: Path, count: int) -> float:
    """Seconds for `count` files of 1.2 kB, written and synced one after the other: what the disk takes."""
    data = b"x" * 1200
    begun = time.perf_counter()
    for number in range(count):
        fd = os.open(folder / f"{number}.md", os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        os.write(fd, data)
        os.fsync(fd)
        os.close(fd)
    return time.perf_counter() - begun


def measured(place: Path, kind: str, count: int, *, commit: bool, look: bool = False) -> tuple[str, ...]:
    """One import into an empty vault in a new folder of `place`, as a row."""
    folder = Path(tempfile.mkdtemp(dir=place))
    vault, source = folder / "vault", folder / f"list.{kind}"
    (vault / ".obsidian").mkdir(parents=True)
    if count > ImportSection().records:
        (vault / ".vaultsync").mkdir()
        settings = f"[import]\nrecords = {count}\n"
        (vault / ".vaultsync" / "config.toml").write_text(settings, encoding="utf-8")
    size = write_source(source, kind, count)
    env = environment(folder / "home")
    if commit:
        make_empty_repository(vault, env)
    args = ["--json", *([] if commit else ["--no-commit"])]
    if look:
        args = ["--diff"]
    ran = run(vaultsync("--vault", str(vault), "import", str(source), *args), env=env, ok=(0, 1))
    if not look and (new := len(json.loads(ran.out)["data"]["new"])) != count:
        raise Failed(f"{kind}: {new} notes of {count} records")
    what = "planned only" if look else "committed" if commit else "written"
    verdict = ""
    if count == 10_000:
        verdict = f"≤ {TARGET:g} s {'kept' if ran.seconds <= TARGET else 'MISSED'}"
    elif look and size > 90:
        verdict = f"≤ {FLAT} MB {'kept' if ran.peak / 1e6 <= FLAT else 'MISSED'}"
    return kind, f"{count:,}", f"{size:.1f}", what, f"{ran.seconds:.2f}", f"{ran.peak / 1e6:.0f}", verdict


def make_empty_repository(vault: Path, env: dict[str, str]) -> None:
    (vault / "Home.md").write_text("Home.\n", encoding="utf-8")
    make_repository(vault, env)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; gives the exit code, which a missed target does not change: machines are busy."""
    parser = argparse.ArgumentParser(prog="python -m bench.imports", description=__doc__)
    parser.add_argument("--records", type=int, default=10_000, help="records of each source (10,000)")
    parser.add_argument("--large", type=int, default=0, help="records of one more page: 105,000 are 100 MB")
    options = parser.parse_args(arguments)
    print(machine())
    rows = []
    with tempfile.TemporaryDirectory(prefix="vaultsync-bench-") as name:
        place = Path(name)
        try:
            for kind in KINDS:
                rows += [measured(place, kind, options.records, commit=False, look=True)]
                rows += [measured(place, kind, options.records, commit=commit) for commit in (False, True)]
            if options.large:
                rows.append(measured(place, "page", options.large, commit=False, look=True))
                rows.append(measured(place, "page", options.large, commit=True))
        except Failed as error:
            print(f"bench: {error}", file=sys.stderr)
            return 1
        plain = plain_writes(place, options.records)
    print(f"{options.records:,} files written and synced, one after the other: {plain:.2f} s\n")
    print(table(("source", "records", "MB", "what", "seconds", "peak MB", "target"), rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
