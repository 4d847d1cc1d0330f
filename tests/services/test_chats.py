"""Conversations are kept turn by turn and found again."""

from __future__ import annotations

import pytest

from core.scenarios.base import Answer, Item
from core.services import chats
from core.store import trash
from core.words import Text, same
from tests.house import change, claimed, toy

__all__ = ["toy"]
ANSWER = Answer(same("Tomorrow."), 0.9, True, 0.8, items=(Item("Tomorrow.", Text("Past question", "以往的问题"), 0.7),))


@pytest.fixture
def run_id(toy: None) -> int:
    return claimed()


def test_a_conversation_comes_back_in_its_order_with_its_answers(run_id: int) -> None:
    chat = chats.new_id()
    chats.keep(run_id, chat, "where is it?", ANSWER, "Tomorrow.")
    chats.keep(run_id, chat, "sure?", ANSWER, "明天。")
    found = chats.messages(run_id, chat)
    assert [(one.turn.who, one.turn.said) for one in found] == [
        ("user", "where is it?"), ("bot", "Tomorrow."), ("user", "sure?"), ("bot", "明天。"),
    ]  # fmt: skip
    assert found[1].answer == ANSWER
    chats.told(found[1].id)
    assert [one.told for one in chats.messages(run_id, chat)] == [False, True, False, False]


def test_another_conversation_or_another_run_sees_nothing_of_it(run_id: int) -> None:
    chat = chats.new_id()
    chats.keep(run_id, chat, "where is it?", ANSWER, "Tomorrow.")
    assert chats.messages(run_id, chats.new_id()) == []
    assert chats.messages(run_id + 1, chat) == []


@pytest.mark.parametrize("word", [None, "", "1", "../../etc/passwd", "g" * 32, "a" * 33])
def test_only_an_id_of_ours_names_a_conversation(word: str | None) -> None:
    assert not chats.is_id(word)
    assert chats.is_id(chats.new_id())


def test_conversations_go_with_their_run(run_id: int) -> None:
    from datetime import timedelta

    from core.store.tables import now

    chat = chats.new_id()
    chats.keep(run_id, chat, "where is it?", ANSWER, "Tomorrow.")
    change(run_id, status="succeeded", deleted_at=now() - timedelta(days=400))
    trash.purge()
    assert chats.messages(run_id, chat) == []
