"""Boosted trees over encoded columns: LightGBM (Ke et al. 2017) and CatBoost (Prokhorenkova et al. 2018)."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from core.learning.hardware import usable_cores
from core.learning.tabular.columns import Encoded
from core.progress import Tick, no_tick

SMALL, MIDDLE = 3000, 30000
"""Rows up to which trees are kept shallow and strongly regularised."""
MOST_ROUNDS = 3000
PATIENCE = 60


TICK_SECONDS = 0.5


@dataclass(frozen=True)
class Ways:
    """How to fit: `settings` of the library in place of the usual ones; `tick` is called twice a second and may raise to
    stop."""

    settings: Mapping[str, Any] = field(default_factory=dict)
    tick: Tick = no_tick


USUAL = Ways()


class _Pulse:
    """Ticks from inside a library's training; what the tick raises is kept in `raised`."""

    def __init__(self, tick: Tick) -> None:
        self._tick, self._last = tick, time.monotonic()
        self.raised: BaseException | None = None

    def __call__(self, _: Any = None) -> None:
        if time.monotonic() - self._last >= TICK_SECONDS:
            self._last = time.monotonic()
            self._tick()

    def after_iteration(self, _: Any) -> bool:
        """CatBoost's callback: whether to go on."""
        try:
            self()
        except BaseException as raised:
            self.raised = raised
        return self.raised is None


@dataclass(frozen=True)
class LightTrees:
    """One LightGBM model. Missing numbers are NaN; codes are categories to it."""

    booster: Any

    @staticmethod
    def fit(
        training: Encoded,
        bad: np.ndarray,
        validation: Encoded,
        validation_bad: np.ndarray,
        seed: int,
        ways: Ways = USUAL,
    ) -> LightTrees:
        """Stopped where the log loss on the validation rows is least. Labels are bool [rows]."""
        import lightgbm

        categories = list(range(training.numbers.shape[1], len(training.sources)))
        data = lightgbm.Dataset(
            training.matrix(), bad.astype(float), categorical_feature=categories, params={"verbosity": -1}
        )
        kept = data.create_valid(validation.matrix(), validation_bad.astype(float))
        settings = {
            **_light_settings(len(training)), **ways.settings, "seed": seed, "num_threads": _threads(len(training))
        }  # fmt: skip
        callbacks: list[Callable[..., Any]] = [lightgbm.early_stopping(PATIENCE, verbose=False), _Pulse(ways.tick)]
        return LightTrees(lightgbm.train(settings, data, MOST_ROUNDS, valid_sets=[kept], callbacks=callbacks))

    def log_odds(self, encoded: Encoded) -> np.ndarray:
        threads = _threads(len(encoded))
        return np.asarray(self.booster.predict(encoded.matrix(), raw_score=True, num_threads=threads), dtype=float)

    def contributions(self, encoded: Encoded) -> np.ndarray:
        """Exact Shapley values by the trees (Lundberg et al. 2020), then the base: float64 [rows, n + m + 1]."""
        threads = _threads(len(encoded))
        return np.asarray(self.booster.predict(encoded.matrix(), pred_contrib=True, num_threads=threads), dtype=float)

    def save(self, folder: Path) -> None:
        self.booster.save_model(str(folder / "trees.txt"), num_iteration=self.booster.best_iteration)

    @staticmethod
    def load(folder: Path) -> LightTrees:
        import lightgbm

        return LightTrees(lightgbm.Booster(model_file=str(folder / "trees.txt")))


def _threads(rows: int) -> int:
    """One for few rows: there waiting for each other takes longer than the work (a third of the time with one, on 500)."""
    return 1 if rows <= SMALL else usable_cores()


def _light_settings(rows: int) -> dict[str, Any]:
    common = {
        "objective": "binary",
        "metric": "binary_logloss",
        "verbosity": -1,
        "deterministic": True,
        "force_row_wise": True,
        "bagging_freq": 1,
        "cat_smooth": 10.0,
        "max_cat_to_onehot": 8,
    }
    if rows <= SMALL:
        return {**common, "learning_rate": 0.03, "num_leaves": 5, "min_data_in_leaf": 10, "lambda_l2": 5.0,
                "feature_fraction": 0.3, "bagging_fraction": 0.7, "min_sum_hessian_in_leaf": 1.0}  # fmt: skip
    if rows <= MIDDLE:
        return {**common, "learning_rate": 0.03, "num_leaves": 15, "min_data_in_leaf": 20, "lambda_l2": 5.0,
                "feature_fraction": 0.6, "bagging_fraction": 0.8}  # fmt: skip
    return {**common, "learning_rate": 0.05, "num_leaves": 15, "min_data_in_leaf": 100, "lambda_l2": 10.0,
            "feature_fraction": 0.6, "bagging_fraction": 0.8}  # fmt: skip


@dataclass(frozen=True)
class OrderedTrees:
    """One CatBoost model: symmetric trees with ordered target statistics for categories."""

    model: Any

    @staticmethod
    def fit(
        training: Encoded,
        bad: np.ndarray,
        validation: Encoded,
        validation_bad: np.ndarray,
        seed: int,
        ways: Ways = USUAL,
    ) -> OrderedTrees:
        """Stopped where the log loss on the validation rows is least. Labels are bool [rows]."""
        from catboost import CatBoostClassifier

        few = len(training) <= MIDDLE
        usual = {
            "iterations": MOST_ROUNDS if few else 1500,
            "learning_rate": 0.03 if few else 0.08,
            "depth": 4 if len(training) <= SMALL else 6,
            "l2_leaf_reg": 6.0,
        }
        model = CatBoostClassifier(
            **{**usual, **ways.settings},
            random_seed=seed,
            thread_count=usable_cores(),
            verbose=False,
            allow_writing_files=False,
            early_stopping_rounds=PATIENCE,
        )
        pulse = _Pulse(ways.tick)
        model.fit(_pool(training, bad), eval_set=_pool(validation, validation_bad), callbacks=[pulse])
        if pulse.raised:
            raise pulse.raised
        return OrderedTrees(model)

    def log_odds(self, encoded: Encoded) -> np.ndarray:
        return np.asarray(self.model.predict(_pool(encoded), prediction_type="RawFormulaVal"), dtype=float)

    def contributions(self, encoded: Encoded) -> np.ndarray:
        """Shapley values by the trees, then the base: float64 [rows, n + m + 1]."""
        return np.asarray(self.model.get_feature_importance(_pool(encoded), type="ShapValues"), dtype=float)

    def save(self, folder: Path) -> None:
        self.model.save_model(str(folder / "trees.cbm"))

    @staticmethod
    def load(folder: Path) -> OrderedTrees:
        from catboost import CatBoostClassifier

        model = CatBoostClassifier()
        model.load_model(str(folder / "trees.cbm"))
        return OrderedTrees(model)


def _pool(encoded: Encoded, bad: np.ndarray | None = None) -> Any:
    from catboost import FeaturesData, Pool

    numbers = encoded.numbers.astype(np.float32) if encoded.numbers.shape[1] else None
    codes = None
    if encoded.categories.shape[1]:
        names = np.array([str(code).encode() for code in range(max(encoded.sizes))], dtype=object)
        codes = names[encoded.categories]
    data = FeaturesData(num_feature_data=numbers, cat_feature_data=codes)
    return Pool(data, label=None if bad is None else bad.astype(int))


def light_trees_work() -> bool:
    """Whether LightGBM can be loaded here: on some machines its library lacks the system's OpenMP."""
    try:
        import lightgbm  # noqa: F401
    except (ImportError, OSError):
        return False
    return True
