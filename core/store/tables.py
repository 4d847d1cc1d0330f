"""The database's tables. Times are UTC. JSON columns hold plain values; the services give them types."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    ColumnElement,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    UniqueConstraint,
    or_,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

QUEUED, RUNNING, CANCELLING = "queued", "running", "cancelling"
CANCELLED, SUCCEEDED, FAILED, INTERRUPTED = "cancelled", "succeeded", "failed", "interrupted"
OPEN = (QUEUED, RUNNING, CANCELLING, INTERRUPTED)
"""States of a run that still occupies the queue or a device; an interrupted run goes on when a worker is back."""

_OPEN = text("status IN ('queued', 'running', 'cancelling', 'interrupted')")


LARGEST_ID = 2**31 - 1
"""No row has a larger number."""

PURGED = datetime(1970, 1, 1)
"""When a run was deleted of which nothing but its number is left."""


def now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


class Base(DeclarativeBase):
    type_annotation_map = {dict[str, Any]: JSON, list[Any]: JSON, datetime: DateTime}


class Dataset(Base):
    """One version of a table. A repaired version points to the one it came from and keeps the recipe since the file."""

    __tablename__ = "datasets"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    file_name: Mapped[str] = mapped_column(String(255))
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    bytes: Mapped[int] = mapped_column(BigInteger)
    rows: Mapped[int] = mapped_column(Integer)
    columns: Mapped[int] = mapped_column(Integer)
    parent_id: Mapped[str | None] = mapped_column(ForeignKey("datasets.id"))
    made_of: Mapped[str | None] = mapped_column(String(97), unique=True, index=True)
    """The same for versions that the same work makes; None for one that no later work is to find."""
    forward_id: Mapped[str | None] = mapped_column(String(32))
    """The version that was made from this one, or left for it, last."""
    undone: Mapped[bool] = mapped_column(default=False)
    """Whether its owner went back from it: kept out of lists while nothing is made of it."""
    recipe: Mapped[list[Any]] = mapped_column(default=list)
    reading: Mapped[dict[str, Any]] = mapped_column(default=dict)
    sample: Mapped[str | None] = mapped_column(String(60))
    created_at: Mapped[datetime] = mapped_column(default=now)
    deleted_at: Mapped[datetime | None]


class Run(Base):
    """One training: what was asked, how it goes, what came of it. This table is the queue."""

    __tablename__ = "runs"
    __table_args__ = (
        Index("one_open_run_per_request", "request_key", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("runs_by_status", "status", "queued_at"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    name: Mapped[str] = mapped_column(String(200))
    note: Mapped[str] = mapped_column(default="")
    scenario: Mapped[str] = mapped_column(String(60))
    dataset_id: Mapped[str] = mapped_column(ForeignKey("datasets.id"))
    test_dataset_id: Mapped[str | None] = mapped_column(ForeignKey("datasets.id"))
    extras: Mapped[dict[str, Any]] = mapped_column(default=dict)
    roles: Mapped[dict[str, Any]] = mapped_column(default=dict)
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    same_test_as: Mapped[int | None]
    """The run on whose test rows this one is measured too; its files may be gone."""
    request_key: Mapped[str] = mapped_column(String(64))
    plan: Mapped[dict[str, Any] | None]
    status: Mapped[str] = mapped_column(String(20), default=QUEUED)
    error: Mapped[dict[str, Any] | None]
    attempt: Mapped[int] = mapped_column(default=0)
    worker: Mapped[str | None] = mapped_column(String(120))
    lease_until: Mapped[datetime | None]
    device: Mapped[str | None] = mapped_column(String(120))
    created_at: Mapped[datetime] = mapped_column(default=now)
    queued_at: Mapped[datetime] = mapped_column(default=now)
    claimed_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    seconds_total: Mapped[float | None] = mapped_column(Float)
    seconds_train: Mapped[float | None] = mapped_column(Float)
    peak_memory_mb: Mapped[float | None] = mapped_column(Float)
    metrics: Mapped[dict[str, Any] | None]
    intervals: Mapped[dict[str, Any] | None]
    baseline: Mapped[dict[str, Any] | None]
    verdict: Mapped[dict[str, Any] | None]
    look: Mapped[str | None] = mapped_column(String(20))
    """How the second look at the data stands, which comes after the result: queued, running, cancelling, cancelled,
    succeeded or failed; None where there is none, or where it was made with the run."""
    look_attempt: Mapped[int] = mapped_column(default=0)
    test_rows: Mapped[str | None] = mapped_column(String(32), index=True)
    """The same for runs that were measured on the same rows."""
    deleted_at: Mapped[datetime | None]


class Live(Base):
    """A use with a name of its own, and the run that answers for it now."""

    __tablename__ = "live"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    folded: Mapped[str] = mapped_column(String(200), unique=True, index=True)
    """The name in small letters of any script, by which it is found."""
    scenario: Mapped[str] = mapped_column(String(60))
    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(default=now)


class LiveChange(Base):
    """One run replaced by another as the live model of a use, and what the comparison had said."""

    __tablename__ = "live_changes"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    name: Mapped[str] = mapped_column(String(60), index=True)
    run_id: Mapped[int] = mapped_column(Integer)
    before_id: Mapped[int | None] = mapped_column(Integer)
    comparison: Mapped[dict[str, Any] | None]
    at: Mapped[datetime] = mapped_column(default=now)


class Batch(Base):
    """A file of rows to predict. Kept so that it goes on after the browser or the model server dies."""

    __tablename__ = "batches"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id"))
    file_name: Mapped[str] = mapped_column(String(255))
    controls: Mapped[dict[str, Any]] = mapped_column(default=dict)
    roles: Mapped[dict[str, Any]] = mapped_column(default=dict)
    status: Mapped[str] = mapped_column(String(20), default=QUEUED)
    rows: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    seconds: Mapped[float | None] = mapped_column(Float)
    error: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    finished_at: Mapped[datetime | None]


class Feedback(Base):
    """What a user said of a live answer: right, wrong, or what would have been right."""

    __tablename__ = "feedback"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id"), index=True)
    inputs: Mapped[dict[str, Any]] = mapped_column(default=dict)
    answered: Mapped[str] = mapped_column(default="")
    right: Mapped[bool | None]
    correction: Mapped[str | None]
    label: Mapped[str | None]
    """What is right, as the data would say it; None where nobody knows."""
    created_at: Mapped[datetime] = mapped_column(default=now)


class ChatTurn(Base):
    """One message of a conversation with a model; the model's own carry their `answer`. `told` marks an answer of which
    a user has said whether it was right."""

    __tablename__ = "turns"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    chat: Mapped[str] = mapped_column(String(32), index=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id"), index=True)
    who: Mapped[str] = mapped_column(String(8))
    said: Mapped[str] = mapped_column(default="")
    answer: Mapped[dict[str, Any] | None]
    told: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(default=now)


class LabelReview(Base):
    """What a user decided on a doubtful label: the label that is right (the given one where it was confirmed), or none
    where they could not tell. `row` is the row's place in the run's dataset, `key` what it says besides the label."""

    __tablename__ = "label_reviews"
    __table_args__ = (UniqueConstraint("run_id", "row"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id"))
    row: Mapped[int]
    key: Mapped[str] = mapped_column(String(16), index=True)
    label: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(default=now)


class Served(Base):
    """One answer that was given. `key` is a keyed hash of what was asked; the inputs themselves are there only where the
    operator keeps them. `weight` is how many rows of a file it stands for. `truth` is what proved right later."""

    __tablename__ = "served"
    __table_args__ = (Index("served_by_run", "run_id", "at"), Index("served_by_key", "run_id", "key"))

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    run_id: Mapped[int] = mapped_column(Integer)
    at: Mapped[datetime] = mapped_column(default=now)
    source: Mapped[str] = mapped_column(String(8))
    key: Mapped[str] = mapped_column(String(16))
    answered: Mapped[str] = mapped_column(String(200), default="")
    score: Mapped[float | None] = mapped_column(Float)
    handed: Mapped[bool] = mapped_column(default=False)
    milliseconds: Mapped[float | None] = mapped_column(Float)
    weight: Mapped[int] = mapped_column(Integer, default=1)
    places: Mapped[list[Any]] = mapped_column(default=list)
    group: Mapped[int | None] = mapped_column(Integer)
    inputs: Mapped[dict[str, Any] | None]
    truth: Mapped[str | None] = mapped_column(String(200))


class Fact(Base):
    """Small things the house remembers: the password's hash, measured speeds, sign-in attempts."""

    __tablename__ = "facts"

    key: Mapped[str] = mapped_column(String(120), primary_key=True)
    value: Mapped[dict[str, Any]] = mapped_column(default=dict)
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)


def uses(dataset_id: str) -> ColumnElement[bool]:
    """Whether a run has this dataset as its own, as its test or as a further table."""
    further = Run.extras.cast(String).contains(dataset_id, autoescape=True)
    return or_(Run.dataset_id == dataset_id, Run.test_dataset_id == dataset_id, further)


def looks_key(test_rows: str) -> str:
    """The fact that counts the looks at these test rows by runs that are gone."""
    return f"looks-{test_rows}"
