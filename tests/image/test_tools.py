"""The small programs that make the image, on small examples."""

import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.image.dockerfile import ROOT
from tools.image.healthcheck import healthy
from tools.image.locked import locked
from tools.image.prune import prune
from tools.image.trim import trim

LOCK = """\
ab==1.0 \\
    --hash=sha256:aa \\
    --hash=sha256:bb
Some_Thing==2.0 ; sys_platform != 'win32' \\
    --hash=sha256:cc
"""


def test_the_lines_of_a_package_are_found_with_all_its_hashes() -> None:
    assert locked(LOCK, ["ab"]) == "ab==1.0 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\n"
    assert locked(LOCK, ["some-thing"]).endswith("--hash=sha256:cc\n")


def test_a_package_that_is_not_locked_is_told_by_name() -> None:
    with pytest.raises(KeyError, match="other"):
        locked(LOCK, ["ab", "other"])


@contextmanager
def _answering(status: int) -> Iterator[int]:
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == "/healthz" else 404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


def test_a_process_that_answers_is_healthy_wherever_it_listens() -> None:
    with _answering(200) as port:
        assert healthy("127.0.0.1", port)
        assert healthy("0.0.0.0", port)


def test_a_process_that_answers_with_an_error_or_not_at_all_is_not_healthy() -> None:
    with _answering(503) as port:
        assert not healthy("127.0.0.1", port)
    assert not healthy("127.0.0.1", port)


def test_the_health_check_imports_next_to_nothing() -> None:
    script = str(ROOT / "tools" / "image" / "healthcheck.py")
    command = [sys.executable, "-X", "importtime", "-I", "-S", script]
    environment = {"CANDOR_SERVER__PORT": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "socket" in loaded
    assert loaded.isdisjoint({"asyncio", "http.client", "email", "candor", "site", "json"})


def test_pruning_takes_tests_and_stubs_and_leaves_what_runs(tmp_path: Path) -> None:
    kept = ("pkg/run.py", "pkg/testing/see.py", "cv2/cv2.abi3.so")
    gone = ("pkg/tests/test_run.py", "pkg/run.pyi", "onnxruntime/capi/libonnxruntime.so.1")
    for name in (*kept, *gone):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("1234567890", encoding="ascii")
    weights = dict(prune(tmp_path))
    assert weights["tests of packages"] == 10
    assert sum(weights.values()) == 10 * len(gone)
    assert [name for name in (*kept, *gone) if (tmp_path / name).exists()] == list(kept)


def test_a_trimmed_library_is_smaller_and_still_works(tmp_path: Path) -> None:
    found = find_spec("multidict")
    assert found is not None
    assert found.origin is not None
    shutil.copytree(Path(found.origin).parent, tmp_path / "multidict")
    (library,) = (tmp_path / "multidict").glob("_multidict*.so")
    before = library.stat().st_size
    assert trim(library) == before - library.stat().st_size > 0
    program = (
        "from multidict import _multidict, MultiDict; print(_multidict.__file__);"
        "print(MultiDict(a=1).getall('a'))"
    )
    command = [sys.executable, "-S", "-c", program]
    place = {"PYTHONPATH": str(tmp_path)}
    done = subprocess.run(command, env=place, capture_output=True, check=False)
    assert done.stdout.decode().splitlines() == [str(library), "[1]"], done.stderr
    assert trim(library) == 0


def test_what_is_not_a_library_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "lib.so"
    path.write_bytes(b"INPUT(-lc)" * 10)
    assert trim(path) == 0
    assert path.stat().st_size == 100
