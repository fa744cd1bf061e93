"""Requests for reruns, causes of events, projects, commands between servers, writers of turns."""

import sqlalchemy as sa
from alembic import op

revision = "002"
down_revision = "001"


def upgrade() -> None:
    """Add columns and tables."""
    op.add_column("jobs", sa.Column("request", sa.JSON))
    op.add_column("jobs", sa.Column("updated_at", sa.Float, nullable=False, server_default="0"))
    op.create_index("ix_jobs_updated_at", "jobs", ["updated_at"])
    op.add_column(
        "job_events", sa.Column("cause", sa.String(32), nullable=False, server_default="")
    )
    for name, kind in (("server_pid", sa.Integer), ("server_started", sa.Float)):
        op.add_column("turns", sa.Column(name, kind, nullable=False, server_default="0"))
    op.add_column("turns", sa.Column("stop", sa.Boolean, nullable=False, server_default="0"))
    op.create_table(
        "projects",
        sa.Column("name", sa.String(80), primary_key=True),
        sa.Column("created_at", sa.Float, nullable=False),
    )
    op.create_table(
        "commands",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("job", sa.String(32), nullable=False, index=True),
        sa.Column("verb", sa.String(16), nullable=False),
        sa.Column("body", sa.JSON, nullable=False),
        sa.Column("created_at", sa.Float, nullable=False),
        sa.Column("answer", sa.JSON),
    )


def downgrade() -> None:
    """Take them away."""
    op.drop_table("commands")
    op.drop_table("projects")
    for name in ("stop", "server_started", "server_pid"):
        op.drop_column("turns", name)
    op.drop_column("job_events", "cause")
    op.drop_index("ix_jobs_updated_at", "jobs")
    op.drop_column("jobs", "updated_at")
    op.drop_column("jobs", "request")
