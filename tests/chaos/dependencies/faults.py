"""What networks and servers do to a reply, whoever sent it."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.faulty_proxy import Mode

Lie = Callable[[bytes], bytes]


@dataclass(frozen=True)
class Fault:
    """`lie` makes another reply of the true one. `silent`: whoever asks has to give up waiting."""

    name: str
    mode: Mode
    lie: Lie = bytes
    silent: bool = False
    flood: bytes = b" "
    hangs_up: bool = True

    def __str__(self) -> str:
        return self.name


def says(body: bytes, status: str = "200 OK", kind: str = "application/json") -> Lie:
    """An HTTP reply with this body."""
    head = f"HTTP/1.1 {status}\r\ncontent-type: {kind}\r\nconnection: close\r\n"
    return lambda _: f"{head}content-length: {len(body)}\r\n\r\n".encode() + body


def _body(reply: bytes) -> bytes:
    return reply.partition(b"\r\n\r\n")[2]


def _with_length(reply: bytes, length: int) -> bytes:
    head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n"
    return f"{head}content-length: {length}\r\n\r\n".encode() + _body(reply)


def _in_utf_16(reply: bytes) -> bytes:
    text = _body(reply).decode()
    return says(text.encode("utf-16"), kind="application/json; charset=utf-16")(b"")


def _not_in_utf_8(reply: bytes) -> bytes:
    body = _body(reply)
    at = body.index(b'"') + 1
    return says(body[:at] + b"\xff\xfe" + body[at:])(b"")


REFUSED = Fault("refuses connections", Mode.REFUSE)
HUNG = Fault("never answers", Mode.HANG, silent=True)
SLOW = Fault("answers too late", Mode.SLOW, silent=True)
DRIPS = Fault("answers byte by byte", Mode.DRIP, silent=True)
CUT = Fault("is cut off mid-reply", Mode.CUT)
LONGER = Fault(
    "says a length beyond its body", Mode.LIE, lambda reply: _with_length(reply, 10_000)
)
TLS = Fault("answers in TLS", Mode.LIE, lambda _: b"\x15\x03\x03\x00\x02\x02\x28" * 3)
NOT_HTTP = Fault("answers in no HTTP", Mode.GARBAGE)
FAILS = Fault("answers 500", Mode.LIE, says(b'{"error": "boom"}', "500 Internal Server Error"))
DENIES = Fault("answers 401", Mode.LIE, says(b'{"error": "key"}', "401 Unauthorized"))
LIMITS = Fault("answers 429", Mode.LIE, says(b"{}", "429 Too Many Requests"))
REDIRECTS = Fault(
    "redirects",
    Mode.LIE,
    lambda _: (
        b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\nconnection: close\r\n"
        b"content-length: 0\r\n\r\n"
    ),
)
SHORTER = Fault("says a length within its body", Mode.LIE, lambda reply: _with_length(reply, 9))
NOT_JSON = Fault(
    "answers a page for people", Mode.LIE, says(b"<html>log in</html>", kind="text/html")
)
OTHER_JSON = Fault("answers other JSON", Mode.LIE, says(b'{"surprise": [1, null]}'))
NO_OBJECT = Fault("answers a JSON list", Mode.LIE, says(b"[[[[1]]]]"))
EMPTY = Fault("answers nothing at all", Mode.LIE, says(b""))
ERROR_INSIDE = Fault(
    "answers 200 with an error inside",
    Mode.LIE,
    says(b'{"error": {"message": "boom", "code": 503}}'),
)
UTF_16 = Fault("answers in UTF-16", Mode.LIE, _in_utf_16)
NOT_UTF_8 = Fault("answers in bytes that are no UTF-8", Mode.LIE, _not_in_utf_8)
GZIP = Fault(
    "answers compressed, unasked",
    Mode.LIE,
    lambda _: (
        b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\nconnection: close\r\n"
        b"content-length: 4\r\n\r\n\x1f\x8b\0\0"
    ),
)
ENDLESS = Fault(
    "answers without an end",
    Mode.FLOOD,
    lambda _: b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n",
)
OTHER_TYPE = Fault(
    "says the wrong content type",
    Mode.LIE,
    lambda reply: says(_body(reply), kind="image/gif; charset=utf-7")(b""),
)
