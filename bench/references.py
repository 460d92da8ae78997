"""`python -m bench.references FOLDER`: what the importers read of reference files, beside other readers.

Each BibTeX entry is compared with pybtex (names by its rules, TeX decoded by pylatexenc), each file that has
a CSL-JSON export of the same name beside it with that, each RIS record with rispy. Compared are authors,
title, year, DOI and arXiv id; spelling counts; blanks, case and the kind of dashes and quotes do not.
Differences are listed by kind; `DEFENDED` says of each kind that is left why it is not ours to change. The
folder is one that you fetched; nothing of it belongs into the repository.

pybtex and rispy are not among the project's dependencies: `pip install pybtex rispy`.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from vaultsync.core.importers import Options, parse_whole
from vaultsync.core.importers.record import PaperRecord

FIELDS = ("authors", "title", "year", "doi", "arxiv")


class Read(NamedTuple):
    """What a reader says of one record."""

    authors: tuple[str, ...] = ()
    title: str = ""
    year: str = ""
    doi: str = ""
    arxiv: str = ""


class Difference(NamedTuple):
    """A field that two readers read differently."""

    kind: str
    place: str
    key: str
    ours: str
    theirs: str


DEFENDED = {
    "authors: comma list": "BibTeX has no comma list: pybtex makes one wrong person of it, or refuses it",
    "authors: others": "`and others` and `et al.` are no person; pybtex keeps them as one",
    "authors: extended names": "BibLaTeX's `family=…, given=…` is no BibTeX; pybtex takes it for names",
    "authors: particle or suffix elsewhere": "the same words; where Jr and von stand differs by custom",
    "authors: East Asian": "family name first without a blank (CSL 1.0.2); pybtex turns every name",
    "authors: TeX undecoded by them": "pylatexenc leaves a macro that we spell",
    "title: math": "math that one line can hold is spelled, else whole; pylatexenc spells in another way",
    "title: markup or TeX of theirs": "their reading has tags, braces or macros left",
    "title: subtitle": "a subtitle is part of the title (Zotero joins them, pybtex has fields)",
    "title: case": "CSL exports hold sentence case, BibTeX title case with protected words",
    "title: dropped by them": "they leave out a logo, a raised sign or a macro that we keep",
    "authors: dropped by them": "the same in a name; what no reader knows stays as it is written",
    "authors: semicolons": "a list with semicolons and `and`: the semicolon is no part of a name",
    "year: a span of time": "a date that spans two years, or leaves digits open, states no one year",
    "doi: in its words": "`doi:`, an address or `info:doi/` before the DOI is no part of it",
    "year: date before year": "BibLaTeX's `date` goes before BibTeX's `year` where an entry has both",
    "year: from a date": "BibLaTeX's `date` states it; pybtex knows only `year`",
    "year: not one year": "`2004/2005`, `forthcoming`: not a year that is stated",
    "doi: from an address": "the address is the DOI's own (doi.org, a publisher's /doi/)",
    "doi: no DOI": "what the field holds is no DOI, or one that other characters follow",
    "arxiv: from other fields": "journal, note, volume or an address state it",
}


def ours_of(path: Path, format_name: str) -> dict[str, PaperRecord]:
    """Our records by key."""
    parsed = parse_whole(path.read_bytes(), Options(name=path.name), format_name)
    twice = {message.split("”")[0] for p in parsed.problems if "is that of the" in (message := p.message)}
    keys = {record.citekey or record.title: record for record in parsed.records}
    return {key: record for key, record in keys.items() if f"the key “{key}" not in twice}


def read_of(record: PaperRecord) -> Read:
    """One of our records as it is compared."""
    year = record.year or (int(record.date[:4]) if record.date else "")
    return Read(record.authors or (), record.title, str(year), record.doi or "", record.arxiv or "")


def by_pybtex(path: Path) -> dict[str, Read]:
    """The records of pybtex by key, entry by entry, so that a malformed one costs no other."""
    from pybtex.database import BibliographyData
    from pybtex.database.input.bibtex import Parser

    found: dict[str, Read] = {}
    text = path.read_bytes().decode("utf-8", errors="replace")
    macros = "\n".join(re.findall(r"(?im)^\s*@string\s*[{(].*$", text))
    for entry in re.split(r"(?m)^(?=\s*@\w+\s*[{(])", text):
        if re.match(r"\s*@(?:string|comment|preamble)\b", entry, re.IGNORECASE):
            continue
        parser = Parser(wanted_entries=None, keyless_entries=False)
        try:
            data: BibliographyData = parser.parse_string(f"{macros}\n{entry}")
        except Exception:  # noqa: BLE001  a reader that we don't know may raise anything
            continue
        for key, one in data.entries.items():
            people = tuple(
                _spelled(
                    " ".join(
                        (*p.first_names, *p.middle_names, *p.prelast_names, *p.last_names, *p.lineage_names)
                    )
                )
                for p in one.persons.get("author", ())
            )
            fields = {name.lower(): value for name, value in one.fields.items()}
            found[key] = Read(
                people,
                _spelled(fields.get("title", "")),
                fields.get("year", ""),
                fields.get("doi", ""),
                fields.get("eprint", ""),
            )
    return found


def by_csl(path: Path) -> dict[str, Read]:
    """The items of a CSL-JSON export by key, as its schema says."""
    value = json.loads(path.read_text(encoding="utf-8"))
    items = value if isinstance(value, list) else value.get("items", [])
    found: dict[str, Read] = {}
    for item in items:
        if not isinstance(item, dict):
            continue
        people = tuple(
            " ".join(
                str(person[part])
                for part in ("given", "dropping-particle", "non-dropping-particle", "family", "suffix")
                if person.get(part)
            )
            or str(person.get("literal", ""))
            for person in item.get("author", ())
        )
        dates = (item.get("issued") or {}).get("date-parts") or [[""]]
        found[str(item.get("citation-key") or item.get("id"))] = Read(
            people, str(item.get("title", "")), str(dates[0][0]), str(item.get("DOI", "")), ""
        )
    return found


def by_rispy(path: Path) -> dict[str, Read]:
    """The records of rispy by title."""
    import rispy

    found: dict[str, Read] = {}
    for record in rispy.loads(path.read_text(encoding="utf-8-sig", errors="replace")):
        title = record.get("title") or record.get("primary_title") or ""
        people = tuple(
            " ".join(reversed([p.strip() for p in name.split(",", 1)]))
            for name in record.get("authors", record.get("first_authors", ()))
        )
        year = record.get("year") or record.get("publication_year") or ""
        found[record.get("id") or title] = Read(people, title, year[:4], record.get("doi", ""), "")
    return found


def _spelled(tex: str) -> str:
    from pylatexenc.latex2text import LatexNodes2Text

    try:
        return str(LatexNodes2Text(math_mode="text", strict_latex_spaces=False).latex_to_text(tex))
    except Exception:  # noqa: BLE001  as above
        return tex


_ALIKE = str.maketrans({
    **dict.fromkeys("‐‑‒–—−", "-"), **dict.fromkeys("‘’ʼ′`´", "'"), **dict.fromkeys("“”„«»", '"'),
    **dict.fromkeys("\u00a0\u2009\u202f\u2002\u2003", " "),
})  # fmt: skip


def plain(text: str) -> str:
    """Text as it is compared: no braces, no HTML, composed, dashes and quotes of one kind, blanks single."""
    text = re.sub(r"</?[a-zA-Z][^<>]*>", "", text).translate(_ALIKE).replace("{", "").replace("}", "")
    text = unicodedata.normalize("NFKC", text).replace("''", '"').replace("---", "-").replace("--", "-")
    return " ".join(text.split()).strip(" .,")


def differences(key: str, place: str, ours: Read, theirs: Read) -> Iterator[Difference]:
    """What two readers read differently of one record, each with its kind."""
    for field in FIELDS:
        a, b = getattr(ours, field), getattr(theirs, field)
        kind = _KINDS[field](a, b)
        if kind:
            yield Difference(f"{field}: {kind}", place, key, str(a), str(b))


def _authors(ours: tuple[str, ...], theirs: tuple[str, ...]) -> str:
    a, b = [plain(name) for name in ours], [plain(name) for name in theirs]
    b = [name for name in b if name.casefold() not in ("others", "et al")]
    if a == b or not b:
        return ""
    if [sorted(name.replace(",", "").split()) for name in a] == [
        sorted(n.replace(",", "").split()) for n in b
    ]:
        return "particle or suffix elsewhere"
    if "".join(sorted("".join(a).replace(" ", ""))) == "".join(sorted("".join(b).replace(" ", ""))):
        cjk = any("\u3040" <= char <= "\uffdc" for name in a for char in name)
        return "East Asian" if cjk else "comma list" if len(a) > len(b) else "particle or suffix elsewhere"
    if any("=" in name for name in theirs):
        return "extended names"
    if any("et al" in name or "others" in name for name in theirs):
        return "others"
    if any("\\" in name or "$" in name for name in theirs):
        return "TeX undecoded by them"
    if len(a) > len(b):
        return "comma list"
    if any(";" in name for name in b):
        return "semicolons"
    return "dropped by them" if _within("".join(sorted(a)), "".join(sorted(b))) else "other"


def _within(ours: str, theirs: str) -> bool:
    """Whether theirs has no letter that ours lacks, accents aside."""
    bare = [
        Counter(filter(str.isalnum, unicodedata.normalize("NFKD", text).casefold()))
        for text in (ours, theirs)
    ]
    return not bare[1] - bare[0]


def _title(ours: str, theirs: str) -> str:
    a, b = plain(ours), plain(theirs)
    if not b or a.casefold() == b.casefold():
        return ""
    if a.casefold().startswith(b.casefold() + ":"):
        return "subtitle"
    if "$" in ours or any(char in theirs for char in "^_$") or re.sub(r"\W", "", a) == re.sub(r"\W", "", b):
        return "math"
    if "\\" in theirs or "<" in theirs or "&" in theirs:
        return "markup or TeX of theirs"
    return "dropped by them" if _within(a, b) else "other"


def _year(ours: str, theirs: str) -> str:
    if ours == theirs.strip() or (not theirs and not ours):
        return ""
    if not theirs:
        return "from a date"
    if not ours and re.fullmatch(r"\d{3,4}", theirs.strip()):
        return "a span of time"
    return "not one year" if not re.fullmatch(r"\d{3,4}", theirs.strip()) else "date before year"


def _doi(ours: str, theirs: str) -> str:
    bare = re.sub(
        r"^(?:https?://(?:dx\.)?doi\.org/|doi:\s*)", "", theirs.strip().replace("\\", ""), flags=re.IGNORECASE
    )
    if ours == bare.casefold().strip(" .{}"):
        return ""
    if not theirs:
        return "from an address"
    if ours and ours in bare.casefold():
        return "in its words"
    return "no DOI" if not ours else "other"


def _arxiv(ours: str, theirs: str) -> str:
    if not ours or not theirs:
        return "from other fields" if ours else ""
    bare = re.sub(r"(?i)^arxiv:|v\d+$", "", theirs.strip())
    if bare.isdecimal() and len(bare) > 7:
        return "from other fields"  # a number of PubMed's
    return "" if ours.endswith(bare.casefold()) or bare.casefold().endswith(ours) else "other"


_KINDS: dict[str, Callable[[Any, Any], str]] = {
    "authors": _authors, "title": _title, "year": _year, "doi": _doi, "arxiv": _arxiv,
}  # fmt: skip


def compared(path: Path) -> Iterator[tuple[str, dict[str, PaperRecord], dict[str, Read]]]:
    """The readers to compare a file's records with: the name, our records, theirs."""
    suffix = path.suffix.lower()
    if suffix in (".bib", ".bibtex", ".biblatex"):
        ours = ours_of(path, "bibtex")
        yield "pybtex", ours, by_pybtex(path)
        for other in (path.with_suffix(".csl.json"), Path(f"{path}.csl.json")):
            if other.is_file():
                yield "CSL-JSON", ours, by_csl(other)
    elif path.name.endswith(".csl.json"):
        yield "CSL-JSON", ours_of(path, "csl-json"), by_csl(path)
    elif suffix == ".ris":
        yield "rispy", ours_of(path, "ris"), by_rispy(path)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; 1 if there is a difference that `DEFENDED` does not know."""
    parser = argparse.ArgumentParser(prog="python -m bench.references", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--show", type=int, default=3, help="examples of each kind (3)")
    parser.add_argument("--kind", default="", help="all differences of the kinds that begin so")
    options = parser.parse_args(arguments)
    missing = [name for name in ("pybtex", "rispy") if find_spec(name) is None]
    if missing:
        print(f"bench: pip install {' '.join(missing)}", file=sys.stderr)
        return 1
    counts: Counter[str] = Counter()
    records: Counter[str] = Counter()
    found: dict[str, list[Difference]] = defaultdict(list)
    for path in sorted(options.folder.rglob("*")):
        if not path.is_file():
            continue
        try:
            for reader, ours, theirs in compared(path):
                counts[f"{reader}: files"] += 1
                for key, read in theirs.items():
                    record = ours.get(key)
                    if record is None:
                        continue
                    records[reader] += 1
                    for difference in differences(key, path.name, read_of(record), read):
                        found[difference.kind].append(difference)
        except (ValueError, UnicodeDecodeError, AttributeError, TypeError, KeyError) as error:
            print(f"{path.name}: {error}", file=sys.stderr)
    for reader, count in records.items():
        print(f"{reader}: {count:,} records of {counts[f'{reader}: files']} files")
    undefended = 0
    for kind, all_of in sorted(found.items(), key=lambda item: (-len(item[1]), item[0])):
        reason = DEFENDED.get(kind, "NOT DEFENDED")
        undefended += len(all_of) if kind not in DEFENDED else 0
        print(f"\n{len(all_of):5}  {kind}: {reason}")
        shown = all_of if options.kind and kind.startswith(options.kind) else all_of[: options.show]
        for one in shown:
            print(f"         {one.place} {one.key}")
            print(f"           ours   {one.ours}\n           theirs {one.theirs}")
    print(f"\n{undefended} not defended")
    return 1 if undefended else 0


if __name__ == "__main__":
    sys.exit(main())
