"""The vault's files: scanned, read, and rewritten without losing a save that happens meanwhile.

debris        which file names are never notes
problems      what can be wrong with a file, in words
scan          one walk over the vault's folders
system_calls  what the operating system offers for replacing a file safely
exchange      one file's bytes replaced, never over bytes that nobody has read
sync_to_disk  what was written outlasts a power cut
disk          all of this as one port: scan, read, write
"""
