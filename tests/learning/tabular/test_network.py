from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.special import expit, logit

from core.learning.engine import Run
from core.learning.metrics import roc_auc
from core.learning.tabular import network as network_module
from core.learning.tabular.columns import Encoded
from core.learning.tabular.embeddings import QuantileScaler, bin_edges
from core.learning.tabular.network import Network, Shape, fit_network
from core.progress import Cancelled
from tests.learning.tiny import Recorder

TINY = Shape(members=4, embedding=4, bins=8, width=24, depth=2, dropout=0.05)
ROWS = 900
TRAINING, VALIDATION, HELD_OUT = np.arange(600), np.arange(600, 700), np.arange(700, ROWS)


@pytest.fixture(scope="module", autouse=True)
def few_epochs() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(network_module, "MOST_EPOCHS", 8)
        patch.setattr(network_module, "FEWEST_EPOCHS", 8)
        yield


def crossed_rows(seed: int = 0) -> tuple[Encoded, np.ndarray]:
    """Bad where the first two numbers differ in sign; the third number and the category's code 2 or 3 say nothing.

    The third number has gaps from row to row, the first none; no row has the category's codes 0 and 1.
    """
    random = np.random.default_rng(seed)
    numbers = random.standard_normal((ROWS, 3)).astype(np.float32)
    numbers[random.random(ROWS) < 0.3, 2] = np.nan
    codes = random.integers(2, 4, (ROWS, 1)).astype(np.int32)
    return Encoded(numbers, codes, (4,), ("a", "b", "c", "d")), numbers[:, 0] * numbers[:, 1] < 0


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Network:
    encoded, bad = crossed_rows()
    return fit(encoded, bad, tmp_path_factory.mktemp("trained"))


def fit(encoded: Encoded, bad: np.ndarray, folder: Path) -> Network:
    return fit_network(encoded, bad, (TRAINING, VALIDATION), Run(0, Recorder(folder)), shape=TINY)


def test_it_learns_what_no_sum_of_columns_can(trained: Network) -> None:
    encoded, bad = crossed_rows()
    assert roc_auc(bad[HELD_OUT], trained.log_odds(encoded.take(HELD_OUT))) > 0.9


def test_the_ensemble_says_the_mean_of_its_members_probabilities(trained: Network) -> None:
    encoded, _ = crossed_rows()
    members = trained.member_log_odds(encoded)
    assert members.shape == (ROWS, TINY.members)
    assert members.std(1).min() > 0
    assert np.allclose(trained.log_odds(encoded), logit(expit(members).mean(1)), atol=1e-3)


def test_contributions_add_up_to_the_log_odds(trained: Network) -> None:
    encoded = crossed_rows()[0].take(HELD_OUT)
    parts = trained.contributions(encoded)
    assert parts.shape == (len(HELD_OUT), 5)
    assert np.allclose(parts.sum(1), trained.log_odds(encoded), atol=1e-3)
    assert np.unique(parts[:, -1]).size == 1


def test_contributions_name_the_columns_that_matter(trained: Network) -> None:
    mean = np.abs(trained.contributions(crossed_rows()[0].take(HELD_OUT))).mean(0)
    assert mean[:2].min() > 3 * mean[2:4].max()


def test_what_was_never_seen_in_training_counts_for_nothing(trained: Network) -> None:
    encoded = crossed_rows()[0].take(HELD_OUT)
    strange = replace(encoded, categories=np.ones_like(encoded.categories))
    gap = replace(encoded, numbers=np.column_stack([np.full(len(encoded), np.nan), encoded.numbers[:, 1:]]))
    assert np.allclose(trained.contributions(strange)[:, 3], 0, atol=1e-9)
    assert np.allclose(trained.contributions(gap)[:, 0], 0, atol=1e-9)


