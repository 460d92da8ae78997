"""The configuration as the core asks for it: the settings, and how they hold for one note.

`Config` answers what kind a note is and which rules and options hold where it stands. It is made from the
text of `config.toml` by `vaultsync.core.config.config_file`; without a file the defaults hold.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

import msgspec

from vaultsync.core.config.kinds import PLAIN, names_talks
from vaultsync.core.config.obsidian_settings import LinkStyle
from vaultsync.core.config.settings import (
    DATE_PROPERTIES,
    DEFAULT_KINDS,
    NO_KIND,
    ApiSection,
    GitSection,
    ImportSection,
    KindSection,
    LimitsSection,
    LinksSection,
    SyncSection,
    VaultSection,
    ViewsSection,
    WatchSection,
)

if TYPE_CHECKING:
    from vaultsync.core.errors import Problem
    from vaultsync.core.frontmatter.block import FrontMatter

CONFIG_PATH = ".vaultsync/config.toml"
DECISIONS_PATH = ".vaultsync/decisions.toml"


class NoteConfig(msgspec.Struct, frozen=True, dict=True, eq=False):
    """The configuration as it holds for notes of one kind in one folder.

    `off` names the rules that are switched off, `on` those that are switched on by name, which the eager
    ones wait for; `options` are the rules' settings by id.
    """

    vault: Config
    kind_name: str
    kind: KindSection
    off: frozenset[str]
    on: frozenset[str]
    options: Mapping[str, Mapping[str, Any]]

    @cached_property
    def types(self) -> Mapping[str, str]:
        """The type of each property that has one: Obsidian's own list first, then the kind's."""
        return {**self.kind.types, **self.vault.obsidian_types}


class Config(msgspec.Struct, frozen=True, dict=True, eq=False):
    """All settings of a vault. `origins` tells for each dotted key that is not a default where it was set."""

    vault: VaultSection = VaultSection()
    links: LinksSection = LinksSection()
    git: GitSection = GitSection()
    views: ViewsSection = ViewsSection()
    watch: WatchSection = WatchSection()
    sync: SyncSection = SyncSection()
    api: ApiSection = ApiSection()
    imports: ImportSection = ImportSection()
    limits: LimitsSection = LimitsSection()
    kinds: Mapping[str, KindSection] = msgspec.field(default_factory=lambda: dict(DEFAULT_KINDS))
    off: frozenset[str] = frozenset()
    on: frozenset[str] = frozenset()
    accept: tuple[str, ...] = ()
    options: Mapping[str, Mapping[str, Any]] = msgspec.field(default_factory=dict)
    folders: Mapping[str, Mapping[str, Any]] = msgspec.field(default_factory=dict)
    origins: Mapping[str, str] = msgspec.field(default_factory=dict)
    obsidian_types: Mapping[str, str] = msgspec.field(default_factory=dict)
    obsidian_templates: tuple[str, ...] = ()
    link_style: LinkStyle = LinkStyle()

    def mentions_papers(self, kind: str) -> bool:
        """Whether notes of this kind are read for papers."""
        return kind in self.links.in_

    def asked(self, rules: Iterable[str]) -> Config:
        """The same settings, for a run in which somebody asks for these rules by their ids."""
        return msgspec.structs.replace(self, on=self.on.union(rules))

    def order_asked_for(self, kind: str) -> Sequence[str]:
        """The order of a kind's properties, if `fm-order` is on anywhere; else empty."""
        if not self._asks_for_order:
            return ()
        return self.kinds.get(kind, NO_KIND).order

    @cached_property
    def _asks_for_order(self) -> bool:
        tables = (table.get("rules", {}).get("fm-order") for table in self.folders.values())
        return "fm-order" in self.on or True in tables

    def date_names(self, kind: str) -> frozenset[str]:
        """The properties that may hold dates in notes of a kind, in lower case."""
        names = self._date_names.get(kind)
        if names is None:
            types = self.kinds.get(kind, NO_KIND).types
            options: list[str] = self.options.get("fm-dates", {}).get("properties", [*DATE_PROPERTIES])
            typed = [name for name, type_ in types.items() if type_ in ("date", "datetime")]
            names = self._date_names[kind] = frozenset(name.lower() for name in [*options, *typed])
        return names

    @cached_property
    def _date_names(self) -> dict[str, frozenset[str]]:
        return {}

    @cached_property
    def _views(self) -> dict[tuple[str, tuple[str, ...]], NoteConfig]:
        return {}

    @cached_property
    def _kind_by_tag(self) -> dict[str, str]:
        return {tag.casefold(): name for name, kind in self.kinds.items() for tag in kind.tags}

    @cached_property
    def _kind_by_weak_tag(self) -> dict[str, str]:
        return {tag.casefold(): name for name, kind in self.kinds.items() for tag in kind.weak_tags}

    @cached_property
    def _kind_folders(self) -> tuple[tuple[str, Callable[[str], bool]], ...]:
        return tuple(
            (name, matcher(tuple(kind.folders))) for name, kind in self.kinds.items() if kind.folders
        )

    @cached_property
    def _folder_matchers(self) -> tuple[tuple[str, Callable[[str], bool]], ...]:
        return tuple((glob, matcher((glob,))) for glob in self.folders)

    @cached_property
    def ignored(self) -> Callable[[str], bool]:
        """Whether a path (a folder's ends in `/`) is ignored by `[vault] ignore`."""
        return matcher(tuple(self.vault.ignore))

    @cached_property
    def is_template(self) -> Callable[[str], bool]:
        """Whether a note stands in a template folder, be it one of Obsidian's or Templater's."""
        folders = (*self.vault.templates, *self.obsidian_templates)
        return matcher(tuple(f"/{folder.strip('/')}/" for folder in folders if folder.strip("/")))

    @cached_property
    def _accepted(self) -> dict[str, list[Callable[[str], bool]]]:
        found: dict[str, list[Callable[[str], bool]]] = {}
        for rule, glob in map(accepted_parts, self.accept):
            found.setdefault(rule, []).append(matcher((glob,)) if glob is not None else lambda path: True)
        return found

    def accepts(self, problem: Problem) -> bool:
        """Whether `[rules] accept` says that the problem may stay for good."""
        return any(matches(problem.path) for matches in self._accepted.get(problem.rule, ()))

    def folders_of(self, path: str) -> tuple[str, ...]:
        """The `[folders."<glob>"]` tables that hold for `path`, in the order of the file."""
        return tuple(glob for glob, matches in self._folder_matchers if matches(path))

    def kind_of(self, path: str, front: FrontMatter | None, text: str = "") -> tuple[str, bool]:
        """The kind of the note at `path`: by folder override, else by tag or type, folder, property.

        With it, whether the person gave the note its kind: one that follows from a property alone is good for
        links only. `text` is the note's, for the kinds that ask for a second sign. Of front matter with a
        fault counts what can be read.
        """
        front = front.understood if front is not None and front.error is not None else front
        if (name := self.declared_kind(path, front, text)) is not None:
            return name, True
        if front is not None and front.properties:
            for name, kind in self.kinds.items():
                if not kind.properties or all(front.get(key) is None for key in kind.properties):
                    continue
                if _type_word(front) not in kind.other_types:
                    return name, False
        return PLAIN, True

    def declared_kind(self, path: str, front: FrontMatter | None, text: str = "") -> str | None:
        """The kind that the person gave the note: by a tag, a type, a folder; `None` if there is none."""
        for glob in self.folders_of(path):
            kind = self.folders[glob].get("kind")
            if isinstance(kind, str):
                return kind
        weak = None
        if front is not None and front.properties:
            for tag in _declared_tags(front):
                if (name := self._kind_by_tag.get(word := tag.casefold())) is not None:
                    return name
                weak = weak or self._kind_by_weak_tag.get(word)
        if (name := self._kind_by_folder(path)) is not None:
            if front is not None and _type_word(front) in self.kinds[name].other_types:
                return None
            return name
        return weak if weak and names_talks(text, self.links.languages) else None

    def _kind_by_folder(self, path: str) -> str | None:
        """The kind of the innermost folder that has one; of the same folder, the first of the settings."""
        found = [(name, matches) for name, matches in self._kind_folders if matches(path)]
        if len(found) > 1:
            parts = path.split("/")
            above = ["/".join((*parts[:depth], "x")) for depth in range(1, len(parts))]
            # A folder's pattern holds from its own depth on: the fewer of these it matches, the further in.
            found.sort(key=lambda one: sum(map(one[1], above)))
        return found[0][0] if found else None

    def for_note(self, path: str, kind_name: str) -> NoteConfig:
        """The settings as they hold for a note of the kind at `path`."""
        globs = self.folders_of(path) if self.folders else ()
        key = (kind_name, globs)
        view = self._views.get(key)
        if view is None:
            view = self._views[key] = self._view(kind_name, globs)
        return view

    def _view(self, kind_name: str, globs: tuple[str, ...]) -> NoteConfig:
        off, on = set(self.off), set(self.on)
        options = {rule: dict(values) for rule, values in self.options.items()}
        kind = self.kinds.get(kind_name, NO_KIND)
        for glob in globs:
            table = self.folders[glob]
            for rule, setting in table.get("rules", {}).items():
                if setting is False:
                    off.add(rule)
                elif setting is True:
                    off.discard(rule)
                    on.add(rule)
                else:
                    options.setdefault(rule, {}).update(setting)
            if "order" in table:
                kind = msgspec.structs.replace(kind, order=table["order"])
            if "defaults" in table:
                kind = msgspec.structs.replace(kind, defaults={**kind.defaults, **table["defaults"]})
        return NoteConfig(self, kind_name, kind, frozenset(off), frozenset(on), options)


