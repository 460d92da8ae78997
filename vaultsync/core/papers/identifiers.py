"""Identifiers of papers in a text: arXiv, DOI, ACL Anthology, OpenReview, pandoc citekeys, other URLs.

The first tier of mentions (design, section 6). An identifier has one canonical value whichever way it is
written, so that mentions and properties meet in a dictionary. Grammars: arXiv's "Understanding the arXiv
identifier", the DOI Handbook 2.2, the Anthology's "ACL Anthology Identifiers", Pandoc's manual, "Citation
syntax". What is code, math or a comment is for the caller to leave out; the text itself is never touched.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import Literal
from urllib.parse import parse_qsl, unquote, urlsplit, urlunsplit

import msgspec

from vaultsync.core.text.late_pattern import late_pattern
from vaultsync.core.text.spans import Span, SpanSet

_NOWHERE = SpanSet()

SHORT = 400
"""Characters up to which one search for any sign takes less than a search for each of them."""

Scheme = Literal["arxiv", "doi", "acl", "openreview", "citekey", "url"]


class Identifier(msgspec.Struct, frozen=True, gc=False):
    """One identifier in a text: its canonical value, and the span of all of it.

    The span takes in a prefix (`arXiv:`) and the whole of a URL; of a citation it covers `@key` or `@{key}`.
    """

    scheme: Scheme
    value: str
    span: Span


def identifiers_in(
    text: str, start: int = 0, end: int | None = None, apart: SpanSet = _NOWHERE
) -> tuple[Identifier, ...]:
    """The identifiers of `text[start:end]`, in order, without overlaps; offsets are those of `text`.

    What only looks like one is left out: `12210.136951`, `2023.12345` (no month 23), `1201.5000 EUR`, an
    e-mail address. Who has no use for those that touch a span of `apart` may be given none of them.
    """
    end = len(text) if end is None else end
    found: list[Identifier] = []
    place = start
    hints = _hints(text, start, end)
    wanted = [hint for hint in hints if not apart.covering(hint)] if apart else hints
    for hint in hints:
        if hint < place:
            continue
        # Only the run of characters around a hint is looked at closely, and a prefix such as `arXiv: `.
        token_end = token.end() if (token := _RUN.match(text, hint, end)) else end
        at = bisect_left(wanted, hint)
        if at == len(wanted) or wanted[at] >= token_end:
            place = token_end
            continue
        token_start = max(place, _token_start(text, place, hint))
        place = token_start
        while candidate := _CANDIDATE.search(text, place, token_end):
            identifier = _identifier(text, candidate, end)
            if identifier:
                found.append(identifier)
                place = identifier.span.end
            else:
                place = candidate.start() + 1
        place = max(place, token_end)
    return tuple(found)


def canonical_arxiv(value: str) -> str | None:
    """The arXiv id that `value` is in any notation (id, `arXiv:`, URL, DOI), without a version; else None.

    Old ids lose the subject class, as arXiv itself writes them: `math.GT/0309136` is `math/0309136`.
    """
    if plain := _ARXIV_NEW.fullmatch(value):  # as most properties have it: a tenth of the time
        return _arxiv_value(plain)
    return _canonical(value, "arxiv")


def canonical_doi(value: str) -> str | None:
    """The DOI that `value` is in any notation (bare, `doi:`, URL), in lower case; else None.

    arXiv's own DOIs (`10.48550/arxiv.…`) are DOIs here; `canonical_arxiv` reads them too.
    """
    value = value.strip()
    host = _DOI_HOST.match(value)
    rest = re.split(r"[?#]", unquote(value[host.end() :]))[0] if host else value
    m = _DOI_PREFIXED.fullmatch(rest)
    if not m:
        return None
    doi = m[1].lower()
    return doi if _doi_end(doi, 0, len(doi)) == len(doi) else None


def canonical_acl(value: str) -> str | None:
    """The ACL Anthology id that `value` is (`P19-1001`, `2020.acl-main.1`, or a URL of one); else None."""
    return _canonical(value, "acl")


def canonical_openreview(value: str) -> str | None:
    """The OpenReview id in a URL of a submission, or `value` itself if it looks like one; else None."""
    return _canonical(value, "openreview") or (
        value.strip() if _OPENREVIEW_ID.fullmatch(value.strip()) else None
    )


def canonical_url(value: str) -> str | None:
    """An http or https URL without what does not tell pages apart, or None if it is none.

    Lower-case scheme and host, no default port, no lone `/` as path, upper-case percent escapes, no tracking
    parameters. Scheme, path, order of parameters and fragment stay: a server may tell them apart.
    """
    value = value.strip()
    try:
        parts = urlsplit(value)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    scheme = parts.scheme.lower()
    if scheme not in ("http", "https") or not host or re.search(r"[\s<>]", value):
        return None
    login = parts.netloc.rpartition("@")[0]
    place = f"[{host}]" if ":" in host else host
    if login:
        place = f"{login}@{place}"
    if port is not None and port != {"http": 80, "https": 443}[scheme]:
        place = f"{place}:{port}"
    kept = [p for p in parts.query.split("&") if p and not _TRACKING.fullmatch(p.partition("=")[0])]
    path = "" if parts.path == "/" and not kept and not parts.fragment else parts.path
    url = urlunsplit((scheme, place, path, "&".join(kept), parts.fragment))
    return _ESCAPE.sub(lambda m: m[0].upper(), url)


def address_key(value: str) -> str:
    """What a page's address is compared by: all but `http://` or `https://` and `www.`."""
    return _FRONT.sub("", value)


