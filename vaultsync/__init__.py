"""vaultsync keeps an Obsidian vault consistent while its owner goes on writing.

The rooms, from the top floor down; `docs/ARCHITECTURE.md` is the map.

    __main__  `python -m vaultsync`
    cli       the command line: one file a command
    api       what the Obsidian plugin asks of the daemon, and the plugin
    daemon    runs on its own, once notes have settled
    runs      what one run does to a vault, from lock to report
    vault     one vault on this machine: found, opened, locked, remembered
    files     the vault's files, read and rewritten without losing a save
    git       the vault's repository
    core      the pure half: bytes and values in, values out
"""

__version__ = "0.1.0"
