"""`python -m bench.two_readers --yaml FOLDER`: our reader of front matter beside Obsidian's.

Obsidian reads front matter with the npm package `yaml`: what that takes is valid, and what it refuses has to
be reported. Both read blocks that are made up to be odd. FOLDER is one in which `npm install yaml` was run;
node has to be on the path. Blocks are made from a number, so that a difference can be looked at again:
`--show KIND` prints the first ones of a kind.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from vaultsync.core.frontmatter.block import parse_front_matter
from vaultsync.core.frontmatter.yaml_values import Value, same_value

KEYS = ("a", "tags", "title", "b c", '"q"', "'s'", "aliases", "x-y", "1", "?", "é")
TOKENS = (
    *(
        "a",
        "b",
        "word",
        "two words",
        "1",
        "1.10",
        "true",
        "~",
        "é",
        "@x",
        "`y`",
        "%z",
        "&n",
        "*n",
        "!t",
        "http://x.y",
    ),
    *(
        ": ",
        ":",
        "?",
        "-",
        "- ",
        "[",
        "]",
        "{",
        "}",
        ",",
        ", ",
        "#",
        " #",
        " # c",
        "'",
        '"',
        "\\",
        "|",
        ">",
        "=",
        "!",
    ),
    *(
        " ",
        "\t",
        "\n",
        "\n  ",
        "\n\t",
        "\n- ",
        "\n  - ",
        "\nb: ",
        "[[x]]",
        '"q"',
        "'s'",
        "[a, b]",
        "{a: b}",
        ":?",
        "a:b",
    ),
)
WHOLE = (
    "",
    "text",
    "[a, b]",
    "{a: b}",
    '"a b"',
    "'a b'",
    "|\n  x\n  y",
    ">-\n  x\n",
    "\n  - a\n  - b",
    "\n- a\n- b",
    "[[x]]",
    '"open\n  closed"',
    '"open\nclosed"',
    "'open\nclosed'",
    "word\nmore",
    "word\n  more",
    '"a"#b',
    "'a' #b",
    "[a,\nb]",
    "[a,\n  b]",
    "{a: 1,\n b: 2}",
    "[a:?]",
    "[a, b:]",
    "\n  -\ta",
    "\n  -\t- a",
    "- a",
    "a: b",
    "[a]: b",
    "[#x]",
    "[a #x]",
    "&x a",
    "*x",
    "!!str 1",
)

READ = """
const YAML = require('yaml');
let text = '';
process.stdin.on('data', part => text += part).on('end', () => {
  const out = JSON.parse(text).map(block => {
    try {
      const doc = YAML.parseDocument(block);
      const error = doc.errors[0];
      if (error) return {error: error.code + ': ' + error.message.split('\\n')[0]};
      const value = doc.toJS({maxAliasCount: 1000});
      return {value: JSON.stringify(value, (key, v) => v instanceof Map ? Object.fromEntries(v)
        : typeof v === 'bigint' || (typeof v === 'number' && !isFinite(v)) ? String(v) : v)};
    } catch (error) { return {error: 'thrown: ' + String(error).split('\\n')[0]}; }
  });
  process.stdout.write(JSON.stringify(out));
});
"""


def block_of(seed: int) -> str:
    """The inside of a block, some properties of which most are odd."""
    dice = random.Random(seed)
    lines = []
    for _ in range(dice.randrange(1, 4)):
        key = dice.choice(KEYS)
        if dice.random() < 0.4:
            value = dice.choice(WHOLE)
        else:
            value = "".join(dice.choice(TOKENS) for _ in range(dice.randrange(1, 6)))
        lines.append(f"{key}:{dice.choice((' ', ' ', ' ', '', '  ', chr(9)))}{value}")
    return "\n".join(lines) + "\n"


def theirs(blocks: Sequence[str], folder: Path) -> list[dict[str, Any]]:
    """What the npm package makes of each block: a `value` as JSON, or an `error`."""
    done = subprocess.run(
        ["node", "-e", READ],
        input=json.dumps(list(blocks)),
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def difference(block: str, other: dict[str, Any]) -> str:
    """The kind of difference between the two readers; empty for none."""
    front = parse_front_matter(f"---\n{block}---\n")
    if front is None or front.content.of(f"---\n{block}---\n") != block:
        return ""  # a fence within: another block than was meant
    refused = front.error.message if front.error is not None else "twice" if front.duplicates else ""
    if "error" in other:
        return "" if refused else f"they refuse, we take: {other['error'].partition(':')[0]}"
    value = json.loads(other["value"]) if other.get("value") else None
    if refused:
        if not isinstance(value, dict | None) and front.error is not None:
            return ""  # valid, and no properties
        return "they take, we refuse: " + ("twice" if not front.error else front.error.message[:40])
    ours = front.values()
    if value is not None and not isinstance(value, dict):
        return "they see no mapping"
    return "" if _same(ours, value or {}) else "another value"


def _same(ours: Value, other: Value) -> bool:
    if isinstance(ours, dict) and isinstance(other, dict):
        return len(ours) == len(other) and all(
            str(k) in other and _same(v, other[str(k)]) for k, v in ours.items()
        )
    if isinstance(ours, list) and isinstance(other, list):
        return len(ours) == len(other) and all(map(_same, ours, other))
    if isinstance(ours, float) and (math.isnan(ours) or math.isinf(ours)):
        return isinstance(other, str)
    return same_value(ours, other)


def differences(seeds: Sequence[int], folder: Path) -> Iterator[tuple[int, str, str, dict[str, Any]]]:
    """The blocks that the two read otherwise: seed, kind, text, what the other makes of it."""
    for start in range(0, len(seeds), 5000):
        part = seeds[start : start + 5000]
        blocks = [block_of(seed) for seed in part]
        for seed, block, other in zip(part, blocks, theirs(blocks, folder), strict=True):
            if kind := difference(block, other):
                yield seed, kind, block, other


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; gives the exit code: 1 for a difference."""
    parser = argparse.ArgumentParser(prog="python -m bench.two_readers", description=__doc__)
    parser.add_argument(
        "--yaml", type=Path, required=True, metavar="FOLDER", help="where `npm install yaml` was run"
    )
    parser.add_argument("--cases", type=int, default=30_000)
    parser.add_argument(
        "--show", default="", metavar="KIND", help="print blocks whose kind of difference has this"
    )
    parser.add_argument("--first", type=int, default=10, help="so many of them")
    options = parser.parse_args(arguments)
    kinds: Counter[str] = Counter()
    shown = 0
    for seed, kind, block, other in differences(range(options.cases), options.yaml):
        kinds[kind] += 1
        if options.show and options.show in kind and shown < options.first:
            shown += 1
            front = parse_front_matter(f"---\n{block}---\n")
            print(f"--- {seed}: {kind}\n{block}theirs: {other}\nours: {front.values() if front else None}")
    for kind, count in kinds.most_common():
        print(f"{count:6} {kind}")
    print(f"{kinds.total()} of {options.cases} blocks are read otherwise")
    return 1 if kinds else 0


if __name__ == "__main__":
    sys.exit(main())
