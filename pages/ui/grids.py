"""A small table of computed figures, each in its unit."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core import charts
from core.cards import Grid, Unit
from core.words import Text
from pages.ui import screen
from pages.ui.language import t
from pages.ui.words import plain

UNSEEN = "\u200b"
"""Tells equal column names apart ("95% from … to …") for the table, not for the eye."""


def grid(key: str, body: Grid) -> None:
    """The table, and under it what its columns mean."""
    language = screen.style().language
    heads = [plain(t(column.title)) + UNSEEN * place for place, column in enumerate(body.columns)]
    cells = [
        [_said(value, column.unit, language) for value, column in zip(row, body.columns, strict=True)]
        for row in body.rows
    ]
    if body.strong is not None:
        cells[body.strong] = [f"**{cell}**" for cell in cells[body.strong]]
    with st.container(key=f"scroll-grid-{key}"):
        st.table(pd.DataFrame(cells, columns=heads), border="horizontal", hide_index=True)
    apart = t(": ", "：")
    helps = [f"{plain(t(column.title))}{apart}{plain(t(column.help))}" for column in body.columns if column.help]
    if helps:
        st.caption(" · ".join(helps))


def _said(value: Text | float | None, unit: Unit | None, language: str) -> str:
    if value is None:
        return "–"
    if isinstance(value, Text):
        return plain(t(value))
    return charts.said(float(value), unit or "number", language)
