"""Paper lists from Hugging Face and Chinese digests: what is read from them, and what is not made up."""

from __future__ import annotations

from difflib import SequenceMatcher
from pathlib import Path

import pytest

from vaultsync.core.importers import Options, parse_whole, recognise
from vaultsync.core.importers.record import PaperRecord, Parsed

DATA = Path(__file__).parents[2] / "data" / "import"
SEEDS = Path(__file__).parents[4] / "shared" / "seeds"
HEAD = "byAK and the research community\n\nOct 31\n\n"


def read(name: str, **options: object) -> Parsed:
    return parse_whole((DATA / name).read_bytes(), Options(name=name, **options))  # type: ignore[arg-type]  # by name


def page(text: str, **options: object) -> Parsed:
    return parse_whole((HEAD + text).encode(), Options(**options), "huggingface")  # type: ignore[arg-type]  # by name


def seed(name: str) -> list[Path]:
    """The seed, where the folder is there: no case otherwise."""
    return [SEEDS / name] if (SEEDS / name).is_file() else []


# Title, first words of the abstract, count of authors, date as written, date (the page's year being 2024).
DATED = [
    ("Do Sparse Networks Dream of Dense Gradients?", "We ask", 5, "May 25, 2024", "2024-05-25"),
    ('Pruning/Regrowing: A Survey & "Field Guide"', "We sort", 1, "Jun 6", "2024-06-06"),
    ("A Title Without Its Lines -- and usingMissing Blanks", "This record", None, None, None),
    ("Short Proof", "Yes.", 2, "Jun 4", "2024-06-04"),
    ("A Very Long Title That Goes On", "Short.", 17, "May 25, 2024", "2024-05-25"),
    ("# Hashtags, [[Brackets]] and $Dollars$", "- We start", 3, "Dec 30, 2023", "2023-12-30"),
    ("Dates on the Edge of a Leap Year", "We are dated", 4, "Feb 29", "2024-02-29"),
    ("Tomorrow's Paper Today", "Its day", 2, "Nov 3", None),
    ("An Author Line Without a Date", "The date was", 6, None, None),
    ("A Date Line Without Authors", "Here the", None, "Aug 1", "2024-08-01"),
    ("Joined Lines Are One Record", "The abstract follows", 8, "Sep 9", "2024-09-09"),
    ("A Wrapped Abstract", "The first line", 9, "Oct 31", "2024-10-31"),
    ("No Abstract At All", None, 7, "Oct 30", "2024-10-30"),
    ("L'Écriture über 深度学习: Ünïcode — “quoted” – ½", "Ünïcode stays", 1, "Jul 14, 2022", "2022-07-14"),
    ("The Last Record Has No Lines Either", "It ends", None, None, None),
]


def test_a_page_with_author_and_date_lines_is_read_exactly() -> None:
    parsed = read("hf_dated.txt", year=2024)
    assert len(parsed.records) == len(DATED)
    for paper, (title, abstract, count, raw, date) in zip(parsed.records, DATED, strict=True):
        assert paper.title.startswith(title)
        assert paper.abstract is None if abstract is None else (paper.abstract or "").startswith(abstract)
        assert (paper.author_count, paper.raw_date, paper.date) == (count, raw, date)
        assert (paper.authors, paper.year, paper.arxiv, paper.doi, paper.url) == (None,) * 5
        assert paper.source == "Hugging Face papers, Oct 31 (hf_dated.txt)"
    lines = (DATA / "hf_dated.txt").read_text().split("\n")
    assert all(lines[paper.line - 1].strip() == paper.title for paper in parsed.records)
    assert [(p.line, p.message.partition(":")[0]) for p in parsed.problems] == [
        (71, "“Nov 3” lies after the page's own day, Oct 31"),
        (109, "this record has no abstract"),
    ]
    assert parsed.skipped == ()


