"""`vaultsync service`: let the system start the vault's daemon whenever the user logs in."""

from __future__ import annotations

import getpass
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from vaultsync.cli.options import CommandGroup, common_options
from vaultsync.cli.output import print_json, say
from vaultsync.cli.which_vault import the_former_root
from vaultsync.cli.wiring import the_vault
from vaultsync.core.errors import Exit, VaultError, VaultsyncError
from vaultsync.core.text.shown import encodable
from vaultsync.daemon.service import Service, content_of, is_installed, service_of
from vaultsync.daemon.status import Place

_PATIENCE = 60.0  # seconds for one command of the service manager


@click.group("service", cls=CommandGroup)
@common_options
def command() -> None:
    """Install, remove or show the service that runs the vault's daemon from login on."""


@command.command("install")
@click.option("--yes", is_flag=True, help="Don't ask.")
@click.option("--show", is_flag=True, help="Only show what would be done.")
@common_options
@click.pass_obj
def install(named: str | None, yes: bool, show: bool) -> int:
    """Show the service, ask, and install it. A second time changes nothing."""
    service = the_service(the_vault(named).root)
    click.echo(f"# {service.file}\n{service.text}")
    for argv in service.install:
        click.echo(f"$ {' '.join(argv)}")
    if show:
        return Exit.CLEAN
    if is_installed(service) and _runs(service):
        say("it is installed and runs")
        return Exit.CLEAN
    if not yes and not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise VaultsyncError("nobody is here to be asked", "`vaultsync service install --yes` installs it")
    if not yes and not click.confirm("Install it?", err=True):
        say("nothing was installed; `vaultsync service install` asks again")
        return Exit.REMAINS
    if service.file.exists():  # an older one: launchd takes no second definition of a name
        _call_all(service.uninstall, must=False)
    _write(service)
    _call_all(service.install, must=True)
    say(f"installed: {service.name}; `vaultsync status` shows how it does")
    if service.note:
        say(service.note)
    return Exit.CLEAN


@command.command("uninstall")
@common_options
@click.pass_obj
def uninstall(named: str | None) -> int:
    """End the service and remove it."""
    service = the_service(the_former_root(named, _is_there))
    if not service.file.exists():
        say("no service is installed for this vault")
        return Exit.CLEAN
    for argv in service.uninstall:
        click.echo(f"$ {' '.join(argv)}")
    _call_all(service.uninstall, must=False)
    service.file.unlink(missing_ok=True)
    if service.system == "systemd":
        _call_all((("systemctl", "--user", "daemon-reload"),), must=False)
    say(f"removed: {service.file}")
    return Exit.CLEAN


@command.command("status", short_help="Say whether it is installed, runs and is up to date.")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@common_options
@click.pass_obj
def status(named: str | None, as_json: bool) -> int:
    """Say whether the service is installed, whether it runs, and whether it is up to date."""
    root = the_former_root(named, _is_there)
    service = the_service(root)
    there, current = service.file.exists(), is_installed(service)
    runs = there and _runs(service)
    daemon = Place(root).running()
    if as_json:
        found = {"system": service.system, "name": service.name, "file": str(service.file)}
        more = {"installed": there, "current": current, "active": runs, "daemon": daemon is not None}
        print_json(found | more)
    elif not there:
        click.echo(f"not installed ({service.system}); `vaultsync service install` does it")
    else:
        click.echo(f"installed: {service.file}{'' if current else ' (of another version; install it again)'}")
        click.echo("it runs" if runs else "it does not run")
    if daemon is not None and not runs and not as_json:
        click.echo(f"a daemon runs that was started by hand (process {daemon.pid})")
    return Exit.CLEAN if runs and current else Exit.REMAINS


def the_service(root: Path) -> Service:
    """The service for the vault on this system, run by this very installation.

    Raises `VaultError` for a folder that the file of a service can't name.
    """
    if encodable(str(root)) != str(root):
        raise VaultError(
            f"the name of {root} is not UTF-8, as that of a service's vault has to be", "rename it"
        )
    user = getpass.getuser() if sys.platform == "win32" else str(os.getuid())
    argv = [*_program(), "daemon", "--vault", str(root)]
    return service_of(root, argv, sys.platform, os.environ, Path(os.path.expanduser("~")), user)


def _is_there(root: Path) -> bool:
    """Whether the vault at `root`, whose folder may be gone, has a service."""
    return the_service(root).file.exists()


def _program() -> list[str]:
    """The command that starts this installation, which needs no PATH."""
    beside = shutil.which("vaultsync", path=str(Path(sys.executable).parent))
    return [beside] if beside else [sys.executable, "-P", "-m", "vaultsync"]


def _write(service: Service) -> None:
    try:
        service.file.parent.mkdir(parents=True, exist_ok=True)
        service.file.write_bytes(content_of(service))
    except OSError as error:
        raise VaultError(f"{service.file} can't be written: {error.strerror}") from error


def _runs(service: Service) -> bool:
    return _call(service.status)[0] == 0


def _call_all(commands: Sequence[Sequence[str]], *, must: bool) -> None:
    for argv in commands:
        code, said = _call(argv)
        if code and must:
            hint = (
                "`vaultsync doctor` looks for the cause; the file stays until `vaultsync service uninstall`"
            )
            raise VaultsyncError(f"`{' '.join(argv)}` failed: {said.strip() or code}", hint)


def _call(argv: Sequence[str]) -> tuple[int, str]:
    """The exit code of a command of the service manager, and what it said."""
    try:
        done = subprocess.run(
            argv, capture_output=True, text=True, errors="replace", check=False, timeout=_PATIENCE
        )
    except FileNotFoundError:
        return 127, f"there is no {argv[0]} here"
    except subprocess.TimeoutExpired:
        return 124, f"it took longer than {_PATIENCE:g} s"
    return done.returncode, done.stderr + done.stdout
