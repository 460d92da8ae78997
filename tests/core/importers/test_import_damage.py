"""Broken input: a report by line, nothing lost, nothing made up, and memory that stays flat."""

from __future__ import annotations

import itertools
import re
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from vaultsync.core.errors import Problem
from vaultsync.core.importers import (
    FORMATS,
    USELESS,
    Options,
    Parsed,
    bibtex,
    collect,
    parse,
    parse_whole,
    recognise,
)
from vaultsync.core.importers import planning as merge
from vaultsync.core.importers.actions import NewNote
from vaultsync.core.importers.bibtex import LONGEST_MACROS, Library, Raw, read
from vaultsync.core.importers.planning import Target, plan_import, survey
from vaultsync.core.importers.record import PaperRecord, Skipped, UnusableSource
from vaultsync.core.importers.source_text import LINE_LIMIT

DATA = Path(__file__).parents[2] / "data" / "import"
PAGE = "byAK and the research community\n\nOct 31\n\nÜber Title\n\nAn abstract.\n"
SAMPLES = ("hf_dated.txt", "digest_made_up.txt", "library.bib", "items.json", "raw_conference.txt")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize("eol", ["\n", "\r\n", "\r"])
def test_the_usual_encodings_and_line_ends_read_the_same(encoding: str, eol: str) -> None:
    data = PAGE.replace("\n", eol).encode(encoding)
    expected = parse_whole(PAGE.encode())
    assert expected.records[0].title == "Über Title"
    assert parse_whole(data) == expected
    assert collect(parse(data[i : i + 1] for i in range(len(data)))) == expected  # any cut between bytes


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "the source is empty"),
        (b"\xef\xbb\xbf \n\n\t", "the source is empty"),
        (PAGE.encode("latin-1"), "wrong encoding: byte 41 is not UTF-8"),
        (PAGE.encode() + b"cut \xe6\xb7", "wrong encoding: byte 71 is not UTF-8"),
        (b"\xff\xfea\x00\x00", "wrong encoding: byte 4 is not UTF-16, which its byte order mark promises"),
        (PAGE.encode("utf-16-le"), "wrong encoding: a NUL at byte 1"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "wrong encoding: byte 0"),
        (b"\n <!DOCTYPE html><title>Daily Papers</title>", "this is HTML, not text"),
        (b"some words that are no list", "the format is not recognised"),
    ],
)
def test_what_is_no_text_list_is_refused_with_the_reason(data: bytes, message: str) -> None:
    for size in (1, 1 << 16):
        parsed = collect(parse(data[i : i + size] for i in range(0, len(data), size)))
        assert parsed.refused
        assert parsed.records == ()
        assert [p.message[: len(message)] for p in parsed.problems] == [message]


@pytest.mark.parametrize("tail", [b"cut \xe6\xb7", b"a \xff b", b"a\0b\0"])
def test_bytes_that_are_no_text_are_told_with_their_line(tail: bytes) -> None:
    data = PAGE.encode() + b"\n\n" + tail
    for size in (1, 7, 1 << 16):
        parsed = collect(parse(data[i : i + size] for i in range(0, len(data), size)))
        assert [p.line for p in parsed.problems] == [PAGE.count("\n") + 3]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
@pytest.mark.parametrize("size", [1, 7, 1 << 16])
def test_a_nul_that_stands_alone_is_left_out_and_reported_by_line(encoding: str, size: int) -> None:
    far = "# a long remark that no field takes, of more than sixty-four characters, I am sure\n"
    text = f"@article{{a, title={{One\0 Slip}}}}\n{far}@article{{b, title={{Öfter\0 Zwei}}}}\n"
    data = text.encode(encoding)
    parsed = collect(parse(data[i : i + size] for i in range(0, len(data), size)))
    assert [record.title for record in parsed.records] == ["One Slip", "Öfter Zwei"]
    assert [(p.line, p.message) for p in parsed.problems] == [
        (line, "a control character (U+0000) was left out") for line in (1, 3)
    ]


@given(st.lists(st.sampled_from(["\0", "\0" + "é" * 63, "\0" + "x" * 64, "word\n", "ß", "y" * 70])))
def test_nuls_that_stand_close_are_told_at_the_first_of_them_however_it_is_cut(parts: list[str]) -> None:
    text = "@article{a, title={One Title}}\n" + "".join(parts)
    data = text.encode()
    nuls = [at for at, char in enumerate(text) if char == "\0"]
    close = next((one for one, other in itertools.pairwise(nuls) if other - one <= 64), None)
    for size in (3, len(data)):
        parsed = collect(parse(data[i : i + size] for i in range(0, len(data), size)))
        told = [p.message.split(";")[0] for p in parsed.problems if "wrong encoding" in p.message]
        expected = f"wrong encoding: a NUL at byte {len(text[: close or 0].encode())}"
        assert told == ([] if close is None else [expected])


