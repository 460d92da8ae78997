"""The text of a new paper note: properties as Obsidian writes them, and the abstract and summaries below.

The last step of an import before the disk. A template (Jinja2, sandboxed) may replace the body, never the
properties, by which the note is found again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from traceback import extract_tb
from typing import Any, TypeAlias

from vaultsync.core.errors import ConfigError
from vaultsync.core.frontmatter.new_note import new_note
from vaultsync.core.frontmatter.yaml_values import Value
from vaultsync.core.importers import markdown_escape as escape
from vaultsync.core.importers.record import PaperRecord
from vaultsync.core.papers.identifiers import canonical_url

Body: TypeAlias = Callable[[PaperRecord], str]

ORDER = (
    "title", "aliases", "authors", "year", "date", "venue", "arxiv", "doi", "isbn", "url", "accessed",
    "citekey", "category", "tags", "author_count", "affiliations", "attachments", "source",
)  # fmt: skip
"""The order of a new note's properties: that of the paper kind, then what the kind does not name."""

_SUMMARY_HEADINGS = {"zh": "摘要", "de": "Zusammenfassung", "fr": "Résumé", "ja": "要旨"}


def note_text(
    paper: PaperRecord, stem: str, sources: tuple[str, ...], body: Body, order: Sequence[str] = ORDER
) -> str:
    """The whole note for a file named `stem`; `sources` are all lists that name the paper.

    The properties stand in `order`, those that it does not name after the others.
    """
    found = properties_of(paper, sources, stem)
    keys = [*(key for key in order if key in found), *(key for key in found if key not in order)]
    return new_note({key: found[key] for key in keys}, body(paper))


def properties_of(paper: PaperRecord, sources: tuple[str, ...], stem: str | None = None) -> dict[str, Value]:
    """The properties that the paper states, in order, without empty ones.

    With the note's `stem`, aliases are among them: the title where the file name can't be it, the translated
    title, and further citation keys. A list that the source cut ends in `...`, as it does there. A month is
    no date in Obsidian, so `date` needs a day.
    """
    names = [paper.title] if stem is not None and stem != paper.title else []
    if stem is not None and paper.title_translated and paper.title_translated not in (paper.title, stem):
        names.append(paper.title_translated)
    if stem is not None:  # pandoc's form, by which a citation of another key finds the note
        names += [f"@{key}" for key in dict.fromkeys(paper.citekeys) if key != paper.citekey]
    found: dict[str, Value] = {
        "title": paper.title,
        "aliases": list(names),
        "authors": _list(paper.authors, cut=paper.authors_cut),
        "author_count": paper.author_count if not paper.authors else None,
        "year": paper.year or (int(paper.date[:4]) if paper.date else None),
        "date": paper.date if paper.date and len(paper.date) == len("YYYY-MM-DD") else None,
        "venue": paper.venue,
        "arxiv": paper.arxiv,
        "doi": paper.doi,
        "isbn": paper.isbn,
        "accessed": paper.accessed,
        "url": (canonical_url(paper.url) or paper.url) if paper.url else None,
        "citekey": paper.citekey,
        "category": paper.category,
        "tags": ["paper", *(tag for tag in paper.tags if tag.casefold() != "paper")]
        if stem is not None
        else None,
        "affiliations": _list(paper.affiliations, cut=paper.affiliations_cut),
        "attachments": [f"[[{name}]]" for name in paper.files],
        "source": list(sources),
    }
    return {key: found[key] for key in ORDER if found[key] not in (None, "", [])}


def default_body(paper: PaperRecord) -> str:
    """The abstract, each summary and the notes as sections; empty where there is none of them."""
    sections = [("Abstract", paper.abstract, paper.tex)] if paper.abstract else []
    sections += [
        (_SUMMARY_HEADINGS.get(lang, f"Summary ({lang})"), text, False) for lang, text in paper.summary
    ]
    sections += [("Notes", "\n\n".join(paper.notes), False)] if paper.notes else []
    return "".join(f"\n## {heading}\n\n{markdown(text, math=tex)}\n" for heading, text, tex in sections)


def markdown(text: str, *, math: bool = False) -> str:
    """Paragraphs of plain text as Markdown that shows them as they are."""
    return "\n\n".join(escape.escaped(paragraph, math=math) for paragraph in text.split("\n\n"))


def template_body(template: str) -> Body:
    """A function that fills in `template`.

    The template sees each field of the paper by its name, `body` (the default one), and the filter `md`,
    which escapes plain text. Raises `ConfigError` for a template that can't be read, and the function for
    one that can't be filled in.
    """
    import jinja2  # only an import with a template needs it
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    environment = ImmutableSandboxedEnvironment(
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
        autoescape=False,
    )
    environment.filters["md"] = lambda text, math=False: markdown(str(text), math=math)
    try:
        compiled = environment.from_string(template)
    except jinja2.TemplateSyntaxError as error:
        raise ConfigError(f"the import template, line {error.lineno}: {error.message}") from error
    except RecursionError:
        raise ConfigError("the import template lies too deep in itself") from None

    def body(paper: PaperRecord) -> str:
        fields: dict[str, Any] = {name: getattr(paper, name) for name in paper.__struct_fields__}
        fields |= {"summary": dict(paper.summary), "body": default_body(paper)}
        try:
            text = compiled.render(fields)
        except (
            jinja2.TemplateError,
            ArithmeticError,
            AttributeError,
            LookupError,
            TypeError,
            ValueError,
        ) as error:
            line = _template_line(error)
            reason = f"line {line}, can't be filled in for “{paper.title}”: {error}"
            raise ConfigError(f"the import template, {reason}") from error
        except RecursionError:
            raise ConfigError("the import template calls itself without end") from None
        text = text.strip("\n")
        return f"\n{text}\n" if text else ""

    return body


def _template_line(error: BaseException) -> int:
    """The line of the template in which `error` was raised: Jinja2 puts it into the traceback."""
    return next(
        (
            frame.lineno or 1
            for frame in reversed(extract_tb(error.__traceback__))
            if frame.filename == "<template>"
        ),
        1,
    )


def _list(items: tuple[str, ...] | None, *, cut: bool) -> list[Value]:
    return [*(items or ()), *(["..."] if cut and items else [])]
