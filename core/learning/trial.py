"""A short trial on this machine with the user's own texts: how long each mode will take, and the memory it needs."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from core.learning import fitting, tuning
from core.learning.encoders import Encoder
from core.learning.features import layer_means, max_tokens, padded, ready_for_inference, tokenise
from core.learning.folds import STOPPING_PARTS
from core.learning.hardware import MEGABYTE, Hardware, describe
from core.learning.linear import objective_seconds
from core.learning.network import TextNetwork
from core.learning.ngrams import MAX_FEATURES, fit_ngrams
from core.learning.pool_fitting import RECIPE
from core.learning.pooling import LAYERS, AttentionPool
from core.learning.processor import suited
from core.learning.text import Mode
from core.progress import Plan, Stage
from core.words import Text

MODES: tuple[Mode, ...] = ("quick", "standard", "best")
SAMPLE_ROWS = 1000
LEAST_SAMPLE = 16
BASE_MB = 850.0
TUNING_MB = 400.0
ITERATIONS_OF_A_PATH = 90
ITERATIONS_OF_A_FIT = 60
NGRAM_GROWTH = 0.75
VECTORS_OF_A_SEARCH = 26
"""Of the weights' size that limited-memory BFGS holds: ten steps with their gradients, and what it is working on."""
LOADING_SECONDS = 4.0
OVERHEAD_OF_A_STEP = 0.006


NO_ENCODER_HERE = Text(
    "There is no language model on this server that reads this language, so every way trains the same model of words and "
    "characters. Whoever runs the server can add one.",
    "本服务器上没有能读懂该语言的语言模型，因此各种方式训练的都是同一种字词统计模型。服务器的管理员可以添加语言模型。",
)
TOO_FEW_HERE = Text(
    "There are too few rows to fine-tune the language model ({rows} rows, {least} in the smallest class): Standard and Best "
    "would use it as it is, like Quick.",
    "数据太少，不足以微调语言模型（共 {rows} 行，最小类别 {least} 行）：“标准”和“最佳”也会像“快速”一样直接使用原模型。",
)


@dataclass(frozen=True)
class _Speeds:
    """What the trial measured: seconds per row to read, seconds per step to tune, by mode."""

    read: float
    step: dict[str, float]
    tokens: float
    width: int
    layers: int
    parameters: int


def estimate(
    texts: Sequence[object], labels: Sequence[str], *, language: str, seed: int = 0, modes: Sequence[Mode] = MODES,
    budget_s: float = 3.0,
) -> dict[str, Plan]:  # fmt: skip
    """The plan of each mode for these rows: stages as `fit_text_classifier` reports them, peak memory, and a note where a
    mode cannot do what it is for.

    Takes about `budget_s` seconds once torch and the encoder are loaded. Raises UserError for fewer than two classes.
    """
    data = fitting.prepare(texts, labels)
    hardware = describe()
    encoder = fitting.pick_encoder(data, language, hardware)
    ngrams, ngrams_mb = _ngram_needs(data, hardware, seed)
    unique = len(set(data.texts))
    if encoder is None:
        plan = _plan(("ngrams", "blend"), {"ngrams": ngrams, "blend": 0.3}, BASE_MB + ngrams_mb)
        return dict.fromkeys(modes, replace(plan, notes=(NO_ENCODER_HERE,)))
    tunable = fitting.can_tune(data)
    speeds = _measure(encoder, data, hardware, seed, budget_s, [mode for mode in modes if mode != "quick" and tunable])
    head = _head_seconds(data, speeds)
    pools = _pool_seconds(data, speeds, hardware)
    plans: dict[str, Plan] = {}
    for mode in modes:
        seconds = {
            "encode": LOADING_SECONDS + unique * speeds.read,
            "ngrams": ngrams,
            "head": head + pools,
            "blend": 0.5,
        }
        if mode in speeds.step:
            seconds |= _tuning_seconds(data, unique, mode, speeds) | {"head": head}
        keys = fitting.stage_keys(mode if tunable else "quick", has_encoder=True)
        plans[mode] = _plan(keys, seconds, ngrams_mb + _memory_mb(data, mode, speeds))
        if mode != "quick" and not tunable:
            few = TOO_FEW_HERE.fill(rows=len(data.y), least=int(np.bincount(data.y).min()))
            plans[mode] = replace(plans[mode], notes=(few,))
    return plans