def arxiv_month(arxiv: str) -> tuple[int, int] | None:
    """Year and month in which the paper of a canonical arXiv id was submitted; None if it is no such id."""
    m = _ARXIV_NEW.fullmatch(arxiv) or _ARXIV_OLD.fullmatch(arxiv)
    if not m or not _arxiv_value(m):
        return None
    year, month = int(m["yy"]), int(m["mm"])
    return (1900 if year >= 91 else 2000) + year, month


def other_names(scheme: Scheme, value: str) -> tuple[tuple[Scheme, str], ...]:
    """The same paper's identifiers in other schemes that follow from this one, in canonical form.

    arXiv and the ACL Anthology give their papers DOIs that hold the id: `10.48550/arxiv.2210.13695`,
    `10.18653/v1/p19-1001`.
    """
    if scheme == "doi":
        arxiv = canonical_arxiv(value) if "arxiv" in value else None
        if arxiv:
            return (("arxiv", arxiv),)
        acl = _acl_value(value.removeprefix(_ACL_DOI)) if value.startswith(_ACL_DOI) else None
        return (("acl", acl),) if acl else ()
    if scheme == "arxiv":
        return (("doi", f"10.48550/arxiv.{value}"),)
    return ()


# What every identifier has: a slash, an @, four digits after a dot or hyphen, or `2020.acl-`.
_HINT = late_pattern(r"[/@.\-](?:(?<=[/@])|(?<=[0-9]\D)(?:[0-9]{4}|(?<=[0-9]{4}\.)\w+-))")
_HINTS = (
    late_pattern("/"),
    late_pattern("@"),
    late_pattern(r"\.(?<=[0-9]\.)(?:[0-9]{4}|(?<=[0-9]{4}\.)\w+-)"),
    late_pattern(r"-(?<=[0-9]-)[0-9]{4}"),
)
_RUN = late_pattern(r"\S*")
_PREFIX_BEFORE = late_pattern(r"(?:arxiv|doi)\s?:?\s{0,2}$", re.IGNORECASE)

