"""The daemon: the one cycle, run when notes have settled.

`loop` is the daemon itself; `changes` knows which files changed and which of them are still being worked on;
`intake` imports what lies in the inbox; `account` keeps what is told of the daemon, in the values of `state`,
which `status` and `stop` read; `tell` is its log and its word to systemd; `machine` asks clocks and folders.
"""
