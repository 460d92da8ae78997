"""How Obsidian resolves and writes links: tables, an independent reading of the rules, properties."""

from __future__ import annotations

import random
import time
import unicodedata
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaultsync.core.config.obsidian_settings import LinkStyle
from vaultsync.core.links.obsidian_links import (
    FileNames,
    Unlinkable,
    heading_subpaths,
    heading_text,
    is_ambiguous,
    resolve,
    resolve_heading,
    write_link,
)
from vaultsync.core.markdown import Heading, links_in_value, parse_body
from vaultsync.core.text.spans import Span

FILES = [
    "Note.md",
    "A/Note.md",
    "A/B/Note.md",
    "A/Only.md",
    "A/B/Deep.md",
    "C/D/Deep.md",
    "C/Deep.md",
    "C/Paper: Title.md",
    "C/v1.0.md",
    "C/v1.0",
    "C/pic.png",
    "D/pic.png",
    "C/pic.png.md",
    "Sub/Zwei.md",
    "Sub/zwei.canvas",
    "Папка/Заметка.md",
    unicodedata.normalize("NFD", "Größe/Käse.md"),
    "xA/Far.md",
    "Q/A/Far.md",
    "@smith2020.md",
    "a  b/two  blanks.md",
]

# source, target as in the link, where Obsidian goes
RESOLUTION = [
    ("", "", ""),
    ("A/x.md", "", "A/x.md"),
    # a name, without regard to case, `.md` optional
    ("x.md", "Only", "A/Only.md"),
    ("C/x.md", "only.MD", "A/Only.md"),
    ("x.md", " Only ", "A/Only.md"),
    ("x.md", "заметка", "Папка/Заметка.md"),
    ("x.md", "@smith2020", "@smith2020.md"),
    ("x.md", "Paper: Title", "C/Paper: Title.md"),
    ("x.md", "two  blanks", "a  b/two  blanks.md"),
    ("x.md", "two  blanks".replace(" ", "\u00a0"), "a  b/two  blanks.md"),
    ("x.md", "Missing", None),
    ("x.md", "A", None),
    ("x.md", "A/", None),
    # NFC and NFD are one name
    ("x.md", "Käse", FILES[16]),
    ("x.md", unicodedata.normalize("NFD", "größe/käse"), FILES[16]),
    # a name as written comes before the same with .md
    ("x.md", "v1.0", "C/v1.0"),
    ("x.md", "v1.0.md", "C/v1.0.md"),
    ("x.md", "C/pic.png", "C/pic.png"),
    ("x.md", "pic.png.md", "C/pic.png.md"),
    ("x.md", "Zwei", "Sub/Zwei.md"),
    ("x.md", "zwei.canvas", "Sub/zwei.canvas"),
    ("x.md", "pic", None),
    # an exact path comes first, even the root's file from a folder with the same name
    ("A/x.md", "Note", "Note.md"),
    ("A/B/x.md", "A/Note", "A/Note.md"),
    ("C/x.md", "A/B/Note", "A/B/Note.md"),
    ("C/x.md", "a/b/note.md", "A/B/Note.md"),
    # the source's folder, then the shortest path
    ("C/x.md", "Deep", "C/Deep.md"),
    ("C/D/x.md", "Deep", "C/Deep.md"),  # `C/Deep.md` begins with `C/D`: Obsidian's own slip
    ("C/D/x.md", "./Deep", "C/D/Deep.md"),
    ("A/B/x.md", "Deep", "A/B/Deep.md"),
    ("x.md", "Deep", "C/Deep.md"),
    ("D/x.md", "pic.png", "D/pic.png"),
    ("Z/x.md", "pic.png", "C/pic.png"),
    # the end of a path, as Obsidian takes it: not only whole folders
    ("x.md", "B/Deep", "A/B/Deep.md"),
    ("x.md", "D/Deep", "C/D/Deep.md"),
    ("x.md", "A/Far", "xA/Far.md"),
    ("x.md", "Z/Deep", None),
    # from the root
    ("A/x.md", "/Note", "Note.md"),
    ("A/x.md", "/A/Only", "A/Only.md"),
    ("A/x.md", "/B/Deep", None),
    # relative
    ("A/x.md", "./Note", "A/Note.md"),
    ("A/B/x.md", "../Note", "A/Note.md"),
    ("A/B/x.md", "../../Note", "Note.md"),
    ("A/B/x.md", "../../../Note", "Note.md"),
    ("A/B/x.md", "./../Note", "A/Note.md"),
    ("C/D/x.md", "../../A/B/Note.md", "A/B/Note.md"),
    ("x.md", "./A/Note", "A/Note.md"),
    ("x.md", "./Only", "A/Only.md"),
]


