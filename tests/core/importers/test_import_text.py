"""Imported text as Obsidian shows it, imported titles as file names, pasted notes as Markdown."""

from __future__ import annotations

import html
import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from vaultsync.core.importers import Options, parse_whole
from vaultsync.core.importers.file_names import MAX_BYTES, name_key, numbered, safe_stem
from vaultsync.core.importers.markdown_escape import escaped, heading, item
from vaultsync.core.markdown import parse_body, rendered

DATA = Path(__file__).parents[2] / "data" / "import"
CONFERENCE = Options(name="raw_conference.txt", title="Made-up: 2025", date="2025-04-06")

_SIGNS = r"[[ ]] $$ %% == ~~ ** <b> <!-- &amp; --- ``` ]( [^1] \% \$ `` '' \alpha #tag |-|"
_FRAGMENTS = st.sampled_from(
    [*"abZ1 *_`~=$[]()<>&;#^%|\\!-+.:\n/é你'\"", *_SIGNS.split(), "* ", "- ", "1. ", "# ", " ^id"]
)


def _trimmed(text: str) -> str:
    return "\n".join(filter(None, (line.strip() for line in text.split("\n"))))


@given(st.lists(_FRAGMENTS, max_size=14).map("".join).map(_trimmed).filter(bool))
@settings(max_examples=200, deadline=None)
@example("`=\n```")
@example("**=\n****")
@example("\\$\\$1")
@example("a~~*~~")
def test_any_text_is_shown_as_it_was(text: str) -> None:
    shown = rendered(escaped(text))
    assert shown.count("<") == 2 * shown.count("<p>")
    assert html.unescape(re.sub("</?p>", "", shown)).strip() == text


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("5 * 3 and a_b and x < y and C# and R&D", None),
        ("it costs $5 and no more", None),
        ("a ``quoted'' word", None),
        (r"\alpha and \mathcal{H}", None),
        (r"3\% of Schr\"odinger", r"3\\% of Schr\\" + '"odinger'),
        ("*two-stage* inference", r"\*two-stage\* inference"),
        ("called <projektor>, which", r"called \<projektor>, which"),
        ("ends with a backslash \\", "ends with a backslash \\\\"),
        ("see [[Note]] and ![[embed]]", r"see \[[Note]] and !\[[embed]]"),
        ("a link [x](y) and a footnote[^1]", r"a link [x\](y) and a footnote\[^1]"),
        ("# not a heading", r"\# not a heading"),
        ("- not an item", r"\- not an item"),
        ("2. not a list", r"2\. not a list"),
        ("no #tag here", r"no \#tag here"),
        ("from $x$ to $y$", r"from \$x\$ to \$y\$"),
        ("a %%comment%% and ==light==", r"a \%\%comment\%\% and \=\=light\=\="),
        ("no block id ^abc", r"no block id \^abc"),
        ("AT&amp;T", r"AT\&amp;T"),
        ("---", r"\---"),
    ],
)
def test_a_backslash_stands_only_where_one_is_needed(text: str, written: str | None) -> None:
    assert escaped(text) == (written or text)


def test_obsidian_s_own_signs_mean_nothing_in_imported_text() -> None:
    body = parse_body(escaped("#tag %%hidden%% ==x== [[Link]] ![[embed]] $x$ end ^id"))
    assert (body.tags, body.links, body.math, body.comments) == ((), (), (), ())


def test_math_that_is_meant_stays_math() -> None:
    assert escaped(r"let $x_1 * y_1$ be *this*", math=True) == r"let $x_1 * y_1$ be \*this\*"


def test_headings_and_items_keep_their_signs() -> None:
    assert heading("C #") == r"C \#"
    assert heading("# [x] *y*  z") == r"\# [x] \*y\* z"
    assert item("[ ] a task?") == r"\[ ] a task?"
    assert item("[ab] bracket") == "[ab] bracket"


@pytest.mark.parametrize(
    ("title", "stem"),
    [
        ("Amos: An Adam-style Optimizer", "Amos - An Adam-style Optimizer"),
        ("Is it so?", "Is it so"),
        ("fairJD/Resume and I/O", "fairJD-Resume and I-O"),
        ('A "Field" Guide', "A 'Field' Guide"),
        ("x^2 | y [z] #4", "x-2 y (z) 4"),
        ("<projektor> and *stars*", "projektor and stars"),
        (r"\rdmpr, \alpha", "rdmpr, alpha"),
        ("...hidden.", "hidden"),
        ("-rf", "rf"),
        ("Aux", "Aux_"),
        ("com1.x", "com1_.x"),
        ("Console", "Console"),
        ("Ends with a colon:", "Ends with a colon"),
        ("readme.md", "readme md"),
        ("two\nlines\tand\x07 controls\u200b", "two lines and controls"),
        ("u\u0308ber", "über"),
        ("???", "Untitled"),
        ("深度学习：综述", "深度学习：综述"),
        ("100%% sure", "100% sure"),
    ],
)
def test_a_title_becomes_a_name_that_every_system_and_link_can_hold(title: str, stem: str) -> None:
    assert safe_stem(title) == stem


