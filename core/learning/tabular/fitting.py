"""Makes a yes/no model of a table: members over folds, their out-of-fold answers stacked, everything chosen inside the rows given."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from safetensors.numpy import load_file, save_file
from scipy.special import expit

from core.learning.delong import auc_interval
from core.learning.folds import Folds
from core.learning.tabular.boosting import LightTrees, OrderedTrees, Ways, light_trees_work
from core.learning.tabular.columns import Columns, Encoded, planned, texts_of
from core.learning.tabular.crossed import CrossedOrderedTrees, CrossedTrees
from core.learning.tabular.model import Member, TabularModel
from core.learning.tabular.scorecard import Scorecard
from core.learning.tabular.search import KINDS, LIGHT, Search, Tried, mean_log_loss
from core.learning.tabular.search import ORDERED as ORDERED_TREES
from core.learning.tabular.stack import fit_stack
from core.learning.tabular.texts import Scores, read_column
from core.progress import PartOf, Report, Tick, no_tick
from core.words import Text, UserError

Mode = Literal["quick", "standard", "best"]
SCORECARD, BOOSTED, CROSSED, ORDERED, CROSSED_ORDERED = "scorecard", "boosted", "crossed", "ordered", "crossed_ordered"
NETWORK, BLEND, READ = "network", "blend", "read"
SEARCH, TUNED_LIGHT, TUNED_ORDERED = "search", "tuned_light", "tuned_ordered"
TITLES = {
    READ: Text("Reading free texts", "阅读自由文本"),
    SCORECARD: Text("Logistic scorecard", "逻辑回归评分卡"),
    BOOSTED: Text("Boosted trees (LightGBM)", "梯度提升树（LightGBM）"),
    CROSSED: Text("LightGBM with pairs of numbers", "LightGBM（含数值两两组合）"),
    ORDERED: Text("Boosted trees (CatBoost)", "梯度提升树（CatBoost）"),
    CROSSED_ORDERED: Text("CatBoost with pairs of numbers", "CatBoost（含数值两两组合）"),
    NETWORK: Text("Neural network (deep ensemble)", "神经网络（深度集成）"),
    SEARCH: Text("Trying other settings of the trees", "尝试其他树模型参数"),
    TUNED_LIGHT: Text("Boosted trees, tuned (LightGBM)", "梯度提升树，已调参（LightGBM）"),
    TUNED_ORDERED: Text("Boosted trees, tuned (CatBoost)", "梯度提升树，已调参（CatBoost）"),
    BLEND: Text("All of them together", "综合以上模型"),
}
FEW_ROWS, MANY_ROWS = 3000, 30000
MOST_CROSSED = {"quick": MANY_ROWS, "standard": 300_000, "best": 300_000}
"""Rows up to which trees also see pairs of numbers: three times the work of the trees alone."""
PAIRS_GAIN = 0.02
"""Of the log loss out of fold, what pairs of numbers must take off LightGBM's trees for CatBoost's to see them too."""
NETWORK_REPEATS = 1
"""How often the network's folds are cut: it is an ensemble in itself and takes most of the time."""
TUNED = {LIGHT: TUNED_LIGHT, ORDERED_TREES: TUNED_ORDERED}
MOST_CUTS = 6
"""How often at most the rows are cut for tuned trees."""
STACKS = 5
"""Stacks, each fitted without a fifth of the rows, whose answers to these are shown and calibrated by."""
SEARCH_SHARE = 0.5
"""Of the time that Best has left after Standard's parts, the share for the search; the rest is for what it found."""
MINUTES = 15.0
ROWS_TIMED, TUNED_SHARE = 500, 0.5
"""On so many rows answers are timed before the search, and by so much the tuned trees will make them longer."""

ONE_KIND = Text(
    "All rows have the same outcome, so there is nothing to tell apart.", "所有行的结果都相同，没有可区分的内容。"
)
ONE_KIND_APART = Text(
    "The rows of one outcome are too few, or belong to too few groups that are kept together, to learn from some and check on others.",
    "某一结果的行数太少，或集中在太少的分组中，无法用一部分学习、用另一部分检验。",
)
NOTHING_TO_LEARN_FROM = Text(
    "No column is left to learn from: each says the same everywhere, or something else in nearly every row.",
    "没有可用于学习的列：各列的取值全部相同，或几乎每行都不同。",
)


@dataclass(frozen=True)
class Ask:
    """What the user asked for. `minutes` bound Best until its result can be read: of these, `beside` seconds go into other steps,
    and so many answers of the whole model are `asked` after the fit."""

    mode: Mode
    seed: int = 0
    minutes: float = MINUTES
    beside: float = 0.0
    asked: int = 0


