"""What was found in the data, the dearest first, each with what, why and repairs with one click."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby

import streamlit as st

from core.data.findings import Effect, Finding
from core.scenarios.base import scenario, scenarios
from core.services import datasets, inspecting, runs
from core.words import Fix, Text
from pages.ui import address, layout
from pages.ui.language import t
from pages.ui.layout import SIGNS, Tone
from pages.ui.preflight import fix
from pages.ui.problems import said
from pages.ui.words import plain

SHOWN = 5
TONES: dict[Effect, Tone] = {
    "stops": "bad",
    "false": "bad",
    "wrong": "caution",
    "less": "caution",
    "private": "caution",
    "note": "neutral",
}
EFFECTS: dict[Effect, Text] = {
    "stops": Text("Cannot be trained like this", "这样无法训练"),
    "false": Text("Would make the figures false", "会让指标失真"),
    "wrong": Text("Teaches wrong answers", "会教错模型"),
    "less": Text("Leaves less to learn from", "可供学习的内容变少"),
    "private": Text("Personal data", "个人信息"),
    "note": Text("Good to know", "供参考"),
}


@st.cache_data(max_entries=64, show_spinner=False)
def found_in(dataset_id: str, scenario_key: str) -> list[Finding]:
    return inspecting.findings(dataset_id, scenario_key)


def findings(view: datasets.DatasetView) -> None:
    """The findings for what the data is to be used for, which can be chosen here."""
    with st.container(key="findings-head", horizontal=True, vertical_alignment="bottom"):
        layout.heading(
            t("What to look at", "需要留意的问题"),
            t(
                "What would cost a model most comes first. Every repair makes a new version and can be undone.",
                "对模型影响最大的排在最前。每次修复都会生成新版本，可以撤销。",
            ),
        )
        wanted = purpose(view)
    with st.spinner(t("Looking through the data…", "正在检查数据……"), show_time=True):
        found = found_in(view.id, wanted)
    if view.rows > inspecting.MOST_CHECKED:
        layout.quiet(
            t(
                "This file is large: what a model would stumble over was looked for in evenly spaced rows. Set up looks at all.",
                "文件较大：与模型有关的检查只看了均匀抽取的部分行，设置页会检查全部数据。",
            )
        )
    guessed = runs.guess(wanted, view.id)
    lacking = [role for role in scenario(wanted).roles if role.required and role.key not in guessed]
    if lacking:
        names = t(", ", "、").join(f"“{t(role.title)}”" for role in lacking)
        layout.note(
            "caution",
            t(
                "No column was recognised for {names}. Choose it in Set up, or use the data for something else.",
                "没有识别出{names}对应的列。请在设置页选择，或将数据用于其他用途。",
                names=plain(names),
            ),
            "lacking",
        )
    if not found and not lacking:
        said_well = t("Nothing needs your attention.", "没有发现需要处理的问题。")
        layout.note("good", said_well, "well")
        return
    if found:
        show(found, lambda chosen: fix(view, chosen.step) if chosen.step else None)


def purpose(view: datasets.DatasetView) -> str:
    """The scenario that the findings speak for: the one in the address, else the one that suits the data best."""
    asked = address.param("scenario")
    best = asked if asked in scenarios() else inspecting.best_suited(datasets.profile(view.id))
    key = f"purpose-{view.id}"
    st.session_state[key] = best
    st.selectbox(
        t("To be used for", "数据用途"),
        list(scenarios()),
        key=key,
        format_func=lambda one: plain(t(scenario(one).title)),
        on_change=lambda: address.remember(scenario=st.session_state[key]),
        width=300,
    )
    return str(best)


def show(found: Sequence[Finding], on_fix: Callable[[Fix], None]) -> None:
    """Panels by what the findings do to a model; what is only good to know, and what is beyond the first few, folded."""
    pressing = [one for one in found if one.effect != "note"]
    notes = [one for one in found if one.effect == "note"]
    place = 0
    for effect, group in groupby(pressing[:SHOWN], key=lambda one: one.effect):
        place = _panel(effect, list(group), place, on_fix)
    folded = [
        (t("More of these ({n})", "更多问题（{n}）", n=len(pressing) - SHOWN), pressing[SHOWN:], "more-findings"),
        (t("Good to know ({n})", "供参考（{n}）", n=len(notes)), notes, "notes"),
    ]
    for title, rest, key in folded:
        if rest:
            with st.expander(title, key=key, icon=":material/info:", expanded=False):
                for one in rest:
                    with st.container(key=f"line-finding-{place}"):
                        said(one.problem, place, on_fix)
                    place += 1


def _panel(effect: Effect, group: Sequence[Finding], place: int, on_fix: Callable[[Fix], None]) -> int:
    tone = TONES[effect]
    with st.container(key=f"note-{tone}-{effect}", gap="small"):
        st.markdown(f"{SIGNS[tone]} **{plain(t(EFFECTS[effect]))}**")
        for one in group:
            said(one.problem, place, on_fix)
            place += 1
    return place
