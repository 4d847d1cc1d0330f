"""Trainings: launched, watched, read and tidied up. With `requests`, all that pages and shell call."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from core.jobs import here, plans, queue, report, watching
from core.jobs import results as run_results
from core.jobs.watching import StageState
from core.jobs.worker import IDLE_SECONDS, ensure_worker
from core.progress import Plan
from core.scenarios.base import Results
from core.services import costs, datasets, requests
from core.services.requests import Request, check, estimate, guess, suggest
from core.store import files
from core.store.db import session
from core.store.tables import CANCELLING, LARGEST_ID, OPEN, PURGED, RUNNING, SUCCEEDED, Dataset, Live, Run, now
from core.verdict import Verdict
from core.words import Text, UserError

__all__ = [
    "Progress", "Request", "RunView", "annotate", "cancel", "check", "delete", "estimate", "extras", "facts", "finished",
    "get", "guess", "hold", "is_usable", "launch", "listed", "log", "look", "look_again", "progress", "rename", "restore",
    "results", "retry", "size", "stop_look", "suggest", "train_here", "usable",
]  # fmt: skip

RUN_SPACE_MB = 300
LEAST_SHARE = 0.1
"""Of a second look that must be done before its rest is foretold."""

GONE = Text("Run {id} was not found. It may have been deleted.", "找不到运行 {id}，可能已被删除。")
NOT_DONE = Text("Run {id} has no result: it is {status}.", "运行 {id} 没有结果：{status}。")
NO_SPACE = Text(
    "The disk has only {free} MB left, too little to train safely. Delete runs or data that you no longer need.",
    "磁盘只剩 {free} MB，不足以安全训练。请删除不再需要的模型或数据。",
)
STILL_OPEN = Text("Run {id} is still going. Stop it first, then delete it.", "运行 {id} 还在进行。请先停止，再删除。")
IS_LIVE = Text(
    "Run {id} is the live model of “{name}”. Put another model in its place or end that use, then delete it.",
    "运行 {id} 是“{name}”正在使用的模型。请先换用其他模型或停用“{name}”，再删除。",
)
NO_NAME = Text("Give the run a name.", "请给这次运行起个名字。")
STATUS = {
    "queued": Text("waiting in the queue", "排队中"),
    "running": Text("still training", "训练中"),
    "cancelling": Text("being stopped", "正在停止"),
    "cancelled": Text("stopped", "已停止"),
    "succeeded": Text("done, but its files are damaged", "已完成，但文件已损坏"),
    "failed": Text("failed", "失败"),
    "interrupted": Text("interrupted and will go on", "已中断，稍后继续"),
}


@dataclass(frozen=True)
class RunView:
    """A run as people see it. `seconds_total` counts from claim to saved model; `error` is a plain sentence; `live` are
    the uses for which it answers now. `look` is how its second look at the data stands, None where it has none to come."""

    id: int
    name: str
    note: str
    scenario: str
    dataset_id: str
    dataset_name: str
    test_dataset_id: str | None
    roles: Mapping[str, tuple[str, ...]]
    settings: Mapping[str, Any]
    mode: str
    seed: int
    status: str
    error: Text | None
    attempt: int
    device: str | None
    created_at: datetime
    queued_at: datetime
    claimed_at: datetime | None
    finished_at: datetime | None
    seconds_total: float | None
    seconds_train: float | None
    seconds_estimated: float | None
    plan: Plan | None
    metrics: Mapping[str, float] | None
    intervals: Mapping[str, tuple[float, float]] | None
    baseline: Mapping[str, float] | None
    verdict: Verdict | None
    peak_memory_mb: float | None
    look: str | None
    live: tuple[str, ...] = ()


@dataclass(frozen=True)
class Progress:
    """How a run goes. `position` is its place in the queue (1 is next); `share` is 0 to 1 of the whole run."""

    status: str
    position: int | None
    stage: str | None
    stages: tuple[StageState, ...]
    share: float
    seconds_left: float | None
    seconds_estimated: float | None
    seconds_so_far: float
    curves: Mapping[str, list[tuple[float, float]]]
    error: Text | None
    attempt: int


def launch(request: Request) -> int:
    """The id of the queued run; the same open request gives the same run.

    Raises UserError where a problem prevents training or the disk is nearly full.
    """
    return _queued(_new_run(request))


def _queued(run: Run) -> int:
    run_id = queue.enqueue(run)
    ensure_worker(IDLE_SECONDS)
    return run_id


def train_here(request: Request) -> int:
    """Trains in this process, as the worker would, and returns when it is over. An open run that does the same is
    left to its worker: its id comes back at once."""
    return here.train(_new_run(request))


def _new_run(request: Request) -> Run:
    if not files.enough_space(RUN_SPACE_MB):
        raise UserError(NO_SPACE.fill(free=files.free_mb()))
    requests.refuse_stops(check(request))
    settings = requests.settings_json(request)
    plan = None
    if request.plan is not None:
        costs.refuse_too_large(request.plan)
        plan = {**plans.to_json(plans.whole(request.plan)), "ratio": plans.ratio_of(request.plan)}
    return Run(
        name=_free_name(request.name or datasets.get(request.dataset_id).name),
        scenario=request.scenario,
        dataset_id=request.dataset_id,
        test_dataset_id=request.test_dataset_id,
        extras=dict(request.extras),
        same_test_as=request.same_test_as,
        roles={role: list(names) for role, names in request.roles.items() if names},
        settings=settings,
        request_key=requests.key(request),
        plan=plan,
    )


def _free_name(name: str) -> str:
    """The name, with a number where another run has it."""
    name = datasets.shown_name(name, 190) or "data"
    with session() as db:
        taken = set(
            db.scalars(select(Run.name).where(Run.deleted_at.is_(None), Run.name.startswith(name, autoescape=True)))
        )
    numbered = (f"{name} {number}" for number in range(2, len(taken) + 3))
    return name if name not in taken else next(wanted for wanted in numbered if wanted not in taken)


def get(id: int) -> RunView:
    """Raises UserError where there is none with this id, or where it is deleted."""
    run = _row(id)
    with session() as db:
        name = db.scalar(select(Dataset.name).where(Dataset.id == run.dataset_id)) or ""
        return _view(run, name, _live(db).get(id, ()))


def listed(search: str = "", dataset_id: str | None = None, scenario: str | None = None) -> list[RunView]:
    """Runs that are not deleted, the newest first; `search` looks in names, notes and the data's name."""
    wanted = select(Run, Dataset.name).join(Dataset, Dataset.id == Run.dataset_id).where(Run.deleted_at.is_(None))
    if search.strip():
        looked_in = (Run.name, Run.note, Dataset.name)
        wanted = wanted.where(or_(*(column.icontains(search.strip(), autoescape=True) for column in looked_in)))
    if dataset_id:
        wanted = wanted.where(or_(Run.dataset_id == dataset_id, Run.test_dataset_id == dataset_id))
    if scenario:
        wanted = wanted.where(Run.scenario == scenario)
    with session() as db:
        live = _live(db)
        return [_view(run, name, live.get(run.id, ())) for run, name in db.execute(wanted.order_by(Run.id.desc()))]


