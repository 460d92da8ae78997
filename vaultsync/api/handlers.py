"""Which function answers which route, each on the daemon's thread; and the server that a daemon is given."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from vaultsync.api import links, open_notes, runs, sync, vault_settings
from vaultsync.api import values as c
from vaultsync.api.contract import API
from vaultsync.api.server import Server
from vaultsync.daemon.loop import Daemon
from vaultsync.daemon.status import Status
from vaultsync.daemon.used_settings import SettingsChanged

HANDLERS: dict[str, Callable[[Daemon, Any], Any]] = {
    "fix": open_notes.fix,
    "applied": open_notes.applied,
    "hold": open_notes.hold,
    "run": runs.run,
    "runs": runs.runs,
    "run_diff": runs.run_diff,
    "run_undo": runs.run_undo,
    "import_text": runs.import_text,
    "problems": links.problems,
    "accept": vault_settings.accept,
    "suggestions": links.suggestions,
    "decide": links.decide,
    "mentions": links.mentions,
    "why": links.why,
    "missing": links.missing,
    "settings": vault_settings.settings,
    "change_settings": vault_settings.change_settings,
    "consent": vault_settings.consent,
    "sync": sync.sync,
    "conflicts": sync.conflicts,
    "conflict": sync.conflict,
    "keep": sync.keep,
    "pause": vault_settings.pause,
    "resume": vault_settings.resume,
}
"""By the names of the routes; the server itself answers `status` and `openapi`."""


def server_for(daemon: Daemon) -> Server:
    """The server of a daemon, not started yet."""

    def ask(name: str, asked: c.ApiRequest) -> Future[Any]:
        return daemon.ask(lambda: _answer(daemon, name, asked))

    def latest() -> tuple[int, Any]:
        number, status = daemon.reporter.latest
        return number, status_answer(number, status) if status is not None else None

    def started() -> None:
        daemon.ask(daemon.reporter.mark_stale)

    return Server(daemon.root, daemon.place.api_file, ask, latest, started)


def _answer(daemon: Daemon, name: str, asked: c.ApiRequest) -> Any:
    """The answer; settings that somebody has changed meanwhile are taken over first."""
    try:
        return HANDLERS[name](daemon, asked)
    except SettingsChanged:
        daemon.take_settings()
        return HANDLERS[name](daemon, asked)


def status_answer(number: int, status: Status) -> c.StatusAnswer:
    """The daemon's status as clients get it."""
    return c.StatusAnswer(
        API,
        status.version,
        status.vault,
        status.pid,
        number,
        status.state,
        status.consent,
        status.paused_until,
        status.waiting,
        status.degraded,
        status.watch.how,
        status.notes,
        tuple(pending.path for pending in status.pending),
        status.pending_count,
        status.problem_count,
        status.left,
        status.last_run,
        status.sync.state if status.sync is not None else "",
        status.conflicts,
    )
