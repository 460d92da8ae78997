"""`views`, `report` and `export` as a person runs them: what is printed, what is written, what is refused."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import Command
from gitrepo import Repo, git_env, repo
from smallvault import CONFERENCE, write

from vaultsync.core.links.cached_facts import Facts
from vaultsync.core.links.index import Index

__all__ = ["git_env", "repo"]


@pytest.fixture
def vault(repo: Repo, monkeypatch: pytest.MonkeyPatch, vaultsync: Command) -> Repo:
    write(repo.path)
    repo.save("start")
    monkeypatch.chdir(repo.path)
    vaultsync("fix", "--yes")
    return repo


def test_a_report_goes_to_standard_output(vaultsync: Command, vault: Repo) -> None:
    code, out, err = vaultsync("report", "ICASSP 2025")
    assert (code, err) == (0, "")
    assert out.startswith("<!DOCTYPE html>")
    assert "DiffSBDD: Structure-based Drug Design" in out


def test_views_of_one_note_ask_for_no_more_than_that_note_while_nothing_has_changed(
    vaultsync: Command, vault: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "vaultsync.vault.cache.RACY_NS", 0
    )  # what was saved two seconds ago would be read anew
    vaultsync("fix")
    restored: list[str] = []
    restore = Index.restore

    def count(self: Index, path: str, facts: Facts) -> None:
        restored.append(path)
        restore(self, path, facts)

    monkeypatch.setattr(Index, "restore", count)
    _, quick, _ = vaultsync("report", "ICASSP 2025")
    assert restored == [CONFERENCE]
    assert vaultsync("canvas", "ICASSP 2025").code == 0
    assert restored == [CONFERENCE] * 2
    shutil.rmtree(os.environ["XDG_CACHE_HOME"])
    assert vaultsync("report", "ICASSP 2025").out == quick
    vaultsync("fix")
    restored.clear()
    vault.write(CONFERENCE, vault.content(CONFERENCE).replace("slow", "faster"))
    assert "faster" in vaultsync("report", "ICASSP 2025").out
    assert len(restored) > 1, "something changed: the whole index is asked"
    vaultsync("fix")
    restored.clear()
    assert "Nothing to see" not in vaultsync("report", "Home").out
    assert len(restored) > 1, "what is no conference note was not read for papers"


def test_a_report_in_the_vault_is_a_run_that_undo_takes_back(vaultsync: Command, vault: Repo) -> None:
    code, out, _ = vaultsync("report", "ICASSP 2025", "-o", "Reports/ICASSP 2025.html")
    assert (code, out) == (0, "Reports/ICASSP 2025.html\n")
    assert vault.git("log", "-1", "--format=%s").strip() == "vaultsync: write ICASSP 2025.html"
    head = vault.head
    assert vaultsync("report", "ICASSP 2025", "-o", "Reports/ICASSP 2025.html")[0] == 0
    assert vault.head == head, "nothing changed, nothing written"
    vault.write(CONFERENCE, vault.content(CONFERENCE).replace("slow", "faster"))
    assert vaultsync("report", "ICASSP 2025", "-o", "Reports/ICASSP 2025.html")[0] == 0
    assert "faster" in vault.content("Reports/ICASSP 2025.html")
    vaultsync("undo")
    assert "faster" not in (vault.path / "Reports/ICASSP 2025.html").read_text(encoding="utf-8")


def test_a_report_that_somebody_edited_is_only_replaced_by_force(vaultsync: Command, vault: Repo) -> None:
    vaultsync("report", "ICASSP 2025", "-o", "r.html")
    vault.write("r.html", "mine")
    code, out, _ = vaultsync("report", "ICASSP 2025", "-o", "r.html")
    assert code == 1
    assert "r.html" in out
    assert (vault.path / "r.html").read_text(encoding="utf-8") == "mine"
    assert vaultsync("report", "ICASSP 2025", "-o", "r.html", "--force")[0] == 0
    assert vault.content("r.html").startswith("<!DOCTYPE html>")


def test_a_persons_note_is_only_replaced_by_force_whatever_a_run_did_to_it(
    vaultsync: Command, vault: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault.write("Note.md", "---\ntags: daily\n---\nwhat I typed\n")
    (tmp_path / "in.bib").write_text("@misc{a, title={An Imported Paper}, doi={10.1234/x}}", encoding="utf-8")
    assert vaultsync("fix", "--yes")[0] == 0, "the note is tidied"
    assert vaultsync("import", str(tmp_path / "in.bib"))[0] == 0
    assert vaultsync("views", "embed", CONFERENCE)[0] == 0
    assert vaultsync("fix")[0] == 0
    for state in ("state", "that of another device"):
        monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / state))
        for note in ("Note.md", "Papers/An Imported Paper.md", CONFERENCE):
            before = vault.content(note)
            assert before
            assert vaultsync("report", "ICASSP 2025", "-o", str(vault.path / note))[0] == 1
            assert vault.content(note) == before


def test_a_report_that_rules_tidied_is_still_the_tools(vaultsync: Command, vault: Repo) -> None:
    assert vaultsync("report", "ICASSP 2025", "-o", "r.md")[0] == 0
    vault.write(".vaultsync/config.toml", '[kinds.note.defaults]\nreport = "yes"\n')
    assert vaultsync("fix", "--yes")[0] == 0
    assert vault.content("r.md").startswith("---\n")
    assert vaultsync("report", "ICASSP 2025", "-o", "r.md")[0] == 0
    assert vault.content("r.md").startswith("# ICASSP 2025\n")


def test_a_file_outside_the_vault_is_replaced_only_while_it_is_ours(
    vaultsync: Command, vault: Repo, tmp_path: Path
) -> None:
    file = tmp_path / "outside" / "r.md"
    file.parent.mkdir()
    assert vaultsync("report", "ICASSP 2025", "-o", str(file))[0] == 0
    assert file.read_text(encoding="utf-8").startswith("# ICASSP 2025\n")
    vault.write(CONFERENCE, vault.content(CONFERENCE).replace("slow", "quick"))
    assert vaultsync("report", "ICASSP 2025", "-o", str(file))[0] == 0
    assert "quick" in file.read_text(encoding="utf-8")
    file.write_text("mine", encoding="utf-8")
    code, _, err = vaultsync("report", "ICASSP 2025", "-o", str(file))
    assert code == 2
    assert "exists, and is not what vaultsync wrote" in err
    assert file.read_text(encoding="utf-8") == "mine"
    assert [path.name for path in file.parent.iterdir()] == ["r.md"]


def test_a_pipe_is_written_to_and_never_read(vault: Repo) -> None:
    command = [sys.executable, "-P", "-m", "vaultsync", "report", "ICASSP 2025", "-o"]
    said = subprocess.run([*command, "/dev/stdout"], capture_output=True, timeout=60, check=True)
    assert said.stdout.startswith(b"<!DOCTYPE html>")


def test_a_hidden_file_of_the_vault_is_refused(vaultsync: Command, vault: Repo) -> None:
    code, _, err = vaultsync("report", "ICASSP 2025", "-o", ".git/hooks/pre-commit")
    assert code == 2
    assert "hidden" in err


def test_exactly_the_papers_that_a_note_mentions_are_exported(vaultsync: Command, vault: Repo) -> None:
    vault.write("Papers/Other.md", "---\ntitle: Never mentioned anywhere\ntags: [paper]\n---\n")
    code, out, _ = vaultsync("export", "ICASSP 2025")
    assert code == 0
    assert out.count("@") == 1
    assert "eprint = {2210.13695}" in out
    assert vaultsync("export", "--all").out.count("@") == 2
    items = json.loads(vaultsync("export", "ICASSP 2025", "--csl").out)
    assert [item["title"] for item in items] == [
        "DiffSBDD: Structure-based Drug Design with Equivariant Diffusion Models"
    ]
    assert vaultsync("export", "ICASSP 2025", "--ris").out.startswith("TY  - ")


def test_what_is_exported_is_imported_again_as_the_same_papers(
    vaultsync: Command, vault: Repo, tmp_path: Path
) -> None:
    paper = vault.content("Papers/DiffSBDD.md")
    vault.write("Papers/DiffSBDD.md", paper.replace("tags:", "citekey: schneuing2022\ntags:", 1))
    vaultsync("fix")
    library = tmp_path / "all.bib"
    vaultsync("export", "--all", "-o", str(library))
    before = vault.content("Papers/DiffSBDD.md")
    code, out, err = vaultsync("import", str(library))
    assert code == 0
    assert "0 new, 1 completed" in err, out + err
    added = vault.content("Papers/DiffSBDD.md").replace("source:\n  - all.bib\n", "")
    assert added == before, "nothing but where it came from"


def test_what_is_only_named_is_listed_for_an_import(vaultsync: Command, vault: Repo) -> None:
    vault.write(
        CONFERENCE, vault.content(CONFERENCE) + "- see arXiv:1707.04780 and 10.1038/s41467-018-04316-3\n"
    )
    code, out, _ = vaultsync("export", "--missing", "ICASSP 2025")
    assert (code, out) == (0, "arXiv:1707.04780\ndoi:10.1038/s41467-018-04316-3\n")


@pytest.mark.parametrize("args", [("export",), ("export", "--all", "ICASSP 2025"), ("report",)])
def test_what_to_show_has_to_be_named(vaultsync: Command, vault: Repo, args: tuple[str, ...]) -> None:
    assert vaultsync(*args)[0] == 2


def test_a_canvas_keeps_what_the_person_arranged_over_many_runs(vaultsync: Command, vault: Repo) -> None:
    path = "Conferences/ICASSP 2025.canvas"
    code, out, _ = vaultsync("canvas", "ICASSP 2025")
    assert (code, out) == (0, f"{path}\n")
    canvas = json.loads(vault.content(path))
    (card,) = [node for node in canvas["nodes"] if node.get("file") == "Papers/DiffSBDD.md"]
    card["x"], card["color"] = -700, "4"
    mine = {"id": "mine", "type": "text", "x": 0, "y": -300, "width": 200, "height": 60, "text": "look"}
    canvas["nodes"].append(mine)
    vault.write(path, json.dumps(canvas))
    head = vault.head
    assert vaultsync("canvas", "ICASSP 2025")[0] == 0
    assert vault.head == head, "nothing is new, so the person's bytes stay"
    vault.write("Papers/SET.md", "---\ntitle: Sparse Evolutionary Training of Networks\ntags: [paper]\n---\n")
    note = vault.content(CONFERENCE) + "- [[SET]] came up, too\n"
    for _ in range(2):
        vault.write(CONFERENCE, note)
        assert vaultsync("canvas", "ICASSP 2025")[0] == 0
        cards = {node.get("file"): node for node in json.loads((vault.path / path).read_text())["nodes"]}
        assert (cards["Papers/DiffSBDD.md"]["x"], cards["Papers/DiffSBDD.md"]["color"]) == (-700, "4")
        assert "Papers/SET.md" in cards
        note = note.replace("## Talk: Rings", "## Talk: Rings, and Cubes")
    assert mine in json.loads(vault.content(path))["nodes"]
    assert cards[CONFERENCE]["subpath"] == "#Talk Rings, and Cubes"
    vault.check()


def test_without_git_a_card_that_was_deleted_stays_away(vaultsync: Command, vault: Repo) -> None:
    vault.write(".vaultsync/config.toml", "[git]\ncommit = false\n")
    path = "Conferences/ICASSP 2025.canvas"
    assert vaultsync("canvas", "ICASSP 2025")[0] == 0
    for number in range(3):
        canvas = json.loads((vault.path / path).read_text(encoding="utf-8"))
        canvas["nodes"] = [node for node in canvas["nodes"] if node.get("file") != "Papers/DiffSBDD.md"]
        vault.write(path, json.dumps(canvas))
        vault.write(
            "Papers/More.md", "---\ntitle: Rings of Zeros in Many Dimensions\ntags:\n  - paper\n---\n"
        )
        text = (vault.path / CONFERENCE).read_text(encoding="utf-8")
        vault.write(CONFERENCE, f"{text}## Talk: {number}\n\n- [[More]] again\n")
        assert vaultsync("canvas", "ICASSP 2025")[0] == 0
        shown = [node.get("file") for node in json.loads((vault.path / path).read_text("utf-8"))["nodes"]]
        assert "Papers/DiffSBDD.md" not in shown
        assert shown.count("Papers/More.md") == number + 1


def test_a_file_that_is_no_canvas_is_left_alone(vaultsync: Command, vault: Repo) -> None:
    vault.write("Conferences/ICASSP 2025.canvas", "my notes")
    code, out, _ = vaultsync("canvas", "ICASSP 2025")
    assert code == 1
    assert "left alone" in out
    assert (vault.path / "Conferences/ICASSP 2025.canvas").read_text(encoding="utf-8") == "my notes"


def test_what_to_read_next_is_listed_with_the_reason(vaultsync: Command, vault: Repo) -> None:
    code, out, _ = vaultsync("links", "--reading")
    assert code == 0
    assert "DiffSBDD: Structure-based Drug Design" in out
    assert "ICASSP 2025, Talk: Rings: slow, DiffSBDD is the baseline" in out
    (found,) = json.loads(vaultsync("links", "--reading", "--json").out)["data"]
    assert (found["path"], found["conferences"]) == ("Papers/DiffSBDD.md", 1)
    paper = vault.content("Papers/DiffSBDD.md")
    vault.write("Papers/DiffSBDD.md", paper.replace("tags:", "status: read\ntags:", 1))
    code, out, err = vaultsync("links", "--reading")
    assert (code, out) == (0, "")
    assert "nothing to read" in err
