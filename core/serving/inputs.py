"""Which columns of a new file the model reads: those of the training, by name, else by what is in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from core.data.profile import profile
from core.data.recipe import STEPS, Step, apply
from core.data.table import Roles, Table
from core.scenarios.base import Scenario
from core.store import files
from core.store.tables import Run
from core.words import Text, UserError, same

GUESSED_ROWS = 2000

_MISSING = Text(
    "The file has no column for “{role}”. The model was trained on the column “{expected}”; the file has: {found}. "
    "Rename a column to “{expected}” or choose one.",
    "文件中没有“{role}”列。模型训练时使用的列是“{expected}”，该文件的列有：{found}。请将某一列改名为“{expected}”，或手动选择一列。",
)
_UNKNOWN = Text(
    "The file has no column “{name}”. Its columns: {found}.",
    "文件中没有“{name}”这一列。现有的列：{found}。",
)
_SHORT = Text(
    "The model gave {found} answers for {rows} rows, so nothing was written. Train the model again.",
    "模型对 {rows} 行只给出了 {found} 个结果，因此没有写入文件。请重新训练模型。",
)
_NO_ROWS = Text("The file has no rows to predict.", "文件中没有可预测的数据行。")


def table_to_predict(
    scenario: Scenario, frame: pd.DataFrame, trained: Roles, recipe: list[Step], chosen: Roles | None = None
) -> Table:
    """The rows as a Table with every role that answering needs. No row is dropped, whatever the recipe does.

    `trained` are the run's own roles, `chosen` what the user picked for this file. Raises UserError naming the column
    that is missing and the ones that are there.
    """
    if not len(frame):
        raise UserError(_NO_ROWS)
    frame = apply(frame, recipe, keep_rows=True)
    roles = dict(chosen or {})
    for name in (name for names in roles.values() for name in names):
        if name not in frame.columns:
            raise UserError(_UNKNOWN.fill(name=same(name), found=_listed(frame)))
    return Table(frame, _roles_of(scenario, frame, trained, roles))


@dataclass(frozen=True)
class AsTrained:
    """What was done to the training data, done to one live question: `columns` are those behind the form's fields."""

    columns: Mapping[str, str]
    steps: tuple[Step, ...]

    def __call__(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        asked = {column: key for key, column in self.columns.items() if isinstance(inputs.get(key), _CELL)}
        if not self.steps or not asked:
            return dict(inputs)
        frame = pd.DataFrame({column: [inputs[key]] for column, key in asked.items()})
        texts = {name: "str" for name in frame.columns if frame[name].dtype == object}
        done = apply(frame.astype(texts), self.steps, keep_rows=True)
        found = {key: done[column].tolist()[0] for key, column in self.columns.items() if column in done.columns}
        return {**inputs, **{key: None if pd.isna(value) else value for key, value in found.items()}}


_CELL = (str, int, float, type(None))


def as_trained(scenario: Scenario, run: Run, recipe: Sequence[Step]) -> AsTrained:
    """For the run's live form and the recipe of its data."""
    steps = tuple(step for step in recipe if not STEPS[step.do].own_rows)
    if not steps:
        return AsTrained({}, ())
    details = files.read_json(files.run(run.id).results).get("details", {})
    fields = scenario.fields(details)
    return AsTrained({one.key: next(iter(run.roles.get(one.key, ())), one.key) for one in fields}, steps)


def complete(answers: pd.DataFrame, rows: Table) -> pd.DataFrame:
    """The answers. Raises UserError where there is not one for every row."""
    if len(answers) != len(rows):
        raise UserError(_SHORT.fill(found=len(answers), rows=len(rows)))
    return answers.reset_index(drop=True)


def with_answers(original: pd.DataFrame, answers: pd.DataFrame) -> pd.DataFrame:
    """The user's own columns as they were, then the answers; an answer named as one of them gets a mark."""
    taken = {str(name) for name in original.columns}
    names = {}
    for name in map(str, answers.columns):
        free = name
        while free in taken:
            free += "_model"
        names[name] = free
    return pd.concat([original.reset_index(drop=True), answers.rename(columns=names)], axis=1)


def _roles_of(scenario: Scenario, frame: pd.DataFrame, trained: Roles, roles: dict[str, tuple[str, ...]]) -> Roles:
    by_name = {_plain(name): name for name in map(str, frame.columns)}
    for key, names in trained.items():
        found = tuple(by_name[_plain(name)] for name in names if _plain(name) in by_name)
        if key not in roles and found and len(found) == len(names):
            roles[key] = found
    wanted = [r for r in scenario.roles if r.required and r.key != scenario.target and r.key not in roles]
    if wanted:
        taken = {name for names in roles.values() for name in names}
        rest = frame.drop(columns=[name for name in frame.columns if name in taken]).head(GUESSED_ROWS)
        guessed = scenario.guess(profile(rest)) if rest.shape[1] else {}
        for role in wanted:
            if role.key not in guessed:
                expected = ", ".join(trained.get(role.key, ())) or role.title
                raise UserError(_MISSING.fill(role=role.title, expected=expected, found=_listed(frame)))
            roles[role.key] = guessed[role.key]
    return roles


def _plain(name: str) -> str:
    return name.strip().casefold()


def _listed(frame: pd.DataFrame) -> Text:
    names = [str(name) for name in frame.columns]
    shown = ", ".join(names[:12])
    more = len(names) - 12
    return Text(f"{shown} and {more} more", f"{shown} 等 {len(names)} 列") if more > 0 else same(shown)
