"""How Obsidian resolves a link, and how it writes one: the only place that knows.

Resolution follows `MetadataCache.getFirstLinkpathDest` of Obsidian 1.13, as several people have read and
tried it, in this order: the link's last part must be the name of a file, without regard to case, with `.md`
added where no file has the name as written; a name that one file has is that file; `./` and `../` start from
the source's folder; then a file with exactly this path; then (not for `/…`) the files whose path ends so,
those in the source's folder first, the shorter path first. Aliases never resolve. Obsidian compares paths in
NFC, with no-break spaces as blanks.

Where Obsidian's choice depends on the source or on the length of paths, a link is ambiguous: it resolves, but
`write_link` never writes such a link (promise P4).
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from vaultsync.core.config.obsidian_settings import LinkStyle
from vaultsync.core.text.paths_by_key import PathsByKey

if TYPE_CHECKING:
    from vaultsync.core.markdown import Heading


class Unlinkable(ValueError):
    """No link that Obsidian would resolve to the target can be written; the message says why."""


class FileNames:
    """The paths of all files of a vault, to be looked up as links do. The order of additions does not matter.

    Paths are vault-relative, with `/`; they come back as they were added, in whatever Unicode form.
    """

    __slots__ = ("_alone", "_by_name", "_by_path", "_files", "short")

    def __init__(self, paths: Iterable[str] = ()) -> None:
        self._by_path: PathsByKey[str] = PathsByKey(order=str)
        self._by_name: PathsByKey[str] = PathsByKey(order=lambda path: (_length(path), path))
        self._files = 0
        # What was found before, until a file comes or goes: most links are names that one file has.
        self._alone: dict[str, tuple[str, ...]] = {}
        self.short: dict[tuple[bool, str], str] = {}
        for path in paths:
            self.add(path)

    def __contains__(self, path: str) -> bool:
        return path in self._by_path.of(_folded(path))

    def __iter__(self) -> Iterator[str]:
        return (path for folded in self._by_path for path in self._by_path.of(folded))

    def __len__(self) -> int:
        return self._files

    def add(self, path: str) -> None:
        """Add a file; nothing happens if it is known."""
        folded = _folded(path)
        known = self._by_path.of(folded)
        if path in known:
            return
        self._changed()
        self._files += 1
        if not known:
            self._by_name.add(_name(folded), folded)
        self._by_path.add(folded, path)

    def remove(self, path: str) -> None:
        """Take a file out; nothing happens if it is not known."""
        folded = _folded(path)
        if path not in self._by_path.of(folded):
            return
        self._changed()
        self._files -= 1
        self._by_path.discard(folded, path)
        if folded not in self._by_path:
            self._by_name.discard(_name(folded), folded)

    def _changed(self) -> None:
        self._alone.clear()
        self.short.clear()

    def candidates(self, source: str, target: str) -> tuple[str, ...]:
        """The files that a link in `source` can mean, the one that Obsidian takes first.

        `target` is the link's path without the part after `#`, decoded; empty means the source itself.
        """
        if (alone := self._alone.get(target)) is not None:
            return alone
        written, target = target, _folded(target.strip())
        if not target:
            return (source,)
        files = self._by_name.of(_name(target)) if "." in _name(target) else ()
        if not files:
            target += ".md"
            files = self._by_name.of(_name(target))
            if not files:
                return ()
        if len(files) == 1 and "/" not in target:
            self._alone[written] = tuple(self._by_path.of(files[0]))
            return self._alone[written]
        folder = _folded(_folder(source))
        if target.startswith(("./", "../")):
            target = _joined(folder, target)
            if target in self._by_path:
                return tuple(self._by_path.of(target))
        rooted = target.startswith("/")
        target = target.removeprefix("/")
        if target in self._by_path:
            return tuple(self._by_path.of(target))
        if rooted:
            return ()
        # As in Obsidian the folder is compared by its letters alone: `C/Deep.md` counts as in `C/D`.
        ending = [path for path in files if path.endswith(target)]
        ending.sort(key=lambda path: not path.startswith(folder))
        return tuple(path for folded in ending for path in self._by_path.of(folded))

    def sharing_name(self, path: str) -> tuple[str, ...]:
        """All files with the file name of `path`, without regard to case and folder, shortest path first."""
        files = self._by_name.of(_name(_folded(path)))
        return tuple(p for folded in files for p in self._by_path.of(folded))


def resolve(names: FileNames, source: str, target: str) -> str | None:
    """The file to which Obsidian takes a link in `source`, or None: see `FileNames.candidates`.

    Among paths that differ in case or Unicode form alone, one that is exactly as written comes first.
    """
    found = names.candidates(source, target)
    if len(found) > 1:
        written = target.strip().removeprefix("/")
        return next((path for path in found if path in (written, f"{written}.md")), found[0])
    return found[0] if found else None


def is_ambiguous(names: FileNames, source: str, target: str) -> bool:
    """Whether a link in `source` resolves, but could mean several files."""
    return len(names.candidates(source, target)) > 1


def write_link(
    names: FileNames,
    style: LinkStyle,
    source: str,
    target: str,
    *,
    heading: str | tuple[str, ...] | None = None,
    display: str | None = None,
    in_table: bool = False,
) -> str:
    """A link from the note `source` to the file `target` as Obsidian would write it, proved to resolve to it.

    `heading` is the text of one, or of nested ones (see `heading_subpaths`), `display` the text to show, as
    Markdown. The form is that of `style`; where that form would be ambiguous, the full path is written.
    Raises `Unlinkable` if no form resolves to `target` alone, or if `display` can't stand in a link.
    """
    if display is not None and (reason := _bad_display(display, markdown=style.use_markdown_links)):
        raise Unlinkable(reason)
    parts = (heading,) if isinstance(heading, str) else heading or ()
    subpath = "".join(f"#{text}" for part in parts if (text := heading_text(part)))
    path = "" if subpath and source == target else _link_path(names, style, source, target)
    if style.use_markdown_links:
        shown = _shown(target, path, subpath) if display is None else _escaped(display, "[]")
        return f"[{_escaped(shown, '|') if in_table else shown}]({_encoded(path + subpath)})"
    if display is None or display == path + subpath:
        return f"[[{path}{subpath}]]"
    if in_table:
        return f"[[{path}{subpath}\\|{_escaped(display, '|')}]]"
    return f"[[{path}{subpath}|{display}]]"


@lru_cache(maxsize=4000)  # a session's heading is linked by each paper that was mentioned in it
def heading_text(text: str) -> str:
    """A heading's text as the part of a link after `#`.

    Obsidian puts blanks for `: # | ^ \\ %% [[ ]]` (`stripHeadingForLink`). So do we, and for a few more that
    could end the link or begin code, math or HTML around it: it compares without any of them.
    """
    return " ".join(_NOT_IN_HEADING_LINK.sub(" ", text).split())


def resolve_heading(headings: Sequence[Heading], subpath: str) -> int | None:
    """The index of the heading that `A` or `A#B` (the link's part after the first `#`) leads to, or None.

    As Obsidian's `resolveSubpath`: the first heading of that text, for each further part the next one that is
    deeper; compared without case, punctuation and repeated blanks (`stripHeading`). A block id is no heading.
    """
    parts = [_compared(part) for part in subpath.split("#") if part]
    if not parts or subpath.lstrip("#").startswith("^"):
        return None
    return _find(headings, _places([_compared(heading.text) for heading in headings]), parts)


def heading_subpaths(headings: Sequence[Heading]) -> tuple[tuple[str, ...], ...]:
    """For each heading the fewest nested headings, itself last, that a link needs to reach it; else none.

    `("Talk",)` for the first of its text, else `("Tuesday", "Talk")` and so on upwards. Of two equal headings
    below the same one only the first can be reached, and one of nothing but punctuation never safely.
    """
    texts = [_compared(heading.text) for heading in headings]
    first: dict[str, int] = {}
    for i, text in enumerate(texts):
        first.setdefault(text, i)
    above = _headings_above(headings)
    places = _places(texts)
    return tuple(
        (headings[i].text,)
        if text and first[text] == i
        else _nested_subpath(headings, texts, above, places, i)
        for i, text in enumerate(texts)
    )


def _places(texts: Sequence[str]) -> dict[str, list[int]]:
    """Where each of the texts stands, in order."""
    places: dict[str, list[int]] = {}
    for i, text in enumerate(texts):
        places.setdefault(text, []).append(i)
    return places


def _headings_above(headings: Sequence[Heading]) -> list[int]:
    """For each heading the nearest one before it of a higher rank; -1 where there is none."""
    above: list[int] = []
    open_ones: list[int] = []
    for i, heading in enumerate(headings):
        while open_ones and headings[open_ones[-1]].level >= heading.level:
            open_ones.pop()
        above.append(open_ones[-1] if open_ones else -1)
        open_ones.append(i)
    return above


def _nested_subpath(
    headings: Sequence[Heading],
    texts: list[str],
    above: list[int],
    places: Mapping[str, list[int]],
    index: int,
) -> tuple[str, ...]:
    chain: list[int] = []
    i = index
    while i >= 0 and texts[i]:
        chain.insert(0, i)
        if _find(headings, places, [texts[j] for j in chain]) == index:
            return tuple(headings[j].text for j in chain)
        i = above[i]
    return ()


def _find(headings: Sequence[Heading], places: Mapping[str, list[int]], parts: list[str]) -> int | None:
    """The heading that Obsidian finds for such a subpath; `places` are those of each text."""
    level, at = 0, -1
    for part in parts:
        candidates = places.get(part, [])
        later = range(bisect_right(candidates, at), len(candidates))
        found = next((candidates[n] for n in later if headings[candidates[n]].level > level), None)
        if found is None:
            return None
        level, at = headings[found].level, found
    return at


# --- reading

_BLANKS = str.maketrans({"\u00a0": " ", "\u202f": " "})
# Obsidian's own classes, found in its code by several plugins (`stripHeading`, `stripHeadingForLink`).
_PUNCTUATION = re.compile(r"""[!"#$%&()*+,.:;<=>?@^`{|}~/\[\]\\\r\n]""")
_NOT_IN_HEADING_LINK = re.compile(r"[:#|^\\\r\n\[\]`<>$]|%%")


def _folded(path: str) -> str:
    """The form in which paths are compared."""
    if path.isascii():
        return path.lower()
    return unicodedata.normalize("NFC", path.translate(_BLANKS)).lower()


@lru_cache(maxsize=4000)  # the same headings stand in many notes
def _compared(heading: str) -> str:
    return " ".join(_PUNCTUATION.sub(" ", heading).split()).lower()


def _name(path: str) -> str:
    return path[path.rfind("/") + 1 :]


def _folder(path: str) -> str:
    return path[: max(path.rfind("/"), 0)]


def _length(path: str) -> int:
    """The length of a path as Obsidian counts it, in UTF-16 code units."""
    return len(path) if path.isascii() else len(path.encode("utf-16-le", "surrogatepass")) // 2


def _joined(folder: str, target: str) -> str:
    """The path of a target that starts with `./` or `../`; above the vault's root is the root."""
    target = target.removeprefix("./")
    while target.startswith("../"):
        target = target[3:]
        folder = _folder(folder)
    return f"{folder}/{target}" if folder else target


# --- writing

_NOT_IN_NAME = re.compile(r"[#^\[\]|\\`\x00-\x1f\x7f\ud800-\udfff]|%%|<[^<>]*>")
# A scheme makes a destination external, and CommonMark reads `&amp;` in one as `&`.
_NOT_IN_DESTINATION = re.compile(r"^(?:[A-Za-z][A-Za-z0-9+.-]*:|//)|&#?\w+;")
# What ends a destination in Markdown, and `%` itself. `decodeURI` would keep `%23` or `%3F` as they are.
_ENCODED = re.compile(r"""[\s%()<>"\\\x00-\x1f\x7f]""")


def _link_path(names: FileNames, style: LinkStyle, source: str, target: str) -> str:
    """The path to write: the first that means `target` and nothing else; the style's own form goes first."""
    key = style.use_markdown_links, target
    shortest = style.new_link_format == "shortest"
    if shortest and (known := names.short.get(key)) is not None:
        return known
    for path in _forms(style, source, unicodedata.normalize("NFC", target).translate(_BLANKS)):
        if _NOT_IN_NAME.search(path) or path != path.strip() or not path:
            continue
        if style.use_markdown_links and _NOT_IN_DESTINATION.search(path):
            continue
        if names.candidates(source, path) == (target,):
            if shortest and "/" not in path:  # then it means the same from everywhere
                names.short[key] = path
            return path
    raise Unlinkable(_why_not(names, source, target))


def _forms(style: LinkStyle, source: str, target: str) -> Iterator[str]:
    """The ways to write the path of `target`, the preferred one first."""
    relative = _relative(source, target)
    preferred = {"shortest": _name(target), "relative": relative, "absolute": target}[style.new_link_format]
    for path in (preferred, target, relative, f"./{relative}", f"/{target}"):
        if target.lower().endswith(".md") and not style.use_markdown_links:
            yield path[:-3]
        yield path


def _relative(source: str, target: str) -> str:
    here, there = source.split("/")[:-1], target.split("/")
    shared = 0
    while shared < min(len(here), len(there) - 1) and here[shared] == there[shared]:
        shared += 1
    return "/".join([".."] * (len(here) - shared) + there[shared:])


def _why_not(names: FileNames, source: str, target: str) -> str:
    if target not in names:
        return f"{target} is not in the vault"
    bad = _NOT_IN_NAME.search(target)
    if bad:
        return f"no link can hold the {bad[0]!r} in the name {target!r}"
    others = [path for path in names.candidates(source, f"/{target}") if path != target]
    if others:
        return f"{target} and {others[0]} differ only in case or Unicode form, so a link could mean either"
    if "." not in _name(target):
        return f"Obsidian links no file without an extension, such as {target}"
    return f"Obsidian would take any link to {target!r} for another one"


def _bad_display(display: str, *, markdown: bool) -> str | None:
    if "\n" in display or "\r" in display:
        return "a link's text can't go over two lines"
    if not display.strip():
        return "a link's text can't be empty"
    if display.endswith("\\") and re.search(r"(?<!\\)(?:\\\\)*\\$", display):
        return f"the backslash at the end of {display!r} would join the link's end"
    if markdown and "`" in display and re.search(r"[\[\]]", display):
        return f"the brackets in the code in {display!r} can't be escaped"
    if not markdown and ("[[" in display or "]]" in display or display.endswith("]")):
        return f"the brackets in {display!r} would end the link"
    return None


def _shown(target: str, path: str, subpath: str) -> str:
    """What Obsidian shows for a Markdown link without a text of its own: `Note > Heading`."""
    name = _name(target).removesuffix(".md") if path else ""
    return _escaped(" > ".join(part for part in (name, *subpath.split("#")[1:]) if part), "[]")


def _escaped(text: str, characters: str) -> str:
    """`text` with a backslash before each of `characters` that has none."""
    return re.sub(rf"(?<!\\)((?:\\\\)*)([{re.escape(characters)}])", r"\1\\\2", text)


def _encoded(path: str) -> str:
    """`path` as a destination in Markdown; `urllib.parse.unquote` gives it back."""
    return _ENCODED.sub(lambda m: "".join(f"%{byte:02X}" for byte in m[0].encode()), path)
