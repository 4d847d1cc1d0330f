"""A view's answer: the finding, the picture that suits it, its numbers, and both to take along."""

from __future__ import annotations

import json

import pandas as pd
import streamlit as st

from core import charts
from core.data.exploring import Answer, sorted_by_kind
from core.data.profile import Profile
from core.services import datasets, exploring
from core.views import FIGURES, Crossed, Figure, View
from core.words import Text
from pages.ui import layout, screen
from pages.ui.cards import download
from pages.ui.language import t
from pages.ui.words import count, plain

SHOWN = 500
FIGURE_WORDS: dict[Figure, Text] = {
    "mean": Text("Average", "平均"),
    "sum": Text("Total", "合计"),
    "median": Text("Middle", "中位数"),
    "min": Text("Lowest", "最小"),
    "max": Text("Highest", "最大"),
}


def ask_figure(profile: Profile, columns: tuple[str, ...], key: str) -> Figure:
    """Which figure of the numbers, where numbers stand against words or times; else the usual one."""
    if columns:
        asked = sorted_by_kind(View(columns), profile)
        if asked.numbers and (asked.words or asked.times):
            label = t("Figure of “{name}”", "“{name}”取", name=asked.numbers[0])
            return st.selectbox(
                plain(label),
                FIGURES,
                key=key,
                format_func=lambda one: t(FIGURE_WORDS[one]),
                width=220,
                persist_state="session",
            )
    return "mean"


@st.cache_data(max_entries=200, show_spinner=False)
def answered(dataset_id: str, asked: str) -> Answer:
    return exploring.answer(dataset_id, View.from_json(json.loads(asked)))


def draw(data: datasets.DatasetView, view: View) -> None:
    with st.spinner(t("Counting…", "正在统计……")):
        found = answered(data.id, json.dumps(view.to_json()))
    style, picture = screen.style(), found.picture
    if isinstance(picture, Crossed):
        picture = upright(picture, narrow=style.narrow)
    figure = charts.picture_figure(picture, style)
    with st.container(key="card-view", border=True, gap="small"):
        with st.container(key="cardhead-view"):
            st.markdown(f"### {plain(t(found.said))}\n\n{rows_said(data, found)}")
        least = charts.crossed_width(picture, style.language) if isinstance(picture, Crossed) else 0
        st.html(f"<style>.st-key-scroll-{least} > div {{ min-width: {least}px }}</style>")
        with st.container(key=f"scroll-{least}"):
            st.plotly_chart(figure, key="view-chart", theme=None, config=charts.config("view"), alt=t(found.said))
        if style.narrow and least > style.px:
            layout.quiet(t("Swipe the picture sideways to see all of it.", "左右滑动可查看完整图表。"))
        for note in found.notes:
            layout.quiet(t(note))
    table(found)


def upright(picture: Crossed, *, narrow: bool) -> Crossed:
    """On a phone the longer side goes down the page, which scrolls anyway."""
    wide = len(picture.columns) > len(picture.rows) and not picture.ordered
    return picture.turned() if narrow and wide else picture


def rows_said(data: datasets.DatasetView, found: Answer) -> str:
    if found.rows == data.rows:
        return t("All {rows} rows.", "全部 {rows} 行。", rows=count(found.rows))
    return t(
        "{n} of {rows} rows, by your filters.",
        "按筛选条件，{rows} 行中的 {n} 行。",
        n=count(found.rows),
        rows=count(data.rows),
    )


def table(found: Answer) -> None:
    """The numbers, and both formats to take along, formulas made harmless."""
    named = {key: t(title) if isinstance(title, Text) else title for key, title in found.titles.items()}
    frame = told_apart(found.table.rename(columns=named))
    with st.expander(t("The numbers ({n} rows)", "数据表（{n} 行）", n=count(len(frame))), key="view-numbers"):
        st.dataframe(frame.head(SHOWN), hide_index=True, key="view-table")
        if len(frame) > SHOWN:
            layout.quiet(
                t("The first {n} are shown; a download holds all.", "仅显示前 {n} 行，下载文件包含全部。", n=SHOWN)
            )
    with st.container(key="downloads-view", horizontal=True):
        for format in ("csv", "xlsx"):
            download(frame, f"view.{format}", format, f"view-{format}")


def told_apart(frame: pd.DataFrame) -> pd.DataFrame:
    """Column names of which no two are equal."""
    names: list[str] = []
    for name in map(str, frame.columns):
        names.append(name if name not in names else f"{name} ({names.count(name) + 1})")
    return frame.set_axis(names, axis=1)