def _plan(keys: Sequence[str], seconds: dict[str, float], memory_mb: float) -> Plan:
    stages = (Stage(key, fitting.STAGE_TITLES[key], round(seconds[key], 2)) for key in keys)
    return Plan(tuple(stages), round(memory_mb))


def _sample(data: fitting.Data, rows: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).permutation(len(data.y))[:rows]


def _ngram_needs(data: fitting.Data, hardware: Hardware, seed: int) -> tuple[float, float]:
    """Seconds and megabytes of the n-grams, from those of a sample: the counts, and the search for the weights of as many
    folds at once as there are cores."""
    rows = _sample(data, SAMPLE_ROWS, seed)
    folds = data.folds.take(rows).parts(fitting.FOLDS)
    started = time.perf_counter()
    kind = fitting.kind_of(data)
    fitted = fit_ngrams([data.texts[row] for row in rows], data.y[rows], len(data.classes), folds, kind)
    taken = time.perf_counter() - started
    growth = len(data.y) / len(rows)
    columns = min(fitted.model.linear.weights.shape[1] * growth**NGRAM_GROWTH, len(kind.blocks) * MAX_FEATURES)
    weights = 4 * columns * (len(data.classes) if len(data.classes) > 2 else 1) / MEGABYTE
    at_once = min(hardware.cores, fitting.FOLDS)
    memory = 100.0 + 60.0 * sum(map(len, data.texts)) / MEGABYTE + at_once * VECTORS_OF_A_SEARCH * weights
    return taken * growth * (NGRAM_GROWTH if growth > 2 else 1.0), memory


def _measure(
    encoder: Encoder, data: fitting.Data, hardware: Hardware, seed: int, budget_s: float, modes: Sequence[Mode]
) -> _Speeds:
    model = encoder.model()
    limit = max_tokens(model.config, hardware)
    ids = tokenise(encoder.tokenizer, [data.texts[row] for row in _sample(data, SAMPLE_ROWS, seed)], limit)
    steps: dict[str, float] = {
        mode: _step_seconds(encoder, ids, len(data.classes), mode, hardware, budget_s / 5) for mode in modes
    }
    model = ready_for_inference(model, hardware)
    read = _read_seconds(model, ids, hardware, budget_s / 3)
    parameters = sum(parameter.numel() for parameter in model.parameters())
    tokens = float(np.mean([len(row) for row in ids]))
    return _Speeds(read, steps, tokens, model.config.hidden_size, model.config.num_hidden_layers, parameters)


def _read_seconds(model: Any, ids: list[list[int]], hardware: Hardware, budget_s: float) -> float:
    """Seconds to read a row, of as many as fit into about the budget: the more go together, the less is padded, as in a
    whole file."""
    size, taken = LEAST_SAMPLE, 0.0
    layer_means(model, ids[:size], hardware)
    while True:
        started = time.perf_counter()
        layer_means(model, ids[:size], hardware)
        taken = time.perf_counter() - started
        if size >= len(ids) or taken > budget_s / 3:
            return taken / min(size, len(ids))
        size *= 2


def _step_seconds(
    encoder: Encoder, ids: list[list[int]], classes: int, mode: Mode, hardware: Hardware, budget_s: float
) -> float:
    """Seconds of one optimiser step on rows of typical length."""
    model: Any = encoder.model()
    model.to(torch.device(hardware.kind))
    frozen = tuning.to_freeze(model, ids, mode, hardware)
    network = TextNetwork(model, classes, frozen, tuning.CONSISTENCY).to(torch.device(hardware.kind)).train()
    network.freeze()
    batch = _typical_batch(ids, tuning.RECIPES[mode].batch_size)
    inputs = _inputs(model, batch, frozen)
    inputs["labels"] = torch.zeros(len(batch), dtype=torch.long, device=model.device)
    optimizer = torch.optim.AdamW([p for p in network.parameters() if p.requires_grad], lr=1e-6)
    taken: list[float] = []
    with suited(network, hardware):
        while len(taken) < 3 or sum(taken) < budget_s:
            started = time.perf_counter()
            with torch.autocast(hardware.kind, dtype=torch.bfloat16, enabled=hardware.bf16):
                loss = network(**inputs)["loss"]
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
            if hardware.kind == "cuda":
                torch.cuda.synchronize()
            taken.append(time.perf_counter() - started)
    return float(np.median(taken[1:]))


