"""Many studies: which they are, and their outcomes as they become known."""
