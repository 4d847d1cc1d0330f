"""A conversation with a model: ask, answer, why, correct it. Kept in the database, found again by its address."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from typing import Any

import streamlit as st

from core.fields import Field
from core.services import chats
from core.services.chats import Message
from core.words import UserError
from pages.ui import address, answers, layout
from pages.ui.language import t
from pages.ui.words import plain, shorten

Sent = tuple[str, str]
"""A message in line: an id of its own, since the same may be said twice, and its words."""
LONG = 600
"""Characters of a customer's message that are shown."""
AVATARS = {"user": ":material/person:", "bot": ":material/support_agent:"}


def frame(run_id: int, field: Field, controls: Mapping[str, Any]) -> None:
    """The conversation so far and the line to go on with; the address names it, so that a refresh keeps it.

    The line is held to the window's foot only once something was said: the page then opens at its end, else at its head.
    """
    chat = _chat()
    turns = chats.messages(run_id, chat)
    if not turns:
        _start(run_id, field)
    for place in range(len(turns)):
        _turn(run_id, field.key, turns, place)
    placeholder = t(field.placeholder) if field.placeholder else t(field.title)
    waiting = st.session_state.get(f"waiting-{run_id}")
    with st.container() if not turns and not waiting else nullcontext():
        said = f"say-{run_id}"
        st.chat_input(placeholder, key=said, on_submit=lambda: _waits(run_id, st.session_state[said]))
    if waiting:
        _go_on(run_id, field, waiting, controls)
    if turns and st.button(
        t("Start over", "重新开始"), key=f"over-{run_id}", type="tertiary", icon=":material/refresh:"
    ):
        address.remember(chat=chats.new_id())
        st.rerun()


def _waits(run_id: int, said: str) -> None:
    """Puts a message in line: one that is sent while another is being answered displaces nothing."""
    if said and said.strip():
        st.session_state.setdefault(f"waiting-{run_id}", []).append((chats.new_id(), said.strip()[: chats.LONGEST]))


def _chat() -> str:
    """The conversation that the address names; a new one where it names none."""
    named = address.param("chat")
    if not chats.is_id(named):
        named = chats.new_id()
        address.remember(chat=named)
    return str(named)


def _start(run_id: int, field: Field) -> None:
    layout.empty(
        t(field.title),
        t("Ask the first question below, or click one of these.", "在下方提出第一个问题，或点击一个示例。"),
        "chat",
    )
    with st.container(horizontal=True, key="chat-examples"):
        for place, example in enumerate(field.examples[:3]):
            if st.button(plain(shorten(example, 60)), key=f"starter-{run_id}-{place}"):
                _waits(run_id, str(example))


def _turn(run_id: int, field_key: str, turns: list[Message], place: int) -> None:
    turn, answer = turns[place].turn, turns[place].answer
    with st.chat_message("user" if turn.who == "user" else "assistant", avatar=AVATARS[turn.who]):
        if answer is None:
            st.markdown(plain(shorten(turn.said, LONG)))
            if len(turn.said) > LONG:
                st.caption(t("{n} characters in all", "共 {n} 个字符", n=f"{len(turn.said):,}"))
            return
        answers.spoken(answer, f"{run_id}-{place}")
        if turns[place].told:
            st.caption(t("You said whether this was right. Thank you.", "您已评价过这个回答，谢谢。"))
        elif place == len(turns) - 1:
            asked = {field_key: turns[place - 1].turn.said}
            answers.feedback(run_id, asked, answer, f"{run_id}-{turns[place].id}", lambda: chats.told(turns[place].id))


def _go_on(run_id: int, field: Field, waiting: list[Sent], controls: Mapping[str, Any]) -> None:
    """Answers the first message in line, which leaves the line only once it is kept or cannot be answered.

    A message that is sent meanwhile starts this page anew beside the run that still waits for its answer: both then ask
    for the same message, and the first to be done takes it out of the line and keeps it.
    """
    chat = _chat()
    history = [message.turn for message in chats.messages(run_id, chat)]
    first = waiting[0]
    for _, said in list(waiting):
        with st.chat_message("user", avatar=AVATARS["user"]):
            st.markdown(plain(shorten(said, LONG)))
    try:
        answer = answers.ask(run_id, {field.key: first[1]}, controls, history)
    except UserError as error:
        _leaves(waiting, first)
        layout.note("bad", t(error.text), "chat")
        return
    shown = t(answer.title)
    if _leaves(waiting, first):
        chats.keep(run_id, chat, first[1], answer, shown)
    st.rerun()


def _leaves(waiting: list[Sent], first: Sent) -> bool:
    """Takes the message out of the line; whether it was still in it."""
    try:
        waiting.remove(first)
    except ValueError:
        return False
    return True
