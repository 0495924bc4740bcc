"""The bill of materials says what the lock says."""

import json
import re
import subprocess
import sys
from pathlib import Path

from tools.sbom import bill

ROOT = Path(__file__).parents[3]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")


def test_every_package_of_the_lock_is_in_it_with_its_hashes() -> None:
    components = bill(LOCK, "1.0")["components"]
    pinned = re.findall(r"^([A-Za-z0-9._-]+)==", LOCK, re.MULTILINE)
    assert [component["name"] for component in components] == pinned
    assert len({component["bom-ref"] for component in components}) == len(pinned)
    hashes = [p["value"] for c in components for p in c["properties"] if p["name"].endswith("256")]
    assert hashes == re.findall(r"sha256:([0-9a-f]{64})", LOCK)


def test_a_requirement_with_a_marker_keeps_it_and_its_name_is_normal() -> None:
    text = "Typing_Extensions==4.1 ; sys_platform != 'win32' \\\n    --hash=sha256:" + "a" * 64
    (component,) = bill(text, "1.0")["components"]
    assert component["purl"] == "pkg:pypi/typing-extensions@4.1"
    assert {p["name"]: p["value"] for p in component["properties"]} == {
        "candor:sha256": "a" * 64,
        "candor:marker": "sys_platform != 'win32'",
    }


def test_it_is_cyclonedx_and_the_same_each_time(tmp_path: Path) -> None:
    made = []
    for name in ("a.json", "b.json"):
        tool = [sys.executable, str(ROOT / "tools" / "sbom.py")]
        command = [*tool, str(ROOT / "requirements.lock"), "--output", str(tmp_path / name)]
        subprocess.run(command, check=True, capture_output=True)
        made.append(json.loads((tmp_path / name).read_text()))
    assert made[0] == made[1]
    assert (made[0]["bomFormat"], made[0]["specVersion"]) == ("CycloneDX", "1.6")
    assert re.fullmatch(
        r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}",
        made[0]["serialNumber"],
    )
