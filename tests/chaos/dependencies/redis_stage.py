"""Services that lean on one Redis each in another way: a cache, leases, limits, jobs."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.chaos.dependencies.asking import Asker, Collector
from tests.chaos.dependencies.faults import Fault
from tests.chaos.dependencies.line import Line, Loop, line
from tests.chaos.dependencies.models import honest
from tests.faulty_proxy import Mode
from tests.model_server import ModelServer
from tests.redis_server import RedisServer
from tests.service import serving

_QUIET = "ocr: {kind: none}\nlogs: {level: error}\nserver: {memo_entries: 0}\n"
_BAND = "tiers: [{kind: screen, band: {non_deceptive_below: 0.9, deceptive_above: 0.97}}]"
_SCREEN = (
    f"policies:\n  default: {{require: [], {_BAND}}}\n"
    f"  block: {{require: [], on_dependency_down: block, {_BAND}}}\n"
)
_REDIS = (
    'redis: {{url: "redis://127.0.0.1:{port}/0", timeout_ms: 250, breaker: {{open_seconds: 0.1}}}}'
)
USES = {
    "cache": "cache: {kind: redis, local: {max_entries: 0}}\nfleet: {join: false}\n",
    "limits": "rate_limits: {kind: redis, default: {requests: {most: 100000, seconds: 60}}}\n",
    "jobs": "jobs: {kind: redis, timeout_ms: 400}\n",
}
_SLOW_MODEL = """
models: {{slow: {{base_url: "{url}", model: loopback}}}}
cache: {{kind: redis, local: {{max_entries: 0}}}}
fleet: {{lease_ms: 600}}
policies:
  default: {{tiers: [{{kind: debate, affirmer: slow, negator: slow, judge: slow}}]}}
"""


@dataclass(frozen=True)
class Stage:
    ask: Asker
    redis: Line


REFUSED = Fault("refuses connections", Mode.REFUSE)
HUNG = Fault("never answers", Mode.HANG)
SLOW = Fault("answers too late", Mode.SLOW)
CUT = Fault("is cut off mid-reply", Mode.CUT)
GARBAGE = Fault("answers in bytes that are no RESP", Mode.GARBAGE)


def _lie(name: str, reply: bytes) -> Fault:
    return Fault(name, Mode.LIE, lambda _: reply, hangs_up=False)


ERROR = _lie("answers with an error", b"-ERR no\r\n")
LOADING = _lie("is loading", b"-LOADING Redis is loading the dataset in memory\r\n")
DENIED = _lie("asks for a password", b"-NOAUTH Authentication required.\r\n")
FULL = _lie("is full", b"-OOM command not allowed when used memory > 'maxmemory'.\r\n")
NUMBER = _lie("answers numbers to everything", b":7\r\n")
WORD = _lie("answers words to everything", b"+FINE\r\n")
LIST = _lie("answers lists to everything", b"*2\r\n$5\r\nhello\r\n:9\r\n")
NOTHING = _lie("answers nil to everything", b"$-1\r\n")
NOT_UTF_8 = _lie("answers in bytes that are no UTF-8", b"$4\r\n\xff\xfe\xff\xfe\r\n")
LONGER = _lie("says a length beyond its reply", b"$1048576\r\nshort\r\n")
HUGE = _lie("says an absurd length", b"*99999999999999\r\n")
NEGATIVE = _lie("says a negative length", b"$-42\r\nhello\r\n")
TLS = Fault("answers in TLS", Mode.LIE, lambda _: b"\x15\x03\x03\x00\x02\x02\x28" * 3)
ENDLESS = Fault(
    "answers without an end", Mode.FLOOD, lambda _: b"*1000000000\r\n", flood=b":1\r\n"
)
AWAY = (REFUSED, HUNG, SLOW, CUT, GARBAGE, LOADING, DENIED, TLS, ERROR, LONGER, ENDLESS)
LIES = (FULL, NUMBER, WORD, LIST, NOTHING, NOT_UTF_8, HUGE, NEGATIVE)


@contextmanager
def a_redis(binary: str, folder: Path, loop: Loop) -> Iterator[int]:
    """Gives its port; started and ended in the loop's thread, where its process is watched."""
    (folder / "redis").mkdir()
    server = RedisServer(binary, folder / "redis")
    # The thread's loop cannot watch processes on every platform; one of our own can.
    with asyncio.Runner() as runner:
        runner.run(server.start())
        try:
            yield server.port
        finally:
            runner.run(server.kill())


@contextmanager
def opened(
    use: str, binary: str, folder: Path, loop: Loop, collector: Collector
) -> Iterator[Stage]:
    with ExitStack() as stack:
        port = stack.enter_context(a_redis(binary, folder, loop))
        redis = stack.enter_context(line(loop, port, delay=0.6))
        config = _QUIET + _REDIS.format(port=redis.port) + "\n"
        if use == "leases":
            model = stack.enter_context(ModelServer(honest(0.2)))
            config += _SLOW_MODEL.format(url=model.base_url)
        else:
            config += USES[use] + _SCREEN
        service = stack.enter_context(serving(folder, config))
        yield Stage(Asker(service, collector), redis)
