"""Titles that may be one paper's, if something else says so, too."""

from __future__ import annotations

import pytest

from vaultsync.core.importers.alike_titles import are_alike, title_words


def alike(one: str, other: str) -> bool:
    found = are_alike(title_words(one), title_words(other))
    assert found == are_alike(title_words(other), title_words(one))
    return found


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Steady Windows for Long Inputs", "STEADY WINDOWS FOR LONG INPUTS."),
        ("The Steady Window", "Steady Windows"),
        ("Steady Windows in Long Inputs", "Steady Windows for Long Inputs"),
        ("Steady Windows", "Steady Windows: A Study of Inputs"),
        ("Steady Windows", "Steady Windows — Journal of Panes"),
        ("Steady Windows", "Steady Windows | News | lab.example"),
        ("Are Windows Steady?", "Are Windows Steady? A Study"),
        ("Steady Windows: A Study", "Steady Windows: A Study. With Remarks"),
        ("WinNet", "WinNet: Steady Windows for Long Inputs"),
        ("Über steile Dächer", "Uber steile Dacher"),
        ("Pretraining Steady Windows: A Study", "Pre-training Steady Windows"),
        ("Measuring Steady Windows Gently", "Measurng Steady Windows Gently"),
        ("Measuring Steady Windows Gently", "Measuring Steady Widnows Gently"),
        ("深窗学习方法", "深窗学习方法：一项研究"),
    ],
)
def test_small_words_a_slip_or_a_subtitle_make_no_other_paper(one: str, other: str) -> None:
    assert alike(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Steady Windows for Long Inputs", "Quiet Doors"),
        ("Windows with Glass for All", "Windows without Glass for All"),
        ("Windows Can Open by Themselves", "Windows Can Not Open by Themselves"),
        ("Steady Windows", "Steady Windows: Part II"),
        ("Steady Windows: Part I", "Steady Windows: Part II"),
        ("Steady Windows", "Steady Windows: Reply"),
        ("Steady Windows 2", "Steady Windows 3"),
        ("WinNet 3", "WinNet 3.5: More"),
        ("Introduction", "Introduction: Windows of the World"),
        ("Deep Learning", "Deep Learning: A Study of Windows"),
        ("Symmetric Windows in Old Houses", "Asymmetric Windows in Old Houses"),
        ("Steady Windows: A Study", "Steady Windows: An Essay"),
        ("Steady Windows", "Steady Windows of the North"),
        ("深窗学习方法研究", "浅窗学习方法研究"),
        ("", ""),
        ("?", "!"),
    ],
)
def test_what_turns_the_meaning_makes_another_one(one: str, other: str) -> None:
    assert not alike(one, other)


def test_long_titles_are_compared_in_a_time_that_grows_with_them() -> None:
    long = "word: " * 100_000
    assert alike(long, long + "end")
