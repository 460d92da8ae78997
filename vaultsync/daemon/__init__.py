"""The daemon: the one cycle, run when notes have settled.

`loop` is the daemon itself; `changes` knows which files changed and which of them are still being worked on;
`state` is what `status` and `stop` see of a running daemon; `tell` is its log and its word to systemd.
"""
