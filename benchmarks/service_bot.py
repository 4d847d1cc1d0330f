"""The customer-service bot side by side with BM25 and with TF-IDF and logistic regression, on the same rows in one run.

    python benchmarks/service_bot.py [--data FOLDER] [--sets banking77,bitext_support] [--modes quick] [--splits 20] [--rows N]

Prints a Markdown table. Seconds are those of the fit: on the clock, and of the processor in all its threads. The last column
re-draws the threshold: over `--splits` halvings of the held-out questions the line is set on one half and measured on the other.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import pandas as pd

from core.data.conversations import Pairs, pairs_of
from core.data.table import Table
from core.learning.cleaning import clean_all, mostly_chinese
from core.learning.retrieval.evaluation import Simple, evaluate
from core.learning.retrieval.fitting import fit_bot, with_one_out
from core.learning.uncertainty import threshold_for_error
from core.progress import Silent

SETS = {
    "banking77": ({"question": ("text",), "intent": ("category",)}, "train.csv"),
    "bitext_support": ({"question": ("instruction",), "answer": ("response",), "intent": ("intent",)}, "train.csv"),
    "insuranceqa_zh": ({"question": ("question",), "answer": ("answer",)}, "train.csv.gz"),
}
SHOWN = ("recall_at_1", "recall_at_3", "mrr", "intent_accuracy", "intent_macro_f1", "coverage_at_risk", "risk")
ERROR = 0.05


def main() -> None:
    options = parse()
    print(
        "| data | method | " + " | ".join(SHOWN) + " | seconds, clock / processor |\n|" + "---|" * (len(SHOWN) + 3),
        flush=True,
    )
    for name in options.sets.split(","):
        training, held_out = read(Path(options.data) / "bot" / name, name, options.rows)
        simple = Simple.fit(training, mostly_chinese(clean_all(training.questions[:300])), 0)
        for mode in options.modes.split(","):
            measure(name, mode, training, held_out, simple, options)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default=os.environ.get("MODELWRIGHT_BENCH_DATA", "../shared/data"))
    parser.add_argument("--sets", default=",".join(SETS))
    parser.add_argument("--modes", default="quick")
    parser.add_argument("--splits", type=int, default=20)
    parser.add_argument("--seed", type=int, default=13)
    parser.add_argument("--rows", type=int, help="only so many training rows")
    return parser.parse_args()


def read(folder: Path, name: str, rows: int | None) -> tuple[Pairs, Pairs]:
    roles, train = SETS[name]
    sides = []
    for file in (train, "test.csv"):
        frame = pd.read_csv(folder / file, keep_default_na=False, nrows=rows if file == train else None)
        sides.append(with_one_out(pairs_of(Table(frame, roles))))
    return sides[0], sides[1]


def measure(
    name: str, mode: Any, training: Pairs, held_out: Pairs, simple: Simple, options: argparse.Namespace
) -> None:
    clock, processor = time.perf_counter(), time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        bot = fit_bot(training, mode=mode, seed=options.seed, report=Silent(Path(folder)))
    clock, processor = time.perf_counter() - clock, time.process_time() - processor
    print(f"<!-- {name} {mode}: {bot.facts} -->", file=sys.stderr, flush=True)
    replies, scores = evaluate(bot, simple, held_out, ERROR, options.seed)
    line(name, "simple", scores.baseline, "")
    line(name, mode, scores.metrics, f"{clock:.0f} / {processor:.0f}")
    if options.splits:
        asked = ~replies.out
        print(guarantee(replies.confidence[asked], np.asarray(scores.rows["right"])[asked], options.splits), flush=True)
    started = time.perf_counter()
    for question in held_out.questions[:20]:
        bot.reply([question])
    print(f"<!-- one answer: {(time.perf_counter() - started) / 20 * 1000:.0f} ms on the clock -->", flush=True)


def line(name: str, method: str, figures: dict[str, float], seconds: str) -> None:
    cells = [f"{figures[key]:.4f}" if key in figures else "" for key in SHOWN]
    print(f"| {name} | {method} | " + " | ".join(cells) + f" | {seconds} |", flush=True)


def guarantee(confidence: np.ndarray, right: np.ndarray, splits: int) -> str:
    """What comes of a line set on half of these questions, on the other half, over many halvings."""
    errors, shares = [], []
    for split in range(splits):
        order = np.random.default_rng(split).permutation(len(right))
        first, second = np.array_split(order, 2)
        threshold = threshold_for_error(confidence[first], right[first], ERROR)
        automatic = confidence[second] >= threshold if threshold is not None else np.zeros(len(second), dtype=bool)
        errors.append((automatic & ~right[second]).sum() / max(automatic.sum(), 1))
        shares.append(automatic.mean())
    return (
        f"<!-- {splits} splits at {ERROR:.0%}: error mean {np.mean(errors):.4f}, largest {np.max(errors):.4f}, "
        f"above in {int((np.array(errors) > ERROR).sum())}; automatic {np.mean(shares):.3f} -->"
    )


if __name__ == "__main__":
    main()