def _typical_batch(ids: list[list[int]], size: int) -> list[list[int]]:
    lengths = np.array([len(row) for row in ids])
    near = np.argsort(np.abs(lengths - lengths.mean()), kind="stable")[:size]
    return [ids[row] for row in near]


def _inputs(model: Any, batch: list[list[int]], frozen: int) -> dict[str, torch.Tensor]:
    tokens, mask = padded(batch, model.config.pad_token_id or 0)
    if frozen:
        inputs = {"hidden": torch.randn(*tokens.shape, model.config.hidden_size), "attention_mask": mask}
    else:
        inputs = {"input_ids": tokens, "attention_mask": mask}
    return {name: tensor.to(model.device) for name, tensor in inputs.items()}


def _tuning_seconds(data: fitting.Data, unique: int, mode: Mode, speeds: _Speeds) -> dict[str, float]:
    recipe = tuning.RECIPES[mode]
    seen = len(data.y) - len(data.y) // tuning.parts_of(len(data.y))
    judging = min(seen // STOPPING_PARTS, tuning.MOST_JUDGED)
    steps = recipe.epochs * np.ceil((seen - judging) / recipe.batch_size)
    read = len(data.y) - seen + (1 + recipe.epochs * recipe.evaluations) * judging
    tune = tuning.MEMBERS[mode] * (steps * speeds.step[mode] + read * speeds.read)
    return {"encode": LOADING_SECONDS + unique * speeds.read, "fine_tune": float(tune), "blend": 0.5}


def _head_seconds(data: fitting.Data, speeds: _Speeds) -> float:
    columns = (speeds.layers + 1) * speeds.width
    folds = fitting.FOLDS_OF_FEW if len(data.y) < fitting.FEW_ROWS else fitting.FOLDS
    one = objective_seconds(len(data.y), columns, len(data.classes))
    return one * (folds * (1 - 1 / folds) * ITERATIONS_OF_A_PATH + ITERATIONS_OF_A_FIT)


def _pool_seconds(data: fitting.Data, speeds: _Speeds, hardware: Hardware) -> float:
    """Seconds of training the head over tokens, from steps on rows of typical length."""
    if not fitting.can_pool(data, int(len(data.y) * speeds.tokens), speeds.width):
        return 0.0
    recipe = RECIPE
    width = LAYERS * speeds.width
    pool = AttentionPool(width, len(data.classes)).to(hardware.kind)
    hidden = torch.randn(recipe.batch_size, max(1, round(speeds.tokens)), width, device=hardware.kind)
    mask, labels = torch.ones(hidden.shape[:2], device=hardware.kind), torch.zeros(len(hidden), dtype=torch.long)
    taken = []
    for _ in range(5):
        started = time.perf_counter()
        with torch.autocast(hardware.kind, torch.bfloat16, enabled=hardware.bf16):
            loss = pool(hidden, mask, labels.to(hardware.kind))["loss"]
        loss.backward()
        taken.append(time.perf_counter() - started)
    folds = fitting.FOLDS_OF_FEW if len(data.y) < fitting.FEW_ROWS else fitting.FOLDS
    steps = recipe.epochs * (folds - 1) * len(data.y) / recipe.batch_size
    return steps * (float(np.median(taken)) + OVERHEAD_OF_A_STEP)


def _memory_mb(data: fitting.Data, mode: Mode, speeds: _Speeds) -> float:
    features = 3.0 * len(data.y) * (speeds.layers + 1) * speeds.width * 4 / MEGABYTE
    weights = speeds.parameters * 4 / MEGABYTE
    tokens = int(len(data.y) * speeds.tokens)
    total = BASE_MB + features + 2 * weights
    if mode not in speeds.step:
        pooled = fitting.can_pool(data, tokens, speeds.width)
        return total + (tuning.memory_of_states_mb(tokens, LAYERS * speeds.width) if pooled else 0.0)
    states = tuning.memory_of_states_mb(tokens, speeds.width) if mode == "standard" else 0.0
    return total + (5 + tuning.MEMBERS[mode]) * weights + TUNING_MB + states
