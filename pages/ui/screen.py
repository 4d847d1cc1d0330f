"""How wide the visitor's screen is and which theme it shows: what charts must know before they are drawn."""

from __future__ import annotations

import streamlit as st

from core.charts import Style, Width
from pages.ui.language import language

_JS = """
export default function ({ data, setStateValue }) {
  const narrow = window.innerWidth < 640;
  if (narrow !== data.narrow) setStateValue("narrow", narrow);
}
"""
_component = st.components.v2.component("modelwright_screen", html="<span></span>", js=_JS)


def is_narrow() -> bool:
    """Whether the screen is a phone's: a guess from the browser's name until the page has measured it."""
    if "narrow" not in st.session_state:
        st.session_state["narrow"] = "Mobi" in (st.context.headers.get("User-Agent") or "")
    return bool(st.session_state["narrow"])


def measure() -> None:
    """Asks the browser once; the page is drawn again only where the guess was wrong."""
    with st.container(key="screen"):
        _component(key="screen-width", data={"narrow": is_narrow()}, on_narrow_change=_measured)


def _measured() -> None:
    st.session_state["narrow"] = bool(st.session_state["screen-width"].narrow)


def is_dark() -> bool:
    return st.context.theme.type == "dark"


def style() -> Style:
    """The look of this visitor's charts."""
    width: Width = "narrow" if is_narrow() else "wide"
    return Style(language(), is_dark(), width)
