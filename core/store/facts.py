"""Small things the house remembers, changed by many at once without one change undoing another."""

from __future__ import annotations

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from core.store.tables import Fact, now


def held(db: Session, key: str) -> Fact:
    """The fact, empty ({}) where it is new, and nobody else's to read for a change until this transaction is over."""
    insert = postgresql.insert if db.get_bind().dialect.name == "postgresql" else sqlite.insert
    made = insert(Fact).values(key=key, value={}, updated_at=now())
    same = made.on_conflict_do_update(index_elements=[Fact.key], set_={"key": key}).returning(Fact)
    return db.scalars(same, execution_options={"populate_existing": True}).one()
