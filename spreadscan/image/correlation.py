"""Where to start a registration: whole-pixel shifts by plain cross-correlation at half resolution.

Not normalised in frequency as a phase correlation is, so that it is not pulled to zero shift.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from spreadscan.frozen import Image
from spreadscan.image.filters import shrunk

BETTER_MATCH = 1.1
"""A shift beyond the search is tried where its cross-correlation is larger by this."""

_Spectrum = NDArray[np.complex64]


def spectrum_of(image: Image) -> _Spectrum:
    """Return the spectrum of a band-passed image at half its resolution, with room for the largest shift."""
    # single precision, whatever the version of numpy makes of it
    spectrum = np.fft.rfft2(shrunk(image, 2), _padded(image.shape))
    return np.asarray(spectrum, np.complex64)


def likely_shifts(reference: _Spectrum, image: Image, search_px: int) -> list[tuple[float, float]]:
    """Return the likeliest shifts (rows, columns) of an image against a reference of the same shape.

    They lie where a parabola through the largest correlation and those beside it is highest. The first is the
    best within ``search_px``. A second, up to a quarter of the image, follows where that matches better by a
    tenth.
    """
    # padded: without room about them large shifts would wrap round and match the opposite side
    correlation = np.fft.irfft2(spectrum_of(image) * np.conj(reference), _padded(image.shape))
    far = min(image.shape) // 8
    reach = min(far, search_px // 2)
    around = np.arange(-far, far + 1)
    # negative shifts stand at the end of a spectrum's inverse, where negative indices find them
    wide = correlation[around[:, None], around]
    near = wide[far - reach : far + reach + 1, far - reach : far + reach + 1]
    shifts = [_peak(near, reach)]
    if wide.max() > BETTER_MATCH * near.max():
        shifts.append(_peak(wide, far))
    return shifts


def _peak(correlation: NDArray[np.floating], reach: int) -> tuple[float, float]:
    row, column = (int(n) for n in np.unravel_index(np.argmax(correlation), correlation.shape))
    down, across = _beyond(correlation[:, column], row), _beyond(correlation[row], column)
    return 2.0 * (row + down - reach), 2.0 * (column + across - reach)


def _beyond(line: NDArray[np.floating], at: int) -> float:
    """How far beyond a place a parabola through the three values around it is highest, at most half."""
    # at the border of the search the largest value is no peak
    if not 0 < at < len(line) - 1:
        return 0.0
    before, here, after = (float(value) for value in line[at - 1 : at + 2])
    bend = before + after - 2 * here
    return max(-0.5, min(0.5, (before - after) / (2 * bend))) if bend < 0 else 0.0


def _padded(shape: tuple[int, ...]) -> tuple[int, int]:
    """Room for the largest shift, of lengths that factorise into 2, 3 and 5."""
    far = min(shape) // 8
    return (
        cv2.getOptimalDFTSize(shape[0] // 2 + far),
        cv2.getOptimalDFTSize(shape[1] // 2 + far),
    )
