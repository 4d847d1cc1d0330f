"""What a training costs, and that one which does not fit is refused before it starts."""

from __future__ import annotations

import pytest

from core import config as config_module
from core.progress import Plan, Stage
from core.services import costs, runs
from core.words import UserError, same
from tests.house import request

pytestmark = pytest.mark.usefixtures("toy")
HUGE = Plan((Stage("train", same("t"), 5.0),), 10_000_000)


def test_a_price_by_the_hour_makes_a_cost(monkeypatch: pytest.MonkeyPatch) -> None:
    assert costs.cost(1800) is None
    monkeypatch.setenv("MODELWRIGHT_PRICE_PER_HOUR", "3")
    config_module.config.cache_clear()
    assert costs.cost(1800) == "1.50"
    monkeypatch.setenv("MODELWRIGHT_CURRENCY", "€")
    config_module.config.cache_clear()
    assert costs.cost(2_000_000) == "€1,666.67"
    assert costs.cost(1) == "< €0.01"
    assert costs.cost(None) is None


def test_what_does_not_fit_is_refused_and_what_fits_is_named() -> None:
    small = Plan(HUGE.stages, 10)
    assert costs.fitting({"quick": small, "best": HUGE}) == ["quick"]
    with pytest.raises(UserError, match="10,000,000 MB"):
        runs.launch(request(plan=HUGE))
    assert runs.listed() == []
