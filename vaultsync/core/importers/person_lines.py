"""Whether a line of a programme or a reading list names people, and whom: told by how names are written.

`Ida Alm and Max Oak`, `I. Alm [1], M. Oak (MIT)`, `Ida Alm et al.`: a list of names has no verb, no article
and no small word but particles. One name alone (`Graph Attention`) can't be told from a title; the caller has
to know from its place that it may be one.
"""

from __future__ import annotations

import re

import msgspec

from vaultsync.core.papers.stop_words import STOP_WORDS

LONGEST = 4000
"""Characters of a line of names; passed by no list of authors that a person would paste."""


class LineNames(msgspec.Struct, frozen=True):
    """The people of a line, and whether the list goes on (`et al.`)."""

    people: tuple[str, ...]
    cut: bool = False


def names_in(text: str, *, alone: bool = True, surnames: bool = False) -> LineNames | None:
    """The people whom the whole of `text` names; None if it may say anything else.

    With `alone` one single name is enough, without it there have to be two, or initials, or `et al.`.
    Surnames alone (`Alm & Oak`) are names with `surnames`, or before `et al.`.
    """
    if len(text) > LONGEST or not text:
        return None
    bare = _MARKS.sub(" ", _BRACKETS.sub(" ", text)).strip(" ,;:-–—")
    bare, cut = (bare[: found.start()], True) if (found := _OTHERS.search(bare)) else (bare, False)
    pieces = [piece.strip(" .") if piece.count(".") == 1 and len(piece) > 12 else piece.strip()
              for piece in _BETWEEN.split(bare) if piece.strip(" .")]  # fmt: skip
    if not pieces:
        return None
    people = _inverted(pieces) or pieces
    if (surnames or cut) and all(map(_SURNAME.fullmatch, people)):
        if any(person.casefold() in _NO_NAMES for person in people):
            return None
    elif not all(map(is_name, people)):
        return None
    if (
        len(people) == 1
        and not (cut or _INITIAL.search(people[0]))
        and (not alone or _is_doubtful(people[0]))
    ):
        return None
    return LineNames(tuple(" ".join(person.split()) for person in people), cut)


def is_name(text: str) -> bool:
    """Whether `text` could be one person's whole name: two to six words, not all of them everyday ones."""
    if _CJK.fullmatch(text):
        return True
    words = text.split()
    if not 2 <= len(words) <= 6 or not all(map(_NAME_WORD.fullmatch, words)):
        return False
    if _PARTICLE.fullmatch(words[-1]) and not words[-1][0].isupper():
        return False
    plain, common = _words(words)
    return bool(plain) and len(common) < len(plain) and _NEVER.isdisjoint(map(str.casefold, plain))


def _is_doubtful(text: str) -> bool:
    plain, common = _words(text.split())
    return 2 * len(common) >= len(plain)


def _words(words: list[str]) -> tuple[list[str], list[str]]:
    """The words of a name that are no particles, and those of them that are everyday words."""
    plain = [word for word in words if not (_PARTICLE.fullmatch(word) and word.islower())]
    return plain, [word for word in plain if word.casefold() in _NO_NAMES or _NO_SURNAME.fullmatch(word)]


def _inverted(pieces: list[str]) -> list[str]:
    """The names of `Doe, J., Roe, R.`, first name first; empty if the pieces are no such list."""
    if len(pieces) < 2 or len(pieces) % 2:
        return []
    given = pieces[1::2]
    if not all(map(_INITIALS.fullmatch, given)) or any(map(_INITIALS.fullmatch, pieces[::2])):
        return []
    return [f"{first} {last}" for last, first in zip(pieces[::2], given, strict=True)]


