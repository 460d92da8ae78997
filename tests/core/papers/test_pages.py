"""The page of a plain address: one for all its spellings, none where it can tell no paper."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaultsync.core.papers.pages import page_of


@pytest.mark.parametrize(
    "address",
    [
        "https://lab.example/texts/quiet-rooms",
        "http://www.Lab.Example/texts/quiet-rooms/",
        "https://lab.example:443/texts/quiet-rooms#results",
        "https://lab.example/texts/quiet-rooms/index.html?utm_source=mail&fbclid=7",
        "https://lab.example/te%78ts/quiet%2Drooms",
        "http://lab.example:443/texts/quiet-rooms//index.php/",
    ],
)
def test_all_spellings_of_an_address_are_one_page(address: str) -> None:
    assert page_of(address) == "lab.example/texts/quiet-rooms"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://lab.example/show?id=1", "https://lab.example/show?id=2"),
        ("https://lab.example/Text", "https://lab.example/text"),
        ("https://lab.example/#/text/1", "https://lab.example/#/text/2"),
        ("https://lab.example/%%377", "https://lab.example/w"),
        ("https://lab.example/a%2Fb", "https://lab.example/a/b"),
        ("https://one.example/text", "https://other.example/text"),
        ("https://lab.example:8080/text", "https://lab.example/text"),
    ],
)
def test_what_a_server_may_tell_apart_stays_apart(one: str, other: str) -> None:
    assert None not in (page_of(one), page_of(other))
    assert page_of(one) != page_of(other)


def test_a_letter_is_the_same_escaped_or_not() -> None:
    assert page_of("https://lab.example/%c3%bcber%7ealles") == page_of("http://lab.example/über~alles/")


@pytest.mark.parametrize(
    "address",
    [
        "https://lab.example",
        "https://www.lab.example/#top",
        "https://lab.example/index.html",
        "https://lab.example/conf/2024/accepted-papers.html",
        "https://lab.example/~alm/Publications/",
        "https://lab.example/conf/2024",
        "https://lab.example/journal/v12",
        "https://lab.example/search?paper=3",
        "https://lab.example/texts?q=rooms",
        "https://proceedings.mlr.press/v80/",
        "https://scholar.google.com/citations?user=abc",
        "https://dblp.org/pid/00/1.html",
        "https://openreview.net/group?id=Conf.example/2024",
        "https://arxiv.org/list/cs.CL/recent",
        "https://arxiv.org/abs/2101.00001",
        "https://doi.org/10.1000/x",
        "https://aclanthology.org/2020.acl-main.1/",
        "https://openreview.net/forum?id=aBcDeFgHiJ",
        "ftp://lab.example/text",
        "https://lab.example/" + "long/" * 1000,
        "no address",
        "",
    ],
)
def test_hosts_lists_searches_and_identifiers_are_no_page(address: str) -> None:
    assert page_of(address) is None


@pytest.mark.parametrize(
    "address",
    [
        "https://proceedings.mlr.press/v80/alm18a.html",
        "https://www.jmlr.org/papers/v3/alm03a.html",
        "https://dblp.org/rec/conf/x/Alm20",
        "https://lab.example/paper.php?id=3",
        "https://lab.example/2023/123",
        "https://lab.example/2019/quiet-rooms/",
    ],
)
def test_one_paper_of_a_list_is_a_page(address: str) -> None:
    assert page_of(address) is not None


@given(st.text(max_size=80), st.sampled_from(["", "http://", "https://www.", "https://lab.example/"]))
def test_any_text_has_a_page_or_none_and_a_page_is_its_own(text: str, head: str) -> None:
    page = page_of(head + text)
    if page is not None:
        assert page.isascii()
        assert page_of(f"http://www.{page}") in (page, None)  # no `www.` before `[::1]`
