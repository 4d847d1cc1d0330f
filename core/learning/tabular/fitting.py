"""Makes a yes/no model of a table: members over folds, their out-of-fold answers stacked, everything chosen inside the rows given."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from safetensors.numpy import load_file, save_file
from scipy.special import expit

from core.learning.calibration import stratified_folds
from core.learning.delong import auc_interval
from core.learning.tabular.boosting import LightTrees, OrderedTrees, light_trees_work
from core.learning.tabular.columns import Columns, Encoded, planned, texts_of
from core.learning.tabular.crossed import CrossedTrees
from core.learning.tabular.model import Member, TabularModel
from core.learning.tabular.scorecard import Scorecard
from core.learning.tabular.stack import fit_stack
from core.learning.tabular.texts import Scores, read_column
from core.progress import PartOf, Report
from core.words import Text, UserError

Mode = Literal["quick", "standard", "best"]
SCORECARD, BOOSTED, CROSSED, ORDERED = "scorecard", "boosted", "crossed", "ordered"
NETWORK, BLEND, READ = "network", "blend", "read"
TITLES = {
    READ: Text("Reading free texts", "阅读自由文本"),
    SCORECARD: Text("Logistic scorecard", "逻辑回归评分卡"),
    BOOSTED: Text("Boosted trees (LightGBM)", "梯度提升树（LightGBM）"),
    CROSSED: Text("Boosted trees with pairs of numbers", "梯度提升树（含数值两两组合）"),
    ORDERED: Text("Boosted trees (CatBoost)", "梯度提升树（CatBoost）"),
    NETWORK: Text("Neural network (deep ensemble)", "神经网络（深度集成）"),
    BLEND: Text("All of them together", "综合以上模型"),
}
FEW_ROWS, MANY_ROWS = 3000, 30000
NETWORK_REPEATS = 1
"""How often the network's folds are cut: it is an ensemble in itself and takes most of the time."""

ONE_KIND = Text(
    "All rows have the same outcome, so there is nothing to tell apart.", "所有行的结果都相同，没有可区分的内容。"
)
NOTHING_TO_LEARN_FROM = Text(
    "No column is left to learn from: each says the same everywhere, or something else in nearly every row.",
    "没有可用于学习的列：各列的取值全部相同，或几乎每行都不同。",
)


@dataclass(frozen=True)
class Folds:
    """How often the rows are cut, into how many parts; `of` holds each row's part, int [repeats, rows]."""

    of: np.ndarray
    count: int


@dataclass(frozen=True)
class Task:
    """What a part is fitted on."""

    encoded: Encoded
    bad: np.ndarray
    folds: Folds
    seed: int
    report: Report


FitMember = Callable[[Task, np.ndarray, np.ndarray, str], Member]


def folds_for(bad: np.ndarray, mode: Mode, seed: int, groups: np.ndarray | None = None) -> Folds:
    """Stratified folds: few rows are cut several times over, many once and into fewer parts. Rows of one group (int
    [rows]) are in one part."""
    rows, rarest = len(bad), int(min(bad.sum(), (~bad).sum()))
    count = max(2, min(3 if rows > MANY_ROWS else 5, rarest))
    repeats = 2 if rows <= FEW_ROWS else 1
    repeats = repeats * 2 if mode == "best" else repeats
    together = np.arange(rows) if groups is None else groups
    cuts = [stratified_folds(bad.astype(int), together, count, seed + turn) for turn in range(repeats)]
    return Folds(np.stack(cuts), count)


def parts_for(mode: Mode, encoded: Encoded, rows: int) -> dict[str, FitMember]:
    """The parts of a mode by name, in the order in which they are fitted, for `rows` rows such as those encoded."""
    trees: dict[str, FitMember] = {BOOSTED: _light} if light_trees_work() else {ORDERED: _ordered}
    if BOOSTED in trees and CrossedTrees.suits(encoded) and rows <= MANY_ROWS:
        trees[CROSSED] = _crossed
    if mode == "quick":
        return {SCORECARD: _scorecard, **trees}
    return {SCORECARD: _scorecard, **trees, ORDERED: _ordered, NETWORK: _network}


def repeats_of(name: str, mode: Mode, folds: Folds) -> int:
    """How many of the cuts a part is fitted on."""
    most = NETWORK_REPEATS * (2 if mode == "best" else 1) if name == NETWORK else len(folds.of)
    return min(most, len(folds.of))


def _scorecard(task: Task, training: np.ndarray, validation: np.ndarray, name: str) -> Member:
    return Scorecard.fit(task.encoded.take(training), task.bad[training])


def _light(task: Task, training: np.ndarray, validation: np.ndarray, name: str) -> Member:
    e, bad = task.encoded, task.bad
    return LightTrees.fit(e.take(training), bad[training], e.take(validation), bad[validation], task.seed)


def _crossed(task: Task, training: np.ndarray, validation: np.ndarray, name: str) -> Member:
    e, bad = task.encoded, task.bad
    return CrossedTrees.fit(e.take(training), bad[training], e.take(validation), bad[validation], task.seed)


def _ordered(task: Task, training: np.ndarray, validation: np.ndarray, name: str) -> Member:
    e, bad = task.encoded, task.bad
    return OrderedTrees.fit(e.take(training), bad[training], e.take(validation), bad[validation], task.seed)


def _network(task: Task, training: np.ndarray, validation: np.ndarray, name: str) -> Member:
    from core.learning.engine import Run
    from core.learning.tabular.network import fit_network

    return fit_network(task.encoded, task.bad, (training, validation), Run(task.seed, task.report), name=name)


