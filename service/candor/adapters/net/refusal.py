"""Why a host outside was not asked, or gave nothing that can be used.

No message holds an address, a URL or anything that the other side sent: callers read them.
"""

from candor.domain.errors import CandorError


class Refused(CandorError):
    """Nothing was sent to where this leads, and it would be the same the next time."""


class NotReached(CandorError):
    """A host that may be asked did not answer as it should.

    `late`: it took too long. `again`: the same request may fare better later. `heard`: it may have
    got the request.
    """

    def __init__(
        self, message: str, *, late: bool = False, again: bool = True, heard: bool = True
    ) -> None:
        super().__init__(message)
        self.late = late
        self.again = again
        self.heard = heard
