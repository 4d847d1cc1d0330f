"""A run as one line: what it is called, what came of it, when."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from core.scenarios.base import scenarios
from pages.ui import address
from pages.ui.language import t
from pages.ui.states import MODES, main_metric, page_of, status_badge
from pages.ui.words import plain, shorten, when

if TYPE_CHECKING:
    from core.services.runs import RunView


def run_row(run: RunView, key: str) -> None:
    """Name (a link), data where it is called otherwise, task and mode, verdict, main figure with its interval, time."""
    with st.container(key=f"line-{key}-{run.id}"):
        name, verdict, metric, time = st.columns([4.2, 2.2, 2.6, 1.4], vertical_alignment="center", gap="small")
        with name, st.container(gap=None):
            address.link(page_of(run), f"**{plain(shorten(run.name, 48))}**", run=run.id)  # type: ignore[arg-type]
            live = f" · :material/bolt: {plain(shorten(', '.join(run.live), 32))}" if run.live else ""
            task = scenarios().get(run.scenario)
            data = "" if run.name.startswith(run.dataset_name) else f"{plain(shorten(run.dataset_name, 32))} · "
            st.caption(f"{data}{plain(t(task.title)) if task else ''} · {t(MODES[run.mode])}{live}")
        with verdict:
            status_badge(run)
        with metric:
            figures = main_metric(run)
            if figures:
                title, value, spread = figures
                st.markdown(f"{value} :gray[{f'({spread})' if spread else ''} {plain(title)}]")
        with time:
            st.caption(when(run.finished_at or run.created_at))
