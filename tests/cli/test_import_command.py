"""`vaultsync import` as its user meets it: what becomes a note, what is said, committed, and left alone."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import pytest
from conftest import ROOT, Command, LateSave
from doubles import Agreed, MemoryDisk
from gitrepo import GIT, Repo
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_mock import MockerFixture
from smallvault import contents, write

from vaultsync.cli.wiring import the_cycle
from vaultsync.core.config.config import Config
from vaultsync.core.errors import Problem
from vaultsync.core.frontmatter.block import parse_front_matter
from vaultsync.core.importers import markdown_escape as escape
from vaultsync.core.importers import parse
from vaultsync.core.importers.commit_subject import import_subject
from vaultsync.core.importers.record import Options, PaperRecord, Skipped
from vaultsync.core.links.decisions import Decisions
from vaultsync.files.disk import RealDisk
from vaultsync.git.repository import Git
from vaultsync.runs.cycle import Cycle
from vaultsync.runs.former_imports import TOGETHER
from vaultsync.runs.import_order import Order
from vaultsync.runs.import_sources import LARGE, SourceError, file_input, stream_input
from vaultsync.runs.importing import Importer
from vaultsync.runs.inbox import Inbox
from vaultsync.runs.ports import Ports
from vaultsync.vault.journal import Journal
from vaultsync.vault.lock import VaultLock
from vaultsync.vault.open import Vault, open_vault

DATA = Path(__file__).parents[1] / "data" / "import"
SEEDS = ROOT.parent / "shared" / "seeds"
SAMPLES = [name for name in ("paper_list_plain.txt", "arxiv_digest_zh.txt") if (SEEDS / name).is_file()]
CONFERENCE = "Conferences/Spring School 2024.md"
TALKS = "# Montag\n## Talk: Pruning\n- reminds me of Short Proof, and of {title}\n"
TITLE = "Do Sparse Networks Dream of Dense Gradients?"


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """A vault with one conference note that names a paper of the made-up page, all committed."""
    front = "---\ntitle: Spring School 2024\ntags:\n  - conference\ndate: 2024-04-08\n---\n"
    made = Repo(write(tmp_path / "vault", {CONFERENCE: front + TALKS.format(title=TITLE)}))
    made.git("init", "-q")
    made.save()
    return made


@pytest.fixture
def page() -> str:
    return str(DATA / "hf_dated.txt")


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes], None]:
    """Gives a command its standard input."""

    def give(data: bytes) -> None:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data), encoding="utf-8"))

    return give


def subjects(repo: Repo) -> list[str]:
    return repo.git("log", "--format=%s").splitlines()


def front(file: Path) -> dict[str, object]:
    found = parse_front_matter(file.read_text(encoding="utf-8"))
    assert found is not None
    return dict(found.values())


def papers(root: Path) -> list[Path]:
    return sorted((root / "Papers").glob("*.md"))


def test_a_pasted_page_becomes_notes_that_are_linked_and_committed(
    vaultsync: Command, repo: Repo, page: str
) -> None:
    code, out, err = vaultsync("import", page, "--year", "2024", cwd=repo.path)
    assert len(papers(repo.path)) == 15
    assert front(repo.path / "Papers/Short Proof.md") == {
        "title": "Short Proof",
        "year": 2024,
        "date": "2024-06-04",
        "tags": ["paper"],
        "author_count": 2,
        "source": ["Hugging Face papers, Oct 31 (hf_dated.txt)"],
    }
    link = "[[Do Sparse Networks Dream of Dense Gradients]]?"
    assert link in (repo.path / CONFERENCE).read_text(encoding="utf-8")
    mentioned = (repo.path / "Papers/Do Sparse Networks Dream of Dense Gradients.md").read_text("utf-8")
    assert "## Mentioned in\n- [[Spring School 2024#Talk Pruning" in mentioned
    assert subjects(repo)[:2] == [
        "vaultsync: link 1 paper in Spring School 2024, tidy 1 note",
        "vaultsync: import 15 papers from hf_dated.txt",
    ]
    assert repo.files_of("HEAD~1") == {path.relative_to(repo.path).as_posix() for path in papers(repo.path)}
    assert repo.status == ""
    assert out.count("new        Papers/") == 15
    assert "15 new, 0 completed, 0 unchanged, 0 skipped, 2 notes linked" in err
    assert code == (1 if "problem" in err else 0)
    repo.check()


def test_a_second_import_changes_nothing(vaultsync: Command, repo: Repo, page: str) -> None:
    sources = [page, *(str(DATA / name) for name in ("digest_made_up.txt", "library.bib", "items.json"))]
    vaultsync("import", *sources, cwd=repo.path)
    before, head = contents(repo.path), repo.head
    vaultsync("import", *sources)
    assert (contents(repo.path), repo.head) == (before, head)
    again = vaultsync("import", *sources, "--json").data
    assert (again["new"], again["completed"], again["commits"], again["linked"]) == ([], [], [], [])
    assert len(again["unchanged"]) == len(papers(repo.path)) == 15 + 5 + 8 + 5


def test_a_paper_of_two_lists_is_one_note_that_names_both(
    vaultsync: Command, repo: Repo, tmp_path: Path
) -> None:
    one, two = tmp_path / "mine.bib", tmp_path / "hers.json"
    one.write_text("@article{a, title={Sparse Things: A Study}, year={2021}}", encoding="utf-8")
    two.write_text('[{"title": "Sparse things – a study", "DOI": "10.1000/xyz"}]', encoding="utf-8")
    vaultsync("import", str(one), cwd=repo.path)
    _, out, _ = vaultsync("import", str(two))
    assert out == "completed  Papers/Sparse Things - A Study.md  doi, source\n"
    found = front(repo.path / "Papers/Sparse Things - A Study.md")
    assert (found["doi"], found["year"], found["source"]) == ("10.1000/xyz", 2021, ["mine.bib", "hers.json"])
    assert subjects(repo)[0] == "vaultsync: complete 1 note from hers.json"


@pytest.mark.parametrize("look", [["--diff"], ["--diff", "--json"]])
def test_a_look_writes_nothing_at_all(look: list[str], vaultsync: Command, repo: Repo, page: str) -> None:
    before, head = contents(repo.path), repo.head
    code, out, _ = vaultsync("import", page, *look, cwd=repo.path)
    assert code == 1
    assert "Short Proof" in out
    assert (contents(repo.path), repo.head) == (before, head)


def test_the_diff_of_a_look_is_what_the_import_then_does(
    vaultsync: Command, repo: Repo, tmp_path: Path, page: str
) -> None:
    repo.write("Papers/Short Proof.md", "---\ntags: [paper]\n---\nmine\n")
    repo.save()
    diff = vaultsync("import", page, "--diff", "--year", "2024", cwd=repo.path).out
    other = shutil.copytree(repo.path, tmp_path / "other")
    subprocess.run([GIT, "apply"], cwd=other, input=diff.encode(), check=True)
    vaultsync("import", page, "--year", "2024", "--no-commit")
    (repo.path / CONFERENCE).write_bytes((other / CONFERENCE).read_bytes())
    differing = [
        path.name
        for path in papers(repo.path)
        if "vaultsync:begin" not in path.read_text("utf-8")
        and path.read_bytes() != (other / "Papers" / path.name).read_bytes()
    ]
    assert differing == []
    assert len(papers(other)) == 15


def test_standard_input_is_read_and_what_the_person_says_about_it_is_used(
    vaultsync: Command, repo: Repo, typed: Callable[[bytes], None]
) -> None:
    typed("Montag Vormittag\nTalk: Rings\n• slow, but Short Proof\n".encode())
    code, out, _ = vaultsync("import", "-", "--name", "ICASSP: 2025", "--date", "2025-04-06", cwd=repo.path)
    assert (code, out) == (0, "new        Conferences/ICASSP - 2025.md\n")
    assert (repo.path / "Conferences/ICASSP - 2025.md").read_text(encoding="utf-8") == (
        '---\ntitle: "ICASSP: 2025"\naliases:\n  - "ICASSP: 2025"\ntags:\n  - conference\ndate: 2025-04-06\n'
        "---\n\n# Montag Vormittag\n\n## Talk: Rings\n\n- slow, but Short Proof\n"
    )
    assert subjects(repo)[0] == "vaultsync: import 1 conference note from standard input"


def test_name_and_date_of_pasted_notes_are_never_guessed(vaultsync: Command, repo: Repo) -> None:
    source = str(DATA / "raw_conference.txt")
    code, out, _ = vaultsync("import", source, cwd=repo.path)
    assert code == 1
    assert out.startswith(f"{source} import: pasted conference notes don't say its name (--name) and its")
    assert repo.status == ""
    assert vaultsync("import", source, "--name", "X", "--date", "6.4.2025").code == 2


def test_on_a_terminal_name_and_date_are_asked_for(
    vaultsync: Command, repo: Repo, typed: Callable[[bytes], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    typed(b"My Conference\n2025-04-06\n")
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    vaultsync("import", str(DATA / "raw_conference.txt"), cwd=repo.path)
    found = front(repo.path / "Conferences/My Conference.md")
    assert (found["title"], found["date"]) == ("My Conference", "2025-04-06")


def test_other_conference_notes_under_a_name_that_is_there_are_not_taken_for_it(
    vaultsync: Command, repo: Repo, typed: Callable[[bytes], None]
) -> None:
    named = ("--name", "ICASSP: 2025", "--date", "2025-04-06")
    vaultsync("import", str(DATA / "raw_conference.txt"), *named, cwd=repo.path)
    typed(b"Friday morning\nTalk: Another Day\n- What nobody said before\n- Nor after\n")
    code, out, _ = vaultsync("import", "-", *named, cwd=repo.path)
    assert code == 1
    assert out.startswith("Conferences/ICASSP - 2025.md import: a note of this name is there already")
    first, second = repo.path.parent / "a.md", repo.path.parent / "b.md"
    first.write_text("---\ntitle: Twice\ntags: conference\n---\n# One\n\nThis.\n", encoding="utf-8")
    second.write_text("---\ntitle: Twice\ntags: conference\n---\n# Two\n\nThat.\n", encoding="utf-8")
    code, out, _ = vaultsync("import", str(first), str(second), cwd=repo.path)
    assert code == 1
    assert "Conferences/Twice.md import: a note of this name is there already" in out


def test_a_markdown_conference_note_is_copied_and_fixed(vaultsync: Command, repo: Repo) -> None:
    vaultsync("import", str(DATA / "raw_conference.md"), "--name", "School", cwd=repo.path)
    found = (repo.path / "Conferences/School.md").read_text(encoding="utf-8")
    assert front(repo.path / "Conferences/School.md")["tags"] == ["conference"]
    words = re.findall(r"\w+", (DATA / "raw_conference.md").read_text(encoding="utf-8"))
    assert [word for word in words if word not in found] == []


def test_identifiers_become_stubs_with_what_is_known_offline(vaultsync: Command, repo: Repo) -> None:
    identifiers = ["arXiv:2210.13695v2", "10.18653/v1/2020.acl-main.1", "https://arxiv.org/abs/2210.13695"]
    code, _, _ = vaultsync("import", *identifiers, cwd=repo.path)
    assert code == 0
    assert [path.stem for path in papers(repo.path)] == [
        "DOI 10.18653-v1-2020.acl-main.1",
        "arXiv 2210.13695",
    ]
    assert front(repo.path / "Papers/arXiv 2210.13695.md") == {
        "title": "arXiv 2210.13695",
        "year": 2022,
        "arxiv": "2210.13695",
        "tags": ["paper"],
    }
    before = contents(repo.path)
    vaultsync("import", *identifiers)
    assert contents(repo.path) == before


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ([], "name a FILE"),
        (["nowhere.txt"], "nowhere.txt is no file and no identifier of a paper"),
        (["."], ". is a folder"),
        (["-", "-"], "stands for standard input"),
        (["--inbox", "x.txt"], "--inbox takes no FILE"),
        (["a.txt", "b.txt", "--name", "X"], "--name and --date belong to one source"),
        (["--format", "words", "x"], "Invalid value for '--format'"),
    ],
)
def test_a_mistake_in_the_command_is_one_message(
    args: list[str], said: str, vaultsync: Command, repo: Repo
) -> None:
    code, out, err = vaultsync("import", *args, cwd=repo.path)
    assert (code, out) == (2, "")
    assert said in err
    assert repo.status == ""


# Notes that are there


MINE = "---\n# mine\ntitle: Short Proof\nyear:\ntags:\n  - paper\n---\nMy own words.\n"


def test_what_the_person_typed_is_committed_before_a_note_is_completed(
    vaultsync: Command, repo: Repo, page: str
) -> None:
    repo.write("Papers/Short Proof.md", MINE)
    repo.save()
    repo.write("Papers/Short Proof.md", MINE + "And more of them.\n")
    vaultsync("import", page, "--year", "2024", cwd=repo.path)
    text = (repo.path / "Papers/Short Proof.md").read_text(encoding="utf-8")
    assert text.startswith("---\n# mine\ntitle: Short Proof\nyear: 2024\ndate: 2024-06-04\ntags:\n")
    assert "My own words.\nAnd more of them.\n" in text
    assert "Yes." not in text
    _, imported, person, _ = subjects(repo)[:4]
    assert imported == "vaultsync: import 14 papers, complete 1 note from hf_dated.txt"
    assert person == "notes: Short Proof (+1)"
    assert "And more of them." in repo.content("Papers/Short Proof.md", "HEAD~2")


def test_a_save_into_the_note_that_has_just_been_completed_stands_and_is_told(
    vaultsync: Command, repo: Repo, page: str, late_save: LateSave
) -> None:
    repo.write("Papers/Short Proof.md", MINE)
    repo.save()
    late_save("Short Proof.md", "Typed just now.\n")
    code, out, _ = vaultsync("import", page, "--year", "2024", cwd=repo.path)
    assert code == 1
    assert "Papers/Short Proof.md import: not written: a save that had been set aside stands again" in out
    assert (repo.path / "Papers/Short Proof.md").read_text(encoding="utf-8") == MINE + "Typed just now.\n"
    assert vaultsync("import", page, "--year", "2024").out.startswith("completed  Papers/Short Proof.md")


def test_a_note_that_is_staged_in_part_is_left_and_told(vaultsync: Command, repo: Repo, page: str) -> None:
    repo.write("Papers/Short Proof.md", MINE)
    repo.save()
    repo.write("Papers/Short Proof.md", MINE + "staged\n")
    repo.git("add", "Papers/Short Proof.md")
    repo.write("Papers/Short Proof.md", MINE + "staged\nnot staged\n")
    staged = repo.staged
    code, out, _ = vaultsync("import", page, cwd=repo.path)
    assert code == 1
    assert "Papers/Short Proof.md import: it was not completed: " in out
    assert (repo.path / "Papers/Short Proof.md").read_text(encoding="utf-8") == MINE + "staged\nnot staged\n"
    assert repo.staged == staged


def test_a_note_with_broken_properties_is_a_problem_and_the_others_go_on(
    vaultsync: Command, repo: Repo, page: str
) -> None:
    broken = '---\ntitle: "Short Proof\n---\nmine\n'
    repo.write("Papers/Short Proof.md", broken)
    code, out, _ = vaultsync("import", page, "--no-commit", cwd=repo.path)
    assert code == 1
    assert "Papers/Short Proof.md" in out
    assert (repo.path / "Papers/Short Proof.md").read_text(encoding="utf-8") == broken
    assert len(papers(repo.path)) == 15


def test_an_unrelated_note_of_the_same_name_stays_and_is_told(
    vaultsync: Command, repo: Repo, page: str
) -> None:
    repo.write("Notes/short proof.md", "A note on proofs.\n")
    code, out, _ = vaultsync("import", page, cwd=repo.path)
    assert code == 1
    assert "Notes/short proof.md is another note of this name" in out
    assert (repo.path / "Notes/short proof.md").read_text(encoding="utf-8") == "A note on proofs.\n"
    assert front(repo.path / "Papers/Short Proof (2).md")["title"] == "Short Proof"


def test_undo_takes_an_import_back(vaultsync: Command, repo: Repo, page: str) -> None:
    repo.write("Papers/Short Proof.md", MINE)
    repo.save()
    commits = vaultsync("import", page, "--json", cwd=repo.path).data["commits"]
    for commit in reversed(commits):
        assert vaultsync("undo", commit["run"]).code == 0
    assert [path.name for path in papers(repo.path)] == ["Short Proof.md"]
    assert (repo.path / "Papers/Short Proof.md").read_text(encoding="utf-8") == MINE


def test_a_commit_that_a_hook_refuses_is_made_by_the_next_run(
    vaultsync: Command, repo: Repo, page: str
) -> None:
    repo.hook("pre-commit", "exit 1")
    code, _, err = vaultsync("import", page, cwd=repo.path)
    assert code == 1
    assert "waiting: " in err
    assert len(papers(repo.path)) == 15
    repo.hook("pre-commit", "exit 0")
    vaultsync("fix")
    assert "vaultsync: import 15 papers from hf_dated.txt" in subjects(repo)
    assert repo.status == ""


def test_a_repository_in_the_middle_of_something_is_waited_for(
    vaultsync: Command, repo: Repo, page: str
) -> None:
    (repo.path / ".git/MERGE_HEAD").write_text(repo.head + "\n", encoding="ascii")
    before = contents(repo.path)
    code, _, err = vaultsync("import", page, cwd=repo.path)
    assert code == 1
    assert "merge" in err
    assert contents(repo.path) == before


def test_a_vault_without_git_says_so_before_anything_is_written(
    vaultsync: Command, tmp_path: Path, page: str
) -> None:
    root = write(tmp_path / "vault")
    before = contents(root)
    code, out, err = vaultsync("import", page, cwd=root)
    assert (code, out) == (2, "")
    assert "git" in err
    assert contents(root) == before


def test_a_note_that_git_does_not_keep_is_not_completed(vaultsync: Command, repo: Repo, page: str) -> None:
    repo.write(".gitignore", "Papers/Short*\n")
    repo.save()
    repo.write("Papers/Short Proof.md", MINE)
    code, out, _ = vaultsync("import", page, cwd=repo.path)
    assert code == 1
    assert "Papers/Short Proof.md import: it was not completed: git would not keep" in out
    assert (repo.path / "Papers/Short Proof.md").read_text(encoding="utf-8") == MINE


def test_more_than_the_limit_is_imported_and_then_not_linked(
    vaultsync: Command, repo: Repo, page: str
) -> None:
    repo.write(".vaultsync/config.toml", "[limits]\nshare = 0.01\nnotes = 1\n")
    code, _, err = vaultsync("import", page, cwd=repo.path)
    assert code == 1
    assert "imported, but not linked: 2 of 16 notes would change" in err
    assert subjects(repo)[0] == "vaultsync: import 15 papers from hf_dated.txt"
    assert vaultsync("fix", "--yes").code == 0
    assert subjects(repo)[0].startswith("vaultsync: link 1 paper")


@pytest.mark.parametrize("point", [0, 1, 7, 25])
def test_an_import_that_is_killed_leaves_whole_notes_and_the_next_one_ends_it(
    point: int, vaultsync: Command, repo: Repo, tmp_path: Path, page: str
) -> None:
    whole = shutil.copytree(repo.path, tmp_path / "whole")
    vaultsync("import", page, "--year", "2024", "--no-commit", cwd=whole)
    steps = iter(range(1000))

    def killed(step: str) -> None:
        if next(steps) == point:
            raise KeyboardInterrupt

    root = repo.path.resolve()
    disk = RealDisk(root, step=killed)
    lock = VaultLock(root)
    ports = Ports(root, disk, lambda: Git.open(root), lambda: lock.held(5), Journal(root), Agreed())
    vault = open_vault(root)
    importer = Importer(vault, ports, Cycle(vault, ports).run)
    options = Options(name="hf_dated.txt", year=2024)
    with pytest.raises(KeyboardInterrupt):
        importer.run(Order(inputs=(file_input(Path(page), options),)))
    for path in papers(repo.path):
        assert front(path)["tags"] == ["paper"]
    vaultsync("import", page, "--year", "2024", cwd=repo.path)
    vaultsync("fix")
    assert {path.name: path.read_bytes() for path in papers(repo.path)} == {
        path.name: path.read_bytes() for path in papers(whole)
    }
    assert repo.status == ""


def test_without_commits_notes_are_made_and_git_is_left_alone(
    vaultsync: Command, tmp_path: Path, page: str
) -> None:
    root = write(tmp_path / "vault")
    assert vaultsync("import", page, "--no-commit", "--year", "2024", cwd=root).code in (0, 1)
    assert len(papers(root)) == 16
    assert not (root / ".git").exists()


@pytest.mark.parametrize(
    ("template", "kinds", "completed", "names", "subject"),
    [
        ("vaultsync: {summary}", ["paper"] * 9, 0, ["a.txt"], "vaultsync: import 9 papers from a.txt"),
        ("chore: {summary}!", ["conference"], 0, [""], "chore: import 1 conference note!"),
        ("{notes}", ["paper"], 0, ["", "b"], "vaultsync: import 1 paper from identifiers and 1 more"),
        ("{summary}", [], 1, ["n\nm" + "x" * 90], "complete 1 note from n\ufffdm" + "x" * 47 + "…"),
    ],
)
def test_the_subject_tells_what_was_made_and_from_what(
    template: str, kinds: list[str], completed: int, names: list[str], subject: str
) -> None:
    assert import_subject(template, kinds, completed, names) == subject


# The samples, and the way round


def _sources() -> list[list[str]]:
    made_up = [
        str(DATA / name) for name in ("hf_dated.txt", "digest_made_up.txt", "library.bib", "items.json")
    ]
    return [made_up, *([[str(SEEDS / name) for name in SAMPLES]] if SAMPLES else [])]


@pytest.mark.parametrize("sources", _sources(), ids=lambda sources: Path(sources[0]).stem)
def test_the_vault_of_all_imported_notes_needs_no_fix_and_every_title_is_linked(
    sources: list[str], vaultsync: Command, tmp_path: Path
) -> None:
    root = write(tmp_path / "vault", {})
    vaultsync("import", *sources, "--no-commit", cwd=root)
    assert vaultsync("fix", "--check") == (0, "", f"nothing to do: {len(papers(root))} notes in order\n")
    titles = {path.stem: str(front(path)["title"]) for path in papers(root)}
    talks = [f"## Talk {n}\n- see {escape.item(title)}\n" for n, title in enumerate(titles.values(), 1)]
    links = [f"## Talk {n}\n- see [[{stem}]]\n" for n, stem in enumerate(titles, 1)]
    head = "---\ntitle: {}\ntags:\n  - conference\n---\n"
    write(root, {"Conferences/T.md": head.format("T") + "".join(talks)})
    write(root, {"Conferences/L.md": head.format("L") + "".join(links)})
    vaultsync("fix", "--no-commit", "--yes")
    assert [path.name for path in papers(root) if "[[L#Talk" not in path.read_text(encoding="utf-8")] == []
    lines = (root / "Conferences/T.md").read_text(encoding="utf-8").splitlines()
    seen = [line.removeprefix("- see ") for line in lines if line.startswith("- see ")]
    assert len(seen) == len(titles)
    for line, title in zip(seen, titles.values(), strict=True):
        # A short title of everyday words is no sure mention; one with escapes in it is not plain text.
        sure = len(title.split()) >= 5
        assert line.startswith("[[") or not sure or escape.item(title) != title
    assert sum(line.startswith("[[") for line in seen) >= 0.8 * len(seen)


@pytest.mark.parametrize(
    ("name", "records"), [(n, {"paper_list_plain.txt": 59, "arxiv_digest_zh.txt": 9}[n]) for n in SAMPLES]
)
def test_the_samples_give_one_note_a_record(
    name: str, records: int, vaultsync: Command, tmp_path: Path
) -> None:
    root = write(tmp_path / "vault", {})
    code, _, err = vaultsync("import", str(SEEDS / name), "--no-commit", cwd=root)
    assert code == 0
    assert err == f"{records} new, 0 completed, 0 unchanged, 0 skipped\n"
    assert len(papers(root)) == records


@pytest.mark.parametrize("samples", [[str(SEEDS / name) for name in SAMPLES]][: len(SAMPLES)])
def test_the_example_vault_s_conference_notes_are_linked_to_imported_papers(
    samples: list[str], vaultsync: Command, tmp_path: Path
) -> None:
    root = shutil.copytree(ROOT / "example_vault", tmp_path / "vault")
    (root / ".obsidian").mkdir(exist_ok=True)
    shutil.rmtree(root / "Papers")
    vaultsync("import", *samples, "--no-commit", "--yes", cwd=root)
    stems = {path.stem for path in papers(root)}
    linked = {
        target
        for note in (root / "Conferences").glob("*.md")
        for target in re.findall(r"\[\[([^|\]#]+)", note.read_text(encoding="utf-8"))
    }
    assert len(stems & linked) >= 10
    assert vaultsync("fix", "--check").code in (0, 1)
    assert not vaultsync("fix", "--check").err.startswith("0 notes")


# Broken input


PAGE = (DATA / "hf_dated.txt").read_bytes()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "the source is empty"),
        (b"   \n\n", "the source is empty"),
        (b"<!doctype html><html><body>Papers</body></html>", "this is HTML, not text"),
        (PAGE + b"\xff\xfe more", "wrong encoding: byte"),
        (PAGE.decode().encode("utf-16-le"), "wrong encoding: a NUL at byte 1"),
        (b"Dear diary, nothing happened today.\n", "the format is not recognised"),
    ],
)
def test_a_source_that_can_t_be_imported_says_why_and_changes_nothing(
    data: bytes, said: str, vaultsync: Command, repo: Repo, tmp_path: Path
) -> None:
    source = tmp_path / "source.txt"
    source.write_bytes(data)
    before = contents(repo.path)
    code, out, err = vaultsync("import", str(source), cwd=repo.path)
    assert code == 1
    assert out.startswith(f"{source}")
    assert said in out
    assert err == "0 new, 0 completed, 0 unchanged, 0 skipped, 1 problem for you to look at\n"
    assert contents(repo.path) == before


@pytest.mark.parametrize("way", ["file", "stream", "inbox"])
def test_of_a_file_with_more_records_than_a_vault_allows_nothing_is_imported(
    way: str, vaultsync: Command, repo: Repo, tmp_path: Path, typed: Callable[[bytes], None]
) -> None:
    data = "".join(f"@misc{{k{n}, title = {{Quiet Windows of House {n}}}}}\n" for n in range(4))
    repo.write(".vaultsync/config.toml", "[import]\nrecords = 3\n")
    if way == "inbox":
        repo.write("Inbox/list.bib", data)
    repo.save()
    source = tmp_path / "list.bib"
    source.write_text(data, encoding="utf-8")
    typed(data.encode())
    named = {"file": str(source), "stream": "-", "inbox": "--inbox"}[way]
    before = contents(repo.path)
    code, out, _ = vaultsync("import", named, cwd=repo.path)
    assert code == 1
    place = "Inbox/list.bib" if way == "inbox" else named
    assert out == (
        f"{place}:4:1 import: this is one record more than the 3 that a file may hold\n"
        "    import it in parts, or raise `records` of [import] in .vaultsync/config.toml\n"
    )
    assert contents(repo.path) == before
    repo.write(".vaultsync/config.toml", "[import]\nrecords = 4\n")
    typed(data.encode())
    assert vaultsync("import", named, cwd=repo.path).code == 0
    assert len(papers(repo.path)) == 4


def test_damage_is_told_by_its_line_and_the_rest_is_imported(
    vaultsync: Command, repo: Repo, tmp_path: Path
) -> None:
    source = tmp_path / "list.txt"
    head = b"byAK and the research community\n\nOct 31\n\n"
    source.write_bytes(head + b"Good\x07 Title\n\nIt is here.\n\nNo Abstract\n\n  \xe2\x80\xa2 3 authors\n\n")
    code, out, _ = vaultsync("import", str(source), "--json", cwd=repo.path)
    found = json.loads(out)["data"]
    assert code == 1
    assert found["new"] == ["Papers/Good Title.md", "Papers/No Abstract.md"]
    told = [(p["path"], p["line"], p["message"]) for p in found["problems"]]
    assert sorted(told) == [
        (str(source), 5, "a control character (U+0007) was left out"),
        (str(source), 9, "this record has no abstract"),
    ]


def test_a_malformed_entry_is_told_by_line_while_the_others_go_on(
    vaultsync: Command, repo: Repo, tmp_path: Path
) -> None:
    source = tmp_path / "cut.bib"
    source.write_text(
        "@article{a, title={One}}\n\n@article{b, title={Two\n\n@book{c, title={Three}}\n", "utf-8"
    )
    code, out, _ = vaultsync("import", str(source), cwd=repo.path)
    assert code == 1
    assert re.search(rf"^{re.escape(str(source))}:3(:1)? ", out, re.MULTILINE)
    assert "One.md" in out


@given(st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_damaged_in_a_source_what_is_there_stays_and_each_record_is_told(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(["hf_dated.txt", "digest_made_up.txt", "library.bib", "items.json"]))
    whole = (DATA / name).read_bytes()
    start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(whole))] * 2)))
    damaged = whole[:start] + data.draw(st.binary(max_size=8)) + whole[end:]
    mine = {"Papers/Short Proof.md": MINE.encode(), "Notes/Alpha Pruning.md": b"my own\n"}
    disk = MemoryDisk(dict(mine))
    root = tmp_path_factory.getbasetemp()
    vault = Vault(root, Config(), Decisions())
    ports = Ports(root, disk, lambda: Git.open(root), nullcontext, Journal(root, root / "journals"), Agreed())
    importer = Importer(vault, ports, Cycle(vault, ports).run)
    given_data = stream_input(io.BytesIO(damaged), io.BytesIO(), Options(name=name), place=name)
    done = importer.run(Order(inputs=(given_data,), commit=False))
    assert set(disk.files) == {*mine, *done.new}
    assert disk.files["Notes/Alpha Pruning.md"] == mine["Notes/Alpha Pruning.md"]
    assert disk.files["Papers/Short Proof.md"].endswith(b"---\nMy own words.\n")
    assert done.new or done.completed or done.unchanged or done.problems or done.skipped
    before = dict(disk.files)
    again = importer.run(Order(inputs=(given_data,), commit=False))
    assert (again.paths, disk.files) == ((), before)


def test_utf_16_with_its_mark_is_read(vaultsync: Command, repo: Repo, tmp_path: Path) -> None:
    source = tmp_path / "page.txt"
    source.write_bytes(PAGE.decode().encode("utf-16"))
    vaultsync("import", str(source), cwd=repo.path)
    assert len(papers(repo.path)) == 15


def test_a_paper_whose_front_matter_only_lacks_quotes_is_not_imported_again(
    vaultsync: Command, repo: Repo
) -> None:
    repo.write("Papers/Mine.md", "---\ntitle: LoRA: Low-Rank Adaptation\ntags: [paper]\n---\n\nmine\n")
    source = repo.path.parent / "lora.bib"
    source.write_text("@misc{h, title={{LoRA}: Low-Rank Adaptation}, year={2021}}", encoding="utf-8")
    _, out, _ = vaultsync("import", str(source), cwd=repo.path)
    assert out.startswith("completed  Papers/Mine.md  year, citekey, source\n")
    assert not list(repo.path.glob("Papers/LoRA*"))
    assert (repo.path / "Papers/Mine.md").read_text(encoding="utf-8").endswith("---\n\nmine\n")


def test_a_template_of_the_vault_makes_the_body(vaultsync: Command, repo: Repo, page: str) -> None:
    repo.write(".vaultsync/config.toml", '[vault]\nimport_template = "Templates/Import.txt"\n')
    assert "Templates/Import.txt can't be read" in vaultsync("import", page, cwd=repo.path).err
    repo.write("Templates/Import.txt", "> [!abstract]\n> {{ abstract | md }}\n")
    vaultsync("import", page)
    assert (repo.path / "Papers/Short Proof.md").read_text(encoding="utf-8").startswith("---\n")
    assert "\n> [!abstract]\n> Yes.\n" in (repo.path / "Papers/Short Proof.md").read_text(encoding="utf-8")
    repo.write("Templates/Import.txt", "{{ nothing }}")
    assert vaultsync("import", str(DATA / "library.bib")).code == 2


def test_the_progress_is_told_while_it_works(repo: Repo, page: str) -> None:
    told: list[tuple[str, int, int]] = []
    vault = open_vault(repo.path)
    with the_cycle(vault, lambda *step: told.append(step)) as cycle:
        order = Order(inputs=(file_input(Path(page), Options(name="p")),), commit=False)
        Importer(vault, cycle.ports, cycle.run, lambda *step: told.append(step)).run(order)
    assert ("importing", 0, 15) in told
    assert ("reading", 0, 0) in told


ENTRY = r"""@article{key%(key)d,
  title = {{Paper} Number %(i)d},
  journal = venue # { %(i)d},
  author = {M{\"u}ller, A. and B %(i)d},
  abstract = {%(words)s}
}
"""
ODD = """@string{venue = {Venue %(i)d}}
@article{bad%(i)d, title = {x} oops
@misc{no%(i)d}
"""


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """A large BibTeX file: a macro that changes on the way, keys used twice, malformed entries, no title."""
    entries = ["@string{venue = {First}}\n"]
    for i in range(4000):
        values = {"i": i, "key": i % 3990, "words": "Long words. " * 15}
        entries.append(ENTRY % values + ("" if i % 1000 else ODD % values))
    file = tmp_path / "library.bib"
    file.write_text("".join(entries), encoding="utf-8")
    assert file.stat().st_size > LARGE
    return file


def test_a_large_file_that_a_child_reads_ahead_gives_the_same_items(
    library: Path, mocker: MockerFixture
) -> None:
    mocker.patch("os.sched_getaffinity", return_value={0, 1})
    options = Options(name="library.bib")
    in_turn = list(parse([library.read_bytes()], options))
    assert {type(item) for item in in_turn} == {PaperRecord, Problem, Skipped}
    assert {p.venue for p in in_turn if isinstance(p, PaperRecord)} >= {"First 0", "Venue 0 100"}
    fork = mocker.spy(os, "fork")
    assert list(file_input(library, options, place="library.bib").items()) == in_turn
    assert fork.call_count == (sys.platform == "linux")


def test_a_large_file_that_changes_while_it_is_imported_is_refused(
    library: Path, mocker: MockerFixture
) -> None:
    mocker.patch("os.sched_getaffinity", return_value={0, 1})
    given = file_input(library, Options())
    library.write_text("@misc{x, title = {Another}}\n" * 50_000, encoding="utf-8")
    with pytest.raises(SourceError, match="changed while it was imported"):
        list(given.items())


def test_a_large_import_is_the_same_with_one_processor_and_with_two(
    repo: Repo, library: Path, mocker: MockerFixture, vaultsync: Command
) -> None:
    mocker.patch("os.sched_getaffinity", return_value={0})
    _, out, _ = vaultsync("import", str(library), "--diff", "--json", cwd=repo.path)
    assert len(json.loads(out)["data"]["diffs"]) == 4000
    mocker.patch("os.sched_getaffinity", return_value={0, 1})
    assert vaultsync("import", str(library), "--diff", "--json", cwd=repo.path).out == out


@pytest.mark.skipif(sys.platform != "linux", reason="only there a child reads ahead")
def test_an_import_that_is_interrupted_says_so_once_and_leaves_no_process(repo: Repo, library: Path) -> None:
    child = subprocess.Popen(
        [sys.executable, "-m", "vaultsync", "import", str(library)],
        cwd=repo.path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    with child:
        while not papers(repo.path):
            assert child.poll() is None
        os.killpg(child.pid, signal.SIGINT)
        _, err = child.communicate(timeout=20)
    assert child.returncode == 130
    assert "Traceback" not in err
    with pytest.raises(ProcessLookupError):
        os.killpg(child.pid, 0)


# The inbox


def test_what_lies_in_the_inbox_is_imported_and_moved_to_done(
    vaultsync: Command, repo: Repo, page: str
) -> None:
    repo.write("Inbox/page.txt", PAGE)
    repo.write("Inbox/html.txt", "<html>")
    repo.write("Inbox/thought.md", "# Talk: a note of mine\n")
    repo.write("Inbox/photo.png", b"\x89PNG")
    repo.write("Inbox/.hidden", "x")
    repo.save()
    code, out, _ = vaultsync("import", "--inbox", cwd=repo.path)
    assert code == 1
    assert "Inbox/html.txt:1:1 import: this is HTML, not text" in out
    assert (repo.path / "Inbox/done/page.txt").read_bytes() == PAGE
    left = sorted(path.name for path in (repo.path / "Inbox").iterdir())
    assert left == [".hidden", "done", "html.txt", "photo.png", "thought.md"]
    assert len(papers(repo.path)) == 15
    assert {"Inbox/page.txt", "Inbox/done/page.txt"} <= repo.files_of("HEAD~1")
    assert repo.status == ""
    repo.write("Inbox/page.txt", PAGE)
    vaultsync("import", str(repo.path / "Inbox/page.txt"))
    assert (repo.path / "Inbox/done/page (2).txt").read_bytes() == PAGE
    assert subjects(repo)[0] == "vaultsync: empty the inbox from page.txt"


def test_a_folder_in_the_inbox_is_told_and_its_files_stay(vaultsync: Command, repo: Repo) -> None:
    repo.write("Inbox/2024/old.bib", "@misc{a, title = {Quiet Windows of a House}}")
    repo.write("Inbox/ideas/thought.md", "A folder of notes is no news.\n")
    repo.write("Inbox/done/page.txt", "imported\n")
    repo.write("Inbox/.trash/x.bib", "@misc{b, title = {Gone}}")
    code, out, _ = vaultsync("import", "--inbox", cwd=repo.path)
    assert code == 1
    assert out == (
        "Inbox/2024 import: this folder holds 1 file to import, and "
        "folders of the inbox are not looked into\n"
        "    move them to Inbox/ itself\n"
    )
    assert (repo.path / "Inbox/2024/old.bib").exists()


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ("@article{half,\n  title = {Cut in the", "1:1 import: malformed entry"),
        ("@proceedings{p, title = {Proceedings of X}}", " import: no entry with a title in this library"),
        ('[{"id": "a", "issued": {"raw": "2020"}}]', " import: nothing to import: read as CSL-JSON"),
    ],
)
def test_a_file_in_the_inbox_of_which_nothing_was_imported_stays(
    vaultsync: Command, repo: Repo, data: str, problem: str
) -> None:
    repo.write("Inbox/list.txt", data)
    repo.write("Inbox/page.txt", PAGE)
    for _ in range(2):
        code, out, _ = vaultsync("import", "--inbox", cwd=repo.path)
        assert code == 1
        assert f"Inbox/list.txt{':' if problem[0] == '1' else ''}{problem}" in out
        assert [path.name for path in (repo.path / "Inbox").glob("*.txt")] == ["list.txt"]


def test_a_look_at_the_inbox_moves_nothing(vaultsync: Command, repo: Repo) -> None:
    repo.write("Inbox/page.txt", PAGE)
    before = contents(repo.path)
    assert vaultsync("import", "--inbox", "--diff", cwd=repo.path).code == 1
    assert contents(repo.path) == before


def test_an_inbox_that_is_turned_off_or_missing_has_nothing(vaultsync: Command, repo: Repo) -> None:
    assert vaultsync("import", "--inbox", cwd=repo.path).code == 0
    repo.write(".vaultsync/config.toml", '[vault]\ninbox = ""\n')
    repo.write("Inbox/page.txt", PAGE)
    assert vaultsync("import", "--inbox").code == 0
    assert papers(repo.path) == []


def test_a_failed_file_is_tried_again_only_when_it_has_changed_and_one_in_work_waits(repo: Repo) -> None:
    file = repo.write("Inbox/list.txt", "<html>")
    with the_cycle(open_vault(repo.path), lambda *step: None) as cycle:
        inbox = Inbox(Importer(cycle.vault, cycle.ports, cycle.run))
        assert inbox.run(Order(inputs=(), is_busy=lambda path: path == "Inbox/list.txt")).problems == ()
        first = inbox.run(Order(inputs=()))
        assert [problem.path for problem in first.problems] == ["Inbox/list.txt"]
        assert inbox.run(Order(inputs=())).problems == first.problems
        file.write_bytes(PAGE)
        done = inbox.run(Order(inputs=()))
        assert len(done.new) == 15
        assert inbox.run(Order(inputs=())).paths == ()
    assert not file.exists()


def test_a_bad_template_is_a_problem_of_the_inbox_and_stops_nothing_else(
    vaultsync: Command, repo: Repo
) -> None:
    repo.write(".vaultsync/config.toml", '[vault]\nimport_template = "none.txt"\n')
    repo.write("Inbox/page.txt", PAGE)
    code, out, _ = vaultsync("import", "--inbox", cwd=repo.path)
    assert code == 1
    assert out.startswith("Inbox import: [vault] import_template: none.txt can't be read")
    assert (repo.path / "Inbox/page.txt").read_bytes() == PAGE


def test_the_smallest_vault_still_works_as_a_process(process: Command, tmp_path: Path, page: str) -> None:
    root = write(tmp_path)
    done = process("import", page, "--no-commit", "--year", "2024", cwd=root)
    assert done.out.count("new        ") == 15
    assert "Traceback" not in done.err


READING_LIST = """\
# To read

- Zebra Rings of the Savanna, by Ida Alm and Max Oak, https://arxiv.org/abs/2101.01234
- [Owl Nets at Night](https://arxiv.org/abs/2101.01235), Oak 2021
- https://arxiv.org/abs/2101.01236
- buy milk
"""


def test_a_reading_list_in_the_vault_leads_to_its_notes(vaultsync: Command, repo: Repo) -> None:
    note = repo.path / "Reading list.md"
    note.write_text(READING_LIST, encoding="utf-8")
    code, out, err = vaultsync("--vault", str(repo.path), "import", str(note), "--yes")
    assert code == 0, out + err
    assert "Reading list.md  links" in out
    assert note.read_text(encoding="utf-8") == READING_LIST.replace(
        "Zebra Rings of the Savanna", "[[Zebra Rings of the Savanna]]"
    ).replace("Oak 2021", "Oak 2021 · [[Owl Nets at Night]]").replace(
        "2101.01236", "2101.01236 · [[arXiv 2101.01236]]"
    )
    assert (repo.path / "Papers/Owl Nets at Night.md").is_file()
    assert len(list(repo.path.rglob("Reading list*.md"))) == 1
    before = note.stat()
    code, out, err = vaultsync("--vault", str(repo.path), "import", str(note), "--yes")
    assert code == 0, out + err
    assert "0 new, 0 completed, 3 unchanged" in err
    assert (note.stat().st_ino, note.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert vaultsync("--vault", str(repo.path), "undo", "--yes").code == 0
    assert note.read_text(encoding="utf-8") == READING_LIST


def test_a_conference_note_is_linked_by_the_rules_alone(vaultsync: Command, repo: Repo) -> None:
    note = repo.path / CONFERENCE
    text = note.read_text(encoding="utf-8") + "- https://arxiv.org/abs/2101.01234\n- arXiv:2101.01235\n"
    note.write_text(text, encoding="utf-8")
    done = vaultsync("--vault", str(repo.path), "import", str(note), "--format", "reading-list", "--yes")
    assert "2 new" in done.err
    assert note.read_text(encoding="utf-8").startswith(text)


def test_a_reading_list_elsewhere_stays_as_it_is(vaultsync: Command, repo: Repo, tmp_path: Path) -> None:
    there = tmp_path / "elsewhere.md"
    there.write_text(READING_LIST, encoding="utf-8")
    assert vaultsync("--vault", str(repo.path), "import", str(there), "--yes").code == 0
    assert there.read_text(encoding="utf-8") == READING_LIST


def write_library(path: Path, number: int, venue: str) -> None:
    """Write a BibTeX file of so many papers."""
    entry = "@article{{doe{0}, title={{Zebra Stripes Number {0}}}, author={{Doe, Jo}}, year={{2020}}, {1}}}\n"
    path.write_text("".join(entry.format(n, venue) for n in range(number)), encoding="utf-8")


def test_a_refresh_of_many_notes_asks_git_for_them_together(
    vaultsync: Command, repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from vaultsync.git.process import GitProcess

    number = TOGETHER + 5
    given = ("--vault", str(repo.path), "import", str(tmp_path / "refs.bib"), "--yes")
    write_library(tmp_path / "refs.bib", number, "journal={Preprint}")
    assert f"{number} new" in vaultsync(*given).err
    touched = repo.path / "Papers/Zebra Stripes Number 7.md"
    touched.write_text(touched.read_text(encoding="utf-8").replace("Preprint", "Mine"), encoding="utf-8")
    repo.save()
    run, commands = GitProcess._run, []

    def counted(self: GitProcess, command: str, *rest: object) -> object:
        commands.append(command)
        return run(self, command, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(GitProcess, "_run", counted)
    write_library(tmp_path / "refs.bib", number, "journal={Journal of Stripes}")
    done = vaultsync(*given)
    assert f"{number - 1} completed" in done.err, done.err
    assert "Mine" in touched.read_text(encoding="utf-8")
    other = repo.path / "Papers/Zebra Stripes Number 8.md"
    assert "Journal of Stripes" in other.read_text(encoding="utf-8")
    assert len(commands) < number, commands  # one log, and two processes for the texts of each fifty
