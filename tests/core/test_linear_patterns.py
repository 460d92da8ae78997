"""Patterns that a stranger's text could make try each of its characters with each: none may take that long.

Nothing is timed: what takes some tenths of a CPU second is ended after `PATIENCE`, and took minutes before.
"""

from __future__ import annotations

import signal
from collections.abc import Callable

import pytest
from linking import run
from patience import patience

from vaultsync.core.frontmatter.libyaml_limits import eased
from vaultsync.core.links.other_meanings import spelled_out
from vaultsync.core.links.recognition import _CITED
from vaultsync.core.markdown import flatten
from vaultsync.core.rules import RULES
from vaultsync.core.text.folding import fold

PATIENCE = 30.0
"""CPU seconds, of this process alone: a busy machine doesn't use them up."""

pytestmark = pytest.mark.skipif(
    not hasattr(signal, "setitimer"), reason="Windows can't end what takes too much CPU time"
)


MANY = 300_000


def named(text: str) -> list[str]:
    return [found["first"] for found in _CITED.finditer(text)]


@pytest.mark.parametrize(
    "work",
    [
        pytest.param(lambda: spelled_out(f"NLP ({' ' * MANY}x", 0), id="blanks in brackets"),
        pytest.param(lambda: spelled_out(f"NLP (some words{' ' * MANY}x", 0), id="blanks behind words"),
        pytest.param(lambda: spelled_out(f"NLP{' ' * MANY}x", 0), id="blanks behind an acronym"),
        pytest.param(lambda: spelled_out("(" + "*" * MANY + "NLP", 0), id="signs before an acronym"),
        pytest.param(lambda: fold("a\u200b\u0301 " + "\u00ad" * MANY + "b"), id="soft hyphens"),
        pytest.param(lambda: fold("a\u0301 " + "\u200bb" * MANY), id="joiners"),
        pytest.param(lambda: flatten(f"a \t{' ' * MANY}b\n"), id="blanks in a line"),
        pytest.param(lambda: named(f"Smith{' ' * MANY}in words"), id="blanks behind a name"),
        pytest.param(lambda: eased("a:\n  -" + "\t" * MANY + "\n"), id="tabs behind a dash"),
        pytest.param(lambda: eased("a:\n\t\n" + " " * MANY + "\n"), id="a line of blanks"),
        pytest.param(lambda: eased("a:\n" + "- |\n  x\n-\ty\n" * (MANY // 20)), id="texts and tabs"),
    ],
)
def test_a_run_of_one_sign_is_gone_through_once(work: Callable[[], object]) -> None:
    with patience(PATIENCE):
        work()


SIGNS = [
    '"',
    "'",
    '\\"',
    '"\\"',
    "[",
    "]",
    "{",
    "- ",
    "a: ",
    ": ",
    ", ",
    "\t",
    "# ",
    "&a ",
    "*a ",
    "!",
    "|\n",
    "?",
]


@pytest.mark.parametrize("sign", SIGNS)
def test_front_matter_of_one_sign_is_gone_through_once(sign: str) -> None:
    for head in ("", '"', "'", "[", "- "):
        block = f"tags:\n-\tx\na: {head}{sign * (60_000 // len(sign))}\n"
        with patience(PATIENCE):
            run({"A.md": f"---\n{block}---\nText\n"}, rules=RULES)
