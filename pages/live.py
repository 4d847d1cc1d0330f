"""Live: the models in use by their names; of one, who answers, whether a newer one is better, and the way back."""

from __future__ import annotations

import streamlit as st

from core.services import live, runs
from pages.ui import address, cards, champion, layout, screen
from pages.ui.language import t
from pages.ui.states import main_metric, status_badge
from pages.ui.words import plain, shorten, when


def main() -> None:
    cards.styles()
    screen.measure()
    name = address.param("name")
    if name is None:
        return everything()
    champion.page(live.get(name))


def everything() -> None:
    layout.title(
        t("Live models", "在用的模型"),
        t(
            "Each has a name that stays, whichever model answers behind it.",
            "每个用途都有固定的名称，背后换了模型也不变。",
        ),
    )
    found = live.listed()
    if not found:
        return nothing_yet()
    with layout.panel("uses"):
        for place, use in enumerate(found):
            _line(place, use, runs.get(use.run_id))


def nothing_yet() -> None:
    box = layout.empty(
        t("No model is live yet", "还没有在用的模型"),
        t(
            "Open a model that is worth using and choose “Make it live”: it gets a name that pages, files and the shell use.",
            "打开一个值得使用的模型，选择“设为在用”，它就有了一个固定的名称，供页面、文件和命令行调用。",
        ),
        "live",
    )
    if box.button(t("See your models", "查看模型"), type="primary", key="to-runs"):
        address.go("runs")


def _line(place: int, use: live.LiveView, run: runs.RunView) -> None:
    with st.container(key=f"line-use-{place}"):
        name, verdict, metric, time = st.columns([4.2, 2.2, 2.6, 1.4], vertical_alignment="center", gap="small")
        with name, st.container(gap=None):
            address.link("live", f"**{plain(shorten(use.name, 48))}**", name=use.name)
            st.caption(plain(shorten(run.name, 40)))
        with verdict:
            status_badge(run)
        figures = main_metric(run)
        if figures:
            title, value, spread = figures
            metric.markdown(f"{value} :gray[{f'({spread})' if spread else ''} {plain(title)}]")
        time.caption(when(use.since))


main()
