"""The page that an address leads to, as far as it can tell one paper from another.

An arXiv id or a DOI names a paper; a plain address only a page, which may be anybody's list. So it tells
nothing by itself: `importers.same_page` asks for titles that are alike, too.
"""

from __future__ import annotations

import re
import string
from urllib.parse import quote

from vaultsync.core.papers.identifiers import LONGEST, canonical_url, identifiers_in
from vaultsync.core.text.late_pattern import late_pattern

_ESCAPE = late_pattern("%([0-9A-F]{2})")
_NOT_ASCII = late_pattern("[^\x00-\x7f]+")
_UNRESERVED = frozenset(string.ascii_letters + string.digits + "-._~")  # RFC 3986, section 2.3
_BARE_PERCENT = late_pattern("%(?![0-9A-F]{2})")
_WWW = late_pattern(r"\Awww\d?\.")
_PORT = late_pattern(r":(?:80|443)(?=/|\Z)")
_INDEX = late_pattern(r"(?:index|default|home)\.\w{2,5}", re.IGNORECASE)
_EXTENSION = late_pattern(r"\.(?:s?html?|php|aspx?|jsp|py|md)\Z", re.IGNORECASE)

_SEARCHES = frozenset("all browse find list listing lists recent results search".split())
"""Last steps of a path that name a search or a list, whatever is asked of it."""

_LISTS = frozenset(
    """
    about accepted accepted-papers acceptedpapers agenda archive archives articles bibliography blog
    books conference conferences contents current downloads events forthcoming group groups in-press
    issue issues journal journals latest main menu new newest news online-first overview paper papers
    people posters preprints proceedings program programme programs projects pub publication publications
    pubs reading reading-list references research schedule sessions submissions table-of-contents talks
    toc top trending volume volumes workshop workshops years
    """.split()
)
"""Last steps of a path that name a list of papers, unless something is asked of it (`/paper?id=7`)."""

_ASKED = frozenset("as_q keyword keywords q query s search search_query term terms".split())
"""Parameters that hold what somebody searched for."""

_KNOWN_LISTS = late_pattern(
    r"""scholar\.google\.[a-z.]+/.* | (?:duckduckgo|bing)\.com/.* | dblp\.(?:org|uni-trier\.de)/(?!rec/).*
    | openreview\.net/(?:group|venue)\b.* | arxiv\.org/(?:a|archive|year|list|find)\b.*
    | aclanthology\.org/(?:events|volumes|venues|people)/.*
    | (?:(?:proceedings|papers)\.)?n(?:eur)?ips\.cc/(?:paper|paper_files/paper|book)/[\w-]+
    | openaccess\.thecvf\.com/\w+ | jmlr\.org/(?:papers|proceedings)/\w+ | ieeexplore\.ieee\.org/xpl/.*
    | dl\.acm\.org/(?:toc|conference|journal|profile|doi/proceedings)\b.*
    | link\.springer\.com/(?:journal|book|conference)\b.* | semanticscholar\.org/(?:author|venue)\b.*
    | huggingface\.co/papers/(?:date|month|week)/.* | researchgate\.net/profile/[^/]+""",
    re.VERBOSE | re.IGNORECASE,
)
_VOLUME = late_pattern(r"(?:v|vol|volume|issue|year)[-_.]?\d{1,4}|(?:19|20)\d\d")


def page_of(address: str) -> str | None:
    """The page of a plain http(s) address: the same for all spellings of one; None if it tells no paper.

    Neither scheme, `www.`, a slash at the end, `index.html`, the fragment (but `#!/…` and `#/…`, which some
    sites take for a path), tracking parameters nor the way of escaping count. None for a bare host, for lists
    and searches, and where the address holds an identifier, which tells the paper better.
    """
    plain = canonical_url(address) if len(address) <= LONGEST else None
    if plain is None or any(found.scheme not in ("url", "citekey") for found in identifiers_in(plain)):
        return None
    escaped = _ESCAPE.sub(_unescaped, _BARE_PERCENT.sub("%25", plain))
    escaped = _NOT_ASCII.sub(lambda found: quote(found[0], errors="replace"), escaped)
    whole, _, fragment = escaped.partition("#")
    place, asks, query = whole.partition("://")[2].partition("?")
    place = _PORT.sub("", _WWW.sub("", place), count=1).rstrip("/")
    while "/" in place and _INDEX.fullmatch(place.rpartition("/")[2]):
        place = place.rpartition("/")[0].rstrip("/")
    route = f"#{fragment.rstrip('/')}" if fragment[:1] in ("!", "/") and fragment.strip("!/") else ""
    if "/" not in place and not query and not route:
        return None
    names = {part.partition("=")[0].lower() for part in query.split("&")}
    last = _EXTENSION.sub("", (route or place).rpartition("/")[2]).lower()
    if not names.isdisjoint(_ASKED) or last in _SEARCHES or _KNOWN_LISTS.fullmatch(place):
        return None
    if not query and (last in _LISTS or _VOLUME.fullmatch(last)):
        return None
    return f"{place}{asks}{query}{route}"


def _unescaped(found: re.Match[str]) -> str:
    char = chr(int(found[1], 16))
    return char if char in _UNRESERVED else found[0]
