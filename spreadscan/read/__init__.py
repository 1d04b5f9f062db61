"""Doors in: they check everything, collect all complaints before they refuse, and compute nothing.

``dicom``: images. ``landmarks``: junctions that a person marked. ``mask``: contrast that a person drew.
"""