def _live(db: Session) -> dict[int, tuple[str, ...]]:
    """The uses of each run that answers for one."""
    found: dict[int, tuple[str, ...]] = {}
    for run_id, name in db.execute(select(Live.run_id, Live.name).order_by(Live.name)).tuples():
        found[run_id] = (*found.get(run_id, ()), name)
    return found


def progress(id: int) -> Progress:
    """How far the run is, from its own words; good for a run in any state."""
    run = _row(id)
    seen = report.read(files.run(id).progress)
    plan = plans.from_json(run.plan) if run.plan else None
    forecast = watching.forecast(plan, seen, succeeded=run.status == SUCCEEDED)
    return Progress(
        status=run.status,
        position=queue.position(run) if run.status in queue.WAITING else None,
        stage=seen.stage,
        stages=forecast.stages,
        share=forecast.share,
        seconds_left=forecast.seconds_left if run.status in (RUNNING, SUCCEEDED) else None,
        seconds_estimated=plan.seconds if plan else None,
        seconds_so_far=_seconds_so_far(run, seen),
        curves={name: watching.thinned(points) for name, points in seen.curves.items()},
        error=_text(run.error),
        attempt=run.attempt,
    )


def _seconds_so_far(run: Run, seen: report.Seen) -> float:
    if run.status not in (RUNNING, CANCELLING):
        return run.seconds_total or seen.seconds
    if seen.attempt == run.attempt and seen.started and not seen.ended:
        return seen.seconds_before + max(0.0, time.time() - seen.started)
    return seen.seconds + ((now() - run.claimed_at).total_seconds() if run.claimed_at else 0.0)


