"""`bench.reader` on a vault of four notes: what it counts, and what it calls wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from linking import paper, talk
from smallvault import write

from bench.reader import main

NOTE = "Conferences/Meeting.md"
VAULT = {
    NOTE: talk("- ZebraNet is nice\n- [Frugal Zebras of the Savanna](https://example.org)\n- no\n- OwlNet\n"),
    "Papers/Zebra.md": paper("ZebraNet: Stripes From Noise"),
    "Papers/Frugal.md": paper("Frugal Zebras of the Savanna"),
    "Papers/Owl.md": paper("OwlNet: Night Vision From Feathers"),
}
LINE = next(i for i, text in enumerate(VAULT[NOTE].split("\n"), 1) if "ZebraNet" in text)


def test_each_place_is_counted_once_and_what_nobody_saw_is_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write(tmp_path / "vault", VAULT)
    rows = [(NOTE, LINE, "Papers/Zebra.md", "name"), (NOTE, LINE + 1, "Papers/Frugal.md", "title")]
    (folder / "truth.tsv").write_text("".join("\t".join(map(str, row)) + "\n" for row in rows))
    assert main([str(folder)]) == 1
    said = capsys.readouterr().out
    assert "3 linked or recorded, 1 not in the truth" in said
    assert f"not in the truth: {NOTE}:{LINE + 3} 'OwlNet' -> Papers/Owl.md" in said
    with (folder / "truth.tsv").open("a") as file:
        file.write(f"{NOTE}\t{LINE + 3}\tPapers/Owl.md\tname\n")
    assert main([str(folder)]) == 0
    assert "of 3 seen: 100.0% linked or recorded" in capsys.readouterr().out


def test_a_truth_that_can_not_be_right_is_refused(tmp_path: Path) -> None:
    folder = write(tmp_path / "vault", VAULT)
    (folder / "truth.tsv").write_text(f"{NOTE}\t1\tPapers/None.md\tname\n")
    with pytest.raises(SystemExit, match=r"truth\.tsv:1: there is no note Papers/None\.md"):
        main([str(folder)])
