"""The instruments themselves."""

import asyncio
import itertools
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from tests.bench import load, report, samples
from tests.bench.awake import cores_awake
from tests.bench.changes import Change, Verdict, changes
from tests.bench.processes import Server, family
from tests.bench.report import Run
from tests.bench.rows import Row, median_ratio, quantile


@asynccontextmanager
async def server(answer: bytes, stall: float = 0) -> AsyncIterator[Server]:
    """Says the same to everybody, from this very process; to nobody before `stall` seconds
    after the first has asked."""
    loop, opens = asyncio.get_running_loop(), 0.0
    writers: list[asyncio.StreamWriter] = []

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal opens
        writers.append(writer)
        with suppress(asyncio.IncompleteReadError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                await reader.readexactly(int(head.partition(b"Content-Length: ")[2].split()[0]))
                opens = opens or loop.time() + stall
                await asyncio.sleep(opens - loop.time())
                writer.write(answer)

    listening = await asyncio.start_server(connected, "127.0.0.1", 0)
    try:
        yield Server(listening.sockets[0].getsockname()[1], os.getpid(), 0.0)
    finally:
        listening.close()
        for writer in writers:
            writer.close()
            await writer.wait_closed()


def test_what_keeps_the_cores_awake_gives_way_to_everybody_and_ends_with_the_run() -> None:
    before, until = set(family(os.getpid())), time.monotonic() + 10
    with cores_awake():
        spinning = set(family(os.getpid())) - before
        while {os.sched_getscheduler(pid) for pid in spinning} != {os.SCHED_IDLE}:
            assert time.monotonic() < until
            time.sleep(0.01)
    assert len(spinning) == len(os.sched_getaffinity(0))
    assert not spinning & set(family(os.getpid()))


def test_a_quantile_is_a_value_that_was_measured() -> None:
    assert quantile([4.0, 1.0, 3.0, 2.0], 0.5) == 2.0
    assert quantile([1.0, 2.0], 0.99) == 2.0
    assert quantile([7.0], 0.5) == 7.0


def test_a_pair_on_a_busy_machine_does_not_move_the_ratio() -> None:
    assert median_ratio([2.0, 90.0, 2.2], [1.0, 10.0, 1.0]) == 2.2


async def test_load_times_every_request_and_counts_the_cpu() -> None:
    request = samples.as_json({"prompt": "?"})
    async with server(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nright") as running:
        block = await load.block(running, iter([request] * 7), concurrency=3, expect=b"right")
    assert len(block.latencies) == 7
    assert block.cpu_micros > 0


@pytest.mark.parametrize("status", [b"200 OK", b"503 Service Unavailable"])
async def test_a_wrong_answer_is_not_measured(status: bytes) -> None:
    request = samples.as_json({"prompt": "?"})
    async with server(b"HTTP/1.1 %b\r\nContent-Length: 5\r\n\r\nwrong" % status) as running:
        with pytest.raises(RuntimeError, match="expected a 200"):
            await load.block(running, iter([request]), concurrency=1, expect=b"right")


async def test_in_an_open_loop_what_waits_behind_a_slow_answer_counts_as_slow() -> None:
    requests = itertools.repeat(samples.as_json({"prompt": "?"}))
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nright"
    async with server(answer, stall=0.3) as running:
        block = await load.steady(running, requests, per_second=100, seconds=0.2, expect=b"right")
    assert len(block.latencies) == 20
    # All were due while the server stalled: a closed loop would have seen one slow answer.
    assert min(block.latencies) > 0.09
    assert max(block.latencies) > 0.28


async def test_an_open_loop_ends_at_the_first_wrong_answer() -> None:
    requests = itertools.repeat(samples.as_json({"prompt": "?"}))
    async with server(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwrong") as running:
        with pytest.raises(RuntimeError, match="expected a 200"):
            await load.steady(running, requests, per_second=100, seconds=5, expect=b"right")


def test_figures_survive_the_way_to_the_next_run(tmp_path: Path) -> None:
    row = Row.of("cached", [1.9, 1.8, 2.1], "x echo", target=2.0, details={"CPU µs": 61.0})
    run = Run({"cores": "2"}, [row])
    report.save(tmp_path / "out" / "before.json", run)
    assert report.load(tmp_path / "out" / "before.json") == run
    assert row.met


def test_more_may_be_what_is_asked_for() -> None:
    assert Row("pace", 1.9, "x 1 worker", target=1.8, more_is_better=True).met
    assert not Row("pace", 1.7, "x 1 worker", target=1.8, more_is_better=True).met


def compared(before: list[Row], after: list[Row]) -> dict[str, Change]:
    found = changes({row.name: row for row in before}, {row.name: row for row in after})
    return {change.name: change for change in found}


@pytest.mark.parametrize(
    ("rounds", "verdict"),
    [
        ([2.3, 2.4, 2.2], Verdict.WORSE),
        ([1.1, 1.2, 1.0], Verdict.BETTER),
        ([2.0, 2.3, 2.4], Verdict.NOISE),
        ([2.4], Verdict.UNKNOWN),
    ],
)
def test_a_change_counts_only_where_the_rounds_of_two_runs_do_not_meet(
    rounds: list[float], verdict: Verdict
) -> None:
    before, after = (Row.of("hit", values, "x echo") for values in ([1.9, 2.0, 2.1], rounds))
    assert compared([before], [after])["hit"].verdict is verdict


def test_more_is_better_where_it_is() -> None:
    before, after = (
        Row.of("pace", values, "x 1", more_is_better=True) for values in ([1.0, 1.1], [1.8, 1.9])
    )
    assert compared([before], [after])["pace"].verdict is Verdict.BETTER


def test_a_machine_twice_as_slow_is_no_change_of_the_code() -> None:
    def run(by: float) -> list[Row]:
        bare = Row.of("echo", [10 * by, 11 * by], "µs", bare=True)
        return [bare, Row.of("screen", [0.3 * by, 0.31 * by], "ms")]

    change = compared(run(1), run(2))["screen"]
    assert change.verdict is Verdict.NOISE
    assert change.ratio == pytest.approx(1)


def test_a_figure_that_may_be_negative_has_no_ratio_and_is_still_told_apart() -> None:
    before, after = (Row.of("beyond", values, "ms") for values in ([-0.2, 0.1], [3.0, 3.1]))
    change = compared([before], [after])["beyond"]
    assert (change.ratio, change.verdict) == (None, Verdict.WORSE)


def test_a_page_gets_the_new_table_in_place_of_the_old(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"# Speed\n{report.BEGIN}\nold\n{report.END}\nMore.\n")
    rows = [Row("hit", 1.9, "x echo", 2.0, {"p99 ms": 1.25})]
    report.put_into(page, report.markdown(Run({"cores": "2"}, rows)))
    text = page.read_text()
    assert "| hit | 1.9 x echo | <= 2 | met | p99 ms 1.25 |" in text
    assert "old" not in text
    assert text.endswith(f"{report.END}\nMore.\n")


def test_a_page_without_a_place_for_the_table_is_left_alone(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# Speed\n")
    with pytest.raises(ValueError, match="must contain"):
        report.put_into(page, "| |")
    assert page.read_text() == "# Speed\n"
