"""Whose a line in a managed block is: what was planned, what was kept, what git remembers, or nobody."""

from __future__ import annotations

from vaultsync.core.links.block_memory import BlockMemory, Writer, has_line, line_digest, line_digests
from vaultsync.core.note import Note, digest_of

TEXT = "%% vaultsync:begin mentions %%\n## Mentioned in\n- [[A]]\n%% vaultsync:end mentions %%\n"
NOTE = Note("n.md", TEXT, digest_of(TEXT.encode()), "paper")


def test_without_a_memory_nobody_knows_who_wrote_a_line() -> None:
    assert BlockMemory(lambda path: None).writer_of("n.md", "- [[A]]") is Writer.UNKNOWN


def test_what_a_plan_wrote_is_the_tools_until_the_next_plan() -> None:
    memory = BlockMemory(lambda path: None)
    memory.plan("", NOTE)
    assert memory.writer_of("n.md", "- [[A]]") is Writer.TOOL
    assert memory.writer_of("other.md", "- [[A]]") is Writer.UNKNOWN
    memory.start_plan()
    assert memory.writer_of("n.md", "- [[A]]") is Writer.UNKNOWN


def test_a_line_that_a_plan_found_in_the_note_is_not_its_own() -> None:
    memory = BlockMemory(lambda path: None)
    memory.plan("- [[A]]\n", NOTE)
    assert memory.writer_of("n.md", "- [[A]]") is Writer.UNKNOWN
    assert memory.writer_of("n.md", "## Mentioned in") is Writer.TOOL


def test_beside_lines_that_were_kept_any_other_is_the_persons() -> None:
    memory = BlockMemory(lambda path: None)
    memory.keep("n.md", line_digests(NOTE))
    assert memory.writer_of("n.md", "  - [[A]]  ") is Writer.TOOL
    assert memory.writer_of("n.md", "typed") is Writer.PERSON
    memory.keep("n.md", None)
    assert memory.writer_of("n.md", "- [[A]]") is Writer.UNKNOWN


def test_git_has_the_last_word_on_what_no_run_kept() -> None:
    memory = BlockMemory(lambda path: "- [[Old]]".__eq__ if path == "n.md" else None)
    memory.keep("n.md", line_digest("- [[A]]"))
    assert memory.writer_of("n.md", "- [[Old]]") is Writer.TOOL
    assert memory.writer_of("n.md", "- [[A]]") is Writer.TOOL
    assert memory.writer_of("n.md", "typed") is Writer.PERSON


def test_a_digest_across_two_others_is_of_no_line() -> None:
    both = line_digest("one") + line_digest("two")
    assert [has_line(both, line) for line in ("one", "two", "three")] == [True, True, False]
    assert not has_line(b"x" * 4 + line_digest("one") + b"x" * 4, "one")


def test_of_a_list_that_no_rule_tended_only_what_was_known_is_the_tools() -> None:
    memory = BlockMemory(lambda path: None)
    typed = Note("n.md", TEXT.replace("- [[A]]\n", "- [[A]]\n- typed\n"), digest_of(b""), "paper")
    assert memory.at_rest(typed, ()) is None
    memory.keep("n.md", line_digests(NOTE))
    for tended in ((), ("papers",)):
        assert memory.at_rest(typed, tended) == line_digests(NOTE)
    assert memory.at_rest(typed, ("mentions",)) == line_digests(typed)
    stray = Note("n.md", f"{typed.text}\nx\n\n%% vaultsync:end mentions %%\n", digest_of(b""), "paper")
    assert memory.at_rest(stray, ("mentions",)) == line_digests(NOTE)


def test_a_plan_teaches_nothing_of_a_note_that_it_gave_up() -> None:
    memory = BlockMemory(lambda path: None)
    memory.found({"n.md": line_digests(NOTE), "plain.md": None})
    memory.settle("other.md")
    memory.settle("plain.md")
    assert memory.kept("n.md") is memory.kept("other.md") is memory.kept("plain.md") is None
    memory.settle("n.md")
    assert memory.kept("n.md") == line_digests(NOTE)
