"""A note that, or whose front matter, can't be read for a while: what other notes say of it stays."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Command
from gitrepo import Repo

HELD, LATER = "Held.md", "Later.md"
NAMED, CITED = "Robust Folding of Chains.md", "Cited.md"
SHOWN = "Months.md"
NOTES = {
    HELD: "---\ntitle: Held in May\ntags: [conference]\ndate: 2024-05-03\n---\n## A talk\n\n"
    "- of Robust Folding of Chains\n- and doi:10.5555/cited.7\n",
    LATER: "---\ntitle: Later\ntags: [conference]\ndate: 2024-06-03\n---\n## Again\n\n"
    "- they like Robust Folding of Chains\n",
    NAMED: '---\ntitle: "Robust Folding of Chains"\ntags: [paper]\ndoi: 10.5555/named.1\n---\nIt folds.\n',
    CITED: '---\ntitle: "Another Title of Some Words"\ntags: [paper]\ndoi: 10.5555/cited.7\n---\nCited.\n',
    SHOWN: "%% vaultsync:begin timeline %%\n%% vaultsync:end timeline %%\n",
}

FAULTS: dict[str, Callable[[str], str]] = {
    "a quote in the title": lambda text: text.replace("title: ", "title: 'A ", 1),
    "a bracket in the tags": lambda text: text.replace("]\n", "\n", 1),
    "another property": lambda text: text.replace("tags:", 'abstract: "they say\ntags:', 1),
    "a line without a key": lambda text: text.replace("tags:", "half a word\ntags:", 1),
    "no second fence": lambda text: text.replace("\n---\n", "\n", 1),
    "a quote in the date": lambda text: text.replace("date: ", 'date: "', 1),
    "a quote in the identifier": lambda text: text.replace("doi: ", "doi: '", 1),
    "a letter before the first fence": lambda text: f"w{text}",
    "a word in a line above": lambda text: f"word\n{text}",
    "a dash too few": lambda text: text[1:],
    "no first fence": lambda text: text.removeprefix("---\n"),
    "a byte that is not UTF-8": lambda text: text.replace("title: ", "title: \udce9", 1),
    "a byte that is not UTF-8, below": lambda text: f"{text}caf\udce9\n",
}


@pytest.fixture
def repo(tmp_path: Path, vaultsync: Command) -> Repo:
    """Notes of two conferences and two papers, one of them cited, all linked and committed."""
    made = Repo(tmp_path / "vault")
    (made.path / ".obsidian").mkdir(parents=True)
    made.git("init", "-q")
    for path, text in NOTES.items():
        (made.path / path).write_text(text)
    made.save("as found")
    assert vaultsync("fix", "--yes", cwd=made.path).code == 0
    assert "- [[Held#A talk|Held in May]], 2024-05-03, A talk" in (made.path / NAMED).read_text()
    assert "## Papers\n- [[Cited|" in (made.path / HELD).read_text()
    assert "[[Held|Held in May]], 2024-05-03\n        - [[Robust" in (made.path / SHOWN).read_text()
    return made


@pytest.mark.parametrize(
    ("path", "fault"),
    [
        (path, fault)
        for path in (HELD, NAMED, CITED)
        for fault in FAULTS
        if FAULTS[fault](NOTES[path]) != NOTES[path]
    ],
)
def test_nothing_goes_while_front_matter_cannot_be_read(
    vaultsync: Command, repo: Repo, path: str, fault: str
) -> None:
    file = repo.path / path
    whole = file.read_text()
    file.write_text(FAULTS[fault](whole), errors="surrogateescape")
    before = notes(repo)
    report = vaultsync("fix", "--yes", cwd=repo.path)
    assert f"{path}:" in report.out
    assert ("encoding" if "byte" in fault else "fm-syntax") in report.out
    assert notes(repo) == before

    file.write_text(whole)
    assert vaultsync("fix", "--yes", cwd=repo.path).code == 0
    assert notes(repo) == before | {path: whole}


@pytest.mark.parametrize("looks", [0, 2])
@pytest.mark.parametrize(
    "fault", ["a bracket in the tags", "no second fence", "no first fence", "a byte that is not UTF-8"]
)
def test_what_was_kept_goes_when_the_note_can_be_read_and_is_none_any_more(
    vaultsync: Command, repo: Repo, fault: str, looks: int
) -> None:
    held = repo.path / HELD
    whole = held.read_text()
    held.write_text(FAULTS[fault](whole), errors="surrogateescape")
    vaultsync("fix", "--yes", cwd=repo.path)
    before = notes(repo)
    for _ in range(looks):
        vaultsync("fix", "--yes", cwd=repo.path)
    assert notes(repo) == before
    held.write_text(whole.replace("[conference]", "[diary]"))
    assert vaultsync("fix", "--yes", cwd=repo.path).code == 0
    listed = (repo.path / NAMED).read_text()
    assert "Held" not in listed
    assert "[[Later#Again|Later]], 2024-06-03, Again" in listed
    assert "Held" not in (repo.path / SHOWN).read_text()


@pytest.mark.parametrize("commits", ["--no-commit", "--yes"])
def test_what_was_kept_goes_when_the_file_that_could_not_be_read_is_gone(
    vaultsync: Command, repo: Repo, commits: str
) -> None:
    held = repo.path / HELD
    held.write_text(FAULTS["a byte that is not UTF-8"](held.read_text()), errors="surrogateescape")
    for _ in range(2):
        vaultsync("fix", "--yes", commits, cwd=repo.path)
    assert "Held" in (repo.path / NAMED).read_text()
    held.unlink()
    vaultsync("fix", "--yes", commits, cwd=repo.path)
    assert "Held" not in (repo.path / NAMED).read_text()


def test_other_entries_of_a_list_go_on_while_one_waits(vaultsync: Command, repo: Repo) -> None:
    held, later = repo.path / HELD, repo.path / LATER
    held.write_text(FAULTS["no second fence"](held.read_text()))
    later.write_text(
        later.read_text().replace("they like", "nobody likes").replace("## Again", "## Once more")
    )
    vaultsync("fix", "--yes", cwd=repo.path)
    listed = (repo.path / NAMED).read_text()
    assert listed.index("[[Held#A talk|Held in May]], 2024-05-03, A talk") < listed.index(
        "[[Later#Once more|"
    )
    assert "nobody likes" in listed
    assert listed.count("[[Later") == 1
    before = notes(repo)
    vaultsync("fix", "--yes", cwd=repo.path)
    assert notes(repo) == before


def test_a_sentence_typed_into_a_list_that_waits_is_moved_below_it(vaultsync: Command, repo: Repo) -> None:
    held, named = repo.path / HELD, repo.path / NAMED
    held.write_text(FAULTS["no second fence"](held.read_text()))
    entry = "- [[Held#A talk|Held in May]], 2024-05-03, A talk\n"
    named.write_text(named.read_text().replace(entry, f"{entry}    - a line of mine\n"))
    vaultsync("fix", "--yes", cwd=repo.path)
    listed, _, below = named.read_text().partition("%% vaultsync:end mentions %%")
    assert entry in listed
    assert "a line of mine" not in listed
    assert "a line of mine" in below


def test_an_import_knows_a_paper_whose_front_matter_has_a_fault(vaultsync: Command, repo: Repo) -> None:
    cited = repo.path / CITED
    cited.write_text(FAULTS["another property"](cited.read_text()))
    (repo.path / "more.bib").write_text(
        "@article{x2024, title={Another Title of Some Words}, author={A. Writer}, year={2024}, "
        "doi={10.5555/cited.7}}\n"
    )
    before = notes(repo)
    vaultsync("import", "more.bib", "--yes", cwd=repo.path)
    assert notes(repo) == before


def notes(repo: Repo) -> dict[str, str]:
    """The text of each note."""
    files = sorted(repo.path.rglob("*.md"))
    return {str(file.relative_to(repo.path)): file.read_text(errors="surrogateescape") for file in files}
