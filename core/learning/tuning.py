"""Fine-tuning the encoder: which layers, with what recipe, and the rows kept back to judge it by."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from scipy.stats import entropy

from core.learning import engine
from core.learning.calibration import accuracy, sharpness
from core.learning.decided import decided
from core.learning.engine import Run
from core.learning.features import Ids, TokenStates, padded
from core.learning.hardware import MEGABYTE, Hardware, system_memory
from core.learning.network import Reader, TextNetwork, layers_of, round_to_bf16
from core.learning.rates import Tuning, steadily, suited_rate
from core.progress import PartOf, Report

if TYPE_CHECKING:
    from core.learning.fitting import Data, Frozen, Read
    from core.learning.text import Mode

VALIDATION_PARTS = 10
LARGE_DATA = 2000
MOST_JUDGED = 1000
"""Rows that judge a tuning after each epoch, of those that it neither learns from nor answers."""
SHARE_OF_MEMORY = 0.25
SHARE_OF_CARD = 0.7
BYTES_A_WEIGHT = 24
"""Of a weight that is trained, in 32 bits: itself, its gradient, AdamW's two moments, its average and what stands in for it."""
BYTES_A_STATE = 34
"""What training holds for each token, layer and place in the width, in 16 bits and with fused attention (Korthikanti et al.
2022, "Reducing activation recomputation in large transformer models")."""
HEAD_RATE = 1e-3
LEAST_LEARNED = 0.01
"""Of the log loss of the bare class shares: what takes off less has learned nothing."""

CONSISTENCY = 1.0

RECIPES = {
    mode: engine.Recipe(
        epochs=epochs, batch_size=32, learning_rate=2e-4, learning_rates={"head": HEAD_RATE}, drawn=accuracy
    )
    for mode, epochs in (("standard", 3), ("best", 5))
}


MEMBERS: dict[str, int] = {"standard": 1, "best": 3}
"""How many times the encoder is tuned, each time judged by other rows."""


@dataclass
class Tuned:
    """The tuned encoder, or several that answer together. `out_of_fold` are the log probabilities [rows, classes] on the
    `validation_rows`, of the tuning that kept the row back."""

    reader: Reader
    validation_rows: np.ndarray
    out_of_fold: np.ndarray
    facts: dict[str, Any]


@dataclass
class _Member:
    """One tuning of the encoder: the rows that it kept back, its log probabilities on them, and how it went."""

    reader: Reader
    kept_back: np.ndarray
    out_of_fold: np.ndarray
    tuning: Tuning[TextNetwork]


def tune(data: Data, seen: Frozen, untuned: np.ndarray, mode: Mode, run: Run) -> Tuned:
    """Fine-tune on all rows but a validation part and those that choose the best weights; in Best several times, each with a
    validation part of its own. Where the rows' tokens were kept, the frozen layers are not run again.

    `untuned` are out-of-fold log probabilities [rows, classes] by the encoder as it came: where these say something of the
    classes and the tuned one says nothing, it has collapsed and is tuned again more slowly."""
    run.report.stage("fine_tune")
    read, parts = seen.read, validation_parts(data)
    count = min(MEMBERS[mode], int(parts.max()) + 1)
    width = read.model.config.hidden_size
    usual = suited_rate(RECIPES[mode].learning_rate, width)
    frozen = frozen_layers(read, mode, run)
    collate = _from_tokens(data, read) if seen.tokens is None else _from_states(data, seen.tokens, seen.row)
    on_device = seen.tokens is not None and seen.tokens.on_device

    def member(number: int) -> _Member:
        own = replace(run, seed=run.seed + number, report=_report_of(run, number, count))
        kept_back = np.flatnonzero(parts == number)
        training, judging = data.folds.stopping(np.flatnonzero(parts != number), MOST_JUDGED)
        rows = engine.Rows(training, judging, collate, [len(ids) for ids in read.ids], on_device)

        def attempt(rate: float, again: str) -> tuple[engine.Trained, TextNetwork]:
            torch.manual_seed(own.seed)
            network = TextNetwork(read.encoder.model(), len(data.classes), frozen, CONSISTENCY)
            network.freeze()
            recipe = replace(RECIPES[mode], learning_rate=rate)
            done = engine.train(network, rows, sharpness, recipe, own, name=f"fine_tune_{number + 1}{again}")
            return done, network

        least = least_score(untuned[judging], data.y[judging])
        tuning = steadily(attempt, usual, least, own.report)
        round_to_bf16(tuning.made.encoder)
        reader = Reader(tuning.made.encoder, tuning.made.as_head(), run.hardware)
        return _Member(reader, kept_back, reader.log_probabilities([read.ids[row] for row in kept_back]), tuning)

    members = [member(number) for number in range(count)]
    first = members[0].reader
    first.ensemble = [each.reader for each in members[1:]]
    facts = {"frozen_layers": frozen, "tunings": count} | _facts([each.tuning for each in members])
    kept_back, answers = [each.kept_back for each in members], [each.out_of_fold for each in members]
    return Tuned(first, np.concatenate(kept_back), np.concatenate(answers), facts)


