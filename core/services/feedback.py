"""From what people said of live answers to a labelled version of the data, and to a training with it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import select

from core.data.keys import row_keys
from core.data.recipe import Step, apply
from core.data.table import clean
from core.jobs.inputs import Inputs, load_inputs
from core.scenarios.base import scenario
from core.scenarios.parts.columns import columns_behind
from core.services import datasets, runs
from core.services.requests import Request
from core.store import frames
from core.store.db import session
from core.store.tables import CANCELLED, CANCELLING, FAILED, Dataset, Feedback, Run
from core.words import Text, UserError

LEAST, MOST = 20, 500
SHARE = 0.02
"""Retraining is worth it from this share of the training rows on, at least `LEAST` and at most `MOST` new ones."""
UPTO = "feedback_upto"
"""In a dataset's reading: the last judgement that is part of it."""

NOTHING_NEW = Text(
    "There is nothing new to learn from: no answer was corrected or confirmed since the last training.",
    "没有新的内容可学：上次训练之后，还没有回答被纠正或确认。",
)
ADDED = Text(
    "{n} rows that people confirmed or corrected in use were added.", "已加入使用中由人确认或纠正的 {n} 行数据。"
)
TEST_NOTE = Text(
    "The rows on which run {run} was tested, kept apart so that the next model is tested on the same.",
    "运行 {run} 的测试数据，单独保存，以便下一个模型用同样的数据检验。",
)


@dataclass(frozen=True)
class Lesson:
    """A judged answer as a row to learn from: `asked` by the data's columns, what the model said, and what is right, as
    the data says it in `column`."""

    id: int
    asked: Mapping[str, Any]
    column: str
    answered: str
    right: str
    confirmed: bool
    at: datetime


@dataclass(frozen=True)
class Loop:
    """How far the next training is. `right` and `wrong` count the thumbs; `lessons` are the new rows to learn from;
    `needed` is how many make it worth while."""

    right: int
    wrong: int
    lessons: tuple[Lesson, ...]
    needed: int

    @property
    def is_worth_it(self) -> bool:
        return len(self.lessons) >= self.needed


def loop(run_id: int) -> Loop:
    """What people said of answers of this run and of others of its task on the same data."""
    run = runs.finished(run_id)
    family = datasets.family(run.dataset_id)
    found, upto = _feedback(run, family), _upto(family)[run.dataset_id]
    reader = _Reader(run)
    new = [lesson for one in found if one.id > upto and (lesson := reader.lesson(one))]
    rows = int((runs.facts(run_id).get("rows") or {}).get("train") or 0)
    needed = int(min(MOST, max(LEAST, round(SHARE * rows))))
    right, wrong = (sum(one.right is thumb for one in found) for thumb in (True, False))
    return Loop(right, wrong, tuple(_newest_of_each(new)), needed)


def learned_by(run_id: int, lessons: Sequence[Lesson]) -> runs.RunView | None:
    """The newest run of the task, finished or under way, whose data holds all these lessons; None where none has."""
    if not lessons:
        return None
    run, last = runs.get(run_id), max(lesson.id for lesson in lessons)
    learned = {id for id, upto in _upto(datasets.family(run.dataset_id)).items() if upto >= last}
    others = (
        one
        for one in runs.listed(scenario=run.scenario)
        if one.status not in (FAILED, CANCELLED, CANCELLING) and one.dataset_id in learned
    )
    return next((one for one in others if one.id != run_id), None)


def retrain(run_id: int) -> int:
    """Trains the same again with the new rows, tested on the very rows that this run was tested on. The new run's id.

    Raises UserError where there is nothing new.
    """
    run = runs.finished(run_id)
    train, test = gather(run_id)
    asked = Request(
        scenario=run.scenario,
        dataset_id=train,
        roles=dict(run.roles),
        settings=dict(run.settings),
        test_dataset_id=test,
        extras=_row(run_id).extras,
        name=run.name,
    )
    return runs.launch(asked)