@dataclass(frozen=True)
class Look:
    """How a second look goes: queued, running, cancelling, cancelled, failed or succeeded."""

    status: str
    share: float
    seconds_left: float | None


def look(id: int) -> Look | None:
    """How the second look of a finished run stands; None where there is none to come."""
    run = _row(id)
    if run.look is None:
        return None
    seen = report.read(files.run(id).look_progress)
    mine = run.look == RUNNING and seen.attempt == run.look_attempt and seen.started is not None
    share = seen.share if mine else 0.0
    elapsed = time.time() - (seen.started or 0.0)
    return Look(run.look, share, elapsed * (1 - share) / share if share > LEAST_SHARE else None)


def stop_look(id: int) -> None:
    """The run keeps its result and its model; the look can be asked for again."""
    queue.cancel_look(_row(id).id)


def look_again(id: int) -> None:
    """Makes the second look of a finished run (again), behind the trainings that wait."""
    if queue.ask_for_look(_finished(id).id):
        ensure_worker(IDLE_SECONDS)


def log(id: int, lines: int = 200) -> str:
    """The last lines of the run's log."""
    return report.log_tail(files.run(_row(id).id), lines)


def cancel(id: int) -> None:
    """Stops the run: at once while it waits, within seconds while it trains. Nothing happens to one that ended."""
    queue.cancel(_row(id).id)


def retry(id: int) -> int:
    """A new run that asks for the same."""
    old = _row(id)
    asked = Request(
        scenario=old.scenario,
        dataset_id=old.dataset_id,
        roles={role: tuple(names) for role, names in old.roles.items()},
        settings=old.settings,
        test_dataset_id=old.test_dataset_id,
        extras=old.extras,
        name=old.name,
        same_test_as=old.same_test_as,
    )
    run = _new_run(asked)
    run.plan = plans.to_json(plans.until_result(plans.from_json(old.plan))) if old.plan else None
    return _queued(run)


def rename(id: int, name: str) -> None:
    if not name.strip():
        raise UserError(NO_NAME)
    _set(id, name=datasets.shown_name(name, 200))


def annotate(id: int, note: str) -> None:
    _set(id, note=note.strip()[:5000])


def delete(id: int) -> None:
    """Hidden at once, its files gone after `keep_deleted_hours`. Raises UserError while it is trained or is live."""
    if _row(id).status in queue.WAITING:
        queue.cancel(id)
    with session() as db:
        hold(db, id)
        name = db.scalar(select(Live.name).where(Live.run_id == id).limit(1))
        if name is not None:
            raise UserError(IS_LIVE.fill(id=id, name=name))
        run = db.get_one(Run, id)
        if run.status in OPEN:
            raise UserError(STILL_OPEN.fill(id=id))
        run.deleted_at = now()
    queue.cancel_look(id)


