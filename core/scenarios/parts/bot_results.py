"""What the bot did with the questions of its test, as rows to read, groups that it hands over, and a map."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from core.data.conversations import Pairs
from core.scenarios.parts.bot_replies import shortened, stored

if TYPE_CHECKING:
    from core.learning.retrieval.bot import Bot, Replies
    from core.learning.retrieval.evaluation import Scores

MOST_ON_MAP = 60


def rows_of(bot: Bot, test: Pairs, replies: Replies, scores: Scores) -> pd.DataFrame:
    answers, matched = stored(bot, replies.places)
    given = replies.intents.astype(str) if replies.intents is not None else np.full(len(test), "")
    return pd.DataFrame(
        {
            "question": test.questions,
            "actual": test.intents,
            "given": given,
            "answer": answers,
            "recorded": test.answers,
            "matched": matched,
            **scores.rows,
        }
    )


def examples(rows: pd.DataFrame) -> list[str]:
    """Two questions that it answers alone and one that it hands over, of test rows."""
    short = rows[rows["question"].str.len().between(6, 120)]
    picked = short[short["automatic"] & short["right"]].drop_duplicates("answer")["question"].head(2).tolist()
    picked += short[~short["automatic"]].sort_values("confidence", kind="stable")["question"].head(1).tolist()
    picked += short["question"].head(3 - len(picked)).tolist()
    return list(dict.fromkeys(picked))[:3]


def topics_of(bot: Bot, test: Pairs, rows: pd.DataFrame, seed: int) -> dict[str, Any]:
    """Groups of handed-over questions with names, and the map of all test questions."""
    from core.learning.retrieval.topics import on_a_map, topics, vectors_of

    handed = np.flatnonzero(~rows["automatic"].to_numpy(dtype=bool))
    vectors = vectors_of(bot.index, test.questions)
    groups = topics([test.questions[row] for row in handed], vectors[handed], bot.index.chinese, middle=vectors.mean(0))
    unanswered = [
        {"name": one.name, "count": len(one.rows), "example": shortened(test.questions[handed[one.rows[0]]], 120)}
        for one in groups
    ]
    drawn, points = on_a_map(vectors, seed)
    kinds = rows["given"].to_numpy() if bot.classifier is not None else _kinds(test, vectors, bot)
    names = sorted({str(kinds[row]) for row in drawn})
    place = {name: number for number, name in enumerate(names)}
    return {
        "unanswered": unanswered,
        "handed_over": len(handed),
        "map": {
            "x": points[:, 0].round(4).tolist(),
            "y": points[:, 1].round(4).tolist(),
            "group": [place[str(kinds[row])] for row in drawn],
            "groups": names,
            "labels": [shortened(test.questions[row], MOST_ON_MAP * 2) for row in drawn],
        },
    }


def _kinds(test: Pairs, vectors: np.ndarray, bot: Bot) -> np.ndarray:
    """Topics found in the questions themselves, where the data names no intents."""
    from core.learning.retrieval.topics import topics

    named = np.full(len(test), "–", dtype=object)
    for one in topics(test.questions, vectors, bot.index.chinese, most=20, middle=vectors.mean(0)):
        named[one.rows] = one.name
    return named
