"""Personal data is found and masked; what only looks like it is left alone."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from core.data.personal import in_cells, inside, mask, of_column, of_the_company, slots


@pytest.mark.parametrize(
    ("said", "masked", "kind"),
    [
        ("write to jo.smith+shop@web-shop.co.uk please", "write to [email] please", "email"),
        ("call +44 7700 900123", "call [phone]", "phone"),
        ("call (555) 123-4567 now", "call [phone] now", "phone"),
        ("我的手机号是13812345678，请回电", "我的手机号是[电话]，请回电", "phone"),
        ("电话１３８１２３４５６７８", "电话[电话]", "phone"),
        ("座机 020-12345678", "座机 [电话]", "phone"),
        ("card 4111 1111 1111 1111 was charged", "card [card number] was charged", "card"),
        ("身份证11010519491231002X", "身份证[证件号]", "identity"),
        ("my SSN is 123-45-6789", "my SSN is [ID number]", "identity"),
        ("pay to DE89 3704 0044 0532 0130 00", "pay to [account]", "account"),
    ],
)
def test_personal_data_becomes_a_mark(said, masked, kind):
    found = mask([said])
    assert found.texts == [masked]
    assert found.counts == {kind: 1}


@pytest.mark.parametrize(
    "said",
    [
        "order 88471234 has not come", "invoice 20240911-07", "4111 1111 1111 1112 is no card", "身份证110105194912310021不对",
        "at 10:30 on 2024-05-17", "it costs 1,299.00", "where is {{Order Number}}", "version 3.11.2.14", "",
    ],
)  # fmt: skip
def test_other_numbers_are_left_alone(said):
    assert mask([said]).texts == [said]
    assert mask([said]).counts == {}


def test_the_companys_own_number_is_kept_and_a_customers_is_not():
    answers = [f"Answer {n}: call us at 400-820-8820." for n in range(4)] + ["I called you at 13812345678."]
    own = of_the_company(answers, ["how do I reach you"] * 5)
    assert own == {"400-820-8820"}
    assert "400-820-8820" in mask(answers, own).texts[0]
    assert "13812345678" not in mask(answers, own).texts[-1]


def test_a_number_in_one_answer_is_the_companys_only_after_many_different_questions():
    answers = ["We will ring you at 13812345678."] * 6
    assert of_the_company(answers, ["please call me", "Please  call me"] * 3) == set()
    assert of_the_company(answers, [f"question {n}" for n in range(6)]) == {"13812345678"}


def test_places_to_fill_in_are_counted():
    assert slots(["Track {{Order Number}} here", "{{ Order Number }} and {{Name}}"]) == {"Order Number": 2, "Name": 1}


def test_cells_columns_and_texts_are_judged_by_the_same_rules():
    said = [
        "mail a@b.com",
        "card 4111 1111 1111 1111",
        "card 4111 1111 1111 1112",
        "call １３８１２３４５６７８",
        "order 1234567",
    ]
    assert in_cells(pa.array(said), np.array([2, 3, 5, 7, 11])) == {"email": 2, "card": 3, "phone": 7}
    tweets = [f"5703062{k:011}" for k in range(200)]
    cards = [f"411111{k:010}" for k in range(200)]
    checked = [one for one in cards if in_cells(pa.array([one]), np.ones(1))]
    assert 10 < len(checked) < 30
    assert in_cells(pa.array(tweets), np.ones(200)) == in_cells(pa.array(cards), np.ones(200)) == {}
    assert in_cells(pa.array(checked), np.ones(len(checked))) == {"card": len(checked)}
    assert inside(said * 2) == ("email", "card", "phone")
    assert of_column("contact", [f"1381234567{k}" for k in range(10)]) == "phone"
    assert of_column("order", [f"order 1381234567{k}" for k in range(10)]) is None
    assert of_column("客户名", ["李雷", "韩梅梅"]) == "name"
    assert of_column("amount", ["12", "13"]) is None


def test_only_the_kinds_asked_for_are_masked_with_the_mark_that_a_recipe_keeps():
    said = ["a@b.com 13812345678", "邮箱 a@b.com"]
    assert mask(said, marks={"email": "", "phone": "<tel>"}).texts == ["[email] <tel>", "邮箱 [邮箱]"]
    assert mask(said, marks={"phone": ""}).texts == ["a@b.com [phone]", "邮箱 a@b.com"]
