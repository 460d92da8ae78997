"""`python -m bench.accuracy`: whether `vaultsync fix` finds exactly the mentions that a generated vault has.

Runs the real command as a process on a fresh vault, twice, and compares what it left with the ground truth.
Prints counts, precision and recall by tier; exits with 1, and the first differences, if anything is wrong.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from bench.generate import UNTIDY_SHARE, generate
from bench.judge import Difference, Files, Verdict, judge
from bench.measure import Failed, environment, run, table, vaultsync
from bench.papers import Paper, make_papers
from bench.truth import Truth

SHOWN = 10
"""Differences that are printed."""


def notes_of(vault: Path) -> Files:
    """The bytes of every note."""
    return {path.relative_to(vault).as_posix(): path.read_bytes() for path in sorted(vault.rglob("*.md"))}


class Outcome(msgspec.Struct, frozen=True):
    """A vault before and after `fix`, with all that is known of it; `again` is what a second run did."""

    truth: Truth
    papers: tuple[Paper, ...]
    before: Files
    after: Files
    problems: tuple[dict[str, Any], ...]
    again: tuple[Difference, ...]

    def judged(self) -> Verdict:
        """The outcome against the truth."""
        verdict = judge(self.truth, self.papers, self.before, self.after, self.problems)
        verdict.differences += self.again
        return verdict


def fixed(folder: Path, *, notes: int, seed: int, untidy: float) -> Outcome:
    """Generate a vault in the new folder `folder` and fix it twice.

    Raises `bench.measure.Failed` when `fix` ends with a usage error or a defect.
    """
    vault, env = folder / "vault", environment(folder / "home")
    truth, _ = generate(vault, notes=notes, seed=seed, untidy=untidy)
    papers = make_papers(notes - len(truth.conferences), seed=seed, untidy=untidy)
    before = notes_of(vault)
    settings = vault / ".vaultsync" / "config.toml"
    settings.parent.mkdir(exist_ok=True)
    settings.write_text("[rules]\nfm-order = true\n", encoding="utf-8")  # the one eager rule is judged, too
    _fix(vault, env)
    after, files = notes_of(vault), _files(vault)
    second = _fix(vault, env)
    touched = sorted({path for path, _ in files.items() ^ _files(vault).items()})
    again = [Difference(change["path"], 0, "the second run changed it again") for change in second["changes"]]
    again += [Difference(path, 0, "the second run touched the file") for path in touched]
    # The places of the second run's problems are those in the text that now stands there.
    return Outcome(truth, tuple(papers), before, after, tuple(second["problems"]), tuple(again))


def _fix(vault: Path, env: Mapping[str, str]) -> dict[str, Any]:
    """Run `vaultsync fix`; gives what `--json` says."""
    ran = run(vaultsync("--vault", str(vault), "fix", "--no-commit", "--yes", "--json"), env=env, ok=(0, 1))
    said: dict[str, Any] = msgspec.json.decode(ran.out)["data"]
    if ran.code != bool(said["problems"]):
        raise Failed(f"exit code {ran.code} with {len(said['problems'])} problems")
    return said


def _files(vault: Path) -> dict[str, tuple[int, int]]:
    """Every file of the vault with its inode and time: one that is written again has another."""
    status = {str(path.relative_to(vault)): path.lstat() for path in vault.rglob("*") if path.is_file()}
    return {path: (found.st_ino, found.st_mtime_ns) for path, found in status.items()}


def report(verdict: Verdict) -> str:
    """The counts as a table, and the first differences."""
    rows = [
        (name, f"{c.expected:,}", f"{c.found:,}", f"{c.right:,}", f"{c.precision:.2%}", f"{c.recall:.2%}")
        for name, c in verdict.counts.items()
    ]
    lines = [table(("", "expected", "found", "right", "precision", "recall"), rows), ""]
    lines.append(f"{len(verdict.differences)} differences")
    for difference in verdict.differences[:SHOWN]:
        place = f"{difference.path}:{difference.line}" if difference.line else difference.path
        lines.append(f"  {place}: {difference.what}")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; gives the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.accuracy", description=__doc__)
    parser.add_argument("--notes", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--untidy", type=float, default=UNTIDY_SHARE, metavar="SHARE", help="from 0 to 1 (0.2)"
    )
    parser.add_argument("--keep", type=Path, metavar="DIR", help="a new folder in which the vault stays")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="vaultsync-accuracy-") as passing:
        folder: Path = options.keep or Path(passing)
        try:
            outcome = fixed(folder, notes=options.notes, seed=options.seed, untidy=options.untidy)
        except Failed as error:
            print(f"bench.accuracy: {error}", file=sys.stderr)
            return 1
    verdict = outcome.judged()
    print(report(verdict))
    return 1 if verdict.differences else 0


if __name__ == "__main__":
    sys.exit(main())
