"""Grants and the queue for them, shared by all servers; measured peaks."""

import sqlalchemy as sa
from alembic import op

revision = "003"
down_revision = "002"


def upgrade() -> None:
    """Add the ledger."""
    op.create_table(
        "grants",
        sa.Column("job", sa.String(32), primary_key=True),
        sa.Column("device", sa.String(80), primary_key=True),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("bytes", sa.BigInteger, nullable=False),
        sa.Column("simulated", sa.Boolean, nullable=False),
        sa.Column("server_pid", sa.Integer, nullable=False),
        sa.Column("server_started", sa.Float, nullable=False),
    )
    op.create_table(
        "asks",
        sa.Column("job", sa.String(32), primary_key=True),
        sa.Column("since", sa.Float, nullable=False),
        sa.Column("passed", sa.Integer, nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("need", sa.BigInteger, nullable=False),
        sa.Column("resource", sa.String(120), nullable=False),
        sa.Column("prefer_cpu", sa.Boolean, nullable=False),
        sa.Column("server_pid", sa.Integer, nullable=False),
        sa.Column("server_started", sa.Float, nullable=False),
    )
    op.create_table(
        "peaks",
        sa.Column("key", sa.String(512), primary_key=True),
        sa.Column("bytes", sa.BigInteger, nullable=False),
        sa.Column("updated_at", sa.Float, nullable=False),
    )


def downgrade() -> None:
    """Take it away."""
    for name in ("peaks", "asks", "grants"):
        op.drop_table(name)
