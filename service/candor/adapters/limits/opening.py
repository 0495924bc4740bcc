"""Opens what counts, where anything is counted."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from candor.domain.quotas import Quota, Quotas, Unlimited

if TYPE_CHECKING:
    from candor.adapters.redis import Connection


@asynccontextmanager
async def open_quotas(
    quotas: Mapping[str, tuple[Quota, ...]],
    default: tuple[Quota, ...],
    connection: "Connection | None",
    alone: Callable[[], object],
) -> AsyncIterator[Quotas]:
    """`connection`: the fleet counts together there; `alone` hears of each time it could not."""
    if not default and not any(quotas.values()):
        yield Unlimited()
        return
    # Not loaded where nobody has a limit.
    from candor.adapters.limits.counted import open_counted  # noqa: PLC0415

    async with open_counted(quotas, default, connection) as counted:
        counted.alone = alone
        yield counted
