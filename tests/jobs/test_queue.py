from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from core.jobs import queue
from core.services import runs
from core.store.tables import CANCELLED, CANCELLING, FAILED, INTERRUPTED, QUEUED, RUNNING, SUCCEEDED, now
from core.words import Text
from tests.house import add_flowers, change, claimed, request, row

pytestmark = pytest.mark.usefixtures("toy")
OTHER_HOST = "elsewhere:1:1.0"


def launched(seed: int = 1) -> int:
    return runs.launch(request(dataset_id=add_flowers(), settings={"seed": seed}))


def test_runs_are_claimed_in_the_order_of_their_queueing() -> None:
    first, second = launched(1), launched(2)
    assert [queue.position(row(id)) for id in (first, second)] == [1, 2]
    assert [queue.claim("w", "cpu") for _ in range(3)] == [first, second, None]
    run = row(first)
    assert (run.status, run.worker, run.device, run.attempt) == (RUNNING, "w", "cpu", 1)
    assert run.lease_until > now()


def test_a_run_is_claimed_by_one_of_many() -> None:
    ids = {launched(seed) for seed in range(6)}
    taken: list[int | None] = []
    start = threading.Barrier(12)

    def claim(name: str) -> None:
        start.wait()
        taken.append(queue.claim(name, "cpu"))

    threads = [threading.Thread(target=claim, args=(f"w{n}",)) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    claimed_ids = [id for id in taken if id is not None]
    assert sorted(claimed_ids) == sorted(ids)


def test_the_same_open_request_gives_the_same_run() -> None:
    first = launched()
    assert launched() == first
    queue.claim("w", "cpu")
    assert launched() == first
    queue.interrupt(first)
    assert launched() == first
    queue.cancel(first)
    assert launched() != first


def test_a_double_click_gives_one_run() -> None:
    asked = request()
    ids: list[int] = []
    start = threading.Barrier(6)

    def click() -> None:
        start.wait()
        ids.append(runs.launch(asked))

    threads = [threading.Thread(target=click) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ids) == 6
    assert len(set(ids)) == 1
    assert len(runs.listed()) == 1


def test_cancel_is_at_once_while_waiting_and_a_request_while_running() -> None:
    waiting, running = launched(1), claimed(settings={"seed": 2})
    assert queue.cancel(waiting) == CANCELLED
    assert queue.cancel(running) == CANCELLING
    assert queue.claim("w", "cpu") is None
    assert not queue.finish(running, SUCCEEDED)
    assert queue.finish(running, CANCELLED)
    assert queue.cancel(running) is None
    assert row(running).status == CANCELLED


def test_a_heartbeat_renews_the_lease_of_its_own_worker_only() -> None:
    run_id = claimed()
    change(run_id, lease_until=now())
    assert queue.heartbeat(run_id, "other") is None
    assert queue.heartbeat(run_id, queue.me()) == RUNNING
    assert row(run_id).lease_until > now() + queue.LEASE / 2


def test_a_run_of_a_dead_worker_on_this_host_is_freed_at_once() -> None:
    host = queue.me().rsplit(":", 2)[0]
    dead, alive = claimed(settings={"seed": 1}), claimed(settings={"seed": 2})
    change(dead, worker=f"{host}:{2**22 + 5}:1.0")
    assert queue.recover() == [dead]
    assert [row(id).status for id in (dead, alive)] == [INTERRUPTED, RUNNING]
    assert queue.claim("next", "cpu") == dead
    assert row(dead).attempt == 2


def test_a_process_that_reuses_the_number_of_a_dead_worker_is_not_taken_for_it() -> None:
    host, pid, _ = queue.me().rsplit(":", 2)
    run_id = claimed()
    change(run_id, worker=f"{host}:{pid}:1000.0")
    assert queue.recover() == [run_id]


def test_a_silent_worker_elsewhere_loses_its_run_when_the_lease_is_over() -> None:
    run_id = claimed()
    change(run_id, worker=OTHER_HOST)
    assert queue.recover() == []
    change(run_id, lease_until=now() - timedelta(seconds=1))
    assert queue.recover() == [run_id]


def test_a_run_that_is_cut_off_three_times_fails_in_a_sentence() -> None:
    run_id = launched()
    for _ in range(queue.MAX_ATTEMPTS):
        assert queue.claim(OTHER_HOST, "cpu") == run_id
        change(run_id, lease_until=now() - timedelta(seconds=1))
        queue.recover()
    run = runs.get(run_id)
    assert run.status == FAILED
    assert "3 times" in run.error.en
    assert "3 次" in run.error.zh
    assert queue.claim("w", "cpu") is None


def test_restarts_that_were_asked_for_do_not_count() -> None:
    run_id = launched()
    for _ in range(2 * queue.MAX_ATTEMPTS):
        assert queue.claim("w", "cpu") == run_id
        assert queue.interrupt(run_id, counted=False) == INTERRUPTED
    assert row(run_id).attempt == 0


def test_a_run_that_was_being_stopped_when_its_worker_died_is_stopped() -> None:
    run_id = claimed()
    queue.cancel(run_id)
    queue.interrupt(run_id)
    assert row(run_id).status == CANCELLED


def test_the_end_of_a_run_is_said_once() -> None:
    run_id = claimed()
    assert queue.finish(run_id, FAILED, Text("why", "为何"))
    assert not queue.finish(run_id, SUCCEEDED)
    assert runs.get(run_id).error == Text("why", "为何")


def test_deleted_runs_are_not_worked_on() -> None:
    run_id = launched()
    runs.delete(run_id)
    assert queue.waiting() == 0
    assert queue.claim("w", "cpu") is None
    assert row(run_id).status == CANCELLED
    assert row(run_id).status != QUEUED


def test_a_machine_that_slept_does_not_interrupt_its_own_training() -> None:
    run_id = claimed()
    change(run_id, lease_until=now() - timedelta(hours=1))
    assert queue.recover() == []
    assert row(run_id).status == RUNNING
