"""Whose verdict it is."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    # What was written before there were tenants belongs to the one that everybody was.
    tenant = sa.Column("tenant", sa.String(64), nullable=False, server_default="default")
    op.add_column("verdicts", tenant)
    op.create_index("verdicts_tenant_newest", "verdicts", ["tenant", "at", "id"])


def downgrade() -> None:
    op.drop_index("verdicts_tenant_newest", "verdicts")
    op.drop_column("verdicts", "tenant")
