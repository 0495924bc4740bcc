"""Words and pieces of words, counted in a fixed number of places.

The hashes are our own arithmetic on code points, so they are the same on every machine and in
every version of Python. Each field has places of its own: what a model thinks and what it says
are different things.
"""

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from candor.domain.screening.spelling import SpelledText
from candor.domain.screening.vector import BUCKETS, FeatureVector

Counts = NDArray[np.int64]

_BLOCK = BUCKETS // 4
_PIECES = (3, 4, 5)
_FACTOR = np.uint64(0x9E3779B97F4A7C15)
_SHIFT = np.uint64(64 - 15)
_SPACES = re.compile(r"[\s\x00-\x1f]+")


@dataclass(frozen=True, slots=True)
class Block:
    """The places of one kind of n-gram of one field."""

    name: str
    start: int

    @property
    def places(self) -> slice:
        return slice(self.start, self.start + _BLOCK)


RESPONSE_WORDS = Block("response words", 0)
RESPONSE_PIECES = Block("response pieces", _BLOCK)
REASONING_WORDS = Block("reasoning words", 2 * _BLOCK)
REASONING_PIECES = Block("reasoning pieces", 3 * _BLOCK)
BLOCKS = (RESPONSE_WORDS, RESPONSE_PIECES, REASONING_WORDS, REASONING_PIECES)
_INNER_EDGES = np.array([block.start for block in BLOCKS[1:]], np.uint32)
_DAMPED = 1 + np.log(np.arange(256, dtype=np.float32).clip(1))
RESPONSE_PLACES = 2 * _BLOCK
"""The first half of all places belongs to the response."""


def count(response: SpelledText, reasoning: SpelledText) -> Counts:
    """How often each of the `BUCKETS` places is hit."""
    counted = (
        _counted(_words(response.words)),
        _counted(_pieces(response.lower)),
        _counted(_words(reasoning.words)),
        _counted(_pieces(reasoning.lower)),
    )
    return np.concatenate(counted)


def normalised(vector: FeatureVector) -> NDArray[np.float32]:
    """One value per index: 1 + log of the count, each block scaled to length 1, so that a long
    text weighs no more than a short one."""
    values = _DAMPED[vector.values.astype(np.uint8)]
    edges = block_edges(vector)
    lengths = np.sqrt(sums(np.square(values), edges))
    lengths[lengths == 0] = 1
    return np.asarray(values / np.repeat(lengths, np.diff(edges)), np.float32)


def block_edges(vector: FeatureVector) -> NDArray[np.int64]:
    """Where each block begins among the indices, and at last where all end."""
    inner = np.searchsorted(vector.indices, _INNER_EDGES)
    return np.array([0, *inner, len(vector.indices)], np.int64)


def sums(values: NDArray[Any], edges: NDArray[np.int64]) -> NDArray[np.float64]:
    """Of the values between each two edges."""
    running = np.concatenate(([0.0], np.cumsum(values, dtype=np.float64)))
    return running[edges[1:]] - running[edges[:-1]]


def _words(words: Sequence[str]) -> NDArray[np.uint64]:
    """Single words and pairs."""
    raw = (zlib.crc32(word.encode("utf-8", "surrogatepass")) for word in words)
    single = np.fromiter(raw, np.uint64, len(words)) + np.uint64(1)
    pairs = single[:-1] * np.uint64(0x100000001B3) + single[1:]
    return np.concatenate((single, pairs))


def _pieces(text: str) -> NDArray[np.uint64]:
    """Runs of 3 to 5 characters, across words."""
    flat = _SPACES.sub(" ", text)
    if not flat.strip():
        return np.empty(0, np.uint64)
    raw = f" {flat} ".encode("utf-32-le", "surrogatepass")
    codes = np.frombuffer(raw, "<u4").astype(np.uint64) + np.uint64(1)
    runs = []
    for length in _PIECES:
        rolled = np.zeros(max(len(codes) - length + 1, 0), np.uint64)
        for offset in range(length if len(rolled) else 0):
            rolled = rolled * np.uint64(0x110001) + codes[offset : offset + len(rolled)]
        runs.append(rolled * np.uint64(len(_PIECES)) + np.uint64(length))
    return np.concatenate(runs)


def _counted(hashes: NDArray[np.uint64]) -> Counts:
    # Fibonacci hashing (Knuth, volume 3, section 6.4): the high bits of the product mix best.
    mixed = (hashes ^ (hashes >> np.uint64(29))) * _FACTOR
    return np.bincount((mixed >> _SHIFT).astype(np.int64), minlength=_BLOCK)
