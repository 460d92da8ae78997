"""What a plain text is made of: spans and edits to them, names and dates that stand in it."""
