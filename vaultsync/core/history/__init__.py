"""Git's answers as values, and the words of commits.

changes         what differs, what was committed, what a commit waits for
keep_out        what no run takes into git of its own accord
messages        the words of commits: written for `git log`, read back by `vaultsync log`
conflict_names  the names of conflict notes
copy_names      the names of copies that other sync tools leave
"""
