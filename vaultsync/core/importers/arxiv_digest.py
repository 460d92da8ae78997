"""A Chinese arXiv digest post, as pasted from the site that it was forwarded to.

    LG - 机器学习 CV - 计算机视觉 …              the legend
    转自…                                       whose digest it is
    摘要:甲、乙、丙                              all papers in order, in Chinese: a checksum of what follows

    1、[LG] Title                               a full entry
    R Tian, A P. Parikh                         authors; `...` at the end marks a cut list
    [Google Research & ...]                     affiliations
    中文题目。中文摘要……                          the Chinese title, a full stop, the Chinese summary
    English abstract
    https://arxiv.org/abs/2210.11693

    另外几篇值得关注的论文:                        from here on the entries are short
    [CV] Title
    中文题目                                     (or 标题:中文题目)
    Authors / [affiliations] / URL

    内容中包含的图片若涉及版权问题…                  the site's footer, left out

Each line may be missing. What a line is, follows from its place and its script; a line that fits nowhere is
skipped with its text, never put where it may not belong. Punctuation may be full width.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import msgspec

from vaultsync.core.importers.record import Item, Options, PaperRecord, Skipped, one_line, or_none
from vaultsync.core.importers.source_text import control_problems, lines
from vaultsync.core.papers.identifiers import arxiv_month, canonical_arxiv
from vaultsync.core.text.folding import is_cjk

_CODE = r"[\[［【]\s*([A-Za-z]{2,8}(?:[./-][A-Za-z]{1,8})*)\s*[\]］】]"
_FULL = re.compile(rf"(\d{{1,3}})\s*[、.．]\s*{_CODE}\s*(\S.*)")
_SHORT = re.compile(rf"{_CODE}\s*(\S.*)")
_SHORT_SECTION = re.compile(r"另外几篇值得关注的论文\s*[:：]?")
_SUMMARY = re.compile(r"摘要\s*[:：]\s*(.+)")
_FORWARDED = re.compile(r"转自\s*(.+)")
_LEGEND = re.compile(r"(?:[A-Z]{2} - \S+\s*){2,}")
_FOOTER = re.compile(r"内容中包含的图片若涉及版权问题.*")
_URL = re.compile(r"(?:[^\s:：]{1,8}\s*[:：]\s*)?(https?://\S+)")
_AFFILIATIONS = re.compile(r"[\[［].*[\]］]")
_TRANSLATED = re.compile(r"\A\s*标题\s*[:：]\s*")
_CUT = re.compile(r"(?:(?<!\s)\s++)?(?:(?<!\.)\.{3,}|(?<!…)…+|(?<!。)。{3,})\s*$")
_BETWEEN_AUTHORS = re.compile(r"(?:(?<!\s)\s++)?[,，、;；]\s*")

_CJK_SHARE = 0.2
"""Chinese text about machine learning keeps many Latin terms; English text has no ideographs."""


def recognises(head: str) -> str | None:
    """Why `head`, the beginning of a source, is a digest, or None."""
    for number, line in enumerate(head.splitlines(), 1):
        text = line.strip()
        found = _FULL.fullmatch(text)
        if (found and "、" in text[:5]) or _SHORT_SECTION.fullmatch(text) or _LEGEND.fullmatch(text):
            return f"“{text[:40]}” in line {number}"
    return None


def read(pieces: Iterable[str], options: Options) -> Iterator[Item]:
    """The digest's papers in order, full and short entries; problems and skipped lines with their numbers."""
    state = _Post(options)
    dropped: list[tuple[int, str]] = []
    for number, line in lines(pieces, options, dropped):
        if text := line.strip():
            yield from state.line(number, text)
        yield from control_problems(dropped, options)
    yield from state.end()


class _Entry(msgspec.Struct):
    line: int
    category: str
    title: str
    short: bool
    body: list[tuple[int, str]]


