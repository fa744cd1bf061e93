"""What a job asks for of the CPU's memory, beside its GPUs."""

import sqlalchemy as sa
from alembic import op

revision = "004"
down_revision = "003"


def upgrade() -> None:
    """Add it."""
    op.add_column("asks", sa.Column("aside", sa.BigInteger, nullable=False, server_default="0"))


def downgrade() -> None:
    """Take it away."""
    op.drop_column("asks", "aside")