def test_control_characters_are_left_out_and_reported_by_line() -> None:
    parsed = parse_whole(PAGE.replace("Title", "Ti\x07t\x1ble").encode())
    assert parsed.records[0].title == "Über Title"
    assert [(p.line, p.message) for p in parsed.problems] == [
        (5, "a control character (U+0007) was left out")
    ]


def test_an_endless_line_is_refused_before_it_fills_the_memory() -> None:
    def endless() -> Iterator[bytes]:
        yield PAGE.encode()
        while True:
            yield b"a" * 65536

    *_, last = parse(endless())
    assert isinstance(last, UnusableSource)
    assert f"{LINE_LIMIT:,}" in last.problem.message


@pytest.mark.parametrize("name", SAMPLES)
def test_a_source_cut_anywhere_never_fails_and_never_gives_more_papers(name: str) -> None:
    data = (DATA / name).read_bytes()
    wanted = recognise(data)
    assert wanted is not None
    options = Options(name=name, title="T", date="2025-04-06", year=2024)
    whole = parse_whole(data, options)
    titles = {paper.title for paper in whole.records}
    for end in range(len(data), 200, -97):
        cut = parse_whole(data[:end], options, wanted.format)
        assert len(cut.records) <= len(whole.records)
        assert all(p.title in titles for p in cut.records[:-1])


def _damaged(data: str, cuts: list[tuple[float, float, str]]) -> str:
    for start, length, put in cuts:
        at = int(start * len(data))
        data = data[:at] + put + data[at + int(length * 200) :]
    return data


_CUTS = st.lists(
    st.tuples(
        st.floats(0, 1),
        st.floats(0, 1),
        st.sampled_from(
            [
                "",
                "\n",
                "\n\n",
                "·",
                "\x00",
                "\x0c",
                "}",
                "{",
                '"',
                "[LG] ",
                "• 3 authors\n",
                "@article{",
                "…",
                "\ufeff",
            ]
        ),
    ),
    max_size=6,
)


def _flat(text: str) -> str:
    return " ".join(re.sub(r"[\x00-\x08\x0e-\x1f\x7f\ufeff]", "", text).split())


def _stated(paper: PaperRecord) -> Iterator[str]:
    """Every text of a record, paragraph by paragraph, without what is put into a canonical form."""
    yield paper.title
    yield from paper.authors or ()
    yield from paper.affiliations
    for text in (paper.abstract, *(text for _, text in paper.summary), paper.title_translated):
        yield from (text or "").split("\n\n")
    yield from (v or "" for v in (paper.raw_date, paper.url, paper.category, paper.citekey, paper.arxiv))
    yield from (str(v) for v in (paper.author_count, paper.year) if v is not None)


@pytest.mark.parametrize("name", ["hf_dated.txt", "digest_made_up.txt"])
@given(cuts=_CUTS)
@example(cuts=[(0.990234375, 1.0, "\n\n"), (0.0, 0.78125, ""), (0.0, 0.359375, ""), (0.75, 0.0, "·")])
@settings(max_examples=150, deadline=None)
def test_a_damaged_list_raises_nothing_and_invents_nothing(
    name: str, cuts: list[tuple[float, float, str]]
) -> None:
    text = _damaged((DATA / name).read_text(), cuts)
    wanted = "huggingface" if name.startswith("hf") else "digest"
    parsed = parse_whole(text.encode(), Options(), wanted)
    source = _flat(text)
    for paper in parsed.records:
        assert [value for value in _stated(paper) if value not in source] == []
        if paper.date and wanted == "huggingface":
            assert paper.raw_date is not None
            assert paper.date[:4] in paper.raw_date
        assert (paper.arxiv is None) or paper.date == f"20{paper.arxiv[:2]}-{paper.arxiv[2:4]}"
    assert parsed.records or parsed.problems or parsed.skipped or not source.strip() or "Oct" not in source


