"""Landmarks as texts: our own JSON and table, markups of 3D Slicer, points of napari.

What each can hold stands in ``docs/landmarks.md``. Read back they give the same landmarks, to the last digit.
"""

import csv
import io
import json
from collections.abc import Iterable

from spreadscan.values import Landmark, MarkedFrame

SLICER_SCHEMA = (
    "https://raw.githubusercontent.com/slicer/slicer/master/Modules/Loadable/Markups/Resources/Schema/"
    "markups-schema-v1.0.3.json#"
)


def to_json(marked: MarkedFrame) -> str:
    """Return the landmarks as our own JSON, with the key of the image and, of a run, the frame."""
    image: dict[str, object] = {"key": marked.image_key} if marked.image_key else {}
    image |= {"frame": marked.frame} if marked.frames > 1 else {}
    content: dict[str, object] = {"schema": "spreadscan.landmarks", "schema_version": 1}
    content |= {"image": image} if image else {}
    content["points"] = [
        {"level": p.level, "side": p.side, "kind": p.kind, "row": p.row, "column": p.column}
        | ({} if p.sd_px is None else {"sd_px": p.sd_px})
        for p in marked.landmarks.points
    ]
    return json.dumps(content, indent=2) + "\n"


def to_csv(marked: MarkedFrame) -> str:
    """Return the landmarks as a table, with the key of the image and, of a run, the frame on every line."""
    frame = marked.frame if marked.frames > 1 else ""
    return _table(
        ("level", "side", "kind", "row", "column", "sd_px", "frame", "image_key"),
        (
            (p.level, p.side, p.kind, p.row, p.column, _known(p), frame, marked.image_key)
            for p in marked.landmarks.points
        ),
    )


def to_napari(marked: MarkedFrame) -> str:
    """Return the landmarks as napari reads points: of a run with the frame, 0-based, as the first axis."""
    frame: tuple[object, ...] = (marked.frame - 1,) if marked.frames > 1 else ()
    axes = [f"axis-{number}" for number in range(len(frame) + 2)]
    return _table(
        ("index", *axes, "label", "sd_px"),
        (
            (number, *frame, p.row, p.column, p.label, _known(p))
            for number, p in enumerate(marked.landmarks.points)
        ),
    )


def to_slicer(marked: MarkedFrame, mm_per_px: float) -> str:
    """Return the landmarks as markups of 3D Slicer, in millimetres of its scene.

    Args:
        marked: the landmarks.
        mm_per_px: spacing at which 3D Slicer shows the image.
    """
    points = [
        {
            "id": str(number),
            "label": p.label,
            "position": [p.column * mm_per_px, p.row * mm_per_px, 0.0],
            "positionStatus": "defined",
        }
        for number, p in enumerate(marked.landmarks.points, 1)
    ]
    markup = {
        "type": "Fiducial",
        "coordinateSystem": "LPS",
        "coordinateUnits": "mm",
        "controlPoints": points,
    }
    return json.dumps({"@schema": SLICER_SCHEMA, "markups": [markup]}, indent=2) + "\n"


def _known(point: Landmark) -> object:
    return "" if point.sd_px is None else point.sd_px


def _table(header: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()
