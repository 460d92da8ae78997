"""The vault's files: scanned, read, and rewritten without losing a save that happens meanwhile."""
