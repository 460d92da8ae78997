"""BibTeX, CSL-JSON and bare identifiers: what a reference manager knows becomes a record, and no more."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from vaultsync.core.importers import Options, collect, parse, parse_whole
from vaultsync.core.importers.identifier_list import is_stub_title, stub
from vaultsync.core.importers.latex import MAX_DEPTH, decoded
from vaultsync.core.importers.note_text import default_body, note_text
from vaultsync.core.importers.record import PaperRecord, Parsed, Skipped

DATA = Path(__file__).parents[2] / "data" / "import"


def read(name: str) -> Parsed:
    return parse_whole((DATA / name).read_bytes(), Options(name=name))


def bib(text: str) -> Parsed:
    return parse_whole(text.encode(), Options(), "bibtex")


def test_a_bibtex_entry_gives_all_that_it_states() -> None:
    assert read("library.bib").records[0] == PaperRecord(
        title="The DNA of Sparse Networks: Über ℓₚ Norms — a “Tale”",
        authors=("Józef Müller", "Jan van der Berg", "The Pruning Team and Friends", "Donald Knuth Jr."),
        authors_cut=True,
        year=2021,
        date="2021-07",
        doi="10.1000/abc_9",
        url="https://example.org/a~b?utm_source=x&p=1",
        citekey="mueller2021sparse",
        venue="Intl. Conf. on Made-up Learning (ICML), 2021",
        abstract=r"We prune $x_1$ to $y$. It costs 5% less in all; \unknownmacro{stays}."
        + "\n\nA second paragraph.",
        tex=True,
        source="library.bib",
        line=6,
    )


def test_an_arxiv_id_is_found_where_people_put_it() -> None:
    found = {p.citekey: p.arxiv for p in read("library.bib").records if p.citekey}
    assert found["preprint"] == "2210.13695"  # journal = {arXiv preprint arXiv:2210.13695}
    assert found["eprinted"] == "math/0309136"
    assert found["hal"] is None  # another archive's eprint


@pytest.mark.parametrize(
    ("fields", "arxiv", "doi"),
    [
        ("doi = {doi: DOI: 10.1000/j.x.2010.04}", None, "10.1000/j.x.2010.04"),
        ("doi = {http://doi.acm.org/10.1000/11.12}", None, "10.1000/11.12"),
        ("doi = {info:doi/10.1000/A(1)}", None, "10.1000/a(1)"),
        ("doi = {10.1000/a\\_b.}", None, "10.1000/a_b"),
        ("url = {https://dl.acm.org/doi/abs/10.1000/12.13?x=1}", None, "10.1000/12.13"),
        ("url = {https://doi.org/10.48550/arXiv.2101.01234}", "2101.01234", "10.48550/arxiv.2101.01234"),
        ("url = {https://example.org/10.1000/12}", None, None),
        ("journal = {ArXiv}, volume = {abs/2101.01234}", "2101.01234", None),
        ("journal = {CoRR}, volume = {abs/cs/0101001}", "cs/0101001", None),
        ("journal = {Nature}, volume = {2101.01234}", None, None),
        ("eprint = {0101001}, primaryClass = {math.GT}", "math/0101001", None),
        ("eprint = {9901001}, archivePrefix = {hep-th}", "hep-th/9901001", None),
        ("arxivId = {2101.01234}", "2101.01234", None),
        ("eprint = {123456}, eprinttype = {pubmed}", None, None),
    ],
)
def test_identifiers_are_found_in_whatever_words_they_stand(
    fields: str, arxiv: str | None, doi: str | None
) -> None:
    parsed = bib(f"@article{{k, title = {{T}}, {fields}}}")
    assert [(p.arxiv, p.doi) for p in parsed.records] == [(arxiv, doi)]
    assert not parsed.problems


def test_what_a_reference_manager_knows_besides_comes_along() -> None:
    parsed = bib(
        r"""@article{k, title = {T}, keywords = {a, b; no: tag}, isbn = {978-3-16}, month = jan,
        file = {Full Text:/home/me/a\:b.pdf:application/pdf;Snap:s.html:text/html}, urldate = {2021-02-03},
        note = {arXiv:2101.01234 [cs]}, annote = {Read \emph{this}.}, publisher = {House}, pages = {1--2}}"""
    )
    (paper,) = parsed.records
    assert (paper.tags, paper.isbn, paper.accessed) == ((), "978-3-16", "2021-02-03")
    assert paper.notes == ("Read this.",)
    assert paper.files == ("/home/me/a:b.pdf", "s.html")
    assert paper.unused == ("publisher", "pages", "keywords")


def test_keywords_are_tags_where_obsidian_takes_them_for_some() -> None:
    (paper,) = bib("@article{k, title = {T}, keywords = {graphs, Deep Learning, graphs, 2020, a.b}}").records
    assert paper.tags == ("graphs", "Deep-Learning")
    assert paper.unused == ("keywords",)
    text = note_text(paper, "T", (), default_body)
    assert "tags:\n  - paper\n  - graphs\n  - Deep-Learning\n" in text


@pytest.mark.parametrize(
    "library",
    [
        "@article{,\n  title = {T}\n}",
        "@online{Alm(2019)Keys,\n  title = {T}\n}",
        "@online{alm 2019,\n  title = {T}\n}",
        "@comment{jabref-meta: x;}\n@misc{a, title = {T}}",
        "@string{a = {b}}\n\n@misc{a, title = {T}}",
        "% a comment\n@misc {\na\n,\ntitle = {T}}",
    ],
)
def test_whatever_is_read_as_bibtex_is_recognised_as_bibtex(library: str) -> None:
    assert [p.title for p in parse_whole(library.encode()).records] == ["T"]


def test_malformed_entries_are_reported_by_line_while_the_others_go_on() -> None:
    parsed = read("library.bib")
    assert [p.title for p in parsed.records][3:5] == ["After the Broken One", "The Same Key Again"]
    assert [(p.line, p.message.partition(":")[0]) for p in parsed.problems] == [
        (24, "malformed entry"),
        (28, "the key “preprint” is that of the entry in line 20 too"),
        (30, "the field “year” stands twice in one entry"),
        (38, "“not a doi” is no DOI"),
    ]
    assert [(s.line, s.reason) for s in parsed.skipped] == [
        (24, "malformed entry"),
        (34, "@proceedings is no paper"),
        (36, "an entry without a title"),
    ]
    assert "Never closed" in parsed.skipped[0].text


def test_what_is_doubtful_in_an_entry_is_left_out() -> None:
    by_title = {p.title: p for p in read("library.bib").records}
    assert by_title["The Same Key Again"].citekey is None
    assert by_title["One Field Twice"].year is None
    assert by_title["Another Archive"].doi is None
    assert by_title["After the Broken One"].date is None  # month = 13


@pytest.mark.parametrize(
    ("fields", "year", "date"),
    [
        ("year = 2020, month = jan, day = 3", 2020, "2020-01-03"),
        ("year = 2020, month = {January}", 2020, "2020-01"),
        ("year = 2020, month = 10, day = 32", 2020, None),
        ("date = {2020-02-30}", 2020, None),
        ("date = {2020}", 2020, None),
        ("date = {2020-02/2020-03}", 2020, None),
        ("year = {1999/2000}", None, None),
        ("year = {in press}", None, None),
        ("month = jan", None, None),
        ('year = 2020, month = mar # "~12"', 2020, "2020-03-12"),
        ("year = 2020, month = {12 March}", 2020, "2020-03-12"),
        ("year = 2020, month = {March 12--14}", 2020, "2020-03"),
        ("year = 2020, month = {July-Aug.}", 2020, None),
        ('year = 2020, month = nov # "/" # dec', 2020, None),
        ("year = 1321", 1321, None),
        ("year = {c. 1321}", 1321, None),
        ("date = {0988-05}", 988, "0988-05"),
    ],
)
def test_a_date_is_as_exact_as_the_entry_states_it(fields: str, year: int | None, date: str | None) -> None:
    (paper,) = bib(f"@article{{k, title = {{T}}, {fields}}}").records
    assert (paper.year, paper.date) == (year, date)


@pytest.mark.parametrize(
    ("written", "title"),
    [
        (r"Rings on a 7\ifmmode\times\else\texttimes\fi{}7 Lattice", "Rings on a 7×7 Lattice"),
        (r"{\$}e{\^{}}{\{}2{\}}{\$} and {\$}q{\$} in {\$}{\backslash}sqrt{\{}s{\}}{\$}", "e² and q in √s"),
        (r"{\$}B\backslashto \backslashpi{\$} at 5{\$}", "B→π at 5$"),
        (r"Owls$\backslash$r$\backslash$nBy Night$\backslash$n", "Owls By Night"),
        (r"$\backslash$textit{\{}Zebra{\}} Rings", "Zebra Rings"),
        (r"From {\$}5 to {\$}10 or {\$}20", "From $5 to $10 or $20"),
        (r"On \ifmmode without an end", r"On \ifmmode without an end"),
    ],
)
def test_what_an_export_made_of_tex_is_taken_back(written: str, title: str) -> None:
    assert bib(f"@article{{a, title = {{{written}}}}}").records[0].title == title


def test_an_author_whose_accent_is_written_for_math_and_text_has_one_accent() -> None:
    accent = r"\ifmmode \acute{c}\else \'{c}\fi{}"
    library = (
        f"@article{{a, title={{T}}, author={{Beri{accent}, Ana and Jo Peri{accent} and {accent}orak, U.}}}}"
    )
    assert bib(library).records[0].authors == ("Ana Berić", "Jo Perić", "U. ćorak")


@pytest.mark.parametrize(
    ("field", "doi"),
    [
        ("10.5555/A.1, 10.5555/A.2", "10.5555/a.1"),
        ("10.5555/a.1; https://doi.org/10.5555/a.2", "10.5555/a.1"),
        ("10.5555/a.1 (erratum)", None),
        ('<a href="https://doi.org/10.5555/a.1">10.5555/a.1</a>', "10.5555/a.1"),
        (
            "10.5555/(SICI)1(19980815)17:15<1::AID-X>3.0.CO;2-2",
            "10.5555/(sici)1(19980815)17:15<1::aid-x>3.0.co;2-2",
        ),
    ],
)
def test_of_several_dois_the_first_is_the_papers_and_html_is_none_of_it(field: str, doi: str | None) -> None:
    assert items({"title": "T", "DOI": field.replace('\\"', '"')}).records[0].doi == doi


def test_a_tilde_in_an_address_is_read_however_it_is_written() -> None:
    for tilde in ("~", r"\~{}", r"{\textasciitilde}", r"\textasciitilde{}", r"{\~{}}"):
        (paper,) = bib(f"@misc{{a, title = {{T}}, url = {{http://x.org/{tilde}me}}}}").records
        assert paper.url == "http://x.org/~me"


def test_after_a_missing_comma_the_value_ends_where_it_ends() -> None:
    parsed = bib("@article{a, title = {One} year = {2021}, doi = {10.1000/x}}")
    assert [(p.title, p.year, p.doi) for p in parsed.records] == [("One", None, "10.1000/x")]
    assert [p.message for p in parsed.problems] == [
        "after the field “title” a comma is missing: “year = {2021}” is left out"
    ]


def test_a_library_is_read_in_batches_with_its_own_line_numbers() -> None:
    entry = "@article{{k{0}, title = {{Title {0}}}, note = m, abstract = {{{1}}}}}\n"
    text = "@string{m = {arXiv:2101.00001}}\n" + "".join(entry.format(i, "word " * 400) for i in range(300))
    parsed = bib(text)
    assert [p.line for p in parsed.records] == list(range(2, 302))
    assert {p.arxiv for p in parsed.records} == {"2101.00001"}  # the macro of the first batch


@pytest.mark.parametrize(
    ("tex", "text"),
    [
        (r"{\"U}ber Schr\"odinger, \'{\i}ndice, \v{S}koda, \c{c}a, \aa, {\O}re, stra{\ss}e, \L{}ukasz", None),
        (r"100\% \& \$5 \_ \#", "100% & $5 _ #"),
        (r"$\alpha^{2}$-\emph{test}", "α²-test"),
        (r"\cite{x} and \foo[a]{b}", r"\cite{x} and \foo[a]{b}"),
        (r"{\bf bold} a~b--c---d ``e'' \ldots", "bold a b–c—d “e” …"),
        (r"made \today", r"made \today"),  # no clock in what is written
        ("{unclosed and } closed", "unclosed and  closed"),
        ("\\", "\\"),
        ("{" * (MAX_DEPTH + 1) + "x", "{" * (MAX_DEPTH + 1) + "x"),
        ("plain", "plain"),
        # As Zotero, Mendeley and JabRef write what has a meaning in TeX:
        (r"{\textless}unk{\textgreater} a{\textbar}b O(n{\textasciicircum}2)", "<unk> a|b O(n^2)"),
        (r"O(n\^{}2), \~{}5, \textasciitilde{}6", "O(n^2), ~5, ~6"),
        (r"The {\TeX}book by \LaTeX{} for 5\pounds, \S{} 2 \copyright", "The TeXbook by LaTeX for 5£, § 2 ©"),
        (r"Nguy{\~{\^e}}n, \'{\u{a}}x", "Nguyễn, ắx"),  # the inner accent is the nearer one
        (r"10\textsuperscript{5} of H\textsubscript{2}O", "10⁵ of H₂O"),
        (r"An \enquote{\emph{odd} {w\"o}rd}", "An “odd wörd”"),
    ],
)
def test_latex_becomes_the_text_that_it_stands_for(tex: str, text: str | None) -> None:
    assert decoded(tex) == (text or "Über Schrödinger, índice, Škoda, ça, å, Øre, straße, Łukasz")


def test_csl_json_items_give_all_that_they_state() -> None:
    parsed = read("items.json")
    assert parsed.records[0] == PaperRecord(
        title="Sparse and H₂O & More",
        authors=("Jan van der Berg", "The Pruning Team"),
        year=2020,
        date="2020-05-17",
        arxiv="2005.00001",
        doi="10.1000/xyz",
        url="https://arxiv.org/abs/2005.00001",
        citekey="berg2020",
        venue="Proceedings of Nothing",
        abstract='First; a "quote", a brace } and a bracket ].\n\nSecond.',
        source="items.json",
        line=2,
    )
    assert [(p.title, p.year, p.date, p.citekey) for p in parsed.records[1:]] == [
        ("A Season Is No Month", 2019, None, "season"),
        ("Crossref's Lists", 2018, "2018-03", "raw"),
        ("The Same Key", None, None, None),
        ("A Number Is No Key", None, None, None),
    ]


def items(*values: dict[str, object]) -> Parsed:
    return parse_whole(json.dumps(values).encode(), Options(), "csl-json")


@pytest.mark.parametrize(
    ("marked", "shown"),
    [
        ("10<sup>5</sup> and 2<jats:sup>n</jats:sup>", "10⁵ and 2ⁿ"),
        ("If a<b and c>d, <i>then</i> a < d", "If a<b and c>d, then a < d"),
        (
            "<jats:title>Abstract</jats:title><jats:p>One.</jats:p><jats:p>Two.</jats:p>",
            "Abstract\n\nOne.\n\nTwo.",
        ),
        ('<span class="nocase">McX</span> &lt;i&gt; <jats:italic>y</jats:italic>', "McX <i> y"),
    ],
)
def test_markup_in_json_goes_and_what_it_says_stays(marked: str, shown: str) -> None:
    assert items({"title": "T", "abstract": marked}).records[0].abstract == shown


def test_a_citation_key_in_a_note_is_a_citation_key() -> None:
    note = "arXiv:1706.03762 [cs]\nCitation Key: vaswani2017\ntldr: none"
    (paper,) = items({"id": "http://zotero.org/1", "title": "T", "note": note}).records
    assert (paper.citekey, paper.arxiv) == ("vaswani2017", "1706.03762")


def test_of_a_span_of_time_the_date_is_what_both_ends_share() -> None:
    spans = ([[2020, 5, 1], [2020, 5, 9]], [[2020, 5, 1], [2020, 6, 1]], [[2019], [2020]])
    papers = items(
        *({"title": f"T{i}", "issued": {"date-parts": span}} for i, span in enumerate(spans))
    ).records
    assert [(p.year, p.date) for p in papers] == [(2020, "2020-05"), (2020, None), (None, None)]


def test_malformed_items_are_reported_by_line_while_the_others_go_on() -> None:
    parsed = read("items.json")
    assert [(p.line, p.message.partition(":")[0]) for p in parsed.problems] == [
        (17, "malformed item"),
        (20, "the key “raw” is that of the item in line 19 too"),
        (22, "“none” is no DOI"),
    ]
    assert [(s.line, s.reason) for s in parsed.skipped] == [
        (17, "malformed item"),
        (21, "an item without a title"),
    ]


def test_an_unclosed_string_in_json_costs_one_item() -> None:
    text = '[{"title": "One"},\n{"title": "Two},\n{"title": "Three"},\n{"title": "Four"}]'
    parsed = parse_whole(text.encode())
    assert [p.title for p in parsed.records] == ["One", "Three", "Four"]
    assert [p.line for p in parsed.problems] == [2]


def test_json_is_the_same_however_it_arrives() -> None:
    data = (DATA / "items.json").read_bytes()
    for size in (1, 7, 64):
        pieces = (data[i : i + size] for i in range(0, len(data), size))
        assert collect(parse(pieces, Options(name="items.json"), "csl-json")) == read("items.json")


@pytest.mark.parametrize(
    ("value", "title", "arxiv", "doi"),
    [
        ("arXiv:2210.13695v3", "arXiv 2210.13695", "2210.13695", None),
        ("https://huggingface.co/papers/2210.13695", "arXiv 2210.13695", "2210.13695", None),
        ("10.18653/v1/P19-1001", "DOI 10.18653/v1/p19-1001", None, "10.18653/v1/p19-1001"),
        ("https://openreview.net/forum?id=abcDEF123", "OpenReview abcDEF123", None, None),
        ("2020.acl-main.1", "ACL 2020.acl-main.1", None, None),
    ],
)
def test_an_identifier_makes_a_stub_that_says_what_is_known(
    value: str, title: str, arxiv: str | None, doi: str | None
) -> None:
    paper = stub(value, Options())
    assert isinstance(paper, PaperRecord)
    assert (paper.title, paper.arxiv, paper.doi) == (title, arxiv, doi)
    assert paper.date == ("2022-10" if arxiv else None)
    assert (paper.authors, paper.year, paper.abstract) == (None, None, None)
    assert is_stub_title(paper.title)


def test_what_is_no_identifier_is_skipped_with_a_reason() -> None:
    assert isinstance(stub("attention", Options()), Skipped)
    assert not is_stub_title("arXiv papers and how to read them")
    assert not is_stub_title("DOI")


def test_a_list_of_identifiers_may_have_a_word_that_is_none() -> None:
    parsed = parse_whole(b"arXiv:2210.13695\nhttps://example.org/x\n10.1000/abc\n")
    assert [p.title for p in parsed.records] == ["arXiv 2210.13695", "DOI 10.1000/abc"]
    assert [(s.line, s.text) for s in parsed.skipped] == [(2, "https://example.org/x")]


def test_a_file_of_identifiers_is_a_format_too() -> None:
    parsed = parse_whole(b"arXiv:2210.13695\n10.18653/v1/P19-1001  https://arxiv.org/abs/2101.00001\n")
    assert [(p.arxiv or p.doi, p.line) for p in parsed.records] == [
        ("2210.13695", 1),
        ("10.18653/v1/p19-1001", 2),
        ("2101.00001", 2),
    ]


WHOLE = """@proceedings{Conf21, title = {Proceedings of the Conference on Things}, year = 2021, month = jul,
  editor = {Ed Itor}, doi = {10.1000/whole}}
