"""Conversations with a model, kept so that they survive a refresh of the page. No torch at import."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass

from sqlalchemy import select, update

from core.scenarios.base import Answer, Turn
from core.serving import wire
from core.store.db import session
from core.store.tables import ChatTurn

MOST_TURNS = 400
"""Turns of one conversation that are shown; earlier ones stay in the database."""
LONGEST = 10_000
_ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class Message:
    """One turn of a conversation with its id; the model's own carry their answer. `told`: a user has judged it."""

    id: int
    turn: Turn
    answer: Answer | None
    told: bool = False


def new_id() -> str:
    return uuid.uuid4().hex


def is_id(word: str | None) -> bool:
    """Whether a word of the address can be a conversation's id."""
    return bool(word and _ID.fullmatch(word))


def messages(run_id: int, chat: str) -> list[Message]:
    """The conversation so far, in its order; empty for one that is not known or is another run's."""
    wanted = select(ChatTurn).where(ChatTurn.chat == chat, ChatTurn.run_id == run_id)
    with session() as db:
        found = db.scalars(wanted.order_by(ChatTurn.id.desc()).limit(MOST_TURNS)).all()
    return [_message(turn) for turn in reversed(found)]


def keep(run_id: int, chat: str, said: str, answer: Answer, answered: str) -> None:
    """Adds a question and its answer; `answered` is what was shown, in the language of the page."""
    shown = wire.answer_to_json(answer)
    with session() as db:
        db.add(ChatTurn(chat=chat, run_id=run_id, who="user", said=said[:LONGEST]))
        db.flush()
        db.add(ChatTurn(chat=chat, run_id=run_id, who="bot", said=answered[:LONGEST], answer=shown))


def told(id: int) -> None:
    """Remembers that a user has said whether this answer was right."""
    with session() as db:
        db.execute(update(ChatTurn).where(ChatTurn.id == id).values(told=True))


def _message(turn: ChatTurn) -> Message:
    answer = wire.answer_from_json(turn.answer) if turn.answer else None
    return Message(turn.id, Turn("user" if turn.who == "user" else "bot", turn.said), answer, turn.told)
