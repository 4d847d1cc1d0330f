"""The tour leads over the pages of a finished run, and can be left; a demo can be reset."""

from __future__ import annotations

import pytest

from core.services import datasets, demo, runs
from pages.ui import tour
from tests.house import add_flowers
from tests.pages.conftest import Open, all_words
from tests.pages.trained import trained


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> int:
    """A finished run that the tour shows."""
    run_id = trained()
    monkeypatch.setattr(demo, "example", lambda language: runs.get(run_id))
    return run_id


def test_the_tour_goes_through_the_journey_and_back_and_can_be_left(open_page: Open, shown: int) -> None:
    at = open_page()
    at.button(key="tour-begin").click().run()
    assert tour.STEPS[0].title.en in all_words(at)
    assert runs.get(shown).dataset_id in at.query_params["dataset"]
    for step in tour.STEPS[1:]:
        at.button(key="tour-next").click().run()
        assert step.title.en in all_words(at)
        assert not at.exception
    assert str(shown) in at.query_params["run"]
    at.button(key="tour-back").click().run()
    assert tour.STEPS[-2].title.en in all_words(at)
    at.button(key="tour-leave").click().run()
    assert "Tour, " not in all_words(at)
    assert not at.exception


def test_a_reload_keeps_the_tours_step_and_leaving_takes_it_out_of_the_address(open_page: Open, shown: int) -> None:
    at = open_page("results", run=str(shown), tour="4")
    assert tour.STEPS[3].title.en in all_words(at)
    at.button(key="tour-leave").click().run()
    assert "Tour, " not in all_words(at)
    assert "tour" not in at.query_params
    assert "Tour, " not in all_words(open_page("results", run=str(shown), tour="99"))


def test_without_a_finished_run_on_sample_data_there_is_no_tour(open_page: Open) -> None:
    trained()
    assert [button for button in open_page().button if button.key == "tour-begin"] == []


def test_only_a_demo_offers_a_reset_and_it_takes_one_click(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    assert [button for button in open_page().button if button.key == "reset-demo"] == []
    monkeypatch.setattr(demo, "fill", lambda first: [])
    demo.begin()
    add_flowers()
    at = open_page()
    at.button(key="reset-demo").click().run()
    assert not at.exception
    assert datasets.listed() == []
    assert "as it was filled" in all_words(at)
