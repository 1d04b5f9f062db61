"""Write the truth of a simulated case, the same bytes at every run.

``truth.json`` says it in words and numbers, ``truth.npz`` holds the maps, ``landmarks.json`` the junctions in
the form in which a person marks them.
"""

import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spreadscan.errors import CannotWrite
from spreadscan.frozen import Image
from spreadscan.phantom.truth import Truth, site_name
from spreadscan.phantom.truth_record import THRESHOLDS_MG_CM2, landmarks_record, truth_record

NEEDLE_MM = 0.12
"""Steel along the ray from which a pixel counts as needle."""
IODINE_STEPS, SITE_STEPS = 4, 2
"""Steps per mg/cm² to which maps of all iodine, and of one site's, are rounded."""
LEAST_SITE_MG_CM2 = 0.5
"""A site whose map stays below this has none."""
COMPRESSION = 6
"""Level of deflate."""
FIXED_TIME = (1980, 1, 1, 0, 0, 0)
"""Of the entries of truth.npz: the earliest that a zip file can say."""


def write_truth(truth: Truth, folder: Path) -> None:
    """Write ``truth.json``, ``truth.npz`` and ``landmarks.json``, the same bytes at every run.

    Args:
        truth: of the case.
        folder: that of its DICOM files, which exists; earlier truth in it is replaced.

    Raises:
        CannotWrite: ``output-unwritable``.
    """
    try:
        (folder / "truth.json").write_text(_json(truth_record(truth)), encoding="utf-8")
        _write_arrays(dict(_arrays(truth)), folder / "truth.npz")
        (folder / "landmarks.json").write_text(_json(landmarks_record(truth)), encoding="utf-8")
    except OSError as error:
        advice = "choose a folder that can be written to"
        raise CannotWrite(
            "output-unwritable", "cannot be written", file=folder.name, advice=advice
        ) from error


def _arrays(truth: Truth) -> Iterator[tuple[str, NDArray[Any]]]:
    """Maps as half floats, masks as packed bits, row after row."""
    for frame, iodine in sorted(truth.iodine_mg_cm2.items()):
        yield f"iodine_f{frame}", _halves(iodine, IODINE_STEPS)
    shown = truth.iodine_mg_cm2[truth.evaluated_frame]
    for threshold in THRESHOLDS_MG_CM2:
        yield f"mask_{threshold}", np.packbits(shown >= threshold)
    yield "mask_det", np.packbits(shown >= truth.detection_mg_cm2)
    yield "field", np.packbits(truth.field)
    yield "needle", np.packbits(truth.steel_mm > NEEDLE_MM)
    yield "shape", np.array(truth.field.shape, np.int64)
    for site in truth.sites:
        iodine_of_site = site.iodine_mg_cm2
        if iodine_of_site is not None and iodine_of_site.max() > LEAST_SITE_MG_CM2:
            yield f"site_{site_name(site.injection)}", _halves(iodine_of_site, SITE_STEPS)


def _halves(iodine: Image, steps: int) -> NDArray[np.float16]:
    return (np.round(iodine * steps) / steps).astype(np.float16)


def _write_arrays(arrays: Mapping[str, NDArray[Any]], path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=COMPRESSION) as archive:
        for name, array in arrays.items():
            content = io.BytesIO()
            np.lib.format.write_array(content, np.ascontiguousarray(array), allow_pickle=False)
            entry = zipfile.ZipInfo(f"{name}.npy", FIXED_TIME)
            archive.writestr(entry, content.getvalue(), zipfile.ZIP_DEFLATED, COMPRESSION)


def _json(record: Mapping[str, Any]) -> str:
    return json.dumps(record, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
