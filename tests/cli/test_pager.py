"""Long results go through the pager that the person has chosen, on a terminal only."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import Command
from gitrepo import Repo
from smallvault import CONFERENCE, NOTES, write
from terminal import on_a_terminal, without_bar

PAGER = "sed s/^/PAGED:/"


@pytest.mark.parametrize(
    "arguments", [["rules"], ["rules", "fm-tags"], ["fix", "--diff"], ["fix", "-n"], ["links"]]
)
def test_what_is_long_is_paged_in_colour(arguments: list[str], tmp_path: Path) -> None:
    _, shown = on_a_terminal(*arguments, cwd=write(tmp_path), GIT_PAGER=PAGER)
    lines = without_bar(shown).splitlines()
    assert lines
    assert all(line.startswith("PAGED:") for line in lines), shown
    assert arguments == ["links"] or arguments[-1] == "fm-tags" or "\x1b[" in shown


@pytest.mark.parametrize(
    ("arguments", "what"), [("log", "vaultsync: tidy ICASSP 2025"), ("links --reading", "nothing to read")]
)
def test_so_is_what_was_done_and_what_there_is_to_read(
    arguments: str, what: str, tmp_path: Path, vaultsync: Command
) -> None:
    root = write(tmp_path / "vault", {CONFERENCE: NOTES[CONFERENCE]})
    Repo(root).git("init", "-q")
    vaultsync("fix", "--yes", cwd=root)
    _, shown = on_a_terminal(*arguments.split(), cwd=root, GIT_PAGER=PAGER)
    assert what in shown
    assert all(line.startswith("PAGED:") for line in without_bar(shown).splitlines()), shown


def test_what_is_said_beside_the_result_is_paged_with_it(tmp_path: Path) -> None:
    _, shown = on_a_terminal("fix", "--diff", cwd=write(tmp_path), GIT_PAGER=PAGER)
    assert "PAGED:2 notes would change" in shown


@pytest.mark.parametrize(
    ("arguments", "environ"),
    [
        (["--no-pager", "rules"], {"GIT_PAGER": PAGER}),
        (["rules", "--no-pager"], {"GIT_PAGER": PAGER}),
        (["rules"], {"GIT_PAGER": "", "PAGER": PAGER}),
        (["rules"], {"GIT_PAGER": "cat", "PAGER": PAGER}),
        (["rules"], {"GIT_PAGER": "nowhere-to-be-found", "PAGER": "cat"}),
        (["rules"], {"GIT_PAGER": "'unclosed"}),
    ],
)
def test_a_person_can_do_without(arguments: list[str], environ: dict[str, str], tmp_path: Path) -> None:
    code, shown = on_a_terminal(*arguments, cwd=write(tmp_path), **environ)
    assert code == 0
    assert "fm-tags" in shown
    assert "PAGED" not in shown


def test_a_reader_who_has_seen_enough_is_no_mistake(tmp_path: Path) -> None:
    code, shown = on_a_terminal("rules", "fm-tags", cwd=write(tmp_path), GIT_PAGER="head -n 1")
    assert code == 0
    assert len(shown.splitlines()) == 1


def test_a_reader_who_leaves_a_long_result_gets_nothing_more_and_the_commands_exit_code(
    tmp_path: Path,
) -> None:
    notes: dict[str, str | bytes] = {f"Papers/{n}.md": "---\ntag: paper\n---\n" for n in range(400)}
    root = write(tmp_path / "vault", notes)
    code, shown = on_a_terminal("fix", "--diff", cwd=root, GIT_PAGER="head -n 1")
    assert code == 1
    assert len([line for line in shown.splitlines() if "Papers/" in line]) == 1  # a slow run has a bar, too


def test_a_vaults_own_git_settings_never_choose_the_program(tmp_path: Path) -> None:
    root = write(tmp_path)
    (root / ".git").mkdir()
    (root / ".git/config").write_text(f"[core]\n\tpager = touch {tmp_path}/ran\n", encoding="utf-8")
    on_a_terminal("rules", cwd=root, GIT_PAGER="cat")
    assert not (tmp_path / "ran").exists()


def test_the_persons_own_setting_is_obeyed(tmp_path: Path) -> None:
    mine = tmp_path / "gitconfig"
    mine.write_text(f"[core]\n\tpager = {PAGER}\n", encoding="utf-8")
    environ = {"GIT_CONFIG_GLOBAL": str(mine), "PAGER": "cat", "GIT_PAGER": "unset"}
    _, shown = on_a_terminal("rules", cwd=write(tmp_path / "vault"), without=("GIT_PAGER",), **environ)
    assert shown.startswith("PAGED:")


def test_nothing_is_paged_where_nobody_sees_it(vaultsync: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_PAGER", "false")
    assert "fm-tags" in vaultsync("rules").out


def test_quiet_leaves_the_results_and_no_more(vaultsync: Command, tmp_path: Path) -> None:
    root = write(tmp_path)
    code, out, err = vaultsync("fix", "--check", "-q", cwd=root)
    assert code == 1
    assert len(out.splitlines()) == 2
    assert err == ""
