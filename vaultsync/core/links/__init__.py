"""What mentions what: sessions, mentions, decisions, the lists that tell so, the index of all notes.

old_names       who reads the property names that Obsidian reads no longer
habits          in which form the vault's notes have their dates
obsidian_links  how Obsidian resolves a link, and how it writes one
sessions        the sessions of a conference note, from its headings
decisions       what the person decided about links
mentions        what a conference note says of papers, as values
surroundings    whether what is around a name says that another paper is meant, or keeps it from being a link
candidates      the words of a note that are names of papers
other_meanings  whether a note shows that an acronym means something else in it
quotes          what was said where a paper was mentioned
in_step         works on many notes, taken step by step
mention_reader  the mentions of a note: its names, weighed by what else it says
title_index     all papers by the words of their titles and by their first authors
recognition     what a reader recognises beside: shortened titles, citations, slips of the pen
block_memory    whose a line in a managed block is
own_lines       whose it is where nobody remembers, by its form and its link
waiting         notes that can't be read for now, and what lists say of them
managed_blocks  the lists that the tool keeps inside notes
plain_lists     which of these can be judged without their notes
renames         what became of notes that are gone
shown_links     links as they are shown: which of them the person took out
made_words      which words a run made links of
said            what a paper's list shows of the notes that mention it
cached_facts    what is remembered of a note between runs
gists           what notes are to the others, each read by itself
index           the vault as values, kept up to date note by note
"""
