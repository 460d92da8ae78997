"""The block at the head of a note: its properties with exact spans, and edits to them.

yaml_values     values as Obsidian reads and writes them
yaml_reader     the block to nodes and values with exact marks
properties      what a block holds, as values
usual_block     the usual block, read a line at a time
diagnosis       what is wrong with a block that can't be read
block           where the block is, its properties, its faults
unread_block    front matter that Obsidian doesn't read: displaced, or of another format
property_edits  one property set, added, renamed, removed, quoted
list_edits      items of one list added, dropped, changed
order_edits     whole properties put into another order
new_note        a new note out of properties and a body
"""
