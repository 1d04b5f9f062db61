"""The doors out: a ``CoverageReport`` or a ``MarkedFrame`` in, bytes out. Nothing here measures."""

from spreadscan.write.comparison import COMPARISON_FILES, comparison_summary, write_comparison
from spreadscan.write.folder import FILES, Writer, write_report
from spreadscan.write.landmark_folder import write_landmarks
from spreadscan.write.outline_files import outline_files
from spreadscan.write.pages.printed import PDF, write_pdf
from spreadscan.write.record import schema, to_record
from spreadscan.write.words.landmark_table import landmark_table
from spreadscan.write.words.text import summary

__all__ = [
    "COMPARISON_FILES",
    "FILES",
    "PDF",
    "Writer",
    "comparison_summary",
    "landmark_table",
    "outline_files",
    "schema",
    "summary",
    "to_record",
    "write_comparison",
    "write_landmarks",
    "write_pdf",
    "write_report",
]
