"""`python -m bench.plugin`: what the plugin's presence costs, and whose words its saves are.

Four measures: `/v1/fix` of a 500-line conference note in a warm daemon over a large vault; that daemon's
memory and idle CPU with a client that asks as the plugin does; the longest frame of a real editor with 5,000
lines while the plugin fixes them (needs Chromium and `npm ci` in tests/plugin); and saves in Obsidian's way,
after which nothing may be missing, and no commit may credit the person's words to vaultsync or the reverse.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.generate import generate
from bench.measure import PROJECT, environment, machine, make_repository, median, run, table, vaultsync
from bench.running import Running

TARGETS = {"fix": 0.030, "memory": 130e6, "idle": 0.001, "frame": 0.050}
"""Seconds, bytes, share of a processor, seconds (issue 19)."""

NOTE = "Conferences/Bench of the Plugin.md"
WAIT = 25.0
"""Seconds for which the plugin's status waits."""
_START = 600.0
_LINK = re.compile(r"\[\[(?:[^\[\]|]*\|)?([^\[\]|]*)\]\]")


class Client:
    """Asks the daemon as the plugin does."""

    def __init__(self, state: Path) -> None:
        self._state = state

    def ask(self, method: str, path: str, body: object = None) -> Any:
        (file,) = self._state.glob("vaultsync/daemon/*.api.json")
        address = json.loads(file.read_bytes())
        connection = http.client.HTTPConnection(address["url"].removeprefix("http://"), timeout=120)
        headers = {"Authorization": f"Bearer {address['token']}", "Content-Type": "application/json"}
        connection.request(method, f"/v1{path}", None if body is None else json.dumps(body), headers)
        answer = connection.getresponse()
        found = json.loads(answer.read())
        connection.close()
        if answer.status != 200:
            raise RuntimeError(f"{method} {path}: {answer.status} {found}")
        return found


def in_editor(text: str, edits: Sequence[Mapping[str, Any]]) -> str:
    """The text after edits; all of it is in the basic plane here."""
    for edit in reversed(edits):
        text = text[: edit["from"]] + edit["text"] + text[edit["to"] :]
    return text


def conference(lines: int, mentioned: Sequence[str]) -> str:
    """A note with sessions that mention papers by their titles."""
    body = []
    for number in range(lines):
        if number % 25 == 0:
            body.append(f"\n## Talk: Session {number}\n")
        title = mentioned[number % len(mentioned)] if number % 10 == 5 else "something said of nothing"
        body.append(f"- line {number}: {title}")
    return (
        "---\ntitle: Bench of the Plugin\ntags:\n  - conference\ndate: 2025-04-06\n---\n# Montag Vormittag\n"
        + "\n".join(body)
        + "\n"
    )


def titles(vault: Path, count: int) -> list[str]:
    """Titles of papers of the vault."""
    found = []
    for file in sorted((vault / "Papers").rglob("*.md")):
        if match := re.search(r"^title: \"?(.+?)\"?$", file.read_text(encoding="utf-8"), re.MULTILINE):
            found.append(match[1])
        if len(found) == count:
            break
    return found


def requests(
    client: Client, running: Running, vault: Path, env: Mapping[str, str], runs: int
) -> list[tuple[str, ...]]:
    """`/fix` of a note of 500 lines that git knows: at rest, and with mentions to link.

    Medians, the slowest, CPU time.
    """
    known = titles(vault, 20)
    text = conference(500, known) + f"\n- seen before: [[{next((vault / 'Papers').rglob('*.md')).stem}]]\n"
    client.ask("POST", "/hold", {"open": [NOTE], "seconds": 600})
    (vault / NOTE).write_text(text, encoding="utf-8")
    run(["git", "add", NOTE], env=env, cwd=vault)
    run(["git", "commit", "--quiet", "--message", "a note", "--", NOTE], env=env, cwd=vault)
    client.ask("POST", "/fix", {"path": NOTE, "text": text})
    edits = client.ask("POST", "/fix", {"path": NOTE, "text": text})["edits"]
    tidy = in_editor(text, edits)
    rows = []
    for name, sent in ((f"{len(edits)} edits", text), ("nothing to do", tidy)):
        taken, before = [], running.use()
        for number in range(runs):
            typed = sent.replace("line 250:", f"line 250, typed {number}:")
            begun = time.perf_counter()
            client.ask("POST", "/fix", {"path": NOTE, "text": typed})
            taken.append(time.perf_counter() - begun)
        after = running.use()
        own, of_git = (
            1000 * (getattr(after, part) - getattr(before, part)) / runs for part in ("cpu", "children")
        )
        name = f"{name} ({own:.0f} ms of CPU, git {of_git:.0f})"
        kept = "kept" if median(taken) <= TARGETS["fix"] else "MISSED"
        rows.append(
            (f"/fix, {name}", f"{1000 * median(taken):.1f}", f"{1000 * max(taken):.1f}", f"≤ 30 {kept}")
        )
    return rows


