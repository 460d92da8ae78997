"""The vault's repository; `process` alone starts git.

In the order of the flow: `process` runs a command, `locate` finds the repository, `preflight` says what it
waits for, `parse` reads git's answers, `history` asks for what was, `worktree` for what differs now,
`repository` commits.
"""
