"""What people said of the answers of a use, how far the next training is, and the click that starts it."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.cards import Rows
from core.scenarios.base import scenario
from core.services import feedback, live, runs
from pages.ui import address, cards, layout
from pages.ui.language import t
from pages.ui.words import count, shorten


def part(use: live.LiveView, run: runs.RunView) -> None:
    found = feedback.loop(run.id)
    if not found.right and not found.wrong:
        box = layout.empty(
            t("What people say of the answers will be here", "大家对回答的评价会出现在这里"),
            t(
                "Under every answer on the Use page there is a thumb up, a thumb down and a place for the right answer.",
                "“使用”页面的每个回答下方都可以点赞、点踩，或填写正确答案。",
            ),
            "lessons",
        )
        if box.button(t("Ask it something", "去试一试"), key="ask-it"):
            address.go("try", name=use.name)
        return
    _figures(found)
    taught = feedback.learned_by(run.id, found.lessons)
    if taught is None:
        _retrain(run, found)
    else:
        _taught(run, taught)
    if found.lessons:
        _rows(run, found)


def _figures(found: feedback.Loop) -> None:
    layout.figures(
        [
            (t("Called right", "评为正确"), count(found.right), None),
            (t("Called wrong", "评为错误"), count(found.wrong), None),
            (
                t("New rows", "新数据"),
                count(len(found.lessons)),
                t(
                    "Confirmed answers and corrections since the last training, one for each thing that was asked.",
                    "上次训练之后被确认或纠正的回答，同一内容只计一次。",
                ),
            ),
        ]
    )
    layout.quiet(
        t(
            "People judge mostly what looks wrong, so these counts do not measure how often it is right.",
            "人们更常评价看上去不对的回答，因此这些数字并不代表准确率。",
        )
    )


def _retrain(run: runs.RunView, found: feedback.Loop) -> None:
    new, needed = len(found.lessons), found.needed
    words = (
        t("{n} new rows: enough to be worth training again.", "已有 {n} 行新数据，值得重新训练。", n=count(new))
        if found.is_worth_it
        else t(
            "{n} of about {needed} new rows: wait for more, so that a new training is likely to change something.",
            "新数据 {n} 行，约需 {needed} 行：再多积累一些，重新训练才更可能见效。",
            n=count(new),
            needed=count(needed),
        )
    )
    with layout.note("good" if found.is_worth_it else "neutral", words, "lessons"):
        st.progress(min(1.0, new / needed))
        with st.container(horizontal=True, vertical_alignment="center"):
            label = t("Train again with them", "加入这些数据重新训练")
            pressed = st.button(label, key="retrain", disabled=not new, icon=":material/refresh:")
            layout.quiet(
                t(
                    "They become a version of the data; the test rows stay the same, so that the two can be compared.",
                    "这些数据会并入新版本，测试数据保持不变，便于与现有模型对比。",
                )
            )
    if pressed:
        with layout.told():
            address.go("train", run=feedback.retrain(run.id))


def _taught(run: runs.RunView, taught: runs.RunView) -> None:
    """That a model has learned from all of the new rows, or is about to, and the way to it."""
    name = shorten(taught.name, 40)
    if taught.status != "succeeded":
        words = t(
            "“{run}” ({id}) is being trained with these rows.",
            "“{run}”（{id}）正在用这些数据训练。",
            run=name,
            id=taught.id,
        )
        with layout.note("neutral", words, "lessons"):
            label = t("See the training", "查看训练")
            address.link("train", label, icon=":material/arrow_forward:", run=taught.id)
        return
    words = t(
        "“{run}” ({id}) has learned from these rows. It answers once you put it in the live model's place, under “Other models”.",
        "“{run}”（{id}）已学过这些数据。在“其他模型”中替换在用模型后，就由它应答。",
        run=name,
        id=taught.id,
    )
    with layout.note("good", words, "lessons"):
        both = t("See both side by side", "并排查看")
        address.link("compare", both, icon=":material/compare_arrows:", runs=f"{run.id},{taught.id}")


def _rows(run: runs.RunView, found: feedback.Loop) -> None:
    """The new rows, to read and to take along, the right answers in the words of the model's own."""
    known = scenario(run.scenario).right_answers(runs.results(run.id).details)
    titles = {option.value: t(option.title) for option in known}
    said, right = t("It said", "模型回答"), t("Right is", "正确答案")
    frame = pd.DataFrame(
        [{**one.asked, said: one.answered, right: titles.get(one.right, one.right)} for one in found.lessons]
    )
    layout.heading(t("The new rows", "新数据"))
    cards.rows_table(frame.iloc[::-1], Rows(()), "lessons")
