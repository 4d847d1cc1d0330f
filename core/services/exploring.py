"""Looking into a table without code: answers to views, views worth a look, and those that were saved."""

from __future__ import annotations

from core.data import exploring
from core.data.exploring import Answer
from core.data.profile import ColumnProfile, Profile
from core.services import datasets
from core.store import facts, files
from core.store.db import session
from core.store.tables import Fact
from core.views import View
from core.words import Text, UserError

MOST_SAVED, LONGEST_NAME = 40, 60
NO_NAME = Text("Give the view a name.", "请给视图起个名字。")
TOO_MANY = Text(
    "There are {n} saved views already. Remove one that is no longer needed.",
    "已有 {n} 个保存的视图，请先删除不再需要的。",
)


def answer(id: str, view: View) -> Answer:
    """Raises UserError where the view cannot be answered."""
    return exploring.answer(files.dataset(datasets.get(id).id).table, datasets.profile(id), view)


def worth_a_look(profile: Profile, most: int = 6) -> list[View]:
    """A few views to begin with: the columns that look like an answer or a measure, alone and against one another."""
    words = [c for c in profile.columns if c.kind in ("category", "boolean") and 2 <= c.distinct <= 60]
    words.sort(key=lambda column: column.distinct > 12)
    numbers = [c for c in profile.columns if c.kind == "number" and c.distinct > 10]
    times = [c for c in profile.columns if c.kind == "time"]
    found: list[tuple[list[ColumnProfile], list[ColumnProfile]]] = [
        (times[:1], numbers[:1]),
        (words[:1], numbers[:1]),
        (words[:1], words[1:2]),
        (numbers[:2], []),
    ]
    found += [([], one) for one in (times[:1], words[:1], numbers[:1], words[1:2])]
    if len(numbers) > 2:
        found.append((numbers[:6], []))
    views = [View(tuple(_names(first) + _names(second))) for first, second in found]
    return list(dict.fromkeys(view for view in views if view.columns))[:most]


def _names(columns: list[ColumnProfile]) -> list[str]:
    return [column.name for column in columns]


def saved(id: str) -> dict[str, View]:
    """The saved views by name, the same for every version of the data."""
    key = _key(id)
    with session() as db:
        fact = db.get(Fact, key)
    return {name: View.from_json(value) for name, value in (fact.value if fact else {}).items()}


def save(id: str, name: str, view: View) -> None:
    """Keeps the view under this name, in place of another of the same name. Raises UserError."""
    name = " ".join(name.split())[:LONGEST_NAME]
    if not name:
        raise UserError(NO_NAME)
    key = _key(id)
    with session() as db:
        fact = facts.held(db, key)
        if name not in fact.value and len(fact.value) >= MOST_SAVED:
            raise UserError(TOO_MANY.fill(n=MOST_SAVED))
        fact.value = {**fact.value, name: view.to_json()}


def forget(id: str, name: str) -> None:
    key = _key(id)
    with session() as db:
        fact = facts.held(db, key)
        fact.value = {known: view for known, view in fact.value.items() if known != name}


def _key(id: str) -> str:
    """One place for all versions: that of the file itself."""
    return f"views:{datasets.first(id)}"
