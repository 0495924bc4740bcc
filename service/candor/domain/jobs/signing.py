"""Signatures of webhooks: HMAC-SHA256 over the time and the body.

`candor-signature: t=1767225600,v1=<hex>,v1=<hex>`: one `v1` for every secret in use, so that
secrets can be changed without a gap.
"""

import hashlib
import hmac
from collections.abc import Sequence

REPLAY_SECONDS = 300


def signature(secrets: Sequence[bytes], timestamp: int, body: bytes) -> str:
    """The header's value. `timestamp` is in seconds since 1970, the time of this very send."""
    return ",".join([f"t={timestamp}", *(f"v1={_mac(s, str(timestamp), body)}" for s in secrets)])


def verify(
    header: str, body: bytes, secrets: Sequence[bytes], now: float, window: int = REPLAY_SECONDS
) -> bool:
    """What a receiver should do: one of its secrets fits, and the send is at most `window`
    seconds old (or ahead of its clock)."""
    parts = [part.partition("=") for part in header.split(",")]
    timestamp = next((value for name, _, value in parts if name.strip() == "t"), "")
    if not (timestamp.isascii() and timestamp.isdigit()) or abs(now - int(timestamp)) > window:
        return False
    given = [value for name, _, value in parts if name.strip() == "v1"]
    expected = [_mac(secret, timestamp, body) for secret in secrets]
    return any(_same(g, e) for g in given for e in expected)


def _mac(secret: bytes, timestamp: str, body: bytes) -> str:
    return hmac.new(secret, timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(), expected.encode())
