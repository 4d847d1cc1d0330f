"""Train: setting up, starting, watching, and what is left when it ends."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest
import streamlit as st

from core.jobs import gpus
from core.jobs.gpus import Gpu, Judged
from core.services import costs, datasets, machine, runs
from core.store.tables import FAILED, RUNNING, SUCCEEDED
from pages.ui import draft
from tests.house import add_flowers, change, request
from tests.pages.conftest import Open, all_words, pressable
from tests.toy import flowers

PREFIX = "setup-{}-toy-role-"


def with_gaps() -> str:
    frame = flowers(120, 3)
    frame.loc[:4, "kind"] = None
    return datasets.add("gaps.csv", io.BytesIO(frame.to_csv(index=False).encode())).dataset.id


def test_columns_are_guessed_and_can_be_changed(open_page: Open) -> None:
    id = add_flowers()
    at = open_page("train", dataset=id, scenario="toy")
    assert not at.exception
    assert at.selectbox(key=PREFIX.format(id) + "label").value == "kind"
    at.selectbox(key=PREFIX.format(id) + "label").set_value("garden").run()
    assert "garden" in str(at.query_params["columns"])


def test_the_address_alone_restores_the_set_up(open_page: Open) -> None:
    id = add_flowers()
    at = open_page("train", dataset=id, scenario="toy", columns='{"label":["garden"]}', settings='{"power":3.0}')
    assert at.selectbox(key=PREFIX.format(id) + "label").value == "garden"
    assert [box.value for box in at.number_input] == [3.0]


def test_start_launches_one_run_as_asked_and_opens_it(open_page: Open) -> None:
    id = add_flowers()
    at = open_page("train", dataset=id, scenario="toy", mode="best")
    at.button(key="start-training").click().run()
    (run,) = runs.listed()
    assert (run.dataset_id, run.mode, run.scenario) == (id, "best", "toy")
    assert run.roles["label"] == ("kind",)
    assert str(run.id) in str(at.query_params["run"])


def test_choosing_a_mode_marks_it_and_keeps_it_in_the_address(open_page: Open) -> None:
    at = open_page("train", dataset=add_flowers(), scenario="toy")
    at.button(key="choose-mode-standard").click().run()
    assert "standard" in str(at.query_params["mode"])


def test_times_are_said_once_they_are_measured(open_page: Open) -> None:
    at = open_page("train", dataset=add_flowers(), scenario="toy")
    for _ in range(20):
        if "about 2 min" in all_words(at):
            break
        at.run()
    assert "about 2 min" in all_words(at)
    assert "512 MB" in all_words(at)
    assert "Without petal_width it changes by \\-0.1 \\(at most\\)" in all_words(at), "escaped once, not twice"


def test_a_problem_that_stops_closes_the_start_until_its_fix_is_clicked(open_page: Open) -> None:
    id = with_gaps()
    at = open_page("train", dataset=id, scenario="toy")
    assert "5 flowers have no kind" in all_words(at)
    assert not pressable(at, "start-training")
    at.button(key="fix-missing_labels-0-0").click().run()
    assert not at.exception
    assert pressable(at, "start-training")
    (repaired,) = (view for view in datasets.listed() if view.parent_id == id)
    assert repaired.id in str(at.query_params["dataset"])
    assert repaired.rows == 115


def test_a_fix_keeps_the_answers_and_can_be_taken_back(open_page: Open) -> None:
    id = with_gaps()
    at = open_page("train", dataset=id, scenario="toy")
    at.number_input[0].set_value(2.5).run()
    at.button(key="fix-missing_labels-0-0").click().run()
    assert at.number_input[0].value == 2.5
    at.button(key="undo-button").click().run()
    assert id in str(at.query_params["dataset"])
    assert [view.id for view in datasets.listed()] == [id]


def test_a_fix_that_is_clicked_twice_before_the_page_stands_is_one_repair(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = with_gaps()
    at = open_page("train", dataset=id, scenario="toy")
    with monkeypatch.context() as still_drawing:
        still_drawing.setattr(draft, "go_on", lambda dataset_id: dataset_id)
        still_drawing.setattr(draft, "drawn", lambda: None)
        still_drawing.setattr(draft.address, "remember", lambda **_: None)
        for _ in range(2):
            at.button(key="fix-missing_labels-0-0").click().run()
            assert not at.exception
    (repaired,) = (view for view in datasets.listed() if view.id != id)
    assert (repaired.parent_id, len(repaired.recipe)) == (id, 1)


def test_a_fix_that_the_next_click_cuts_short_is_not_lost(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    """Streamlit ends a callback at its next word where another click is waiting: the page goes on to the repaired data."""
    id = with_gaps()
    at = open_page("train", dataset=id, scenario="toy")
    at.number_input[0].set_value(2.5).run()
    with monkeypatch.context() as cut_short:
        cut_short.setattr(draft, "carry_over", lambda *versions: st.stop())
        cut_short.setattr(draft, "go_on", lambda dataset_id: dataset_id)
        at.button(key="fix-missing_labels-0-0").click().run()
    at.run()
    (repaired,) = (view for view in datasets.listed() if view.parent_id == id)
    assert repaired.id in str(at.query_params["dataset"])
    assert at.number_input[0].value == 2.5
    assert pressable(at, "start-training")


def test_one_click_keeps_a_customer_on_one_side_of_the_test(open_page: Open) -> None:
    frame = pd.DataFrame({"review": [f"it is number {k}, I say" for k in range(300)]})
    frame["sentiment"] = ["good" if (k // 3) % 2 else "bad" for k in range(300)]
    frame["customer_id"] = [f"c{k // 3}" for k in range(300)]
    id = datasets.add("reviews.csv", io.BytesIO(frame.to_csv(index=False).encode())).dataset.id
    at = open_page("train", dataset=id, scenario="sentiment")
    at.button(key="fix-on_both_sides:customer_id-0-0").click().run()
    assert not at.exception
    assert "customer_id" in str(at.query_params["settings"])
    assert "would belong" not in all_words(at)
    assert "All rows of one “customer_id” stay on one side." in all_words(at)
    at.button(key="start-training").click().run()
    assert runs.listed()[0].settings["keep_together"] == ["customer_id"]


def test_a_fix_can_set_a_choice(open_page: Open) -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {"income": rng.normal(3000, 800, 400).round(2), "month": [f"2024-{k % 12 + 1:02}-03" for k in range(400)]}
    )
    frame["default"] = np.where(rng.random(400) < 0.3, "yes", "no")
    id = datasets.add("loans.csv", io.BytesIO(frame.to_csv(index=False).encode())).dataset.id
    at = open_page("train", dataset=id, scenario="credit_risk", columns='{"target":["default"],"date":["month"]}')
    next(button for button in at.button if button.key.startswith("fix-offer_later_test")).click().run()
    assert "latest" in str(at.query_params["settings"])
    assert "can be tested on the latest" not in all_words(at)


def test_an_own_test_file_is_asked_for(open_page: Open) -> None:
    id, other = add_flowers(120, 1, "one.csv"), add_flowers(60, 2, "other.csv")
    at = open_page("train", dataset=id, scenario="toy")
    at.selectbox(key=f"setup-{id}-toy-test").set_value(other).run()
    at.button(key="start-training").click().run()
    assert runs.listed()[0].test_dataset_id == other


def test_like_an_earlier_run_begins_with_its_answers(open_page: Open) -> None:
    id = add_flowers()
    earlier = runs.launch(request(dataset_id=id, settings={"mode": "standard", "power": 3.5}))
    at = open_page("train", dataset=id, like=earlier)
    assert at.number_input[0].value == 3.5


def test_a_waiting_run_says_its_place_and_can_be_stopped(open_page: Open) -> None:
    run_id = runs.launch(request())
    at = open_page("train", run=run_id)
    assert not at.exception
    assert "Next in the queue" in " ".join(str(bar.proto.text) for bar in at.get("progress"))
    at.button(key="stop").click().run()
    assert runs.get(run_id).status == "cancelled"
    assert "You stopped this training" in all_words(at)


def test_a_running_run_says_that_one_may_leave(open_page: Open) -> None:
    run_id = runs.launch(request())
    change(run_id, status=RUNNING)
    at = open_page("train", run=run_id)
    assert "You can close this page" in all_words(at)


def test_a_run_that_goes_on_after_an_interruption_says_so(open_page: Open) -> None:
    run_id = runs.launch(request())
    change(run_id, status=RUNNING, attempt=1)
    assert "It was interrupted" not in all_words(open_page("train", run=run_id))
    change(run_id, attempt=2)
    assert "It was interrupted" in all_words(open_page("train", run=run_id))


def test_who_watches_an_interruption_that_is_over_in_a_moment_is_told(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = runs.launch(request())
    change(run_id, status=RUNNING, attempt=1)
    opened_before = runs.get(run_id)
    change(run_id, attempt=2)
    monkeypatch.setattr(runs, "get", lambda id: opened_before)
    assert "It was interrupted" in all_words(open_page("train", run=run_id))


def test_a_failed_run_says_why_what_is_kept_and_can_be_tried_again(open_page: Open) -> None:
    run_id = runs.launch(request())
    error = {"en": "The machine ran out of memory.", "zh": "内存不足。"}
    change(run_id, status=FAILED, error=error)
    at = open_page("train", run=run_id)
    assert "ran out of memory" in all_words(at)
    assert "Your data and settings are kept" in all_words(at)
    at.button(key="retry").click().run()
    assert len(runs.listed()) == 2


def test_a_finished_run_leads_to_what_it_learned(open_page: Open) -> None:
    run_id = runs.launch(request())
    change(run_id, status=SUCCEEDED, seconds_total=220.0)
    at = open_page("train", run=run_id)
    assert "3 min 40 s" in all_words(at)
    assert pressable(at, "see")


def test_before_the_plan_is_known_its_place_is_kept(open_page: Open) -> None:
    run_id = runs.launch(request(name="Waiting"))
    at = open_page("train", run=run_id)
    assert "is waiting" in at.title[0].value
    assert any("skeleton" in html.proto.body and "<i>" in html.proto.body for html in at.get("html"))


def test_a_training_that_does_not_fit_is_not_offered(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(costs, "ROOM", 0.0)
    at = open_page("train", dataset=add_flowers(), scenario="toy")
    at.run()
    assert not pressable(at, "start-training")
    assert "No mode fits" in all_words(at)


def test_why_a_card_is_not_used_is_said_with_a_way_to_what_to_do(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    idle = Judged(Gpu("NVIDIA L4"), "no_driver", *gpus.WORDS["no_driver"])
    monkeypatch.setattr(machine, "_cards", lambda: (idle,))
    at = open_page("train", dataset=add_flowers(), scenario="toy")
    assert "NVIDIA L4 is here and not used: its driver is not installed or not loaded." in all_words(at)
    assert "What to do about the card" in [link.proto.label for link in at.get("page_link")]


def test_what_training_runs_on_is_said(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    used = Judged(Gpu("NVIDIA L4", 23034, 22500), "used", *gpus.WORDS["used"], "cuda:0")
    monkeypatch.setattr(machine, "_cards", lambda: (used,))
    at = open_page("train", dataset=add_flowers(), scenario="toy")
    assert "Training runs on NVIDIA L4, 22 GB free." in all_words(at)
    assert "What to do about the card" not in [link.proto.label for link in at.get("page_link")]
