"""Identifiers in a text: each grammar, its look-alikes, and one canonical value for all notations."""

from __future__ import annotations

from unittest import mock

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from vaultsync.core.papers import identifiers
from vaultsync.core.papers.identifiers import (
    Identifier,
    arxiv_month,
    canonical_acl,
    canonical_arxiv,
    canonical_doi,
    canonical_openreview,
    canonical_url,
    identifiers_in,
    other_names,
)
from vaultsync.core.text.spans import Span, SpanSet

ARXIV_NOTATIONS = [
    "2210.13695",
    "2210.13695v2",
    "arXiv:2210.13695",
    "arXiv: 2210.13695v1",
    "ARXIV 2210.13695",
    "https://arxiv.org/abs/2210.13695",
    "http://www.arxiv.org/abs/2210.13695v3",
    "https://export.arxiv.org/abs/2210.13695",
    "https://arxiv.org/pdf/2210.13695",
    "https://arxiv.org/pdf/2210.13695v1.pdf",
    "https://arxiv.org/html/2210.13695v1",
    "https://arxiv.org/abs/2210.13695?context=cs.LG#top",
    "arxiv.org/abs/2210.13695",
    "https://hf.co/papers/2210.13695",
    "https://huggingface.co/papers/2210.13695#community",
    "huggingface.co/papers/2210.13695",
    "https://www.alphaxiv.org/abs/2210.13695v2",
    "https://ar5iv.labs.arxiv.org/html/2210.13695",
    "10.48550/arXiv.2210.13695",
    "doi:10.48550/ARXIV.2210.13695",
    "https://doi.org/10.48550/arXiv.2210.13695",
]

