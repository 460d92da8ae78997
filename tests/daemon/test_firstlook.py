"""The first look at a large vault is made by a process of its own, and leaves all that a daemon needs."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, nullcontext
from pathlib import Path

import pytest
from pytest_mock import MockerFixture

from vaultsync.core.errors import VaultsyncError
from vaultsync.core.plan.planner import MANY
from vaultsync.daemon.first_look import survey_in_child_process
from vaultsync.daemon.reporting import Reporter
from vaultsync.daemon.status import Place
from vaultsync.files.disk import RealDisk
from vaultsync.runs.ports import Ports, open_ports
from vaultsync.vault.cache import Cache, differences
from vaultsync.vault.open import Vault, open_vault
from vaultsync.vault.own_process import PYTHON, environment


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    root = tmp_path / "vault"
    (root / ".obsidian").mkdir(parents=True)
    for i in range(MANY):
        (root / f"Note {i}.md").write_text("text\n", encoding="utf-8")
    return open_vault(root)


@pytest.fixture
def ports(vault: Vault) -> Iterator[Ports]:
    with closing(open_ports(vault, nullcontext)) as opened:
        yield opened


@pytest.fixture
def cache(ports: Ports) -> Cache:
    assert ports.cache is not None
    return ports.cache


def unknown(vault: Vault, cache: Cache) -> int:
    notes = RealDisk(vault.root).scan().notes
    return len(notes.keys() - cache.load().entries.keys())


def test_many_notes_are_in_the_cache_after_and_none_of_them_was_touched(
    vault: Vault, ports: Ports, cache: Cache
) -> None:
    before = RealDisk(vault.root).scan().notes
    survey_in_child_process(vault, ports, lambda: False)
    assert unknown(vault, cache) == 0
    assert differences(cache.load().entries, before).gone == ()
    assert RealDisk(vault.root).scan().notes == before


def test_few_notes_are_left_to_the_cycle(
    vault: Vault, ports: Ports, cache: Cache, mocker: MockerFixture
) -> None:
    (vault.root / "Note 0.md").unlink()
    started = mocker.spy(subprocess, "Popen")
    survey_in_child_process(vault, ports, lambda: False)
    assert unknown(vault, cache) == MANY - 1
    started.assert_not_called()


def test_a_daemon_that_shall_stop_does_not_wait_for_the_look(
    vault: Vault, ports: Ports, mocker: MockerFixture
) -> None:
    mocker.patch.object(
        subprocess, "Popen", side_effect=lambda _args, **given: popen(["sleep", "60"], **given)
    )
    began = time.monotonic()
    survey_in_child_process(vault, ports, lambda: True)
    assert time.monotonic() - began < 30


popen = subprocess.Popen


def test_a_try_that_took_long_is_made_less_often(tmp_path: Path) -> None:
    reporter = Reporter(Place(tmp_path), time.monotonic)
    error = VaultsyncError("over the limit")
    assert reporter.failed("limit", error) < 2
    assert reporter.failed("limit", error, least=400.0) == 400.0
    assert reporter.trouble is not None
    assert reporter.trouble.tries == 2


@pytest.mark.parametrize("name", ["vaultsync", "click", "msgspec", "jinja2", "sitecustomize"])
def test_no_module_of_the_vaults_own_runs_in_a_process_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Python looks into the current folder first; a daemon is often started in the vault."""
    trap = tmp_path / "trapped"
    code = f"open({str(trap)!r}, 'w').close()\n"
    package = tmp_path / "vault" / name
    package.mkdir(parents=True)
    for file in ("__init__.py", "__main__.py"):
        (package / file).write_text(code)
    monkeypatch.chdir(tmp_path / "vault")
    done = subprocess.run(
        [*PYTHON, "-m", "vaultsync", "--version"], env=environment(), capture_output=True, check=False
    )
    assert done.stdout.startswith(b"vaultsync ")
    assert not trap.exists()
