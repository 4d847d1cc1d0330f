"""What is right of a judged answer, as the data says it."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("feedback", sa.Column("label", sa.String()))
