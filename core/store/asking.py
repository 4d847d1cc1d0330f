"""Asks a database for rows, in a process of its own: its memory, its time and a fault of a driver end with it.

Run as `python -m core.store.asking FILE` with the question as JSON on standard input, so that the password is in no list of
processes. Writes the rows as CSV (UTF-8) and answers on standard output.

Read-only three times over: a single SELECT or WITH is let through, the connection is told to be read-only, and what it
began is rolled back.
"""

from __future__ import annotations

import csv
import json
import os
import signal
import sqlite3
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from core.data.as_text import as_text
from core.store import children
from core.store.sources import shown, without_secrets
from core.words import Text, UserError

SECONDS = 300
REFUSED = 3
AT_ONCE = 5_000
CONNECT_SECONDS = 15
DIALECTS = {"postgresql": "postgres", "mysql": "mysql", "mariadb": "mysql", "sqlite": "sqlite"}
OUT_OF_TIME = ("57014", 1969, 3024)
"""What PostgreSQL, MariaDB and MySQL call a query that took longer than it may."""
WRITES = ("INSERT", "UPDATE", "DELETE", "MERGE", "INTO")
READS = (
    sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE,
    sqlite3.SQLITE_TRANSACTION,
)  # fmt: skip

ONLY_SELECT = Text(
    "Only a question that reads is asked: one statement that begins with SELECT or WITH, and holds no {word}.",
    "只能执行读取数据的查询：一条以 SELECT 或 WITH 开头的语句，其中不能有 {word}。",
)
ONE_ONLY = Text(
    "Ask one thing at a time: a single statement that begins with SELECT or WITH.",
    "一次只能执行一条以 SELECT 或 WITH 开头的语句。",
)
NOT_CLOSED = Text("A quote or a bracket in the query is not closed.", "查询语句中的引号或注释没有结束，请检查。")
NO_DRIVER = Text(
    "Modelwright has no driver for this kind of database yet. Whoever runs it installs one: pip install {package}.",
    "尚未安装这种数据库的驱动，请管理员执行 pip install {package}。",
)
NO_ANSWER = Text(
    "{database} cannot be reached, or does not let this user in. Check host, port, name and password.{said}",
    "无法连接 {database}，或登录被拒绝。请检查主机、端口、用户名和密码。{said}",
)
REFUSES = Text("The database does not answer this query: {said}", "数据库无法执行此查询：{said}")
ITS_WORDS = Text(" It says: {said}", "数据库的提示：{said}")
NO_WORDS = Text("it gives no reason that can be shown here", "没有可以在此显示的原因")
TOO_SLOW = Text(
    "The database did not finish within {n} seconds. Ask for fewer rows, or for a shorter time.",
    "数据库在 {n} 秒内没有完成查询。请减少行数，或缩小时间范围。",
)
BROKE = Text(
    "The connection ended while the rows came in. Nothing was kept. Try again, or ask for fewer rows.",
    "读取过程中连接中断，未保存任何数据。请重试，或减少行数。",
)
PACKAGES = {"psycopg": "'psycopg[binary]'", "pymysql": "PyMySQL"}


@dataclass(frozen=True)
class Question:
    """`address` holds the password. At most `most_rows` rows and `most_bytes` bytes are taken."""

    address: str = field(repr=False)
    query: str
    most_rows: int
    most_bytes: int
    seconds: int = SECONDS


@dataclass(frozen=True)
class Answer:
    """`cut`: the database has more rows than were taken."""

    rows: int
    cut: bool


