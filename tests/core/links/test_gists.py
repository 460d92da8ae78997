"""What many notes are to the others is what each of them is by itself."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from vaultsync.core.config.config import Config
from vaultsync.core.config.settings import VaultSection
from vaultsync.core.links.gists import gists_of
from vaultsync.core.links.old_names import names_used
from vaultsync.core.note import note_of
from vaultsync.core.papers.stop_words import STOP_WORDS

CONFIG = Config(vault=VaultSection(templates=("Templates",)))
TEXTS = {
    "Papers/Sheep.md": "---\ntitle: 'Sheep: Counting Rings'\ntags: [paper]\ndate: 3 May 2020\n---\nNine.\n",
    "Papers/Torn.md": "---\ntitle: Torn\ntags: [paper\n---\n",
    "Papers/Also sheep.md": "---\ntitle: 'Sheep: Counting Rings'\ntag: paper\narxiv: 2005.00001\n---\n",
    "Templates/Paper.md": "---\ntags: [paper]\n---\n%% vaultsync:begin mentions %%\n",
    "Conferences/Barn 2020.md": "---\ntags: [conference]\ndate: 2020-05-03\n---\n`=this.alias`\n",
    "A note.md": "no front matter\n%% vaultsync:begin timeline %%\n%% vaultsync:end timeline %%\n",
}


def test_many_notes_at_once_are_what_each_is_by_itself() -> None:
    notes = [note_of(path, text, CONFIG) for path, text in TEXTS.items()]
    together = gists_of(notes, CONFIG, STOP_WORDS)
    assert together == [gists_of([note], CONFIG, STOP_WORDS)[0] for note in notes]
    by_path = dict(zip(TEXTS, together, strict=True))
    assert [path for path, gist in by_path.items() if gist.paper is not None] == [
        "Papers/Sheep.md",
        "Papers/Also sheep.md",
    ]
    assert [path for path, gist in by_path.items() if gist.waits] == ["Papers/Torn.md"]
    assert [path for path, gist in by_path.items() if gist.is_conference] == ["Conferences/Barn 2020.md"]
    assert [path for path, gist in by_path.items() if gist.has_timeline] == ["A note.md"]
    assert by_path["Templates/Paper.md"].has_blocks
    assert by_path["Papers/Also sheep.md"].uses == ("tag",)


PARTS = [
    "tag",
    "Tag",
    "tags",
    "alias",
    "ALIAS",
    "cs\u017fclass",
    "cssclass",
    "---",
    ":",
    ": x",
    "\n",
    "\t",
    " ",
]


@given(st.lists(st.sampled_from(PARTS), max_size=12))
def test_an_old_name_is_used_where_a_line_begins_with_it_and_a_colon(parts: list[str]) -> None:
    block = "".join(parts)
    lines = (re.match("(tag|alias|cssclass)[ \t]*:", line, re.IGNORECASE) for line in block.split("\n"))
    assert names_used(block) == tuple(sorted({found[1].lower() for found in lines if found}))