def _declared_tags(front: FrontMatter) -> Iterator[str]:
    """The words of `type` and `tags` (and of the old `tag`) that may name a kind, without their `#`."""
    for key in ("type", "tags", "tag"):
        found = front.get(key)
        if found is None:
            continue
        values = found.value if isinstance(found.value, list) else [found.value]
        for value in values:
            if isinstance(value, str):
                words = re.split(r"[,\s]+", value) if not value.isalnum() else (value,)
                yield from (word.lstrip("#") for word in words)


def _type_word(front: FrontMatter) -> str:
    value = front.value("type")
    return value.strip().casefold() if isinstance(value, str) else ""


def accepted_parts(entry: str) -> tuple[str, str | None]:
    """The rule that an item of `[rules] accept` names, and the pattern of its notes; `None`: all of them."""
    rule, colon, glob = entry.partition(":")
    return rule.strip(), glob.strip() if colon else None


def literal_pattern(path: str) -> str:
    """A pattern in gitignore syntax that stands for the path and nothing else."""
    return re.sub(r"([*?\[\]\\!#])", r"\\\1", path.strip())


@lru_cache(maxsize=256)
def matcher(patterns: tuple[str, ...]) -> Callable[[str], bool]:
    """A test of paths against patterns in gitignore syntax; plain folder names don't need the library."""
    if not patterns:
        return lambda path: False
    if all(
        re.fullmatch(r"/?[^*?\[\]!\\#/]+/?", pattern) and pattern.strip() == pattern for pattern in patterns
    ):
        anywhere = {p.rstrip("/") for p in patterns if not p.startswith("/")}
        at_root = tuple(p.strip("/") + "/" for p in patterns if p.startswith("/"))
        files = {p[1:] for p in patterns if p.startswith("/") and not p.endswith("/")}

        def plain(path: str) -> bool:
            if path.startswith(at_root) or path in files:
                return True
            return not anywhere.isdisjoint(path.rstrip("/").split("/"))

        return plain
    from pathspec import GitIgnoreSpec  # 26 ms, and few vaults need it

    return GitIgnoreSpec.from_lines(patterns).match_file
