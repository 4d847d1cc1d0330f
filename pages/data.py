"""Data: bring a file, see what is in it, choose what to do with it."""

from __future__ import annotations

import streamlit as st

from core.config import config
from core.data.profile import Profile
from core.data.recipe import describe
from core.scenarios.base import scenarios
from core.services import datasets
from core.words import same
from pages.ui import address, layout, shell
from pages.ui.column_cards import column_cards
from pages.ui.language import t
from pages.ui.words import count, plain, shorten, size, when

TYPES = ["csv", "tsv", "txt", "xlsx", "gz"]
PREVIEW_ROWS = 200


def main() -> None:
    chosen = address.param("dataset")
    if chosen:
        one(datasets.get(chosen))
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
    known = datasets.listed()
    if known:
        listing(known)
    else:
        nothing_yet()


def upload() -> None:
    limit = config().max_upload_mb
    file = st.file_uploader(
        t(
            "A spreadsheet or text table: CSV, TSV, XLSX, also gzipped, up to {limit} MB",
            "上传表格：CSV、TSV、XLSX（也可为 .gz 压缩），最大 {limit} MB",
            limit=limit,
        ),
        type=TYPES,
        max_upload_size=limit,
        key="upload",
    )
    if file is None:
        return
    with layout.told():
        with st.spinner(t("Reading {name}…", "正在读取 {name}…", name=plain(file.name)), show_time=True):
            added = datasets.add(file.name, file)
        if added.known:
            st.session_state["known-file"] = added.dataset.id
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
                    address.go("data", dataset=datasets.add_sample(scenario.sample).id)


def listing(known: list[datasets.DatasetView]) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", key="list-head"):
        layout.heading(t("Kept here", "已有数据"))
        word = st.text_input(
            t("Search", "搜索"),
            key="data-search",
            placeholder=t("Search by name", "按名称搜索"),
            icon=":material/search:",
            label_visibility="collapsed",
            width=260,
        )
    found = datasets.listed(word) if word else known
    if not found:
        layout.say(t("Nothing is called “{word}”.", "没有名称包含“{word}”的数据。", word=word))
        return
    with layout.panel("datasets"):
        for view in found:
            dataset_row(view)


def dataset_row(view: datasets.DatasetView) -> None:
    with st.container(key=f"line-data-{view.id}"):
        name, rows, added, more = st.columns([4.6, 2.8, 1.8, 0.8], vertical_alignment="center")
        with name, st.container(gap=None):
            address.link(
                "data", f"**{plain(shorten(view.name, 60))}**", dataset=view.id, scenario=address.param("scenario")
            )
            st.caption(origin(view))
        rows.caption(shape(view))
        added.caption(when(view.created_at))
        with more:
            menu(view, f"list-{view.id}")


def origin(view: datasets.DatasetView) -> str:
    if view.sample:
        return t("Sample data", "示例数据")
    if view.recipe:
        return t(
            "{file}, prepared in {n} steps",
            "{file}，经过 {n} 步处理",
            file=plain(shorten(view.file_name, 40)),
            n=len(view.recipe),
        )
    return plain(shorten(view.file_name, 48))


def shape(view: datasets.DatasetView) -> str:
    return t("{rows} rows · {columns} columns", "{rows} 行 · {columns} 列", rows=count(view.rows), columns=view.columns)


def menu(view: datasets.DatasetView, key: str) -> None:
    """Rename and delete, out of the way."""
    with st.popover(t("More", "更多"), key=f"menu-{key}", type="tertiary", icon=":material/more_horiz:"):
        name = st.text_input(t("Name", "名称"), value=view.name, key=f"name-{key}", max_chars=200)
        if st.button(t("Rename", "重命名"), key=f"rename-{key}", disabled=not name.strip() or name == view.name):
            datasets.rename(view.id, name.strip())
            st.rerun()
        label = t(
            "Delete “{name}” ({size})", "删除“{name}”（{size}）", name=shorten(view.name, 24), size=size(view.bytes)
        )
        if st.button(plain(label), key=f"delete-{key}", icon=":material/delete:", disabled=not view.deletable):
            delete(view)


def delete(view: datasets.DatasetView) -> None:
    with layout.told():
        datasets.delete(view.id)
        said = t("“{name}” was deleted.", "已删除“{name}”。", name=shorten(view.name))
        layout.offer_undo(said, lambda: datasets.restore(view.id))
        address.go("data")


def one(view: datasets.DatasetView) -> None:
    """A dataset: what was read, what is in it, and the way on."""
    shell.steps("data", view.id, view.name)
    with st.container(horizontal=True, vertical_alignment="center", key="page-head"):
        layout.title(shorten(view.name, 60), f"{shape(view)} · {size(view.bytes)} · {when(view.created_at)}")
        with st.container(horizontal=True, width="content", vertical_alignment="center"):
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
    if st.session_state.pop("known-file", None) == view.id:
        layout.note(
            "neutral",
            t("You brought this very file before; here it is again.", "这份文件之前上传过，这就是它。"),
            "known",
        )
    profile = datasets.profile(view.id)
    at_a_glance(profile)
    columns, rows, history = st.tabs([t("Columns", "各列"), t("Rows", "数据行"), t("How it was read", "读取与处理")])
    with columns:
        column_cards(profile, view.id)
    with rows:
        preview(view)
    with history:
        how_it_was_read(view)


def at_a_glance(profile: Profile) -> None:
    cells = profile.rows * len(profile.columns)
    missing = sum(column.missing for column in profile.columns)
    share = missing / cells if cells else 0
    layout.figures(
        [
            (t("Rows", "行数"), count(profile.rows), None),
            (t("Columns", "列数"), count(len(profile.columns)), None),
            (
                t("Empty cells", "空单元格"),
                layout.small_share(share),
                t(
                    "{n} of {all} cells hold nothing.",
                    "{all} 个单元格中有 {n} 个为空。",
                    n=count(missing),
                    all=count(cells),
                ),
            ),
            (
                t("Repeated rows", "重复行"),
                count(profile.duplicate_rows),
                t("Rows that equal an earlier row in every column.", "所有列都与前面某行完全相同的行。"),
            ),
        ]
    )


def preview(view: datasets.DatasetView) -> None:
    frame = datasets.preview(view.id, PREVIEW_ROWS)
    if view.rows > len(frame):
        st.caption(
            t("The first {n} of {all} rows.", "共 {all} 行，显示前 {n} 行。", n=count(len(frame)), all=count(view.rows))
        )
    st.dataframe(frame, hide_index=True, height=520)


def how_it_was_read(view: datasets.DatasetView) -> None:
    """What reading found, then every version from the file to this one."""
    for found in view.notes:
        st.markdown(f":material/check: {plain(t(found))}")
    layout.heading(
        t("Preparation", "数据处理"),
        t("The same steps prepare files that you hand in later.", "以后提交的文件也会按同样的步骤处理。"),
    )
    if not view.recipe:
        layout.say(t("Nothing was changed: this is the file as you brought it.", "没有任何改动，与上传的文件一致。"))
    for place, step in enumerate(view.recipe, start=1):
        st.markdown(f"{place}. {plain(t(describe(step)))}")
    if view.parent_id:
        with layout.told():
            parent = datasets.get(view.parent_id)
            label = t(
                "Go back to the version before ({rows} rows)",
                "回到上一个版本（{rows} 行）",
                rows=same(count(parent.rows)),
            )
            address.link("data", label, icon=":material/history:", dataset=parent.id)


main()
