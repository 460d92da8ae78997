"""The pure half: bytes and values in, values out. No files, no processes, no clock."""
