"""Databases that can be asked for rows: those that the operator named, and server addresses that people type.

An address holds a password: it is never shown, logged or kept. What may be shown is `shown(url)`.
"""

from __future__ import annotations

from urllib.parse import quote

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from core.config import config
from core.words import Text, UserError

DRIVERS = {
    "postgresql": "postgresql+psycopg",
    "postgres": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    "mariadb": "mariadb+pymysql",
    "sqlite": "sqlite",
}
PORTS = {"postgresql": 5432, "mysql": 3306, "mariadb": 3306}
OPTIONS = {"sslmode", "charset"}
"""What a typed address may say after its question mark: others name files of this server."""
HIDDEN = "•••"
SHORT = 3

NO_SUCH = Text(
    "There is no database called “{name}” here. Whoever runs Modelwright can name one.",
    "这里没有名为“{name}”的数据库，可以请管理员添加。",
)
NOT_TYPED = Text(
    "Here only the databases that the operator has named can be asked.", "这里只能查询管理员已配置好的数据库。"
)
NOT_AN_ADDRESS = Text(
    "This is no address of a database. Write it as postgresql://user:password@host:5432/database or "
    "mysql://user:password@host:3306/database.",
    "这不是数据库地址。请写成 postgresql://用户名:密码@主机:5432/数据库 或 mysql://用户名:密码@主机:3306/数据库。",
)
NOT_ENCODED = Text(
    "The address cannot be told apart from its password. Write @ : / ? # % in the password as %40 %3A %2F %3F %23 %25.",
    "无法把地址和密码分开。密码中的 @ : / ? # % 请写成 %40 %3A %2F %3F %23 %25。",
)
NOT_READABLE = Text(
    "Rows can be asked of PostgreSQL, MySQL and MariaDB. From another database, export them as CSV and upload the file.",
    "可以查询 PostgreSQL、MySQL 和 MariaDB。其他数据库请先导出为 CSV 再上传。",
)
NOT_A_FILE = Text(
    "An SQLite file on this server cannot be opened by typing its place. Upload an export of it, or ask the operator to name it.",
    "不能通过输入路径打开服务器上的 SQLite 文件。请导出数据后上传，或请管理员添加该数据库。",
)
NOT_THIS_OPTION = Text(
    "“{name}” cannot be set in an address here; sslmode and charset can.",
    "地址中不能设置“{name}”，只能设置 sslmode 和 charset。",
)
NOT_OURS = Text("That is Modelwright’s own database; ask another one.", "这是模匠自己的数据库，请查询其他数据库。")


def names() -> tuple[str, ...]:
    """The databases that the operator has named."""
    return tuple(config().databases)


def named(name: str) -> URL:
    """Raises UserError where the operator has named none like this, or where it is Modelwright's own."""
    if name not in config().databases:
        raise UserError(NO_SUCH.fill(name=name))
    return _not_ours(_parsed(config().databases[name]))


def typed(address: str) -> URL:
    """What somebody typed: only a server's database, with no options that reach for files of this machine.

    Raises UserError for anything else, without repeating what was typed.
    """
    if not config().typed_databases:
        raise UserError(NOT_TYPED)
    url = _parsed(address.strip())
    if url.get_backend_name() == "sqlite":
        raise UserError(NOT_A_FILE)
    if not url.host or not url.database or url.host.startswith(("/", ".")):
        raise UserError(NOT_AN_ADDRESS)
    for option in url.query:
        if option not in OPTIONS:
            raise UserError(NOT_THIS_OPTION.fill(name=option))
    return _not_ours(url)


def _parsed(address: str) -> URL:
    try:
        url = make_url(address)
        driver = DRIVERS.get(url.drivername.partition("+")[0].lower())
    except (ArgumentError, ValueError):
        raise UserError(NOT_AN_ADDRESS) from None
    if driver is None:
        raise UserError(NOT_READABLE)
    if any("@" in str(part) for part in (url.host or "", url.database or "") if driver != "sqlite"):
        raise UserError(NOT_ENCODED)
    return url.set(drivername=driver)


def _not_ours(url: URL) -> URL:
    try:
        same = _place(url) == _place(make_url(config().database_url))
    except ArgumentError:
        same = False
    if same or (url.get_backend_name() == "sqlite" and _inside(url)):
        raise UserError(NOT_OURS)
    return url


def _place(url: URL) -> tuple[str, str, int | None, str]:
    kind = url.get_backend_name()
    host = {"localhost": "127.0.0.1", "::1": "127.0.0.1"}.get((url.host or "").lower(), (url.host or "").lower())
    return kind, host, url.port or PORTS.get(kind), url.database or ""


def _inside(url: URL) -> bool:
    """Whether the file lies in the workspace."""
    from pathlib import Path

    return Path(url.database or "").expanduser().resolve().is_relative_to(config().home)


def shown(url: URL) -> str:
    """The database without who asks it: "postgresql://db.example.com/sales"; of a file only its name."""
    if url.get_backend_name() == "sqlite":
        return f"sqlite: {(url.database or '').replace(chr(92), '/').rsplit('/', 1)[-1]}"
    port = f":{url.port}" if url.port else ""
    return f"{url.get_backend_name()}://{url.host}{port}/{url.database}"


def without_secrets(message: str, url: URL) -> str:
    """What a driver said, with name and password blotted out; "" where they are too short to be found safely."""
    secrets = {secret for part in (url.password, url.username) if part for secret in (str(part), quote(str(part), ""))}
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) < SHORT and secret in message:
            return ""
        message = message.replace(secret, HIDDEN)
    return message
