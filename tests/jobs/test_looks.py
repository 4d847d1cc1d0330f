"""The second look comes after the result: nobody waits for it, it can be stopped, and a death costs it nothing but time."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from core.jobs import queue, run_one, worker
from core.services import labels, runs
from core.store import files, leftovers
from core.store.tables import CANCELLED, CANCELLING, FAILED, QUEUED, RUNNING, SUCCEEDED
from core.words import UserError
from tests.house import change, claimed, request, row
from tests.toy import SCENARIO

pytestmark = pytest.mark.usefixtures("toy")


def execute(run_id: int) -> str:
    return run_one.execute(run_id, threading.Event())


def in_the_look(monkeypatch: pytest.MonkeyPatch, do: Any) -> None:
    """Does it when the second look begins."""
    whole = type(SCENARIO).second_look
    monkeypatch.setattr(type(SCENARIO), "second_look", lambda *given: do() or whole(*given))


def dies() -> None:
    raise KeyboardInterrupt


def cut_off(monkeypatch: pytest.MonkeyPatch) -> int:
    """A finished run whose process died in the second look."""
    run_id = claimed()
    with monkeypatch.context() as patch:
        in_the_look(patch, dies)
        with pytest.raises(KeyboardInterrupt):
            execute(run_id)
    assert row(run_id).look == RUNNING
    return run_id


def test_the_result_can_be_read_while_the_second_look_is_still_to_come(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, Any] = {}

    def look() -> None:
        view = runs.get(run_id)
        seen["status"], seen["look"] = view.status, view.look
        seen["metrics"] = runs.results(run_id).metrics
        seen["labels"] = labels.look(run_id)
        seen["file"] = files.is_complete(files.run(run_id), thorough=True)

    run_id = claimed()
    in_the_look(monkeypatch, look)
    assert execute(run_id) == SUCCEEDED
    assert seen == {
        "status": SUCCEEDED,
        "look": RUNNING,
        "metrics": dict(runs.get(run_id).metrics or {}),
        "labels": None,
        "file": True,
    }
    assert runs.get(run_id).look == SUCCEEDED
    assert labels.look(run_id) is not None
    assert files.is_complete(files.run(run_id), thorough=True)
    assert not files.run(run_id).learned.exists()


def test_the_time_told_and_taken_ends_with_the_result(monkeypatch: pytest.MonkeyPatch) -> None:
    run_id = claimed()
    monkeypatch.setenv("MODELWRIGHT_TOY_LOOK", "0.7")
    execute(run_id)
    view = runs.get(run_id)
    assert "second_look" not in [stage.key for stage in view.plan.stages]
    assert view.seconds_total < runs.facts(run_id)["seconds"]["total"] + 0.1
    assert runs.progress(run_id).seconds_so_far == view.seconds_total
    finished, looked = files.run(run_id).manifest.stat().st_mtime, files.run(run_id).second_look.stat().st_mtime
    assert looked - finished > 0.6


def test_a_look_whose_process_died_is_made_by_the_next_from_what_is_on_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    straight = claimed()
    execute(straight)
    run_id = cut_off(monkeypatch)
    queue.interrupt_look(run_id)
    assert runs.get(run_id).look == QUEUED
    monkeypatch.setattr(type(SCENARIO), "fit", lambda *_: pytest.fail("trained again"))
    assert queue.claim(queue.me(), "cpu") is None
    assert queue.claim_look(queue.me()) == run_id
    assert execute(run_id) == SUCCEEDED
    assert runs.get(run_id).look == SUCCEEDED
    assert labels.look(run_id) == labels.look(straight)


def test_a_look_that_kills_its_process_is_given_up_and_can_be_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    run_id = cut_off(monkeypatch)
    worker.settle(run_id, -9)
    assert row(run_id).look == QUEUED
    assert queue.claim_look(queue.me()) == run_id
    worker.settle(run_id, -9)
    assert row(run_id).look == FAILED
    assert queue.claim_look(queue.me()) is None
    runs.look_again(run_id)
    assert (row(run_id).look, row(run_id).look_attempt) == (QUEUED, 0)


def test_a_look_that_made_room_is_not_counted_as_a_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    run_id = cut_off(monkeypatch)
    for _ in range(4):
        worker.settle(run_id, -9, asked=True)
        assert (row(run_id).look, row(run_id).look_attempt) == (QUEUED, 0)
        assert queue.claim_look(queue.me()) == run_id


def test_a_look_is_stopped_without_harm_and_made_when_it_is_wanted_after_all(monkeypatch: pytest.MonkeyPatch) -> None:
    run_id = claimed()
    in_the_look(monkeypatch, lambda: runs.stop_look(run_id))
    execute(run_id)
    assert runs.get(run_id).look == CANCELLED
    assert runs.get(run_id).status == SUCCEEDED
    assert runs.results(run_id).metrics
    monkeypatch.undo()


def test_a_waiting_look_is_stopped_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    run_id = cut_off(monkeypatch)
    queue.interrupt_look(run_id)
    runs.stop_look(run_id)
    assert runs.get(run_id).look == CANCELLED
    assert queue.claim_look(queue.me()) is None


def test_an_error_in_the_look_leaves_a_good_run_and_its_reason_in_the_log(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise ZeroDivisionError("no rows left")

    run_id = claimed()
    in_the_look(monkeypatch, broken)
    assert execute(run_id) == SUCCEEDED
    assert runs.get(run_id).look == FAILED
    assert "no rows left" in runs.log(run_id)
    assert runs.is_usable(run_id)


def test_trainings_go_before_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    run_id = cut_off(monkeypatch)
    queue.interrupt_look(run_id)
    assert queue.waiting() == 0
    assert queue.looks_waiting()
    later = runs.launch(request(settings={"seed": 8}))
    assert (queue.claim(queue.me(), "cpu") or queue.claim_look(queue.me())) == later


def test_looks_of_a_dead_worker_go_back_to_the_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    run_id = cut_off(monkeypatch)
    assert queue.recover() == []
    change(run_id, worker=queue.me().rsplit(":", 2)[0] + ":4194303:1.00")
    assert queue.recover() == [run_id]
    assert (row(run_id).status, row(run_id).look) == (SUCCEEDED, QUEUED)


def test_a_run_is_deleted_while_its_look_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    run_id = cut_off(monkeypatch)
    runs.delete(run_id)
    assert row(run_id).look == CANCELLING
    assert not queue.is_at_work(run_id)
    worker.settle(run_id, 0)
    assert row(run_id).look == CANCELLED


def test_looks_are_made_for_finished_runs_only() -> None:
    run_id = claimed()
    with pytest.raises(UserError):
        runs.look_again(run_id)


def test_ctrl_c_in_a_look_keeps_the_model(monkeypatch: pytest.MonkeyPatch) -> None:
    in_the_look(monkeypatch, dies)
    run_id = runs.train_here(request())
    assert (row(run_id).status, row(run_id).look) == (SUCCEEDED, CANCELLED)
    assert runs.is_usable(run_id)


def test_an_old_run_that_is_looked_at_again_stays_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    run_id = claimed()
    execute(run_id)
    folder = files.run(run_id)
    listed = files.read_json(folder.manifest)
    listed["files"]["second_look.json"] = {"bytes": 1, "sha256": "of earlier code"}
    files.write_json(folder.manifest, listed)
    change(run_id, look=None)
    runs.look_again(run_id)
    assert queue.claim_look(queue.me()) == run_id
    assert execute(run_id) == SUCCEEDED
    assert files.is_complete(folder, thorough=True)
    assert runs.results(run_id).metrics


def test_a_look_that_was_stopped_keeps_what_it_needs_to_be_made_after_all(monkeypatch: pytest.MonkeyPatch) -> None:
    run_id = claimed()
    with monkeypatch.context() as patch:
        in_the_look(patch, lambda: runs.stop_look(run_id))
        execute(run_id)
    worker.settle(run_id, 0, asked=True)
    leftovers.sweep()
    assert files.run(run_id).learned.exists()
    runs.look_again(run_id)
    assert queue.claim_look(queue.me()) == run_id
    execute(run_id)
    assert runs.get(run_id).look == SUCCEEDED
    assert not files.run(run_id).learned.exists()


def test_a_look_that_finds_nothing_to_look_at_any_more_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    run_id = cut_off(monkeypatch)
    queue.interrupt_look(run_id)
    queue.claim_look(queue.me())
    monkeypatch.setattr(type(SCENARIO), "second_look", lambda *_: None)
    execute(run_id)
    assert runs.get(run_id).look == FAILED


def test_a_look_of_this_process_gives_way_to_a_training_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODELWRIGHT_TOY_LOOK", "20")
    later: list[int] = []
    in_the_look(monkeypatch, lambda: later.append(runs.launch(request(settings={"seed": 7}))))
    run_id = runs.train_here(request(settings={"seed": 6}))
    assert (row(run_id).status, row(run_id).look, row(run_id).look_attempt) == (SUCCEEDED, QUEUED, 0)
    assert row(later[0]).status == QUEUED