def idle(client: Client, running: Running, seconds: float) -> tuple[float, int]:
    """The share of a processor, and the memory, of a daemon with a client that only waits for news."""
    ends = time.monotonic() + seconds
    before = running.use()
    number = client.ask("GET", "/status")["number"]
    while time.monotonic() < ends:
        client.ask("POST", "/hold", {"open": [NOTE], "seconds": 90})
        wait = min(WAIT, max(0.0, ends - time.monotonic()))
        number = client.ask("GET", f"/status?since={number}&wait={wait:.1f}")["number"]
    after = running.use()
    return (after.cpu - before.cpu) / seconds, after.memory


def frames(home: Path) -> tuple[float, float] | None:
    """While the plugin fixes 5,000 lines: the longest frame, and the longest task's time of the processor.

    In seconds; None without a browser.
    """
    folder = PROJECT / "tests" / "plugin"
    node = shutil.which("node")
    if node is None or not (folder / "node_modules").is_dir():
        return None
    env = {**os.environ, "VAULTSYNC_PYTHON": sys.executable, "HOME": str(home)}
    said = run([node, str(folder / "browser" / "frames.mjs")], env=env, cwd=folder).out
    told = json.loads(said)
    return float(told["longest"]) / 1000, float(told["cpu"]) / 1000


class Author(threading.Thread):
    """Somebody who writes in one note, whose editor saves now and then, and whose plugin fixes at pauses."""

    def __init__(self, client: Client, vault: Path, number: int, saves: int, pause: float) -> None:
        super().__init__(name=f"author {number}")
        self.note = f"Conferences/Author {number}.md"
        self.tokens: list[str] = []
        self.runs = 0
        self.error: Exception | None = None
        self._client, self._file = client, vault / self.note
        self._saves, self._pause, self._dice = saves, pause, random.Random(number)

    def run(self) -> None:
        try:
            text = f"---\ntitle: {self._file.stem}\ntags:\n  - conference\n---\n"
            for count in range(self._saves):
                token = f"w{self.name[-1]}x{count}y"
                self.tokens.append(token)
                text += f"\n## Talk: {token}\n\n- {token}: as slow as DiffSBDD\n"
                self._client.ask("POST", "/hold", {"paths": [self.note], "seconds": 15})
                self._file.write_text(text, encoding="utf-8")
                time.sleep(self._dice.random() * self._pause)
                if self._dice.random() < 0.3:
                    text = self._fix(text, count)
        except Exception as error:  # noqa: BLE001  told by the bench, which goes on to the others
            self.error = error

    def _fix(self, text: str, count: int) -> str:
        """As the plugin does; now and then the person types on meanwhile, or the plugin dies."""
        slip = self._dice.random()
        fixed = self._client.ask("POST", "/fix", {"path": self.note, "text": text, "apply": True})
        applied = {"path": self.note, "digest": fixed["after"], "run": fixed["run"]}
        if not fixed["run"]:
            return text
        if slip < 0.1:  # typed meanwhile: the answer is dropped
            self._client.ask("POST", "/applied", {**applied, "digest": fixed["digest"]})
            return text
        text = in_editor(text, fixed["edits"])
        self._file.write_text(text, encoding="utf-8")  # in the same breath as the edits: no key comes between
        if slip < 0.3:  # the editor's next save comes before the plugin could say so, or it died before that
            time.sleep(self._pause / 2 * self._dice.random())
            token = f"v{self.name[-1]}x{count}y"
            self.tokens.append(token)
            text += f"- {token}: typed on\n"
            self._file.write_text(text, encoding="utf-8")
        if not 0.1 <= slip < 0.2:
            self.runs += self._client.ask("POST", "/applied", applied)["ours"]
        return text