def test_an_abstract_keeps_every_character_and_a_wrapped_one_is_joined() -> None:
    by_title = {paper.title: paper.abstract for paper in read("hf_dated.txt").records}
    assert by_title["A Wrapped Abstract"] == (
        "The first line of this abstract ends here and the second one ends the abstract. It is one paragraph."
    )
    assert by_title['Pruning/Regrowing: A Survey & "Field Guide"'] == (
        "We sort 80 methods into *three* families. "
        r"A <mask> token marks what was cut, and \mathcal{H} stands for the Hessian."
    )
    assert by_title[DATED[5][0] + ": Titles That Markdown Would Read"].endswith("ends with a backslash \\")  # type: ignore[union-attr]  # it has one


def test_without_the_page_s_year_only_dates_that_state_theirs_are_written() -> None:
    parsed = read("hf_dated.txt")
    assert [p.date for p in parsed.records] == [
        date if raw and "," in raw else None for *_, raw, date in DATED
    ]
    assert [p.raw_date for p in parsed.records] == [raw for *_, raw, _ in DATED]
    (problem,) = [p for p in parsed.problems if "year" in p.message]
    assert (problem.line, problem.hint) == (22, "give the page's year with --year")


def test_a_page_whose_own_day_has_a_year_needs_no_option() -> None:
    text = (
        "byAK and the research community\n\nMar 2, 2024\n\nT\n\nAn abstract.\n\n• 2 authors\n\n·\n\nFeb 29\n"
    )
    parsed = parse_whole(text.encode())
    assert (parsed.records[0].date, parsed.problems) == ("2024-02-29", ())


@pytest.mark.parametrize(
    ("date", "year", "refused"),
    [
        ("May 25, 2024", 2023, True),
        ("May 25, 2024", 2024, False),
        ("Dec 5, 2024", 2024, True),  # after Oct 31, so the page is of 2025 at the earliest
        ("Dec 5, 2024", 2025, False),
    ],
)
def test_a_year_that_the_page_s_own_dates_rule_out_is_refused(date: str, year: int, refused: bool) -> None:
    parsed = page(f"A Title\n\nAn abstract.\n\n  • 3 authors\n\n·\n{date} 7\n", year=year)
    assert parsed.refused is refused
    assert [p.line for p in parsed.problems] == ([5] if refused else [])
    assert [p.date is not None for p in parsed.records] == ([] if refused else [True])


@pytest.mark.parametrize(("raw", "year"), [("Feb 30", 2024), ("Feb 29", 2023), ("Jun 4 2024", 2024)])
def test_a_date_that_is_none_or_has_two_readings_is_left_out_and_reported(raw: str, year: int) -> None:
    parsed = page(f"A Title\n\nAn abstract.\n\n  • 3 authors\n\n·\n{raw}\n", year=year)
    assert parsed.records[0].date is None
    assert [p.line for p in parsed.problems] == [5]


def test_a_file_with_two_pages_names_both_in_its_records() -> None:
    parsed = page(
        "One\n\nIts abstract.\n\nDaily Papers\n\n" + HEAD.replace("Oct 31", "Nov 2") + "Two\n\nIts own.\n"
    )
    assert [(p.title, p.source) for p in parsed.records] == [
        ("One", "Hugging Face papers, Oct 31"),
        ("Two", "Hugging Face papers, Nov 2"),
    ]


def test_title_and_abstract_are_told_by_position_whatever_their_length() -> None:
    long = (
        "A Title of Many Words. It Even Has Two Sentences, and Goes On for More Than a Line or Two of Text "
        * 2
    )
    parsed = page(f"{long}\n\nBrief\n\nNext\n\nAlso brief\n")
    assert [(p.title, p.abstract) for p in parsed.records] == [
        (long.strip(), "Brief"),
        ("Next", "Also brief"),
    ]


def _lines_without(text: str, number: int) -> bytes:
    lines = text.split("\n")
    return "\n".join(lines[:number] + lines[number + 1 :]).encode()


def _sentences(name: str) -> str:
    return f"{name} is what we study here, at some length. We show that it works on all usual data sets. " * 2


