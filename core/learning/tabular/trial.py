"""A short trial on this machine with the user's own rows: how long each part of a fit will take, and the memory."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from core.learning.folds import Folds
from core.learning.tabular.columns import Columns, Encoded
from core.learning.tabular.crossed import CrossedTrees
from core.learning.tabular.fitting import (
    CROSSED,
    NETWORK,
    READ,
    SEARCH,
    SEARCH_SHARE,
    TITLES,
    TUNED_LIGHT,
    TUNED_ORDERED,
    Ask,
    Cuts,
    Mode,
    Task,
    cuts_for,
    fit_member,
    parts_for,
    repeats_of,
)
from core.learning.tabular.texts import Scores, different, encoder_for
from core.progress import Plan, Silent, Stage
from core.words import Text

SAMPLE, LEAST_OF_RARER = 3000, 30
GROWTH = 0.8
"""Boosted trees on n times the rows take about n to this power as long: more rows a tree, but no more trees."""
TRIAL_FOLDS = 3
BASE_MB, NETWORK_MB = 450.0, 450.0
BYTES_A_CELL = 100
STEPS_TIMED, TEXTS_TIMED = 4, 24
USUAL_EPOCHS = 20
"""After so many, where more are allowed, validation has mostly stopped the network (18 to 20 on the sample loans)."""
LEAST_TO_SEARCH = 30.0
LOADING, COUNTING = 3.0, 2e-4
"""Seconds to load an encoder, and to count the words of a text."""


def estimate(frame: pd.DataFrame, bad: np.ndarray, ask: Ask) -> tuple[Plan, float]:
    """Stages as `fit_tabular` reports them, and the seconds of one answer of the whole model. Fits one member of each part
    on at most SAMPLE rows; the network runs a few steps at its own batch size."""
    rows, mode, seed = len(bad), ask.mode, ask.seed
    order = np.random.default_rng(seed).permutation(rows)
    rarer = order[bad[order] == (bad.mean() < 0.5)]
    chosen = np.unique(np.concatenate([order[:SAMPLE], rarer[:LEAST_OF_RARER]]))
    some, truth = frame.iloc[chosen].reset_index(drop=True), bad[chosen]
    cuts, sample = cuts_for(Folds.of_rows(bad.astype(int), seed), mode), Folds.of_rows(truth.astype(int), seed)
    columns = Columns.fit(some)
    encoded = columns.encode(some)
    answer = _seconds(lambda: columns.encode(some)) / len(some)
    learned = rows * (cuts.count - 1) / cuts.count
    stages = (
        [Stage(READ, TITLES[READ], _reading_seconds(frame[columns.free_texts], mode))] if columns.free_texts else []
    )
    parts = parts_for(mode, encoded, rows)
    for name, fit in parts.items():
        members = repeats_of(name, cuts) * cuts.count
        if name == NETWORK:
            scored = Scores.fit(encoded, sample)[1]
            each = _network_seconds(scored, truth, int(learned))
            answer += members * _network_answer(scored)
        else:
            with tempfile.TemporaryDirectory() as folder:
                task = Task(encoded, sample, Cuts(np.zeros((1, len(truth)), dtype=int), 1), Silent(Path(folder)))
                part = np.arange(len(truth)) % TRIAL_FOLDS
                started = time.monotonic()
                member = fit_member(fit, task, np.flatnonzero(part != 0), name)
                took = time.monotonic() - started
            member.log_odds(encoded)
            answer += members * _seconds(partial(member.log_odds, encoded)) / len(some)
            each = took * max(1.0, learned / max((part != 0).sum(), 1)) ** GROWTH
        stages.append(Stage(name, TITLES[name], round(float(each) * members, 2)))
    fixed = sum(stage.seconds for stage in stages)
    if mode == "best":
        left = max(0.0, 60 * ask.minutes - fixed - ask.beside - answer * ask.asked)
        shares = {SEARCH: SEARCH_SHARE, TUNED_LIGHT: (1 - SEARCH_SHARE) / 2, TUNED_ORDERED: (1 - SEARCH_SHARE) / 2}
        stages += [Stage(name, TITLES[name], round(left * share, 2)) for name, share in shares.items()]
    reads = NETWORK_MB if mode != "quick" or columns.free_texts else 0.0
    cells = len(encoded.sources) * BYTES_A_CELL + (CrossedTrees.bytes_a_row(encoded) if CROSSED in parts else 0)
    memory = BASE_MB + reads + rows * cells / 1e6
    fixed += ask.beside + answer * ask.asked
    short = mode == "best" and 60 * ask.minutes < fixed + LEAST_TO_SEARCH
    notes = (_SHORT.fill(given=f"{ask.minutes:g}", least=f"{_minutes(fixed):,}"),) if short else ()
    return Plan(tuple(stages), memory, notes), answer


_SHORT = Text(
    "Best: in {given} minutes nothing can be tuned; what Standard does takes about that long. Give it {least} or more.",
    "“最佳”模式：{given} 分钟内来不及调参，仅完成标准模式的内容就要这么久。请给 {least} 分钟以上。",
)


def _minutes(fixed: float) -> int:
    """Minutes in which there is time to tune."""
    return int(np.ceil((2 * fixed + LEAST_TO_SEARCH) / 60))


def _reading_seconds(texts: pd.DataFrame, mode: Mode) -> float:
    """Reading the different texts of these columns once, from the time that a few take."""
    total = LOADING
    for name in texts.columns:
        said, source = different(texts[name]), encoder_for(texts[name], mode)
        if source is None:
            total += COUNTING * len(said)
            continue
        some = said[:: max(len(said) // TEXTS_TIMED, 1)][:TEXTS_TIMED]
        source.embed(some[:4])
        started = time.monotonic()
        source.embed(some)
        total += (time.monotonic() - started) * len(said) / max(len(some), 1)
    return round(total, 2)


def _seconds(call: Callable[[], object]) -> float:
    started = time.monotonic()
    call()
    return time.monotonic() - started


def _network_answer(encoded: Encoded) -> float:
    from core.learning.tabular.network import seconds_per_row

    return seconds_per_row(encoded)


def _network_seconds(encoded: Encoded, bad: np.ndarray, rows: int) -> float:
    """One training of the network on so many rows, from the time of a few steps."""
    from core.learning.tabular.network import recipe_for, seconds_per_step

    recipe = recipe_for(rows)
    steps = min(recipe.epochs, USUAL_EPOCHS) * max(1, rows // recipe.batch_size)
    return seconds_per_step(encoded, bad, recipe.batch_size, STEPS_TIMED) * steps * 1.15
