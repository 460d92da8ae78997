"""Which notes a person means: a path, a name as Obsidian shows it, `[[a link]]`, an alias, or a pattern.

A file that is there by that path always wins. Then come names without regard to case, then aliases. A name
that fits two notes is not decided here: both are listed, and so are the nearest names where none fits.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from pathlib import Path

from vaultsync.core.errors import VaultsyncError
from vaultsync.core.frontmatter.block import parse_front_matter
from vaultsync.core.rules import RULES
from vaultsync.core.text.shown import one_line
from vaultsync.files.disk import Disk, RealDisk
from vaultsync.files.presence import is_open_file, is_open_folder
from vaultsync.vault.find import FolderGone, current_folder
from vaultsync.vault.open import Vault

CANDIDATES = 5
"""Notes that are listed where a name fits several, or nearly fits some."""

_PATTERN = re.compile(r"[*?]|\[[^\[\]]+\]")


def notes_named(vault: Vault, names: Iterable[str]) -> tuple[str, ...]:
    """The vault-relative paths of the notes that `names` mean, sorted; a pattern may mean many.

    Raises `VaultsyncError` for a name that means no note, or that may mean two.
    """
    known = _Notes(vault)
    return tuple(sorted({path for name in names for path in known.named(name)}))


def note_named(vault: Vault, name: str) -> str:
    """The path of the one note that `name` means; raises `VaultsyncError` as `notes_named` does."""
    found = notes_named(vault, [name])
    if len(found) > 1:
        raise VaultsyncError(f'"{name}" means {len(found)} notes', f"name one of them: {_listed(found)}")
    return found[0]


class _Notes:
    """The vault's notes by their names; they are only looked up when a name is no path."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._disk: Disk = RealDisk(vault.root, note_size=vault.config.limits.note_size)
        self._paths: tuple[str, ...] | None = None

    def named(self, name: str) -> tuple[str, ...]:
        """The notes that one name means: one, or with a pattern as many as fit."""
        if (there := self._by_path(name)) is not None:
            return (there,)
        target = _link_target(name)
        if target != name and (there := self._by_path(target)) is not None:
            return (there,)
        if _PATTERN.search(target):
            if found := tuple(self._fitting(target)):
                return found
            raise VaultsyncError(f'no note fits "{name}"', "put patterns in quotes: 'Papers/*'")
        for fitting in (self._called, self._with_alias):  # the second one reads notes
            found = fitting(target)
            if len(found) == 1:
                return found
            if found:
                raise VaultsyncError(f'"{name}" may mean {_listed(found)}', "name one by its path")
        raise self._nothing(name, target)

    def _by_path(self, name: str) -> str | None:
        """The note at a path, from here or from the vault's root, with or without `.md`."""
        for base in _bases(self._vault):
            for candidate in (base / name, base / f"{name}.md"):
                if is_open_file(candidate):
                    return _in_vault(self._vault, candidate, name)
        return None

    def _all(self) -> tuple[str, ...]:
        if self._paths is None:
            config = self._vault.config
            scan = self._disk.scan(config.ignored if config.vault.ignore else None)
            self._paths = tuple(scan.notes)
        return self._paths

    def _fitting(self, pattern: str) -> Iterator[str]:
        """The notes whose path, from the root or from here, or whose name alone fits a pattern."""
        wanted = _pattern(_folded(pattern.removesuffix(".md")))
        here = _folded(self._here())
        for path in self._all():
            stem = _folded(path.removesuffix(".md"))
            near = stem.removeprefix(here) if here and stem.startswith(here) else None
            name = stem.rpartition("/")[2] if "/" not in pattern else None
            if any(text is not None and wanted.fullmatch(text) for text in (stem, near, name)):
                yield path

    def _here(self) -> str:
        """The folder that the person is in, as a prefix of paths; empty outside the vault and at its root."""
        here = _bases(self._vault)[0].resolve()
        if here == self._vault.root or not here.is_relative_to(self._vault.root):
            return ""
        return here.relative_to(self._vault.root).as_posix() + "/"

    def _called(self, target: str) -> tuple[str, ...]:
        """The notes that a link of these words could lead to; those written exactly so come first."""
        wanted = _nfc(target.removesuffix(".md")).removeprefix("/")
        found = [path for path in self._all() if _ends_with(_nfc(path.removesuffix(".md")), wanted)]
        if not found:
            low = wanted.casefold()
            found = [path for path in self._all() if _ends_with(_folded(path.removesuffix(".md")), low)]
        return tuple(found)

    def _with_alias(self, target: str) -> tuple[str, ...]:
        """The notes that declare the words as an alias, read only where the bytes have them at all."""
        wanted = _folded(target)
        exact, folded = [], []
        for path, data in self._disk.read_many(self._all()):
            if not isinstance(data, bytes) or b"alias" not in data[:65536].lower():
                continue
            aliases = _aliases(data)
            if target in aliases:
                exact.append(path)
            elif wanted in map(_folded, aliases):
                folded.append(path)
        return tuple(exact or folded)

    def _nothing(self, name: str, target: str) -> VaultsyncError:
        if not name.strip():
            return VaultsyncError(
                "an empty name is no note's", "name a note as Obsidian shows it, or its file"
            )
        if any(is_open_folder(base / name) for base in _bases(self._vault)):
            return VaultsyncError(
                f"{name} is a folder", f"name notes, or '{name.rstrip('/')}/*' for those in it"
            )
        stems = {_folded(path.rpartition("/")[2].removesuffix(".md")): path for path in self._all()}
        near = get_close_matches(_folded(target.rpartition("/")[2]), stems, n=3, cutoff=0.6)
        hint = (
            f"did you mean {_listed([stems[stem] for stem in near])}?"
            if near
            else f"neither here nor in the vault {self._vault.root} is a note of this name"
        )
        return VaultsyncError(f'no note "{name}"', hint)


