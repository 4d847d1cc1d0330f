"""The live model of a use: a run under a stable name, replaced and taken back on the user's word."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
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
        return [_view(row, _changes(db, row.name)) for row in db.scalars(select(Live).order_by(Live.name))]


def get(name: str) -> LiveView:
    """Upper and lower case are one. Raises UserError naming those that there are."""
    with session() as db:
        row = _row(db, name)
        return _view(row, _changes(db, row.name))


def changes(name: str) -> list[Change]:
    """What answered for the use, the newest first."""
    with session() as db:
        return _changes(db, _row(db, name).name)


def resolve(word: str) -> int:
    """The run behind a run's number or a live model's name. Raises UserError where there is none."""
    word = word.strip()
    return runs.get(int(word)).id if word.isascii() and word.isdecimal() and len(word) < 12 else get(word).run_id


def make_live(run_id: int, name: str) -> LiveView:
    """Begins a use with this run as its model. Raises UserError where the name is taken or the run has no result."""
    shown = _checked(name)
    run = runs.finished(run_id)
    with session() as db:
        if _find(db, shown) is not None:
            raise UserError(TAKEN.fill(name=shown))
        db.add(Live(name=shown, scenario=run.scenario, run_id=run.id))
        db.add(LiveChange(name=shown, run_id=run.id))
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
    _change(use, run.id, found)
    return get(name)


def go_back(name: str) -> LiveView:
    """Brings the model before the present one back."""
    use = get(name)
    if use.before_id is None:
        raise UserError(NOTHING_BEFORE.fill(name=use.name))
    run = runs.finished(use.before_id)
    if run.scenario != use.scenario:
        raise UserError(OTHER_TASK.fill(run=run.id, name=use.name))
    _change(use, run.id, compare(run.id, use.run_id))
    return get(name)


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
        tried = [words, *(f"{words} {number}" for number in range(2, 100))]
        return next(one for one in tried if _find(db, one) is None)


def _change(use: LiveView, run_id: int, found: Comparison) -> None:
    with session() as db:
        row = db.get_one(Live, use.name)
        db.add(LiveChange(name=row.name, run_id=run_id, before_id=row.run_id, comparison=found.to_json()))
        row.run_id = run_id


def _checked(name: str) -> str:
    shown = datasets.shown_name(name, LONGEST_NAME)
    if not shown:
        raise UserError(NO_NAME)
    if shown.isdecimal():
        raise UserError(ONLY_DIGITS.fill(name=shown))
    return shown


def _find(db: Session, name: str) -> Live | None:
    """By its name in capital or small letters of any script, which SQLite's own comparison knows of English alone."""
    wanted = name.strip().casefold()
    return next((one for one in db.scalars(select(Live)) if one.name.casefold() == wanted), None)


def _row(db: Session, name: str) -> Live:
    found = _find(db, name)
    if found is None:
        known = db.scalars(select(Live.name).order_by(Live.name)).all()
        raise UserError(NONE_SUCH.fill(name=name, known=", ".join(known) or "–"))
    return found


def _changes(db: Session, name: str) -> list[Change]:
    kept = db.scalars(select(LiveChange).where(LiveChange.name == name).order_by(LiveChange.id.desc()))
    return [
        Change(one.run_id, one.before_id, Comparison(**one.comparison) if one.comparison else None, one.at)
        for one in kept
    ]


def _view(row: Live, found: list[Change]) -> LiveView:
    """The run to go back to is the one before it, if it is still there."""
    last = found[0] if found else None
    before = last.before_id if last and last.run_id == row.run_id else None
    there = before is not None and runs.is_usable(before)
    return LiveView(
        row.name,
        row.scenario,
        row.run_id,
        row.created_at,
        last.at if last else row.created_at,
        before if there else None,
    )
