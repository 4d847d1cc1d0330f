"""What a run learns from and is measured on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Any

import numpy as np

from core.data import recipe
from core.data.leak_checks import in_test
from core.data.recipe import Step
from core.data.table import Table, clean
from core.jobs import sides
from core.scenarios.base import Scenario, scenario
from core.store.db import session
from core.store.frames import read_table
from core.store.tables import Dataset, Run
from core.words import Text, UserError

OWN_TEST = Text("Your own test file “{name}”", "您自己的测试文件“{name}”")
NO_ROWS = Text(
    "“{name}” has no row that can be used: every row lacks one of the chosen columns' values.",
    "“{name}”中没有可用的行：每一行都缺少所选列的值。",
)


@dataclass(frozen=True)
class Inputs:
    scenario: Scenario[Any]
    settings: Any
    table: Table
    """All rows of the dataset, with those held out."""
    train: Table
    held_out: Table
    rows: np.ndarray
    """The places of the training rows in the dataset, int [training rows]."""
    held_rows: np.ndarray | None
    """Those of the rows held out, where they are of the same dataset."""
    kind: Text
    dataset: Dataset
    test: Dataset | None


def load_inputs(run: Run) -> Inputs:
    """The rows of both sides. Raises UserError where one of them has none."""
    with session() as db:
        dataset = db.get_one(Dataset, run.dataset_id)
        test = db.get_one(Dataset, run.test_dataset_id) if run.test_dataset_id else None
    kind_of_run = scenario(run.scenario)
    settings = kind_of_run.settings.from_json(run.settings)
    table = read_table(dataset.id, run.roles, run.extras)
    if test is None:
        before = sides.like_before(run, kind_of_run.label, table)
        split = kind_of_run.split(table, settings) if before is None else before
        held_out, rows, held_rows, kind = table.take(split.test), split.train, split.test, split.kind
    else:
        held_out = _usable(kind_of_run, own_test_table(test.id, run.roles, run.extras, dataset.recipe), settings)
        rows = _usable_rows(kind_of_run, table, settings)
        rows = rows[~_in_test(held_out, table.take(rows), kind_of_run, settings)]
        held_rows, kind = None, OWN_TEST.fill(name=test.file_name)
    train = table.take(rows)
    for side, source in ((train, dataset), (held_out, test or dataset)):
        if not len(side):
            raise UserError(NO_ROWS.fill(name=source.name))
    return Inputs(kind_of_run, settings, table, train, held_out, rows, held_rows, kind, dataset, test)


def own_test_table(id: str, roles: Mapping[str, Any], extras: Mapping[str, str], steps: list[Any]) -> Table:
    """The user's test file, prepared as the training data was, every row kept. Steps that it went through as a repaired
    version itself are not done twice."""
    table = read_table(id, roles, extras)
    with session() as db:
        done = [Step.from_json(step) for step in db.get_one(Dataset, id).recipe or []]
    wanted = [Step.from_json(step) for step in steps]
    shared = len(list(takewhile(lambda pair: pair[0] == pair[1], zip(wanted, done, strict=False))))
    prepared = recipe.apply(table.frame, wanted[shared:], keep_rows=True)
    return replace(table, frame=prepared)


def _usable(kind_of_run: Scenario[Any], table: Table, settings: Any) -> Table:
    return table.take(_usable_rows(kind_of_run, table, settings))


def _usable_rows(kind_of_run: Scenario[Any], table: Table, settings: Any) -> np.ndarray:
    """The rows that the scenario would use on either side of a split that keeps nothing together: one that does leaves
    rows out that are fit for use."""
    at_random = {"test_on": "random"} if hasattr(settings, "test_on") else {}
    split = kind_of_run.split(table, replace(settings, keep_together=(), **at_random))
    return np.sort(np.concatenate([split.train, split.test]))


def _in_test(held_out: Table, train: Table, kind_of_run: Scenario[Any], settings: Any) -> np.ndarray:
    """Which training rows are also in the test file, as the check before the launch says, or belong to a group (where
    some are to be kept together) that is: bool [training rows]."""
    known = in_test(train, held_out, kind_of_run.label)
    for name in settings.keep_together:
        if name in train.frame.columns and name in held_out.frame.columns:
            groups = set(held_out.frame[name].map(clean)) - {""}
            known |= train.frame[name].map(clean).isin(groups).to_numpy()
    return known