@pytest.mark.parametrize(("source", "target", "path"), RESOLUTION)
def test_a_link_leads_where_obsidian_goes(source: str, target: str, path: str | None) -> None:
    assert resolve(FileNames(FILES), source, target) == path


@pytest.mark.parametrize(("source", "target", "path"), RESOLUTION)
def test_the_order_in_which_files_are_added_makes_no_difference(
    source: str, target: str, path: str | None
) -> None:
    for seed in range(3):
        files = random.Random(seed).sample(FILES, len(FILES))
        names = FileNames([*files, "gone/Note.md", "gone/Deep.md"])
        names.remove("gone/Note.md")
        names.remove("gone/Deep.md")
        names.remove("gone/Deep.md")
        names.add("Note.md")
        assert resolve(names, source, target) == path
        assert sorted(names) == sorted(FILES)
        assert len(names) == len(FILES)


def test_a_link_tells_whether_it_is_ambiguous() -> None:
    names = FileNames(FILES)
    assert is_ambiguous(names, "C/x.md", "Deep")
    assert names.candidates("C/x.md", "Deep") == ("C/Deep.md", "C/D/Deep.md", "A/B/Deep.md")
    assert names.sharing_name("x/deep.md") == ("C/Deep.md", "A/B/Deep.md", "C/D/Deep.md")
    for target in ("Only", "Note", "C/Deep", "./Note", "Missing", ""):
        assert not is_ambiguous(names, "C/x.md", target)


def test_paths_that_differ_only_in_case_are_ambiguous() -> None:
    names = FileNames(["A/Note.md", "A/note.md", "A/NOTE.md"])
    assert is_ambiguous(names, "x.md", "A/note")
    assert resolve(names, "x.md", "A/note") == "A/note.md"
    assert resolve(names, "x.md", "/A/NOTE") == "A/NOTE.md"
    assert "A/Note.md" in names
    assert "a/Note.md" not in names
    names.remove("A/note.md")
    names.remove("A/NOTE.md")
    assert not is_ambiguous(names, "x.md", "A/note")


SHORT, LONG, NEAR = (LinkStyle(form) for form in ("shortest", "absolute", "relative"))
MARKDOWN, MARKDOWN_LONG, MARKDOWN_NEAR = (
    LinkStyle(form, use_markdown_links=True) for form in ("shortest", "absolute", "relative")
)

WRITING = [
    (SHORT, "x.md", "A/Only.md", {}, "[[Only]]"),
    (SHORT, "x.md", "A/Only.md", {"display": "Only"}, "[[Only]]"),
    (SHORT, "x.md", "A/Only.md", {"display": "only"}, "[[Only|only]]"),
    (SHORT, "x.md", "A/Only.md", {"display": "**One** | two"}, "[[Only|**One** | two]]"),
    (SHORT, "x.md", "A/Only.md", {"display": "a", "in_table": True}, r"[[Only\|a]]"),
    (SHORT, "x.md", "A/Only.md", {"display": r"a | b \| c", "in_table": True}, r"[[Only\|a \| b \| c]]"),
    (SHORT, "x.md", "A/Only.md", {"in_table": True}, "[[Only]]"),
    (SHORT, "x.md", "Note.md", {}, "[[Note]]"),
    (SHORT, "A/x.md", "A/Note.md", {"display": "n"}, "[[A/Note|n]]"),
    (SHORT, "C/x.md", "C/Deep.md", {}, "[[C/Deep]]"),
    (SHORT, "x.md", "C/v1.0.md", {}, "[[v1.0.md]]"),
    (SHORT, "x.md", "C/v1.0", {}, "[[v1.0]]"),
    (SHORT, "x.md", "C/pic.png.md", {}, "[[pic.png.md]]"),
    (SHORT, "x.md", FILES[16], {}, "[[Käse]]"),
    (SHORT, "x.md", "Q/A/Far.md", {}, "[[Q/A/Far]]"),
    (LONG, "x.md", "A/Only.md", {}, "[[A/Only]]"),
    (LONG, "A/x.md", "Note.md", {}, "[[Note]]"),
    (NEAR, "A/B/x.md", "A/Only.md", {}, "[[../Only]]"),
    (NEAR, "A/x.md", "A/Only.md", {}, "[[Only]]"),
    (NEAR, "A/x.md", "A/Note.md", {}, "[[A/Note]]"),
    (NEAR, "Q/x.md", "Q/A/Far.md", {}, "[[Q/A/Far]]"),
    (SHORT, "x.md", "A/Only.md", {"heading": "Results: C# & more"}, "[[Only#Results C & more]]"),
    (
        SHORT,
        "x.md",
        "A/Only.md",
        {"heading": ("Tuesday", "Talk: [A] `b`"), "display": "A"},
        "[[Only#Tuesday#Talk A b|A]]",
    ),
    (SHORT, "A/Only.md", "A/Only.md", {"heading": "Talk"}, "[[#Talk]]"),
    (SHORT, "A/Only.md", "A/Only.md", {}, "[[Only]]"),
    (MARKDOWN, "x.md", "A/Only.md", {}, "[Only](Only.md)"),
    (MARKDOWN, "x.md", "A/Only.md", {"display": "a [b] c"}, r"[a \[b\] c](Only.md)"),
    (MARKDOWN, "x.md", "A/Only.md", {"display": r"a \[b\]"}, r"[a \[b\]](Only.md)"),
    (MARKDOWN, "x.md", "A/Only.md", {"display": "a|b", "in_table": True}, r"[a\|b](Only.md)"),
    (
        MARKDOWN,
        "x.md",
        "A/Only.md",
        {"heading": "A 100% (b)"},
        "[Only > A 100% (b)](Only.md#A%20100%25%20%28b%29)",
    ),
    (MARKDOWN, "A/Only.md", "A/Only.md", {"heading": "A b"}, "[A b](#A%20b)"),
    (MARKDOWN, "x.md", "a  b/two  blanks.md", {"display": "t"}, "[t](two%20%20blanks.md)"),
    (
        MARKDOWN,
        "x.md",
        "C/Paper: Title.md",
        {"display": "t"},
        "[t](C/Paper:%20Title.md)".replace("C/Paper", "C/Paper"),
    ),
    (MARKDOWN_LONG, "x.md", "A/Only.md", {"display": "t"}, "[t](A/Only.md)"),
    (MARKDOWN_NEAR, "C/D/x.md", "A/Only.md", {"display": "t"}, "[t](../../A/Only.md)"),
]


