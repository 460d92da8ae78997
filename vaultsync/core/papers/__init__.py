"""Papers and what they are called: names, identifiers, authors, the catalogue of them all."""
