"""How a file was read, and what its owner can say about it, with the table that comes of it at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st

from core.data.encodings import ENCODINGS, MIXED
from core.data.how import How
from core.services import datasets, rereading
from core.words import Text, UserError
from pages.ui import address, layout
from pages.ui.language import t
from pages.ui.words import count, file_stem, plain

SEPARATORS: Mapping[str, Text] = {
    ",": Text("commas", "逗号"),
    ";": Text("semicolons", "分号"),
    "\t": Text("tabs", "制表符"),
    "|": Text("vertical bars", "竖线"),
    "::": Text("double colons", "双冒号"),
    "": Text("nothing: one column", "不分隔，只有一列"),
}
QUOTES: Mapping[str, Text] = {
    "doubled": Text('a quote inside is doubled ("")', '引号内的引号写两次（""）'),
    "backslash": Text('a quote inside has a backslash (\\")', '引号内的引号前加反斜杠（\\"）'),
    "none": Text("quotes are plain characters", "引号只是普通字符"),
}
HEADERS: Mapping[int, Text] = {
    0: Text("no header row", "没有表头"),
    1: Text("one header row", "表头一行"),
    2: Text("two header rows", "表头两行"),
    3: Text("three header rows", "表头三行"),
}
DECIMALS: Mapping[str, Text] = {
    "": Text("as the numbers show", "按数字自动判断"),
    ".": Text("a dot: 1,234.5", "点：1,234.5"),
    ",": Text("a comma: 1.234,5", "逗号：1.234,5"),
}
ORDERS: Mapping[str, Text] = {
    "": Text("as the dates show", "按日期自动判断"),
    "day": Text("day first: 31/12/2024", "日在前：31/12/2024"),
    "month": Text("month first: 12/31/2024", "月在前：12/31/2024"),
}
NAMES = {
    MIXED: Text("UTF-8 and GB18030 by line", "逐行识别 UTF-8 或 GB18030"),
    "gb18030": Text("GB18030 (GBK)", "GB18030（GBK）"),
    "windows-1252": Text("Windows-1252 (Western European)", "Windows-1252（西欧）"),
    "utf-16-le": Text("UTF-16 LE", "UTF-16 LE"),
    "utf-16-be": Text("UTF-16 BE", "UTF-16 BE"),
}


def choose_encoding(key: str, first: str | None = None) -> str | None:
    """The encoding of a file that is not read yet, where its owner says so; lines that are none are set aside. `first` is
    what stands there before."""
    options = [MIXED, *(name for name in ENCODINGS if name != MIXED)]
    chosen: str | None = st.selectbox(
        t("Text encoding", "文字编码"),
        options,
        index=options.index(first) if first else None,
        format_func=_encoding,
        placeholder=t("Found by itself", "自动识别"),
        help=t(
            "Only where a file mixes encodings. Lines that are not written in it are set aside, counted, and can be downloaded.",
            "仅在文件混用编码时需要选择。不属于该编码的行会放在一边并计数，可以下载。",
        ),
        key=f"encoding-{key}",
        width=320,
    )
    return chosen


def reading_line(view: datasets.DatasetView) -> None:
    """How the file was read in one sentence, and whether there is more to know."""
    known = rereading.told(view.id)
    if known.how is None:
        return
    said = [_said(known.how)]
    if known.odd_rows:
        said.append(t("Odd rows set aside: {n}.", "另有 {n} 行对不上，已放在一边。", n=count(known.odd_rows)))
    if view.notes or known.odd_rows:
        said.append(t("More under “How it was read”.", "详见“读取与处理”。"))
    layout.quiet(t(" ", "").join(said))


def reading_form(view: datasets.DatasetView) -> None:
    """How the file was read, its odd rows to download, and another way to read it."""
    known = rereading.told(view.id)
    if known.how is None:
        return
    layout.say(_said(known.how))
    if known.odd_rows:
        st.download_button(
            t("Download the rows set aside ({n})", "下载放在一边的 {n} 行", n=count(known.odd_rows)),
            data=partial(rereading.set_aside, view.id),
            file_name=f"{file_stem(view.name)}-{t('set-aside', '未读入')}.csv",
            mime="text/csv",
            key="set-aside",
            type="tertiary",
            icon=":material/download:",
            on_click="ignore",
        )
    if not known.is_file:
        address.link(
            "data",
            t("Read the file differently: its first version", "换一种方式读取：回到最初版本"),
            dataset=known.first,
        )
    elif st.toggle(t("Read the file differently", "换一种方式读取"), key="read-differently"):
        _differently(view, known)


def _said(how: How) -> str:
    parts = []
    if how.sheet:
        parts.append(t("sheet “{sheet}”", "工作表“{sheet}”", sheet=how.sheet))
    if how.encoding:
        parts.append(_encoding(how.encoding))
    if how.separator is not None:
        what = SEPARATORS.get(how.separator, how.separator)
        parts.append(
            t("separated by {what}", "以{what}分隔", what=what) if how.separator else t("one column", "只有一列")
        )
    if how.header is not None:
        parts.append(t(HEADERS[how.header]) if how.header in HEADERS else str(how.header))
    said = t(", ", "，").join(parts)
    return (
        t("Read as {said}.", "读取方式：{said}。", said=said)
        if parts
        else t("Read as it is typed.", "按文件自带的类型读取。")
    )


def _differently(view: datasets.DatasetView, known: rereading.Told) -> None:
    with st.container(key="reading-form", border=True):
        how = _choices(known)
        try:
            found = rereading.tried(view.id, how)
        except UserError:
            said = t(
                "Read this way, the file holds no table. Choose again.", "按此方式读取，文件中没有表格。请换一种方式。"
            )
            layout.note("bad", said, "tried")
            return
        st.caption(
            t(
                "The beginning of the file, read so. Columns: {n}. Odd rows set aside: {odd}.",
                "按此方式读取的文件开头：{n} 列，对不上的有 {odd} 行。",
                n=count(found.frame.shape[1]),
                odd=count(found.odd_rows),
            )
        )
        st.dataframe(found.frame, hide_index=True, height=260, key="tried-table")
        if st.button(t("Read the file this way", "按此方式读取"), key="read-again", disabled=how == known.how):
            with layout.told():
                again = rereading.read_again(view.id, how)
                st.session_state.pop("read-differently", None)
                st.cache_data.clear()
                address.go("data", dataset=again.id)


def _choices(known: rereading.Told) -> How:
    """The controls, as they were read at first; what the kind of file does not have is not asked."""
    how = known.how or How()
    row = st.container(horizontal=True, vertical_alignment="bottom")
    if how.encoding is not None:
        how = replace(
            how,
            encoding=_pick(row, t("Text encoding", "文字编码"), "encoding", list(ENCODINGS), how.encoding, _encoding),
            separator=_pick(
                row,
                t("Columns are separated by", "列之间的分隔"),
                "separator",
                list(SEPARATORS),
                how.separator,
                _word(SEPARATORS),
            ),
            quotes=_pick(row, t("Quotes", "引号"), "quotes", list(QUOTES), how.quotes, _word(QUOTES)),
        )
    if len(known.sheets) > 1:
        how = replace(how, sheet=_pick(row, t("Sheet", "工作表"), "sheet", list(known.sheets), how.sheet, str))
    if how.header is not None:
        lines = row.number_input(
            t("Lines above the names", "表头上方的行数"), 0, 1000, how.skip, key="how-skip", width=180
        )
        header = _pick(row, t("Names of the columns", "表头"), "header", list(HEADERS), how.header, _word(HEADERS))
        decimal = _pick(row, t("Decimal sign", "小数点"), "decimal", list(DECIMALS), how.decimal, _word(DECIMALS))
        how = replace(how, skip=int(lines), header=header, decimal=decimal)
    dated = [name for name, meaning in known.meanings.items() if meaning.kind == "date" and meaning.order]
    orders = {}
    for place, name in enumerate(dated):
        label = t("Dates in “{name}”", "“{name}”中的日期", name=plain(name))
        orders[name] = _pick(row, label, f"order-{place}", list(ORDERS), how.orders.get(name, ""), _word(ORDERS))
    return replace(how, orders={name: order for name, order in orders.items() if order})


def _pick(row: Any, label: str, key: str, options: list[Any], chosen: Any, word: Any) -> Any:
    options = options if chosen in options else [chosen, *options]
    return row.selectbox(label, options, index=options.index(chosen), format_func=word, key=f"how-{key}", width=220)


def _word(words: Mapping[Any, Text]) -> Any:
    return lambda value: t(words[value]) if value in words else str(value)


def _encoding(name: str) -> str:
    return t(NAMES[name]) if name in NAMES else name.upper()
