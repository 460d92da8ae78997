"""Hostile shapes for `bench.hostile`: vaults whose parts grow with one number, and the command for each."""

# ruff: noqa: E501  tables of shapes

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import msgspec

from bench.hostile_answers import answers

Files = dict[str, bytes]
Grow = Callable[[int], Files]

ANSWER = "\0answer"
"""In the place of a file's name: what a server answers to each request of the command."""

CHECK = ("fix", "--check", "--no-commit")


class Shape(msgspec.Struct, frozen=True):
    """A vault that grows with `n`, some bytes a step, and what is run on it."""

    name: str
    grow: Grow
    command: tuple[str, ...] = CHECK
    steps: int = 20_000


INLINE = (
    "*", "**a ", "_", "__a ", "*a_", "~~", "==", "`", "``a", "$", "$$ ", "$`", "`$", "[", "]", "[[", "]]",
    "[[a]] ", "[[a|", "![[", "[a](", "[a](b) ", "![a](", "](", "[a][", "[a]: b\n", "[^a]", "[^a]: ", "^[", "<",
    "<a ", "<a>", "</a>", "<!--", "-->", "<!-- --> ", "<![CDATA[", "<?", "%%", "%% a %% ", "#", "#a ", "#a/", "^a ",
    "@", "[@a; ", "@{", "http://a/(", "http://a ", "www.a.b ", "a@b.c ", "&amp;", "&#", "\\", "\\\\(", "|", "| a ",
    "{", "{{", "}}", "<%", ":::", "a ", "10.1234/a ", "arXiv:2210.13695 ", "2210.13695 ", "https://doi.org/10.1/(",
    "é", "e\u0301", "\u200b", "\u202e", "非", "\U0001f469\u200d", "a-", "a's ", "'", '"', "“", "(", ")", "\t", "\u00a0",
)  # fmt: skip

LINES = (
    "", " ", "- a", "* a", "+ a", "1. a", "- [ ] a", "> a", ">", "> [!note] a", "# a", "## Talk: a", "# Montag",
    "#", "===", "---", "***", "```", "~~~", "    a", "\ta", "| a | b |", "|-|-|", "$$", "%%", "<div>", "</div>",
    "<!--", "[a]: b", "[^a]: b", "- a\n<!-- -->", "- a\n\n", "a\\", "a  ", "%% vaultsync:begin mentions %%",
    "%% vaultsync:end mentions %%", "%% vaultsync:begin papers %%\n%% vaultsync:end papers %%",
    "<!-- vaultsync:off -->", "<!-- vaultsync:on -->", "- slow, DiffSBDD is it", "see [[DiffSBDD]]", "Comment: a",
    "## 9:30 Talk", "# Day 2", "a: b", "- a: b", "\r", "\x00", "\x0c", "\u2028",
)  # fmt: skip

NESTED = (
    ("[", "]"),
    ("(", ")"),
    ("**", "**"),
    ("<a>", "</a>"),
    ("[a](", ")"),
    ("![", "](b)"),
    ("{", "}"),
    ("`", "`"),
)

YAML_LINES = (
    "", " ", "#", "# a", "a{n}: b", "a: b", "a:", "- a", "  - a", "a{n}: [[x]]", "a{n}: '", 'a{n}: "', "a{n}: |", "a{n}: >",
    "a{n}: &x b", "a{n}: *x", "a{n}: !x b", "? a", ": a", "a{n}: {{", "a{n}: [", "a{n}: 2024-13-01", "a{n}: 007", "%YAML 1.2",
    "tag: a", "tags: a, b", "alias: a", "a{n}: 12:30", "\ta: b", "a{n}: [a, b, c]", "<<: *x", "a{n}: 'b''c'", "  a", "---a", "...a",
)  # fmt: skip

YAML_INLINE = (
    "[", "]", "{", "}", "[a,", "{a: ", "a, ", "'", '"', "\\", "&a ", "*a ", "!a ", "#", " #", ": ", "- ", "? ", "|", ">",
    "[[a]], ", "%", "@", "`", "1", "1_", "0x", "1:", "\t", "é",
)  # fmt: skip

