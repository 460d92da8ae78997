"""Reading `config.toml`: every mistake in it at once, each with its line and the nearest known name.

Nothing here touches the disk; the shell hands in the texts of the file and of Obsidian's own settings.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from functools import cached_property
from typing import Any, get_args, get_type_hints

import msgspec

from vaultsync.core.config.checks import PATTERNS, are_patterns
from vaultsync.core.config.config import CONFIG_PATH, Config, accepted_parts, literal_pattern
from vaultsync.core.config.kinds import PLAIN
from vaultsync.core.config.obsidian_settings import LinkStyle
from vaultsync.core.config.settings import (
    DEFAULT_KINDS,
    NO_KIND,
    PROPERTY_TYPES,
    SECTIONS,
    Doc,
    KindSection,
    attribute_of,
    field_of,
    type_name,
)
from vaultsync.core.config.toml import read_toml
from vaultsync.core.errors import ConfigError

MOST_MISTAKES = 50
"""That are told; each is looked for in the whole file."""


class RuleOptions(msgspec.Struct, frozen=True):
    """What the configuration has to know of the rules: each id with the names and defaults of its options."""

    by_id: Mapping[str, Mapping[str, Any]]


def parse_config(
    text: str,
    rules: RuleOptions,
    *,
    source: str = CONFIG_PATH,
    app_json: Mapping[str, Any] | None = None,
    types_json: Mapping[str, Any] | None = None,
    template_folders: Iterable[object] = (),
) -> Config:
    """The configuration that `text` (of `source`, TOML) makes over the defaults.

    `app_json` and `types_json` are Obsidian's own settings, read from `.obsidian/`; `template_folders` are
    the values of its settings, and its plugins', that name one. Raises `ConfigError` that lists every mistake
    at once: the key, what was expected, the nearest known name.
    """
    tables = read_toml(text, source, "see https://toml.io for the format")
    reader = _ConfigReader(source, text, rules)
    config = reader.read(tables)
    if mistakes := reader.mistakes:
        raise ConfigError(
            "\n".join(["the settings can't be used", *mistakes]),
            "`vaultsync config --defaults` explains every setting",
        )
    app = app_json or {}
    types = (types_json or {}).get("types")
    known = {"multitext": "list"}
    obsidian_types = {
        str(key): known.get(value, value)
        for key, value in (types.items() if isinstance(types, dict) else ())
        if isinstance(value, str) and known.get(value, value) in PROPERTY_TYPES
    }
    link_format = app.get("newLinkFormat", "shortest")
    return msgspec.structs.replace(
        config,
        obsidian_types=obsidian_types,
        obsidian_templates=tuple(
            literal_pattern(folder) for folder in template_folders if isinstance(folder, str)
        ),
        link_style=LinkStyle(
            link_format if link_format in ("relative", "absolute") else "shortest",
            app.get("useMarkdownLinks") is True,
        ),
    )


class _ConfigReader:
    """Checks each value of the file by itself, so that all mistakes are reported at once."""

    def __init__(self, source: str, text: str, rules: RuleOptions) -> None:
        self.source, self.text, self.rules = source, text, rules
        self._mistakes: list[tuple[int, str]] = []
        self._count = 0
        self.origins: dict[str, str] = {}

    def read(self, tables: dict[str, Any]) -> Config:
        known = [*SECTIONS, "kinds", "rules", "folders"]
        for name in tables:
            if name not in known:
                self._mistake(name, "unknown section", name, known)
        sections = {
            attribute_of(name): self._section(name, cls, tables.get(name, {}))
            for name, cls in SECTIONS.items()
        }
        kinds = dict(DEFAULT_KINDS)
        for name, table in self._tables("kinds", tables.get("kinds", {})):
            kinds[name] = self._section(
                f"kinds.{name}", KindSection, table, base=DEFAULT_KINDS.get(name, NO_KIND)
            )
        for kind in sections["links"].in_:
            if kind not in kinds:
                self._mistake("links.in", f"there is no kind {kind!r}", kind, list(kinds))
        rules = tables.get("rules", {})
        accept = self._accept(rules.get("accept", [])) if isinstance(rules, dict) else ()
        if isinstance(rules, dict):
            rules = {name: setting for name, setting in rules.items() if name != "accept"}
        off, on, options = self._rules("rules", rules)
        folders = dict(self._folders(tables.get("folders", {}), kinds))
        return Config(
            **sections,
            kinds=kinds,
            off=frozenset(off),
            on=frozenset(on),
            accept=accept,
            options=options,
            folders=folders,
            origins=self.origins,
        )

    def _section(
        self, prefix: str, cls: type[msgspec.Struct], table: object, base: msgspec.Struct | None = None
    ) -> Any:
        if not isinstance(table, dict):
            self._mistake(prefix, f"expected a table, got {_shown(table)}")
            table = {}
        hints, changes = get_type_hints(cls, include_extras=True), {}
        for key, value in table.items():
            dotted = f"{prefix}.{key}"
            if (field := field_of(key)) not in hints:
                self._mistake(dotted, "unknown key", key, [known.rstrip("_") for known in hints])
                continue
            wanted, doc = get_args(hints[field])
            if (converted := self._converted(dotted, value, wanted, doc)) is not _WRONG:
                changes[field] = converted
                self.origins[dotted] = self.source
        return msgspec.structs.replace(base if base is not None else cls(), **changes)

    def _converted(self, dotted: str, value: object, wanted: Any, doc: Doc) -> Any:
        try:
            converted = msgspec.convert(value, wanted, strict=True)
        except msgspec.ValidationError:
            self._mistake(dotted, f"expected {type_name(wanted)}, got {_shown(value)}")
            return _WRONG
        if doc.valid is not None and not doc.valid(converted):
            self._mistake(dotted, f"expected {doc.expected}, got {_shown(value)}")
            return _WRONG
        return converted

    def _tables(self, prefix: str, table: object) -> Iterator[tuple[str, object]]:
        if isinstance(table, dict):
            yield from table.items()
        else:
            self._mistake(prefix, f"expected a table, got {_shown(table)}")

    def _rules(self, prefix: str, table: object) -> tuple[set[str], set[str], dict[str, dict[str, Any]]]:
        """The rules that are switched off, those that are switched on, and the options of rules."""
        off: set[str] = set()
        on: set[str] = set()
        options: dict[str, dict[str, Any]] = {}
        for rule, setting in self._tables(prefix, table):
            dotted = f"{prefix}.{rule}"
            if rule not in self.rules.by_id:
                known = [*self.rules.by_id, *(["accept"] if prefix == "rules" else [])]
                self._mistake(dotted, "unknown rule", rule, known)
            elif isinstance(setting, bool):
                self.origins[dotted] = self.source
                (on if setting else off).add(rule)
            elif isinstance(setting, dict):
                enabled = setting.get("enabled", True)
                if isinstance(enabled, bool):
                    (on if enabled else off).add(rule)
                else:
                    self._mistake(f"{dotted}.enabled", f"expected true or false, got {_shown(enabled)}")
                rest = {k: v for k, v in setting.items() if k != "enabled"}
                options[rule] = self._options(dotted, rest, self.rules.by_id[rule])
            else:
                self._mistake(dotted, f"expected true, false or a table of options, got {_shown(setting)}")
        return off, on, options

    def _accept(self, value: object) -> tuple[str, ...]:
        """The problems that may stay, each a rule's id or `ID:PATTERN`."""
        dotted = "rules.accept"
        entries = self._converted(dotted, value, list[str], Doc(""))
        if entries is _WRONG:
            return ()
        for entry in entries:
            rule, glob = accepted_parts(entry)
            if rule not in self.rules.by_id:
                self._mistake(dotted, f'unknown rule "{_cut(rule)}"', rule, list(self.rules.by_id))
            elif glob is not None and not (glob and are_patterns([glob])):
                self._mistake(dotted, f"expected {PATTERNS}, after `{rule}:`; got {_shown(glob)}")
        if entries:
            self.origins[dotted] = self.source
        return tuple(entries)

    def _options(self, prefix: str, table: dict[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
        options = {}
        for name, value in table.items():
            dotted = f"{prefix}.{name}"
            if name not in known:
                self._mistake(dotted, "unknown option", name, list(known))
            else:
                wanted = _type_of(known[name])
                if (converted := self._converted(dotted, value, wanted, Doc(""))) is not _WRONG:
                    options[name] = converted
                    self.origins[dotted] = self.source
        return options

    def _folders(self, table: object, kinds: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
        known = {"kind": str, "rules": dict, "order": list[str], "defaults": dict[str, Any]}
        for glob, settings in self._tables("folders", table):
            if not are_patterns([glob]):
                self._mistake(f'folders."{glob}"', f"expected {PATTERNS}")
                continue
            checked: dict[str, Any] = {}
            for key, value in self._tables(f'folders."{glob}"', settings):
                dotted = f'folders."{glob}".{key}'
                if key not in known:
                    self._mistake(dotted, "unknown key", key, list(known))
                elif key == "rules":
                    off, on, options = self._rules(dotted, value)
                    on -= options.keys()  # a table that only sets options leaves the rule on or off
                    checked["rules"] = {**options, **dict.fromkeys(off, False), **dict.fromkeys(on, True)}
                elif key == "kind" and isinstance(value, str) and value not in kinds and value != PLAIN:
                    self._mistake(dotted, f'no kind "{value}"', value, [*kinds, PLAIN])
                elif (converted := self._converted(dotted, value, known[key], Doc(""))) is not _WRONG:
                    checked[key] = converted
                    self.origins[dotted] = self.source
            yield glob, checked

    def _mistake(self, dotted: str, what: str, name: str = "", known: list[str] | None = None) -> None:
        self._count += 1
        if self._count > MOST_MISTAKES:
            return
        near = get_close_matches(name[:100], known, n=1) if known else []
        hint = f'; did you mean "{near[0]}"?' if near else (f"; known: {', '.join(known)}" if known else "")
        self._mistakes.append((self._line(dotted), f"{_cut(dotted)}: {what}{hint}"))

    @property
    def mistakes(self) -> list[str]:
        """What is wrong, in the order of the file; what can't be placed comes first."""
        told = [
            f"{self.source}:{line}: {what}" if line else f"{self.source}: {what}"
            for line, what in sorted(self._mistakes)
        ]
        more = self._count - len(told)
        return [*told, f"and {more} more"] if more else told

    @cached_property
    def _lines(self) -> list[str]:
        return self.text.splitlines()

    def _line(self, dotted: str) -> int:
        """The line on which the last part of the key stands, when exactly one line fits; else 0."""
        quoted = dotted.endswith('"')
        last = dotted[dotted.rfind('"', 0, -1) + 1 : -1] if quoted else dotted.rpartition(".")[2]
        bare = re.escape(last)
        fits = [
            i
            for i, line in enumerate(self._lines, 1)
            if last in line
            and (
                re.match(rf'\s*(?:[\w."-]+\.)?"?{bare}"?\s*=', line)
                or re.match(rf'\s*\[.*"?{bare}"?\]', line)
            )
        ]
        return fits[0] if len(fits) == 1 else 0


_WRONG = object()


def _type_of(default: object) -> Any:
    """The type that an option's default stands for; a list's items are text."""
    return list[str] if isinstance(default, list | tuple) else type(default)


def _shown(value: object) -> str:
    text = (
        f'"{value}"'
        if isinstance(value, str)
        else str(value).lower()
        if isinstance(value, bool)
        else str(value)
    )
    return _cut(text)


def _cut(text: str) -> str:
    return text if len(text) <= 60 else text[:59] + "…"
