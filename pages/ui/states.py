"""A run's state, verdict and main figure in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from core.scenarios.base import scenarios
from core.words import Text
from pages.ui.language import t
from pages.ui.words import figure, interval, percent

if TYPE_CHECKING:
    from core.services.runs import RunView

OPEN = ("queued", "running", "cancelling")
STATUS: dict[str, tuple[Text, str, str]] = {
    "queued": (Text("Waiting", "排队中"), ":material/schedule:", "gray"),
    "running": (Text("Training", "训练中"), ":material/progress_activity:", "blue"),
    "cancelling": (Text("Stopping", "正在停止"), ":material/progress_activity:", "gray"),
    "cancelled": (Text("Stopped", "已停止"), ":material/do_not_disturb_on:", "gray"),
    "succeeded": (Text("Ready", "已完成"), ":material/check_circle:", "green"),
    "failed": (Text("Failed", "失败"), ":material/error:", "red"),
    "interrupted": (Text("Interrupted", "被中断"), ":material/pause_circle:", "orange"),
}
VERDICTS = {
    "worth": (":material/check_circle:", "green"),
    "unclear": (":material/help:", "orange"),
    "not_worth": (":material/cancel:", "red"),
}
MODES = {"quick": Text("Quick", "快速"), "standard": Text("Standard", "标准"), "best": Text("Best", "最佳")}


def status_badge(run: RunView) -> None:
    """The verdict of a finished run, the state of any other: a sign, a word, a colour."""
    if run.status == "succeeded" and run.verdict:
        icon, colour = VERDICTS[run.verdict.tone]
        words = t(run.verdict.headline).rstrip(".。")
    else:
        text, icon, colour = STATUS[run.status]
        words = t(text)
    st.badge(words, icon=icon, color=colour)  # type: ignore[arg-type]


def main_metric(run: RunView) -> tuple[str, str, str | None] | None:
    """Of a finished run: the first metric's name, its value and its interval; None where there is none."""
    known = scenarios().get(run.scenario)
    if known is None or not run.metrics:
        return None
    key, metric = next(iter(known.metrics.items()))
    if key not in run.metrics:
        return None
    value = run.metrics[key]
    spread = (run.intervals or {}).get(key)
    if metric.is_share:
        return t(metric.title), percent(value), interval(*spread) if spread else None
    return t(metric.title), figure(value), f"{figure(spread[0])}–{figure(spread[1])}" if spread else None


def page_of(run: RunView) -> str:
    """Where a click on a run leads: its result once there is one."""
    return "results" if run.status == "succeeded" else "train"
