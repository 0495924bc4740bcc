"""The schema's version, and how a database gets there (Alembic)."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, text

from candor.domain.errors import LedgerUnavailable

HEAD = "0003"
"""The last migration, which `tables.py` describes."""

_VERSION_TABLE = "candor_ledger_version"
# Any number will do, as long as nobody else takes it.
_LOCK = 0x63616E646F72


def scripts() -> Config:
    config = Config()
    folder = str(Path(__file__).parent / "migrations")
    config.set_main_option("script_location", folder.replace("%", "%%"))
    return config


def migrate(connection: Connection) -> str:
    """Up to `HEAD`, inside the transaction that the connection is in."""
    if connection.dialect.name == "postgresql":
        # Several replicas may start at once: one migrates, the others wait and find it done.
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    config = scripts()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    return HEAD


def check(connection: Connection) -> None:
    """Raises: LedgerUnavailable when the database has another schema, or none yet."""
    options = {"version_table": _VERSION_TABLE}
    found = MigrationContext.configure(connection, opts=options).get_current_revision()
    if found != HEAD:
        raise LedgerUnavailable(
            f"the ledger's schema is {found or 'not there'}, this Candor works with {HEAD}: run "
            "`candor ledger migrate`"
        )
