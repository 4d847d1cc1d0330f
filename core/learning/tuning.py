"""Fine-tuning the encoder: which layers, with what recipe, and the rows kept back to judge it by."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from core.learning import engine
from core.learning.calibration import accuracy, sharpness
from core.learning.engine import Run
from core.learning.features import TokenStates, padded
from core.learning.hardware import MEGABYTE, system_memory
from core.learning.network import Reader, TextNetwork, layers_of, round_to_bf16
from core.progress import PartOf, Report

if TYPE_CHECKING:
    from core.learning.fitting import Data, Frozen, Read
    from core.learning.text import Mode

VALIDATION_PARTS = 10
LARGE_DATA = 2000
MOST_JUDGED = 1000
"""Rows that judge a tuning after each epoch, of those that it neither learns from nor answers."""
SHARE_OF_MEMORY = 0.25
HEAD_RATE = 1e-3

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
    """One tuning of the encoder: the rows that it kept back and its log probabilities on them."""

    reader: Reader
    kept_back: np.ndarray
    out_of_fold: np.ndarray
    done: engine.Trained


def tune(data: Data, seen: Frozen, mode: Mode, run: Run) -> Tuned:
    """Fine-tune on all rows but a validation part and those that choose the best weights; in Best several times, each with a
    validation part of its own. Where the rows' tokens were kept, the layers up to there stay as they are."""
    run.report.stage("fine_tune")
    read, recipe, parts = seen.read, RECIPES[mode], validation_parts(data)
    count = min(MEMBERS[mode], int(parts.max()) + 1)
    frozen = lower_half(read) if seen.tokens is not None else 0
    collate = _from_tokens(data, read) if seen.tokens is None else _from_states(data, seen.tokens, seen.row)

    def member(number: int) -> _Member:
        own = replace(run, seed=run.seed + number, report=_report_of(run, number, count))
        torch.manual_seed(own.seed)
        network = TextNetwork(read.encoder.model(), len(data.classes), frozen, CONSISTENCY)
        network.freeze()
        kept_back = np.flatnonzero(parts == number)
        training, judging = data.folds.stopping(np.flatnonzero(parts != number), MOST_JUDGED)
        rows = engine.Rows(training, judging, collate, [len(ids) for ids in read.ids])
        done = engine.train(network, rows, sharpness, recipe, own, name=f"fine_tune_{number + 1}")
        round_to_bf16(network.encoder)
        reader = Reader(network.encoder, network.as_head(), run.hardware)
        return _Member(reader, kept_back, reader.log_probabilities([read.ids[row] for row in kept_back]), done)

    members = [member(number) for number in range(count)]
    first = members[0].reader
    first.ensemble = [each.reader for each in members[1:]]
    facts = {"frozen_layers": frozen, "tunings": count, "learning_rate": recipe.learning_rate} | _facts(members)
    kept_back, answers = [each.kept_back for each in members], [each.out_of_fold for each in members]
    return Tuned(first, np.concatenate(kept_back), np.concatenate(answers), facts)


def _report_of(run: Run, number: int, count: int) -> Report:
    return run.report if count == 1 else PartOf(run.report, number / count, 1 / count, str(number + 1))


def _facts(members: list[_Member]) -> dict[str, Any]:
    done = [each.done for each in members]
    return {
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


def freezes(read: Read, mode: Mode) -> bool:
    """Whether the lower half of the layers stays as it is: in Standard, where its output fits into memory."""
    tokens, width = sum(map(len, read.ids)), read.model.config.hidden_size
    return mode != "best" and lower_half(read) > 0 and fits_memory(tokens, width)


def lower_half(read: Read) -> int:
    """How many layers lie in the lower half; none where the architecture does not run them one after the other."""
    return len(layers_of(read.model)) // 2


def fits_memory(tokens: int, width: int) -> bool:
    """Whether the states of all tokens, in 16 bits, leave enough of the machine's memory to others."""
    free, _ = system_memory()
    return not free or 2 * tokens * width < SHARE_OF_MEMORY * free


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
