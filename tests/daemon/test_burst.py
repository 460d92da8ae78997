"""A flood of new notes, and many folders: a daemon finds all of it, told or not.

Here a small one; `python -m bench.burst` makes 50,000 notes in a vault of 10,000 folders.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from bench.burst import burst

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


def test_a_burst_of_new_notes_in_new_folders_is_reconciled_completely(tmp_path: Path) -> None:
    found = burst(tmp_path, files=400, folders=60)
    assert found.untidy == []
    assert found.uncommitted == 0
    assert found.left == 0
    assert found.watch.startswith("events")
