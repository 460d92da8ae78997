"""Vaults in which another program writes back what a rule mends, one for each family of rules."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from gitrepo import Repo
from smallvault import write

from vaultsync.core.config.config import DECISIONS_PATH
from vaultsync.core.links.decisions import Decisions, parse_decisions

PAPER = '---\ntitle: "QuxNet7: Learning zork things"\naliases:\n  - Wib7Fold\ntags:\n  - paper\n---\n\nbody\n'
TALK = "---\ntitle: C\ndate: 2025-04-07\ntags:\n  - conference\n---\n# Monday\n## Talk: Zib\n"

Rewriter = Callable[[str, int], str]
"""What the other program makes of a note's text, for the so-manieth time."""


def stamped(text: str, time: int) -> str:
    """A time stamp in the program's own form, another one each time."""
    head, _, rest = text.partition("modified:")
    return f"{head}modified: 2025/11/26 10:{time:02}{rest[rest.index(chr(10)) :]}"


def same_tags(text: str, _time: int) -> str:
    """The same bytes each time: tags as text."""
    return "---\ntags: alpha, beta\n---\n" + text.split("---\n", 2)[2]


def math_line(text: str, time: int) -> str:
    """A generated line with GitLab's math, and a counter."""
    return text.split("count", 1)[0] + f"count {time}: the loss $`x^{time}`$ falls\n"


def without_block(text: str, _time: int) -> str:
    """No comments: the list of mentions goes."""
    return text.split("\n%% vaultsync:begin")[0]


def plain_words(text: str, _time: int) -> str:
    """No links."""
    return text.replace("[[P|", "").replace("]]", "")


WARS: dict[str, tuple[str, str, Rewriter, tuple[str, str]]] = {
    "front matter, a new time stamp each time": (
        "N.md",
        "---\nmodified: 2025-11-26\n---\nText.\n",
        stamped,
        ("fm-dates", "modified"),
    ),
    "front matter, the same bytes": (
        "N.md",
        "---\ntags:\n  - alpha\n---\nText.\n",
        same_tags,
        ("fm-tags", "tags"),
    ),
    "the body": ("N.md", "Text.\n\ncount 0\n", math_line, ("md-math", "count 0 the loss x 0 falls")),
    "a managed block": ("P.md", PAPER, without_block, ("link-mentions", "mentions")),
    "a link": ("C.md", TALK + "- saw QuxNet7 today\n", plain_words, ("link-in-place", "")),
}
"""Note, its text at first, what the program does to it, and the rule that keeps off, with the place."""


def vault_at_war(root: Path, name: str) -> Repo:
    """A vault for the war of this name, with all of it committed, before the first shot."""
    note, text, _, _ = WARS[name]
    notes = {"P.md": PAPER, "C.md": TALK + "- saw [[P]] today\n", note: text}
    repo = Repo(write(root, notes))
    repo.git("init", "-q")
    repo.save("as found")
    return repo


def shoot(repo: Repo, name: str, time: int) -> None:
    """The other program rewrites the note."""
    note, _, rewriter, _ = WARS[name]
    file = repo.path / note
    file.write_text(rewriter(file.read_text(encoding="utf-8"), time), encoding="utf-8", newline="")


def decided(repo: Repo) -> Decisions:
    """What is decided in the vault."""
    file = repo.path / DECISIONS_PATH
    return parse_decisions(file.read_text(encoding="utf-8") if file.exists() else "")


def by_rules(repo: Repo) -> list[str]:
    """The subjects of the commits that rules made, the oldest first."""
    form = "%s%x00%(trailers:key=Vaultsync-Rules,valueonly)%x00%(trailers:key=Vaultsync-Run,valueonly)%x01"
    found = [
        line.strip().split("\0") for line in repo.git("log", "--reverse", f"--format={form}").split("\x01")
    ]
    return [parts[0] for parts in found if len(parts) == 3 and parts[2].strip()]


_PROGRAM = """
import pathlib, sys, time
sys.path[:0] = {path!r}
import wars
file = pathlib.Path(sys.argv[1])
rewriter = wars.WARS[sys.argv[2]][2]
last, times = None, 0
while True:
    text = file.read_bytes().decode()
    if text != last:
        times += 1
        last = rewriter(text, times % 60)
        if last != text:
            file.write_bytes(last.encode())
    time.sleep(0.02)
"""


@contextmanager
def other_program(repo: Repo, name: str) -> Iterator[None]:
    """Another process that rewrites the note whenever it has changed."""
    code = _PROGRAM.format(path=[p for p in sys.path if p])
    running = subprocess.Popen([sys.executable, "-c", code, str(repo.path / WARS[name][0]), name])
    try:
        yield
        assert running.poll() is None, "the other program has ended by itself"
    finally:
        running.kill()
        running.wait()
