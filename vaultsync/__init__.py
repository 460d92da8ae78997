"""vaultsync keeps an Obsidian vault consistent while its owner goes on writing."""

__version__ = "0.1.0"
