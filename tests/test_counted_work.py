"""How much work is done, counted and not timed: what makes vaultsync quick can't get lost unnoticed.

Seconds depend on the machine and on what else it does; the processes that a save starts don't.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import pytest
from conftest import Command
from gitrepo import Repo, git_env, repo
from started_gits import gits

from vaultsync.cli.wiring import the_ports
from vaultsync.core import note
from vaultsync.core.config.config import Config
from vaultsync.core.config.config_file import parse_config
from vaultsync.core.errors import Problem
from vaultsync.core.links.cached_facts import Facts, KeptReading
from vaultsync.core.links.index import Index
from vaultsync.core.links.mentions import Reading
from vaultsync.core.links.title_index import TitleIndex
from vaultsync.core.markdown import body
from vaultsync.core.note import Note
from vaultsync.core.papers.paper import Paper
from vaultsync.core.plan.change import Change
from vaultsync.core.plan.planner import MANY
from vaultsync.core.rules import rule_options
from vaultsync.files.disk import RealDisk, Rewrite
from vaultsync.runs import commits, link_suggestions
from vaultsync.runs.cycle import Cycle, Request
from vaultsync.vault import survey
from vaultsync.vault.cache import Cache
from vaultsync.vault.consent import give_consent
from vaultsync.vault.open import open_vault

__all__ = ["git_env", "gits", "repo"]

PAPER = "---\ntitle: Qxjzenko and the Art of Counting\ntags:\n  - paper\n---\n"
CONFERENCE = (
    "---\ntitle: Counting {n}\ndate: 2025-04-07\ntags:\n  - conference\n---\n## Talk: one\n- a line\n"
)


def test_a_save_that_is_committed_and_linked_costs_thirteen_git_processes(
    repo: Repo, gits: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A daemon's cycle over one saved note: two commits, each looked at, and each question asked once."""
    monkeypatch.setattr("vaultsync.git.answers.YOUNG", -60.0)  # the test's own configuration is no older
    started_before_sync: list[int] = []
    sync = RealDisk.sync

    def noted(self: RealDisk) -> object:
        started_before_sync[:] = [len(gits)]
        return sync(self)

    monkeypatch.setattr(RealDisk, "sync", noted)
    repo.write("Papers/Counting.md", PAPER)
    for n in range(3):
        repo.write(f"Conferences/Counting {n}.md", CONFERENCE.format(n=n))
    give_consent(repo.path)
    vault = open_vault(repo.path)
    with the_ports(vault) as ports:
        cycle = Cycle(vault, ports)
        cycle.run(Request())
        cycle.prepare()
        for n in range(3):
            note = repo.path / "Conferences" / f"Counting {n}.md"
            with open(note, "a", encoding="utf-8") as file:
                file.write("- Qxjzenko and the Art of Counting was shown\n")
            gits.clear()
            report = cycle.run(Request(rounds=1, wide=False), dirty=[f"Conferences/Counting {n}.md"])
            assert [commit.whose for commit in report.commits] == ["person", "vaultsync"], report
            assert gits.count("commit") == 2
            kept = {
                "var",
                "config",
                "check-ignore",
                "symbolic-ref",
                "ls-tree",
                "log",
                "rev-list",
                "rev-parse",
            }
            assert not kept.intersection(gits), gits
            assert len(gits) <= 13, gits
            # The disk waits for late saves there: what the second commit asks is told by then.
            assert gits[started_before_sync[0] :] == ["commit", "diff-tree", "diff-index"], gits


