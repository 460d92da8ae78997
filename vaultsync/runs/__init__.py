"""What one run does to a vault, from lock to report: fix, import, undo."""
