"""Tables asked of a database: only reading, limited, remembered without who asked, and no secret anywhere."""

from __future__ import annotations

import logging
import sqlite3
import time
from pathlib import Path

import psutil
import pytest

from core import config as config_module
from core.data.recipe import Step
from core.services import connections, datasets, errands
from core.services.connections import Wanted
from core.store import asking, sources
from core.words import Text, UserError

SECRET = "open-sesame-77"


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A database that the operator has named "shop"."""
    path = tmp_path / "shop.db"
    with sqlite3.connect(path) as made:
        made.execute("CREATE TABLE orders (id INTEGER, town TEXT, paid NUMERIC, said TEXT)")
        rows = [(n, ("Lyon", "苏州")[n % 2], n * 1.5, f'"{n}", and\nmore' if n % 3 else None) for n in range(60)]
        made.executemany("INSERT INTO orders VALUES (?, ?, ?, ?)", rows)
    monkeypatch.setenv("MODELWRIGHT_DATABASE_SHOP", f"sqlite:///{path}")
    config_module.config.cache_clear()
    return path


def refused(wanted: Wanted) -> str:
    with pytest.raises(UserError) as error:
        connections.bring(wanted)
    return error.value.text.en


def test_an_answer_becomes_a_table_that_remembers_its_query(shop: Path) -> None:
    query = "SELECT * FROM orders WHERE town LIKE '%苏%' -- only there\n;"
    added = connections.bring(Wanted(query, "shop"), "South")
    table = datasets.frame(added.dataset.id)
    assert (added.dataset.name, table.shape) == ("South", (30, 4))
    assert table["said"].tolist()[:2] == ['"1", and\nmore', None] or table["said"].isna()[1]
    asked = connections.asked(added.dataset.id)
    assert asked is not None
    assert (asked.query, asked.database, asked.named) == (query.strip(), "sqlite: shop.db", "shop")


def test_rows_beyond_the_limit_are_not_taken_and_that_is_said(shop: Path) -> None:
    cut = connections.bring(Wanted("SELECT id, town FROM orders", "shop", most_rows=20)).dataset
    assert cut.rows == 20
    assert "first 20 rows" in cut.notes[0].en
    whole = connections.bring(Wanted("SELECT id, town FROM orders", "shop", most_rows=60)).dataset
    assert (whole.rows, whole.notes) == (60, ())


def test_asking_again_gives_the_new_rows_with_the_same_repairs(shop: Path) -> None:
    first = connections.bring(Wanted("SELECT * FROM orders", "shop")).dataset
    repaired = datasets.fix(first.id, Step("drop_columns", ("said",)), Step("drop_rows", (), {"0": ""}))
    assert connections.bring(Wanted("SELECT * FROM orders", "shop"), like=repaired.id).known
    with sqlite3.connect(shop) as made:
        made.execute("INSERT INTO orders VALUES (60, 'Lyon', 1, 'late')")
    again = connections.bring(Wanted("SELECT * FROM orders", "shop"), like=repaired.id)
    assert not again.known
    assert datasets.frame(again.dataset.id).shape == (61, 3)


@pytest.mark.parametrize(
    "query",
    [
        "DELETE FROM orders",
        "SELECT 1; DROP TABLE orders",
        "WITH x AS (SELECT 1) INSERT INTO orders (id) SELECT 1",
        "PRAGMA query_only = OFF",
        "ATTACH '/etc/hosts' AS other",
        "SELECT '",
    ],
)
def test_what_does_not_only_read_is_not_asked(shop: Path, query: str) -> None:
    before = shop.read_bytes()
    refused(Wanted(query, "shop"))
    assert shop.read_bytes() == before


@pytest.mark.parametrize(
    "statement", ["INSERT INTO orders (id) VALUES (1)", "SELECT * FROM pragma_database_list", "PRAGMA query_only = OFF"]
)
def test_the_connection_itself_only_reads(shop: Path, statement: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "only_reads", lambda query, url: query)
    question = asking.Question(f"sqlite:///{shop}", statement, 10, 1000)
    with pytest.raises(UserError):
        asking.answer(question, shop.with_name("rows.csv"))


@pytest.mark.parametrize(
    ("query", "kind"),
    [
        ("SELECT E'\\'' ; DROP TABLE t; --'", "postgresql"),
        ("SELECT $$ a $$; DELETE FROM t", "postgresql"),
        ("SELECT * INTO other FROM t", "postgresql"),
        ("WITH gone AS (DELETE FROM t RETURNING *) SELECT * FROM gone", "postgresql"),
        ("SELECT * FROM t FOR UPDATE", "postgresql"),
        ("SELECT 'it\\'s' INTO OUTFILE '/srv/x'", "mysql"),
        ("SELECT 1 /*!50000 INTO OUTFILE '/srv/x' */", "mysql"),
    ],
)
def test_statements_are_told_apart_in_each_databases_own_words(query: str, kind: str) -> None:
    with pytest.raises(UserError):
        asking.only_reads(query, sources.make_url(f"{kind}://u:p@h/d"))


def test_words_in_texts_names_and_remarks_stand_in_nobodys_way() -> None:
    url = sources.make_url("postgresql://u:p@h/d")
    query = "SELECT \"update\", 'delete; insert' AS a, last_update /* into */ FROM t -- merge"
    assert asking.only_reads(query + "\n;", url).startswith(query)


def test_a_question_that_takes_too_long_is_given_up(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "CONNECT_SECONDS", 0)
    endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT max(x) FROM n"
    question = asking.Question(f"sqlite:///{shop}", endless, 10, 1000, seconds=2)
    with pytest.raises(UserError, match="did not finish within 2 seconds"):
        asking.ask(question, shop.with_name("rows.csv"), typed=False)


def test_a_question_that_is_stopped_ends_its_process_and_keeps_nothing(home: Path, shop: Path) -> None:
    endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x FROM n"
    before = set(psutil.Process().children())
    asked = Wanted(endless, "shop", most_rows=connections.MOST_ROWS)
    errand = errands.begin("here", Text("Asking", "查询"), lambda: connections.bring(asked))
    deadline = time.monotonic() + 60
    while not errand.rows and time.monotonic() < deadline:
        time.sleep(0.02)
    child = (set(psutil.Process().children()) - before).pop()
    assert errands.going_on("here") == [errand]
    errand.stop()
    assert errand.wait(30)
    assert (errand.stopped, errand.error, errand.result) == (True, None, None)
    assert not child.is_running()
    assert datasets.listed() == []
    assert not list((home / "incoming").iterdir())


@pytest.mark.parametrize(
    "typed",
    [
        "sqlite:////etc/passwd",
        "sqlite://",
        "postgresql:///own",
        "postgresql://u:p@h/d?passfile=/etc/passwd",
        "postgresql://u:p@h/d?host=/var/run",
        "mysql://u:p@h/d?read_default_file=/etc/x",
        "oracle://u:p@h/d",
        "duckdb:////etc/x",
        "mysql://u:pass@word@h/d",
        "nothing",
    ],
)
def test_a_typed_address_reaches_no_file_of_this_machine(typed: str) -> None:
    assert "p@h" not in refused(Wanted("SELECT 1", None, typed))


def test_the_houses_own_database_is_never_asked(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    datasets.listed()
    monkeypatch.setenv("MODELWRIGHT_DATABASE_OWN", f"sqlite:///{home}/modelwright.db")
    config_module.config.cache_clear()
    assert "own database" in refused(Wanted("SELECT * FROM facts", "own"))
    monkeypatch.setenv("DATABASE_URL", "postgresql+psycopg://a:b@localhost/house")
    config_module.config.cache_clear()
    with pytest.raises(UserError, match="own database"):
        sources.typed("postgres://x:y@127.0.0.1:5432/house")


def test_an_operator_can_leave_only_the_named_ones(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODELWRIGHT_TYPED_DATABASES", "off")
    config_module.config.cache_clear()
    assert "operator has named" in refused(Wanted("SELECT 1", None, "postgresql://u:p@h/d"))
    assert connections.databases() == ("shop",)


def test_a_missing_driver_is_said_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_: object, **__: object) -> None:
        raise ModuleNotFoundError(name="pymysql")

    monkeypatch.setattr(asking, "create_engine", none)
    question = asking.Question("mysql+pymysql://u:p@h/d", "SELECT 1", 10, 1000)
    with pytest.raises(UserError, match="pip install PyMySQL"):
        asking.answer(question, Path("none"))


def test_the_password_is_in_no_message_log_or_file(home: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    said = refused(Wanted("SELECT 1", None, f"postgresql://somebody:{SECRET}@127.0.0.1:1/sales"))
    assert "127.0.0.1:1/sales" in said
    for words in (
        said,
        caplog.text,
        *(path.read_bytes().decode("latin-1") for path in home.rglob("*") if path.is_file()),
    ):
        assert SECRET not in words
        assert "somebody" not in words


def test_an_answer_keeps_no_secret_of_its_address(home: Path, shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODELWRIGHT_DATABASE_SHOP", f"sqlite://somebody:{SECRET}@/{shop}")
    monkeypatch.setattr(sources, "_parsed", lambda address: sources.make_url(f"sqlite:///{shop}").set(password=SECRET))
    config_module.config.cache_clear()
    connections.bring(Wanted("SELECT * FROM orders", "shop"))
    for path in home.rglob("*"):
        assert SECRET not in path.name
        assert not path.is_file() or SECRET.encode() not in path.read_bytes()


def test_what_a_driver_says_is_shown_without_name_and_password() -> None:
    url = sources.make_url("postgresql://bobby:p%40ss-1@h/d")
    assert sources.without_secrets("user bobby with p@ss-1 or p%40ss-1", url) == "user ••• with ••• or •••"
    assert sources.without_secrets("user b fails", sources.make_url("postgresql://b:x@h/d")) == ""
