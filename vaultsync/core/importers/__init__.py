"""Importers: text that a researcher has, as papers and conference notes for the vault.

    bytes ──source──> text ──one format's reader──> items ──merge──> planned notes

One file a format, each with `recognises(head)` and `read(pieces, options)`; `FORMATS` is the whole list.
Nothing here reads a file or knows the vault: the caller passes bytes in pieces and the notes that are there
as values.

    record               what the importers give: papers, conference notes, what could not be used
    source_text          bytes to text and lines, a piece at a time
    latex_tables         what TeX's macros stand for
    latex                TeX in bibliographies as plain text
    markup               HTML in references as plain text
    people               the people of a reference, first name first
    reference_fields     what reference managers' formats share
    export_habits        what programs make of TeX when they export BibTeX, taken back
    bibtex_fields        the fields of one BibTeX entry as a record
    bibtex               a BibTeX or BibLaTeX library
    csljson              CSL-JSON
    tagged               exports of one tag a line: RIS, PubMed, EndNote
    huggingface          a paper list copied from a Hugging Face papers page
    arxiv_digest         a Chinese arXiv digest post
    identifier_list      identifiers on their own
    person_lines         whether a line of a list names people
    reading_list         a reading list in Markdown or plain text
    programme_forms      times, days, sessions and breaks of a programme's lines
    programme            a conference programme, as days, sessions and talks
    programme_table      a programme's tables as lines
    programme_note       a programme as a conference note
    conference_markdown  a conference note that is Markdown already
    conference_pasted    a conference note pasted from a rendered page
    same_title           the papers of one title, of which a record is compared with few
    same_paper           which records and notes are one paper
    alike_titles         whether two titles may be one paper's
    same_page            papers that one page tells to be one
    markdown_escape      plain text as Markdown that shows as it was
    file_names           file names that are legal everywhere and linkable
    note_links           links to notes, in the form of the vault's own
    list_links           links in a reading list to the notes of its items
    merged_record        one record of several about one paper
    note_text            the text of a new paper note
    completion           what an import changes in a note that is there
    actions              what an import does to a vault, as values
    planning             from records to planned notes
    commit_subject       the subject of an import's commit
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain

import msgspec

from vaultsync.core.importers import (
    arxiv_digest,
    bibtex,
    conference_markdown,
    conference_pasted,
    csljson,
    huggingface,
    identifier_list,
    programme_note,
    reading_list,
    tagged,
)
from vaultsync.core.importers.bibtex import Raw
from vaultsync.core.importers.record import (
    ConferenceNote,
    Item,
    Options,
    PaperRecord,
    Parsed,
    Refusal,
    Skipped,
    UnusableSource,
    collect,
)
from vaultsync.core.importers.source_text import beginning, texts

HEAD = 65_536
"""Characters from the beginning of a source by which its format is recognised."""


class Format(msgspec.Struct, frozen=True):
    """A format: its name for `--format`, what it is in words, and how it is told and read.

    `needs` names the options without which a source that begins so can't be read; a terminal asks for them.
    """

    name: str
    what: str
    recognises: Callable[[str, Options], str | None]
    read: Callable[[Iterable[str], Options], Iterator[Item | Raw]]
    needs: Callable[[str, Options], tuple[str, ...]] = lambda head, options: ()


class Recognised(msgspec.Struct, frozen=True):
    """The format of a source and what it was recognised by."""

    format: str
    why: str


# In the order in which they are tried: those with an unmistakable mark first.
FORMATS: tuple[Format, ...] = (
    Format("csl-json", "CSL-JSON", lambda head, _: csljson.recognises(head), csljson.read),
    Format("ris", "RIS", lambda head, _: tagged.RIS.recognises(head), tagged.RIS.read),
    Format("pubmed", "a PubMed export", lambda head, _: tagged.PUBMED.recognises(head), tagged.PUBMED.read),
    Format(
        "endnote", "an EndNote export", lambda head, _: tagged.ENDNOTE.recognises(head), tagged.ENDNOTE.read
    ),
    Format(
        "huggingface",
        "a paper list copied from Hugging Face",
        lambda head, _: huggingface.recognises(head),
        huggingface.read,
    ),
    Format(
        "digest",
        "a Chinese arXiv digest post",
        lambda head, _: arxiv_digest.recognises(head),
        arxiv_digest.read,
    ),
    Format("bibtex", "BibTeX or BibLaTeX", lambda head, _: bibtex.recognises(head), bibtex.read),
    Format(
        "identifiers",
        "identifiers of papers",
        lambda head, _: identifier_list.recognises(head),
        identifier_list.read,
    ),
    Format(
        "programme",
        "a conference programme",
        lambda head, options: programme_note.recognises(head, options.languages),
        programme_note.read,
        lambda head, options: programme_note.needs(head, options.languages),
    ),
    Format(
        "markdown",
        "a conference note in Markdown",
        lambda head, options: conference_markdown.recognises(head, options.languages),
        conference_markdown.read,
    ),
    Format(
        "conference",
        "conference notes pasted without their Markdown",
        lambda head, options: conference_pasted.recognises(head, options.languages),
        conference_pasted.read,
        lambda head, options: conference_pasted.NEEDS,
    ),
    Format(
        "reading-list", "a reading list", lambda head, _: reading_list.recognises(head), reading_list.read
    ),
)


USELESS = 10_000
"""Pieces of a source that can't be used, more than those that can, at which it is given up."""


