"""Git's answers as values, and the words of commits."""
