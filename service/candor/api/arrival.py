"""What stands in a request's headers that is looked at in front of the routes: read once."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from candor.api.v1 import deadlines

Header = tuple[bytes, bytes]

_ID = b"x-request-id"
_LENGTH = b"content-length"
_FORM = b"content-type"
_ENCODING = b"content-encoding"
_IN_PIECES = b"transfer-encoding"
_CREDENTIALS = frozenset({b"authorization", b"x-api-key"})
_LOOKED_AT = frozenset(
    {_ID, _LENGTH, _FORM, _ENCODING, _IN_PIECES, *_CREDENTIALS, *deadlines.NAMES}
)
_SANE_ID = re.compile(rb"[A-Za-z0-9._-]{1,128}")


@dataclass(slots=True)
class Arrival:
    """Of a header that comes twice, the first counts; of ids, the first that is sane.

    `length` is None where nobody said how long the body is, `form` its media type as it came;
    `hurried`: a header says how long the caller will wait.
    """

    request_id: str = ""
    length: int | None = None
    form: bytes | None = None
    encoding: bytes | None = None
    in_pieces: bool = False
    hurried: bool = False
    credentials: list[Header] = field(default_factory=list)

    @classmethod
    def of(cls, headers: Iterable[Header]) -> "Arrival":
        arrival = cls()
        for header in headers:
            if header[0] in _LOOKED_AT:
                arrival._note(header)
        return arrival

    def _note(self, header: Header) -> None:
        name, value = header
        if name == _FORM:
            self.form = value if self.form is None else self.form
        elif name == _LENGTH:
            if self.length is None and value.isdigit():
                self.length = int(value)
        elif name == _ID:
            if not self.request_id and _SANE_ID.fullmatch(value):
                self.request_id = value.decode("ascii")
        elif name == _ENCODING:
            self.encoding = value if self.encoding is None else self.encoding
        elif name == _IN_PIECES:
            self.in_pieces = True
        elif name in _CREDENTIALS:
            self.credentials.append(header)
        else:
            self.hurried = True

    @property
    def length_is_certain(self) -> bool:
        """The server hands out no more than was announced."""
        return self.length is not None and not self.in_pieces
