"""One training from claim to saved model, and its second look at the data. `python -m core.jobs.run_one RUN_ID` is the
worker's child process."""

from __future__ import annotations

import faulthandler
import os
import resource
import signal
import sys
import threading
import time
import traceback
from contextlib import suppress
from typing import Any

from sqlalchemy.exc import DBAPIError

from core.jobs import failures, gains, plans, queue, results, sides
from core.jobs.inputs import Inputs, load_inputs
from core.jobs.past import plan_of_last_time
from core.jobs.report import RunReport, worked_before
from core.progress import Cancelled
from core.scenarios.base import Results, Scenario, scenario
from core.store import files
from core.store.children import die_with_parent
from core.store.db import patiently, session
from core.store.files import RunFiles
from core.store.tables import CANCELLED, FAILED, RUNNING, SUCCEEDED, Run, now

ASKED_TO_STOP = 3
"""Exit code of a child that was asked to stop and did."""


def execute(run_id: int, cancelled: threading.Event) -> str:
    """Works on a claimed run in this process and records how it ended: the training where it is not complete, and then the
    second look where one is due.

    Returns the run's new status; "cancelled" is left for the caller to record, who knows why it asked. A second look that
    was asked to stop is left to the caller too.
    """
    with session() as db:
        run = db.get_one(Run, run_id)
    work = _Work(run, files.run(run_id), cancelled)
    status = SUCCEEDED if run.status == SUCCEEDED else _train(work)
    if status == SUCCEEDED:
        _look_again(work)
    return status


def _train(work: _Work) -> str:
    folder = work.folder
    if files.is_complete(folder):
        files.remove(folder.checkpoints)
        return _succeed(work)
    before = worked_before(folder)
    report = RunReport(folder, work.run_row.attempt, work.cancelled, before=before)
    try:
        _Training(work, report, before).run()
        status = _succeed(work)
    except Cancelled:
        status = CANCELLED
    except Exception as error:
        if files.is_complete(folder):
            raise
        status = _fail(work, report, error)
    with suppress(OSError):
        report.end(status)
    if status != CANCELLED:
        files.remove(folder.checkpoints)
    return status


def _succeed(work: _Work) -> str:
    """Records the complete run, which can be read, tried and made live from now on. What goes wrong here touches no file:
    the run is complete, and whoever comes next finds it so."""
    values = results.columns(work.folder)
    if scenario(work.run_row.scenario).looks_again:
        values |= {"look": RUNNING, "look_attempt": 1, "lease_until": now() + queue.LEASE}
    finished = patiently(
        lambda: queue.finish(work.run_row.id, SUCCEEDED, values=values, worker=work.run_row.worker), work.cancelled
    )
    return SUCCEEDED if finished else CANCELLED


def _fail(work: _Work, report: RunReport, error: Exception) -> str:
    files.remove(work.folder.half_model)
    with suppress(OSError):
        report.log("".join(traceback.format_exception(error)))
    said, values = failures.plain(error), {"peak_memory_mb": peak_memory_mb()}
    patiently(lambda: queue.finish(work.run_row.id, FAILED, said, values, work.run_row.worker), work.cancelled)
    return FAILED


def _look_again(work: _Work) -> None:
    """What the model tells of its own data, where that is still due. A run is no worse for the lack of it."""
    run_id, folder = work.run_row.id, work.folder
    if queue.look_of(run_id) != RUNNING:
        return
    attempt = max(1, work.run_row.look_attempt)
    report = RunReport(folder, attempt, work.cancelled, look=True)
    try:
        inputs, model, found = work.inputs(), work.model(), work.found()
        look = inputs.scenario.second_look(model, inputs.train, found, inputs.settings, report)
        if look is not None:
            look = sides.placed(inputs, look)
            files.write_json(folder.second_look, results.plain_json(look.to_json()))
        status = SUCCEEDED if look is not None or work.made else FAILED
    except Cancelled:
        return
    except Exception as error:
        report.log("no second look at the data: " + "".join(traceback.format_exception(error)))
        status = FAILED
    patiently(lambda: queue.finish_look(run_id, status, work.run_row.worker), work.cancelled)
    with suppress(OSError):
        report.end(status)
    if queue.look_of(run_id) == SUCCEEDED:
        files.remove(folder.learned)


class _Work:
    """A claimed run, with what was made in this process or, where an earlier one made it, what it left on disk."""

    def __init__(self, run: Run, folder: RunFiles, cancelled: threading.Event) -> None:
        self.run_row, self.folder, self.cancelled = run, folder, cancelled
        self.made: tuple[Inputs, Any, Results] | None = None

    def inputs(self) -> Inputs:
        return self.made[0] if self.made else load_inputs(self.run_row)

    def model(self) -> Any:
        if self.made:
            return self.made[1]
        kind = scenario(self.run_row.scenario)
        model = kind.load(self.folder.model)
        kind.take_up_learned(model, self.folder.learned)
        return model

    def found(self) -> Results:
        return self.made[2] if self.made else results.read(self.folder)


