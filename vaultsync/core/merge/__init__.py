"""Two sides of a text brought together: a run taken back; soon a note from another device."""
