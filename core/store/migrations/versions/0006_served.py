"""Answers that were given, to watch live models by."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "served",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("source", sa.String(8), nullable=False),
        sa.Column("key", sa.String(16), nullable=False),
        sa.Column("answered", sa.String(200), nullable=False),
        sa.Column("score", sa.Float()),
        sa.Column("handed", sa.Boolean(), nullable=False),
        sa.Column("milliseconds", sa.Float()),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.Column("places", sa.JSON(), nullable=False),
        sa.Column("group", sa.Integer()),
        sa.Column("inputs", sa.JSON()),
        sa.Column("truth", sa.String(200)),
    )
    op.create_index("served_by_run", "served", ["run_id", "at"])
    op.create_index("served_by_key", "served", ["run_id", "key"])
