"""The conference notes of a generated vault: each mention is written where its truth is known.

A note is first planned (which paper, by which name, in which session), then written line by line, and last
judged: `_expected` goes over the mentions in their order and applies the design's section 6.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import msgspec

from bench.papers import Paper
from bench.truth import Decoy, Expected, Mention, NoteTruth
from bench.vocabulary import BULLETS, COMMENTS, LEFTOVER_BULLETS, SUBHEADINGS, TOPICS, Dice

# What stands around a name that may be linked: prose, lists, tables, callouts, emphasis, next to CJK.
_NAME_LINES = (
    "- compared with {}, on the same schedule\n",
    "- {} is the baseline here\n",
    "- Vergleich mit {} fehlt leider\n",
    "- first half of the talk\n    - {} as an example, nested\n",
    "- **{}**: cheaper than it looks\n",
    "- *{}* again\n",
    "- =={}== should be read\n",
    "- „{}“ war auch dabei\n",
    "- another way ({}) was left out\n",
    "- a {}-based variant runs on the board\n",
    "- {}'s schedule is kept\n",
    "- 提高{}的效果\n",
    "- [ ] read {} again\n",
    "Comment: {} is still open\n",
    "\n1. plain fine-tuning\n2. {}\n3. nothing at all\n\n",
    "\nThe speaker built on {} and said so.\n\n",
    "\n| method | remark |\n| --- | --- |\n| {} | faster |\n| none | slower |\n\n",
    "\n> [!note] Remember\n> {} needs no labels.\n\n",
    "\n> [!tip] {} in one line\n> Nothing more.\n\n",
    "\n> As {} has it, the bound is tight.\n\n",
)
_IDENTIFIER_LINES = (
    "- paper: {}\n",
    "- the slides cite {} here\n",
    "- another way ({}) was left out\n",
    "- taken from {}.\n",
    "\nThe proof is in {} and not repeated here.\n\n",
    "\n> Details in {} only.\n\n",
)
_LINK_LINES = ("- linked by hand: {}\n", "- see {} for the rest\n")
_HEADINGS = {
    "title": ("Talk: {}", "Poster: {}", "Vortrag: {}"),
    "main": ("Poster: {}", "Keynote: {} and after"),
}

# A name in each of these places is no mention.
_DECOY_LINES = {
    "code": "- run `{}` with the defaults\n",
    "fence": "\n```python\nmodel = load({})\n```\n\n",
    "tilde fence": "- in a list:\n    ~~~\n    {}\n    ~~~\n",
    "math": "- error $\\epsilon_{{\\mathrm{{{}}}}}$ is small\n",
    "display math": "\n$$\nL = \\mathrm{{{}}} + \\lambda\n$$\n\n",
    "comment": "- %% ask about {} %% at the coffee\n",
    "long comment": "\n%%\nask about {}\n%%\n\n",
    "HTML comment": "- as before <!-- {} --> and after\n",
    "HTML attribute": '- hover <span title="{}">here</span> for it\n',
    "other link": "- [[Reading list|{}]]\n",
    "URL": "- https://example.net/{}/readme\n",
    "embed": "- ![[{}.png]]\n",
    "inside a word": "- the pre{}s of this year\n",
    "switched off": "\n<!-- vaultsync:off -->\nHere {} is meant otherwise.\n<!-- vaultsync:on -->\n\n",
}
_LONGER_NAMES = ("- {}-2 came later\n", "- {}+ uses two rates\n", "- post-{} work\n", "- the {}-XL model\n")
_PHRASE_LINES = ("- {} once more\n", "- a slide on {}, as always\n", "> {} in a nutshell\n\n")
_SPELLING = {
    word[0]: word
    for word in (
        "Amber Birch Cedar Dune Ember Fjord Grove Heath Inlet Jetty Karst Ledge Marsh Notch Otter Pebble "
        "Quarry Ridge Shoal Thicket Upland Vale Wharf Xylem Yarrow Zephyr"
    ).split()
}
_ONE_WORD_DECOYS = ("URL", "embed", "inside a word", "math", "display math")

_UNKNOWN_ARXIV = "0704.0001"  # generated papers start in 2010
ENGLISH = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
GERMAN = ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag")
_KINDS = ("Talk", "Tutorial", "Keynote", "Oral", "Workshop", "Vortrag", "Panel")
_VENUES = (
    "Wien",
    "Hyderabad",
    "Kigali",
    "New Orleans",
    "Lyon",
    "Kyoto",
    "Honolulu",
    "Rhodos",
    "Taipeh",
    "Brighton",
)
_SERIES = ("Sparse Learning Days", "Signal and Speech Week", "Graph Methods Meeting", "Sommerschule Inferenz")


class _Planned(msgspec.Struct, frozen=True):
    """One mention before it has a place."""

    paper: Paper
    form: str
    tier: int
    surface: str
    line: str
    twin: Paper | None = None


class _Placed(msgspec.Struct, frozen=True):
    planned: _Planned
    offset: int
    line: int
    in_heading: bool
    session: int
    heading: str
    day: str | None


class Mentionable:
    """The papers that conference notes may name, with the pairs that share a main title."""

    def __init__(self, papers: Sequence[Paper]) -> None:
        self.papers = [paper for paper in papers if paper.problem is None]
        self._stems: dict[str, int] = {}
        pairs: dict[str, list[Paper]] = {}
        for paper in self.papers:
            stem = paper.path.rpartition("/")[2]
            self._stems[stem] = self._stems.get(stem, 0) + 1
            if paper.main_kind == "shared" and paper.main is not None:
                pairs.setdefault(paper.main, []).append(paper)
        self._twins = {a.path: b for pair in pairs.values() if len(pair) == 2 for a, b in (pair, pair[::-1])}

    def twin(self, paper: Paper) -> Paper | None:
        """The other paper with the same main title, if it can be named."""
        return self._twins.get(paper.path)

    def target(self, paper: Paper) -> str:
        """How a person links to the paper: by file name, or by path where the file name is not unique."""
        stem = paper.path.rpartition("/")[2]
        return paper.path[:-3] if self._stems[stem] > 1 else stem[:-3]


class _Draft:
    """A note as it is written; offsets and lines are those of an LF file without a byte order mark."""

    def __init__(self, vault: Mentionable, dice: Dice, *, year: int, messy: bool) -> None:
        self.vault = vault
        self.dice = dice
        self.placed: list[_Placed] = []
        self.decoys: list[Decoy] = []
        self._year, self._messy = year, messy
        self._bullets = BULLETS + LEFTOVER_BULLETS if messy else BULLETS
        self._used: set[str] = set()
        self._parts: list[str] = []
        self._offset = 0
        self._line = 1
        self._session = 0
        self._heading = ""
        self._day: str | None = None

    @property
    def text(self) -> str:
        return "".join(self._parts)

    def add(self, text: str) -> None:
        self._parts.append(text)
        self._offset += len(text)
        self._line += text.count("\n")

    def session(self, mark: str, day: str | None) -> None:
        """Write one session, with the heading mark `mark` or, before the first heading, with none."""
        dice = self.dice
        heading = ""
        self._heading, self._day = heading, day
        if mark:
            planned = self._heading_mention() if dice.chance(0.3) else None
            if planned is None:
                heading = f"{dice.pick(_KINDS)}: {dice.pick(TOPICS)}"
                self.add(f"{mark} {heading}\n")
            else:
                heading = planned.line.replace("{}", planned.surface)
                offset, line = self._around(f"{mark} {planned.line}\n", planned.surface)
                self.placed.append(_Placed(planned, offset, line, True, self._session, heading, day))
        self._heading = heading
        if self._messy and not self._session:  # what shows `md-pandoc` that pandoc was at work here
            self.add(f"- {LEFTOVER_BULLETS[1]}\n")
        queues = self._queues()
        sub_headings = list(SUBHEADINGS)
        while queues:
            planned = dice.pick(queues).pop(0)
            queues = [queue for queue in queues if queue]
            self._filler(dice.between(1, 4))
            offset, line = self._around(planned.line, planned.surface)
            self.placed.append(_Placed(planned, offset, line, False, self._session, heading, day))
            if dice.chance(0.35):
                self._decoy(planned.paper)
            if mark and dice.chance(0.08):
                # Below the level of sessions, whichever that is in this note: it stays part of the session.
                self.add(f"### {sub_headings.pop(dice.below(len(sub_headings)))}\n" if sub_headings else "")
        self._filler(dice.between(0, 4))
        if dice.chance(0.5):
            self.add(f"\n{dice.pick(COMMENTS)}\n")
        self._session += 1

    def unused_paper(self) -> Paper | None:
        """A paper that the note does not name yet, nor its twin; None when a small vault runs out of them."""
        for _ in range(20 if self.vault.papers else 0):
            paper = self.dice.pick(self.vault.papers)
            if paper.path not in self._used:
                twin = self.vault.twin(paper)
                self._used.update((paper.path,) if twin is None else (paper.path, twin.path))
                return paper
        return None

    def decoy(self, template: str, surface: str, form: str) -> None:
        """Write a name where it is no mention."""
        offset, line = self._around(template, surface)
        self.decoys.append(Decoy(offset, line, surface, form))

    def _around(self, template: str, surface: str) -> tuple[int, int]:
        """Write `template` with `surface` in its place; gives the surface's offset and line."""
        before, after = template.format("\0").split("\0")
        glued = before.startswith("Comment:") and not self._messy
        self.add(f"\n{before}" if glued else before)  # below a list it would be part of the last bullet
        place = self._offset, self._line
        self.add(surface + after)
        return place

    def _phrase(self) -> None:
        """Write a phrase that is the main title of a paper which the note never means."""
        common = [paper for paper in self.vault.papers if paper.main_kind == "common"]
        paper = self.dice.pick(common) if common else None
        if paper is not None and paper.main is not None and paper.path not in self._used:
            self._used.add(paper.path)
            surface = paper.main if self.dice.chance(0.5) else paper.main.lower()
            self.decoy(self.dice.pick(_PHRASE_LINES), surface, "common phrase")

    def _another_meaning(self) -> None:
        """Write an alias of capitals whose paper the note never means: spelled out otherwise, or younger."""
        known = [paper for paper in self.vault.papers if paper.aliases and paper.aliases[0].isupper()]
        paper = self.dice.pick(known) if known else None
        if paper is not None and paper.path not in self._used:
            self._used.add(paper.path)
            if paper.year > self._year:
                self.decoy("- {} as they call it here\n", paper.aliases[0], "younger paper")
                return
            words = " ".join(_SPELLING[letter] for letter in paper.aliases[0])
            self.decoy(f"- {words} ({{}}), and no paper\n", paper.aliases[0], "another meaning")

    def _in_a_link(self, paper: Paper) -> None:
        """Write the title as the text of a link out of the vault: a mention that can't be linked in place."""
        planned = _Planned(paper, "title", 2, paper.title, "- [{}](https://example.net/readme)\n")
        offset, line = self._around(planned.line, planned.surface)
        self.placed.append(_Placed(planned, offset, line, True, self._session, self._heading, self._day))

    def _filler(self, bullets: int) -> None:
        self.add("".join(f"- {self.dice.pick(self._bullets)}\n" for _ in range(bullets)))

    def _heading_mention(self) -> _Planned | None:
        paper, dice = self.unused_paper(), self.dice
        if paper is None:
            return None
        form, tier, surface = "title", 2, paper.title
        if paper.main_kind == "strong" and paper.main is not None and dice.chance(0.3):
            form, tier, surface = "main", 3, paper.main
        return _Planned(paper, form, tier, surface, dice.pick(_HEADINGS[form]))

    def _queues(self) -> list[list[_Planned]]:
        """For each paper of a session its mentions in their order."""
        dice = self.dice
        again = [
            p.planned for p in self.placed if p.planned.tier and p.planned.form not in ("weak", "shared")
        ]
        papers = [self.unused_paper() for _ in range(dice.between(1, 3))]
        queues = [_scenario(paper, self.vault, dice, self._year) for paper in papers if paper is not None]
        if again and dice.chance(0.5):
            # A paper of an earlier session, or of this one's heading, comes up again.
            planned = dice.pick(again)
            queues.append([_named(planned.paper, planned.form, planned.tier, planned.surface, dice)])
        return queues

    def _decoy(self, paper: Paper) -> None:
        """Write a line with a name or an identifier of `paper` where it is no mention."""
        dice = self.dice
        throw = dice.below(20)
        one_word = paper.main if paper.main and " " not in paper.main else None
        if throw == 0:
            self.decoy("- no note yet: {}\n", f"arXiv:{_UNKNOWN_ARXIV}", "unknown identifier")
        elif throw == 1 and paper.arxiv:
            self.decoy("- `wget {}`\n", paper.arxiv, "identifier in code")
        elif throw == 2 and paper.arxiv:
            self.decoy("- measured 9{}7 units\n", paper.arxiv, "longer number")
        elif throw == 3 and one_word and paper.main_kind == "strong":
            self.decoy("- the {} of it\n", one_word.lower(), "other case")
        elif throw == 4 and one_word:
            self.decoy("- later {}\n", f"#{one_word}", "tag")
        else:
            if dice.chance(0.06):
                self._in_a_link(paper)
                return
            if dice.chance(0.1):
                (self._phrase if dice.chance(0.6) else self._another_meaning)()
                return
            if one_word and paper.main_kind == "strong" and dice.chance(0.15):
                self.decoy(dice.pick(_LONGER_NAMES), one_word, "longer name")
                return
            surface = dice.pick([name for name in (paper.title, paper.main, *paper.aliases) if name])
            form = dice.pick([f for f in _DECOY_LINES if " " not in surface or f not in _ONE_WORD_DECOYS])
            self.decoy(_DECOY_LINES[form], surface, form)


