"""Plain text for a quote: what a bullet says, without anything that would act in the note that quotes it.

A paper note quotes the bullet that mentions it (design, section 6). The quote must make no link, tag, block
id, embed, footnote or heading of its own, and must not open a comment, a fence or math that the quoting note
would have to close. Emphasis, code, math and escapes stay as they are, so that the quote reads as its source.
"""

from __future__ import annotations

import re
from functools import lru_cache

from vaultsync.core.markdown.body import parse_body
from vaultsync.core.markdown.link_syntax import BARE_DESTINATION
from vaultsync.core.markdown.overlay import TAG_CHARS
from vaultsync.core.text.late_pattern import late_pattern
from vaultsync.core.text.spans import TextEdit, apply_edits

_SIGNS = late_pattern(r"[\\`$%<\[#^\r\n\t]")
_OPENERS = frozenset("-+*>~_=")
_DOUBTFUL = late_pattern(r"\]\(|\[\[|%%|<!--|(?<!\S)#")
_SOFT_BREAK = late_pattern(r"(?:(?<![ \t])[ \t]*+)?\\?\r?\n[ \t>]*|[\t\r]+")
# Where a token may begin: to look for these first and for a token only there takes a third of the time.
_BEGINS = late_pattern(r"[\\`$%<!\[#:^ ](?:(?<=[^^ ])|(?<=\^)(?=\[)|(?<= )(?=[%<\[^]))")
_LABEL = r"(?:[^\[\]\\`$]|\\.|`[^`]*`|\$[^$]*\$|\[(?:[^\[\]\\]|\\.)*\])*"
# At each place the first alternative that fits wins, which is the order in which Markdown's reader decides:
# an escape, then code or math, whichever opens first, then everything that they could have hidden.
_TOKEN = late_pattern(
    rf"""
    (?P<escape> \\[!-/:-@\[-`{{-~] )
  | (?P<gitlab> \$(?P<gtick>`+)(?!`)(?:(?!(?P=gtick)).)+?(?P=gtick)\$ )
  | (?P<code> (?P<tick>`+)(?!`)(?:.*?[^`])??(?P=tick)(?!`) )
  | (?P<ticks> `+ )
  | (?P<display> \$\$(?!\$)(?:[^\\$]|\\.|\$(?!\$))+\$\$(?!\$) )
  | (?P<dollars> \$\$+ )
  | (?P<math> \$(?!\s)(?:[^\\$]|\\.)*(?<!\s)\$(?!\d) )
  | (?P<comment> [ ]?(?:%%.*?%%|<!--.{{0,2000}}?-->) )
  | (?P<percents> %%+ )
  | (?P<wiki> (?P<embed>!?)\[\[(?!\[)(?P<inner>(?:[^\[\]]|\[(?!\[)|\](?!\]))*)\]\] )
  | (?P<footnote> [ ]?\[\^[^\]\s]+\]:? | [ ]?\^\[(?:[^\[\]]|\[[^\[\]]*\])*\] )
  | (?P<link> !?\[(?P<label>{_LABEL})\]
        \( (?P<dest>\s* (?: <[^<>]*> | {BARE_DESTINATION} )?
            (?:\s+(?:"[^"]*"|'[^']*'|\([^()]*\)))? \s*) \) )
  | (?P<reference> \[(?!-?@|\^)(?P<words>{_LABEL})\]\[[^\[\]]*\](?!\() )
  | (?P<address> <(?P<url>[A-Za-z][A-Za-z0-9+.-]+:[^\s<>]*|[^\s<>@]+@[^\s<>@]+)> )
  | (?P<html> <(?P<slash>/?)(?P<name>[A-Za-z][A-Za-z0-9-]*)(?:\s(?:[^<>"']|"[^"]*"|'[^']*')*)?/?> )
  | (?P<declaration> <(?=[!?]) )
  | (?P<tag> (?<!\S)\#+(?=(?P<word>{TAG_CHARS}+)) )
  | (?P<colons> ::+ )
    """,
    re.VERBOSE,
)
# What of `_TOKEN`, `_SOFT_BREAK` and `_BLOCK_ID` can begin with, but for brackets.
_MORE_THAN_LINKS = late_pattern(r"[\\`$%<#^\r\n\t]|::|!\[")
_LINK_ALONE = late_pattern(r"\[\[([^\[\]]*)\]\]")
_BRACKET = late_pattern(r"[\[\]]")
_KEPT_ELEMENTS = frozenset(("sub", "sup", "u", "mark", "kbd", "b", "i", "em", "strong", "s", "small"))
_BLOCK_ID = late_pattern(r"\^[A-Za-z0-9-]+")
_BRACE = late_pattern(r"\\.|[{}]")
_SIZE = late_pattern(r"\|\d+(?:x\d+)?\s*\Z")
_ACTIVE = late_pattern(r"[`$*<]")
# What would open a block of its own at the start of a list item: taken away, or escaped.
_OPENING = late_pattern(
    r"""
    (?P<away> (?: \#{1,6}(?:\s+|$) | \[![^\]]*\][+-]?\s* )+ )
  | (?P<mark> [-+*](?=\s|$) | > | ~~~ | (?P<fence>`{3,})(?!`)(?!.*[^`](?P=fence)(?!`))
      | (?:-[ ]*)+$ | (?:[_*][ ]*){3,}$
      | \[[^\s\[\]]?\s?\](?=\s|$) | \[(?:[^\[\]\\]|\\.)+\]:
      | <(?=[A-Za-z/])(?!/?(?:sub|sup|u|mark|kbd|b|i|em|strong|s|small)>\s*\S) )
  | (?P<number> \d{1,9})(?=[.)](?:\s|$))
    """,
    re.VERBOSE,
)


