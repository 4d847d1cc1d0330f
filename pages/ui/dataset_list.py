"""The data there is: a line each, searched, renamed, deleted."""

from __future__ import annotations

import streamlit as st

from core.services import datasets
from pages.ui import address, layout
from pages.ui.language import t
from pages.ui.words import count, plain, shorten, size, when


def listing(known: list[datasets.DatasetView]) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", key="list-head"):
        layout.heading(t("Your files", "已有数据"))
        word = st.text_input(
            t("Search", "搜索"),
            key="data-search",
            placeholder=t("Search by name", "按名称搜索"),
            icon=":material/search:",
            label_visibility="collapsed",
            width=260,
        )
    found = datasets.latest(word) if word else known
    if not found:
        layout.say(t("Nothing is called “{word}”.", "没有名称包含“{word}”的数据。", word=word))
        return
    with layout.panel("datasets"):
        for view in found:
            dataset_row(view)


def dataset_row(view: datasets.DatasetView) -> None:
    with st.container(key=f"line-data-{view.id}"):
        name, rows, added, more = st.columns([4.6, 2.8, 1.8, 0.8], vertical_alignment="center")
        with name, st.container(gap=None):
            address.link(
                "data", f"**{plain(shorten(view.name, 60))}**", dataset=view.id, scenario=address.param("scenario")
            )
            st.caption(origin(view))
        rows.caption(shape(view))
        added.caption(when(view.created_at))
        with more:
            menu(view, f"list-{view.id}")


def origin(view: datasets.DatasetView) -> str:
    if view.sample:
        return t("Sample data", "示例数据")
    if view.recipe:
        name, steps = plain(shorten(view.file_name, 40)), len(view.recipe)
        if steps == 1:
            return t("{file}, prepared in 1 step", "{file}，经过 1 步处理", file=name)
        return t("{file}, prepared in {n} steps", "{file}，经过 {n} 步处理", file=name, n=steps)
    return plain(shorten(view.file_name, 48))


def shape(view: datasets.DatasetView) -> str:
    said = t("1 column", "1 列") if view.columns == 1 else t("{n} columns", "{n} 列", n=view.columns)
    return t("{rows} rows · {columns}", "{rows} 行 · {columns}", rows=count(view.rows), columns=said)


def menu(view: datasets.DatasetView, key: str) -> None:
    """Rename and delete, out of the way."""
    with st.popover(t("More", "更多"), key=f"menu-{key}", type="tertiary"):
        name = st.text_input(t("Name", "名称"), value=view.name, key=f"name-{key}", max_chars=200)
        if st.button(t("Rename", "重命名"), key=f"rename-{key}", disabled=not name.strip() or name == view.name):
            datasets.rename(view.id, name.strip())
            st.rerun()
        label = t(
            "Delete “{name}” ({size})", "删除“{name}”（{size}）", name=shorten(view.name, 24), size=size(view.bytes)
        )
        if st.button(plain(label), key=f"delete-{key}", icon=":material/delete:", disabled=not view.deletable):
            delete(view)


def delete(view: datasets.DatasetView) -> None:
    with layout.told():
        datasets.delete(view.id)
        said = t("“{name}” was deleted.", "已删除“{name}”。", name=shorten(view.name))
        layout.offer_undo(said, lambda: datasets.restore(view.id))
        address.go("data")
