"""Data: bring a file, see what is in it, choose what to do with it."""

from __future__ import annotations

import io

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from core.config import config
from core.data.encodings import MIXED
from core.data.how import How
from core.data.refusals import MixedEncodings
from core.scenarios.base import scenarios
from core.services import datasets
from core.words import UserError
from pages.ui import address, draft, layout, row_editor, shell, versions
from pages.ui.column_cards import column_cards
from pages.ui.column_changes import change_a_column
from pages.ui.combining import combine
from pages.ui.connections import ask_a_database
from pages.ui.dataset_list import listing, menu, shape
from pages.ui.dataset_view import at_a_glance, how_it_was_read
from pages.ui.findings import findings
from pages.ui.language import t
from pages.ui.large_file import large_file
from pages.ui.reading_form import choose_encoding, reading_line
from pages.ui.words import plain, shorten, size, when

MOST_PASTED = 2_000_000
IN_MEMORY_MB = 50
"""What Streamlit's own uploader may hold in the web process."""
TYPES = ["csv", "tsv", "txt", "dat", "xlsx", "xls", "ods", "jsonl", "ndjson", "json", "parquet", "gz", "zip"]


def main() -> None:
    chosen = address.param("dataset")
    if chosen:
        one(datasets.get(draft.go_on(chosen)))
        draft.drawn()
    else:
        everything()


def everything() -> None:
    """The way in, and all the data there is."""
    layout.title(
        t("Your data", "您的数据"),
        t(
            "One row for each case that people have already judged: a review and its rating, an application and how it ended.",
            "每行一个人工已有结论的样本，例如一条评论和它的评价、一份申请和它的结果。",
        ),
    )
    upload()
    known = datasets.latest()
    if known:
        listing(known)
    else:
        nothing_yet()


def upload() -> None:
    limit = min(config().max_upload_mb, IN_MEMORY_MB)
    file = st.file_uploader(
        t(
            "A spreadsheet or table: CSV, TSV, XLSX, JSON Lines, Parquet, also in gzip or zip, up to {limit} MB",
            "上传表格：CSV、TSV、XLSX、JSON Lines、Parquet（也可压缩为 gzip 或 zip），最大 {limit} MB",
            limit=limit,
        ),
        type=TYPES,
        max_upload_size=limit,
        key="upload",
    )
    if config().max_upload_mb > limit:
        streamed()
    pasted()
    ask_a_database()
    if file is None:
        return
    try:
        with st.spinner(t("Reading {name}…", "正在读取 {name}……", name=plain(file.name)), show_time=True):
            added = datasets.add(file.name, file)
    except MixedEncodings as error:
        with layout.note("bad", t(error.text), "upload"):
            mixed(file)
        return
    except UserError as error:
        with layout.note("bad", t(error.text), "upload"):
            layout.quiet(t("Nothing was kept. Choose another file.", "文件未保存，请选择其他文件。"))
        return
    opened(added)


def mixed(file: UploadedFile) -> None:
    """A file of several encodings, read as its owner says."""
    encoding = choose_encoding("mixed", MIXED)
    if not st.button(t("Read it this way", "按此方式读取"), key="read-mixed", disabled=encoding is None):
        return
    file.seek(0)
    with layout.told():
        opened(datasets.add(file.name, file, How(encoding=encoding)))


def opened(added: datasets.Added) -> None:
    if added.known:
        st.session_state["known-file"] = added.dataset.id
    address.go("data", dataset=added.dataset.id, scenario=address.param("scenario"))


def streamed() -> None:
    """Larger files go straight to the disk."""
    label = t(
        "Larger than {n} MB? Up to {limit} MB",
        "超过 {n} MB？最大 {limit} MB",
        n=IN_MEMORY_MB,
        limit=config().max_upload_mb,
    )
    with st.expander(label, icon=":material/upload_file:"):
        added = large_file(choose_encoding("large"))
    if added:
        if added.get("known"):
            st.session_state["known-file"] = added["id"]
        address.go("data", dataset=added["id"], scenario=address.param("scenario"))


def pasted() -> None:
    """A few rows copied out of a spreadsheet or a message."""
    with st.expander(t("Paste a table", "粘贴表格"), icon=":material/content_paste:"):
        said = st.text_area(
            t("Rows copied from a spreadsheet, the names of the columns first", "从电子表格复制的行，第一行为列名"),
            key="pasted",
            max_chars=MOST_PASTED,
            height=160,
        )
        if not st.button(t("Read these rows", "读取这些行"), key="read-pasted") or not said.strip():
            return
        with layout.told():
            added = datasets.add(t("Pasted table", "粘贴的表格"), io.BytesIO(said.encode()))
            address.go("data", dataset=added.dataset.id, scenario=address.param("scenario"))


def nothing_yet() -> None:
    box = layout.empty(
        t("Your data will be listed here", "您的数据会出现在这里"),
        t("No file at hand? Look around with a sample first.", "手头没有文件？可以先用示例数据看看。"),
        "data",
    )
    with box:
        sample_buttons()


def sample_buttons() -> None:
    with st.container(horizontal=True, horizontal_alignment="center"):
        for key, scenario in scenarios().items():
            label = t("Sample: {title}", "示例：{title}", title=scenario.title)
            if st.button(plain(label), key=f"sample-{key}", icon=":material/science:"):
                with layout.told():
                    address.go("data", dataset=datasets.add_sample(t(scenario.sample)).id)


def one(view: datasets.DatasetView) -> None:
    """A dataset: what was read, what is in it, and the way on."""
    shell.steps("data", view.id, view.name)
    with st.container(horizontal=True, vertical_alignment="center", key="page-head"):
        layout.title(shorten(view.name, 60), f"{shape(view)} · {size(view.bytes)} · {when(view.created_at)}")
        with st.container(horizontal=True, width="content", vertical_alignment="center"):
            versions.back_and_forward(view)
            address.link("explore", t("Explore", "探索"), icon=":material/query_stats:", dataset=view.id)
            menu(view, "one")
            use = st.button(
                t("Use this data", "使用这份数据"),
                type="primary",
                key="use",
                icon=":material/arrow_forward:",
                icon_position="right",
            )
    if use:
        address.go("train", dataset=view.id, scenario=address.param("scenario"))
    with st.container():  # always there, so that the tabs keep their place when what was said once is gone
        if st.session_state.pop("known-file", None) == view.id:
            said = t("You brought these very rows before; here they are again.", "这些数据之前已经导入过，这就是它。")
            layout.note("neutral", said, "known")
        if message := st.session_state.pop("fix-error", None):
            layout.note("bad", t(message), "fix-error")
    profile = datasets.profile(view.id)
    at_a_glance(profile)
    reading_line(view)
    attention = st.container()
    columns, rows, more, history = st.tabs(
        [t("Columns", "各列"), t("Rows", "数据行"), t("Combine", "合并"), t("How it was read", "读取与处理")]
    )
    with columns:
        change_a_column(view, profile)
        column_cards(profile, view.id)
    with rows:
        row_editor.rows(view, profile)
    with more:
        combine(view)
    with history:
        how_it_was_read(view)
    with attention:
        findings(view)


main()
