"""Adversarial front matters, made from a number, with what each must say after the rules have run.

`case(seed)` builds a note entry by entry. Beside the text it keeps what an independent reader must find in
the result: the table `GOVERNED` pairs what is written with what the rules' documentation promises; all other
values have to stay. Comments carry a word of their own (`c7c`), so that none can get lost or move unseen.
"""

from __future__ import annotations

import json
import random
import re
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.constructor import SafeConstructor

SAME: Any = object()
"""The rules leave this value as it is."""

KINDS = {"paper": "Papers", "conference": "Conferences", "note": "Notes"}
STEM = "A Note on Things"
ORDER = {
    "paper": "title aliases authors year date venue arxiv doi url citekey category tags".split(),
    "conference": "title aliases tags date end location url".split(),
    "note": [],
}
TYPES_JSON = {"types": {"rating": "number", "done": "checkbox", "topics": "multitext", "seen": "datetime"}}

DATES = [
    ("2025-04-06", SAME),
    ('"2025-04-06"', SAME),
    ("6 April 2025", "2025-04-06"),
    ("'April 6, 2025'", "2025-04-06"),
    ("2025/4/6", "2025-04-06"),
    ("06.04.2025", "2025-04-06"),
    ("20250406", "2025-04-06"),
    ("2025-04-06 14:30", SAME),
    ("2025-04-06T14:30:00", SAME),
    ("2025-04-06T14:30:00Z", SAME),
    ("03/04/2023", SAME),
    ("2026-13-01", SAME),
    ("next spring", SAME),
    ("2025", SAME),
    ('"[[2025-04-06]]"', SAME),
    ("", SAME),
]
URLS = [
    ("https://arxiv.org/abs/2210.13695", SAME),
    ("https://x.org/a?b=c#d", SAME),
    ("zotero://select/items/1_AB", SAME),
    ("www.example.org/a", SAME),
    ("", SAME),
]
# Written value → meaning afterwards, by property and kind of note ("" for every kind).
GOVERNED: dict[str, dict[str, list[tuple[str, Any]]]] = {
    "tags": {
        "": [
            ("[LG, a/b]", SAME),
            ("solo", ["solo"]),
            ("one, two three", ["one", "two", "three"]),
            ("'#one two'", ["one", "two"]),
            ('["#LG", lg, "x-y"]', ["LG", "x-y"]),
            ("[machine learning, 深度学习]", SAME),
            ("\n  - LG\n  - lg\n  - 'b' #\n", ["LG", "b"]),
            ("\n- LG #\n- b\n", SAME),
        ]
    },
    "aliases": {
        "": [
            ("[CCS, 'Coreset, covered']", SAME),
            ("Deep Net", ["Deep Net"]),
            ("DDPM, Diffusion", ["DDPM", "Diffusion"]),
            ('"Attention, please"', ["Attention, please"]),
            ("\n  - a: b #\n", SAME),
            ("\n  - 'x' #\n  #\n  - y\n", SAME),
            ("", SAME),
        ]
    },
    "authors": {
        "": [("[Ran Tian, Jian Sun]", SAME), ("Vaswani et al.", SAME), ("\n  - Ran Tian #\n", SAME)],
        "paper": [("Ran Tian and Jian Sun", ["Ran Tian", "Jian Sun"]), ("Lovelace, Ada", SAME)],
    },
    "year": {
        "": [("2022", SAME), ("", SAME), ("'007'", SAME), ("2022 (to appear)", SAME)],
        "paper": [('"2022"', 2022), ("[2022]", 2022)],
    },
    "venue": {
        "": [("NeurIPS", SAME), ("[ICML, ICLR]", SAME), ("'2022'", SAME), (">-\n  folded\n  text\n", SAME)],
        "paper": [("2022", "2022"), ("1.10", "1.10"), ("true", "true"), ("[ICML]", "ICML"), ("007", "007")],
    },
    "date": {"": DATES},
    "created": {"": DATES},
    "url": {"": URLS, "paper": [("https://x.org/A?utm_source=rss&b=1", "https://x.org/A?b=1")]},
    "arxiv": {
        "paper": [
            ('"2210.13695"', SAME),
            ("2210.13690", "2210.13690"),
            ("arXiv:2210.13695v2", "2210.13695v2"),
            ("https://arxiv.org/abs/2210.13695v1", "2210.13695v1"),
            ("'https://arxiv.org/pdf/2210.13695.pdf'", "2210.13695"),
            ("none", SAME),
            ("", SAME),
        ]
    },
    "doi": {
        "paper": [
            ("10.1038/s43588-024-00737-x", SAME),
            ("https://doi.org/10.1038/S43588-024-00737-X", "10.1038/S43588-024-00737-X"),
            ("doi:10.1000/182", "10.1000/182"),
            ("to appear", SAME),
        ]
    },
    "rating": {"": [('"7"', 7), ("7.5", SAME), ("'7.50'", SAME), ("[8]", 8), ("good", SAME)]},
    "done": {"": [("yes", True), ("Off", False), ("'true'", True), ("true", SAME), ("maybe", SAME)]},
    "topics": {"": [("diffusion", ["diffusion"]), ("a, b", SAME), ("[x]", SAME), ("1.10", ["1.10"])]},
    "seen": {"": [("2025-04-06T14:30", SAME), ("6 April 2025, 14:30", "2025-04-06T14:30"), ("later", SAME)]},
    "up": {"": [("[[Home]]", "[[Home]]"), ("[[A#B|b c]]", "[[A#B|b c]]"), ('"[[Home]]"', SAME)]},
    "related": {
        "": [
            ("[[[A]], [[B]]]", ["[[A]]", "[[B]]"]),
            ("\n  - [[A]] #\n  - '[[B]]'\n", ["[[A]]", "[[B]]"]),
            ("[[1, 2], [3, 4]]", SAME),
        ]
    },
    "title": {
        "": [("'A: B'", SAME), ("Plain Words", SAME), ("|\n  A: B\n  # c\n", SAME)],
        "paper": [("", STEM), ("2001", "2001")],
        "conference": [("", STEM), ("2001", "2001")],
    },
    "cssclass": {"": [("wide", ["wide"]), ("[a, b]", SAME), ("a b", ["a", "b"])]},
}
RENAMED = {"cssclass": "cssclasses"}

