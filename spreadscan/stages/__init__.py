"""The verbs: pure functions, each from named values to one named value; none imports another."""
