import json

import numpy as np
import pandas as pd
import pytest

from core.data.drift import drift, reference_of, stability
from core.learning.fairness import bands, fairness


def test_groups_are_counted_as_they_were_decided() -> None:
    groups = np.array(["a"] * 100 + ["b"] * 100 + [""] * 7, dtype=object)
    declined = np.array([True] * 10 + [False] * 90 + [True] * 50 + [False] * 50 + [True] * 7)
    bad = np.array(([True] * 5 + [False] * 95) + ([True] * 20 + [False] * 80) + [True] * 7)
    first, second = fairness(groups, declined, bad)
    assert (first["group"], first["approved"], first["caught"], first["refused"]) == ("a", 0.9, 1.0, 5 / 95)
    assert (second["approved"], second["caught"], second["refused"]) == (0.5, 1.0, 30 / 80)
    assert second["impact"] == pytest.approx(0.5 / 0.9)
    assert second["flag"] == "below"
    assert second["interval"][0] < 0.5 < second["interval"][1]


def test_few_people_raise_no_alarm_and_give_no_all_clear() -> None:
    groups = np.array(["a"] * 200 + ["b"] * 40 + ["c"] * 10, dtype=object)
    declined = np.array([False] * 180 + [True] * 20 + [False] * 30 + [True] * 10 + [True] * 10)
    flags = {row["group"]: row["flag"] for row in fairness(groups, declined, np.zeros(250, dtype=bool))}
    assert flags == {"a": "fine", "b": "maybe", "c": "few"}


def test_ages_are_cut_into_ages_and_words_keep_their_names() -> None:
    assert set(bands(pd.Series([19, 30, 41, 55, 70, *range(20, 60)]))) == {"<25", "25–35", "35–50", "50–65", "≥65"}
    assert bands(pd.Series(["f", None, "m"])).tolist() == ["f", "", "m"]
    assert set(bands(pd.Series([0, 1, 1, 0]))) == {"0", "1"}


def test_stability_by_hand() -> None:
    value, _ = stability(np.array([5000.0, 5000.0, 0.0]), np.array([8000.0, 2000.0, 0.0]))
    assert value == pytest.approx(0.3 * np.log(0.8 / 0.5) - 0.3 * np.log(0.2 / 0.5), rel=1e-3)


def test_a_column_that_moved_is_named_and_others_are_not() -> None:
    rng = np.random.default_rng(0)

    def rows(count: int, shift: float, share: float) -> pd.DataFrame:
        channel = rng.choice(["shop", "app"], count, p=[1 - share, share])
        return pd.DataFrame({"income": rng.normal(shift, 1, count), "channel": channel, "age": rng.random(count)})

    reference = json.loads(json.dumps(reference_of(rows(3000, 0, 0.1))))
    levels = {row["column"]: row["level"] for row in drift(reference, rows(1000, 1.0, 0.5))}
    assert levels == {"income": "shifted", "channel": "shifted", "age": "stable"}
    assert {row["level"] for row in drift(reference, rows(1000, 0, 0.1))} == {"stable"}


def test_few_rows_alone_are_no_drift() -> None:
    rng = np.random.default_rng(1)
    reference = reference_of(pd.DataFrame({"income": rng.normal(0, 1, 2000)}))
    levels = [drift(reference, pd.DataFrame({"income": rng.normal(0, 1, 25)}))[0]["level"] for _ in range(20)]
    assert levels.count("stable") >= 17


def test_missing_and_new_values_are_bins_of_their_own() -> None:
    reference = reference_of(pd.DataFrame({"channel": ["shop"] * 500 + ["app"] * 500}))
    gone = drift(reference, pd.DataFrame({"channel": [None] * 300 + ["phone"] * 100 + ["shop"] * 100}))
    assert gone[0]["level"] == "shifted"


def test_no_approval_in_a_small_group_is_no_proof() -> None:
    groups = np.array(["a"] * 40 + ["b"] * 30, dtype=object)
    declined = np.array([False] * 2 + [True] * 68)
    found = {row["group"]: row for row in fairness(groups, declined, np.zeros(70, dtype=bool))}
    assert found["b"]["flag"] == "maybe"
    assert found["b"]["impact_interval"][0] == 0.0 < 0.8 < found["b"]["impact_interval"][1]
