"""What is done in Redis in one go: Lua, each script with the prelude in front."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, cast

from redis.exceptions import NoScriptError

from candor.adapters.redis import Client

NAMES = (
    "append",
    "cancel",
    "cancel_batch",
    "chore",
    "claim",
    "drop",
    "due",
    "expire",
    "finish",
    "give_back",
    "keep",
    "open_batch",
    "seal",
    "settle",
    "submit",
)
Argument = str | bytes | int | float


@dataclass(frozen=True, slots=True)
class Script:
    source: str
    digest: str

    async def run(self, client: Client, prefix: str, *arguments: Argument) -> Any:
        """Raises: RedisError."""
        try:
            return await cast(Any, client.evalsha(self.digest, 1, prefix, *arguments))
        except NoScriptError:
            # A server that was restarted, or another node of a cluster, has not seen it yet.
            return await cast(Any, client.eval(self.source, 1, prefix, *arguments))


def load() -> Mapping[str, Script]:
    folder = files("candor.adapters.queue") / "lua"
    prelude = (folder / "prelude.lua").read_text(encoding="utf-8")
    sources = {n: prelude + (folder / f"{n}.lua").read_text(encoding="utf-8") for n in NAMES}
    return {name: Script(source, _digest(source)) for name, source in sources.items()}


def _digest(source: str) -> str:
    # As Redis names scripts.
    return hashlib.sha1(source.encode(), usedforsecurity=False).hexdigest()
