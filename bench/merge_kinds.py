"""The kinds of two-sided edits that the merge was made with (`bench.merge`); `merge_held_out` has others.

Each kind gives a sheet and an edit a side. What is right is the sheet with both edits made, in either order.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bench.merge_sheet import Edit, Line, Sheet, Writer


@dataclass
class Pair:
    """A sheet, what each side does to it, and whether they go together (`None`: asking is right, too).

    `right` overrules the texts that count as right.
    """

    sheet: Sheet
    one: Edit
    other: Edit
    together: bool | None = True
    right: str | None = None


Kind = Callable[[Writer], Pair]


def replace_word(name: int, at: int, token: str) -> Edit:
    """Put another word in the place of the word at `at`."""

    def edit(sheet: Sheet) -> None:
        words = sheet.line(name).text.split(" ")
        words[at] = token
        sheet.line(name).text = " ".join(words)

    return edit


def end_with(name: int, words: str) -> Edit:
    def edit(sheet: Sheet) -> None:
        sheet.line(name).text += " " + words

    return edit


def insert_after(name: int, *lines: Line) -> Edit:
    def edit(sheet: Sheet) -> None:
        at = sheet.at(name) + 1
        sheet.lines[at:at] = [Line(line.name, line.text) for line in lines]

    return edit


def append(*lines: Line) -> Edit:
    def edit(sheet: Sheet) -> None:
        sheet.lines += [Line(line.name, line.text) for line in lines]

    return edit


def delete(*names: int) -> Edit:
    def edit(sheet: Sheet) -> None:
        sheet.lines = [line for line in sheet.lines if line.name not in names]

    return edit


def move(name: int, behind: int) -> Edit:
    def edit(sheet: Sheet) -> None:
        line = sheet.lines.pop(sheet.at(name))
        sheet.lines.insert(sheet.at(behind) + 1, line)

    return edit


def move_section(name: int, before: int) -> Edit:
    def edit(sheet: Sheet) -> None:
        start, end = sheet.section(name)
        moved = sheet.lines[start:end]
        del sheet.lines[start:end]
        at = sheet.at(before)
        sheet.lines[at:at] = moved

    return edit


def rewrite(name: int, old: str, new: str) -> Edit:
    def edit(sheet: Sheet) -> None:
        sheet.line(name).text = sheet.line(name).text.replace(old, new, 1)

    return edit


def put(key: str, value: object) -> Edit:
    def edit(sheet: Sheet) -> None:
        sheet.head[key] = value

    return edit


def drop(key: str) -> Edit:
    def edit(sheet: Sheet) -> None:
        sheet.head.pop(key, None)

    return edit


def add_item(key: str, item: str) -> Edit:
    def edit(sheet: Sheet) -> None:
        items = sheet.head[key]
        assert isinstance(items, list)
        items.append(item)

    return edit


def drop_item(key: str, item: str) -> Edit:
    def edit(sheet: Sheet) -> None:
        items = sheet.head[key]
        assert isinstance(items, list)
        items.remove(item)

    return edit


def order(*keys: str) -> Edit:
    def edit(sheet: Sheet) -> None:
        rest = {key: value for key, value in sheet.head.items() if key not in keys}
        sheet.head = {key: sheet.head[key] for key in keys if key in sheet.head} | rest

    return edit


def both(*edits: Edit) -> Edit:
    def edit(sheet: Sheet) -> None:
        for one in edits:
            one(sheet)

    return edit


def nothing(sheet: Sheet) -> None:
    """No edit."""


def _two(writer: Writer, names: list[int], apart: int = 1) -> tuple[int, int]:
    at = writer.rng.randrange(len(names) - apart)
    return names[at], names[at + apart]


def far_lines(w: Writer) -> Pair:
    sheet = w.conference()
    a, b = _two(w, w.bullets(sheet), 3)
    return Pair(sheet, replace_word(a, 2, w.token()), replace_word(b, 3, w.token()))


def neighbouring_lines(w: Writer) -> Pair:
    sheet = w.conference()
    start, _ = sheet.section(w.rng.choice(w.headings(sheet)))
    a, b = sheet.lines[start + 1].name, sheet.lines[start + 2].name
    return Pair(sheet, replace_word(a, 2, w.token()), end_with(b, w.token()))


def words_far_apart(w: Writer) -> Pair:
    sheet = w.essay()
    name = w.rng.choice(w.paragraphs(sheet))
    count = sheet.line(name).text.count(" ")
    return Pair(sheet, replace_word(name, 1, w.token()), replace_word(name, count - 2, w.token()))


def words_close(w: Writer) -> Pair:
    sheet = w.essay()
    name = w.rng.choice(w.paragraphs(sheet))
    return Pair(sheet, replace_word(name, 4, w.token()), replace_word(name, 5, w.token()), together=None)


def same_word(w: Writer) -> Pair:
    sheet = w.essay()
    name = w.rng.choice(w.paragraphs(sheet))
    return Pair(sheet, replace_word(name, 4, w.token()), replace_word(name, 4, w.token()), together=False)


def same_edit(w: Writer) -> Pair:
    sheet = w.conference()
    edit = replace_word(w.rng.choice(w.bullets(sheet)), 3, w.token())
    return Pair(sheet, edit, edit)


def both_append(w: Writer) -> Pair:
    sheet = w.conference()
    return Pair(
        sheet, append(w.new(f"- {w.words(5)} {w.token()}")), append(w.new(f"- {w.words(5)} {w.token()}"))
    )


def both_append_sections(w: Writer) -> Pair:
    sheet = w.essay()

    def section() -> Edit:
        return append(*w.several([f"## {w.token()}", "", f"{w.words(12)} {w.token()}.", ""]))

    return Pair(sheet, section(), section())


def logs(w: Writer) -> Pair:
    sheet = w.journal()
    minutes = sorted(w.rng.sample(range(11 * 60, 20 * 60), 4))
    lines = [w.new(f"- {m // 60:02d}:{m % 60:02d} {w.words(4)} {w.token()}") for m in minutes]
    mine = sorted(w.rng.sample(range(4), 2))
    right = sheet.copy()
    append(*lines)(right)
    return Pair(
        sheet,
        append(*(lines[i] for i in mine)),
        append(*(line for i, line in enumerate(lines) if i not in mine)),
        right=right.text(),
    )


def one_contains_the_other(w: Writer) -> Pair:
    sheet = w.conference()
    lines = [w.new(f"- {w.words(6)} {w.token()}") for _ in range(3)]
    right = sheet.copy()
    append(*lines)(right)
    return Pair(sheet, append(*lines), append(*lines[:2]), right=right.text())


def insert_and_edit(w: Writer) -> Pair:
    sheet = w.conference()
    name = w.rng.choice(w.bullets(sheet))
    return Pair(sheet, insert_after(name, w.new(f"\t- {w.token()}")), replace_word(name, 2, w.token()))


def insert_and_delete_apart(w: Writer) -> Pair:
    sheet = w.conference()
    a, b = _two(w, w.bullets(sheet), 2)
    return Pair(sheet, insert_after(a, w.new(f"- {w.token()} {w.words(3)}")), delete(b))


def delete_both(w: Writer) -> Pair:
    sheet = w.conference()
    a, b = _two(w, w.bullets(sheet))
    return Pair(sheet, delete(a), delete(a, b))


def delete_and_edit(w: Writer) -> Pair:
    sheet = w.conference()
    name = w.rng.choice(w.bullets(sheet))
    return Pair(sheet, delete(name), replace_word(name, 2, w.token()), together=False)


def move_and_edit(w: Writer) -> Pair:
    sheet = w.conference()
    names = w.bullets(sheet)
    return Pair(sheet, move(names[1], names[-1]), replace_word(names[1], 3, w.token()))


def move_section_and_edit(w: Writer) -> Pair:
    sheet = w.essay()
    names = w.headings(sheet)
    start, end = sheet.section(names[3])
    inside = [x.name for x in sheet.lines[start:end] if x.text.count(" ") > 12]
    return Pair(sheet, move_section(names[3], names[1]), replace_word(w.rng.choice(inside), 4, w.token()))


def delete_section_and_edit_other(w: Writer) -> Pair:
    sheet = w.essay()
    names = w.headings(sheet)
    start, end = sheet.section(names[2])
    gone = [line.name for line in sheet.lines[start:end]]
    return Pair(sheet, delete(*gone), rewrite(names[4], "## ", f"## {w.token()} "))


def delete_section_and_write_in_it(w: Writer) -> Pair:
    sheet = w.essay()
    names = w.headings(sheet)
    start, end = sheet.section(names[2])
    gone = [line.name for line in sheet.lines[start:end]]
    return Pair(
        sheet, delete(*gone), insert_after(gone[-2], w.new(f"{w.words(9)} {w.token()}")), together=False
    )


def tick_and_edit(w: Writer) -> Pair:
    sheet = w.conference()
    tasks = [line.name for line in sheet.lines if line.text.startswith("- [ ]")]
    name = w.rng.choice(tasks)
    return Pair(sheet, rewrite(name, "[ ]", "[x]"), replace_word(name, 4, w.token()))


def tick_and_tick(w: Writer) -> Pair:
    sheet = w.conference()
    tasks = [line.name for line in sheet.lines if line.text.startswith("- [ ]")]
    a, b = _two(w, tasks)
    return Pair(sheet, rewrite(a, "[ ]", "[x]"), rewrite(b, "[ ]", "[x]"))


def indent_and_edit(w: Writer) -> Pair:
    sheet = w.conference()
    name = w.rng.choice(w.bullets(sheet)[1:])

    def indent(s: Sheet) -> None:
        s.line(name).text = "\t" + s.line(name).text

    return Pair(sheet, indent, end_with(name, w.token()))


def heading_and_lines(w: Writer) -> Pair:
    sheet = w.conference()
    name = w.rng.choice(w.headings(sheet))
    start, _ = sheet.section(name)
    return Pair(sheet, end_with(name, w.token()), replace_word(sheet.lines[start + 1].name, 2, w.token()))


def link_and_edit(w: Writer) -> Pair:
    sheet = w.conference()
    name = w.rng.choice(w.bullets(sheet))
    word = sheet.line(name).text.split(" ")[2]
    return Pair(sheet, replace_word(name, 2, f"[[Paper|{word}]]"), end_with(name, w.token()))


def link_and_reword(w: Writer) -> Pair:
    sheet = w.conference()
    name = w.rng.choice(w.bullets(sheet))
    word, new = sheet.line(name).text.split(" ")[2], w.token()
    right = sheet.copy()
    replace_word(name, 2, new)(right)
    return Pair(
        sheet, replace_word(name, 2, f"[[Paper|{word}]]"), replace_word(name, 2, new), right=right.text()
    )


def two_links(w: Writer) -> Pair:
    sheet = w.conference()
    name = w.rng.choice(w.bullets(sheet))
    words = sheet.line(name).text.split(" ")
    return Pair(sheet, replace_word(name, 2, f"[[P|{words[2]}]]"), replace_word(name, 5, f"[[Q|{words[5]}]]"))


def scalar_and_scalar(w: Writer) -> Pair:
    return Pair(w.essay(), put("status", w.token()), put("rating", 4))


def scalar_twice(w: Writer) -> Pair:
    return Pair(w.essay(), put("status", w.token()), put("status", w.token()), together=False)


def properties_added(w: Writer) -> Pair:
    sheet = w.essay()
    a, b = sorted((w.token(), w.token()))
    return Pair(sheet, put(a, 1), put(b, 2), right=_with(sheet, put(a, 1), put(b, 2)))


def same_property_added(w: Writer) -> Pair:
    return Pair(w.essay(), put("venue", "ICLR"), both(put("venue", "ICLR"), put("rating", 5)))


def same_property_added_otherwise(w: Writer) -> Pair:
    return Pair(w.essay(), put("venue", w.token()), put("venue", w.token()), together=False)


def tags_added(w: Writer) -> Pair:
    sheet = w.conference()
    a, b = sorted((w.token(), w.token()))
    return Pair(
        sheet,
        add_item("tags", b),
        add_item("tags", a),
        right=_with(sheet, add_item("tags", a), add_item("tags", b)),
    )


def tag_added_and_dropped(w: Writer) -> Pair:
    return Pair(w.conference(), add_item("tags", w.token()), drop_item("tags", "notes"))


def property_dropped(w: Writer) -> Pair:
    return Pair(w.essay(), drop("status"), put("rating", 1))


def property_dropped_and_edited(w: Writer) -> Pair:
    return Pair(w.essay(), drop("status"), put("status", w.token()), together=False)


def properties_ordered(w: Writer) -> Pair:
    return Pair(
        w.essay(), order("rating", "title"), both(put("status", w.token()), add_item("aliases", w.token()))
    )


def head_and_body(w: Writer) -> Pair:
    sheet = w.essay()
    return Pair(sheet, put("rating", 5), replace_word(w.rng.choice(w.paragraphs(sheet)), 2, w.token()))


def block_refreshed_twice(w: Writer) -> Pair:
    """The tool's list on both sides: what is right is judged without the list's lines."""
    sheet = w.essay()
    sheet.lines += w.several(["%% vaultsync:begin mentions %%", "- [[C]]", "%% vaultsync:end mentions %%"])
    entry = sheet.lines[-2].name
    return Pair(
        sheet,
        both(insert_after(entry, w.new(f"- [[{w.token()}]]")), put("rating", 2)),
        insert_after(entry, w.new(f"- [[{w.token()}]]")),
    )


def block_moved(w: Writer) -> Pair:
    sheet = w.essay()
    block = w.several(["%% vaultsync:begin mentions %%", "- [[C]]", "%% vaultsync:end mentions %%", ""])
    sheet.lines += block

    def up(s: Sheet) -> None:
        names = [line.name for line in block]
        moved = [line for line in s.lines if s.at(line.name) >= 0 and line.name in names]
        inside = s.lines[s.at(names[0]) : s.at(names[-1]) + 1]
        s.lines = inside + [line for line in s.lines if line not in inside]
        assert moved

    return Pair(sheet, up, insert_after(block[1].name, w.new(f"- [[{w.token()}]]")))


def crlf(w: Writer) -> Pair:
    sheet = w.conference()

    def convert(s: Sheet) -> None:
        s.eol = "\r\n"

    return Pair(sheet, convert, replace_word(w.rng.choice(w.bullets(sheet)), 2, w.token()))


def no_last_line_end(w: Writer) -> Pair:
    sheet = w.conference()

    def cut(s: Sheet) -> None:
        s.ends = False

    return Pair(sheet, cut, append(w.new(f"- {w.token()}")))


def paragraph_added_beside_edit(w: Writer) -> Pair:
    sheet = w.essay()
    name = w.rng.choice(w.paragraphs(sheet))
    new = w.several(["", f"{w.words(10)} {w.token()}."])
    return Pair(sheet, insert_after(name, *new), replace_word(name, 6, w.token()))


def words_moved_by_both(w: Writer) -> Pair:
    sheet = w.essay()
    name = w.rng.choice(w.paragraphs(sheet))

    def rotated(by: int) -> Edit:
        def edit(s: Sheet) -> None:
            words = s.line(name).text.split(" ")
            s.line(name).text = " ".join(words[by:] + words[:by])

        return edit

    return Pair(sheet, rotated(3), rotated(-4), together=False)


def new_on_both(w: Writer) -> Pair:
    """A note made on both devices from one template."""
    sheet = w.journal()
    at = w.bullets(sheet)[0]
    return Pair(sheet, insert_after(at, w.new(f"- {w.token()} x")), append(w.new(f"- 19:00 {w.token()}")))


def _with(sheet: Sheet, *edits: Edit) -> str:
    right = sheet.copy()
    for edit in edits:
        edit(right)
    return right.text()


KINDS: dict[str, Kind] = {
    kind.__name__: kind
    for kind in (
        *(far_lines, neighbouring_lines, words_far_apart, words_close, same_word, same_edit, both_append),
        *(both_append_sections, logs, one_contains_the_other, insert_and_edit, insert_and_delete_apart),
        *(delete_both, delete_and_edit, move_and_edit, move_section_and_edit, delete_section_and_edit_other),
        *(delete_section_and_write_in_it, tick_and_edit, tick_and_tick, indent_and_edit, heading_and_lines),
        *(link_and_edit, link_and_reword, two_links, scalar_and_scalar, scalar_twice, properties_added),
        *(same_property_added, same_property_added_otherwise, tags_added, tag_added_and_dropped),
        *(property_dropped, property_dropped_and_edited, properties_ordered, head_and_body),
        *(block_refreshed_twice, block_moved, crlf, no_last_line_end, paragraph_added_beside_edit),
        *(words_moved_by_both, new_on_both),
    )
}
