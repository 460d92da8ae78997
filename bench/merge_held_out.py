"""Kinds of two-sided edits for `bench.merge` that the merge was not made with: notes of other shapes."""

from __future__ import annotations

from bench.merge_kinds import (
    Kind,
    Pair,
    append,
    both,
    delete,
    end_with,
    insert_after,
    move,
    put,
    replace_word,
    rewrite,
)
from bench.merge_sheet import Edit, Line, Sheet, Writer


def _table(w: Writer) -> Sheet:
    sheet = Sheet({}, w.several(["# Results", "", "| model | score | note |", "| --- | --- | --- |"]))
    sheet.lines += w.several(f"| {w.token()} | {w.rng.randint(10, 99)} | {w.words(3)} |" for _ in range(6))
    sheet.lines += w.several(["", f"{w.words(12)} {w.token()}."])
    return sheet


def _rows(sheet: Sheet) -> list[int]:
    return [line.name for line in sheet.lines if line.text.startswith("| ")][2:]


def table_rows(w: Writer) -> Pair:
    sheet = _table(w)
    rows = _rows(sheet)
    return Pair(sheet, rewrite(rows[1], " | ", f" {w.token()} | "), rewrite(rows[2], "| ", f"| {w.token()} "))


def table_row_added_and_edited(w: Writer) -> Pair:
    sheet = _table(w)
    rows = _rows(sheet)
    new = w.new(f"| {w.token()} | 7 | new |")
    return Pair(sheet, insert_after(rows[-1], new), rewrite(rows[-1], "| ", f"| {w.token()} "))


def code_edited(w: Writer) -> Pair:
    lines = [f"    {w.token()} = call({i})" for i in range(6)]
    sheet = Sheet({}, w.several(["Text.", "", "```python", "def f():", *lines, "```", "", "End."]))
    names = [line.name for line in sheet.lines if "call" in line.text]
    return Pair(
        sheet, rewrite(names[1], "call", w.token()), insert_after(names[4], w.new(f"    {w.token()}()"))
    )


def callout_and_quote(w: Writer) -> Pair:
    body = [
        "> [!note] Title",
        f"> {w.words(9)} {w.token()}",
        f"> {w.words(8)} {w.token()}",
        "",
        f"{w.words(9)}",
    ]
    sheet = Sheet({}, w.several(body))
    a, b = sheet.lines[1].name, sheet.lines[2].name
    return Pair(sheet, replace_word(a, 3, w.token()), insert_after(b, w.new(f"> {w.token()} {w.words(3)}")))


def numbered_list(w: Writer) -> Pair:
    """One side adds a step and renumbers, the other rewords a later one."""
    sheet = Sheet({}, w.several(["# Steps", *(f"{i}. {w.words(6)} {w.token()}" for i in range(1, 7))]))
    names = [line.name for line in sheet.lines[1:]]
    new = w.new(f"3. {w.words(4)} {w.token()}")

    def renumber(s: Sheet) -> None:
        at = s.at(names[1]) + 1
        for line in s.lines[at:]:
            number, rest = line.text.split(". ", 1)
            line.text = f"{int(number) + 1}. {rest}"
        s.lines.insert(at, Line(new.name, new.text))

    return Pair(sheet, renumber, replace_word(names[4], 3, w.token()))


def kanban(w: Writer) -> Pair:
    """One moves a card to the next lane and ticks it, the other adds a card."""
    lanes = []
    for lane in ("Todo", "Doing", "Done"):
        lanes += [f"## {lane}", "", *(f"- [ ] {w.words(4)} {w.token()}" for _ in range(3)), ""]
    sheet = Sheet({"kanban-plugin": "board"}, w.several(lanes))
    cards = [line.name for line in sheet.lines if line.text.startswith("- ")]
    return Pair(
        sheet,
        both(move(cards[1], cards[8]), rewrite(cards[1], "[ ]", "[x]")),
        insert_after(cards[4], w.new(f"- [ ] {w.token()}")),
    )


