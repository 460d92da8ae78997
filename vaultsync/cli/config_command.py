"""`vaultsync config`: each setting with its value and where it was set."""

from __future__ import annotations

from typing import Any

import click
import msgspec

from vaultsync.cli.output import print_json, styled
from vaultsync.cli.which_vault import vault_option
from vaultsync.cli.wiring import the_vault
from vaultsync.core.config.config import Config
from vaultsync.core.config.settings import default_config, settings
from vaultsync.core.config.toml import to_toml
from vaultsync.core.errors import Exit
from vaultsync.core.rules import RULES


@click.command("config")
@click.option("--json", "as_json", is_flag=True, help="Print the settings as JSON.")
@click.option("--defaults", is_flag=True, help="Print what `init` writes: each setting, explained.")
@vault_option
@click.pass_obj
def command(named: str | None, as_json: bool, defaults: bool) -> int:
    """Show every setting, its value and where it comes from."""
    if defaults:
        click.echo(default_config(), nl=False)
        return Exit.CLEAN
    vault = the_vault(named)
    rows = list(_rows(vault.config))
    if as_json:
        values = {key: {"value": value, "origin": origin} for key, value, origin in rows}
        print_json({"vault": str(vault.root), "settings": values})
        return Exit.CLEAN
    click.echo(f"# {vault.root}")
    for key, value, origin in rows:
        click.echo(f"{styled(key, bold=True)} = {to_toml(value)}  {styled('# ' + origin, dim=True)}")
    return Exit.CLEAN


def _rows(config: Config) -> list[tuple[str, Any, str]]:
    def origin(key: str) -> str:
        return config.origins.get(key, "default")

    rows = [
        (f"{section}.{key}", getattr(getattr(config, section), key), origin(f"{section}.{key}"))
        for section, key, _, _ in settings()
    ]
    for name, kind in config.kinds.items():
        for key, value in msgspec.structs.asdict(kind).items():
            rows.append((f"kinds.{name}.{key}", value, origin(f"kinds.{name}.{key}")))
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
