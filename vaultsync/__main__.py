"""`python -m vaultsync`."""

from vaultsync.cli import entry

entry()