def format_named(name: str) -> Format | None:
    """The format with that name."""
    return next((found for found in FORMATS if found.name == name), None)


def recognise(data: bytes, options: Options | None = None) -> Recognised | None:
    """The format of a source that begins with `data` (64 KiB are plenty), or None."""
    return _recognise(beginning(data)[:HEAD], options or Options())


def parse(
    chunks: Iterable[bytes], options: Options | None = None, format_name: str | None = None
) -> Iterator[Item]:
    """The items of a source, as they are read: memory stays flat however large it is.

    `format_name` is one of `FORMATS`; without it the format is recognised. A source that can't be imported
    gives a `UnusableSource` as its last item; what came before it is not to be used. Raises `KeyError` for an
    unknown name.
    """
    options = options or Options()
    return finished(read_through(chunks, options, format_name), options)


def read_through(
    chunks: Iterable[bytes], options: Options, format_name: str | None = None
) -> Iterator[Item | Raw]:
    """The first half of `parse`, which another process can do: what follows from no more than a place."""
    wanted = {found.name: found for found in FORMATS}[format_name] if format_name else None
    return _read(chunks, options, wanted)


def finished(found: Iterable[Item | Raw], options: Options) -> Iterator[Item]:
    """The second half of `parse`: the items, by what came before them.

    A source that is mostly something else is given up: all of it would be told, and nothing gained. So is one
    of more records than somebody has papers: each costs a tenth of a millisecond, however short it is.
    """
    library = bibtex.Library(options)
    useless, used = USELESS, 0
    for one in found:
        for item in library.items(one) if isinstance(one, Raw) else (one,):
            if isinstance(item, PaperRecord | ConferenceNote):
                useless, used = useless + 1, used + 1
                if used > options.records:
                    yield _too_many(item.line, options)
                    return
            elif isinstance(item, Skipped):
                useless -= 1
            yield item
            if not useless:
                reason = (
                    f"{used + USELESS:,} pieces of it can't be used, and {used:,} papers can: it was given up"
                )
                hint = "see whether it is the file that you mean; --format names what it is"
                yield UnusableSource(options.problem(0, reason, hint))
                return
        if used + library.promised > options.records:
            yield _too_many(one.line if isinstance(one, Raw) else 0, options)
            return


def _too_many(line: int, options: Options) -> UnusableSource:
    reason = f"this is one record more than the {options.records:,} that a file may hold"
    hint = "import it in parts, or raise `records` of [import] in .vaultsync/config.toml"
    return UnusableSource(options.problem(line, reason, hint))


def parse_whole(data: bytes, options: Options | None = None, format_name: str | None = None) -> Parsed:
    """A source that is in memory, all at once."""
    return collect(parse((data,), options, format_name))


def _read(chunks: Iterable[bytes], options: Options, wanted: Format | None) -> Iterator[Item | Raw]:
    try:
        pieces = texts(chunks, options)
        head: list[str] = []
        if wanted is None:
            while sum(map(len, head)) < HEAD and (piece := next(pieces, None)) is not None:
                head.append(piece)
            found = _recognise("".join(head)[:HEAD], options)
            wanted = format_named(found.format) if found else None
            if wanted is None:
                known = ", ".join(f"{known.name} ({known.what})" for known in candidates("".join(head)))
                raise Refusal(
                    options.problem(0, "the format is not recognised", f"name it with --format: {known}")
                )
        silent = True
        for item in wanted.read(chain(head, pieces), options):
            silent = silent and isinstance(item, Skipped)
            yield item
        if silent:
            yield options.problem(0, f"nothing to import: read as {wanted.what}, it has no record")
    except Refusal as refusal:
        yield UnusableSource(refusal.problem)


def candidates(head: str) -> tuple[Format, ...]:
    """The formats that a source of no sure format may be in, by what it looks like at all."""
    looks = head.lstrip()
    if looks.startswith(("{", "[")):
        return tuple(known for known in FORMATS if known.name == "csl-json")
    if looks.startswith("@"):
        return tuple(known for known in FORMATS if known.name == "bibtex")
    texts = ("markdown", "conference", "programme", "reading-list", "identifiers", "digest", "huggingface")
    return tuple(sorted((k for k in FORMATS if k.name in texts), key=lambda k: texts.index(k.name)))


def _recognise(head: str, options: Options) -> Recognised | None:
    # Front matter first: a note may hold anything else below it, a BibTeX entry in a code block for one.
    if conference_markdown.has_front_matter(head):
        if why := conference_markdown.is_conference(head, options.languages):
            return Recognised("markdown", why)
        why = reading_list.recognises(head)
        return Recognised("reading-list", why) if why else None
    for known in FORMATS:
        if why := known.recognises(head, options):
            return Recognised(known.name, why)
    return None
