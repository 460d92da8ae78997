"""Consent is this machine's: asked for once a vault, kept outside it, and taken from an earlier version."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from pytest_mock import MockerFixture

from vaultsync.core.errors import VaultError
from vaultsync.daemon.status import Place
from vaultsync.vault import consent as consent_module
from vaultsync.vault.consent import give_consent, has_consent, note_first_use
from vaultsync.vault.lock import VaultLock
from vaultsync.vault.places import vault_key


def test_nobody_has_agreed_before_somebody_does(tmp_path: Path) -> None:
    state, vault, other = tmp_path / "state", tmp_path / "vault", tmp_path / "other"
    assert not has_consent(vault, state)
    give_consent(vault, state)
    assert has_consent(vault, state)
    assert not has_consent(other, state)


def test_a_yes_stays_whatever_is_asked_later(tmp_path: Path) -> None:
    give_consent(tmp_path / "vault", tmp_path)
    note_first_use(tmp_path / "vault", tmp_path)
    assert has_consent(tmp_path / "vault", tmp_path)


@pytest.mark.parametrize("left", ["locks/{}.lock", "daemon/{}.status.json"])
def test_what_an_earlier_version_left_behind_counts_as_a_yes(tmp_path: Path, left: str) -> None:
    vault = tmp_path / "vault"
    trace = tmp_path / left.format(vault_key(vault))
    trace.parent.mkdir()
    trace.touch()
    assert has_consent(vault, tmp_path)
    note_first_use(vault, tmp_path)
    assert has_consent(vault, tmp_path)


def test_a_lock_of_today_is_no_trace_of_an_earlier_version(tmp_path: Path) -> None:
    vault = tmp_path / "vault"
    with VaultLock(vault).held(0):
        assert not has_consent(vault)
    assert Place(vault).running() is None
    assert not has_consent(vault)


def test_nothing_in_the_vault_agrees_for_its_reader(tmp_path: Path) -> None:
    vault = tmp_path / "vault"
    (vault / ".vaultsync").mkdir(parents=True)
    give_consent(vault, vault / ".vaultsync")
    assert not has_consent(vault)


def test_a_record_that_cannot_be_read_is_no_yes(tmp_path: Path) -> None:
    vault = tmp_path / "vault"
    give_consent(vault, tmp_path)
    (record,) = (tmp_path / "consent").iterdir()
    record.write_bytes(b"{")
    assert not has_consent(vault, tmp_path)
    give_consent(vault, tmp_path)
    assert has_consent(vault, tmp_path)


def test_a_state_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file")
    with pytest.raises(VaultError, match="can't be written"):
        give_consent(tmp_path / "vault", tmp_path / "state")


def test_a_record_is_private_and_says_which_vault_even_if_its_name_is_no_utf_8(tmp_path: Path) -> None:
    vault = Path(os.fsdecode(os.fsencode(tmp_path) + b"/nv\xff"))
    for state, record in ((tmp_path / "first", note_first_use), (tmp_path / "given", give_consent)):
        record(vault, state)
        (file,) = (state / "consent").iterdir()
        assert file.stat().st_mode & 0o777 == 0o600
        assert "nv\\xff" in json.loads(file.read_bytes())["vault"]


def test_a_process_of_today_that_was_quicker_is_no_earlier_version(
    tmp_path: Path, mocker: MockerFixture
) -> None:
    """Between two steps of one process another one notes its first use and takes its first lock."""
    vault, other = tmp_path / "vault", tmp_path / "other"
    before = consent_module._was_run_before

    def overtaken(root: Path, state: Path) -> bool:
        mocker.stop(patched)
        note_first_use(root, state)
        lock = state / "locks" / f"{vault_key(root)}.lock"
        lock.parent.mkdir(exist_ok=True)
        lock.touch()
        return before(root, state)

    patched = mocker.patch.object(consent_module, "_was_run_before", overtaken)
    note_first_use(vault, tmp_path)
    assert not has_consent(vault, tmp_path)
    patched = mocker.patch.object(consent_module, "_was_run_before", overtaken)
    assert not has_consent(other, tmp_path)


def test_noting_the_first_use_never_takes_a_yes_back(tmp_path: Path, mocker: MockerFixture) -> None:
    vault = tmp_path / "vault"
    before = consent_module._was_run_before

    def overtaken(root: Path, state: Path) -> bool:
        give_consent(root, state)
        return before(root, state)

    mocker.patch.object(consent_module, "_was_run_before", overtaken)
    note_first_use(vault, tmp_path)
    assert has_consent(vault, tmp_path)
