"""What many notes are to the others is what each of them is by itself."""

from __future__ import annotations

from vaultsync.core.config.config import Config
from vaultsync.core.config.settings import VaultSection
from vaultsync.core.links.gists import gists_of
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