@dataclass(frozen=True)
class Cuts:
    """How often the rows are cut, into how many parts; `of` holds each row's part, int [cuts, rows]. The first `usual` cuts
    are for every part, those after them for what Best tunes, the last for its search."""

    of: np.ndarray
    count: int
    usual: int = 1


@dataclass(frozen=True)
class Task:
    """What a part is fitted on."""

    encoded: Encoded
    folds: Folds
    cuts: Cuts
    report: Report
    tick: Tick = no_tick
    """Called from inside long fits: raises Cancelled when asked to stop."""
    pairs: bool = False
    """Whether pairs of numbers have proved their worth on these rows."""

    @property
    def bad(self) -> np.ndarray:
        """bool [rows]"""
        return self.folds.y.astype(bool)

    @property
    def seed(self) -> int:
        return self.folds.seed


FitMember = Callable[[Task, np.ndarray, np.ndarray, str], Member]
"""Learns from the rows at the first places and stops by those at the second; the name is that of its checkpoints."""


def cuts_for(folds: Folds, mode: Mode) -> Cuts:
    """Few rows are cut several times over, many once and into fewer parts. Raises UserError where the rows of one outcome
    belong to a single group."""
    rows, rarest = len(folds), folds.rarest()
    if rarest < 2:
        raise UserError(ONE_KIND_APART)
    count = min(3 if rows > MANY_ROWS else 5, rarest)
    repeats = 2 if rows <= FEW_ROWS else 1
    in_all = repeats + (MOST_CUTS + 1 if mode == "best" else 0)
    return Cuts(np.stack([folds.parts(count, turn) for turn in range(in_all)]), count, repeats)


def parts_for(mode: Mode, encoded: Encoded, rows: int) -> dict[str, FitMember]:
    """The parts of a mode by name, in the order in which they are fitted, for `rows` rows such as those encoded."""
    trees: dict[str, FitMember] = {BOOSTED: _light} if light_trees_work() else {ORDERED: _ordered}
    if BOOSTED in trees and CrossedTrees.suits(encoded) and rows <= MOST_CROSSED[mode]:
        trees[CROSSED] = _crossed
    if mode == "quick":
        return {SCORECARD: _scorecard, **trees}
    return {SCORECARD: _scorecard, **trees, ORDERED: _ordered, NETWORK: _network}


def repeats_of(name: str, cuts: Cuts) -> int:
    """How many of the cuts a part is fitted on."""
    return min(NETWORK_REPEATS, cuts.usual) if name == NETWORK else cuts.usual


def _scorecard(task: Task, training: np.ndarray, stopping: np.ndarray, name: str) -> Member:
    rows = np.concatenate([training, stopping])
    return Scorecard.fit(task.encoded.take(rows), task.bad[rows])


def _light(task: Task, training: np.ndarray, stopping: np.ndarray, name: str) -> Member:
    e, bad = task.encoded, task.bad
    ways = Ways(tick=task.tick)
    return LightTrees.fit(e.take(training), bad[training], e.take(stopping), bad[stopping], task.seed, ways)


def _crossed(task: Task, training: np.ndarray, stopping: np.ndarray, name: str) -> Member:
    e, bad = task.encoded, task.bad
    ways = Ways(tick=task.tick)
    return CrossedTrees.fit(e.take(training), bad[training], e.take(stopping), bad[stopping], task.seed, ways)


def _ordered(task: Task, training: np.ndarray, stopping: np.ndarray, name: str) -> Member:
    e, bad = task.encoded, task.bad
    ways, kind = Ways(tick=task.tick), CrossedOrderedTrees if task.pairs else OrderedTrees
    return kind.fit(e.take(training), bad[training], e.take(stopping), bad[stopping], task.seed, ways)


def _network(task: Task, training: np.ndarray, stopping: np.ndarray, name: str) -> Member:
    from core.learning.engine import Run
    from core.learning.tabular.network import fit_network

    return fit_network(task.encoded, task.bad, (training, stopping), Run(task.seed, task.report), name=name)


def _tuned(found: Tried) -> FitMember:
    def fit(task: Task, training: np.ndarray, stopping: np.ndarray, name: str) -> Member:
        e, bad, ways = task.encoded, task.bad, Ways(found.settings, task.tick)
        kind = KINDS[task.pairs][found.kind]
        return kind.fit(e.take(training), bad[training], e.take(stopping), bad[stopping], task.seed, ways)

    return fit


