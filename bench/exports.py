"""`python -m bench.exports`: what Pandoc and biber read of our exports.

The libraries are the golden ones of `tests/data/views`, which hold all that is hard to write down. Pandoc
(`pypandoc-binary`, in an environment of its own, or `--pandoc`) turns each form into CSL-JSON; the same
papers must come out, with their titles, years and numbers of authors. Biber, where it is installed, must read
the BibTeX without a warning.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unicodedata
import venv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.measure import PROJECT, machine, table

LIBRARIES = PROJECT / "tests" / "data" / "views"
FORMS = {"bib": ("bibtex", "biblatex"), "csl": ("csljson",), "ris": ("ris",)}
"""The ending of each form, and what Pandoc calls it."""

PACKAGE = "pypandoc-binary==1.17"
NOT_OURS = re.compile(r"Field '(?:archiveprefix|submitted)' invalid|Missing mandatory field")
"""What biber's check of its data model says of fields that others read, and of what a note doesn't state."""


def pandoc(folder: Path) -> str:
    """Pandoc in an environment of its own."""
    venv.create(folder, with_pip=True)
    python = str(folder / ("Scripts" if os.name == "nt" else "bin") / "python")
    quiet = ["--quiet", "--disable-pip-version-check"]
    subprocess.run([python, "-m", "pip", "install", *quiet, PACKAGE], check=True)
    code = "import pypandoc; print(pypandoc.get_pandoc_path())"
    return subprocess.run([python, "-c", code], check=True, capture_output=True, text=True).stdout.strip()


def told(item: dict[str, Any]) -> tuple[str, str, int]:
    """What has to come through: the title's letters, the year, the number of authors."""
    title = re.sub(r"<[^<>]*>|[\W_]", "", unicodedata.normalize("NFKC", str(item.get("title", ""))))
    parts = item.get("issued", {}).get("date-parts", [[""]])
    return title.casefold(), str(parts[0][0]), len(item.get("author", ()))


def read_by_pandoc(program: str, file: Path, form: str) -> list[dict[str, Any]]:
    """The items that Pandoc finds in a library."""
    done = subprocess.run(
        [program, str(file), "--from", form, "--to", "csljson"], capture_output=True, text=True, check=True
    )
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def warnings_of_biber(program: str, file: Path, folder: Path) -> list[str]:
    """What biber has to say of a library."""
    library = folder / "library.bib"
    shutil.copyfile(file, library)
    argv = [program, "--tool", "--validate-datamodel", "--output-file", str(folder / "out.bib"), str(library)]
    done = subprocess.run(argv, cwd=folder, capture_output=True, text=True, check=False)
    lines = [line for line in (done.stdout + done.stderr).splitlines() if line.startswith(("WARN", "ERROR"))]
    return [line for line in lines if not NOT_OURS.search(line)]


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.exports", description=__doc__)
    parser.add_argument("--pandoc", help="Pandoc, if it is installed already")
    options = parser.parse_args(arguments)
    print(machine())
    rows: list[tuple[str, ...]] = []
    faults = 0
    with tempfile.TemporaryDirectory(prefix="vaultsync-exports-") as name:
        program = options.pandoc or pandoc(Path(name) / "environment")
        biber = shutil.which("biber")
        for library in sorted(folder for folder in LIBRARIES.iterdir() if folder.is_dir()):
            wanted = json.loads((library / "library.csl").read_text(encoding="utf-8"))
            for ending, forms in FORMS.items():
                for form in forms:
                    found = read_by_pandoc(program, library / f"library.{ending}", form)
                    other = sorted(map(told, found)) != sorted(map(told, wanted))
                    faults += other
                    rows.append(
                        (
                            f"{library.name}: Pandoc, {form}",
                            f"{len(found)} of {len(wanted)}",
                            "other" if other else "same",
                        )
                    )
                    for one, two in zip(sorted(map(told, found)), sorted(map(told, wanted)), strict=False):
                        if one != two:
                            rows.append((f"  {one}", "", f"{two}"))
            if biber is not None:
                said = warnings_of_biber(biber, library / "library.bib", Path(name))
                faults += len(said)
                rows.append(
                    (f"{library.name}: biber", f"{len(said)} warnings", said[0][:90] if said else "none")
                )
    print(table(("exports", "papers", "as they are"), rows))
    if biber is None:
        print("biber is not installed: its check was left out")
    return int(faults > 0)


if __name__ == "__main__":
    sys.exit(main())
