"""Models: every training, what came of it; compare, rename, annotate, repeat, delete."""

from __future__ import annotations

import streamlit as st

from core.services import runs
from pages.ui import address, layout
from pages.ui.language import t
from pages.ui.live import LIVE
from pages.ui.run_list import as_csv, menu
from pages.ui.run_rows import run_row
from pages.ui.words import plain

MOST_COMPARED = 6
SHOWN = 100
EVERY = 5.0


def main() -> None:
    layout.title(
        t("Your models", "您的模型"),
        t(
            "Every training and what came of it. Tick two or more to compare them.",
            "每次训练及其结果。勾选两个或更多即可对比。",
        ),
    )
    known = runs.listed()
    if not known:
        nothing_yet()
        return
    word, found = tools(known)
    if not found:
        layout.say(t("Nothing matches “{word}”.", "没有与“{word}”匹配的模型。", word=word))
        return
    running = any(run.status in LIVE for run in found)
    st.fragment(table, run_every=EVERY if running else None)(word)


def nothing_yet() -> None:
    box = layout.empty(
        t("Your models will be listed here", "您的模型会出现在这里"),
        t(
            "Each with a verdict in a sentence: worth using or not, and how sure that is.",
            "每个模型都会有一句结论：值不值得用，有多大把握。",
        ),
        "runs",
    )
    if box.button(t("Train the first one", "训练第一个模型"), type="primary", key="first"):
        address.go("data")


def tools(known: list[runs.RunView]) -> tuple[str, list[runs.RunView]]:
    """Search, compare and download, in one line."""
    chosen = [run.id for run in known if st.session_state.get(f"pick-{run.id}")][:MOST_COMPARED]
    with st.container(key="run-tools", horizontal=True, vertical_alignment="center", gap="small"):
        word = st.text_input(
            t("Search", "搜索"),
            key="run-search",
            placeholder=t("Search by name, data or note", "按名称、数据或备注搜索"),
            icon=":material/search:",
            label_visibility="collapsed",
            width=300,
        )
        label = t("Compare {n} models", "对比 {n} 个模型", n=len(chosen)) if len(chosen) > 1 else t("Compare", "对比")
        if st.button(label, type="primary", key="compare", disabled=len(chosen) < 2, icon=":material/compare_arrows:"):
            address.go("compare", runs=",".join(map(str, chosen)))
        found = runs.listed(word) if word else known
        st.download_button(
            t("Download the list", "下载列表"),
            data=as_csv(found),
            file_name="models.csv",
            mime="text/csv",
            key="list-csv",
            type="tertiary",
            icon=":material/download:",
            on_click="ignore",
        )
    return word, found


def table(word: str) -> None:
    """The rows; looked at again every few seconds while something is training."""
    found = runs.listed(word)
    with layout.panel("runs"):
        for run in found[:SHOWN]:
            with st.container(key=f"pickline-{run.id}", horizontal=True, vertical_alignment="center", gap="small"):
                st.checkbox(
                    t("Compare {name}", "对比 {name}", name=plain(run.name)),
                    key=f"pick-{run.id}",
                    label_visibility="collapsed",
                    disabled=run.status != "succeeded",
                    on_change=_picked,
                    width="content",
                )
                with st.container(width="stretch", key=f"rowbox-{run.id}"):
                    run_row(run, "list")
                    if run.note:
                        layout.quiet(run.note)
                with st.container(width="content"):
                    menu(run)
    if len(found) > SHOWN:
        layout.quiet(
            t("{n} older ones: search to find them.", "还有 {n} 个更早的，可通过搜索查找。", n=len(found) - SHOWN)
        )
    if st.session_state.pop("picked", False) or not any(run.status in LIVE for run in found):
        _settle(found)


def _picked() -> None:
    st.session_state["picked"] = True


def _settle(found: list[runs.RunView]) -> None:
    """Draws the whole page once more when a tick or the last live run has changed what stands above the rows."""
    state = (
        tuple(run.id for run in found if st.session_state.get(f"pick-{run.id}")),
        any(run.status in LIVE for run in found),
    )
    if st.session_state.get("runs-settled") != state:
        st.session_state["runs-settled"] = state
        st.rerun()


main()
