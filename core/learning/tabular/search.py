"""Better settings for boosted trees, searched on folds of the training rows for as long as the user gives."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from core.learning.tabular.boosting import LightTrees, OrderedTrees, Ways, light_trees_work
from core.learning.tabular.crossed import CrossedOrderedTrees, CrossedTrees
from core.learning.tabular.stopped import fit_stopped

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution

    from core.learning.tabular.fitting import Task

LIGHT, ORDERED = "light", "ordered"
KINDS: dict[bool, dict[str, Any]] = {
    False: {LIGHT: LightTrees, ORDERED: OrderedTrees},
    True: {LIGHT: CrossedTrees, ORDERED: CrossedOrderedTrees},
}
"""By whether they see pairs of numbers."""


def kinds_here() -> list[str]:
    """The kinds of trees that can be loaded on this machine."""
    return [kind for kind in (LIGHT, ORDERED) if kind != LIGHT or light_trees_work()]


def ranges_of(kind: str, rows: int) -> dict[str, BaseDistribution]:
    """What is tried: for LightGBM the ranges of Optuna's LightGBMTuner (Akiba et al. 2019), for CatBoost those of
    Gorishniy et al. 2021, "Revisiting deep learning models for tabular data", with fewer leaves where rows are few."""
    from optuna.distributions import FloatDistribution, IntDistribution

    if kind == ORDERED:
        return {
            "depth": IntDistribution(3, 8),
            "learning_rate": FloatDistribution(0.02, 0.2, log=True),
            "l2_leaf_reg": FloatDistribution(1.0, 10.0, log=True),
            "random_strength": FloatDistribution(0.5, 10.0, log=True),
        }
    return {
        "num_leaves": IntDistribution(2, int(np.clip(rows // 50, 8, 256)), log=True),
        "learning_rate": FloatDistribution(0.01, 0.1, log=True),
        "min_data_in_leaf": IntDistribution(5, 100),
        "lambda_l1": FloatDistribution(1e-8, 10.0, log=True),
        "lambda_l2": FloatDistribution(1e-8, 10.0, log=True),
        "feature_fraction": FloatDistribution(0.2, 1.0),
        "bagging_fraction": FloatDistribution(0.4, 1.0),
    }


@dataclass(frozen=True)
class Tried:
    """One try: `loss` is the log loss on rows that the trees did not learn from, `seconds` what it took. Empty `settings`
    are the usual ones."""

    kind: str
    settings: dict[str, Any]
    loss: float
    seconds: float


@dataclass
class Search:
    """Tries of an earlier attempt of the run, in `folder`, count as tries of this one."""

    task: Task
    fold_of: np.ndarray
    folder: Path
    tried: list[Tried] = field(default_factory=list)

    def run(self, seconds: float) -> None:
        """Tries the usual settings and then those that a tree-structured Parzen estimator proposes (Bergstra et al. 2011),
        the kinds of trees in turn by the time they took, until the time is spent. Raises Cancelled."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.tried = [Tried(**json.loads(path.read_text("utf-8"))) for path in sorted(self.folder.glob("*.json"))]
        studies = {kind: self._study(kind) for kind in kinds_here()}
        while kind := self._next(seconds):
            own = [one for one in self.tried if one.kind == kind]
            ranges, study = ranges_of(kind, len(self.task.bad)), studies[kind]
            trial = study.ask(ranges) if own else None
            one = self._try(kind, dict(trial.params) if trial else {}, seconds)
            if trial:
                study.tell(trial, one.loss)
            self.tried.append(one)
            place = self.folder / f"{len(self.tried):05d}.json"
            place.with_suffix(".part").write_text(json.dumps(asdict(one)), "utf-8")
            place.with_suffix(".part").rename(place)

    def best(self) -> dict[str, Tried]:
        """The try with the least loss of each kind of trees."""
        kinds = {one.kind for one in self.tried}
        found = {kind: min((one for one in self.tried if one.kind == kind), key=lambda one: one.loss) for kind in kinds}
        return dict(sorted(found.items()))

    @property
    def spent(self) -> float:
        return sum(one.seconds for one in self.tried)

    def _next(self, seconds: float) -> str | None:
        """The kind that had the least time, of those of which another try still fits."""
        took = {kind: [one.seconds for one in self.tried if one.kind == kind] for kind in kinds_here()}
        left = seconds - self.spent
        fitting = [kind for kind, own in took.items() if left > (np.median(own) if own else 0.0)]
        return min(fitting, key=lambda kind: sum(took[kind])) if fitting else None

    def _study(self, kind: str) -> Any:
        import optuna

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=self.task.seed))
        ranges = ranges_of(kind, len(self.task.bad))
        for one in self.tried:
            if one.kind == kind and one.settings:
                study.add_trial(optuna.trial.create_trial(params=one.settings, distributions=ranges, value=one.loss))
        return study

    def _try(self, kind: str, settings: dict[str, Any], seconds: float) -> Tried:
        started, task = time.monotonic(), self.task
        spent, answers = self.spent, np.zeros(len(task.bad))

        def tick() -> None:
            task.report.progress(min(1.0, (spent + time.monotonic() - started) / max(seconds, 1e-9)))

        for fold in range(task.cuts.count):
            training, asked = np.flatnonzero(self.fold_of != fold), np.flatnonzero(self.fold_of == fold)
            tick()
            rows = task.encoded.take(training), task.folds.take(training)
            trees = fit_stopped(KINDS[task.pairs][kind], *rows, Ways(settings, tick))
            answers[asked] = trees.log_odds(task.encoded.take(asked))
        return Tried(kind, settings, mean_log_loss(answers, task.bad), time.monotonic() - started)


def mean_log_loss(log_odds: np.ndarray, bad: np.ndarray) -> float:
    """Of log-odds [rows] for `bad`, bool [rows]."""
    return float(np.logaddexp(0, np.where(bad, -log_odds, log_odds)).mean())