def chinese(w: Writer) -> Pair:
    text = "我们提出一种新的方法用于小样本学习并且在多个数据集上取得了很好的结果同时保持较低的成本"
    sheet = Sheet({}, w.several(["# 笔记", "", f"- {text}。{w.token()}", f"- {text[5:]} {w.token()}"]))
    name = sheet.lines[2].name
    return Pair(sheet, rewrite(name, "新的", "稀疏的"), rewrite(name, "较低", "极低"))


def german_prose(w: Writer) -> Pair:
    text = "Die Rednerin erklärte, daß das Verfahren bei kleinen Mengen schneller lernt, aber mehr Fehler hat"
    sheet = Sheet({"title": "Müller & Söhne"}, w.several(["# Überblick", f"{text}. {w.token()}"]))
    name = sheet.lines[1].name
    return Pair(sheet, replace_word(name, 1, w.token()), replace_word(name, 10, w.token()))


def formula(w: Writer) -> Pair:
    sheet = Sheet(
        {}, w.several([f"- the loss $L = a + b$ falls when we {w.words(9)} {w.token()}", f"- {w.words(5)}"])
    )
    name = sheet.lines[0].name
    return Pair(sheet, rewrite(name, "a + b", "a + 2b"), rewrite(name, "falls", w.token()), together=None)


def formula_twice(w: Writer) -> Pair:
    sheet = Sheet({}, w.several([f"- the loss $L = a + b + c + d + e$ falls {w.words(4)}"]))
    name = sheet.lines[0].name
    return Pair(sheet, rewrite(name, "L = a", "M = a"), rewrite(name, "+ e", "+ f"), together=False)


def wrapped_paragraph(w: Writer) -> Pair:
    """One side breaks a paragraph into two lines, the other changes a word of it."""
    sheet = w.essay()
    name = w.rng.choice(w.paragraphs(sheet))
    tail = w.new("")

    def wrap(s: Sheet) -> None:
        words = s.line(name).text.split(" ")
        s.line(name).text = " ".join(words[:8])
        s.lines.insert(s.at(name) + 1, Line(tail.name, " ".join(words[8:])))

    return Pair(sheet, wrap, replace_word(name, 3, w.token()), together=None)


def lines_joined(w: Writer) -> Pair:
    sheet = w.conference()
    start, _ = sheet.section(w.rng.choice(w.headings(sheet)))
    a, b = sheet.lines[start + 1].name, sheet.lines[start + 2].name

    def join(s: Sheet) -> None:
        s.line(a).text += " " + s.line(b).text[2:]
        del s.lines[s.at(b)]

    return Pair(sheet, join, replace_word(b, 3, w.token()), together=None)


def repeated_lines(w: Writer) -> Pair:
    """A form repeats the same line; one side deletes one of two equal neighbours, the other edits one."""
    sheet = Sheet({}, w.several(["# A", "- same", "- same", "", "# B", "- same"]))
    first, second = sheet.lines[1].name, sheet.lines[2].name
    return Pair(sheet, delete(first), end_with(second, w.token()), together=None)


def form_filled_twice(w: Writer) -> Pair:
    sheet = Sheet(
        {}, w.several([x for i in range(4) for x in (f"## Talk {i}", "Comment:", "- ", "Rating:", "")])
    )
    comments = [line.name for line in sheet.lines if line.text == "Comment:"]
    ratings = [line.name for line in sheet.lines if line.text == "Rating:"]
    return Pair(sheet, end_with(comments[1], w.token()), end_with(ratings[2], w.token()))


def children_below_both(w: Writer) -> Pair:
    """Both write below one bullet: neither line may be lost."""
    sheet = w.conference()
    name = w.rng.choice(w.bullets(sheet))
    return Pair(
        sheet,
        insert_after(name, w.new(f"\t- {w.token()} one")),
        insert_after(name, w.new(f"\t- {w.token()} two")),
    )


