"""Why a pod gets no Candor although it was asked for."""

from collections.abc import Sequence

from candor.domain.errors import CandorError


class Unreadable(CandorError):
    """What came is no AdmissionReview of a pod that we can read."""


class BadAnnotation(CandorError):
    """The pod's annotations ask for something that cannot be; each mistake is a sentence."""

    def __init__(self, mistakes: Sequence[str]) -> None:
        super().__init__("; ".join(mistakes))


class Unfit(CandorError):
    """The pod is of a kind that Candor cannot be put into."""


class ClusterUnavailable(CandorError):
    """The API server did not do what it was asked."""


class Conflict(ClusterUnavailable):
    """Somebody else changed the object in between: read it again."""