_ARCHIVE = (
    "acc-phys|adap-org|alg-geom|ao-sci|astro-ph|atom-ph|bayes-an|chao-dyn|chem-ph|cmp-lg|comp-gas|cond-mat|cs|"
    "dg-ga|funct-an|gr-qc|hep-ex|hep-lat|hep-ph|hep-th|math-ph|math|mtrl-th|nlin|nucl-ex|nucl-th|patt-sol|"
    "physics|plasm-ph|q-alg|q-bio|quant-ph|solv-int|supr-con"
)
_NEW = r"(?P<yy>[0-9]{2})(?P<mm>0[1-9]|1[0-2])\.(?P<number>[0-9]{4,5})"
_OLD = (
    rf"(?P<archive>{_ARCHIVE})(?:\.[A-Z]{{2}})?/(?P<yy>[0-9]{{2}})(?P<mm>0[1-9]|1[0-2])(?P<serial>[0-9]{{3}})"
)
_VERSION = r"(?:v[1-9][0-9]{0,2})?"
_ARXIV_NEW = late_pattern(_NEW + _VERSION, re.IGNORECASE)
_ARXIV_OLD = late_pattern(_OLD + _VERSION, re.IGNORECASE)
_ARXIV_HOST = late_pattern(
    r"""(?:https?://)? (?:
          (?:(?:www|export|browse|cn|lanl|xxx)\.)? arxiv\.org/(?:abs|pdf|html|format|ps|e-print|src)
        | (?:www\.)? (?:hf\.co|huggingface\.co)/papers | (?:www\.)? alphaxiv\.org/(?:abs|pdf|overview)
        | ar5iv\.(?:labs\.arxiv\.)?org/(?:abs|html)
        | (?:(?:www|api)\.)?semanticscholar\.org/arxiv | (?:www\.)?scirate\.com/arxiv | papers\.cool/arxiv
        | (?:www\.)?arxiv-vanity\.com/papers | (?:www\.)?emergentmind\.com/papers
        ) /""",
    re.VERBOSE | re.IGNORECASE,
)
_ARXIV_DOI = late_pattern(r"10\.48550/arxiv\.", re.IGNORECASE)
_DOI_HOST = late_pattern(r"(?:https?://)?(?:www\.|dx\.)?doi\.org/", re.IGNORECASE)
_DOI_PREFIXED = late_pattern(r"(?:doi\s?:?\s{0,2})?(10\.[0-9]{4,9}(?:\.[0-9]+)*/\S+)", re.IGNORECASE)
_ACL_HOST = late_pattern(
    r"(?:https?://)?(?:www\.)?(?:aclanthology\.(?:org|info)|aclweb\.org/anthology)/(?:papers/|[A-Z]/|[A-Z][0-9]{2}/)*",
    re.IGNORECASE,
)
_ACL_OLD = late_pattern(r"[A-Z][0-9]{2}-[0-9]{4}", re.IGNORECASE)
_ACL_NEW = late_pattern(r"[12][0-9]{3}\.[a-z0-9_]+-[a-z0-9_]+\.[0-9]{1,5}", re.IGNORECASE)
_ACL_DOI = "10.18653/v1/"
_ACL_ENTRY = late_pattern(r"(.+?)(?:v[1-9])?(?:\.pdf|\.bib)?/?", re.IGNORECASE)
_OPENREVIEW_HOST = late_pattern(
    r"(?:https?://)?(?:www\.)?openreview\.net/(?:forum|pdf|attachment|revisions|references/pdf)/?\?",
    re.IGNORECASE,
)
_OPENREVIEW_ID = late_pattern(r"(?=[A-Za-z0-9_-]*[A-Z0-9])[A-Za-z0-9_-]{8,16}")

