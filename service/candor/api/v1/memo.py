"""Requests whose very bytes are known, so that they need not be parsed and digested again.

What is remembered here is what a body *says*, never a verdict: that is looked up in the verdict
cache each time, under the policy that is in charge at that moment.
"""

import os
from collections import OrderedDict
from dataclasses import dataclass

from blake3 import blake3

from candor.api.v1.prepared import Prepared
from candor.api.v1.recording import About
from candor.domain.monitor import Wishes


@dataclass(slots=True)
class Known:
    """What a body was found to say. `model` is the monitored model's label.

    `prepared` is the answer to its last verdict: good for that very report and no other.
    """

    about: About
    wishes: Wishes
    model: str
    prepared: Prepared | None = None


class Memo:
    """For one process. The least recently used go first.

    Keys are keyed BLAKE3 of the body with a secret of this process: nobody outside can make
    two bodies that are taken for each other, nor look for one that is taken for somebody
    else's. They never leave the process. (SHA-256 takes four times as long for an image.)
    """

    __slots__ = ("_entries", "_secret")

    def __init__(self) -> None:
        self._secret = os.urandom(32)
        self._entries: OrderedDict[bytes, Known] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def hasher(self, tenant: str) -> blake3:
        """Feed it the body. Tenants never share an entry: each has a key of its own."""
        if not tenant:
            return blake3(key=self._secret)
        return blake3(key=blake3(tenant.encode(), key=self._secret).digest())

    def find(self, key: bytes) -> Known | None:
        known = self._entries.get(key)
        if known is not None:
            self._entries.move_to_end(key)
        return known

    def keep(self, key: bytes, known: Known, most: int) -> None:
        """`most` entries are kept; 0: none."""
        self._entries[key] = known
        self._entries.move_to_end(key)
        while len(self._entries) > most:
            self._entries.popitem(last=False)
