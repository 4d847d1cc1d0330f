"""The questions before a training: what to build, which columns, what labels mean, how to test."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import streamlit as st

from core.config import config
from core.data.profile import Profile
from core.fields import Field
from core.scenarios.base import ExtraTable, Role, Scenario, scenarios
from core.services import datasets
from core.words import Text, UserError
from pages.ui import draft, layout
from pages.ui.forms import COLUMNS, form
from pages.ui.language import t
from pages.ui.words import count, plain, shorten

MOST_CLASSES = 12
TYPES = ["csv", "tsv", "txt", "xlsx", "gz"]
REASONS = {
    "name": Text("Guessed from its name.", "根据列名推测。"),
    "content": Text("Guessed from what is in it.", "根据内容推测。"),
    "you": Text("Chosen by you.", "由您选择。"),
}


def scenario_cards(chosen: str, on_choose: Callable[[str], None]) -> None:
    """One card a scenario; a single one is shown as chosen."""
    grid = layout.card_grid(len(scenarios()))
    for key, scenario in scenarios().items():
        with grid.cell():
            card = layout.Choice(f"scenario-{key}", t(scenario.title), t(scenario.summary), scenario.icon)
            layout.choice(card, key == chosen, partial(on_choose, key))


def columns(
    scenario: Scenario[Any], profile: Profile, first: draft.Columns, guessed: draft.Columns, prefix: str
) -> draft.Columns:
    """A column (or several) for every role, with a guess, its reason and values to check it by. What was guessed is in sight."""
    in_sight = [role for role in scenario.roles if role.required or guessed.get(role.key)]
    further = [role for role in scenario.roles if role not in in_sight]
    chosen = _lines(in_sight, profile, first, guessed, prefix)
    if len(further) > 1:
        with st.expander(t("More columns, if you have them", "更多列（如果有）"), key=f"{prefix}-more-roles"):
            return chosen | _lines(further, profile, first, guessed, prefix)
    return chosen | _lines(further, profile, first, guessed, prefix)


def _lines(
    roles: Sequence[Role], profile: Profile, first: draft.Columns, guessed: draft.Columns, prefix: str
) -> draft.Columns:
    chosen: draft.Columns = {}
    for role in roles:
        with st.container(key=f"line-role-{role.key}"):
            ask, show = st.columns([5, 6], gap="medium", vertical_alignment="top")
            with ask:
                names = _ask_column(role, profile, first.get(role.key, ()), f"{prefix}-role-{role.key}")
            with show:
                _show_column(role, profile, names, guessed)
        if names:
            chosen[role.key] = names
    return chosen


def _ask_column(role: Role, profile: Profile, first: tuple[str, ...], key: str) -> tuple[str, ...]:
    names = [column.name for column in profile.columns]
    label, help = plain(t(role.title)), plain(t(role.help))
    if role.many:
        kept = [name for name in st.session_state.get(key, first) if name in names]
        st.session_state[key] = kept
        return tuple(
            st.multiselect(
                label, names, key=key, help=help, placeholder=t("Choose columns", "选择列"), persist_state="session"
            )
        )
    options: list[str | None] = [*([] if role.required else [None]), *names]
    if key not in st.session_state or (st.session_state[key] is not None and st.session_state[key] not in names):
        st.session_state[key] = next(iter(first), None)
    none = t("none", "不使用")
    picked = st.selectbox(
        label,
        options,
        key=key,
        help=help,
        placeholder=t("Choose a column", "选择一列"),
        format_func=lambda name: none if name is None else name,
        persist_state="session",
    )
    return (picked,) if picked else ()


def _show_column(role: Role, profile: Profile, names: tuple[str, ...], guessed: draft.Columns) -> None:
    if not names:
        layout.quiet(
            t(
                "Not used." if not role.required else "Choose the column that holds this.",
                "未使用。" if not role.required else "请选择对应的列。",
            )
        )
        return
    column = profile.column(names[0])
    values = (
        [shorten(value, 64) for value, _ in column.top[:3]]
        if column.kind != "text"
        else [shorten(v, 90) for v in column.examples[:2]]
    )
    said = t(
        "{why} {n} different values, for instance:",
        "{why}共 {n} 种不同的值，例如：",
        why=REASONS[draft.reason(role, names[0], guessed)],
        n=count(column.distinct),
    )
    with st.container(key=f"values-{role.key}", gap=None):
        layout.quiet(said)
        for value in values:
            st.text(value)


def settings(
    scenario: Scenario[Any],
    profile: Profile,
    chosen: draft.Columns,
    first: dict[str, Any],
    prefix: str,
    *,
    in_sight: bool,
) -> dict[str, Any]:
    """The scenario's own questions, those to be seen at once or the others. A meaning is asked for every class, where there
    are not too many."""
    choices = {COLUMNS: tuple(column.name for column in profile.columns)}
    for role in scenario.roles:
        if chosen.get(role.key):
            choices[role.key] = tuple(value for value, _ in profile.column(chosen[role.key][0]).top)
    fields = [
        field
        for field in scenario.form(profile, chosen)
        if field.in_sight == in_sight and _can_be_asked(field, choices)
    ]
    return told_apart(form(fields, f"{prefix}-set", first, choices))


def _can_be_asked(field: Field, choices: Mapping[str, Sequence[str]]) -> bool:
    """A field about a column's values needs that column, and not too many values."""
    return field.role is None or 1 <= len(choices.get(field.role, ())) <= MOST_CLASSES


