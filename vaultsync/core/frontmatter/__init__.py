"""The block at the head of a note: its properties with exact spans, and edits to them.

yaml_values     values as Obsidian reads and writes them
yaml_reader     the block to nodes and values with exact marks
properties      what a block holds, as values
usual_block     the usual block, read a line at a time
libyaml_limits  what Obsidian's reader reads and libyaml doesn't
yaml_line       a line of a block that can't be read
list_slips      slips of lists and of quotes
diagnosis       what is wrong with a block that can't be read
legible         what can be read of a block with a fault
block           where the block is, its properties, its faults
refused_by_obsidian  what libyaml reads and Obsidian's reader doesn't
unread_block    front matter that Obsidian doesn't read: displaced, or of another format
property_edits  one property set, added, renamed, removed, quoted
list_edits      items of one list added, dropped, changed
order_edits     whole properties put into another order
new_note        a new note out of properties and a body
"""
