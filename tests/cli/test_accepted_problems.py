"""What a person leaves for good (`[rules] accept`, `vaultsync: ignore`) is neither told nor counted."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import Command
from smallvault import write

READ = "---\ntag: idea\n---\n"
NESTED = "---\nrating:\n  of: five\n---\n"
NOTES: dict[str, str | bytes] = {
    "Ideas/One.md": READ,
    "Ideas/Two.md": READ,
    "Other.md": READ,
    "Overview.md": "```dataview\nlist tag\n```\n",
}
HINT = '[rules] accept = ["fm-deprecated-keys"]'


def vault_with(root: Path, accept: str) -> Path:
    """A vault whose three problems are of one rule, and its settings."""
    write(root, NOTES)
    (root / ".vaultsync").mkdir()
    (root / ".vaultsync/config.toml").write_text(
        f"[rules]\naccept = {accept}\n[git]\ncommit = false\n", "utf-8"
    )
    return root


@pytest.mark.parametrize("look", [[], ["--check"]])
def test_the_line_that_the_hint_names_ends_the_problem(
    look: list[str], vaultsync: Command, tmp_path: Path
) -> None:
    root = vault_with(tmp_path / "vault", "[]")
    code, out, err = vaultsync("fix", *look, cwd=root)
    assert (code, out.count(HINT)) == (1, 3)
    assert "3 problems for you to look at" in err
    (root / ".vaultsync/config.toml").write_text(HINT.replace("] ", "]\n", 1), encoding="utf-8")
    code, out, err = vaultsync("fix", *look, "--no-commit", cwd=root)
    assert (code, out, err) == (0, "", "nothing to do: 4 notes in order\n")


def test_what_is_not_accepted_is_told_and_counted_as_before(vaultsync: Command, tmp_path: Path) -> None:
    root = vault_with(tmp_path / "vault", '["fm-deprecated-keys:Ideas/*"]')
    code, out, err = vaultsync("fix", cwd=root)
    assert (code, [line.split(":")[0] for line in out.splitlines() if line[0] != " "]) == (1, ["Other.md"])
    assert "1 problem for you to look at" in err
    assert vaultsync("fix", "Ideas/One.md", cwd=root).code == 0
    assert vaultsync("fix", "Other.md", cwd=root).code == 1


def test_all_lists_what_was_accepted_and_says_so(vaultsync: Command, tmp_path: Path) -> None:
    root = vault_with(tmp_path / "vault", '["fm-deprecated-keys"]')
    code, out, _ = vaultsync("fix", "--all", cwd=root)
    assert (code, out.count("fm-deprecated-keys: (accepted) ")) == (0, 3)


def test_programs_are_told_both(vaultsync: Command, tmp_path: Path) -> None:
    root = vault_with(tmp_path / "vault", '["fm-deprecated-keys:Ideas/"]')
    told = vaultsync("fix", "--json", cwd=root).data
    assert [problem["path"] for problem in told["problems"]] == ["Other.md"]
    assert [problem["path"] for problem in told["accepted"]] == ["Ideas/One.md", "Ideas/Two.md"]
    told = vaultsync("fix", "Ideas/Two.md", "--json", cwd=root).data
    assert [problem["path"] for problem in told["accepted"]] == ["Ideas/Two.md"]


def test_another_rules_problems_stay(vaultsync: Command, tmp_path: Path) -> None:
    root = vault_with(tmp_path / "vault", '["fm-deprecated-keys"]')
    (root / "Nested.md").write_text(NESTED, encoding="utf-8")
    code, out, _ = vaultsync("fix", cwd=root)
    assert (code, out.startswith("Nested.md:2:1 fm-nested: ")) == (1, True)


def test_a_note_that_opts_out_has_no_problems(vaultsync: Command, tmp_path: Path) -> None:
    root = write(
        tmp_path / "vault", NOTES | {"Other.md": READ.replace("---\n", "---\nvaultsync: ignore\n", 1)}
    )
    out = vaultsync("fix", "--no-commit", cwd=root).out
    assert "Ideas/One.md" in out
    assert "Other.md" not in out
    assert vaultsync("fix", "Other.md", "--no-commit", cwd=root).code == 0


@pytest.mark.parametrize("word", ["ignore", "false"])
def test_so_has_one_whose_properties_cannot_be_read(word: str, vaultsync: Command, tmp_path: Path) -> None:
    broken = "---\nvaultsync: ignore\na: [b\nc: d: e\n---\n".replace("ignore", word)
    root = write(tmp_path / "vault", {"x.md": broken, "y.md": broken.replace("vaultsync", "other")})
    code, out, _ = vaultsync("fix", "--no-commit", cwd=root)
    assert (code, "x.md" in out, "y.md:3:4 fm-syntax" in out) == (1, False, True)
    assert vaultsync("fix", "x.md", "--no-commit", cwd=root).code == 0
    assert (root / "x.md").read_text(encoding="utf-8") == broken


def test_config_tells_what_is_accepted_and_where_it_was_set(vaultsync: Command, tmp_path: Path) -> None:
    root = vault_with(tmp_path / "vault", '["fm-nested"]')
    out = vaultsync("config", "rules.accept", cwd=root).out
    assert 'rules.accept = ["fm-nested"]  # .vaultsync/config.toml' in out
