"""Completing stubs from the arXiv export API and from Crossref: only when asked for by `import --fetch`.

A record that only has an identifier is replaced by what these services state of it. Both are asked politely:
arXiv in batches, one request in three seconds (info.arxiv.org/help/api/tou.html), Crossref one a second; a
refusal by rate is waited for as long as the service says, and no more than `PATIENCE`. Their answers are kept
for a month. Whatever fails is a problem, the stub stays as it is, and the import goes on.
"""

from __future__ import annotations

import re
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from hashlib import blake2b
from http.client import HTTPException
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import msgspec

from vaultsync import __version__
from vaultsync.core.errors import DAMAGED, Problem
from vaultsync.core.importers import csljson
from vaultsync.core.importers.completion import is_preprint
from vaultsync.core.importers.identifier_list import is_stub_title
from vaultsync.core.importers.merged_record import merge
from vaultsync.core.importers.planning import Source
from vaultsync.core.importers.record import RULE, Item, Options, PaperRecord, one_line, or_none, paragraphs
from vaultsync.core.importers.same_paper import title_key
from vaultsync.core.papers.identifiers import canonical_arxiv, canonical_doi
from vaultsync.runs.whole_requests import opener, within
from vaultsync.vault.places import cache_folder, replace_private

ARXIV = "https://export.arxiv.org/api/query"
CROSSREF = "https://api.crossref.org/works"

BATCH = 50
"""arXiv ids in one request; its manual allows more, but a long URL is refused somewhere on the way."""

WHOLE = 4
"""Times the time-out that a whole request may take, redirects and a slow body included."""

TIMEOUT = 20.0
PATIENCE = 30.0
"""Seconds: for an answer; and at most between two tries of one request."""

CANDIDATES = 5
"""Answers to a search that are compared; the exact one is among the first, or it is not known."""

SEARCHES = 100
"""Notes without an identifier that one run looks for: some five minutes, by the services' pauses."""

TRIES = 3
LONGEST, DEEPEST = 3_000_000, 50
"""Bytes of an answer, of which 50 papers have some 200,000; and how deep its elements lie, a feed's four."""

KEPT = 30 * 86_400
"""Seconds that an answer is kept for: titles and lists of authors seldom change."""

_PIECE = 1 << 16  # bytes that are parsed before the depth is looked at
_PAUSES = {"arxiv": 3.0, "doi": 1.0}
_SERVICES = {"arxiv": "arXiv", "doi": "Crossref", "title": "no service"}
_ATOM = "{http://www.w3.org/2005/Atom}"
_OWN = "{http://arxiv.org/schemas/atom}"


class NoAnswer(Exception):
    """The service gave no answer that can be used; the text says why."""


