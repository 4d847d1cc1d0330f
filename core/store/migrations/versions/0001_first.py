"""The first schema: datasets, runs, batches, feedback and facts."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

OPEN = sa.text("status IN ('queued', 'running', 'cancelling', 'interrupted')")


def upgrade() -> None:
    _datasets()
    _runs()
    _around_runs()
    op.create_table(
        "facts",
        sa.Column("key", sa.String(120), primary_key=True),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.Column("updated_at", sa.DateTime(), nullable=False),
    )


def _datasets() -> None:
    op.create_table(
        "datasets",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("file_name", sa.String(255), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("columns", sa.Integer(), nullable=False),
        sa.Column("parent_id", sa.String(32), sa.ForeignKey("datasets.id")),
        sa.Column("recipe", sa.JSON(), nullable=False),
        sa.Column("reading", sa.JSON(), nullable=False),
        sa.Column("sample", sa.String(60)),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("deleted_at", sa.DateTime()),
    )
    op.create_index("ix_datasets_sha256", "datasets", ["sha256"])


def _runs() -> None:
    op.create_table(
        "runs",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("scenario", sa.String(60), nullable=False),
        sa.Column("dataset_id", sa.String(32), sa.ForeignKey("datasets.id"), nullable=False),
        sa.Column("test_dataset_id", sa.String(32), sa.ForeignKey("datasets.id")),
        sa.Column("extras", sa.JSON(), nullable=False),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("request_key", sa.String(64), nullable=False),
        sa.Column("plan", sa.JSON()),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("error", sa.JSON()),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("worker", sa.String(120)),
        sa.Column("lease_until", sa.DateTime()),
        sa.Column("device", sa.String(120)),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("queued_at", sa.DateTime(), nullable=False),
        sa.Column("claimed_at", sa.DateTime()),
        sa.Column("finished_at", sa.DateTime()),
        sa.Column("seconds_total", sa.Float()),
        sa.Column("seconds_train", sa.Float()),
        sa.Column("peak_memory_mb", sa.Float()),
        sa.Column("metrics", sa.JSON()),
        sa.Column("intervals", sa.JSON()),
        sa.Column("baseline", sa.JSON()),
        sa.Column("verdict", sa.JSON()),
        sa.Column("deleted_at", sa.DateTime()),
    )
    op.create_index(
        "one_open_run_per_request", "runs", ["request_key"], unique=True, sqlite_where=OPEN, postgresql_where=OPEN
    )
    op.create_index("runs_by_status", "runs", ["status", "queued_at"])


def _around_runs() -> None:
    op.create_table(
        "batches",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("run_id", sa.Integer(), sa.ForeignKey("runs.id"), nullable=False),
        sa.Column("file_name", sa.String(255), nullable=False),
        sa.Column("controls", sa.JSON(), nullable=False),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.Float()),
        sa.Column("error", sa.JSON()),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("finished_at", sa.DateTime()),
    )
    op.create_table(
        "feedback",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("run_id", sa.Integer(), sa.ForeignKey("runs.id"), nullable=False),
        sa.Column("inputs", sa.JSON(), nullable=False),
        sa.Column("answered", sa.String(), nullable=False),
        sa.Column("right", sa.Boolean()),
        sa.Column("correction", sa.String()),
        sa.Column("created_at", sa.DateTime(), nullable=False),
    )
    op.create_index("ix_feedback_run_id", "feedback", ["run_id"])
