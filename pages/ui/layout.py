"""Pieces that every page is put together from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

import streamlit as st
from streamlit.elements.lib.grid_container import GridContainer

from core.words import Text, UserError
from pages.ui import address
from pages.ui.language import t
from pages.ui.words import plain

Tone = Literal["good", "caution", "bad", "neutral"]
SIGNS: dict[Tone, str] = {
    "good": ":material/check_circle:",
    "caution": ":material/warning:",
    "bad": ":material/error:",
    "neutral": ":material/info:",
}


def title(words: str, lead: str | None = None) -> None:
    """The page's heading (plain words) with one quiet sentence under it."""
    with st.container(key="title", gap=None):
        st.title(plain(words), anchor=False)
        if lead:
            st.markdown(lead)


def heading(words: str, lead: str | None = None) -> None:
    """A section's heading; `lead` is one quiet line."""
    with st.container(gap=None):
        st.header(plain(words), anchor=False)
        if lead:
            st.caption(lead)


def say(sentence: str | Text) -> None:
    """A sentence that may hold users' own words."""
    st.markdown(plain(t(sentence)))


def note(tone: Tone, sentence: str, key: str) -> st.delta_generator.DeltaGenerator:
    """A panel with a sign and a sentence (plain words); returns the container so that buttons can follow."""
    box = st.container(key=f"note-{tone}-{key}", gap="small")
    box.markdown(f"{SIGNS[tone]} {plain(sentence)}")
    return box


@contextmanager
def panel(key: str, height: Literal["content", "stretch"] = "content") -> Iterator[None]:
    """A surface with a line around it; "stretch" makes it as tall as its neighbours."""
    with st.container(key=f"panel-{key}", border=True, height=height):
        yield


@dataclass(frozen=True)
class Choice:
    """A card to choose: plain words, a drawing of assets/icons, and a line at its foot."""

    key: str
    words: str
    body: str
    icon: str | None = None
    foot: str | None = None


def card_grid(cards: int) -> GridContainer:
    """Up to four cards side by side, more in rows of three; a single one has the whole width."""
    return st.grid(cards if cards <= 4 else 3, min_column_width=240, gap="small" if cards == 4 else "medium")


@contextmanager
def beside(key: str) -> Iterator[None]:
    """The parts of a card: one under the other, or beside each other where the card is wide."""
    with st.container(key=f"beside-{key}", gap="small"):
        yield


def choice(card: Choice, chosen: bool, on_click: Callable[[], None]) -> None:
    """Draws the card, clickable everywhere; its button carries the name for keyboards and screen readers."""
    key, words = card.key, card.words
    with st.container(key=f"choice-{'on' if chosen else 'off'}-{key}", border=True, gap="small", height="stretch"):
        with beside(key):
            if card.icon:
                picture(card.icon)
            with st.container(gap="xxsmall", width="stretch"):
                st.markdown(f"**{plain(words)}**")
                st.markdown(plain(card.body))
        if card.foot:
            with st.container(key=f"foot-{key}"):
                st.markdown(plain(card.foot))
        st.button(plain(words), key=f"choose-{key}", on_click=on_click, width="stretch")


def quiet(sentence: str) -> None:
    """A line in the quiet colour; plain words."""
    st.caption(plain(sentence))


def picture(name: str) -> None:
    """A drawing of assets/icons by its name, in the accent colour (the stylesheet holds the drawings)."""
    st.html(f'<div class="drawing drawing-{name if name.isidentifier() else "table"}" aria-hidden="true"></div>')


def empty(words: str, lead: str, key: str) -> st.delta_generator.DeltaGenerator:
    """What will be here; the caller puts its one button into the container that comes back."""
    box = st.container(key=f"empty-{key}", border=True, horizontal_alignment="center", gap="small")
    box.markdown(f"**{plain(words)}**")
    box.markdown(plain(lead))
    return box


@contextmanager
def told() -> Iterator[None]:
    """Shows what a UserError says instead of letting it end the page."""
    try:
        yield
    except UserError as error:
        note("bad", t(error.text), "error")


def failed(error: UserError) -> None:
    """The whole page when what it should show is not there."""
    title(t("This is not here", "这里没有内容"), plain(t(error.text)))
    ways: dict[address.PageKey, str] = {
        "data": t("See your data", "查看数据"),
        "runs": t("See your models", "查看模型"),
    }
    first: address.PageKey = "runs" if address.param("run") else "data"
    with st.container(horizontal=True):
        for page in sorted(ways, key=lambda page: page != first):
            if st.button(ways[page], type="primary" if page == first else "secondary", key=f"failed-{page}"):
                address.go(page)


def offer_undo(sentence: str, restore: Callable[[], object]) -> None:
    """Remembers how to take back what was just done; `undo_bar` shows it on the next page drawn."""
    st.session_state["undo"] = (sentence, restore)


def undo_bar() -> None:
    """One line with what was done and a button that takes it back."""
    if "undo" not in st.session_state:
        return
    sentence, restore = st.session_state["undo"]
    with st.container(key="undo", horizontal=True, vertical_alignment="center"):
        st.markdown(f"{SIGNS['good']} {plain(sentence)}")
        if st.button(t("Undo", "撤销"), key="undo-button", icon=":material/undo:"):
            del st.session_state["undo"]
            restore()
            st.rerun()
        if st.button(t("Dismiss", "知道了"), key="undo-dismiss", type="tertiary"):
            del st.session_state["undo"]
            st.rerun()


def figures(items: list[tuple[str, str, str | None]]) -> None:
    """Figures side by side, each with its label and, where given, one sentence behind a small sign."""
    with st.container(key="figures", horizontal=True, gap="medium"):
        for label, value, help in items:
            st.metric(plain(label), value, help=plain(help) if help else None, width=160)


def small_share(share: float) -> str:
    """A share that may be tiny: 0, under 1%, 12%."""
    if share == 0:
        return "0"
    return "< 1%" if share < 0.01 else f"{share:.0%}"
