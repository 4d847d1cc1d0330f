"""The first thing on Home: one promise, one next step, and what a model was found to be worth."""

from __future__ import annotations

from typing import Literal

import streamlit as st

from core.scenarios.base import Scenario, scenarios
from core.services import demo, runs
from pages.ui import address, layout, tour, verdict
from pages.ui.language import language, t
from pages.ui.states import OPEN
from pages.ui.words import interval, percent, plain, shorten

_BAR = '<div class="found{kind}" aria-hidden="true"><u style="width:{width:.1f}%"></u></div>'


def hero(recent: list[runs.RunView]) -> None:
    """One promise, one next step, and beside them what the newest model was found to be worth."""
    newest = next((run for run in recent if run.status == "succeeded" and run.verdict), None)
    example = demo.example(language())
    newest = (example if demo.is_demo() else None) or newest
    with st.container(key="hero"):
        promise, found = (
            st.columns([6, 5], gap="large", vertical_alignment="center") if newest else (st.container(), None)
        )
        with promise:
            layout.title(
                t("Turn a spreadsheet into a model you can trust", "把一张表格变成值得信赖的模型"),
                t(
                    "No programming. Modelwright trains on your rows, checks itself on rows it has never seen, "
                    "and tells you in plain words whether to use it.",
                    "无需编程。模匠用您的数据训练模型，用它没见过的数据检验自己，再用大白话告诉您该不该用。",
                ),
            )
            next_step(recent, can_tour=example is not None)
        if newest and found:
            with found:
                newest_verdict(newest)


def next_step(recent: list[runs.RunView], *, can_tour: bool) -> None:
    """One primary button: the tour of a demo, else to watch what trains, else to bring data."""
    running = next((run for run in recent if run.status in OPEN), None)
    touring = can_tour and demo.is_demo()
    with st.container(horizontal=True, gap="small"):
        if running and not touring:
            label = t("Watch “{name}” train", "查看“{name}”的训练", name=shorten(running.name, 30))
            if st.button(plain(label), type="primary", key="next", icon=":material/play_circle:"):
                address.go("train", run=running.id)
        elif not touring and st.button(
            t("Bring your data", "上传数据"), type="primary", key="next", icon=":material/upload_file:"
        ):
            address.go("data")
        if can_tour:
            kind: Literal["primary", "secondary"] = "primary" if touring else "secondary"
            label = t("Take the tour, 3 minutes", "三分钟导览")
            if st.button(label, type=kind, key="tour-begin", icon=":material/tour:"):
                tour.begin()
        else:
            _sample()
        if touring and st.button(t("Bring your data", "上传数据"), key="bring"):
            address.go("data")


def _sample() -> None:
    first = next(iter(scenarios().values()), None)
    if first and st.button(t("Try it with sample data", "用示例数据试一试"), key="sample"):
        try_sample(first)


def newest_verdict(run: runs.RunView) -> None:
    """What was measured of this model, and the way to the rest of it."""
    assert run.verdict is not None
    with st.container(key="newest", gap="small"):
        which = t("Trained on sample data", "用示例数据训练") if demo.is_demo() else t("Newest model", "最新模型")
        st.caption(f"{which} · {plain(shorten(run.name, 48))}")
        with st.container(key=f"newest-{run.verdict.tone}", gap=None):
            st.markdown(f"## {verdict.headline(run.verdict)}\n\n{plain(t(run.verdict.sentence))}")
        shares(run)
        address.link("results", t("Read the result", "查看结果"), icon=":material/arrow_forward:", run=run.id)


def shares(run: runs.RunView) -> None:
    """The main metric of the model and of the simple method as bars from 0 to 100%; nothing where it is no share."""
    kind = scenarios().get(run.scenario)
    key = next(iter(kind.metrics)) if kind else ""
    if kind is None or not kind.metrics[key].is_share or key not in (run.metrics or {}):
        return
    spread = (run.intervals or {}).get(key)
    about = f" ({interval(*spread)})" if spread else ""
    rows = [(t("Your model", "您的模型"), (run.metrics or {})[key], about, "")]
    if key in (run.baseline or {}):
        rows.append((t(kind.baseline_title), (run.baseline or {})[key], "", " found-simple"))
    for title, value, about, tone in rows:
        with st.container(gap=None):
            st.markdown(f"{plain(title)} **{percent(value)}**{about}")
            st.html(_BAR.format(kind=tone, width=value * 100))


def try_sample(scenario: Scenario) -> None:
    """A whole Quick run on the scenario's own sample, from one click."""
    with layout.told():
        address.go("train", run=runs.launch(demo.on_sample(scenario.key, language())))
