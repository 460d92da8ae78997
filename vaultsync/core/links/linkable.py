"""Whether words can be made a link where they stand, so that readers take just that link."""

from __future__ import annotations

import re

from vaultsync.core.markdown import TextBlock
from vaultsync.core.text.spans import Span

# A link behind these would be none, an embed or a footnote, or lead to `[x`: `\[[x]]`, `![[x]]`, `^[[x]]`,
# `[[[x]]`, of which readers take the first two brackets.
_SPOILS_LINK = re.compile(r"(?<!\\)(?:\\\\)*[\\!^\[]\Z")
_SPOILERS = frozenset("\\!^[")


# Markup that a link's text would show as it is written, or that would be cut in two.
_MARKUP = re.compile(r"[*`$\[\]|\\<>]|==|~~|(?<![^\W_])_|_(?![^\W_])")


def is_linkable(text: str, span: Span, block: TextBlock | None) -> bool:
    """Whether the words can be made a link where they stand."""
    if block is not None and block.kind == "heading":
        return False
    words = span.of(text)
    if "\n" in words or _MARKUP.search(words):
        return False
    before = text[span.start - 1 : span.start]
    return before not in _SPOILERS or not _SPOILS_LINK.search(text, max(span.start - 40, 0), span.start)
