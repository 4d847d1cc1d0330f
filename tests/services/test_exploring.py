"""Views worth a look, and views that are kept for every version of the data."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor

import pandas as pd
import pytest

from core.data.recipe import Step
from core.services import datasets, exploring
from core.views import View
from core.words import UserError


def add() -> str:
    frame = pd.DataFrame({"kind": ["a", "b"] * 60, "size": range(120), "weight": range(0, 240, 2)})
    return datasets.add("things.csv", io.BytesIO(frame.to_csv(index=False).encode())).dataset.id


def test_every_view_worth_a_look_can_be_answered() -> None:
    id = add()
    views = exploring.worth_a_look(datasets.profile(id))
    assert len(views) == len(set(views)) > 2
    assert all(exploring.answer(id, view).rows == 120 for view in views)


def test_saved_views_are_there_in_every_version_until_they_are_forgotten() -> None:
    id, view = add(), View(("kind",))
    exploring.save(id, "  Kinds of  things ", view)
    later = datasets.fix(id, Step("drop_duplicates")).id
    assert exploring.saved(later) == {"Kinds of things": view}
    exploring.save(later, "Sizes", View(("size",)))
    assert list(exploring.saved(id)) == ["Kinds of things", "Sizes"]
    exploring.forget(id, "Kinds of things")
    assert list(exploring.saved(later)) == ["Sizes"]
    with pytest.raises(UserError):
        exploring.save(id, " ", view)


def test_views_saved_at_once_are_all_kept() -> None:
    id, names = add(), [f"view {number}" for number in range(16)]
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda name: exploring.save(id, name, View(("kind",))), names))
    assert sorted(exploring.saved(id)) == sorted(names)