@pytest.mark.parametrize(("style", "source", "target", "options", "link"), WRITING)
def test_a_link_is_written_as_obsidian_would(
    style: LinkStyle, source: str, target: str, options: dict[str, object], link: str
) -> None:
    assert write_link(FileNames(FILES), style, source, target, **options) == link  # type: ignore[arg-type]  # a table


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("A/B#C.md", "'#'"),
        ("A/B^C.md", r"'\^'"),
        ("A/[B].md", r"'\['"),
        ("A/B|C.md", r"'\|'"),
        ("A/B\\C.md", "can hold the"),
        ("A/B\nC.md", "can hold the"),
        ("A/B`C.md", "'`'"),
        ("A/50%%.md", "'%%'"),
        ("A/<b>.md", "'<b>'"),
        ("A/Note.md", "differ only in case"),
        ("A/Missing.md", "is not in the vault"),
        ("LICENSE", "without an extension"),
    ],
)
@pytest.mark.parametrize("style", [SHORT, MARKDOWN])
def test_what_no_link_can_reach_is_refused_with_the_reason(
    style: LinkStyle, target: str, reason: str
) -> None:
    names = FileNames(["A/Note.md", "A/note.md", "LICENSE"])
    if "Missing" not in target:
        names.add(target)
    with pytest.raises(Unlinkable, match=reason):
        write_link(names, style, "x.md", target)


def test_a_folder_that_no_link_can_hold_does_not_matter_where_the_name_is_enough() -> None:
    names = FileNames(["C#/Note.md"])
    assert write_link(names, SHORT, "x.md", "C#/Note.md") == "[[Note]]"
    assert write_link(names, LONG, "C#/x.md", "C#/Note.md") == "[[Note]]"
    names.add("Note.md")
    assert write_link(names, SHORT, "C#/x.md", "C#/Note.md") == "[[./Note]]"
    with pytest.raises(Unlinkable, match="'#'"):
        write_link(names, SHORT, "x.md", "C#/Note.md")


@pytest.mark.parametrize(
    ("style", "display"),
    [
        (SHORT, "a\nb"),
        (SHORT, "a\rb"),
        (SHORT, "a]]b"),
        (SHORT, "a[[b"),
        (SHORT, "a [b]"),
        (SHORT, "a\\"),
        (SHORT, " "),
        (MARKDOWN, "a\\"),
        (MARKDOWN, "`a[0]`"),
        (MARKDOWN, "a\nb"),
    ],
)
def test_a_text_that_would_break_its_link_is_refused(style: LinkStyle, display: str) -> None:
    with pytest.raises(Unlinkable):
        write_link(FileNames(FILES), style, "x.md", "A/Only.md", display=display)


