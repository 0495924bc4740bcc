"""How the C library keeps memory for later."""

import ctypes
import os
import sys

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
# Smaller blocks are used again and again: most bodies and pictures.
_LARGE = 4 * 2**20
_KEPT = 16 * 2**20


def give_back_large_blocks() -> None:
    """To the system, as soon as they are free. Left alone, glibc takes the size of the largest
    block so far for usual and keeps that much: one large image, and the process stays 200 MB
    larger.

    Does nothing where somebody has said what they want, and where there is no glibc.
    """
    told = any(name.startswith(("MALLOC_", "GLIBC_TUNABLES")) for name in os.environ)
    if told or not sys.platform.startswith("linux"):
        return
    tune = getattr(ctypes.CDLL(None), "mallopt", None)
    if tune is not None:
        tune(_M_MMAP_THRESHOLD, _LARGE)
        tune(_M_TRIM_THRESHOLD, _KEPT)
