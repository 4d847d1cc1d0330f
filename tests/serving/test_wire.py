"""What crosses between the pages and the model server arrives as it was."""

from __future__ import annotations

import json
from datetime import date

import numpy as np

from core.progress import Plan, Stage
from core.scenarios.base import Answer, Item, Reason, Turn
from core.serving import wire
from core.words import Text, same


def through_the_wire(value: object) -> object:
    return json.loads(wire.dumps(value))


def test_an_answer_arrives_as_it_was() -> None:
    answer = Answer(
        Text("Negative", "负面"), 0.9, False, 0.95, ((same("neutral"), 0.1),), (Reason("迟到", -0.4),),
        (Item("Seed", Text("blue", "蓝色"), 0.3), Item("Pot")), (Text("Short", "太短"),), "bad",
        before=(Item("Vase", Text("glass", "玻璃")),), before_title=Text("Bought lately", "最近买过"),
    )  # fmt: skip
    assert wire.answer_from_json(through_the_wire(wire.answer_to_json(answer))) == answer


def test_a_plan_arrives_as_it_was() -> None:
    plan = Plan((Stage("train", Text("Learning", "学习"), 12.5),), 840.0)
    assert wire.plan_from_json(through_the_wire(wire.plan_to_json(plan))) == plan


def test_a_conversation_arrives_as_it_was() -> None:
    turns = (Turn("user", "where is my order?"), Turn("bot", "它在路上。"))
    assert wire.turns_from_json(through_the_wire(wire.turns_to_json(turns))) == turns


def test_what_forms_hand_in_becomes_plain_json() -> None:
    said = through_the_wire({"day": date(2025, 3, 1), "n": np.int64(3), "many": np.array([1.5]), "set": {"b", "a"}})
    assert said == {"day": "2025-03-01", "n": 3, "many": [1.5], "set": ["a", "b"]}
