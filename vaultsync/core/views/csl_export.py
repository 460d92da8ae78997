"""Papers as CSL-JSON, for Pandoc, Zotero and other citation processors; `import` reads it back as it was.

Source: citeproc's "CSL-JSON schema", 1.0.2.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from vaultsync.core.importers.csljson import OTHERS
from vaultsync.core.importers.markup import unmarked
from vaultsync.core.views.bibtex_export import is_journal, is_preprint
from vaultsync.core.views.references import dates_of
from vaultsync.core.views.sheets import PaperSheet

_PARTICLES = frozenset(
    "da dal de del della den der des di do dos du el la le ten ter van vom von zu zum zur".split()
)
_SUFFIX = re.compile(r"(?:Jr|Sr)\.?|I{2,3}|IV")
_CJK = re.compile("[\u3400-\u9fff\u3040-\u30ff\uac00-\ud7af]")


def csl_json(papers: Iterable[PaperSheet], keys: Mapping[str, str]) -> str:
    """The array of items in the papers' order; `keys` gives each paper's key by its path."""
    items = [_item(paper, keys[paper.path]) for paper in papers]
    return msgspec.json.format(msgspec.json.encode(items), indent=2).decode() + "\n"


def _item(paper: PaperSheet, key: str) -> dict[str, Any]:
    published = paper.venue and not is_preprint(paper.venue)
    issued, submitted = dates_of(paper)
    cut = [{"literal": OTHERS}] if paper.authors_cut and paper.authors else []
    kind = "article-journal" if is_journal(paper.venue) else "paper-conference"
    item: dict[str, Any] = {
        "id": key,
        "citation-key": key,
        "type": kind if published else "article",
        "title": unambiguous(paper.title),
        "author": [*map(person, paper.authors), *cut],
        "issued": _parts(issued or paper.year),
        "submitted": _parts(submitted),
        "container-title": unambiguous(paper.venue),
        "archive": "arXiv" if paper.arxiv else "",
        "archive_location": paper.arxiv,
        "DOI": paper.doi,
        "ISBN": paper.isbn,
        "URL": paper.url,
    }
    return {name: value for name, value in item.items() if value}


def person(name: str) -> dict[str, str]:
    """A name in its parts, as far as the way it is written says; else as one literal."""
    if "," in name:
        family, _, given = (part.strip() for part in name.partition(","))
        plain = family and given and "," not in given
        return {"family": family, "given": given} if plain else {"literal": name}
    words = name.split()
    suffix = words.pop() if len(words) > 2 and _SUFFIX.fullmatch(words[-1]) else ""
    if len(words) < 2 or _CJK.search(name) or re.search(r"[\d@/&()]|\band\b", name):
        return {"literal": name}
    first = next((i for i, word in enumerate(words[1:-1], 1) if word in _PARTICLES), None)
    parts = {"family": words[-1], "given": " ".join(words[:-1])}
    if first is not None and all(word in _PARTICLES for word in words[first:-1]):
        parts |= {"given": " ".join(words[:first]), "non-dropping-particle": " ".join(words[first:-1])}
    return parts | ({"suffix": suffix} if suffix else {})


def _parts(date: str) -> dict[str, Any]:
    if not re.fullmatch(r"[0-9]{1,4}(?:-[0-9]{2}){0,2}", date):
        return {}
    return {"date-parts": [[int(part) for part in date.split("-")]]}


def unambiguous(text: str) -> str:
    """Text for a field that may hold HTML: only where some of it would be read as HTML, `<` is an entity.

    Processors know a few elements and no entities; what reads entities knows these elements, too.
    """
    if unmarked(text) == text:
        return text
    return re.sub(r"&(?=#?\w+;)", "&amp;", text).replace("<", "&lt;")
