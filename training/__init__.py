"""How the networks were trained, a folder each, and what they share."""