def pasted_twice(w: Writer) -> Pair:
    """Both paste one passage, one of them with a slip."""
    sheet = w.essay()
    text = f"{w.words(14)} {w.token()}."
    right = sheet.copy()
    append(w.new(text))(right)
    return Pair(
        sheet, append(w.new(text)), append(w.new(text.replace(" the ", " teh ", 1) + " ")), together=None
    )


def template_applied_twice(w: Writer) -> Pair:
    """Both devices add the same section from a template, and each writes into it."""
    sheet = w.journal()
    head = ["", "# Evening", ""]
    a, b = sorted((f"- {w.token()} {w.words(4)}", f"- {w.token()} {w.words(4)}"))
    right = sheet.copy()
    append(*w.several([*head, a, b]))(right)
    return Pair(sheet, append(*w.several([*head, b])), append(*w.several([*head, a])), right=right.text())


def abstract_and_rating(w: Writer) -> Pair:
    sheet = Sheet({"title": "P", "abstract": f'"{w.words(20)} {w.token()}"', "rating": 1}, w.several(["x"]))

    def reword(s: Sheet) -> None:
        s.head["abstract"] = str(s.head["abstract"]).replace(" a ", f" {w_token} ", 1)

    w_token = w.token()
    return Pair(sheet, reword, put("rating", 2))


def moved_and_commented(w: Writer) -> Pair:
    """One moves a bullet with its child, the other writes a second child."""
    sheet = w.conference()
    names = w.bullets(sheet)
    child = w.new(f"\t- {w.words(5)} {w.token()}")
    insert_after(names[0], child)(sheet)

    def take(s: Sheet) -> None:
        move(names[0], names[-1])(s)
        block = [line for line in s.lines if line.text.startswith("\t- ")]
        for line in block:
            s.lines.remove(line)
        at = s.at(names[0]) + 1
        s.lines[at:at] = block

    return Pair(sheet, take, insert_after(child.name, w.new(f"\t- {w.token()} {w.words(3)}")), together=None)


def emphasis_and_edit(w: Writer) -> Pair:
    sheet = w.essay()
    name = w.rng.choice(w.paragraphs(sheet))
    words = sheet.line(name).text.split(" ")
    return Pair(sheet, replace_word(name, 2, f"**{words[2]}**"), replace_word(name, 9, w.token()))


def footnotes(w: Writer) -> Pair:
    sheet = w.essay()
    a, b = w.paragraphs(sheet)[0], w.paragraphs(sheet)[-1]
    one = both(end_with(a, "[^1]"), append(w.new(f"[^1]: {w.token()} {w.words(3)}")))
    other = both(end_with(b, "[^2]"), append(w.new(f"[^2]: {w.token()} {w.words(3)}")))
    return Pair(sheet, one, other)


def unlinked_and_edited(w: Writer) -> Pair:
    sheet = w.conference()
    name = w.rng.choice(w.bullets(sheet))
    word = sheet.line(name).text.split(" ")[2]
    replace_word(name, 2, f"[[Paper|{word}]]")(sheet)
    return Pair(sheet, replace_word(name, 2, word), end_with(name, w.token()))


def emptied_and_edited(w: Writer) -> Pair:
    sheet = w.journal()

    def empty(s: Sheet) -> None:
        s.lines = []

    edit: Edit = replace_word(w.bullets(sheet)[0], 2, w.token())
    return Pair(sheet, empty, edit, together=False)


HELD_OUT: dict[str, Kind] = {
    kind.__name__: kind
    for kind in (
        *(
            table_rows,
            table_row_added_and_edited,
            code_edited,
            callout_and_quote,
            numbered_list,
            kanban,
            chinese,
        ),
        *(german_prose, formula, formula_twice, wrapped_paragraph, lines_joined, repeated_lines),
        *(form_filled_twice, children_below_both, pasted_twice, template_applied_twice, abstract_and_rating),
        *(moved_and_commented, emphasis_and_edit, footnotes, unlinked_and_edited, emptied_and_edited),
    )
}