"""
PART = "@inproceedings{%s, title = {Paper %s}, crossref = {conf21}%s}\n"


@pytest.mark.parametrize("first", [True, False])
def test_a_part_has_the_year_and_the_place_of_its_whole_and_nothing_else_of_it(*, first: bool) -> None:
    part = PART % ("a", "A", "")
    paper = bib(WHOLE + part if first else part + WHOLE).records[0]
    assert isinstance(paper, PaperRecord)
    assert (paper.title, paper.year, paper.date) == ("Paper A", 2021, "2021-07")
    assert paper.venue == "Proceedings of the Conference on Things"
    assert (paper.doi, paper.authors) == (None, None)


def test_what_a_part_says_itself_stands() -> None:
    parsed = bib(PART % ("a", "A", ", year = 2020, journal = {Other Things}") + WHOLE)
    [paper] = parsed.records
    assert isinstance(paper, PaperRecord)
    assert (paper.year, paper.date, paper.venue) == (2020, None, "Other Things")
    assert parsed.problems == ()


def test_parts_keep_their_lines_and_one_whose_whole_is_missing_is_told() -> None:
    parsed = bib(PART % ("a", "A", "") + (PART % ("b", "B", "")).replace("conf21", "elsewhere") + WHOLE)
    assert [(p.title, p.line, p.year) for p in parsed.records] == [("Paper A", 1, 2021), ("Paper B", 2, None)]
    [problem] = parsed.problems
    assert (problem.line, problem.message) == (
        2, "what it takes from “elsewhere” is missing: no whole of this key is in the library",
    )  # fmt: skip


def test_shared_data_of_biblatex_goes_into_each_entry_that_names_it() -> None:
    parsed = bib(
        "@xdata{inst, xdata = {inst}, eventtitle = {Workshop}, date = {2020-05-01}}\n"
        "@inproceedings{a, title = {Paper A}, xdata = {inst, other}}\n"
        "@xdata{other, eprint = {2101.00001}, eprinttype = {arxiv}}\n"
    )
    [paper] = parsed.records
    assert isinstance(paper, PaperRecord)
    assert (paper.date, paper.venue, paper.arxiv) == ("2020-05-01", "Workshop", "2101.00001")


def test_a_macro_means_what_it_meant_where_the_part_stands() -> None:
    parsed = bib("@string{j = {Then}}" + PART % ("a", "A", ", journal = j") + "@string{j = {Later}}" + WHOLE)
    [paper] = parsed.records
    assert isinstance(paper, PaperRecord)
    assert (paper.venue, paper.year) == ("Then", 2021)


def test_of_a_chain_whose_end_is_missing_only_the_last_link_is_told() -> None:
    parsed = bib(
        PART % ("a", "A", "") + "@book{conf21, title = {The Book}, year = 2021, crossref = {none}}\n"
    )
    assert {p.title: p.year for p in parsed.records} == {"Paper A": 2021, "The Book": 2021}
    [problem] = parsed.problems
    assert (problem.line, problem.message.partition(":")[0]) == (2, "what it takes from “none” is missing")


def test_a_long_macro_that_is_joined_again_and_again_is_cut_and_told() -> None:
    long = "word " * 1_000
    note = " # ".join(["a"] * 20_000)
    text = f'@string{{a = "{long}"}}\n@misc{{k, title = {{T}}, note = {note}, year = 2020}}\n'
    parsed = parse_whole(text.encode(), Options(), "bibtex")
    assert [(paper.title, paper.year) for paper in parsed.records] == [("T", 2020)]
    (problem,) = parsed.problems
    assert "the macros of the field “note” have more than 100,000 characters" in problem.message
