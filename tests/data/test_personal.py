"""Personal data is found and masked; what only looks like it is left alone."""

from __future__ import annotations

import pytest

from core.data.personal import mask, of_the_company, slots


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
        ("身份证11010519491231002X", "身份证[证件号]", "id"),
        ("my SSN is 123-45-6789", "my SSN is [ID number]", "id"),
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
    own = of_the_company(answers)
    assert own == {"400-820-8820"}
    assert "400-820-8820" in mask(answers, own).texts[0]
    assert "13812345678" not in mask(answers, own).texts[-1]


def test_places_to_fill_in_are_counted():
    assert slots(["Track {{Order Number}} here", "{{ Order Number }} and {{Name}}"]) == {"Order Number": 2, "Name": 1}
