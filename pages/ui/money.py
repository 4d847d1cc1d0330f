"""What a model is worth under the user's own figures: questions on top, cards that follow every change."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from core.fields import Field
from core.scenarios.base import scenario
from core.services import runs
from pages.ui import cards, forms, layout, take_along
from pages.ui.language import t


def is_asked(run: runs.RunView) -> bool:
    """Whether the run's scenario reckons with figures of the user's own."""
    return bool(scenario(run.scenario).assumptions(runs.results(run.id).details))


@st.fragment
def section(run: runs.RunView, source: cards.Source) -> None:
    """Only this part of the page is drawn again when a figure changes."""
    kind, results = scenario(run.scenario), runs.results(run.id)
    with st.container(key="assumptions", border=True, gap="small"):
        asked, above = kind.assumptions(results.details), st.container()
        values = forms.form(asked, f"money-{run.id}", across=True)
        with above:
            layout.quiet(_said(asked, values))
    take_along.figures(run).update(values)
    mark = _mark(values)
    for card in kind.money(results, values):
        cards.draw(card, replace(source, key=f"{source.key}-{mark}"))


def _said(asked: Sequence[Field], values: Mapping[str, Any]) -> str:
    """Whose figures these are, and what a change of them does."""
    made_up = any(field.example and values[field.key] == field.default for field in asked)
    whose = (
        t("Example figures: put in your own.", "这里是示例数字，请填写您自己的。")
        if made_up
        else t("Your figures.", "您的数字。")
    )
    return whose + t(
        " Everything below follows at once; nothing is trained again.", "下面的结果会立即更新，无需重新训练。"
    )


def _mark(values: dict[str, Any]) -> str:
    """The same for the same figures: charts are kept by it."""
    return hashlib.sha256(json.dumps(values, sort_keys=True, default=str).encode()).hexdigest()[:12]