# A slip that makes the block unreadable: the lines, and what the property says once it is repaired.
MENDABLE: list[tuple[str, Any]] = [
    ("broken: A: B", "A: B"),
    ("broken: A: 'B' and C # why", "A: 'B' and C"),
    ("broken: @cite", "@cite"),
    ("broken: [@a, b c, '@d'] # why", ["@a", "b c", "@d"]),
    ('broken: "A "quoted" word"', 'A "quoted" word'),
    ('broken: "[[A]]", "[[B]]"', ["[[A]]", "[[B]]"]),
    ('broken: "quoted" and more', '"quoted" and more'),
    ("broken: *bold* text", "*bold* text"),
    ("broken: [[A]], [[B]]", ["[[A]]", "[[B]]"]),
    ("broken: %percent", "%percent"),
    ("broken:\n\t- one\n\t- two # why", ["one", "two"]),
    ("broken:\n\tinner: 1", {"inner": 1}),
]
HOPELESS = [
    'broken: "a \\q is no escape"',
    "broken: [a, b",
    "broken:\n  - a\n b",
    "broken: {a: [}",
    "broken: a\nbroken: b",
    "broken: x\n  y: z",
    "not a property",
    "broken: |\n  \tcode\n \tless",
]

ODD_KEYS = [
    "x", "with space", "a.b*c", '"key: x"', "$1", "日付", "'007'", '"#no"', "a#b", "-dash", "yes", "x:y",
    "'[k]'", "Zürich", "🚀", "long-" + "k" * 60, '"esc\\tape"', "Titel", "<<x", "a?", "~tilde",
]  # fmt: skip
PLAIN = [
    "text", "In Progress", "yes", "no", "on", "12:30", "2025-04-06", "1.10.0", "10.1000/xyz", "C#", "a & b",
    "it's", "$E=mc^2$", "日本語 🚀", "x-", "true", "False", "null", "~", "7", "-12", "0o17", "0x1F", "1.50",
    "1e3", ".inf", "https://x.org/a?b=c#d", "a:b", "==", "!!str 12", "100%", "-1-", "a  b",
]  # fmt: skip
LETTERS = "ab Z01:-#,[]{}&*!|>'\"%@`?\\$é日🚀_/"


