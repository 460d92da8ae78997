"""Which notes came since the last run, and which went: as the cache knows it, be they known to git or not."""

from __future__ import annotations

from collections import Counter


class ComeAndGone:
    """The digests of the notes that `came` and of those that are `gone`, until what follows is settled."""

    def __init__(self) -> None:
        self.came: dict[str, bytes] = {}
        self.gone: dict[str, bytes] = {}

    def settled(self) -> None:
        """What was to be learnt from it is learnt."""
        self.came.clear()
        self.gone.clear()

    def read(self, path: str, digest: bytes, *, known: bool) -> None:
        """A note was read, of which something was `known` before or not."""
        if path in self.came or not known:
            self.came[path] = digest
        self.gone.pop(path, None)

    def renamed(self) -> dict[str, str]:
        """The new names of notes that are gone, by their old ones: of one that came with the very contents.

        Where two went or came with the same contents, nobody can tell which is which.
        """
        went, came = Counter(self.gone.values()), Counter(self.came.values())
        by_digest = {digest: path for path, digest in self.came.items() if came[digest] == went[digest] == 1}
        return {old: by_digest[digest] for old, digest in self.gone.items() if digest in by_digest}
