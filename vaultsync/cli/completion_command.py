"""`vaultsync completion`: the lines that teach a shell to complete notes, rules, runs and settings."""

from __future__ import annotations

import os
from pathlib import PurePath

import click

from vaultsync.cli.completing import SHELLS, script, shells
from vaultsync.core.errors import Exit


@click.command("completion")
@click.argument("shell", required=False, metavar="[SHELL]", shell_complete=shells)
@click.pass_context
def command(ctx: click.Context, shell: str | None) -> int:
    """Print what SHELL (bash, zsh, fish or powershell; yours, if none is named) needs to complete.

    \b
    bash        echo 'eval "$(vaultsync completion bash)"' >> ~/.bashrc
    zsh         echo 'eval "$(vaultsync completion zsh)"' >> ~/.zshrc
    fish        cd ~/.config/fish/completions
                vaultsync completion fish > vaultsync.fish
    PowerShell  vaultsync completion powershell >> $PROFILE

    After that, Tab completes commands, options, notes by the names that Obsidian shows, rule ids, runs and
    settings.
    """
    wanted = (shell or PurePath(os.environ.get("SHELL", "")).name).lower()
    wanted = {"pwsh": "powershell"}.get(wanted, wanted)
    if wanted not in SHELLS:
        said = f"no completion for {wanted}" if wanted else "which shell?"
        raise click.UsageError(f"{said}; there is {', '.join(SHELLS)}")
    click.echo(script(wanted, ctx.find_root().command), nl=False)
    return Exit.CLEAN
