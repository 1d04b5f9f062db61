"""The parametric lumbar skeleton: bones as implicit solids, made into surfaces, deformed into a subject.

``skeleton`` holds the order of work; ``morphometry`` holds every measured number with its source.
"""