# pandoc allows every letter; beside CJK a key would have no end. (Without case: `re` would fold each of these
# 30,000 letters as the pattern is compiled, 10 ms of each start.)
_KEY_LETTER = r"(?-i:(?![⺀-鿿가-힯豈-﫿ｦ-ﾟ])\w)"
_CANDIDATE = late_pattern(
    rf"""(?<![A-Za-z0-9@])(?P<url>https?://)
       | (?<![A-Za-z0-9@./-])(?P<host>(?:www\.|dx\.|export\.)?
              (?:arxiv\.org|hf\.co|huggingface\.co|alphaxiv\.org|ar5iv(?:\.labs\.arxiv)?\.org|semanticscholar\.org|doi\.org
                |aclanthology\.(?:org|info)|aclweb\.org|openreview\.net)/)
       | (?<![A-Za-z0-9_./-])(?P<doi>(?:doi\s?:?\s{{0,2}})?10\.[0-9]{{4,9}}(?:\.[0-9]+)*/)
       | (?<![A-Za-z0-9_./-])(?P<prefixed>arxiv\s?:?\s{{0,2}})(?=[a-z0-9])
       | (?<![A-Za-z0-9_./$€£¥+@-])(?P<new>[0-9]{{4}}\.[0-9]{{4,5}})
       | (?<![A-Za-z0-9_./-])(?P<old>(?:{_ARCHIVE})(?:\.[A-Z]{{2}})?/[0-9]{{7}})
       | (?<![A-Za-z0-9_./-])(?P<acl>(?-i:[A-Z])[0-9]{{2}}-[0-9]{{4}}
              |[12][0-9]{{3}}\.[a-z0-9_]+-[a-z0-9_]+\.[0-9]+)
       | (?<![\w\\@./])(?<!\w[-+.])(?P<cite>@(?:\{{[^\s{{}}]+\}}
              |{_KEY_LETTER}+(?:[:.\#$%&\-+?<>~/]{_KEY_LETTER}+)*))""",
    re.VERBOSE | re.IGNORECASE,
)
_AFTER_ID = late_pattern(r"[A-Za-z0-9_%€£]|[.-][0-9]|/[A-Za-z0-9]|\$\d")
_AFTER_PRICE = late_pattern(r"\s?(?:%|€|\$|£|EUR\b|USD\b)")
_URL_RUN = late_pattern(r"""[^\s<>"`|\\^{}　-〿一-鿿぀-ヿ가-힯！-～“”‘’…]+""")
_DOI_RUN = late_pattern(r"""(?:[^\s<>"`|\\^　-〿一-鿿぀-ヿ가-힯！-～“”‘’…]|<[0-9]+:[^\s<>]*>)+""")
_OPENER = {")": "(", "]": "[", "}": "{"}
_BRACKET = late_pattern(r"[()\[\]{}]")
_FRONT = late_pattern(r"\Ahttps?://(?:www\.)?")
_TRACKING = late_pattern(r"utm_\w+|fbclid|gclid|dclid|msclkid|mc_cid|mc_eid|igshid|yclid", re.IGNORECASE)
_ESCAPE = late_pattern(r"%[0-9a-fA-F]{2}")


def _hints(text: str, start: int, end: int) -> list[int]:
    """Where hints stand, in their order."""
    if end - start < SHORT:
        return [hint.start() for hint in _HINT.finditer(text, start, end)]
    return sorted(hint.start() for pattern in _HINTS for hint in pattern.finditer(text, start, end))


def _token_start(text: str, floor: int, hint: int) -> int:
    """Where the run of characters around a hint begins, with `arXiv: ` or `doi: ` before it."""
    start = hint
    while start > floor and not text[start - 1].isspace():
        start -= 1
    prefix = _PREFIX_BEFORE.search(text, max(floor, start - 9), start)
    return prefix.start() if prefix else start


def _identifier(text: str, candidate: re.Match[str], end: int) -> Identifier | None:
    start = candidate.start()
    end = min(end, candidate.end() + LONGEST)
    kind = candidate.lastgroup
    if kind in ("url", "host"):
        return _from_url(text, start, end)
    if kind == "doi":
        at = text.index("10.", start)
        stop = _doi_end(text, at, end)
        doi = text[at:stop].lower()
        if not _DOI_PREFIXED.fullmatch(doi):
            return None
        return _arxiv_of_doi(doi, Span(start, stop)) or Identifier("doi", doi, Span(start, stop))
    if kind == "cite":
        key = candidate["cite"][1:].removeprefix("{").removesuffix("}")
        return Identifier("citekey", key, Span(start, candidate.end()))
    if kind == "acl":
        value = _acl_value(candidate["acl"])
        if not value or _AFTER_ID.match(text, candidate.end(), end):
            return None
        return Identifier("acl", value, Span(start, candidate.end()))
    at = candidate.end() if kind == "prefixed" else start
    m = _ARXIV_NEW.match(text, at, end) or _ARXIV_OLD.match(text, at, end)
    if not m or _AFTER_ID.match(text, m.end(), end):
        return None
    if kind == "new" and _AFTER_PRICE.match(text, m.end(), end):  # with a prefix a number is no price
        return None
    arxiv = _arxiv_value(m)
    return Identifier("arxiv", arxiv, Span(start, m.end())) if arxiv else None


