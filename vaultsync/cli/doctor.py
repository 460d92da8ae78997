"""What on this machine keeps vaultsync from working well, and what to do about it.

`examine` looks at git, the file system, the watch limits, Obsidian's settings, other tools on the vault and
our own folders. It changes none of them, nor git's settings; `vaultsync doctor` prints what it finds.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Literal

import msgspec

from vaultsync.api.plugin_files import plugin_state
from vaultsync.core.config.settings import GitSection
from vaultsync.core.errors import COMMIT_OFF, ConfigError, GitError
from vaultsync.core.text.arguments import as_argument
from vaultsync.daemon.status import Place
from vaultsync.files.disk import RealDisk
from vaultsync.git.preflight import left_by_commits
from vaultsync.git.process import GitProcess, lock_hint
from vaultsync.git.repository import Git, GitMissing
from vaultsync.runs.kept_out import kept_out
from vaultsync.vault.cache import Cache
from vaultsync.vault.consent import has_consent
from vaultsync.vault.open import Vault, obsidian_json, open_vault
from vaultsync.vault.places import state_folder

OLDEST_GIT = (2, 38)
"""For `git merge-tree --write-tree`, with which a sync merges; see git's RelNotes/2.38.0.txt."""

SYSCTLS = Path("/proc/sys")
WATCHES = ("fs.inotify.max_user_watches", "user.max_inotify_watches")
"""What limits a user's watches: on the machine, and, often lower in a container, in a user namespace."""

MOUNTS = Path("/proc/mounts")
ROOM = 1.5
"""So many times the watches that the vault's folders need should be allowed: other programs need some."""

_SHOWN = 3


class Check(msgspec.Struct, frozen=True):
    """One thing looked at: whether it is `ok`, a `warn`ing or `bad`, what was found, and what to do."""

    name: str
    state: Literal["ok", "warn", "bad"]
    found: str
    todo: str = ""


def examine(root: Path, *, sysctls: Path = SYSCTLS, mounts: Path = MOUNTS) -> Iterator[Check]:
    """All checks of the vault at `root`, in the order of a person's interest."""
    vault: Vault | None = None
    try:
        vault = open_vault(root)
    except ConfigError as error:
        yield Check("settings", "bad", error.message, error.hint)
    else:
        yield Check("settings", "ok", f"{len(vault.config.origins)} of your own, the others are the defaults")
        yield _order(vault)
    yield from _git(root, vault.config.git if vault is not None else GitSection())
    yield from _watching(root, sysctls, mounts)
    yield from _obsidian(root)
    yield from _others(root)
    yield from _permissions(root)
    if vault is not None:
        yield _cache(vault)
    yield _consent(root)
    yield _daemon(root)
    yield _plugin(root)


# Git


def _git(root: Path, settings: GitSection) -> Iterator[Check]:
    if not settings.commit:
        yield Check("git", "ok", "`[git] commit = false`: nothing is committed")
        return
    try:
        version = os.fsdecode(GitProcess(root).read("version").out).strip()
    except GitMissing as error:
        yield _bad("git", error)
        return
    number = re.search(r"(?<!\d)(\d+)\.(\d+)", version)
    found = (int(number[1]), int(number[2])) if number else (0, 0)
    if found < OLDEST_GIT:
        oldest = ".".join(map(str, OLDEST_GIT))
        yield Check(
            "git", "bad", f"{version} is too old", f"install git {oldest} or later: https://git-scm.com"
        )
        return
    yield Check("git", "ok", version)
    try:
        git = Git.open(root)
        waiting = git.preflight()
        if waiting is not None:
            yield Check("repository", "bad", waiting.message, waiting.hint)
        else:
            yield Check("repository", "ok", "ready for a commit, and git knows who commits")
            yield from _kept_out(root, git, settings)
        for left in left_by_commits(git.repository.git_dir):
            yield Check("left by git", "warn", f"a commit that ended left {left}", lock_hint(str(left)))
        yield from _merge_driver(git)
    except GitError as error:
        yield _bad("repository", error)


def _bad(name: str, error: GitError) -> Check:
    error.or_without(COMMIT_OFF)
    return Check(name, "bad", error.message, error.hint)


def _merge_driver(git: Git) -> Iterator[Check]:
    """Whether `git merge` and `git pull` by hand merge notes as a sync does."""
    state = git.driver.state()
    if state == "missing":
        found = ".gitattributes asks for it, this clone doesn't know it: `git merge` leaves markers in notes"
        yield Check("merge driver", "warn", found, "set it up: vaultsync init")
    elif state == "ready":
        yield Check("merge driver", "ok", "`git merge` and `git pull` merge notes as a sync does")
    else:
        yield Check("merge driver", "ok", "not asked for: `vaultsync init` adds the lines to .gitattributes")


