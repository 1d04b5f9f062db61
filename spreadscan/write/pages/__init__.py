"""The report for a person, on the screen and on paper."""
