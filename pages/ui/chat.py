"""A conversation with a model: ask, answer, why, correct it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from core.fields import Field
from core.scenarios.base import Answer, Turn
from core.words import UserError
from pages.ui import answers, layout
from pages.ui.language import t
from pages.ui.words import plain, shorten


def frame(run_id: int, field: Field, controls: Mapping[str, Any]) -> None:
    """The conversation so far and the line to go on with; kept for this visit."""
    key = f"chat-{run_id}"
    turns: list[tuple[Turn, Answer | None]] = st.session_state.setdefault(key, [])
    if not turns:
        _start(run_id, field)
    for place in range(len(turns)):
        _turn(run_id, field.key, turns, place)
    placeholder = t(field.placeholder) if field.placeholder else t(field.title)
    said = st.chat_input(placeholder, key=f"say-{run_id}") or st.session_state.pop(f"said-{run_id}", None)
    if said and said.strip():
        _go_on(run_id, field, said.strip(), controls)
    if turns and st.button(
        t("Start over", "重新开始"), key=f"over-{run_id}", type="tertiary", icon=":material/refresh:"
    ):
        del st.session_state[key]
        st.rerun()


def _start(run_id: int, field: Field) -> None:
    layout.empty(
        t(field.title),
        t("Ask the first question below, or click one of these.", "在下方提出第一个问题，或点击一个示例。"),
        "chat",
    )
    with st.container(horizontal=True, key="chat-examples"):
        for place, example in enumerate(field.examples[:3]):
            if st.button(plain(shorten(example, 60)), key=f"starter-{run_id}-{place}"):
                st.session_state[f"said-{run_id}"] = str(example)


def _turn(run_id: int, field_key: str, turns: list[tuple[Turn, Answer | None]], place: int) -> None:
    turn, answer = turns[place]
    with st.chat_message(
        "user" if turn.who == "user" else "assistant",
        avatar=":material/person:" if turn.who == "user" else ":material/smart_toy:",
    ):
        if answer is None:
            st.markdown(plain(turn.said))
            return
        answers.show(answer, f"{run_id}-{place}")
        if place == len(turns) - 1:
            answers.feedback(run_id, {field_key: turns[place - 1][0].said}, answer, f"{run_id}-{place}")


def _go_on(run_id: int, field: Field, said: str, controls: Mapping[str, Any]) -> None:
    turns = st.session_state[f"chat-{run_id}"]
    history = [turn for turn, _ in turns]
    with st.chat_message("user", avatar=":material/person:"):
        st.markdown(plain(said))
    try:
        answer = answers.ask(run_id, {field.key: said}, controls, history)
    except UserError as error:
        layout.note("bad", t(error.text), "chat")
        return
    turns += [(Turn("user", said), None), (Turn("bot", t(answer.title)), answer)]
    st.rerun()
