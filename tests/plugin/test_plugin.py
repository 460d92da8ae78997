"""The Obsidian plugin: its own main.js in a real browser with real CodeMirror, over a real daemon and vault.

The tests themselves are in `browser/`, for Node's own runner. `.ci/run` sets VAULTSYNC_PLUGIN_TESTS=require
and brings Chromium and the npm packages; where these are missing otherwise, the tests are skipped, with one
line on how to run them.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from vaultsync import __version__

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PLUGIN = ROOT / "vaultsync" / "api" / "plugin"
NODE = shutil.which("node")
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
SUITES = sorted(file.name for file in (HERE / "browser").glob("*.test.mjs"))


def missing() -> str:
    """What these tests need and this machine lacks; empty if nothing."""
    lacks = [] if NODE else ["Node 20"]
    lacks += [] if CHROMIUM else ["Chromium (or $CHROMIUM)"]
    lacks += [] if (HERE / "node_modules" / ".package-lock.json").is_file() else ["npm ci in tests/plugin"]
    return f"the plugin's tests need {', '.join(lacks)}; `bash .ci/run` brings all of it" if lacks else ""


needs_browser = pytest.mark.skipif(
    bool(missing()) and os.environ.get("VAULTSYNC_PLUGIN_TESTS") != "require", reason=missing()
)


def node(*argv: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    assert NODE, missing()
    env = {
        **{name: value for name, value in os.environ.items() if not name.startswith("XDG_")},
        "VAULTSYNC_PYTHON": sys.executable,
        "CHROMIUM": CHROMIUM or "",
    }
    return subprocess.run(
        [NODE, *argv], cwd=cwd, env=env, capture_output=True, text=True, timeout=600, check=False
    )


@needs_browser
@pytest.mark.parametrize("suite", SUITES)
def test_the_plugin_works_in_a_real_editor_over_a_real_vault(suite: str) -> None:
    done = node("--test", "--test-reporter=tap", f"browser/{suite}", cwd=HERE)
    failed = re.findall(r"^not ok .*?^  \.\.\.$", done.stdout, re.MULTILINE | re.DOTALL)
    assert done.returncode == 0, "\n".join(one[:3000] for one in failed) + done.stderr[-2000:]
    counts = dict(re.findall(r"^# (tests|pass|skipped) (\d+)$", done.stdout, re.MULTILINE))
    assert int(counts["tests"]) == int(counts["pass"]) > 3
    assert counts["skipped"] == "0"


@needs_browser
def test_its_types_hold_without_a_build() -> None:
    tsc = str(HERE / "node_modules" / "typescript" / "bin" / "tsc")
    done = node(tsc, "-p", str(HERE), cwd=HERE)
    assert done.returncode == 0, done.stdout


@needs_browser
def test_it_keeps_the_rules_of_obsidians_list() -> None:
    done = node(str(HERE / "lint.mjs"), cwd=PLUGIN)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["found"] == []
    assert len(told["seen"]) == 1, "a fault has to be seen"


def test_its_folder_stands_on_its_own() -> None:
    manifest = json.loads((PLUGIN / "manifest.json").read_text(encoding="utf-8"))
    assert re.fullmatch(r"[a-z]+(?:-[a-z]+)*", manifest["id"])
    assert "obsidian" not in manifest["id"]
    assert not manifest["id"].endswith("plugin")
    assert manifest["version"] == __version__
    assert manifest["isDesktopOnly"] is True
    assert len(manifest["description"]) <= 250
    assert manifest["description"].endswith(".")
    assert "obsidian" not in manifest["description"].lower()
    versions = json.loads((PLUGIN / "versions.json").read_text(encoding="utf-8"))
    assert versions[__version__] == manifest["minAppVersion"]
    assert (PLUGIN / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()
    readme = (PLUGIN / "README.md").read_text(encoding="utf-8")
    for promise in ("127.0.0.1", "outside the vault", "no telemetry"):
        assert promise in readme


def test_the_lock_file_names_no_host() -> None:
    lock = (HERE / "package-lock.json").read_text(encoding="utf-8")
    assert '"resolved"' not in lock
    packages = json.loads(lock)["packages"]
    wanted = json.loads((HERE / "package.json").read_text(encoding="utf-8"))["devDependencies"]
    for name, version in wanted.items():
        assert packages[f"node_modules/{name}"]["version"] == version
    assert all("integrity" in package for path, package in packages.items() if path)
