"""Pictures of the terminal, made from real runs: run it, and it writes `docs/pictures/*.svg`.

Each command runs on a terminal of 80 columns in a copy of the example vault. An SVG shows what it printed,
line after line at the pace of a reader, in the colours of the terminal; with "reduced motion" all at once.
"""

from __future__ import annotations

import html
import os
import pty
import re
import struct
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from fcntl import ioctl
from pathlib import Path
from termios import TIOCSWINSZ

from rich.color import ColorSystem
from rich.style import Style
from rich.terminal_theme import DIMMED_MONOKAI
from rich.text import Text

ROOT = Path(__file__).parents[2]
COLUMNS, ROWS = 80, 40
SIGN_WIDTH, LINE_HEIGHT, MARGIN = 8.4, 19, 16
TYPED = 0.045
"""Seconds for a typed sign."""
READ = 0.12
"""Seconds until the next line of output."""

SCENES = {
    "demo": ["vaultsync demo"],
    "diff": [
        "cd vaultsync-demo",
        "echo '- HuBERT for music, too?' >> 'Conferences/Workshop Spracherkennung 2023.md'",
        "vaultsync fix --diff 'Workshop Spracherkennung 2023'",
        "vaultsync fix 'Workshop Spracherkennung 2023' HuBERT",
        "vaultsync log -n 2",
    ],
}


def main() -> None:
    """Run the scenes one after the other, each where the last one left off."""
    target = ROOT / "docs/pictures"
    target.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        for name, commands in SCENES.items():
            lines: list[tuple[bool, Text]] = []
            for command in commands:
                said, here = on_a_terminal(command, here, Path(folder))
                lines.append((True, Text.assemble(("$ ", "bold green"), command)))
                lines += ((False, Text.from_ansi(line)) for line in said.splitlines())
            (target / f"{name}.svg").write_text(picture(lines), encoding="utf-8")


def on_a_terminal(command: str, here: Path, home: Path) -> tuple[str, Path]:
    """What a command prints on a terminal, and the folder that the shell is in afterwards."""
    ours, theirs = pty.openpty()
    ioctl(theirs, TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    environ = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(home),
        "TERM": "xterm-256color",
        "COLUMNS": str(COLUMNS),
        "GIT_PAGER": "cat",
        **{f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER") for what, value in PERSON.items()},
        **{f"XDG_{kind}_HOME": str(home / kind) for kind in ("STATE", "CACHE", "CONFIG")},
    }
    script = f"{command}\npwd > {home}/.here"
    child = subprocess.Popen(
        ["bash", "-c", script], cwd=here, env=environ, stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    said = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:  # Linux's word for "the other side is closed"
            break
        if not piece:
            break
        said += piece
    os.close(ours)
    child.wait()
    shown = said.decode(errors="replace").replace("\r\n", "\n").replace(str(home), "~")
    text = "\n".join(line for line in shown.split("\n") if "━" not in line)  # a progress bar, long gone
    return text, Path((home / ".here").read_text(encoding="utf-8").strip())


PERSON = {"NAME": "Ada", "EMAIL": "ada@example.org"}


def picture(lines: Sequence[tuple[bool, Text]]) -> str:
    """The lines as an SVG; each tells whether it is typed."""
    rows = [(typed, part) for typed, line in lines for part in _wrapped(line)]
    height = len(rows) * LINE_HEIGHT + 2 * MARGIN
    width = COLUMNS * SIGN_WIDTH + 2 * MARGIN
    body, clock = [], 0.3
    for number, (typed, line) in enumerate(rows):
        y = MARGIN + (number + 0.75) * LINE_HEIGHT
        body.append(f'<g style="animation-delay:{clock:.2f}s">{"".join(_spans(line, y))}</g>')
        clock += len(line) * TYPED + 0.3 if typed else READ
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" role="img" '
        f'aria-label="{html.escape(rows[0][1].plain.removeprefix("$ "))} and what it prints">\n'
        "<style>text{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;white-space:pre}"
        "g{opacity:0;animation:s .01s forwards}@keyframes s{to{opacity:1}}"
        "@media (prefers-reduced-motion:reduce){g{animation:none;opacity:1}}</style>\n"
        f'<rect width="100%" height="100%" rx="8" fill="#1e1e22"/>\n' + "\n".join(body) + "\n</svg>\n"
    )


def _wrapped(line: Text) -> Iterator[Text]:
    for start in range(0, max(1, len(line)), COLUMNS):
        yield line[start : start + COLUMNS] if len(line) else line


def _spans(line: Text, y: float) -> Iterator[str]:
    """The runs of one style, each a text element at its place."""
    if not line.plain.strip():
        return
    for run in re.finditer(r"(.)\1*", "".join(_letter(line, i) for i in range(len(line)))):
        text = line.plain[run.start() : run.end()]
        if text.strip():
            x = MARGIN + run.start() * SIGN_WIDTH
            length = f' textLength="{len(text) * SIGN_WIDTH:g}"' if text.isascii() else ""
            style = _STYLES[ord(run[1]) - 0x4E00]
            yield f'<text x="{x:g}" y="{y:g}"{length} {style}>{html.escape(text, quote=False)}</text>'


_STYLES: list[str] = []


def _letter(line: Text, index: int) -> str:
    """A sign that stands for the style at a place, so that runs of one style are runs of one sign."""
    style = line.get_style_at_offset(_CONSOLE, index)
    svg = _svg_style(style)
    if svg not in _STYLES:
        _STYLES.append(svg)
    return chr(0x4E00 + _STYLES.index(svg))


def _svg_style(style: Style) -> str:
    colour = "#d9d9d9"
    if style.color is not None:
        red, green, blue = style.color.downgrade(ColorSystem.TRUECOLOR).get_truecolor(DIMMED_MONOKAI)
        colour = f"#{red:02x}{green:02x}{blue:02x}"
    weight = ' font-weight="bold"' if style.bold else ""
    faint = ' opacity=".6"' if style.dim else ""
    return f'fill="{colour}"{weight}{faint}'


if __name__ == "__main__":
    from rich.console import Console

    _CONSOLE = Console()
    main()
