"""One vault on this machine: found, opened, locked, surveyed, remembered between runs."""
