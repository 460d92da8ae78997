"""What mentions what: sessions, mentions, decisions, the lists that tell so, the index of all notes."""
