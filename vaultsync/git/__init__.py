"""The vault's repository; `process` alone starts git.

process     one git command: a clean environment, time-outs, locks waited for
parse       what git prints for programs, as values
answers     what git said, kept while the files that it depends on stay as they were
configuration  git's settings, and the files that say so
locate      the repository that a vault belongs to, found or made
sparse      whether a checkout may leave files out, by git's files alone
preflight   what a commit has to wait for, and what ends the waiting
worktree    how the worktree differs from the last commit
case_renames  names that differ only in case from git's
under_way   a commit under way, noted down for the run after a killed one
as_written  a run's commit, without what somebody saved meanwhile
left_behind  index entries that stayed behind a commit
own_line    the commits made here, as git told of them just after
departures  which files the last commits took away or renamed
history     notes as they were, the tool's runs
merging     two commits brought together, without touching the worktree
driver      git's own merge driver for notes, named and set up
remote      fetch, push, and why one of them failed
repository  all of this as one port, and the commits
"""