def test_a_name_like_an_address_or_an_entity_is_not_written_as_one() -> None:
    names = FileNames(["http: x.md", "R&amp;D.md"])
    assert write_link(names, MARKDOWN, "a.md", "http: x.md", display="t") == "[t](./http:%20x.md)"
    assert write_link(names, SHORT, "a.md", "R&amp;D.md", display="t") == "[[R&amp;D|t]]"
    with pytest.raises(Unlinkable):
        write_link(names, MARKDOWN, "a.md", "R&amp;D.md", display="t")


# --- headings


def outline(*lines: str) -> list[Heading]:
    return [
        Heading(len(marks), text, Span(i, i + 1), Span(i, i + 1))
        for i, (marks, _, text) in enumerate(line.partition(" ") for line in lines)
    ]


@pytest.mark.parametrize(
    ("subpath", "index"),
    [
        ("Talk", 1),
        ("talk", 1),
        ("Tuesday#Talk", 3),
        ("#Tuesday#Talk", 3),
        ("Monday#Talk", 1),
        ("Talk#Talk", None),
        ("Results  C & more", 4),
        ("results c  more", 4),
        ("Tuesday#Results (C) more!", 4),
        ("Bold word", 5),
        ("Monday#Bold word", 5),
        ("Bold word#Monday", None),
        ("under_score", None),
        ("^abc", None),
        ("#^abc", None),
        ("", None),
        ("Missing", None),
    ],
)
def test_a_heading_link_is_compared_as_obsidian_does(subpath: str, index: int | None) -> None:
    headings = outline(
        "# Monday", "## Talk", "# Tuesday", "## Talk", "## Results: C# & more", "## **Bold** [[word]]"
    )
    assert resolve_heading(headings, subpath) == index


def test_each_heading_has_the_shortest_path_that_leads_to_it() -> None:
    headings = outline("# Monday", "## Talk", "# Tuesday", "## Talk", "## Talk", "## ???", "# A: B", "# a b")
    assert heading_subpaths(headings) == (
        ("Monday",),
        ("Talk",),
        ("Tuesday",),
        ("Tuesday", "Talk"),
        (),
        (),
        ("A: B",),
        (),
    )


@pytest.mark.parametrize(
    ("heading", "text"),
    [
        ("foo:#|^\\\r\n%%[[]]bar", "foo bar"),
        ("Tutorial: Generative AI and Model Optimization", "Tutorial Generative AI and Model Optimization"),
        ("**Bold** — 100%", "**Bold** — 100%"),
        ("The `foo` of $x$ <b>", "The foo of x b"),
        ("[[Paper|P]] [1]", "Paper P 1"),
    ],
)
def test_a_heading_is_cleaned_for_a_link(heading: str, text: str) -> None:
    assert heading_text(heading) == text


@given(
    st.lists(
        st.tuples(st.integers(1, 6), st.text("abAB #:|^[]`$%_*-!?\\\u00a0é", min_size=1, max_size=8)),
        max_size=10,
    )
)
def test_every_heading_path_that_is_given_leads_to_its_heading(lines: list[tuple[int, str]]) -> None:
    headings = [Heading(level, text, Span(i, i + 1), Span(i, i + 1)) for i, (level, text) in enumerate(lines)]
    names = FileNames(["Note.md"])
    for i, path in enumerate(heading_subpaths(headings)):
        if path:
            (link,) = links_in_value(write_link(names, SHORT, "x.md", "Note.md", heading=path, display="d"))
            assert (link.target, link.text) == ("Note", "d")
            assert resolve_heading(headings, link.heading) == i


# --- an independent reading


def obsidian(files: list[str], source: str, link: str) -> list[str]:
    """The files that a link can mean, by going over all of them as the notes on Obsidian's code tell it."""

    def plain(path: str) -> str:
        return unicodedata.normalize("NFC", path).replace("\u00a0", " ").replace("\u202f", " ").lower()

    link = plain(link.strip())
    if link == "":
        return [source]
    for wanted in ([link] if "." in link.split("/")[-1] else []) + [link + ".md"]:
        named = [f for f in files if plain(f).split("/")[-1] == wanted.split("/")[-1]]
        if named:
            break
    if len({plain(f) for f in named}) <= 1 and "/" not in wanted:
        return sorted(named)
    here = plain(source).split("/")[:-1]
    parts = wanted.split("/")
    if parts[0] in (".", ".."):
        if parts[0] == ".":
            parts = parts[1:]
        folders = list(here)
        while parts[0] == "..":
            parts, folders = parts[1:], folders[:-1]
        wanted = "/".join([*folders, *parts])
    exact = sorted(f for f in named if plain(f) == wanted.removeprefix("/"))
    if exact or wanted.startswith("/"):
        return exact
    near = [f for f in named if plain(f).startswith("/".join(here))]
    far = [f for f in named if f not in near]
    order = [
        sorted(group, key=lambda f: (len(plain(f).encode("utf-16-le")), plain(f), f)) for group in (near, far)
    ]
    return [f for group in order for f in group if plain(f).endswith(wanted)]


