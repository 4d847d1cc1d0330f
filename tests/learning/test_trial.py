from __future__ import annotations

from pathlib import Path

import pytest

from core.learning import fitting, trial
from core.learning.trial import MODES, estimate
from tests.learning.tiny import planted_rows


def test_the_plan_has_the_stages_that_training_reports(tiny_encoder: Path) -> None:
    plans = estimate(*planted_rows(300), language="en", budget_s=0.3)
    for mode in MODES:
        assert [stage.key for stage in plans[mode].stages] == list(fitting.stage_keys(mode, has_encoder=True))
        assert all(stage.seconds > 0 for stage in plans[mode].stages)
        assert plans[mode].memory_mb > 100
        assert not plans[mode].notes


def test_few_rows_are_planned_as_they_will_run(tiny_encoder: Path) -> None:
    plans = estimate(*planted_rows(20), language="en", budget_s=0.3, modes=("standard",))
    assert [stage.key for stage in plans["standard"].stages] == list(fitting.stage_keys("quick", has_encoder=True))
    assert plans["standard"].notes == (trial.TOO_FEW_HERE.fill(rows=20, least=10),)


def test_no_encoder_means_one_plan_for_every_mode(no_encoder: None) -> None:
    plans = estimate(*planted_rows(60), language="en")
    assert {stage.key for plan in plans.values() for stage in plan.stages} == {"ngrams", "blend"}
    assert {plan.notes for plan in plans.values()} == {(trial.NO_ENCODER_HERE,)}


def test_more_rows_take_longer_at_the_same_speed(tiny_encoder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torch")
    speeds = trial._Speeds(read=0.01, step={"standard": 0.1}, tokens=12, width=32, layers=2, parameters=100_000)
    monkeypatch.setattr(trial, "_measure", lambda *_: speeds)
    monkeypatch.setattr(trial, "objective_seconds", lambda rows, *_: rows / 1000)
    short, long = (
        estimate(*planted_rows(rows), language="en", modes=("standard",))["standard"] for rows in (400, 4000)
    )
    before, after = ({stage.key: stage.seconds for stage in plan.stages} for plan in (short, long))
    assert after["fine_tune"] > 3 * before["fine_tune"]
    assert after["head"] > before["head"]
    assert after["encode"] > before["encode"]
