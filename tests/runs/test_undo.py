"""`vaultsync undo`: what a run did goes, what the person did since stays, and the next run leaves it so."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from conftest import Command, LateSave
from gitrepo import Repo
from hypothesis import given, settings
from hypothesis import strategies as st
from smallvault import CONFERENCE, LINKED, NOTES, PAPER, PLAIN, contents, write

from vaultsync.core.config.config import DECISIONS_PATH, Config
from vaultsync.core.history.changes import Committed
from vaultsync.core.links.decisions import Decision, Decisions, Fault, parse_decisions
from vaultsync.core.merge.take_back import TakenBack, take_back, without_run
from vaultsync.core.note import note_of
from vaultsync.git.repository import Git
from vaultsync.runs.commits import Commits

DENIED = Decision(CONFERENCE, "diffsbdd", PAPER)


def undone(base: str, ours: str, theirs: str) -> TakenBack:
    return take_back(*(note_of("Note.md", text, Config()) for text in (base, ours, theirs)))


# The merge of texts


@pytest.mark.parametrize(
    ("before", "run", "now", "expected"),
    [
        ("a\nb\n", "a\n[[b]]\n", "a\n[[b]]\n", "a\nb\n"),
        ("a\nb\n", "a\n[[b]]\n", "a\n[[b]]\nlater\n", "a\nb\nlater\n"),
        ("a\nb\n", "a\n[[b]]\n", "first\na\n[[b]]\n", "first\na\nb\n"),
        ("use DSB now\n", "use [[DSB]] now\n", "use [[DSB]] now, and then\n", "use DSB now, and then\n"),
        ("use DSB now\n", "use [[DSB]] now\n", "we use [[DSB]] now\n", "we use DSB now\n"),
        ("a\n", "a\n\n%% b %%\n- x\n%% e %%\n", "a\n\n%% b %%\n- x\n%% e %%\nend\n", "a\nend\n"),
        ("a\r\nb\r\n", "a\r\n[[b]]\r\n", "a\r\n[[b]]\r\nc", "a\r\nb\r\nc"),
        ("\ufeffb\n", "\ufeff[[b]]\n", "\ufeff[[b]]\nc\n", "\ufeffb\nc\n"),
        ("a\n", "---\ntags:\n  - x\n---\na\n", "---\ntags:\n  - x\n---\na\nb\n", "a\nb\n"),
        (
            "---\ntags: a, b\ntitle: T\n---\n",
            "---\ntags:\n  - a\n  - b\ntitle: T\n---\n",
            "---\ntags:\n  - a\n  - b\ntitle: Better\n---\n",
            "---\ntags: a, b\ntitle: Better\n---\n",
        ),
        ("a\nb\n", "a\n[[b]]\n", "a\nb\n", "a\nb\n"),
    ],
)
def test_what_the_run_did_goes_and_what_came_later_stays(
    before: str, run: str, now: str, expected: str
) -> None:
    assert undone(run, now, before) == TakenBack(expected)


@pytest.mark.parametrize(
    ("before", "run", "now", "line"),
    [
        ("a\nuse DSB\n", "a\nuse [[DSB]]\n", "a\nuse [[DSB|it]]\n", 2),
        ("a\n", "a\n%% b %%\n- x\n%% e %%\n", "a\n%% b %%\n- x\ntyped\n%% e %%\n", 2),
        (
            "---\ntags: a, b\n---\n",
            "---\ntags:\n  - a\n  - b\n---\n",
            "---\ntags:\n  - a\n  - b\n  - c\n---\n",
            2,
        ),
    ],
)
def test_where_both_touched_the_same_place_it_stays_and_is_named(
    before: str, run: str, now: str, line: int
) -> None:
    assert undone(run, now, before) == TakenBack(now, (line,))


def test_a_clash_in_one_place_keeps_no_other_place_from_being_taken_back() -> None:
    before, run = "use DSB\n\nmore\n\nand SET\n", "use [[DSB]]\n\nmore\n\nand [[SET]]\n"
    now = "use [[DSB|it]]\n\nmore\n\nand [[SET]]\n"
    assert undone(run, now, before) == TakenBack("use [[DSB|it]]\n\nmore\n\nand SET\n", (1,))


LINES = st.lists(st.sampled_from(["a\n", "b\n", "use DSB here\n", "\n", "c d e\n", "---\n"]), max_size=7).map(
    "".join
)


@given(LINES, LINES)
@settings(max_examples=150, deadline=None)
def test_without_later_edits_the_text_is_as_before_the_run(before: str, run: str) -> None:
    assert undone(run, run, before) == TakenBack(before)


@given(LINES, LINES)
@settings(max_examples=150, deadline=None)
def test_a_run_that_did_nothing_takes_nothing_of_the_persons_away(run: str, now: str) -> None:
    assert undone(run, now, run) == TakenBack(now)


@given(LINES, LINES, LINES)
@settings(max_examples=200, deadline=None)
def test_no_line_that_only_the_person_has_is_ever_lost(before: str, run: str, now: str) -> None:
    typed = "my own words\n"
    assert typed in undone(run, now + typed, before).text


def test_decisions_of_a_run_go_and_later_ones_stay() -> None:
    mine, other = Decision("N.md", "set", "P.md"), Decision("N.md", "amos", "Q.md")
    before, after = Decisions(accepted=frozenset({mine})), Decisions(denied=frozenset({mine}))
    now = after.deny([other])
    assert without_run(now, before, after) == Decisions(frozenset({mine}), frozenset({other}))


# The command


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    made = Repo(write(tmp_path / "vault"))
    made.git("init", "-q")
    return made


def run_ids(vaultsync: Command) -> list[str]:
    return [run["run"] for run in vaultsync("log", "--json").data]


def texts(repo: Repo) -> dict[str, str]:
    return {path: (repo.path / path).read_text(encoding="utf-8") for path in NOTES}


def test_the_last_run_is_taken_back_byte_for_byte_and_committed_as_a_run(
    vaultsync: Command, repo: Repo
) -> None:
    vaultsync("fix", cwd=repo.path)
    [first] = run_ids(vaultsync)
    code, out, err = vaultsync("undo")
    assert code == 0
    assert texts(repo) == NOTES
    assert [line.split("  ")[0] for line in out.splitlines()] == [CONFERENCE, PAPER]
    assert f"run {first} taken back in 2 notes, its links will not be made again" in err
    body = repo.git("log", "-1", "--format=%B")
    assert body.startswith(f"vaultsync: undo run {first} in ICASSP 2025 and DiffSBDD\n")
    assert f"\nVaultsync-Undoes: {first}\n" in body
    assert "\nVaultsync-Run: " in body
    assert repo.status == ""
    repo.check()


@pytest.mark.parametrize(
    "setting", ["core.autocrlf true", "core.autocrlf input", "attribute text=auto", "attribute text", "none"]
)
@pytest.mark.parametrize("of", ["all notes", "one note"])
def test_a_run_over_notes_with_crlf_is_its_own_whatever_git_stores_of_them(
    of: str, setting: str, vaultsync: Command, tmp_path: Path
) -> None:
    repo = Repo(write(tmp_path / "vault", NOTES))
    repo.git("init", "-q")
    kind, _, value = setting.partition(" ")
    if kind == "attribute":
        (repo.path / ".gitattributes").write_text(f"*.md {value}\n")
    elif value:
        repo.git("config", kind, value)
        repo.git("config", "core.safecrlf", "false")
    for path in NOTES if of == "all notes" else [CONFERENCE]:
        file = repo.path / path
        file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    repo.save("as found")
    before = {path: (repo.path / path).read_bytes() for path in NOTES}
    assert vaultsync("fix", "--yes", cwd=repo.path).code == 0
    assert {path: (repo.path / path).read_bytes() for path in NOTES} != before
    assert not any(run["changed_since"] for run in vaultsync("log", "--json", cwd=repo.path).data)
    undone = vaultsync("undo", cwd=repo.path)
    assert undone.code == 0, undone.out
    assert {path: (repo.path / path).read_bytes() for path in NOTES} == before


def test_the_next_run_does_nothing_of_it_again_until_it_is_told_to(vaultsync: Command, repo: Repo) -> None:
    vaultsync("fix", cwd=repo.path)
    err = vaultsync("undo").err
    assert "is left alone from now on (fm-tags);" in err
    assert "vaultsync fix --retry" in err
    decided = parse_decisions((repo.path / DECISIONS_PATH).read_text(encoding="utf-8"))
    assert (decided.denied, decided.undone) == ({DENIED}, {Fault(CONFERENCE, "fm-tags", "tags")})
    head = repo.head
    assert vaultsync("fix").code == 0
    assert (texts(repo), repo.head) == (NOTES, head)
    vaultsync("fix", "--retry")
    now = texts(repo)
    assert now[CONFERENCE] == NOTES[CONFERENCE].replace(
        "tags: conference, speech\n", "tags:\n  - conference\n  - speech\n"
    )
    assert now[PAPER] == NOTES[PAPER]


def test_other_names_and_identifiers_of_the_paper_are_denied_with_the_link(
    vaultsync: Command, tmp_path: Path
) -> None:
    text = NOTES[CONFERENCE] + (
        "- Structure-based Drug Design with Equivariant Diffusion Models, again\n"
        "## Talk: DiffSBDD in practice\n- see arXiv:2210.13695v2\n"
    )
    repo = Repo(write(tmp_path / "vault", {**NOTES, CONFERENCE: text}))
    repo.git("init", "-q")
    vaultsync("fix", cwd=repo.path)
    assert vaultsync("undo").code == 0
    vaultsync("fix")
    assert "[[" not in (repo.path / CONFERENCE).read_text(encoding="utf-8")
    assert (repo.path / PAPER).read_text(encoding="utf-8") == NOTES[PAPER]


def test_later_edits_stay_and_are_committed_as_the_persons(vaultsync: Command, repo: Repo) -> None:
    vaultsync("fix", cwd=repo.path)
    conference = repo.path / CONFERENCE
    edited = conference.read_text(encoding="utf-8").replace("the baseline", "the baseline, see figure 3")
    repo.write(CONFERENCE, edited + "- typed later\n")
    repo.write(PAPER, (repo.path / PAPER).read_text(encoding="utf-8") + "And more.\n")
    assert vaultsync("undo").code == 0
    now = texts(repo)
    assert (
        now[CONFERENCE]
        == NOTES[CONFERENCE].replace("the baseline", "the baseline, see figure 3") + "- typed later\n"
    )
    assert now[PAPER] == NOTES[PAPER] + "And more.\n"
    person = repo.git("log", "-1", "--skip=1", "--format=%s").strip()
    assert person.startswith("notes: ")
    assert repo.content(CONFERENCE, "HEAD~1") == edited + "- typed later\n"


def test_what_cannot_be_taken_back_is_named_and_left(vaultsync: Command, repo: Repo) -> None:
    vaultsync("fix", cwd=repo.path)
    conference = (repo.path / CONFERENCE).read_text(encoding="utf-8")
    repo.write(CONFERENCE, conference.replace("[[DiffSBDD]]", "[[DiffSBDD|this]]"))
    (repo.path / PAPER).unlink()
    code, out, _ = vaultsync("undo")
    assert code == 1
    assert f"{CONFERENCE}:8:1 undo: what the run did here stays" in out
    assert f"{PAPER} undo: left as it is: it is gone, or has another name now" in out
    now = (repo.path / CONFERENCE).read_text(encoding="utf-8")
    assert "- slow, [[DiffSBDD|this]] is the baseline" in now
    assert "tags: conference, speech\n" in now
    assert not (repo.path / PAPER).exists()


def test_an_undo_can_be_undone_and_its_denials_go_too(vaultsync: Command, repo: Repo) -> None:
    vaultsync("fix", cwd=repo.path)
    fixed = texts(repo)
    vaultsync("undo")
    code, _, err = vaultsync("undo")
    assert code == 0
    assert "taken back in 2 notes" in err
    assert texts(repo) == fixed
    assert not (repo.path / DECISIONS_PATH).exists()
    assert vaultsync("fix").err == "nothing to do: 3 notes in order\n"


def test_any_run_can_be_named_by_the_start_of_its_id_or_of_its_commit(vaultsync: Command, repo: Repo) -> None:
    vaultsync("fix", cwd=repo.path)
    commit = repo.head
    repo.write("Papers/Amos.md", "---\ntitle: Amos\ntags: paper\n---\n")
    vaultsync("fix")
    newest, oldest = run_ids(vaultsync)
    assert vaultsync("undo", oldest[:6]).code == 0
    assert texts(repo) == NOTES
    assert "- paper" in (repo.path / "Papers/Amos.md").read_text(encoding="utf-8")
    assert f"nothing to take back of run {oldest}" in vaultsync("undo", commit[:10]).err
    assert vaultsync("undo", newest).code == 0
    assert "tags: paper" in (repo.path / "Papers/Amos.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["0123456789ab", "HEAD", ""])
def test_what_is_no_run_is_refused_by_name(name: str, vaultsync: Command, repo: Repo) -> None:
    repo.save()
    code, out, err = vaultsync("undo", *([name] if name else []), cwd=repo.path)
    assert (code, out) == (2, "")
    assert err.startswith("vaultsync: there is no run to take back")
    vaultsync("fix")
    if name:
        code, out, err = vaultsync("undo", name)
        assert (code, out) == (2, "")
        assert err.startswith(f"vaultsync: there is no run {name}\n")


def test_the_diff_shows_it_and_writes_nothing(vaultsync: Command, repo: Repo) -> None:
    vaultsync("fix", cwd=repo.path)
    before, head = contents(repo.path), repo.head
    code, out, err = vaultsync("undo", "--diff")
    assert code == 1
    assert f"\n-{LINKED}\n" in out
    assert "would be taken back in 2 notes" in err
    assert (contents(repo.path), repo.head) == (before, head)


def test_the_json_tells_what_was_taken_back_and_what_was_denied(vaultsync: Command, repo: Repo) -> None:
    vaultsync("fix", cwd=repo.path)
    [first] = run_ids(vaultsync)
    told = vaultsync("undo", "--json").data
    assert told["undoes"] == first
    assert [change["path"] for change in told["changes"]] == [CONFERENCE, PAPER]
    assert told["denied"] == [{"note": CONFERENCE, "words": "diffsbdd", "paper": PAPER}]
    assert told["run"] == run_ids(vaultsync)[0]


def test_an_undo_waits_for_a_merge_and_writes_nothing(vaultsync: Command, repo: Repo) -> None:
    vaultsync("fix", cwd=repo.path)
    (repo.path / ".git/MERGE_HEAD").write_text(repo.head + "\n", encoding="ascii")
    before = contents(repo.path)
    code, out, err = vaultsync("undo")
    assert (code, out) == (1, "")
    assert err.startswith("waiting: ")
    assert contents(repo.path) == before


def test_a_note_that_is_partly_staged_stays_with_its_staging(vaultsync: Command, repo: Repo) -> None:
    vaultsync("fix", cwd=repo.path)
    fixed = (repo.path / PAPER).read_text(encoding="utf-8")
    repo.write(PAPER, fixed + "staged\n")
    repo.git("add", PAPER)
    repo.write(PAPER, fixed + "staged\nnot staged\n")
    staged = repo.staged
    code, out, _ = vaultsync("undo")
    assert code == 1
    assert f"{PAPER} staged: partly staged in git" in out
    assert repo.staged == staged
    assert (repo.path / PAPER).read_text(encoding="utf-8") == fixed + "staged\nnot staged\n"
    assert (repo.path / CONFERENCE).read_text(encoding="utf-8") == NOTES[CONFERENCE]


def test_an_undo_whose_commit_a_hook_refuses_is_committed_by_the_next_run(
    vaultsync: Command, repo: Repo
) -> None:
    vaultsync("fix", cwd=repo.path)
    [first] = run_ids(vaultsync)
    repo.hook("pre-commit", "echo not now; exit 1")
    code, out, err = vaultsync("undo")
    assert code == 1
    assert out.startswith(CONFERENCE)
    assert "written, not yet committed" in err
    assert "| not now" in err
    assert texts(repo) == NOTES
    (repo.path / ".git/hooks/pre-commit").unlink()
    vaultsync("fix", "--rule", "link-in-place")
    body = repo.git("log", "-1", "--format=%B")
    assert body.startswith(f"vaultsync: undo run {first} in ")
    assert f"Vaultsync-Undoes: {first}\n" in body
    assert repo.status == ""


def test_a_block_that_an_undo_brought_back_is_the_tools_and_what_was_typed_in_it_is_not(
    vaultsync: Command, repo: Repo
) -> None:
    vaultsync("fix", cwd=repo.path)
    conference = (repo.path / CONFERENCE).read_text(encoding="utf-8")
    repo.write(CONFERENCE, conference.replace("is the baseline", "is the best"))
    vaultsync("fix")  # the quote in the paper's list follows
    paper = (repo.path / PAPER).read_text(encoding="utf-8")
    assert "    - slow, DiffSBDD is the best\n" in paper
    repo.write(PAPER, paper.replace("%% vaultsync:end", "my own line\n%% vaultsync:end"))
    vaultsync("undo")
    assert "    - slow, DiffSBDD is the baseline\n" in (repo.path / PAPER).read_text(encoding="utf-8")
    vaultsync("fix")
    block, _, below = (
        (repo.path / PAPER).read_text(encoding="utf-8").partition("%% vaultsync:end mentions %%\n")
    )
    assert "my own line" in below
    assert "the baseline" not in block + below
    assert "the best" in block


def test_a_list_that_loses_its_markers_and_has_them_back_denies_nothing(
    vaultsync: Command, tmp_path: Path
) -> None:
    text = NOTES[CONFERENCE].replace("DiffSBDD", "what is in arXiv:2210.13695")
    repo = Repo(write(tmp_path / "vault", {**NOTES, CONFERENCE: text}))
    repo.git("init", "-q")
    vaultsync("fix", cwd=repo.path)
    marker = "%% vaultsync:begin papers %%\n"
    listed = (repo.path / CONFERENCE).read_text(encoding="utf-8")
    assert marker in listed
    repo.write(CONFERENCE, listed.replace(marker, ""))
    vaultsync("fix")
    assert (repo.path / CONFERENCE).read_text(encoding="utf-8") == listed
    for expected in (listed.replace(marker, ""), listed):
        vaultsync("undo")
        assert (repo.path / CONFERENCE).read_text(encoding="utf-8") == expected
        assert not decided(repo).denied


def test_an_undo_that_is_undone_leaves_no_decisions_file(vaultsync: Command, tmp_path: Path) -> None:
    repo = Repo(write(tmp_path / "vault", {"Papers/Amos.md": "---\ntags: paper\n---\n", PLAIN: "x\n"}))
    repo.git("init", "-q")
    vaultsync("fix", cwd=repo.path)
    fixed = repo.content("Papers/Amos.md")
    assert vaultsync("undo").code == 0
    assert (repo.path / DECISIONS_PATH).exists()
    assert vaultsync("undo").code == 0
    assert not (repo.path / DECISIONS_PATH).exists()
    assert repo.content("Papers/Amos.md") == fixed
    assert vaultsync("fix", "--check").code == 0


def test_an_undo_in_a_vault_that_is_suddenly_empty_stops(vaultsync: Command, repo: Repo) -> None:
    vaultsync("fix", cwd=repo.path)
    head = repo.head
    for path in NOTES:
        (repo.path / path).unlink()
    code, out, err = vaultsync("undo")
    assert (code, out) == (2, "")
    assert "the vault is empty" in err
    assert repo.head == head


RUN = "vaultsync: import\n\nVaultsync-Run: 00112233aabb\n"


def test_notes_that_a_run_made_go_and_one_that_it_deleted_comes_back(vaultsync: Command, repo: Repo) -> None:
    repo.save()
    repo.write("Papers/New.md", "made\n")
    repo.write("Papers/Edited.md", "made\n")
    (repo.path / PLAIN).unlink()
    repo.save(RUN)
    repo.write("Papers/Edited.md", "made, and edited by hand\n")
    code, out, err = vaultsync("undo", "00112233", "--yes", cwd=repo.path)
    assert code == 1
    assert "taken back in 2 notes, 1 place had to stay" in err
    assert "Papers/Edited.md undo: left as it is: the run made it, and it was edited since" in out
    assert not (repo.path / "Papers/New.md").exists()
    assert (repo.path / "Papers/Edited.md").read_text(encoding="utf-8") == "made, and edited by hand\n"
    assert texts(repo) == NOTES
    assert repo.status == ""
    assert repo.files_of() == {"Papers/New.md", PLAIN}
    assert vaultsync("undo").code == 0
    assert (repo.path / "Papers/New.md").read_text(encoding="utf-8") == "made\n"
    assert not (repo.path / PLAIN).exists()


def test_a_run_that_only_remembered_a_decision_is_not_the_last_run(vaultsync: Command, repo: Repo) -> None:
    vaultsync("fix", cwd=repo.path)
    repo.write(DECISIONS_PATH, 'deny = [\n  ["Home.md", "x", "Papers/DiffSBDD.md"],\n]\n')
    repo.save("vaultsync: remember what was decided about links\n\nVaultsync-Run: 00112233aabb\n")
    assert vaultsync("undo").code == 0
    assert texts(repo) == NOTES
    denied = parse_decisions((repo.path / DECISIONS_PATH).read_text(encoding="utf-8")).denied
    assert denied == {DENIED, Decision(PLAIN, "x", PAPER)}
    err = vaultsync("undo", "00112233aabb", "--yes").err
    assert err == "nothing to take back of run 00112233aabb\n"


def test_a_note_that_is_saved_while_it_is_taken_back_is_merged_and_committed_anew(
    vaultsync: Command, repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    vaultsync("fix", cwd=repo.path)
    person = Commits.person
    saves = iter(["saved just now\n"])

    def saved_after_the_commit(self: Commits, *args: Any) -> Any:
        held = person(self, *args)
        for line in saves:
            repo.write(PAPER, (repo.path / PAPER).read_text(encoding="utf-8") + line)
        return held

    monkeypatch.setattr(Commits, "person", saved_after_the_commit)
    assert vaultsync("undo").code == 0
    assert texts(repo) == {**NOTES, PAPER: NOTES[PAPER] + "saved just now\n"}
    assert repo.content(PAPER, "HEAD~1").endswith("end mentions %%\nsaved just now\n")
    assert repo.git("log", "-1", "--skip=1", "--format=%s") == "notes: DiffSBDD (+1)\n"
    assert repo.status == ""


def test_a_save_into_the_file_that_an_undo_has_just_replaced_is_merged(
    vaultsync: Command, repo: Repo, late_save: LateSave
) -> None:
    vaultsync("fix", cwd=repo.path)
    late_save("DiffSBDD.md", "saved just now\n")
    assert vaultsync("undo").code == 0
    assert texts(repo) == {**NOTES, PAPER: NOTES[PAPER] + "saved just now\n"}
    assert repo.git("log", "-1", "--skip=1", "--format=%s") == "notes: DiffSBDD (+1)\n"
    assert repo.status == ""


# A commit that is not what its run did


def amended(repo: Repo) -> None:
    repo.write(CONFERENCE, (repo.path / CONFERENCE).read_text(encoding="utf-8") + "my own words\n")
    repo.git("commit", "-qa", "--amend", "--no-edit")


def squashed(repo: Repo) -> None:
    repo.write(PLAIN, NOTES[PLAIN] + "my own words\n")
    repo.save("words")
    message = repo.git("log", "-1", "--format=%B", "HEAD~1")
    repo.git("reset", "-q", "--soft", "HEAD~2")
    repo.git("commit", "-q", "-m", message)


def forged(repo: Repo) -> None:
    repo.write(PLAIN, NOTES[PLAIN] + "my own words\n")
    repo.save("my edit\n\nVaultsync-Rules: fm-tags\nVaultsync-Run: deadbeefdead")


@pytest.mark.parametrize("change", [amended, squashed, forged])
def test_a_commit_that_is_not_what_its_run_did_is_taken_back_only_with_a_yes(
    vaultsync: Command, repo: Repo, change: Callable[[Repo], None]
) -> None:
    repo.save()
    vaultsync("fix", cwd=repo.path)
    change(repo)
    before, head = texts(repo), repo.head
    said = vaultsync("undo")
    assert said.code == 2
    assert "is not what that run did" in said.err
    assert "--yes" in said.err
    assert (texts(repo), repo.head) == (before, head)
    assert vaultsync("undo", "--yes").code == 0
    assert "my own words" not in "".join(texts(repo).values())


def test_a_save_just_before_the_commit_of_a_run_stays_the_persons(
    vaultsync: Command, repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.save()
    commit = Git.commit
    note = repo.path / CONFERENCE

    def save_then_commit(self: Git, paths: Iterable[str], message: str, **options: Any) -> Committed | None:
        if "Vaultsync-Run" in message and "my own words" not in note.read_text(encoding="utf-8"):
            note.write_text(note.read_text(encoding="utf-8") + "my own words\n", encoding="utf-8")
        return commit(self, paths, message, **options)

    monkeypatch.setattr(Git, "commit", save_then_commit)
    assert vaultsync("fix", cwd=repo.path).code == 0
    assert "my own words" not in repo.git("show", f"HEAD:{CONFERENCE}")
    assert repo.status.strip() == f"M {CONFERENCE}" or f'M "{CONFERENCE}"' in repo.status
    assert vaultsync("undo").code == 0
    assert note.read_text(encoding="utf-8") == NOTES[CONFERENCE] + "my own words\n"


# What was undone is kept off


UNTIDY = {
    "Dates.md": "---\ncreated: 2025/4/6\nmodified: 2025/4/7\n---\nText.\n",
    "Math.md": "- the loss $`x`$ falls when the rate is right\n- and $`y`$ rises\n",
    "Old.md": "---\ntag: a, b\nalias: Ae\n---\n",
    "Broken.md": "---\ntitle: A: B\nlist:\n\t- a\n---\n",
    "Papers/P.md": "---\ntitle: 'Zork: a study'\naliases: Wib7Fold\ntags: [paper]\n---\nbody",
    "Conferences/C.md": "---\ntitle: C\ndate: 2025-04-07\n---\n# Monday\n## Talk: Zib\n- saw [[P]] today\n",
}


@pytest.fixture
def untidy(tmp_path: Path) -> Repo:
    """A vault in which each family of rules has something to mend."""
    repo = Repo(write(tmp_path / "vault", UNTIDY))
    repo.git("init", "-q")
    return repo


def all_texts(repo: Repo) -> dict[str, str]:
    return {path: (repo.path / path).read_text(encoding="utf-8") for path in UNTIDY}


def decided(repo: Repo) -> Decisions:
    file = repo.path / DECISIONS_PATH
    return parse_decisions(file.read_text(encoding="utf-8") if file.exists() else "")


def test_no_rule_of_any_family_does_again_what_was_taken_back(vaultsync: Command, untidy: Repo) -> None:
    vaultsync("fix", cwd=untidy.path)
    fixed = all_texts(untidy)
    assert all(fixed[path] != text for path, text in UNTIDY.items() if path != "Conferences/C.md")
    vaultsync("undo")
    head = untidy.head
    assert vaultsync("fix", "--json").data["changes"] == []
    assert (all_texts(untidy), untidy.head) == (UNTIDY, head)
    assert {fault.rule for fault in decided(untidy).undone} >= {
        "fm-dates",
        "md-math",
        "fm-deprecated-keys",
        "fm-repair",
        "fm-aliases",
        "link-mentions",
    }
    vaultsync("fix", "--retry")
    assert all_texts(untidy) == fixed
    assert not decided(untidy).undone


def test_retry_of_one_note_leaves_the_others_alone(vaultsync: Command, untidy: Repo) -> None:
    vaultsync("fix", cwd=untidy.path)
    vaultsync("undo")
    vaultsync("fix", "--retry", "Dates")
    now = all_texts(untidy)
    assert "created: 2025-04-06\n" in now.pop("Dates.md")
    assert now == {path: text for path, text in UNTIDY.items() if path != "Dates.md"}


def test_a_slip_elsewhere_is_mended_and_an_edit_beside_the_place_changes_nothing(
    vaultsync: Command, untidy: Repo
) -> None:
    vaultsync("fix", cwd=untidy.path)
    vaultsync("undo")
    untidy.write("Dates.md", UNTIDY["Dates.md"].replace("---\nText", "tags: a, b\n---\nMore text"))
    math = "- the loss $`x`$ falls fast when the rate is right\n- and $`y`$ rises\n- new: $`z`$ is here\n"
    untidy.write("Math.md", math)
    vaultsync("fix")
    now = all_texts(untidy)
    assert now["Dates.md"] == UNTIDY["Dates.md"].replace("---\nText", "tags:\n  - a\n  - b\n---\nMore text")
    assert now["Math.md"] == math.replace("$`z`$", "$z$")


def test_what_the_person_puts_in_order_is_kept_off_no_longer(vaultsync: Command, untidy: Repo) -> None:
    vaultsync("fix", cwd=untidy.path)
    vaultsync("undo")
    untidy.write("Dates.md", "---\ncreated: 2025-04-06\nmodified: 2025/4/7\n---\nText.\n")
    vaultsync("fix")
    kept_off = {fault.place for fault in decided(untidy).undone if fault.note == "Dates.md"}
    assert kept_off == {"modified"}


def test_a_list_that_nothing_asks_for_any_more_is_kept_off_no_longer(
    vaultsync: Command, untidy: Repo
) -> None:
    vaultsync("fix", cwd=untidy.path)
    vaultsync("undo")
    vaultsync("fix")
    assert "link-mentions" in {fault.rule for fault in decided(untidy).undone}
    untidy.write("Conferences/C.md", UNTIDY["Conferences/C.md"].partition("# ")[0])
    vaultsync("fix")
    assert "link-mentions" not in {fault.rule for fault in decided(untidy).undone}


def test_a_list_of_mentions_comes_back_when_there_is_something_else_to_tell(
    vaultsync: Command, untidy: Repo
) -> None:
    vaultsync("fix", cwd=untidy.path)
    vaultsync("undo")
    untidy.write("Conferences/C.md", UNTIDY["Conferences/C.md"] + "## Talk: Zab\n- [[P]] again\n")
    vaultsync("fix")
    assert "[[C#Talk Zab|C]]" in all_texts(untidy)["Papers/P.md"]


def test_only_what_the_run_had_done_is_kept_off(vaultsync: Command, untidy: Repo) -> None:
    vaultsync("fix", "--rule", "fm-dates", cwd=untidy.path)
    vaultsync("undo")
    assert {fault.rule for fault in decided(untidy).undone} == {"fm-dates"}
    vaultsync("fix")
    assert "tags:\n  - a\n  - b\n" in all_texts(untidy)["Old.md"]


def test_a_rename_that_was_followed_and_taken_back_is_not_followed_again(
    vaultsync: Command, tmp_path: Path
) -> None:
    note = "---\ndoi: 10.1000/182\ntags: [paper]\n---\nThe very same text.\n"
    repo = Repo(write(tmp_path / "vault", {"Old name.md": note, "Home.md": "See [[Old name]] first.\n"}))
    repo.git("init", "-q")
    repo.save()
    vaultsync("fix", cwd=repo.path)
    (repo.path / "Old name.md").rename(repo.path / "New name.md")
    vaultsync("fix")
    home = repo.path / "Home.md"
    assert home.read_text(encoding="utf-8") == "See [[New name]] first.\n"
    assert "links will not be made again" not in vaultsync("undo").err
    assert decided(repo).denied == frozenset()
    for _ in range(2):
        assert vaultsync("fix").code == 0
        assert home.read_text(encoding="utf-8") == "See [[Old name]] first.\n"


def test_a_very_large_undo_is_remembered_in_few_lines(
    vaultsync: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vaultsync.core.links.decisions.LINES", 8)
    forms = ("2025/4/6", "April 6, 2025", "6. April 2025")  # one form alone would be the vault's own
    notes = {f"N{n}.md": f"---\ntags: a, b\ncreated: {forms[n % 3]}\n---\n" for n in range(9)}
    repo = Repo(write(tmp_path / "vault", {**notes, "Odd.md": "- $`x`$\n"}))
    repo.git("init", "-q")
    vaultsync("fix", cwd=repo.path)
    vaultsync("undo")
    assert decided(repo).undone == {
        Fault("*", "fm-tags", ""),
        Fault("*", "fm-dates", ""),
        Fault("Odd.md", "md-math", "x"),
    }
    head = repo.head
    assert vaultsync("fix").code == 0
    assert repo.head == head
    vaultsync("fix", "--retry")
    assert decided(repo).undone == frozenset()
    assert "created: 2025-04-06" in (repo.path / "N3.md").read_text(encoding="utf-8")


def test_a_line_typed_into_a_list_that_is_kept_off_stays_the_persons(
    vaultsync: Command, untidy: Repo
) -> None:
    vaultsync("fix", cwd=untidy.path)
    paper = untidy.path / "Papers/P.md"
    listed = paper.read_text(encoding="utf-8")
    untidy.write("Conferences/C.md", UNTIDY["Conferences/C.md"] + "## Talk: Zab\n- [[P]] again\n")
    vaultsync("fix")
    vaultsync("undo")
    assert paper.read_text(encoding="utf-8") == listed
    end = "%% vaultsync:end mentions %%"
    untidy.write("Papers/P.md", listed.replace(end, f"- my precious line\n{end}"))
    for _ in range(3):
        vaultsync("fix")
        assert paper.read_text(encoding="utf-8").count("- my precious line") == 1
    untidy.write("Papers/P.md", paper.read_text(encoding="utf-8").replace("body", "more body"))
    vaultsync("fix")
    untidy.write("Conferences/C.md", UNTIDY["Conferences/C.md"] + "## Talk: Zub\n- [[P]] once more\n")
    vaultsync("fix")
    vaultsync("fix", "--retry")
    after = paper.read_text(encoding="utf-8")
    assert after.count("- my precious line") == 1
    assert "my precious line" not in after[after.index("begin mentions") : after.index(end)]


def test_a_line_that_an_undo_puts_back_into_a_list_is_dropped_by_no_later_run(
    vaultsync: Command, untidy: Repo
) -> None:
    vaultsync("fix", cwd=untidy.path)
    paper, end = untidy.path / "Papers/P.md", "%% vaultsync:end mentions %%"
    typed = paper.read_text(encoding="utf-8").replace(end, f"- my precious line\n{end}")
    untidy.write("Papers/P.md", typed)
    vaultsync("fix")
    vaultsync("undo")
    assert paper.read_text(encoding="utf-8") == typed
    for _ in range(3):
        vaultsync("fix")
        assert paper.read_text(encoding="utf-8").count("- my precious line") == 1
    vaultsync("fix", "--retry")
    assert paper.read_text(encoding="utf-8").count("- my precious line") == 1


@pytest.mark.parametrize("twice", [True, False])
def test_what_a_list_loses_through_a_deletion_of_the_persons_is_not_kept_off(
    vaultsync: Command, untidy: Repo, twice: bool
) -> None:
    paper, later = untidy.path / "Papers/P.md", "Conferences/Later.md"
    vaultsync("fix", cwd=untidy.path)
    untidy.write(later, "---\ntitle: Later\ndate: 2025-05-07\n---\n# Monday\n- Wib7Fold once more\n")
    vaultsync("fix")
    listed = paper.read_text(encoding="utf-8")
    assert "saw P today" in listed
    assert "Wib7Fold once more" in listed
    before = decided(untidy)
    (untidy.path / "Conferences/C.md").unlink()
    vaultsync("undo")
    assert "Wib7Fold once more" not in paper.read_text(encoding="utf-8")
    if twice:
        vaultsync("undo")
        assert (decided(untidy), paper.read_text(encoding="utf-8")) == (before, listed)
    vaultsync("fix")
    after = paper.read_text(encoding="utf-8")
    assert "saw P today" not in after
    assert after.count("Wib7Fold once more") == twice
    assert after.count("Mentioned in") == twice
    assert not decided(untidy).undone
