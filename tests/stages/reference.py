"""The definitions of frames, regions and courses in code that needs nothing of the project.

They lie beside a working copy of the project and are not part of it: tests that compare with them are skipped
elsewhere.
"""

import importlib.util
from pathlib import Path

import pytest

_FILE = Path(__file__).parents[3] / "shared" / "score.py"


def _loaded():
    if not _FILE.is_file():
        return None
    spec = importlib.util.spec_from_file_location("reference_definitions", _FILE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


reference = _loaded()
with_reference = pytest.mark.skipif(reference is None, reason="the reference definitions are not here")
