"""A vault of three notes on which everything happens once: a conference note, a paper note, a plain note."""

from __future__ import annotations

from pathlib import Path

from vaultsync.vault.consent import give_consent

CONFERENCE = "Conferences/ICASSP 2025.md"
PAPER = "Papers/DiffSBDD.md"
PLAIN = "Home.md"

NOTES = {
    CONFERENCE: (
        "---\ntitle: ICASSP 2025\ndate: 2025-04-06\ntags: conference, speech\n---\n"
        "# Montag Vormittag\n## Talk: Rings\n- slow, DiffSBDD is the baseline\n"
    ),
    PAPER: (
        "---\ntitle: 'DiffSBDD: Structure-based Drug Design with Equivariant Diffusion Models'\n"
        'arxiv: "2210.13695"\ntags:\n  - paper\n---\nMolecules from noise.\n'
    ),
    PLAIN: "Nothing to see here.\n",
}
LINKED = "- slow, [[DiffSBDD]] is the baseline"


def write(root: Path, notes: dict[str, str | bytes] | None = None, *, agreed: bool = True) -> Path:
    """Write `notes` (default: `NOTES`) below `root`, with an `.obsidian` folder; gives `root`.

    Somebody `agreed` on this machine that rules change them, unless that is said otherwise.
    """
    if agreed:
        give_consent(root)
    (root / ".obsidian").mkdir(parents=True, exist_ok=True)
    for path, text in (NOTES if notes is None else notes).items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode() if isinstance(text, str) else text)
    return root


def contents(root: Path) -> dict[str, tuple[bytes, int]]:
    """Each file of the vault outside `.git` with its bytes and the time of its last change."""
    return {
        file.relative_to(root).as_posix(): (file.read_bytes(), file.stat().st_mtime_ns)
        for file in sorted(root.rglob("*"))
        if file.is_file() and ".git" not in file.relative_to(root).parts
    }
