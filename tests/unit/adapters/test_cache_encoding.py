import tracemalloc
import zlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from candor.adapters.cache import encoding
from candor.adapters.cache.encoding import LONGEST, Stored, decode
from candor.domain.verdict import Report
from tests.reports import a_report, reports

EXPIRES = 2_000_000_000


def encode(key: str, report: Report) -> bytes:
    return encoding.encode(key, report, EXPIRES)


def read(key: str, raw: bytes) -> Report | None:
    stored = decode(key, raw)
    return stored.report if stored else None


@given(reports)
def test_whatever_report_is_written_reads_the_same(report: Report) -> None:
    assert read("k", encode("k", report)) == report


@given(reports, st.data())
def test_one_changed_byte_is_a_miss(report: Report, data: st.DataObject) -> None:
    raw = bytearray(encode("k", report))
    place = data.draw(st.integers(0, len(raw) - 1))
    raw[place] ^= data.draw(st.integers(1, 255))
    assert decode("k", bytes(raw)) is None


@given(st.binary(max_size=200))
def test_bytes_that_we_did_not_write_are_a_miss(raw: bytes) -> None:
    assert decode("k", raw) is None


@pytest.mark.parametrize("length", [0, 3, 4, 19, 20, 21, -1])
def test_a_report_that_was_cut_off_is_a_miss(length: int) -> None:
    assert decode("k", encode("k", a_report())[:length]) is None


def test_a_report_of_another_version_is_a_miss() -> None:
    raw = encode("k", a_report())
    assert decode("k", b"\0\0\0\0" + raw[4:]) is None


@pytest.mark.parametrize("body", [b"{}", b"{", b"not deflated", b"", b"x\x9c", b'{"verdict": 1}'])
def test_a_sound_checksum_over_something_else_is_a_miss(body: bytes) -> None:
    rest = bytes(8) + body
    assert decode("k", encoding._shape() + encoding._checksum("k", rest) + rest) is None


def test_the_answer_to_another_key_is_a_miss() -> None:
    assert decode("other", encode("k", a_report())) is None


def test_a_long_report_is_stored_small_and_comes_back_whole() -> None:
    long = a_report(reason="It says so. " * 10_000)
    raw = encode("k", long)
    assert len(raw) < 5_000
    assert read("k", raw) == long


def test_text_that_is_not_unicode_is_refused_by_name() -> None:
    report = a_report()
    broken = replace(report, verdict=replace(report.verdict, reason="\ud800"))
    with pytest.raises(ValueError, match="surrogates"):
        encode("k", broken)


@given(st.binary(max_size=2_000))
def test_any_body_under_a_sound_checksum_is_a_report_or_a_miss(body: bytes) -> None:
    # Whoever may write to Redis can compute the checksum: nothing but a report comes of it.
    rest = bytes(8) + body
    stored = decode("k", encoding._shape() + encoding._checksum("k", rest) + rest)
    assert stored is None or isinstance(stored.report, Report)


def test_the_end_of_its_time_and_its_length_come_back_with_a_report() -> None:
    stored = decode("k", encode("k", a_report()))
    assert stored == Stored(a_report(), EXPIRES, encoding.json_length(a_report()))


def test_the_end_of_its_time_cannot_be_moved_unnoticed() -> None:
    raw = bytearray(encode("k", a_report()))
    raw[20:28] = (EXPIRES + 1).to_bytes(8, "big")
    assert decode("k", bytes(raw)) is None


def test_a_body_that_inflates_without_end_is_a_miss_and_takes_little_memory() -> None:
    body = zlib.compress(b" " * (20 * LONGEST), level=1)
    rest = bytes(8) + body
    raw = encoding._shape() + encoding._checksum("k", rest) + rest
    tracemalloc.start()
    assert decode("k", raw) is None
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 * LONGEST


def test_a_report_that_is_too_long_is_refused() -> None:
    with pytest.raises(ValueError, match="more than"):
        encode("k", a_report(reason="x" * (LONGEST + 1)))
