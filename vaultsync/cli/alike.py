"""Problems that are alike: of many only the first is shown, with their number.

A module of its own, since `status` needs no more of a run's report and has to be quick.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from vaultsync.cli.output import counted
from vaultsync.core.errors import Problem

ALIKE = 3
"""Problems of one rule and property that are listed; of more only the first is, with their number."""


def alike_problems(problems: Sequence[Problem]) -> dict[tuple[str, str], list[Problem]]:
    """The problems by what they have in common, the rule and the property, in the order of the first ones."""
    groups: dict[tuple[str, str], list[Problem]] = {}
    for problem in problems:
        groups.setdefault(key_of(problem), []).append(problem)
    return groups


def and_more_like_it(group: Sequence[Problem], *, some: bool = False) -> str:
    """How many problems there are beside the first of those that are alike; `some`: not all are known."""
    more, notes = len(group) - 1, counted(len({p.path for p in group}), "note")
    if some:
        return f"and at least {more} more like it, in at least {notes}"
    return f"and {more} more like it, in {notes} in all"


def key_of(problem: Problem) -> tuple[str, str]:
    """What alike problems share: the rule, and the property or the message without what it quotes."""
    if problem.rule in ("fm-nested", "fm-types"):
        return problem.rule, problem.message.partition(" ")[0]
    return problem.rule, re.sub(r'"[^"]*"|`[^`]*`|[0-9]+', "…", problem.message)
