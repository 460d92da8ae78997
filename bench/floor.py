"""`python -m bench.floor VAULT`: what a vault costs the C libraries alone, as JSON.

Each note's bytes are read, its front matter is composed by libyaml, and the events of its body are taken from
pulldown-cmark, with the options that vaultsync parses with: less is no reading of the vault. One process, and
only the processor's time in this loop counts, not the imports.
"""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import pyromark
import yaml

_FRONT = re.compile(r"---[ \t]*\r?\n(.*?)^---[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE)
_OPTIONS = (
    pyromark.Options.ENABLE_TABLES
    | pyromark.Options.ENABLE_FOOTNOTES
    | pyromark.Options.ENABLE_STRIKETHROUGH
    | pyromark.Options.ENABLE_TASKLISTS
    | pyromark.Options.ENABLE_MATH
    | pyromark.Options.ENABLE_WIKILINKS
)


def floor(vault: Path) -> float:
    """Seconds of the processor for one go over the vault's notes."""
    parser = pyromark.Markdown(options=_OPTIONS)
    paths = [str(path) for path in sorted(vault.rglob("*.md"))]
    begun = time.process_time()
    for path in paths:
        with open(path, "rb", buffering=0) as file:
            text = file.read().decode("utf-8", errors="replace").removeprefix("\ufeff")
        front = _FRONT.match(text)
        if front is not None:
            with suppress(yaml.YAMLError):  # some blocks are broken: libyaml has read them all the same
                yaml.compose(front[1], Loader=yaml.CSafeLoader)
        for _ in parser.events_with_range(text[front.end() if front is not None else 0 :], merge_text=True):
            pass
    return time.process_time() - begun


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; gives the exit code."""
    (vault,) = sys.argv[1:] if arguments is None else arguments
    print(json.dumps(floor(Path(vault))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
