"""All edits of a run, brought to rest in memory and doubted by the guard."""
