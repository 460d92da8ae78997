"""The three-way merge of `.vaultsync/decisions.toml`: what either device decided holds on both."""

from __future__ import annotations

from typing import TypeVar

from vaultsync.core.errors import ConfigError
from vaultsync.core.links.decisions import Decision, Decisions, Fault, parse_decisions
from vaultsync.core.merge.merged import Merged


def merge_decisions(base: str | None, one: str, other: str) -> Merged | None:
    """The decisions of both sides; `None` if one can't be read. Symmetric.

    What one side accepted and the other denied of the same words stays denied: a link too few is put right by
    one word, a wrong one first has to be seen.
    """
    try:
        was, here, there = (parse_decisions(text or "") for text in (base, one, other))
    except ConfigError:
        return None
    accepted = _three_way(was.accepted, here.accepted, there.accepted)
    denied = _three_way(was.denied, here.denied, there.denied)
    contested = _three_way(was.contested, here.contested, there.contested)
    undone = _three_way(was.undone, here.undone, there.undone)
    return Merged(Decisions(accepted - denied, denied, contested, undone).to_toml())


_Kind = TypeVar("_Kind", Decision, Fault)


def _three_way(base: frozenset[_Kind], one: frozenset[_Kind], other: frozenset[_Kind]) -> frozenset[_Kind]:
    return (one & other) | (one - base) | (other - base)
