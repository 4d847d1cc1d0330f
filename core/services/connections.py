"""Tables that come from a query: asked of a database once, kept like a file, asked again by hand."""

from __future__ import annotations

import shutil
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import URL

from core.config import config
from core.data.how import How
from core.data.recipe import STEPS
from core.services import datasets
from core.store import asking, files, sources
from core.store.asking import Question
from core.store.db import session
from core.store.tables import Dataset, now
from core.words import Text, UserError

MOST_ROWS = 1_000_000
USUAL_ROWS = 100_000
MOST_SAID = 20_000
MINUTES = asking.SECONDS // 60

NO_QUERY = Text("Write what to ask, for instance SELECT * FROM orders.", "请填写查询语句，例如 SELECT * FROM orders。")
TOO_LONG = Text("The query is longer than {n} characters.", "查询语句超过 {n} 个字符。")
NO_ROWS = Text("The database answered with no rows. Nothing was kept.", "查询结果为空，未保存任何数据。")
CUT = Text(
    "Only the first {n} rows that the database gave were taken; it has more. Ask for more rows, or narrow the query.",
    "只读取了数据库返回的前 {n} 行，后面还有数据。可以提高行数上限，或缩小查询范围。",
)
WRITTEN = Text("{n} rows are in {name}.", "已将 {n} 行写入 {name}。")


@dataclass(frozen=True)
class Asked:
    """What a dataset remembers of the query that it came from; `database` without who asked it. `named` is the
    operator's name of the database, None where its address was typed."""

    query: str
    database: str
    named: str | None
    most_rows: int
    at: str


@dataclass(frozen=True)
class Wanted:
    """A question for a database that the operator `named`, or for a typed `address` with its password."""

    query: str
    named: str | None = None
    address: str = field(default="", repr=False)
    most_rows: int = USUAL_ROWS


def databases() -> tuple[str, ...]:
    """The databases that the operator has named."""
    return sources.names()


def may_type() -> bool:
    """Whether an address can be typed here."""
    return config().typed_databases


def bring(wanted: Wanted, name: str = "", like: str | None = None) -> datasets.Added:
    """Asks the database and keeps what it answers as a table called `name`. `like`: a dataset whose repairs are done to
    these rows too, except for those about its own rows. `known` says that the answer was the same before.

    Raises UserError where the query does not only read, the database cannot be asked, or there are no rows.
    """
    url = _url(wanted)
    with files.incoming() as target:
        answer = _ask(wanted, url, target)
        shown = sources.shown(url)
        asked = Asked(wanted.query.strip(), shown, wanted.named, _most(wanted), now().isoformat(timespec="seconds"))
        notes = [CUT.fill(n=f"{answer.rows:,}").to_json()] if answer.cut else []
        how = How(encoding="utf-8", separator=",", quotes="doubled", header=1)
        title = name.strip() or wanted.named or url.database or shown
        added = datasets.add(title, target, how, {"asked": asdict(asked), "notes": notes})
    return datasets.Added(_repaired(added.dataset, like), added.known)


def write(wanted: Wanted, target: Path) -> Text:
    """The answer as a CSV file, and how many rows it has, in words. Raises UserError as `bring` does."""
    with files.incoming() as made:
        answer = _ask(wanted, _url(wanted), made)
        shutil.copyfile(made, target)
    return CUT.fill(n=f"{answer.rows:,}") if answer.cut else WRITTEN.fill(n=f"{answer.rows:,}", name=str(target))


def _url(wanted: Wanted) -> URL:
    if not wanted.query.strip():
        raise UserError(NO_QUERY)
    if len(wanted.query) > MOST_SAID:
        raise UserError(TOO_LONG.fill(n=f"{MOST_SAID:,}"))
    return sources.named(wanted.named) if wanted.named else sources.typed(wanted.address)


def _most(wanted: Wanted) -> int:
    return min(max(wanted.most_rows, 1), MOST_ROWS)


def _ask(wanted: Wanted, url: URL, target: Path) -> asking.Answer:
    most_bytes = config().max_upload_mb * datasets.CHUNK
    question = Question(url.render_as_string(hide_password=False), wanted.query, _most(wanted), most_bytes)
    answer = asking.ask(question, target, typed=wanted.named is None)
    if not answer.rows:
        raise UserError(NO_ROWS)
    return answer


def _repaired(view: datasets.DatasetView, like: str | None) -> datasets.DatasetView:
    if like is None:
        return view
    steps = [step for step in datasets.get(like).recipe if not STEPS[step.do].own_rows]
    return datasets.fix(view.id, *steps) if steps else view


def asked(id: str) -> Asked | None:
    """What this dataset was asked of; None where it came as a file."""
    datasets.get(id)
    with session() as db:
        said: dict[str, Any] | None = (db.get_one(Dataset, id).reading or {}).get("asked")
    return Asked(**said) if said else None