def _report_of(run: Run, number: int, count: int) -> Report:
    return run.report if count == 1 else PartOf(run.report, number / count, 1 / count, str(number + 1))


def least_score(untuned: np.ndarray, y: np.ndarray) -> float:
    """The `sharpness` that a tuning must reach on rows of these classes not to count as collapsed: better than that of the
    bare class shares, where the untuned encoder's is."""
    chance = -float(entropy(np.bincount(y))) * (1 - LEAST_LEARNED)
    return chance if sharpness(untuned, y) > chance else -np.inf


def _facts(tunings: list[Tuning[TextNetwork]]) -> dict[str, Any]:
    done, again = [each.done for each in tunings], sum(each.begun_again for each in tunings)
    return ({"begun_again_slower": again} if again else {}) | {
        "learning_rate": min(each.rate for each in tunings),
        "epochs_run": [round(one.epochs, 2) for one in done],
        "batch_size": min(one.batch_size for one in done),
        "history": [[[round(epoch, 2), round(score, 4)] for epoch, score in one.history] for one in done],
    }


def validation_parts(data: Data) -> np.ndarray:
    """The part of each row; the rows of one part are answered by one tuning. A tenth each, or a fifth of small data, every
    class in each where it has rows enough."""
    return data.folds.parts(parts_of(len(data.y)))


def parts_of(rows: int) -> int:
    """How many parts the rows fall into, of which one is kept from a tuning."""
    return VALIDATION_PARTS if rows >= LARGE_DATA else VALIDATION_PARTS // 2


def frozen_layers(read: Read, mode: Mode, run: Run) -> int:
    """How many of the lowest layers stay as they are, as was decided when the run began."""
    return decided(run.report.checkpoints, "frozen_layers", lambda: to_freeze(read.model, read.ids, mode, run.hardware))


def to_freeze(model: Any, ids: Ids, mode: Mode, hardware: Hardware) -> int:
    """In Standard the lower half: on a card where training all layers would not fit into its memory, elsewhere where the
    half's output does, since that saves half of the time."""
    half = lower_half(model)
    if mode == "best" or not half:
        return 0
    if hardware.kind == "cuda":
        fits = (
            memory_to_train_mb(model, max(map(len, ids), default=0), hardware) < SHARE_OF_CARD * hardware.memory_free_mb
        )
        return 0 if fits else half
    return half if fits_memory(sum(map(len, ids)), model.config.hidden_size) else 0


def memory_to_train_mb(model: Any, longest: int, hardware: Hardware) -> float:
    """Megabytes that training all layers takes on a card, with batches of texts of `longest` tokens read twice."""
    config, weights = model.config, sum(parameter.numel() for parameter in model.parameters())
    tokens = 2 * RECIPES["standard"].batch_size * longest
    states = BYTES_A_STATE * (1 if hardware.bf16 else 2) * tokens * config.num_hidden_layers * config.hidden_size
    return (BYTES_A_WEIGHT * weights + states) / MEGABYTE


def lower_half(model: Any) -> int:
    """How many layers lie in the lower half; none where the architecture does not run them one after the other."""
    return len(layers_of(model)) // 2


def fits_memory(tokens: int, width: int) -> bool:
    """Whether the states of all tokens, in 16 bits, leave enough of the machine's memory to others."""
    free, _ = system_memory()
    return not free or memory_of_states_mb(tokens, width) < SHARE_OF_MEMORY * free / MEGABYTE


def _from_states(data: Data, tokens: TokenStates, row: np.ndarray) -> engine.Collate:
    labels = torch.from_numpy(data.y)
    return lambda rows: tokens.batch(row[rows]) | {"labels": labels[rows]}


def _from_tokens(data: Data, read: Read) -> engine.Collate:
    labels = torch.from_numpy(data.y)
    pad = read.model.config.pad_token_id or 0

    def collate(rows: list[int]) -> dict[str, torch.Tensor]:
        ids, mask = padded([read.ids[row] for row in rows], pad)
        return {"input_ids": ids, "attention_mask": mask, "labels": labels[rows]}

    return collate


def memory_of_states_mb(tokens: int, width: int) -> float:
    """Megabytes that the kept output of the frozen layers takes."""
    return 2 * tokens * width / MEGABYTE
