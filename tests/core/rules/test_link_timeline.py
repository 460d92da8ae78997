"""The timeline: where a note asks for it, in step with all conferences, and never over what was typed."""

from __future__ import annotations

from linking import paper, run, talk

BEGIN, END = "%% vaultsync:begin timeline %%\n", "%% vaultsync:end timeline %%\n"
LORA = paper("LoRA: Low-Rank Adaptation")
VAULT = {
    "Home.md": f"# Mine\n{BEGIN}\nbelow\n",
    "Papers/LoRA.md": LORA,
    "Conferences/ICASSP 2025.md": talk("- see [[LoRA]]\n"),
    "Conferences/ICLR 2023.md": talk("- [[LoRA]] too\n", title="ICLR 2023", date="2023-05-01"),
    "Conferences/Undated.md": "---\ntags:\n  - conference\n---\n# Talk: x\nnothing\n",
}
LINES = """\
- 2025-04
    - [[ICASSP 2025]], 2025-04-06
        - [[LoRA|LoRA: Low-Rank Adaptation]]
- 2023-05
    - [[ICLR 2023]], 2023-05-01
        - [[LoRA|LoRA: Low-Rank Adaptation]]
- without a date
    - [[Undated]]
"""


def test_the_begin_line_alone_gets_the_list_and_a_second_run_is_silent() -> None:
    first = run(VAULT)
    assert first.files["Home.md"] == f"# Mine\n{BEGIN}{LINES}{END}\nbelow\n"
    assert first.problems == ()
    assert run(first.files).changed == frozenset()


def test_a_conference_that_is_new_changed_or_gone_changes_the_list() -> None:
    files = run(VAULT).files
    new = files | {"Conferences/New.md": talk("- nothing\n", title="New", date="2025-04-20")}
    after = run(new).files["Home.md"]
    assert after.index("[[New]], 2025-04-20") < after.index("[[ICASSP 2025]]")
    moved = files | {
        "Conferences/ICLR 2023.md": files["Conferences/ICLR 2023.md"].replace("2023-05-01", "2026-01-02")
    }
    assert "- 2026-01\n    - [[ICLR 2023]], 2026-01-02\n" in run(moved).files["Home.md"]
    gone = {path: text for path, text in files.items() if path != "Conferences/Undated.md"}
    assert "without a date" not in run(gone).files["Home.md"]
    retitled = files | {"Papers/LoRA.md": files["Papers/LoRA.md"].replace("Low-Rank", "Lower-Rank")}
    assert "LoRA: Lower-Rank" in run(retitled).files["Home.md"]


def test_what_was_typed_into_the_list_is_moved_below_it() -> None:
    files = run(VAULT).files
    own = {line.strip() for line in files["Home.md"].splitlines()}
    typed = files["Home.md"].replace("- 2023-05\n", "- 2023-05\nmy own words\n")
    done = run(files | {"Home.md": typed}, memory=lambda path: lambda line: line.strip() in own)
    assert f"{LINES}{END}\nmy own words\n" in done.files["Home.md"]


def test_without_conferences_the_wish_stays() -> None:
    done = run({"Home.md": BEGIN})
    assert done.files["Home.md"] == f"{BEGIN}- no conference yet\n{END}"


def test_line_ends_and_a_missing_last_one_are_the_notes_own() -> None:
    done = run({"Home.md": f"a\r\n{BEGIN.strip()}"})
    assert done.files["Home.md"] == f"a\r\n{BEGIN.strip()}\r\n- no conference yet\r\n{END.strip()}\r\n"


def test_code_is_no_wish() -> None:
    text = f"```\n{BEGIN}```\n"
    assert run(VAULT | {"Home.md": text}).files["Home.md"] == text