def soak(folder: Path, saves: int, pause: float) -> list[tuple[str, ...]]:
    """Authors on a small vault; what is missing, and which commits credit the wrong one."""
    vault, home = folder / "vault", folder / "home"
    for name in ("Conferences", "Papers", ".obsidian"):
        (vault / name).mkdir(parents=True)
    home.mkdir()
    paper = "---\ntitle: 'DiffSBDD: Structure-based Drug Design'\ntags:\n  - paper\n---\n"
    (vault / "Papers" / "DiffSBDD.md").write_text(paper, encoding="utf-8")
    env = environment(home)
    make_repository(vault, env)
    running = Running(vault, env, "[watch]\nquiet = 1.0\n")
    try:
        running.until(lambda told: told["state"] == "idle" and told["api"] is not None, "the API", _START)
        client = Client(Path(env["XDG_STATE_HOME"]))
        authors = [Author(client, vault, number, -(-saves // 4), pause) for number in range(4)]
        client.ask("POST", "/hold", {"open": [author.note for author in authors], "seconds": 600})
        stop = threading.Event()

        def keep_open() -> None:
            while not stop.wait(20):
                client.ask("POST", "/hold", {"open": [author.note for author in authors], "seconds": 90})

        threading.Thread(target=keep_open, daemon=True).start()
        for author in authors:
            author.start()
        for author in authors:
            author.join()
        stop.set()
        client.ask("POST", "/hold", {"open": [], "seconds": 1})
        for author in authors:
            client.ask("POST", "/hold", {"paths": [author.note], "seconds": 0.1})
        time.sleep(2)
        running.await_rest()
    finally:
        running.stop()
    if errors := [author.error for author in authors if author.error is not None]:
        raise RuntimeError("an author was refused") from errors[0]
    missing, wrong = 0, []
    for author in authors:
        text = (vault / author.note).read_text(encoding="utf-8")
        missing += sum(f"- {token}:" not in text for token in author.tokens)
        wrong += miscredited(vault, author.note, env)
    made = sum(author.runs for author in authors)
    return [
        ("saves", str(sum(len(author.tokens) for author in authors)), ""),
        ("fixes that the plugin applied", str(made), ""),
        ("words missing", str(missing), "0 " + ("kept" if not missing else "MISSED")),
        ("commits that credit the wrong one", str(len(wrong)), "0 " + ("kept" if not wrong else "MISSED")),
        *((f"  {one}", "", "") for one in wrong[:5]),
    ]


def miscredited(vault: Path, note: str, env: Mapping[str, str]) -> list[str]:
    """Commits of a note in which one side has words, or links, of the other.

    A run of vaultsync adds links and nothing that can be read; the person here never writes a link.
    """

    def git(*argv: str) -> str:
        return subprocess.run(
            ["git", *argv], cwd=vault, env=env, capture_output=True, text=True, check=True
        ).stdout

    wrong, before = [], ""
    for line in git("log", "--reverse", "--format=%H %s", "--", note).splitlines():
        sha, _, subject = line.partition(" ")
        after = git("show", f"{sha}:{note}")
        if subject.startswith("vaultsync:"):
            if _LINK.sub(r"\1", after) != _LINK.sub(r"\1", before):
                wrong.append(f"{sha[:7]} {subject}: words of the person")
        elif len(_LINK.findall(after)) > len(_LINK.findall(before)):
            wrong.append(f"{sha[:7]} {subject}: links of vaultsync")
        before = after
    return wrong


def large(folder: Path, notes: int, minutes: float, runs: int) -> str:
    """The measures on a large vault."""
    vault, home = folder / "vault", folder / "home"
    home.mkdir()
    generate(vault, notes=notes, seed=1)
    env = environment(home)
    run(vaultsync("fix", "--no-commit", "--yes", "--vault", str(vault)), env=env, ok=(0, 1))
    make_repository(vault, env)
    running = Running(vault, env, "[watch]\nquiet = 3600.0\nmax_wait = 7200.0\n")
    try:
        running.until(lambda told: told["state"] == "idle" and told["api"] is not None, "the API", _START)
        time.sleep(2)
        client = Client(Path(env["XDG_STATE_HOME"]))
        share, memory = idle(client, running, minutes * 60)
        rows = requests(client, running, vault, env, runs)
        after = running.use().memory
    finally:
        running.stop()
    verdict: Callable[[bool], str] = lambda kept: "kept" if kept else "MISSED"  # noqa: E731
    rows += [
        ("idle, % of a processor", f"{100 * share:.3f}", "", f"< 0.1 {verdict(share < TARGETS['idle'])}"),
        (
            "memory, MB",
            f"{memory / 1e6:.0f}",
            f"{after / 1e6:.0f}",
            f"≤ 130 {verdict(memory <= TARGETS['memory'])}",
        ),
    ]
    if (found := frames(home)) is not None:
        longest, own = found
        kept = verdict(longest <= TARGETS["frame"])
        name = f"longest frame, 5,000 lines (ms; {1000 * own:.0f} of CPU)"
        rows.append((name, "", f"{1000 * longest:.1f}", f"≤ 50 {kept}"))
    return table((f"{notes:,} notes", "median", "most", "target"), rows)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.plugin", description=__doc__)
    parser.add_argument("--notes", type=int, default=10_000)
    parser.add_argument("--minutes", type=float, default=1.0, help="of idling (1)")
    parser.add_argument("--runs", type=int, default=20, help="requests of which the median counts (20)")
    parser.add_argument("--saves", type=int, default=2000)
    parser.add_argument("--pause", type=float, default=2.0, help="seconds between saves at most (2)")
    parser.add_argument("--only", choices=("large", "saves"))
    options = parser.parse_args(arguments)
    if sys.platform != "linux":
        parser.error("this needs Linux")
    print(machine())
    with tempfile.TemporaryDirectory(prefix="vaultsync-plugin-") as name:
        folder = Path(name)
        if options.only != "saves":
            (folder / "large").mkdir()
            print(f"\n{large(folder / 'large', options.notes, options.minutes, options.runs)}", flush=True)
        if options.only != "large":
            (folder / "saves").mkdir()
            rows = soak(folder / "saves", options.saves, options.pause)
            print(f"\n{table(('saves in the way of Obsidian', 'found', 'target'), rows)}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
