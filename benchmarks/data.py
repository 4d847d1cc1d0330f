"""How fast files are read, described and checked, and results resampled.

    python benchmarks/data.py [--only combining] [--rows 1000000] [--messy shared/data/messy]

Everything is generated here, always the same; only `--messy` needs files: a folder of odd ones whose right reading is known, read by
Modelwright, pandas and DuckDB (see `reading.py`). Every line is the best of three, except for the largest.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import psutil

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from core.data.exploring import answer
from core.data.findings import find
from core.data.profile import profile
from core.data.reading import read_file
from core.data.table import Table
from core.learning.uncertainty import bootstrap_intervals
from core.scenarios.base import scenario
from core.views import Filter, View

ROOT = Path(__file__).resolve().parents[1]
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
    """Seconds by the clock, and those that the processor worked, which other work on the machine leaves alone."""

    what: str
    seconds: float
    worked: float

    def __str__(self) -> str:
        return f"{self.what:<62}{self.seconds:7.2f} s  ({self.worked:.2f} s worked)"


def measured(what: str, do: Callable[[], object], repeats: int = 3) -> Measured:
    taken = []
    for _ in range(repeats):
        begin, worked = time.perf_counter(), time.process_time()
        do()
        taken.append((time.perf_counter() - begin, time.process_time() - worked))
    return Measured(what, min(clock for clock, _ in taken), min(worked for _, worked in taken))


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
    table = shops(WIDE_ROWS, 0)
    print(measured(f"profile {WIDE_ROWS:,} rows × 8 columns", lambda: profile(table), 1))
    frame = wide(WIDE_ROWS)
    print(measured(f"profile {WIDE_ROWS:,} rows × {frame.shape[1]} columns", lambda: profile(frame), 1))
    known = profile(frame)
    print(measured(f"findings in {WIDE_ROWS:,} rows × {frame.shape[1]} columns", lambda: find(frame, known, []), 1))


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


def orders(rows: int) -> pd.DataFrame:
    """A million orders: a time, two columns of words, four of numbers."""
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "day": (
                pd.Timestamp("2023-01-01") + pd.to_timedelta(rng.integers(0, 700 * 86400, rows), unit="s")
            ).strftime("%Y-%m-%d %H:%M:%S"),
            "shop": pd.Series(np.array([f"shop {k}" for k in range(40)])[rng.integers(0, 40, rows)], dtype="str"),
            "kind": pd.Series(np.array(LABELS)[rng.integers(0, 3, rows)], dtype="str"),
            "amount": np.round(rng.lognormal(3, 0.6, rows), 2),
            "items": rng.poisson(3, rows),
            "age": rng.integers(18, 90, rows).astype(float),
            "weight": rng.normal(size=rows),
        }
    )


Pandas = Callable[[pd.DataFrame], object]


def by_day(frame: pd.DataFrame) -> object:
    moments = pd.to_datetime(frame["day"])
    return frame["amount"].groupby(moments.dt.to_period("W")).mean()


def exploring(folder: Path) -> None:
    """The views of Explore from the file to the figures, and the same figures by pandas from the same file."""
    path, frame = folder / "orders.parquet", orders(WIDE_ROWS)
    frame.to_parquet(path, index=False)
    known = profile(frame)
    del frame
    few = (Filter("amount", low="20", high="60"), Filter("kind", values=("neutral",)))
    views: list[tuple[str, View, list[str], Pandas]] = [
        ("rows by shop", View(("shop",)), ["shop"], lambda f: f["shop"].value_counts()),
        ("average by shop", View(("shop", "amount")), ["shop", "amount"], lambda f: f.groupby("shop")["amount"].mean()),
        ("shop crossed with kind", View(("shop", "kind")), ["shop", "kind"], lambda f: pd.crosstab(f["shop"], f["kind"])),
        ("average a week", View(("day", "amount")), ["day", "amount"], by_day),
        ("spread of the amount", View(("amount",)), ["amount"], lambda f: np.histogram(f["amount"], 24)),
        ("two numbers, by rank too", View(("amount", "age")), ["amount", "age"],
         lambda f: (f.corr(), f.corr(method="spearman"), np.histogram2d(f["amount"], f["age"], 18))),
        ("correlation of four numbers", View(("amount", "items", "age", "weight")), ["amount", "items", "age", "weight"],
         lambda f: f.corr()),
        ("average by shop, two filters", View(("shop", "amount"), filters=few), ["shop", "amount", "kind"],
         lambda f: f[f["amount"].between(20, 60) & (f["kind"] == "neutral")].groupby("shop")["amount"].mean()),
    ]  # fmt: skip
    for what, view, columns, with_pandas in views:
        mine = measured(f"explore {WIDE_ROWS:,} rows: {what}", lambda view=view: answer(path, known, view))
        theirs = measured("", lambda columns=columns, do=with_pandas: do(pd.read_parquet(path, columns=columns)))
        by_clock, by_work = theirs.seconds / mine.seconds, theirs.worked / mine.worked
        print(f"{mine}  pandas {theirs.seconds:.2f} s ({theirs.worked:.2f}), ratio {by_clock:.1f} ({by_work:.1f})")


def shops(rows: int, seed: int) -> pd.DataFrame:
    """Eight columns: a key that each row has for itself, in no order, text, words, a day, numbers."""
    rng = np.random.default_rng(seed)
    said = np.array([f"a review with the number {k} in it" for k in range(200_000)])
    days = pd.Timestamp("2023-01-01") + pd.to_timedelta(rng.integers(0, 700, rows), unit="D")
    return pd.DataFrame(
        {
            "order": [f"A{k:08d}" for k in rng.permutation(rows)],
            "said": said[rng.integers(0, len(said), rows)],
            "shop": np.array([f"shop {k}" for k in range(40)])[rng.integers(0, 40, rows)],
            "kind": np.array(LABELS)[rng.integers(0, 3, rows)],
            "day": days.strftime("%Y-%m-%d"),
            "paid": np.round(rng.lognormal(3, 0.6, rows), 2),
            "items": rng.poisson(3, rows),
            "age": rng.integers(18, 90, rows),
        }
    )


OURS = """
from core.services import combining, elsewhere
elsewhere.IN_IT = True
"""
COMBINED = {
    "append": {
        "Modelwright": OURS + "combining.append(IDS[0], IDS[1:], source=None, all_columns=True)",
        "pandas": "import pandas as pd\n"
        "pd.concat([pd.read_parquet(path) for path in PATHS], ignore_index=True).to_parquet(OUT)",
        "polars": "import polars as pl\npl.concat([pl.read_parquet(path) for path in PATHS]).write_parquet(OUT)",
    },
    "join": {
        "Modelwright": OURS + "combining.join(*IDS, combining.Key('order', 'order'))",
        "pandas": "import pandas as pd\n"
        "left, right = (pd.read_parquet(path) for path in PATHS)\n"
        "left.merge(right.drop_duplicates('order'), on='order', how='left').to_parquet(OUT)",
        "polars": "import polars as pl\n"
        "left, right = (pl.read_parquet(path) for path in PATHS)\n"
        "left.join(right.unique('order'), on='order', how='left', maintain_order='left').write_parquet(OUT)",
    },
}


PEAK = """
import re, time
peak = re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read()).group(1)
print(time.process_time(), peak)
"""


def in_a_process(code: str) -> tuple[float, float, float]:
    """Seconds by the clock, seconds worked and the most memory in MB of a process that runs this."""
    begin = time.perf_counter()
    child = subprocess.Popen([sys.executable, "-c", code + PEAK], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    said = child.communicate()[0].split()
    worked, peak = map(float, said[-2:])
    return time.perf_counter() - begin, worked, peak / 1024


def combining_tables(folder: Path, rows: int) -> None:
    """Two tables put together, from Parquet to Parquet; Modelwright also describes what comes of it."""
    os.environ["MODELWRIGHT_HOME"] = str(folder / "home")
    from core.services import combining, datasets
    from core.store import files

    ids = []
    for seed in (0, 1):
        shops(rows, seed).to_csv(folder / f"shops{seed}.csv", index=False)
        ids.append(datasets.add(f"shops{seed}.csv", folder / f"shops{seed}.csv").dataset.id)
    paths = [str(files.dataset(id).table) for id in ids]
    here, began = psutil.Process().memory_info().rss, time.perf_counter()
    key = combining.guess_key(*ids)
    found = combining.match(*ids, combining.Key("order", "order"))
    grown = (psutil.Process().memory_info().rss - here) / 1e6
    print(f"guess the key {key}, foretell the join ({found.matched:,} rows): ", end="")
    print(f"{time.perf_counter() - began:.1f} s, this process grew by {grown:.0f} MB")
    for what, by in COMBINED.items():
        ours = (0.0, 0.0, 0.0)
        for name, code in by.items():
            head = f"IDS, PATHS, OUT = {ids!r}, {paths!r}, {str(folder / 'out.parquet')!r}\n"
            took = in_a_process(head + code)
            ours = ours if any(ours) else took
            ratio = (
                f"Modelwright takes {ours[1] / took[1]:.1f} times the work, {ours[2] / took[2]:.1f} times the memory"
            )
            print(
                f"{what} 2 × {rows:,} rows, {name}: {took[0]:.1f} s ({took[1]:.1f} s worked), {took[2]:.0f} MB, {ratio}"
            )


def odd_files(folder: Path, rows: int) -> None:
    from benchmarks.reading import collection, million

    collection(folder)
    million(rows)


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parts = ("combining", "reading", "exploring", "describing", "checking", "resampling", "messy")
    asked.add_argument("--only", choices=parts)
    asked.add_argument("--rows", type=int, default=WIDE_ROWS)
    asked.add_argument("--messy", type=Path)
    args = asked.parse_args()
    if args.only == "messy" and not args.messy:
        asked.error("--only messy needs --messy FOLDER")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        run: dict[str, Callable[[], None]] = {
            "combining": lambda: combining_tables(folder, args.rows),
            "reading": lambda: reading(folder),
            "exploring": lambda: exploring(folder),
            "describing": describing,
            "checking": checking,
            "resampling": resampling,
        }
        if args.messy:
            run["messy"] = lambda: odd_files(args.messy, args.rows)
        for part in [args.only] if args.only else run:
            run[part]()


if __name__ == "__main__":
    main()