@given(st.text(max_size=400))
@settings(max_examples=200, deadline=None)
@example("é" * 300)
@example("a" * 236 + "e\u0301" * 3)
@example("con:")
@example(". .md.md")
def test_any_title_gives_a_legal_linkable_stable_name(title: str) -> None:
    stem = safe_stem(title)
    assert stem
    assert not set(stem) & set('\\/:*?"<>|#^[]')
    assert not any(unicodedata.category(char) in ("Cc", "Cs") for char in stem)
    assert stem == stem.strip(" .")
    assert len(f"{stem} (9999).md".encode()) <= MAX_BYTES
    assert unicodedata.is_normalized("NFC", stem)
    assert stem.split(".")[0].casefold() not in {"con", "prn", "aux", "nul", "com1", "lpt9"}
    assert safe_stem(stem) == stem


def test_a_name_that_is_taken_is_numbered_whatever_its_case() -> None:
    taken = {name_key("Sparse"), name_key("SPARSE (2)")}
    assert numbered("sparse", taken) == "sparse (3)"
    assert numbered("Dense", taken) == "Dense"
    assert name_key("U\u0308BER") == name_key("über")


def test_pasted_conference_notes_become_a_note_with_headings() -> None:
    parsed = parse_whole((DATA / "raw_conference.txt").read_bytes(), CONFERENCE)
    assert (parsed.problems, parsed.skipped) == ((), ())
    (note,) = parsed.notes
    assert note.text == (DATA / "raw_conference.md").read_text()
    assert (note.title, note.date) == ("Made-up: 2025", "2025-04-06")


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text)


def test_every_word_of_pasted_notes_stays_in_its_place() -> None:
    raw = (DATA / "raw_conference.txt").read_text()
    text = parse_whole(raw.encode(), CONFERENCE).notes[0].text
    assert _words(text.split("---\n", 2)[2]) == _words(raw)


_LINES = st.one_of(
    st.sampled_from(
        ["Montag Vormittag", "Talk: A B", "• item", "\t• deeper", "Comment: so", "Sparsity", "Posters", ""]
    ),
    st.lists(_FRAGMENTS, max_size=6).map(lambda parts: "".join(parts).replace("\n", " ")),
)


@given(st.lists(_LINES, max_size=10).map("\n".join))
@settings(max_examples=150, deadline=None)
def test_any_pasted_text_keeps_its_words_and_makes_only_headings_and_lists(text: str) -> None:
    parsed = parse_whole(("Monday\n" + text).encode(), CONFERENCE, "conference")
    body = parsed.notes[0].text.split("---\n", 2)[2]
    assert _words(body) == _words("Monday\n" + text)
    assert set(re.findall(r"</?([a-z]+\d?)", rendered(body))) <= {"h1", "h2", "h3", "p", "ul", "li"}


@pytest.mark.parametrize(
    "options", [Options(), Options(title="X"), Options(date="2025-04-06"), Options(title="X", date="6.4.25")]
)
def test_name_and_date_of_pasted_notes_are_asked_for_never_guessed(options: Options) -> None:
    parsed = parse_whole((DATA / "raw_conference.txt").read_bytes(), options)
    assert parsed.refused
    assert parsed.notes == ()


def test_a_markdown_note_is_copied_as_it_is() -> None:
    text = "\ufeff---\r\ntitle: 'A  B'\r\ndate: 2025-04-06\r\n---\r\n# Montag  \r\n@article{x, y=1}\r\nno end"
    (note,) = parse_whole(text.encode(), Options(name="x.md")).notes
    assert note.text == text[1:]
    assert (note.title, note.date) == ("A B", "2025-04-06")


def test_a_markdown_note_is_named_by_option_title_or_file() -> None:
    data = b"# Monday\n\ntext\n"
    assert parse_whole(data, Options(name="in/ICASSP 2025.md", title="T")).notes[0].title == "T"
    assert parse_whole(data, Options(name="in/ICASSP 2025.md")).notes[0].title == "ICASSP 2025"
    assert parse_whole(data).refused
