"""What is said by which rules, and what it is said of: evidence, statements, protocols, verdicts."""
