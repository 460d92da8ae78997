"""`vaultsync config`: each setting with its value and where it was set."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any

import click
import msgspec

from vaultsync.cli import completing
from vaultsync.cli.options import common_options
from vaultsync.cli.output import print_json, styled
from vaultsync.cli.wiring import the_vault
from vaultsync.core.config.config import Config
from vaultsync.core.config.settings import attribute_of, default_config, field_of, settings
from vaultsync.core.config.toml import to_toml
from vaultsync.core.errors import Exit
from vaultsync.core.rules import RULES


@click.command("config")
@click.argument("key", required=False, metavar="[KEY]", shell_complete=completing.setting_names)
@click.option("--json", "as_json", is_flag=True, help="Print the settings as JSON.")
@click.option("--defaults", is_flag=True, help="Print what `init` writes: each setting, explained.")
@common_options
@click.pass_obj
def command(named: str | None, key: str | None, as_json: bool, defaults: bool) -> int:
    """Show every setting, its value and where it comes from; or those of KEY: `git`, `watch.quiet`."""
    if defaults and (as_json or key is not None):
        raise click.UsageError("--defaults prints the whole file, as TOML: without KEY and --json")
    if defaults:
        click.echo(default_config(), nl=False)
        return Exit.CLEAN
    vault = the_vault(named)
    rows = _chosen(list(_rows(vault.config)), key)
    if as_json:
        values = {key: {"value": value, "origin": origin} for key, value, origin in rows}
        print_json({"vault": str(vault.root), "settings": values})
        return Exit.CLEAN
    click.echo(f"# {vault.root}")
    for key, value, origin in rows:
        click.echo(f"{styled(key, bold=True)} = {to_toml(value)}  {styled('# ' + origin, dim=True)}")
    return Exit.CLEAN


def _chosen(rows: list[tuple[str, Any, str]], key: str | None) -> list[tuple[str, Any, str]]:
    """The settings that are called `key`, or lie below it."""
    found = [row for row in rows if key is None or row[0] == key or row[0].startswith(f"{key}.")]
    if not found:
        near = get_close_matches(str(key), [row[0] for row in rows], n=1, cutoff=0.5)
        raise click.UsageError(
            f"no setting {key}; " + (f"did you mean {near[0]}?" if near else "see `vaultsync config`")
        )
    return found


def _rows(config: Config) -> list[tuple[str, Any, str]]:
    def origin(key: str) -> str:
        return config.origins.get(key, "default")

    rows = [
        (
            f"{section}.{key}",
            getattr(getattr(config, attribute_of(section)), field_of(key)),
            origin(f"{section}.{key}"),
        )
        for section, key, _, _ in settings()
    ]
    for name, kind in config.kinds.items():
        for key, value in msgspec.structs.asdict(kind).items():
            rows.append((f"kinds.{name}.{key}", value, origin(f"kinds.{name}.{key}")))
    rows.append(("rules.accept", list(config.accept), origin("rules.accept")))
    for rule in RULES:
        rows.append((f"rules.{rule.id}", rule.id not in config.off, origin(f"rules.{rule.id}")))
        for option in rule.options:
            key = f"rules.{rule.id}.{option.name}"
            rows.append((key, config.options.get(rule.id, {}).get(option.name, option.default), origin(key)))
    for glob, table in config.folders.items():
        rows.append((f"folders.{to_toml(glob)}", table, origin(f'folders."{glob}"')))
    rows.append(("obsidian.newLinkFormat", config.link_style.new_link_format, ".obsidian/app.json"))
    rows.append(("obsidian.useMarkdownLinks", config.link_style.use_markdown_links, ".obsidian/app.json"))
    return rows
