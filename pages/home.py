"""Home: what the product does, where to begin, and what was trained lately."""

from __future__ import annotations

import streamlit as st

from core.scenarios.base import scenarios
from core.services import demo, runs
from core.words import Text
from pages.ui import address, hero, layout, shell
from pages.ui.language import t
from pages.ui.run_rows import run_row
from pages.ui.words import size

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


def main() -> None:
    recent = runs.listed()
    hero.hero(recent)
    story()
    choose_scenario()
    latest(recent)
    if demo.is_demo():
        demo_workspace()
    machine()


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
                    hero.try_sample(scenario)


def latest(recent: list[runs.RunView]) -> None:
    if not recent:
        return
    with st.container(horizontal=True, vertical_alignment="bottom", key="latest-head"):
        layout.heading(t("Recent models", "最近的模型"))
        address.link("runs", t("All models", "全部模型"), icon=":material/arrow_forward:")
    with layout.panel("latest"):
        for run in recent[:RECENT]:
            run_row(run, "home")


def demo_workspace() -> None:
    """What this workspace is, and the way back to how it was."""
    with st.container(key="demo", horizontal=True, vertical_alignment="center", gap="medium"):
        layout.quiet(
            t(
                "This is a demo workspace: sample data, and models that were trained on this machine. "
                "Resetting removes what was added here and nothing else.",
                "这是演示工作区：示例数据，以及在本机训练的模型。重置只会清除在此添加的内容，不影响其他工作区。",
            )
        )
        if st.button(t("Reset the demo", "重置演示"), key="reset-demo", icon=":material/restart_alt:"):
            with layout.told(), st.spinner(t("Resetting the demo…", "正在重置……")):
                demo.reset()
                st.session_state["demo-reset"] = True
                st.rerun()
        if st.session_state.pop("demo-reset", False):
            layout.quiet(t("Done: the demo is as it was filled.", "已重置：演示恢复到最初的样子。"))


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
            used=size(found.disk_used),
            free=size(found.disk_free_mb * 2**20),
        )
    )


main()
