from __future__ import annotations

from pathlib import Path

import pytest

from core.learning import fitting
from core.learning.trial import MODES, estimate
from tests.learning.tiny import planted_rows


def test_the_plan_has_the_stages_that_training_reports(tiny_encoder: Path) -> None:
    plans = estimate(*planted_rows(300), language="en", budget_s=0.3)
    for mode in MODES:
        assert [stage.key for stage in plans[mode].stages] == list(fitting.stage_keys(mode, has_encoder=True))
        assert all(stage.seconds > 0 for stage in plans[mode].stages)
        assert plans[mode].memory_mb > 100


def test_few_rows_are_planned_as_they_will_run(tiny_encoder: Path) -> None:
    plans = estimate(*planted_rows(20), language="en", budget_s=0.3, modes=("standard",))
    assert [stage.key for stage in plans["standard"].stages] == list(fitting.stage_keys("quick", has_encoder=True))


def test_no_encoder_means_one_plan_for_every_mode(no_encoder: None) -> None:
    plans = estimate(*planted_rows(60), language="en")
    assert {stage.key for plan in plans.values() for stage in plan.stages} == {"ngrams", "blend"}


def test_more_rows_take_longer(tiny_encoder: Path) -> None:
    pytest.importorskip("torch")
    short, long = (
        estimate(*planted_rows(rows), language="en", budget_s=0.3, modes=("standard",))["standard"]
        for rows in (400, 8000)
    )
    assert long.stages[2].seconds > 3 * short.stages[2].seconds