PIECES = [
    "a",
    "A",
    "b",
    "note",
    "Note",
    "ä",
    unicodedata.normalize("NFD", "ä"),
    "v1.0",
    "x y",
    "𝔘",
    "%20",
    "(b)",
    "a.md",
]
FOLDERS = st.lists(st.sampled_from(["a", "A", "b", "note", "x y", "ä"]), max_size=3)
PATHS = st.builds(
    lambda folders, name, end: "/".join([*folders, name + end]),
    FOLDERS,
    st.sampled_from(PIECES),
    st.sampled_from([".md", ".md", ".md", "", ".png", ".MD"]),
)
VAULTS = st.lists(PATHS, min_size=1, max_size=12, unique=True)
LINKS = st.builds(
    lambda start, folders, name, end: start + "/".join([*folders, name + end]),
    st.sampled_from(["", "", "", "/", "./", "../", "../../", "./../"]),
    FOLDERS,
    st.sampled_from([*PIECES, ""]),
    st.sampled_from(["", ".md", ".png"]),
)
STYLES = st.builds(LinkStyle, st.sampled_from(["shortest", "relative", "absolute"]), st.booleans())


def written(
    names: FileNames,
    style: LinkStyle,
    source: str,
    target: str,
    display: str | None,
    *,
    in_table: bool = False,
) -> str | Unlinkable:
    try:
        return write_link(names, style, source, target, display=display, in_table=in_table)
    except Unlinkable as reason:
        return reason


@given(VAULTS, PATHS, LINKS)
def test_resolution_agrees_with_an_independent_reading_of_the_rules(
    files: list[str], source: str, link: str
) -> None:
    assert list(FileNames(files).candidates(source, link)) == obsidian(files, source, link)


@given(VAULTS, PATHS, STYLES, st.data())
def test_every_written_link_means_its_target_and_nothing_else(
    files: list[str], source: str, style: LinkStyle, data: st.DataObject
) -> None:
    names = FileNames(files)
    target = data.draw(st.sampled_from(files))
    display = data.draw(st.sampled_from([None, "text", "a (b) [c] d"]))
    text = written(names, style, source, target, display)
    if isinstance(text, Unlinkable):
        same = [f for f in files if f != target and obsidian([f], "", "/" + target)]
        assert same or "." not in target.split("/")[-1], text
        return
    (link,) = parse_body(f"see {text} there\n", 0).links
    assert obsidian(files, source, link.target) == [target]
    assert resolve(names, source, link.target) == target
    if display and link.text is not None:
        assert link.text.replace("\\", "") == display


NAMES = st.text(
    st.characters(exclude_characters="/", exclude_categories=("Cs",)), min_size=1, max_size=12
).filter(lambda name: name.strip(".") and "\x00" not in name)


@given(st.lists(NAMES, min_size=1, max_size=3), STYLES, st.booleans())
def test_any_name_is_linked_so_that_it_is_read_back_or_refused(
    parts: list[str], style: LinkStyle, in_table: bool
) -> None:
    target = "/".join(parts) + ".md"
    names = FileNames([target])
    text = written(names, style, "x/y.md", target, "d", in_table=in_table)
    if isinstance(text, Unlinkable):
        assert target in str(text) or repr(target) in str(text)
        return
    if style.use_markdown_links:
        path = unquote(text.removeprefix("[d](").removesuffix(")"))
        assert not any(c in text[4:-1] for c in "() <>\n")
        (link,) = parse_body(text, 0).links
        assert link.target == path
    else:
        (link,) = links_in_value(text)
        assert link.text == "d"
    assert resolve(names, "x/y.md", link.target) == target


def test_a_link_is_resolved_by_look_up_in_a_vault_of_any_size() -> None:
    def seconds(count: int) -> float:
        names = FileNames(f"Papers/{i % 100}/Paper {i}.md" for i in range(count))
        targets = [f"Paper {i}" for i in range(0, count, count // 500)]
        runs = []
        for _ in range(3):
            start = time.perf_counter()
            assert all(resolve(names, "Daily/x.md", target) for target in targets)
            runs.append(time.perf_counter() - start)
        return min(runs)

    assert seconds(50_000) < 20 * seconds(500)
