"""A table's profile as small charts, one card a column.

A component, because it shows users' own words: the browser puts them in as text, never as HTML.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

from core.data import personal
from core.data.profile import ColumnProfile, Profile
from core.words import Text
from pages.ui.language import t
from pages.ui.words import count, figure, percent, shorten

TOP = 5
LARGE = 1e12
MOST_CARDS = 60
KINDS: dict[str, Text] = {
    "text": Text("Text", "文本"),
    "category": Text("Categories", "类别"),
    "number": Text("Numbers", "数字"),
    "time": Text("Dates", "时间"),
    "id": Text("Identifiers", "编号"),
    "boolean": Text("Yes or no", "是／否"),
    "empty": Text("Empty", "空列"),
}
ORDERS: dict[str, Text] = {
    "day": Text("day first (not certain)", "日在前（不确定）"),
    "month": Text("month first (not certain)", "月在前（不确定）"),
}
_FOLDER = Path(__file__).parent
_component = st.components.v2.component(
    "modelwright_columns",
    html='<div class="grid" role="list"></div>',
    css=(_FOLDER / "column_cards.css").read_text("utf-8"),
    js=(_FOLDER / "column_cards.js").read_text("utf-8"),
)


def column_cards(profile: Profile, key: str) -> None:
    """Every column: its kind in words, what is missing, its most frequent values or its spread."""
    cards = [card(column, profile.rows) for column in profile.columns[:MOST_CARDS]]
    _component(key=f"columns-{key}", data={"cards": cards}, height="content")
    if len(profile.columns) > MOST_CARDS:
        rest = len(profile.columns) - MOST_CARDS
        st.caption(t("{rest} more columns are in the table under “Rows”.", "其余 {rest} 列见“数据行”。", rest=rest))


def card(column: ColumnProfile, rows: int) -> dict[str, Any]:
    """What the browser draws for a column: plain words and numbers."""
    spread = column.length_histogram if column.kind == "text" else column.histogram if column.kind != "id" else None
    repeats = bool(column.top) and column.top[0][1] > max(1, 0.02 * rows)
    values = column.kind in ("category", "boolean") or (
        column.kind in ("time", "number") and spread is None and repeats
    )
    return {
        "name": column.name,
        "kind": _kind(column),
        "missing": _missing(column.missing, rows),
        "gap": column.missing > 0,
        "facts": _facts(column),
        "bars": _bars(column, rows) if values else [],
        "spread": _spread(spread) if spread and not values else [],
        "examples": [shorten(example, 90) for example in column.examples[:2]]
        if column.kind in ("text", "id") or (column.kind == "time" and not values)
        else [],
    }


def _kind(column: ColumnProfile) -> str:
    """The kind in words, as closely as reading knows it."""
    meaning = column.meaning
    if column.personal and column.kind == "id":
        words = t({**personal.KINDS, **personal.PEOPLE}.get(column.personal[0], KINDS["id"]))
        return words[:1].upper() + words[1:]
    if column.kind == "number" and meaning.kind == "money":
        return t("Money ({unit})", "金额（{unit}）", unit=meaning.unit)
    if column.kind == "number" and meaning.kind == "percent":
        return t("Percent", "百分比")
    if meaning.kind == "rounded":
        return t("Identifiers, rounded by Excel", "被 Excel 取近似值的编号")
    if column.kind == "time" and meaning.order in ORDERS and meaning.unsure:
        return t("Dates, {order}", "时间，{order}", order=ORDERS[meaning.order])
    return t(KINDS[column.kind])


def _missing(missing: int, rows: int) -> str:
    if not missing:
        return t("nothing missing", "无缺失")
    share = missing / max(rows, 1)
    if share < 0.01:
        return t("{n} missing", "缺 {n} 个", n=count(missing))
    if 0.995 <= share < 1:
        return t("nearly all missing", "几乎全部缺失")
    return t("{share} missing", "缺失 {share}", share=percent(share))


def _facts(column: ColumnProfile) -> str:
    if column.lengths:
        middle, _, longest = column.lengths
        return t("usually {a} characters, at most {b}", "通常 {a} 个字符，最长 {b}", a=count(middle), b=count(longest))
    if column.kind == "number" and column.minimum is not None and abs(column.maximum or 0) < LARGE:
        return t(
            "{a} to {b}, middle {c}",
            "{a} 到 {b}，中位数 {c}",
            a=figure(column.minimum),
            b=figure(column.maximum or 0),
            c=figure(column.median or 0),
        )
    if column.kind == "empty":
        return t("no values", "没有值")
    if column.distinct == 1:
        return t("always the same", "取值全部相同")
    return t("{n} different values", "{n} 种不同的值", n=count(column.distinct))


def _bars(column: ColumnProfile, rows: int) -> list[dict[str, Any]]:
    filled = max(rows - column.missing, 1)
    bars = [
        {
            "label": shorten(value, 40),
            "share": number / filled,
            "said": percent(number / filled),
            "count": count(number),
        }
        for value, number in column.top[:TOP]
    ]
    rest = filled - sum(number for _, number in column.top[:TOP])
    if column.distinct > TOP and rest > 0:
        others = column.distinct - TOP
        label = t("1 other", "其他 1 种") if others == 1 else t("{n} others", "其他 {n} 种", n=count(others))
        bars.append(
            {"label": label, "share": rest / filled, "said": percent(rest / filled), "count": count(rest), "rest": True}
        )
    return bars


def _spread(spread: tuple[tuple[float, float, int], ...]) -> list[dict[str, Any]]:
    highest = max(number for _, _, number in spread) or 1
    return [
        {
            "height": number / highest,
            "said": t("{a} to {b}: {n} rows", "{a} 到 {b}：{n} 行", a=figure(low), b=figure(high), n=count(number)),
        }
        for low, high, number in spread
    ]
