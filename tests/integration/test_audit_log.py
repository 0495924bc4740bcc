"""Lines that hold each other: whatever is done to a log afterwards is found, and where."""

import asyncio
import errno
import json
import resource
import signal
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from candor.adapters.auditlog.chain import Digests, Place
from candor.adapters.auditlog.config import AuditLogConfig
from candor.adapters.auditlog.files import ChainFiles, Fields, Upkeep
from candor.adapters.auditlog.tally import AuditLogTally
from candor.adapters.auditlog.verify import Result, verify
from candor.adapters.auditlog.writer import Bounds, Writer
from candor.domain.callers import ANYONE
from candor.domain.errors import ConfigError, TrailUnavailable
from candor.domain.trail import Happening, Noted

PLAIN, KEYED = Digests(), Digests(b"a key of the operator")
AT = datetime(2026, 11, 21, 12, tzinfo=UTC)


def entry(number: int) -> Fields:
    return {"event": "verdict", "at": "2026-11-21T12:00:00Z", "id": f"mon_{number}"}


def a_log(folder: Path, lines: int = 5, digests: Digests = PLAIN, max_bytes: int = 10**6) -> Path:
    """A whole one, closed; gives its last file."""
    files = ChainFiles(folder, digests, Upkeep(max_bytes), lambda: AT)
    for number in range(lines):
        files.append([entry(number)])
    files.close()
    return max(folder.glob("*.jsonl"))


def told(result: Result) -> list[str]:
    return [f"{fault.line}: {fault.what.partition(':')[0]}" for fault in result.faults]


def test_a_log_that_nobody_touched_is_whole(tmp_path: Path) -> None:
    a_log(tmp_path)
    result = verify([tmp_path], PLAIN)
    (chain,) = result.chains
    assert result.faults == ()
    assert (chain.lines, chain.first, chain.closed) == (7, 0, True)


Edit = Callable[[list[bytes]], Sequence[bytes]]


def changed(lines: list[bytes]) -> Sequence[bytes]:
    return [*lines[:2], lines[2].replace(b"mon_1", b"mon_9"), *lines[3:]]


EDITS: dict[str, tuple[Edit, list[str]]] = {
    "changed": (changed, ["3: changed"]),
    "one byte of a hash": (
        lambda b: [
            *b[:2],
            b[2][:-4] + (b"0" if b[2][-4:-3] != b"0" else b"1") + b[2][-3:],
            *b[3:],
        ],
        ["3: changed", "4: changed"],
    ),
    "removed": (lambda b: [*b[:2], *b[3:]], ["3: removed"]),
    "the first removed": (lambda b: b[1:], ["1: removed"]),
    "two in another order": (
        lambda b: [*b[:2], b[3], b[2], *b[4:]],
        ["3: removed", "4: moved", "5: removed"],
    ),
    "one twice": (lambda b: [*b[:3], b[2], *b[3:]], ["4: moved"]),
    "the last removed": (lambda b: b[:-1], ["7: cut off"]),
    "the last three removed": (lambda b: b[:-3], ["5: cut off"]),
    "half a line": (lambda b: [*b[:-1], b[-1][:20]], ["7: cut off", "7: cut off"]),
    "all removed": (lambda _: [], ["0: it is empty", "0: removed"]),
    "something else": (lambda b: [*b[:3], b"hello\n", *b[3:]], ["4: changed"]),
    "a blank inserted": (lambda b: [b[0].replace(b",", b", ", 1), *b[1:]], ["1: changed"]),
}


@pytest.mark.parametrize("digests", [PLAIN, KEYED], ids=["plain", "keyed"])
@pytest.mark.parametrize("edit", EDITS)
def test_what_was_done_to_a_log_is_found_and_named(
    tmp_path: Path, edit: str, digests: Digests
) -> None:
    path = a_log(tmp_path, digests=digests)
    do, faults = EDITS[edit]
    path.write_bytes(b"".join(do(path.read_bytes().splitlines(keepends=True))))
    assert told(verify([tmp_path], digests)) == faults


def test_a_chain_made_anew_without_the_key_is_found(tmp_path: Path) -> None:
    path = a_log(tmp_path, digests=KEYED)
    name = json.loads(path.read_bytes().splitlines()[0])["chain"]
    for old in tmp_path.iterdir():
        old.unlink()
    forged = ChainFiles(tmp_path, PLAIN, now=lambda: AT, name=name)
    forged.append([entry(number) for number in range(5)])
    forged.close()
    assert verify([tmp_path], PLAIN).faults == ()
    assert {f"{number}: changed" for number in range(1, 8)} <= set(told(verify([tmp_path], KEYED)))


def test_an_end_cut_off_together_with_an_older_head_is_found_by_a_head_noted_elsewhere(
    tmp_path: Path,
) -> None:
    files = ChainFiles(tmp_path, KEYED, now=lambda: AT)
    files.append([entry(0)])
    (head,) = tmp_path.glob("*.head")
    (log,) = tmp_path.glob("*.jsonl")
    then = head.read_bytes(), log.read_bytes()
    files.append([entry(1)])
    noted = {files.name: files.place}
    files.close()
    head.write_bytes(then[0])
    log.write_bytes(then[1])
    assert verify([tmp_path], KEYED).faults == ()
    assert told(verify([tmp_path], KEYED, noted)) == ["3: cut off"]
    assert told(verify([tmp_path], KEYED, {"other": Place(1, "0" * 64)})) == ["0: removed"]