# text, with the identifiers that it holds as `scheme value surface`
CASES = [
    # a formula after one; a price has neither prefix nor letters
    ("arXiv:2301.00007 $x^2$ improves", ["arxiv 2301.00007 arXiv:2301.00007"]),
    ("see P18-1012 $x$", ["acl P18-1012 P18-1012"]),
    ("hep-th/9901001 $x$", ["arxiv hep-th/9901001 hep-th/9901001"]),
    ("it cost 2301.00007 $ then", []),
    # around an identifier
    ("see 2210.13695.", ["arxiv 2210.13695 2210.13695"]),
    ("(arXiv:2210.13695v1 [cs.LG])", ["arxiv 2210.13695 arXiv:2210.13695v1"]),
    ("1706.03762,2106.09685", ["arxiv 1706.03762 1706.03762", "arxiv 2106.09685 2106.09685"]),
    ("论文2210.13695提出", ["arxiv 2210.13695 2210.13695"]),
    ("一篇（https://arxiv.org/abs/2210.13695），好", ["arxiv 2210.13695 https://arxiv.org/abs/2210.13695"]),
    ("https://arxiv.org/abs/2210.13695提出", ["arxiv 2210.13695 https://arxiv.org/abs/2210.13695"]),
    ("[DiffSBDD](https://arxiv.org/abs/2210.13695)", ["arxiv 2210.13695 https://arxiv.org/abs/2210.13695"]),
    ("_https://arxiv.org/abs/2210.13695_", ["arxiv 2210.13695 https://arxiv.org/abs/2210.13695"]),
    ("|arXiv:2210.13695|", ["arxiv 2210.13695 arXiv:2210.13695"]),
    # old arXiv ids
    ("math.GT/0309136", ["arxiv math/0309136 math.GT/0309136"]),
    ("arXiv:math/0309136v2", ["arxiv math/0309136 arXiv:math/0309136v2"]),
    ("https://arxiv.org/abs/hep-th/9901001", ["arxiv hep-th/9901001 https://arxiv.org/abs/hep-th/9901001"]),
    (
        "cs/0112017 and cond-mat/9912345",
        ["arxiv cs/0112017 cs/0112017", "arxiv cond-mat/9912345 cond-mat/9912345"],
    ),
    ("math/0813001", []),
    ("math/9013001", []),
    ("maths/0309136", []),
    # look-alikes of arXiv ids
    ("12210.136951", []),
    ("2023.12345", []),
    ("2200.12345", []),
    ("1412.69801", []),
    ("1501.6980", []),
    ("0703.1234", []),
    ("1.2210.13695", []),
    ("2210.13695.1", []),
    ("v2210.13695", []),
    ("2210.13695vs", []),
    ("$1201.5000", []),
    ("1201.5000 EUR", []),
    ("1201.5000 €", []),
    ("1201.5000%", []),
    ("x@2210.13695", []),
    (
        "https://arxiv.org/list/cs.LG/recent",
        ["url https://arxiv.org/list/cs.LG/recent https://arxiv.org/list/cs.LG/recent"],
    ),
    # DOI
    ("10.1000/182", ["doi 10.1000/182 10.1000/182"]),
    ("DOI 10.1145/3394486.3403118.", ["doi 10.1145/3394486.3403118 DOI 10.1145/3394486.3403118"]),
    ("doi: 10.1000/ABC.Def;", ["doi 10.1000/abc.def doi: 10.1000/ABC.Def"]),
    ("(10.1016/S0021-9258(19)52451-6)", ["doi 10.1016/s0021-9258(19)52451-6 10.1016/S0021-9258(19)52451-6"]),
    ("[10.1000/x]", ["doi 10.1000/x 10.1000/x"]),
    ("doi = {10.1000/x},", ["doi 10.1000/x 10.1000/x"]),
    ("**10.1000/x**", ["doi 10.1000/x 10.1000/x"]),
    ("10.1000/x[^1]", ["doi 10.1000/x 10.1000/x"]),
    ("10.1000/x，然后", ["doi 10.1000/x 10.1000/x"]),
    ("<https://doi.org/10.1000/x>", ["doi 10.1000/x https://doi.org/10.1000/x"]),
    ("http://dx.doi.org/10.1000/X%2Fy?a=b", ["doi 10.1000/x/y http://dx.doi.org/10.1000/X%2Fy?a=b"]),
    (
        "10.1002/(SICI)1097-4571(1998)49:8<693::AID-ASI4>3.0.CO;2-O",
        [
            "doi 10.1002/(sici)1097-4571(1998)49:8<693::aid-asi4>3.0.co;2-o "
            "10.1002/(SICI)1097-4571(1998)49:8<693::AID-ASI4>3.0.CO;2-O"
        ],
    ),
    ("version 10.1000", []),
    ("110.1000/x", []),
    ("10.1/x", []),
    # ACL Anthology
    ("P19-1001", ["acl P19-1001 P19-1001"]),
    ("2020.acl-main.1", ["acl 2020.acl-main.1 2020.acl-main.1"]),
    (
        "https://aclanthology.org/2020.acl-main.1/",
        ["acl 2020.acl-main.1 https://aclanthology.org/2020.acl-main.1/"],
    ),
    (
        "https://aclanthology.org/2020.ACL-main.1.pdf",
        ["acl 2020.acl-main.1 https://aclanthology.org/2020.ACL-main.1.pdf"],
    ),
    ("https://www.aclweb.org/anthology/P19-1001", ["acl P19-1001 https://www.aclweb.org/anthology/P19-1001"]),
    (
        "https://www.aclweb.org/anthology/papers/P/P19/P19-1001/",
        ["acl P19-1001 https://www.aclweb.org/anthology/papers/P/P19/P19-1001/"],
    ),
    ("aclanthology.org/P19-1001v2.pdf", ["acl P19-1001 aclanthology.org/P19-1001v2.pdf"]),
    ("XP19-1001", []),
    ("P19-10012", []),
    ("2020-10-10", []),
    # OpenReview
    (
        "https://openreview.net/forum?id=nkOtq2TWnQD",
        ["openreview nkOtq2TWnQD https://openreview.net/forum?id=nkOtq2TWnQD"],
    ),
    ("openreview.net/pdf?id=B1xsqj09Fm", ["openreview B1xsqj09Fm openreview.net/pdf?id=B1xsqj09Fm"]),
    (
        "https://openreview.net/forum?noteId=abc&id=B1xsqj09Fm#note",
        ["openreview B1xsqj09Fm https://openreview.net/forum?noteId=abc&id=B1xsqj09Fm#note"],
    ),
    # citations
    ("[@smith2020]", ["citekey smith2020 @smith2020"]),
    ("[-@smith2020]", ["citekey smith2020 @smith2020"]),
    ("[see @a; @b, p. 3; -@c]", ["citekey a @a", "citekey b @b", "citekey c @c"]),
    ("as @smith2020 says, @doe:2021.", ["citekey smith2020 @smith2020", "citekey doe:2021 @doe:2021"]),
    ("@{10.1000/x} and @smith's", ["citekey 10.1000/x @{10.1000/x}", "citekey smith @smith"]),
    ("@müller_2020", ["citekey müller_2020 @müller_2020"]),
    ("@kim2020提出", ["citekey kim2020 @kim2020"]),
    ("me@example.org", []),
    ("first.last+tag@example.org", []),
    (r"\@smith2020", []),
    ("@ smith", []),
    ("https://medium.com/@user/x", ["url https://medium.com/@user/x https://medium.com/@user/x"]),
    # other URLs
    (
        "(https://en.wikipedia.org/wiki/Set_(abstract))",
        ["url https://en.wikipedia.org/wiki/Set_(abstract) https://en.wikipedia.org/wiki/Set_(abstract)"],
    ),
    (
        "https://example.org/a?utm_source=x&b=1.",
        ["url https://example.org/a?b=1 https://example.org/a?utm_source=x&b=1"],
    ),
    ("https://", []),
    ("and/or 1/2 e.g. 3-4", []),
]


