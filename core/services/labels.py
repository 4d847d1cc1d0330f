"""A finished model's second look at its data: doubtful labels decided one by one, and training again with what was
corrected, measured on the same test rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from sqlalchemy import delete, select

from core.data.recipe import Step
from core.scenarios.base import scenario
from core.second_look import Doubt, Doubts, SecondLook
from core.services import datasets, runs
from core.services.requests import Request
from core.store import files
from core.store.db import session
from core.store.tables import LabelReview
from core.words import Text, UserError

NOTHING = Text("No label was changed, so there is nothing new to learn.", "没有修改任何标签，没有新内容可学。")
NO_LABEL = Text("“{label}” is none of the labels: {known}.", "“{label}”不是已有的标签：{known}。")


@dataclass(frozen=True)
class Review:
    """Doubtful rows, the worst first, without those that were settled for another run, and what was decided of them here:
    row -> the label that is right (the given one where it was confirmed), None where the user could not tell."""

    doubts: Doubts
    decided: Mapping[int, str | None]

    @property
    def open(self) -> list[Doubt]:
        return [doubt for doubt in self.doubts.rows if doubt.row not in self.decided]

    @property
    def corrections(self) -> dict[int, str]:
        """The rows whose label was changed, and to what."""
        given = {doubt.row: doubt.given for doubt in self.doubts.rows}
        return {row: label for row, label in self.decided.items() if label is not None and label != given.get(row)}


@dataclass(frozen=True)
class Gained:
    """A run beside the one whose test rows it is measured on: the first metric before and after, the paired gain with its
    95% interval, and how many labels were changed to learn from and to test on."""

    run: int
    metric: str
    rows: int
    before: float
    after: float
    gain: float
    low: float
    high: float
    labels_changed: int
    test_labels_changed: int


def look(run_id: int) -> SecondLook | None:
    """None for a run without one: of earlier code, of a scenario that has none, or unfinished."""
    path = files.run(runs.get(run_id).id).second_look
    try:
        return _look(run_id, path.stat().st_mtime_ns)
    except OSError:
        return None


@lru_cache(maxsize=16)
def _look(run_id: int, _written: int) -> SecondLook:
    return SecondLook.from_json(files.read_json(files.run(run_id).second_look))


def review(run_id: int) -> Review | None:
    found = look(run_id)
    if found is None or found.doubts is None:
        return None
    keys = {doubt.key: doubt for doubt in found.doubts.rows}
    with session() as db:
        said = list(db.scalars(select(LabelReview).where(LabelReview.key.in_(list(keys)))))
    decided = {one.row: one.label for one in said if one.run_id == run_id}
    settled = {one.key for one in said if one.run_id != run_id and one.label == keys[one.key].given}
    rows = tuple(doubt for doubt in found.doubts.rows if doubt.key not in settled or doubt.row in decided)
    fewer = len(found.doubts.rows) - len(rows)
    return Review(replace(found.doubts, rows=rows, found=found.doubts.found - fewer), decided)


def decide(run_id: int, row: int, label: str | None) -> None:
    """Keeps what the user said of a row, at once; None: they could not tell. Raises UserError for an unknown label."""
    found = review(run_id)
    doubt = next((one for one in found.doubts.rows if one.row == row), None) if found else None
    if found is None or doubt is None:
        return
    known = [value for value, _ in found.doubts.labels]
    if label is not None and label not in known:
        raise UserError(NO_LABEL.fill(label=label, known=", ".join(known)))
    with session() as db:
        runs.hold(db, run_id)
        db.execute(delete(LabelReview).where(LabelReview.run_id == run_id, LabelReview.row == row))
        db.add(LabelReview(run_id=run_id, row=row, key=doubt.key, label=label))


def take_back(run_id: int) -> int | None:
    """Forgets the last decision and returns its row."""
    last = select(LabelReview).where(LabelReview.run_id == run_id).order_by(LabelReview.id.desc()).limit(1)
    with session() as db:
        found = db.scalar(last)
        if found is None:
            return None
        db.delete(found)
        return found.row


def correcting(run_id: int) -> Step:
    """What was corrected, as a step of the data's recipe. Raises UserError where nothing was."""
    run, found = runs.get(run_id), review(run_id)
    role = scenario(run.scenario).label
    if found is None or not found.corrections or role is None:
        raise UserError(NOTHING)
    changes = {str(row): label for row, label in sorted(found.corrections.items())}
    return Step("set_cells", run.roles[role], changes)


def train_again(run_id: int) -> int:
    """A new version of the data with the corrected labels, and a run on it that is otherwise the same, held to the same
    test rows. Raises UserError where nothing was corrected or the data is gone."""
    run = runs.get(run_id)
    corrected = datasets.fix(run.dataset_id, correcting(run_id))
    return runs.launch(
        Request(
            scenario=run.scenario,
            dataset_id=corrected.id,
            roles={key: tuple(names) for key, names in run.roles.items()},
            settings=dict(run.settings),
            test_dataset_id=run.test_dataset_id,
            extras=runs.extras(run_id),
            name=run.name,
            same_test_as=run_id,
        )
    )


def gained(run_id: int) -> Gained | None:
    """None for a run that is measured on rows of its own."""
    found = runs.facts(run_id).get("against")
    return Gained(**found) if found else None
