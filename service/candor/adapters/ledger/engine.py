"""A connection to the database, and its errors in our words."""

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import asyncpg
from alembic.util.exc import CommandError
from sqlalchemy import URL, event
from sqlalchemy.exc import (
    DataError,
    DBAPIError,
    IntegrityError,
    SQLAlchemyError,
    StatementError,
)
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from candor.adapters.ledger.config import SqlLedgerConfig
from candor.domain.errors import LedgerUnavailable, RecordRefused, RecordUnwritable

# SQLSTATE classes by which PostgreSQL refuses the data themselves: data exception, integrity
# constraint violation, program limit exceeded.
_DATA_AT_FAULT = ("22", "23", "54")
# SQLSTATE classes that speak of the connection, the server or its set-up: it passes, or somebody
# sees to it. Transaction state (read-only after a fail-over), authorisation, no such database,
# rollback (deadlock), access rule (no such table, no privilege), resources, object in use,
# operator, system, configuration.
_PASSES = ("08", "25", "28", "3D", "40", "42", "53", "55", "57", "58", "F0")
_LIBRARIES = (
    SQLAlchemyError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    sqlite3.Error,
    CommandError,
    OSError,
)


def create(config: SqlLedgerConfig) -> AsyncEngine:
    """Connects when it is first asked, so that the database may come up later than we do."""
    # What is written may be content: at DEBUG this library logs all of it.
    logging.getLogger("aiosqlite").setLevel(logging.INFO)
    if config.path is None:
        # A connection that died while it was idle is replaced before it is used.
        return create_async_engine(
            _postgresql(config), pool_size=4, pool_pre_ping=True, hide_parameters=True
        )
    url = URL.create("sqlite+aiosqlite", database=str(config.path))
    engine = create_async_engine(url, hide_parameters=True)
    event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    return engine


def _postgresql(config: SqlLedgerConfig) -> URL:
    parts = urlsplit(config.url or "")
    return URL.create(
        "postgresql+asyncpg",
        username=config.username,
        password=config.password.get_secret_value() if config.password else None,
        host=parts.hostname,
        port=parts.port,
        database=unquote(parts.path.strip("/")),
        query=dict(parse_qsl(parts.query)),
    )


def _prepare_sqlite(connection: Any, _: object) -> None:
    """WAL: readers and the writer do not wait for each other. With NORMAL a crash of the machine
    may lose the last verdicts, never the file."""
    cursor = connection.cursor()
    for pragma in ("busy_timeout=3000", "journal_mode=WAL", "synchronous=NORMAL"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


@asynccontextmanager
async def answering(config: SqlLedgerConfig) -> AsyncIterator[None]:
    """Bounds what is inside in time. Raises: LedgerUnavailable, RecordRefused, RecordUnwritable;
    their messages leave out what the database says, for it quotes what it was sent."""
    try:
        async with asyncio.timeout(config.timeout_seconds):
            yield
    except _LIBRARIES as exc:
        raise _kind(exc)(
            f"the ledger in {config.where} failed with {_name(exc)}; it was given"
            f" {config.timeout_seconds:g} s"
        ) from exc
    except ValueError as exc:
        raise RecordRefused("a record cannot be written, or read, as JSON") from exc


def _kind(exc: Exception) -> type[LedgerUnavailable]:
    if isinstance(exc, DataError | IntegrityError):
        return RecordRefused
    if isinstance(exc, DBAPIError) and exc.connection_invalidated:
        return LedgerUnavailable
    origin = exc.orig if isinstance(exc, DBAPIError) else exc
    state = str(getattr(origin, "sqlstate", None) or "")
    if state.startswith(_DATA_AT_FAULT):
        return RecordRefused
    puzzles = state and not state.startswith(_PASSES)
    # Without a state it never reached the database, unless it was about reaching it.
    never_sent = isinstance(exc, StatementError) and not isinstance(exc, DBAPIError)
    return RecordUnwritable if puzzles or never_sent else LedgerUnavailable


def _name(exc: Exception) -> str:
    """The driver's own error says more than the one that is wrapped around it."""
    origin = exc.orig if isinstance(exc, DBAPIError) else None
    cause = getattr(origin, "__cause__", None) or origin or exc
    return type(cause).__name__