def conference_note(
    index: int, vault: Mentionable, dice: Dice, *, untidy: float
) -> tuple[str, str, NoteTruth]:
    """The path, the text and the truth of the `index`-th conference note."""
    monday = date(2012, 1, 2) + timedelta(weeks=dice.below(650))
    name = f"{dice.pick(_SERIES)} {monday.year} {dice.pick(_VENUES)} {index + 1}"
    messy = dice.chance(untidy)
    draft = _Draft(vault, dice, year=monday.year, messy=messy)
    draft.add(f"---\ntitle: {name}\n")
    draft.add("tags: conference\n" if messy else "tags:\n  - conference\n")
    draft.add(f"date: {monday.year}/{monday.month}/{monday.day}\n" if messy else f"date: {monday}\n")
    described = draft.unused_paper() if dice.chance(0.2) else None
    if described is not None:
        draft.decoy("description: notes, {} as well\n", described.main or described.title, "front matter")
    draft.add("---\n")
    if dice.chance(0.4):
        draft.add("Notes from the hall, unsorted.\n\n")
        draft.session("", None)
    for heading, weekday in _half_days(dice):
        day = None if weekday is None else str(monday + timedelta(days=weekday))
        draft.add(f"# {heading}\n" if heading else "")
        for _ in range(dice.between(1, 3)):
            draft.session("##" if heading else "#", day)
    draft.add("# Posters\n")
    path = f"Conferences/{name}.md"
    return path, draft.text, NoteTruth(path, _judged(draft.placed), tuple(draft.decoys))


