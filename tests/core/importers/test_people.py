"""People: TeX is read before names are parted, and no one is called what nobody is called."""

from __future__ import annotations

import re

import pytest
from bibtexparser.middlewares.names import parse_single_name_into_parts
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from vaultsync.core.importers import Options, parse_whole
from vaultsync.core.importers.people import People, full_name, people_in
from vaultsync.core.importers.record import one_line


@pytest.mark.parametrize(
    ("field", "names"),
    [
        (r"N\~u\~nez-Sol, Ana and Mu{\~n}iz, J.", ("Ana Nũñez-Sol", "J. Muñiz")),
        (r"Alm, A and \'Elan, B and \v{C}ap, C and \"Oz, D", ("A Alm", "B Élan", "C Čap", "D Öz")),
        (r"\AA sen, Ida and R\ocirc{u}\v{z}, P and Mel\cprime nyk, O", ("Ida Åsen", "P Růž", "O Melʹnyk")),
        ("van der Alm, Ida and Ida de la Alm", ("Ida van der Alm", "Ida de la Alm")),
        ("Alm, Jr., Max and Alm, Max, III and Max Oak, Jr.", ("Max Alm Jr.", "Max Alm III", "Max Oak Jr.")),
        ("{Alm and Oak, Inc.} and Oak, B.", ("Alm and Oak, Inc.", "B. Oak")),
        ("family=Alm, given=Ida, prefix=von, useprefix=true", ("Ida von Alm",)),
        ("family=Alm, given=Ida, prefix=d', useprefix=true", ("Ida d'Alm",)),
        ("given={Ida, B.}, family=Oak, suffix=Jr", ("Ida, B. Oak Jr",)),
        ("李, 大山 and 김, 산", ("李大山", "김산")),
        # Lists of somebody's own making that can be read in one way only:
        ("Ida Alm, Max Oak, Eva Fir", ("Ida Alm", "Max Oak", "Eva Fir")),
        ("Ida Alm, Max Oak & Eva Fir", ("Ida Alm", "Max Oak", "Eva Fir")),
        (r"Alm, Ida \& Oak, Max", ("Ida Alm", "Max Oak")),
        ("Alm, I.; Oak, M.", ("I. Alm", "M. Oak")),
        ("Alm, I., Oak, M. B., Fir, E.", ("I. Alm", "M. B. Oak", "E. Fir")),
        ("Alm I, Oak MB, Fir E", ("I Alm", "MB Oak", "E Fir")),
        ("I. Alm, M. Oak", ("I. Alm", "M. Oak")),
        # What looks like a list and is none:
        ("Pérez Alm, Ida Mar", ("Ida Mar Pérez Alm",)),
        ("Oak, V and Fir, M. D. and Alm, Jr.", ("V Oak", "M. D. Fir", "Alm Jr.")),
        ("Alm, Ida and", ("Ida Alm",)),
        ("Alm AND Oak", ("Alm", "Oak")),
        ("M&uuml;hl, Ida", ("Ida Mühl",)),
    ],
)
def test_each_person_is_one_name(field: str, names: tuple[str, ...]) -> None:
    assert people_in(field) == People(names)


@pytest.mark.parametrize(
    "field",
    [
        "Alm, Ida and others",
        "Alm, Ida et al.",
        "Alm, Ida and et~al.",
        "Alm, Ida, et al",
        "Alm, Ida and {et al.}",
        "Alm, Ida and {al}, Et",
    ],
)
def test_a_list_that_goes_on_says_so_in_no_name(field: str) -> None:
    assert people_in(field) == People(("Ida Alm",), cut=True)


@pytest.mark.parametrize(
    "field", ["Alm, Ida, Oak, Max", "Alm, Ida, Max Oak", "Alm & Oak", "Alm, I., Max Oak, E. Fir, X. Y."]
)
def test_what_has_two_readings_stays_as_it_is_written_and_is_told(field: str) -> None:
    parsed = parse_whole(
        f"\n@article{{a, title = {{One}}, author = {{{field}}}}}".encode(), Options(), "bibtex"
    )
    assert parsed.records[0].authors == (field,)
    assert [(p.line, p.message) for p in parsed.problems] == [
        (2, f"“{field}” is no name of one author in BibTeX: it stays as it is written")
    ]


def test_particles_are_joined_where_they_end_in_a_sign() -> None:
    assert full_name(given="Ida", particles=("", "al-"), family="Alm") == "Ida al-Alm"
    assert full_name(given="Ida", particles=("von", "d’"), family="Alm") == "Ida von d’Alm"
    assert full_name(given="山", particles=("",), family="李") == "李山"
    assert full_name(given="Ida", family="李") == "Ida 李"


@given(st.text(alphabet="Aab .,é", max_size=25).map(lambda text: " ".join(text.split())))
@settings(max_examples=200, deadline=None)
def test_a_name_of_bibtex_s_own_form_is_read_as_bibtexparser_reads_it(name: str) -> None:
    assume(name.count(",") < 2 and all(part.strip() for part in name.split(",")) and "and" not in name)
    found = people_in(name)
    assume(len(found.names) == 1)
    asked = parse_single_name_into_parts(name, strict=False).merge_first_name_first
    assert found.names[0] == one_line(asked)


@given(st.lists(st.sampled_from(("A", "b", "Alm", " ", ",", ";", " & ", ".", " and ")), max_size=20))
@settings(max_examples=300, deadline=None)
def test_no_letter_is_lost_whatever_the_field_holds(pieces: list[str]) -> None:
    found = people_in("".join(pieces))
    assert all(name == one_line(name) and name for name in found.names)
    kept = re.sub(r"(?:(?<=\s)|^)and(?=\s|$)", " ", "".join(pieces))
    assert sorted(filter(str.isalpha, "".join(found.names))) == sorted(filter(str.isalpha, kept))