@dataclass
class Fitted:
    """The parts by name as far as they are fitted: their members, their log-odds on rows that the answering member did not
    learn from, and the seconds that they took, those of earlier attempts of the run included."""

    task: Task
    members: dict[str, list[Member]] = field(default_factory=dict)
    answers: dict[str, np.ndarray] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def titles(self) -> Mapping[str, Text]:
        return TITLES | ({ORDERED: TITLES[CROSSED_ORDERED]} if self.task.pairs else {})

    def add(self, name: str, fit: FitMember, cuts: np.ndarray) -> None:
        report, bad = self.task.report, self.task.bad
        report.stage(name)
        self.members[name], self.answers[name], self.seconds[name] = _fit_part(name, fit, self.task, cuts)
        area = auc_interval(bad, self.answers[name])[0]
        report.log(f"{name}: AUC {area:.4f} out of fold, {self.seconds[name]:.1f} s")
        if name == CROSSED and BOOSTED in self.answers:
            plain, crossed = (mean_log_loss(self.answers[which], bad) for which in (BOOSTED, CROSSED))
            self.task = replace(self.task, pairs=crossed < (1 - PAIRS_GAIN) * plain)


def fit_tabular(
    frame: pd.DataFrame, bad: np.ndarray, ask: Ask, report: Report, groups: np.ndarray | None = None
) -> TabularModel:
    """A model of `bad` (bool [rows]) from the columns of `frame`. Equal rows, and rows of one of `groups` (int [rows]), stay
    together in every internal split.

    Every part is fitted on folds; the stack and its calibration see only answers to rows that the answering member
    had not learned from. What is finished is kept in `report.checkpoints`. Raises Cancelled, and UserError where there
    is nothing to tell apart or no column to tell by.
    """
    if bad.all() or not bad.any():
        raise UserError(ONE_KIND)
    columns = _columns(frame, ask.mode, report)
    if not columns.used:
        raise UserError(NOTHING_TO_LEARN_FROM)
    folds = Folds.of_table(frame, bad.astype(int), ask.seed, together=groups, texts=columns.free_texts)
    cuts = cuts_for(folds, ask.mode)
    done = Fitted(Task(columns.encode(frame), folds, cuts, report))
    for name, fit in parts_for(ask.mode, done.task.encoded, len(bad)).items():
        done.add(name, fit, cuts.of[: repeats_of(name, cuts)])
    searched = _tune(done, _seconds_left(done, ask)) if ask.mode == "best" else {}
    stacked = np.column_stack(list(done.answers.values()))
    stack = fit_stack(stacked, bad)
    blended = blended_apart(stacked, folds, turn=len(cuts.of))
    facts = {
        "parts": [
            {"name": name, "members": len(members), "weight": round(float(weight), 4), "seconds": round(done.seconds[name], 1)}
            for (name, members), weight in zip(done.members.items(), stack.weights, strict=True)
        ],
        "folds": cuts.count,
        "repeats": cuts.usual,
        "rows": len(bad),
        "columns": columns.used,
        **searched,
    }  # fmt: skip
    kept = {"probability": expit(blended), "bad": bad.astype(np.uint8)}
    board = leaderboard({**done.answers, BLEND: blended}, bad, done.titles)
    return TabularModel(columns, done.members, stack, kept, board, facts)


def blended_apart(stacked: np.ndarray, folds: Folds, turn: int) -> np.ndarray:
    """The parts' log-odds [rows, parts] as one [rows], each row's by a stack that was fitted on other rows."""
    bad, part_of, blended = folds.y.astype(bool), folds.parts(STACKS, turn), np.zeros(len(folds))
    for part in np.unique(part_of):
        own = part_of == part
        blended[own] = fit_stack(stacked[~own], bad[~own]).log_odds(stacked[own])
    return blended


def _seconds_left(done: Fitted, ask: Ask) -> float:
    """Of what Best may take, when all that has to come before the result is seen to."""
    spent = max(done.task.report.spent, sum(done.seconds.values()))
    some = done.task.encoded.take(np.arange(min(len(done.task.encoded), ROWS_TIMED)))
    started = time.perf_counter()
    for members in done.members.values():
        for member in members:
            member.log_odds(some)
    answer = (1 + TUNED_SHARE) * (time.perf_counter() - started) / len(some)
    return 60 * ask.minutes - spent - ask.beside - answer * ask.asked


