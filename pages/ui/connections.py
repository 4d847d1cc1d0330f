"""Rows asked of a database: the form, and what a table remembers of the query that it came from."""

from __future__ import annotations

import streamlit as st

from core.services import connections, datasets
from core.services.connections import Asked, Wanted
from core.words import Text
from pages.ui import address, errands, layout
from pages.ui.language import t
from pages.ui.words import plain, shorten

EXAMPLE = "SELECT * FROM orders WHERE ordered_on >= '2024-01-01'"
TYPED = ""
DATABASE = Text("the database", "数据库")
ASKING = Text("Asking {database}: {query}", "正在查询 {database}：{query}")
READY = Text("The rows of your query are here.", "查询到的数据已经就绪。")


def ask_a_database() -> None:
    """The way in, beside files and pasted text; not there where nothing could be asked."""
    if connections.databases() or connections.may_type():
        with st.expander(t("Ask a database", "查询数据库"), icon=":material/database:"):
            _form("new", None, None)
        errands.errands_at(_place("new"), _open, READY)


def asked_of(view: datasets.DatasetView) -> None:
    """Where a table's rows were asked of, and asking again."""
    asked = connections.asked(view.id)
    if asked is None:
        return
    layout.heading(t("The query", "查询"))
    layout.say(
        t(
            "Asked of {database} on {when}.",
            "查询自 {database}，时间 {when}。",
            database=_name(asked),
            when=asked.at[:10],
        )
    )
    st.code(asked.query, language="sql", wrap_lines=True)
    if st.toggle(t("Ask again", "重新查询"), key="ask-again"):
        layout.quiet(
            t(
                "Gives a new table; the repairs of this one are done to its rows too.",
                "会生成新的数据，并按同样的步骤处理。",
            )
        )
        _form(view.id, asked, view)
    errands.errands_at(_place(view.id), _open, READY)


def _name(asked: Asked) -> str:
    named = t("{name} ({database})", "{name}（{database}）", name=asked.named or "", database=asked.database)
    return named if asked.named else asked.database


def _form(key: str, asked: Asked | None, like: datasets.DatasetView | None) -> None:
    named = _which(key, asked)
    typed = "" if named else _typed(key, asked)
    query = st.text_area(
        t("Query: one SELECT, as the database understands it", "查询语句：一条 SELECT"),
        value=asked.query if asked else "",
        key=f"ask-query-{key}",
        height=140,
        max_chars=connections.MOST_SAID,
        placeholder=EXAMPLE,
    )
    with st.container(horizontal=True, vertical_alignment="bottom", key=f"ask-foot-{key}"):
        most = st.number_input(
            t("At most this many rows", "最多读取的行数"),
            1,
            connections.MOST_ROWS,
            asked.most_rows if asked else connections.USUAL_ROWS,
            step=10_000,
            key=f"ask-most-{key}",
            width=220,
        )
        name = st.text_input(
            t("Name", "名称"), value=like.name if like else "", key=f"ask-name-{key}", max_chars=200, width=260
        )
        pressed = st.button(t("Read these rows", "读取这些行"), key=f"ask-{key}", disabled=not (named or typed))
    layout.quiet(
        t(
            "Nothing is changed in the database: what does not only read is refused, and after {n} minutes it is given up.",
            "不会改动数据库：只允许读取，超过 {n} 分钟自动停止。",
            n=connections.MINUTES,
        )
    )
    if pressed:
        _bring(key, Wanted(query, named or None, typed, int(most)), name, like)


def _which(key: str, asked: Asked | None) -> str:
    """The operator's name of the database, or TYPED."""
    options = [*connections.databases(), *([TYPED] if connections.may_type() else [])]
    if options == [TYPED]:
        return TYPED
    first = asked.named if asked and asked.named in options else TYPED if asked and TYPED in options else options[0]
    chosen: str = st.selectbox(
        t("Database", "数据库"),
        options,
        index=options.index(first or TYPED),
        format_func=lambda name: plain(name) if name else t("Another one: type its address", "其他：输入地址"),
        key=f"ask-database-{key}",
        width=360,
    )
    return chosen


def _typed(key: str, asked: Asked | None) -> str:
    return st.text_input(
        t("Address, with user and password", "地址（含用户名和密码）"),
        type="password",
        key=f"ask-address-{key}",
        placeholder=asked.database if asked else "postgresql://user:password@host:5432/database",
        help=t(
            "PostgreSQL, MySQL or MariaDB. It is used for this one query and not kept; give a user that may only read.",
            "支持 PostgreSQL、MySQL、MariaDB。仅用于这一次查询，不会保存；请使用只读账号。",
        ),
        autocomplete="off",
    ).strip()


def _bring(key: str, wanted: Wanted, name: str, like: datasets.DatasetView | None) -> None:
    what = ASKING.fill(database=wanted.named or name or DATABASE, query=shorten(wanted.query, 60))
    errands.begin(_place(key), what, lambda: connections.bring(wanted, name, like.id if like else None))


def _place(key: str) -> str:
    return f"ask-{key}"


def _open(added: datasets.Added) -> None:
    if added.known:
        st.session_state["known-file"] = added.dataset.id
    address.go("data", dataset=added.dataset.id, scenario=address.param("scenario"))