_BRACKETS = re.compile(r"\[[^\[\]]{0,80}\]|\([^()]{0,120}\)|\{[^{}]{0,20}\}")
_MARKS = re.compile(r"[*†‡§¶#^∗⋆✉]+|[¹²³⁴-⁹⁰]+|(?<=[^\W\d_.])[0-9]{1,2}(?:,[0-9]{1,2})*(?=[\s,;]|$)")
_OTHERS = re.compile(
    r"(?:,\s*+|(?<![\s,])\s++)?(?:\bet\.? al\b\.?|\band others\b|\.{3}|…)\s*$", re.IGNORECASE
)
_BETWEEN = re.compile(
    r"(?:(?<!\s)\s++)?(?:[,;](?:\s(?:and|und|et|y|&)\s)?|[，、·•|])\s*|(?<!\s)\s++(?:and|und|et|y|&)\s+"
)
_CJK = re.compile(
    "[\u4e00-\u9fff\u3040-\u30ff\uac00-\ud7af]{2,5}(?: [\u4e00-\u9fff\u3040-\u30ff\uac00-\ud7af]{1,3})?"
)
_SURNAME = re.compile(
    r"(?:(?:van|von|de|del|di|la|le|den|der)\s)*(?=[^\W\d_a-z])[^\W\d_](?:[^\W\d_]|['’-](?=[^\W\d_]))+"
)
_INITIAL = re.compile(r"(?:^|\s)[^\W\d_]\.")
_INITIALS = re.compile(r"(?:[^\W\d_]\.[\s-]*)+|[^\W\d_a-z]")
_PARTICLE = re.compile(
    r"(?:af|al|bin|ibn|ben|da|dal|de|degli|dei|del|della|den|der|des|di|do|dos|du|e|el|la|le|los|san|ten|ter|van"
    r"|vom|von|y|zu|zum|zur|d['’]|'t|jr\.?|sr\.?|ii|iii)",
    re.IGNORECASE,
)
# A word of a name: a capital first (after `d'`, `al-`), letters, apostrophes and hyphens; or an initial.
_NAME_WORD = re.compile(
    rf"{_PARTICLE.pattern}|(?:[dDlLO]['’]|[aA]l-|[eE]l-)?(?=[^\W\d_a-z])[^\W\d_](?:[^\W\d_]|['’‐-](?=[^\W\d_]))*+\.?"
    r"|(?:[^\W\d_]\.-?)+",
)
_NO_SURNAME = re.compile(
    r"[^\W\d_]{3,}(?:tions?|ization|ments?|ness|ities|isms?|ology|ologies|ically|ized|ising)", 0
)
_NEVER = frozenset(
    """
    aaai acl arxiv brain conference cvpr eccv emnlp iccv iclr icml ijcai journal kdd letters magazine naacl
    neurips nips preprint proceedings reviews science symposium transactions workshop university institute
    laboratory inc """.split()
)
"""Words that stand in nobody's name; a venue or a place of work in a list of names has one."""

_NO_NAMES = STOP_WORDS | frozenset(
    """
    towards toward via using from with without on in for to at by the an how why what when is are can do
    does university institute laboratory department school college research labs inc ltd corporation center
    centre deutsche technologies technology gmbh academy sciences hospital google microsoft facebook amazon
    apple ibm nvidia meta huawei tencent alibaba baidu openai deepmind session coffee lunch registration
    welcome opening closing remarks ceremony banquet reception dinner hall room break chair chairs best
    award awards long papers free day days evening tour visit excursion keynote invited oral spotlight
    programming translation parsing understanding answering reasoning modelling optimization bayesian markov
    monte gaussian semantic syntactic visual multimodal cross automatic extraction recognition summarization
    dialogue spoken machine natural processing convolutional recurrent adversarial hierarchical contextual
    lexical statistical probabilistic variational structured scalable interactive adaptive reinforcement
    contrastive federated quantum topological monday tuesday wednesday thursday friday saturday sunday
    january february march april may june july august september october november december part i
    introduction applications theory methods
    """.split()
)
"""Words of titles, places of work and programmes, which are nobody's whole name."""
