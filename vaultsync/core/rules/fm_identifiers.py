"""The rule for identifiers and addresses of papers (`fm-identifiers`)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from vaultsync.core.config.kinds import PAPER
from vaultsync.core.frontmatter.block import FrontMatter, Property
from vaultsync.core.frontmatter.property_edits import set_property
from vaultsync.core.frontmatter.yaml_values import emit_scalar
from vaultsync.core.note import Note
from vaultsync.core.papers.identifiers import canonical_arxiv, canonical_doi, canonical_url, identifiers_in
from vaultsync.core.rules.fm_values import as_written, shortened
from vaultsync.core.rules.rule import Context, Example, Finding, attempt, editable, rule


@rule(
    "fm-identifiers",
    evidence="A tag, a folder or `type` says that the note is a paper; the value holds more than the "
    "identifier.",
    owns=("arxiv", "doi", "url"),
    examples=(
        Example(
            "One form for each identifier, whichever way it came in.",
            before="---\narxiv: https://arxiv.org/abs/2210.13695v2\ndoi: https://doi.org/10.1038/S43588-024-00737-X\n"
            "url: <https://arxiv.org/abs/2210.13695v2?utm_source=x>\n---\n",
            after="---\narxiv: 2210.13695v2\ndoi: 10.1038/S43588-024-00737-X\n"
            "url: https://arxiv.org/abs/2210.13695v2\n---\n",
        ),
        Example(
            "An arXiv id is no number.",
            before="---\narxiv: 1807.10300\n---\n",
            after='---\narxiv: "1807.10300"\n---\n',
        ),
        Example(
            "What is no identifier is reported.",
            before="---\ndoi: to appear\n---\n",
            problem='"to appear" is not a DOI — leave it empty if there is none',
        ),
        Example(
            "So is an id that has lost a zero.",
            before="---\narxiv: 1807.103\n---\n",
            problem='"1807.103" is not an arXiv id — if zeros at the end were lost: arxiv: "1807.10300"',
        ),
        Example(
            "Identifiers in this form, and addresses of other kinds.",
            before='---\narxiv: "2210.13695"\ndoi: 10.1038/s43588-024-00737-x\nurl: zotero://select/items/1_A\n---\n',
        ),
        Example(
            "What means the same stays: the case of a DOI, the slash at the end of a site's address.",
            before="---\ndoi: 10.1038/S43588-024-00737-X\nurl: https://Example.org/\n---\n",
        ),
        Example(
            "In notes that are no papers these are properties like any other.",
            before="---\nurl: www.example.org\ndoi: to appear\n---\n",
            path="Links.md",
        ),
    ),
)
def fm_identifiers(note: Note, ctx: Context) -> Iterator[Finding]:
    """Write `arxiv`, `doi` and `url` of a paper note in one form each.

    An arXiv id stands bare, without `arXiv:` or an address around it, and keeps its version; old ids go
    without their subject class, as arXiv writes them. A DOI stands bare, in the case in which it is written.
    Of a web address angle brackets around it and `utm_…` and the like are dropped, and nothing else. What is
    no identifier is reported, and stays.
    """
    if ctx.config.kind_name != PAPER:
        return
    front = editable(note)
    if front is None:
        return
    for prop in front.properties:
        clean = _CLEAN.get(prop.key.lower())
        value = prop.value
        if clean is None or value is None or (isinstance(value, str) and clean.fullmatch(value)):
            continue
        if written := as_written(note, prop):
            yield from _identified(note, front, prop, written)


# Forms that are canonical for certain; most values are, and need no closer look.
_CLEAN = {
    "arxiv": re.compile(
        r"(?:[0-9]{2}(?:0[1-9]|1[0-2])\.[0-9]{5}"
        r"|(?:07(?:0[4-9]|1[0-2])|(?:0[89]|1[0-4])(?:0[1-9]|1[0-2]))\.[0-9]{4})(?:v[1-9])?"
    ),
    "doi": re.compile(r"10\.[0-9]{4,9}/[A-Za-z0-9./_-]*[A-Za-z0-9]"),
    "url": re.compile(
        r"https?://[a-z0-9.-]+/[A-Za-z0-9._~/-]+(?:\?id=[A-Za-z0-9_-]+)?|(?!https?:)[a-z][a-z0-9+.-]*:.*",
        re.DOTALL,
    ),
}
_KINDS = {"arxiv": "an arXiv id", "doi": "a DOI"}
_VERSION = re.compile(r"v[1-9][0-9]{0,2}(?![0-9])", re.IGNORECASE)
_HOST = re.compile(r"(?:[a-z0-9-]+\.)+[a-z]{2,}(?:[/?#]\S*)?", re.IGNORECASE)


def _identified(note: Note, front: FrontMatter, prop: Property, written: str) -> Iterator[Finding]:
    """The edit that writes an identifier in its form, or the problem that it is none."""
    key = prop.key.lower()
    if key == "url":
        new = _bare_url(written)
        if new is None:
            if _HOST.fullmatch(written):
                yield note.problem(
                    prop.value_span.start,
                    "fm-identifiers",
                    f'"{shortened(written)}" has no scheme, and Obsidian shows no link',
                    f"{prop.key}: https://{written}",
                )
            return
    else:
        new = _arxiv(written) if key == "arxiv" else _bare_doi(written)
        if new is None:
            message = f'"{shortened(written)}" is not {_KINDS[key]}'
            yield note.problem(prop.value_span.start, "fm-identifiers", message, _nearest(key, written))
            return
    if prop.value != new:
        yield from attempt(note, "fm-identifiers", lambda: set_property(note.text, front, prop.key, new))


def _bare_doi(written: str) -> str | None:
    """The DOI in the case in which it is written; case means nothing in one."""
    canonical = canonical_doi(written)
    at = written.lower().rfind(canonical) if canonical else -1
    return canonical if canonical is None or at < 0 else written[at : at + len(canonical)]


def _bare_url(written: str) -> str | None:
    """The address as it is written, without angle brackets and tracking parameters; None if it is none."""
    bare = written.removeprefix("<").removesuffix(">")
    canonical = canonical_url(bare)
    if canonical is None:
        return None
    tracked = urlsplit(bare).query.strip("&") != urlsplit(canonical).query
    return canonical if tracked else bare


def _arxiv(written: str) -> str | None:
    """The bare arXiv id with the version that it was given."""
    canonical = canonical_arxiv(written)
    if canonical is None:
        return None
    number = re.split("[./]", canonical)[-1]
    at = written.find(number)
    while at >= 0:
        if version := _VERSION.match(written, at + len(number)):
            return canonical + version[0].lower()
        at = written.find(number, at + 1)
    return canonical


_SHORTENED = re.compile(r"([0-9]{2})[0-9]{2}\.[0-9]{1,4}")


def _nearest(key: str, written: str) -> str:
    """A hint: the identifier inside a value, or an arXiv id with the zeros that a number loses."""
    inside = [found.span.of(written) for found in identifiers_in(written) if found.scheme == key]
    if len(inside) == 1 and (bare := _arxiv(inside[0]) if key == "arxiv" else canonical_doi(inside[0])):
        return f"{key}: {emit_scalar(bare)}"
    short = _SHORTENED.fullmatch(written) if key == "arxiv" else None
    if short:
        whole = written.ljust(9 if int(short[1]) < 15 else 10, "0")
        if canonical_arxiv(whole) == whole:
            return f'if zeros at the end were lost: arxiv: "{whole}"'
    return "leave it empty if there is none"
