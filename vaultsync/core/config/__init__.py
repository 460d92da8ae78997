"""Every setting with its meaning, read from TOML, and how it holds for one note."""
