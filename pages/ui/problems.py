"""What was found before training: what, how to go on, and repairs with one click."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from core.words import Fix, Problem, Text
from pages.ui.language import t
from pages.ui.layout import SIGNS, Tone
from pages.ui.words import plain

TONES: dict[str, Tone] = {"stop": "bad", "warn": "caution", "note": "neutral"}
SEVERITIES = {
    "stop": Text("Must be solved first", "需要先解决"),
    "warn": Text("Worth a look", "值得留意"),
    "note": Text("Good to know", "供参考"),
}


def problems(found: Sequence[Problem], on_fix: Callable[[Fix], None]) -> None:
    """All problems, in the order given: what must or should be looked at first, the rest folded away."""
    pressing = [problem for problem in found if problem.severity != "note"]
    notes = [problem for problem in found if problem.severity == "note"]
    for severity in ("stop", "warn"):
        _panel(severity, [(n, one) for n, one in enumerate(pressing) if one.severity == severity], on_fix)
    if not notes:
        return
    with st.expander(
        t("Good to know ({n})", "供参考（{n}）", n=len(notes)), expanded=False, key="notes", icon=":material/info:"
    ):
        for place, problem in enumerate(notes, start=len(pressing)):
            with st.container(key=f"line-note-{place}"):
                said(problem, place, on_fix)


def _panel(severity: str, found: Sequence[tuple[int, Problem]], on_fix: Callable[[Fix], None]) -> None:
    """One panel for all problems of a severity."""
    if not found:
        return
    tone = TONES[severity]
    with st.container(key=f"note-{tone}-problems", gap="small"):
        st.markdown(f"{SIGNS[tone]} **{plain(t(SEVERITIES[severity]))}**")
        with st.container(key=f"problems-{severity}", gap=None):
            for place, problem in found:
                with st.container(key=f"line-{severity}-{place}"):
                    said(problem, place, on_fix)


def said(problem: Problem, place: int, on_fix: Callable[[Fix], None]) -> None:
    """What was found, how to go on, and a button for each repair."""
    with st.container(key=f"found-{place}-{problem.key}", horizontal=True, vertical_alignment="center", gap="medium"):
        with st.container(gap=None, width="stretch", key=f"what-{place}-{problem.key}"):
            st.markdown(plain(t(problem.what)))
            if problem.how.en:
                st.caption(plain(t(problem.how)))
        for turn, fix in enumerate(problem.fixes):
            key = f"fix-{problem.key}-{place}-{turn}"
            st.button(plain(t(fix.title)), key=key, on_click=on_fix, args=(fix,))
