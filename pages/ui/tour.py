"""A guided tour in a few steps over a finished run on sample data; it can be left at any moment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from core.services import demo
from core.services.runs import RunView
from core.words import Text
from pages.ui import address
from pages.ui.language import language, t

PLACE = "tour"
Where = tuple[address.PageKey, dict[str, object]]


@dataclass(frozen=True)
class Step:
    """What is said, and where it is seen."""

    title: Text
    body: Text
    where: Callable[[RunView], Where]


STEPS = (
    Step(
        Text("It begins with a spreadsheet", "从一张表格开始"),
        Text(
            "Each column is read and drawn. What is empty, repeated or odd is said before it can do harm.",
            "每一列都会读取并画成图。空缺、重复或异常之处会提前指出，以免影响结果。",
        ),
        lambda run: ("data", {"dataset": run.dataset_id}),
    ),
    Step(
        Text("The set-up is filled in", "设置已经填好"),
        Text(
            "The task and the columns are guessed, problems come with a repair, and each card says how long it takes.",
            "任务和列由系统推测，问题附带一键修复，每张卡片都写明需要多长时间。",
        ),
        lambda run: ("train", {"dataset": run.dataset_id, "scenario": run.scenario}),
    ),
    Step(
        Text("Training goes on without you", "训练无需守候"),
        Text(
            "Close the tab, restart the machine: it goes on. Afterwards the estimate stands beside the time it took.",
            "关闭页面、重启机器都不影响训练。完成后，预计时间和实际用时并列显示。",
        ),
        lambda run: ("train", {"run": run.id}),
    ),
    Step(
        Text("The verdict comes first", "先看结论"),
        Text(
            "Worth using or not, on rows it never saw, against a simple method, with the uncertainty. "
            "The tabs show where it goes wrong.",
            "值不值得用：用没见过的数据检验，与简单方法对比，并给出误差范围。下方的标签页说明它错在哪里。",
        ),
        lambda run: ("results", {"run": run.id}),
    ),
    Step(
        Text("Ask it something", "问问它"),
        Text(
            "Pick a case or fill in your own. It says why, and where it is not sure enough it says: ask a person.",
            "选一个样例，或自己填写。它会说明理由；没有把握时，会请您交给人工判断。",
        ),
        lambda run: ("try", {"run": run.id}),
    ),
)


def begin() -> None:
    """Opens the first step; nothing happens where there is no finished run to show."""
    _open(0)


def bar() -> None:
    """The step that the visitor is at, on whatever page; nothing where no tour goes on."""
    at = _at()
    if at is None:
        return
    address.remember(**{PLACE: at + 1})
    step, last = STEPS[at], at == len(STEPS) - 1
    with st.container(key="tour", horizontal=True, vertical_alignment="center", gap="medium"):
        with st.container(gap=None, width="stretch", key="tour-words"):
            place = t("Tour, {n} of {all}", "导览 {n}/{all}", n=at + 1, all=len(STEPS))
            st.markdown(f"**{t(step.title)}** · :gray[{place}]\n\n{t(step.body)}")
        with st.container(horizontal=True, gap="small", width="content", key="tour-turns"):
            if at and st.button(t("Back", "上一步"), key="tour-back", type="tertiary"):
                _open(at - 1)
            if last:
                if st.button(t("Bring your own data", "上传自己的数据"), key="tour-end"):
                    del st.session_state[PLACE]
                    address.go("data")
            elif st.button(
                t("Next", "下一步"), key="tour-next", icon=":material/arrow_forward:", icon_position="right"
            ):
                _open(at + 1)
            st.button(t("Leave the tour", "退出导览"), key="tour-leave", type="tertiary", on_click=_leave)


def _at() -> int | None:
    """The step, from the address after a reload; None where no tour goes on."""
    said = address.number(PLACE)
    if PLACE not in st.session_state and said is not None and 0 < said <= len(STEPS) and demo.example(language()):
        st.session_state[PLACE] = said - 1
    at: int | None = st.session_state.get(PLACE)
    return at


def _leave() -> None:
    del st.session_state[PLACE]
    address.remember(**{PLACE: None})


def _open(at: int) -> None:
    run = demo.example(language())
    if run is None:
        st.session_state.pop(PLACE, None)
        return
    st.session_state[PLACE] = at
    page, words = STEPS[at].where(run)
    address.go(page, **words, **{PLACE: at + 1})
