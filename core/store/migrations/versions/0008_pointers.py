"""Equal work is one version, undo and redo move a pointer, and uses are told apart by their names in small letters."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

LIVE = sa.table("live", sa.column("name", sa.String), sa.column("folded", sa.String))
OLDEST_OF_ITS_KIND = """
UPDATE datasets SET made_of = coalesce(parent_id || ' ', '') || sha256
WHERE id = (
    SELECT same.id FROM datasets AS same
    WHERE same.sha256 = datasets.sha256 AND coalesce(same.parent_id, '') = coalesce(datasets.parent_id, '')
    ORDER BY same.deleted_at IS NOT NULL, same.created_at, same.id LIMIT 1
)
"""
LAST_CHILD = """
UPDATE datasets SET forward_id = (
    SELECT child.id FROM datasets AS child WHERE child.parent_id = datasets.id
    ORDER BY coalesce(child.deleted_at, child.created_at) DESC, child.id LIMIT 1
)
"""


def upgrade() -> None:
    op.add_column("datasets", sa.Column("made_of", sa.String(97)))
    op.add_column("datasets", sa.Column("forward_id", sa.String(32)))
    op.add_column("datasets", sa.Column("undone", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute(OLDEST_OF_ITS_KIND)
    op.execute(LAST_CHILD)
    op.create_index("ix_datasets_made_of", "datasets", ["made_of"], unique=True)
    _uses()


def _uses() -> None:
    """Also brings back runs that were deleted although a use answers by them."""
    op.execute("UPDATE runs SET deleted_at = NULL WHERE deleted_at IS NOT NULL AND id IN (SELECT run_id FROM live)")
    op.add_column("live", sa.Column("folded", sa.String(200), nullable=False, server_default=""))
    here = op.get_bind()
    taken: set[str] = set()
    for name in here.execute(sa.select(LIVE.c.name).order_by(LIVE.c.name)).scalars().all():
        folded = name.casefold()
        folded = folded if folded not in taken else name
        taken.add(folded)
        here.execute(LIVE.update().where(LIVE.c.name == name).values(folded=folded))
    op.create_index("ix_live_folded", "live", ["folded"], unique=True)
