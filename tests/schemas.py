"""The JSON Schemas that the package ships, as users read them: from their files."""

import json
from pathlib import Path
from typing import Any

import spreadscan

_FOLDER = Path(spreadscan.__file__).parent / "write"


def report_schema() -> dict[str, Any]:
    """Return the schema of report.json."""
    return dict(json.loads((_FOLDER / "report.schema.json").read_text(encoding="utf-8")))


def comparison_schema() -> dict[str, Any]:
    """Return the schema of comparison.json."""
    return dict(json.loads((_FOLDER / "comparison.schema.json").read_text(encoding="utf-8")))
