"""A whole file of new rows: upload, watch, take it back with predictions added."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, Literal

import streamlit as st

from core.config import config
from core.scenarios.base import Role, scenario
from core.services import predictions, runs
from core.words import Text, UserError, same
from pages.ui import layout, versions
from pages.ui.cards import MIME
from pages.ui.language import t
from pages.ui.states import OPEN
from pages.ui.words import about, count, duration, plain, shorten, when

TYPES = ["csv", "tsv", "txt", "xlsx", "gz"]
SHOWN = 5
ENDED = {
    "cancelled": Text("Stopped", "已停止"),
    "failed": Text("Failed", "失败"),
    "interrupted": Text("Interrupted, it will go on", "已中断，稍后继续"),
}


def section(run_id: int, controls: Mapping[str, Any], everyone: Role | None = None) -> None:
    """A file in, predictions out; earlier files below. Without a file for `everyone` whom the model knows."""
    layout.heading(
        t("A whole file", "处理整个文件"),
        t(
            "Upload rows as you had for training, without the answers. You get them back with the answers added.",
            "上传与训练数据结构相同、但没有答案的表格，处理后会附上答案返回。",
        ),
    )
    if steps := predictions.preparation(run_id):
        title = t(
            "It is prepared as the training data was ({n} steps)", "会按训练数据的方式处理（{n} 步）", n=len(steps)
        )
        with st.expander(title, icon=":material/format_list_numbered:", expanded=False):
            versions.recipe(steps)
    with st.container(key="panel-batch", border=True):
        number = st.session_state.setdefault(f"batch-number-{run_id}", 0)
        file = st.file_uploader(
            t("CSV or Excel file", "CSV 或 Excel 文件"),
            type=TYPES,
            key=f"batch-{run_id}-{number}",
            max_upload_size=config().max_upload_mb,
        )
        if file is not None and st.button(
            t("Add predictions to {name}", "为 {name} 添加预测", name=plain(shorten(file.name, 40))),
            type="primary",
            key=f"start-{run_id}",
        ):
            with layout.told():
                predictions.start_batch(run_id, file.name, file, dict(controls))
                st.session_state[f"batch-number-{run_id}"] = number + 1
                st.rerun()
        if everyone is not None:
            _for_everyone(run_id, everyone, controls)
        listed(run_id)


def _for_everyone(run_id: int, role: Role, controls: Mapping[str, Any]) -> None:
    who = Text(role.title.en.lower(), role.title.zh)
    words = t("Or for every {who} in the training data", "或为训练数据中的每位{who}生成", who=who)
    if st.button(words, key=f"everyone-{run_id}", icon=":material/groups:"):
        with layout.told():
            predictions.start_for_everyone(run_id, dict(controls))
            st.rerun()


def listed(run_id: int) -> None:
    """The files of this model; looked at again every second only while one is on its way."""
    live = any(batch.status in OPEN for batch in predictions.batches(run_id))
    st.fragment(_list, run_every=1.0 if live else None)(run_id)


def _list(run_id: int) -> None:
    found = predictions.batches(run_id)
    for batch in found[:SHOWN]:
        with st.container(key=f"file-{batch.id}", horizontal=True, vertical_alignment="center", gap="small"):
            _line(batch)
    was_live = st.session_state.get(f"live-{run_id}", False)
    live = any(batch.status in OPEN for batch in found)
    st.session_state[f"live-{run_id}"] = live
    if was_live and not live:
        st.rerun(scope="app")


def _line(batch: predictions.BatchView) -> None:
    with st.container(gap=None):
        st.markdown(f"**{plain(shorten(batch.file_name, 48))}**")
        st.caption(_state(batch))
        if batch.status == "succeeded" and (found := _tally(batch.id, batch.run_id)):
            st.caption(" · ".join(f"{plain(shorten(t(answer), 40))} **{count(rows)}**" for answer, rows in found))
        if batch.error:
            layout.say(batch.error)
    if batch.status in OPEN:
        st.progress(min(1.0, batch.share), width=220)
        st.button(t("Stop", "停止"), key=f"stop-{batch.id}", on_click=predictions.cancel_batch, args=(batch.id,))
    elif batch.status == "succeeded":
        with st.container(horizontal=True, width="content", gap="xsmall"):
            for format in ("csv", "xlsx"):
                _download(batch, format)


@st.cache_data(max_entries=100, show_spinner=False)
def _tally(id: str, run_id: int) -> tuple[tuple[Text, int], ...]:
    words = scenario(runs.get(run_id).scenario).decisions
    return tuple((words.get(answer, same(answer)), rows) for answer, rows in predictions.tally(id))


def _state(batch: predictions.BatchView) -> str:
    if batch.status == "queued":
        return t("Waiting", "排队中")
    if batch.status in OPEN:
        left = f" · {t('{time} left', '剩余{time}', time=about(batch.seconds_left))}" if batch.seconds_left else ""
        return t("{done} of {rows} rows", "{done}/{rows} 行", done=count(batch.done), rows=count(batch.rows)) + left
    if batch.status == "succeeded":
        took = f" · {duration(batch.seconds)}" if batch.seconds else ""
        return t("{rows} rows", "{rows} 行", rows=count(batch.rows)) + took + f" · {when(batch.created_at)}"
    return t(ENDED.get(batch.status, Text(batch.status, batch.status)))


def _download(batch: predictions.BatchView, format: Literal["csv", "xlsx"]) -> None:
    name = f"{Path(batch.file_name).stem}-predictions.{format}"
    st.download_button(
        format.upper(),
        data=partial(_bytes, batch.id, format),
        file_name=name,
        mime=MIME[format],
        key=f"{format}-{batch.id}",
        icon=":material/download:",
        on_click="ignore",
    )


def _bytes(id: str, format: Literal["csv", "xlsx"]) -> bytes:
    try:
        return predictions.batch_file(id, format).read_bytes()
    except UserError as error:
        return t(error.text).encode()