def gather(run_id: int) -> tuple[str, str]:
    """(the dataset with the run's training rows and the new ones, that of its test rows). The same judgements make the
    same datasets. A judged row that the test rows hold already is left out.

    Not by `same_test_as`: that finds the rows of either side again in a later version of the data, by their label's other
    columns, and passes over rows that neither side had. Here the new rows are the point, some tasks have no label, and
    an order history's test rows are no longer its customers' last ones once orders were added.
    """
    run, found = runs.finished(run_id), loop(run_id)
    parent = datasets.get(run.dataset_id)
    inputs = load_inputs(_row(run_id))
    added = _not_tested(inputs, found.lessons, parent.recipe)
    if not added:
        raise UserError(NOTHING_NEW)
    upto = max(lesson.id for lesson in found.lessons)
    words = json.dumps([run_id, *([one.id, one.right] for one in added)])
    new = _as_rows(inputs.train.frame, added, parent.recipe)
    grown = pd.concat([inputs.train.frame, new], ignore_index=True)
    note = ADDED.fill(n=f"{len(added):,}").to_json()
    train = datasets.derive(
        run.dataset_id, grown, f"{parent.name} + {len(added)}", words, {UPTO: upto, "notes": [note]}
    )
    if run.test_dataset_id:
        return train.id, run.test_dataset_id
    aside = {UPTO: upto, "notes": [TEST_NOTE.fill(run=run_id).to_json()]}
    name = f"{parent.name} · test {run_id}"
    return train.id, datasets.derive(run.dataset_id, inputs.held_out.frame, name, f"test {run_id}", aside).id


def _feedback(run: runs.RunView, family: set[str]) -> list[Feedback]:
    """All judgements of the task on this data's family, the oldest first."""
    wanted = (
        select(Feedback)
        .join(Run, Run.id == Feedback.run_id)
        .where(Run.scenario == run.scenario, Run.dataset_id.in_(family))
        .order_by(Feedback.id)
    )
    with session() as db:
        return list(db.scalars(wanted))


def _upto(dataset_ids: set[str]) -> dict[str, int]:
    """The last judgement that is part of each."""
    with session() as db:
        known = db.execute(select(Dataset.id, Dataset.reading).where(Dataset.id.in_(dataset_ids))).tuples().all()
    return {id: int((reading or {}).get(UPTO, 0)) for id, reading in known}


def _columns_of(dataset_id: str) -> list[str]:
    """The columns of the training data; none where it was deleted, so that nothing can be taught."""
    try:
        return frames.column_names(dataset_id)
    except FileNotFoundError:
        return []


class _Reader:
    """Reads judgements as rows of the data that the run learned from."""

    def __init__(self, run: runs.RunView) -> None:
        kind, details = scenario(run.scenario), runs.results(run.id).details
        self.free = not kind.right_answers(details)
        self.column = next(
            (run.roles[key][0] for key in (kind.taught, kind.target) if key and run.roles.get(key)), None
        )
        self.behind = columns_behind(kind, details, run.roles, _columns_of(run.dataset_id))

    def lesson(self, said: Feedback) -> Lesson | None:
        """None where it does not say what is right, or not of what."""
        right = said.label or (said.correction if self.free else None)
        if not right or self.column is None:
            return None
        asked = {name: said.inputs.get(field) for field, name in self.behind.items() if name != self.column}
        if not any(clean(value) for value in asked.values()):
            return None
        return Lesson(said.id, asked, self.column, said.answered, right, bool(said.right), said.created_at)


def _newest_of_each(lessons: list[Lesson]) -> list[Lesson]:
    """One lesson for each thing that was asked: what was said of it last."""
    return list({json.dumps(one.asked, sort_keys=True, default=str): one for one in lessons}.values())


def _not_tested(inputs: Inputs, lessons: Sequence[Lesson], recipe: Sequence[Step]) -> list[Lesson]:
    """The lessons whose questions are not among the test rows."""
    if not lessons:
        return []
    tested = inputs.held_out.frame
    asked = [name for name in lessons[0].asked if name in tested.columns]
    known = np.isin(row_keys(_as_rows(tested, lessons, recipe), asked), row_keys(tested, asked))
    return [one for one, is_tested in zip(lessons, known, strict=True) if not is_tested]


def _as_rows(like: pd.DataFrame, lessons: Sequence[Lesson], recipe: Sequence[Step]) -> pd.DataFrame:
    """The lessons with the columns of the frame, numbers where it has numbers, prepared as its rows were."""
    said = pd.DataFrame([{**one.asked, one.column: one.right} for one in lessons])
    rows = apply(said, recipe, keep_rows=True).reindex(columns=like.columns)
    for name in rows.columns:
        if pd.api.types.is_numeric_dtype(like[name].dtype) and not pd.api.types.is_bool_dtype(like[name].dtype):
            rows[name] = pd.to_numeric(rows[name], errors="coerce")
        else:
            rows[name] = [clean(value) or None for value in rows[name]]
    return rows


def _row(run_id: int) -> Run:
    with session() as db:
        return db.get_one(Run, run_id)
