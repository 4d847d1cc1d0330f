"""The database connection of this process, and bringing its schema up to date.

SQLite (write-ahead log) by default; `DATABASE_URL` takes PostgreSQL.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from filelock import FileLock
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from tenacity import (
    Retrying,
    retry_if_exception_type,
    stop_after_delay,
    stop_when_event_set,
    wait_exponential,
)

from core.config import config
from core.store import files
from core.words import Text, UserError

MIGRATIONS = Path(__file__).resolve().parent / "migrations"
BUSY_SECONDS = 30
AWAY_SECONDS = 900.0
"""For so long whoever holds a finished result waits for a database that is away, locked or full."""
Value = TypeVar("Value")

TOO_NEW = Text(
    "This workspace was written by a newer Modelwright (schema {found}; this one knows {known}). "
    "Update Modelwright, or point MODELWRIGHT_HOME at another folder.",
    "这个工作区由更新版本的模匠写入（数据库版本 {found}，当前程序只认识 {known}）。请升级模匠，或用 MODELWRIGHT_HOME 指定另一个文件夹。",
)

NO_DRIVER = Text(
    "DATABASE_URL asks for a database whose driver “{driver}” is not installed. For PostgreSQL: "
    "pip install 'psycopg[binary]', and an address that begins with postgresql+psycopg://.",
    "DATABASE_URL 指定的数据库需要驱动“{driver}”，但它尚未安装。PostgreSQL 请执行 pip install 'psycopg[binary]'，"
    "并使用以 postgresql+psycopg:// 开头的地址。",
)


def engine() -> Engine:
    """The process's one engine for the configured database."""
    return _engine(config().database_url)


@cache
def _engine(url: str) -> Engine:
    if not url.startswith("sqlite"):
        try:
            return create_engine(url, pool_pre_ping=True)
        except ModuleNotFoundError as error:
            raise UserError(NO_DRIVER.fill(driver=str(error.name))) from None
    if str(config().home) in url:
        files.home()
    # IMMEDIATE: a transaction takes the write lock with its first change, so that it never fails half-way for a
    # snapshot that another process has overtaken. Reads stay outside of transactions.
    made = create_engine(url, connect_args={"timeout": BUSY_SECONDS, "isolation_level": "IMMEDIATE"})
    event.listen(made, "connect", _prepare_sqlite)
    return made


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


@contextmanager
def session() -> Iterator[Session]:
    """A unit of work: committed at the end, rolled back on an error. Objects stay readable afterwards.

    The schema is brought up to date at the process's first use.
    """
    _migrated(config().database_url)
    with Session(engine(), expire_on_commit=False) as opened, opened.begin():
        yield opened


def patiently(work: Callable[[], Value], stop: threading.Event | None = None) -> Value:
    """Does it again and again while the database is away, locked or full, for AWAY_SECONDS at most or until told to stop;
    then raises what it last raised."""
    until = stop_after_delay(AWAY_SECONDS) | stop_when_event_set(stop or threading.Event())
    for attempt in Retrying(
        retry=retry_if_exception_type(DBAPIError), wait=wait_exponential(max=5), stop=until, reraise=True
    ):
        with attempt:
            return work()
    raise AssertionError


@cache
def _migrated(_url: str) -> None:
    migrate()


def migrate() -> None:
    """Brings the schema up to date, one process at a time; quick where it already is.

    Raises UserError where the database is newer than this code.
    """
    if schema_version() == newest_version():
        return
    with FileLock(files.lock("migrate")):
        found = schema_version()
        if found != newest_version():
            if found and found > newest_version():
                raise UserError(TOO_NEW.fill(found=found, known=newest_version()))
            _upgrade()


def schema_version() -> str | None:
    """The number of the last migration that the database has seen; None for an empty database."""
    try:
        with engine().connect() as connection:
            return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    except DBAPIError as error:
        if "alembic_version" in str(error.orig):
            return None
        raise


def newest_version() -> str:
    return max(path.name[:4] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def _upgrade() -> None:
    from alembic import command
    from alembic.config import Config as AlembicConfig

    settings = AlembicConfig()
    settings.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    with engine().connect() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        settings.attributes["connection"] = connection
        command.upgrade(settings, "head")
        connection.commit()
