"""A run's second look at its data comes after its result: how that stands, and how often it was begun."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    with op.batch_alter_table("runs") as table:
        table.add_column(sa.Column("look", sa.String(20)))
        table.add_column(sa.Column("look_attempt", sa.Integer(), nullable=False, server_default="0"))
