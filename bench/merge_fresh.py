"""A second set of kinds of two-sided edits for `bench.merge`, written after the merge and looked at last."""

from __future__ import annotations

from bench.merge_kinds import (
    Kind,
    Pair,
    add_item,
    append,
    both,
    delete,
    drop_item,
    end_with,
    insert_after,
    move,
    move_section,
    put,
    replace_word,
    rewrite,
)
from bench.merge_sheet import Edit, Line, Sheet, Writer


def sections_swapped_and_one_renamed(w: Writer) -> Pair:
    sheet = w.essay()
    names = w.headings(sheet)
    return Pair(sheet, move_section(names[2], names[1]), end_with(names[3], w.token()))


def list_sorted_and_edited(w: Writer) -> Pair:
    """One sorts a list by the alphabet, the other rewords an item of it."""
    sheet = Sheet(
        {}, w.several(["# List", "", *(f"- {w.token()} {w.words(6)}" for _ in range(6)), "", "End."])
    )
    names = w.bullets(sheet)

    def by_alphabet(s: Sheet) -> None:
        places = [s.at(name) for name in names]
        for place, line in zip(sorted(places), sorted((s.lines[i] for i in places), key=_first), strict=True):
            s.lines[place] = line

    return Pair(sheet, by_alphabet, replace_word(names[2], 4, w.token()), together=None)


def _first(line: Line) -> str:
    return line.text.split(" ")[1]


def line_copied_and_edited(w: Writer) -> Pair:
    """One copies a line to another place, the other rewords the first."""
    sheet = w.conference()
    names = w.bullets(sheet)
    copy = w.new(sheet.line(names[1]).text)
    return Pair(sheet, insert_after(names[-1], copy), replace_word(names[1], 3, w.token()), together=None)


def property_renamed_and_body(w: Writer) -> Pair:
    sheet = w.essay()

    def rename(s: Sheet) -> None:
        s.head = {("state" if key == "status" else key): value for key, value in s.head.items()}

    return Pair(sheet, rename, end_with(w.rng.choice(w.paragraphs(sheet)), w.token()))


def list_property_reordered_and_added(w: Writer) -> Pair:
    def turned(s: Sheet) -> None:
        items = s.head["aliases"]
        assert isinstance(items, list)
        items[:2] = [items[1], items[0]]

    return Pair(w.essay(), turned, add_item("aliases", w.token()), together=None)


def task_done_and_commented(w: Writer) -> Pair:
    """One ticks a task and puts it last, the other writes below it."""
    sheet = w.conference()
    tasks = [line.name for line in sheet.lines if line.text.startswith("- [ ]")]
    done = both(rewrite(tasks[1], "[ ]", "[x]"), move(tasks[1], tasks[-1]))
    return Pair(sheet, done, insert_after(tasks[1], w.new(f"\t- {w.token()} {w.words(3)}")), together=None)


def slips_mended_and_line_added(w: Writer) -> Pair:
    sheet = w.conference()
    start, _ = sheet.section(w.rng.choice(w.headings(sheet)))
    a, b = sheet.lines[start + 1].name, sheet.lines[start + 2].name
    mend = both(replace_word(a, 2, w.token()), replace_word(b, 2, w.token()))
    return Pair(sheet, mend, insert_after(a, w.new(f"- {w.token()} {w.words(5)}")))


def paragraph_deleted_and_one_added(w: Writer) -> Pair:
    sheet = w.essay()
    name = w.rng.choice(w.paragraphs(sheet))
    above = sheet.lines[sheet.at(name) - 1].name
    new = w.several(["", f"{w.words(9)} {w.token()}."])
    return Pair(sheet, delete(above, name), insert_after(name, *new), together=None)


