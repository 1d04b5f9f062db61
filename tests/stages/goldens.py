"""Compare numbers with a golden file, each within its tolerance; ``golden/README.md`` says how to renew."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

_FOLDER = Path(__file__).parent / "golden"
_RENEW = "SPREADSCAN_RENEW_GOLDEN"


def assert_golden(name: str, found: Mapping[str, Any], within: Mapping[str, float]) -> None:
    """Compare with a golden file; numbers under a key of ``within`` may differ by that much."""
    path = _FOLDER / name
    if os.environ.get(_RENEW):
        path.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    assert path.is_file(), f"golden file {name} is missing: run with {_RENEW}=1 and read what it wrote"
    golden = json.loads(path.read_text(encoding="utf-8"))
    assert list(found) == list(golden)
    for stage, numbers in golden.items():
        assert found[stage] == _loosened(numbers, stage, within), stage


def _loosened(golden: Any, key: str, within: Mapping[str, float]) -> Any:
    """The golden value, its numbers approximate where a tolerance is given for their key."""
    if isinstance(golden, dict):
        return {
            name: _loosened(item, name if name in within else key, within) for name, item in golden.items()
        }
    if isinstance(golden, list):
        return [_loosened(item, key, within) for item in golden]
    if isinstance(golden, (int, float)) and not isinstance(golden, bool) and key in within:
        return pytest.approx(golden, abs=within[key])
    return golden
