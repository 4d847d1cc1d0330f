"""Explore: look into a table without code; the picture follows from the columns picked."""

from __future__ import annotations

from functools import partial

import streamlit as st

from core.services import datasets, exploring
from core.views import MOST_COLUMNS, View
from core.words import UserError
from pages.ui import address, cards, draft, explored, layout, screen, shell, view_filters
from pages.ui.language import t
from pages.ui.words import count, listed, plain, shorten


def main() -> None:
    id = address.param("dataset")
    if not id:
        address.go("data")
        return
    look(datasets.get(id))


def look(data: datasets.DatasetView) -> None:
    cards.styles()
    screen.measure()
    shell.steps("data", data.id, data.name)
    with st.container(horizontal=True, vertical_alignment="center", key="page-head"):
        layout.title(
            t("Explore {name}", "探索 {name}", name=shorten(data.name, 48)),
            t(
                "Pick one column or several: the picture follows from what they are.",
                "选择一列或几列，系统会按列的类型自动选用合适的图表。",
            ),
        )
        with st.container(horizontal=True, width="content", vertical_alignment="center"):
            address.link("data", t("Back to the data", "返回数据"), icon=":material/arrow_back:", dataset=data.id)
            if st.button(t("Use this data", "使用这份数据"), type="primary", key="use"):
                address.go("train", dataset=data.id)
    view = ask(data)
    draft.to_address("view", view.to_json() if view != View(()) else {})
    saved_views(data, view)
    if not view.columns:
        beginnings(data)
        return
    try:
        explored.draw(data, view)
    except UserError as error:
        layout.note("caution", t(error.text), "unanswered")


def prefix(data: datasets.DatasetView) -> str:
    return f"explore-{data.id}"


def put(data: datasets.DatasetView, view: View) -> None:
    """Sets the page's questions to this view, as far as this version of the data has its columns."""
    key, profile = prefix(data), datasets.profile(data.id)
    names = {column.name for column in profile.columns}
    st.session_state[f"{key}-columns"] = [name for name in view.columns if name in names]
    st.session_state[f"{key}-figure"] = view.figure
    view_filters.put(key, profile, view.filters)


def ask(data: datasets.DatasetView) -> View:
    """The columns, the figure and the filters; those of the address to begin with."""
    key, profile = prefix(data), datasets.profile(data.id)
    if f"{key}-columns" not in st.session_state:
        put(data, View.from_json(draft.from_address("view")))
    with layout.panel("view"):
        with st.container(key="view-row", horizontal=True, vertical_alignment="bottom"):
            columns = st.multiselect(
                t("Look at", "查看"),
                [column.name for column in profile.columns],
                key=f"{key}-columns",
                max_selections=MOST_COLUMNS,
                placeholder=t("Pick one column or several", "选择一列或几列"),
                persist_state="session",
            )
            figure = explored.ask_figure(profile, tuple(columns), f"{key}-figure")
        filters = view_filters.ask(key, profile)
    return View(tuple(columns), figure, filters)


def saved_views(data: datasets.DatasetView, view: View) -> None:
    """Views that were kept, each a click away, and a place to keep this one."""
    kept = exploring.saved(data.id)
    if not kept and not view.columns:
        return
    with st.container(key="saved-views", horizontal=True, vertical_alignment="center", gap="small"):
        for place, (name, one) in enumerate(kept.items()):
            st.button(
                plain(name),
                key=f"saved-{place}",
                icon=":material/bookmark:",
                type="secondary" if one == view else "tertiary",
                on_click=partial(put, data, one),
            )
        if view.columns:
            keep(data, view, kept)


def keep(data: datasets.DatasetView, view: View, kept: dict[str, View]) -> None:
    known = next((name for name, one in kept.items() if one == view), None)
    if known:
        forget = partial(exploring.forget, data.id, known)
        st.button(t("Remove this view", "删除此视图"), key="forget", type="tertiary", on_click=forget)
        return
    with st.popover(t("Save this view", "保存此视图"), icon=":material/bookmark_add:", type="tertiary", key="keep"):
        name = st.text_input(t("Name", "名称"), value=listed(list(view.columns)), max_chars=60, key="view-name")
        if st.button(t("Save", "保存"), key="save-view", disabled=not name.strip()):
            with layout.told():
                exploring.save(data.id, name, view)
                st.rerun()


def beginnings(data: datasets.DatasetView) -> None:
    """Views worth a look, where nothing is picked yet."""
    layout.heading(
        t("Where to begin", "从这里开始"),
        t(
            "Every view reads all {rows} rows, and its numbers can be taken along.",
            "每个视图都会读取全部 {rows} 行，数字可以下载。",
            rows=count(data.rows),
        ),
    )
    with st.container(key="beginnings", horizontal=True, gap="small"):
        for place, view in enumerate(exploring.worth_a_look(datasets.profile(data.id))):
            label = plain(shorten(" × ".join(view.columns), 60))
            st.button(label, key=f"begin-{place}", on_click=partial(put, data, view))


main()
