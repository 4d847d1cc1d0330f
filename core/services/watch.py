"""How a live model does: how much it answers, how fast, what it hands over, whether the world has moved, and, once
labels arrive, whether it was right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import BinaryIO, Literal

import numpy as np
import pandas as pd
from sqlalchemy import bindparam, func, select, update

from core.data import recipe
from core.data.drift import bins_of, counts, divergence, level_of, stability
from core.data.reading import read_file
from core.data.recipe import Step
from core.data.table import Table, clean
from core.data.watching import LENGTH, Watched
from core.paired import share_interval
from core.scenarios.base import scenario
from core.services import datasets, runs
from core.serving.watching import keys_of, watched_by
from core.store import files
from core.store.db import session
from core.store.tables import Served, now
from core.words import Text, UserError

DAYS = 30
LATEST = 2000
ENOUGH = 50
"""Answers below which nothing is said of drift."""
AT_ONCE = 1000
"""Answers that are told their truth in one transaction, so that nobody waits long for the database."""

NO_TRUTH = Text("The file has no column “{name}” with what proved right.", "文件中没有记录真实结果的列“{name}”。")
NOT_WATCHED = Text(
    "This model was trained before models were watched. Train it again to watch it.",
    "这个模型训练时还没有监测功能，重新训练后即可监测。",
)

Kind = Literal["input", "length", "answer", "score", "meaning"]
ANSWERS: dict[str, Kind] = {"label": "answer", "score": "score"}


@dataclass(frozen=True)
class Drift:
    """How far one thing has moved from the training (`what` is a column's name, "" for what is none): population stability index with what sampling alone takes it to once
    in 100 times, and the Jensen-Shannon divergence in bits."""

    what: str
    kind: Kind
    psi: float
    noise: float
    divergence: float
    level: Literal["stable", "moved", "shifted"]


@dataclass(frozen=True)
class Right:
    """Answers whose truth is known: `share` of `rows` right, with its 95% interval; `tested` is the share on the test
    rows with its own."""

    rows: int
    share: float
    low: float
    high: float
    tested: float
    tested_low: float
    tested_high: float

    @property
    def is_worse(self) -> bool:
        return self.rows >= ENOUGH and self.high < self.tested_low


@dataclass(frozen=True)
class Watch:
    """`days` are (day, live answers, rows of files), every day of the last 30. Latencies are of live answers, in
    milliseconds; `handed` of the latest answers, `tested_handed` when it was trained. `drift` is empty below 50 answers."""

    days: tuple[tuple[date, int, int], ...]
    live: int
    rows: int
    typical_ms: float | None
    slow_ms: float | None
    handed: tuple[float, float, float] | None
    tested_handed: float | None
    drift: tuple[Drift, ...]
    seen: int
    right: Right | None

    @property
    def hands_over_more(self) -> bool:
        return bool(self.handed and self.tested_handed is not None and self.handed[1] > self.tested_handed + 0.02)

    @property
    def alarms(self) -> int:
        moved = sum(one.level == "shifted" for one in self.drift)
        return moved + self.hands_over_more + bool(self.right and self.right.is_worse)


def watch(run_id: int, others: Sequence[int] = ()) -> Watch:
    """Of the run now; the volume also of `others` that answered for the same use before."""
    by = watched_by(run_id)
    days = _days([run_id, *others])
    with session() as db:
        latest = select(Served).where(Served.run_id == run_id).order_by(Served.id.desc()).limit(LATEST)
        seen = list(db.scalars(latest))
    took = [one.milliseconds for one in seen if one.milliseconds is not None]
    weights = np.array([one.weight for one in seen], dtype=float)
    handed = None
    if len(seen) >= ENOUGH:
        share = float(np.average([one.handed for one in seen], weights=weights))
        count = float(weights.sum() ** 2 / (weights**2).sum())
        handed = (share, *share_interval(share * count, count))
    return Watch(
        days=days,
        live=sum(live for _, live, _ in days),
        rows=sum(rows for _, _, rows in days),
        typical_ms=float(np.median(took)) if took else None,
        slow_ms=float(np.quantile(took, 0.95)) if took else None,
        handed=handed,
        tested_handed=by.handed if by else None,
        drift=tuple(_drift(by, seen)) if by and len(seen) >= ENOUGH else (),
        seen=len(seen),
        right=_right(run_id),
    )


def is_watched(run_id: int) -> bool:
    return watched_by(run_id) is not None


def bring_truth(run_id: int, name: str, source: BinaryIO | Path) -> tuple[int, int]:
    """Takes a file with inputs and what proved right; (its rows, how many answers it tells the truth of). Only answers
    that were written down can be found again. Raises UserError where the file has no such column."""
    run, by = runs.finished(run_id), watched_by(run_id)
    if by is None:
        raise UserError(NOT_WATCHED)
    kind = scenario(run.scenario)
    column = next(iter(run.roles.get(kind.target or "", ())), "")
    with files.incoming() as upload:
        upload.write_bytes(source.read_bytes() if isinstance(source, Path) else source.read())
        frame = read_file(upload, name).frame
    steps = [Step.from_json(step.to_json()) for step in datasets.get(run.dataset_id).recipe]
    frame = recipe.apply(frame, steps, keep_rows=True)
    if column not in frame.columns:
        raise UserError(NO_TRUTH.fill(name=column))
    table = Table(frame, {key: names for key, names in run.roles.items() if set(names) <= set(frame.columns)})
    truths = kind.truths(table, kind.settings.from_json(dict(run.settings)))
    told = dict(zip(keys_of(by, by.frame_of(table)), truths, strict=True))
    return len(frame), _tell(run_id, {key: truth[:200] for key, truth in told.items() if truth})


def _tell(run_id: int, truths: Mapping[str, str]) -> int:
    """Writes what proved right beside every answer whose key is here, in short transactions; how many there were."""
    with session() as db:
        known = db.execute(select(Served.id, Served.key).where(Served.run_id == run_id)).tuples().all()
    told = [{"served": id, "proved": truths[key]} for id, key in known if key in truths]
    one = update(Served).where(Served.id == bindparam("served")).values(truth=bindparam("proved"))
    for first in range(0, len(told), AT_ONCE):
        with session() as db:
            db.connection().execute(one, told[first : first + AT_ONCE])
    return len(told)


def _days(run_ids: Sequence[int]) -> tuple[tuple[date, int, int], ...]:
    first = now().date() - timedelta(days=DAYS - 1)
    day = func.date(Served.at)
    wanted = (
        select(day, Served.source, func.sum(Served.weight))
        .where(Served.run_id.in_(run_ids), Served.at >= pd.Timestamp(first).to_pydatetime())
        .group_by(day, Served.source)
    )
    live: dict[str, int] = {}
    rows: dict[str, int] = {}
    with session() as db:
        for when, source, number in db.execute(wanted).tuples():
            side = live if source == "live" else rows
            side[str(when)] = side.get(str(when), 0) + int(number)
    every = [first + timedelta(days=step) for step in range(DAYS)]
    return tuple((one, live.get(str(one), 0), rows.get(str(one), 0)) for one in every)


def _drift(by: Watched, seen: Sequence[Served]) -> list[Drift]:
    """Every watched thing, what moved most first."""
    found = []
    places = np.array([one.places for one in seen if len(one.places) == len(by.inputs)], dtype=int)
    for position, (name, column) in enumerate(by.inputs.items()):
        here = places[:, position] if len(places) else np.zeros(0, dtype=int)
        after = np.bincount(here[here >= 0], minlength=bins_of(column)).astype(float)
        kind: Kind = "length" if name not in by.columns and name.removesuffix(LENGTH) in by.columns else "input"
        found.append(_moved(name.removesuffix(LENGTH), kind, np.asarray(column["counts"]), after))
    said: dict[Kind, pd.Series] = {
        "answer": pd.Series([one.answered for one in seen]),
        "score": pd.Series([one.score for one in seen], dtype=float),
    }
    for name, kind in ANSWERS.items():
        if name in by.answers and said[kind].map(clean).any():
            column = by.answers[name]
            found.append(_moved("", kind, np.asarray(column["counts"]), counts(column, said[kind])))
    groups = [one.group for one in seen if one.group is not None]
    if by.centres is not None and groups:
        after = np.bincount(groups, minlength=len(by.centres)).astype(float)
        found.append(_moved("", "meaning", np.asarray(by.meanings, dtype=float), after))
    return sorted((one for one in found if one is not None), key=lambda one: -one.psi)


def _moved(what: str, kind: Kind, before: np.ndarray, after: np.ndarray) -> Drift | None:
    if after.sum() < ENOUGH:
        return None
    psi, noise = stability(before, after)
    return Drift(what, kind, psi, noise, divergence(before, after), level_of(psi, noise))


def _right(run_id: int) -> Right | None:
    """The answers whose truth is known; those that were handed over without an answer are left out, as are the test rows
    that would have been."""
    wanted = select(Served.answered, Served.truth).where(
        Served.run_id == run_id, Served.truth.is_not(None), Served.answered != ""
    )
    with session() as db:
        pairs = db.execute(wanted).tuples().all()
    if not pairs:
        return None
    hits = sum(answered == truth for answered, truth in pairs)
    rows = runs.results(run_id).rows
    rows = rows[rows["alone"].astype(bool)] if "alone" in rows else rows
    good = float(rows["right"].sum()) if "right" in rows else 0.0
    low, high = share_interval(hits, len(pairs))
    return Right(len(pairs), hits / len(pairs), low, high, good / max(len(rows), 1), *share_interval(good, len(rows)))