class _Training:
    """The steps of one run, in the order of `run`."""

    def __init__(self, work: _Work, report: RunReport, seconds_before: float) -> None:
        self.work, self.report, self.seconds_before = work, report, seconds_before
        self.run_row, self.folder = work.run_row, work.folder

    def run(self) -> None:
        report, folder = self.report, self.folder
        report.stage(plans.READ.key)
        files.write_json(folder.settings, results.request_of(self.run_row))
        inputs = load_inputs(self.run_row)
        self._say_inputs(inputs)
        self._plan(inputs)
        kind: Scenario[Any] = inputs.scenario
        baseline = kind.baseline(inputs.train, inputs.settings, report)
        began = time.monotonic()
        model = kind.fit(inputs.train, inputs.settings, report)
        seconds_train = time.monotonic() - began
        found = kind.evaluate(model, baseline, inputs.held_out, inputs.settings, report)
        found = results.doubts(kind, found, inputs.train)
        report.stage(plans.SAVE.key)
        sides.keep(folder, inputs)
        self._save(inputs, model, found, seconds_train)
        self.work.made = inputs, model, found

    def _say_inputs(self, inputs: Inputs) -> None:
        run = self.run_row
        self.report.log(f"run {run.id}, attempt {run.attempt}: {run.scenario} on {run.device}, settings {run.settings}")
        self.report.log(f"{len(inputs.train)} rows to learn from, {len(inputs.held_out)} held out: {inputs.kind.en}")

    def _plan(self, inputs: Inputs) -> None:
        if self.run_row.plan is not None:
            return
        plan = plan_of_last_time(self.run_row)
        if plan is None:
            self.report.log("a short trial tells how long this will take")
            plan = plans.whole(inputs.scenario.estimate(inputs.table, inputs.settings), read_seconds=self._seconds())
        self.run_row.plan = plans.to_json(plan)
        with suppress(DBAPIError), session() as db:
            db.get_one(Run, self.run_row.id).plan = self.run_row.plan

    def _save(self, inputs: Inputs, model: Any, found: Results, seconds_train: float) -> None:
        folder = self.folder
        files.remove(folder.half_model)
        folder.half_model.mkdir(parents=True)
        inputs.scenario.save(model, folder.half_model)
        self._keep_learned(inputs.scenario, model)
        self._still_mine()
        files.remove(folder.model)
        os.replace(folder.half_model, folder.model)
        results.write(folder, found, inputs.held_out)
        self._keep_watched(inputs, model, found)
        seconds = {"total": self.seconds_before + self._seconds(), "train": seconds_train}
        facts = results.facts(self.run_row, inputs, seconds, peak_memory_mb())
        facts["against"] = gains.against_before(self.run_row, inputs, found)
        facts["model"] = results.plain_json(inputs.scenario.facts(model))
        facts["model_bytes"] = files.size(folder.model)
        files.write_json(folder.facts, facts)
        files.write_manifest(folder)

    def _still_mine(self) -> None:
        """Raises Cancelled where this process slept while somebody else took the run: what they made is not touched."""
        if not patiently(lambda: queue.is_held(self.run_row.id, self.run_row.worker), self.work.cancelled):
            raise Cancelled

    def _keep_learned(self, kind: Scenario[Any], model: Any) -> None:
        """What a second look needs besides the model, should this process die before it is made."""
        files.remove(self.folder.learned)
        if kind.looks_again:
            try:
                self.folder.learned.mkdir(parents=True)
                kind.keep_learned(model, self.folder.learned)
            except OSError:
                self.report.log("the second look cannot be taken up again:\n" + traceback.format_exc())

    def _keep_watched(self, inputs: Inputs, model: Any, found: Results) -> None:
        """What the live model will be watched by. A model that cannot be watched is a model all the same."""
        try:
            files.write_json(
                self.folder.watched, results.plain_json(results.watched_by(inputs, model, found).to_json())
            )
        except Exception:
            self.report.log("this model will not be watched:\n" + traceback.format_exc())

    def _seconds(self) -> float:
        """Working time of this attempt, from the claim."""
        claimed = self.run_row.claimed_at
        return max(0.0, (now() - claimed).total_seconds()) if claimed else 0.0


def peak_memory_mb() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)


def main(run_id: int, parent: int) -> int:
    die_with_parent(parent)
    faulthandler.enable()
    cancelled = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: cancelled.set())
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(OSError):
        os.nice(5)
    return {SUCCEEDED: 0, FAILED: 1}.get(execute(run_id, cancelled), ASKED_TO_STOP)


if __name__ == "__main__":
    code = main(int(sys.argv[1]), int(sys.argv[2]))
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # all is on disk: frees the memory at once instead of taking libraries apart
