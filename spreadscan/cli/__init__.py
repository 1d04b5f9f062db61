"""The command line: ``commands`` is the door, the others say what it understands and prints."""
