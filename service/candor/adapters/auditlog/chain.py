"""Lines that hold each other: each carries a digest over itself and the one before.

A line is a JSON object in ASCII, keys in order, without blanks. Its last key is `hash`: of the
previous line's hash (64 zeros for the first) and all bytes of the line before `,"hash":`. It is
SHA-256, or HMAC-SHA-256 where there is a key: then nobody without it can make a line, let alone
the whole chain anew.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass

START = "0" * 64
_MARK = b',"hash":"'
_END = b'"}'
HASH_LENGTH = 64


@dataclass(frozen=True, slots=True)
class Digests:
    """How lines are proven; without a key by what everybody can work out."""

    key: bytes = b""

    @property
    def name(self) -> str:
        return "hmac-sha256" if self.key else "sha256"

    def of(self, *parts: bytes) -> str:
        data = b"".join(parts)
        if self.key:
            return hmac.new(self.key, data, "sha256").hexdigest()
        return hashlib.sha256(data).hexdigest()


@dataclass(frozen=True, slots=True)
class Place:
    """Behind a line of a chain: its number, from 0, and its hash. -1 is before the first."""

    seq: int = -1
    hash: str = START


@dataclass(frozen=True, slots=True)
class Line:
    """One line as it was read. `whole`: its hash is that of what it says."""

    seq: int
    chain: str
    event: str
    prev: str
    hash: str
    whole: bool


def written(fields: Mapping[str, object], before: Place, digests: Digests) -> tuple[bytes, Place]:
    """The next line, with its end, and the place behind it."""
    seq = before.seq + 1
    body = _canonical({**fields, "seq": seq, "prev": before.hash})[:-1]
    proof = digests.of(before.hash.encode(), body)
    return body + _MARK + proof.encode() + _END + b"\n", Place(seq, proof)


def read(raw: bytes, digests: Digests) -> Line | None:
    """None for what is no line of an audit log; `raw` is without its end."""
    body, mark, rest = raw.rpartition(_MARK)
    if not mark or len(rest) != HASH_LENGTH + len(_END) or not rest.endswith(_END):
        return None
    try:
        told = json.loads(body + b"}")
        line = Line(
            int(told["seq"]),
            str(told["chain"]),
            str(told["event"]),
            str(told["prev"]),
            rest[:HASH_LENGTH].decode("ascii"),
            whole=False,
        )
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    whole = hmac.compare_digest(digests.of(line.prev.encode(), body), line.hash)
    return Line(line.seq, line.chain, line.event, line.prev, line.hash, whole)


# The head: how far a chain goes. Kept beside its files, so that an end that is cut off is missed.

HEAD_BYTES = 256


@dataclass(frozen=True, slots=True)
class Head:
    chain: str
    place: Place


def written_head(head: Head, digests: Digests) -> bytes:
    """Always of the same length: writing it again takes no room on the disk."""
    told = _canonical({"chain": head.chain, "hash": head.place.hash, "seq": head.place.seq})
    line = told[:-1] + b',"proof":"' + digests.of(b"head", told).encode() + _END
    return line.ljust(HEAD_BYTES - 1) + b"\n"


def read_head(raw: bytes, digests: Digests) -> Head | None:
    """None for what was not written with this key."""
    try:
        told = json.loads(raw)
        head = Head(str(told["chain"]), Place(int(told["seq"]), str(told["hash"])))
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return head if hmac.compare_digest(written_head(head, digests), raw) else None


def _canonical(fields: Mapping[str, object]) -> bytes:
    return json.dumps(fields, sort_keys=True, separators=(",", ":")).encode("ascii")
