"""Runs the built image's process as a container engine would, without an engine, and looks on.

    python -m tools.image.check localhost/candor:0.1.0     needs root, buildah, unshare, setpriv

A numeric user, a read-only root, no network but loopback: it must get ready, judge the demo's
exchanges as expected, write nothing, and leave with exit code 0 on SIGTERM. Size, cold start and
memory are printed, and written as JSON with --json.
"""

import argparse
import base64
import http.client
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tools.image.inside import Image, child_of, cpu_seconds_of, identity_of

SAMPLES = Path(__file__).parents[2] / "service" / "candor" / "samples"
BUDGET_MB = 450
"""Of the packed image, which registries store and nodes fetch; the files weigh more: docs/image.md
says what."""
READY_SECONDS = 60.0
LEAVE_SECONDS = 35.0
MB = 1e6


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
    with _mounted(chosen.image) as described:
        told = _sizes(Path(described["root"])) | _run(described, chosen)
    told["packed_mb"] = _packed_mb(chosen.image)
    print(json.dumps(told, indent=2))
    if chosen.json:
        chosen.json.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    if told["packed_mb"] > BUDGET_MB:
        raise SystemExit(f"the image is above its budget of {BUDGET_MB} MB")


@contextmanager
def _mounted(image: str) -> Iterator[dict[str, Any]]:
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


def _sizes(root: Path) -> dict[str, Any]:
    return {"files_mb": _weight(root), "candor_mb": _weight(root / "opt" / "candor")}


def _weight(folder: Path) -> float:
    """A file with several names counts once."""
    found = {}
    for path, _, names in os.walk(folder):
        for name in names:
            status = os.lstat(f"{path}/{name}")
            found[status.st_dev, status.st_ino] = status.st_size
    return round(sum(found.values()) / MB, 1)


def _packed_mb(image: str) -> float:
    """The layers as gzip, which is what a registry would hold."""
    with tempfile.TemporaryDirectory() as folder:
        _buildah("push", "-q", image, f"dir:{folder}")
        return round(sum(path.stat().st_size for path in Path(folder).iterdir()) / MB, 1)


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
        return _status("/readyz") == 200

    _until(ready, READY_SECONDS, "it did not get ready")
    waited = time.monotonic() - began
    memory = int(identity_of(pid)["VmRSS"].split()[0]) * 1024 / MB
    return Started(round(waited, 2), round(cpu_seconds_of(pid), 2), round(memory, 1))


def _look(image: Image, pid: int) -> dict[str, Any]:
    _is_unprivileged(image, pid)
    began = time.monotonic()
    _expect(image.ask_health(), 0, "exit code of the HEALTHCHECK")
    healthy = round(time.monotonic() - began, 3)
    folders = sorted(path.parent for path in SAMPLES.glob("*/exchange.json"))
    answered = {folder.name: _judged(folder) for folder in folders}
    return {"healthcheck_seconds": healthy, "verdict_seconds": answered}


def _is_unprivileged(image: Image, pid: int) -> None:
    status = identity_of(pid)
    user = image.user.partition(":")[0]
    _expect(status["Uid"].split(), [user] * 4, "user")
    _expect(status["CapEff"], "0" * 16, "capabilities")
    _expect(status["NSpid"].split()[-1], "1", "number of the process in the container")
    mounts = Path(f"/proc/{pid}/mountinfo").read_text(encoding="utf-8").splitlines()
    # Seen from a changed root, that is where the tree begins.
    root = next(line.split() for line in mounts if line.split()[4] == "/")
    _expect("ro" in root[5].split(","), True, "read-only root")


def _judged(folder: Path) -> float:
    """Seconds of the verdict. The demo says what it must be."""
    sample = json.loads((folder / "exchange.json").read_bytes())
    images = [base64.b64encode((folder / name).read_bytes()) for name in sample["image_files"]]
    body = {name: sample[name] for name in ("prompt", "response", "reasoning") if name in sample}
    body["images"] = [{"data": data.decode()} for data in images]
    began = time.monotonic()
    status, answer = _asked("POST", "/v1/monitor", json.dumps(body))
    _expect(status, 200, f"status of {folder.name}")
    _expect(json.loads(answer)["outcome"], sample["expected"], f"outcome of {folder.name}")
    return round(time.monotonic() - began, 2)


def _leave(process: "subprocess.Popen[bytes]", pid: int) -> float:
    began = time.monotonic()
    os.kill(pid, signal.SIGTERM)
    _until(lambda: process.poll() is not None, LEAVE_SECONDS, "it stayed after SIGTERM")
    _expect(process.returncode, 0, "exit code after SIGTERM")
    return round(time.monotonic() - began, 2)


def _status(path: str) -> int | None:
    try:
        return _asked("GET", path)[0]
    except OSError:
        return None


def _asked(method: str, path: str, body: str | None = None) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", 8080, timeout=60)
    try:
        connection.request(method, path, body, {"content-type": "application/json"})
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def _until(done: Callable[[], bool], seconds: float, failure: str) -> None:
    until = time.monotonic() + seconds
    while not done():
        if time.monotonic() > until:
            raise SystemExit(f"{failure} in {seconds:g} s")
        time.sleep(0.01)


def _expect(found: object, wanted: object, what: str) -> None:
    if found != wanted:
        raise SystemExit(f"{what}: {found!r}, but {wanted!r} is expected")


if __name__ == "__main__":
    main()
