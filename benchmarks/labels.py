"""How well doubtful labels are found, and how often the interval of what more rows would bring holds.

    python benchmarks/labels.py --data ../shared/data --what doubts --sets uci_reviews,german_credit --shares 0.05,0.1
    python benchmarks/labels.py --data ../shared/data --what curve --sets uci_reviews,chnsenticorp_htl --rows 600 --trials 20

Doubts: labels of some training rows are changed at random before a Quick run; how many of the rows that its second look
lists are among them. Curve: from `rows` rows of a text set (TF-IDF and logistic regression) the gain of half as many more
is foretold; it is then measured on all other rows, and averaged over the trials.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from core.data.profile import profile
from core.data.reading import read_file
from core.data.table import Table
from core.progress import Silent
from core.scenarios.base import scenario

SETS = {
    "uci_reviews": ("sentiment", "sentiment/uci_reviews"),
    "airline_tweets": ("sentiment", "sentiment/airline_tweets"),
    "chnsenticorp_htl": ("sentiment", "sentiment/chnsenticorp_htl"),
    "german_credit": ("credit_risk", "credit_risk/german_credit"),
    "give_me_some_credit": ("credit_risk", "credit_risk/give_me_some_credit"),
}


def table_of(name: str, data: Path, most: int) -> tuple[str, Table]:
    key, folder = SETS[name]
    path = next(iter(sorted((data / folder).glob("train*"))))
    frame = read_file(path, path.name).frame
    if len(frame) > most:
        frame = frame.sample(most, random_state=0).reset_index(drop=True)
    return key, Table(frame, scenario(key).guess(profile(frame)))


def doubts(name: str, data: Path, share: float, most: int) -> None:
    """Precision and recall of the rows listed."""
    key, table = table_of(name, data, most)
    kind = scenario(key)
    settings = kind.settings.from_json(kind.suggest(profile(table.frame), table.roles))
    split = kind.split(table, settings)
    train, held_out = table.take(split.train), table.take(split.test)
    label, rng = table.roles[str(kind.label)][0], np.random.default_rng(0)
    wrong = np.zeros(len(train), dtype=bool)
    wrong[rng.permutation(len(train))[: round(len(train) * share)]] = True
    values, cells = list(pd.unique(table.frame[label].dropna())), train.frame[label].to_numpy(dtype=object).copy()
    for row in np.flatnonzero(wrong):
        cells[row] = rng.choice([value for value in values if value != cells[row]])
    train.frame[label] = pd.Series(cells).astype(table.frame[label].dtype)
    with tempfile.TemporaryDirectory() as folder:
        report = Silent(Path(folder))
        simple, model = kind.baseline(train, settings, report), kind.fit(train, settings, report)
        found = kind.evaluate(model, simple, held_out, settings, report)
        look = kind.second_look(model, train, found, settings, report)
    if look is None or look.doubts is None:
        print(name, "no second look")
        return
    listed = [doubt.row for doubt in look.doubts.rows]
    said = [f"{wrong[listed[:n]].mean():.2f} of the first {n}" for n in (20, 50, 100) if len(listed) >= n]
    caught = wrong[listed].sum() / max(wrong.sum(), 1)
    print(f"{name} {share:.0%} wrong ({wrong.sum()} rows): {look.doubts.found} doubted; wrong are {', '.join(said)}; {caught:.2f} of the wrong ones listed", flush=True)  # fmt: skip


def curve(name: str, data: Path, rows: int, trials: int) -> None:
    """How often the interval holds the mean true gain."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    from core.learning.curve import Task, learning_curve, right_shares, rounded
    from core.learning.folds import Folds
    from core.words import same

    _, table = table_of(name, data, 10**7)
    texts, labels = np.array(table.texts("text"), dtype=object), np.array(table.texts("label"), dtype=object)
    known = np.flatnonzero((texts != "") & (labels != "") & ~pd.Series(texts).duplicated().to_numpy())
    y = pd.factorize(labels[known])[0]
    analyzer = "char" if name == "chnsenticorp_htl" else "word"
    vectoriser = TfidfVectorizer(analyzer=analyzer, ngram_range=(1, 2), sublinear_tf=True, min_df=2, max_features=30000)
    matrix = vectoriser.fit_transform(texts[known])
    more, foretold, true = rounded(rows), [], []
    for trial in range(trials):
        order = np.random.default_rng(trial).permutation(len(y))
        some, larger, rest = order[:rows], order[: rows + more], order[rows + more :][:5000]

        def fitted(chosen: np.ndarray) -> LogisticRegression:
            return LogisticRegression(C=10, max_iter=200).fit(matrix[chosen], y[chosen])

        def answer(kept: np.ndarray, asked: np.ndarray, some: np.ndarray = some) -> np.ndarray:
            return fitted(some[kept]).predict_proba(matrix[some[asked]])

        task = Task(Folds.of_rows(y[some], trial), answer, right_shares, lambda share: None)
        found = learning_curve(task, same(""))
        if found is not None:
            foretold.append((found.gain, found.gain_low, found.gain_high))
            true.append(fitted(larger).score(matrix[rest], y[rest]) - fitted(some).score(matrix[rest], y[rest]))
    gains, mean = np.array(foretold), float(np.mean(true))
    holds = float(((gains[:, 1] <= mean) & (mean <= gains[:, 2])).mean())
    print(f"{name} {rows} + {more}: true {mean * 100:+.2f} points, foretold {gains[:, 0].mean() * 100:+.2f}, width {np.diff(gains[:, 1:]).mean() * 100:.2f}, holds {holds:.0%} of {len(gains)}", flush=True)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--what", choices=("doubts", "curve"), required=True)
    parser.add_argument("--sets", default="uci_reviews")
    parser.add_argument("--shares", default="0.05")
    parser.add_argument("--most", type=int, default=3000, help="rows of a set at most (doubts)")
    parser.add_argument("--rows", type=int, default=600)
    parser.add_argument("--trials", type=int, default=20)
    given = parser.parse_args()
    for name in given.sets.split(","):
        if given.what == "curve":
            curve(name, given.data, given.rows, given.trials)
        else:
            for share in given.shares.split(","):
                doubts(name, given.data, float(share), given.most)


if __name__ == "__main__":
    main()
