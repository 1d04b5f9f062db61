"""The doors out: a ``CoverageReport`` or a ``MarkedFrame`` in, bytes out. Nothing here measures."""
