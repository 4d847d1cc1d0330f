"""Tables and chat logs become pairs; near-duplicates find each other."""

from __future__ import annotations

import pandas as pd
import pytest

from core.data.conversations import COMPANY, CUSTOMER, fold, is_log, pairs_of, side_of
from core.data.near import near_duplicates, plain, similarity
from core.data.table import Table

LOG = [
    ("c1", "customer", "hi", "09:00"),
    ("c1", "customer", "where is my parcel?", "09:01"),
    ("c2", "customer", "cancel my order", "09:02"),
    ("c1", "agent", "Hello, one moment.", "09:03"),
    ("c1", "agent", "It arrives tomorrow.", "09:04"),
    ("c2", "agent", "Done.", "09:05"),
    ("c1", "customer", "", "09:06"),
    ("c1", "customer", "thanks, and the invoice?", "09:07"),
    ("c1", "agent", "Under My orders.", "09:08"),
    ("c3", "agent", "Are you still there?", "09:09"),
]


def log(rows: list[tuple[str, ...]] = LOG) -> Table:
    frame = pd.DataFrame(rows, columns=["chat", "who", "said", "time"])
    frame["time"] = "2025-03-01 " + frame["time"]
    roles = {"conversation": ("chat",), "speaker": ("who",), "question": ("said",), "time": ("time",)}
    return Table(frame, roles)


def test_a_chat_log_is_folded_into_questions_with_their_answers():
    assert is_log(log())
    assert fold(log())[["question", "answer"]].to_numpy().tolist() == [
        ["hi\nwhere is my parcel?", "Hello, one moment.\nIt arrives tomorrow."],
        ["thanks, and the invoice?", "Under My orders."],
        ["cancel my order", "Done."],
    ]


def test_the_order_of_the_file_does_not_matter_where_there_are_times():
    assert pairs_of(log(LOG[::-1])).answers[-1] == "Hello, one moment.\nIt arrives tomorrow." or set(
        pairs_of(log(LOG[::-1])).questions
    ) == set(pairs_of(log()).questions)


def test_who_opens_is_the_customer_where_names_do_not_tell():
    who = ["Ann", "Zoe", "Bob", "Zoe", "Cyd", "Zoe"]
    sides = side_of(who, ["1", "1", "2", "2", "3", "3"])
    assert sides["Zoe"] == COMPANY
    assert {sides["Ann"], sides["Bob"], sides["Cyd"]} == {CUSTOMER}
    assert side_of(["客户", "在线客服"], ["1", "1"]) == {"客户": CUSTOMER, "在线客服": COMPANY}


def test_what_the_user_says_of_the_sides_counts():
    turned = pairs_of(log(), {"customer": COMPANY, "agent": CUSTOMER})
    assert "where is my parcel?" not in " ".join(turned.questions)


def test_rows_without_question_or_without_answer_and_intent_are_left_out():
    frame = pd.DataFrame({"q": ["a b c", "", "d e f", "g h i"], "a": ["x", "y", None, None], "i": ["", "", "n", None]})
    pairs = pairs_of(Table(frame, {"question": ("q",), "answer": ("a",), "intent": ("i",)}))
    assert pairs.questions == ["a b c", "d e f"]
    assert pairs.answers == ["x", ""]
    assert not pairs.has_intents


def test_a_very_long_message_is_cut_and_said_to_be():
    frame = pd.DataFrame({"q": ["word " * 2000, "short one"], "a": ["x", "y"]})
    pairs = pairs_of(Table(frame, {"question": ("q",), "answer": ("a",)}))
    assert len(pairs.questions[0]) == 2000
    assert pairs.shortened == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Where is my parcel?", "hi, where is my parcel  thanks!"),
        ("怎么退货？", "您好，怎么退货，谢谢"),
        ("I want to return the kettle I ordered last week", "i want to return the kettle I ordered last wek"),
    ],
)
def test_nearly_equal_questions_are_one_group(one, other):
    groups = near_duplicates([one, "how much is postage to Ireland", other, ""])
    assert groups[0] == groups[2]
    assert len(set(groups)) == 3


@pytest.mark.parametrize(("one", "other"), [("cancel my order", "track my order"), ("怎么退货", "怎么换货"), ("", "")])
def test_different_questions_are_not(one, other):
    assert len(set(near_duplicates([one, other]))) == 2


def test_greetings_alone_stay_what_they_are():
    assert plain("hello") != ""
    assert plain("你好") != ""
    assert similarity("Return it within 30 days.", "return it within 30 days") == 1.0


def test_a_follow_up_is_read_together_with_the_question_before_it() -> None:
    rows = [
        ("c1", "customer", "how do I send it back?", "09:00"),
        ("c1", "agent", "Choose Return.", "09:01"),
        ("c1", "customer", "and how long does that take?", "09:02"),
        ("c1", "agent", "Five days.", "09:03"),
        ("c2", "customer", "and how long does that take?", "09:04"),
        ("c2", "agent", "What do you mean?", "09:05"),
    ]
    pairs = pairs_of(log(rows))
    assert pairs.questions[1] == "how do I send it back? and how long does that take?"
    assert pairs.follows == [False, True, False]
    assert pairs.take([1]).follows == [True]