@pytest.mark.parametrize("name", ["library.bib", "items.json"])
@given(cuts=_CUTS)
@settings(max_examples=100, deadline=None)
def test_a_damaged_library_raises_nothing_and_invents_no_word(
    name: str, cuts: list[tuple[float, float, str]]
) -> None:
    text = _damaged((DATA / name).read_text(), cuts)
    parsed = parse_whole(text.encode(), Options(), "bibtex" if name.endswith("bib") else "csl-json")
    spelled = re.compile(r"[A-Za-z]{3,}")
    source = set(spelled.findall(text))
    joined = "".join(re.findall(r"[A-Za-z]", text))
    joined += "\n" + "".join(re.findall(r"[A-Za-z]", re.sub(r"<[^<>]*>", "", text)))
    for paper in parsed.records:
        for value in _stated(paper):
            # A brace, markup or the macro of an accent splits a word in two; the source has both, in order.
            assert all(word in source or word in joined for word in spelled.findall(value)), value


@given(data=st.binary(max_size=300), name=st.sampled_from([None, *(found.name for found in FORMATS)]))
@settings(max_examples=200, deadline=None)
def test_any_bytes_give_values_never_an_exception(data: bytes, name: str | None) -> None:
    assert isinstance(parse_whole(data, Options(title="T", date="2025-04-06"), name), Parsed)


_SIGNS = """
{"title": "A"}|[|]|{|}|"|\\|,|=|#|(|)|@article{k, title = {A}}|@string{a=
1、[LG] A|另外几篇值得关注的论文:|[CV] B
https://arxiv.org/abs/2101.00001|摘要:甲、乙|• 2 authors|·|May 1, 2024|Talk: A|Montag|• item
"""


@given(
    text=st.lists(st.sampled_from([*re.split(r"[|\n]", _SIGNS.strip()), "\n"]), max_size=20).map("".join),
    name=st.sampled_from([found.name for found in FORMATS]),
)
@settings(max_examples=200, deadline=None)
def test_any_mixture_of_the_formats_signs_is_read_without_an_exception(text: str, name: str) -> None:
    parsed = parse_whole(text.encode(), Options(title="T", date="2025-04-06"), name)
    assert len(parsed.records) <= len(text)


def _long_page(records: int) -> Iterator[bytes]:
    yield b"byAK and the research community\n\nOct 31\n\n"
    abstract = r"We study a problem. It is hard, and we solve it with \foo and $x$. " * 22
    for i in range(records):
        yield f"Paper number {i}: on things\n\n{abstract}\n\n  • 3 authors\n\n·\nMay 25, 2024\n\n".encode()


def _planned(records: int) -> int:
    seen = survey([lambda: parse(_long_page(records), Options(name="page.txt"))], [])
    assert seen.records == records
    return sum(isinstance(action, NewNote) for action in plan_import(seen, [], Target()))


def test_memory_stays_flat_however_long_the_list_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(merge, "HELD", 100_000)
    _planned(10)
    peaks = []
    for records in (200, 1200):
        tracemalloc.start()
        assert _planned(records) == records
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    # 1,000 records more are 1.7 MB of text; what is kept of each, its keys, is a tenth of that at most.
    assert peaks[1] - peaks[0] < 1000 * 800


def test_ten_thousand_records_are_planned_in_less_than_five_seconds() -> None:
    began = time.process_time()
    assert _planned(10_000) == 10_000
    assert time.process_time() - began < 5


def test_macros_that_double_each_other_stay_small() -> None:
    doubling = "".join(f"@string{{a{n} = a{n - 1} # a{n - 1}}}\n" for n in range(1, 60))
    library = "@string{a0 = {text}}\n" + doubling + "@article{k, title = a59, author = {A B}}\n"
    found = list(parse([library.encode()], Options(name="x.bib")))
    assert sum(len(str(item)) for item in found) < 100_000


def test_all_macros_together_stay_small_and_the_rest_is_told_once() -> None:
    macros = "@string{a0 = {text}}\n"
    macros += "".join(f"@string{{a{n} = a{n - 1} # a{n - 1}}}\n" for n in range(1, 600))
    library = Library(Options(name="x.bib"))
    found = list(read([macros + "@article{k, title = a20, author = {A B}}\n"], library.options))
    items = [item for raw in found if isinstance(raw, Raw) for item in library.items(raw)]
    assert sum(map(len, library.macros.values())) < LONGEST_MACROS + 1000
    [problem] = [item for item in items if isinstance(item, Problem)]
    assert "its macros have more than 2,000,000 characters together" in problem.message
    assert any(isinstance(item, PaperRecord) for item in items)


