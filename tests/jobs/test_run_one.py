from __future__ import annotations

import errno
import threading
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from core.jobs import failures, inputs, queue, results, run_one
from core.services import datasets, runs
from core.store import files
from core.store.tables import CANCELLED, CANCELLING, FAILED, RUNNING, SUCCEEDED
from core.words import Text, UserError
from tests.house import add_flowers, claimed, row
from tests.toy import SCENARIO, flowers

pytestmark = pytest.mark.usefixtures("toy")


def execute(run_id: int, cancelled: bool = False) -> str:
    event = threading.Event()
    if cancelled:
        event.set()
    return run_one.execute(run_id, event)


def fail_in(monkeypatch: pytest.MonkeyPatch, step: str, error: BaseException) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise error

    monkeypatch.setattr(type(SCENARIO), step, broken)


def test_a_run_leaves_its_model_its_results_and_its_facts() -> None:
    run_id = claimed(settings={"seed": 5, "mode": "standard"})
    assert execute(run_id) == SUCCEEDED
    view, folder = runs.get(run_id), files.run(run_id)
    assert view.status == SUCCEEDED
    assert view.metrics["accuracy"] == runs.results(run_id).metrics["accuracy"] > view.baseline["accuracy"]
    assert view.verdict.kind == "worth"
    assert view.seconds_total >= view.seconds_train > 0
    assert view.peak_memory_mb > 10
    assert [stage.key for stage in view.plan.stages] == ["read", "baseline", "train", "evaluate", "save"]
    assert files.is_complete(folder, thorough=True)
    assert not folder.checkpoints.exists()
    facts = runs.facts(run_id)
    assert facts["data"]["sha256"] == row_sha(view.dataset_id)
    assert facts["rows"] == {"train": 100, "test": 20}
    assert (facts["seed"], facts["settings"]["mode"]) == (5, "standard")
    assert {"python", "modelwright", "torch", "transformers"} <= set(facts["versions"])
    assert facts["seconds"]["total"] == view.seconds_total
    assert files.read_json(folder.settings)["roles"]["label"] == ["kind"]
    assert list(runs.results(run_id).rows.columns) == ["actual", "given", "right", "confidence"]


def row_sha(dataset_id: str) -> str:
    return files.sha256(files.dataset(dataset_id).original)


def test_an_error_becomes_a_plain_sentence_and_a_traceback_in_the_log(monkeypatch: pytest.MonkeyPatch) -> None:
    run_id = claimed()
    fail_in(monkeypatch, "fit", ZeroDivisionError("secret detail"))
    assert execute(run_id) == FAILED
    error = runs.get(run_id).error
    assert "ZeroDivisionError" in error.en
    assert "Traceback" not in error.en
    assert "secret detail" not in error.en
    assert "secret detail" in runs.log(run_id)
    assert "Traceback" in runs.log(run_id)
    assert not files.run(run_id).checkpoints.exists()
    with pytest.raises(UserError, match="no result"):
        runs.results(run_id)


def test_an_error_meant_for_the_user_is_said_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    run_id = claimed()
    fail_in(monkeypatch, "fit", UserError(Text("Too few roses.", "玫瑰太少。")))
    execute(run_id)
    assert runs.get(run_id).error == Text("Too few roses.", "玫瑰太少。")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (MemoryError(), failures.OUT_OF_MEMORY),
        (RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory"), failures.OUT_OF_MEMORY),
        (RuntimeError("CUDA out of memory. Tried to allocate 2 GiB"), failures.OUT_OF_MEMORY),
        (OSError(errno.ENOSPC, "No space left on device"), failures.DISK_FULL),
    ],
)
def test_a_lack_of_memory_or_disk_is_named(error: Exception, said: Text) -> None:
    assert failures.plain(error) == said


