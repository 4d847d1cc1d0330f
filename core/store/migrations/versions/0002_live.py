"""Live models by name, their changes, and which rows a run was measured on."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("runs", sa.Column("test_rows", sa.String(32)))
    op.create_index("ix_runs_test_rows", "runs", ["test_rows"])
    op.create_table(
        "live",
        sa.Column("name", sa.String(60), primary_key=True),
        sa.Column("scenario", sa.String(60), nullable=False),
        sa.Column("run_id", sa.Integer(), sa.ForeignKey("runs.id"), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
    )
    op.create_index("ix_live_run_id", "live", ["run_id"])
    op.create_table(
        "live_changes",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("before_id", sa.Integer()),
        sa.Column("comparison", sa.JSON()),
        sa.Column("at", sa.DateTime(), nullable=False),
    )
    op.create_index("ix_live_changes_name", "live_changes", ["name"])
