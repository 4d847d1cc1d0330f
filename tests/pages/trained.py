"""A finished run of the toy scenario, with cards of every kind."""

from __future__ import annotations

from typing import Any

import pytest

from core.cards import Bar, Bars, Card, Line, Lines, Matrix, Rows, Words
from core.scenarios.base import Results
from core.services import runs
from core.words import Text, same
from tests.house import request
from tests.toy import Toy

WRONG, CONFIDENCE = Text("Where it goes wrong", "错在哪里"), Text("Confidence", "置信度")


def trained(name: str = "Garden model", **values: Any) -> int:
    """The id of a run that really trained, in this process."""
    run_id = runs.train_here(request(name=name, **values))
    assert runs.get(run_id).status == "succeeded"
    return run_id


def matrix(results: Results) -> Matrix:
    rows = results.rows
    classes = tuple(sorted(set(rows["actual"])))
    counts = tuple(tuple(int(((rows["actual"] == a) & (rows["given"] == g)).sum()) for g in classes) for a in classes)
    return Matrix(classes, counts)


@pytest.fixture
def every_card(monkeypatch: pytest.MonkeyPatch) -> None:
    """The toy's results show a body of every kind."""
    own = Toy.cards

    def cards(self: Toy, results: Results) -> list[Card]:
        words = Text("As measured.", "实测结果。")
        shown = (("actual", Text("Is", "实际")), ("given", Text("Said", "回答")))
        return [
            *own(self, results)[:1],
            Card("confusion", WRONG, Text("Iris is taken for rose", "鸢尾被当成玫瑰"), words, matrix(results)),
            Card(
                "classes",
                WRONG,
                Text("By class", "分类别"),
                words,
                Bars((Bar(same("iris"), 0.9, 0.8, 1.0),), same("F1")),
            ),
            Card(
                "line",
                CONFIDENCE,
                Text("It is honest", "置信度可信"),
                words,
                Lines((Line(same("a"), (0.0, 1.0), (0.0, 1.0)),), same("x"), same("y")),
            ),
            Card("words", CONFIDENCE, Text("Words", "词语"), words, Words(((same("iris"), (("blue", 1.0),)),))),
            Card("mistakes", Text("Rows to read", "值得一读"), Text("Its mistakes", "它的错误"), words, Rows(shown)),
        ]

    monkeypatch.setattr(Toy, "cards", cards)
