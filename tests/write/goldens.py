"""Compare a text with its golden file; ``golden/README.md`` says how to renew them."""

import os
from pathlib import Path

_FOLDER = Path(__file__).parent / "golden"
_RENEW = "SPREADSCAN_RENEW_GOLDEN"


def assert_golden(name: str, text: str) -> None:
    path = _FOLDER / name
    if os.environ.get(_RENEW):
        path.write_bytes(text.encode("utf-8"))
    assert path.is_file(), f"golden file {name} is missing: run with {_RENEW}=1 and read what it wrote"
    assert text == path.read_bytes().decode("utf-8")
