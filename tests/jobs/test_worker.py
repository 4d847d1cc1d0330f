"""The worker keeps hold of what it claimed: nothing stays "training" because a step of its own went wrong."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import psutil
import pytest

from core.jobs import queue, worker
from core.services import runs
from core.store import files, processes
from core.store.tables import FAILED, RUNNING
from tests.house import claimed, request, row

pytestmark = pytest.mark.usefixtures("toy")


@pytest.fixture
def at_work(monkeypatch: pytest.MonkeyPatch) -> worker.Worker:
    monkeypatch.setattr(worker.devices, "devices", lambda: ("cpu",))
    return worker.Worker()


def raises(*_: Any, **__: Any) -> Any:
    raise OSError("too many open files")


def test_a_run_whose_process_cannot_be_started_goes_back_to_the_queue(
    at_work: worker.Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = runs.launch(request())
    with monkeypatch.context() as patch:
        patch.setattr(worker, "start_child", raises)
        with pytest.raises(OSError, match="open files"):
            at_work.step()
    assert row(run_id).status == RUNNING
    at_work._recovered = 0.0
    monkeypatch.setattr(queue, "claim", lambda *_: None)
    at_work.step()
    assert row(run_id).status == "interrupted"
    assert not processes.is_locked(worker.devices.lock_name("cpu"))


def test_a_child_that_could_not_be_recorded_is_recorded_later(
    at_work: worker.Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = claimed()
    ended = subprocess.Popen([sys.executable, "-c", "raise SystemExit(7)"], start_new_session=True)
    ended.wait()
    lock = worker.FileLock(files.lock(worker.devices.lock_name("cpu")))
    lock.acquire()
    at_work.children["cpu"] = worker.Child(run_id, ended, lock)
    with monkeypatch.context() as patch:
        patch.setattr(queue, "status_of", raises)
        with pytest.raises(OSError, match="open files"):
            at_work.step()
    at_work.step()
    assert row(run_id).status == FAILED
    assert not at_work.children


def test_signs_of_life_outlive_a_step_of_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    me, before = psutil.Process().pid, processes.birth(psutil.Process().pid)
    name = queue.me()
    created = psutil.Process.create_time
    monkeypatch.setattr(psutil.Process, "create_time", lambda self: created(self) + 3600)
    if sys.platform == "linux":
        assert processes.birth(me) == before
        assert not queue.is_dead(name)
    assert processes.is_alive(me, processes.birth(me))
    assert not processes.is_alive(me, "00000000-1")


def test_signs_of_life_of_earlier_code_are_understood() -> None:
    own = psutil.Process()
    assert processes.is_alive(own.pid, own.create_time())
    assert not processes.is_alive(own.pid, own.create_time() - 100)
    assert not processes.is_alive(4194303, "1.00")


def test_trouble_that_stays_the_same_is_said_once(
    at_work: worker.Worker, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    steps = iter(range(5))

    def step() -> None:
        if next(steps, None) is None:
            at_work.stop.set()
            return
        raise OSError("the database is away")

    monkeypatch.setattr(at_work, "step", step)
    monkeypatch.setattr(at_work.stop, "wait", lambda _: False)
    at_work.work()
    assert sum("goes on after an error" in line.message for line in caplog.records) == 1
