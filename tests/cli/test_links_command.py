"""`vaultsync links`: what it lists, how it is decided, and that decisions are kept."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import Command
from linking import paper, talk
from smallvault import write
from terminal import on_a_terminal

NOTE = "Conferences/ICASSP 2025.md"
TEXT = talk("- Amos asked, TwinNet too\n- see arXiv:2106.09685 and doi:10.1000/182, arXiv:2106.09685v2\n")
NOTES: dict[str, str | bytes] = {
    NOTE: TEXT,
    "Papers/Amos.md": paper("Amos: An Adam-style Optimizer with Decay", body="Rates of decay.\n"),
    "Papers/Twin 1.md": paper("Learning by Twins in Pairs", "aliases:", "  - TwinNet"),
    "Papers/Twin 2.md": paper("Teaching by Twins in Pairs", "aliases:", "  - TwinNet"),
}


@pytest.fixture
def vault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = write(tmp_path / "vault", NOTES)
    monkeypatch.chdir(root)
    return root


def text_of(vault: Path) -> str:
    return (vault / NOTE).read_text(encoding="utf-8").partition("## Talk: Rings\n")[2]


def test_suggestions_and_ambiguities_are_listed_with_place_reason_and_context(
    vaultsync: Command, vault: Path
) -> None:
    code, out, _ = vaultsync("links")
    assert code == 0
    assert out.splitlines() == [
        f'{NOTE}:9:3 "Amos" → Papers/Amos.md (a single word that may mean something else, and nothing else '
        "in the note names the paper)",
        "    Amos asked, TwinNet too",
        f'{NOTE}:9:15 "TwinNet" → Papers/Twin 1.md or Papers/Twin 2.md (several papers go by this name)',
        "    Amos asked, TwinNet too",
    ]


@pytest.mark.parametrize(
    ("option", "key", "number"),
    [("--suggested", "suggested", 1), ("--ambiguous", "ambiguous", 1), ("--problems", "problems", 1)],
)
def test_each_list_can_be_asked_for_as_json(
    option: str, key: str, number: int, vaultsync: Command, vault: Path
) -> None:
    found = vaultsync("links", option, "--json").data
    assert list(found) == [key]
    assert len(found[key]) == number
    assert found[key][0]["path"] == NOTE
    assert found[key][0]["line"] == 9


def test_identifiers_without_a_note_come_out_ready_for_import(vaultsync: Command, vault: Path) -> None:
    code, out, err = vaultsync("links", "--missing")
    assert (code, out) == (0, "arXiv:2106.09685\n10.1000/182\n")
    assert err.splitlines() == [f"    {NOTE}:10:7, {NOTE}:10:45", f"    {NOTE}:10:28"]
    (vault / "list.txt").write_text(out, encoding="utf-8")
    assert vaultsync("import", "--no-commit", "list.txt").code in (0, 1)
    assert vaultsync("links", "--missing").out == ""


def test_an_accepted_name_is_linked_in_the_next_run(vaultsync: Command, vault: Path) -> None:
    assert vaultsync("links", "accept", "ICASSP 2025", "Amos", "Amos").code == 0
    assert vaultsync("links", "accept", NOTE, "TwinNet", "Papers/Twin 2.md").code == 0
    vaultsync("fix", "--no-commit")
    assert text_of(vault).startswith("- [[Amos]] asked, [[Twin 2|TwinNet]] too\n")
    assert vaultsync("links").err == "nothing to decide\n"


def test_a_denied_name_is_not_asked_for_again(vaultsync: Command, vault: Path) -> None:
    assert vaultsync("links", "deny", NOTE, "amos").code == 0
    assert vaultsync("links", "deny", NOTE, "TwinNet").err.count("does not mean") == 2
    vaultsync("fix", "--no-commit")
    assert text_of(vault).startswith("- Amos asked, TwinNet too\n")
    assert vaultsync("links").err == "nothing to decide\n"


def test_a_denied_paper_leaves_the_other_one(vaultsync: Command, vault: Path) -> None:
    assert vaultsync("links", "deny", NOTE, "TwinNet", "Papers/Twin 1.md").code == 0
    vaultsync("fix", "--no-commit")
    assert text_of(vault).startswith("- Amos asked, [[Twin 2|TwinNet]] too\n")


def test_words_that_are_no_name_can_be_accepted(vaultsync: Command, vault: Path) -> None:
    assert vaultsync("links", "accept", NOTE, "asked", "Papers/Amos.md").code == 0
    vaultsync("fix", "--no-commit")
    assert text_of(vault).startswith("- Amos [[Amos|asked]], TwinNet too\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["accept", "Nowhere", "Amos", "Amos"], 'no note "Nowhere"'),
        (["accept", "Papers/Amos.md", "Amos", "Amos"], "is no conference note"),
        (["accept", NOTE, "Bert", "Amos"], '"Bert" does not stand in'),
        (["accept", NOTE, "Amos", "Bert"], "Bert is no paper note"),
        (["deny", NOTE, "asked"], '"asked" means no paper'),
    ],
)
def test_what_can_mean_nothing_is_refused(
    arguments: list[str], message: str, vaultsync: Command, vault: Path
) -> None:
    code, _, err = vaultsync("links", *arguments)
    assert code == 2
    assert message in err
    assert not (vault / ".vaultsync" / "decisions.toml").exists()


def test_a_review_asks_one_by_one_for_one_key(vaultsync: Command, vault: Path) -> None:
    code, screen = on_a_terminal("links", "review", cwd=vault, answer=b"2y")
    assert code == 0, screen
    assert "1/2" in screen
    assert "2  Papers/Twin 2.md" in screen
    assert "2 decisions written" in screen
    vaultsync("fix", "--no-commit")
    assert text_of(vault).startswith("- [[Amos]] asked, [[Twin 2|TwinNet]] too\n")


def test_a_review_can_skip_deny_and_stop_and_passes_over_other_keys(vaultsync: Command, vault: Path) -> None:
    code, screen = on_a_terminal("links", "review", cwd=vault, answer=b"y9\x1b[A\nnq")
    assert code == 0, screen
    assert "1 decision written" not in screen
    assert "2 decisions written" in screen  # neither of both papers
    assert [s["words"] for s in vaultsync("links", "--json").data["suggested"]] == ["Amos"]
    assert vaultsync("links", "--json").data["ambiguous"] == []
    assert on_a_terminal("links", "review", cwd=vault, answer=b"s")[0] == 0
    assert [s["words"] for s in vaultsync("links", "--json").data["suggested"]] == ["Amos"]


KEYS = [
    b"\x1b[3~",  # Delete
    b"\x1b[H",
    b"\x1bOH",
    b"\x1b[15~",  # F5
    b"\x1bOQ",
    b"\x1bOS",
    b"\x1b[[B",
    b"\x1b[1;5D",
    b"\x1b[200~",
]


@pytest.mark.parametrize("key", KEYS)
def test_a_key_that_moves_or_has_a_function_answers_nothing(
    key: bytes, vaultsync: Command, vault: Path
) -> None:
    code, screen = on_a_terminal("links", "review", cwd=vault, answer=key + b"q")
    assert code == 0, screen
    assert "0 decisions written" in screen
    assert "skipped" not in screen.replace("s skipped", "")
    assert not (vault / ".vaultsync/decisions.toml").exists()
    code, screen = on_a_terminal("links", "review", cwd=vault, answer=b"2" + key + b"y")
    assert "2 decisions written" in screen


def test_the_last_answers_of_a_review_can_be_undone_to_what_was_decided_before(
    vaultsync: Command, vault: Path
) -> None:
    decisions = vault / ".vaultsync/decisions.toml"
    assert vaultsync("links", "deny", NOTE, "asked", "Papers/Amos.md").code == 0
    before = decisions.read_bytes()
    code, screen = on_a_terminal("links", "review", cwd=vault, answer=b"u1?usq")
    assert code == 0, screen
    assert "undo the last answer" in screen
    assert screen.count("1/2") == 2  # there was nothing to undo at first
    assert "0 decisions written" in screen
    assert decisions.read_bytes() == before


def test_the_end_of_the_input_ends_a_review(vault: Path) -> None:
    code, screen = on_a_terminal("links", "review", cwd=vault, answer=b"1\x04")
    assert code == 0, screen
    assert "1 decision written" in screen


def test_a_review_without_a_terminal_is_refused(vaultsync: Command, vault: Path) -> None:
    code, _, err = vaultsync("links", "review")
    assert code == 2
    assert "terminal" in err


def test_suggestions_come_best_first_with_a_score(vaultsync: Command, vault: Path) -> None:
    more = "- frugal zebras at night\n- large language models\n"
    (vault / NOTE).write_text(TEXT + more, encoding="utf-8")
    survey = paper("Large Language Models: A Survey")
    (vault / "Papers/Survey.md").write_text(survey, encoding="utf-8")
    zebra = paper("Frugal Zebras of the Savanna at Night")
    (vault / "Papers/Zebra.md").write_text(zebra, encoding="utf-8")
    found = vaultsync("links", "--suggested", "--json").data["suggested"]
    scores = [choice["score"] for choice in found]
    assert scores == sorted(scores, reverse=True)
    assert [choice["words"] for choice in found if choice["score"] < 0.5] == ["large language models"]
    assert [c["words"] for c in found if c["papers"] == ["Papers/Zebra.md"]] == ["frugal zebras at night"]


def test_links_that_would_not_be_made_today_are_listed_until_they_are_accepted(
    vaultsync: Command, vault: Path
) -> None:
    (vault / "Papers/Survey.md").write_text(paper("Large Language Models: A Survey"), encoding="utf-8")
    (vault / NOTE).write_text(talk("- [[Survey|large language models]]\n"), encoding="utf-8")
    assert vaultsync("fix", "--yes", "--no-commit").code == 0
    assert "[[Survey|large language models]]" in text_of(vault)
    found = vaultsync("links", "--doubtful", "--json").data["doubtful"]
    assert [choice["papers"] for choice in found] == [["Papers/Survey.md"]]
    assert vaultsync("links", "accept", NOTE, "large language models", "Papers/Survey.md").code == 0
    assert vaultsync("links", "--doubtful", "--json").data["doubtful"] == []


def test_other_kinds_of_notes_are_read_for_papers_if_the_settings_say_so(
    vaultsync: Command, vault: Path
) -> None:
    daily = vault / "Daily/2025-04-08.md"
    daily.parent.mkdir()
    daily.write_text("- read TwinNest\n", encoding="utf-8")
    (vault / "Papers/Nest.md").write_text(paper("TwinNest: Birds"), encoding="utf-8")
    assert vaultsync("fix", "--yes", "--no-commit").code in (0, 1)
    assert daily.read_text(encoding="utf-8") == "- read TwinNest\n"
    (vault / ".vaultsync").mkdir(exist_ok=True)
    settings = '[links]\nin = ["conference", "daily"]\n\n[kinds.daily]\nfolders = ["Daily"]\n'
    (vault / ".vaultsync/config.toml").write_text(settings, encoding="utf-8")
    assert vaultsync("fix", "--yes", "--no-commit").code in (0, 1)
    assert daily.read_text(encoding="utf-8").startswith("- read [[Nest|TwinNest]]\n")
    assert "[[2025-04-08]]" in (vault / "Papers/Nest.md").read_text(encoding="utf-8")
    (vault / ".vaultsync/config.toml").write_text('[links]\nin = ["dialy"]\n', encoding="utf-8")
    code, _, err = vaultsync("fix")
    assert code == 2
    assert "links.in" in err


@pytest.mark.parametrize(
    ("words", "group", "option"),
    [
        (("links", "--json", "accept", "n", "w", "p"), "links accept", "--json"),
        (("links", "--missing", "review"), "links review", "--missing"),
        (("conflicts", "--json", "merge"), "conflicts merge", "--json"),
    ],
)
def test_an_option_that_lists_is_refused_before_a_command_that_does_not(
    vaultsync: Command, vault: Path, words: tuple[str, ...], group: str, option: str
) -> None:
    code, out, err = vaultsync(*words)
    assert code == 2
    assert f"`{group}` takes no {option}" in out + err
