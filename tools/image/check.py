"""Runs the built image's process as a container engine would, without an engine, and looks on.

    python -m tools.image.check localhost/candor:0.1.0     needs root, buildah, unshare, setpriv

A numeric user, a read-only root, no network but loopback: it must get ready, judge the demo's
exchanges as expected, write nothing, and leave with exit code 0 on SIGTERM. Size, cold start and
memory are printed, and written as JSON with --json.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tools.image.asking import status, verdict_seconds
from tools.image.built import MB, mounted, packed_mb, sizes
from tools.image.expecting import expect, until
from tools.image.inside import Image, child_of, cpu_seconds_of, identity_of

BUDGET_MB = 450
"""Of the packed image, which registries store and nodes fetch; the files weigh more: docs/image.md
says what."""
READY_SECONDS = 60.0
LEAVE_SECONDS = 35.0


@dataclass(frozen=True, slots=True)
class Started:
    """What was seen until the service was ready."""

    ready_seconds: float
    ready_cpu_seconds: float
    memory_mb: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("image")
    parser.add_argument("--json", type=Path, help="Write what was measured here too.")
    parser.add_argument("--starts", type=int, default=3, help="How often to start it.")
    parser.add_argument("--inside", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.inside:
        _inside(json.loads(chosen.inside), chosen.starts)
        return
    with mounted(chosen.image) as described:
        told = sizes(Path(described["root"])) | _run(described, chosen)
    told["packed_mb"] = packed_mb(chosen.image)
    print(json.dumps(told, indent=2))
    if chosen.json:
        chosen.json.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    if told["packed_mb"] > BUDGET_MB:
        raise SystemExit(f"the image is above its budget of {BUDGET_MB} MB")


def _run(described: Mapping[str, Any], chosen: argparse.Namespace) -> dict[str, Any]:
    again = [
        sys.executable,
        "-m",
        "tools.image.check",
        chosen.image,
        "--starts",
        str(chosen.starts),
    ]
    done = subprocess.run(
        ["unshare", "--net", "--mount", "--uts", *again, "--inside", json.dumps(described)],
        check=False,
        stdout=subprocess.PIPE,
        text=True,
    )
    if done.returncode:
        raise SystemExit(done.returncode)
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def _inside(described: dict[str, Any], starts: int) -> None:
    image = Image(**{**described, "root": Path(described["root"])})
    image.prepare()
    print(json.dumps({"starts": [_one_life(image, number) for number in range(starts)]}))


def _one_life(image: Image, number: int) -> dict[str, Any]:
    """Raises: SystemExit with what is wrong, after what the process said."""
    with tempfile.NamedTemporaryFile(prefix="candor-image-") as output:
        began = time.monotonic()
        process = image.start(Path(output.name))
        try:
            pid = child_of(process)
            started = _ready(process, pid, began)
            judged = _look(image, pid) if number == 0 else {}
            left = _leave(process, pid)
        except BaseException:
            process.kill()
            sys.stderr.write(Path(output.name).read_text(encoding="utf-8", errors="replace"))
            raise
    return asdict(started) | judged | {"leave_seconds": left}


def _ready(process: "subprocess.Popen[bytes]", pid: int, began: float) -> Started:
    def ready() -> bool:
        if process.poll() is not None:
            raise SystemExit(f"it ended with {process.returncode} before it was ready")
        return status("/readyz") == 200

    until(ready, READY_SECONDS, "it did not get ready")
    waited = time.monotonic() - began
    memory = int(identity_of(pid)["VmRSS"].split()[0]) * 1024 / MB
    return Started(round(waited, 2), round(cpu_seconds_of(pid), 2), round(memory, 1))


def _look(image: Image, pid: int) -> dict[str, Any]:
    _is_unprivileged(image, pid)
    began = time.monotonic()
    expect(image.ask_health(), 0, "exit code of the HEALTHCHECK")
    healthy = round(time.monotonic() - began, 3)
    return {"healthcheck_seconds": healthy, "verdict_seconds": verdict_seconds()}


def _is_unprivileged(image: Image, pid: int) -> None:
    process = identity_of(pid)
    user = image.user.partition(":")[0]
    expect(process["Uid"].split(), [user] * 4, "user")
    expect(process["CapEff"], "0" * 16, "capabilities")
    expect(process["NSpid"].split()[-1], "1", "number of the process in the container")
    mounts = Path(f"/proc/{pid}/mountinfo").read_text(encoding="utf-8").splitlines()
    # Seen from a changed root, that is where the tree begins.
    root = next(line.split() for line in mounts if line.split()[4] == "/")
    expect("ro" in root[5].split(","), True, "read-only root")


def _leave(process: "subprocess.Popen[bytes]", pid: int) -> float:
    began = time.monotonic()
    os.kill(pid, signal.SIGTERM)
    until(lambda: process.poll() is not None, LEAVE_SECONDS, "it stayed after SIGTERM")
    expect(process.returncode, 0, "exit code after SIGTERM")
    return round(time.monotonic() - began, 2)


if __name__ == "__main__":
    main()