IMPORT_LINES = {
    "bib": (
        "@article{{k{n}, title={{A{n}}}}}", "@string{{a{n} = a{m} # a{m}}}", "@comment{{", "@article{{", "title = {{", "{{", "}}", '"', "#",
        "@article{{k{n}, author={{A and B and C}}}}", "@article{{k, crossref={{k}}}}", "@x{{k{n}, crossref={{k{m}}}}}", "\\'{{", "%", "@", ",", "=",
    ),
    "json": ('{{"title": "A{n}"}},', "[", "{{", '{{"a":', '"', "\\", "1", "-", "null,", '{{"title": "A", "author": [{{"family": "B"}}]}},'),
    "ris": ("TY  - JOUR", "TI  - A{n}", "ER  - ", "AU  - B", "TY  - JOUR\nTI  - A{n}\nER  - ", "XX  - ", "a", "  "),
    "txt": (
        "A Paper of {n}", "arXiv:2210.{n:05d}", "10.1234/a{n}", "https://arxiv.org/abs/2210.{n:05d}", "Submitted by", "- a", "# a", "",
        "Abstract", "标题：A{n}", "【1】A", "*", "1.", "(", "http://a/(", "a and ", "Title: A{n}", "\x00", "\ufeff",
    ),
    "md": ("# Montag", "## Talk: {n}", "- a", "> a", "| a |", "```", "<!-- -->", "- a\n  - b", "\\", "$"),
}  # fmt: skip

SETTINGS = (
    "[a{n}]\n", "a{n} = 1\n", "[kinds.a{n}]\ntags = ['x']\n", "[folders.'a{n}/']\nkind = 'note'\n", "#\n", "\n", "[", "[[", "a.", "a = [",
    "a = {{", "'", '"', '"""', "'''", "a = 1", "1", "_", "\\", "=", ",", "[vault]\nignore = [",
)  # fmt: skip


def note(body: str, front: str = "title: A\n") -> Files:
    """A vault of the note at hand, a paper that it may mention, and an event."""
    return {
        "Conferences/Event.md": f"---\n{front}---\n{body}\n".encode(errors="surrogatepass"),
        "Papers/DiffSBDD.md": b"---\ntitle: 'DiffSBDD: Structure-based Drug Design'\ntags:\n  - paper\n---\n",
    }


def shapes() -> Iterator[Shape]:
    """All shapes; names tell the place and the repeated part."""
    yield from _bodies()
    yield from _front_matters()
    yield from _imports()
    yield from _settings()
    yield from _names()
    yield from _decisions()
    for name, command, body in answers():
        yield Shape(name, lambda n, b=body: {"a.md": b"a\n", ANSWER: b(n)}, command)  # type: ignore[misc]


def _bodies() -> Iterator[Shape]:
    for unit in INLINE:
        yield Shape(f"body line {unit!r}", lambda n, u=unit: note(u * n))  # type: ignore[misc]
        yield Shape(f"body lines {unit!r}", lambda n, u=unit: note(f"{u}\n" * n))  # type: ignore[misc]
        yield Shape(f"body bullets {unit!r}", lambda n, u=unit: note(f"- a {u} b\n" * n))  # type: ignore[misc]
    for line in LINES:
        yield Shape(f"body lines {line!r}", lambda n, u=line: note(f"{u}\n" * n))  # type: ignore[misc]
        yield Shape(
            f"body deep {line!r}",
            lambda n, u=line: note("".join(f"{'  ' * (i % 40)}{u}\n" for i in range(n))),
        )  # type: ignore[misc]
    for start, end in NESTED:
        yield Shape(f"body nested {start!r}", lambda n, s=start, e=end: note(s * n + "a" + e * n))  # type: ignore[misc]
        yield Shape(f"body half {start!r}", lambda n, s=start, e=end: note((s * 3 + "a" + e) * n))  # type: ignore[misc]
    yield Shape(
        "body indent", lambda n: note("".join(f"{' ' * i}- a\n" for i in range(min(n, 2000)))), steps=500
    )
    yield Shape("body mentions in a line", lambda n: note("DiffSBDD and " * n), steps=10_000)
    yield Shape("body one word", lambda n: note("a" * n), steps=1_000_000)


def _front_matters() -> Iterator[Shape]:
    for line in YAML_LINES:
        yield Shape(
            f"front lines {line!r}",
            lambda n, u=line: note("", "".join(f"{u.replace('{n}', str(i))}\n" for i in range(n))),  # type: ignore[misc]
        )
    for unit in YAML_INLINE:
        yield Shape(f"front value {unit!r}", lambda n, u=unit: note("", f"a: {u * n}\n"))  # type: ignore[misc]
        yield Shape(f"front key {unit!r}", lambda n, u=unit: note("", f"{u * n}a: b\n"))  # type: ignore[misc]
        yield Shape(f"front tags {unit!r}", lambda n, u=unit: note("", f"tags: {u * n}\n"))  # type: ignore[misc]
    yield Shape("front aliases", lambda n: note("", "aliases: " + "a b, " * n + "\n"))
    yield Shape("front authors", lambda n: note("", "type: paper\nauthors: " + "A B and " * n + "C\n"))
    yield Shape("front open", lambda n: {"Papers/A.md": b"---\n" + b"a: b\n" * n})


