"""How a run was trained, as pairs of words: shown in a run's details and side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import streamlit as st

from core.fields import Field
from core.scenarios.base import scenario
from core.services import runs
from core.services.runs import RunView
from core.words import Text, UserError, same
from pages.ui import terms
from pages.ui.language import t
from pages.ui.states import MODES

NOTHING: tuple[Any, ...] = ({}, [], (), None, "")
WORDS = {
    "seed": Text("Seed (repeats the same run)", "随机种子（相同则结果可重复）"),
    "encoder": Text("Language model underneath", "底层语言模型"),
    "language": Text("Language", "语言"),
    "learning_rate": Text("Learning rate", "学习率"),
    "epochs": Text("Rounds", "训练轮数"),
    "batch_size": Text("Rows at a time", "每批行数"),
    "precision": Text("Precision", "数值精度"),
    "parameters": Text("Parameters", "参数量"),
}
LANGUAGES = {"en": Text("English", "英语"), "zh": Text("Chinese", "中文")}


def facts(run: RunView) -> dict[str, Any]:
    """What was trained; empty where nothing was kept."""
    return _facts(run.id, str(run.finished_at))


@st.cache_data(max_entries=200, show_spinner=False)
def _facts(run_id: int, finished: str) -> dict[str, Any]:
    try:
        return runs.facts(run_id)
    except UserError:
        return {}


def listed(run: RunView, facts: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The task, the way, the columns, what the user chose, and what the scenario says of its model."""
    known = scenario(run.scenario)
    yield t("Task", "任务"), t(known.title)
    yield t("Mode", "方式"), f"{t(MODES[run.mode])}{t('. ', '：')}{t(known.modes[run.mode])}"  # type: ignore[index]
    roles = {role.key: role.title for role in known.roles}
    for role, columns in run.roles.items():
        yield t("Column: {role}", "列：{role}", role=roles.get(role, same(role))), said(columns)
    fields = known.settings.told()
    for key, value in run.settings.items():
        if key != "mode" and value not in NOTHING:
            field = fields.get(key)
            yield t(field.title if field else WORDS.get(key, same(key))), _chosen(field, value)
    for key, value in (facts.get("model") or {}).items():
        if key in WORDS and key not in run.settings and value not in NOTHING:
            yield t(WORDS[key]), t(LANGUAGES[value]) if key == "language" and value in LANGUAGES else said(value)


def _chosen(field: Field | None, value: Any) -> str:
    """What the user answered, in the words of the question's options."""
    titles = {option.value: t(option.title) for option in field.options} if field else {}
    if isinstance(value, Mapping):
        return t(", ", "，").join(
            f"{said(key)} → {titles.get(meaning, said(meaning))}" for key, meaning in value.items()
        )
    return titles[value] if isinstance(value, str | int | float) and value in titles else said(value)


def technical(run: RunView, facts: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What else the scenario says of its model, in the field's terms."""
    for key, value in (facts.get("model") or {}).items():
        if key not in WORDS and key not in run.settings and value not in NOTHING:
            yield terms.term(key), terms.told(value)


def said(value: Any) -> str:
    """A setting's value on one line."""
    if isinstance(value, list | tuple):
        return t(", ", "、").join(map(said, value))
    return terms.told(value)
