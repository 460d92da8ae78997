"""Pictures of what people look at, made from a demo: run it, and it writes `docs/pictures/*.png`.

It needs Chromium (`$CHROMIUM`, or the one on PATH). The report is itself. Obsidian can't run here, so the
note before and after, the base and the canvas are drawn from the very files that Obsidian would read; the
views of the base are evaluated as the tests do it. The plugin's pictures come from its tests in a browser.
"""

from __future__ import annotations

import html
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests/support")]

from bases import File, check_base, rows, value  # noqa: E402
from pictures import on_a_terminal  # noqa: E402

from vaultsync.core.config.config import Config  # noqa: E402
from vaultsync.core.note import Note, note_of  # noqa: E402

CONFERENCE, PAPER = "Conferences/ICASSP 2025.md", "Papers/@hu2021lora.md"
SHOWN = ("### Sparsity", "# Dienstag Nachmittag")
"""The lines of the conference note that are shown: from the first to before the second."""
STYLE = """
body { font: 15px/1.45 "DejaVu Sans", sans-serif; margin: 0; padding: 14px; color: #222; background: #fff }
h2 { font-size: 14px; margin: 0 0 8px; color: #666; font-weight: 600 }
a { color: #6d46d1; text-decoration: none }
ins { background: #e3f6e3; text-decoration: none }
table { border-collapse: collapse; width: 100%; font-size: 13.5px }
td, th { border: 1px solid #ddd; padding: 4px 8px; text-align: left; vertical-align: top }
th { color: #555 }
.two { display: grid; grid-template-columns: 1fr 1fr; gap: 18px }
.note { border: 1px solid #ddd; border-radius: 6px; padding: 12px 14px; overflow: hidden;
  white-space: pre-wrap; font: 12.5px/1.5 "DejaVu Sans Mono", monospace }
.canvas { position: relative; background: #fafafa }
.canvas div { position: absolute; box-sizing: border-box; border: 2px solid #bbb; border-radius: 8px;
  font-size: 12px; overflow: hidden; padding: 6px 8px; background: #fff }
.canvas .group { background: #f1f1f4; overflow: visible; padding: 0 }
.canvas .group span { position: absolute; top: -22px; left: 0; white-space: nowrap; overflow: hidden;
  max-width: 100%; color: #555 }
svg { position: absolute }
"""


def main() -> None:
    """Make a demo, and the pictures of it."""
    target = ROOT / "docs/pictures"
    with tempfile.TemporaryDirectory() as folder:
        _, demo = on_a_terminal("vaultsync demo; cd vaultsync-demo", Path(folder), Path(folder))
        pages = Path(folder) / "pages"
        pages.mkdir()
        report = (demo / "Reports/ICASSP 2025.html").read_text(encoding="utf-8")
        for name, size, dark in (
            ("report-light", (760, 560), False),
            ("report-dark", (760, 560), True),
            ("report-phone", (390, 640), False),
        ):
            picture(report, target / f"{name}.png", size, pages, dark=dark)
        before = ROOT / "example_vault"
        picture(page(side_by_side(before, demo)), target / "before-after.png", (1120, 860), pages)
        picture(page(reading_list(demo)), target / "base.png", (1100, 460), pages)
        picture(page(canvas(demo)), target / "canvas.png", (900, 560), pages)


def picture(text: str, target: Path, size: tuple[int, int], folder: Path, *, dark: bool = False) -> None:
    """A page as Chromium shows it."""
    source = folder / f"{target.stem}.html"
    source.write_text(text, encoding="utf-8")
    browser = os.environ.get("CHROMIUM") or shutil.which("chromium") or "chromium-browser"
    options = (
        *("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"),
        f"--blink-settings=preferredColorScheme={0 if dark else 1}",
        f"--window-size={size[0]},{size[1]}",
        f"--screenshot={target}",
    )
    subprocess.run([browser, *options, source.as_uri()], check=True, capture_output=True, timeout=60)


def page(body: str) -> str:
    """A whole page in our style."""
    return f'<!doctype html><meta charset="utf-8"><style>{STYLE}</style>{body}'


def side_by_side(before: Path, after: Path) -> str:
    """A part of the conference note, and the paper's note, before and after."""
    parts = []
    for path in (CONFERENCE, PAPER):
        old, new = (excerpt((root / path).read_text(encoding="utf-8"), path) for root in (before, after))
        known = set(old)
        shown = [linked(line) if line in known else f"<ins>{linked(line)}</ins>" for line in new]
        for title, lines in (("before", list(map(html.escape, old))), ("after", shown)):
            name = Path(path).stem
            parts.append(
                f'<section><h2>{name}, {title}</h2><div class="note">{chr(10).join(lines)}</div></section>'
            )
    return f'<div class="two">{"".join(parts)}</div>'


