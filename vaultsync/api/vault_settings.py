"""What is asked about the vault as a whole: its settings, the person's consent, a pause."""

from __future__ import annotations

from typing import Any

from vaultsync.api import values as c
from vaultsync.api.paths import Refused, checked_note
from vaultsync.core.config.config import CONFIG_PATH, Config, literal_pattern
from vaultsync.core.config.config_file import parse_config
from vaultsync.core.config.settings import attribute_of, field_of
from vaultsync.core.config.settings import settings as known_settings
from vaultsync.core.config.toml_edit import with_setting
from vaultsync.core.errors import ConfigError, Problem
from vaultsync.core.rules import RULES, rule_options
from vaultsync.daemon.loop import Daemon
from vaultsync.files.disk import Rewrite, Written
from vaultsync.vault.consent import give_consent

WRITABLE = frozenset(
    {"watch.quiet", "watch.max_wait", "links.quotes", "vault.inbox", "git.commit", "rules.accept"}
)
"""Settings that the API changes, beside whether a rule is on: those that a person decides in Obsidian.

The rest (where the notes of others are, what git runs) stays with who may edit the file.
"""


def settings(daemon: Daemon, _asked: c.EmptyRequest) -> c.SettingsAnswer:
    """Each setting with its value, and whether each rule is on."""
    return _told(daemon.cycle.vault.config)


def change_settings(daemon: Daemon, asked: c.SettingsRequest) -> c.SettingsAnswer:
    """Write new values to the vault's settings file, which both sides read."""
    rules = {f"rules.{rule.id}" for rule in RULES}
    disk = daemon.cycle.ports.disk
    with daemon.cycle.ports.lock():
        read = disk.read(CONFIG_PATH)
        before = read if isinstance(read, bytes) else None
        text = before.decode() if before is not None else ""
        for name, value in asked.values.items():
            if name not in WRITABLE and name not in rules:
                raise Refused(403, f"{name} can't be set here", f"set it in {CONFIG_PATH}")
            if name in rules and not isinstance(value, bool | None):
                raise Refused(400, f"{name} is true or false")
            section, _, key = name.partition(".")
            text = with_setting(text, section, key, value)
        try:
            config = parse_config(text, rule_options())
        except ConfigError as error:
            raise Refused(400, error.message, error.hint) from None
        if text.encode() != (before or b""):
            for _, outcome in disk.write_many([Rewrite(CONFIG_PATH, before, text.encode())]):
                if not isinstance(outcome, Written):
                    raise Refused(409, f"{CONFIG_PATH} can't be written", str(outcome))
            if disk.sync():
                raise Refused(409, f"{CONFIG_PATH} was saved just now", "try again")
    daemon.reload()
    return _told(config)


def accept(daemon: Daemon, asked: c.AcceptRequest) -> c.DoneAnswer:
    """Let what a rule reports of a note stay for good; nothing happens if the settings say so already."""
    config = daemon.cycle.vault.config
    path = checked_note(daemon.root, config, asked.path)
    if not config.accepts(Problem(path, 0, 0, asked.rule, "", "")):
        entry = f"{asked.rule}:/{literal_pattern(path)}"
        change_settings(daemon, c.SettingsRequest({"rules.accept": [*config.accept, entry]}))
    return c.DoneAnswer()


def consent(daemon: Daemon, _asked: c.ConsentRequest) -> c.DoneAnswer:
    """The person's yes: what waits for it goes on."""
    give_consent(daemon.root)
    daemon.try_again()
    return c.DoneAnswer()


def pause(daemon: Daemon, asked: c.PauseRequest) -> c.DoneAnswer:
    """Nothing is done for so long."""
    daemon.clients.pause(asked.seconds)
    daemon.try_again()
    return c.DoneAnswer()


def resume(daemon: Daemon, _asked: c.EmptyRequest) -> c.DoneAnswer:
    """Go on."""
    daemon.clients.resume()
    daemon.try_again()
    return c.DoneAnswer()


def _told(config: Config) -> c.SettingsAnswer:
    def setting(name: str, value: Any, default: Any, meaning: str, *, writable: bool) -> c.SettingEntry:
        return c.SettingEntry(name, value, default, meaning, config.origins.get(name, "default"), writable)

    found = [
        setting(
            f"{section}.{key}",
            getattr(getattr(config, attribute_of(section)), field_of(key)),
            default,
            doc.text,
            writable=f"{section}.{key}" in WRITABLE,
        )
        for section, key, default, doc in known_settings()
    ]
    found += (
        setting(f"rules.{rule.id}", rule.id not in config.off, True, rule.summary, writable=True)
        for rule in RULES
    )
    meaning = "Problems that you leave as they are: a rule's id, or ID:PATTERN for some notes."
    found.append(setting("rules.accept", config.accept, (), meaning, writable=True))
    return c.SettingsAnswer(tuple(found))