@dataclass
class Comment:
    """A comment: its word, where it stands (`above`, `beside`, `inside`, `head`, `tail`), whose it is."""

    word: str
    place: str
    key: str = ""


@dataclass
class Entry:
    """A property as it is written, the key that it has afterwards, and its meaning then."""

    key: str
    lines: list[str]
    meaning: Any
    first_word: str


@dataclass
class Case:
    """A note, and what must be true of it afterwards; `hopeless`: it must stay, and be reported."""

    path: str
    kind: str
    text: str
    entries: list[Entry]
    comments: list[Comment]
    eol: str
    body: str = ""
    without: str = ""
    hopeless: bool = False
    added: dict[str, Any] = field(default_factory=dict)

    @property
    def template(self) -> bool:
        """Whether it is a template, as far as the text tells; those are left alone."""
        return re.search(r"<%|\{\{.*?\}\}|\{%", self.text) is not None

    @property
    def order(self) -> list[str]:
        """The keys as they must stand afterwards."""
        keys = [entry.key for entry in self.entries]
        rank = ORDER[self.kind]
        first = [key for key in rank if key in keys or key in self.added]
        return first + [key for key in keys if key not in rank]


def case(seed: int) -> Case:
    """The case of this number."""
    return _Maker(random.Random(seed)).case()


