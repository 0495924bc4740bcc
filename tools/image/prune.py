"""Removes from an installation what never runs in a container, and says what each piece weighed.

python prune.py /opt/candor
"""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

# Of what is named here nothing is imported or opened by Candor; `make image-check` shows it.
PIECES = {
    "tests of packages": ("*/tests", "*/*/tests", "*/*/*/tests"),
    # The module has it linked in; the library is for programs in C.
    "onnxruntime's C library": ("onnxruntime/capi/libonnxruntime.so*",),
    "onnxruntime's tools": (
        "onnxruntime/quantization",
        "onnxruntime/tools",
        "onnxruntime/transformers",
        "onnxruntime/datasets",
    ),
    "RapidOCR's model of upside-down text": ("rapidocr/models/*_cls_*.onnx",),
    "numpy's compiler of Fortran": ("numpy/f2py",),
    "headers and archives of C": (
        "numpy/_core/include",
        "numpy/_core/lib",
        "numpy/random/lib",
        "../../../include",
    ),
    "sources that were compiled": ("**/*.pyx", "**/*.pxd", "**/*.pxi", "**/*.c", "**/*.h"),
    "stubs for type checkers": ("**/*.pyi",),
}


def prune(site: Path) -> Iterator[tuple[str, int]]:
    """What was removed and its bytes."""
    for name, patterns in PIECES.items():
        found = {path for pattern in patterns for path in _matching(site, pattern)}
        yield name, sum(_removed(path) for path in sorted(found))


def _matching(site: Path, pattern: str) -> Iterator[Path]:
    while pattern.startswith("../"):
        site, pattern = site.parent, pattern.removeprefix("../")
    return site.glob(pattern)


def _removed(path: Path) -> int:
    if not path.exists():
        return 0  # went with a folder above it
    if path.is_dir() and not path.is_symlink():
        size = sum(one.lstat().st_size for one in path.rglob("*") if not one.is_dir())
        shutil.rmtree(path)
        return size
    size = path.lstat().st_size
    path.unlink()
    return size


def main(root: Path) -> None:
    (site,) = root.glob("lib/python*/site-packages")
    for name, size in prune(site):
        print(f"{size / 1e6:7.1f} MB  {name}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
