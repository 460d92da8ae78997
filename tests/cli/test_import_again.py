"""Importing again: what a source says anew comes in, what a person wrote stays, and one paper is one note."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Command
from gitrepo import Repo
from smallvault import write

FIRST = """\
@article{alm20, title = {Steady Windows for Inputs}, author = {Alm, Ida}, year = 2020,
  journal = {arXiv preprint arXiv:2001.00001}, publisher = {House}, pages = {1}}
@article{oak20, title = {Quiet Models of Rooms}, author = {Oak, Max}, year = 2019, journal = {arXiv}}
"""
PUBLISHED = """\
@inproceedings{alm20, title = {Steady Windows for Inputs}, author = {Alm, Ida}, year = 2021,
  eprint = {2001.00001}, booktitle = {A Conference}, doi = {10.1000/x}}
@article{oak20, title = {Quiet Models of Rooms}, author = {Oak, Max}, year = 2020,
  journal = {Journal of Rooms}}
"""
WINDOWS, ROOMS = "Papers/Steady Windows for Inputs.md", "Papers/Quiet Models of Rooms.md"


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    made = Repo(write(tmp_path / "vault", {"Home.md": "Home.\n", "Files/a paper.pdf": "x"}))
    made.git("init", "-q")
    made.save()
    return made


def imported(
    vaultsync: Command, repo: Repo, text: str, *options: str, name: str = "lib.bib"
) -> tuple[int, str, str]:
    file = repo.path.parent / name
    file.write_text(text, encoding="utf-8")
    return vaultsync("import", str(file), *options, cwd=repo.path)


def test_a_preprint_gets_its_venue_and_its_doi(vaultsync: Command, repo: Repo) -> None:
    imported(vaultsync, repo, FIRST)
    code, out, _ = imported(vaultsync, repo, PUBLISHED, "--diff")
    assert code == 1
    assert "-venue: arXiv preprint arXiv:2001.00001\n" in out
    assert "+venue: A Conference\n" in out
    code, out, _ = imported(vaultsync, repo, PUBLISHED)
    assert (code, out.splitlines()[0]) == (0, f"completed  {WINDOWS}  doi, year, venue")
    text = (repo.path / WINDOWS).read_text(encoding="utf-8")
    assert "year: 2021\nvenue: A Conference\n" in text
    assert imported(vaultsync, repo, PUBLISHED)[2].startswith("0 new, 0 completed, 2 unchanged")


def test_what_a_person_changed_is_never_refreshed(vaultsync: Command, repo: Repo) -> None:
    imported(vaultsync, repo, FIRST)
    note = repo.path / ROOMS
    typed = note.read_text(encoding="utf-8").replace("year: 2019", "year: 2018") + "\nMy words.\n"
    note.write_text(typed, encoding="utf-8")
    vaultsync(
        "fix", "--yes", cwd=repo.path
    )  # a run of ours after the person's change makes it no less theirs
    imported(vaultsync, repo, PUBLISHED)
    text = note.read_text(encoding="utf-8")
    assert "year: 2018\nvenue: Journal of Rooms\n" in text
    assert text.endswith("\nMy words.\n")


def test_of_two_sources_only_the_publication_goes_over_the_preprint(vaultsync: Command, repo: Repo) -> None:
    imported(vaultsync, repo, FIRST)
    imported(vaultsync, repo, PUBLISHED.replace("Alm, Ida", "Alm, Ida Eva"), name="other.bib")
    text = (repo.path / WINDOWS).read_text(encoding="utf-8")
    assert "authors:\n  - Ida Alm\n" in text
    assert "venue: A Conference\n" in text
    before = (repo.path / WINDOWS).read_bytes()
    imported(vaultsync, repo, FIRST)  # and back: no war between the two
    assert (repo.path / WINDOWS).read_bytes() == before


def test_without_git_nothing_that_is_there_is_refreshed(vaultsync: Command, repo: Repo) -> None:
    imported(vaultsync, repo, FIRST, "--no-commit")
    imported(vaultsync, repo, PUBLISHED, "--no-commit")
    assert "year: 2020\n" in (repo.path / WINDOWS).read_text(encoding="utf-8")


def test_two_entries_of_one_paper_are_counted_and_both_keys_are_mentions(
    vaultsync: Command, repo: Repo
) -> None:
    twice = FIRST + "@misc{alm20b, title = {Steady Windows for Inputs}, eprint = {2001.00001}}\n"
    _, _, err = imported(vaultsync, repo, twice)
    assert "1 record of a paper that another one is, too" in err
    assert "left out: pages 1, publisher 1" in err
    assert 'aliases:\n  - "@alm20b"\n' in (repo.path / WINDOWS).read_text(encoding="utf-8")
    talk = "---\ntitle: C\ntags:\n  - conference\n---\n## Talk: X\n- as in [@alm20b, p. 3]\n"
    write(repo.path, {"Conferences/C.md": talk})
    vaultsync("fix", "--yes", cwd=repo.path)
    assert "as in" in (repo.path / WINDOWS).read_text(encoding="utf-8")
    # A key of another library comes to those that are there.
    imported(
        vaultsync, repo, "@misc{w1, title = {Steady Windows for Inputs}, eprint = {2001.00001}}", name="b.bib"
    )
    assert 'aliases:\n  - "@alm20b"\n  - "@w1"\n' in (repo.path / WINDOWS).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "again",
    [
        "https://doi.org/10.48550/arXiv.2001.00001",
        "- [Steady Windows for Inputs](https://openreview.net/forum?id=aBcDeFgHiJ), Alm\n- 2001.00002\n",
        "TY  - JOUR\nTI  - Steady windows for inputs\nAU  - Alm, Ida\nER  - \n",
    ],
)
def test_a_paper_meets_itself_across_formats(vaultsync: Command, repo: Repo, again: str) -> None:
    imported(vaultsync, repo, FIRST)
    imported(vaultsync, repo, again, name="again.txt")
    assert len(list((repo.path / "Papers").glob("Steady*"))) == 1


def test_a_file_that_is_in_the_vault_is_linked_and_others_are_counted(vaultsync: Command, repo: Repo) -> None:
    entry = "@misc{%s, title = {%s Title of It}, file = {:/home/me/%s.pdf:PDF}}\n"
    _, out, _ = imported(
        vaultsync, repo, entry % ("a", "A", "a paper") + entry % ("b", "B", "gone"), "--json"
    )
    assert json.loads(out)["data"]["left_out"] == {"file": 1}
    assert 'attachments:\n  - "[[a paper.pdf]]"\n' in (repo.path / "Papers/A Title of It.md").read_text(
        "utf-8"
    )
    assert "attachments" not in (repo.path / "Papers/B Title of It.md").read_text("utf-8")


WEB = """\
@misc{oak22, title = {Round Lamps: Light for Rooms}, author = {Oak, Max}, url = {https://lab.example/texts/lamps}}
"""
WEB_AGAIN = """\
TY  - RPRT
TI  - Round Lamps
AU  - Oak, M.
PY  - 2022
ID  - oak22b
UR  - http://www.lab.example/texts/lamps/?utm_source=feed
ER  -
"""
LAMPS = "Papers/Round Lamps - Light for Rooms.md"


def test_a_page_and_a_title_like_that_of_a_note_complete_the_note(vaultsync: Command, repo: Repo) -> None:
    imported(vaultsync, repo, WEB)
    code, out, _ = imported(vaultsync, repo, WEB_AGAIN, "--diff", name="more.ris")
    assert code == 1
    assert f"+++ b/{LAMPS}" in out
    assert "+year: 2022\n" in out
    assert "--- /dev/null" not in out
    code, out, _ = imported(vaultsync, repo, WEB_AGAIN, name="more.ris")
    assert code == 0
    assert out.splitlines()[0].startswith(f"completed  {LAMPS}  year")
    assert '"@oak22b"' in (repo.path / LAMPS).read_text(encoding="utf-8")
    for text, name in ((WEB_AGAIN, "more.ris"), (WEB, "lib.bib")):
        assert imported(vaultsync, repo, text, name=name)[2].startswith("0 new, 0 completed, 1 unchanged")
    assert sorted(path.name for path in (repo.path / "Papers").iterdir()) == [LAMPS.partition("/")[2]]


def test_two_first_authors_at_one_page_are_told_and_stay_two(vaultsync: Command, repo: Repo) -> None:
    imported(vaultsync, repo, WEB)
    code, out, err = imported(vaultsync, repo, WEB_AGAIN.replace("Oak", "Alm"), name="more.ris")
    assert code == 1
    assert (repo.path / "Papers/Round Lamps.md").is_file()
    assert f"Papers/Round Lamps.md import: this may be the same paper as {LAMPS}: " in out + err
    code, out, err = imported(vaultsync, repo, WEB_AGAIN.replace("Oak", "Alm"), name="more.ris")
    assert (code, "may be the same paper" in out + err) == (0, False)


def _pointer(text: str) -> bytes:
    return b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"7" * 64 + b"\nsize %d\n" % len(text)


@pytest.mark.parametrize(
    ("path", "became"),
    [
        (WINDOWS, _pointer),
        (WINDOWS, lambda text: text.encode() + b"\xff\xfe\n"),
        ("Papers/Elsewhere.md", lambda text: text.replace("Ida", "Idä").encode("latin-1")),
    ],
)
def test_a_paper_whose_note_can_t_be_read_gets_no_second_one(
    path: str, became: Callable[[str], bytes], vaultsync: Command, repo: Repo
) -> None:
    imported(vaultsync, repo, PUBLISHED)
    text = (repo.path / WINDOWS).read_text(encoding="utf-8")
    (repo.path / WINDOWS).unlink()
    (repo.path / ROOMS).unlink()
    (repo.path / path).write_bytes(became(text))
    repo.save()
    code, out, err = imported(vaultsync, repo, PUBLISHED)
    assert f"lib.bib:1 skipped: {path} may be its note, and can't be read" in out
    assert (code, err.splitlines()[0]) == (1, "1 new, 0 completed, 0 unchanged, 1 skipped")
    assert sorted(p.name for p in (repo.path / "Papers").iterdir()) == sorted(
        [Path(path).name, Path(ROOMS).name]
    )
    (repo.path / path).write_text(text, encoding="utf-8")
    assert imported(vaultsync, repo, PUBLISHED)[2].startswith("0 new, 0 completed, 2 unchanged")