def _half_days(dice: Dice) -> list[tuple[str, int | None]]:
    """Day headings in one language with their weekdays, or none: then the top headings are the sessions."""
    if dice.chance(0.15):
        return [("", None)] * dice.between(3, 5)
    names, halves = (
        (GERMAN, ("Vormittag", "Nachmittag")) if dice.chance(0.5) else (ENGLISH, ("morning", "afternoon"))
    )
    every = [(f"{name} {half}", weekday) for weekday, name in enumerate(names) for half in halves]
    kept = sorted(dice.shuffled(range(len(every)))[: dice.between(3, 5)])
    return [every[i] for i in kept]


def _scenario(paper: Paper, vault: Mentionable, dice: Dice, year: int) -> list[_Planned]:
    """What one session of that year says of one paper: its mentions in their order."""
    identifier = dice.pick(paper.identifiers)
    ways = ["title", "title", "identifier", "identifier and title", "by hand"]
    if paper.main_kind == "strong":
        ways += ["main"] * 4
    if paper.main_kind == "weak":
        ways += ["weak", "weak", "weak after", "weak before"]
    if vault.twin(paper) is not None:
        ways += ["shared"] * 6
    if paper.aliases and (paper.year < year or not paper.aliases[0].isupper()):
        ways += ["alias"] * 3
    way = dice.pick(ways)
    title = _named(paper, "title", 2, _title_as_written(paper.title, dice), dice)
    main = _named(paper, "main", 3, paper.main or paper.title, dice)
    if way == "main":
        return [main] * dice.between(1, 2) + ([title] if dice.chance(0.2) else [])
    if way == "weak":
        return [_weak(paper, dice)]
    if way == "weak after":
        return [_identified(paper, identifier, dice) if dice.chance(0.5) else title, _weak(paper, dice)]
    if way == "weak before":
        return [_weak(paper, dice), _weak(paper, dice), _identified(paper, identifier, dice)]
    if way == "shared":
        return [_Planned(paper, "shared", 3, paper.main or "", dice.pick(_NAME_LINES), vault.twin(paper))]
    if way == "alias":
        return [_named(paper, "alias", 4, paper.aliases[0], dice) for _ in range(dice.between(1, 2))]
    if way == "identifier":
        return [_identified(paper, identifier, dice)]
    if way == "identifier and title":
        return [_identified(paper, identifier, dice), title]
    if way == "by hand":
        link = _Planned(paper, "link", 0, f"[[{vault.target(paper)}|the paper]]", dice.pick(_LINK_LINES))
        return [link, title] if dice.chance(0.5) else [link]
    return [title, _named(paper, "title", 2, paper.title, dice)][: dice.between(1, 2)]


