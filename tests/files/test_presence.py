"""What stands under a name: nothing raises for one that no file can have, nor for a place that is shut."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from pytest_mock import MockerFixture

from vaultsync.files.presence import is_file, is_folder, is_open_file, is_open_folder, is_there


def test_what_is_there_is_seen(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "link").symlink_to("file")
    for name in ("file", "link"):
        place = tmp_path / name
        assert is_there(place)
        assert is_file(place)
        assert is_open_file(place)
        assert not is_folder(place)
        assert not is_open_folder(place)
    assert is_folder(tmp_path)
    assert is_open_folder(tmp_path)


@pytest.mark.parametrize("look", [is_there, is_file, is_folder, is_open_file, is_open_folder])
@pytest.mark.parametrize("name", ["none", "x" * 300, "nul\0", "file/below"])
def test_nothing_stands_under_a_name_that_no_file_has(
    look: Callable[[Path], bool], name: str, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("x")
    assert not look(tmp_path / name)


def test_a_place_that_is_shut_is_told_or_counts_as_nothing(tmp_path: Path, mocker: MockerFixture) -> None:
    mocker.patch("os.stat", side_effect=PermissionError(13, "Permission denied"))
    for look in (is_there, is_file, is_folder):
        with pytest.raises(PermissionError):
            look(tmp_path)
    assert not is_open_file(tmp_path)
    assert not is_open_folder(tmp_path)