def test_a_lost_title_or_abstract_costs_its_own_record_only() -> None:
    names = [f"A Paper on Topic {i}" for i in range(6)]
    text = HEAD + "".join(f"{name}\n\n{_sentences(name)}\n\n" for name in names)
    first = HEAD.count("\n")
    for i, name in enumerate(names):
        without_title = parse_whole(_lines_without(text, first + 4 * i))
        assert [p.title for p in without_title.records] == names[:i] + names[i + 1 :]
        assert [(s.reason, s.text) for s in without_title.skipped] == [
            ("an abstract without a title", _sentences(name).strip())
        ]
        without_abstract = parse_whole(_lines_without(text, first + 4 * i + 2))
        assert [p.title for p in without_abstract.records] == names
        assert [p.abstract is None for p in without_abstract.records] == [n == name for n in names]
        assert [p.line for p in without_abstract.problems] == [first + 4 * i + 1]


@pytest.mark.parametrize("path", seed("paper_list_plain.txt"), ids=lambda p: p.name)
def test_the_plain_sample_has_59_records(path: Path) -> None:
    text = path.read_text()
    parsed = parse_whole(text.encode(), Options(name=path.name))
    assert (len(parsed.records), parsed.problems, parsed.skipped) == (59, (), ())
    paragraphs = [line for line in text.split("\n") if line.strip()][5:]
    assert [p.title for p in parsed.records] == paragraphs[::2]
    assert [p.abstract for p in parsed.records] == paragraphs[1::2]
    assert {(p.authors, p.author_count, p.year, p.date, p.arxiv, p.url) for p in parsed.records} == {
        (None,) * 6
    }


