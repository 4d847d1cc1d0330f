"""The curves of several models in one picture, on the test rows that all of them share, and how they learned."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from core import charts
from core.cards import Card, Line, Lines, Rows, Unit
from core.services import overlay
from core.words import Text, same
from pages.ui import cards, layout
from pages.ui.language import t
from pages.ui.live import CURVES, ROUNDS
from pages.ui.words import count

KIND = Text("Compared", "对比")
CERTAIN = Text("The best is ahead beyond chance.", "最好的一个领先，超出偶然范围。")
CHANCE = Text("The best may be so by chance.", "领先可能只是偶然。")
SAID = 3
"""So many models are named in a chart's title."""


def draw(names: Mapping[int, str]) -> None:
    """`names`: what each run is called in the charts. Nothing where no curve can be laid over another."""
    over = overlay.curves(list(names))
    found = [_card(one, names) for one in over]
    drawn = overlay.learning(list(names))
    found += [_learning(name, drawn[name], names) for name in CURVES if name in drawn]
    if not found:
        return
    rows = (
        t("On the {n} test rows that all share.", "在共同的 {n} 行测试数据上。", n=count(over[0].rows))
        if over
        else None
    )
    layout.heading(t("Laid over each other", "曲线对照"), rows)
    key = "-".join(f"{id}:{name}" for id, name in names.items())
    with st.grid(2, min_column_width=340):
        for card in found:
            cards.draw(card, cards.Source(f"overlaid-{key}", pd.DataFrame(), Rows(()), half=True))


def _card(found: overlay.Overlaid, names: Mapping[int, str]) -> Card:
    curve = found.curve
    lines = [Line(same(names[id]), *found.points[id]) for id in names]
    if curve.diagonal:
        top = max(max(*x, *y) for x, y in found.points.values())
        lines.append(Line(curve.diagonal, (0.0, top), (0.0, top), part="reference"))
    body = Lines(tuple(lines), curve.x_axis, curve.y_axis, curve.x_unit, curve.unit)
    chance = CERTAIN if found.ahead else CHANCE
    reading = Text(f"{chance.en} {curve.reading.en}", f"{chance.zh}{curve.reading.zh}")
    return Card(f"overlaid-{curve.key}", KIND, _title(found, names), reading, body)


def _title(found: overlay.Overlaid, names: Mapping[int, str]) -> Text:
    """What the curves come to: the figure of each, the best first."""
    shown = list(found.figures.items())[:SAID]
    en, zh = (
        [f"{names[id]} {charts.said(value, found.curve.unit, language)}" for id, value in shown]
        for language in ("en", "zh")
    )
    return Text(f"{found.curve.says.en}: {' · '.join(en)}", f"{found.curve.says.zh}：{' · '.join(zh)}")


def _learning(name: str, drawn: Mapping[int, overlay.Points], names: Mapping[int, str]) -> Card:
    title, axis = CURVES[name]
    lines = tuple(Line(same(names[id]), *drawn[id]) for id in names if id in drawn)
    unit: Unit = "share" if all(0 <= y <= 1 for line in lines for y in line.y) and name != "loss" else "number"
    reading = Text(
        "Drawn while they learned, on part of their training rows: it shows how they got there, not how good they are.",
        "训练过程中在部分训练数据上得到：说明学习的经过，不代表最终效果。",
    )
    return Card(f"learned-{name}", KIND, title, reading, Lines(lines, ROUNDS, axis, x_unit="number", y_unit=unit))
