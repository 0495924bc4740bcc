"""One send of one delivery."""

import asyncio
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from candor.adapters.net import NotReached, Refused
from candor.adapters.webhooks import message
from candor.adapters.webhooks.config import WebhooksConfig
from candor.adapters.webhooks.destinations import inside
from candor.adapters.webhooks.posting import Post
from candor.domain.errors import InvalidExchange
from candor.domain.jobs.deliveries import Again, Delivered, Delivery, GivenUp, Settled
from candor.domain.jobs.ports import Destinations
from candor.domain.jobs.signing import signature

# Answers after which the same event will not fare better.
_FINAL = frozenset({400, 401, 403, 404, 405, 410, 413, 415, 422})


@dataclass(frozen=True, slots=True)
class HttpSender:
    """Follows no redirects and reads no answer's body: its status is all that counts.

    `outside` reaches what `hosts` lists, `inside` what `http_hosts` lists.
    """

    outside: Post
    inside: Post
    destinations: Destinations
    config: WebhooksConfig
    now: Callable[[], float] = time.time
    chance: Callable[[], float] = random.random

    async def send(self, delivery: Delivery) -> Settled:
        if delivery.tries > self.config.max_tries:
            return GivenUp("its senders went down, or the receiver did not answer, too often")
        try:
            self.destinations.check(delivery.url)
        except InvalidExchange as exc:
            return GivenUp(str(exc))
        try:
            async with asyncio.timeout(self.config.timeout_seconds):
                status = await self._post(delivery)
        except Refused as exc:
            return GivenUp(str(exc))
        except NotReached as exc:
            return self._again(delivery, str(exc), in_doubt=exc.heard)
        except TimeoutError:
            # It may have heard us out before it fell silent.
            return self._again(delivery, "the host took too long", in_doubt=True)
        return self._read(delivery, status)

    async def _post(self, delivery: Delivery) -> int:
        body = message.body(delivery)
        way = self.inside if inside(delivery.url, self.config) else self.outside
        return await way.post(delivery.url, body, self._headers(delivery, body))

    def _headers(self, delivery: Delivery, body: bytes) -> Mapping[str, str]:
        told = {
            "content-type": "application/json",
            "candor-signature": signature(self.config.keys, int(self.now()), body),
            "candor-event-id": delivery.event_id,
            "candor-delivery-id": delivery.id,
        }
        if delivery.generation > 1:
            told["candor-redelivery-of"] = f"{delivery.event_id}.{delivery.generation - 1}"
        return told

    def _read(self, delivery: Delivery, status: int) -> Settled:
        if 200 <= status < 300:
            return Delivered()
        if status in _FINAL or 300 <= status < 400:
            return GivenUp(f"the receiver answered {status}")
        return self._again(delivery, f"status {status}", in_doubt=False)

    def _again(self, delivery: Delivery, what: str, *, in_doubt: bool) -> Settled:
        if delivery.tries >= self.config.max_tries:
            return GivenUp(f"{what} after {delivery.tries} tries")
        longest = self.config.backoff_seconds * 2 ** (delivery.tries - 1)
        pause = min(longest, self.config.max_backoff_seconds)
        # Between half and all of it, so that what failed together does not return together.
        return Again(pause * (0.5 + self.chance() / 2), in_doubt)
