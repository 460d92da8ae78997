"""One vault on this machine: found, opened, locked, surveyed, remembered between runs.

places         where what belongs to a vault lies outside it: one key, three folders
home           which folders are no vault, whoever says so
find           the vault's folder: the one that is named, else the nearest upwards
open           its configuration, Obsidian's settings, its decisions
consent        whether somebody here agreed that rules change its notes
decided        the person's decisions while a run works
lock           one run at a time
mendings       what rules mended lately, should others write it back
journal        what a run has written and git has not committed yet
sync_state     the move that a sync is in the middle of, and what remotes had
write_journal  which writes to files are under way
base_files     the bases, which read properties by name
database       a SQLite file of ours that may be lost: opened, and made anew where it is damaged
cache          what the last run knew of each note
kept_values    what follows from all notes, kept until one changes
watched        which watched exports were imported, as they were then
parallel       work that only computes, spread over the processors
own_process    another process of this very package
read_again     conference notes, after a plan that nobody wrote
first_look     many notes that nobody has looked at yet, by several processes
come_and_gone  which notes came since the last run, and which went
naming_notes   which notes may have a link to one that is gone
survey         all notes as last seen, their index, their problems
"""
