"""What came of audits, and which verdicts were drawn for one."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_TICKET = sa.String(32)


def upgrade() -> None:
    op.add_column("verdicts", sa.Column("ticket", _TICKET))
    op.create_table(
        "audits",
        sa.Column("ticket", _TICKET, primary_key=True),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("tier", sa.String(64), nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("score", sa.Float),
        sa.Column("decided_by", sa.String(64)),
        sa.Column("weight", sa.Float, nullable=False),
    )
    op.create_index("audits_newest", "audits", ["at"])


def downgrade() -> None:
    op.drop_table("audits")
    op.drop_column("verdicts", "ticket")
