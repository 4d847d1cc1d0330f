"""How fast files are read, described and checked, and results resampled.

    python benchmarks/data.py

Everything is generated here, always the same; no file is needed. Every line is the best of three, except for the largest.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from core.data.profile import profile
from core.data.reading import read_file
from core.data.table import Table
from core.learning.uncertainty import bootstrap_intervals
from core.scenarios.base import scenario

WORDS = [
    "flight",
    "late",
    "again",
    "thanks",
    "crew",
    "seat",
    "bag",
    "lost",
    "helpful",
    "gate",
    "price",
    "agent",
    "phone",
    "hours",
    "never",
    "love",
    "refund",
]
LABELS = ("negative", "neutral", "positive")
TRAIN_ROWS, REPEATED, LONG_ROWS, WIDE_ROWS = 11_700, 10, 500_000, 1_000_000


@dataclass(frozen=True)
class Measured:
    what: str
    seconds: float

    def __str__(self) -> str:
        return f"{self.what:<62}{self.seconds:7.2f} s"


def measured(what: str, do: Callable[[], object], repeats: int = 3) -> Measured:
    taken = []
    for _ in range(repeats):
        begin = time.perf_counter()
        do()
        taken.append(time.perf_counter() - begin)
    return Measured(what, min(taken))


def posts(rows: int) -> pd.DataFrame:
    """Short posts about an airline with a label and a few columns beside them."""
    rng = np.random.default_rng(0)
    drawn = np.array(WORDS)[rng.integers(0, len(WORDS), (rows, 18))]
    return pd.DataFrame(
        {
            "id": np.arange(rows),
            "text": [" ".join(words) + f" @air{k}" for k, words in enumerate(drawn)],
            "label": np.array(LABELS)[rng.choice(3, rows, p=(0.63, 0.21, 0.16))],
            "airline": np.array(["north", "south", "east"])[rng.integers(0, 3, rows)],
            "likes": rng.integers(0, 50, rows),
        }
    )


def wide(rows: int) -> pd.DataFrame:
    """Fifteen columns: three of text, four categories, four measures, four whole numbers."""
    rng = np.random.default_rng(0)
    texts = np.array([f"a review with the number {k} in it" for k in range(200_000)])
    columns = {f"text {k}": pd.Series(texts[rng.integers(0, len(texts), rows)], dtype="str") for k in range(3)}
    columns |= {f"kind {k}": pd.Series(np.array(LABELS)[rng.integers(0, 3, rows)], dtype="str") for k in range(4)}
    columns |= {f"measure {k}": pd.Series(rng.normal(size=rows)) for k in range(4)}
    return pd.DataFrame(columns | {f"count {k}": pd.Series(rng.integers(0, 1000, rows)) for k in range(4)})


def reading(folder: Path) -> None:
    posts(TRAIN_ROWS).to_csv(folder / "posts.csv", index=False)
    print(measured(f"read a CSV of {TRAIN_ROWS:,} posts", lambda: read_file(folder / "posts.csv", "posts.csv")))
    line = "a fairly short review of something,positive,12.5,2024-01-02\n"
    (folder / "long.csv").write_text("text,label,price,day\n" + line * LONG_ROWS)
    print(measured(f"read a CSV of {LONG_ROWS:,} rows", lambda: read_file(folder / "long.csv", "long.csv"), 1))


def describing() -> None:
    frame = wide(WIDE_ROWS)
    print(measured(f"profile {WIDE_ROWS:,} rows × {frame.shape[1]} columns", lambda: profile(frame), 1))


def checking() -> None:
    kind = scenario("sentiment")
    frame = pd.concat([posts(TRAIN_ROWS)] * REPEATED, ignore_index=True)
    table = Table(frame, {"text": ("text",), "label": ("label",)})
    print(measured(f"all pre-flight checks on {len(frame):,} rows", lambda: kind.check(table, kind.settings())))


def resampling() -> None:
    rng = np.random.default_rng(0)
    for rows, kinds in ((3000, 3), (12_000, 77)):
        actual = rng.integers(0, kinds, rows).astype(str)
        given = np.where(rng.random(rows) < 0.8, actual, rng.permutation(actual))
        what = f"intervals of {rows:,} answers in {kinds} classes"
        print(measured(what, lambda actual=actual, given=given: bootstrap_intervals(actual, given, seed=0)))


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        reading(Path(folder))
    describing()
    checking()
    resampling()


if __name__ == "__main__":
    main()