@pytest.mark.parametrize("good", [0, 3])
def test_a_source_that_is_mostly_something_else_is_given_up(good: int) -> None:
    useless = "@misc{k, note = {no title}}\n"
    library = "@article{g%d, title = {A Title}, author = {A B}}\n"
    text = "".join(library % n for n in range(good)) + useless * (USELESS + good)
    *rest, last = parse([text.encode(), b"@article{z, title = {Late}}\n"], Options(name="x.bib"))
    assert isinstance(last, UnusableSource)
    assert last.problem.message.startswith(
        f"{USELESS + good:,} pieces of it can't be used, and {good} papers"
    )
    assert sum(isinstance(item, Skipped) for item in rest) == USELESS + good
    text = text.removesuffix(useless)
    assert not any(isinstance(item, UnusableSource) for item in parse([text.encode()], Options(name="x.bib")))


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("bibtex", "@misc{{k{n}, title={{A{n}}}}}\n", 4),
        ("ris", "TY  - JOUR\nTI  - A{n}\nER  - \n", 10),
        ("csl-json", '{{"title": "A{n}"}},\n', 4),
        ("identifiers", "10.1234/a{n}\n", 4),
        ("reading-list", "- [A paper of {n} things](https://arxiv.org/abs/2210.{n:05})\n", 4),
    ],
)
def test_a_source_of_more_records_than_it_may_have_is_told_by_the_line_of_the_first_too_many(
    name: str, text: str, line: int
) -> None:
    options = Options(name="list", records=3)
    start = "[" if name == "csl-json" else ""

    def found(count: int) -> list[object]:
        return list(
            parse([(start + "".join(text.format(n=n) for n in range(count))).encode()], options, name)
        )

    assert sum(isinstance(item, PaperRecord) for item in found(3)) == 3
    assert not any(isinstance(item, UnusableSource) for item in found(3))
    *rest, last = found(5)
    assert sum(isinstance(item, PaperRecord) for item in rest) == 3
    assert isinstance(last, UnusableSource)
    assert last.problem.line == line
    assert last.problem.message == "this is one record more than the 3 that a file may hold"


def test_a_long_chain_of_parts_and_wholes_is_gone_through_in_turn() -> None:
    chain = "".join(f"@book{{k{n}, title={{Title {n}}}, crossref={{k{n + 1}}}}}\n" for n in range(3000))
    parsed = parse_whole(
        f"{chain}@book{{k3000, title={{Last}}, year=2020}}\n".encode(), Options(name="x.bib")
    )
    assert (len(parsed.records), parsed.problems) == (3001, ())
    assert parsed.records[0].title == "Last"
    assert parsed.records[-1].title == "Title 0"
    assert {record.year for record in parsed.records} == {2020}


def test_parts_that_wait_for_a_whole_count_as_records_once() -> None:
    part = "@inbook{{p{n}, title={{Part {n}}}, crossref={{w}}}}\n"
    whole = "@book{w, title={Whole}, year=2020}\n"

    def found(*entries: str) -> list[object]:
        return list(parse(["".join(entries).encode()], Options(name="x.bib", records=3), "bibtex"))

    few = [part.format(n=n) for n in range(2)]
    assert not any(isinstance(item, UnusableSource) for item in found(*few, whole))
    assert not any(isinstance(item, UnusableSource) for item in found(*few, part.format(n=2)))
    *rest, last = found(*(part.format(n=n) for n in range(30)), whole)
    assert isinstance(last, UnusableSource)
    assert (last.problem.line, rest) == (4, [])  # the rest of the file is not even read
    *rest, last = found(*few, whole, *few)
    assert sum(isinstance(item, PaperRecord) for item in rest) == 3
    assert isinstance(last, UnusableSource)
    untitled = "@proceedings{v, crossref={u}}\n" * 9
    assert not any(isinstance(item, UnusableSource) for item in found(untitled, *few, whole))


def test_parts_wait_for_so_many_wholes_and_no_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bibtex, "WAITING", 2)
    parts = "".join(f"@inbook{{p{n}, title={{Part {n}}}, crossref={{w}}}}\n" for n in range(4))
    parsed = parse_whole(f"{parts}@book{{w, title={{Whole}}, year=2020}}\n".encode(), Options(name="x.bib"))
    assert len(parsed.records) == 5
    assert sum("no whole of this key" in problem.message for problem in parsed.problems) == 2
