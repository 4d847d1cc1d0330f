"""Quick, Standard or Best, with the time and memory that each needs on this machine."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from core.progress import Plan
from core.scenarios.base import scenario
from core.services import costs, runs
from core.words import UserError
from pages.ui import layout
from pages.ui.background import forget, later
from pages.ui.language import t
from pages.ui.states import MODES
from pages.ui.words import about, size

Plans = dict[str, Plan]
RETRY_SECONDS = 30.0


def mode_cards(
    request: runs.Request, signature: str, chosen: str, on_choose: Callable[[str], None], measure: bool
) -> Plans:
    """Draws one card a mode and returns the plans that are known already.

    Times come from a short trial on the model server, which the page does not wait for: the cards look again
    every second until they are there. `measure` is false while the data cannot be trained on.
    """
    key = f"estimate-{signature}"
    known = plans(key, request) if measure else {}
    every = 1.0 if known is None else 10.0 if measure and not known else None
    st.fragment(_cards, run_every=every)(request, key, chosen, on_choose, measure)
    return known or {}


def plans(key: str, request: runs.Request) -> Plans | None:
    """What is known of the times: None while they are measured, nothing where they could not be (tried again later)."""
    found = later(key, lambda: runs.estimate(request))
    if not found.done():
        return None
    error = found.exception()
    if error is None:
        return dict(found.result())
    if not isinstance(error, UserError):
        raise error
    forget(key, after=RETRY_SECONDS)
    return {}


def _cards(request: runs.Request, key: str, chosen: str, on_choose: Callable[[str], None], measure: bool) -> None:
    known = plans(key, request) if measure else {}
    modes = scenario(request.scenario).modes
    for column, (mode, sentence) in zip(st.columns(len(modes), gap="medium"), modes.items(), strict=True):
        with column, st.container(key=f"mode-{mode}", height="stretch"):
            card = layout.Choice(f"mode-{mode}", t(MODES[mode]), t(sentence), foot=_needs(known, mode, measure))
            layout.choice(card, mode == chosen, partial(on_choose, mode))
    notes = dict.fromkeys(note for plan in (known or {}).values() for note in plan.notes)
    for note in notes:
        layout.quiet(t(note))
    state = (key, known is None, bool(known))
    if st.session_state.get("estimate-shown") != state:
        st.session_state["estimate-shown"] = state
        st.rerun()


def _needs(known: Plans | None, mode: str, measure: bool) -> str:
    if not measure:
        return t("Time: once the data is ready", "数据就绪后给出所需时间")
    if known is None:
        return t("Measuring the time on this machine…", "正在本机实测所需时间……")
    if mode not in known:
        return t("Time not known yet", "暂时无法估计时间")
    plan = known[mode]
    memory = size(plan.memory_mb * 2**20)
    needs = t("{time} · {memory} of memory", "{time} · 内存 {memory}", time=about(plan.seconds), memory=memory)
    price = costs.cost(plan.seconds)
    priced = needs + t(" · costs about {price}", " · 费用约 {price}", price=price) if price else needs
    return priced if costs.fits(plan) else priced + t(" · does not fit on this machine", " · 超出本机内存")
