"""Models: every training, what came of it; compare, rename, annotate, repeat, delete."""

from __future__ import annotations

import csv
import io

import streamlit as st

from core.services import runs
from core.verdict import HEADLINES
from core.words import same
from pages.ui import address, layout
from pages.ui.language import t
from pages.ui.live import LIVE
from pages.ui.run_rows import run_row
from pages.ui.states import MODES, STATUS
from pages.ui.words import plain, shorten, size

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


def menu(run: runs.RunView) -> None:
    with st.popover(t("More", "更多"), key=f"more-{run.id}", type="tertiary", icon=":material/more_horiz:"):
        name = st.text_input(t("Name", "名称"), value=run.name, key=f"run-name-{run.id}", max_chars=200)
        note = st.text_area(t("Note", "备注"), value=run.note, key=f"run-note-{run.id}", height=90, max_chars=5000)
        if st.button(t("Save", "保存"), key=f"save-{run.id}", disabled=(name, note) == (run.name, run.note)):
            with layout.told():
                runs.rename(run.id, name)
                runs.annotate(run.id, note)
                st.rerun(scope="app")
        if st.button(
            t("Train again like this", "用同样的设置重新训练"), key=f"again-{run.id}", icon=":material/refresh:"
        ):
            with layout.told():
                address.go("train", run=runs.retry(run.id))
        if st.button(t("Change the set-up", "修改设置后训练"), key=f"change-{run.id}", icon=":material/tune:"):
            address.go("train", dataset=run.dataset_id, like=run.id)
        delete(run)


def delete(run: runs.RunView) -> None:
    label = t(
        "Delete “{name}” and its model, {size}",
        "删除“{name}”及其模型（{size}）",
        name=shorten(run.name, 24),
        size=size(runs.size(run.id)),
    )
    if st.button(plain(label), key=f"delete-{run.id}", icon=":material/delete:", disabled=run.status == "running"):
        with layout.told():
            runs.delete(run.id)
            layout.offer_undo(
                t("“{name}” was deleted.", "已删除“{name}”。", name=shorten(run.name)), lambda: runs.restore(run.id)
            )
            st.rerun(scope="app")


def as_csv(found: list[runs.RunView]) -> bytes:
    """The list as a file; cells that a spreadsheet would take for a formula begin with an apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out)
    metrics = sorted({name for run in found for name in run.metrics or {}})
    writer.writerow(["id", "name", "data", "mode", "status", "verdict", *metrics, "seconds", "created", "note"])
    for run in found:
        verdict = t(HEADLINES[run.verdict.kind]) if run.verdict else ""
        mode = t(MODES.get(run.mode, same(run.mode)))
        figures = [(run.metrics or {}).get(name, "") for name in metrics]
        line = [
            run.id,
            run.name,
            run.dataset_name,
            mode,
            t(STATUS[run.status][0]),
            verdict,
            *figures,
            run.seconds_total or "",
            run.created_at.isoformat(),
            run.note,
        ]
        writer.writerow([f"'{cell}" if isinstance(cell, str) and cell[:1] in "=+-@\t\r" else cell for cell in line])
    return ("\ufeff" + out.getvalue()).encode()


main()
