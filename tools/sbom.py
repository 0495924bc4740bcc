"""The software bill of materials of a lock: CycloneDX 1.6 as JSON (ECMA-424), without a network.

    python tools/sbom.py requirements.lock --output sbom.json

Names, versions and hashes are those of the lock; licences those that installed packages state.
The same lock gives the same file.
"""

import argparse
import hashlib
import importlib.metadata
import json
import re
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_PINNED = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;\\]+)(?P<rest>.*)$")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_VERSION = re.compile(r"__version__ = \"([^\"]+)\"")


def bill(lock: str, version: str) -> dict[str, Any]:
    digest = hashlib.sha256(lock.encode()).hexdigest()
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.UUID(digest[:32], version=4)}",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": "candor-monitor",
                "name": "candor-monitor",
                "version": version,
                "licenses": [{"license": {"id": "Apache-2.0"}}],
            },
            "properties": [{"name": "candor:lock:sha256", "value": digest}],
        },
        "components": list(_components(lock)),
    }


def _components(lock: str) -> Iterator[dict[str, Any]]:
    # A requirement goes on over lines that end with a backslash.
    for line in lock.replace("\\\n", " ").splitlines():
        found = _PINNED.match(line.strip())
        if found is not None:
            yield _component(found["name"], found["version"], found["rest"])


def _component(name: str, version: str, rest: str) -> dict[str, Any]:
    purl = f"pkg:pypi/{re.sub(r'[-_.]+', '-', name).lower()}@{version}"
    marker = rest.partition(";")[2].partition("--hash")[0].strip()
    component: dict[str, Any] = {
        "type": "library",
        "bom-ref": purl,
        "name": name,
        "version": version,
        "purl": purl,
        # One per file of the release: any of them may be the one that is installed.
        "properties": [
            *({"name": "candor:sha256", "value": value} for value in _HASH.findall(rest)),
            *([{"name": "candor:marker", "value": marker}] if marker else []),
        ],
    }
    licence = _licence(name, version)
    if licence:
        component["licenses"] = [licence]
    return component


def _licence(name: str, version: str) -> dict[str, Any] | None:
    """As the package states it (PEP 639); what is only said in prose is left out."""
    try:
        told = importlib.metadata.metadata(name).json
    except importlib.metadata.PackageNotFoundError:
        return None
    expression = told.get("license_expression")
    return {"expression": expression} if expression and told["version"] == version else None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("lock", type=Path)
    parser.add_argument("--output", type=Path, required=True)
    chosen = parser.parse_args()
    about = Path(__file__).parents[1] / "service" / "candor" / "__init__.py"
    version = _VERSION.search(about.read_text(encoding="utf-8"))
    if version is None:
        raise SystemExit(f"there is no __version__ in {about}")
    made = bill(chosen.lock.read_text(encoding="utf-8"), version[1])
    chosen.output.write_text(json.dumps(made, indent=2) + "\n", encoding="utf-8")
    print(f"{chosen.output}: {len(made['components'])} components")


if __name__ == "__main__":
    main()
