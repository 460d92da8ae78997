"""Every setting with its meaning, read from TOML, and how it holds for one note.

kinds              the kinds of notes that the code itself knows
checks             what a setting's value must satisfy
settings           each section's keys with their defaults, meaning and limits
obsidian_settings  Obsidian's own settings, as far as vaultsync obeys them
toml               TOML read with the place of a mistake, and printed
toml_edit          one setting changed in a file, and everything else left as it is
config_file        `config.toml`: all its mistakes at once
config             the settings, and how they hold for one note
"""
