"""Where in Redis the lease of one piece of work is."""

import hashlib
from collections.abc import Sequence
from typing import Any

from candor.adapters.redis import Client, Connection

AREA = "candor:lease:v1:"
CHANNEL = f"{AREA}process:"
"""Followed by the name of the process that listens."""
REMEMBERED_MS = 60_000
"""How long tokens and who waits are remembered after the last sign of life: a holder that was
silent for longer, and whose work nobody does or has done since, may still hand it over."""


class Place:
    """`name` is short, and the same for the same key in the whole fleet."""

    def __init__(self, key: str) -> None:
        self.key = key
        self.name = hashlib.blake2b(key.encode(), digest_size=16).hexdigest()
        # The braces keep all four in one slot of a cluster.
        kinds = ("held", "last", "told", "waiting")
        self._keys = [f"{AREA}{{{self.name}}}:{kind}" for kind in kinds]

    async def run(
        self,
        connection: Connection,
        script: str,
        given: Sequence[str | int] | Sequence[str | bytes | int],
        *,
        optional: bool = False,
    ) -> Any:
        """`optional` as in `Connection.run`. Raises: RedisUnavailable."""

        async def call(client: Client) -> Any:
            return await client.register_script(script)(keys=self._keys, args=given)

        return await connection.run(call, optional=optional)
