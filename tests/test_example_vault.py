"""The example vault, shipped as it is, and `vaultsync demo`, which shows on it what the tool does."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from bases import check_base
from canvases import check_canvas
from conftest import Command, Outcome
from gitrepo import Repo
from smallvault import contents

from bench.example_views import COMMANDS, MADE
from vaultsync.cli.demo_command import CONFERENCE, PAPER, example_vault

EXAMPLE = example_vault()
NOTES = sorted(path.relative_to(EXAMPLE).as_posix() for path in EXAMPLE.rglob("*.md"))


@pytest.fixture
def demo(vaultsync: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Repo, Outcome]:
    """The demo's vault, and what the command said."""
    monkeypatch.chdir(tmp_path)
    outcome = vaultsync("demo")
    return Repo(tmp_path / "vaultsync-demo"), outcome


def kinds(pattern: bytes) -> list[str]:
    """The notes whose bytes match."""
    return [name for name in NOTES if re.search(pattern, (EXAMPLE / name).read_bytes())]


# What the vault holds


def test_it_is_a_vault_that_a_researcher_would_recognise() -> None:
    folders = {
        folder: [n for n in NOTES if n.startswith(f"{folder}/")] for folder in ("Conferences", "Papers")
    }
    assert len(folders["Conferences"]) >= 4
    assert CONFERENCE in folders["Conferences"]
    assert len(folders["Papers"]) >= 30
    assert [n for n in folders["Papers"] if n.startswith("Papers/@")]
    assert [n for n in NOTES if n.startswith("Daily/")]
    assert (EXAMPLE / ".obsidian/app.json").is_file()
    assert (EXAMPLE / ".obsidian/types.json").is_file()


@pytest.mark.parametrize(
    "pattern",
    [
        pytest.param(rb"\r\n", id="CRLF"),
        pytest.param(rb"\A\xef\xbb\xbf", id="a byte order mark"),
        pytest.param(rb"(?m)^tag: ", id="a property that Obsidian no longer reads"),
        pytest.param(rb"\$`", id="GitLab math"),
        pytest.param(rb"-\\>|<!-- -->", id="pandoc's leftovers"),
        pytest.param("高精度机器学习".encode(), id="an alias in Chinese"),
        pytest.param("ö|ü".encode(), id="umlauts"),
        pytest.param(rb"<%|\{\{", id="a template"),
        pytest.param(rb"# Montag Vormittag", id="German day headings"),
        pytest.param(rb"%% begin annotations %%", id="a paper note that Zotero's plugin made"),
        pytest.param(rb"(?m)^source:\n  - .*\.bib", id="an imported paper note"),
        pytest.param(rb"\[\[[^]]+\.pdf\]\]", id="an offprint"),
        pytest.param(rb"!\[\[[^]]+\.png\]\]", id="a picture"),
    ],
)
def test_it_is_untidy_in_every_way_that_the_tool_knows(pattern: bytes) -> None:
    assert kinds(pattern)


@pytest.mark.parametrize("name", [CONFERENCE, "Conferences/ICLR 2023.md"])
def test_its_long_notes_are_as_long_as_those_of_a_week_are(name: str) -> None:
    text = (EXAMPLE / name).read_text(encoding="utf-8")
    assert text.count("\n") > 270
    assert len(re.findall(r"(?m)^(?:# .*|## .*)", text)) > 20, "days and sessions"
    assert re.findall(r"(?m)^(?:Comment|Kommentar): ", text)


OTHERS = {
    "Reading list.md": b"```dataviewjs",
    "Templates/Talk.md": b"<%*",
    "Templates/Paper.md": b"{{title}}",
    "Daily/2025-04-08.md": b"<%*",
    "Projects/Thesis map.canvas": b'"nodes"',
    "Projects/Travels.base": b"views:",
    "Attachments/codec-tokens.png": b"PNG",
}
"""What another program reads or writes, each with a sign of that program."""


def test_what_another_program_reads_stays_as_it_is(demo: tuple[Repo, Outcome]) -> None:
    for name, sign in OTHERS.items():
        before = (EXAMPLE / name).read_bytes()
        assert sign in before, name
        assert (demo[0].path / name).read_bytes() == before, name


def test_the_blocks_of_zotero_s_plugin_stay_as_they_are(demo: tuple[Repo, Outcome]) -> None:
    block = re.compile(rb"(?s)%% begin (\w+) %%\n.*?%% end \1 %%|%% Import Date: .*? %%")
    notes = kinds(rb"%% begin annotations %%")
    assert len(notes) >= 4
    for name in notes:
        before, after = ((root / name).read_bytes() for root in (EXAMPLE, demo[0].path))
        found = [m[0] for m in block.finditer(before)]
        assert found
        assert found == [m[0] for m in block.finditer(after)]


