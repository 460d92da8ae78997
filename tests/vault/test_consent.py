"""Consent is this machine's: asked for once a vault, kept outside it, and taken from an earlier version."""

from __future__ import annotations

from pathlib import Path

import pytest

from vaultsync.core.errors import VaultError
from vaultsync.daemon.status import Place
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
    with pytest.raises(VaultError, match="can't be kept in"):
        give_consent(tmp_path / "vault", tmp_path / "state")