class Fetcher:
    """Asks the services, each identifier once. `folder` keeps the answers; clock and sleep are for tests."""

    def __init__(
        self,
        folder: Path | None = None,
        *,
        arxiv: str | None = None,
        crossref: str | None = None,
        timeout: float = TIMEOUT,
        sleep: Callable[[float], None] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._folder = folder if folder is not None else cache_folder() / "fetched"
        self._arxiv, self._crossref = arxiv or ARXIV, crossref or CROSSREF
        self._timeout, self._sleep, self._monotonic = timeout, sleep, monotonic
        self._asked_at: dict[str, float] = {}
        self._down: dict[str, str] = {}
        self._answers: dict[tuple[str, str], PaperRecord | str] = {}

    def completing(self, source: Source) -> Source:
        """The source with its stubs replaced by what the services know; a problem for each that stays one."""

        def items() -> Iterator[Item]:
            waiting: list[PaperRecord] = []
            for item in source():
                if isinstance(item, PaperRecord) and is_stub_title(item.title):
                    waiting.append(item)
                    if len(waiting) < BATCH:
                        continue
                    yield from self._completed(waiting)
                    waiting.clear()
                else:
                    yield item
            yield from self._completed(waiting)

        return items

    def searching(self, papers: Sequence[PaperRecord]) -> Source:
        """Records of those of the papers, known by title alone, of which a service has exactly this one."""

        def items() -> Iterator[Item]:
            for paper in papers[:SEARCHES]:
                found = self._searched(paper)
                if isinstance(found, PaperRecord):
                    yield msgspec.structs.replace(found, title=paper.title)
            if len(papers) > SEARCHES:
                reason = f"{len(papers) - SEARCHES:,} more notes have no identifier"
                yield Problem(
                    "", 0, 0, RULE, reason, "run `vaultsync import --fetch` again for the next ones"
                )

        return items

    def _searched(self, paper: PaperRecord) -> PaperRecord | None:
        """The one paper of exactly this title and these authors; None where there is none, or several."""
        key = ("title", "\n".join((title_key(paper.title), *(paper.authors or ()))))
        if (kept := self._kept(key)) is not None:
            return kept
        title = re.sub(r"[\W_]+", " ", paper.title).strip()
        arxiv = urllib.parse.urlencode({"search_query": f'ti:"{title}"', "max_results": CANDIDATES})
        works = urllib.parse.urlencode({"query.bibliographic": title, "rows": CANDIDATES})
        found: list[PaperRecord] = []
        for scheme, url, read in (
            ("doi", f"{self._crossref}?{works}", _works),
            ("arxiv", f"{self._arxiv}?{arxiv}", _feed),
        ):
            with suppress(NoAnswer):
                exact = [one for one in read(self._get(scheme, url)) if is_same(paper, one)]
                # A preprint beside the article is the same paper; two articles are not.
                published = [one for one in exact if not is_preprint(one.venue, one.doi)] or exact
                found += published if len(published) == 1 else []
        if not found:
            return None
        merged = merge(found)
        self._tell(key, merged)
        return merged

    def fetch(self, identifiers: Iterable[tuple[str, str]]) -> dict[tuple[str, str], PaperRecord | str]:
        """What is known of each (scheme, value); a text says why nothing is."""
        wanted = [i for i in dict.fromkeys(identifiers) if i not in self._answers]
        for identifier in wanted:
            if (kept := self._kept(identifier)) is not None:
                self._answers[identifier] = kept
        asked = [identifier for identifier in wanted if identifier not in self._answers]
        arxiv = [value for scheme, value in asked if scheme == "arxiv"]
        for start in range(0, len(arxiv), BATCH):
            self._ask_arxiv(arxiv[start : start + BATCH])
        for scheme, value in asked:
            if scheme == "doi":
                self._ask_crossref(value)
        return self._answers

    def _completed(self, stubs: Sequence[PaperRecord]) -> Iterator[Item]:
        answers = self.fetch(identifier for paper in stubs if (identifier := _identifier(paper)) is not None)
        for paper in stubs:
            identifier = _identifier(paper)
            found = (
                answers[identifier] if identifier is not None else "only arXiv ids and DOIs can be looked up"
            )
            if isinstance(found, PaperRecord):
                yield msgspec.structs.replace(found, line=paper.line)
            else:
                if isinstance(found, str):
                    yield Problem(paper.title, 0, 0, RULE, f"not fetched: {found}", "the stub stays as it is")
                yield paper

    # The services

    def _ask_arxiv(self, values: Sequence[str]) -> None:
        query = urllib.parse.urlencode({"id_list": ",".join(values), "max_results": len(values)}, safe=",/")
        try:
            found = {paper.arxiv: paper for paper in _feed(self._get("arxiv", f"{self._arxiv}?{query}"))}
        except NoAnswer as error:
            self._answers.update({("arxiv", value): str(error) for value in values})
            return
        for value in values:
            self._tell(("arxiv", value), found.get(value))

    def _ask_crossref(self, doi: str) -> None:
        try:
            paper = _work(self._get("doi", f"{self._crossref}/{urllib.parse.quote(doi, safe='')}"), doi)
        except NoAnswer as error:
            self._answers["doi", doi] = str(error)
            return
        self._tell(("doi", doi), paper)

    def _tell(self, identifier: tuple[str, str], paper: PaperRecord | None) -> None:
        if paper is None:
            self._answers[identifier] = f"{_SERVICES[identifier[0]]} knows no such paper"
            return
        self._answers[identifier] = paper
        file = self._file(identifier)
        with suppress(OSError):  # then the next run asks again
            replace_private(file, msgspec.json.encode(paper))

    def _get(self, scheme: str, url: str) -> bytes:
        """The answer to one request, asked again where the service says that it is busy."""
        if (reason := self._down.get(scheme)) is not None:
            raise NoAnswer(reason)
        agent = f"vaultsync/{__version__} (a note-taking tool; python-urllib)"
        request = urllib.request.Request(url, headers={"User-Agent": agent})  # noqa: S310  http(s), from here
        for left in reversed(range(TRIES)):
            self._pause(scheme)
            try:
                with (
                    within(WHOLE * self._timeout),
                    _OPENER.open(request, timeout=self._timeout) as answer,
                ):
                    data: bytes = answer.read(LONGEST + 1)
            except urllib.error.HTTPError as error:
                error.close()
                if error.code == 404:
                    raise NoAnswer(f"{_SERVICES[scheme]} knows no such paper") from None
                if error.code in (429, 500, 502, 503, 504) and left:
                    self._sleep(_wait(error.headers.get("Retry-After"), TRIES - left))
                    continue
                raise self._is_down(scheme, f"answers {error.code} {error.reason}") from None
            except urllib.error.URLError as error:
                raise self._is_down(scheme, f"can't be reached: {error.reason}") from None
            except TimeoutError:
                raise self._is_down(scheme, f"gave no answer in {self._timeout:g} s") from None
            except (OSError, HTTPException) as error:
                raise self._is_down(scheme, f"broke off: {error}") from None
            if len(data) > LONGEST:
                raise NoAnswer(f"{_SERVICES[scheme]} answers with more than {LONGEST:,} bytes")
            return data
        raise AssertionError("the last try returns or raises")

    def _is_down(self, scheme: str, reason: str) -> NoAnswer:
        """The refusal, for this request and for all further ones of this run."""
        self._down[scheme] = f"{_SERVICES[scheme]} {reason}"
        return NoAnswer(self._down[scheme])

    def _pause(self, scheme: str) -> None:
        now = self._monotonic()
        due = self._asked_at.get(scheme, -1e9) + _PAUSES[scheme]
        if due > now:
            self._sleep(due - now)
        self._asked_at[scheme] = max(now, due)

    # The answers of the last month

    def _file(self, identifier: tuple[str, str]) -> Path:
        return self._folder / f"{blake2b(':'.join(identifier).encode(), digest_size=12).hexdigest()}.json"

    def _kept(self, identifier: tuple[str, str]) -> PaperRecord | None:
        file = self._file(identifier)
        try:
            if abs(time.time() - file.stat().st_mtime) > KEPT:  # also where a clock was far ahead once
                return None
            return msgspec.json.decode(file.read_bytes(), type=PaperRecord)
        except (OSError, *DAMAGED):
            return None


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows a service to itself or to its other names, never from https to http."""

    def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Any:
        old, new = (urllib.parse.urlsplit(url) for url in (req.full_url, newurl))
        at_home = new.hostname == old.hostname or new.hostname in _HOSTS
        if not at_home or new.scheme not in {old.scheme, "https"}:
            raise urllib.error.URLError(f"it sends us on to {new.scheme}://{new.hostname}")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


_HOSTS = frozenset({"arxiv.org", "export.arxiv.org", "api.crossref.org"})
_OPENER = opener(_Redirects)


def _identifier(paper: PaperRecord) -> tuple[str, str] | None:
    if paper.arxiv:
        return "arxiv", paper.arxiv
    return ("doi", paper.doi) if paper.doi else None


def is_same(paper: PaperRecord, found: PaperRecord) -> bool:
    """Whether a service's record is exactly this paper: the title letter for letter, and a common author.

    Without authors to compare only a title of four words or more is exact enough.
    """
    if title_key(paper.title) != title_key(found.title):
        return False
    ours, theirs = ({_surname(name) for name in one.authors or ()} for one in (paper, found))
    return bool(ours & theirs) if ours and theirs else len(paper.title.split()) >= 4


def _surname(name: str) -> str:
    last, comma, _ = name.partition(",")
    return (last if comma else name.rpartition(" ")[2]).strip().casefold()


def _wait(retry_after: str | None, tries: int) -> float:
    """Seconds to wait: what the service says, else a little more each time."""
    return min(float(retry_after) if retry_after and retry_after.isdecimal() else 5.0 * tries, PATIENCE)


def _parsed(data: bytes) -> ElementTree.Element:
    """The root of a document that can't grow, since it has no document type."""
    parser: Any = ElementTree.XMLPullParser(("start", "end"))
    depth, root = 0, None
    for at in range(0, len(data), _PIECE):
        parser.feed(data[at : at + _PIECE])
        for event, element in parser.read_events():
            root = element if root is None else root
            depth += 1 if event == "start" else -1
            if depth > DEEPEST:
                raise NoAnswer("arXiv's answer is no feed: its elements lie too deep in each other")
    parser.close()
    assert isinstance(root, ElementTree.Element)  # noqa: S101  `close` raises where there is none
    return root


def _feed(data: bytes) -> Iterator[PaperRecord]:
    """The papers of an Atom feed of the arXiv API (info.arxiv.org/help/api/user-manual.html)."""
    # In another encoding the bytes below would not show; arXiv's feeds are UTF-8.
    head = data[:200].lower()
    other = b"\0" in head or (b"encoding" in head and b"utf-8" not in head)
    if other or b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise NoAnswer("arXiv's answer is no feed")
    try:
        feed = _parsed(data)
    except ElementTree.ParseError as error:
        raise NoAnswer(f"arXiv's answer is no feed: {error}") from None
    for entry in feed.iter(f"{_ATOM}entry"):
        title = one_line(entry.findtext(f"{_ATOM}title") or "")
        address = one_line(entry.findtext(f"{_ATOM}id") or "")
        identifier = canonical_arxiv(re.sub(r"v\d+$", "", address))
        if not title or identifier is None:  # an error is an entry, too
            continue
        names = [one_line(name.text or "") for name in entry.iterfind(f"{_ATOM}author/{_ATOM}name")]
        category = entry.find(f"{_OWN}primary_category")
        published = re.match(r"\d{4}-\d\d-\d\d", entry.findtext(f"{_ATOM}published") or "")
        yield PaperRecord(
            title=title,
            authors=tuple(filter(None, names)) or None,
            date=published[0] if published else None,
            arxiv=identifier,
            doi=canonical_doi(entry.findtext(f"{_OWN}doi") or ""),
            url=f"https://arxiv.org/abs/{identifier}",
            category=or_none((category.get("term") or "") if category is not None else ""),
            abstract=or_none(paragraphs(entry.findtext(f"{_ATOM}summary") or "")),
            tex=True,
            source="arXiv",
        )


def _works(data: bytes) -> Iterator[PaperRecord]:
    """The papers of Crossref's answer to a search."""
    try:
        items = msgspec.json.decode(data)["message"]["items"]
        works = [item for item in items if isinstance(item, dict) and isinstance(item.get("DOI"), str)]
    except (*DAMAGED, RecursionError, KeyError, TypeError) as error:
        raise NoAnswer(f"Crossref's answer is not understood: {error}") from None
    for work in works:
        paper = _work(msgspec.json.encode({"message": work}), str(canonical_doi(work["DOI"])))
        if paper is not None and paper.doi:
            yield paper


def _work(data: bytes, doi: str) -> PaperRecord | None:
    """The paper in Crossref's answer, whose `message` is nearly an item of CSL-JSON."""
    try:
        message = msgspec.json.decode(data)["message"]
        raw = {key: value[:1] if key in _LISTED and isinstance(value, list) else value
               for key, value in message.items()}  # fmt: skip
    except (*DAMAGED, RecursionError, KeyError, TypeError, AttributeError) as error:
        raise NoAnswer(f"Crossref's answer is not understood: {error}") from None
    items = csljson.read([msgspec.json.encode(raw).decode()], Options(name="Crossref"))
    paper = next((item for item in items if isinstance(item, PaperRecord)), None)
    return msgspec.structs.replace(paper, doi=doi, line=0) if paper is not None else None


_LISTED = ("title", "container-title")
"""What Crossref gives as a list: the title, and then perhaps others of its names."""
