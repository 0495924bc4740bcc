"""The tables, as they are after the last migration. Times are microseconds since 1970, UTC."""

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

metadata = MetaData()

verdicts = Table(
    "verdicts",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("policy", String(64), nullable=False),
    Column("policy_version", String(64), nullable=False),
    Column("model", String(200), nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("action", String(16), nullable=False),
    Column("score", Float),
    Column("decided_by", String(64)),
    Column("cache", String(16), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("groups", Text, nullable=False),  # by spaces
    Column("detail", Text, nullable=False),  # JSON: see rows.py
    Column("features", LargeBinary),
    Column("ticket", String(32)),
    Column("tenant", String(64), nullable=False, server_default="default"),
    Index("verdicts_newest", "at", "id"),
    Index("verdicts_policy_newest", "policy", "at", "id"),
    Index("verdicts_tenant_newest", "tenant", "at", "id"),
)

contents = Table(
    "contents",
    metadata,
    Column("verdict_id", String(64), ForeignKey("verdicts.id"), primary_key=True),
    Column("exchange", Text, nullable=False),  # JSON: see rows.py
    Column("expires", BigInteger, nullable=False),
    Index("contents_expires", "expires"),
)

content_images = Table(
    "content_images",
    metadata,
    Column("verdict_id", String(64), ForeignKey("verdicts.id"), primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("data", LargeBinary, nullable=False),
)

reviews = Table(
    "reviews",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("verdict_id", String(64), ForeignKey("verdicts.id"), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("label", String(16), nullable=False),
    Column("category", String(16)),
    Column("note", Text, nullable=False),
    Column("reviewer", String(200), nullable=False),
    Index("reviews_of_verdict", "verdict_id", "number"),
)

# What came of an audit may be written before the verdict that was drawn, or without it.
audits = Table(
    "audits",
    metadata,
    Column("ticket", String(32), primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("tier", String(64), nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("score", Float),
    Column("decided_by", String(64)),
    Column("weight", Float, nullable=False),
    Index("audits_newest", "at"),
)

BELONGINGS = (content_images, contents, reviews)
"""What goes before the verdict it belongs to."""
