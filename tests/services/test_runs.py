from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest

from core.data.recipe import Step
from core.jobs import queue, run_one
from core.progress import Plan, Stage
from core.services import datasets, predictions, requests, runs
from core.services.runs import Request
from core.serving import client
from core.store import files, trash
from core.store.tables import now
from core.words import UserError, same
from tests.house import ROLES, add_flowers, change, claimed, request, row
from tests.toy import flowers

pytestmark = pytest.mark.usefixtures("toy")
PLAN = Plan((Stage("baseline", same("b"), 5), Stage("train", same("t"), 40), Stage("evaluate", same("e"), 5)), 200)


def finished(**values: object) -> int:
    run_id = claimed(**values)
    run_one.execute(run_id, threading.Event())
    return run_id


def keys(**values: object) -> list[tuple[str, str]]:
    return [(problem.key, problem.severity) for problem in runs.check(request(**values))]


def test_roles_and_settings_are_guessed() -> None:
    id = add_flowers()
    guessed = runs.guess("toy", id)
    assert guessed["label"] == ("kind",)
    assert guessed["group"] == ("garden",)
    assert runs.suggest("toy", id, guessed) == {"power": 2.0}


def test_good_data_has_no_problems() -> None:
    assert keys() == []


def test_a_role_without_a_column_and_a_column_that_is_not_there_stop() -> None:
    assert keys(roles={"measures": ("width_a",)}) == [("role_missing", "stop")]
    assert keys(roles={**ROLES, "label": ("species",)}) == [("column_missing", "stop")]
    assert keys(roles={**ROLES, "group": ("kind",)}) == [("column_twice", "stop")]
    said = runs.check(request(roles={**ROLES, "label": ("species",)}))[0]
    assert "species" in said.what.en
    assert "species" in said.what.zh
    assert "kind" in said.how.en


def test_names_that_the_scenario_does_not_know_are_errors() -> None:
    for wrong in ({"roles": {"colour": ("kind",)}}, {"settings": {"speed": 1}}, {"scenario": "nothing"}):
        with pytest.raises(UserError):
            runs.check(request(**wrong))


def test_a_test_file_must_be_another_file_with_the_columns() -> None:
    import io

    data = add_flowers()
    assert keys(dataset_id=data, test_dataset_id=data) == [("test_is_training", "stop")]
    other = flowers(50, seed=2).drop(columns="kind")
    lacking = datasets.add("t.csv", io.BytesIO(other.to_csv(index=False).encode())).dataset.id
    assert keys(dataset_id=data, test_dataset_id=lacking) == [("test_column_missing", "stop")]
    strange = flowers(50, seed=2).assign(kind="cactus")
    cactus = datasets.add("c.csv", io.BytesIO(strange.to_csv(index=False).encode())).dataset.id
    assert ("test_labels_unknown", "stop") in keys(dataset_id=data, test_dataset_id=cactus)


def without_some_kinds() -> str:
    import io

    holed = flowers()
    holed.loc[:2, "kind"] = None
    return datasets.add("holed.csv", io.BytesIO(holed.to_csv(index=False).encode())).dataset.id


def test_a_problem_that_stops_refuses_the_launch_until_its_fix_is_applied() -> None:
    data = without_some_kinds()
    with pytest.raises(UserError, match="3 flowers have no kind"):
        runs.launch(request(dataset_id=data))
    assert runs.listed() == []
    fix = runs.check(request(dataset_id=data))[0].fixes[0]
    assert fix.step == Step("drop_empty", ("kind",))
    assert runs.launch(request(dataset_id=datasets.fix(data, fix.step).id)) > 0


def test_a_nearly_full_disk_refuses_a_run_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = request()
    monkeypatch.setattr(files, "enough_space", lambda needed: False)
    with pytest.raises(UserError, match="MB left"):
        runs.launch(asked)
    assert runs.listed() == []


def test_a_launched_run_waits_with_every_setting_and_a_name_of_its_own() -> None:
    data = add_flowers()
    first, second = (runs.launch(request(dataset_id=data, settings={"seed": seed})) for seed in (1, 2))
    view = runs.get(first)
    assert (view.status, view.mode, view.seed, view.settings["power"]) == ("queued", "quick", 1, 1.0)
    assert (view.name, runs.get(second).name) == ("flowers", "flowers 2")
    progress = runs.progress(second)
    assert (progress.status, progress.position, progress.share, progress.seconds_left) == ("queued", 2, 0.0, None)
    assert runs.launch(request(dataset_id=data, settings={"seed": "1"})) == first