def test_a_chain_goes_on_from_file_to_file(tmp_path: Path) -> None:
    a_log(tmp_path, lines=60, max_bytes=4096)
    logs = sorted(tmp_path.glob("*.jsonl"))
    assert len(logs) > 3
    result = verify(logs, PLAIN)
    assert (result.faults, len(result.chains)) == ((), 1)
    assert max(log.stat().st_size for log in logs) < 4096 + 1024
    first, second, third = logs[:3]
    assert told(verify([first, third], PLAIN))[0] == "1: removed"
    assert "cut off" in told(verify([first, second], PLAIN))[0]


def test_a_head_that_was_removed_or_changed_is_found(tmp_path: Path) -> None:
    a_log(tmp_path)
    (head,) = tmp_path.glob("*.head")
    whole = head.read_bytes()
    head.write_bytes(whole.replace(b'"seq":6', b'"seq":5'))
    assert "0: changed" in told(verify([tmp_path], PLAIN))
    head.unlink()
    assert told(verify([tmp_path], PLAIN)) == ["0: removed"]


def test_the_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    a_log(tmp_path)
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}


# Between requests and the disk.


class Disk:
    """Real files that can be told to be full."""

    def __init__(self, folder: Path) -> None:
        self.files = ChainFiles(folder, PLAIN, Upkeep(fsync="never"))
        self.full = False
        self.slow = 0.0

    def append(self, entries: Sequence[Fields]) -> None:
        if self.slow:
            time.sleep(self.slow)
        if self.full:
            raise OSError(errno.ENOSPC, "No space left on device")
        self.files.append(entries)

    def close(self) -> None:
        self.files.close()


class Counted:
    def __init__(self) -> None:
        self.lost: dict[str, int] = {}
        self.failures: list[str] = []

    def tally(self) -> AuditLogTally:
        return AuditLogTally(lost=self._lose, failed=self.failures.append)

    def _lose(self, reason: str, count: int) -> None:
        self.lost[reason] = self.lost.get(reason, 0) + count


NOTED = Noted(Happening.VERDICT, ANYONE, "r1", {"id": "mon_1"})


def lines(folder: Path) -> list[dict[str, object]]:
    files = sorted(folder.glob("*.jsonl"))
    return [json.loads(line) for path in files for line in path.read_bytes().splitlines()]


def events(folder: Path) -> list[object]:
    return [line["event"] for line in lines(folder)]


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not true():  # noqa: ASYNC110 -- the disk tells us nothing
            await asyncio.sleep(0.01)


async def test_what_is_noted_is_written_with_who_asked(tmp_path: Path) -> None:
    async with AuditLogConfig(folder=tmp_path).open() as trail:
        trail.note(NOTED)
    assert events(tmp_path) == ["opened", "verdict", "closed"]
    line = lines(tmp_path)[1]
    assert (line["tenant"], line["key_id"], line["request_id"]) == ("default", "anonymous", "r1")
    assert verify([tmp_path], PLAIN).faults == ()


async def test_a_full_disk_costs_no_request_and_what_is_lost_is_told_in_the_log(
    tmp_path: Path,
) -> None:
    disk, counted = Disk(tmp_path), Counted()
    writer = Writer(disk, bounds=Bounds(entries=3), tally=counted.tally())
    await writer.begin()
    async with writer.running():
        disk.full = True
        for _ in range(5):
            await writer.keep(NOTED)
        await until(lambda: bool(counted.failures))
        with pytest.raises(TrailUnavailable, match="full"):
            await writer.ping()
        disk.full = False
        await until(lambda: len(events(tmp_path)) > 3)
        await writer.ping()
    assert counted.lost == {"full": 2}
    assert set(counted.failures) == {"disk_full"}
    assert events(tmp_path) == ["opened", "gap", *["verdict"] * 3, "closed"]
    assert verify([tmp_path], PLAIN).faults == ()


async def test_where_it_must_be_written_a_full_disk_refuses(tmp_path: Path) -> None:
    disk, counted = Disk(tmp_path), Counted()
    writer = Writer(disk, strict=True, tally=counted.tally())
    await writer.begin()
    async with writer.running():
        await writer.keep(NOTED)
        assert events(tmp_path) == ["opened", "verdict"]
        disk.full = True
        with pytest.raises(TrailUnavailable, match="full"):
            await writer.keep(NOTED)
        with pytest.raises(TrailUnavailable, match="full"):
            writer.admit()
        disk.full = False
        await until(lambda: "gap" in events(tmp_path))
        writer.admit()
        await writer.keep(NOTED)
    assert counted.lost == {"refused": 1}
    assert events(tmp_path) == ["opened", "verdict", "gap", "verdict", "closed"]


async def test_no_request_waits_longer_than_it_is_said(tmp_path: Path) -> None:
    disk = Disk(tmp_path)
    writer = Writer(disk, strict=True, bounds=Bounds(wait_seconds=0.05))
    await writer.begin()
    async with writer.running():
        disk.slow = 0.5
        started = asyncio.get_running_loop().time()
        with pytest.raises(TrailUnavailable, match="wait_ms"):
            await writer.keep(NOTED)
        assert asyncio.get_running_loop().time() - started < 0.4


def test_a_write_that_stops_halfway_leaves_no_half_line(tmp_path: Path) -> None:
    files = ChainFiles(tmp_path, PLAIN)
    files.append([entry(0)])
    (log,) = tmp_path.glob("*.jsonl")
    size = log.stat().st_size
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 40, before[1]))
    try:
        with pytest.raises(OSError, match="large"):
            files.append([entry(1)])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert log.stat().st_size == size
    files.append([entry(2)])
    files.close()
    assert verify([tmp_path], PLAIN).faults == ()


async def test_a_folder_that_is_not_there_is_told_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"audit_log\.folder"):
        async with AuditLogConfig(folder=tmp_path / "missing").open():
            pass