# The same bullet is asked for once for each paper that it mentions, the same heading by each of them.
@lru_cache(maxsize=4000)
def flatten(fragment: str) -> str:
    """`fragment`, a bullet's or a paragraph's own text, as one line that reads alike and links nothing.

    `[[A|b]]` gives b, `[[F/A#H]]` gives `A > H`, `[t](u)` gives t, `![[x.png]]` gives x.png; comments,
    footnotes and a block id go; a tag loses its `#`. A second `flatten` changes nothing.
    """
    text = fragment
    while _may_act(text):
        flat = _once(text)
        if flat == text:
            flat = _disarmed(text)
        if flat == text:
            break
        text = flat
    return text


def _may_act(text: str) -> bool:
    """Whether the text has any sign that could act in the note which quotes it; most have none."""
    # (One expression, with all that may begin or end the text, would try each of its parts at each place.)
    return text != "" and (
        text[0] in _OPENERS
        or text[0].isdecimal()
        or text[0].isspace()
        or text[-1].isspace()
        or _SIGNS.search(text) is not None
        or "::" in text
    )


def _disarmed(text: str) -> str:
    """`text` with an escape before each thing that the parser still sees: it has the last word."""
    if not _DOUBTFUL.search(text):
        return text
    body = parse_body(text)
    places = {link.span.start + link.embed for link in body.links}
    places |= {span.start for spans in (body.comments, body.html_comments) for span in spans}
    places |= {tag.span.start for tag in body.tags}
    return apply_edits(text, [TextEdit(at, at, "\\") for at in places])


def _once(text: str) -> str:
    text = _unmarked(text)
    if not (m := _OPENING.match(text)):
        return text
    if m["away"] is not None:
        return text[m.end() :]
    if m["number"] is not None:
        return f"{m['number']}\\{text[m.end() :]}"
    return "\\" + text


def _unmarked(text: str) -> str:
    """`text` without what acts in the middle of a line."""
    if not _MORE_THAN_LINKS.search(text):  # wikilinks alone, as in most bullets: a fifth of the time
        plain = _LINK_ALONE.sub(lambda m: _shown(m[1], embed=False), text)
        if not _BRACKET.search(plain):
            return plain.strip()
    if "\n" in text or "\t" in text or "\r" in text:
        text = _SOFT_BREAK.sub(" ", text)
    return _without_block_ids(_without_tokens(text.strip()).strip())


def _without_tokens(text: str) -> str:
    """`text` with what each token leaves in the quote."""
    parts: list[str] = []
    done = 0
    for begins in _BEGINS.finditer(text):
        at = begins.start()
        if at >= done and (token := _TOKEN.match(text, at)):
            parts += (text[done:at], _plain(token))
            done = token.end()
    return "".join((*parts, text[done:]))


def _without_block_ids(text: str) -> str:
    """`text` without a block id at its end, nor those before it, which would stand there next."""
    end = len(text)
    while (at := text.rfind("^", 0, end)) >= 0 and _BLOCK_ID.fullmatch(text, at, end):
        if at and not text[at - 1].isspace():
            break
        end = at
        while end and text[end - 1].isspace():
            end -= 1
    return text[:end]


def _plain(m: re.Match[str]) -> str:
    """What a token leaves in the quote."""
    match m.lastgroup:
        case "math" | "display" | "gitlab":
            if not _balanced(m[0]):
                return "\\" + m[0]  # no reader takes it for math, so what is in it would act
            # In TeX a blank changes nothing, and one percent sign is as good as two.
            return re.sub(r"%%+", "%", m[0]).replace("[[", "[ [")
        case "dollars" | "percents" | "colons":
            first = "\\$" if m[0][0] == "$" else m[0][0]
            return first + f"\\{m[0][0]}" * (len(m[0]) - 1)
        case "comment":
            parts = m.start() and m.string[m.start() - 1] == "$" and m.string[m.end() : m.end() + 1].isdigit()
            return " " if parts else ""
        case "footnote":
            return ""
        case "wiki":
            return _shown(m["inner"], embed=bool(m["embed"]))
        case "link":
            return _label(m)
        case "reference":
            return m["words"]
        case "address":
            return m["url"]
        case "html":
            name = m["name"].lower()
            if name in _KEPT_ELEMENTS:
                return f"<{m['slash']}{name}>"
            return " " if name in ("br", "hr") else ""
        case "declaration":
            return "\\<"
        case "tag":
            return m[0] if m["word"].isdigit() else ""
        case _:
            return m[0]


def _balanced(tex: str) -> bool:
    """Whether braces come in pairs."""
    depth = 0
    for m in _BRACE.finditer(tex):
        depth += {"{": 1, "}": -1}.get(m[0], 0)
        if depth < 0:
            return False
    return depth == 0


def _shown(inner: str, *, embed: bool) -> str:
    """What Obsidian shows for a wikilink; for an embed, the name of what it would show."""
    left, _, display = inner.partition("|")
    if display.strip() and not embed:
        return display
    path, _, heading = left.removesuffix("\\").partition("#")
    parts = [
        path.strip().rpartition("/")[2],
        *(h.strip() for h in heading.split("#") if not h.startswith("^")),
    ]
    return _ACTIVE.sub(r"\\\g<0>", " > ".join(part for part in parts if part))


def _label(m: re.Match[str]) -> str:
    """The text of a Markdown link, or the text, else the file's name, of an image."""
    if not m[0].startswith("!"):
        return m["label"]
    alt = _SIZE.sub("", m["label"])
    return alt if alt.strip() else m["dest"].strip().strip("<>").rpartition("/")[2]
