from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch

from core.learning.sequences import fitting, transformer
from core.learning.sequences.events import Events
from core.learning.sequences.fitting import fit_recommender, validation_of
from core.learning.sequences.model import Recommender
from core.learning.sequences.transformer import NOTHING, Chosen, NextItem, SequenceModel, Shape, padded, windows
from core.progress import Cancelled, Silent
from tests.learning.tiny import Recorder

TINY = Shape(width=32, heads=2, blocks=1, length=8, dropout=0.1)


@pytest.fixture(scope="module", autouse=True)
def small():
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(transformer.SHAPES, "standard", TINY)
        patch.setattr(transformer, "MOST_EPOCHS", 30)
        patch.setattr(transformer, "LEARNING_RATE", 1e-2)
        yield


@pytest.fixture(scope="module")
def chosen(shop: Events, tmp_path_factory: pytest.TempPathFactory) -> Chosen:
    earlier, validation = validation_of(shop, len(shop.items), "again", 0)
    return Chosen.fit(earlier, validation, "standard", "again", 0, Silent(tmp_path_factory.mktemp("run")))


def test_it_learns_what_comes_next(chosen: Chosen, shop: Events) -> None:
    code = {name: place for place, name in enumerate(shop.items)}
    walks = [np.array([code[f"i{start + step}"] for step in range(4)]) for start in (0, 5, 21, 25, 41, 50)]
    best = chosen.model.scores(walks).argsort(axis=1)[:, -3:]
    following = [code[f"i{start + 4}"] for start in (0, 5, 21, 25, 41, 50)]
    assert np.mean([item in row for item, row in zip(following, best, strict=True)]) >= 5 / 6


def test_nothing_later_changes_what_was_known_before() -> None:
    torch.manual_seed(0)
    network = NextItem(10, TINY, only_new=False).eval()
    one, other = torch.tensor([[1, 2, 3, 4]]), torch.tensor([[1, 2, 9, 8]])
    with torch.no_grad():
        first, second = network.encode(network.items(one)), network.encode(network.items(other))
    assert torch.allclose(first[:, :2], second[:, :2], atol=1e-4)
    assert not torch.allclose(first[:, 2:], second[:, 2:], atol=1e-3)


def test_padding_changes_no_score(chosen: Chosen, shop: Events) -> None:
    short, long = shop.history(0)[:2], shop.history(1)
    alone, together = chosen.model.scores([short])[0], chosen.model.scores([short, long])[0]
    assert np.allclose(alone, together, atol=1e-4)


def test_an_empty_history_and_an_item_never_seen_have_a_defined_score(chosen: Chosen, shop: Events) -> None:
    seen = np.ones(len(shop.items), dtype=bool)
    seen[4] = False
    model = SequenceModel(chosen.model.network, seen)
    empty, known = model.scores([np.zeros(0, dtype=np.int32), shop.history(0)])
    assert (empty == 0).all()
    assert known[4] == pytest.approx(known[seen].mean(), abs=1e-5)
    assert (model.reasons(shop.history(0), 4) == 0).all()


def test_reasons_name_the_last_step_of_a_walk(chosen: Chosen, shop: Events) -> None:
    code = {name: place for place, name in enumerate(shop.items)}
    history = np.array([code["i40"], code["i45"], code["i3"]])
    weights = chosen.model.reasons(history, code["i4"])
    assert weights.shape == (3,)
    assert weights.argmax() == 2


def test_windows_hold_every_step_once(shop: Events) -> None:
    steps = [(a, b) for piece in windows(shop, 4) for a, b in pairwise(piece)]
    whole = [(a, b) for one in shop.histories() for a, b in pairwise(one)]
    assert sorted(steps) == sorted(whole)
    assert max(map(len, windows(shop, 4))) <= 5


def test_rows_are_padded_at_the_end() -> None:
    rows = padded([np.array([1, 2, 3]), np.array([7])], 2, 99)
    assert rows.tolist() == [[2, 3], [7, 99]]


def test_many_items_are_learned_with_sampled_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transformer, "MOST_FOR_FULL", 5)
    torch.manual_seed(0)
    network = NextItem(40, TINY, only_new=False)
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-2)
    items = torch.randint(40, (32, 4))
    labels = (items + 1) % 40
    labels[0, 2] = NOTHING
    first = None
    for _ in range(60):
        optimizer.zero_grad()
        loss = network(items, labels)["loss"]
        first = first or float(loss.detach())
        loss.backward()
        optimizer.step()
    assert float(loss.detach()) < first / 4
    assert np.isfinite(first)


def test_standard_weighs_the_network_beside_the_other_parts(shop: Events, tmp_path: Path) -> None:
    model = fit_recommender(shop, mode="standard", repeat="again", seed=0, report=Silent(tmp_path))
    assert "sequence" in {row["name"] for row in model.facts["leaderboard"]}
    assert ("sequence" in model.parts) != (fitting.UNUSED in model.notes)
    assert model.facts["sequence"]["epochs"] > 1


def test_a_kept_network_answers_the_same(chosen: Chosen, shop: Events, tmp_path: Path) -> None:
    histories = shop.histories()[:9]
    model = Recommender(list(shop.items), {"sequence": chosen.model}, {"sequence": 1.0}, {}, "again")
    model.save(tmp_path)
    assert np.allclose(model.scores(histories), Recommender.load(tmp_path).scores(histories), atol=1e-4)


def test_a_cancelled_training_stops(shop: Events, tmp_path: Path) -> None:
    report = Recorder(tmp_path, cancel_in="sequence", after=3)
    with pytest.raises(Cancelled):
        fit_recommender(shop, mode="standard", repeat="again", seed=0, report=report)