def _kept_out(root: Path, git: Git, settings: GitSection) -> Iterator[Check]:
    """New files that no run takes into git of its own accord."""
    for path, reason in kept_out(RealDisk(root), git.worktree.changes(), settings.max_file).items():
        todo = "list it in .gitignore, or `git add` it if it belongs there"
        yield Check("left out of git", "warn", f"{path}: {reason}", todo)


# Watching


def _watching(root: Path, sysctls: Path, mounts: Path) -> Iterator[Check]:
    from vaultsync.daemon.watcher import file_system

    kind, remote = file_system(root, mounts)
    if remote:
        todo = (
            "changes are seen some seconds later, by polling; keep the vault on a local disk, and sync that"
        )
        yield Check("file system", "warn", f"{kind} doesn't tell of changes made on other machines", todo)
    elif kind:
        yield Check("file system", "ok", kind)
    limits = []
    for sysctl in WATCHES:
        with contextlib.suppress(OSError, ValueError):  # another system: it watches trees, or keeps no count
            file = sysctls / sysctl.replace(".", "/")
            limits.append((int(file.read_text(encoding="ascii")), sysctl))
    if not limits:
        return
    allowed, name = min(limits)
    folders = sum(1 for _ in os.walk(root))
    if folders * ROOM > allowed:
        wanted = 1 << max(19, (int(folders * 4) - 1).bit_length())
        todo = f"echo {name}={wanted} | sudo tee /etc/sysctl.d/60-vaultsync.conf && sudo sysctl --system"
        found = f"{name} allows {allowed} watches, the vault has {folders} folders"
        yield Check("watch limit", "bad" if folders > allowed else "warn", found, todo)
    else:
        yield Check("watch limit", "ok", f"{folders} folders to watch, {allowed} allowed")


# Obsidian


def _obsidian(root: Path) -> Iterator[Check]:
    folder = root / ".obsidian"
    if not folder.is_dir():
        yield Check("Obsidian", "ok", "this vault was never opened in it")
        return
    app = _json(root, "app.json")
    style = "Markdown links" if app.get("useMarkdownLinks") is True else "wikilinks"
    where = {"relative": "relative to the note", "absolute": "from the vault's root"}
    shown = where.get(str(app.get("newLinkFormat")), "shortest possible")
    yield Check("links", "ok", f"written as Obsidian is set: {style}, {shown}")
    if app.get("alwaysUpdateLinks") is True:
        yield Check("renames", "ok", "Obsidian updates internal links by itself")
    else:
        yield Check(
            "renames",
            "warn",
            "Obsidian asks before it updates the links to a note that you rename",
            "Settings → Files and links → Automatically update internal links: on",
        )


# Other tools on the same vault


def _others(root: Path) -> Iterator[Check]:
    found = [*_plugins(root), *_sync_services(root)]
    yield from found or [Check("other tools", "ok", "none that would get in the way")]


def _plugins(root: Path) -> Iterator[Check]:
    enabled = _json(root, "community-plugins.json", list)
    git = _json(root, "plugins/obsidian-git/data.json")
    if "obsidian-git" in enabled and any(
        _positive(git.get(key)) for key in ("autoSaveInterval", "autoPushInterval", "autoPullInterval")
    ):
        yield Check(
            "Git plugin",
            "warn",
            "it commits, pulls or pushes by the clock too: half-typed notes, and vaultsync's edits as yours",
            "set its auto commit, pull and push intervals to 0, or set `[git] commit = false`",
        )
    linter = _json(root, "plugins/obsidian-linter/data.json")
    rules = linter.get("ruleConfigs")
    stamps = rules.get("yaml-timestamp") if isinstance(rules, dict) else None
    by_itself = any(linter.get(key) is True for key in ("lintOnSave", "lintOnFileChange"))
    if "obsidian-linter" in enabled and isinstance(stamps, dict) and stamps.get("enabled") is True:
        yield Check(
            "Linter plugin",
            "warn",
            "it writes a time of modification into each note that it touches: two tools answer each other",
            "switch its rule “YAML Timestamp” off",
        )
    elif "obsidian-linter" in enabled and by_itself:
        yield Check(
            "Linter plugin",
            "warn",
            "it changes notes when they are saved, as vaultsync does",
            "switch off its YAML rules, or the rules of vaultsync that do the same (`vaultsync rules`)",
        )


def _sync_services(root: Path) -> Iterator[Check]:
    advice = "it works, but sync notes by git or by it, not both; copies of a conflict are never touched"
    seen = []
    if (root / ".stfolder").exists() or any((p / ".stfolder").exists() for p in root.parents):
        seen.append("Syncthing")
    core = _json(root, "core-plugins.json", object)
    if (isinstance(core, dict) and core.get("sync") is True) or (isinstance(core, list) and "sync" in core):
        seen.append("Obsidian Sync")
    parts = " / ".join(root.parts)
    seen += [name for name, pattern in _SERVICES.items() if re.search(pattern, parts)]
    for name in seen:
        yield Check(name, "warn", f"{name} syncs this vault", advice + _GIT_FOLDER.get(name, ""))