def ask(question: Question, target: Path, *, typed: bool) -> Answer:
    """Writes the answer into `target` as CSV. A `typed` address is used alone, without what this server's own
    environment knows of databases.

    Raises UserError where the query is none that reads, the database cannot be reached, refuses or takes too long,
    children.Stopped where whoever watches stopped it.
    """
    only_reads(question.query, make_url(question.address))
    known = {key: value for key, value in os.environ.items() if not (typed and key.startswith("PG"))}
    try:
        ended, said = children.run(
            ["core.store.asking", str(target)],
            json.dumps(asdict(question)),
            seconds=question.seconds + CONNECT_SECONDS,
            env={**known, "PGPASSFILE": os.devnull} if typed else known,
        )
    except children.TooLong:
        raise UserError(TOO_SLOW.fill(n=question.seconds)) from None
    if ended == REFUSED:
        raise UserError(Text.from_json(json.loads(said)))
    if ended:
        raise UserError(BROKE)
    return Answer(**json.loads(said))


def only_reads(query: str, url: URL) -> str:
    """The query without its last semicolon. Raises UserError unless it is a single statement that reads, in the
    words of this database."""
    from sqlglot import tokenize
    from sqlglot.errors import SqlglotError

    dialect = DIALECTS[url.get_backend_name()]
    try:
        tokens = tokenize(query, read=dialect)
    except SqlglotError:
        raise UserError(NOT_CLOSED) from None
    kinds = [token.token_type.name for token in tokens]
    while kinds and kinds[-1] == "SEMICOLON":
        kinds, query = kinds[:-1], query[: tokens[len(kinds) - 1].start]
    first = next((kind for kind in kinds if kind != "L_PAREN"), "")
    if first not in ("SELECT", "WITH") or "SEMICOLON" in kinds:
        raise UserError(ONE_ONLY)
    for word in WRITES:
        if word in kinds:
            raise UserError(ONLY_SELECT.fill(word=word))
    if dialect == "mysql" and ("/*!" in query or "/*M!" in query):
        raise UserError(ONLY_SELECT.fill(word="/*!"))
    return query


def _engine(url: URL) -> Engine:
    """An engine whose connections read only. Raises UserError where its driver is not installed."""
    if url.get_backend_name() == "sqlite":
        return create_engine("sqlite://", creator=lambda: _open_file(url), poolclass=NullPool)
    try:
        made = create_engine(url, poolclass=NullPool, connect_args={"connect_timeout": CONNECT_SECONDS})
    except ModuleNotFoundError as error:
        raise UserError(NO_DRIVER.fill(package=PACKAGES.get(str(error.name), str(error.name)))) from None
    if url.get_backend_name() != "postgresql":
        event.listen(made, "connect", _read_only_mysql)
    return made


def _open_file(url: URL) -> sqlite3.Connection:
    place = quote(str(Path(url.database or "").expanduser().resolve()))
    opened = sqlite3.connect(f"file:{place}?mode=ro", uri=True, timeout=CONNECT_SECONDS)
    opened.execute("PRAGMA query_only = ON")
    return opened


def _only_tables(connection: Connection) -> None:
    """From here on SQLite compiles nothing but reading of tables: no pragma, no other file, no write."""
    opened: Any = connection.connection.dbapi_connection
    opened.set_authorizer(lambda does, *_: sqlite3.SQLITE_OK if does in READS else sqlite3.SQLITE_DENY)


def _limit(connection: Connection, seconds: int) -> None:
    """From here on the database itself ends a query that takes too long, and one whose asker is gone."""
    kind, dialect = connection.dialect.name, connection.dialect
    if kind == "postgresql":
        connection.exec_driver_sql(f"SET statement_timeout = {seconds * 1000:d}")
        connection.exec_driver_sql(
            "SELECT set_config(name, '2s', false) FROM pg_settings WHERE name = 'client_connection_check_interval'"
        )
    elif kind == "sqlite":
        _only_tables(connection)
    elif getattr(dialect, "is_mariadb", False):
        connection.exec_driver_sql(f"SET SESSION max_statement_time = {seconds:d}")
    else:
        connection.exec_driver_sql(f"SET SESSION max_execution_time = {seconds * 1000:d}")


def _number(connection: Connection) -> int | None:
    """What a MySQL server calls this connection."""
    opened: Any = connection.connection.dbapi_connection
    return int(opened.thread_id()) if connection.dialect.name in ("mysql", "mariadb") else None


