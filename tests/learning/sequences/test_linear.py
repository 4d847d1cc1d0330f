import numpy as np
import pytest

from core.learning.order import top
from core.learning.sequences import linear
from core.learning.sequences.blend import fit_weights, standardised
from core.learning.sequences.events import Events
from core.learning.sequences.linear import Bestsellers, Ease, Neighbours, Transitions
from core.learning.sequences.ranking import exclude_seen, ndcg, rank_of_target

PARTS = {
    "bestsellers": Bestsellers.fit,
    "neighbours": Neighbours.fit,
    "ease": lambda events: Ease.fit(events, 10.0),
    "transitions": Transitions.fit,
}


@pytest.mark.parametrize("name", list(PARTS))
def test_a_part_scores_every_item_and_stands_up_again_from_its_arrays(name: str, shop: Events) -> None:
    part = PARTS[name](shop)
    scores = part.scores(shop.histories()[:5])
    assert scores.shape == (5, len(shop.items))
    assert np.isfinite(scores).all()
    np.testing.assert_allclose(type(part).of(part.arrays()).scores(shop.histories()[:5]), scores, rtol=1e-6)


@pytest.mark.parametrize("name", ["neighbours", "ease", "transitions"])
def test_the_reasons_of_an_item_add_up_to_its_score(name: str, shop: Events) -> None:
    part = PARTS[name](shop)
    history = np.unique(shop.history(3)).astype(np.int32)
    scores = part.scores([history])[0]
    for item in range(0, len(shop.items), 7):
        assert part.reasons(history, item).sum() == pytest.approx(scores[item], abs=1e-4)


def test_transitions_know_what_comes_next(shop: Events) -> None:
    part = Transitions.fit(shop)
    last = shop.items.index("i2")
    history = np.array([last], dtype=np.int32)
    scores = exclude_seen(part.scores([history]), [history])
    assert shop.items[int(scores.argmax())] == "i3"


def test_ease_refuses_a_catalogue_that_it_could_not_hold(monkeypatch: pytest.MonkeyPatch, shop: Events) -> None:
    monkeypatch.setattr(linear, "MOST_FOR_EASE", 3)
    with pytest.raises(ValueError, match="at most 3"):
        Ease.fit(shop, 10.0)


def test_equal_scores_share_their_ranks() -> None:
    scores = np.array([[1.0, 1.0, 1.0, 0.0]])
    assert rank_of_target(scores, np.array([0])).tolist() == [1.0]
    assert rank_of_target(np.array([[3.0, 2.0, 1.0]]), np.array([2])).tolist() == [2.0]


def test_the_first_place_is_worth_most_and_beyond_the_cut_nothing() -> None:
    gains = ndcg(np.array([0, 1, 9, 10]))
    assert gains[0] == 1
    assert gains[0] > gains[1] > gains[2] > 0
    assert gains[3] == 0


def test_top_lists_the_best_first_and_at_most_all() -> None:
    assert top(np.array([[0.1, 0.9, 0.5]]), 10).tolist() == [[1, 2, 0]]


def test_a_row_without_differences_is_standardised_to_nothing() -> None:
    assert standardised(np.ones((2, 4), dtype=np.float32)).tolist() == [[0.0] * 4] * 2


def test_a_useless_part_gets_no_weight() -> None:
    rng = np.random.default_rng(0)
    target = rng.integers(0, 20, 200)
    good = rng.normal(size=(200, 20)).astype(np.float32)
    good[np.arange(200), target] += 3
    weights = fit_weights({"noise": -good, "good": good}, target, [np.zeros(0, dtype=np.int32)] * 200, only_new=False)
    assert weights["good"] > 0
    assert weights["noise"] == 0
