"""Jobs that somebody wants to keep."""

import sqlalchemy as sa
from alembic import op

revision = "005"
down_revision = "004"


def upgrade() -> None:
    """Add the mark; no job has it yet."""
    op.add_column("jobs", sa.Column("pinned", sa.Boolean, nullable=False, server_default="0"))


def downgrade() -> None:
    """Take it away."""
    op.drop_column("jobs", "pinned")
