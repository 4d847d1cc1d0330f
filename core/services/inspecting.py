"""What is wrong with a table, for what it is to be used for, and how its versions hang together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update

from core.data.findings import Finding, find
from core.data.profile import Profile
from core.data.recipe import Step
from core.data.rows import Found, Wanted, places
from core.data.rows import find as find_rows
from core.data.table import Table
from core.scenarios.base import Scenario, scenario, scenarios
from core.services import datasets, elsewhere, requests
from core.store import files, frames
from core.store.db import session
from core.store.tables import Dataset
from core.words import Text, UserError

MOST_BY_HAND = 5000
MOST_CHECKED = 200_000
TOO_MANY = Text(
    "More than {n} rows fit. Narrow the search first, or merge the values under “What to look at”.",
    "符合条件的行超过 {n} 行。请先缩小范围，或在“需要留意的问题”中合并取值。",
)


@dataclass(frozen=True)
class History:
    """The versions beside one: `back` is the one it was made from, `forward` the one that redo leads to. Ids, None
    where there is none."""

    back: str | None
    forward: str | None


def best_suited(profile: Profile) -> str:
    """The key of the scenario that the table suits best."""
    return max(scenarios(), key=lambda key: scenario(key).suits(profile))


def findings(id: str, scenario_key: str) -> list[Finding]:
    """Everything found in this version, ordered by what it would cost a model of this scenario. Of more than
    MOST_CHECKED rows the scenario's own check looks at evenly spaced ones; the set-up's looks at all."""
    if elsewhere.is_better(datasets.get(id).rows):
        return [Finding.from_json(one) for one in elsewhere.run("findings", id, scenario_key)]
    kind, profile = scenario(scenario_key), datasets.profile(id)
    roles = requests.guess(scenario_key, id)
    whole = all(roles.get(role.key) for role in kind.roles if role.required)
    frame = frames.read_frame(id)
    every = -(-len(frame) // MOST_CHECKED) if len(frame) else 1
    some = frame.iloc[::every].reset_index(drop=True) if every > 1 else frame
    problems = kind.check(Table(some, roles), kind.settings()) if whole else []
    return find(frame, profile, problems, _read(kind, roles))


def _read(kind: Scenario[Any], roles: dict[str, tuple[str, ...]]) -> set[str] | None:
    """The columns that a model of this kind would look at; None: all."""
    return None if kind.learns_from_all or not roles else {name for names in roles.values() for name in names}


def history(id: str, left: str | None = None) -> History:
    """`left` is the version that whoever asks went back from to this one: theirs, whatever others made of it since."""
    with session() as db:
        row = db.get(Dataset, id)
        own = select(Dataset.id).where(Dataset.id == left, Dataset.parent_id == id)
        mine = db.scalar(own) if left else None
    if row is None:
        raise UserError(datasets.GONE)
    back, forward = (
        one if one and files.dataset(one).table.exists() else None for one in (row.parent_id, mine or row.forward_id)
    )
    return History(back, forward)


def undo(id: str) -> str:
    """Goes back to the version before and returns its id. The one that is left stays as it is for whoever works with
    it, and is listed no more while nothing is made of it. Raises UserError where there is nothing to go back to."""
    back = history(id).back
    if back is None:
        raise UserError(datasets.GONE)
    datasets.restore(back)
    with session() as db:
        db.execute(update(Dataset).where(Dataset.id == id).values(undone=True))
        datasets.point(db, back, id)
    return back


def redo(id: str, left: str | None = None) -> str:
    """Goes forward to the version that was left (see `history`), else to the one last made, and returns its id."""
    forward = history(id, left).forward
    if forward is None:
        raise UserError(datasets.GONE)
    datasets.restore(forward)
    with session() as db:
        db.execute(update(Dataset).where(Dataset.id == forward).values(undone=False))
        datasets.point(db, id, forward)
    return forward


def rows(id: str, wanted: Wanted, first: int = 0, most: int = 100) -> Found:
    """Rows that fit, with their places."""
    return find_rows(files.dataset(datasets.get(id).id).table, datasets.profile(id), wanted, first, most)


def change_all(id: str, wanted: Wanted, column: str, value: str) -> Step:
    """The step that gives every row that fits this value. Raises UserError where there are more than can be changed
    by hand."""
    found = places(files.dataset(datasets.get(id).id).table, datasets.profile(id), wanted, MOST_BY_HAND + 1)
    if len(found) > MOST_BY_HAND:
        raise UserError(TOO_MANY.fill(n=f"{MOST_BY_HAND:,}"))
    return Step("set_cells", (column,), dict.fromkeys(map(str, found), value))