def test_every_mode_is_estimated_and_corrected_by_how_earlier_runs_went(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "estimate", lambda *_, **__: PLAN)
    data = add_flowers()
    plain = runs.estimate(request(dataset_id=data))
    assert set(plain) == {"quick", "standard", "best"}
    assert [stage.key for stage in plain["quick"].stages] == ["read", "baseline", "train", "evaluate", "save"]
    planned = plain["quick"].seconds
    for seed in (1, 2, 3):
        run_id = finished(dataset_id=data, settings={"seed": seed}, plan=plain["quick"])
        change(run_id, seconds_total=2 * planned)
    corrected = runs.estimate(request(dataset_id=data))
    assert corrected["quick"].seconds == pytest.approx(2 * planned)
    assert corrected["best"].seconds == pytest.approx(planned)
    run_id = finished(dataset_id=data, settings={"seed": 4}, plan=corrected["quick"])
    change(run_id, seconds_total=2 * planned)
    assert requests.past_ratio("toy", "quick") == pytest.approx(2)


def test_an_estimate_is_never_corrected_beyond_reason() -> None:
    run_id = finished(plan=PLAN)
    change(run_id, seconds_total=1e6)
    assert requests.past_ratio("toy", "quick") == requests.MOST_RATIO


def test_progress_of_a_run_that_ended_is_whole() -> None:
    run_id = finished(plan=PLAN)
    progress = runs.progress(run_id)
    assert (progress.status, progress.share, progress.seconds_left) == ("succeeded", 1.0, 0.0)
    assert progress.seconds_estimated == runs.get(run_id).seconds_estimated
    assert len(progress.curves["validation"]) == 20
    assert {stage.state for stage in progress.stages} == {"done"}


def test_a_run_is_renamed_annotated_and_found() -> None:
    run_id = runs.launch(request(name="Spring"))
    runs.rename(run_id, "Summer")
    runs.annotate(run_id, "with fewer roses")
    for word in ("summ", "ROSES", "flowers", ""):
        assert [view.id for view in runs.listed(word)] == [run_id]
    assert runs.listed("%") == []
    assert runs.listed(scenario="other") == []
    assert runs.listed(dataset_id=runs.get(run_id).dataset_id, scenario="toy")[0].name == "Summer"
    with pytest.raises(UserError):
        runs.rename(run_id, " ")


def test_a_run_can_be_tried_again_with_the_same_request() -> None:
    run_id = finished(settings={"seed": 8, "power": 3})
    again = runs.retry(run_id)
    assert again != run_id
    assert (runs.get(again).settings, runs.get(again).roles) == (runs.get(run_id).settings, runs.get(run_id).roles)


def test_a_deleted_run_can_be_brought_back_until_it_is_purged() -> None:
    run_id = finished()
    runs.delete(run_id)
    with pytest.raises(UserError):
        runs.get(run_id)
    datasets.purge()
    runs.restore(run_id)
    assert runs.results(run_id).metrics
    assert runs.size(run_id) > 100
    runs.delete(run_id)
    change(run_id, deleted_at=now() - timedelta(days=2))
    datasets.purge()
    assert not files.run(run_id).folder.exists()
    with pytest.raises(UserError):
        runs.restore(run_id)
    later = finished()
    assert later > run_id, "a number is never given again: models in memory and live names go by it"
    datasets.purge()
    assert not runs.listed() or [run.id for run in runs.listed()] == [later]


def test_what_is_restored_while_others_are_purged_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = finished(), finished(settings={"seed": 5})
    for id in (first, second):
        runs.delete(id)
        change(id, deleted_at=now() - timedelta(days=2))
    purge_run = trash._purge_run

    def meanwhile(id: int, before: datetime) -> None:
        purge_run(id, before)
        if id == first:
            runs.restore(second)

    monkeypatch.setattr(trash, "_purge_run", meanwhile)
    datasets.purge()
    assert [run.id for run in runs.listed()] == [second]
    assert runs.results(second).metrics


def test_a_run_that_is_being_trained_is_not_deleted() -> None:
    run_id = claimed()
    with pytest.raises(UserError, match="Stop it first"):
        runs.delete(run_id)
    runs.cancel(run_id)
    assert row(run_id).status == "cancelling"


def test_results_are_read_once_and_damaged_ones_are_refused() -> None:
    run_id = finished()
    assert runs.results(run_id) is runs.results(run_id)
    (files.run(run_id).model / "toy.json").unlink()
    with pytest.raises(UserError, match="damaged"):
        runs.results(run_id)


def test_training_in_this_process_is_a_run_like_any_other() -> None:
    data = add_flowers()
    run_id = runs.train_here(request(dataset_id=data))
    assert runs.get(run_id).status == "succeeded"
    waiting = runs.launch(Request("toy", data, ROLES, {"seed": 99}))
    assert runs.train_here(Request("toy", data, ROLES, {"seed": 99})) == waiting
    assert queue.waiting() == 1


@pytest.mark.parametrize("number", [0, -1, 99_999_999_999, 10**30])
def test_a_number_that_no_database_holds_is_no_run(number: int) -> None:
    with pytest.raises(UserError, match="not found"):
        runs.get(number)
    with pytest.raises(UserError):
        predictions.answer(number, {}, {})
    assert not runs.is_usable(number)
