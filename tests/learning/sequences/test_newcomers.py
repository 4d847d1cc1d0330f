from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.learning.sequences.events import Events
from core.learning.sequences.fitting import fit_recommender
from core.learning.sequences.linear import Neighbours
from core.learning.sequences.map import item_map
from core.learning.sequences.model import Recommender
from core.learning.sequences.newcomers import Newcomers
from core.progress import Silent

SHELVES = ("garden hose and watering", "coffee beans roasted dark", "puppy collar leather")


@pytest.fixture(scope="module")
def shop_texts(shop: Events) -> dict[str, str]:
    """Every known item reads like its kind; two have no sales yet, and one of those is like nothing."""
    known = {name: f"{SHELVES[int(name[1:]) // 20]} {name}" for name in shop.items}
    return {**known, "new": "coffee beans roasted light", "odd": "zzqq"}


@pytest.fixture(scope="module")
def model(shop: Events, shop_texts: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Recommender:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("core.learning.sequences.newcomers.reader_for", lambda texts: "")
        new = Newcomers.fit(shop.items, shop_texts)
    report = Silent(tmp_path_factory.mktemp("run"))
    return replace(fit_recommender(shop, mode="quick", repeat="new", seed=0, report=report), newcomers=new)


def test_a_new_item_stands_beside_those_that_read_like_it(model: Recommender, shop: Events) -> None:
    place = model.code["new"]
    coffee, garden = (
        next(history for history in shop.histories() if (np.array([int(shop.items[i][1:]) // 20 for i in history]) == kind).all())
        for kind in (1, 0)
    )  # fmt: skip
    scores = model.scores([coffee, garden])
    assert scores.shape == (2, len(shop.items) + 2)
    assert scores[0, place] > scores[1, place]


def test_a_new_item_can_be_in_a_basket_has_likes_and_reasons(model: Recommender) -> None:
    place = model.code["new"]
    basket = model.codes(["new"])
    items, _ = next(model.recommend([basket], 5))
    assert place not in items
    assert len(items) == 5
    alike = [int(model.items[code][1:]) // 20 for code, _ in model.similar(place, 5)]
    assert alike.count(1) >= 4
    assert len(model.reasons(basket, [int(items[0]), place])) == 2


def test_what_reads_like_nothing_has_an_average_place(model: Recommender, shop: Events) -> None:
    assert model.scores([shop.history(0)])[0, model.code["odd"]] == 0
    assert [len(items) for items, _ in model.recommend([model.codes(["odd"])], 3)] == [3]


def test_a_saved_recommender_still_knows_its_new_items(model: Recommender, shop: Events, tmp_path: Path) -> None:
    model.save(tmp_path)
    again = Recommender.load(tmp_path)
    assert again.items == model.items
    assert np.array_equal(again.scores([shop.history(1)]), model.scores([shop.history(1)]))


def test_there_are_no_newcomers_where_all_is_known_or_nothing_is_said(shop: Events) -> None:
    assert Newcomers.fit(shop.items, dict.fromkeys(shop.items, "text")) is None
    assert Newcomers.fit(shop.items, {"new": "text"}) is None


def test_items_of_one_kind_lie_together_on_the_map(shop: Events) -> None:
    placed = item_map(Neighbours.fit(shop).weights, shop.counts(), seed=0)
    kind = np.array([int(shop.items[code][1:]) // 20 for code, *_ in placed])
    where = np.array([(x, y) for _, x, y, _ in placed])
    apart = np.linalg.norm(where[:, None] - where[None], axis=2)
    same = kind[:, None] == kind[None]
    assert apart[same].mean() < 0.7 * apart[~same].mean()
    assert where.min() >= 0
    assert where.max() <= 1
    assert item_map(Neighbours.fit(shop).weights[:5, :5], shop.counts()[:5], seed=0) == []


class Counted(tuple):
    """A sequence that counts how often it is gone through."""

    passes = 0

    def __iter__(self) -> Iterator[str]:
        Counted.passes += 1
        return super().__iter__()


def test_the_known_items_are_gone_through_no_more_often_for_more_new_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.learning.sequences.newcomers.reader_for", lambda texts: "")
    known = {f"old {number}": "garden hose" for number in range(10)}
    passes = []
    for count in (2, 30):
        Counted.passes = 0
        assert Newcomers.fit(Counted(known), known | {f"new {number}": "coffee beans" for number in range(count)})
        passes.append(Counted.passes)
    assert passes[0] == passes[1]
