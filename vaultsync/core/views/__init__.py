"""The vault shown: bases and reports of conferences and papers, as texts.

sheets     what the views show of a note, as values
bases      Obsidian Bases of papers and of conferences
embedding  the line by which a note shows a base
"""