def _named(paper: Paper, form: str, tier: int, surface: str, dice: Dice) -> _Planned:
    if tier == 1:
        return _Planned(paper, form, tier, surface, dice.pick(_IDENTIFIER_LINES))
    return _Planned(paper, form, tier, surface, dice.pick(_NAME_LINES))


def _weak(paper: Paper, dice: Dice) -> _Planned:
    return _named(paper, "weak", 3, paper.main or "", dice)


def _title_as_written(title: str, dice: Dice) -> str:
    """The title as a person may type it: other case, typographic dashes, a no-break space."""
    throw = dice.below(10)
    if throw == 0:
        return title.lower()
    if throw == 1:
        return title.upper() if title.upper().casefold() == title.casefold() else title
    if throw == 2:
        return title.replace("-", "\N{NON-BREAKING HYPHEN}")
    if throw == 3:
        return title.replace("-", "\N{EN DASH}")
    if throw == 4:
        return "\N{NO-BREAK SPACE}".join(title.rsplit(" ", 1))
    return title


def _identified(paper: Paper, scheme: str, dice: Dice) -> _Planned:
    """A tier 1 mention in one of the forms of the design's table."""
    line = dice.pick(_IDENTIFIER_LINES)
    if scheme == "arxiv":
        arxiv = paper.arxiv
        surface = dice.pick(
            (
                f"https://arxiv.org/abs/{arxiv}",
                f"https://arxiv.org/pdf/{arxiv}v2",
                f"https://arxiv.org/html/{arxiv}v1",
                f"http://arxiv.org/pdf/{arxiv}.pdf",
                f"arXiv:{arxiv}",
                f"arXiv:{arxiv}v3",
                f"{arxiv}",
                f"https://hf.co/papers/{arxiv}",
                f"https://huggingface.co/papers/{arxiv}",
                f"https://doi.org/10.48550/arXiv.{arxiv}",
            )
        )
        if surface.startswith("http") and dice.chance(0.2):
            line = dice.pick(("- [paper]({})\n", "- <{}>\n"))
    elif scheme == "doi":
        surface = dice.pick(
            (
                f"{paper.doi}",
                f"doi:{paper.doi}",
                f"https://doi.org/{paper.doi}",
                f"https://doi.org/{(paper.doi or '').upper()}",
            )
        )
    elif scheme == "acl":
        surface = f"https://aclanthology.org/{paper.acl}" + dice.pick(("/", ".pdf", ""))
    elif scheme == "openreview":
        surface = f"https://openreview.net/{dice.pick(('forum', 'pdf'))}?id={paper.openreview}"
    else:
        surface = f"@{paper.citekey}"
        line = dice.pick(
            ("- as in [{}]\n", "- as in [{}, p. 3]\n", "- as in [see {}, chap. 2]\n", "- {} says so\n")
        )
    return _Planned(paper, scheme, 1, surface, line)


def _judged(placed: Sequence[_Placed]) -> tuple[Mention, ...]:
    """The mentions with what is expected of each (see `bench.truth` for the meanings)."""
    evident = {p.planned.paper.path for p in placed if p.planned.tier in (1, 2)}
    linked: set[tuple[int, str]] = set()
    mentions = []
    for p in placed:
        planned = p.planned
        here = (p.session, planned.paper.path)
        expected: Expected = "record"
        if planned.twin is not None:
            expected = "ambiguous"
        elif planned.form == "weak" and planned.paper.path not in evident:
            expected = "suggestion"
        elif planned.tier == 0:
            linked.add(here)
        elif planned.tier >= 2 and not p.in_heading and here not in linked:
            expected = "link"
            linked.add(here)
        papers = (planned.paper.path,) if planned.twin is None else (planned.paper.path, planned.twin.path)
        mentions.append(
            Mention(
                p.offset,
                p.line,
                planned.surface,
                papers,
                planned.tier,
                planned.form,
                expected,
                p.heading,
                p.day,
            )
        )
    return tuple(mentions)