@pytest.mark.parametrize("text", ARXIV_NOTATIONS)
def test_every_notation_of_an_arxiv_paper_has_the_same_value(text: str) -> None:
    assert identifiers_in(text) == (Identifier("arxiv", "2210.13695", Span(0, len(text))),)
    assert canonical_arxiv(f" {text} ") == "2210.13695"


@pytest.mark.parametrize(("text", "expected"), CASES, ids=[text for text, _ in CASES])
def test_identifiers_are_found_and_look_alikes_are_not(text: str, expected: list[str]) -> None:
    assert [f"{i.scheme} {i.value} {i.span.of(text)}" for i in identifiers_in(text)] == expected


@pytest.mark.parametrize(("text", "expected"), CASES, ids=[text for text, _ in CASES])
def test_an_identifier_is_found_the_same_amid_other_text(text: str, expected: list[str]) -> None:
    around = f"one 2 three (4/5)\r\n- {text}\r\nsix — @"
    assert [f"{i.scheme} {i.value} {i.span.of(around)}" for i in identifiers_in(around)] == expected


def test_only_the_given_range_is_read() -> None:
    text = "1706.03762 2106.09685 2210.13695"
    assert [i.value for i in identifiers_in(text, 11, 21)] == ["2106.09685"]
    assert identifiers_in(text, 13, 21) == ()


@given(
    st.text(alphabet="10.2345/@arxivdoi:{}[]()<> \n-vhtps提", max_size=80),
    st.lists(st.tuples(st.integers(0, 80), st.integers(0, 20)), max_size=4),
    st.booleans(),
)
@example("x/arxiv 2103.10001", [(0, 2)], False)
@example("[[a/b]]/2103.10001 @c", [(0, 7)], False)
@example("a 2021.acl-x.1, 2021.acl-long.12 P19-1001", [(0, 1)], True)
def test_what_is_apart_hides_nothing_else(text: str, places: list[tuple[int, int]], many: bool) -> None:
    apart = SpanSet((start, start + length) for start, length in places)
    with mock.patch.object(identifiers, "SHORT", 0 if many else 1000):
        found = identifiers_in(text, apart=apart)
    expected = [one for one in identifiers_in(text) if not apart.touches(one.span.start, one.span.end)]
    assert [one for one in found if not apart.touches(one.span.start, one.span.end)] == expected