_SERVICES = {
    "Dropbox": r"\bDropbox\b",
    "OneDrive": r"\bOneDrive\b",
    "iCloud": r"com~apple~CloudDocs|iCloud~md~obsidian|\biCloudDrive\b",
    "Nextcloud": r"\bNextcloud\b|\bownCloud\b",
    "Google Drive": r"\bGoogle ?Drive\b|\bMy Drive\b",
}
_OUT = ". Keep `.git` out of it (`git init --separate-git-dir`): copied file by file it can be damaged"
_GIT_FOLDER = dict.fromkeys((*_SERVICES, "Syncthing"), _OUT)


# Folders


def _permissions(root: Path) -> Iterator[Check]:
    shut: list[str] = []
    for folder, names, files in os.walk(root):
        names[:] = [name for name in names if not name.startswith(".")]
        if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
            shut.append(folder)
        shut += (
            path
            for name in files
            if name.lower().endswith(".md") and not os.access(path := os.path.join(folder, name), os.R_OK)  # noqa: PTH118  as text: there may be 100,000
        )
    if shut:
        shown = ", ".join(os.path.relpath(path, root) for path in sorted(shut)[:_SHOWN])
        more = f" and {len(shut) - _SHOWN} more" if len(shut) > _SHOWN else ""
        at = as_argument(str(root))
        todo = f"make them yours: sudo chown -R $USER {at} && chmod -R u+rwX {at}"
        yield Check("permissions", "bad", f"can't be read, or written in: {shown}{more}", todo)
    else:
        yield Check("permissions", "ok", "all notes can be read, all folders be written in")
    state = state_folder()
    # (It is made on first use.)
    nearest = next(folder for folder in (state, *state.parents) if os.path.lexists(folder))
    if nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK):
        yield Check("state folder", "ok", str(state))
    else:
        yield Check(
            "state folder", "bad", f"{state} can't be written in", "make it yours, or set XDG_STATE_HOME"
        )


def _cache(vault: Vault) -> Check:
    with closing(Cache(vault.root, vault.fingerprint)) as cache:
        known = len(cache.load().entries)
        if cache.trouble:
            todo = "each start reads all notes until then; free the disk, or set XDG_CACHE_HOME"
            return Check("cache", "warn", cache.trouble, todo)
        return Check("cache", "ok", f"knows {known} notes: {cache.file}")


def _order(vault: Vault) -> Check:
    if "fm-order" in vault.config.on:
        return Check("order", "ok", "`fm-order` is on: properties are put into the order of their kind")
    how = "`[rules] fm-order = true` in .vaultsync/config.toml puts properties into the order of their kind"
    return Check("order", "ok", f"`fm-order` is off, as it is by default; {how}")


def _consent(root: Path) -> Check:
    if has_consent(root):
        return Check("consent", "ok", "you agreed on this machine that rules change the vault's notes")
    todo = "`vaultsync fix --diff` shows what would change, `vaultsync fix --yes` agrees"
    return Check("consent", "warn", "nobody agreed yet on this machine: no rule changes a note", todo)


def _plugin(root: Path) -> Check:
    state = plugin_state(root)
    if not state.installed:
        return Check("plugin", "ok", "not installed; `vaultsync plugin install` brings it to Obsidian")
    if not state.current:
        found = f"version {state.installed} in the vault, {state.version} here"
        return Check("plugin", "bad", found, "bring it up to date: vaultsync plugin install")
    if not state.on:
        return Check("plugin", "ok", "installed, and not turned on in Obsidian")
    return Check("plugin", "ok", f"version {state.installed}, turned on in Obsidian")


def _daemon(root: Path) -> Check:
    running = Place(root).running()
    if running is None:
        return Check("daemon", "ok", "none runs; `vaultsync daemon --detach` starts one")
    if running.waiting is not None:
        return Check("daemon", "bad", running.waiting.message, running.waiting.hint)
    if running.degraded:
        return Check("daemon", "warn", "; ".join(running.degraded), f"see {running.log}")
    return Check("daemon", "ok", f"process {running.pid}, watching by {running.watch.how}")


def _positive(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value > 0


def _json(root: Path, name: str, wanted: type = dict) -> Any:
    """One of Obsidian's JSON files if it is of the wanted form; else an empty one."""
    empty: Any = wanted() if wanted is not object else {}
    found = obsidian_json(root, name)
    return found if isinstance(found, wanted) else empty
