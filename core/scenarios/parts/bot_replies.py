"""What the bot says to one message: the stored answer with its source, or that a person takes over."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from core import bot_cards
from core.data import personal
from core.scenarios.base import Answer, Item, Turn
from core.words import Text, same

if TYPE_CHECKING:
    from core.learning.retrieval.bot import Bot, Replies

SHORT_WORDS, SHORT_CHARACTERS = 8, 14
POINTS_BACK = re.compile(
    r"^(?:and|but|or|so|then|what about|how about|what if|why|when|ok)\b|\b(?:it|its|that|this|those|these|them|one)\b"
    r"|^(?:那|还有|然后|如果|要是|为什么|所以)|[它这那](?:个|些|样)?|呢[？?]?$"
)
LOST = Text(
    "I would rather hand this over to a colleague.", "这个问题我没有把握，为您转接人工客服。"
)  # fmt: skip
SOURCES = Text("Where this comes from", "答案出处")
OFFERED = Text("What it found, for a person to judge", "它找到的内容，供人工判断")


def understood(bot: Bot, question: str, threshold: float | None, history: Sequence[Turn]) -> tuple[Replies, str]:
    """The reply, and the earlier question with which it was read: a short question that points back ("and how long does
    it take?") and says too little alone is read after the one before it, where that is surer."""
    alone = bot.reply([question])
    before = next((turn.said for turn in reversed(history) if turn.who == "user"), "")
    sure = threshold is not None and alone.confidence[0] >= threshold
    foreign = alone.intents is not None and alone.intents[0] == "oos"
    if sure or foreign or not before or not _points_back(question):
        return alone, ""
    both = bot.reply([f"{personal.mask([before]).texts[0][:300]} {question}"])
    surer = bool(both.confidence[0] > alone.confidence[0])
    return (both, before) if surer else (alone, "")


def _points_back(text: str) -> bool:
    short = len(text) <= SHORT_CHARACTERS if not text.isascii() else len(text.split()) <= SHORT_WORDS
    return short and POINTS_BACK.search(text.casefold()) is not None


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
    if out:
        notes.append(Text("This looks like none of its business.", "这看起来不在它的业务范围内。"))
    answer = (pairs.answers[place] or pairs.intents[place]) if place >= 0 else ""
    if sure and (names := personal.slots([answer])):
        notes.append(Text("To be filled in: {names}.", "待填写：{names}。").fill(names=", ".join(names)))
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
        confidence=confidence,
        sure=sure,
        threshold=threshold,
        others=() if pairs.has_answers else others[1:],
        items=tuple(items),
        items_title=SOURCES if sure else OFFERED,
        notes=tuple(notes),
        tone="neutral" if sure else "caution",
        label=answer if sure else None,
    )


def _intents(replies: Replies, bot: Bot) -> tuple[tuple[Text, float], ...]:
    assert bot.classifier is not None and replies.shares is not None  # noqa: PT018 - the caller saw shares
    shares = replies.shares[0]
    order = np.argsort(-shares)[:3]
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
