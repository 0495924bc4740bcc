"""What a built image is and weighs, by buildah's word."""

import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

MB = 1e6


@contextmanager
def mounted(image: str) -> Iterator[dict[str, Any]]:
    config = json.loads(_buildah("inspect", "--type", "image", image))["Docker"]["config"]
    container = _buildah("from", "--pull-never", image)
    try:
        yield {
            "root": _buildah("mount", container),
            "user": config["User"],
            "command": [*config["Entrypoint"], *config["Cmd"]],
            "health": config["Healthcheck"]["Test"][1:],
            "environment": dict(one.split("=", 1) for one in config["Env"]),
        }
    finally:
        _buildah("rm", container)


def _buildah(*command: str) -> str:
    root = os.environ.get("CANDOR_IMAGE_ROOT")
    store = ["--storage-driver", os.environ.get("CANDOR_STORAGE_DRIVER", "vfs")]
    place = ["--root", root, "--runroot", f"{root}/run"] if root else []
    done = subprocess.run(
        ["buildah", *store, *place, *command], check=True, stdout=subprocess.PIPE, text=True
    )
    return done.stdout.strip()


def sizes(root: Path) -> dict[str, Any]:
    return {"files_mb": _weight(root), "candor_mb": _weight(root / "opt" / "candor")}


def _weight(folder: Path) -> float:
    """A file with several names counts once."""
    found = {}
    for path, _, names in os.walk(folder):
        for name in names:
            status = os.lstat(f"{path}/{name}")
            found[status.st_dev, status.st_ino] = status.st_size
    return round(sum(found.values()) / MB, 1)


def packed_mb(image: str) -> float:
    """The layers as gzip, which is what a registry would hold."""
    with tempfile.TemporaryDirectory() as folder:
        _buildah("push", "-q", image, f"dir:{folder}")
        return round(sum(path.stat().st_size for path in Path(folder).iterdir()) / MB, 1)
