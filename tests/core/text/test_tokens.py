"""Whether words stand as a name of their own, or in a longer one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaultsync.core.text.spans import Span
from vaultsync.core.text.tokens import standing


def stands(text: str, name: str) -> str:
    at = text.index(name)
    return standing(text, Span(at, at + len(name)))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("we use Zorb.", "Zorb"),
        ("Zorb's idea, Zorb’s idea", "Zorb"),
        ("a Zorb-based net", "Zorb"),
        ("das Zorb-Modell", "Zorb"),
        ("Zorb-模型", "Zorb"),
        ("(Zorb)/Other", "Zorb"),
        ("BERT+Zorb", "Zorb"),
        ("Zorb+BERT", "Zorb"),
        ("so—Zorb—it is", "Zorb"),
        ("the R-QNN is", "R-QNN"),
        ("With R-QNN it is", "R-QNN"),
        ("提高Zorb的", "Zorb"),
    ],
)
def test_a_name_of_its_own(text: str, name: str) -> None:
    assert stands(text, name) == "name"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Zorb-2 is new", "Zorb"),
        ("Zorb–2 is new", "Zorb"),
        ("Zorb-3.1", "Zorb"),
        ("Zorb.5", "Zorb"),
        ("Zorb-XL and Zorb-v2", "Zorb"),
        ("Zorb+ uses two rates", "Zorb"),
        ("Zorb++", "Zorb"),
        ("Zorb_x", "Zorb"),
        ("zorb.py", "zorb"),
        ("no impact-belief elicitation", "belief elicitation"),
        ("non-Zorb", "Zorb"),
    ],
)
def test_a_part_of_another_name(text: str, name: str) -> None:
    assert stands(text, name) == "part"


@pytest.mark.parametrize(
    ("text", "name"), [("Zorb-Multimer", "Zorb"), ("Faster R-QNN", "R-QNN"), ("end.Zorb", "Zorb")]
)
def test_what_only_the_person_can_tell(text: str, name: str) -> None:
    assert stands(text, name) == "doubt"


@given(st.text("aZ2-+.'_ –提", max_size=6), st.text("aZ2-+.'_ –提", max_size=6))
def test_what_stands_apart_is_a_name_whatever_is_beyond(before: str, after: str) -> None:
    text = f"{before} , Zorb , {after}"
    at = text.index(", Zorb ,") + 2
    assert standing(text, Span(at, at + 4)) == "name"