class _Maker:
    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.comments: list[Comment] = []
        self.anchors: list[str] = []
        self.commented = rng.random() < 0.5

    def case(self) -> Case:
        rng = self.rng
        kind = rng.choice(list(KINDS))
        path = f"{KINDS[kind]}/{STEM}.md"
        if rng.random() < 0.05:
            return self._json(kind, path)
        entries = [self._entry(key, kind) for key in self._keys(kind)]
        parts = [self._with_blank_line(entry.lines) for entry in entries]
        slip, hopeless = self._slip()
        at = rng.randrange(len(entries) + 1)
        head = [self._comment("head"), ""] if self.commented and rng.random() < 0.3 else []
        tail = []
        if self.commented and entries and rng.random() < 0.3 and not any(map(_keeps_blanks, parts)):
            tail = ["", self._comment("tail")]
        eol = rng.choice(["\n", "\n", "\r\n"])
        opener = rng.choice(["", "", "\ufeff"]) + rng.choice(["---", "---", "--- "])
        closer = rng.choice(["---", "---", "---", "...", "--- "])
        words = rng.choice(["", "Words # no comment\n", "---\nx: y\n---\n", "Ünïcode 🚀\n\n- a\n"])
        body = eol.join(["", closer, words.replace("\n", eol)])

        def whole(*broken: str) -> str:
            inner = chain(head, *parts[:at], broken, *parts[at:], tail)
            return eol.join([opener, *inner]) + body

        made = Case(path, kind, whole(), entries, self.comments, eol, body, hopeless=hopeless)
        if slip is not None:
            made.text, made.without = whole(*slip.lines), made.text
            if not hopeless:
                entries.insert(at, slip)
        made.added = self._added(kind, entries)
        return made

    def _slip(self) -> tuple[Entry | None, bool]:
        """A property that can't be read, if any, and whether it is beyond repair."""
        chance = self.rng.random()
        if chance < 0.08:
            written, meaning = self.rng.choice(MENDABLE)
            return Entry("broken", written.split("\n"), meaning, "broken"), False
        if chance < 0.16:
            return Entry("broken", self.rng.choice(HOPELESS).split("\n"), SAME, "broken"), True
        return None, False

    def _with_blank_line(self, lines: list[str]) -> list[str]:
        """The lines, now and then with a blank one below them, where it is not part of the value."""
        return [*lines, ""] if self.rng.random() < 0.15 and not _keeps_blanks(lines) else lines

    def _json(self, kind: str, path: str) -> Case:
        rng = self.rng
        values = {
            key: rng.choice(["text", 7, True, None, ["a", "b"], {"k": [1, "é"]}, "a: b # c", "[[A]]"])
            for key in rng.sample(["x", "y z", "k:1", "🚀"], rng.randrange(1, 4))
        }
        text = json.dumps(values, ensure_ascii=False, indent=rng.choice([None, 2]))
        entries = [Entry(key, [], value, json.dumps(key)) for key, value in values.items()]
        made = Case(path, kind, f"---\n{text}\n---\nWords\n", entries, [], "\n", "\n---\nWords\n")
        made.added = self._added(kind, entries)
        return made

    def _added(self, kind: str, entries: list[Entry]) -> dict[str, Any]:
        have = {entry.key for entry in entries}
        wanted = {} if kind == "note" else {"title": STEM}
        return {key: value for key, value in wanted.items() if key not in have}

    def _keys(self, kind: str) -> list[str]:
        known = [key for key, by_kind in GOVERNED.items() if "" in by_kind or kind in by_kind]
        keys = self.rng.sample(known, self.rng.randrange(0, 5))
        keys += self.rng.sample(ODD_KEYS, self.rng.randrange(0, 4))
        self.rng.shuffle(keys)
        return keys

    def _entry(self, key: str, kind: str) -> Entry:
        rng = self.rng
        name = json.loads(key) if key.startswith('"') else key.strip("'")
        name = RENAMED.get(name, name)
        above = []
        while self.commented and rng.random() < 0.2:
            above.append(self._comment("above", name))
        if key in GOVERNED:
            table = GOVERNED[key]
            written, meaning = rng.choice(table.get("", []) + table.get(kind, []))
            lines = self._placed(written, name)
        else:
            lines, meaning = self._value(name, 2, 0), SAME
        first = f"{key}:{lines[0]}"
        one_line = len(lines) == 1 or not lines[0].strip()
        if self.commented and one_line and not re.search(r"#.*c\d+c$", first) and rng.random() < 0.3:
            first += " " * rng.choice([1, 2]) + self._comment("beside", name)
        word = RENAMED.get(key, key)
        return Entry(name, [*above, first, *lines[1:]], meaning, word)

    def _placed(self, written: str, name: str) -> list[str]:
        """The lines of a value from a table; a lone `#` becomes a comment or goes."""
        lines = written.removesuffix("\n").split("\n")
        done = []
        for line in lines[1:]:
            if line.strip() == "#" or line.endswith(" #"):
                if self.commented:
                    done.append(line[:-1] + self._comment("inside", name))
                elif line.strip() != "#":
                    done.append(line[:-2])
            else:
                done.append(line)
        first = lines[0]
        return [f" {first}" if first else "", *done]

    def _comment(self, place: str, key: str = "") -> str:
        word = f"c{len(self.comments)}c"
        self.comments.append(Comment(word, place, key))
        if key in ("tags", "title"):  # there, `#word` after a value may be meant as it, and is reported
            return "# " + word
        return "#" + self.rng.choice([" ", "", "# ", " a: ", " - ", ' "', " {", " é🚀 "]) + word

    def _value(self, name: str, indent: int, depth: int) -> list[str]:
        """The text after a colon, then the further lines of any value."""
        rng, blank = self.rng, " " * indent
        kind = rng.choice(
            [
                "plain",
                "plain",
                "single",
                "double",
                "long",
                "null",
                "folds",
                "block",
                "flow",
                "flows",
                "list",
                "map",
            ]
            if depth < 2
            else ["plain", "single", "double", "null"]
        )
        if kind == "plain":
            return [" " + self._plain()]
        if kind == "null":
            return [""]
        if kind == "long":
            return [
                " "
                + " ".join(rng.choice(["words", "日本", "[[Link]]", "$x$"]) for _ in range(300)).lstrip("[")
            ]
        if kind in ("single", "double"):
            return [" " + self._quoted(kind)]
        if kind == "folds":
            first = rng.choice(["plain words", '"double', "'single"])
            end = {"p": "", '"': '"', "'": "'"}[first[0]]
            return [" " + first, *([""] if rng.random() < 0.3 else []), blank + "go on" + end]
        if kind == "block":
            header = rng.choice("|>") + rng.choice(["", "-", "+", "2"])
            words = [
                rng.choice(["one", "- x", "a: b", "# text", "é", "[[A]]", "---"])
                for _ in range(rng.randrange(1, 4))
            ]
            return [" " + header, *(blank + word for word in words), *[""] * rng.choice([0, 0, 1, 2])]
        if kind == "flow":
            return [" " + self._flow(0)]
        if kind == "flows":
            items = [self._flow(1) for _ in range(rng.randrange(1, 4))]
            lines = [f"{blank}{item}," for item in items]
            if self.commented and rng.random() < 0.5:
                lines[0] += " " + self._comment("inside", name)
            return [" [", *lines, blank + "]"]
        lines = []
        depth_of_items = indent if kind == "map" or rng.random() < 0.6 else indent - 2
        for number in range(rng.randrange(1, 4)):
            if self.commented and rng.random() < 0.2:
                lines.append(" " * depth_of_items + self._comment("inside", name))
            known = len(self.comments), len(self.anchors)
            inner = self._value(name, depth_of_items + 2, depth + 1)
            lead = "-" if kind == "list" else f"{'pqrs'[number]}:"
            if kind == "list" and len(inner) > 1 and not inner[0].strip():
                inner = [" " + rng.choice(PLAIN)]
                del self.comments[known[0] :], self.anchors[known[1] :]
            line = " " * depth_of_items + lead + inner[0]
            if self.commented and len(inner) == 1 and rng.random() < 0.2:
                line += " " + self._comment("inside", name)
            lines += [line, *inner[1:]]
        return ["", *lines]

    def _plain(self) -> str:
        rng = self.rng
        if self.anchors and rng.random() < 0.3:
            return "*" + rng.choice(self.anchors)
        if rng.random() < 0.05:
            self.anchors.append(f"a{len(self.anchors)}")
            return f"&{self.anchors[-1]} " + rng.choice(["word", "7", "'quoted'"])
        return rng.choice(PLAIN)

    def _quoted(self, kind: str) -> str:
        text = "".join(self.rng.choice(LETTERS) for _ in range(self.rng.randrange(0, 14)))
        return (
            "'" + text.replace("'", "''") + "'" if kind == "single" else json.dumps(text, ensure_ascii=False)
        )

    def _flow(self, depth: int) -> str:
        rng = self.rng
        kind = rng.choice(
            ["word", "single", "double", "list", "map"] if depth < 2 else ["word", "single", "double"]
        )
        if kind == "list" or depth == 0:
            written = "[" + ", ".join(self._flow(depth + 1) for _ in range(rng.randrange(0, 4))) + "]"
            # A list of one in a list of one is a link without quotes, which the table has.
            return written if not re.fullmatch(r"\[\[[^\[\]]*\]\]", written) else "[]"
        if kind == "map":
            return (
                "{"
                + ", ".join(f"{key}: {self._flow(depth + 1)}" for key in "ab"[: rng.randrange(0, 3)])
                + "}"
            )
        return (
            rng.choice(["word", "two words", "7", "true", "null", "é"])
            if kind == "word"
            else self._quoted(kind)
        )


def _keeps_blanks(lines: list[str]) -> bool:
    return any(re.search(r"[|>]2?\+", line) for line in lines)


class _CoreConstructor(SafeConstructor):
    """ruamel's constructor without timestamps, which YAML 1.2's core schema doesn't have."""


_CoreConstructor.add_constructor("tag:yaml.org,2002:timestamp", SafeConstructor.construct_yaml_str)


def meaning_of(text: str) -> dict[str, Any]:
    """The front matter of a note's text as ruamel.yaml reads it."""
    lines = text.removeprefix("\ufeff").splitlines(keepends=True)
    end = next(n for n, line in enumerate(lines) if n and line.rstrip() in ("---", "..."))
    reader = YAML(typ="safe", pure=True)
    reader.Constructor = _CoreConstructor
    loaded = reader.load("".join(lines[1:end]).replace("\r\n", "\n"))
    if loaded is None:
        return {}
    assert isinstance(loaded, dict)
    return {str(key): value for key, value in loaded.items()}
