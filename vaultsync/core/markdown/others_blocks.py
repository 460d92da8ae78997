"""Text between another program's markers: `%% Begin Waypoint %%` to `%% End Waypoint %%` and the like.

That program writes it anew whenever it likes; what we changed there would be gone, and come again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from vaultsync.core.text.late_pattern import sign
from vaultsync.core.text.spans import SpanSet

_COMMENT = re.compile(r"%%([^%\n]{1,200})%%|<!--([^\n]{1,300}?)-->")
_MARKER = re.compile(
    r"(?P<opens>begin|start)\b[\s:_-]*(?P<of>.*)"
    r"|(?P<closes>end|stop)\b[\s:_-]*(?P<of2>.*)"
    r"|(?P<of3>.*?)(?<![\s:_-])[\s:_-]++(?:(?P<opens2>begin|start)|(?P<closes2>end|stop))",
    re.IGNORECASE,
)
OURS = "vaultsync"
_COMMENT_SIGN, _HTML_COMMENT_SIGN = sign("%%"), sign("<!--")


def others_blocks(text: str, start: int = 0) -> SpanSet:
    """The spans between the markers of other programs, the markers included, from the offset `start` on.

    A pair is a comment that begins or ends in `begin` or `start`, and the next one that says `end` or `stop`
    of the same name; an `end` without a name closes the last one. A marker without its partner marks nothing.
    """
    if not (_COMMENT_SIGN(text) or _HTML_COMMENT_SIGN(text)):
        return SpanSet()
    return SpanSet(_pairs(text, start))


def _pairs(text: str, start: int) -> Iterator[tuple[int, int]]:
    opened: dict[str, int] = {}
    for found in _COMMENT.finditer(text, start):
        said = " ".join((found[1] or found[2]).split())
        marker = _MARKER.fullmatch(said)
        if marker is None or said.casefold().startswith(OURS):
            continue
        name = (marker["of"] or marker["of2"] or marker["of3"] or "").casefold()
        if marker["opens"] or marker["opens2"]:
            opened.setdefault(name, found.start())
        elif (name := name or next(reversed(opened), "")) in opened:
            yield opened.pop(name), found.end()
