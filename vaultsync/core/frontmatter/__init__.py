"""The block at the head of a note: its properties with exact spans, and edits to them."""
