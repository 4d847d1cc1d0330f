"""What was trained, from what, where and how long: enough to do it again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import streamlit as st

from core.cards import Facts
from core.services import costs, runs
from core.words import Text, machine, same
from pages.ui import address, cards, run_settings
from pages.ui.language import t
from pages.ui.words import about, count, duration, size

Pair = tuple[Text, Text]


def draw(run: runs.RunView) -> None:
    """A table a question, and the log."""
    found = runs.facts(run.id)
    tables = (
        (Text("What it learned from", "用什么数据训练"), list(_data(found))),
        (
            Text("How it was trained", "如何训练"),
            [(same(label), same(value)) for label, value in run_settings.listed(run, found)],
        ),
        (Text("Time and machine", "用时与机器"), list(_machine(run, found))),
        (
            Text("For the specialist", "供专业人员参考"),
            [(same(label), same(value)) for label, value in run_settings.technical(run, found)],
        ),
    )
    for place, (title, pairs) in enumerate(tables):
        if not pairs:
            continue
        with st.container(key=f"card-details-{place}", border=True, gap="small"):
            with st.container(key=f"cardhead-details-{place}"):
                st.markdown(f"### {t(title)}")
            cards.facts(Facts(tuple(pairs)))
            if place == 0:
                _data_links(run)
    _log(run)


def _data(found: Mapping[str, Any]) -> Iterator[Pair]:
    rows = found.get("rows", {})
    for key, title in (("data", Text("Data", "数据")), ("test_data", Text("Own test file", "自备测试文件"))):
        data = found.get(key)
        if data:
            shape = Text("{name}, {rows} rows, {columns} columns", "{name}，{rows} 行，{columns} 列")
            yield title, shape.fill(name=same(data["name"]), rows=count(data["rows"]), columns=data["columns"])
            yield Text("Fingerprint (SHA-256)", "数据指纹（SHA-256）"), same(data["sha256"])
    if rows:
        learned = Text("{train} to learn from, {test} held out", "训练 {train} 行，留出测试 {test} 行")
        yield Text("Rows", "行数"), learned.fill(train=count(rows["train"]), test=count(rows["test"]))
        unused = found.get("data", {}).get("rows", 0) - rows["train"] - (0 if found.get("test_data") else rows["test"])
        if unused > 0:
            why = Text(
                "{n}: they lack what is needed (say a text, an outcome or a customer), or would have told of the test",
                "{n} 行：缺少必要内容（如文本、结果或客户），或会泄露测试数据",
            )
            yield Text("Rows not used", "未使用的行"), why.fill(n=count(unused))


def _data_links(run: runs.RunView) -> None:
    with st.container(horizontal=True):
        address.link("data", t("Open the data", "打开数据"), icon=":material/table:", dataset=run.dataset_id)
        if run.test_dataset_id:
            address.link(
                "data", t("Open the test file", "打开测试文件"), icon=":material/table:", dataset=run.test_dataset_id
            )


def _machine(run: runs.RunView, found: Mapping[str, Any]) -> Iterator[Pair]:
    hardware = found.get("hardware")
    if hardware:
        yield Text("Hardware", "硬件"), machine(hardware)
    if run.seconds_estimated is not None:
        yield Text("Time we estimated", "预计用时"), same(about(run.seconds_estimated))
    yield Text("Time it took", "实际用时"), same(duration(run.seconds_total))
    if price := costs.cost(run.seconds_total):
        planned = costs.cost(run.seconds_estimated) or "–"
        beside = Text("{price} (we estimated {planned})", "{price}（预计 {planned}）")
        yield Text("Cost of the machine", "机器费用"), beside.fill(price=price, planned=planned)
    yield Text("Of this, training alone", "其中训练"), same(duration(run.seconds_train))
    if run.peak_memory_mb:
        yield Text("Most memory", "内存峰值"), same(size(run.peak_memory_mb * 1024**2))
    if found.get("model_bytes"):
        yield Text("Size of the model", "模型大小"), same(size(found["model_bytes"]))
    versions = ", ".join(f"{name} {version}" for name, version in (found.get("versions") or {}).items())
    if versions:
        yield Text("Versions", "软件版本"), same(versions)


def _log(run: runs.RunView) -> None:
    if st.toggle(t("Show the log", "显示日志"), key=f"log-{run.id}"):
        st.code(runs.log(run.id) or t("The log is empty.", "日志为空。"), language=None, height=320)
