"""Another table put below this one, or beside it by a key: what that would do is shown before it is done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import streamlit as st

from core.data.combining import Difference, Key, Match
from core.services import combining, datasets
from core.services.errands import going_on
from core.words import Text
from pages.ui import address, draft, errands, layout
from pages.ui.language import t
from pages.ui.words import count, plain, shorten

SHOWN = 8
WAYS = {
    "append": Text("More rows, below", "追加行"),
    "join": Text("More columns, beside", "按键并列"),
}
BELOW = Text("Putting the rows below…", "正在追加行……")
BESIDE = Text("Putting the columns beside…", "正在并列数据……")
READY = Text("The tables were put together.", "数据已合并。")


@st.cache_data(max_entries=32, show_spinner=False)
def _guessed(id: str, other: str) -> tuple[str, str] | None:
    return combining.guess_key(id, other)


@st.cache_data(max_entries=32, show_spinner=False)
def _matched(id: str, other: str, key: Key) -> Match:
    return combining.match(id, other, key)


def combine(view: datasets.DatasetView) -> None:
    """Which table, which way, what would come of it."""
    known = {one.id: one for one in datasets.latest() if one.id != view.id}
    if not known:
        layout.say(
            t(
                "Bring the other file under Data first; then it can be put below this one, or beside it by a key.",
                "请先在“数据”页导入另一份文件，然后就可以追加到这份数据下方，或按键并列。",
            )
        )
        return
    way = st.segmented_control(
        t("How", "方式"),
        list(WAYS),
        default="append",
        required=True,
        format_func=lambda one: t(WAYS[one]),
        key=f"combine-{view.id}",
    )
    if way == "join":
        _join(view, known)
    else:
        _append(view, known)
    errands.errands_at(_place(view), lambda made: _show(view, made), READY)


def _title(known: dict[str, datasets.DatasetView]) -> Callable[[str], str]:
    return lambda id: f"{plain(shorten(known[id].name, 40))} · {count(known[id].rows)}"


def _append(view: datasets.DatasetView, known: dict[str, datasets.DatasetView]) -> None:
    others = st.multiselect(
        t("Tables whose rows come below", "要追加的数据"),
        list(known),
        format_func=_title(known),
        key=f"append-{view.id}",
        placeholder=t("Choose", "请选择"),
    )
    if not others:
        return
    found = combining.differences(view.id, others)
    for id, one in zip(others, found, strict=True):
        with layout.panel(f"difference-{id}"):
            _differences(known[id], one)
    with st.container(horizontal=True, vertical_alignment="center", key=f"append-foot-{view.id}"):
        keep = any(one.lacking or one.more for one in found) and st.toggle(
            t("Keep columns that only some have", "保留只在部分数据中出现的列"), value=True, key=f"append-all-{view.id}"
        )
        source = st.toggle(
            t("Add a column that says where a row is from", "新增“来源”列"), key=f"append-source-{view.id}"
        )
        rows = view.rows + sum(known[id].rows for id in others)
        label = t("Put them together: {n} rows", "合并为 {n} 行", n=count(rows))
        if st.button(label, key=f"append-go-{view.id}", disabled=_busy(view)):
            name = t("source", "来源") if source else None
            size = sum(one.rows * one.columns for one in (view, *map(known.__getitem__, others)))
            _begin(view, BELOW, size, lambda: combining.append(view.id, others, source=name, all_columns=bool(keep)))


def _differences(other: datasets.DatasetView, one: Difference) -> None:
    st.markdown(f"**{plain(shorten(other.name, 60))}**")
    if one.none:
        layout.say(t("All columns fit by their names.", "所有列名都能对上。"))
    pairs = [f"“{own}” → “{name}”" for own, name in one.renamed.items()]
    lines = [
        (pairs, t("Taken for the same:", "视为同一列：")),
        (list(one.lacking), t("It lacks (empty in its rows):", "缺少的列（这些行为空）：")),
        (list(one.more), t("Only it has (empty in the rows so far):", "仅它有的列（现有行为空）：")),
        (
            list(one.as_text),
            t("Numbers in one, text in the other; kept as text:", "一边是数字，一边是文本，统一为文本："),
        ),
    ]
    for names, words in lines:
        if names:
            more = t(" and {n} more", " 等 {n} 列", n=len(names) - SHOWN) if len(names) > SHOWN else ""
            layout.say(f"{words} {t(', ', '、').join(names[:SHOWN])}{more}")


def _join(view: datasets.DatasetView, known: dict[str, datasets.DatasetView]) -> None:
    other = st.selectbox(
        t("Table whose columns come beside", "要并列的数据"),
        list(known),
        index=None,
        format_func=_title(known),
        key=f"join-{view.id}",
        placeholder=t("Choose", "请选择"),
        width=420,
    )
    if other is None:
        return
    with st.spinner(t("Comparing the keys…", "正在比对键……"), show_time=True):
        key = _loosely(view.id, other, _key(view, known[other]))
        found = _matched(view.id, other, key)
    _said(found)
    if not found.matched:
        return
    if found.multiplied:
        first_only = st.toggle(
            t("Take only the first row of each key", "每个键只取第一行"),
            value=True,
            key=f"join-first-{view.id}-{other}",
            help=t("Else rows repeat, once for each.", "否则会按匹配次数重复行。"),
        )
        key = replace(key, first_only=first_only)
    label = t("Put them together: {n} rows", "合并为 {n} 行", n=count(found.rows if key.first_only else found.result))
    if st.button(label, key=f"join-go-{view.id}", disabled=_busy(view)):
        size = sum(one.rows * one.columns for one in (view, known[other]))
        _begin(view, BESIDE, size, lambda: combining.join(view.id, other, key))


def _loosely(id: str, other: str, key: Key) -> Key:
    """Offers to take 007 for 7 and A7 for a7 where more rows would find theirs then."""
    exactly = _matched(id, other, key)
    more = _matched(id, other, replace(key, loosely=True)).matched - exactly.matched if exactly.unmatched else 0
    if not more:
        return key
    label = t(
        "Take 007 for 7, and A7 for a7: {n} more rows find theirs",
        "把 007 与 7、A7 与 a7 视为相同：多 {n} 行找到对应",
        n=count(more),
    )
    return replace(key, loosely=st.toggle(label, key=f"join-loosely-{id}-{other}-{key.left}-{key.right}"))


def _key(view: datasets.DatasetView, other: datasets.DatasetView) -> Key:
    ours, theirs = (list(datasets.preview(one.id, 1).columns) for one in (view, other))
    guessed = _guessed(view.id, other.id)
    with st.container(horizontal=True, key=f"join-key-{view.id}"):
        left = st.selectbox(
            t("Key here", "本数据的键"),
            ours,
            index=ours.index(guessed[0]) if guessed else 0,
            key=f"join-left-{view.id}-{other.id}",
            width=260,
        )
        right = st.selectbox(
            t("The same there", "对方的键"),
            theirs,
            index=theirs.index(guessed[1]) if guessed else 0,
            key=f"join-right-{view.id}-{other.id}",
            width=260,
        )
    return Key(left, right)


def _said(found: Match) -> None:
    n = {
        name: count(getattr(found, name))
        for name in ("rows", "matched", "unmatched", "nameless", "multiplied", "unused")
    }
    with layout.panel("match"):
        layout.say(t("{matched} of {rows} rows find theirs.", "{rows} 行中有 {matched} 行找到对应。", **n))
        if found.unmatched:
            layout.say(
                t("{unmatched} find none and stay, with gaps.", "{unmatched} 行没有对应，会保留，新列为空。", **n)
            )
        if found.nameless:
            layout.say(t("{nameless} of them have no key.", "其中 {nameless} 行没有键。", **n))
        if found.multiplied:
            layout.say(
                t(
                    "{multiplied} would multiply: their key is there more than once.",
                    "{multiplied} 行会重复：对方有多行使用同一个键。",
                    **n,
                )
            )
        if found.unused:
            layout.say(t("{unused} rows of the other are not used.", "对方有 {unused} 行未用到。", **n))


def _begin(view: datasets.DatasetView, what: Text, size: int, work: Callable[[], datasets.DatasetView]) -> None:
    errands.begin(_place(view), what, work, size)


def _busy(view: datasets.DatasetView) -> bool:
    return bool(going_on(_place(view)))


def _place(view: datasets.DatasetView) -> str:
    return f"combine-{view.id}"


def _show(view: datasets.DatasetView, made: datasets.DatasetView) -> None:
    draft.carry_over(view.id, made.id)
    if made.notes:
        what = t(Text(made.notes[-1].en.rstrip("."), made.notes[-1].zh.rstrip("。")))
        layout.offer_undo(t("Done: {what}.", "已完成：{what}。", what=what), lambda: address.remember(dataset=view.id))
    address.go("data", dataset=made.id, scenario=address.param("scenario"))
