"""What the list of models is made of: an entry's menu, and the list as a file."""

from __future__ import annotations

import csv
import io

import streamlit as st

from core.services import runs
from core.words import same
from pages.ui import address, layout
from pages.ui.language import t
from pages.ui.states import MODES, STATUS
from pages.ui.words import plain, shorten, size


def menu(run: runs.RunView) -> None:
    with st.popover(t("More", "更多"), key=f"more-{run.id}", type="tertiary"):
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
        verdict = t(run.verdict.headline) if run.verdict else ""
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