@pytest.mark.parametrize("path", seed("paper_list_plain.txt"), ids=lambda p: p.name)
def test_the_plain_sample_survives_the_loss_of_any_paragraph(path: Path) -> None:
    text = path.read_text()
    whole = [p.title for p in parse_whole(text.encode()).records]
    numbers = [i for i, line in enumerate(text.split("\n")) if line.strip()][5:]
    for k, number in enumerate(numbers):
        parsed = parse_whole(_lines_without(text, number))
        expected = whole if k % 2 else whole[: k // 2] + whole[k // 2 + 1 :]
        assert [p.title for p in parsed.records] == expected
        assert len(parsed.problems) + len(parsed.skipped) == 1


def test_a_digest_is_read_in_both_kinds_of_entries() -> None:
    parsed = read("digest_made_up.txt")
    source = "arXiv digest, 读书人的每日论文 (digest_made_up.txt)"
    assert parsed.problems == ()
    assert parsed.records == (
        PaperRecord(
            title="Alpha Pruning：A Method with Full-Width Marks",
            authors=("A Müller", "B. de la Cruz", "C Li"),
            authors_cut=True,
            date="2021-01",
            arxiv="2101.00001",
            url="https://arxiv.org/abs/2101.00001v2",
            category="LG",
            abstract="We propose a method. It has a second sentence, and ends at this https URL",
            summary=(("zh", "甲方法：剪枝。本文提出一种方法，共有两句话。第二句话有English words在内。"),),
            title_translated="甲方法：剪枝",
            affiliations=("Example University", "Institute of Examples"),
            affiliations_cut=True,
            source=source,
            line=4,
        ),
        PaperRecord(
            title="Beta: a Dataset",
            authors=("D Ray", "E Ray"),
            date="2021-02",
            arxiv="2102.00002",
            url="http://arxiv.org/pdf/2102.00002.pdf",
            category="stat.ML",
            abstract=(
                "The entry above has no affiliations. The abstract is here.\n\nAnd a second paragraph of it."
            ),
            summary=(("zh", "乙数据集。没有单位。"),),
            title_translated="乙数据集",
            source=source,
            line=10,
        ),
        PaperRecord(
            title="Gamma without Anything but a Title and a Summary",
            category="CL",
            summary=(("zh", "丙综述。只有中文。"),),
            title_translated="丙综述",
            source=source,
            line=17,
        ),
        PaperRecord(
            title="Delta: A Benchmark",
            authors=("F One", "G Two"),
            authors_cut=True,
            date="2021-03",
            arxiv="2103.00003",
            url="https://arxiv.org/abs/2103.00003",
            category="CV",
            title_translated="丁基准",
            affiliations=("Somewhere",),
            source=source,
            line=20,
        ),
        PaperRecord(
            title="Epsilon",
            url="https://openreview.net/forum?id=ePsIlOn123",
            category="LG",
            source=source,
            line=25,
        ),
    )
    assert [(s.line, s.text) for s in parsed.skipped] == [(16, "https://github.com/example/beta")]


def test_a_digest_that_lost_an_entry_says_so_twice() -> None:
    text = (DATA / "digest_made_up.txt").read_text()
    start, end = text.index("2. [stat.ML]"), text.index("3、[CL]")
    parsed = parse_whole((text[:start] + text[end:]).encode())
    assert [(p.line, p.message) for p in parsed.problems] == [
        (10, "entry 3 follows entry 1: the post has a gap"),
        (3, "the summary line lists 5 papers, the post has 4"),
    ]


def test_a_line_that_fits_nowhere_in_a_digest_is_given_back() -> None:
    text = "1、[LG] Title\nA One, B Two\nC Three, D Four\n[Lab]\nhttps://arxiv.org/abs/2101.00001\n"
    parsed = parse_whole(text.encode())
    assert parsed.records[0].authors == ("A One", "B Two")
    assert [(s.line, s.text) for s in parsed.skipped] == [(3, "C Three, D Four")]


@pytest.mark.parametrize("path", seed("arxiv_digest_zh.txt"), ids=lambda p: p.name)
def test_the_digest_sample_has_five_full_and_four_short_records(path: Path) -> None:
    text = path.read_text()
    parsed = parse_whole(text.encode(), Options(name=path.name))
    assert (parsed.problems, parsed.skipped) == ((), ())
    assert [
        (p.arxiv, p.category, len(p.authors or ()), p.authors_cut, len(p.affiliations))
        for p in parsed.records
    ] == [
        ("2210.11693", "LG", 2, False, 1),
        ("2210.11466", "LG", 7, False, 1),
        ("2210.13695", "LG", 2, True, 5),
        ("2210.14894", "LG", 3, False, 2),
        ("2210.01620", "LG", 2, False, 1),
        ("2210.14896", "CV", 6, False, 1),
        ("2210.13352", "CL", 3, False, 1),
        ("2210.12887", "CL", 4, True, 3),
        ("2210.13447", "LG", 3, False, 1),
    ]
    assert [bool(p.abstract) and bool(p.summary) for p in parsed.records] == [True] * 5 + [False] * 4
    assert {p.date for p in parsed.records} == {"2022-10"}
    assert [p.url for p in parsed.records] == [f"https://arxiv.org/abs/{p.arxiv}" for p in parsed.records]
    # The post's own summary line is a checksum: one item a paper, in order, close to each Chinese title.
    summary = next(line for line in text.split("\n") if line.startswith("摘要")).partition(":")[2].split("、")
    assert len(summary) == len(parsed.records)
    for item, paper in zip(summary, parsed.records, strict=True):
        assert paper.title_translated is not None
        assert SequenceMatcher(None, item, paper.title_translated).ratio() > 0.6


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("hf_dated.txt", "huggingface"),
        ("digest_made_up.txt", "digest"),
        ("raw_conference.txt", "conference"),
        ("library.bib", "bibtex"),
        ("items.json", "csl-json"),
    ],
)
def test_each_format_is_recognised_by_its_beginning(name: str, wanted: str) -> None:
    found = recognise((DATA / name).read_bytes())
    assert found is not None
    assert found.format == wanted
    assert recognise((DATA / name).read_text().encode("utf-16")) == found
