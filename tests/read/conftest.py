"""What the tests of the doors share."""

import numpy as np
import pytest

from spreadscan.read.dicom import list_study
from tests.dicom_files import write_dicom

IMAGE = np.zeros((1, 6, 8), np.uint16)


@pytest.fixture
def header(tmp_path):
    """Return the header of an image that is written with some attributes."""

    def read(stored=IMAGE, sop_class="XA", transfer_syntax="explicit", **attributes):
        path = write_dicom(tmp_path / "a.dcm", stored, sop_class, transfer_syntax, **attributes)
        return list_study(path)[0]

    return read
