"""Two sides of a text brought together: a note from two devices, or a run taken back.

merged        what a merge gives: the text, and what the sides could not agree on
line_endings  line endings compared without, put back as they were
line_edits    how one side's lines differ from the base's
moves         lines that one side moved and the other edited
both_have     what both sides added alike, as a part of their base
one_place     additions of both sides that stand at one place, however a diff tells it
both_added    lines that both sides added at one place
words         one line that both sides changed
body          a text, by lines and then by words
order         in which order the names of two sides stand
blocks        managed blocks, each as one line
values        values: mappings by key, lists as sets
unread_front  front matter that can't be read, by the lines of its keys
front         front matter, a property at a time
notes         a note: front matter, body, managed blocks
data_files    JSON and `.canvas` by key and by `id`, `.base` by key
two_names     links to a name that a merge takes away
decisions     what was decided about links, on both devices
files         any file of a vault, by what its name says it is
true_base     what another tool's copy was made from
conflicts     what a conflict note disagrees on, and the note as decided
take_back     a run's edits taken out of a note that was edited since
"""
