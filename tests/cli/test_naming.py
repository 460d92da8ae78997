"""A note is named as in Obsidian: by its name, as a link, by an alias, a path or a pattern."""

from __future__ import annotations

from pathlib import Path

import pytest
from smallvault import write

from vaultsync.cli.naming import note_named, notes_named
from vaultsync.core.errors import VaultsyncError
from vaultsync.vault.open import Vault, open_vault

NOTES: dict[str, str | bytes] = {
    "Papers/HuBERT.md": "---\naliases:\n  - Hidden-Unit BERT\n---\nx\n",
    "Papers/wav2vec 2.0.md": "x\n",
    "Talks/HuBERT live.md": "x\n",
    "Talks/Öl.md": "---\nAlias: Petrol\n---\nx\n",
    "Daily/2025-04-07.md": "x\n",
    "Daily/2025-04-08.md": "x\n",
    "A/Twin.md": "x\n",
    "B/Twin.md": "---\naliases: [Twin]\n---\nx\n",
    "B/[draft] plan.md": "x\n",
    "Broken.md": "---\naliases: [a\n---\nx\n",
    "Latin.md": b"---\naliases: [caf\xe9]\n---\n",
}


@pytest.fixture
def vault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Vault:
    root = write(tmp_path / "vault", NOTES)
    monkeypatch.chdir(root)
    return open_vault(root)


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("HuBERT", "Papers/HuBERT.md"),
        ("hubert", "Papers/HuBERT.md"),
        ("HuBERT.md", "Papers/HuBERT.md"),
        ("[[HuBERT]]", "Papers/HuBERT.md"),
        ("[[HuBERT#Method|the paper]]", "Papers/HuBERT.md"),
        ("papers/hubert", "Papers/HuBERT.md"),
        ("Hidden-Unit BERT", "Papers/HuBERT.md"),
        ("hidden-unit bert", "Papers/HuBERT.md"),
        ("wav2vec 2.0", "Papers/wav2vec 2.0.md"),
        ("O\u0308L", "Talks/Öl.md"),
        ("petrol", "Talks/Öl.md"),
        ("A/Twin", "A/Twin.md"),
        ("B/[draft] plan", "B/[draft] plan.md"),
    ],
)
def test_one_note_is_meant(name: str, path: str, vault: Vault) -> None:
    assert note_named(vault, name) == path


def test_a_name_is_looked_for_from_where_the_person_is_first(
    vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(vault.root / "B")
    assert note_named(vault, "Twin") == "B/Twin.md"
    assert notes_named(vault, ["T*"]) == ("A/Twin.md", "B/Twin.md")


@pytest.mark.parametrize(
    ("pattern", "paths"),
    [
        ("Daily/*", ("Daily/2025-04-07.md", "Daily/2025-04-08.md")),
        ("2025-04-0?", ("Daily/2025-04-07.md", "Daily/2025-04-08.md")),
        ("daily/2025-04-0[78].md", ("Daily/2025-04-07.md", "Daily/2025-04-08.md")),
        ("**/HuBERT*", ("Papers/HuBERT.md", "Talks/HuBERT live.md")),
    ],
)
def test_a_pattern_means_all_notes_that_fit(pattern: str, paths: tuple[str, ...], vault: Vault) -> None:
    assert notes_named(vault, [pattern]) == paths


@pytest.mark.parametrize(
    ("name", "message", "hint"),
    [
        ("Twin", 'may mean "A/Twin" or "B/Twin"', "by its path"),
        ("HuBRET", 'no note "HuBRET"', 'did you mean "Papers/HuBERT"'),
        ("zzzzzzzz", 'no note "zzzzzzzz"', "neither here nor in the vault"),
        ("Nope/*", 'no note fits "Nope/*"', "quotes"),
        ("[z-a]*", "is no pattern", "`*`"),
        ("Papers", "is a folder", "'Papers/*'"),
        ("a\0b", "no note", ""),
        ("x" * 5000, "no note", ""),
        ("", "an empty name", "its file"),
    ],
)
def test_what_means_no_note_or_two_is_told(name: str, message: str, hint: str, vault: Vault) -> None:
    with pytest.raises(VaultsyncError) as refused:
        note_named(vault, name)
    assert message in str(refused.value)
    assert hint in str(refused.value)


def test_where_one_is_wanted_a_pattern_that_means_more_is_refused(vault: Vault) -> None:
    with pytest.raises(VaultsyncError, match="means 2 notes"):
        note_named(vault, "Daily/*")
