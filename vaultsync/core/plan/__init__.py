"""All edits of a run, brought to rest in memory and doubted by the guard.

progress   how far a run has come, as it is told
change     what a run would do, as values
places     where in a note an edit works, by a name that holds
wars       who writes whose words back, from what was mended lately
rule_pass  a set of rules at work on one note: a single pass
guard      what must hold of a note before it is written
results    what one of several processes that plan tells the others
planner    passes over all notes until nothing changes any more
open_note  one note that is open in an editor, planned by itself
diff       a planned change as a patch
examples   what one rule does to a note, as a patch of its own
"""
