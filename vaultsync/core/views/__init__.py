"""The vault shown: bases, reports and exports of conferences and papers, as texts.

sheets           what the views show of a note, as values
bases            Obsidian Bases of papers and of conferences
embedding        the line by which a note shows a base
canvas           a conference as an Obsidian canvas
canvas_names     which cards of a canvas go by another name now
days             days as a report names them
reading          what to read next, and why
references       a paper in a list of references, and its key
inline           a quote's Markdown as HTML
report_style     the look of a report
report           a report as one page of HTML
report_markdown  the same as Markdown
bibtex_export    papers as a BibTeX library
csl_export       papers as CSL-JSON
ris_export       papers as RIS
"""
