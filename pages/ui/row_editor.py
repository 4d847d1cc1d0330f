"""The rows of a table: found by a word or a value, changed by hand, kept as a new version."""

from __future__ import annotations

from functools import partial
from typing import Any, Literal

import pandas as pd
import streamlit as st

from core.data.profile import Profile
from core.data.recipe import Step
from core.data.rows import Found, Wanted, steps_of
from core.services import datasets, inspecting, workbooks
from core.words import Text, UserError
from pages.ui import layout
from pages.ui.cards import MIME
from pages.ui.language import t
from pages.ui.preflight import fix
from pages.ui.view_filters import choices
from pages.ui.words import count, plain, shorten

PAGE = 100
MOST_OPTIONS = 30
MOST_IN_EXCEL = 200_000
EMPTY = Text("(empty)", "（空）")


def rows(view: datasets.DatasetView, profile: Profile) -> None:
    """A page of rows to read and change; what is changed waits until it is kept or discarded."""
    key = f"rows-{view.id}"
    pending = bool(_pending(key))
    wanted = _search(key, profile, pending)
    page = st.session_state.get(f"{key}-page", 0)
    found = inspecting.rows(view.id, wanted, page * PAGE, PAGE)
    if not found.total:
        layout.say(t("No row fits.", "没有符合条件的行。"))
        return
    st.session_state[f"{key}-shown"] = found.frame.index.tolist()
    _editor(key, profile, found)
    steps = _pending(key)
    _below(view, key, found, page, bool(steps))
    if steps:
        _keep(view, key, steps)
    else:
        _change_all(view, profile, wanted, found.total)


def _search(key: str, profile: Profile, pending: bool) -> Wanted:
    def begin() -> None:
        st.session_state[f"{key}-page"] = 0

    names = [column.name for column in profile.columns if column.kind in ("category", "boolean")]
    with st.container(key=f"find-{key}", horizontal=True, vertical_alignment="bottom"):
        word = st.text_input(
            t("Find", "查找"),
            key=f"{key}-word",
            placeholder=t("A word in any column", "任意列中的文字"),
            icon=":material/search:",
            width=260,
            disabled=pending,
            on_change=begin,
        )
        column = value = None
        if names:
            column = st.selectbox(
                t("Only where", "仅限"),
                names,
                index=None,
                key=f"{key}-column",
                placeholder=t("any column", "不限"),
                width=200,
                disabled=pending,
                on_change=begin,
            )
        if column:
            empty = t(EMPTY)
            value = st.selectbox(
                t("is", "等于"),
                choices(profile.column(column)),
                index=None,
                key=f"{key}-value-{column}",
                placeholder=t("any value", "任意值"),
                format_func=lambda one: one or empty,
                width=200,
                disabled=pending,
                on_change=begin,
            )
    return Wanted(word or "", column, value)


def _editor(key: str, profile: Profile, found: Found) -> None:
    """Words of few different values are chosen from a list, so that no new spelling slips in."""
    config: dict[str, Any] = {"_index": st.column_config.NumberColumn(t("Row", "行号"), format="%d", disabled=True)}
    for column in profile.columns:
        if column.kind == "category" and column.distinct <= MOST_OPTIONS and _is_text(found.frame[column.name]):
            config[column.name] = st.column_config.SelectboxColumn(options=[value for value, _ in column.top])
    shown = found.frame.set_axis(found.frame.index + 1, axis=0)
    st.data_editor(shown, key=_editor_key(key), num_rows="delete", height=520, column_config=config)


def _is_text(values: pd.Series) -> bool:
    return bool(pd.api.types.is_string_dtype(values.dtype) or values.dtype == object)


def _editor_key(key: str) -> str:
    return f"{key}-editor-{st.session_state.get(f'{key}-turn', 0)}"


