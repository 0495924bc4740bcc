"""GrabCut at work, with OpenCV."""

import time
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from candor.adapters.vision.pointing import scaled_to
from candor.domain.errors import OperationFailed
from candor.domain.vision.geometry import BoxRegion, PointRegion
from candor.domain.vision.instruments import Mask, Pointers
from candor.domain.vision.outcomes import RefusalReason
from candor.domain.vision.raster import fitted

# The mask's words (OpenCV's GC_BGD, GC_FGD, GC_PR_BGD, GC_PR_FGD).
_BESIDE, _ON, _LIKELY_BESIDE, _LIKELY_ON = 0, 1, 2, 3
# Of the raster's longest side: how far around a spot the thing surely is.
_SURE = 0.015
# In steps of 256 per channel: what counts as the colour of a spot at first.
_TOLERANCE = 28
_SEED = 1
_LEAST_SIDE = 8


def cut(
    raster: Image.Image, pointers: Pointers, max_side: int, iterations: int, deadline: float
) -> Mask:
    """At most `max_side` pixels long. CPU work.

    Raises: OperationFailed.
    """
    cv = import_module("cv2")
    # Several requests share the machine: one thread each, and the same result every time.
    cv.setNumThreads(1)
    small = fitted(raster, max_side)
    if min(small.size) < _LEAST_SIDE:
        raise OperationFailed("the image is too narrow for it")
    hints = scaled_to(small.size, raster.size, pointers)
    pixels = np.asarray(small)[:, :, ::-1].copy()
    guess = _first_guess(cv, pixels, hints)
    return _pointed_at(cv, _refined(cv, pixels, guess, iterations, deadline), hints)


def _refined(
    cv: Any, pixels: NDArray[np.uint8], guess: NDArray[np.uint8], iterations: int, deadline: float
) -> Mask:
    if not (np.isin(guess, (_ON, _LIKELY_ON)).any() and (guess % 2 == 0).any()):
        raise OperationFailed("it takes room both on the thing and beside it")
    models = np.zeros((1, 65), np.float64), np.zeros((1, 65), np.float64)
    cv.setRNGSeed(_SEED)
    for turn in range(iterations):
        if time.monotonic() >= deadline:
            raise OperationFailed("no time was left", reason=RefusalReason.OUT_OF_TIME)
        mode = cv.GC_EVAL if turn else cv.GC_INIT_WITH_MASK
        try:
            cv.grabCut(pixels, guess, None, *models, 1, mode)
        except cv.error as exc:
            # Its message names files of the library.
            raise OperationFailed("the segmentation engine failed") from exc
    mask: Mask = (guess == _ON) | (guess == _LIKELY_ON)
    return mask


def _first_guess(cv: Any, pixels: NDArray[np.uint8], hints: Pointers) -> NDArray[np.uint8]:
    """With a frame, whatever is outside it is beside the thing; without one, the thing is
    about what has the colour of the spots on it and touches them."""
    height, width = pixels.shape[:2]
    size = width, height
    guess = np.full((height, width), _LIKELY_BESIDE, np.uint8)
    if hints.frame is not None:
        guess[:] = _BESIDE
        _fill(guess, hints.frame, _LIKELY_ON)
    else:
        for spot in hints.on:
            guess[_like(cv, pixels, spot)] = _LIKELY_ON
    for spot in hints.on:
        guess[_around(size, spot, _SURE)] = _ON
    for spot in hints.beside:
        guess[_around(size, spot, _SURE)] = _BESIDE
    return guess


def _fill(guess: NDArray[np.uint8], box: BoxRegion, word: int) -> None:
    guess[box.y : box.y + box.height, box.x : box.x + box.width] = word


def _like(cv: Any, pixels: NDArray[np.uint8], spot: PointRegion) -> Mask:
    """What can be reached from the spot without leaving its colour."""
    height, width = pixels.shape[:2]
    reached = np.zeros((height + 2, width + 2), np.uint8)
    apart = (_TOLERANCE,) * 3
    flags = 4 | cv.FLOODFILL_FIXED_RANGE | cv.FLOODFILL_MASK_ONLY
    cv.floodFill(pixels, reached, (spot.x, spot.y), (0, 0, 0), apart, apart, flags)
    like: Mask = reached[1:-1, 1:-1] > 0
    return like


def _around(size: tuple[int, int], spot: PointRegion, reach: float) -> Mask:
    width, height = size
    radius = max(reach * max(size), 1.5)
    rows, columns = np.ogrid[:height, :width]
    disc: Mask = (rows - spot.y) ** 2 + (columns - spot.x) ** 2 <= radius**2
    return disc


def _pointed_at(cv: Any, mask: Mask, hints: Pointers) -> Mask:
    """Of several pieces, those with a spot on them; without spots, the largest."""
    count, pieces, facts, _ = cv.connectedComponentsWithStats(mask.astype(np.uint8))
    if count < 2:
        return mask
    wanted = {int(pieces[spot.y, spot.x]) for spot in hints.on} - {0}
    if not hints.on:
        wanted = {1 + int(np.argmax(facts[1:, cv.CC_STAT_AREA]))}
    kept: Mask = np.isin(pieces, list(wanted))
    return kept
