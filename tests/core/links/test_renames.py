"""Notes renamed or deleted outside Obsidian: who is who, what links become, and the same through git."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import Command
from gitrepo import Repo
from linking import CONFIG, paper, run, talk
from smallvault import write

from vaultsync.core.links.made_words import made_words
from vaultsync.core.links.renames import find_renames, former_vault
from vaultsync.core.note import Note, note_of

LORA = paper("LoRA: Low-Rank Adaptation", 'arxiv: "2106.09685"')


def notes(files: dict[str, str]) -> list[Note]:
    return [note_of(path, text, CONFIG) for path, text in files.items()]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"A.md": "text\n"}, {"B.md": "text\n"}),
        ({"Papers/A.md": LORA}, {"Papers/B.md": LORA + "more\n"}),
        ({"Papers/A.md": paper("A Title")}, {"Papers/B.md": paper("a  title") + "more\n"}),
        ({"A.md": "text\n"}, {"Folder/A.md": "other text\n"}),
        ({"A.md": "text\n", "B.md": "other\n"}, {"C.md": "other\n"}),
    ],
    ids=["content", "identifier", "title", "file name", "one of two"],
)
def test_a_renamed_note_is_known_again(old: dict[str, str], new: dict[str, str]) -> None:
    ((before, after),) = find_renames(notes(old), notes(new)).items()
    assert before in old
    assert [after] == list(new)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"A.md": "text\n"}, {"B.md": "other\n"}),
        ({"A.md": "text\n"}, {"B.md": "text\n", "C.md": "text\n"}),
        ({"A.md": "text\n", "B.md": "text\n"}, {"C.md": "text\n"}),
        ({"A.md": ""}, {"B.md": ""}),
        ({"Papers/A.md": LORA}, {"Papers/B.md": LORA + "x\n", "Papers/C.md": LORA + "y\n"}),
        ({"A.md": "---\ntitle: T\n---\n"}, {"Papers/B.md": paper("T")}),
    ],
    ids=["nothing in common", "two heirs", "two ancestors", "empty", "two identifiers", "another kind"],
)
def test_where_two_could_be_meant_nothing_is_a_rename(old: dict[str, str], new: dict[str, str]) -> None:
    assert find_renames(notes(old), notes(new)) == {}


def test_a_former_vault_tells_renamed_from_gone() -> None:
    former = former_vault(["A.md", "B.md"], notes({"A.md": "a\n", "B.md": "b\n"}), notes({"C.md": "a\n"}))
    assert (former.renamed, former.gone) == ({"A.md": "C.md"}, {"B.md"})
    assert (former.path("C.md"), former.path("D.md")) == ("A.md", "D.md")


LINKS = [
    ("[[Old]]", "[[New]]"),
    ("[[old|words]]", "[[New|words]]"),
    ("[[Old#A#B|words]]", "[[New#A#B|words]]"),
    ("[[Old#^block]]", "[[New#^block]]"),
    ("![[Old]]", "![[New]]"),
    ("[[Papers/Old]]", "[[New]]"),
    ("[[Old.md]]", "[[New]]"),
    ("[x](Old.md)", "[x](New.md)"),
    ("[x](../Papers/Old.md#A)", "[x](New.md#A)"),
    ("| [[Old\\|x]] |\n|---|\n", "| [[New\\|x]] |\n|---|\n"),
    ("[[Older]]", "[[Older]]"),
    ("`[[Old]]`", "`[[Old]]`"),
    ("[x](https://example.org/Old.md)", "[x](https://example.org/Old.md)"),
]


@pytest.mark.parametrize(("before", "after"), LINKS)
@pytest.mark.parametrize("eol", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_a_link_follows_its_note(before: str, after: str, eol: str) -> None:
    files = {"Daily/x.md": f"See\n\n{before} there.\n".replace("\n", eol), "Papers/New.md": LORA}
    done = run(files, gone={"Papers/Old.md": LORA})
    assert done.files["Daily/x.md"] == f"See\n\n{after} there.\n".replace("\n", eol)


def test_a_link_that_meant_another_note_of_the_name_stays() -> None:
    files = {"x.md": "[[Old]] [[Other/Old]] [[Papers/Old]]\n", "Papers/New.md": LORA, "Other/Old.md": "x\n"}
    done = run(files, gone={"Papers/Old.md": LORA})
    assert done.files["x.md"] == "[[Old]] [[Other/Old]] [[New]]\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('up: "[[Old]]"', 'up: "[[New]]"'),
        ("up: '[[Old#A|x]]'", "up: '[[New#A|x]]'"),
        ('up:\n  - "[[Old]]"\n  - "[[Else]]"', 'up:\n  - "[[New]]"\n  - "[[Else]]"'),
        ('up: ["[[Old]]", x] # why', 'up: ["[[New]]", x] # why'),
        ("note: see [[Old]] and that", "note: see [[New]] and that"),
    ],
)
def test_a_link_in_a_property_follows_its_note(before: str, after: str) -> None:
    files = {"x.md": f"---\n{before}\n---\n", "Papers/New.md": LORA}
    assert run(files, gone={"Papers/Old.md": LORA}).files["x.md"] == f"---\n{after}\n---\n"


def test_a_name_that_yaml_could_misread_is_left_to_the_person() -> None:
    files = {"x.md": "---\nup: '[[Old]]'\n---\n", "Papers/It's.md": LORA}
    done = run(files, gone={"Papers/Old.md": LORA})
    assert done.files["x.md"] == files["x.md"]
    assert [(p.path, p.rule) for p in done.problems] == [("x.md", "link-renames")]


def test_a_note_that_moved_keeps_what_its_relative_links_mean() -> None:
    moved = "[x](../Papers/LoRA.md) and [y](z.md)\n"
    files = {"Archive/2025/x.md": moved, "Papers/LoRA.md": LORA, "Daily/z.md": "z\n"}
    done = run(files, gone={"Daily/x.md": moved})
    assert done.files["Archive/2025/x.md"] == "[x](LoRA.md) and [y](z.md)\n"


def test_links_of_a_deleted_paper_become_words_again_where_the_tool_had_made_them() -> None:
    note = "Conferences/A.md"
    files = {note: talk("- [[LoRA|Low-Rank Adaptation]], by hand [[LoRA|that]], ![[LoRA]], [[Else]]\n")}
    made = {note: {"low rank adaptation": "Low-Rank Adaptation"}}
    done = run(files, gone={"Papers/LoRA.md": LORA}, made=lambda path: made.get(path, {}))
    assert done.files[note] == talk("- Low-Rank Adaptation, by hand [[LoRA|that]], ![[LoRA]], [[Else]]\n")
    assert done.problems == ()


def test_without_git_a_link_to_a_deleted_paper_stays_and_is_reported() -> None:
    files = {"Conferences/A.md": talk("- [[LoRA|Low-Rank Adaptation]], [[Else]]\n")}
    done = run(files, gone={"Papers/LoRA.md": LORA})
    assert done.files == files
    assert [(p.rule, p.line, p.message) for p in done.problems] == [
        ("link-gone", 9, "Papers/LoRA.md is gone, but linked here")
    ]


NOTE, PAPER, HOME = "Conferences/ICASSP 2025.md", "Papers/LoRA paper.md", "Home.md"
VAULT: dict[str, str | bytes] = {
    NOTE: talk("- LoRA is the baseline\n"),
    PAPER: LORA,
    HOME: "---\nup: '[[LoRA paper]]'\n---\nSee [[LoRA paper]] and [it](Papers/LoRA%20paper.md).\n",
}


@pytest.fixture
def repo(tmp_path: Path, vaultsync: Command) -> Repo:
    made = Repo(write(tmp_path / "vault", VAULT))
    made.git("init", "-q")
    assert vaultsync("fix", cwd=made.path).code == 0
    assert "- [[LoRA paper|LoRA]] is the baseline" in made.content(NOTE)
    return made


@pytest.mark.parametrize("committed", [False, True])
@pytest.mark.parametrize("edited", [False, True])
def test_a_rename_is_followed_vault_wide(
    repo: Repo, vaultsync: Command, committed: bool, edited: bool
) -> None:
    (repo.path / PAPER).rename(repo.path / "Papers/Adaptation.md")
    if edited:
        file = repo.path / "Papers/Adaptation.md"
        file.write_text(file.read_text("utf-8").replace("- paper\n", "- paper\nrating: 5\n"), "utf-8")
    if committed:
        repo.save("moved")
    code, _, err = vaultsync("fix", "--check", cwd=repo.path)
    assert (code, "2 notes would change" in err) == (1, True)
    assert vaultsync("fix").code == 0
    assert "- [[Adaptation|LoRA]] is the baseline" in repo.content(NOTE)
    assert repo.content(HOME) == (
        "---\nup: '[[Adaptation]]'\n---\nSee [[Adaptation]] and [it](Adaptation.md).\n"
    )
    assert repo.content("Papers/Adaptation.md").count("LoRA is the baseline") == 1
    assert "nothing to do" in vaultsync("fix").err


def test_the_links_that_a_run_made_to_a_deleted_paper_go_and_the_persons_stay(
    repo: Repo, vaultsync: Command
) -> None:
    (repo.path / PAPER).unlink()
    assert vaultsync("fix").code == 0
    assert "- LoRA is the baseline" in repo.content(NOTE)
    assert repo.content(HOME) == VAULT[HOME]
    assert "nothing to do" in vaultsync("fix").err


@pytest.mark.parametrize("committed", [False, True])
def test_a_links_paper_may_go_and_its_own_note_be_renamed_between_two_runs(
    repo: Repo, vaultsync: Command, committed: bool
) -> None:
    (repo.path / PAPER).unlink()
    if committed:
        repo.save("gone")
    (repo.path / NOTE).rename(repo.path / "Conferences/Moved.md")
    vaultsync("fix")
    assert "- LoRA is the baseline" in repo.content("Conferences/Moved.md")
    assert "nothing to do" in vaultsync("fix", "--check").err


def test_what_a_link_was_made_of_is_known_when_its_paper_is_deleted_after_a_rename(
    tmp_path: Path, vaultsync: Command
) -> None:
    mine, moved = "Conferences/Mine.md", "Conferences/2025/ICASSP.md"
    by_hand = talk("- [[LoRA]] by hand, with $`x`$ beside it\n")
    repo = Repo(write(tmp_path / "vault", {NOTE: VAULT[NOTE], mine: by_hand, "Papers/LoRA.md": LORA}))
    repo.git("init", "-q")
    vaultsync("fix", cwd=repo.path)
    assert "- [[LoRA]] is the baseline" in repo.content(NOTE)
    (repo.path / "Papers/LoRA.md").rename(repo.path / "Papers/Low rank.md")
    vaultsync("fix")
    (repo.path / moved).parent.mkdir()
    (repo.path / NOTE).rename(repo.path / moved)
    vaultsync("fix")
    assert "- [[Low rank]] is the baseline" in repo.content(moved)
    (repo.path / "Papers/Low rank.md").unlink()
    vaultsync("fix")
    assert "- LoRA is the baseline" in repo.content(moved)
    assert "- [[Low rank]] by hand" in repo.content(mine)


@pytest.mark.parametrize(
    ("before", "after", "known", "made"),
    [
        ("- LoRA and Adam", "- [[LoRA]] and [[A|Adam]]", {}, {"lora": "LoRA", "adam": "Adam"}),
        ("- [[LoRA]]", "- [[Low rank]]", {}, {}),
        ("- [[LoRA]]", "- [[Low rank]]", {"lora": "LoRA"}, {"low rank": "LoRA"}),
        ("- [[Old]], see Adam", "- [[New]], see [[Adam]]", {"old": "OLD"}, {"new": "OLD", "adam": "Adam"}),
        ("- $`x`$ of LoRA", "- $x$ of [[LoRA]]", {}, {"lora": "LoRA"}),
        ("- [[LoRA|it]]", "- [it](Papers/LoRA.md)", {}, {}),
        ("- [[LoRA]], LoRA", "- [[Adaptation]], LoRA", {}, {}),
        ("- LoRA's gains\r\n- x", "- [[LoRA]]'s gains\r\n- x", {}, {"lora": "LoRA"}),
        ("", "- [[LoRA]]", {}, {}),
    ],
)
def test_a_link_is_made_of_the_words_that_stood_there(
    before: str, after: str, known: dict[str, str], made: dict[str, str]
) -> None:
    assert made_words(before, after, known) == made


def test_a_deleted_conference_note_leaves_no_entry_behind(repo: Repo, vaultsync: Command) -> None:
    (repo.path / NOTE).unlink()
    assert vaultsync("fix").code == 0
    assert repo.content(PAPER) == LORA


def test_a_mention_that_is_gone_leaves_no_entry_behind(repo: Repo, vaultsync: Command) -> None:
    (repo.path / NOTE).write_text(talk("- nothing\n"), "utf-8")
    assert vaultsync("fix").code == 0
    assert repo.content(PAPER) == LORA


def test_a_link_that_was_taken_out_counts_as_denied_and_is_told_once(repo: Repo, vaultsync: Command) -> None:
    (repo.path / NOTE).write_text(talk("- LoRA is the baseline\n"), "utf-8")
    _, _, err = vaultsync("fix")
    assert '"lora"' in err
    assert "taken out and will not be made again" in err
    assert repo.content(NOTE) == talk("- LoRA is the baseline\n")
    assert repo.content(".vaultsync/decisions.toml").splitlines()[-2] == f'  ["{NOTE}", "lora", "{PAPER}"],'
    assert "nothing to do" in vaultsync("fix").err
    repo.git("mv", NOTE, "Conferences/ICASSP.md")
    assert vaultsync("fix").code == 0
    assert '["Conferences/ICASSP.md", "lora"' in repo.content(".vaultsync/decisions.toml")
    assert "- LoRA is" in repo.content("Conferences/ICASSP.md")


def test_a_bullet_that_was_deleted_does_not_deny_the_next_one(repo: Repo, vaultsync: Command) -> None:
    (repo.path / NOTE).write_text(talk("- LoRA is the baseline\n- a look at the gains of LoRA\n"), "utf-8")
    (repo.path / NOTE).write_text(talk("- a look at the gains of LoRA\n"), "utf-8")
    _, _, err = vaultsync("fix")
    assert "taken out" not in err
    assert "- a look at the gains of [[LoRA paper|LoRA]]" in repo.content(NOTE)
