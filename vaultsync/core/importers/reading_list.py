"""A reading list in Markdown or plain text: bullets or lines with titles, authors and links.

    - [A Title](https://arxiv.org/abs/2101.01234), Alm & Oak 2021      a title as a link, or beside its link
    - *Another Title* [[pdf]](https://arxiv.org/abs/2101.01235)
    1. Ida Alm, Max Oak. A Third Title. ICLR 2021. https://openreview.net/forum?id=…
    - https://doi.org/10.1000/xyz                                        an address alone: a stub
    - “A Title Without an Address” by Ida Alm and Max Oak

An item is a paper if it has a paper's identifier or the address of one, or, in a list of papers, a title with
authors. What else stands there (headings, remarks) is no paper; a bullet that may be one is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice

import msgspec

from vaultsync.core.importers.identifier_list import stub_title
from vaultsync.core.importers.list_links import ADDED, BLOCK_ID
from vaultsync.core.importers.markup import unescaped
from vaultsync.core.importers.person_lines import LineNames, names_in
from vaultsync.core.importers.record import Item, Options, PaperRecord, Skipped, one_line
from vaultsync.core.importers.source_text import control_problems, lines
from vaultsync.core.papers.identifiers import Identifier, identifiers_in

LONGEST = 5_000
"""Characters of an item; passed by no entry of a list that a person keeps."""


PEOPLE = 1_000
"""Characters among which the people of an item without marks are looked for."""


TRIED = 40
"""Places in an item at which its people may begin; no title and no list of people has so many commas."""


class ListEntry(msgspec.Struct):
    """An item of the list: its text, the line where it begins, its indent, and whether it is a bullet."""

    line: int
    indent: int
    text: str
    bullet: bool = True


class ListedPaper(msgspec.Struct, frozen=True):
    """What an item says of a paper; `title` is empty where it is an address alone.

    It is `sure` where nothing else can be meant: `“Title” by Ida Alm and Max Oak, 2021`.
    """

    title: str = ""
    names: LineNames | None = None
    year: int | None = None
    found: tuple[Identifier, ...] = ()
    url: str = ""
    sure: bool = False


def recognises(head: str) -> str | None:
    """Why `head`, the beginning of a source, is a reading list, or None: a third of its items are papers."""
    entries = list(_entries(enumerate(head.splitlines(), 1)))
    bullets = [entry for entry in entries if entry.bullet] or entries
    papers = [entry for entry in entries if _identifiers(entry.text) or _CONFIRMED.fullmatch(entry.text)]
    if not papers or len(papers) * 3 < len(bullets) or (len(papers) < 2 and len(bullets) > 1):
        return None
    return f"a list of papers, the first in line {papers[0].line}"


def read(pieces: Iterable[str], options: Options) -> Iterator[Item]:
    """The papers of the list, and each bullet that may be one but does not say so as skipped."""
    dropped: list[tuple[int, str]] = []
    for entry in _entries(lines(pieces, options, dropped)):
        yield from _items(entry, options)
        yield from control_problems(dropped, options)


def reference_in(text: str) -> ListedPaper:
    """What one item of a list says of a paper."""
    text = "\n".join(BLOCK_ID.sub("", line) for line in text.split("\n"))
    led_on = _ADDED.search(text) is not None  # it has been imported before, and no title stood in it
    text = _with_links(_CHECKBOX.sub("", _without_note_links(text)))
    confirmed = _CONFIRMED.fullmatch(text.strip()) if not _identifiers(text) else None
    if confirmed is not None and (people := _listed_people(confirmed["people"])):
        year = int(confirmed["year"]) if confirmed["year"] else None
        return ListedPaper(" ".join(confirmed["title"].split()), people, year, sure=True)
    links = [(found["text"], found["url"]) for found in _LINK.finditer(text)]
    found = tuple({(one.scheme, one.value): one for one in _identifiers(text)}.values())
    title = next((label for label, url in links if _is_paper(url) and _is_title(label)), "")
    if len(title.split()) < 4 and _marked(_LINK.sub(" ", text))[0]:
        title = ""  # `*The Title* [[A Journal]](address)`
    if not title and not _marked(_LINK.sub(" ", text))[0]:
        title = next((label for label, _ in links if _is_title(label) and len(label.split()) > 2), "")
    rest = _LINK.sub(
        lambda m: " ; " if m["text"] == title or _is_label(m["text"]) else f" {m['text']} ", text
    )
    rest = _without(rest, _identifiers(rest))
    year = next((int(y) for y in reversed(_YEAR.findall(rest))), None)
    names: LineNames | None = None
    if not title:
        title, rest = _marked(rest)
    if title:
        names = _names_of(rest)
    elif not led_on:
        title, names = _title_and_names(_tidy(rest))
        if names is None and _is_remark(title, text):
            title = ""
    url = next((url for _, url in links if _is_paper(url)), "") or next(iter(_URL.findall(text)), "")
    return ListedPaper(one_line(title).strip(" ,;:."), names, year, found, url)


def _entries(found: Iterable[tuple[int, str]]) -> Iterator[ListEntry]:
    """The items: a bullet with the lines that go on with it; a line or block of plain text."""
    entry: ListEntry | None = None
    blank = True
    fence = ""
    for number, raw in found:
        text = raw.strip()
        if fence or (text.startswith(("```", "~~~")) and text[:3] not in text[3:]):
            fence = "" if fence and text.startswith(fence) else fence or text[:3]
            continue
        if not text or _HEADING.match(text) or _RULE.fullmatch(text):
            blank = True
            if text and entry is not None:
                yield entry
                entry = None
            continue
        indent = len(raw.expandtabs(4)) - len(raw.expandtabs(4).lstrip())
        bullet = _BULLET.match(text)
        own = bullet is not None or text.startswith("|")
        goes_on = entry is not None and not own and not blank and len(entry.text) < LONGEST
        if entry is not None and goes_on and not (_identifiers(text) and _identifiers(entry.text)):
            entry.text += "\n" + text
            continue
        if entry is not None and own and indent > entry.indent and not _identifiers(entry.text):
            inner = text[bullet.end() :] if bullet else text
            if _URL.fullmatch(inner.strip("<> ")):
                entry.text += "\n" + inner
                continue
        if entry is not None:
            yield entry
        entry = ListEntry(number, indent, text[bullet.end() :] if bullet else text, own)
        blank = False
    if entry is not None:
        yield entry


def _items(entry: ListEntry, options: Options) -> Iterator[Item]:
    if len(entry.text) > LONGEST:
        return
    said = reference_in(entry.text)
    several = {one.scheme for one in said.found if [o.scheme for o in said.found].count(one.scheme) > 1}
    source = options.source("" if options.name else "reading list")
    if several and not said.title:
        for one in said.found:
            yield _record(ListedPaper(found=(one,)), entry.line, source)
    elif said.found:
        first = tuple({one.scheme: one for one in reversed(said.found)}.values())
        yield _record(msgspec.structs.replace(said, found=first), entry.line, source)
    elif said.title and (_is_paper(said.url) or _says_enough(said)):
        yield _record(said, entry.line, source)
    elif entry.bullet and (said.url or '"' in entry.text or "“" in entry.text):
        reason = "this says of no paper who wrote it or where it is"
        yield Skipped(place=options.place, line=entry.line, reason=reason, text=one_line(entry.text))


def _says_enough(said: ListedPaper) -> bool:
    """Whether a title and its people make a paper without an address."""
    names = said.names
    if names is None or said.sure:
        return said.sure
    sure = len(names.people) > 1 or names.cut or bool(said.url) or said.year is not None
    return len(said.title.split()) > 2 and (sure or "." in names.people[0])


def _record(said: ListedPaper, line: int, source: str) -> PaperRecord:
    ids = {one.scheme: one.value for one in said.found}
    first = next(iter(said.found), None)
    url = said.url
    if "acl" in ids:
        url = f"https://aclanthology.org/{ids['acl']}"
    elif "openreview" in ids:
        url = f"https://openreview.net/forum?id={ids['openreview']}"
    return PaperRecord(
        title=said.title or (stub_title(first.scheme, first.value) if first else ""),
        authors=said.names.people if said.names else None,
        authors_cut=bool(said.names and said.names.cut),
        year=said.year if said.title else None,
        arxiv=ids.get("arxiv"),
        doi=ids.get("doi"),
        url=url or None,
        source=source,
        line=line,
        listed=said.title,
    )


def _identifiers(text: str) -> list[Identifier]:
    return [one for one in identifiers_in(text) if one.scheme not in ("citekey", "url")]


def _is_paper(url: str) -> bool:
    return bool(_identifiers(url)) or _PAPER_HOST.match(url) is not None


def _is_label(text: str) -> bool:
    return _LABEL.fullmatch(text.strip(" []()*_")) is not None


def _is_title(text: str) -> bool:
    bare = text.strip(' []()*_"“”')
    return not _is_label(bare) and (len(bare.split()) > 1 or len(bare) > 3) and "://" not in bare


def _with_links(text: str) -> str:
    """HTML's links as Markdown's, and entities as characters."""
    if "<" in text:
        text = _ANCHOR.sub(lambda m: f"[{m['text']}]({m['url']})", text)
        text = _TAG.sub(" ", text)
    return unescaped(text)


def _without_note_links(text: str) -> str:
    """The item as it was before it led to a note of the vault (`list_links`): what links to notes show."""
    if "](" not in text and "[[" not in text:
        return text
    text = _NOTE_LINK.sub(lambda m: re.sub(r"\\([\[\]|])", r"\1", m["shown"]), _ADDED.sub("", text))
    return _WIKILINK.sub(lambda m: m["shown"] or m["target"].rpartition("/")[2], text)


def _without(text: str, found: list[Identifier]) -> str:
    for one in reversed(found):
        text = f"{text[: one.span.start]} ; {text[one.span.end :]}"
    return _URL.sub(" ; ", text)


def _marked(text: str) -> tuple[str, str]:
    """A title in quotes or emphasis, and the text around it."""
    for found in _QUOTED.finditer(text):
        inner = next(filter(None, found.groups()))
        if len(inner.split()) > 1 and not names_in(inner, alone=False):
            return inner, f"{text[: found.start()]} ; {text[found.end() :]}"
    return "", text


def _tidy(text: str) -> str:
    text = _EMPHASIS.sub("", _LABELS.sub(" ", text))
    return re.sub(r"(?:(?<!\s)\s++)?[;|]\s*(?=[;|\s]|$)", " ; ", " ".join(text.split())).strip(" ;,|–—-:")


def _listed_people(text: str) -> LineNames | None:
    """The people of a list that is said to be one."""
    bare = _OTHERS.sub("", text)
    people = tuple(" ".join(person.split()) for person in _AND.split(bare))
    if not all(1 < len(person) < 80 and person[0].isalpha() for person in people):
        return None
    return LineNames(people, bare != text)


def _names_of(rest: str) -> LineNames | None:
    """The people in what stands around a title."""
    for part in re.split(
        r"\s;\s|\s[–—-]\s|\n|\||[()\[\]]|(?<=[^\W\d_]{3})\.\s|:\s", f" {_LABELS.sub(' ', rest)} "
    ):
        bare = _YEAR.sub(" ", _EMPHASIS.sub("", part)).strip(" .,;:–—-")
        bare = re.sub(r"^(?:by|authors?:?|from|von)\s+", "", bare, flags=re.IGNORECASE)
        pieces = bare.split(",")
        for last in range(len(pieces), max(len(pieces) - 3, 0), -1):  # `Ida Alm, Max Oak, ICLR`
            people = ",".join(pieces[:last])
            if people and (names := names_in(people, surnames="&" in people or " and " in people)):
                return names
    return None


def _title_and_names(text: str) -> tuple[str, LineNames | None]:
    """Title and people of an item in which nothing marks the title."""
    for by in list(_BY.finditer(text))[: -TRIED - 1 : -1]:
        people = _YEAR.sub(" ", text[by.end() : by.end() + PEOPLE].partition(" ; ")[0]).strip(" ,.()")
        if by.start() > 3 and (names := names_in(people, surnames=True)):
            return text[: by.start()].strip(" ,"), names
    before, colon, after = text.partition(": ")
    if colon and (names := names_in(_YEAR.sub("", before).strip(" ,()"), alone=False)):
        return _without_year(_PARTS.split(after)[0]), names
    parts = [part.strip(" .,;–—-") for part in _PARTS.split(text)]
    parts = [part for part in parts if part and not _LABEL.fullmatch(part)]
    for i, part in enumerate(parts[:4]):
        bare = _YEAR.sub("", part).strip(" ,()")
        names = names_in(bare, alone=i > 0, surnames=i > 0 and ("&" in bare or " and " in bare))
        if names is not None and len(parts) > 1:
            others = [other for j, other in enumerate(parts) if j != i]
            title = others[0] if i else next((o for o in others if len(o.split()) > 1), others[0])
            return _without_year(title), names
    for comma in islice(re.finditer(r",\s+", text), TRIED):
        rest = text[comma.end() : comma.end() + PEOPLE]
        sentence = re.split(r"(?<=[^\W\d_]{3})\.\s|\s;\s", rest, maxsplit=1)[0]
        names = names_in(_YEAR.sub("", sentence).strip(" ,()"), alone=False)
        if names is not None and comma.start() > 8:
            return _without_year(text[: comma.start()]), names
    return _without_year(parts[0] if parts else ""), None


def _is_remark(title: str, item: str) -> bool:
    """Whether what was taken for a title is rather what somebody said behind an address: `…, read soon`."""
    if sum(map(str.isalpha, title)) < 2:
        return True
    address = _URL.search(item)
    behind = address is not None and item.find(title, address.end()) >= 0
    return behind and (len(title.split()) < 4 or title[:1].islower())


def _without_year(title: str) -> str:
    return re.sub(r"(?:(?<!\s)\s++)?(?:[,(]\s*+)?\(?(?:19|20)\d\d\)?[a-z]?\s*$", "", title).strip(" ,")


_CHECKBOX = re.compile(r"^\s*\[[ xX✓✔/-]?\]\s+|^[^\w\s\"“‘'(\[*_<$\\]+\s*")
_HEADING = re.compile(r"#{1,6}\s")
_RULE = re.compile(r"[\s\-=*_|:+]+")
_WIKILINK = re.compile(r"\[\[(?P<target>[^\[\]|\\\n]*)(?:\\?\|(?P<shown>[^\[\]\n]*))?\]\](?!\()")
_NOTE_LINK = re.compile(
    r"(?<![!\[])\[(?P<shown>(?:[^\[\]\\\n]|\\.){1,400})\]\((?![A-Za-z][A-Za-z0-9+.-]*:|//)[^()\s<>]{1,1000}\.md\)"
)
_ADDED = re.compile(rf"{ADDED}(?:\[\[[^\[\]\n]*\]\]|{_NOTE_LINK.pattern})")
_CONFIRMED = re.compile(
    r"“(?P<title>[^“”\n]{2,300})”,? by (?P<people>[^\W\d_][^\n“”\d]{1,4000}?)"
    r"(?:, (?P<year>(?:19|20)\d\d))?\.?"
)
_AND = re.compile(r",\s+(?:(?:and|&)\s+)?|(?<!\s)\s++(?:and|&)\s+")
_OTHERS = re.compile(r"(?:,|(?<!\s))\s++(?:et\.? al\.?|and others)\Z")
_BULLET = re.compile(r"(?:[-*+•◦▪‣–]|\(?[0-9]{1,4}[.)\]]|\[[0-9]{1,4}\])\s+")
_LINK = re.compile(
    r"(?<!\[)\[+(?P<text>(?:[^\[\]]|\[[^\[\]]*\]){1,400})\]+\(\s*<?(?P<url>https?://[^\s()<>]*(?:\([^\s()]*\)[^\s()<>]*)*)>?[^()]{0,100}\)"
)
_URL = re.compile(r"https?://[^\s<>()\"'`|]+(?<![.,;:])")
_ANCHOR = re.compile(
    r"<a\s[^<>]*href\s*=\s*[\"'](?P<url>[^\"'<>]+)[\"'][^<>]*>(?P<text>[^<>]{1,400})</a>", re.IGNORECASE
)
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,200}>")
_YEAR = re.compile(r"(?<![\d/-])((?:19|20)\d\d)(?![\d/-]|\.\d)")
_QUOTED = re.compile(
    r"“([^“”]{3,300})”|\"([^\"]{3,300})\"|\*\*([^*]{3,300})\*\*|\*([^*]{3,300})\*|__([^_]{3,300})__"
    r"|(?<!\w)_([^_]{3,300})_(?!\w)"
)
_EMPHASIS = re.compile(r"[*_`]{1,3}(?=\S)|(?<=\S)[*_`]{1,3}")
_LABEL = re.compile(
    r"(?:(?:arxiv|ar5iv|openreview|acl|doi|pdf|paper|abs|html|code|github|pytorch|tensorflow|video|slides|blog|project|demo"
    r"|website|page|link|url|poster|data|dataset|bibtex|supp|here|post|tweet|notes?|talk|official|implementation|abstract"
    r"|tf|keras|jax|repo|model|appendix|preprint|published|version|[0-9]{1,4}(?![0-9])|v[0-9])[\s,.:/&+-]*+)*",
    re.IGNORECASE,
)
_LABELS = re.compile(r"[\[(]\s*(?:" + _LABEL.pattern[:-1] + r"+)\s*[\])]", re.IGNORECASE)
_PAPER_HOST = re.compile(
    r"https?://(?:[\w.-]+\.)?(?:papers\.n(?:eur)?ips\.cc|proceedings\.\w+\.\w+|openaccess\.thecvf\.com|jmlr\.org|dl\.acm\.org"
    r"|ieeexplore\.ieee\.org|link\.springer\.com|sciencedirect\.com|nature\.com|science\.org|cell\.com|pnas\.org|aaai\.org"
    r"|ojs\.\w+\.\w+|biorxiv\.org|medrxiv\.org|semanticscholar\.org|isca-speech\.org|pubmed\.ncbi\.nlm\.nih\.gov|usenix\.org"
    r"|onlinelibrary\.wiley\.com|tandfonline\.com|journals\.\w+\.\w+|hal\.science|eprint\.iacr\.org|ssrn\.com)/"
    r"|https?://\S+\.pdf(?:$|[?#])",
    re.IGNORECASE,
)
_BY = re.compile(r"(?:,|(?<!\s))\s++(?:by|von|par)\s+(?=[^\W\d_a-z])")
_PARTS = re.compile(r"\s[–—|/;-]\s|\n|(?<=[^\W\d_]{3}[.?!])\s+|(?<=\))[.,]\s|\s(?=\((?:19|20)\d\d\))")
