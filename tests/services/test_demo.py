from __future__ import annotations

import pytest

from core.config import config
from core.data.recipe import Step
from core.scenarios.base import scenarios
from core.services import datasets, demo, predictions, runs
from core.store.tables import SUCCEEDED
from core.words import UserError
from tests.house import add_flowers, change, request

pytestmark = pytest.mark.usefixtures("toy")


@pytest.fixture
def filled(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A demo of one scenario, its runs queued as `make demo` queues them."""
    monkeypatch.setattr(demo, "scenarios", lambda: {"sentiment": scenarios()["sentiment"]})
    demo.begin()
    return demo.fill("en")


def test_a_demo_has_a_run_of_every_scenario_in_both_languages_once(filled: list[int]) -> None:
    names = [run.name for run in runs.listed()]
    assert sorted(names) == sorted(["Shop reviews", "店铺评价"])
    assert [runs.get(id).name for id in filled] == ["Shop reviews"]
    assert demo.fill("zh") != filled
    assert len(runs.listed()) == 2


def test_a_sample_is_repaired_of_what_it_shows_on_purpose_before_one_click_trains_on_it() -> None:
    asked = demo.on_sample("recommendations", "en")
    repaired = datasets.get(asked.dataset_id)
    assert {step.do for step in repaired.recipe} == {"drop_starting", "keep_above", "drop_values"}
    assert repaired.sample == "orders.csv"
    assert not {problem.key for problem in runs.check(asked)} & scenarios()["recommendations"].sample_repairs
    assert datasets.get(demo.on_sample("sentiment", "zh").dataset_id).parent_id is None


def test_a_reset_keeps_the_sample_that_a_run_was_repaired_from(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "scenarios", lambda: {"recommendations": scenarios()["recommendations"]})
    demo.begin()
    demo.fill("en")
    before = {view.id for view in datasets.listed()}
    demo.reset()
    assert {view.id for view in datasets.listed()} == before


def test_a_run_that_failed_is_queued_again(filled: list[int]) -> None:
    change(filled[0], status="failed")
    (again,) = demo.fill("en")
    assert again != filled[0]


def test_a_workspace_with_work_in_it_becomes_no_demo_and_cannot_be_reset() -> None:
    id = add_flowers()
    with pytest.raises(UserError, match="no demo"):
        demo.begin()
    with pytest.raises(UserError, match="Only a demo"):
        demo.reset()
    assert [view.id for view in datasets.listed()] == [id]
    assert not (config().home / demo.MARK).exists()


def test_a_reset_removes_what_was_added_and_brings_back_what_was_deleted_or_renamed(filled: list[int]) -> None:
    (run_id,) = filled
    data = runs.get(run_id).dataset_id
    change(run_id, status=SUCCEEDED)
    predictions.feedback(run_id, {"text": "fine"}, "positive", True, None)
    runs.rename(run_id, "Something else")
    runs.annotate(run_id, "a visitor's note")
    other = datasets.fix(data, Step("drop_duplicates"))
    added = runs.launch(request())
    runs.delete(run_id)
    datasets.delete(data)
    demo.reset()
    assert {run.name for run in runs.listed()} == {"Shop reviews", "店铺评价"}
    assert added not in {run.id for run in runs.listed()}
    assert other.id not in {view.id for view in datasets.listed()}
    assert len(datasets.listed()) == 2
    assert runs.get(run_id).note == ""
    assert predictions.feedback_count(run_id) == (0, 0)
