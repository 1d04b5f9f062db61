"""Doors in: they check everything, collect all complaints before they refuse, and compute nothing.

``dicom``: images. ``protocol``: what a study is judged by. ``report``: results of before. What people marked
comes in through ``marks``.
"""
