"""Home: where to begin, and one click to a first result."""

from __future__ import annotations

from core.scenarios.base import scenarios
from core.services import datasets, runs
from core.store.tables import RUNNING
from tests.house import change, request
from tests.pages.conftest import Open, all_words
from tests.pages.trained import trained


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


def test_the_newest_verdict_is_a_measured_one_and_leads_to_its_result(open_page: Open) -> None:
    run_id = trained("Garden model")
    verdict = runs.get(run_id).verdict
    assert verdict is not None
    at = open_page()
    words = all_words(at)
    assert verdict.sentence.en in words.replace("\\", "")
    assert "Newest model · Garden model" in words
    (link,) = [link for link in at.get("page_link") if link.proto.label == "Read the result"]
    assert f"run={run_id}" in link.proto.query_string


def test_without_a_model_no_figure_is_claimed(open_page: Open) -> None:
    at = open_page()
    assert "Newest model" not in all_words(at)
    assert not [said for said in at.get("markdown") if "of 100" in said.value]
