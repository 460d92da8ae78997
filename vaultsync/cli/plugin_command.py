"""`vaultsync plugin`: the Obsidian plugin, copied into the vault; whether it is current and turned on."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

from vaultsync.api.plugin_files import PluginState, install_plugin, plugin_state
from vaultsync.cli.options import CommandGroup, common_options
from vaultsync.cli.output import print_json, say
from vaultsync.cli.which_vault import the_root
from vaultsync.core.errors import Exit, VaultError
from vaultsync.daemon.status import Place


@click.group("plugin", cls=CommandGroup)
def command() -> None:
    """Install Obsidian's plugin for vaultsync into the vault, or see how it stands."""


@command.command("install")
@common_options
@click.pass_obj
def install(named: str | None) -> int:
    """Copy the plugin into the vault, or bring it up to date. Obsidian turns it on only when you say so."""
    root = the_root(named)
    if not (root / ".obsidian").is_dir():
        raise VaultError(f"{root} has no .obsidian folder", "open it once in Obsidian, then try again")
    state = install_plugin(root)
    say(f"the plugin, version {state.installed}, is in {state.folder}")
    if not state.on:
        say("turn it on in Obsidian: Settings → Community plugins → Vaultsync")
    return Exit.CLEAN


@command.command("status")
@click.option("--json", "as_json", is_flag=True, help="Print the state as JSON.")
@common_options
@click.pass_obj
def status(named: str | None, as_json: bool) -> int:
    """Show whether the plugin is installed, current and turned on. Exits with 1 if it isn't."""
    root = the_root(named)
    state = plugin_state(root)
    running = Place(root).running()
    served = running is not None and running.api is not None
    if as_json:
        print_json({**msgspec.structs.asdict(state), "served": served})
    else:
        for line in _lines(root, state, served=served):
            click.echo(line)
    return Exit.CLEAN if state.current and state.on else Exit.REMAINS


def _lines(root: Path, state: PluginState, *, served: bool) -> list[str]:
    if not state.installed:
        return [f"the plugin is not in {root}", "  `vaultsync plugin install` copies it there"]
    lines = [f"version {state.installed} in {state.folder}"]
    if not state.current:
        lines.append(
            f"  this program has version {state.version}: `vaultsync plugin install` brings it there"
        )
    lines.append("turned on in Obsidian" if state.on else "not turned on: Settings → Community plugins")
    lines.append("the daemon serves it" if served else "no daemon serves it: `vaultsync daemon --detach`")
    return lines
