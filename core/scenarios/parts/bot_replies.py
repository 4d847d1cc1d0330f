"""What the bot says to one message: the stored answer with its source, or that a person takes over."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from core.dashboards import bot_cards
from core.data import personal
from core.data.following import joined, points_back, refers
from core.scenarios.base import Answer, Item, Turn
from core.words import Text, same

if TYPE_CHECKING:
    from core.learning.retrieval.bot import Bot, Replies

LOST = Text(
    "I would rather hand this over to a colleague.", "这个问题我没有把握，为您转接人工客服。"
)  # fmt: skip
HANDED = Text("Of course: a colleague takes over.", "好的，马上为您转接人工客服。")
CALLS = re.compile(
    r"\b(human|real person|live agent|(speak|talk|chat) (to|with) (a|an|some|your|the)|representative|operator)\b|人工|真人|找客服",
    re.IGNORECASE,
)
FOLLOWS = Text(
    "How often it errs on follow-up questions could not be measured, so a person answers them.",
    "追问的错误率无法测得，因此追问由人工回答。",
)
SOURCES = Text("Where this comes from", "答案出处")
OFFERED = Text("What it found, for a person to judge", "它找到的内容，供人工判断")


def handed(answer: Answer, asked: str) -> Answer:
    """The answer; where it goes to a person anyhow and one was asked for, that is all it says."""
    if answer.sure or not CALLS.search(asked):
        return answer
    return replace(answer, title=HANDED, confidence=None, notes=(), items=(), others=(), reasons=())


def understood(bot: Bot, question: str, error: float, history: Sequence[Turn]) -> tuple[Replies, float | None, str]:
    """The reply, the confidence from which it goes out alone, and the earlier question with which it was read.

    A short question that points back ("and how long does it take?") is read after the one before it. Where the data has
    such follow-ups, that reading is held to the same error. Else, where it plainly refers to what came before, it goes out
    alone only if it is sure alone and both readings come to the same answer; a reading with the earlier question never.
    """
    alone, threshold = bot.reply([question]), bot.threshold(error)
    before = next((turn.said for turn in reversed(history) if turn.who == "user"), "")
    if not before or not points_back(question):
        return alone, threshold, ""
    sure = threshold is not None and alone.confidence[0] >= threshold
    foreign = alone.intents is not None and alone.intents[0] == "oos"
    if not bot.knows_follow_ups and not refers(question) and (sure or foreign):
        return alone, threshold, ""
    both = bot.reply([joined(personal.mask([before]).texts[0], question)])
    if not bot.knows_follow_ups and sure and _agree(bot, alone, both):
        return alone, threshold, ""
    if bot.knows_follow_ups or sure or both.confidence[0] > alone.confidence[0]:
        return both, bot.threshold(error, joined=True), before
    return alone, threshold, ""


def _agree(bot: Bot, one: Replies, other: Replies) -> bool:
    """Whether two readings come to the same intent, or without intents to answers that say the same."""
    if one.intents is not None and other.intents is not None:
        return bool(one.intents[0] == other.intents[0])
    return bool(bot.kinds[one.places[0]] == bot.kinds[other.places[0]])


def said(bot: Bot, replies: Replies, threshold: float | None, together: str) -> Answer:
    place, confidence, out = int(replies.places[0]), float(replies.confidence[0]), bool(replies.out[0])
    sure = threshold is not None and confidence >= threshold
    pairs = bot.index.pairs
    places = [one for one in (place, *map(int, replies.others[0])) if one >= 0]
    if out:
        places = [one for one in places if pairs.intents[one] != "oos"]
    items = [_source(bot, one, float(replies.similarity[0]) if one == place else None) for one in places[:4]]
    notes = []
    if together:
        notes.append(
            Text("Read together with your earlier question “{q}”.", "结合您之前的问题“{q}”来理解。").fill(
                q=together[:80]
            )
        )
    if together and threshold is None:
        notes.append(FOLLOWS)
    if out:
        notes.append(Text("This looks like none of its business.", "这看起来不在它的业务范围内。"))
    answer = (pairs.answers[place] or pairs.intents[place]) if place >= 0 else ""
    others = _intents(replies, bot) if replies.shares is not None else ()
    if others and pairs.has_answers:
        name, share = others[0]
        notes.append(
            Text("Understood as: {name} ({share}).", "理解为：{name}（{share}）。").fill(
                name=name, share=f"{share:.0%}"
            )
        )
    return Answer(
        title=same(answer) if sure else LOST,
        confidence=None if together and threshold is None else confidence,
        sure=sure,
        threshold=threshold,
        others=() if pairs.has_answers else others[1:],
        items=tuple(items),
        items_title=SOURCES if sure else OFFERED,
        notes=tuple(notes),
        tone="neutral" if sure else "caution",
        label=answer if sure else None,
        blanks=tuple(personal.slots([answer])) if sure else (),
    )


def _intents(replies: Replies, bot: Bot) -> tuple[tuple[Text, float], ...]:
    assert bot.classifier is not None and replies.shares is not None  # noqa: PT018 - the caller saw shares
    shares = replies.shares[0]
    order = np.argsort(-shares, kind="stable")[:3]
    return tuple((bot_cards.title(bot.classifier.classes[one]), float(shares[one])) for one in order)


def _source(bot: Bot, place: int, similarity: float | None) -> Item:
    pairs = bot.index.pairs
    words = pairs.answers[place] or pairs.intents[place]
    return Item(
        shortened(words, 160), Text("Past question: {q}", "以往的问题：{q}").fill(q=shortened(pairs.questions[place], 120)), similarity
    )  # fmt: skip


def shortened(text: str, most: int) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= most else plain[: most - 1] + "…"


def stored(bot: Bot, places: np.ndarray) -> tuple[list[str], list[str]]:
    """Answers (intents where there are none) and questions of stored pairs, "" at -1."""
    pairs = bot.index.pairs
    answers = [(pairs.answers[p] or pairs.intents[p]) if p >= 0 else "" for p in places]
    return answers, [pairs.questions[p] if p >= 0 else "" for p in places]
