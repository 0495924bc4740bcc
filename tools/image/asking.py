"""Asks the service that runs inside."""

import base64
import http.client
import json
import time
from pathlib import Path

from tools.image.expecting import expect

SAMPLES = Path(__file__).parents[2] / "service" / "candor" / "samples"


def verdict_seconds() -> dict[str, float]:
    """Of each of the demo's exchanges, which say themselves what must come out."""
    folders = sorted(path.parent for path in SAMPLES.glob("*/exchange.json"))
    return {folder.name: _judged(folder) for folder in folders}


def _judged(folder: Path) -> float:
    sample = json.loads((folder / "exchange.json").read_bytes())
    images = [base64.b64encode((folder / name).read_bytes()) for name in sample["image_files"]]
    body = {name: sample[name] for name in ("prompt", "response", "reasoning") if name in sample}
    body["images"] = [{"data": data.decode()} for data in images]
    began = time.monotonic()
    code, answer = _asked("POST", "/v1/monitor", json.dumps(body))
    expect(code, 200, f"status of {folder.name}")
    expect(json.loads(answer)["outcome"], sample["expected"], f"outcome of {folder.name}")
    return round(time.monotonic() - began, 2)


def status(path: str) -> int | None:
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