def fit_tabular(
    frame: pd.DataFrame, bad: np.ndarray, *, mode: Mode, seed: int, report: Report, groups: np.ndarray | None = None
) -> TabularModel:
    """A model of `bad` (bool [rows]) from the columns of `frame`. Rows of one of `groups` (int [rows]) stay together in
    every internal split.

    Every part is fitted on folds; the stack and its calibration see only answers to rows that the answering member
    had not learned from. What is finished is kept in `report.checkpoints`. Raises Cancelled, and UserError where there
    is nothing to tell apart or no column to tell by.
    """
    if bad.all() or not bad.any():
        raise UserError(ONE_KIND)
    columns = _columns(frame, mode, report)
    if not columns.used:
        raise UserError(NOTHING_TO_LEARN_FROM)
    task = Task(columns.encode(frame), bad, folds_for(bad, mode, seed, groups), seed, report)
    parts: dict[str, list[Member]] = {}
    answers: dict[str, np.ndarray] = {}
    seconds: dict[str, float] = {}
    for name, fit in parts_for(mode, task.encoded, len(bad)).items():
        report.stage(name)
        started = time.monotonic()
        parts[name], answers[name] = _fit_part(name, fit, task, repeats_of(name, mode, task.folds))
        seconds[name] = round(time.monotonic() - started, 1)
        area = auc_interval(bad, answers[name])[0]
        report.log(f"{name}: AUC {area:.4f} out of fold, {seconds[name]} s")
    stacked = np.column_stack(list(answers.values()))
    stack = fit_stack(stacked, bad)
    blended = stack.log_odds(stacked)
    facts = {
        "parts": [
            {"name": name, "members": len(members), "weight": round(float(weight), 4), "seconds": seconds[name]}
            for (name, members), weight in zip(parts.items(), stack.weights, strict=True)
        ],
        "folds": task.folds.count,
        "repeats": len(task.folds.of),
        "rows": len(bad),
        "columns": columns.used,
    }
    kept = {"probability": expit(blended), "bad": bad.astype(np.uint8)}
    return TabularModel(columns, parts, stack, kept, leaderboard({**answers, BLEND: blended}, bad), facts)


def _columns(frame: pd.DataFrame, mode: Mode, report: Report) -> Columns:
    """The columns, their free texts read by the encoder of their language."""
    plans = planned(frame)
    names, readers = texts_of(plans), {}
    if names:
        report.stage(READ)
    for place, name in enumerate(names):
        part = PartOf(report, place / len(names), 1 / len(names))
        readers[name] = read_column(frame[name], mode, part.progress)
        report.log(f"{name}: free text, read by {readers[name].encoder or 'its words'}")
    return Columns.of(plans, len(frame), readers)


def leaderboard(answers: Mapping[str, np.ndarray], bad: np.ndarray) -> list[dict[str, Any]]:
    """AUC with its 95% interval on out-of-fold answers, the best first."""
    found = []
    for name, answer in answers.items():
        area, low, high = auc_interval(bad, answer)
        found.append({"name": name, "title": TITLES[name].to_json(), "auc": area, "low": low, "high": high})
    return sorted(found, key=lambda row: -row["auc"])


def _fit_part(name: str, fit: FitMember, task: Task, repeats: int) -> tuple[list[Member], np.ndarray]:
    """One member a fold and repeat (of `repeats` cuts), and the mean of their log-odds on rows that they did not learn from."""
    members: list[Member] = []
    answers = np.zeros((repeats, len(task.bad)))
    total = repeats * task.folds.count
    for turn, fold_of in enumerate(task.folds.of[:repeats]):
        for fold in range(task.folds.count):
            training, validation = np.flatnonzero(fold_of != fold), np.flatnonzero(fold_of == fold)
            place = task.report.checkpoints / f"{name}-{turn}-{fold}"
            member, own = _remembered(place, lambda: _fitted(fit, task, (training, validation), place.name))  # noqa: B023
            answers[turn, validation] = own
            members.append(member)
            task.report.progress(len(members) / total)
    return members, answers.mean(axis=0)


def _fitted(fit: FitMember, task: Task, rows: tuple[np.ndarray, np.ndarray], name: str) -> tuple[Member, np.ndarray]:
    member = fit_member(fit, task, rows, name)
    return member, member.log_odds(task.encoded.take(rows[1]))


def fit_member(fit: FitMember, task: Task, rows: tuple[np.ndarray, np.ndarray], name: str) -> Member:
    """A member fitted on row numbers `rows[0]` and stopped by `rows[1]`; free texts are scored by heads that learned from
    the former alone."""
    if not task.encoded.texts.shape[1]:
        return fit(task, *rows, name)
    scores, learned = Scores.fit(task.encoded.take(rows[0]), task.bad[rows[0]], task.seed)
    encoded = scores(task.encoded)
    encoded.numbers[rows[0]] = learned.numbers
    return scores.around(fit(replace(task, encoded=encoded), *rows, name))


def _remembered(folder: Path, make: Callable[[], tuple[Member, np.ndarray]]) -> tuple[Member, np.ndarray]:
    """A member and its validation answers, from an earlier attempt of the run where they are complete."""
    from core.learning.tabular.model import kind_of

    done = folder / "answers.safetensors"
    if done.is_file():
        kind = (folder / "kind.txt").read_text(encoding="utf-8")
        return kind_of(kind).load(folder), load_file(done)["log_odds"]
    member, answers = make()
    unfinished = folder.with_name(folder.name + "-unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    member.save(unfinished)
    (unfinished / "kind.txt").write_text(type(member).__name__, encoding="utf-8")
    save_file({"log_odds": np.ascontiguousarray(answers, dtype=np.float64)}, unfinished / done.name)
    shutil.rmtree(folder, ignore_errors=True)
    unfinished.rename(folder)
    return member, answers