def hold(db: Session, id: int) -> None:
    """Keeps others from deleting the run, or putting it to use, until this transaction is over. Raises UserError where
    it is deleted."""
    held = update(Run).where(Run.id == id, Run.deleted_at.is_(None)).values(deleted_at=None).returning(Run.id)
    if db.scalar(held) is None:
        raise UserError(GONE.fill(id=id))


def restore(id: int) -> None:
    """Brings a deleted run back. Raises UserError when it is gone for good."""
    with session() as db:
        run = db.get(Run, id)
        if run is None or run.deleted_at == PURGED:
            raise UserError(GONE.fill(id=id))
        run.deleted_at = None


def finished(id: int) -> RunView:
    """A run with a complete model. Raises UserError where it has none."""
    return get(_finished(id).id)


def is_usable(id: int) -> bool:
    """Whether the run is there with a complete model."""
    return id in usable([id])


def usable(ids: Collection[int]) -> set[int]:
    """Those of the runs that are there with a complete model."""
    possible = [id for id in ids if 0 < id <= LARGEST_ID]
    wanted = select(Run.id).where(Run.id.in_(possible), Run.status == SUCCEEDED, Run.deleted_at.is_(None))
    with session() as db:
        known = db.scalars(wanted).all()
    return {id for id in known if files.is_complete(files.run(id))}


def results(id: int) -> Results:
    """What evaluation found, with the held-out rows. Raises UserError where there is no complete result."""
    folder = files.run(_finished(id).id)
    return _results(id, folder.manifest.stat().st_mtime_ns)


@lru_cache(maxsize=16)
def _results(id: int, _written: int) -> Results:
    return run_results.read(files.run(id))


def facts(id: int) -> dict[str, Any]:
    """What was trained: data and its fingerprint, rows, split, versions, hardware, seconds, and under "model" what
    the scenario says of it."""
    return files.read_json(files.run(_finished(id).id).facts)


def extras(id: int) -> dict[str, str]:
    """The further tables that the run was given: key -> dataset id."""
    return dict(_row(id).extras)


def size(id: int) -> int:
    """Bytes of the run on disk."""
    return files.size(files.run(_row(id).id).folder)


def _row(id: int) -> Run:
    """A number that no database can hold is no run's either."""
    with session() as db:
        run = db.get(Run, id) if 0 < id <= LARGEST_ID else None
    if run is None or run.deleted_at is not None:
        raise UserError(GONE.fill(id=id))
    return run


def _finished(id: int) -> Run:
    run = _row(id)
    if run.status != SUCCEEDED or not files.is_complete(files.run(id)):
        raise UserError(NOT_DONE.fill(id=id, status=STATUS[run.status]))
    return run


def _set(id: int, **values: Any) -> None:
    with session() as db:
        run = db.get_one(Run, _row(id).id)
        for name, value in values.items():
            setattr(run, name, value)


def _text(value: dict[str, str] | None) -> Text | None:
    return Text.from_json(value) if value else None


def _view(run: Run, dataset_name: str, live: tuple[str, ...]) -> RunView:
    plan = plans.from_json(run.plan) if run.plan else None
    same = (
        "id", "name", "note", "scenario", "dataset_id", "test_dataset_id", "settings", "status", "attempt", "device",
        "created_at", "queued_at", "claimed_at", "finished_at", "seconds_total", "seconds_train", "metrics", "baseline",
        "peak_memory_mb", "look",
    )  # fmt: skip
    return RunView(
        **{name: getattr(run, name) for name in same},
        dataset_name=dataset_name,
        roles={role: tuple(names) for role, names in run.roles.items()},
        mode=run.settings.get("mode", ""),
        seed=run.settings.get("seed", 0),
        error=_text(run.error),
        seconds_estimated=plan.seconds if plan else None,
        plan=plan,
        intervals={name: (low, high) for name, (low, high) in run.intervals.items()} if run.intervals else None,
        verdict=Verdict.from_json(run.verdict) if run.verdict else None,
        live=live,
    )
