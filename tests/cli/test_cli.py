"""The command line as a whole: help, exit codes, streams, colours, what is imported."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from conftest import ROOT, Command
from smallvault import write
from terminal import on_a_terminal

import vaultsync as package
from vaultsync.cli import COMMANDS, main, output
from vaultsync.core.rules import RULES


def test_the_version_is_told_on_standard_output(vaultsync: Command) -> None:
    assert vaultsync("--version") == (0, f"vaultsync {package.__version__}\n", "")


def test_help_lists_every_command_with_its_purpose(vaultsync: Command) -> None:
    code, out, err = vaultsync("--help")
    assert (code, err) == (0, "")
    for name, purpose in COMMANDS.items():
        assert f"  {name}" in out
        assert purpose in out


@pytest.mark.parametrize("name", list(COMMANDS))
def test_every_command_explains_itself_and_its_options(name: str, vaultsync: Command) -> None:
    code, out, err = vaultsync(name, "--help")
    assert (code, err) == (0, "")
    assert out.startswith(f"Usage: vaultsync {name}")
    command = main.get_command(main.make_context("vaultsync", ["config"]), name)
    assert command is not None
    for parameter in command.params:
        if parameter.param_type_name == "option" and not getattr(parameter, "hidden", False):
            assert parameter.opts[0] in out
            assert getattr(parameter, "help", None), f"{name} {parameter.opts[0]} has no help text"


def test_a_mistyped_command_is_answered_with_the_nearest_one(vaultsync: Command) -> None:
    code, out, err = vaultsync("fxi")
    assert (code, out) == (2, "")
    assert 'No such command "fxi". Did you mean "fix"?' in err


def test_an_unknown_option_is_a_mistake_of_usage(vaultsync: Command) -> None:
    code, out, err = vaultsync("fix", "--chekc")
    assert (code, out) == (2, "")
    assert "--check" in err


def test_outside_a_vault_the_message_says_where_was_looked_and_what_to_do(
    vaultsync: Command, tmp_path: Path
) -> None:
    code, out, err = vaultsync("fix", cwd=tmp_path)
    assert (code, out) == (2, "")
    assert err.splitlines()[0].startswith(f"vaultsync: no vault here: neither {tmp_path} nor a folder above")
    assert "--vault" in err
    assert "vaultsync init" in err


def test_the_vault_is_named_before_or_after_the_command_or_by_the_environment(
    vaultsync: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = write(tmp_path / "one"), write(tmp_path / "other")
    assert vaultsync("--vault", str(one), "config", "--json").data["vault"] == str(one)
    assert vaultsync("config", "--json", "--vault", str(one)).data["vault"] == str(one)
    monkeypatch.setenv("VAULTSYNC_VAULT", str(other))
    assert vaultsync("config", "--json").data["vault"] == str(other)
    assert vaultsync("--vault", str(one), "config", "--json").data["vault"] == str(one)


def test_the_rules_are_listed_and_explained(vaultsync: Command) -> None:
    code, out, err = vaultsync("rules")
    assert (code, err) == (0, "")
    assert [line.split()[0] for line in out.splitlines()] == [rule.id for rule in RULES]
    code, out, err = vaultsync("rules", "fm-tags")
    assert (code, err) == (0, "")
    assert out.startswith("## fm-tags\n")
    assert "Before:" in out
    listed = vaultsync("rules", "--json").data
    assert [rule["id"] for rule in listed] == [rule.id for rule in RULES]
    assert vaultsync("rules", "fm-tags", "--json").data["examples"]


def test_a_mistyped_rule_is_answered_with_the_nearest_one(vaultsync: Command) -> None:
    code, out, err = vaultsync("rules", "fm-tag")
    assert (code, out) == (2, "")
    assert "no rule 'fm-tag'; did you mean fm-tags?" in err


def test_config_tells_each_value_and_where_it_comes_from(vaultsync: Command, tmp_path: Path) -> None:
    notes = {".vaultsync/config.toml": "[git]\ncommit = false\n[rules]\nfm-order = false\n"}
    root = write(tmp_path, notes)
    code, out, err = vaultsync("config", cwd=root)
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == f"# {root}"
    assert "git.commit = false  # .vaultsync/config.toml" in lines
    assert "rules.fm-order = false  # .vaultsync/config.toml" in lines
    assert "watch.quiet = 30.0  # default" in lines
    settings = vaultsync("config", "--json").data["settings"]
    assert settings["git.commit"] == {"value": False, "origin": ".vaultsync/config.toml"}


def test_config_defaults_prints_the_commented_file_that_init_writes(
    vaultsync: Command, tmp_path: Path
) -> None:
    vaultsync("init", "--no-git", str(tmp_path))
    code, out, _ = vaultsync("config", "--defaults")
    assert (code, out) == (0, (tmp_path / ".vaultsync/config.toml").read_text(encoding="utf-8"))


def test_a_defect_of_ours_ends_in_three_with_a_traceback(
    vaultsync: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("a seam came open")

    monkeypatch.setattr("vaultsync.cli.fix_command.the_vault", broken)
    code, out, err = vaultsync("fix", cwd=write(tmp_path))
    assert (code, out) == (3, "")
    assert "ZeroDivisionError: a seam came open" in err
    assert "has a defect" in err


def test_an_interruption_ends_in_130_and_says_that_nothing_is_broken(
    process: Command, tmp_path: Path
) -> None:
    root = write(tmp_path / "vault", {"Home.md": "x\n"})
    program = (
        "import vaultsync.cli.fix_command as f, time, vaultsync.cli\n"
        "def slow(*_):\n    print('ready', flush=True)\n    time.sleep(30)\n"
        "f.the_vault = slow\nvaultsync.cli.entry()\n"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", program, "fix"],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with child:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        child.send_signal(signal.SIGINT)
        _, err = child.communicate(timeout=20)
    assert child.returncode == 130
    assert "each note is whole" in err
    assert "Traceback" not in err


@pytest.mark.parametrize("buffered", ["1", ""])
def test_a_reader_that_leaves_early_is_no_failure(buffered: str) -> None:
    shell = f"{sys.executable} -m vaultsync rules --markdown; echo code $? >&2"
    done = subprocess.run(
        ["bash", "-c", f"{{ {shell}; }} | head -c 10"],
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": buffered},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == "code 0\n"


def test_a_reader_that_leaves_early_ends_no_work_and_changes_no_exit_code(tmp_path: Path) -> None:
    notes: dict[str, str | bytes] = {f"Papers/{n}.md": "---\ntag: paper\n---\n" for n in range(400)}
    root = write(tmp_path, notes)
    for arguments, code in (("fix --check --all", 1), ("fix --yes --no-commit", 0)):
        shell = f"{sys.executable} -m vaultsync {arguments}; echo code $? >&2"
        done = subprocess.run(
            ["bash", "-c", f"{{ {shell}; }} | true"],
            cwd=root,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.stderr.splitlines()[-1] == f"code {code}"
        assert "Traceback" not in done.stderr
    assert all("tag: paper" not in file.read_text() for file in (root / "Papers").iterdir())


def test_a_stream_that_cannot_spell_a_name_gets_escapes(tmp_path: Path) -> None:
    root = write(tmp_path, {"Papers/提高.md": "---\ntags: paper\n---\n"})
    done = subprocess.run(
        [sys.executable, "-m", "vaultsync", "fix", "--check"],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "latin-1"},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 1
    assert rb"Papers/\u63d0\u9ad8.md" in done.stdout
    assert b"Traceback" not in done.stderr


def test_a_terminal_gets_colours_unless_its_owner_says_no(tmp_path: Path) -> None:
    root = write(tmp_path)
    code, shown = on_a_terminal("fix", "--diff", cwd=root)
    assert code == 1
    assert "\x1b[32m+" in shown
    code, shown = on_a_terminal("fix", "--diff", cwd=root, NO_COLOR="1")
    assert code == 1
    assert "\x1b[" not in shown


def test_on_a_terminal_a_run_over_the_limit_asks_and_obeys(tmp_path: Path) -> None:
    notes: dict[str, str | bytes] = {f"Papers/P{i}.md": "---\ntags: paper\n---\n" for i in range(25)}
    root = write(tmp_path, notes)
    before = {path: (root / path).read_bytes() for path in notes}
    code, shown = on_a_terminal("fix", "--no-commit", cwd=root, answer=b"n\n")
    assert code == 2
    assert "25 of 25 notes would change. Go on? [y/N]" in shown
    assert {path: (root / path).read_bytes() for path in notes} == before
    code, shown = on_a_terminal("fix", "--no-commit", cwd=root, answer=b"y\n")
    assert code == 0
    assert "25 notes changed" in shown


NEEDED_BY_ALL = {"vaultsync", "click", "msgspec", "typing_extensions"}


def imported_by(*args: str, cwd: Path) -> set[str]:
    """The modules that a command line has imported when it is done."""
    program = (
        "import sys\nfrom vaultsync.cli import run\n"
        "code = run(sys.argv[1:])\nprint(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *args],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stderr.splitlines()[-1].split())


def test_the_version_costs_no_more_than_click(tmp_path: Path) -> None:
    modules = imported_by("--version", cwd=tmp_path)
    tops = {name.partition(".")[0] for name in modules}
    foreign = tops - sys.stdlib_module_names - NEEDED_BY_ALL
    assert {name for name in foreign if not name.startswith("_")} == set()  # `_virtualenv` and its like
    assert {name for name in modules if name.startswith("vaultsync")} == {
        "vaultsync",
        "vaultsync.cli",
        "vaultsync.cli.boundary",
        "vaultsync.cli.options",
        "vaultsync.core.text",
        "vaultsync.core.text.shown",
        "vaultsync.core",
        "vaultsync.core.errors",
    }


@pytest.mark.parametrize("command", ["status", "stop"])
def test_a_question_to_the_daemon_loads_no_rules_and_few_modules_of_ours(
    tmp_path: Path, command: str
) -> None:
    modules = imported_by(command, cwd=write(tmp_path))
    ours = {name for name in modules if name.startswith("vaultsync")}
    assert len(ours) <= 40, sorted(ours)
    assert not {name for name in ours if name.startswith(("vaultsync.core.rules", "vaultsync.git"))}
    assert modules.isdisjoint({"git", "watchdog", "yaml", "pyromark", "rich"})


def test_a_look_at_a_vault_outside_git_imports_neither_git_nor_a_progress_bar(tmp_path: Path) -> None:
    modules = imported_by("fix", "--check", cwd=write(tmp_path))
    assert modules.isdisjoint({"git", "rich", "filelock", "watchdog", "jinja2", "bibtexparser", "pathspec"})


def test_a_progress_bar_has_no_thread_since_a_process_with_one_does_not_fork(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(output, "SHOW_PROGRESS_AFTER", 0.0)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    before = threading.active_count()
    with output.progress_bar() as progress:
        progress("reading", 3, 4)
        progress("writing", 1, 0)
        assert threading.active_count() == before
        assert progress._drawn > 0


@pytest.mark.parametrize(
    ("arguments", "code", "message", "hint"),
    [
        (["config", "--json", "--vault", "nowhere"], 2, "--vault: nowhere is not a folder", ""),
        (["fix", "--json"], 2, "no vault here", "vaultsync init"),
        (["rules", "fm-tgas", "--json"], 2, "did you mean fm-tags?", ""),
        (["fix", "--json", "--chekc"], 2, "--chekc", ""),
    ],
)
def test_a_program_that_asked_for_json_gets_its_mistake_as_json_too(
    arguments: list[str], code: int, message: str, hint: str, vaultsync: Command, tmp_path: Path
) -> None:
    done = vaultsync(*arguments, cwd=tmp_path)
    told = json.loads(done.out)
    assert done.code == code
    assert (set(told), told["vaultsync"]) == ({"vaultsync", "error"}, 1)
    assert message in told["error"]["message"]
    assert hint in told["error"]["hint"]
    assert message in done.err
