"""Managed blocks: made, moved, emptied, damaged and typed into, without a byte of the person's lost."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from linking import CONFIG, Run, paper, run, talk

from vaultsync.core.config.config import Config
from vaultsync.core.config.settings import LinksSection
from vaultsync.core.links.block_memory import LINE_DIGEST, line_digest

NOTE, PAPER = "Conferences/ICASSP 2025.md", "Papers/Rings.md"
TALK = talk("- [[Rings]] are slow\n")
HEAD = paper("Rings of Carbon in Molecules")
ENTRY = "- [[ICASSP 2025#Talk Rings|ICASSP 2025]], 2025-04-07, Talk: Rings"
QUOTE = "    - Rings are slow"
LINES = ["%% vaultsync:begin mentions %%", "## Mentioned in", ENTRY, QUOTE, "%% vaultsync:end mentions %%"]
BLOCK = "\n".join(LINES) + "\n"


def fixed(text: str, *, talk: str | None = TALK, config: Config = CONFIG, own: Run | None = None) -> Run:
    """The paper note after a run; `own` is the run that wrote its blocks, if anybody remembers it."""
    files = {PAPER: text} if talk is None else {PAPER: text, NOTE: talk}

    def memory(path: str) -> Callable[[str], bool] | None:
        if own is None:
            return None
        lines = {line.strip() for line in own.files[path].splitlines()}
        return lambda line: line.strip() in lines

    return run(files, config=config, memory=memory)


def test_a_block_comes_to_the_end_one_blank_line_apart() -> None:
    assert fixed(HEAD + "Body.\n").files[PAPER] == HEAD + "Body.\n\n" + BLOCK


ENDS = {
    "a line end": "Body.\n",
    "no line end": "Body.",
    "blank lines": "Body.\n\n\n",
    "a line of blanks": "Body.\n   ",
    "nothing": "",
    "a list": "- a\n  - b\n",
    "a table": "| a |\n|---|\n| b |\n",
    "a fence": "```\ncode\n```\n",
    "a fence that is open": "```\ncode\n",
    "a comment that is open": "Body.\n\n%%\nopen\n",
    "HTML that is open": "<!-- open\n",
}


@pytest.mark.parametrize("ending", ENDS.values(), ids=ENDS)
@pytest.mark.parametrize("eol", ["\n", "\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("position", ["end", "start"])
def test_an_emptied_block_leaves_the_bytes_that_were_there_before(
    ending: str, eol: str, position: str
) -> None:
    config = msgspec.structs.replace(CONFIG, links=LinksSection(position=position))
    before = (HEAD + ending).replace("\n", eol)
    made = fixed(before, config=config)
    assert made.problems == ()
    assert BLOCK.replace("\n", eol).strip() in made.files[PAPER]
    assert fixed(made.files[PAPER], config=config).changed == frozenset()
    assert fixed(made.files[PAPER], config=config, talk=None, own=made).files[PAPER] == before


def test_a_note_without_front_matter_or_text_can_have_a_block() -> None:
    kinds = {**CONFIG.kinds, "paper": msgspec.structs.replace(CONFIG.kinds["paper"], folders=["Papers"])}
    config = msgspec.structs.replace(CONFIG, kinds=kinds)
    for before in ("", "\ufeff"):
        made = fixed(before, config=config)
        if made.changed:
            assert made.files[PAPER] == before + BLOCK
            assert fixed(made.files[PAPER], config=config, talk=None, own=made).files[PAPER] == before


@pytest.mark.parametrize(
    ("above", "below"),
    [("", "\nBelow.\n"), ("Above.\n\n", "\nBelow.\n"), ("Above.\n\n", "Below.\n"), ("# A\n\n", "\n# B\n")],
)
def test_a_moved_block_stays_where_it_is_and_is_kept_up_to_date(above: str, below: str) -> None:
    moved = HEAD + above + BLOCK + below
    assert fixed(moved).changed == frozenset()
    other = fixed(moved, talk=TALK.replace("slow", "fast"), own=fixed(HEAD))
    assert other.files[PAPER] == moved.replace("slow", "fast")
    gone = fixed(moved, talk=None, own=fixed(HEAD)).files[PAPER]
    assert "vaultsync" not in gone
    assert gone.replace("\n", "") == (HEAD + above + below).replace("\n", "")
    assert "Above.\nBelow." not in gone


def test_a_block_that_was_deleted_is_made_again() -> None:
    assert fixed(HEAD + "Body.\n").files[PAPER].endswith(BLOCK)


TYPED = {
    "a line": (["my own line"], "my own line\n"),
    "a bullet": (["- my own [[link]]s"], "- my own [[link]]s\n"),
    "two paragraphs": (["one", "", "two"], "one\n\ntwo\n"),
    "indented bullets": (["    - one", "        - two"], "- one\n    - two\n"),
    "a heading": (["### Thoughts", "", "text"], "### Thoughts\n\ntext\n"),
}


@pytest.mark.parametrize(("lines", "kept"), TYPED.values(), ids=TYPED)
@pytest.mark.parametrize("at", [1, 2, 3, 4])
def test_what_was_typed_into_a_block_is_moved_below_it(lines: list[str], kept: str, at: int) -> None:
    typed = HEAD + "\n".join([*LINES[:at], *lines, *LINES[at:]]) + "\n"
    done = fixed(typed, own=fixed(HEAD))
    assert done.files[PAPER] == HEAD + BLOCK + "\n" + kept
    assert fixed(done.files[PAPER], own=done).changed == frozenset()


def test_what_was_typed_stays_apart_from_what_follows_and_survives_the_end_of_the_block() -> None:
    typed = HEAD + BLOCK.replace(QUOTE, QUOTE + "\nmine") + "Below.\n"
    assert fixed(typed, own=fixed(HEAD)).files[PAPER] == HEAD + BLOCK + "\nmine\n\nBelow.\n"
    assert fixed(typed, talk=None, own=fixed(HEAD)).files[PAPER] == HEAD + "mine\nBelow.\n"


def test_a_stale_line_that_nobody_remembers_is_rather_kept_than_a_sentence_lost() -> None:
    typed = HEAD + BLOCK.replace("slow", "quick").replace("Talk Rings", "Talk Old")
    done = fixed(typed)
    assert done.files[PAPER] == HEAD + BLOCK + "\n- Rings are quick\n"


def test_a_quote_with_an_odd_line_separator_is_one_line() -> None:
    made = fixed(HEAD, talk=talk("- [[Rings]] are\u2028slow\x0c here\n"))
    assert fixed(made.files[PAPER], talk=talk("- [[Rings]] are\u2028slow\x0c here\n")).changed == frozenset()


DAMAGED = {
    "no end": HEAD + "Body.\n\n" + BLOCK.replace(LINES[-1] + "\n", "") + "\nMine.\n",
    "no end, text right below": HEAD + "Body.\n\n" + BLOCK.replace(LINES[-1] + "\n", "") + "Mine.\n",
    "no begin": HEAD + "Body.\n\n" + BLOCK.replace(LINES[0] + "\n", "") + "\nMine.\n",
    "no begin, text right above": HEAD + "Mine.\n" + BLOCK.replace(LINES[0] + "\n", ""),
    "no end at the end": HEAD + "Mine.\n\n" + "\n".join(LINES[:-1]),
    "no begin and no heading": HEAD + "Mine.\n\n" + "\n".join(LINES[2:]) + "\n",
}


@pytest.mark.parametrize("damaged", DAMAGED.values(), ids=DAMAGED)
@pytest.mark.parametrize("remembered", [True, False])
def test_a_block_with_half_its_markers_is_repaired_and_nothing_is_lost(
    damaged: str, remembered: bool
) -> None:
    done = fixed(damaged, own=fixed(HEAD) if remembered else None)
    text = done.files[PAPER]
    assert done.problems == ()
    assert BLOCK.strip() in text
    assert text.count("vaultsync:begin") == text.count("vaultsync:end") == 1
    assert "Mine." in text.replace(BLOCK, "")
    assert fixed(text).changed == frozenset()


@pytest.mark.parametrize("lost", [LINES[0], LINES[-1]])
def test_what_was_typed_into_a_block_with_half_its_markers_is_moved_below_it(lost: str) -> None:
    done = fixed(HEAD + BLOCK.replace(lost + "\n", "").replace(QUOTE, f"{QUOTE}, and mine"))
    assert done.files[PAPER] == HEAD + BLOCK + "\n- Rings are slow, and mine\n"


def test_a_renamed_notes_block_is_known_by_the_name_it_has_and_by_the_one_it_had() -> None:
    stale = HEAD + BLOCK.replace("slow", "quick")
    for written in (PAPER, "Papers/Old name.md"):

        def memory(path: str, written: str = written) -> Callable[[str], bool] | None:
            return (lambda line: line.strip() in stale) if path == written else None

        done = run({PAPER: stale, NOTE: TALK}, gone={"Papers/Old name.md": stale}, memory=memory)
        assert done.files[PAPER] == HEAD + BLOCK


@pytest.mark.parametrize("marker", [LINES[0], LINES[-1]])
def test_a_marker_alone_is_a_problem_and_the_note_stays_as_it_is(marker: str) -> None:
    text = HEAD + f"Above.\n\n{marker}\n\nBelow.\n"
    done = fixed(text)
    assert done.files[PAPER] == text
    assert [p.line for p in done.problems] == [text[: text.index(marker)].count("\n") + 1]
    assert "marker" in done.problems[0].message + done.problems[0].hint


def test_a_second_block_of_the_same_name_goes_and_what_was_typed_into_it_stays() -> None:
    text = HEAD + BLOCK + "\nMiddle.\n\n" + BLOCK.replace(QUOTE, QUOTE + "\nmine")
    done = fixed(text, own=fixed(HEAD))
    assert done.files[PAPER] == HEAD + BLOCK + "\nMiddle.\n\nmine\n"


@pytest.mark.parametrize(
    ("links", "block"),
    [
        (LinksSection(heading="Erwähnt", heading_level=4), ["#### Erwähnt", ENTRY, QUOTE]),
        (LinksSection(quotes=False), ["## Mentioned in", ENTRY]),
    ],
)
def test_heading_level_and_quotes_are_as_configured(links: LinksSection, block: list[str]) -> None:
    config = msgspec.structs.replace(CONFIG, links=links)
    made = fixed(HEAD, config=config)
    assert made.files[PAPER] == HEAD + "\n" + "\n".join([LINES[0], *block, LINES[-1]]) + "\n"
    again = fixed(fixed(HEAD).files[PAPER], config=config, own=fixed(HEAD))
    assert again.files == made.files


def test_entries_are_sorted_by_date_note_and_position_and_a_heading_is_reached_by_its_path() -> None:
    later = talk("- [[Rings]] one\n## Talk: Other\n- [[Rings]] two\n", title="B", date="2025-04-06")
    undated = talk("- [[Rings]] no date\n").replace("date: 2025-04-06\n", "").replace("# Montag\n", "")
    files = {
        PAPER: HEAD,
        "Conferences/B.md": later,
        "Conferences/A.md": later.replace("title: B", "title: A"),
        "Conferences/First.md": talk("- [[Rings]] early\n", title="First", date="2020-01-06"),
        "Conferences/Last.md": undated,
    }
    lines = run(files).files[PAPER].splitlines()
    assert [line for line in lines if line.startswith("- ")] == [
        "- [[First#Talk Rings|First]], 2020-01-06, Talk: Rings",
        "- [[A#Talk Rings|A]], 2025-04-07, Talk: Rings",
        "- [[A#Talk Other|A]], 2025-04-07, Talk: Other",
        "- [[B#Talk Rings|B]], 2025-04-07, Talk: Rings",
        "- [[B#Talk Other|B]], 2025-04-07, Talk: Other",
        "- [[Last#Talk Rings|ICASSP 2025]], Talk: Rings",
    ]


def test_a_title_that_no_link_can_show_leaves_the_files_name() -> None:
    made = fixed(HEAD, talk=talk("- [[Rings]]\n", title='"Workshop [2]"'))
    assert "- [[ICASSP 2025#Talk Rings]], 2025-04-07, Talk: Rings" in made.files[PAPER]
    assert made.problems == ()


def test_a_note_of_the_same_name_makes_the_entry_spell_the_path() -> None:
    files = {PAPER: HEAD, NOTE: TALK, "Archive/ICASSP 2025.md": "plain\n"}
    assert "- [[Conferences/ICASSP 2025#Talk Rings|ICASSP 2025]]" in run(files).files[PAPER]


def test_a_paper_that_is_only_identified_is_listed_in_the_conference_note() -> None:
    rings = HEAD.replace("tags:", 'arxiv: "2210.13695"\ntags:')
    done = run({PAPER: rings, NOTE: talk("- arXiv:2210.13695\n")})
    block = "%% vaultsync:begin papers %%\n## Papers\n- [[Rings|Rings of Carbon in Molecules]], Talk: Rings\n"
    assert done.files[NOTE] == talk("- arXiv:2210.13695\n") + f"\n{block}%% vaultsync:end papers %%\n"
    linked = done.files[NOTE].replace("- arXiv:2210.13695", "- arXiv:2210.13695 [[Rings]]")
    assert run({PAPER: rings, NOTE: linked}).files[NOTE] == talk("- arXiv:2210.13695 [[Rings]]\n")


def test_a_note_that_is_no_paper_any_more_loses_its_block() -> None:
    made = fixed(HEAD + "Body.\n").files[PAPER].replace("  - paper", "  - person")
    own = {line.strip() for line in made.splitlines()}
    done = run({"People/Rings.md": made}, memory=lambda path: lambda line: line.strip() in own)
    assert done.files["People/Rings.md"] == HEAD.replace("  - paper", "  - person") + "Body.\n"


def test_the_digest_of_a_line_ignores_blanks_at_its_ends() -> None:
    assert line_digest("    - a\r") == line_digest("- a") != line_digest("- b")
    assert len(line_digest("x")) == LINE_DIGEST


@pytest.mark.parametrize("body", ["", "Body.\n\n"])
def test_empty_blocks_in_a_row_go_with_the_blank_lines_between_them(body: str) -> None:
    empty = "%% vaultsync:begin mentions %%\n%% vaultsync:end mentions %%\n\n"
    assert fixed(HEAD + body + 3 * empty, talk=None).files[PAPER].rstrip() == (HEAD + body).rstrip()


PIECES = st.sampled_from(
    [LINES[0], LINES[-1], "%% vaultsync:begin papers %%", "%% vaultsync:end papers %%", "- [[Old]]", ""]
    + ["- [[Rings 2]], mine"]
    + ["Mine."] * 2
)


@given(st.lists(PIECES, max_size=9), st.sampled_from(["\n", "\r\n"]), st.booleans(), st.booleans())
@example([LINES[0], "- [[Old]]", "Mine.", LINES[-1], LINES[0], "- [[Old]]", LINES[-1]], "\n", False, True)
@example(["%% vaultsync:begin papers %%", "- [[Old]]", LINES[0], "- [[Old]]", LINES[-1]], "\n", False, False)
@example(
    [LINES[0], "- [[Old]]", "Mine.", "", "- [[Old]]", LINES[-1], "- [[Old]]", LINES[-1]], "\r\n", False, True
)
@settings(max_examples=400)
def test_however_markers_stand_a_run_comes_to_rest_and_loses_nothing_that_was_typed(
    pieces: list[str], eol: str, ended: bool, mentioned: bool
) -> None:
    text = HEAD.replace("\n", eol) + eol.join(pieces) + (eol if ended else "")
    own = {"- [[Old]]", "## Mentioned in", ENTRY, QUOTE.strip()}

    def memory(path: str) -> Callable[[str], bool]:
        return lambda line: line.strip() in own

    files = {PAPER: text, NOTE: TALK} if mentioned else {PAPER: text}
    done = run(files, memory=memory)
    after = done.files[PAPER]
    assert [problem for problem in done.problems if problem.rule == "guard"] == []
    assert [after.count(word) for word in ("Mine.", "mine")] == [
        text.count(word) for word in ("Mine.", "mine")
    ]
    assert run({**files, PAPER: after}, memory=memory).changed == frozenset()