def _pending(key: str) -> list[Step]:
    """The changes that were made on this page of rows and not kept yet."""
    state: Any = st.session_state.get(_editor_key(key))
    shown = st.session_state.get(f"{key}-shown", [])
    if not state or not shown:
        return []
    cells, removed = state["edited_rows"], state["deleted_rows"]
    names = [name for values in cells.values() for name in values if name != "_index"]
    return steps_of(shown, {int(row): values for row, values in cells.items()}, removed, names)


def _turn(key: str, page: int | None = None) -> None:
    """Begins anew: a fresh table, perhaps on another page."""
    st.session_state[f"{key}-turn"] = st.session_state.get(f"{key}-turn", 0) + 1
    if page is not None:
        st.session_state[f"{key}-page"] = page


def _below(view: datasets.DatasetView, key: str, found: Found, page: int, pending: bool) -> None:
    """Where we are, the pages before and after, and the whole table to take along."""
    last = (found.total - 1) // PAGE
    with st.container(key=f"pages-{key}", horizontal=True, vertical_alignment="center", gap="small"):
        first = page * PAGE + 1
        until = min(found.total, first + PAGE - 1)
        layout.quiet(
            t("{a}–{b} of {n} rows", "第 {a}–{b} 行，共 {n} 行", a=count(first), b=count(until), n=count(found.total))
        )
        if last:
            before, after = t("Previous", "上一页"), t("Next", "下一页")
            for label, step, stop in ((before, -1, page == 0), (after, 1, page >= last)):
                st.button(
                    label,
                    key=f"{key}-turn-{step}",
                    type="tertiary",
                    disabled=pending or stop,
                    on_click=_turn,
                    args=(key, page + step),
                )
        _take_along(view)


def _take_along(view: datasets.DatasetView) -> None:
    """This version as a file, formulas made harmless; it is written when it is asked for."""
    formats: list[Literal["csv", "xlsx"]] = ["csv"] if view.rows > MOST_IN_EXCEL else ["csv", "xlsx"]
    for format in formats:
        st.download_button(
            format.upper(),
            data=partial(workbooks.dataset_bytes, view.id, format),
            file_name=f"{view.name}.{format}",
            mime=MIME[format],
            key=f"take-{format}",
            type="tertiary",
            icon=":material/download:",
            on_click="ignore",
        )


def _keep(view: datasets.DatasetView, key: str, steps: list[Step]) -> None:
    cells = sum(len(step.values) for step in steps if step.do == "set_cells")
    removed = sum(len(step.values) for step in steps if step.do == "drop_rows")
    said = t(
        "Not kept yet. Cells changed: {cells}; rows removed: {rows}.",
        "尚未保存：修改 {cells} 个单元格，删除 {rows} 行。",
        cells=cells,
        rows=removed,
    )
    with layout.note("caution", said, "unsaved"), st.container(horizontal=True):
        st.button(t("Keep as a new version", "保存为新版本"), key="keep-edits", on_click=fix, args=(view, *steps))
        st.button(t("Discard", "放弃"), key="discard-edits", type="tertiary", on_click=_turn, args=(key,))


def _change_all(view: datasets.DatasetView, profile: Profile, wanted: Wanted, total: int) -> None:
    """One value for all the rows that were found."""
    if wanted == Wanted() or (not wanted.word.strip() and wanted.value is None):
        return
    with st.popover(t("Change all {n} rows found", "修改找到的 {n} 行", n=count(total)), icon=":material/edit:"):
        column = st.selectbox(t("Column", "列"), [one.name for one in profile.columns], key=f"all-column-{view.id}")
        value = st.text_input(t("New value", "新值"), key=f"all-value-{view.id}", placeholder=t("empty", "留空"))
        label = t("Set “{column}” in {n} rows", "修改 {n} 行的“{column}”", column=shorten(column, 30), n=count(total))
        if st.button(plain(label), key=f"all-go-{view.id}"):
            try:
                fix(view, inspecting.change_all(view.id, wanted, column, value.strip()))
            except UserError as error:
                layout.note("bad", t(error.text), "all-error")
                return
            st.rerun()
