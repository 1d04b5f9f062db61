"""The doors out: a ``CoverageReport`` or a ``MarkedFrame`` in, bytes out. Nothing here measures."""

from spreadscan.write.folder import FILES, Writer, write_report
from spreadscan.write.landmark_folder import LANDMARK_FILES, Export, write_landmarks
from spreadscan.write.landmark_table import landmark_table
from spreadscan.write.record import schema, to_record
from spreadscan.write.text import summary

__all__ = [
    "FILES",
    "LANDMARK_FILES",
    "Export",
    "Writer",
    "landmark_table",
    "schema",
    "summary",
    "to_record",
    "write_landmarks",
    "write_report",
]
