"""A live answer as plain data: what it is, how sure, why, and from what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from core.words import Text


@dataclass(frozen=True)
class Reason:
    """Why: a word, column or item, and its weight from -1 (against the answer) to 1 (for it). `words` says it in a
    sentence where the thing alone says too little."""

    what: str
    weight: float
    words: Text | None = None


@dataclass(frozen=True)
class Item:
    """One entry of an answer that is a list."""

    title: str
    detail: Text | None = None
    score: float | None = None


@dataclass(frozen=True)
class Band:
    """A stretch of a `Scale`, from the end of the one before (or 0) up to `upto`, and what it means to lie in it."""

    title: Text
    upto: float
    tone: Literal["good", "caution", "bad", "neutral"] = "neutral"


@dataclass(frozen=True)
class Scale:
    """A figure from 0 to `top` with its range, among bands that say what follows from it."""

    title: Text
    value: float
    low: float
    high: float
    bands: tuple[Band, ...] = ()
    top: float = 1.0
    unit: Literal["share", "money", "number"] = "share"


@dataclass(frozen=True)
class Answer:
    """A live answer. `confidence` is a calibrated probability; `sure` is false below `threshold`: ask a person.
    `others` are the other answers with their probabilities. `items` is a list of things (recommendations, sources)
    under `items_title`. `before` is what is known of whom the answer is for, the latest first, under `before_title`.
    `scale` stands in place of the confidence where the answer is a figure.
    """

    title: Text
    confidence: float | None = None
    sure: bool = True
    threshold: float | None = None
    others: tuple[tuple[Text, float], ...] = ()
    reasons: tuple[Reason, ...] = ()
    items: tuple[Item, ...] = ()
    notes: tuple[Text, ...] = ()
    tone: Literal["good", "bad", "neutral", "caution"] = "neutral"
    scale: Scale | None = None
    items_title: Text | None = None
    before: tuple[Item, ...] = ()
    before_title: Text | None = None
    label: str | None = None
    """The answer as the data would say it, where it is a label: what a thumb up confirms."""
    stored: Text | None = None
    """The words that the title puts differently, where a language model reworded it."""
    blanks: tuple[str, ...] = ()
    """What the title leaves open, to be filled in before it goes out."""


@dataclass(frozen=True)
class Turn:
    """One message of a chat: `who` is "user" or "bot"."""

    who: Literal["user", "bot"]
    said: str