def excerpt(text: str, path: str) -> list[str]:
    """The lines of a note that are shown; those that are too long are cut."""
    lines = text.splitlines()
    if path == CONFERENCE:
        start, end = (next(i for i, line in enumerate(lines) if line == mark) for mark in SHOWN)
        lines = lines[start + 1 : end][:9]
    else:
        lines = [line for line in lines if not re.match(r"  - (?!Edward)[A-Z]", line)]
        block = next((i for i, line in enumerate(lines) if "begin mentions" in line), len(lines))
        lines = [*lines[:16], *lines[block : block + 4]]
    return [line if len(line) < 150 else f"{line[:148]}…" for line in lines]


def linked(line: str) -> str:
    """A line with its wikilinks as Obsidian shows them."""
    return re.sub(
        r"\[\[([^\]|]+\|)?([^\]|]+)\]\]", lambda found: f"<a>{found[2].lstrip('@')}</a>", html.escape(line)
    )


def reading_list(demo: Path) -> str:
    """The base's first view, as a table."""
    base = check_base((demo / "Papers.base").read_text(encoding="utf-8"))
    view = base["views"][0]
    columns = [(name, base["properties"].get(name, {}).get("displayName", name)) for name in view["order"]]
    found = rows(base, view["name"], files_of(demo))
    head = "".join(f"<th>{html.escape(title)}</th>" for _, title in columns)
    body = "".join(
        "<tr>" + "".join(f"<td>{shown(value(base, name, file))}</td>" for name, _ in columns) + "</tr>"
        for file in found[:9]
    )
    return f"<h2>{view['name']} · {len(found)} results</h2><table><tr>{head}</tr>{body}</table>"


def shown(found: Any) -> str:
    """A cell of a base."""
    if isinstance(found, File):
        return f"<a>{html.escape(Path(found.path).stem)}</a>"
    if isinstance(found, Sequence) and not isinstance(found, str):
        return ", ".join(map(shown, found))
    return "" if found is None else html.escape(str(found).removesuffix(".md"))


def files_of(vault: Path) -> list[File]:
    """The notes of a vault as a base sees them: papers with links to the conferences that mention them."""
    notes: dict[str, Note] = {
        path.relative_to(vault).as_posix(): note_of(
            path.relative_to(vault).as_posix(), path.read_text("utf-8", "replace"), Config()
        )
        for path in sorted(vault.rglob("*.md"))
    }
    plain = {path: File(path, properties(note), tags(note)) for path, note in notes.items()}
    by_stem = {Path(path).stem: file for path, file in plain.items()}
    files = []
    for path, note in notes.items():
        targets = re.findall(r"\[\[([^\]|#]+)", note.text)
        links = tuple(by_stem.get(target) for target in targets)
        files.append(File(path, properties(note), tags(note), links))
    return files


def properties(note: Note) -> dict[str, Any]:
    """The note's properties."""
    front = note.front
    if front is None or front.error is not None:
        return {}
    return {prop.key: prop.value for prop in front.properties}


def tags(note: Note) -> tuple[str, ...]:
    """The note's tags, of its properties."""
    found = properties(note).get("tags")
    return tuple(map(str, found)) if isinstance(found, list) else ()


def canvas(demo: Path) -> str:
    """The left part of the conference's canvas, its cards with their names."""
    found = json.loads((demo / "Conferences/ICASSP 2025.canvas").read_text(encoding="utf-8"))
    left, top = (min(node[axis] for node in found["nodes"]) for axis in "xy")
    scale = 0.5
    boxes, at = [], {}
    for node in sorted(found["nodes"], key=lambda one: one["type"] != "group"):
        x, y = (node["x"] - left) * scale, (node["y"] - top) * scale + 24
        width, height = node["width"] * scale, node["height"] * scale
        at[node["id"]] = (x, y, width, height)
        style = f"left:{x}px;top:{y}px;width:{width}px;height:{height}px"
        if node["type"] == "group":
            boxes.append(
                f'<div class="group" style="{style}"><span>{html.escape(node["label"])}</span></div>'
            )
        else:
            name = node.get("text") or Path(node["file"]).stem + node.get("subpath", "").replace("#", " › ")
            boxes.append(f'<div style="{style}">{html.escape(name)}</div>')
    curves = []
    for edge in found["edges"]:
        start = end_of(at[edge["fromNode"]], edge["fromSide"])
        end = end_of(at[edge["toNode"]], edge["toSide"])
        out, into = (
            (x + (60 if edge[side] == "right" else -60 if edge[side] == "left" else 0))
            for x, side in ((start[0], "fromSide"), (end[0], "toSide"))
        )
        curves.append(
            f'<path d="M{start[0]} {start[1]} C{out} {start[1]} {into} {end[1]} {end[0]} {end[1]}" '
            'fill="none" stroke="#7b61d1" stroke-width="2"/>'
        )
    lines = f'<svg width="3000" height="2000">{"".join(curves)}</svg>'
    return f'<div class="canvas">{"".join(boxes)}{lines}</div>'


def end_of(box: tuple[float, float, float, float], side: str) -> tuple[float, float]:
    """The middle of a side of a box."""
    x, y, width, height = box
    across, down = {"left": (0, 0.5), "right": (1, 0.5), "top": (0.5, 0), "bottom": (0.5, 1)}[side]
    return x + across * width, y + down * height


if __name__ == "__main__":
    main()
