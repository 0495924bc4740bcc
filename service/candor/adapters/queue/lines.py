"""Who is next, among the jobs that wait in this process."""

from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field

from candor.domain.jobs.values import JobRecord, Priority


@dataclass(slots=True)
class _Line:
    """Tenants in turn, and the jobs of each in order."""

    tenants: OrderedDict[str, deque[str]] = field(default_factory=OrderedDict)

    def put(self, tenant: str, name: str) -> None:
        self.tenants.setdefault(tenant, deque()).append(name)

    def take(self) -> str | None:
        if not self.tenants:
            return None
        tenant, line = self.tenants.popitem(last=False)
        name = line.popleft()
        if line:
            self.tenants[tenant] = line
        return name


class Lines:
    """One for each priority. Who no longer waits may still stand in one."""

    def __init__(self) -> None:
        self._lines = {priority: _Line() for priority in Priority}
        self._asked = 0

    def put(self, record: JobRecord) -> None:
        self._lines[record.priority].put(record.tenant, record.id)

    def take(self, waits: Callable[[str], bool]) -> str | None:
        """The name of the next one that `waits`."""
        for priority in self._order():
            while (name := self._lines[priority].take()) is not None:
                if waits(name):
                    return name
        return None

    def _order(self) -> tuple[Priority, ...]:
        """Mostly the highest first; every tenth job begins with the lowest, every fifth with the
        middle, so that none waits for ever."""
        self._asked += 1
        low, normal, high = Priority.LOW, Priority.NORMAL, Priority.HIGH
        order = {0: (low, normal, high), 5: (normal, high, low)}
        return order.get(self._asked % 10, (high, normal, low))
