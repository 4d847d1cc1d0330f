"""The live model of a use: a run under a stable name, replaced and taken back on the user's word."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.services import datasets, runs
from core.services.comparison import Comparison, compare
from core.store.db import session
from core.store.tables import Live, LiveChange
from core.words import Text, UserError

LONGEST_NAME = 60

NO_NAME = Text("Give the use a name, for instance “customer mail”.", "请给这个用途起个名字，例如“客户来信”。")
ONLY_DIGITS = Text(
    "A name of digits alone would be taken for the number of a run. Add a word to “{name}”.",
    "纯数字的名称会被当作运行编号，请在“{name}”中加上文字。",
)
TAKEN = Text(
    "There is a live model “{name}” already. Choose another name.", "名为“{name}”的在用模型已存在，请换一个名称。"
)
NONE_SUCH = Text("There is no live model “{name}”. Known: {known}.", "没有名为“{name}”的在用模型。现有：{known}。")
OTHER_TASK = Text(
    "Run {run} does another task than “{name}” and cannot replace its model.",
    "运行 {run} 的任务与“{name}”不同，不能替换它的模型。",
)
NOT_COMPARED = Text(
    "The two models were not tested on the same rows, so nobody knows which is better. Replace it only if you want it nevertheless.",
    "这两个模型没有用相同的数据检验过，无法知道哪个更好。只有您明确要求时才会替换。",
)
CHANGED = Text(
    "“{name}” was changed by somebody else meanwhile. Look at it again.", "“{name}”刚刚被其他人更改，请重新查看。"
)
NOTHING_BEFORE = Text("“{name}” has had no other model before this one.", "“{name}”此前没有用过其他模型。")


@dataclass(frozen=True)
class Change:
    """One replacement, with what the comparison had said of the new run against the one before it."""

    run_id: int
    before_id: int | None
    comparison: Comparison | None
    at: datetime


@dataclass(frozen=True)
class LiveView:
    """A use and the run that answers for it. `before_id` is the run that going back would bring back."""

    name: str
    scenario: str
    run_id: int
    created_at: datetime
    since: datetime
    before_id: int | None


def listed() -> list[LiveView]:
    """All uses by their names."""
    with session() as db:
        rows = list(db.scalars(select(Live).order_by(Live.name)))
        kept = _kept(db, [row.name for row in rows])
    return _views(rows, kept)


def get(name: str) -> LiveView:
    """Upper and lower case are one. Raises UserError naming those that there are."""
    with session() as db:
        row = _row(db, name)
        kept = _kept(db, [row.name])
    return _views([row], kept)[0]


def changes(name: str) -> list[Change]:
    """What answered for the use, the newest first."""
    with session() as db:
        kept = _kept(db, [_row(db, name).name])
    return [
        Change(one.run_id, one.before_id, Comparison(**one.comparison) if one.comparison else None, one.at)
        for one in kept
    ]


def resolve(word: str) -> int:
    """The run behind a run's number or a live model's name. Raises UserError where there is none."""
    word = word.strip()
    return runs.get(int(word)).id if word.isascii() and word.isdecimal() and len(word) < 12 else get(word).run_id


def make_live(run_id: int, name: str) -> LiveView:
    """Begins a use with this run as its model. Raises UserError where the name is taken or the run has no result."""
    shown = _checked(name)
    run = runs.finished(run_id)
    try:
        with session() as db:
            runs.hold(db, run.id)
            db.add(Live(name=shown, folded=shown.casefold(), scenario=run.scenario, run_id=run.id))
            db.add(LiveChange(name=shown, run_id=run.id))
    except IntegrityError:
        raise UserError(TAKEN.fill(name=shown)) from None
    return get(shown)


def replace(name: str, run_id: int, *, uncompared: bool = False) -> LiveView:
    """Makes this run the model of the use, and keeps what the comparison on the same rows says of it.

    Raises UserError where the two share no test rows, unless the user wants it `uncompared`.
    """
    use, run = get(name), runs.finished(run_id)
    if run.scenario != use.scenario:
        raise UserError(OTHER_TASK.fill(run=run_id, name=use.name))
    if run.id == use.run_id:
        return use
    found = compare(run.id, use.run_id)
    if found.kind == "unknown" and not uncompared:
        raise UserError(NOT_COMPARED)
    return _change(use, run.id, found)


def go_back(name: str) -> LiveView:
    """Brings the model before the present one back."""
    use = get(name)
    if use.before_id is None:
        raise UserError(NOTHING_BEFORE.fill(name=use.name))
    run = runs.finished(use.before_id)
    if run.scenario != use.scenario:
        raise UserError(OTHER_TASK.fill(run=run.id, name=use.name))
    return _change(use, run.id, compare(run.id, use.run_id))


def retire(name: str) -> None:
    """Ends the use; its run stays, and what answered for it stays written down."""
    with session() as db:
        db.delete(_row(db, name))


def challengers(name: str) -> list[runs.RunView]:
    """Finished runs of the same task that could replace the live one, those on the same data first, then the newest."""
    use = get(name)
    now = runs.get(use.run_id)
    others = [run for run in runs.listed(scenario=use.scenario) if run.status == "succeeded" and run.id != use.run_id]
    family = datasets.family(now.dataset_id)
    return sorted(others, key=lambda run: (run.dataset_id not in family, -run.id))


def suggested_name(run: runs.RunView) -> str:
    """A free name made of the data's."""
    words = re.sub(r"[\s_]+", " ", run.dataset_name).strip()[: LONGEST_NAME - 4] or run.scenario
    words = words if not words.isdecimal() else f"{run.scenario} {words}"
    with session() as db:
        taken = set(db.scalars(select(Live.folded)))
    numbered = (f"{words} {number}" for number in range(2, len(taken) + 3))
    return next(one for one in (words, *numbered) if one.casefold() not in taken)


