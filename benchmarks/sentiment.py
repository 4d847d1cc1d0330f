"""Our text modes side by side with TF-IDF and logistic regression, trained on the same rows in the same run.

    python benchmarks/sentiment.py [--data FOLDER] [--sets airline_tweets,sst2] [--modes quick,standard] [--seeds 0,1,2]

Prints a Markdown table of accuracy, macro-F1, calibration error and seconds on the held-out rows; means over seeds.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import pandas as pd

from core.learning.baselines import TextBaseline
from core.learning.metrics import expected_calibration_error, macro_f1
from core.learning.text import fit_text_classifier
from core.progress import Silent


@dataclass(frozen=True)
class Benchmark:
    """One public data set: its text and label columns, language, and how many training rows are used."""

    text: str
    label: str
    language: str = "en"
    rows: int | None = None
    train: str = "train.csv"


SETS = {
    "airline_tweets": Benchmark("text", "airline_sentiment"),
    "sst2": Benchmark("sentence", "label", rows=20_000, train="train.csv.gz"),
    "uci_reviews": Benchmark("text", "label"),
    "chnsenticorp_htl": Benchmark("review", "label", language="zh"),
}


@dataclass(frozen=True)
class Figures:
    accuracy: float
    macro_f1: float
    calibration_error: float
    seconds: float


def main() -> None:
    options = parse()
    print("| data | model | accuracy | macro-F1 | calibration error | seconds |\n|---|---|---|---|---|---|", flush=True)
    for name in options.sets.split(","):
        training, held_out = read(Path(options.data) / "sentiment" / name, SETS[name])
        show(name, "TF-IDF + LR", [baseline(SETS[name], training, held_out)])
        for mode in options.modes.split(","):
            seeds = [0] if mode == "quick" else [int(seed) for seed in options.seeds.split(",")]
            show(name, mode, [ours(SETS[name], training, held_out, mode, seed) for seed in seeds])


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default=os.environ.get("MODELWRIGHT_BENCH_DATA", "../shared/data"))
    parser.add_argument("--sets", default=",".join(SETS))
    parser.add_argument("--modes", default="quick,standard")
    parser.add_argument("--seeds", default="0,1,2")
    return parser.parse_args()


def read(folder: Path, about: Benchmark) -> tuple[pd.DataFrame, pd.DataFrame]:
    training = pd.read_csv(folder / about.train, keep_default_na=False, nrows=about.rows)
    return training, pd.read_csv(folder / "test.csv", keep_default_na=False)


def baseline(about: Benchmark, training: pd.DataFrame, held_out: pd.DataFrame) -> Figures:
    started = time.perf_counter()
    model = TextBaseline().fit(training[about.text].tolist(), training[about.label].tolist())
    seconds = time.perf_counter() - started
    return figures(model.probabilities(held_out[about.text].tolist()), model.classes, held_out[about.label], seconds)


def ours(about: Benchmark, training: pd.DataFrame, held_out: pd.DataFrame, mode: str, seed: int) -> Figures:
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        model = fit_text_classifier(
            training[about.text].tolist(), training[about.label].astype(str).tolist(), mode=mode,  # type: ignore[arg-type]
            language=about.language, seed=seed, report=Silent(Path(folder)),
        )  # fmt: skip
    seconds = time.perf_counter() - started
    print(f"<!-- {mode} seed {seed}: {model.facts} -->", file=sys.stderr, flush=True)
    return figures(model.probabilities(held_out[about.text].tolist()), model.classes, held_out[about.label], seconds)


def figures(shares: np.ndarray, classes: list[str], labels: pd.Series, seconds: float) -> Figures:
    y = np.array([classes.index(str(label)) for label in labels])
    predicted, confidence = shares.argmax(axis=1), shares.max(axis=1)
    correct = predicted == y
    error = expected_calibration_error(confidence, correct)
    return Figures(float(correct.mean()), macro_f1(y, predicted), error, seconds)


def show(name: str, model: str, runs: list[Figures]) -> None:
    accuracy, f1, error, seconds = (
        np.array([getattr(run, field) for run in runs])
        for field in ("accuracy", "macro_f1", "calibration_error", "seconds")
    )
    spread = f" ± {accuracy.std():.4f}" if len(runs) > 1 else ""
    print(f"| {name} | {model} | {accuracy.mean():.4f}{spread} | {f1.mean():.4f} | {error.mean():.3f} "
          f"| {seconds.mean():.0f} |", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
