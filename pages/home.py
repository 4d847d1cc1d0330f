"""Home: what the product does, where to begin, and what was trained lately."""

from __future__ import annotations

import streamlit as st

from core.scenarios.base import Scenario, scenarios
from core.services import datasets, runs
from core.words import Text
from pages.ui import address, layout, shell, verdict
from pages.ui.language import t
from pages.ui.run_rows import run_row
from pages.ui.states import OPEN
from pages.ui.words import interval, percent, plain, shorten, size

RECENT = 4
STORY = (
    (
        Text("Bring a spreadsheet", "准备一张表格"),
        Text(
            "Rows that people have already judged: a few hundred are enough to begin.",
            "人工已经判断过的数据，几百行就能开始。",
        ),
    ),
    (
        Text("Leave it training", "交给它训练"),
        Text(
            "You are told the time before you start. Close the page whenever you like.",
            "开始之前先告诉您需要多久，训练时可以随时关闭页面。",
        ),
    ),
    (
        Text("Read the verdict", "先看结论"),
        Text(
            "Is it worth using? How often it is right, with the uncertainty, and against a simple method.",
            "值不值得用？准确率是多少、有多大误差、比简单方法好多少。",
        ),
    ),
    (
        Text("Put it to work", "投入使用"),
        Text(
            "Type one text or hand in a whole file. What it is unsure of goes to a person.",
            "输入一条，或交给它整份文件；没有把握的留给人工。",
        ),
    ),
)

_BAR = '<div class="found{kind}" aria-hidden="true"><u style="width:{width:.1f}%"></u></div>'


def main() -> None:
    recent = runs.listed()
    hero(recent)
    story()
    choose_scenario()
    latest(recent)
    machine()


def hero(recent: list[runs.RunView]) -> None:
    """One promise, one next step, and beside them what the newest model was found to be worth."""
    newest = next((run for run in recent if run.status == "succeeded" and run.verdict), None)
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
            next_step(recent)
        if newest and found:
            with found:
                newest_verdict(newest)


def next_step(recent: list[runs.RunView]) -> None:
    running = next((run for run in recent if run.status in OPEN), None)
    with st.container(horizontal=True, gap="small"):
        if running:
            label = t("Watch “{name}” train", "查看“{name}”的训练", name=shorten(running.name, 30))
            if st.button(plain(label), type="primary", key="next", icon=":material/play_circle:"):
                address.go("train", run=running.id)
        elif st.button(t("Bring your data", "上传数据"), type="primary", key="next", icon=":material/upload_file:"):
            address.go("data")
        first = next(iter(scenarios().values()), None)
        if first and st.button(t("Try it with sample data", "用示例数据试一试"), key="sample"):
            try_sample(first)


def newest_verdict(run: runs.RunView) -> None:
    """What was measured of this model, and the way to the rest of it."""
    assert run.verdict is not None
    with st.container(key="newest", gap="small"):
        st.caption(f"{t('Newest model', '最新模型')} · {plain(shorten(run.name, 48))}")
        with st.container(key=f"newest-{run.verdict.kind}", gap=None):
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
        dataset = datasets.add_sample(t(scenario.sample))
        roles = runs.guess(scenario.key, dataset.id)
        settings = scenario.suggest(datasets.profile(dataset.id), roles)
        request = runs.Request(scenario.key, dataset.id, roles, {**settings, "mode": "quick"})
        address.go("train", run=runs.launch(request))


def story() -> None:
    with st.container(key="story"):
        grid = st.grid(4, min_column_width=210, gap="medium")
        for place, (words, body) in enumerate(STORY, start=1):
            with grid.cell(), st.container(key=f"story-{place}", gap=None):
                st.caption(str(place))
                st.markdown(f"**{t(words)}**")
                st.markdown(t(body))


def choose_scenario() -> None:
    layout.heading(t("What you can build", "可以做什么"))
    grid = layout.card_grid(len(scenarios()))
    for key, scenario in scenarios().items():
        with grid.cell(), layout.panel(f"scenario-{key}", "stretch"), layout.beside(f"scenario-{key}"):
            layout.picture(scenario.icon)
            with st.container(gap="xxsmall", width="stretch"):
                st.markdown(f"**{t(scenario.title)}**")
                st.caption(t(scenario.summary))
            with st.container(horizontal=True, gap="small", width="content"):
                if st.button(t("Use my data", "用我的数据"), key=f"own-{key}"):
                    address.go("data", scenario=key)
                if st.button(t("Try a sample", "看示例"), key=f"sample-{key}", type="tertiary"):
                    try_sample(scenario)


def latest(recent: list[runs.RunView]) -> None:
    if not recent:
        return
    with st.container(horizontal=True, vertical_alignment="bottom", key="latest-head"):
        layout.heading(t("Recent models", "最近的模型"))
        address.link("runs", t("All models", "全部模型"), icon=":material/arrow_forward:")
    with layout.panel("latest"):
        for run in recent[:RECENT]:
            run_row(run, "home")


def machine() -> None:
    found = shell.hardware()
    if found.disk_low:
        layout.note(
            "caution",
            t(
                "The disk is nearly full: {free} are left. Delete models or data that are no longer needed before training.",
                "磁盘空间即将用完，仅剩 {free}。请先删除不再需要的模型或数据，再开始训练。",
                free=size(found.disk_free_mb * 2**20),
            ),
            "disk",
        )
    st.caption(
        t(
            "This server: {hardware}. Your data and models take {used}; {free} are free. Nothing leaves this machine.",
            "本机：{hardware}。数据和模型占用 {used}，剩余 {free}。所有内容都留在这台机器上。",
            hardware=found.hardware,
            used=size(found.disk_used_mb * 2**20),
            free=size(found.disk_free_mb * 2**20),
        )
    )


main()
