"""Runs the numbered migrations on the connection that core.store.db hands over (or on the configured database)."""

from alembic import context

from core.store.db import engine
from core.store.tables import Base


def run(connection) -> None:
    context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    with engine().connect() as own, own.begin():
        run(own)
