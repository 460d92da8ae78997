"""What a person took back of a watched import, or deleted, no later one brings back by itself."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import Command
from gitrepo import Repo
from smallvault import write

from vaultsync.cli.wiring import the_cycle
from vaultsync.runs.import_order import Imported, Order
from vaultsync.runs.importing import Importer
from vaultsync.runs.inbox import Inbox
from vaultsync.vault.consent import give_consent
from vaultsync.vault.open import open_vault

ALM = "@article{alm20, title = {Steady Windows for Inputs}, author = {Alm, Ida}, doi = {10.1000/alm}}\n"
OAK = "@article{oak20, title = {Quiet Models of Rooms}, author = {Oak, Max}, year = 2019}\n"
ELM = "@article{elm21, title = {Loud Houses at Night}, author = {Elm, Eva}, year = 2021}\n"
WINDOWS, ROOMS, HOUSES = (
    f"Papers/{title}.md"
    for title in ("Steady Windows for Inputs", "Quiet Models of Rooms", "Loud Houses at Night")
)


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    notes = {"Home.md": "Home.\n", ".vaultsync/config.toml": '[import]\nwatch = ["refs.bib"]\n'}
    made = Repo(write(tmp_path / "vault", notes))
    made.git("init", "-q")
    made.save()
    return made


def exported(repo: Repo, *entries: str) -> Imported:
    """Write the export anew, and import it as a daemon does that has just begun."""
    repo.write("refs.bib", "".join(entries))
    give_consent(repo.path.resolve())
    with the_cycle(open_vault(repo.path.resolve()), lambda *step: None) as cycle:
        return Inbox(Importer(cycle.vault, cycle.ports, cycle.run)).run(Order(inputs=()))


def papers(repo: Repo) -> set[str]:
    return {path.relative_to(repo.path).as_posix() for path in repo.path.glob("**/*.md")} - {"Home.md"}


def test_papers_of_an_import_that_was_taken_back_stay_away_and_new_ones_come(
    vaultsync: Command, repo: Repo
) -> None:
    assert set(exported(repo, ALM, OAK).new) == {WINDOWS, ROOMS}
    vaultsync("undo", cwd=repo.path)
    assert papers(repo) == set()
    again = exported(repo, ALM.replace("Ida}", "Ida}, year = 2020"), OAK.replace("oak20", "oak19"), ELM)
    assert (again.new, set(again.away)) == ((HOUSES,), {WINDOWS, ROOMS})
    assert papers(repo) == {HOUSES}
    assert not again.problems


def test_an_import_by_hand_brings_them_and_from_then_on_they_are_kept_up_to_date(
    vaultsync: Command, repo: Repo
) -> None:
    exported(repo, ALM, OAK)
    vaultsync("undo", cwd=repo.path)
    exported(repo, ALM, OAK, ELM)
    vaultsync("import", "refs.bib")
    assert papers(repo) == {WINDOWS, ROOMS, HOUSES}
    done = exported(repo, ALM, OAK.replace("year = 2019", "year = 2020"), ELM)
    assert ([note.path for note in done.completed], done.away) == ([ROOMS], ())
    assert "year: 2020" in (repo.path / ROOMS).read_text(encoding="utf-8")


def test_a_note_that_the_person_deleted_stays_away_and_one_that_was_moved_is_known_again(
    vaultsync: Command, repo: Repo
) -> None:
    exported(repo, ALM, OAK)
    (repo.path / WINDOWS).unlink()
    moved = repo.path / "Read/Rooms.md"
    moved.parent.mkdir()
    (repo.path / ROOMS).rename(moved)
    done = exported(repo, ALM, OAK.replace("year = 2019", "year = 2020"))
    assert (done.new, done.away) == ((), (WINDOWS,))
    assert papers(repo) == {"Read/Rooms.md"}


def test_what_was_taken_back_of_a_completion_stays_empty_and_news_comes(
    vaultsync: Command, repo: Repo
) -> None:
    """Also the other keys and the sources, which an import adds to those that are there."""
    mine = "---\ntitle: Steady Windows for Inputs\naliases:\n  - Windows\ntags:\n  - paper\n---\nMy words.\n"
    repo.save(Steady__md=mine)
    exported(repo, ALM.replace("doi", "year = 2020, doi"))
    assert "doi: 10.1000/alm" in (repo.path / "Steady.md").read_text(encoding="utf-8")
    vaultsync("undo", cwd=repo.path)
    assert (repo.path / "Steady.md").read_text(encoding="utf-8") == mine
    exported(repo, ALM.replace("doi", "year = 2020, doi"), OAK)
    assert (repo.path / "Steady.md").read_text(encoding="utf-8") == mine
    exported(repo, ALM.replace("doi", "journal = {A Journal}, year = 2020, doi"), OAK)
    text = (repo.path / "Steady.md").read_text(encoding="utf-8")
    assert "venue: A Journal\n" in text
    assert "doi" not in text
    vaultsync("import", "refs.bib")
    assert "doi: 10.1000/alm" in (repo.path / "Steady.md").read_text(encoding="utf-8")


def test_a_paper_of_the_inbox_comes_though_its_note_was_deleted_and_the_export_has_it_too(
    vaultsync: Command, repo: Repo
) -> None:
    exported(repo, ALM)
    vaultsync("undo", cwd=repo.path)
    repo.write("Inbox/list.bib", ALM)
    done = exported(repo, ALM, OAK)
    assert set(done.new) == {WINDOWS, ROOMS}
    assert done.away == ()


def test_a_reading_list_that_is_watched_gets_no_link_to_a_paper_that_stays_away(
    vaultsync: Command, repo: Repo
) -> None:
    repo.write(".vaultsync/config.toml", '[import]\nwatch = ["refs.bib", "list.txt"]\n')
    repo.write("list.txt", "- Steady Windows for Inputs, Ida Alm, https://doi.org/10.1000/alm\n")
    exported(repo, OAK)
    vaultsync("undo", cwd=repo.path)
    assert papers(repo) == set()
    repo.write("list.txt", "- Steady Windows for Inputs, Ida Alm, https://doi.org/10.1000/alm\n\n")
    assert exported(repo, OAK, ELM).new == (HOUSES,)
