"""Killing things on purpose: whatever dies, no run is lost, doubled or left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from core.config import ROOT
from core.jobs import failures, queue, worker
from core.services import runs
from core.store import files, processes
from core.store.tables import RUNNING
from tests.house import add_flowers, change, request, row

pytestmark = [pytest.mark.faults, pytest.mark.usefixtures("toy"), pytest.mark.xdist_group("faults")]
PATIENCE = 60.0


class House:
    """Workers of this test's workspace."""

    def __init__(self) -> None:
        self.started: list[subprocess.Popen[bytes]] = []

    def worker(self, *arguments: str, **environment: str) -> subprocess.Popen[bytes]:
        with files.process_log("worker").open("ab") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "core", "worker", *arguments],
                cwd=ROOT,
                env=processes.environment(environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        self.started.append(process)
        return process

    def end(self) -> None:
        for process in self.started:
            if process.poll() is None:
                process.terminate()
        for process in self.started:
            process.wait(20)


@pytest.fixture
def house() -> Iterator[House]:
    made = House()
    yield made
    made.end()


def until(true: Callable[[], object], seconds: float = PATIENCE) -> None:
    """Waits for it."""
    began = time.monotonic()
    while not true():
        if time.monotonic() - began > seconds:
            log = files.process_log("worker")
            pytest.fail(f"did not happen within {seconds} s\n{log.read_text() if log.exists() else ''}")
        time.sleep(0.05)


def launched(seed: int = 1) -> int:
    return runs.launch(request(dataset_id=add_flowers(), settings={"seed": seed}))


def status(run_id: int) -> str:
    return str(queue.status_of(run_id))


def child_of(run_id: int) -> psutil.Process | None:
    for process in psutil.process_iter(["cmdline", "environ"]):
        words = process.info["cmdline"] or []
        mine = (process.info["environ"] or {}).get("MODELWRIGHT_HOME") == str(files.home())
        if mine and "core.jobs.run_one" in words and str(run_id) in words[-2:-1]:
            return process
    return None


def training(run_id: int) -> bool:
    return any(stage.key == "train" and stage.share > 0.1 for stage in runs.progress(run_id).stages)


def start_training(house: House, monkeypatch: pytest.MonkeyPatch, seconds: float = 6) -> tuple[int, psutil.Process]:
    """A run in the middle of its training, with a worker that would go on."""
    monkeypatch.setenv("MODELWRIGHT_TOY_SECONDS", str(seconds))
    run_id = launched()
    house.worker()
    until(lambda: training(run_id))
    child = child_of(run_id)
    assert child is not None
    return run_id, child


def uninterrupted(monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    """The metrics of the same request that nothing disturbed."""
    monkeypatch.setenv("MODELWRIGHT_TOY_SECONDS", "0")
    return dict(runs.get(runs.train_here(request(dataset_id=add_flowers(), settings={"seed": 1}))).metrics or {})


def resumed(run_id: int) -> bool:
    starts = [line for line in runs.log(run_id, 2000).splitlines() if "starting at step" in line]
    return len(starts) == 2 and not starts[1].endswith("step 0")


def test_a_killed_child_is_resumed_once_to_the_same_result(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    run_id, child = start_training(house, monkeypatch)
    child.kill()
    until(lambda: status(run_id) == "succeeded")
    assert resumed(run_id)
    assert runs.get(run_id).attempt == 2
    assert files.is_complete(files.run(run_id), thorough=True)
    assert runs.get(run_id).metrics == uninterrupted(monkeypatch)


def test_a_child_that_is_killed_again_fails_in_a_plain_sentence(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    run_id, child = start_training(house, monkeypatch, seconds=30)
    child.kill()
    until(lambda: row(run_id).attempt == 2 and child_of(run_id) is not None)
    again = child_of(run_id)
    assert again is not None
    again.kill()
    until(lambda: status(run_id) == "failed")
    assert runs.get(run_id).error == failures.OUT_OF_MEMORY
    assert not files.is_complete(files.run(run_id))


def test_the_child_of_a_killed_worker_dies_and_the_next_worker_goes_on(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id, child = start_training(house, monkeypatch)
    house.started[0].kill()
    until(lambda: not processes.is_alive(child.pid, child.create_time()))
    assert status(run_id) == RUNNING
    house.worker()
    until(lambda: status(run_id) == "succeeded")
    assert resumed(run_id)
    assert runs.get(run_id).metrics == uninterrupted(monkeypatch)


def test_a_worker_that_is_asked_to_leave_gives_its_run_back(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    run_id, child = start_training(house, monkeypatch)
    house.started[0].terminate()
    assert house.started[0].wait(PATIENCE) == 0
    assert not processes.is_alive(child.pid, child.create_time())
    assert (status(run_id), row(run_id).attempt) == ("interrupted", 0)
    assert runs.progress(run_id).position == 1
    house.worker()
    until(lambda: status(run_id) == "succeeded")
    assert resumed(run_id)


def test_cancel_ends_a_running_training_long_before_its_end(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    run_id, child = start_training(house, monkeypatch, seconds=60)
    runs.cancel(run_id)
    until(lambda: status(run_id) == "cancelled")
    assert not processes.is_alive(child.pid, child.create_time())
    assert runs.log(run_id)
    until(lambda: not files.run(run_id).checkpoints.exists())


def test_cancel_ends_a_training_that_does_not_listen(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    run_id, child = start_training(house, monkeypatch, seconds=60)
    child.suspend()
    runs.cancel(run_id)
    until(lambda: status(run_id) == "cancelled")
    assert not processes.is_alive(child.pid, child.create_time())


def test_cancel_ends_a_waiting_run_at_once_and_the_next_one_comes(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, _ = start_training(house, monkeypatch, seconds=60)
    monkeypatch.setenv("MODELWRIGHT_TOY_SECONDS", "0")
    second, third = launched(2), launched(3)
    runs.cancel(second)
    assert status(second) == "cancelled"
    runs.cancel(first)
    until(lambda: training(third) or status(third) == "succeeded")
    assert not files.run(second).progress.exists()


def test_of_two_workers_one_works_and_a_device_trains_one_run_at_a_time(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MODELWRIGHT_TOY_SECONDS", "1")
    first, second = launched(1), launched(2)
    both = house.worker(), house.worker()
    until(lambda: [process.poll() for process in both].count(0) == 1)
    seen = set()

    def ended() -> bool:
        now = (status(first), status(second))
        seen.add(now)
        return now == ("succeeded", "succeeded")

    until(ended)
    assert ("running", "running") not in seen
    assert [row(id).attempt for id in (first, second)] == [1, 1]


def test_a_worker_of_other_code_is_replaced_and_its_run_goes_on(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    run_id, _ = start_training(house, monkeypatch)
    state = processes.read_state(worker.NAME)
    assert state is not None
    files.write_json(files.state(worker.NAME), {**vars(state), "version": "0.0.1+old"})
    house.worker()
    until(lambda: house.started[0].poll() == 0)
    until(lambda: status(run_id) == "succeeded")
    assert house.started[1].poll() is None
    assert resumed(run_id)


def test_a_worker_leaves_when_nothing_is_to_do(house: House) -> None:
    process = house.worker("--idle-exit", "0.5")
    assert process.wait(PATIENCE) == 0
    assert not processes.is_locked(worker.NAME)


def test_a_started_worker_inherits_nothing_and_outlives_who_started_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("MODELWRIGHT_WORKER")
    code = (
        f"held = open({str(tmp_path / 'held')!r}, 'w'); import os; os.set_inheritable(held.fileno(), True);"
        "from core.jobs.worker import ensure_worker; ensure_worker()"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=processes.environment(), check=True)
    try:
        until(lambda: processes.read_state(worker.NAME))
        state = processes.read_state(worker.NAME)
        assert state is not None
        process = psutil.Process(state.pid)
        assert str(tmp_path / "held") not in {opened.path for opened in process.open_files()}
        assert os.getsid(state.pid) == state.pid
    finally:
        processes.terminate(worker.NAME)
    assert processes.read_state(worker.NAME) is None


def test_an_error_in_the_child_reaches_the_page_and_the_log(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODELWRIGHT_TOY_ERROR", "the seeds were bad")
    run_id = launched()
    house.worker()
    until(lambda: status(run_id) == "failed")
    error = runs.get(run_id).error
    assert error is not None
    assert "RuntimeError" in error.en
    assert "the seeds were bad" in runs.log(run_id)


def test_a_child_that_vanishes_without_a_word_fails_its_run() -> None:
    run_id = launched()
    queue.claim(queue.me(), "cpu")
    worker.settle(run_id, 7)
    assert runs.get(run_id).error == failures.VANISHED


def test_a_crash_is_named_after_its_signal() -> None:
    run_id = launched()
    queue.claim(queue.me(), "cpu")
    change(run_id, attempt=2)
    worker.settle(run_id, -signal.SIGSEGV)
    error = runs.get(run_id).error
    assert error is not None
    assert "SIGSEGV" in error.zh


def looking(run_id: int) -> bool:
    return status(run_id) == "succeeded" and (found := runs.look(run_id)) is not None and found.share > 0


def start_looking(house: House, monkeypatch: pytest.MonkeyPatch) -> tuple[int, psutil.Process]:
    """A finished run whose second look has begun, with a worker that would go on."""
    monkeypatch.setenv("MODELWRIGHT_TOY_LOOK", "30")
    run_id = launched()
    house.worker()
    until(lambda: looking(run_id))
    child = child_of(run_id)
    assert child is not None
    monkeypatch.setenv("MODELWRIGHT_TOY_LOOK", "0")
    return run_id, child


def test_the_second_look_of_a_killed_worker_is_made_by_the_next(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    run_id, child = start_looking(house, monkeypatch)
    house.started[0].kill()
    until(lambda: not processes.is_alive(child.pid, child.create_time()))
    assert runs.results(run_id).metrics
    house.worker()
    until(lambda: runs.get(run_id).look == "succeeded")
    assert row(run_id).attempt == 1


def test_a_second_look_makes_room_for_a_training_and_comes_back(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    run_id, child = start_looking(house, monkeypatch)
    second = launched(2)
    until(lambda: status(second) == "succeeded")
    assert not processes.is_alive(child.pid, child.create_time())
    assert runs.get(run_id).status == "succeeded"
    assert runs.get(run_id).look in ("queued", "running")
    runs.stop_look(second)
    runs.stop_look(run_id)
    until(lambda: runs.get(run_id).look == "cancelled")
    assert files.is_complete(files.run(run_id), thorough=True)


def test_a_container_that_is_stopped_is_no_crash_to_its_training(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    run_id, _ = start_training(house, monkeypatch, seconds=30)
    code = "import app; app.end_together()"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=processes.environment(), check=True)
    assert house.started[0].wait(PATIENCE) == 0
    assert (status(run_id), row(run_id).attempt) == ("interrupted", 0)
