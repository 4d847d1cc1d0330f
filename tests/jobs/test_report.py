from __future__ import annotations

import threading

import pytest

from core.jobs import report
from core.jobs.report import RunReport
from core.jobs.watching import forecast, thinned
from core.progress import Cancelled, Plan, Stage
from core.store import files
from core.words import same

FOLDER = 1


def started(attempt: int = 1, cancelled: threading.Event | None = None) -> RunReport:
    return RunReport(files.run(FOLDER), attempt, cancelled or threading.Event())


def seen() -> report.Seen:
    return report.read(files.run(FOLDER).progress)


def test_what_is_reported_can_be_read() -> None:
    says = started()
    says.stage("read")
    says.stage("train")
    says.progress(0.4)
    says.point("loss", 1, 0.9)
    says.point("loss", 2, 0.5)
    says.log("hello")
    found = seen()
    assert (found.attempt, found.stage, found.share) == (1, "train", 0.4)
    assert list(found.stages) == ["read"]
    assert found.curves == {"loss": [(1.0, 0.9), (2.0, 0.5)]}
    assert report.log_tail(files.run(FOLDER), 5).endswith("hello")


def test_a_line_that_a_crash_cut_off_is_skipped_and_does_not_spoil_the_next() -> None:
    started().stage("train")
    with files.run(FOLDER).progress.open("ab") as opened:
        opened.write(b'{"t": 17, "sha')
    assert seen().stage == "train"
    again = started(2)
    again.stage("read")
    assert (seen().attempt, seen().stage) == (2, "read")


def test_nothing_said_yet_reads_as_nothing() -> None:
    assert seen().seconds == 0
    assert seen().stage is None


def test_progress_is_written_seldom_and_a_new_stage_starts_at_nought() -> None:
    says = started()
    says.stage("train")
    for step in range(1000):
        says.progress(step / 1000)
    assert len(files.run(FOLDER).progress.read_text().splitlines()) < 50
    says.stage("evaluate")
    assert seen().share == 0


def test_points_that_are_no_numbers_are_left_out_and_long_curves_stay_small() -> None:
    says = started()
    says.point("loss", 0, float("nan"))
    for step in range(5000):
        says.point("loss", step, step)
    points = seen().curves["loss"]
    assert points[0] == (0.0, 0.0)
    assert report.FREE_POINTS <= len(points) < 1000
    drawn = thinned([(float(n), 0.0) for n in range(5000)])
    assert len(drawn) <= 401
    assert (drawn[0][0], drawn[-1][0]) == (0.0, 4999.0)


def test_of_models_that_learn_one_after_another_the_last_ones_curve_is_drawn() -> None:
    assert thinned([(1.0, 0.1), (2.0, 0.2), (1.0, 0.3), (2.0, 0.4)]) == [(1.0, 0.3), (2.0, 0.4)]
    assert thinned([]) == []


def test_a_resumed_attempt_replaces_what_it_draws_again() -> None:
    first = started()
    for epoch in (1, 2, 3):
        first.point("validation", epoch, 0.1 * epoch)
    again = started(2)
    again.point("validation", 3, 0.9)
    again.point("validation", 4, 0.95)
    assert seen().curves["validation"] == [(1.0, 0.1), (2.0, 0.2), (3.0, 0.9), (4.0, 0.95)]


def test_working_time_adds_up_over_attempts_without_the_wait_between(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([100.0, 100.0, 110.0, 500.0, 500.0, 505.0])
    with monkeypatch.context() as timed:
        timed.setattr(report.time, "time", lambda: next(clock))
        first = started()
        first.stage("train")
        first.point("loss", 1, 1)
        again = started(2)
        again.stage("train")
        again.end("succeeded")
    assert seen().seconds == 15
    assert seen().ended


def test_a_run_that_was_asked_to_stop_stops_at_its_next_word() -> None:
    cancelled = threading.Event()
    says = started(cancelled=cancelled)
    says.progress(0.1)
    cancelled.set()
    with pytest.raises(Cancelled):
        says.progress(0.2)
    with pytest.raises(Cancelled):
        says.stage("next")


PLAN = Plan((Stage("read", same("r"), 10), Stage("train", same("t"), 80), Stage("save", same("s"), 10)), 100)


def at(stage: str, share: float, *, took: dict[str, float], elapsed: float) -> report.Seen:
    return report.Seen(1, 0.0, elapsed, True, 0.0, stage, 0.0, share, took)


def test_the_share_is_weighted_by_planned_seconds() -> None:
    said = forecast(PLAN, at("train", 0.5, took={"read": 10}, elapsed=40))
    assert said.share == pytest.approx(0.5)
    assert [stage.state for stage in said.stages] == ["done", "now", "later"]
    assert said.seconds_left == pytest.approx(50)


def test_the_time_left_follows_the_pace() -> None:
    slow = forecast(PLAN, at("train", 0.5, took={"read": 20}, elapsed=80)).seconds_left
    fast = forecast(PLAN, at("train", 0.5, took={"read": 5}, elapsed=20)).seconds_left
    assert slow == pytest.approx(100, rel=0.1)
    assert fast == pytest.approx(25, rel=0.2)


def test_a_fast_first_stage_does_not_promise_a_fast_rest() -> None:
    early = forecast(PLAN, at("train", 0.05, took={"read": 0.5}, elapsed=4)).seconds_left
    assert early is not None
    assert early > 0.6 * 86


def test_a_run_that_succeeded_is_all_done_and_one_without_a_plan_has_no_forecast() -> None:
    done = forecast(PLAN, at("save", 0.0, took={"read": 1, "train": 2, "save": 1}, elapsed=1), succeeded=True)
    assert (done.share, done.seconds_left, {stage.state for stage in done.stages}) == (1.0, 0.0, {"done"})
    assert forecast(None, report.Seen()).seconds_left is None
    assert forecast(PLAN, report.Seen()).seconds_left == pytest.approx(100)
    assert {stage.state for stage in forecast(PLAN, report.Seen()).stages} == {"later"}
