"""What the outputs say, in words: each sentence in one place."""
