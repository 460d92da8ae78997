"""The vault's files: scanned, read, and rewritten without losing a save that happens meanwhile.

debris        which file names are never notes
containment   what lies in the vault: the one check of paths, the one bounded reader
presence      what stands under a name that a person gave
problems      what can be wrong with a file, in words
placeholders  files that a sync service keeps elsewhere
scan          one walk over the vault's folders
system_calls  what the operating system offers for replacing a file safely
exchange      one file's bytes replaced, never over bytes that nobody has read
sync_to_disk  what was written outlasts a power cut
under_way     which writes are under way, for the next run after a kill
port          what can be asked of a vault's files, and the answers
disk          all of this behind the port: scan, read, write
"""
