"""The paths that each key has, in little space: of the papers with a name, of the files with a name.

Most keys have one path, which alone is kept then: a list around it would take more than the entry itself.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Generic, TypeVar

_Key = TypeVar("_Key")


class PathsByKey(Generic[_Key]):
    """A path stands once with a key, in the order in which they came, or in that of what `order` gives."""

    __slots__ = ("_order", "_paths")

    def __init__(self, order: Callable[[str], Any] | None = None) -> None:
        self._paths: dict[_Key, str | list[str]] = {}
        self._order = order

    def __contains__(self, key: object) -> bool:
        return key in self._paths

    def __iter__(self) -> Iterator[_Key]:
        return iter(self._paths)

    def of(self, key: _Key) -> Sequence[str]:
        """The paths that the key has."""
        held = self._paths.get(key, ())
        return (held,) if isinstance(held, str) else held

    def add(self, key: _Key, path: str) -> None:
        """Let the key have the path, which it hasn't yet."""
        held = self._paths.get(key)
        if held is None:
            self._paths[key] = path
            return
        if isinstance(held, str):
            held = self._paths[key] = [held]
        if self._order is None:
            held.append(path)
        else:
            insort(held, path, key=self._order)

    def add_to_each(self, keys: Iterable[_Key], path: str) -> None:
        """Let each of these keys have the path, which they haven't yet."""
        # (Most are new: to ask `add` for each of a paper's twenty names took half of its way in.)
        paths = self._paths
        for key in keys:
            if key in paths:
                self.add(key, path)
            else:
                paths[key] = path

    def discard(self, key: _Key, path: str) -> None:
        """Let the key have the path no longer."""
        held = self._paths[key]
        if isinstance(held, str) or held == [path]:
            del self._paths[key]
        else:
            held.remove(path)
