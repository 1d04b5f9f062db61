"""The doors out: a ``CoverageReport`` in, bytes out. Nothing here measures."""

from spreadscan.write.folder import FILES, Writer, write_report
from spreadscan.write.record import schema, to_record
from spreadscan.write.text import summary

__all__ = ["FILES", "Writer", "schema", "summary", "to_record", "write_report"]
