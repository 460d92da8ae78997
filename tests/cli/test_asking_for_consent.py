"""Rules change notes only after somebody on this machine agreed; a command of the person's own needs none."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from conftest import Command
from gitrepo import Repo
from smallvault import CONFERENCE, NOTES, PAPER, contents, write
from terminal import on_a_terminal

from vaultsync.vault.consent import has_consent


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    made = Repo(write(tmp_path / "vault", agreed=False))
    made.git("init", "-q")
    made.save()
    return made


def text(repo: Repo, path: str) -> str:
    return (repo.path / path).read_text(encoding="utf-8")


def test_without_a_terminal_fix_shows_what_it_would_do_and_how_to_agree(
    vaultsync: Command, repo: Repo
) -> None:
    before = contents(repo.path)
    code, out, err = vaultsync("fix", cwd=repo.path)
    assert code == 1
    assert out == vaultsync("fix", "--check").out
    assert "2 notes would change" in err
    assert "`vaultsync fix --yes` agrees to it, once for this machine" in err
    assert contents(repo.path) == before
    assert not has_consent(repo.path)


def test_a_yes_holds_from_then_on(vaultsync: Command, repo: Repo) -> None:
    assert vaultsync("fix", "--yes", cwd=repo.path).code == 0
    repo.write(PAPER, text(repo, PAPER).replace("tags:\n  - paper", "tags: paper"))
    code, out, _ = vaultsync("fix")
    assert (code, out.startswith(PAPER)) == (0, True)


@pytest.mark.parametrize("more", [(), ("--no-commit",)])
def test_a_yes_counts_where_nothing_is_to_change(
    vaultsync: Command, tmp_path: Path, more: tuple[str, ...]
) -> None:
    vault = write(tmp_path / "vault", {"Home.md": "Nothing.\n"}, agreed=False)
    Repo(vault).git("init", "-q")
    assert vaultsync("fix", "--yes", *more, cwd=vault).code == 0
    assert has_consent(vault)


@pytest.mark.parametrize("more", [("NoSuchNote",), ("--rule", "no-rule"), ("--retry", "NoSuchNote")])
def test_a_command_that_is_refused_agrees_to_nothing(
    vaultsync: Command, repo: Repo, more: tuple[str, ...]
) -> None:
    assert vaultsync("fix", "--yes", *more, cwd=repo.path).code == 2
    assert not has_consent(repo.path)


def test_a_retry_needs_the_yes_that_a_run_needs(vaultsync: Command, repo: Repo) -> None:
    decisions = repo.path / ".vaultsync/decisions.toml"
    decisions.parent.mkdir(exist_ok=True)
    kept = f'undone = [\n  ["{PAPER}", "fm-tags", "tags"],\n]\n'
    decisions.write_text(kept, encoding="utf-8")
    code, _, err = vaultsync("fix", "--retry", cwd=repo.path)
    assert code == 1
    assert "nobody has agreed yet" in err
    assert decisions.read_text(encoding="utf-8") == kept


def test_a_no_is_told_to_a_program_too(repo: Repo) -> None:
    code, screen = on_a_terminal("fix", "--json", cwd=repo.path, answer=b"n\n")
    assert code == 1
    told = json.loads(screen[screen.rindex('{\r\n  "vaultsync"') :])
    assert "nobody has agreed yet" in told["error"]["message"]


def test_leaving_the_pager_of_the_diff_comes_back_to_the_question(tmp_path: Path) -> None:
    notes: dict[str, str | bytes] = {f"Papers/{n}.md": "---\ntag: paper\n---\n" for n in range(400)}
    root = write(tmp_path / "vault", notes, agreed=False)
    code, screen = on_a_terminal("fix", "--no-commit", cwd=root, answer=b"d\nn\n", GIT_PAGER="head -n 1")
    assert code == 1
    assert screen.count("Go on?") == 2
    assert "fix` asks again" in screen


def test_a_look_with_yes_agrees_to_nothing(vaultsync: Command, repo: Repo) -> None:
    vaultsync("fix", "--check", "--yes", cwd=repo.path)
    assert not has_consent(repo.path)


def test_a_log_that_came_with_the_vault_agrees_to_nothing(
    vaultsync: Command, repo: Repo, tmp_path: Path
) -> None:
    vaultsync("fix", "--yes", cwd=repo.path)
    (repo.path / PAPER).write_text(NOTES[PAPER].replace("tags:\n  - paper", "tags: paper"), encoding="utf-8")
    copy = tmp_path / "from a stranger"
    shutil.copytree(repo.path, copy)
    before = contents(copy)
    assert vaultsync("fix", cwd=copy).code == 1
    assert contents(copy) == before


def test_on_a_terminal_it_shows_an_example_of_each_rule_and_asks(repo: Repo) -> None:
    code, shown = on_a_terminal("fix", cwd=repo.path, answer=b"n\n", NO_COLOR="1")
    assert code == 1
    assert "It would change 2 of 3 notes:" in shown
    assert "link-in-place in 1 note, for example:" in shown
    assert "+- slow, [[DiffSBDD]] is the baseline" in shown
    assert "nothing was written" in shown
    assert "Traceback" not in shown
    assert text(repo, CONFERENCE) == NOTES[CONFERENCE]
    code, shown = on_a_terminal("fix", cwd=repo.path, answer=b"d\ny\n", NO_COLOR="1")
    assert code == 0
    assert shown.count("Go on?") == 2
    assert "%% vaultsync:end mentions %%" in shown
    assert "2 notes changed" in shown
    repo.write(PAPER, text(repo, PAPER).replace("tags:\n  - paper", "tags: paper"))
    code, shown = on_a_terminal("fix", cwd=repo.path)
    assert code == 0
    assert "Go on?" not in shown


def test_init_and_demo_agree_for_their_vaults(vaultsync: Command, tmp_path: Path) -> None:
    vault = write(tmp_path / "vault", agreed=False)
    vaultsync("init", str(vault))
    assert not has_consent(vault)
    assert vaultsync("init", "--yes", str(vault)).code == 0
    assert has_consent(vault)
    assert vaultsync("demo", str(tmp_path / "demo")).code == 0
    assert has_consent(tmp_path / "demo")


def test_an_import_links_what_it_made_and_leaves_the_rest(vaultsync: Command, tmp_path: Path) -> None:
    notes = {
        **NOTES,
        "Conferences/Other.md": "---\ntitle: Other\ntags: conference\n---\n# Monday\n- DiffSBDD again\n",
        "Conferences/Third.md": "---\ntags: conference\n---\n# Monday\n- Sparse Kernels for Slow Machines\n",
    }
    vault = write(tmp_path / "vault", notes, agreed=False)
    Repo(vault).git("init", "-q")
    source = tmp_path / "new.bib"
    source.write_text(
        "@article{kim2024, title={Sparse Kernels for Slow Machines}, author={Kim, A.}, year={2024}}\n"
    )
    code, _, err = vaultsync("import", str(source), cwd=vault)
    assert code == 0, err
    linked = (vault / "Conferences/Third.md").read_text()
    assert "|Sparse Kernels for Slow Machines]]" in linked or "[[Sparse Kernels for Slow Machines]]" in linked
    assert "tags: conference\n" in linked, "no rule but those for links"
    for path in (CONFERENCE, PAPER, "Conferences/Other.md"):
        assert (vault / path).read_text() == notes[path]
    assert not has_consent(vault)


def test_doctor_tells_whether_somebody_agreed_and_how_to_keep_an_order(
    vaultsync: Command, repo: Repo
) -> None:
    out = vaultsync("doctor", cwd=repo.path).out
    assert "nobody agreed yet on this machine" in out
    assert "[rules] fm-order = true" in out
    vaultsync("fix", "--yes")
    assert "you agreed on this machine" in vaultsync("doctor").out