@pytest.mark.parametrize("step", ["save", "facts"])
def test_a_full_disk_while_saving_leaves_nothing_that_counts_as_complete(
    step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = claimed()
    fail_in(monkeypatch, step, OSError(errno.ENOSPC, "No space left on device"))
    assert execute(run_id) == FAILED
    assert runs.get(run_id).error == failures.DISK_FULL
    folder = files.run(run_id)
    assert not files.is_complete(folder)
    assert not folder.manifest.exists()
    assert not folder.half_model.exists()


def test_a_metric_that_is_not_a_number_fails_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    run_id = claimed()
    whole = type(SCENARIO).evaluate
    monkeypatch.setattr(type(SCENARIO), "evaluate", lambda *a: replace(whole(*a), metrics={"accuracy": float("nan")}))
    assert execute(run_id) == FAILED
    assert runs.get(run_id).metrics is None


def test_a_resumed_run_goes_on_from_its_checkpoint_to_the_same_result(monkeypatch: pytest.MonkeyPatch) -> None:
    data = add_flowers()
    straight = claimed(dataset_id=data, settings={"seed": 3})
    execute(straight)
    cut = claimed(dataset_id=data, settings={"seed": 3})
    with monkeypatch.context() as patch:
        fail_in(patch, "evaluate", KeyboardInterrupt())
        with pytest.raises(KeyboardInterrupt):
            execute(cut)
    queue.interrupt(cut)
    assert queue.claim(queue.me(), "cpu") == cut
    assert execute(cut) == SUCCEEDED
    assert "starting at step 20" in runs.log(cut)
    assert runs.get(cut).metrics == runs.get(straight).metrics
    assert runs.get(cut).attempt == 2


def test_a_run_that_died_after_saving_is_not_trained_again(monkeypatch: pytest.MonkeyPatch) -> None:
    run_id = claimed()
    with monkeypatch.context() as patch:
        patch.setattr(queue, "finish", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            execute(run_id)
    assert row(run_id).status == RUNNING
    fail_in(monkeypatch, "fit", AssertionError("trained again"))
    assert execute(run_id) == SUCCEEDED
    assert runs.get(run_id).metrics == runs.results(run_id).metrics


def test_a_run_that_is_asked_to_stop_does_not_succeed() -> None:
    run_id = claimed()
    assert execute(run_id, cancelled=True) == CANCELLED
    assert row(run_id).status == RUNNING
    late = claimed(settings={"seed": 2})
    queue.cancel(late)
    assert execute(late) == CANCELLED
    assert row(late).status == CANCELLING


def test_an_own_test_file_is_what_is_measured_on_prepared_like_the_data() -> None:
    import io

    from core.data.recipe import Step

    named = flowers(60, seed=9).replace({"kind": {"rose": "Rosa"}})
    test = datasets.add("test.csv", io.BytesIO(named.to_csv(index=False).encode())).dataset.id
    plain = add_flowers()
    fixed = datasets.fix(plain, Step("merge_values", ("kind",), {"Rosa": "rose"})).id
    run_id = claimed(dataset_id=fixed, test_dataset_id=test)
    assert execute(run_id) == SUCCEEDED
    facts = runs.facts(run_id)
    assert facts["rows"] == {"train": 120, "test": 60}
    assert facts["test_data"]["name"] == "test"
    assert "test.csv" in facts["split"]["en"]
    assert set(runs.results(run_id).rows["actual"]) == {"iris", "rose", "tulip"}


def test_texts_of_the_own_test_file_are_not_learned_from() -> None:
    import pandas as pd

    from core.data.table import Table

    roles = {"text": ("t",)}
    train = Table(pd.DataFrame({"t": ["Good  day", "bad", "fine"], "who": ["ann", "bob", "cy"]}), roles)
    test = Table(pd.DataFrame({"t": ["good day"], "who": ["cy"]}), roles)
    known, settings = inputs._in_test, SCENARIO.settings
    assert known(test, train, SCENARIO, settings()).tolist() == [True, False, False]
    assert known(test, train, SCENARIO, settings(keep_together=("who",))).tolist() == [True, False, True]


def test_extra_tables_reach_the_model() -> None:
    import io

    seeds = datasets.add("seeds.csv", io.BytesIO(b"seed,price\nrose,1\ntulip,2\n")).dataset.id
    run_id = claimed(extras={"items": seeds})
    execute(run_id)
    assert SCENARIO.load(files.run(run_id).model).items == ["rose", "tulip"]


def test_a_run_on_the_same_data_is_planned_from_the_last_one_without_a_trial(monkeypatch: pytest.MonkeyPatch) -> None:
    data = add_flowers()
    execute(claimed(dataset_id=data, settings={"seed": 1}))
    tried: list[int] = []
    whole = type(SCENARIO).estimate
    monkeypatch.setattr(type(SCENARIO), "estimate", lambda *a: tried.append(1) or whole(*a))
    again = claimed(dataset_id=data, settings={"seed": 2})
    execute(again)
    assert tried == []
    assert [stage.key for stage in runs.get(again).plan.stages] == ["read", "baseline", "train", "evaluate", "save"]
    execute(claimed(dataset_id=data, settings={"seed": 2, "mode": "best"}))
    assert tried == [1]


def test_results_keep_to_what_json_knows() -> None:
    said = results.plain_json(
        {"a": np.float32(0.5), "b": np.array([1, 2]), "c": float("inf"), 3: (np.bool_(True), None)}
    )
    assert said == {"a": 0.5, "b": [1, 2], "c": None, "3": [True, None]}


def away(monkeypatch: pytest.MonkeyPatch, times: int) -> list[str]:
    """The database does not answer the next so many times that a run is to be ended."""
    from sqlalchemy.exc import OperationalError

    asked: list[str] = []
    whole = queue.finish

    def finish(run_id: int, status: str, *rest: Any, **values: Any) -> bool:
        asked.append(status)
        if len(asked) <= times:
            raise OperationalError("UPDATE runs", {}, Exception("the database is away"))
        return whole(run_id, status, *rest, **values)

    monkeypatch.setattr(queue, "finish", finish)
    return asked


def test_a_finished_model_waits_for_a_database_that_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    run_id = claimed()
    asked = away(monkeypatch, times=2)
    assert execute(run_id) == SUCCEEDED
    assert asked == [SUCCEEDED] * 3
    assert runs.get(run_id).metrics
    assert files.is_complete(files.run(run_id), thorough=True)


def test_a_finished_model_outlives_a_database_that_stays_away(monkeypatch: pytest.MonkeyPatch) -> None:
    from core.jobs import worker
    from core.store import db

    run_id = claimed()
    monkeypatch.setattr(db, "AWAY_SECONDS", 0.05)
    with monkeypatch.context() as patch:
        away(patch, times=1000)
        with pytest.raises(Exception, match="away"):
            execute(run_id)
    assert files.is_complete(files.run(run_id), thorough=True)
    for code in (1, -9, -9, -9):
        worker.settle(run_id, code)
        assert row(run_id).status == "interrupted"
        assert queue.claim(queue.me(), "cpu") == run_id
    fail_in(monkeypatch, "fit", AssertionError("trained again"))
    assert execute(run_id) == SUCCEEDED
    assert runs.results(run_id).metrics == runs.get(run_id).metrics


def test_a_complete_run_that_can_never_be_recorded_ends_in_a_sentence_with_its_files_kept() -> None:
    from tests.house import change

    run_id = claimed()
    execute(run_id)
    change(run_id, status=RUNNING, attempt=queue.MAX_RECORDINGS - 1, worker=queue.me())
    assert queue.interrupt(run_id) == "interrupted"
    assert queue.claim(queue.me(), "cpu", run_id) == run_id
    assert queue.interrupt(run_id) == FAILED
    assert runs.get(run_id).error
    assert files.is_complete(files.run(run_id), thorough=True)


def test_a_run_that_somebody_else_has_by_now_is_left_to_them() -> None:
    from tests.house import change

    run_id = claimed()
    change(run_id, worker="elsewhere:7:1.00")
    assert not queue.finish(run_id, FAILED, worker=queue.me())
    assert queue.interrupt(run_id, worker=queue.me()) is None
    assert row(run_id).status == RUNNING
    assert queue.interrupt(run_id, worker="elsewhere:7:1.00") == "interrupted"


def test_what_cannot_be_kept_for_the_second_look_costs_no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    run_id = claimed()
    fail_in(monkeypatch, "keep_learned", OSError(errno.ENOSPC, "No space left on device"))
    assert execute(run_id) == SUCCEEDED
    assert files.is_complete(files.run(run_id), thorough=True)


def test_all_is_on_the_disk_before_the_manifest_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    synced: list[str] = []
    whole = os.fsync
    monkeypatch.setattr(
        os, "fsync", lambda opened: synced.append(os.readlink(f"/proc/self/fd/{opened}")) or whole(opened)
    )
    run_id = claimed()
    execute(run_id)
    folder = files.run(run_id)
    last = max(place for place, name in enumerate(synced) if "manifest.json" in name)
    written = {str(folder.folder / name) for name in files.read_json(folder.manifest)["files"]}
    assert written | {str(folder.folder), str(folder.model)} <= set(synced[:last])


def test_a_complete_run_is_recorded_though_nothing_more_can_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    from core.jobs.report import RunReport
    from tests.house import change

    run_id = claimed()
    execute(run_id)
    change(run_id, status=RUNNING, look=None, metrics=None)
    monkeypatch.setattr(RunReport, "_append", lambda *_, **__: (_ for _ in ()).throw(OSError(errno.ENOSPC, "full")))
    monkeypatch.setattr(run_one, "_look_again", lambda _: None)
    assert execute(run_id) == SUCCEEDED
    assert runs.get(run_id).metrics


def test_a_process_that_slept_touches_nothing_of_who_took_its_run(monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.house import change

    run_id = claimed()
    made: dict[str, Any] = {}
    whole = type(SCENARIO).save

    def save(scenario: Any, model: Any, folder: Any) -> None:
        whole(scenario, model, folder)
        if not made:
            change(run_id, worker="elsewhere:7:1.00")
            files.run(run_id).model.mkdir()
            (files.run(run_id).model / "theirs").write_text("made elsewhere")
            made["by"] = "them"

    monkeypatch.setattr(type(SCENARIO), "save", save)
    assert execute(run_id) == CANCELLED
    assert (files.run(run_id).model / "theirs").read_text() == "made elsewhere"
    assert row(run_id).worker == "elsewhere:7:1.00"


def test_what_is_trained_here_and_taken_by_others_is_theirs(monkeypatch: pytest.MonkeyPatch) -> None:
    from core.services.runs import train_here
    from tests.house import change, request

    whole = type(SCENARIO).evaluate

    def evaluate(*given: Any) -> Any:
        change(1, worker="elsewhere:7:1.00")
        return whole(*given)

    monkeypatch.setattr(type(SCENARIO), "evaluate", evaluate)
    run_id = train_here(request())
    assert (row(run_id).status, row(run_id).worker) == (RUNNING, "elsewhere:7:1.00")


def test_equal_requests_here_at_once_are_one_training(monkeypatch: pytest.MonkeyPatch) -> None:
    from core.services.runs import train_here
    from tests.house import request

    monkeypatch.setenv("MODELWRIGHT_TOY_SECONDS", "2")
    asked, found = request(), list[int]()
    both = [threading.Thread(target=lambda: found.append(train_here(asked))) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert len(found) == 2
    assert len(runs.listed()) == len(set(found)) == 1