def test_it_names_nobodys_address() -> None:
    assert not kinds(rb"[\w.+-]+@[\w-]+\.\w{2,}")


# The demo


def test_the_demo_makes_a_vault_with_a_history_of_two_commits(demo: tuple[Repo, Outcome]) -> None:
    repo, outcome = demo
    assert (outcome.code, outcome.err) == (0, "")
    tool, person = repo.git("log", "--format=%s").splitlines()
    assert person.startswith("notes: add ICASSP 2025")
    assert tool.startswith("vaultsync: link ")
    for name in NOTES:
        assert (EXAMPLE / name).read_bytes() == subprocess.run(
            ["git", "cat-file", "blob", f"HEAD~1:{name}"], cwd=repo.path, capture_output=True, check=True
        ).stdout
    assert repo.status == ""
    repo.check()


def test_the_demo_tells_what_changed_what_is_left_the_log_and_where_to_look(
    demo: tuple[Repo, Outcome],
) -> None:
    repo, outcome = demo
    lines = outcome.out.splitlines()
    assert len(lines) <= 38, "one screen of 40 rows, with the command above and the next prompt below"
    assert all(len(line) <= 80 for line in lines)
    assert f"{len(NOTES)} notes" in lines[0]
    assert any(line.startswith("+") and "[[QLoRA]]" in line for line in lines)
    assert "+%% vaultsync:begin mentions %%" in lines
    for commit in repo.git("log", "--abbrev=7", "--format=%h %s").splitlines():
        assert commit in lines
    assert "  git -C vaultsync-demo show" in lines
    assert any("vaultsync --vault vaultsync-demo fix" in line for line in lines)
    assert any(re.match(r"\S.*\.md:\d+:\d+ [a-z-]+: ", line) for line in lines)


def test_after_the_demo_nothing_is_left_to_do(demo: tuple[Repo, Outcome], vaultsync: Command) -> None:
    repo, _ = demo
    before, head = contents(repo.path), repo.head
    code, out, err = vaultsync("--vault", "vaultsync-demo", "fix")
    assert code == 1, "its problems remain"
    assert err.startswith("nothing to change, ")
    problems = [line for line in out.splitlines() if not line.startswith("  ")]
    assert problems
    assert all(re.match(r"[^:]+\.md(:\d+:\d+)? [a-z-]+: ", line) for line in problems)
    assert (contents(repo.path), repo.head) == (before, head)


def test_no_problem_of_the_demo_is_a_defect_of_ours(demo: tuple[Repo, Outcome], vaultsync: Command) -> None:
    out = vaultsync("--vault", "vaultsync-demo", "fix", "--check").out
    assert "guard:" not in out
    assert "defect" not in out


def test_both_directions_are_linked_and_the_bytes_around_are_kept(demo: tuple[Repo, Outcome]) -> None:
    repo, _ = demo
    conference = (repo.path / CONFERENCE).read_bytes().decode()
    assert "[[Structure-based Drug Design with Equivariant Diffusion Models|DiffSBDD]]" in conference
    assert "提高[[Structure-based" in conference
    assert "$\\mathcal{H}$" in conference
    assert "`pip install loralib` does LoRA" in conference
    paper = (repo.path / PAPER).read_bytes().decode()
    assert "[[ICASSP 2025#Tutorial Generative AI and Model Optimization|ICASSP 2025]], 2025-04-07" in paper
    for name in kinds(rb"\r\n"):
        assert not re.search(rb"(?<!\r)\n", (repo.path / name).read_bytes()), name
    for name in kinds(rb"\A\xef\xbb\xbf"):
        assert (repo.path / name).read_bytes().count(b"\xef\xbb\xbf") == 1
    for name in (n for n in NOTES if n.startswith("Templates/")):
        assert (repo.path / name).read_bytes() == (EXAMPLE / name).read_bytes()


def test_every_link_that_was_written_leads_to_a_note(demo: tuple[Repo, Outcome]) -> None:
    repo, _ = demo
    names = {Path(name).stem for name in NOTES}
    added = [
        line[1:]
        for line in repo.git("show", "--format=", "-U0").splitlines()
        if line.startswith("+") and not line.startswith("+++")
    ]
    targets = {m[1] for line in added for m in re.finditer(r"\[\[([^\]|#\\]+)", line)}
    assert len(targets) > 40
    assert targets - names <= linked_before(), "only the person's own links may lead nowhere"


def linked_before() -> set[str]:
    text = "\n".join((EXAMPLE / name).read_text(encoding="utf-8", errors="replace") for name in NOTES)
    return {m[1] for m in re.finditer(r"\[\[([^\]|#]+)", text)}


