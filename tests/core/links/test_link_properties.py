"""What holds of every vault: links come and go without a trace, resolve, and do not depend on order.

The texts are made of names, of what protects them, and of what Markdown makes of lines.
"""

from __future__ import annotations

import random
import re
from functools import partial

from hypothesis import given, settings
from hypothesis import strategies as st
from linking import paper, run, talk

from vaultsync.core.links.obsidian_links import FileNames, resolve
from vaultsync.core.markdown import managed_blocks, parse_body
from vaultsync.core.note import note_of

NOTE, OTHER = "Conferences/A.md", "Conferences/B.md"
PAPERS = {
    "Papers/Drug Design.md": paper(
        "Structure-based Drug Design with Diffusion", "aliases: [DiffSBDD]", 'arxiv: "2210.13695"', body="x\n"
    ),
    "Papers/FLoRA.md": paper("FLoRA: Low-Rank Core Space"),
    "Papers/Amos.md": paper("Amos: An Adam-style Optimizer", 'arxiv: "2210.11693"'),
    "Old/Amos.md": paper("Another Amos Paper of Old Times"),
    "Papers/Twin 1.md": paper("Learning by Twins in Pairs", "aliases: [TwinNet]"),
    "Papers/Twin 2.md": paper("Teaching by Twins in Pairs", "aliases: [TwinNet]"),
    "Papers/@he2016deep.md": paper("Deep Residual Learning for Images"),
    "Papers/Brücke.md": paper("Light Schrödinger Bridge"),
}
NAMES = (
    *("DiffSBDD", "Structure-based Drug Design with Diffusion", "FLoRA", "Amos", "TwinNet", "diffsbdd"),
    *("Deep Residual Learning for Images", "Light Schro\u0308dinger Bridge", "arXiv:2210.13695"),
    *("[@he2016deep]", "[[Amos]]", "[[Papers/Amos|Amos]]", "[x](../Papers/FLoRA.md)", "2210.11693"),
)
PIECES = (
    *(" ", "  ", "\n", "\n\n", "\n- ", "\n    - ", "\n> ", "\n| a | ", " | b |\n|---|---|\n| ", "\n# "),
    *("\n## ", "`", "``", "```\n", "~~~\n", "$", "$$", "%%", "<!--", "-->", "<b>", "</b>", "<a>", "**"),
    *("*", "_", "==", "[", "]", "[[", "]]", "(", ")", "!", "\\", "#", "^", "的", "é", "://", "::", "text"),
    *("5", "\u00a0", "---\n", "<!-- vaultsync:off -->", "\n\t"),
    *("%% vaultsync:begin papers %%\n", "\n%% vaultsync:end papers %%\n"),
)
TEXTS = st.lists(st.sampled_from(NAMES + PIECES) | st.sampled_from(NAMES), max_size=25).map("".join)

_BLOCK = re.compile(r"%% vaultsync:begin papers %%\n(?:.*\n)*?%% vaultsync:end papers %%\n?")


def vault(*texts: str) -> dict[str, str]:
    notes = {path: talk(text, title=path[-4]) for path, text in zip((NOTE, OTHER), texts, strict=False)}
    return {**PAPERS, **notes}


def without_list(text: str) -> str:
    """The note without the list of papers, and without the blank line that came with it."""
    if (m := _BLOCK.search(text)) is None:
        return text
    if m.end() < len(text):  # at the start, where the end isn't open to it
        return text[: m.start()] + text[m.end() + 1 :]
    return text[: m.start() - (1 if m[0].endswith("\n") else 2)]


def placed(text: str, done: str) -> tuple[list[str], str]:
    """The links that a run put into a note, found by walking both texts, and what else differs."""
    links, at = [], 0
    for m in re.finditer(r"\[\[(?:[^\[\]|]*?\\?\|)?([^\[\]]*)\]\]", done):
        gap = done[at : m.start()]
        if not text.startswith(gap):
            break
        if text.startswith(gap + m[0]):
            text = text.removeprefix(gap + m[0])
        elif text.startswith(gap + m[1]):
            text = text.removeprefix(gap + m[1])
            links.append(m[0])
        else:
            break
        at = m.end()
    return links, done[at:].removeprefix(text) if done[at:].startswith(text) else "different: " + done[at:]


@settings(max_examples=150, deadline=None)
@given(TEXTS)
def test_taking_the_links_out_gives_the_bytes_back_and_each_leads_to_its_paper(text: str) -> None:
    if "vaultsync:" in text:
        text = text.replace("vaultsync:begin", "begin").replace("vaultsync:end", "end")
    files = vault(text)
    before = run(files, rules=())
    reading = before.index.reading_at(NOTE)
    assert reading is not None
    done = run(files)
    links, rest = placed(files[NOTE], without_list(done.files[NOTE]))
    assert rest == ""
    names = FileNames(files)
    after = note_of(NOTE, done.files[NOTE], before.index.config).body
    written = [link for link in after.links if link.span.of(done.files[NOTE]) in links]
    assert len(written) >= len(links)
    meant = {place.paper for place in reading.placements}
    for link in links:
        (found,) = parse_body(link).links
        target = resolve(names, NOTE, found.target)
        assert names.candidates(NOTE, found.target) == (target,)
        assert target in meant
    protected = note_of(NOTE, files[NOTE], before.index.config).body.protected
    assert not any(protected.touches(p.span.start, p.span.end) for p in reading.placements)


def stood_in_a_block(text: str, line: str) -> bool:
    return any(line in block.inner.of(text).split("\n") for block in managed_blocks(text))


@settings(max_examples=150, deadline=None)
@given(TEXTS, TEXTS)
def test_two_runs_are_one(one: str, two: str) -> None:
    first = run(vault(one, two))
    assert [p for p in first.problems if p.rule == "guard"] == []
    second = run(first.files, memory=lambda path: partial(stood_in_a_block, first.files[path]))
    assert second.files == first.files
    assert second.problems == first.problems


@settings(max_examples=60, deadline=None)
@given(TEXTS, TEXTS, st.randoms(use_true_random=False))
def test_the_order_of_the_notes_does_not_matter(one: str, two: str, shuffle: random.Random) -> None:
    files = vault(one, two)
    items = list(files.items())
    shuffle.shuffle(items)
    shuffled = run(dict(items))
    straight = run(files)
    assert shuffled.files == straight.files
    assert shuffled.problems == straight.problems


@settings(max_examples=60, deadline=None)
@given(TEXTS)
def test_an_unrelated_note_changes_nothing(text: str) -> None:
    files = vault(text)
    alone = run(files)
    unrelated = {"Papers/Other.md": paper("Zebra Crossings in Kyoto at Night"), "Daily/x.md": "DiffSBDD\n"}
    together = run({**files, **unrelated})
    assert {path: together.files[path] for path in files} == alone.files
    assert together.problems == alone.problems
    assert {path: together.files[path] for path in unrelated} == unrelated


@settings(max_examples=60, deadline=None)
@given(TEXTS)
def test_the_paper_notes_hear_of_exactly_the_mentions(text: str) -> None:
    done = run(vault(text))
    reading = done.index.reading_at(NOTE)
    assert reading is not None
    listed = {path for path in PAPERS if "[[A" in done.files[path].partition("vaultsync:begin mentions")[2]}
    assert listed == reading.papers
    gone = run({path: done.files[path] for path in PAPERS}, memory=lambda _: lambda _: True)
    assert {path: gone.files[path] for path in PAPERS} == PAPERS