def told_apart(settings: dict[str, Any]) -> dict[str, Any]:
    """The settings without names that only repeat the value they name."""
    return {
        key: {value: said for value, said in answer.items() if said != value} if isinstance(answer, dict) else answer
        for key, answer in settings.items()
    }


def own_test(dataset_id: str, prefix: str, first: str | None) -> str | None:
    """Another dataset to test on; None holds part of this one out."""
    nothing = t("No: hold part of my data out", "不用，自动留出一部分数据")
    words = t("Test on a file of your own?", "使用自己的测试文件？")
    return _other_data(words, nothing, f"{prefix}-test", first, dataset_id)


def extra_tables(wanted: tuple[ExtraTable, ...], dataset_id: str, prefix: str) -> dict[str, str]:
    """Further tables that the scenario can use: key -> dataset."""
    chosen = {}
    for table in wanted:
        none = t("none", "不使用")
        found = _other_data(t(table.title), none, f"{prefix}-extra-{table.key}", None, dataset_id, t(table.help))
        if found:
            chosen[table.key] = found
    return chosen


def _other_data(
    words: str, nothing: str, key: str, first: str | None, not_this: str, help: str | None = None
) -> str | None:
    known = {view.id: view for view in datasets.listed() if view.id != not_this}
    if key not in st.session_state or (st.session_state[key] and st.session_state[key] not in known):
        st.session_state[key] = first if first in known else None
    pick, bring = st.columns([5, 6], gap="medium", vertical_alignment="bottom")
    with pick:
        picked = st.selectbox(
            plain(words),
            [None, *known],
            key=key,
            format_func=lambda id: nothing if id is None else shorten(known[id].name, 60),
            placeholder=nothing,
            help=plain(help) if help else None,
            persist_state="session",
        )
    with (
        bring,
        st.popover(t("Upload a file", "上传文件"), icon=":material/upload_file:", type="tertiary", key=f"{key}-bring"),
    ):
        st.file_uploader(
            t("CSV, TSV or XLSX", "CSV、TSV 或 XLSX"),
            type=TYPES,
            max_upload_size=config().max_upload_mb,
            key=f"{key}-file",
            on_change=_take_file,
            args=(key,),
        )
    if message := st.session_state.pop(f"{key}-error", None):
        layout.note("bad", t(message), key)
    return picked


def _take_file(key: str) -> None:
    file = st.session_state.get(f"{key}-file")
    if file is None:
        return
    try:
        st.session_state[key] = datasets.add(file.name, file).dataset.id
    except UserError as error:
        st.session_state[f"{key}-error"] = error.text