@given(st.text(alphabet="10.2345/@arxivdoi:{}[]()<> \n-vhtps提", max_size=80))
def test_spans_are_in_order_and_values_are_stable_in_any_text(text: str) -> None:
    end = 0
    for found in identifiers_in(text):
        assert end <= found.span.start < found.span.end <= len(text)
        end = found.span.end
        assert found.value
        if found.scheme == "arxiv":
            assert canonical_arxiv(found.value) == found.value
        elif found.scheme == "doi":
            assert canonical_doi(found.value) == found.value
        elif found.scheme == "url":
            assert canonical_url(found.value) == found.value


@pytest.mark.parametrize(
    ("written", "doi"),
    [
        ("10.1000/ABC", "10.1000/abc"),
        ("doi:10.1000/abc", "10.1000/abc"),
        (" https://doi.org/10.1000/abc ", "10.1000/abc"),
        ("dx.doi.org/10.1000/abc", "10.1000/abc"),
        ("10.48550/arXiv.2210.13695", "10.48550/arxiv.2210.13695"),
        ("10.1000/abc.", None),
        ("10.1000/a b", None),
        ("2210.13695", None),
        ("", None),
    ],
)
def test_a_doi_has_one_form(written: str, doi: str | None) -> None:
    assert canonical_doi(written) == doi


@pytest.mark.parametrize(
    ("written", "url"),
    [
        ("HTTPS://Example.ORG", "https://example.org"),
        ("https://example.org/", "https://example.org"),
        ("https://example.org:443/A/", "https://example.org/A/"),
        ("http://example.org:8080/?b=2&a=1", "http://example.org:8080/?b=2&a=1"),
        ("https://example.org/?utm_source=x&fbclid=1", "https://example.org"),
        ("https://example.org/%c3%a4?q=%2f#Part", "https://example.org/%C3%A4?q=%2F#Part"),
        ("https://me@example.org/x", "https://me@example.org/x"),
        ("http://[::1]:80/x", "http://[::1]/x"),
        ("ftp://example.org", None),
        ("example.org", None),
        ("https://exa mple.org", None),
        ("https://[::1", None),
        ("https://example.org:99999/", None),
    ],
)
def test_a_url_loses_only_what_tells_no_pages_apart(written: str, url: str | None) -> None:
    assert canonical_url(written) == url


def test_a_value_that_is_more_than_an_identifier_is_none() -> None:
    assert canonical_arxiv("2210.13695 and more") is None
    assert canonical_arxiv("10.1000/x") is None
    assert canonical_acl("https://aclanthology.org/P19-1001.pdf") == "P19-1001"
    assert canonical_acl("p") is None
    assert canonical_openreview("https://openreview.net/forum?id=nkOtq2TWnQD") == "nkOtq2TWnQD"
    assert canonical_openreview("nkOtq2TWnQD") == "nkOtq2TWnQD"
    assert canonical_openreview("openreview") is None


@pytest.mark.parametrize(
    ("arxiv", "month"),
    [
        ("2210.13695", (2022, 10)),
        ("0704.0001", (2007, 4)),
        ("math/0309136", (2003, 9)),
        ("hep-th/9108001", (1991, 8)),
        ("2023.12345", None),
        ("10.1000/x", None),
    ],
)
def test_an_arxiv_id_tells_its_month(arxiv: str, month: tuple[int, int] | None) -> None:
    assert arxiv_month(arxiv) == month


def test_identifiers_that_follow_from_each_other_are_known() -> None:
    assert other_names("doi", "10.48550/arxiv.2210.13695") == (("arxiv", "2210.13695"),)
    assert other_names("arxiv", "2210.13695") == (("doi", "10.48550/arxiv.2210.13695"),)
    assert other_names("doi", "10.18653/v1/p19-1001") == (("acl", "P19-1001"),)
    assert other_names("doi", "10.1000/x") == ()
    assert other_names("citekey", "x") == ()


@given(st.from_regex(r"[0-9]{4}\.[0-9]{4,6}([vV][0-9]{1,3})?", fullmatch=True))
def test_a_bare_arxiv_id_is_the_same_in_a_property_and_in_a_text(value: str) -> None:
    found = [one for one in identifiers_in(value) if one.span == Span(0, len(value))]
    assert canonical_arxiv(value) == (found[0].value if found else None)
