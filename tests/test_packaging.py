"""The package installs from its source as the README says, with all that the demo needs and nothing more."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from conftest import ROOT
from test_docs import fences

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
MODULES = {  # of distributions whose module is named otherwise
    "gitpython": "git",
    "pytest-mock": "pytest_mock",
    "python-frontmatter": "frontmatter",
    "pyyaml": "yaml",
    "ruamel.yaml": "ruamel",
}


def module_of(requirement: str) -> str:
    """The module that a requirement brings, in lower case."""
    name = re.split(r"[<>=!~\[; ]", requirement)[0].lower()
    return MODULES.get(name, name)


def foreign_imports(folder: Path) -> set[str]:
    """The modules from outside the package and the standard library that `folder` imports, at any depth."""
    found = set()
    for file in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                found.add(node.module)
    return {name.partition(".")[0].lower() for name in found} - {"vaultsync"} - sys.stdlib_module_names


def test_the_dependencies_are_exactly_what_the_package_imports() -> None:
    assert {module_of(line) for line in PROJECT["dependencies"]} == foreign_imports(ROOT / "vaultsync")


def test_what_the_tests_import_is_declared_for_them() -> None:
    extra = {module_of(line) for line in PROJECT["optional-dependencies"]["test"]}
    ours = {path.stem for path in (ROOT / "tests").rglob("*.py")} | {"tests", "bench"}
    needed = foreign_imports(ROOT / "tests") - foreign_imports(ROOT / "vaultsync") - ours
    assert needed <= extra


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of a clone, without what this checkout has built."""
    folder = tmp_path_factory.mktemp("clone") / "vaultsync"
    unwanted = shutil.ignore_patterns(
        *("__pycache__", "*.egg-info", ".git", ".venv", ".ci", ".hypothesis", ".*_cache", "build", "dist"),
        *("tests", "bench", "vaultsync-demo"),
    )
    shutil.copytree(ROOT, folder, ignore=unwanted, symlinks=True)
    return folder


def test_the_first_command_of_the_readme_shows_the_demo_on_a_fresh_machine(source: Path) -> None:
    command = next(f.text for f in fences(ROOT / "README.md") if f.language == "sh").strip()
    assert command.endswith("vaultsync demo")
    environ = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    base = f"{sys.base_prefix}/bin"
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=source,
        env={**environ, "PATH": f"{base}{os.pathsep}{environ['PATH']}", "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert "notes changed" in done.stdout
    assert "  .venv/bin/vaultsync --vault vaultsync-demo fix " in done.stdout
    assert (source / "vaultsync-demo/.git").is_dir()
    installed = next((source / ".venv").glob("lib/python*/site-packages/vaultsync"))
    shipped = {
        p.relative_to(ROOT / "example_vault") for p in (ROOT / "example_vault").rglob("*") if p.is_file()
    }
    for path in shipped:
        assert (installed / "example_vault" / path).read_bytes() == (
            ROOT / "example_vault" / path
        ).read_bytes()
    assert (installed / "py.typed").exists()


def test_the_wheel_holds_the_package_the_example_vault_and_the_licence(source: Path) -> None:
    wheels = source.parent / "wheels"
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--wheel-dir", str(wheels), str(source)],
        env={**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
        check=True,
        timeout=300,
    )
    (wheel,) = wheels.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.partition("/")[0] for name in names}
    assert len(tops) == 2, tops
    assert "vaultsync/cli/__init__.py" in names
    assert "vaultsync/example_vault/.obsidian/app.json" in names
    assert [name for name in names if name.endswith("dist-info/licenses/LICENSE")]
    assert not [name for name in names if "__pycache__" in name or name.startswith("tests/")]