def _pattern(glob: str) -> re.Pattern[str]:
    """A shell's pattern: `*` and `?` stay within a folder, `**/` means any folders."""
    forms = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    parts = re.findall(r"\*\*/|\*\*|[*?]|\[!?[^\[\]/]+\]|.", glob, re.DOTALL)
    try:
        return re.compile("".join(forms.get(part) or _class_or_text(part) for part in parts), re.DOTALL)
    except re.error as error:  # `[z-a]`
        raise VaultsyncError(
            f'"{glob}" is no pattern ({error.msg})', "see the shell's: `*`, `?`, `[ab]`"
        ) from None


def _class_or_text(part: str) -> str:
    if len(part) == 1:
        return re.escape(part)
    inner = part[1:-1].replace("\\", r"\\")
    return f"[^{inner[1:]}]" if inner.startswith("!") else f"[{inner}]"


def _in_vault(vault: Vault, file: Path, name: str) -> str:
    # A link to a note of the vault means that note; any other is a note under its own name.
    real = file.resolve()
    if not real.is_relative_to(vault.root):
        real = file.parent.resolve() / file.name
    if not real.is_relative_to(vault.root):
        raise VaultsyncError(f"{name} is not in the vault {vault.root}")
    path = real.relative_to(vault.root).as_posix()
    if not path.lower().endswith(".md"):
        raise VaultsyncError(f"{name} is not a note", "a note's name ends in .md")
    if any(part.startswith(".") for part in path.split("/")):
        raise VaultsyncError(f"{name} is hidden, so it belongs to Obsidian and not to its notes")
    if vault.config.ignored(path):
        raise VaultsyncError(f"{name} is ignored", "see `[vault] ignore` in .vaultsync/config.toml")
    return path


def _bases(vault: Vault) -> tuple[Path, ...]:
    """Where a path may begin: here, if "here" wasn't deleted, and at the vault's root."""
    try:
        return current_folder(), vault.root
    except FolderGone:
        return (vault.root,)


def _link_target(name: str) -> str:
    """`[[HuBERT#Method|the paper]]` means `HuBERT`."""
    inner = name.strip()
    if inner.startswith("[[") and inner.endswith("]]"):
        inner = re.split(r"[|#]", inner[2:-2], maxsplit=1)[0].strip()
    return inner.replace(os.sep, "/")


def _ends_with(path: str, wanted: str) -> bool:
    return path == wanted or path.endswith(f"/{wanted}")


def _aliases(data: bytes) -> tuple[str, ...]:
    """The aliases that a note declares; none where its front matter can't be read."""
    front = parse_front_matter(data.decode(errors="replace"))
    if front is None:
        return ()
    found: list[str] = []
    for prop in front.properties:
        if prop.key.lower() in ("aliases", "alias"):
            values = prop.value if isinstance(prop.value, list) else [prop.value]
            found += (_nfc(str(value)) for value in values if value is not None)
    return tuple(found)


def _nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _folded(text: str) -> str:
    return _nfc(text).casefold()


def _listed(paths: Iterable[str]) -> str:
    names = [f'"{one_line(path.removesuffix(".md"))}"' for path in paths]
    shown = names[:CANDIDATES]
    more = f" … and {len(names) - CANDIDATES} more" if len(names) > CANDIDATES else ""
    return (" or ".join(shown)) + more


def no_rule(rule_id: str) -> str:
    """What to say to somebody who asks for a rule that there isn't."""
    near = get_close_matches(rule_id, [rule.id for rule in RULES], n=1)
    return f"no rule {rule_id!r}; " + (f"did you mean {near[0]}?" if near else "`vaultsync rules` lists them")
