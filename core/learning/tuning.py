"""Fine-tuning the encoder: which layers, with what recipe, and the rows kept back to judge it by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from core.learning import engine
from core.learning.calibration import sharpness, stratified_folds
from core.learning.engine import Run
from core.learning.features import padded
from core.learning.hardware import MEGABYTE, system_memory
from core.learning.network import Reader, TextNetwork, frozen_states, layers_of, round_to_bf16

if TYPE_CHECKING:
    from core.learning.fitting import Data, Read
    from core.learning.text import Mode

VALIDATION_PARTS = 10
LARGE_DATA = 2000
SHARE_OF_MEMORY = 0.25
HEAD_RATE = 1e-3

CONSISTENCY = 1.0

RECIPES = {
    mode: engine.Recipe(epochs=epochs, batch_size=32, learning_rate=2e-4, learning_rates={"head": HEAD_RATE})
    for mode, epochs in (("standard", 3), ("best", 5))
}


@dataclass
class Tuned:
    """The tuned encoder, the rows that judged it, and what was done."""

    reader: Reader
    validation_rows: np.ndarray
    facts: dict[str, Any]


def tune(data: Data, read: Read, mode: Mode, run: Run) -> Tuned:
    """Fine-tune on all rows but the validation part; the best weights on that part are kept."""
    kept_back = validation_part(data, run.seed)
    training, validation = np.flatnonzero(~kept_back), np.flatnonzero(kept_back)
    encoder = read.encoder.model()
    frozen = frozen_layers(encoder, read, mode)
    torch.manual_seed(run.seed)
    network = TextNetwork(encoder, len(data.classes), frozen, CONSISTENCY)
    network.freeze()
    recipe = RECIPES[mode]
    collate = _from_frozen(data, read, frozen, run) if frozen else _from_tokens(data, read)
    run.report.stage("fine_tune")
    rows = engine.Rows(training, validation, collate, [len(ids) for ids in read.ids])
    done = engine.train(network, rows, sharpness, recipe, run, name="fine_tune")
    round_to_bf16(network.encoder)
    reader = Reader(network.encoder, network.as_head(), run.hardware)
    facts = {
        "frozen_layers": frozen,
        "epochs_run": round(done.epochs, 2),
        "batch_size": done.batch_size,
        "learning_rate": recipe.learning_rate,
        "history": [[round(epoch, 2), round(score, 4)] for epoch, score in done.history],
    }
    return Tuned(reader, validation, facts)


def validation_part(data: Data, seed: int) -> np.ndarray:
    """The rows that judge the tuning: a tenth, or a fifth of small data, every class in it where it has rows enough."""
    parts = VALIDATION_PARTS if len(data.y) >= LARGE_DATA else VALIDATION_PARTS // 2
    return stratified_folds(data.y, data.groups, parts, seed) == 0


def frozen_layers(encoder: Any, read: Read, mode: Mode) -> int:
    """How many lower layers stay as they are: half in Standard, where their output fits into memory, else none."""
    layers = len(layers_of(encoder))
    if mode == "best" or not layers:
        return 0
    return layers // 2 if fits_memory(sum(map(len, read.ids)), encoder.config.hidden_size) else 0


def fits_memory(tokens: int, width: int) -> bool:
    """Whether the states of all tokens, in 16 bits, leave enough of the machine's memory to others."""
    free, _ = system_memory()
    return not free or 2 * tokens * width < SHARE_OF_MEMORY * free


def _from_frozen(data: Data, read: Read, frozen: int, run: Run) -> engine.Collate:
    labels = torch.from_numpy(data.y)
    known = frozen_states(read.model, read.ids, frozen, run.hardware, run.report.progress)
    return lambda rows: known.batch(rows) | {"labels": labels[rows]}


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
