"""What can be told of settings without serving."""

from collections.abc import Mapping

from candor.adapters.cache.memory import MemoryCache, MemoryCacheConfig
from candor.adapters.identity import open_identity
from candor.adapters.vlm.late_http import open_late_http
from candor.building import Ground, build
from candor.domain.fleet import Alone
from candor.domain.vision.pool import Pool
from candor.settings import Settings
from candor.wiring.parts import open_parts
from candor.wiring.sight import instruments_of


async def fingerprints(settings: Settings) -> Mapping[str, str]:
    """Of every policy, without opening what verdicts are kept in.

    Raises: ConfigError.
    """
    work = settings.work
    async with open_late_http() as http, Pool(work.threads, work.max_waiting) as pool:
        reader = settings.ocr.build(pool)
        instruments = instruments_of(settings, pool, reader)
        ground = Ground(http, pool, MemoryCache(MemoryCacheConfig()), reader, instruments, Alone())
        return build(settings, ground).versions


async def verify(settings: Settings) -> None:
    """Build everything that `serve` would, and close it again.

    Raises: ConfigError.
    """
    settings.ledger.check()
    names = settings.tenant_names
    async with open_parts(settings), open_identity(settings.auth, names):
        pass
