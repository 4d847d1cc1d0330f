"""Conversations with a model, turn by turn."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "turns",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("chat", sa.String(32), nullable=False),
        sa.Column("run_id", sa.Integer(), sa.ForeignKey("runs.id"), nullable=False),
        sa.Column("who", sa.String(8), nullable=False),
        sa.Column("said", sa.String(), nullable=False),
        sa.Column("answer", sa.JSON()),
        sa.Column("told", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
    )
    op.create_index("ix_turns_chat", "turns", ["chat"])
    op.create_index("ix_turns_run_id", "turns", ["run_id"])
