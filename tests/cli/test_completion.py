"""Completion, asked for by real shells: what a person sees after pressing Tab."""

from __future__ import annotations

import os
import pty
import re
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import Command
from smallvault import write

from vaultsync.cli.completing import SHELLS

NOTES: dict[str, str | bytes] = {
    "Papers/wav2vec 2.0.md": "x\n",
    "Papers/Öl, it's $HOME.md": "x\n",
    "A/Twin.md": "x\n",
    "B/Twin.md": "x\n",
}


@pytest.fixture
def vault(tmp_path: Path) -> Path:
    return write(tmp_path / "my vault", NOTES)


def asked(vault: Path, words: list[str], shell: str = "bash") -> list[str]:
    """What the program offers, in a process of its own, as the shell's function asks it."""
    env = {
        **os.environ,
        "_VAULTSYNC_COMPLETE": f"{shell}_complete",
        "COMP_WORDS": " ".join(["vaultsync", *words]),
        "COMP_CWORD": str(len(words)),
    }
    done = subprocess.run(
        [sys.executable, "-m", "vaultsync"], cwd=vault, env=env, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    return [line.removeprefix("plain,") for line in done.stdout.splitlines() if line]


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["fi"], ["fix"]),
        (["fix", "WAV"], ["wav2vec 2.0"]),
        (["fix", "tw"], []),
        (["fix", "a/"], ["A/Twin"]),
        (["fix", "--rule", "fm-ti"], ["fm-title"]),
        (["rules", "fm-ti"], ["fm-title"]),
        (["config", "watch.q"], ["watch.quiet"]),
        (["completion", "z"], ["zsh"]),
        (["undo", "x"], []),
    ],
)
def test_what_starts_so_is_offered(words: list[str], offered: list[str], vault: Path) -> None:
    assert asked(vault, words) == offered


@pytest.mark.parametrize(
    "words", [[""], *([group, ""] for group in ("links", "conflicts", "views", "service", "plugin"))]
)
def test_each_command_comes_with_the_whole_of_its_help(words: list[str], vault: Path) -> None:
    offered = asked(vault, words, "zsh")  # kind, name and help, a line each
    assert len(offered) > 3
    for told in offered[2::3]:
        assert re.search(r"[^.]\.$", told), told


def test_namesakes_are_offered_by_their_paths(vault: Path) -> None:
    assert {"A/Twin", "B/Twin", "wav2vec 2.0"} <= set(asked(vault, ["fix", ""]))


def test_outside_a_vault_nothing_is_offered_and_nothing_is_said(tmp_path: Path) -> None:
    assert asked(tmp_path, ["fix", ""]) == []


@pytest.mark.parametrize("shell", SHELLS)
def test_each_shell_gets_its_lines(shell: str, vaultsync: Command) -> None:
    code, out, err = vaultsync("completion", shell)
    assert (code, err) == (0, "")
    assert "_VAULTSYNC_COMPLETE" in out
    assert f"{shell}_complete" in out


def test_the_shell_at_work_is_meant_when_none_is_named(
    vaultsync: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHELL", "/usr/bin/zsh")
    assert "#compdef vaultsync" in vaultsync("completion").out
    monkeypatch.setenv("SHELL", "/bin/tcsh")
    code, _, err = vaultsync("completion")
    assert code == 2
    assert "no completion for tcsh; there is bash, zsh, fish, powershell" in err


def typed(argv: list[str], cwd: Path, setup: str, keys: str, wanted: str) -> str:
    """Type `keys` in a real interactive shell; gives the screen once it shows `wanted`, else after 20 s."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    env = {**os.environ, "PATH": path, "PS1": "$ ", "TERM": "dumb", "LC_ALL": "C.UTF-8"}
    terminal, inner = pty.openpty()
    with subprocess.Popen(
        argv, cwd=cwd, env=env, stdin=inner, stdout=inner, stderr=inner, start_new_session=True
    ) as shell:
        os.close(inner)
        screen = ""
        try:
            for text, until in ((f"{setup}; echo rea''dy\n", "ready"), (keys, wanted)):
                os.write(terminal, text.encode())
                deadline = time.monotonic() + 20
                while until not in screen and time.monotonic() < deadline:
                    if select.select([terminal], [], [], 0.2)[0]:
                        screen += os.read(terminal, 65536).decode(errors="replace")
        finally:
            shell.kill()
            os.close(terminal)
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", screen)


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not here; .ci/run has it")
@pytest.mark.parametrize(
    ("keys", "line"),
    [
        ("vaultsync rules fm-tit\t", "vaultsync rules fm-title"),
        ("vaultsync fix wav\t", r"vaultsync fix wav2vec\ 2.0"),
        ("vaultsync fix --rule md-ma\t", "vaultsync fix --rule md-math"),
    ],
)
def test_bash_completes(keys: str, line: str, vault: Path) -> None:
    setup = 'eval "$(vaultsync completion bash)"'
    assert line in typed(["bash", "--norc", "--noprofile", "-i"], vault, setup, keys, line)


@pytest.mark.skipif(shutil.which("zsh") is None, reason="zsh is not here; .ci/run installs it")
@pytest.mark.parametrize(
    ("keys", "line"),
    [
        ("vaultsync rules fm-tit\t", "vaultsync rules fm-title"),
        ("vaultsync fix wav\t", r"vaultsync fix wav2vec\ 2.0"),
    ],
)
def test_zsh_completes(keys: str, line: str, vault: Path) -> None:
    setup = 'autoload -Uz compinit; compinit -u -D; eval "$(vaultsync completion zsh)"'
    assert line in typed(["zsh", "-f", "-i"], vault, setup, keys, line)


@pytest.mark.skipif(shutil.which("fish") is None, reason="fish is not here; .ci/run installs it")
def test_fish_completes(vault: Path) -> None:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    asks = (
        "vaultsync completion fish | source; complete -C 'vaultsync fix wav'; "
        "complete -C 'vaultsync fix Öl'; complete -C 'vaultsync und'"
    )
    done = subprocess.run(
        ["fish", "--no-config", "-c", asks],
        cwd=vault,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    found = done.stdout.splitlines()
    assert found == [
        "wav2vec 2.0\tPapers",
        "Öl, it's $HOME\tPapers",
        "undo\tTake back what a run did.",
    ]
