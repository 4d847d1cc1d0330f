"""Home: where to begin, and one click to a first result."""

from __future__ import annotations

from core.scenarios.base import scenarios
from core.services import datasets, runs
from core.store.tables import RUNNING
from tests.house import change, request
from tests.pages.conftest import Open, all_words


def test_every_scenario_has_a_card(open_page: Open) -> None:
    words = all_words(open_page())
    for scenario in scenarios().values():
        assert scenario.title.en in words


def test_sample_data_trains_with_one_click(open_page: Open) -> None:
    at = open_page()
    at.button(key="sample-sentiment").click().run()
    assert not at.exception
    (run,) = runs.listed()
    assert (run.scenario, run.mode) == ("sentiment", "quick")
    assert datasets.get(run.dataset_id).sample == scenarios()["sentiment"].sample.en


def test_the_next_step_is_to_watch_what_is_training(open_page: Open) -> None:
    run_id = runs.launch(request())
    change(run_id, status=RUNNING)
    at = open_page()
    at.button(key="next").click().run()
    assert str(run_id) in str(at.query_params["run"])


def test_hardware_and_disk_are_said_in_words(open_page: Open) -> None:
    words = all_words(open_page())
    assert "This server:" in words
    assert "are free" in words
