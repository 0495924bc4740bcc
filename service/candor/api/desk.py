"""Where jobs are handed in."""

from dataclasses import dataclass, field

from candor.domain.errors import JobsOff
from candor.domain.jobs.limits import JobLimits
from candor.domain.jobs.ports import Destinations, JobQueue, Submissions


@dataclass(frozen=True, slots=True)
class Desk:
    """`submissions` is None where no jobs are taken."""

    submissions: JobQueue | None
    destinations: Destinations
    limits: JobLimits = field(default_factory=JobLimits)

    @property
    def queue(self) -> Submissions:
        """Raises: JobsOff."""
        if self.submissions is None:
            raise JobsOff("several processes would each have jobs of their own")
        return self.submissions
