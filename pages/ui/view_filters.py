"""Which rows a view is about: one question a column, by what the column is."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.data.profile import ColumnProfile, Profile
from core.views import MOST_FILTERS, Filter
from core.words import Text
from pages.ui.language import t
from pages.ui.words import plain, shorten

EMPTY = Text("(empty)", "（空）")


def put(key: str, profile: Profile, filters: Sequence[Filter]) -> None:
    """Sets the questions to these filters."""
    kinds = {column.name: column for column in profile.columns}
    known = [one for one in filters if one.column in kinds]
    st.session_state[f"{key}-filters"] = [one.column for one in known]
    for one in known:
        own = f"{key}-filter-{one.column}"
        st.session_state[f"{own}-values"] = [value for value in one.values if value in choices(kinds[one.column])]
        for part in ("low", "high", "text"):
            st.session_state[f"{own}-{part}"] = getattr(one, part)


def ask(key: str, profile: Profile) -> tuple[Filter, ...]:
    chosen = st.session_state.get(f"{key}-filters", [])
    title = t("Filter rows ({n})", "筛选行（{n}）", n=len(chosen)) if chosen else t("Filter rows", "筛选行")
    kinds = {column.name: column for column in profile.columns}
    with st.expander(title, icon=":material/filter_alt:", expanded=bool(chosen), key=f"{key}-filter-fold"):
        picked = st.multiselect(
            t("Only rows where", "仅包含满足以下条件的行"),
            list(kinds),
            key=f"{key}-filters",
            max_selections=MOST_FILTERS,
            placeholder=t("Choose columns", "选择列"),
            persist_state="session",
        )
        return tuple(one for name in picked if (one := _ask(kinds[name], f"{key}-filter-{name}")) != Filter(name))


def _ask(column: ColumnProfile, key: str) -> Filter:
    label = plain(shorten(column.name, 40))
    if column.kind in ("number", "time"):
        with st.container(horizontal=True):
            hints = _hints(column)
            low, high = (
                st.text_input(f"{label} {words}", key=f"{key}-{part}", placeholder=hint, persist_state="session")
                for part, words, hint in (("low", t("from", "从"), hints[0]), ("high", t("to", "到"), hints[1]))
            )
        return Filter(column.name, low=low.strip(), high=high.strip())
    if column.kind in ("category", "boolean"):
        empty = t(EMPTY)
        values = st.multiselect(
            label,
            choices(column),
            key=f"{key}-values",
            format_func=lambda value: shorten(value, 60) if value else empty,
            placeholder=t("Any value", "任意值"),
            persist_state="session",
        )
        return Filter(column.name, values=tuple(values))
    said = t("{name} contains", "{name} 包含", name=label)
    return Filter(column.name, text=st.text_input(said, key=f"{key}-text", persist_state="session").strip())


def choices(column: ColumnProfile) -> list[str]:
    return [value for value, _ in column.top] + ([""] if column.missing else [])


def _hints(column: ColumnProfile) -> tuple[str, str]:
    if column.kind == "time":
        return "2025-01-31", "2025-12-31"
    return (
        f"{column.minimum:g}" if column.minimum is not None else "",
        f"{column.maximum:g}" if column.maximum is not None else "",
    )
