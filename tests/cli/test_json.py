"""What `--json` prints is what `output.schema.json` says, field by field, and nothing besides."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from conftest import ROOT, Command
from devices import devices
from gitrepo import git_env
from smallvault import write

from vaultsync.vault.consent import give_consent

__all__ = ["git_env"]

SCHEMA: dict[str, Any] = json.loads((ROOT / "vaultsync/cli/output.schema.json").read_text(encoding="utf-8"))

COMMANDS: dict[str, tuple[str, ...]] = {
    "fix": ("fix", "--diff"),
    "undo": ("undo", "--diff"),
    "log": ("log", "--all"),
    "links": ("links", "--suggested", "--ambiguous", "--problems", "--missing", "--doubtful"),
    "reading": ("links", "--reading"),
    "conflicts": ("conflicts",),
    "resolve": ("resolve",),
    "views": ("canvas", "ICLR 2023"),
    "plugin": ("plugin", "status"),
    "config": ("config",),
    "rules": ("rules",),
    "doctor": ("doctor",),
    "status": ("status",),
    "service": ("service", "status"),
    "import": ("import", "--diff", "arXiv:2301.00001"),
    "sync": ("sync", "--check"),
}


def valid(name: str, data: object) -> None:
    jsonschema.validate(data, {"$ref": f"#/$defs/{name}", "$defs": SCHEMA["$defs"]})


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    for name, definition in SCHEMA["$defs"].items():
        assert definition["description"], name


@pytest.mark.parametrize("name", list(COMMANDS))
def test_a_command_prints_what_is_documented(name: str, vaultsync: Command, tmp_path: Path) -> None:
    vaultsync("demo", str(tmp_path / "demo"))
    (tmp_path / "demo/New.md").write_text("---\ntag: x\n---\n", encoding="utf-8")
    valid(name, vaultsync(*COMMANDS[name], "--json", cwd=tmp_path / "demo").data)


def test_each_command_with_json_is_documented() -> None:
    printing = {
        path.stem.removesuffix("_command")
        for path in (ROOT / "vaultsync/cli").glob("*_command.py")
        if '"--json"' in path.read_text(encoding="utf-8")
    }
    assert printing - {"canvas"} <= set(SCHEMA["$defs"]), "`canvas` prints what `views` does"
    assert set(SCHEMA["$defs"]) - printing <= {
        *(
            "problem",
            "change",
            "commit",
            "waiting",
            "decision",
            "suggestion",
            "missing",
            "candidate",
            "toread",
            "conflict",
        ),
        *("copy", "reading", "rule", "error"),
    }


def test_conflict_notes_and_copies_are_documented(vaultsync: Command, git_env: Path, tmp_path: Path) -> None:
    one, other = devices(tmp_path / "devices", A__md="# A\n\nthe end\n")
    one.write("A.md", "# A\n\nan end that one wrote, and a long one\n")
    other.write("A.md", "# A\n\nquite another\n")
    one.sync()
    other.sync()
    (other.path / "A.sync-conflict-20250406-101112-ABCDEFG.md").write_text(
        "# A\n\na third\n", encoding="utf-8"
    )
    told = vaultsync("conflicts", "--json", cwd=other.path).data
    valid("conflicts", told)
    assert told["conflicts"][0]["clashes"]
    assert told["copies"]


def test_accepted_problems_are_documented(vaultsync: Command, tmp_path: Path) -> None:
    root = write(tmp_path / "vault", {"x.md": "---\nrating:\n  of: five\n---\n"})
    (root / ".vaultsync").mkdir()
    (root / ".vaultsync/config.toml").write_text('[rules]\naccept = ["fm-nested"]\n', encoding="utf-8")
    told = vaultsync("fix", "--check", "--json", cwd=root).data
    assert len(told["accepted"]) == 1
    valid("fix", told)


def test_a_mistake_is_documented_too(vaultsync: Command, tmp_path: Path) -> None:
    valid("error", json.loads(vaultsync("fix", "--json", cwd=tmp_path).out)["error"])


def test_a_running_daemon_tells_all_that_is_documented(tmp_path: Path) -> None:
    from daemons import daemon, repository

    (tmp_path / "vault").mkdir()
    repo = repository(tmp_path / "vault")
    give_consent(repo.path)
    with daemon(repo.path) as running:
        status = running.until_idle()
    valid("status", status)
    assert set(status) == set(SCHEMA["$defs"]["status"]["properties"])


def test_nothing_else_is_let_through() -> None:
    with pytest.raises(jsonschema.ValidationError, match="unheard"):
        valid("error", {"message": "", "hint": "", "unheard": 1})
