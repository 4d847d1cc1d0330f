"""Widgets for what can be asked of a user (core.fields.Field): one function a kind, values of the promised type."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from core.fields import Field
from core.words import Text, same
from pages.ui.language import t
from pages.ui.words import plain, shorten

LONG_TEXT_HEIGHT = 140
LEAST_WIDTH = 190
COLUMNS = "columns"


def form(
    fields: Sequence[Field],
    prefix: str,
    values: Mapping[str, Any] | None = None,
    choices: Mapping[str, Sequence[str]] | None = None,
    across: bool = False,
) -> dict[str, Any]:
    """Draws every field and returns key -> value. `prefix` makes the widgets' keys; `values` are earlier answers.

    `choices` are what a field may choose from where it does not say so itself: the values of the column in its role, or
    under COLUMNS the names of all columns. Fields of a group stand under a fold of its name; `across` puts fields side
    by side where there is room. Values survive a change of page (they live in the session under `prefix`).
    """
    known, found = dict(values or {}), dict(choices or {})

    def draw(field: Field) -> Any:
        key = f"{prefix}-{field.key}"
        offered = found.get(COLUMNS, ()) if field.kind == "columns" else found.get(field.role or "", ())
        return _DRAW[field.kind](field, key, known.get(field.key, field.default), offered)

    answers = _side_by_side([f for f in fields if not f.group], draw, across)
    for group in dict.fromkeys(field.group for field in fields if field.group):
        with st.expander(plain(t(group)), key=f"{prefix}-more"):
            answers |= _side_by_side([field for field in fields if field.group == group], draw, across)
    return answers


def _side_by_side(fields: Sequence[Field], draw: Callable[[Field], Any], across: bool) -> dict[str, Any]:
    if not across or len(fields) < 2:
        return {field.key: draw(field) for field in fields}
    answers = {}
    grid = st.grid(2 if len(fields) > 4 else len(fields), min_column_width=LEAST_WIDTH, gap="medium")
    for field in fields:
        with grid.cell():
            answers[field.key] = draw(field)
    return answers


def _words(field: Field) -> dict[str, Any]:
    return {"label": plain(t(field.title)), "help": plain(t(field.help)) if field.help else None}


def _choose() -> str:
    return t("Choose or type", "选择或输入")


def _once(key: str, value: Any) -> None:
    """The first value of a widget; afterwards the session's own counts."""
    if key not in st.session_state:
        st.session_state[key] = value


def _text(field: Field, key: str, value: Any, _: Sequence[str]) -> str:
    _once(key, "" if value is None else str(value))
    placeholder = t(field.placeholder) if field.placeholder else None
    return st.text_area(
        **_words(field), key=key, placeholder=placeholder, height=LONG_TEXT_HEIGHT, persist_state="session"
    ).strip()


def _number(field: Field, key: str, value: Any, _: Sequence[str]) -> float | None:
    limits = [x for x in (field.low, field.high, field.step, value) if x is not None]
    whole = bool(limits) and all(float(x).is_integer() for x in limits) and field.step is not None
    kind: Callable[[Any], Any] = int if whole else float
    low, high, step = (None if x is None else kind(x) for x in (field.low, field.high, field.step))
    _once(key, None if value is None else kind(value))
    return st.number_input(**_words(field), key=key, min_value=low, max_value=high, step=step, persist_state="session")


def _slider(field: Field, key: str, value: Any, _: Sequence[str]) -> float:
    low, high, step = (x or 0.0 for x in (field.low, field.high, field.step))
    whole = all(float(x).is_integer() for x in (low, high, step))
    kind: Callable[[Any], Any] = int if whole else float
    _once(key, min(max(kind(low if value is None else value), kind(low)), kind(high)))
    share = field.high is not None and field.high <= 1 and not whole and (field.low or 0) >= 0
    return float(
        st.slider(
            **_words(field),
            min_value=kind(low),
            max_value=kind(high),
            step=kind(step) if step else None,
            format="percent" if share else None,
            key=key,
            persist_state="session",
        )
    )


def _choice(field: Field, key: str, value: Any, offered: Sequence[str]) -> Any:
    titles: dict[Any, Text] = {option.value: option.title for option in field.options} or {v: same(v) for v in offered}
    if field.optional:
        titles = {None: field.placeholder or Text("unknown", "未知"), **titles}
    _once(key, value if value in titles else next(iter(titles), None))
    if st.session_state[key] not in titles:
        st.session_state[key] = next(iter(titles), None)
    return st.selectbox(
        **_words(field),
        options=list(titles),
        placeholder=_choose(),
        format_func=lambda v: t(titles.get(v, same(v))),
        key=key,
        persist_state="session",
    )


def _toggle(field: Field, key: str, value: Any, _: Sequence[str]) -> bool:
    if field.closed:
        st.caption(plain(t(field.closed)))
        return bool(field.default)
    _once(key, bool(value))
    return st.toggle(**_words(field), key=key, persist_state="session")


def _columns(field: Field, key: str, value: Any, columns: Sequence[str]) -> tuple[str, ...]:
    _once(key, [name for name in value or () if name in columns])
    st.session_state[key] = [name for name in st.session_state[key] if name in columns]
    return tuple(
        st.multiselect(**_words(field), options=list(columns), key=key, placeholder=_choose(), persist_state="session")
    )


def _items(field: Field, key: str, value: Any, _: Sequence[str]) -> tuple[Any, ...]:
    titles = {option.value: t(option.title) for option in field.options}
    _once(key, [item for item in value or () if item in titles])
    chosen = st.multiselect(
        **_words(field),
        options=list(titles),
        format_func=lambda v: titles.get(v, str(v)),
        placeholder=_choose(),
        key=key,
        persist_state="session",
    )
    return tuple(chosen)


def _names(field: Field, key: str, value: Any, classes: Sequence[str]) -> dict[str, str]:
    """One row a class: what the data says, what it means."""
    known, titles = dict(value or {}), {option.value: option.title for option in field.options}
    st.markdown(f"**{plain(t(field.title))}**", help=plain(t(field.help)) if field.help else None)
    answers = {}
    for place, name in enumerate(classes):
        box = f"{key}-{place}-{name}"
        _once(box, known.get(name, name))
        with st.container(key=f"row-{box}", horizontal=True, vertical_alignment="center", gap="small"):
            st.text(shorten(name, 32), width=160)
            answers[name] = st.selectbox(
                plain(name),
                options=list(dict.fromkeys([*titles, name, st.session_state[box]])),
                format_func=lambda v: t(titles[v]) if v in titles else str(v),
                key=box,
                accept_new_options=True,
                label_visibility="collapsed",
                width=240,
                persist_state="session",
            )
    return {name: str(meaning) for name, meaning in answers.items() if meaning}


_DRAW: dict[str, Callable[[Field, str, Any, Sequence[str]], Any]] = {
    "text": _text,
    "number": _number,
    "slider": _slider,
    "choice": _choice,
    "toggle": _toggle,
    "names": _names,
    "columns": _columns,
    "items": _items,
}