def _tune(done: Fitted, left: float) -> dict[str, Any]:
    """Searches settings for the trees in half of the seconds that are left, and fits what was found over as many cuts of the
    rows as the rest allows; what was tried, as facts."""
    task = done.task
    task.report.stage(SEARCH)
    search = Search(task, task.cuts.of[-1], task.report.checkpoints / SEARCH)
    search.run(SEARCH_SHARE * left)
    best = search.best()
    if not best:
        task.report.log("search: the time given is spent, nothing else was tried")
        return {"search": {"tried": 0}}
    each = sum(one.seconds for one in best.values())
    cuts = int(np.clip((left - search.spent) // max(each, 1e-9), 1, MOST_CUTS))
    for kind, one in best.items():
        done.add(TUNED[kind], _tuned(one), task.cuts.of[task.cuts.usual :][:cuts])
    found = {kind: {"settings": one.settings, "log_loss": round(one.loss, 5)} for kind, one in best.items()}
    return {"search": {"tried": len(search.tried), "seconds": round(search.spent, 1), "cuts": cuts, "best": found}}


def _columns(frame: pd.DataFrame, mode: Mode, report: Report) -> Columns:
    """The columns, their free texts read by the encoder of their language."""
    plans = planned(frame)
    names, readers = texts_of(plans), {}
    if names:
        report.stage(READ)
    for place, name in enumerate(names):
        part = PartOf(report, place / len(names), 1 / len(names))
        readers[name] = read_column(frame[name], mode, part.progress, report.checkpoints)
        report.log(f"{name}: free text, read by {readers[name].encoder or 'its words'}")
    return Columns.of(plans, len(frame), readers)


def leaderboard(
    answers: Mapping[str, np.ndarray], bad: np.ndarray, titles: Mapping[str, Text] = TITLES
) -> list[dict[str, Any]]:
    """AUC with its 95% interval on out-of-fold answers, the best first."""
    found = []
    for name, answer in answers.items():
        area, low, high = auc_interval(bad, answer)
        found.append({"name": name, "title": titles[name].to_json(), "auc": area, "low": low, "high": high})
    return sorted(found, key=lambda row: -row["auc"])


def _fit_part(name: str, fit: FitMember, task: Task, cuts: np.ndarray) -> tuple[list[Member], np.ndarray, float]:
    """One member a fold and cut (int [cuts, rows]), the mean of their log-odds on rows that they neither learned from nor
    were stopped by, and the seconds that it took."""
    members: list[Member] = []
    answers, seconds = np.zeros((len(cuts), len(task.bad))), 0.0
    total = len(cuts) * task.cuts.count
    task = replace(task, tick=lambda: task.report.progress(len(members) / total))
    for turn, fold_of in enumerate(cuts):
        for fold in range(task.cuts.count):
            training, asked = np.flatnonzero(fold_of != fold), np.flatnonzero(fold_of == fold)
            place = task.report.checkpoints / f"{name}-{turn}-{fold}"
            part = PartOf(task.report, len(members) / total, 1 / total, str(len(members) + 1))
            here = replace(task, report=part)
            member, own, took = _remembered(place, lambda: _fitted(fit, here, (training, asked), place.name))  # noqa: B023
            answers[turn, asked] = own
            seconds += took
            members.append(member)
            task.report.progress(len(members) / total)
    return members, answers.mean(axis=0), seconds


def _fitted(fit: FitMember, task: Task, rows: tuple[np.ndarray, np.ndarray], name: str) -> tuple[Member, np.ndarray]:
    member = fit_member(fit, task, rows[0], name)
    return member, member.log_odds(task.encoded.take(rows[1]))


def fit_member(fit: FitMember, task: Task, rows: np.ndarray, name: str) -> Member:
    """A member that has seen these rows alone: it learns from most of them and is stopped by the rest. Free texts are scored
    by heads that learned from the former."""
    training, stopping = task.folds.stopping(rows)
    if len(set(task.bad[training])) < 2:
        raise UserError(ONE_KIND_APART)
    scores, learned = Scores.fit(task.encoded.take(training), task.folds.take(training))
    if not scores.heads:
        return fit(task, training, stopping, name)
    encoded = scores(task.encoded)
    encoded.numbers[training] = learned.numbers
    return scores.around(fit(replace(task, encoded=encoded), training, stopping, name))


def _remembered(folder: Path, make: Callable[[], tuple[Member, np.ndarray]]) -> tuple[Member, np.ndarray, float]:
    """A member, its validation answers and the seconds it took, from an earlier attempt of the run where it is complete."""
    from core.learning.tabular.model import kind_of

    done = folder / "answers.safetensors"
    if done.is_file():
        kind = (folder / "kind.txt").read_text(encoding="utf-8")
        known = load_file(done)
        return kind_of(kind).load(folder), known["log_odds"], float(known["seconds"][0])
    started = time.monotonic()
    member, answers = make()
    seconds = time.monotonic() - started
    unfinished = folder.with_name(folder.name + "-unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    member.save(unfinished)
    (unfinished / "kind.txt").write_text(type(member).__name__, encoding="utf-8")
    kept = {"log_odds": np.ascontiguousarray(answers, dtype=np.float64), "seconds": np.array([seconds])}
    save_file(kept, unfinished / done.name)
    shutil.rmtree(folder, ignore_errors=True)
    unfinished.rename(folder)
    return member, answers, seconds
