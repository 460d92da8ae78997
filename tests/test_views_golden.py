"""All views of the example vault, and of one that is hard to write down, as somebody has looked at them.

`python -m bench.example_views` makes them anew; look at the difference, and at the reports in a browser.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from bases import check_base
from canvases import check_canvas
from conftest import Command
from htmlpage import Page

from bench.example_views import CONFERENCE, GOLDEN, make_imported, make_views

NOTES = {"example": "Conferences/ICASSP 2025.md", "imported": CONFERENCE}
PRIVATE = ("Musterstadt 7", "rating", "ask Ida", "slides %%", "vaultsync:", "C:\\", "/home/")
"""What stands in the notes, or on the machine, and in no report or export."""


@pytest.fixture
def vault(name: str, vaultsync: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    if name == "example":
        assert vaultsync("demo").code == 0
        return tmp_path / "vaultsync-demo"
    make_imported(tmp_path / "vault", vaultsync)
    return tmp_path / "vault"


@pytest.mark.parametrize("name", NOTES)
def test_all_views_are_as_somebody_has_looked_at_them(name: str, vault: Path, vaultsync: Command) -> None:
    made = make_views(vault, NOTES[name], vaultsync)
    kept = {file.name: file.read_bytes().decode() for file in (GOLDEN / name).iterdir()}
    assert made.keys() == kept.keys()
    differing = [file for file in made if made[file] != kept[file]]
    assert differing == [], "look at it, then run `python -m bench.example_views`"
    again = make_views(vault, NOTES[name], vaultsync)
    assert again == made


@pytest.mark.parametrize("name", NOTES)
def test_they_are_valid_and_tell_nothing_private(name: str) -> None:
    kept = {file.name: file.read_bytes().decode() for file in (GOLDEN / name).iterdir()}
    for base in ("Papers.base", "Conferences.base"):
        check_base(kept[base])
    check_canvas(kept["canvas.json"])
    page = Page(kept["report.html"])
    assert page.faults == []
    assert not [tag for tag, _ in page.tags if tag in ("script", "img", "iframe", "link", "b")]
    assert len(json.loads(kept["library.csl"])) == kept["library.bib"].count("\n@") + 1
    assert len(json.loads(kept["library.csl"])) == kept["library.ris"].count("TY  - ")
    for file in ("report.html", "report.md", "library.bib", "library.csl", "library.ris"):
        assert [word for word in PRIVATE if word in kept[file]] == [], file