def _change(use: LiveView, run_id: int, found: Comparison) -> LiveView:
    """Raises UserError where the run was deleted, or the use changed, since they were looked at."""
    mine = update(Live).where(Live.name == use.name, Live.run_id == use.run_id).values(run_id=run_id)
    with session() as db:
        runs.hold(db, run_id)
        changed = db.scalar(mine.returning(Live.name)) is not None
        if changed:
            db.add(LiveChange(name=use.name, run_id=run_id, before_id=use.run_id, comparison=found.to_json()))
    after = get(use.name)
    if not changed and after.run_id != run_id:
        raise UserError(CHANGED.fill(name=use.name))
    return after


def _checked(name: str) -> str:
    shown = datasets.shown_name(name, LONGEST_NAME)
    if not shown:
        raise UserError(NO_NAME)
    if shown.isdecimal():
        raise UserError(ONLY_DIGITS.fill(name=shown))
    return shown


def _row(db: Session, name: str) -> Live:
    """By its name in capital or small letters of any script."""
    found = db.scalar(select(Live).where(Live.folded == name.strip().casefold()))
    if found is None:
        known = db.scalars(select(Live.name).order_by(Live.name)).all()
        raise UserError(NONE_SUCH.fill(name=name, known=", ".join(known) or "–"))
    return found


def _kept(db: Session, names: Sequence[str]) -> list[LiveChange]:
    """What is written down of these uses, the newest first."""
    return list(db.scalars(select(LiveChange).where(LiveChange.name.in_(names)).order_by(LiveChange.id.desc())))


def _views(rows: Sequence[Live], kept: Sequence[LiveChange]) -> list[LiveView]:
    """The run to go back to is the one before it, if it is still there."""
    last = {one.name: one for one in reversed(kept)}
    before = {
        row.name: one.before_id for row in rows if (one := last.get(row.name)) is not None and one.run_id == row.run_id
    }
    there = runs.usable([id for id in before.values() if id is not None])
    return [
        LiveView(
            row.name,
            row.scenario,
            row.run_id,
            row.created_at,
            last[row.name].at if row.name in last else row.created_at,
            before_id if (before_id := before.get(row.name)) in there else None,
        )
        for row in rows
    ]
