from pathlib import Path

import numpy as np
import pytest

from core.learning.sequences import fitting
from core.learning.sequences.evaluation import Items, evaluate_ranking, rank_all, tail_of
from core.learning.sequences.events import Events
from core.learning.sequences.fitting import fit_recommender
from core.learning.sequences.linear import Bestsellers, Neighbours
from core.learning.sequences.model import Recommender
from core.progress import Cancelled, Silent
from core.words import UserError


@pytest.fixture(scope="module")
def held_out(shop: Events) -> tuple[Events, np.ndarray, np.ndarray]:
    return shop.without_last()


@pytest.fixture(scope="module")
def model(held_out: tuple[Events, np.ndarray, np.ndarray], tmp_path_factory: pytest.TempPathFactory) -> Recommender:
    report = Silent(tmp_path_factory.mktemp("run"))
    return fit_recommender(held_out[0], mode="quick", repeat="again", seed=1, report=report)


def test_it_beats_bestsellers_and_item_item_where_there_is_an_order(
    model: Recommender, held_out: tuple[Events, np.ndarray, np.ndarray], tmp_path: Path
) -> None:
    earlier, users, target = held_out
    histories = [earlier.history(user) for user in users]
    alike = Neighbours.fit(earlier)
    ranked = rank_all(
        model, {"bestsellers": Bestsellers.fit(earlier), "item_item": alike}, histories, target, Silent(tmp_path)
    )
    scores = evaluate_ranking(ranked, histories, Items(earlier.counts(), alike.weights), seed=1)
    assert scores.gain[1] > 0
    assert scores.metrics["hit_rate_at_5"] <= scores.metrics["hit_rate_at_10"] <= scores.metrics["hit_rate_at_20"]
    assert scores.intervals["ndcg_at_10"][0] <= scores.metrics["ndcg_at_10"] <= scores.intervals["ndcg_at_10"][1]
    assert all(np.isfinite(value) for value in [*scores.metrics.values(), *scores.baseline.values()])
    assert {"ndcg_at_10", "item_item_ndcg_at_10"} <= set(scores.baseline)


def test_new_only_never_recommends_what_was_bought(model: Recommender, shop: Events) -> None:
    histories = shop.histories()[:20]
    for history, (items, scores) in zip(histories, model.recommend(histories, 30, repeat="new"), strict=True):
        assert not set(items.tolist()) & set(history.tolist())
        assert (np.diff(scores) <= 0).all()


def test_only_allowed_items_are_recommended(model: Recommender, shop: Events) -> None:
    allowed = np.zeros(len(model.items), dtype=bool)
    allowed[:3] = True
    items, _ = next(model.recommend([shop.history(0)], 10, allowed=allowed))
    assert set(items.tolist()) <= {0, 1, 2}


def test_reasons_are_items_of_the_history(model: Recommender, shop: Events) -> None:
    history = shop.history(4)
    items, _ = next(model.recommend([history], 1))
    (reasons,) = model.reasons(history, [int(items[0])])
    assert reasons
    assert {item for item, _ in reasons} <= set(history.tolist())
    assert all(0 < share <= 1 for _, share in reasons)


def test_an_item_is_not_similar_to_itself(model: Recommender) -> None:
    assert 2 not in [item for item, _ in model.similar(2, 5)]


def test_a_saved_recommender_answers_the_same(model: Recommender, shop: Events, tmp_path: Path) -> None:
    model.save(tmp_path)
    again = Recommender.load(tmp_path)
    for history in shop.histories()[:5]:
        before, after = next(model.recommend([history], 5)), next(again.recommend([history], 5))
        assert before[0].tolist() == after[0].tolist()
    assert again.facts == model.facts
    assert not list(tmp_path.glob("*.pkl"))


def test_a_customer_without_a_history_gets_bestsellers(shop: Events, model: Recommender) -> None:
    items, _ = next(model.recommend([np.zeros(0, dtype=np.int32)], 3))
    assert len(items) == 3


def test_one_purchase_each_is_refused_in_words(tmp_path: Path) -> None:
    events = Events.build(["a", "b"], ["x", "y"])
    with pytest.raises(UserError, match="no customer"):
        fit_recommender(events, mode="quick", repeat="new", seed=1, report=Silent(tmp_path))


def test_a_single_item_does_not_crash(tmp_path: Path) -> None:
    events = Events.build(["a", "a", "b", "b"], ["x"] * 4)
    model = fit_recommender(events, mode="quick", repeat="new", seed=1, report=Silent(tmp_path))
    items, _ = next(model.recommend([events.history(0)], 5))
    assert len(items) == 0


def test_a_large_catalogue_does_without_ease_and_says_so(
    monkeypatch: pytest.MonkeyPatch, shop: Events, tmp_path: Path
) -> None:
    monkeypatch.setattr(fitting, "MOST_FOR_EASE", 5)
    model = fit_recommender(shop, mode="quick", repeat="again", seed=1, report=Silent(tmp_path))
    assert "ease" not in model.parts
    assert any("EASE" in note.en for note in model.notes)


def test_cancelling_stops_the_fit(shop: Events, tmp_path: Path) -> None:
    class Stopping(Silent):
        def progress(self, share: float) -> None:
            raise Cancelled

    with pytest.raises(Cancelled):
        fit_recommender(shop, mode="quick", repeat="new", seed=1, report=Stopping(tmp_path))


def test_the_long_tail_is_what_lies_beyond_the_first_80_percent_of_sales() -> None:
    assert tail_of(np.array([80, 10, 5, 5])).tolist() == [False, True, True, True]


def test_those_who_took_one_thing_after_another_are_counted(tmp_path: Path) -> None:
    rows = [("a", "x"), ("a", "y"), ("b", "x"), ("b", "z"), ("b", "y"), ("c", "y"), ("c", "x"), ("d", "x"), ("d", "y")]
    events = Events.build([user for user, _ in rows], [item for _, item in rows])
    model = fit_recommender(events, mode="quick", repeat="new", seed=1, report=Silent(tmp_path))
    x, y = model.code["x"], model.code["y"]
    assert model.took_after(y, x) == 3
    assert model.took_after(y, x, but="d") == 2
    assert model.took_after(x, y) == 1
    assert model.took_after(x, len(model.items)) == 0
