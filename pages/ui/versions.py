"""The versions of a table: one step back, one forward, and what was done as a plain list."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from core.data.recipe import Step, describe
from core.services import datasets, inspecting
from core.words import UserError
from pages.ui import address, draft
from pages.ui.language import t
from pages.ui.words import plain


def back_and_forward(view: datasets.DatasetView) -> None:
    """Undo and redo, where there is something to undo or to do again."""
    known = inspecting.history(view.id, draft.left().get(view.id))
    if known.back or known.forward:
        _turn(t("Undo", "撤销"), "undo", view, known.back, draft.undo)
        _turn(t("Redo", "重做"), "redo", view, known.forward, draft.redo)


def _turn(label: str, key: str, view: datasets.DatasetView, target: str | None, turn: Callable[[str], str]) -> None:
    def go() -> None:
        st.session_state.pop("undo", None)
        try:
            other = turn(view.id)
        except UserError as error:
            st.session_state["fix-error"] = error.text
            return
        draft.carry_over(view.id, other)
        address.remember(dataset=other)

    st.button(
        label, key=f"version-{key}", icon=f":material/{key}:", type="tertiary", disabled=target is None, on_click=go
    )


def recipe(steps: Sequence[Step]) -> None:
    """The recipe as sentences."""
    for place, step in enumerate(steps, start=1):
        st.markdown(f"{place}. {plain(t(describe(step)))}")
