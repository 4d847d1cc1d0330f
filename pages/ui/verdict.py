"""The verdict on a run, the same wherever it is read: the rule's words, and how often the test rows were looked at."""

from __future__ import annotations

import streamlit as st

from core.services import comparison, runs
from core.verdict import Verdict
from pages.ui.language import t
from pages.ui.states import VERDICTS
from pages.ui.words import plain


def verdict(run: runs.RunView) -> None:
    """The verdict in full."""
    if run.verdict is None:
        return
    with st.container(key=f"verdict-{run.verdict.tone}", gap=None):
        st.markdown(f"## {headline(run.verdict)}\n\n{plain(t(run.verdict.sentence))}")
        st.caption(looked_at(run))


def headline(found: Verdict) -> str:
    """Its sign and its first words."""
    icon, _ = VERDICTS[found.tone]
    return f"{icon} {plain(t(found.headline))}"


def looked_at(run: runs.RunView) -> str:
    """How many trainings were measured on these rows: the best of many looks better than it is."""
    times = comparison.looks(run.id)
    if times < 2:
        return t(
            "The test rows were looked at once, for this model.",
            "测试数据只在评估这个模型时用过一次。",
        )
    return t(
        "{n} models have been measured on these test rows. The best of several looks a little better than it is; "
        "for a last word, test it on rows that came later.",
        "已有 {n} 个模型用这批测试数据检验过。从多个模型中挑出的最好者，看上去会比实际略好；最终定论请用之后的新数据检验。",
        n=times,
    )
