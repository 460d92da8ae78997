"""Whether words that were found in a text stand there as a name of their own, or as a part of a longer one.

A boundary is judged by the whole token, not by one neighbour: `BLIP-2` is another name than `BLIP`, `LoRA+`
than `LoRA`, and `impact-belief` ends nowhere in its middle, while `DiffSBDD-based` and `DiffSBDD's` are
about `DiffSBDD` (design, section 6).
"""

from __future__ import annotations

from typing import Literal

from vaultsync.core.text.folding import is_cjk
from vaultsync.core.text.late_pattern import late_pattern
from vaultsync.core.text.spans import Span

Standing = Literal["name", "doubt", "part"]
"""A name of its own; perhaps a part of a longer name, which only the person can tell; a part of one."""

_HYPHENS = "-‐‑‒–"
_TAIL = late_pattern(rf"[{_HYPHENS}](?P<word>[^\W_]+)(?P<more>[.{_HYPHENS}'’]?[^\W_])?")
_WORD_BEFORE = late_pattern(r"([^\W\d_][\w'’-]*)[ \t]\Z")
# Nouns that German and English hang on to a name with a hyphen, and that make no other name of it.
_NOUNS = frozenset(
    """
    algorithmus ansatz architektur artikel autoren benchmark code daten datensatz ergebnis ergebnisse
    familie implementierung klasse methode methoden modell modelle modellen modells netz netze netzwerk
    paper papier poster präsentation projekt schicht studie system team training variante varianten
    verfahren version vortrag algorithm approach architecture baseline family framework method model
    models network results style
    """.split()
)
_FUNCTION_WORDS = frozenset(
    """
    a after all also although an and any are as at because before both but by can compare compared could
    each every for from has have he here how however i if in into is it its like many may more most my
    new no not now of on one only or other our over same see she since so some such than that the their
    them then there these they this those though through to too two unlike until use uses using very was
    we were what when where which while who why will with without would yet you your via toward
    towards between among across against under within upon during beyond versus vs per aber als am an auch
    auf aus bei beim das dass dem den der des die doch ein eine einem einen einer es für hat ich im in
    ist ja kein mehr mit nach nicht noch nun nur ob oder ohne sehr sein sich sie siehe sind so statt um
    und uns unser unter vom von vor was weil wenn wer wie wir wird zu zum zur zwei le la les un une des
    du de et ou avec pour sur dans el los las una y o con para en por que
    """.split()
)


def is_function_word(word: str) -> bool:
    """Whether a folded word only joins others: articles, prepositions, pronouns and the like."""
    return word in _FUNCTION_WORDS


def standing(text: str, span: Span) -> Standing:
    """How the words at `span` stand in their token; both ends lie between words already."""
    found = [_before(text, span), _after(text, span.end)]
    return "part" if "part" in found else "doubt" if "doubt" in found else "name"


def _before(text: str, span: Span) -> Standing:
    start = span.start
    last, other = text[start - 1 : start], text[max(start - 2, 0) : start - 1]
    joined = other.isalnum() and not is_cjk(other)
    if joined and last and (last in _HYPHENS or last == "_"):
        return "part"
    if joined and last == ".":
        return "doubt"
    if not any(map(str.islower, span.of(text))) and (
        word := _WORD_BEFORE.search(text, max(start - 40, 0), start)
    ):
        # `Faster R-CNN`: before a name of capitals a capitalised word belongs to it.
        longer = word[1][0].isupper() and not is_function_word(word[1].lower())
        return "doubt" if longer and any(c.isupper() for c in span.of(text)) else "name"
    return "name"


def _after(text: str, end: int) -> Standing:
    char, beyond = text[end : end + 1], text[end + 1 : end + 2]
    if not char or char.isspace():
        return "name"
    if char == "+":  # `BERT+GAT` joins two names, `LoRA+` is one
        return "name" if beyond.isalnum() else "part"
    if char in "#_" and beyond.isalnum():
        return "part"
    if char == "." and beyond.isalnum() and not is_cjk(beyond):
        return "part" if not beyond.isupper() else "doubt"
    if char in _HYPHENS and (tail := _TAIL.match(text, end)):
        return _tail(tail["word"], whole=tail["more"] is None)
    return "name"


def _tail(word: str, *, whole: bool) -> Standing:
    """What a hyphen and a word after a name make of it: `-based`, `-Modell`, `-2`, `-XL`, `-Multimer`."""
    if is_cjk(word[0]):
        return "name"
    if any(map(str.isdigit, word)):
        return "part"
    if word.lower() in _NOUNS or (word.islower() and len(word) > 1):
        return "name"
    return "doubt" if whole and word[1:].islower() and len(word) > 2 else "part"
