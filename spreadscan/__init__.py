"""Measure which lumbar dorsal-ramus branch regions injected contrast reached."""

__version__ = "0.1.0"
