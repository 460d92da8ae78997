"""`vaultsync fix` as its user meets it: what is written, said, returned, and left alone."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from conftest import ROOT, Command
from gitrepo import GIT, Repo
from smallvault import CONFERENCE, LINKED, NOTES, PAPER, PLAIN, contents, write

from vaultsync.core.note import Note
from vaultsync.core.rules import RULES
from vaultsync.core.rules.rule import Context
from vaultsync.core.text.spans import TextEdit


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    made = Repo(write(tmp_path / "vault"))
    made.git("init", "-q")
    return made


def subjects(repo: Repo) -> list[str]:
    """The subjects of all commits, the newest first."""
    return repo.git("log", "--format=%s").splitlines()


def test_fix_links_both_ways_tidies_and_commits_the_persons_edits_first(
    vaultsync: Command, repo: Repo
) -> None:
    code, out, err = vaultsync("fix", cwd=repo.path)
    assert code == 0
    assert LINKED in (repo.path / CONFERENCE).read_text(encoding="utf-8")
    assert "[[ICASSP 2025#Talk Rings|ICASSP 2025]], 2025-04-07" in (repo.path / PAPER).read_text("utf-8")
    assert (repo.path / PLAIN).read_text(encoding="utf-8") == NOTES[PLAIN]
    assert [line.split("  ")[0] for line in out.splitlines()] == [CONFERENCE, PAPER]
    assert "2 notes changed" in err
    tool, person = subjects(repo)
    assert person.startswith("notes: add ")
    assert tool.startswith("vaultsync: link ")
    assert repo.content(CONFERENCE, "HEAD~1") == NOTES[CONFERENCE]
    assert tool in err
    repo.check()


def test_a_second_fix_says_so_and_touches_nothing(vaultsync: Command, repo: Repo) -> None:
    vaultsync("fix", cwd=repo.path)
    before, head = contents(repo.path), repo.head
    code, out, err = vaultsync("fix")
    assert (code, out, err) == (0, "", "nothing to do: 3 notes in order\n")
    assert (contents(repo.path), repo.head) == (before, head)


@pytest.mark.parametrize("look", [["--check"], ["--diff"], ["--check", "--json"], ["--diff", "--json"]])
def test_a_look_writes_nothing_at_all(look: list[str], vaultsync: Command, repo: Repo) -> None:
    repo.save()
    folders = {folder: folder.stat().st_mtime_ns for folder in [repo.path, *repo.path.rglob("*")]}
    code, out, _ = vaultsync("fix", *look, cwd=repo.path)
    assert code == 1
    assert CONFERENCE in out
    assert {folder: folder.stat().st_mtime_ns for folder in [repo.path, *repo.path.rglob("*")]} == folders


def test_a_look_at_a_tidy_vault_returns_zero(vaultsync: Command, repo: Repo) -> None:
    vaultsync("fix", cwd=repo.path)
    assert vaultsync("fix", "--check") == (0, "", "nothing to do: 3 notes in order\n")
    assert vaultsync("fix", "--diff") == (0, "", "nothing to do: 3 notes in order\n")


@pytest.mark.parametrize("program", [[GIT, "apply", "--whitespace=nowarn", "-"], ["patch", "-s", "-p1"]])
def test_the_diff_is_a_patch_that_makes_what_fix_makes(
    program: list[str], vaultsync: Command, tmp_path: Path
) -> None:
    notes: dict[str, str | bytes] = {
        **NOTES,
        "Papers/crlf and no end.md": b"\xef\xbb\xbf---\r\ntag: paper\r\n---\r\nform feed \x0c here",
    }
    patched, fixed = write(tmp_path / "patched", notes), write(tmp_path / "fixed", notes)
    diff = subprocess.run(
        [sys.executable, "-m", "vaultsync", "fix", "--diff"],
        cwd=patched,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        check=False,
    )
    assert diff.returncode == 1
    subprocess.run(program, cwd=patched, input=diff.stdout, check=True)
    vaultsync("fix", "--no-commit", cwd=fixed)
    assert {p: data for p, (data, _) in contents(patched).items()} == {
        p: data for p, (data, _) in contents(fixed).items()
    }


def test_the_json_of_a_look_tells_changes_problems_and_the_diff(vaultsync: Command, repo: Repo) -> None:
    told = vaultsync("fix", "--diff", "--json", cwd=repo.path).data
    assert told["notes"] == 3
    assert [change["path"] for change in told["changes"]] == [CONFERENCE, PAPER]
    first = told["changes"][0]
    assert {"fm-tags", "link-in-place"} <= set(first["rules"])
    assert f"+{LINKED}\n" in first["diff"]
    assert (told["problems"], told["commits"], told["waiting"]) == ([], [], None)


def test_the_json_of_a_run_tells_the_commits(vaultsync: Command, repo: Repo) -> None:
    code, out, err = vaultsync("fix", "--json", cwd=repo.path)
    told = json.loads(out)["data"]
    assert (code, err) == (0, "")
    assert [commit["whose"] for commit in told["commits"]] == ["person", "vaultsync"]
    assert told["commits"][1]["sha"] == repo.head
    assert "diff" not in told["changes"][0]


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        (".", CONFERENCE),
        (".", "Conferences/ICASSP 2025"),
        ("Conferences", "ICASSP 2025.md"),
        ("Conferences", "ICASSP 2025"),
        ("Papers", "Conferences/ICASSP 2025"),
        ("Papers", "../Conferences/ICASSP 2025.md"),
    ],
)
def test_a_note_is_named_from_here_or_from_the_root_with_or_without_its_ending(
    folder: str, name: str, vaultsync: Command, repo: Repo
) -> None:
    code, out, _ = vaultsync("fix", name, cwd=repo.path / folder)
    assert code == 0
    assert [line.split("  ")[0] for line in out.splitlines()] == [CONFERENCE]
    assert (repo.path / PAPER).read_text(encoding="utf-8") == NOTES[PAPER]


def test_a_note_is_named_by_its_absolute_path_or_a_link_to_it(vaultsync: Command, repo: Repo) -> None:
    (repo.path / "Latest.md").symlink_to(CONFERENCE)
    assert vaultsync("fix", "--check", "Latest.md", cwd=repo.path).out.startswith(CONFERENCE)
    assert vaultsync("fix", "--check", str(repo.path / CONFERENCE)).out.startswith(CONFERENCE)


def test_fix_works_from_any_folder_inside_the_vault(vaultsync: Command, repo: Repo) -> None:
    assert vaultsync("fix", cwd=repo.path / "Papers").code == 0
    assert LINKED in (repo.path / CONFERENCE).read_text(encoding="utf-8")


def test_a_named_note_is_judged_by_its_own_problems_alone(vaultsync: Command, repo: Repo) -> None:
    repo.write("Broken.md", "---\ntags: [a\n---\n")
    done = vaultsync("fix", "--no-commit", PLAIN, cwd=repo.path)
    assert done == (0, "", "nothing to do: 1 note in order\n")
    code, out, _ = vaultsync("fix", "--no-commit", "Broken", cwd=repo.path)
    assert code == 1
    assert out.startswith("Broken.md:2:")


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("Nowhere", 'no note "Nowhere"'),
        ("Papers", "Papers is a folder"),
        ("picture.png", "picture.png is not a note"),
        (".obsidian/hidden.md", ".obsidian/hidden.md is hidden"),
        ("Drafts/x.md", "Drafts/x.md is ignored"),
        ("../outside.md", "../outside.md is not in the vault"),
    ],
)
def test_what_is_no_note_is_refused_by_name(
    name: str, complaint: str, vaultsync: Command, tmp_path: Path
) -> None:
    notes: dict[str, str | bytes] = {
        "Papers/A.md": "x\n",
        "picture.png": b"\x89PNG",
        ".obsidian/hidden.md": "x\n",
        "Drafts/x.md": "x\n",
        "../outside.md": "x\n",
        ".vaultsync/config.toml": '[vault]\nignore = ["Drafts/"]\n',
    }
    code, out, err = vaultsync("fix", name, cwd=write(tmp_path / "vault", notes))
    assert (code, out) == (2, "")
    assert err.startswith(f"vaultsync: {complaint}")


def test_only_the_named_rules_are_applied(vaultsync: Command, repo: Repo) -> None:
    assert vaultsync("fix", "--rule", "fm-tags", cwd=repo.path).code == 0
    text = (repo.path / CONFERENCE).read_text(encoding="utf-8")
    assert "tags:\n  - conference\n  - speech\n" in text
    assert "[[" not in text
    code, out, err = vaultsync("fix", "--rule", "fm-tag")
    assert (code, out) == (2, "")
    assert "did you mean fm-tags?" in err


def test_without_a_repository_nothing_is_written_and_both_ways_on_are_named(
    vaultsync: Command, tmp_path: Path
) -> None:
    root = write(tmp_path / "vault")
    before = contents(root)
    code, out, err = vaultsync("fix", cwd=root)
    assert (code, out) == (2, "")
    assert "is not in a git repository" in err
    assert "vaultsync init" in err
    assert "--no-commit" in err
    assert contents(root) == before


def test_no_commit_leaves_git_alone(vaultsync: Command, repo: Repo) -> None:
    head = repo.save()
    assert vaultsync("fix", "--no-commit", cwd=repo.path).code == 0
    assert repo.head == head
    assert LINKED in (repo.path / CONFERENCE).read_text(encoding="utf-8")


def test_a_vault_that_is_configured_without_commits_needs_no_repository(
    vaultsync: Command, tmp_path: Path
) -> None:
    root = write(tmp_path, {**NOTES, ".vaultsync/config.toml": "[git]\ncommit = false\n"})
    assert vaultsync("fix", cwd=root).code == 0


def test_the_persons_own_subject_stands_over_the_tools_commit(vaultsync: Command, repo: Repo) -> None:
    assert vaultsync("fix", "--message", "tidy {up} after ICASSP", cwd=repo.path).code == 0
    assert subjects(repo)[0] == "tidy {up} after ICASSP"
    assert "Vaultsync-Run: " in repo.git("log", "-1", "--format=%B")


def test_a_run_over_the_limit_stops_unasked_and_goes_on_with_yes(process: Command, tmp_path: Path) -> None:
    notes: dict[str, str | bytes] = {f"Papers/P{i}.md": "---\ntags: paper\n---\n" for i in range(25)}
    root = write(tmp_path, notes)
    before = contents(root)
    code, out, err = process("fix", "--no-commit", cwd=root)
    assert (code, out) == (2, "")
    assert "25 of 25 notes would change, more than the limit of 50%; nothing was written" in err
    assert "--yes" in err
    assert contents(root) == before
    assert process("fix", "--no-commit", "--yes", cwd=root).code == 0


def test_a_small_first_run_needs_no_yes(process: Command, tmp_path: Path) -> None:
    assert process("fix", "--no-commit", cwd=write(tmp_path)).code == 0


def test_a_repository_in_the_middle_of_something_is_waited_for(vaultsync: Command, repo: Repo) -> None:
    repo.save()
    (repo.path / ".git/MERGE_HEAD").write_text(repo.head + "\n", encoding="ascii")
    before = contents(repo.path)
    code, out, err = vaultsync("fix", cwd=repo.path)
    assert (code, out) == (1, "")
    assert err.startswith("waiting: ")
    assert "merge" in err
    assert contents(repo.path) == before
    assert vaultsync("fix", "--json").data["waiting"]["state"] == "merge"


def test_what_the_person_staged_in_part_is_told_and_left(vaultsync: Command, repo: Repo) -> None:
    repo.save()
    staged = NOTES[CONFERENCE] + "- staged\n"
    repo.write(CONFERENCE, staged)
    repo.git("add", CONFERENCE)
    repo.write(CONFERENCE, staged + "- not staged\n")
    before = repo.staged
    code, out, _ = vaultsync("fix", cwd=repo.path)
    assert code == 1
    assert f"{CONFERENCE} staged: partly staged in git" in out
    assert repo.staged == before
    assert (repo.path / CONFERENCE).read_text(encoding="utf-8") == staged + "- not staged\n"


def test_a_command_waits_for_another_one_on_the_same_vault_and_says_so(
    vaultsync: Command, repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    from vaultsync.vault.lock import VaultLock

    monkeypatch.setattr("vaultsync.cli.wiring.LOCK_SILENCE", 0.05)
    monkeypatch.setattr("vaultsync.cli.wiring.LOCK_PATIENCE", 0.2)
    with VaultLock(repo.path).held(1.0):
        code, out, err = vaultsync("fix", cwd=repo.path)
    assert (code, out) == (2, "")
    waiting, failed = err.splitlines()[:2]
    assert waiting.startswith("waiting for ")
    assert waiting.endswith(", up to 0.2 s")
    assert failed.startswith(f"vaultsync: The vault {repo.path} is in use by ")


def test_many_problems_that_are_alike_are_told_once_with_their_number(
    vaultsync: Command, tmp_path: Path
) -> None:
    notes: dict[str, str | bytes] = {f"n{i}.md": "---\nscore:\n  a: 1\n---\n" for i in range(5)}
    vault = write(tmp_path / "v", {**notes, "m.md": "---\nother:\n  a: 1\n---\n"})
    short = vaultsync("fix", "--check", cwd=vault).out
    assert short.count('"score" holds') == 1
    assert "and 4 more like it, in 5 notes in all" in short
    assert "m.md:2:1" in short
    assert vaultsync("fix", "--check", "--all").out.count('"score" holds') == 5
    assert len(vaultsync("fix", "--check", "--json").data["problems"]) == 6


@pytest.mark.parametrize("settings", ["", "[rules]\nfm-order = true\n"])
@pytest.mark.parametrize("before", [0, 1])
def test_a_rule_that_is_asked_for_knows_the_habits_of_the_vault_and_looks_at_each_note(
    vaultsync: Command, tmp_path: Path, settings: str, before: int
) -> None:
    for folder in (".obsidian", ".vaultsync", "Papers"):
        (tmp_path / folder).mkdir()
    (tmp_path / ".vaultsync" / "config.toml").write_text(settings, encoding="utf-8")
    for number in range(6):
        text = f"---\nyear: 199{number}\ntitle: T{number}\n---\n"
        (tmp_path / "Papers" / f"P{number}.md").write_text(text, encoding="utf-8")
    for _ in range(before):
        assert vaultsync("fix", "--yes", "--no-commit", cwd=tmp_path).code == 0
    own = vaultsync("fix", "--check", "--rule", "fm-order", cwd=tmp_path)
    assert (own.code, own.out) == (0, ""), "the six share an order of their own"
    (tmp_path / "Papers" / "P0.md").unlink()
    (tmp_path / "Papers" / "P1.md").unlink()
    for _ in range(before if not settings else 0):
        vaultsync("fix", "--yes", "--no-commit", cwd=tmp_path)
    few = vaultsync("fix", "--check", "--rule", "fm-order", cwd=tmp_path)
    assert few.code == 1, "four are no habit"
    assert few.out.count("fm-order") == 4


@pytest.mark.parametrize("many", [0, 600])
def test_two_names_for_one_file_elsewhere_are_told_in_each_run_and_both_are_notes(
    vaultsync: Command, tmp_path: Path, many: int
) -> None:
    (tmp_path / ".obsidian").mkdir()
    for name in ("Caf\u00e9", "Cafe\u0301", *map(str, range(many))):
        (tmp_path / f"{name}.md").write_text("---\ntag: x\n---\n", encoding="utf-8")
    first = vaultsync("fix", "--yes", "--no-commit", cwd=tmp_path)
    told = [vaultsync("fix", "--check", cwd=tmp_path) for _ in range(2)]
    shutil.rmtree(os.environ["XDG_CACHE_HOME"])
    told.append(vaultsync("fix", "--check", cwd=tmp_path))
    assert first.code == 1
    assert first.out.count("file-name-clash") == 1
    assert {(found.code, found.out) for found in told} == {(1, told[0].out)}
    assert told[0].out.count("file-name-clash") == 1
    assert not any("tag: x" in file.read_text(encoding="utf-8") for file in tmp_path.glob("*.md"))


@pytest.mark.defects
def test_a_rule_that_fails_at_a_note_is_told_as_a_defect_and_the_rest_is_done(
    vaultsync: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(note: Note, ctx: Context) -> Iterator[TextEdit]:
        if note.path == "Bad.md":
            raise IndexError("\x1b[31mno such line")
        return iter(())

    tags = next(rule for rule in RULES if rule.id == "fm-tags")
    rules = (*RULES, msgspec.structs.replace(tags, id="x-broken", check=broken))
    monkeypatch.setattr("vaultsync.runs.knowledge.RULES", rules)
    for name in ("Bad.md", "Good.md"):
        (tmp_path / name).write_text("---\ntag: x\n---\n", encoding="utf-8")
    (tmp_path / ".obsidian").mkdir()
    for again in (False, True):
        done = vaultsync("fix", "--yes", "--no-commit", cwd=tmp_path)
        assert done.code == 3
        assert ("Good.md" in done.out) != again
        assert "Bad.md" in done.out
        assert done.err.count("Traceback") == 1
        assert "in the rule x-broken" in done.err
        assert "one note stays as it is" in done.err
        assert "\x1b[31mno" not in done.err + done.out
    assert (tmp_path / "Bad.md").read_text(encoding="utf-8") == "---\ntag: x\n---\n"
    assert (tmp_path / "Good.md").read_text(encoding="utf-8") == "---\ntags:\n  - x\n---\n"
