"""Longer work on a page: how far it is, a button that stops it, and what came of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from core.services import errands
from core.services.errands import Errand
from core.words import Text, UserError
from pages.ui import layout
from pages.ui.language import t
from pages.ui.words import count, duration

EVERY = 1.0
AT_ONCE = 2.0
"""Seconds that a page waits for work that may be done at once, before it shows how far it is."""


def begin(place: str, what: Text, work: Callable[[], Any], size: int = 0) -> None:
    """Starts the work for this visitor; `errands_at` of the same place shows it from the next drawing on."""
    try:
        errand = errands.begin(place, what, work, size)
    except UserError as error:
        layout.note("bad", t(error.text), f"busy-{place}")
        return
    st.session_state[_own(place)] = errand.id
    with st.spinner(t(what)):
        over = errand.wait(AT_ONCE)
    if over:
        st.session_state[_seen(place)] = errand.id
    st.rerun()


def errands_at(place: str, done: Callable[[Any], None], ready: Text) -> bool:
    """Draws what goes on here, whoever began it, and what came of this visitor's own: `done` is called with it where the visitor
    waited, else it is offered in the words of `ready`. Whether anything goes on."""
    going = errands.going_on(place)
    if going:
        st.fragment(_going, run_every=EVERY)(place, [errand.id for errand in going])
    own = errands.get(st.session_state.get(_own(place), ""))
    if own is not None and own.over:
        _came_of(own, done, ready)
    return bool(going)


def _own(place: str) -> str:
    return f"errand-{place}"


def _seen(place: str) -> str:
    return f"errand-seen-{place}"


def _going(place: str, drawn: list[str]) -> None:
    going = errands.going_on(place)
    if [errand.id for errand in going] != drawn:
        st.session_state[_seen(place)] = st.session_state.get(_own(place))
        st.rerun()
    for errand in going:
        with (
            layout.panel(f"errand-{errand.id}"),
            st.container(
                horizontal=True,
                vertical_alignment="center",
                horizontal_alignment="distribute",
                key=f"errand-line-{errand.id}",
            ),
        ):
            with st.container(gap=None, width="stretch"):
                layout.say(errand.what)
                layout.quiet(_so_far(errand))
            if st.button(
                t("Stop", "停止"), key=f"stop-{errand.id}", icon=":material/stop_circle:", disabled=errand.stopping
            ):
                errand.stop()
                st.rerun(scope="fragment")


def _so_far(errand: Errand) -> str:
    if errand.stopping:
        return t("Stopping…", "正在停止……")
    lasted = duration(errand.seconds)
    left = t("You can leave this page.", "可以离开此页。")
    usual = errand.usual_seconds
    if errand.rows is None and usual:
        rest = usual - errand.seconds
        if rest < 1:
            return t(
                "{lasted}, longer than the last time. {left}",
                "已用时 {lasted}，比上次久。{left}",
                lasted=lasted,
                left=left,
            )
        return t(
            "{lasted} so far, about {rest} left. {left}",
            "已用时 {lasted}，约剩 {rest}。{left}",
            lasted=lasted,
            rest=duration(rest),
            left=left,
        )
    if errand.rows is None:
        return t("{lasted} so far. {left}", "已用时 {lasted}。{left}", lasted=lasted, left=left)
    return t(
        "{n} rows in {lasted}. {left}",
        "已读取 {n} 行，用时 {lasted}。{left}",
        n=count(errand.rows),
        lasted=lasted,
        left=left,
    )


def _came_of(errand: Errand, done: Callable[[Any], None], ready: Text) -> None:
    place = errand.place
    if errand.stopped:
        layout.note("neutral", t("Stopped. Nothing was kept.", "已停止，未保存任何数据。"), f"stopped-{place}")
    elif errand.error is not None:
        layout.note("bad", t(errand.error), f"failed-{place}")
    elif st.session_state.pop(_seen(place), None) == errand.id:
        del st.session_state[_own(place)]
        done(errand.result)
    else:
        with layout.note("good", t(ready), f"ready-{place}"):
            if st.button(t("Open", "打开"), key=f"open-{place}"):
                del st.session_state[_own(place)]
                done(errand.result)
