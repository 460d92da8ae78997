"""What a vault does its own way stays: its habits, and the names of properties that its bases read."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import Command
from smallvault import write

SLASHED = {f"Log/{day}.md": f"---\ncreated: 2025/4/{day}\n---\nText {day}.\n" for day in range(1, 7)}
BASE = "views:\n  - type: table\n    name: All\n    order:\n      - file.name\n      - note.cssclass\n"
OLD = {"Wide.md": "---\ncssclass: wide\n---\n", "Home.md": "text\n"}


def texts(root: Path) -> dict[str, str]:
    return {p.relative_to(root).as_posix(): p.read_text("utf-8") for p in sorted(root.rglob("*.md"))}


def test_a_form_of_dates_that_the_vault_has_stays_until_it_is_no_habit_any_more(
    vaultsync: Command, tmp_path: Path
) -> None:
    root = write(tmp_path / "vault", SLASHED)
    assert vaultsync("fix", "--no-commit", cwd=root).code == 0
    assert texts(root) == SLASHED
    write(root, {"Log/7.md": "---\ncreated: 3/4/2025\n---\n", "Log/8.md": "---\ncreated: 2025/4/8\n---\n"})
    assert vaultsync("fix", "--no-commit").code == 1  # 3/4/2025 has the same form, and the habit is 7 of 8
    assert texts(root) == {
        **SLASHED,
        "Log/7.md": "---\ncreated: 3/4/2025\n---\n",
        "Log/8.md": "---\ncreated: 2025/4/8\n---\n",
    }
    write(root, {f"Log/{day}.md": f"---\ncreated: 2025-04-0{day}\n---\n" for day in range(1, 4)})
    vaultsync("fix", "--no-commit")
    assert "created: 2025-04-06\n" in texts(root)["Log/6.md"]


def test_types_json_counts_for_more_than_a_habit(vaultsync: Command, tmp_path: Path) -> None:
    root = write(tmp_path / "vault", SLASHED)
    (root / ".obsidian/types.json").write_text('{"types": {"created": "date"}}', encoding="utf-8")
    vaultsync("fix", "--no-commit", cwd=root)
    assert "created: 2025-04-06\n" in texts(root)["Log/6.md"]


def test_a_habit_holds_for_many_notes_as_for_few(
    vaultsync: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("vaultsync.vault.survey", "vaultsync.core.plan.planner"):
        monkeypatch.setattr(f"{module}.MANY", 3)
    root = write(tmp_path / "vault", {**SLASHED, "Log/7.md": "---\ncreated: 2025/4/7\ntags: a, b\n---\n"})
    vaultsync("fix", "--no-commit", cwd=root)
    assert texts(root) == {**SLASHED, "Log/7.md": "---\ncreated: 2025/4/7\ntags:\n  - a\n  - b\n---\n"}


def test_a_conference_whose_date_is_written_by_habit_has_its_days(vaultsync: Command, tmp_path: Path) -> None:
    talks = {
        f"Conferences/C{day}.md": f"---\ntitle: C{day}\ndate: {day}. April 2025\n---\n"
        f"# Tuesday\n## Talk: Zib\n- saw [[P]]\n"
        for day in range(7, 13)
    }
    paper = "---\ntitle: Zork\ntags: [paper]\n---\nbody\n"
    root = write(tmp_path / "vault", {**talks, "P.md": paper})
    vaultsync("fix", "--no-commit", cwd=root)
    now = texts(root)
    assert {path: now[path] for path in talks} == talks
    assert "[[C7#Talk Zib|C7]], 2025-04-08, Talk: Zib" in now["P.md"]


@pytest.mark.parametrize(
    "reads", ["      - note.cssclass\n", "      - cssclass\n", "    filters: 'note[\"cssclass\"] == 1'\n"]
)
def test_a_name_that_a_base_reads_is_kept_and_told(vaultsync: Command, tmp_path: Path, reads: str) -> None:
    base = BASE.replace("      - note.cssclass\n", reads)
    root = write(tmp_path / "vault", {**OLD, "All.base": base})
    found = vaultsync("fix", "--no-commit", cwd=root)
    assert (texts(root), found.code) == (OLD, 1)
    assert "All.base" in found.out


def test_a_base_that_shows_a_column_under_an_old_name_reads_none(vaultsync: Command, tmp_path: Path) -> None:
    base = BASE.replace("note.cssclass", "note.x").replace("name: All", "name: cssclass")
    root = write(tmp_path / "vault", {**OLD, "All.base": base + "    displayName: cssclass\n"})
    assert vaultsync("fix", "--no-commit", cwd=root).code == 0
    assert texts(root)["Wide.md"] == "---\ncssclasses:\n  - wide\n---\n"


def test_a_base_that_comes_goes_or_changes_is_seen_by_the_next_run(
    vaultsync: Command, tmp_path: Path
) -> None:
    root = write(tmp_path / "vault", {**OLD, "All.base": BASE})
    assert vaultsync("fix", "--no-commit", cwd=root).code == 1
    write(root, {"All.base": BASE.replace("note.cssclass", "note.other")})
    assert vaultsync("fix", "--no-commit").code == 0
    assert "cssclasses" in texts(root)["Wide.md"]
    write(root, {"Wide.md": OLD["Wide.md"], "All.base": BASE})
    assert vaultsync("fix", "--no-commit").code == 1
    (root / "All.base").unlink()
    assert vaultsync("fix", "--no-commit").code == 0
    assert "cssclasses" in texts(root)["Wide.md"]
