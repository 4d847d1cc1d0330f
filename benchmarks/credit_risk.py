"""Credit risk side by side with its peers in one run: the same rows, the same columns.

    python benchmarks/credit_risk.py --data FOLDER [--only german_credit,…] [--modes quick,standard] [--seeds 0,1] [--folds 5] [--minutes 15]

FOLDER holds credit_risk/ and others/ with train.csv and test.csv of each set (README.md says where they come from). The
official split is used, except for german_credit: the mean over `--folds` repeats of 5-fold cross-validation over all rows.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from core.data.table import clean
from core.learning.binary import brier
from core.learning.folds import Folds
from core.learning.metrics import expected_calibration_error, roc_auc
from core.learning.tabular.fitting import MINUTES, Ask, fit_tabular
from core.progress import Silent


@dataclass(frozen=True)
class Set:
    folder: str
    target: str
    bad: str
    without: tuple[str, ...] = ()


SETS = {
    "give_me_some_credit": Set("credit_risk/give_me_some_credit", "SeriousDlqin2yrs", "1"),
    "german_credit": Set("credit_risk/german_credit", "creditability", "bad"),
    "bank_marketing": Set("others/bank_marketing", "y", "yes", ("duration",)),
    "ai4i_2020": Set(
        "others/ai4i_2020", "Machine failure", "1", ("UDI", "Product ID", "TWF", "HDF", "PWF", "OSF", "RNF")
    ),
}
Fit = Callable[[pd.DataFrame, np.ndarray, pd.DataFrame, int], np.ndarray]


def logistic(train: pd.DataFrame, bad: np.ndarray, test: pd.DataFrame, seed: int) -> np.ndarray:
    """One-hot categories, standardised numbers, L2 logistic regression."""
    numbers = [name for name in train.columns if pd.api.types.is_numeric_dtype(train[name])]
    words = [name for name in train.columns if name not in numbers]
    prepared = make_column_transformer(
        (make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), numbers),
        (OneHotEncoder(handle_unknown="ignore", min_frequency=3), words),
    )
    model = make_pipeline(prepared, LogisticRegression(max_iter=1000))
    return model.fit(train, bad).predict_proba(test)[:, 1]


def lightgbm_fixed(train: pd.DataFrame, bad: np.ndarray, test: pd.DataFrame, seed: int) -> np.ndarray:
    """300 trees of 31 leaves at 0.05, as one would start."""
    import lightgbm

    model = lightgbm.LGBMClassifier(n_estimators=300, learning_rate=0.05, random_state=seed, verbose=-1)
    both = pd.concat([train, test]).astype(dict.fromkeys(_words(train), "category"))
    both.columns = [str(place) for place in range(both.shape[1])]
    return model.fit(both.iloc[: len(train)], bad).predict_proba(both.iloc[len(train) :])[:, 1]


def catboost_defaults(train: pd.DataFrame, bad: np.ndarray, test: pd.DataFrame, seed: int) -> np.ndarray:
    from catboost import CatBoostClassifier

    words = _words(train)
    filled = [part.assign(**{name: part[name].map(clean) for name in words}) for part in (train, test)]
    model = CatBoostClassifier(random_seed=seed, verbose=False, allow_writing_files=False, cat_features=words)
    return model.fit(filled[0], bad).predict_proba(filled[1])[:, 1]


def _words(frame: pd.DataFrame) -> list[str]:
    return [name for name in frame.columns if not pd.api.types.is_numeric_dtype(frame[name])]


def ours(mode: Any, minutes: float) -> Fit:
    def fit(train: pd.DataFrame, bad: np.ndarray, test: pd.DataFrame, seed: int) -> np.ndarray:
        with tempfile.TemporaryDirectory() as folder:
            model = fit_tabular(train, bad, Ask(mode, seed, minutes), Silent(Path(folder)))
            return model.probabilities(test)

    return fit


def read(folder: Path, one: Set, part: str) -> tuple[pd.DataFrame, np.ndarray]:
    path = next((folder / one.folder).glob(f"{part}.csv*"))
    frame = pd.read_csv(path)
    bad = frame[one.target].map(clean).to_numpy() == one.bad
    return frame.drop(columns=[one.target, *one.without]), bad


def measure(fit: Fit, splits: list[tuple[Any, Any, Any, Any]], seed: int) -> dict[str, float]:
    """Means over the splits; seconds are of one fit with its answers, and of the processor over all cores."""
    found = []
    for train, bad, test, truth in splits:
        started, worked = time.monotonic(), time.process_time()
        answer = fit(train, bad, test, seed)
        found.append(
            (
                roc_auc(truth, answer), brier(truth, answer), expected_calibration_error(answer, truth),
                time.monotonic() - started, time.process_time() - worked,
            )
        )  # fmt: skip
    means = np.mean(found, axis=0)
    return dict(
        zip(("roc_auc", "brier", "ece", "seconds", "cpu_seconds"), (round(float(x), 4) for x in means), strict=True)
    )


def splits_of(folder: Path, name: str, repeats: int) -> list[tuple[Any, Any, Any, Any]]:
    train, bad = read(folder, SETS[name], "train")
    test, truth = read(folder, SETS[name], "test")
    if name != "german_credit":
        return [(train, bad, test, truth)]
    rows, ends = pd.concat([train, test], ignore_index=True), np.concatenate([bad, truth])
    splits = []
    for turn in range(repeats):
        fold_of = Folds.of_rows(ends.astype(int), turn).parts(5)
        for fold in range(5):
            a, b = np.flatnonzero(fold_of != fold), np.flatnonzero(fold_of == fold)
            splits.append((rows.iloc[a].reset_index(drop=True), ends[a], rows.iloc[b].reset_index(drop=True), ends[b]))
    return splits


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--only", default=",".join(SETS))
    parser.add_argument("--modes", default="quick,standard")
    parser.add_argument("--seeds", default="0")
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--minutes", type=float, default=MINUTES, help="what Best may take")
    parser.add_argument("--no-peers", action="store_true")
    asked = parser.parse_args()
    peers = {"logistic regression": logistic, "LightGBM fixed": lightgbm_fixed, "CatBoost defaults": catboost_defaults}
    fits = {} if asked.no_peers else dict(peers)
    fits |= {f"Modelwright {mode}": ours(mode, asked.minutes) for mode in asked.modes.split(",") if mode}
    for name in asked.only.split(","):
        splits = splits_of(asked.data, name, asked.folds)
        for title, fit in fits.items():
            for seed in map(int, asked.seeds.split(",")):
                print(
                    json.dumps({"data": name, "model": title, "seed": seed, **measure(fit, splits, seed)}), flush=True
                )


if __name__ == "__main__":
    main()
