"""A log that cannot be written stops nobody."""

import errno
import io

import structlog

from candor.telemetry import logs


class Full(io.StringIO):
    def write(self, _: str) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_line_that_finds_no_room_is_lost_and_nothing_else() -> None:
    before = structlog.get_config()
    try:
        logs.configure(logs.LogConfig(format="json"), Full())
        structlog.get_logger("full").info("verdict")
        logs.journal(logs.LogConfig(format="json"), Full()).problem("internal", 500, "r-1")
    finally:
        structlog.configure(**before)
