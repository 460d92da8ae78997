"""What a plain text is made of: spans and edits to them, names and dates that stand in it.

spans           spans of text and edits to them: the one way to change a note
editor_edits    edits as an editor takes them: small, to one text, in UTF-16 units
matching        which elements of two sequences are the same ones, in bounded time
standing_edits  whether a text that was typed on holds the edits of one step
shown           a text without what would steer a terminal
arguments       names as arguments of a command that a person may copy
as_json         values as JSON, whatever names they hold
late_pattern    expressions that are compiled when they are first used, and signs found by one character
folding         the form in which names are compared, with the way back to the text's offsets
tokens          whether words stand as a name of their own, or in a longer one
name_matcher    thousands of names found in a text at once
paths_by_key    the paths that each key has, in little space
vocabulary      which words a text has, and which stand side by side, in little space
calendar_names  months, weekdays and times of day in each language, from CLDR
calendar_table  the same for the languages that are looked for by default, as they were made from CLDR
dates           dates as people write them in a property
day_headings    days as people write them in headings
"""