class _Post:
    """Where in the post the reader is, and the entry that is being collected."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.forwarded = ""
        self.summary: tuple[int, int] | None = None  # its line, and how many papers it lists
        self.short = False
        self.over = False
        self.entry: _Entry | None = None
        self.count = 0
        self.number = 0  # that of the last full entry

    def line(self, number: int, text: str) -> Iterator[Item]:
        if _SHORT_SECTION.fullmatch(text):
            yield from self._close()
            self.short = True
        elif _FOOTER.fullmatch(text):
            yield from self._close()
            self.over = True
        elif found := _FULL.fullmatch(text):
            yield from self._close()
            self.short = self.over = False
            if int(found[1]) > self.number + 1:
                yield self.options.problem(
                    number, f"entry {found[1]} follows entry {self.number}: the post has a gap"
                )
            self.number = int(found[1])
            self.entry = _Entry(number, found[2], found[3], False, [])
        elif self.short and not self.over and (found := _SHORT.fullmatch(text)):
            yield from self._close()
            self.entry = _Entry(number, found[1], found[2], True, [])
        elif self.entry is not None:
            self.entry.body.append((number, text))
        elif self.over:
            pass  # the site's own words, after its footer began
        elif not self.count and (found := _SUMMARY.fullmatch(text)):
            self.summary = number, len([item for item in found[1].split("、") if item.strip()])
        elif not self.count and (found := _FORWARDED.fullmatch(text)):
            self.forwarded = one_line(found[1])
        elif not _LEGEND.match(text):
            yield Skipped(place=self.options.place, line=number, reason="belongs to no entry", text=text)

    def end(self) -> Iterator[Item]:
        yield from self._close()
        if self.summary is not None and self.summary[1] != self.count:
            line, listed = self.summary
            yield self.options.problem(
                line,
                f"the summary line lists {listed} papers, the post has {self.count}",
                "is the post whole?",
            )

    def _close(self) -> Iterator[Item]:
        if self.entry is not None:
            entry, self.entry = self.entry, None
            self.count += 1
            name = "arXiv digest" + (f", {self.forwarded}" if self.forwarded else "")
            yield from _paper(entry, self.options, self.options.source(name))


def _paper(entry: _Entry, options: Options, source: str) -> Iterator[Item]:
    """The paper of an entry, and what in its body is left over."""
    body, url, left = _without_urls(entry.body)
    at = next((i for i, (_, text) in enumerate(body[:3]) if _AFFILIATIONS.fullmatch(text)), None)
    before, after = (body[:at], body[at + 1 :]) if at is not None else _split_before_text(body)
    affiliations, affiliations_cut = _listed(body[at][1]) if at is not None else ((), False)

    translated = None
    if entry.short and not before and after and _is_title(after[0][1]):
        before = [after.pop(0)]
    if entry.short and before and _is_chinese(before[0][1]):
        translated = or_none(_TRANSLATED.sub("", before.pop(0)[1]).strip())
    authors, cut = _authors(before.pop(0)[1]) if before else (None, False)
    left += before

    chinese = [text for _, text in after if _is_chinese(text)]
    english = [text for _, text in after if not _is_chinese(text)]
    if chinese and not entry.short:
        head, stop, _ = chinese[0].partition("。")
        translated = one_line(head) if stop and head.strip() else None

    arxiv = canonical_arxiv(url) if url else None
    month = arxiv_month(arxiv) if arxiv else None
    yield PaperRecord(
        title=one_line(entry.title),
        authors=authors,
        authors_cut=cut,
        date=f"{month[0]:04}-{month[1]:02}" if month else None,
        arxiv=arxiv,
        url=url,
        category=entry.category,
        abstract=or_none("\n\n".join(map(one_line, english))),
        summary=(("zh", "\n\n".join(map(one_line, chinese))),) if chinese else (),
        title_translated=translated,
        affiliations=affiliations,
        affiliations_cut=affiliations_cut,
        source=source,
        line=entry.line,
    )
    if not body and not url:
        yield options.problem(entry.line, "this entry has nothing but its title")
    for number, text in sorted(left):
        yield Skipped(place=options.place, line=number, reason="fits nowhere in its entry", text=text)


Lines = list[tuple[int, str]]


def _without_urls(body: Lines) -> tuple[Lines, str | None, Lines]:
    """The body up to its first URL, that URL, and the lines after it; an arXiv URL goes before others."""
    urls = [(i, found[1]) for i, (_, text) in enumerate(body) if (found := _URL.fullmatch(text))]
    if not urls:
        return list(body), None, []
    chosen = next((u for u in urls if canonical_arxiv(u[1])), urls[0])
    first = urls[0][0]
    left = [line for i, line in enumerate(body) if i >= first and i != chosen[0]]
    return body[:first], chosen[1], left


def _split_before_text(body: Lines) -> tuple[Lines, Lines]:
    """Without affiliations: the lines that can only be title and authors, and the texts below them."""
    at = 0
    if body and _is_chinese(body[0][1]) and len(body) > 1 and _reads_as_authors(body[1][1]):
        at = 2
    elif body and _reads_as_authors(body[0][1]):
        at = 1
    return body[:at], body[at:]


def _is_title(text: str) -> bool:
    return _is_chinese(text) and "。" not in text


def _reads_as_authors(text: str) -> bool:
    names = [name for name in _BETWEEN_AUTHORS.split(_CUT.sub("", text)) if name]
    return bool(names) and not _is_chinese(text) and all(len(n.split()) <= 5 and len(n) <= 40 for n in names)


def _authors(text: str) -> tuple[tuple[str, ...] | None, bool]:
    whole = _CUT.sub("", text)
    names = tuple(name for name in map(one_line, _BETWEEN_AUTHORS.split(whole)) if name)
    return names or None, whole != text


def _listed(text: str) -> tuple[tuple[str, ...], bool]:
    """The affiliations of a line in brackets, and whether the list is cut."""
    names = [one_line(part) for part in re.split(r"(?<!\s)\s++[&＆]\s+", text[1:-1])]
    kept = tuple(name for raw in names if (name := _CUT.sub("", raw)))
    return kept, any(_CUT.search(name) for name in names)


def _is_chinese(text: str) -> bool:
    marks = [char for char in text if not char.isspace()]
    return bool(marks) and sum(map(is_cjk, marks)) >= _CJK_SHARE * len(marks)