def test_any_number_has_an_answer(trained: Network) -> None:
    extreme = np.array([[np.nan] * 3, [np.inf] * 3, [-np.inf] * 3, [1e38] * 3], dtype=np.float32)
    encoded = Encoded(extreme, np.zeros((4, 1), dtype=np.int32), (4,), ("a", "b", "c", "d"))
    assert np.isfinite(trained.contributions(encoded)).all()
    assert trained.log_odds(encoded.take(np.array([], dtype=int))).shape == (0,)
    assert trained.contributions(encoded.take(np.array([], dtype=int))).shape == (0, 5)


def test_a_saved_network_answers_the_same(trained: Network, tmp_path: Path) -> None:
    encoded = crossed_rows()[0].take(HELD_OUT)
    trained.save(tmp_path)
    again = Network.load(tmp_path)
    assert np.allclose(again.member_log_odds(encoded), trained.member_log_odds(encoded), atol=1e-3)
    assert np.allclose(again.contributions(encoded), trained.contributions(encoded), atol=0.05)
    assert again.facts == trained.facts
    assert {path.suffix for path in tmp_path.iterdir()} == {".safetensors", ".json"}


def test_an_interrupted_training_ends_as_an_uninterrupted_one(trained: Network, tmp_path: Path) -> None:
    encoded, bad = crossed_rows()
    cut = Recorder(tmp_path, cancel_in="network", after=80)
    cut.stage("network")
    with pytest.raises(Cancelled):
        fit_network(encoded, bad, (TRAINING, VALIDATION), Run(0, cut), shape=TINY)
    resumed = fit(encoded, bad, tmp_path)
    assert np.allclose(resumed.log_odds(encoded), trained.log_odds(encoded), atol=1e-3)
    assert not np.allclose(resumed.log_odds(encoded), 0, atol=0.1)


@pytest.mark.parametrize("kept", ["numbers", "categories"])
def test_one_kind_of_column_is_enough(kept: str, tmp_path: Path) -> None:
    encoded, _ = crossed_rows()
    bad = (encoded.numbers[:, 0] > 0) if kept == "numbers" else (encoded.categories[:, 0] == 3)
    if kept == "numbers":
        alone = Encoded(encoded.numbers, encoded.categories[:, :0], (), ("a", "b", "c"))
    else:
        alone = Encoded(encoded.numbers[:, :0], encoded.categories, (4,), ("d",))
    found = fit(alone, bad, tmp_path).log_odds(alone.take(HELD_OUT))
    assert roc_auc(bad[HELD_OUT], found) > 0.95


def test_a_column_without_any_value_does_no_harm(tmp_path: Path) -> None:
    encoded, _ = crossed_rows()
    empty = replace(encoded, numbers=np.column_stack([encoded.numbers[:, :2], np.full(ROWS, np.nan)]))
    bad = encoded.numbers[:, 0] > 0
    found = fit(empty, bad, tmp_path).log_odds(encoded.take(HELD_OUT))
    assert roc_auc(bad[HELD_OUT], found) > 0.95


def test_scaling_keeps_the_order_and_tames_outliers() -> None:
    values = np.array([[1.0], [2], [2], [3], [1e9], [np.nan]], dtype=np.float32)
    scaled = QuantileScaler.fit(values)(values)[:, 0]
    assert np.isnan(scaled[-1])
    assert scaled[1] == scaled[2]
    assert (np.diff(scaled[[0, 1, 3, 4]]) > 0).all()
    assert np.abs(scaled[:-1]).max() < 3.2


def test_scaling_holds_still_beyond_the_training_rows() -> None:
    scaler = QuantileScaler.fit(np.arange(100, dtype=np.float32)[:, None])
    low, high, further = scaler(np.array([[-5.0], [200.0], [1e30]], dtype=np.float32))[:, 0]
    assert low == -high
    assert further == high


def test_a_frequent_value_leaves_pieces_for_the_others() -> None:
    values = np.array([0] * 95 + [1, 2, 3, 4, 5], dtype=np.float32)[:, None]
    edges = bin_edges(values, 6)[0]
    assert edges[:6].tolist() == [0, 1, 2, 3, 4, 5]
    assert np.isinf(edges[6])