def quoted_and_edited(w: Writer) -> Pair:
    """One makes a paragraph a quotation, the other changes a word of it."""
    sheet = w.essay()
    name = w.rng.choice(w.paragraphs(sheet))

    def quote(s: Sheet) -> None:
        s.line(name).text = "> " + s.line(name).text

    def word(s: Sheet) -> None:
        words = s.line(name).text.split(" ")
        words[-4] = token
        s.line(name).text = " ".join(words)

    token = w.token()
    return Pair(sheet, quote, word)


def lines_indented_and_one_edited(w: Writer) -> Pair:
    sheet = w.conference()
    start, _ = sheet.section(w.rng.choice(w.headings(sheet)))
    names = [line.name for line in sheet.lines[start + 1 : start + 3]]

    def indent(s: Sheet) -> None:
        for name in names:
            s.line(name).text = "\t" + s.line(name).text

    return Pair(sheet, indent, end_with(names[1], w.token()))


def link_shown_otherwise_and_leading_elsewhere(w: Writer) -> Pair:
    sheet = w.conference()
    name = w.rng.choice(w.bullets(sheet))
    replace_word(name, 3, "[[Old|this]]")(sheet)
    return Pair(sheet, rewrite(name, "[[Old|", "[[New|"), rewrite(name, "|this]]", f"|{w.token()}]]"))


def blanks_stripped_and_edited(w: Writer) -> Pair:
    """One side's editor strips the blanks at the ends of lines, the other edits one of these."""
    sheet = w.conference()
    for line in sheet.lines:
        if line.text.startswith("- "):
            line.text += "  "
    name = w.rng.choice(w.bullets(sheet))

    def strip(s: Sheet) -> None:
        for line in s.lines:
            line.text = line.text.rstrip()

    return Pair(sheet, strip, replace_word(name, 2, w.token()))


def tags_emptied_and_one_added(w: Writer) -> Pair:
    empty = both(drop_item("tags", "conference"), drop_item("tags", "notes"))
    return Pair(w.conference(), empty, add_item("tags", w.token()), together=None)


def same_number_and_other_body(w: Writer) -> Pair:
    sheet = w.essay()
    a, b = w.paragraphs(sheet)[0], w.paragraphs(sheet)[-1]
    return Pair(
        sheet, both(put("rating", 4), end_with(a, w.token())), both(put("rating", 4), end_with(b, w.token()))
    )


def both_go_on_with_a_sentence(w: Writer) -> Pair:
    sheet = w.essay()
    name = w.rng.choice(w.paragraphs(sheet))
    one: Edit = end_with(name, f"{w.words(4)} {w.token()}.")
    return Pair(sheet, one, end_with(name, f"{w.words(4)} {w.token()}."), together=None)


def heading_put_above_and_text_below(w: Writer) -> Pair:
    sheet = w.essay()
    name = w.rng.choice(w.paragraphs(sheet)[1:])
    above = sheet.lines[sheet.at(name) - 1].name
    new = w.several([f"### {w.token()}", ""])
    return Pair(sheet, insert_after(above, *new), end_with(name, w.token()))


def embed_and_line_at_the_end(w: Writer) -> Pair:
    sheet = w.journal()
    return Pair(
        sheet, append(*w.several(["", f"![[{w.token()}.png]]"])), append(w.new(f"- 12:15 {w.token()}"))
    )


FRESH: dict[str, Kind] = {
    kind.__name__: kind
    for kind in (
        *(sections_swapped_and_one_renamed, list_sorted_and_edited, line_copied_and_edited),
        *(property_renamed_and_body, list_property_reordered_and_added, task_done_and_commented),
        *(slips_mended_and_line_added, paragraph_deleted_and_one_added, quoted_and_edited),
        *(lines_indented_and_one_edited, link_shown_otherwise_and_leading_elsewhere),
        *(blanks_stripped_and_edited, tags_emptied_and_one_added, same_number_and_other_body),
        *(both_go_on_with_a_sentence, heading_put_above_and_text_below, embed_and_line_at_the_end),
    )
}
