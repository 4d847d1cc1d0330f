"""One rule and one wording for every scenario's verdict."""

from __future__ import annotations

import pytest

from core.cards import Metric
from core.verdict import DOUBTFUL, Verdict, judge
from core.words import Text, same

SAID = Text("It is right.", "它是对的。")


def verdict(low: float, high: float, rows: int = 1000, value: float = 0.8) -> Verdict:
    return judge("accuracy", ((low + high) / 2, low, high), rows, value=value, sentence=SAID)


@pytest.mark.parametrize(
    ("low", "high", "kind", "said"),
    [
        (0.01, 0.05, "worth", "Against the simple method, on the same rows, it is 3.0 points better (+1.0 to +5.0)"),
        (-0.01, 0.05, "unclear", "could be chance: −1.0 to +5.0 points"),
        (-0.05, -0.01, "not_worth", "it is 3.0 points worse"),
        (0.0, 0.0, "not_worth", "exactly as well as the simple method, no better"),
    ],
)
def test_the_paired_interval_decides_and_is_said(low: float, high: float, kind: str, said: str) -> None:
    found = verdict(low, high)
    assert found.kind == kind
    assert said in found.sentence.en
    assert found.sentence.en.startswith(SAID.en)
    assert found.sentence.zh.startswith(SAID.zh)


def test_few_rows_are_called_few_with_the_width_they_leave() -> None:
    assert "Only 60 rows" in verdict(0.0, 0.2, rows=60).sentence.en
    assert "20 points wide" in verdict(0.0, 0.2, rows=60).sentence.en
    assert "Only" not in verdict(0.0, 0.2, rows=5000).sentence.en


def test_too_good_a_result_is_doubted_and_stays_what_it_is() -> None:
    found = verdict(0.1, 0.2, value=0.985)
    assert (found.kind, found.headline) == ("worth", DOUBTFUL)
    assert "unusually good" in found.sentence.en
    assert verdict(0.1, 0.2, value=0.98).headline != DOUBTFUL
    assert verdict(-0.2, -0.1, value=0.99).headline != DOUBTFUL


def test_a_doubted_result_is_shown_as_unclear_and_not_as_worth_using() -> None:
    sure = judge("accuracy", (0.1, 0.05, 0.15), 500, value=0.9, sentence=SAID)
    too_good = judge("accuracy", (0.1, 0.05, 0.15), 500, value=0.995, sentence=SAID)
    assert (sure.kind, sure.tone) == ("worth", "worth")
    assert (too_good.kind, too_good.tone) == ("worth", "unclear")


@pytest.mark.parametrize(("value", "n", "rest"), [(0.922, "92", "8"), (0.034, "3.4", "96.6"), (1.0, "100", "0")])
def test_a_share_and_what_is_left_of_it_make_a_hundred(value: float, n: str, rest: str) -> None:
    sure = Metric(same("Sure"), same("coverage"), same("Help."), own=Text("{n} alone, {rest} not", "{n}，{rest}"))
    assert sure.explained(value).en == f"{n} alone, {rest} not"
