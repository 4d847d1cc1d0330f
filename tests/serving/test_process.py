"""The model server as a process of its own."""

from __future__ import annotations

import io
import os
import signal
import stat
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from core.services import predictions
from core.serving import client, process
from core.store import files, processes
from core.store.tables import SUCCEEDED
from core.version import code_version
from core.words import UserError
from tests.serving.trained import finished_run
from tests.toy import flowers

INPUTS = {"width_a": 4.0, "width_b": -2.0}


@pytest.fixture
def server() -> Iterator[process.Announcement]:
    """A model server that lives, and is gone after the test."""
    process.ensure_server()
    yield until(process.announced)
    process.stop_server()


def until(look: Callable[[], Any], seconds: float = 30) -> Any:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if (found := look()) and (not isinstance(found, process.Announcement) or found.is_alive()):
            return found
        time.sleep(0.05)
    raise AssertionError(f"not within {seconds} seconds")


def test_it_answers_from_a_process_of_its_own_and_there_is_only_one(server: process.Announcement) -> None:
    assert client.answer(finished_run(), INPUTS, {}).title.en == "tulip"
    assert stat.S_IMODE(files.state("server").stat().st_mode) == 0o600
    assert os.getsid(server.pid) != os.getsid(0)
    assert process.ensure_server() is False
    processes.start_detached("core.serving.server", [], log="second")
    until(lambda: "running already" in files.tail(files.process_log("second"), 5))
    assert process.announced() == server


def test_one_of_other_code_is_replaced_on_start_and_only_then(server: process.Announcement) -> None:
    other = process.Announcement(**{**server.__dict__, "version": "0.0.1+old"})
    process.announce(other)
    assert process.ensure_server() is False
    assert process.ensure_server(replace=True) is True
    assert not other.is_alive()
    assert until(process.announced).version == code_version()


@pytest.mark.faults
def test_after_a_kill_it_is_started_again_and_finishes_the_file_it_was_working_on(
    server: process.Announcement, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = finished_run()
    os.kill(server.pid, signal.SIGKILL)
    until(lambda: not server.is_alive())
    with pytest.raises(UserError, match="starting"):
        client.answer(run, INPUTS, {})
    id = predictions.start_batch(run, "rows.csv", io.BytesIO(flowers(200).to_csv(index=False).encode()), {})
    assert process.ensure_server() is True
    until(lambda: predictions.batch(id).status == SUCCEEDED)


def test_without_a_server_the_user_reads_that_it_is_starting() -> None:
    with pytest.raises(UserError, match="starting"):
        client.answer(1, {}, {})
    assert client.health() is None


def test_an_operators_server_is_asked_and_never_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODELWRIGHT_SERVER", "http://models.internal:8600/")
    monkeypatch.setenv("MODELWRIGHT_SERVER_TOKEN", "word")
    assert process.ensure_server() is False
    assert process.find() == process.Place("http://models.internal:8600", "word")


def test_an_announcement_of_a_dead_process_is_not_alive() -> None:
    said = process.announcement("127.0.0.1", 1)
    assert said.is_alive()
    assert not process.Announcement(**{**said.__dict__, "started": "00000000-1"}).is_alive()


def test_a_server_takes_back_only_its_own_announcement() -> None:
    mine, other = process.announcement("127.0.0.1", 1), process.announcement("127.0.0.1", 2)
    process.announce(other)
    process.withdraw(mine)
    assert process.announced() == other
    process.withdraw(other)
    assert process.announced() is None
