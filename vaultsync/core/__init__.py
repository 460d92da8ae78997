"""The pure half: bytes and values in, values out. No files, no processes, no clock.

From the bottom floor up; a room uses only what stands above it in this list.

    errors       what can go wrong, and the exit code of each kind
    text         spans and edits, dates, names as they are compared and found
    markdown     the structure of a note's body with exact spans
    frontmatter  the block at the head of a note, and edits to it
    history      git's answers as values, and the words of commits
    config       every setting with its meaning, and how it holds for one note
    note         a note as a value: text, front matter, body, kind
    papers       papers and what they are called
    links        what mentions what, and the index of all notes
    importers    lists, digests and exports as papers and conference notes
    rules        what a rule is, and all rules: one file a family
    plan         all edits of a run, brought to rest in memory and doubted by the guard
    merge        two sides of a text brought together
    views        the vault shown: bases, canvases, reports, exports
"""
