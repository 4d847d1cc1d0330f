"""Draws core's cards: the finding, how to read it, the body, and quiet downloads."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import Any, Literal

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from core import charts
from core.cards import Bars, Body, Card, Facts, Grid, Lines, Matrix, Number, Numbers, Rows
from core.services.workbooks import table_bytes
from pages.ui import grids, screen
from pages.ui.language import t
from pages.ui.words import plain, shorten

ACTUAL, GIVEN = "actual", "given"
"""The columns of a result's rows that a confusion matrix counts."""
MIME = {"csv": "text/csv", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
TABLE_ROWS, READING_ROWS = 2000, 100
LONGEST = 1000
"""Characters of a cell that are shown; a file taken along has them all."""
LONG = 60


@dataclass(frozen=True)
class Source:
    """Where cards get what they do not hold: the result's rows, how they are read, and a key for the cache."""

    key: str
    rows: pd.DataFrame
    reading: Rows
    half: bool = False
    """Whether two of the cards stand side by side where there is room."""


def reading(found: Sequence[Card]) -> Rows:
    """How a scenario shows rows: their columns and the words for their values; empty where it has no such card."""
    return next((card.body for card in found if isinstance(card.body, Rows)), Rows(()))


@cache
def _stylesheet() -> str:
    return f"<style>{(Path(__file__).parent / 'cards.css').read_text('utf-8')}</style>"


def styles() -> None:
    st.html(_stylesheet())


def draw(card: Card, source: Source) -> None:
    """One card with everything that belongs to it."""
    with st.container(key=f"card-{card.key}", border=True, gap="small"):
        with st.container(key=f"cardhead-{card.key}"):
            st.markdown(f"### {plain(t(card.title))}\n\n{plain(t(card.reading))}")
        _draw_body(card, source)


def _draw_body(card: Card, source: Source) -> None:
    if isinstance(card.body, Numbers):
        numbers(card.body, f"numbers-{card.key}")
    elif isinstance(card.body, Facts):
        facts(card.body)
    elif isinstance(card.body, Grid):
        grids.grid(card.key, card.body)
        _downloads(card, source.key, screen.style())
    elif isinstance(card.body, Rows):
        _rows(card, card.body, source)
    elif isinstance(card.body, Matrix):
        _matrix(card, card.body, source)
    else:
        chart(card, source)


@st.cache_resource(max_entries=400, show_spinner=False)
def _figure(key: str, card_key: str, style: charts.Style, _body: Body) -> go.Figure:
    return charts.figure(_body, style.language, style.dark, style.width)


@st.cache_data(max_entries=400, show_spinner=False)
def _numbers(key: str, card_key: str, language: str, _body: Body) -> bytes:
    return table_bytes(charts.numbers_table(_body, language), "csv")


def chart(card: Card, source: Source) -> None:
    """A chart with its numbers to take along."""
    key, style = source.key, screen.style()
    style = replace(style, width="half") if source.half and not style.narrow else style
    figure = _figure(key, card.key, style, card.body)
    st.plotly_chart(figure, key=f"chart-{card.key}", theme=None, config=charts.config(card.key), alt=_alt(card))
    _downloads(card, key, style)


def _alt(card: Card) -> str:
    return f"{t(card.title)}. {t(card.reading)}"


def _downloads(card: Card, key: str, style: charts.Style) -> None:
    beside = "axis-" if isinstance(card.body, Bars | Lines) else ""
    with st.container(key=f"downloads-{beside}{card.key}", horizontal=True):
        st.download_button(
            t("Numbers as CSV", "下载数据（CSV）"),
            data=partial(_numbers, key, card.key, style.language, card.body),
            file_name=f"{card.key}.csv",
            mime=MIME["csv"],
            key=f"numbers-{card.key}",
            type="tertiary",
            icon=":material/download:",
            on_click="ignore",
        )


# --- numbers -----------------------------------------------------------------------------------------------------


def numbers(body: Numbers, key: str = "numbers") -> None:
    """Figures in a row, each with its interval drawn on one common scale."""
    with st.grid(4, min_column_width=150, gap="small", key=key):
        for place, number in enumerate(body.items):
            with st.container(key=f"number-{number.part}-{place}-{key}", gap="xxsmall"):
                st.markdown(plain(t(number.label)), help=plain(t(number.help)) if number.help else None)
                st.caption(plain(t(number.term)) if number.term else "&nbsp;")
                st.html(_number_html(number, body.items, screen.style().language))


def _number_html(number: Number, items: Sequence[Number], language: str) -> str:
    """Only figures reach this HTML, never words of a user."""
    value = f'<div class="mw-figure">{charts.said(number.value, number.unit, language)}</div>'
    at = [place * 100 for place in charts.span(number, items)]
    if not at or number.low is None or number.high is None:
        return f'{value}<div class="mw-none"></div>'
    said = charts.said_range(number.low, number.high, number.unit, language, number.value)
    return (
        f'{value}<div class="mw-interval" role="img" aria-label="{said}"><i style="left:{at[0]:.1f}%;right:{100 - at[2]:.1f}%"></i>'
        f'<b style="left:{at[1]:.1f}%"></b></div><div class="mw-range">{said}</div>'
    )


# --- facts and rows ----------------------------------------------------------------------------------------------


def facts(body: Facts) -> None:
    """Names on the left, what they are on the right."""
    frame = pd.DataFrame([(plain(t(name)), plain(t(value))) for name, value in body.items], columns=["name", "value"])
    st.table(frame, border="horizontal", hide_header=True, hide_index=True)


def _rows(card: Card, body: Rows, source: Source) -> None:
    frame = source.rows
    for column, wanted in (body.where or {}).items():
        frame = frame[frame[column] == wanted] if column in frame else frame
    if body.sort and body.sort in frame:
        frame = frame.sort_values(body.sort, ascending=False, kind="stable")
    rows_table(frame.head(body.limit), body, card.key)


def rows_table(frame: pd.DataFrame, body: Rows, key: str) -> None:
    """Rows to read, search, sort and take along (CSV, XLSX, with the values as they are in the data)."""
    frame = frame.round({name: 3 for name in frame.columns if pd.api.types.is_float_dtype(frame[name])})
    known = [(column, t(title)) for column, title in body.columns if column in frame] or [
        (c, str(c)) for c in frame.columns
    ]
    raw = frame[[column for column, _ in known]].rename(columns=dict(known)).reset_index(drop=True)
    shown = raw.apply(_in_words, values={value: t(title) for value, title in body.values.items()})
    if shown.empty:
        st.caption(t("There are no such rows.", "没有这样的行。"))
        return
    long = _has_long_texts(shown)
    with st.container(key=f"tools-{key}", horizontal=True, vertical_alignment="center"):
        wanted = st.text_input(
            t("Search", "搜索"),
            key=f"search-{key}",
            placeholder=t("Search these rows", "在这些行中搜索"),
            label_visibility="collapsed",
            width=280,
            icon=":material/search:",
        )
        found = search(shown, wanted)
        if long:
            found = _sorted(found, key)
        for format in ("csv", "xlsx"):
            download(raw.loc[found.index], f"{key}.{format}", format, f"{format}-{key}")
    if found.empty:
        st.caption(t("No row holds “{word}”.", "没有包含“{word}”的行。", word=plain(shorten(wanted))))
        return
    most = READING_ROWS if long else TABLE_ROWS
    if long:
        _reading(found.head(most), key)
    else:
        columns = {str(name): _column(found[name]) for name in found.columns}
        st.dataframe(found.head(most), hide_index=True, key=f"rows-{key}", column_config=columns, placeholder="–")
    total = len(shown)
    st.caption(
        t("{n} of {total} rows", "共 {total} 行，显示 {n} 行", n=f"{min(len(found), most):,}", total=f"{total:,}")
    )


def _in_words(column: pd.Series, values: Mapping[str, str]) -> pd.Series:
    """A column that holds nothing but values with words, in those words; any other as it is, missing texts as empty."""
    if len(column) and set(column) <= set(values):
        return column.map(values)
    return column if pd.api.types.is_numeric_dtype(column) else column.astype(object).where(column.notna(), "")


def _has_long_texts(frame: pd.DataFrame) -> bool:
    return any(float(_lengths(frame[name]).quantile(0.8)) > LONG for name in frame.columns)


def _lengths(values: pd.Series) -> pd.Series:
    """How long each value is on the page, in Latin letters: a Chinese character is as wide as two."""
    return values.astype(object).map(lambda value: len(str(value)) + sum(letter > "\u2e7f" for letter in str(value)))


def _sorted(frame: pd.DataFrame, key: str) -> pd.DataFrame:
    label = t("Sort", "排序")
    by = st.selectbox(
        label,
        [str(name) for name in frame.columns],
        index=None,
        key=f"sort-{key}",
        width=180,
        placeholder=t("Sort by", "排序方式"),
        label_visibility="collapsed",
    )
    return frame.sort_values(by, ascending=not _is_share(frame[by]), kind="stable") if by else frame


def _reading(frame: pd.DataFrame, key: str) -> None:
    """Rows with long texts in a frame that scrolls; only what nobody reads to its end is cut."""
    shown = pd.DataFrame(
        {
            plain(name): [
                charts.said(v, "share", "en") if _is_share(frame[name]) else plain(shorten(v, LONGEST))
                for v in frame[name]
            ]
            for name in frame.columns
        }
    )
    with st.container(key=f"reading-{key}", height=520 if len(shown) > 6 else "content", border=False):
        st.table(shown, border="horizontal", hide_index=True)


def _is_share(values: pd.Series) -> bool:
    return bool(pd.api.types.is_float_dtype(values) and values.between(0, 1).all())


def search(frame: pd.DataFrame, word: str | None) -> pd.DataFrame:
    """The rows that hold the word in any column, in upper or lower case."""
    if not word or not word.strip():
        return frame
    hits = [frame[name].astype(str).str.contains(word.strip(), case=False, regex=False) for name in frame.columns]
    return frame[pd.concat(hits, axis=1).any(axis=1)]


def _column(values: pd.Series) -> Any:
    if _is_share(values):
        return st.column_config.ProgressColumn(format="percent", min_value=0, max_value=1, width="small")
    if pd.api.types.is_bool_dtype(values) or pd.api.types.is_numeric_dtype(values):
        return st.column_config.Column(width="small")
    return st.column_config.TextColumn(width="large" if _lengths(values).mean() > LONG / 2 else "small")


def download(frame: pd.DataFrame, name: str, format: Literal["csv", "xlsx"], key: str) -> None:
    """A quiet button whose file is made when it is clicked."""
    make: Callable[[], bytes] = partial(table_bytes, frame, format)
    st.download_button(
        format.upper(),
        data=make,
        file_name=name,
        mime=MIME[format],
        key=key,
        type="tertiary",
        icon=":material/download:",
        on_click="ignore",
    )


# --- confusion matrix --------------------------------------------------------------------------------------------


def _matrix(card: Card, body: Matrix, source: Source) -> None:
    """The matrix, and under it the rows of the chosen cell: chosen by a click or, from the keyboard, in two boxes."""
    style, key = screen.style(), card.key
    cell = _cell(key, body)
    figure = _figure(source.key, key, style, body)
    if cell:
        figure = charts.outline(go.Figure(figure), cell, style)
    least = charts.matrix_width(body, style.language)
    st.html(f"<style>.st-key-scroll-{least} > div {{ min-width: {least}px }}</style>")
    with st.container(key=f"scroll-{least}"):
        st.plotly_chart(
            figure,
            key=f"chart-{key}",
            theme=None,
            config=charts.config(key),
            alt=_alt(card),
            selection_mode="points",
            on_select=partial(_clicked, key, body),
        )
    said = dict(zip(body.classes, body.names(style.language), strict=True))
    with st.container(key=f"cell-{key}", horizontal=True, vertical_alignment="bottom"):
        for side, title in ((ACTUAL, t("Actual", "实际")), (GIVEN, t("Model says", "模型判为"))):
            st.selectbox(
                title,
                body.classes,
                index=None,
                key=f"{key}-{side}",
                placeholder=t("any", "不限"),
                width=220,
                format_func=lambda label: said.get(label, str(label)),
            )
        _downloads(card, source.key, style)
    frame, wanted = source.rows, _wanted(key)
    if not wanted:
        st.caption(
            t(
                "Choose a cell, or a class in the boxes, to read its rows.",
                "点选一格，或在上方选择类别，即可阅读对应的行。",
            )
        )
        return
    for side, value in wanted.items():
        frame = frame[frame[side].astype(str) == value] if side in frame else frame
    rows_table(frame, source.reading, f"{key}-cell")


def _wanted(key: str) -> dict[str, str]:
    return {
        side: st.session_state[f"{key}-{side}"] for side in (ACTUAL, GIVEN) if st.session_state.get(f"{key}-{side}")
    }


def _cell(key: str, body: Matrix) -> tuple[int, int] | None:
    wanted = _wanted(key)
    if len(wanted) < 2 or not set(wanted.values()) <= set(body.classes):
        return None
    return body.classes.index(wanted[ACTUAL]), body.classes.index(wanted[GIVEN])


def _clicked(key: str, body: Matrix) -> None:
    points = st.session_state[f"chart-{key}"].selection.points
    if points:
        row, column = points[0]["curve_number"], points[0]["point_index"]
        st.session_state[f"{key}-{ACTUAL}"], st.session_state[f"{key}-{GIVEN}"] = (
            body.classes[row],
            body.classes[column],
        )
