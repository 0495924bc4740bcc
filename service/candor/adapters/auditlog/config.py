"""Settings of the audit log."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from candor.adapters.auditlog.chain import Digests
from candor.adapters.auditlog.files import ChainFiles, Fsync, Upkeep
from candor.adapters.auditlog.tally import AuditLogTally
from candor.adapters.auditlog.writer import Bounds, Writer
from candor.domain.errors import ConfigError
from candor.domain.trail import NoTrail, Trail


class AuditLogConfig(BaseModel):
    """Writes down who asked and what they were told, in files whose lines hold each other.
    Without a folder, nothing is."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    folder: Path | None = Field(
        None, description="Each process has its own files in it. It must be there."
    )
    key: SecretStr | None = Field(
        None,
        min_length=16,
        description="Key of the lines' digests (HMAC): without it, whoever can write the files "
        "can work out the whole chain anew. Better from the environment.",
    )
    on_failure: Literal["open", "closed"] = Field(
        "open",
        description="`open`: requests never wait, and are answered when nothing can be written; "
        "what is lost is counted. `closed`: nothing is answered that is not written down.",
    )
    wait_ms: int = Field(
        250,
        gt=0,
        le=60_000,
        description="`closed` alone: most time that a request waits for its line; then it gets "
        "503.",
    )
    max_waiting: int = Field(
        10_000, gt=0, description="Lines that wait to be written; beyond that they are lost."
    )
    max_bytes: int = Field(
        64 * 2**20, ge=4096, description="A file that has grown so long is followed by the next."
    )
    fsync: Fsync = Field(
        "interval",
        description="When lines are made to outlive a power cut: `always` (before the answer "
        "where on_failure is closed), `interval`, or `never` (left to the system).",
    )
    fsync_seconds: float = Field(
        1.0, gt=0, le=3600, allow_inf_nan=False, description="For `interval`."
    )
    flush_seconds: float = Field(
        5, ge=0, allow_inf_nan=False, description="Time at shut-down for what is still in line."
    )

    @property
    def digests(self) -> Digests:
        return Digests(self.key.get_secret_value().encode() if self.key else b"")

    @asynccontextmanager
    async def open(self, tally: AuditLogTally = AuditLogTally()) -> AsyncIterator[Trail]:  # noqa: B008 # frozen
        """Raises: ConfigError when the folder cannot be written to."""
        if self.folder is None:
            yield NoTrail()
            return
        upkeep = Upkeep(self.max_bytes, self.fsync, self.fsync_seconds)
        files = ChainFiles(self.folder, self.digests, upkeep)
        bounds = Bounds(self.max_waiting, self.wait_ms / 1000, self.flush_seconds)
        writer = Writer(files, self.on_failure == "closed", bounds, tally)
        try:
            await writer.begin()
        except OSError as exc:
            raise ConfigError(f"audit_log.folder: cannot write to {self.folder}: {exc}") from exc
        async with writer.running():
            yield writer