def _give_up(engine: Engine, number: int | None) -> None:
    """Tells a MySQL server to stop working on the question; PostgreSQL's driver does so itself, SQLite works in here."""
    if number is not None:
        with engine.connect() as other:
            other.exec_driver_sql(f"KILL QUERY {number:d}")


def _read_only_mysql(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("SET SESSION TRANSACTION READ ONLY")
    cursor.close()


def _rows(connection: Connection, question: Question, query: str) -> tuple[list[str], Iterable[Any]]:
    result = connection.execution_options(stream_results=True, max_row_buffer=AT_ONCE, no_parameters=True)
    asked = result.exec_driver_sql(query)
    return list(asked.keys()), (row for part in asked.partitions(AT_ONCE) for row in part)


def answer(question: Question, target: Path) -> Answer:
    """In the child: connects, reads and writes. Raises UserError with the database's own words, without secrets."""
    url = make_url(question.address)
    query = only_reads(question.query, url)
    engine = _engine(url)
    options = {"postgresql_readonly": True} if url.get_backend_name() == "postgresql" else {}
    try:
        connection = engine.connect().execution_options(**options)
        _limit(connection, question.seconds)
        number = _number(connection)
    except (SQLAlchemyError, OSError) as error:
        raise UserError(NO_ANSWER.fill(database=shown(url), said=_words(error, url, ITS_WORDS))) from None
    try:
        names, rows = _rows(connection, question, query)
        return _write(names, rows, target, question)
    except SQLAlchemyError as error:
        late = TOO_SLOW.fill(n=question.seconds) if _out_of_time(error) else None
        said = late or REFUSES.fill(said=_words(error, url) or NO_WORDS)
        raise UserError(said) from None
    except KeyboardInterrupt:
        _give_up(engine, number)
        raise
    finally:
        connection.invalidate()


def _out_of_time(error: SQLAlchemyError) -> bool:
    """Whether the database itself ended the query because it took longer than it may."""
    original = error.orig if isinstance(error, DBAPIError) else None
    told = (getattr(original, "sqlstate", None), *getattr(original, "args", ()))
    return any(code in told for code in OUT_OF_TIME)


def _words(error: Exception, url: URL, around: Text | None = None) -> Text | str:
    original = error.orig if isinstance(error, DBAPIError) else error
    main = getattr(getattr(original, "diag", None), "message_primary", None)
    told: list[object] = [part for part in getattr(original, "args", ()) if isinstance(part, str)]
    said = without_secrets(" ".join(str(main or (told or [original])[0]).split())[:300], url)
    return around.fill(said=said) if around and said else said


def _write(names: list[str], rows: Iterable[Any], target: Path, question: Question) -> Answer:
    taken, cut, tell = 0, False, children.Teller()
    with target.open("w", encoding="utf-8", newline="") as opened:
        written = csv.writer(opened, lineterminator="\n")
        written.writerow(names)
        for row in rows:
            if taken >= question.most_rows or (taken % 1000 == 0 and opened.tell() > question.most_bytes):
                cut = True
                break
            written.writerow([_cell(value) for value in row])
            taken += 1
            if taken % 100 == 0:
                tell(taken)
    return Answer(taken, cut)


def _cell(value: Any) -> str:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, memoryview):
        value = bytes(value)
    plain = (str, int, float, bool, bytes, dict, list, tuple, datetime, date, time, timedelta)
    return (as_text(value) if value is None or isinstance(value, plain) else str(value)).replace("\x00", "")


def main() -> int:
    children.die_with_parent(os.getppid())
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    question = Question(**json.load(sys.stdin))
    try:
        print(json.dumps(asdict(answer(question, Path(sys.argv[1])))))
    except UserError as error:
        print(json.dumps(error.text.to_json()))
        return REFUSED
    return 0


if __name__ == "__main__":
    sys.exit(main())
