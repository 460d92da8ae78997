"""The daemon: the one cycle, run when notes have settled.

hints          what the watcher tells, as values
watcher        which paths may have changed: hints, never facts
settling       when a note that is being written has come to rest
changes        which files changed, and which are still being worked on
machine        clocks, memory, whether a folder is still the same
presence       whether the vault is there, and is the one that it was
used_settings  the settings in use, and whether the vault has others
first_look     a look at many notes in a process of its own
inbox_import   the inbox imported before a cycle
requests       the queue: all that other threads have for the loop
clients        what the plugin said: notes open in editors, a pause
syncing        its syncs, their network part in a thread of its own
todo           what a cycle is due for, and from when on
parts          the parts that depend on the settings, made together
loop           one thread owns the vault, waits, and runs the cycle
reporting      what the last cycle did, what keeps the next one from working
status         what others see of a running daemon
log            its log, and its word to the service manager
service        the daemon started at login
"""