def _from_url(text: str, start: int, end: int) -> Identifier | None:
    run = _URL_RUN.match(text, start, end)
    if not run:
        return None
    stop = _trimmed(text, start, run.end())
    url = text[start:stop]
    span = Span(start, stop)
    if m := _ARXIV_HOST.match(url):
        rest = re.split(r"[?#]", url[m.end() :])[0]
        found = _ARXIV_NEW.match(rest) or _ARXIV_OLD.match(rest)
        arxiv = _arxiv_value(found) if found else None
        if found and arxiv and rest[found.end() :].lower() in ("", ".pdf", "/", ".pdf/"):
            return Identifier("arxiv", arxiv, span)
    elif _DOI_HOST.match(url):
        doi = canonical_doi(url)
        if doi:
            return _arxiv_of_doi(doi, span) or Identifier("doi", doi, span)
    elif m := _ACL_HOST.match(url):
        rest = re.split(r"[?#]", url[m.end() :])[0]
        found = _ACL_ENTRY.fullmatch(rest)
        acl = _acl_value(found[1]) if found else None
        if acl:
            return Identifier("acl", acl, span)
    elif m := _OPENREVIEW_HOST.match(url):
        for name, value in parse_qsl(url[m.end() :].split("#")[0]):
            if name == "id" and _OPENREVIEW_ID.fullmatch(value):
                return Identifier("openreview", value, span)
    canonical = canonical_url(url)
    return Identifier("url", canonical, span) if canonical else None


def _canonical(value: str, scheme: Scheme) -> str | None:
    """The canonical value if the whole of `value` is one identifier of `scheme`."""
    value = value.strip()
    found = identifiers_in(value)
    if len(found) == 1 and found[0].scheme == scheme and found[0].span == Span(0, len(value)):
        return found[0].value
    return None


def _arxiv_value(m: re.Match[str]) -> str | None:
    """The canonical id, or None for an old id after 2007-03, or a new one before or of the wrong length."""
    year, month = int(m["yy"]), int(m["mm"])
    if "archive" in m.re.groupindex:
        if (7, 3) < (year, month) < (91, 1):
            return None
        return f"{m['archive'].lower()}/{m['yy']}{m['mm']}{m['serial']}"
    if (year, month) < (7, 4) or year >= 91 or len(m["number"]) != (4 if year < 15 else 5):
        return None
    return f"{m['yy']}{m['mm']}.{m['number']}"


def _arxiv_of_doi(doi: str, span: Span) -> Identifier | None:
    prefix = _ARXIV_DOI.match(doi)
    if not prefix:
        return None
    m = _ARXIV_NEW.fullmatch(doi, prefix.end()) or _ARXIV_OLD.fullmatch(doi, prefix.end())
    arxiv = _arxiv_value(m) if m else None
    return Identifier("arxiv", arxiv, span) if arxiv else None


def _acl_value(text: str) -> str | None:
    if _ACL_OLD.fullmatch(text):
        return text.upper()
    return text.lower() if _ACL_NEW.fullmatch(text) else None


def _doi_end(text: str, start: int, end: int) -> int:
    run = _DOI_RUN.match(text, start, min(end, start + LONGEST))
    return _trimmed(text, start, run.end()) if run else start


LONGEST = 2_000
"""Characters of a URL or DOI; longer ones are neither."""

DEEPEST = 8
"""Brackets in each other within one; without a limit a row of openers would be gone through from each."""


def _trimmed(text: str, start: int, end: int) -> int:
    """The end of a URL or DOI: without the sentence's punctuation, and before a bracket without a partner."""
    opened: list[int] = []
    end = min(end, start + LONGEST)
    for bracket in _BRACKET.finditer(text, start, end):
        i, char = bracket.start(), bracket[0]
        if char in "([{":
            opened.append(i)
            if len(opened) > DEEPEST:
                break
        elif not opened or text[opened.pop()] != _OPENER[char]:
            end = i
            break
    if opened:
        end = opened[0]
    while end > start and text[end - 1] in ".,;:!?'\"*_~":
        end -= 1
    return end