def _imports() -> Iterator[Shape]:
    for kind, lines in IMPORT_LINES.items():
        for line in lines:

            def grow(n: int, u: str = line, k: str = kind) -> Files:
                text = "".join(u.format(n=i, m=max(i - 1, 0)) + "\n" for i in range(n))
                return {f"in.{k}": text.encode(), "a.md": b"a\n"}

            command = ("import", "in." + kind, "--diff", "--no-commit")
            yield Shape(f"import {kind} {line!r}", grow, command, steps=5_000)

            def flat(n: int, g: Grow = grow) -> Files:
                return {p: d.replace(b"\n", b" ") for p, d in g(n).items()}

            yield Shape(f"import {kind} line {line!r}", flat, command, steps=5_000)

    command = ("import", "in.bib", "--diff", "--no-commit")
    part = "@book{{k{n}, title={{A Title {n}}}, crossref={{k{m}}}}}\n"
    chain = lambda n: "".join(part.format(n=i, m=i + 1) for i in range(n))  # noqa: E731
    last = "@book{{k{}, title={{Last}}, year=2020}}\n"
    yield Shape(
        "import bib chain of wholes",
        lambda n: {"in.bib": (chain(n) + last.format(n)).encode()},
        command,
        5_000,
    )
    wholes = lambda n: "".join(f"@xdata{{k{i}, year=2020}}\n" for i in range(n))  # noqa: E731
    many = lambda n: f"@book{{k, title={{A}}, xdata={{{','.join(f'k{i}' for i in range(n))}}}}}\n"  # noqa: E731
    yield Shape(
        "import bib many wholes", lambda n: {"in.bib": (many(n) + wholes(n)).encode()}, command, 5_000
    )


def _settings() -> Iterator[Shape]:
    words = lambda n: ", ".join(f'"{i:x} Q{i}"' for i in range(n))  # noqa: E731
    yield Shape(
        "settings labels and lines",
        lambda n: {
            **note("- it\\'s <!-- --> it\\'s\n" + "- a\nf Q\n" * n),
            ".vaultsync/config.toml": f"[rules.md-pandoc]\nlabels = [{words(n)}]\n".encode(),
        },
        steps=4_000,
    )
    for unit in SETTINGS:
        for where in (".vaultsync/config.toml", ".vaultsync/decisions.toml"):
            yield Shape(
                f"settings {where[11:]} {unit!r}",
                lambda n, u=unit, w=where: {  # type: ignore[misc]
                    **note("a"),
                    w: "".join(u.replace("{n}", str(i)).replace("{{", "{") for i in range(n)).encode()[
                        :900_000
                    ],
                },
            )
    for name in ("app.json", "types.json"):
        for text in ("[", '{"a":', "9", '{"types":', "\\", '"', ","):
            yield Shape(
                f"obsidian {name} {text!r}",
                lambda n, t=text, w=name: {**note("a"), f".obsidian/{w}": (t * n).encode()},  # type: ignore[misc]
            )
    types = lambda n: json.dumps({"types": {f"a{i}": "text" for i in range(n)}}).encode()  # noqa: E731
    yield Shape("obsidian many types", lambda n: {**note("a"), ".obsidian/types.json": types(n)})
    for template in ("{{ title }}", "{% if 1 %}", "{{ [", "{# ", "{{ 'a' * 9 }}"):
        yield Shape(
            f"template {template!r}",
            lambda n, t=template: {  # type: ignore[misc]
                "t.txt": (t * n).encode()[:100_000],
                ".vaultsync/config.toml": b"[vault]\nimport_template = 't.txt'\n",
            },
            ("import", "10.1234/x", "--diff", "--no-commit"),
            steps=2_000,
        )


def _names() -> Iterator[Shape]:
    for name in (
        "{n}",
        "a\u202e{n}",
        "a\n{n}",
        "a\x1b[2J{n}",
        "[[{n}]]",
        "a|{n}",
        "a#{n}",
        "-{n}",
        "{n}:a",
        "é{n}",
    ):
        yield Shape(
            f"names {name!r}",
            lambda n, t=name: {t.format(n=i) + ".md": b"---\ntag: a\n---\n" for i in range(n)},  # type: ignore[misc]
            steps=500,
        )
    papers = lambda n: {f"Papers/P{i}.md": f"---\ntitle: P{i % 7}\n---\n".encode() for i in range(n)}  # noqa: E731
    yield Shape("names of papers that are alike", lambda n: {**note("P1 P2 " * n), **papers(n)}, steps=500)
    yield Shape("folders", lambda n: {"/".join("d" * min(n, 1500)) + "/a.md": b"a\n"}, steps=300)


def _decisions() -> Iterator[Shape]:
    row = '  ["Conferences/Event.md", "w{n}", "Papers/DiffSBDD.md"],\n'
    yield Shape(
        "decisions",
        lambda n: {
            **note("w1 w2"),
            ".vaultsync/decisions.toml": (
                "deny = [\n" + "".join(row.format(n=i) for i in range(n)) + "]\n"
            ).encode(),
        },
        steps=5_000,
    )
