"""The tables of the job store; `migrations/` brings an older file to them."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)

metadata = MetaData()

jobs = Table(
    "jobs",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("project", String(80), nullable=False, index=True),
    Column("state", String(16), nullable=False, index=True),
    Column("created_at", Float, nullable=False, index=True),
    Column("document", JSON, nullable=False),
    # Who drives the job: a server is told apart from a later one with the same pid by its start.
    Column("server_pid", Integer, nullable=False),
    Column("server_started", Float, nullable=False),
    # {pid, started, socket, token} while a worker lives; the file is readable by its owner only.
    Column("worker", JSON),
    # What was asked for: what a rerun, a resume after a restart and an adoption start from.
    Column("request", JSON),
    # When the row last changed: how another server of the same user learns of it.
    Column("updated_at", Float, nullable=False, index=True),
    # Those that have ended are kept, and read at a server's start, however old they are.
    Column("pinned", Boolean, nullable=False, server_default="0"),
)

job_events = Table(
    "job_events",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("job", String(32), nullable=False, index=True),
    Column("time", Float, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("message", Text, nullable=False),
    Column("cause", String(32), nullable=False),
)

projects = Table(
    "projects",
    metadata,
    Column("name", String(80), primary_key=True),
    Column("created_at", Float, nullable=False),
)

# What one server asks of the server that drives a job, and its answer.
commands = Table(
    "commands",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("job", String(32), nullable=False, index=True),
    Column("verb", String(16), nullable=False),
    Column("body", JSON, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("answer", JSON),
)

# Who may use how much of which device, and who waits for it; see `ledger`.
grants = Table(
    "grants",
    metadata,
    Column("job", String(32), primary_key=True),
    Column("device", String(80), primary_key=True),
    Column("name", String(80), nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("simulated", Boolean, nullable=False),
    Column("server_pid", Integer, nullable=False),
    Column("server_started", Float, nullable=False),
)

asks = Table(
    "asks",
    metadata,
    Column("job", String(32), primary_key=True),
    Column("since", Float, nullable=False),
    Column("passed", Integer, nullable=False),
    Column("name", String(80), nullable=False),
    Column("need", BigInteger, nullable=False),
    Column("resource", String(120), nullable=False),
    Column("prefer_cpu", Boolean, nullable=False),
    Column("aside", BigInteger, nullable=False, server_default="0"),
    Column("server_pid", Integer, nullable=False),
    Column("server_started", Float, nullable=False),
)

# The most memory that jobs of one kind have held; corrects the next estimate.
peaks = Table(
    "peaks",
    metadata,
    Column("key", String(512), primary_key=True),
    Column("bytes", BigInteger, nullable=False),
    Column("updated_at", Float, nullable=False),
)

chats = Table(
    "chats",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("job", String(32), nullable=False, index=True),
    Column("updated_at", Float, nullable=False, index=True),
    Column("document", JSON, nullable=False),
)

turns = Table(
    "turns",
    metadata,
    Column("chat", String(32), primary_key=True),
    Column("n", Integer, primary_key=True),
    Column("document", JSON, nullable=False),
    # Which server has it written, and whether another one wants it stopped.
    Column("server_pid", Integer, nullable=False),
    Column("server_started", Float, nullable=False),
    Column("stop", Boolean, nullable=False),
)
