"""How far out-of-fold answers are from chance where no column tells anything: what is right there is .5.

    python benchmarks/noise.py [--rows 400] [--columns 8] [--seeds 40] [--mode quick] [--minutes 0.5]

Prints for each part, and for all together, the mean area under the ROC curve with its standard error, and how often the 95%
range that is shown lies above .5.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import pandas as pd

from core.learning.tabular.fitting import Ask, fit_tabular
from core.progress import Silent

BAD = 0.3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=400)
    parser.add_argument("--columns", type=int, default=8)
    parser.add_argument("--seeds", type=int, default=40)
    parser.add_argument("--mode", default="quick")
    parser.add_argument("--minutes", type=float, default=0.5, help="what Best may take")
    asked = parser.parse_args()
    found: dict[str, list[tuple[float, bool]]] = {}
    for seed in range(asked.seeds):
        random = np.random.default_rng(seed)
        frame = pd.DataFrame(random.normal(size=(asked.rows, asked.columns))).rename(columns=str)
        bad = random.random(asked.rows) < BAD
        with tempfile.TemporaryDirectory() as folder:
            model = fit_tabular(frame, bad, Ask(asked.mode, seed, asked.minutes), Silent(Path(folder)))
        for row in model.leaderboard:
            found.setdefault(row["name"], []).append((row["auc"], row["low"] > 0.5))
    print("| part | mean area | standard error | range above .5 |\n|---|---|---|---|")
    for name, rows in found.items():
        areas, above = (np.array(values, dtype=float) for values in zip(*rows, strict=True))
        print(
            f"| {name} | {areas.mean():.3f} | {areas.std() / np.sqrt(len(areas)):.3f} | {above.sum():.0f} of {len(above)} |"
        )


if __name__ == "__main__":
    main()