def test_the_demo_is_the_same_on_every_machine(vaultsync: Command, tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "a deeper" / "folder"
    vaultsync("demo", str(one))
    other.parent.mkdir()
    vaultsync("demo", str(other))
    assert [(p, data) for p, (data, _) in contents(one).items()] == [
        (p, data) for p, (data, _) in contents(other).items()
    ]
    # But for the run's name, which follows from the commit below it and so from the time of that.
    said, said_other = (
        [line for line in Repo(demo).git("log", "--format=%B", "-2").splitlines() if "-Run:" not in line]
        for demo in (one, other)
    )
    assert said == said_other


def test_a_demo_in_the_place_of_an_earlier_one_begins_anew(vaultsync: Command, tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    said = []
    for _ in range(4):  # so often a rule mends what others seem to write back
        outcome = vaultsync("demo", str(folder))
        assert outcome.code == 0, outcome.err
        said.append(re.sub(r"(?m)^[0-9a-f]{7} ", "", outcome.out))
        shutil.rmtree(folder)
    assert len(set(said)) == 1


def test_the_demo_never_joins_a_repository_that_it_stands_in(vaultsync: Command, tmp_path: Path) -> None:
    outer = Repo(tmp_path)
    outer.git("init", "-q")
    head = outer.save("the person's own project", file__txt="x\n")
    assert vaultsync("demo", str(tmp_path / "demo")).code == 0
    assert outer.head == head
    assert (tmp_path / "demo/.git").is_dir()


def test_the_demo_needs_no_git_identity_and_signs_nothing(
    process: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "gitconfig"
    config.write_text("[user]\n\tuseConfigOnly = true\n[commit]\n\tgpgSign = true\n", encoding="utf-8")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    code, _, err = process("demo", cwd=tmp_path)
    assert (code, err) == (0, "")
    repo = Repo(tmp_path / "vaultsync-demo")
    assert set(repo.git("log", "--format=%an").split("\n")) == {"A. Researcher", ""}


def test_the_demo_never_writes_into_a_folder_that_holds_something(vaultsync: Command, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.md").write_text("years of work\n", encoding="utf-8")
    code, out, err = vaultsync("demo", str(mine))
    assert (code, out) == (2, "")
    assert "exists and is not empty" in err
    assert [path.name for path in mine.iterdir()] == ["thesis.md"]
    (tmp_path / "empty").mkdir()
    assert vaultsync("demo", str(tmp_path / "empty")).code == 0


# fix, over the whole vault


def changes_of(before: dict[str, tuple[bytes, int]], after: dict[str, tuple[bytes, int]]) -> Iterator[str]:
    yield from (path for path in after if before.get(path) != after[path])


def test_what_a_person_writes_after_the_demo_is_committed_apart(
    demo: tuple[Repo, Outcome], vaultsync: Command
) -> None:
    repo, _ = demo
    note = repo.path / "Conferences/NeurIPS 2022.md"
    note.write_bytes(note.read_bytes() + b"\n# Thursday\n## Talk: More\n- GraphFM again\n")
    before = contents(repo.path)
    vaultsync("--vault", str(repo.path), "fix")
    tool, person = repo.git("log", "-2", "--format=%s").splitlines()
    assert person == "notes: NeurIPS 2022 (+4)"
    assert tool.startswith("vaultsync: link ")
    assert b"- [[GraphFM]] again\n" in note.read_bytes()
    assert set(changes_of(before, contents(repo.path))) == {
        "Conferences/NeurIPS 2022.md",
        "Papers/GraphFM.md",
    }


# What shows it


def test_its_base_canvas_and_report_are_what_the_commands_make_of_it(
    demo: tuple[Repo, Outcome], vaultsync: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo, _ = demo
    monkeypatch.chdir(repo.path)
    head = repo.head
    for arguments in COMMANDS:
        outcome = vaultsync(*arguments)
        assert (outcome.code, outcome.out) == (0, ""), "look at it, then run `python -m bench.example_views`"
    assert repo.head == head
    assert {name for name in MADE if (repo.path / name).is_file()} == set(MADE)


def test_the_demo_names_what_shows_the_vault(demo: tuple[Repo, Outcome]) -> None:
    _, outcome = demo
    assert "Papers.base" in outcome.out
    assert "Reports/ICASSP 2025.html" in outcome.out


def test_its_base_and_canvas_are_valid_and_the_base_shows_its_papers() -> None:
    for name in ("Papers.base", "Conferences.base"):
        check_base((EXAMPLE / name).read_text(encoding="utf-8"))
    canvas = check_canvas((EXAMPLE / "Conferences/ICASSP 2025.canvas").read_text(encoding="utf-8"))
    files = {node["file"] for node in canvas["nodes"] if node["type"] == "file"}
    assert {name for name in files if (EXAMPLE / name).is_file()} == files
