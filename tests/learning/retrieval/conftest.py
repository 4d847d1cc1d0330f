"""Fixtures of the learning tests, and a small help desk whose intents are told by one word."""

from __future__ import annotations

import numpy as np
import pytest

from core.data.conversations import Pairs
from tests.learning.conftest import no_encoder, report, tiny_encoder

__all__ = ["desk", "no_encoder", "report", "tiny_encoder"]

TOPICS = {
    "parcel": ("parcel", "Your parcel comes within three days."),
    "refund": ("refund", "The money is back after five days."),
    "invoice": ("invoice", "Your invoice lies under My orders."),
    "oos": ("weather", "That is not ours to say."),
}
WORDS = ["please", "about", "my", "tell", "me", "today", "now", "where", "when", "what", "again", "still", "a", "the"]


def asked(rows: int, seed: int = 0, answers: bool = True, intents: bool = True) -> Pairs:
    """Questions of four words, one of which names the topic."""
    rng = np.random.default_rng(seed)
    names = [list(TOPICS)[row % len(TOPICS)] for row in range(rows)]
    questions = []
    for name in names:
        words = rng.choice(WORDS, 3).tolist()
        words.insert(int(rng.integers(0, 3)), TOPICS[name][0])
        questions.append(" ".join(words))
    said = [TOPICS[name][1] if answers else "" for name in names]
    return Pairs(questions, said, names if intents else [""] * rows)


@pytest.fixture
def desk() -> Pairs:
    return asked(160)
