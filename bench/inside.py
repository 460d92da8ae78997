"""What `python -m bench` measures inside a process: the stages of a cold run, a relinking, a commit.

`python -m bench.inside stages|relink|commit VAULT` prints JSON; `bench.__main__` runs it as a child, so that
its own memory stays small. The package has no timers of its own: its functions are called here one
after the other, in the order in which a cycle calls them.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from bench.measure import median

WARM_UP = 20
"""Commits before those that count: a file system takes ms for the first file in each of git's folders."""


class Timed(msgspec.Struct, frozen=True):
    """A part of the work: its name, its seconds, and where they were taken those of the processor."""

    name: str
    seconds: float
    cpu: float = 0.0


def stages(vault: Path) -> list[Timed]:
    """The stages of a cold `fix --check`, timed once each."""
    done: list[Timed] = []

    @contextmanager
    def stage(name: str) -> Iterator[None]:
        begun = time.perf_counter()
        yield
        done.append(Timed(name, time.perf_counter() - begun))

    with stage("import"):
        from vaultsync.core.config.kinds import CONFERENCE
        from vaultsync.core.links.index import Index
        from vaultsync.core.note import Note, read_note
        from vaultsync.core.plan.planner import plan_notes
        from vaultsync.core.rules import RULES
        from vaultsync.files.disk import RealDisk
        from vaultsync.vault.open import open_vault

    opened = open_vault(vault)
    config = opened.config
    disk = RealDisk(vault, note_size=config.limits.note_size)
    with stage("scan"):
        scan = disk.scan(config.ignored if config.vault.ignore else None)
    with stage("read"):
        read = list(disk.read_many(scan.notes))
    with stage("front matter"):
        parsed = [read_note(path, data, config) for path, data in read if isinstance(data, bytes)]
    notes = {note.path: note for note in parsed if isinstance(note, Note)}
    index = Index(config, notes.get, decisions=opened.decisions)
    with stage("index"):
        index.add_files((*scan.notes, *scan.others))
        for note in notes.values():
            index.put(note)
    with stage("markdown"):
        for note in notes.values():
            if note.kind == CONFERENCE:
                body = note.body
                _ = body.headings, body.blocks, body.protected, body.links, body.silent
    with stage("match"):
        index.stale()  # where a cycle counts at once how common all names are
        index.refresh()
    with stage("plan"):
        plan = plan_notes(index, RULES, notes, notes.get)
    if plan.changes:
        raise SystemExit(f"the vault is not at rest: {plan.changes[0].path} would change")
    return done


def relink(vault: Path, runs: int = 5) -> list[Timed]:
    """From knowing of a new paper note to having planned, and to having written, in a warm process.

    Before each run three conference notes get a line that names a paper that isn't there yet; the paper's
    note is then the one dirty path, and four notes must be written. The medians of `runs`.
    """
    from vaultsync.cli.wiring import the_ports
    from vaultsync.core.errors import Problem
    from vaultsync.files.disk import RealDisk, Rewrite, Stale, Written
    from vaultsync.runs.cycle import Cycle, Request
    from vaultsync.vault.open import open_vault

    class Clocked(RealDisk):
        """The disk, which remembers when it was last asked to write."""

        asked = 0.0

        def write_many(
            self, rewrites: Iterable[Rewrite]
        ) -> Iterator[tuple[Rewrite, Written | Stale | Problem]]:
            self.asked = time.perf_counter()
            return super().write_many(rewrites)

    disk = Clocked(vault)
    request = Request(commit=False)
    conferences = sorted(f"Conferences/{path.name}" for path in (vault / "Conferences").iterdir())
    sources = [conferences[i * (len(conferences) - 1) // 2] for i in range(3)]
    planned: list[float] = []
    written: list[float] = []
    opened = open_vault(vault)
    with the_ports(opened) as ports:
        cycle = Cycle(opened, msgspec.structs.replace(ports, disk=disk))
        cycle.run(request)
        for number in range(runs):
            title = f"Qxjzenko{number} and the Relinking of Vaults"
            for path in sources:
                with open(vault / path, "a", encoding="utf-8", newline="") as file:
                    file.write(f"\n- {title} was shown\n")
            cycle.run(request, dirty=sources)
            paper = f"Papers/{title}.md"
            (vault / paper).write_text(f"---\ntitle: {title}\ntags:\n  - paper\n---\n# {title}\n")
            begun = time.perf_counter()
            report = cycle.run(request, dirty=[paper])
            written.append(time.perf_counter() - begun)
            planned.append(disk.asked - begun)
            changed = {change.path for change in report.changes}
            if changed != {paper, *sources}:
                raise SystemExit(f"the new paper changed {sorted(changed)}")
    return [Timed("planned", median(planned)), Timed("written", median(written))]


def commit(vault: Path, runs: int = 5) -> list[Timed]:
    """`git status` of the vault at rest, and a commit of five changed notes by the adapter.

    The two take turns, so that what else the machine does slows both; the medians of `runs`, after a few that
    don't count.
    """
    from vaultsync.git.repository import Git

    git = Git.open(vault)
    papers = sorted(path.relative_to(vault).as_posix() for path in (vault / "Papers").rglob("*.md"))
    looked: list[Timed] = []
    committed: list[Timed] = []
    os.sync()  # else the vault, just generated, is written to the disk meanwhile
    for number in range(-WARM_UP, runs):
        chosen = [papers[(number + i * len(papers)) // 5 % len(papers)] for i in range(5)]
        if number == 0:
            looked.clear()
            committed.clear()
        time.sleep(
            1.1 if number >= 0 else 0.0
        )  # git looks twice at files that are as young as its index, by the second
        _status(vault)  # the first one after a commit writes down that nothing has changed
        with _timed("git status", looked):
            _status(vault)
        for path in chosen:
            with open(vault / path, "a", encoding="utf-8", newline="") as file:
                file.write(f"\nRead again, {number}.\n")
        with _timed("commit of 5 notes", committed):
            made = git.commit(chosen, "notes: read again")
        if made is None:
            raise SystemExit("the commit was not made")
    return [
        Timed(done[0].name, median([t.seconds for t in done]), median([t.cpu for t in done]))
        for done in (looked, committed)
    ]


def _status(vault: Path) -> None:
    """`git status` as people run it, in a session of its own, as the adapter's commands are."""
    subprocess.run(
        ["git", "status"], cwd=vault, check=True, stdout=subprocess.DEVNULL, start_new_session=True
    )


@contextmanager
def _timed(name: str, done: list[Timed]) -> Iterator[None]:
    """Time what is done within, by this process and the children that it has waited for."""
    processor, begun = _processor_time(), time.perf_counter()
    yield
    done.append(Timed(name, time.perf_counter() - begun, _processor_time() - processor))


def _processor_time() -> float:
    used = [resource.getrusage(whose) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


MEASURES: dict[str, Callable[[Path], list[Timed]]] = {"stages": stages, "relink": relink, "commit": commit}


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; gives the exit code."""
    name, vault = sys.argv[1:] if arguments is None else arguments
    sys.stdout.buffer.write(msgspec.json.encode(MEASURES[name](Path(vault).resolve())))
    return 0


if __name__ == "__main__":
    sys.exit(main())
