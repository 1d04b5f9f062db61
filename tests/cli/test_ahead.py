"""What is imported beside the work: numpy before it, and nothing of it decides a result."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_numpy_is_whole_before_anything_is_imported_beside_it():
    script = (
        "import sys\n"
        "from spreadscan.cli import ahead\n"
        "class Watched:\n"
        "    def __init__(self, target, name): pass\n"
        "    def start(self): print(hasattr(sys.modules.get('numpy'), 'linalg'))\n"
        "print('numpy' in sys.modules)\n"
        "ahead.Thread = Watched\n"
        "ahead.import_ahead()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["False", "True"]
