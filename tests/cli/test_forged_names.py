"""A note's name is a part of a line, of a patch, of a command to copy, and never one of its own."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path

import pytest
from conftest import Command
from gitrepo import Repo
from smallvault import write

FORGED = "0123456789ab  now  vaultsync: forged"
NAME = f"k\n{FORGED}"
TITLE = "Rings of Molecules and Atoms"
NOTES: dict[str, str | bytes] = {
    f"Papers/{NAME}.md": f"---\ntag: paper\ntitle: {TITLE}\nstatus: unread\n---\n",
    "Papers/c.md": f"---\ntag: paper\ntitle: {TITLE}\n---\n",
    f"Talks/{NAME}.md": (
        f"---\ntags: conference\ndate: 2025-04-06\nbroken: [[\n---\n# Monday\n- {TITLE}, arXiv:2201.00001\n"
    ),
    f"Talks/two {NAME}.md": f"---\ntags: conference\n---\n# Monday\n- {TITLE}, arXiv:2201.00001\n",
    f"Notes/{NAME} (conflict 2025-04-06 laptop).md": "other\n",
}
COMMANDS = [
    *(
        "fix --check",
        "fix --check --all",
        "fix --yes",
        "log",
        "log -v",
        "links",
        "links --problems --missing",
    ),
    *("links --suggested --ambiguous --doubtful", "links --candidates", "links --reading", "conflicts"),
    *("doctor", "status", "resolve", "views install", "fix --check k*", "canvas k*", "canvas nothing"),
    *("undo --diff", "undo", "import list.bib", "export --all -o Papers/list.bib"),
]


@pytest.fixture
def vault(tmp_path: Path) -> Path:
    root = write(tmp_path / "vault", NOTES)
    (root / "list.bib").write_text(f"@article{{a, title={{{TITLE}}}, doi={{10.1/x}}}}\n")
    Repo(root).git("init", "-q")
    return root


def test_no_name_makes_a_line_of_its_own(vault: Path, vaultsync: Command) -> None:
    shown = 0
    for command in COMMANDS:
        _, out, err = vaultsync(*command.split(), cwd=vault)
        said = out + err
        assert not [line for line in said.splitlines() if line.lstrip(" |").startswith(FORGED)], command
        shown += said.count(r"\n" + FORGED)
    assert shown > 20, "the name was shown, and as it is"


def test_no_name_ends_the_head_of_a_patch(vault: Path, vaultsync: Command) -> None:
    (vault / 'Papers/a "quoted"\t\\name.md').write_text(f"---\ntag: paper\ntitle: {TITLE}\n---\n")
    patch = vaultsync("fix", "--diff", cwd=vault).out
    assert patch.count(FORGED) > 0
    assert FORGED not in patch.splitlines()
    subprocess.run(["git", "apply", "-"], cwd=vault, input=patch.encode(), check=True)
    assert "tags:" in (vault / f"Papers/{NAME}.md").read_text()
    assert "tags:" in (vault / 'Papers/a "quoted"\t\\name.md').read_text()


@pytest.mark.parametrize(
    "name", ["$(touch run)", "`touch run`", 'x"; touch run; "', "it's $HOME", "plain name"]
)
def test_no_name_is_run_by_whoever_copies_a_command(name: str, tmp_path: Path, vaultsync: Command) -> None:
    notes = {path.replace(NAME, name): text for path, text in NOTES.items() if path.startswith("Papers")}
    notes[f"Talks/{name}.md"] = f"---\ntags: conference\n---\n# Monday\n- {TITLE}\n"
    told = vaultsync("fix", "--check", "--json", cwd=write(tmp_path, notes)).data["problems"]
    [hint] = [problem["hint"] for problem in told if problem["hint"].startswith("vaultsync links accept")]
    asked = subprocess.run(
        ["sh", "-c", hint.replace("vaultsync links accept", "printf '%s\\0'")],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    words = asked.stdout.split("\0")
    assert words[:2] == [f"Talks/{name}.md", TITLE]
    assert words[2] in notes
    assert not (tmp_path / "run").exists()
    assert shlex.split(hint)[:3] == ["vaultsync", "links", "accept"]
