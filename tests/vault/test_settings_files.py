"""Settings, decisions and Obsidian's JSON may be a stranger's: odd files end in a message, not in a wait."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from vaultsync.core.config.config import CONFIG_PATH, DECISIONS_PATH
from vaultsync.core.errors import ConfigError
from vaultsync.vault.open import open_vault, settings_bytes

OBSIDIAN = (".obsidian/app.json", ".obsidian/types.json")


def as_pipe(file: Path) -> None:
    os.mkfifo(file)


def as_device(file: Path) -> None:
    file.symlink_to("/dev/zero")


def as_way_out(file: Path) -> None:
    (file.parents[2] / "outside.txt").write_text('[git]\nauthor = "A <b>"\n')
    file.symlink_to("../../outside.txt")


def as_folder(file: Path) -> None:
    file.mkdir()


def as_huge(file: Path) -> None:
    with file.open("wb") as made:
        made.truncate(10**9)


ODD = pytest.mark.parametrize("odd", [as_pipe, as_device, as_way_out, as_folder, as_huge])


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for folder in (".vaultsync", ".obsidian"):
        (tmp_path / "vault" / folder).mkdir(parents=True)
    return tmp_path / "vault"


@ODD
@pytest.mark.parametrize("path", [CONFIG_PATH, DECISIONS_PATH])
def test_an_odd_file_of_settings_is_one_message(root: Path, path: str, odd: Callable[[Path], None]) -> None:
    odd(root / path)
    with pytest.raises(ConfigError, match=path):
        open_vault(root)


@ODD
@pytest.mark.parametrize("path", OBSIDIAN)
def test_an_odd_file_of_obsidian_counts_as_absent(root: Path, path: str, odd: Callable[[Path], None]) -> None:
    odd(root / path)
    assert open_vault(root).config.obsidian_types == {}
    assert set(settings_bytes(root)) == {b""}


@pytest.mark.parametrize(
    "text",
    [
        "[" * 50_000,
        '{"types": ' * 50_000,
        "9" * 6000,
        '{"types": {"a": ' + "9" * 6000 + "}}",
        '{"types": "x", "newLinkFormat": [1]}',
        "[]",
        "\x00",
        "\ufeff{",
    ],
    ids=["lists", "tables", "number", "number within", "types", "list", "nul", "half"],
)
@pytest.mark.parametrize("path", OBSIDIAN)
def test_json_that_can_not_be_read_counts_as_absent(root: Path, path: str, text: str) -> None:
    (root / path).write_text(text)
    assert open_vault(root).config.obsidian_types == {}


@pytest.mark.parametrize(
    "text",
    [
        "a = " + "[" * 50_000,
        "a = " + "{b=" * 50_000,
        "a = " + "9" * 6000,
        "[" + ".".join("a" * 100_000) + "]",
        ".".join("a" * 100_000) + " = 1",
        "a = { " + ".".join(['"#"'] * 50_000) + " = 1 }",
        'a = {x = """\n""", ' + ".".join(['","'] * 50_000) + ' = 1, c = "x"}',
        "a = '''\n" + "''' , " + ".".join("a" * 50_000) + " = 1",
        "\x00",
        'a = "\\ud800"',
    ],
)
@pytest.mark.parametrize("path", [CONFIG_PATH, DECISIONS_PATH])
def test_toml_that_would_take_a_reader_down_is_one_message(root: Path, path: str, text: str) -> None:
    (root / path).write_text(text)
    with pytest.raises(ConfigError, match=path):
        open_vault(root)


def test_thousands_of_mistakes_are_told_by_the_first_of_them(root: Path) -> None:
    (root / CONFIG_PATH).write_text("".join(f"key{n} = 1\n" for n in range(20_000)))
    with pytest.raises(ConfigError) as told:
        open_vault(root)
    assert "config.toml:1: key0: unknown section" in str(told.value)
    assert "and 19950 more" in str(told.value)
    assert len(str(told.value)) < 10_000
