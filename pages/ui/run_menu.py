"""What can be done with a run besides using it: quiet, in one menu."""

from __future__ import annotations

from functools import partial

import streamlit as st

from core.services import runs
from core.words import Text
from pages.ui import address, layout, make_live
from pages.ui.language import t
from pages.ui.words import shorten, size

ACTIONS = {
    "live": Text("Make it the live model", "设为在用模型"),
    "rename": Text("Rename", "重命名"),
    "note": Text("Write a note", "写备注"),
    "compare": Text("Compare with others", "与其他模型对比"),
    "again": Text("Train again", "重新训练"),
    "delete": Text("Delete “{name}” and its model, {size}", "删除“{name}”及其模型（{size}）"),
}


def menu(run: runs.RunView) -> None:
    """One button with everything else."""
    values = {"name": shorten(run.name, 24), "size": size(runs.size(run.id))}
    chosen = st.menu_button(
        t("More", "更多"),
        list(ACTIONS),
        format_func=lambda key: t(ACTIONS[key].fill(**values)),
        key="run-menu",
        type="tertiary",
    )
    if chosen == "live":
        make_live.ask(run)
    elif chosen == "rename":
        _rename(run)
    elif chosen == "note":
        _annotate(run)
    elif chosen == "compare":
        address.go("compare", runs=run.id)
    elif chosen == "again":
        with layout.told():
            address.go("train", run=runs.retry(run.id))
    elif chosen == "delete":
        with layout.told():
            runs.delete(run.id)
            layout.offer_undo(t("Deleted “{name}”.", "已删除“{name}”。", name=run.name), partial(runs.restore, run.id))
            address.go("runs")


def _rename(run: runs.RunView) -> None:
    @st.dialog(t("Rename", "重命名"))
    def ask() -> None:
        with st.form("rename", border=False):
            name = st.text_input(t("Name", "名称"), value=run.name, max_chars=200)
            if st.form_submit_button(t("Save", "保存"), type="primary"):
                with layout.told():
                    runs.rename(run.id, name)
                    st.rerun()

    ask()


def _annotate(run: runs.RunView) -> None:
    @st.dialog(t("Note", "备注"))
    def ask() -> None:
        with st.form("note", border=False):
            note = st.text_area(
                t("What should be remembered of this model?", "关于这个模型，有什么需要记住？"),
                value=run.note,
                max_chars=5000,
            )
            if st.form_submit_button(t("Save", "保存"), type="primary"):
                runs.annotate(run.id, note)
                st.rerun()

    ask()