def test_a_save_without_commits_asks_git_for_the_former_texts_of_a_linked_note_alone(
    repo: Repo, gits: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A daemon's cycle over one saved note that makes no commits, beside a repository with a history."""
    monkeypatch.setattr("vaultsync.git.answers.YOUNG", -60.0)  # the test's own configuration is no older
    repo.write("Papers/Counting.md", PAPER)
    for n in range(3):
        repo.write(f"Conferences/Counting {n}.md", CONFERENCE.format(n=n))
    give_consent(repo.path)
    vault = open_vault(repo.path)
    with the_ports(vault) as ports:
        cycle = Cycle(vault, ports)
        cycle.run(Request())
        cycle.prepare()

        def saved(path: str, text: str) -> tuple[list[str], list[str]]:
            repo.write(path, text)
            gits.clear()
            report = cycle.run(Request(rounds=1, wide=False, commit=False), dirty=[path])
            return gits, [change.path for change in report.changes]

        for n in range(3):
            path = f"Conferences/Counting {n}.md"
            named = CONFERENCE.format(n=n) + "- Qxjzenko and the Art of Counting was shown\n"
            assert saved(path, named) == (["cat-file", "cat-file"], [path, "Papers/Counting.md"])
            assert saved(path, CONFERENCE.format(n=n) + "- a new line\n")[0] == []
        untidy = PAPER.replace("tags:", "tag: sheep\ntags:")
        assert saved("Papers/Counting.md", untidy) == ([], ["Papers/Counting.md"])


def test_a_run_reads_what_changed_and_nothing_else(
    repo: Repo, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Notes that are read and parsed by a first look, by one over a vault as it was, by one after a save."""
    monkeypatch.setattr("vaultsync.vault.cache.RACY_NS", 0)  # the test's files are no older
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    read: list[str] = []
    read_note = survey.read_note

    def counted(path: str, data: bytes, config: Config) -> Note | Problem:
        read.append(path)
        return read_note(path, data, config)

    monkeypatch.setattr(survey, "read_note", counted)
    for n in range(10):
        repo.write(f"Conferences/Counting {n}.md", CONFERENCE.format(n=n))

    def looked() -> list[str]:
        read.clear()
        vault = open_vault(repo.path)
        with the_ports(vault) as ports:
            Cycle(vault, ports).run(Request(write=False, commit=False))
        return sorted(read)

    assert len(looked()) == 10
    assert looked() == []
    repo.write("Conferences/Counting 3.md", CONFERENCE.format(n=3) + "- another line\n")
    assert looked() == ["Conferences/Counting 3.md"]


def test_a_look_parses_no_note_that_a_run_has_just_written_or_that_was_only_touched(
    repo: Repo, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Notes that are parsed, and those that are read, by looks after a first run, and after a checkout."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    parsed: list[str] = []
    read: list[str] = []
    parse, read_many = note.parse_front_matter, RealDisk.read_many

    def counted(text: str) -> object:
        parsed.append(text)
        return parse(text)

    def noted(self: RealDisk, paths: Iterable[str]) -> Iterator[tuple[str, bytes | Problem]]:
        read.extend(paths := list(paths))
        return read_many(self, paths)

    monkeypatch.setattr(note, "parse_front_matter", counted)
    monkeypatch.setattr(RealDisk, "read_many", noted)
    repo.write("Papers/Counting.md", PAPER)
    for n in range(10):
        repo.write(
            f"Conferences/Counting {n}.md", CONFERENCE.format(n=n) + "- Qxjzenko and the Art of Counting\n"
        )

    def cost(request: Request) -> tuple[int, int, int]:
        """Notes that were parsed and read; notes that are changed."""
        parsed.clear()
        read.clear()
        vault = open_vault(repo.path)
        give_consent(vault.root)
        with the_ports(vault) as ports:
            report = Cycle(vault, ports).run(request)
        return len(parsed), len(read), len(report.changes)

    look = Request(write=False, commit=False)
    assert cost(Request(commit=False, confirm=lambda _summary: True))[2] == 11
    assert cost(look) == (0, 11, 0)
    monkeypatch.setattr("vaultsync.vault.cache.RACY_NS", 0)  # from now on the notes are old enough
    assert cost(look) == (0, 0, 0)
    for file in repo.path.rglob("*.md"):
        file.touch()
    assert cost(look) == (0, 11, 0)
    assert cost(look) == (0, 0, 0)


def test_a_first_look_has_few_notes_in_memory_and_opens_no_reading_for_the_papers_in_it(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """700 notes, of which 600 mention 8 papers: each paper's list asks for what was said in all of these."""
    held: list[int] = []
    opened: list[KeptReading] = []
    let_go, opens = survey.Survey.let_go, KeptReading.opened

    def in_parts(work: Callable[[Sequence[str]], bytes], names: Sequence[str]) -> Iterator[bytes]:
        return (work(names[at : at + 50]) for at in range(0, len(names), 50))

    def counted(self: survey.Survey, paths: Sequence[str]) -> None:
        held.append(len(self._notes))
        let_go(self, paths)

    def noted(self: KeptReading) -> Reading:
        opened.append(self)
        return opens(self)

    monkeypatch.setattr("vaultsync.runs.knowledge.spread", in_parts)
    monkeypatch.setattr(survey.Survey, "let_go", counted)
    monkeypatch.setattr(KeptReading, "opened", noted)
    for n in range(8):
        repo.write(f"Papers/Counting {n}.md", PAPER.replace("Qxjzenko", f"Qxjzenko{n}"))
    said = "".join(
        f'- [[Counting {n}]] was shown, like "Qxjzenko{n} and the Art of Counting"\n' for n in range(8)
    )
    for n in range(700):
        note = repo.path / "Conferences" / f"Day {n}.md"
        note.parent.mkdir(exist_ok=True)
        note.write_text(CONFERENCE.format(n=n) + (said if n < 600 else ""), encoding="utf-8")
    vault = open_vault(repo.path)
    with the_ports(vault) as ports:
        report = Cycle(vault, ports).run(Request(write=False, commit=False))
    assert [change.path for change in report.changes] == [f"Papers/Counting {n}.md" for n in range(8)]
    assert max(held) <= 60
    assert not opened


_COUNT = """
import json, re, sys
counted = []
compiler = re._compiler.compile
re._compiler.compile = lambda pattern, flags=0: counted.append(pattern) or compiler(pattern, flags)
from vaultsync.cli import main
try:
    main(sys.argv[1:])
except SystemExit:
    pass
ours = [name for name in sys.modules if name.startswith("vaultsync")]
print(json.dumps({"modules": len(ours), "patterns": len(counted)}), file=sys.stderr)
"""


@pytest.mark.parametrize(
    ("command", "modules", "patterns"),
    [
        (["--version"], 10, 45),
        (["stop", "--help"], 32, 50),
        (["status", "--help"], 33, 50),
        (["fix", "--help"], 172, 186),
    ],
)
def test_a_command_loads_no_more_than_it_needs(command: list[str], modules: int, patterns: int) -> None:
    """Modules of ours that are loaded, and regular expressions compiled on the way (see `late_pattern`)."""
    done = subprocess.run(
        [sys.executable, "-c", _COUNT, *command], capture_output=True, check=True, text=True
    )
    found = json.loads(done.stderr)
    assert found["modules"] <= modules
    assert found["patterns"] <= patterns


LINE = "- vlorpa{n} sheep with rings of qxjzen{n}\n"
TITLE = "---\ntitle: Qxjzen{n} Rings for Counting Vlorpa{n} Sheep\ntags:\n  - paper\n---\nText.\n"


def a_vault_of_lines(repo: Repo, count: int) -> None:
    """Papers with titles alike, and as many notes, each with a line like one of the titles."""
    (repo.path / ".obsidian").mkdir(exist_ok=True)
    for n in range(count):
        repo.write(f"Papers/Paper {n}.md", TITLE.format(n=n))
        repo.write(f"Conferences/Counting {n}.md", CONFERENCE.format(n=n) + LINE.format(n=n))


@pytest.mark.parametrize("commands", [["links"], ["links", "--suggested"], ["links", "--candidates"]])
def test_no_note_is_gone_through_for_suggestions_twice(
    commands: list[str], repo: Repo, vaultsync: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is gone through again while nothing changes; of what changes, only what did."""
    monkeypatch.setattr("vaultsync.vault.cache.RACY_NS", 0)  # the test's files are no older
    gone_through: list[str] = []
    recognised = link_suggestions.recognised

    def counted(note: Note, *others: object) -> object:
        gone_through.append(note.path)
        return recognised(note, *others)  # type: ignore[arg-type]  # passes on what it was given

    monkeypatch.setattr(link_suggestions, "recognised", counted)
    a_vault_of_lines(repo, 4)
    vaultsync("fix", "--check", cwd=repo.path)
    first = vaultsync(*commands, "--json")
    assert "--candidates" in commands or len(first.data["suggested"]) == 4
    assert sorted(gone_through) == [f"Conferences/Counting {n}.md" for n in range(4)]
    gone_through.clear()
    assert vaultsync(*commands, "--json") == first
    assert gone_through == []
    repo.write("Conferences/Counting 3.md", CONFERENCE.format(n=3) + "\n" + LINE.format(n=3))
    changed = vaultsync(*commands, "--json")
    assert gone_through == ["Conferences/Counting 3.md"]
    monkeypatch.setattr("vaultsync.vault.cache.Cache.kept", lambda *_: None)
    assert vaultsync(*commands, "--json") == changed


def test_a_line_is_compared_with_titles_that_share_a_rare_word_and_no_others(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three times the notes and the papers are three times the work, not nine times."""
    looked_at = 0

    class CountedList(list[int]):
        def __iter__(self) -> Iterator[int]:
            nonlocal looked_at
            looked_at += len(self)
            return super().__iter__()

    make = TitleIndex.__init__

    def counted(self: TitleIndex, papers: Iterable[Paper]) -> None:
        make(self, papers)
        self._by_word = {word: CountedList(held) for word, held in self._by_word.items()}

    monkeypatch.setattr(TitleIndex, "__init__", counted)
    work: list[float] = []
    for count in (12, 36):
        a_vault_of_lines(repo, count)
        with the_ports(vault := open_vault(repo.path)) as ports:
            looked_at = 0
            found = link_suggestions.suggestions(Cycle(vault, ports).read(), None, related=False)
        assert len(found) == count
        work.append(looked_at / count)
    assert work[0] > 0
    assert work[1] <= 1.3 * work[0]


def a_vault_of_talks(repo: Repo, count: int) -> None:
    """Conference notes, and as many papers, each of which one of the notes links to."""
    (repo.path / ".obsidian").mkdir(exist_ok=True)
    for n in range(count):
        repo.write(f"Papers/Paper {n}.md", TITLE.format(n=n))
        said = f"- [[Paper {n}]] was shown, doi:10.5555/qx.{n}\n"
        repo.write(f"Conferences/Counting {n}.md", CONFERENCE.format(n=n) + said)


def test_a_view_reads_the_notes_that_it_shows_and_no_others(
    repo: Repo, vaultsync: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of notes that didn't change since a view was made, the next one asks the cache and not the disk."""
    monkeypatch.setattr("vaultsync.vault.cache.RACY_NS", 0)  # the test's files are no older
    read: list[str] = []
    restored: list[object] = []
    read_one, facts = RealDisk._read, Cache.facts

    def counted(self: RealDisk, path: str, *others: object, **more: object) -> bytes | Problem:
        read.append(path)
        return read_one(self, path, *others, **more)  # type: ignore[arg-type]  # passes on what it was given

    def noted(self: Cache, entries: object) -> object:
        restored.append(entries)
        return facts(self, entries)  # type: ignore[arg-type]  # passes on what it was given

    a_vault_of_talks(repo, 6)
    for _ in range(2):
        vaultsync("fix", "--yes", "--no-commit", cwd=repo.path)
    monkeypatch.setattr(RealDisk, "_read", counted)
    monkeypatch.setattr(Cache, "facts", noted)

    def shown(*command: str) -> tuple[str, list[str]]:
        read.clear()
        restored.clear()
        out = vaultsync(*command).out
        return out, sorted({path for path in read if path.endswith(".md")})

    one = ["Conferences/Counting 3.md", "Papers/Paper 3.md"]
    for command in (("report", "Counting 3"), ("canvas", "Counting 3", "--no-commit")):
        assert shown(*command)[1] == one
        assert restored == []
    whole = {command: shown(*command)[0] for command in (("export", "--all"), ("links", "--reading"))}
    assert all(f"Qxjzen{n} Rings" in out for out in whole.values() for n in range(6))
    missing = shown("export", "--all", "--missing")[0]
    assert missing.splitlines() == [f"doi:10.5555/qx.{n}" for n in range(6)]
    for command, out in {**whole, ("export", "--all", "--missing"): missing}.items():
        assert shown(*command) == (out, [])
        assert restored == []
    assert shown("export", "Counting 3")[1] == one
    assert restored == []

    repo.write("Papers/Paper 2.md", TITLE.format(n=2).replace("title:", "year: 2031\ntitle:"))
    vaultsync("fix", "--no-commit")
    out, paths = shown("export", "--all")
    assert paths == ["Papers/Paper 2.md"]
    assert "2031" in out
    assert out.count("@") == whole["export", "--all"].count("@") == 6


@pytest.mark.parametrize("commands", [["links", "--suggested"], ["links", "--candidates"]])
def test_a_list_of_links_has_few_notes_in_memory(
    commands: list[str], repo: Repo, vaultsync: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vaultsync.vault.cache.RACY_NS", 0)  # the test's files are no older
    held: list[int] = []
    let_go = survey.Survey.let_go

    def counted(self: survey.Survey, paths: Sequence[str]) -> None:
        held.append(len(self._notes))
        let_go(self, paths)

    a_vault_of_lines(repo, 12)
    vaultsync("fix", "--check", cwd=repo.path)
    monkeypatch.setattr(survey.Survey, "let_go", counted)
    assert vaultsync(*commands, "--json").code == 0
    assert len(held) >= 12
    assert max(held) == 1


def test_links_are_counted_at_one_parse_of_each_text_and_by_all_processors(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the journal tells of a first run before it writes: notes that are parsed for it, and where."""
    parsed: list[str] = []

    def counted(text: str, start: int) -> body.Body:
        parsed.append(text)
        return made(text, start)

    made = body.Body
    config = open_vault(repo.path).config
    block = "%% vaultsync:begin mentions %%\n## Mentioned in\n- [[C]]\n%% vaultsync:end mentions %%\n"
    texts = {
        "Papers/P {n}.md": ("<b>x</b>\n", f"<b>x</b>\n{block}"),
        "Conferences/C {n}.md": ("- <b>P</b>\n- a line\n", "- <b>[[P]]</b>\n- [[Q]]\n"),
    }
    notes = [(name.format(n=n), *of_note) for name, of_note in texts.items() for n in range(30)]
    changes = [
        Change(path, *(note.note_of(path, text, config) for text in of_note), ("a-rule",))
        for path, *of_note in sorted(notes)
    ]
    monkeypatch.setattr(body, "Body", counted)
    alone = commits.written_files(changes)
    assert [(file.path, file.links_added) for file in alone] == [
        (change.path, 2 if change.path.startswith("C") else 0) for change in changes
    ]
    assert len(parsed) == 3 * 30  # of a paper its new text, for its list; of a conference note both
    parsed.clear()
    monkeypatch.setattr(commits, "MANY", len(changes))
    monkeypatch.setattr("os.sched_getaffinity", lambda _pid: {0, 1})
    assert commits.written_files(changes) == alone
    assert len(parsed) < 3 * 30 / 5
    assert all(isinstance(of.kept, bytes) for change in changes for of in (change.before, change.after))


def test_a_note_that_mentions_a_popular_paper_is_compared_with_few_others() -> None:
    class Name(str):
        __slots__ = ()

        def __lt__(self, other: str) -> bool:
            compared.append(other)
            return super().__lt__(other)

    compared: list[str] = []
    index = Index(parse_config("", rule_options()), lambda _path: None)
    reading = KeptReading(("Papers/Popular.md",), b"", b"", b"")
    count = 500
    for n in range(count):
        index.restore(Name(f"Conferences/{n * 7 % count:03}.md"), Facts(at_rest=True, reading=reading))
    assert len(compared) < count * 10
    compared.clear()
    for n in range(count):
        index.drop(Name(f"Conferences/{n:03}.md"))
    assert len(compared) < count * 10
    assert index.linked_with("Papers/Popular.md") == set()


def test_a_first_run_keeps_the_texts_of_its_changes_and_little_else(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """600 notes are changed: of none what was parsed of it is kept, nor its text as it is read.

    Few are made to bytes ahead.
    """
    count = 600
    assert count > MANY
    parsed: list[str] = []
    ahead: list[int] = []
    count_links, write_many = commits.links_changed, RealDisk.write_many

    def counted(change: Change) -> tuple[int, int]:
        parsed.extend(note.path for note in (change.before, change.after) if note.__dict__)
        return count_links(change)

    def pulled(self: RealDisk, rewrites: Iterable[Rewrite]) -> Iterator[tuple[Rewrite, object]]:
        taken: list[Rewrite] = []

        def noted() -> Iterator[Rewrite]:
            for rewrite in rewrites:
                taken.append(rewrite)
                yield rewrite

        for done, outcome in enumerate(write_many(self, noted())):
            ahead.append(len(taken) - done)
            yield outcome

    monkeypatch.setattr(commits, "links_changed", counted)
    monkeypatch.setattr(RealDisk, "write_many", pulled)
    monkeypatch.setattr("vaultsync.files.disk._STAGED_AT_ONCE", 50)
    for n in range(count):
        repo.write(f"Papers/Counting {n}.md", TITLE.format(n=n).replace("tags:\n  - paper", "tags: paper"))
    give_consent(repo.path)
    vault = open_vault(repo.path)
    with the_ports(vault) as ports:
        cycle = Cycle(vault, ports)
        report = cycle.run(Request(commit=False, confirm=lambda _: True))
    assert len(report.changes) == count
    assert parsed == []
    notes = [note for change in report.changes for note in (change.before, change.after)]
    assert not any(note.__dict__ for note in notes)
    assert all(isinstance(note.kept, bytes) for note in notes)
    assert max(ahead) <= 50
