"""Models side by side in a table: figures with their intervals, and what differs between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from core import charts
from core.cards import Unit
from core.scenarios.base import Metric, scenario
from core.services import runs
from pages.ui import cards, run_settings, screen
from pages.ui.language import language, t
from pages.ui.words import about, duration, plain


def metrics(chosen: Sequence[runs.RunView]) -> dict[str, Metric]:
    """The task's metrics that any of the runs has, in the order of their weight."""
    known = scenario(chosen[0].scenario).metrics
    return {key: metric for key, metric in known.items() if any(key in (run.metrics or {}) for run in chosen)}


def table(chosen: Sequence[runs.RunView], called: Mapping[int, str]) -> None:
    """One column a model, by what each is called; a row in which they differ is marked."""
    rows = [(label, values) for label, values in _rows(chosen) if any(values)]
    marks = ["" if len(set(values)) == 1 else "≠" for _, values in rows]
    names = [plain(called[run.id]) for run in chosen]
    frame = pd.DataFrame(
        [
            [plain(label), *(plain(value or "–") for value in values), mark]
            for (label, values), mark in zip(rows, marks, strict=True)
        ],
        columns=["", *names, t("differs", "不同")],
    )
    bold = frame.apply(
        lambda row: [f"**{cell}**" if row.iloc[-1] and cell else cell for cell in row], axis=1, result_type="expand"
    )
    bold.columns = frame.columns
    with st.container(key="card-side-by-side", border=True, gap="small"):
        with st.container(key="cardhead-side-by-side"):
            st.markdown(f"### {t('Side by side', '并排对照')}\n\n{t('Rows in bold differ.', '加粗的行表示不同。')}")
        if screen.is_narrow():
            _stacked(rows, names)
        else:
            with st.container(key="scroll-table"):
                st.table(bold, border="horizontal", hide_index=True)
        raw = pd.DataFrame(
            [[label, *values] for label, values in rows], columns=["", *(called[run.id] for run in chosen)]
        )
        with st.container(key="downloads-compare", horizontal=True):
            for format in ("csv", "xlsx"):
                cards.download(raw, f"compare.{format}", format, f"compare-{format}")


def _stacked(rows: Sequence[tuple[str, list[str]]], names: Sequence[str]) -> None:
    """The same for a narrow screen: under each name of a row what every model has, said once where it is the same."""
    for place, (label, values) in enumerate(rows):
        with st.container(key=f"line-stacked-{place}", gap=None):
            st.caption(plain(label))
            if len(set(values)) == 1:
                st.markdown(plain(values[0]))
                continue
            for name, value in zip(names, values, strict=True):
                st.markdown(f"**{plain(value or '–')}** :gray[{name}]")


def _rows(chosen: Sequence[runs.RunView]) -> list[tuple[str, list[str]]]:
    known = scenario(chosen[0].scenario)
    rows = [
        (t(metric.title), [_figure(run, name, metric) for run in chosen]) for name, metric in metrics(chosen).items()
    ]
    first, metric = next(iter(known.metrics.items()))
    unit: Unit = "share" if metric.is_share else "number"
    rows.append((t(known.baseline_title), [_said((run.baseline or {}).get(first), unit) for run in chosen]))
    rows.append(
        (t("Verdict", "结论"), [t(run.verdict.headline).rstrip(".。") if run.verdict else "" for run in chosen])
    )
    rows.append((t("Data", "数据"), [run.dataset_name for run in chosen]))
    rows.append((t("Time it took", "实际用时"), [duration(run.seconds_total) for run in chosen]))
    rows.append(
        (
            t("Time we estimated", "预计用时"),
            [about(run.seconds_estimated) if run.seconds_estimated else "" for run in chosen],
        )
    )
    found = [dict(run_settings.listed(run, run_settings.facts(run))) for run in chosen]
    for label in dict.fromkeys(label for one in found for label in one):
        rows.append((label, [one.get(label, "") for one in found]))
    return rows


def _figure(run: runs.RunView, name: str, metric: Metric) -> str:
    unit: Unit = "share" if metric.is_share else "number"
    own = (run.metrics or {}).get(name)
    value = _said(own, unit)
    low, high = (run.intervals or {}).get(name, (None, None))
    return value if low is None or high is None else f"{value} ({charts.said_range(low, high, unit, language(), own)})"


def _said(value: float | None, unit: Unit) -> str:
    return "" if value is None else charts.said(value, unit, language())
