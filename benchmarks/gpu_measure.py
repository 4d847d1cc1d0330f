"""How a training uses its device, and the same training by a plain transformers Trainer. See `gpu.py`."""

from __future__ import annotations

import copy
import resource
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from torch import nn
from torch.profiler import ProfilerActivity, profile
from torch.utils.flop_counter import FlopCounterMode
from transformers import PrinterCallback, Trainer, TrainingArguments

from core.learning import engine
from core.learning.batching import LengthBatches
from core.learning.engine import Recipe, Rows, Run, Trained
from core.learning.hardware import MEGABYTE, Hardware, describe
from core.threads import usable

SAMPLED_BATCHES = 8
SAMPLE_SECONDS = 0.2
PRODUCTS, TRIES = 10, 3


class Tell(Protocol):
    """Writes one line of figures at once."""

    def __call__(self, **figures: Any) -> None: ...


def on_card() -> bool:
    return describe().kind == "cuda"


def finish_kernels() -> None:
    if on_card():
        torch.cuda.synchronize()


class Meter:
    """What happens inside `with`: `seconds`, `busy`, the share of that time in which the card had a kernel running (NVML; None
    where it does not answer) or the cores worked for this process, and `peak_mb`, the most memory that torch held on the card,
    or that this process ever held."""

    seconds = 0.0
    busy: float | None = None
    peak_mb = 0.0

    def __enter__(self) -> Meter:
        finish_kernels()
        self._stop, self._seen = threading.Event(), list[float]()
        if on_card():
            torch.cuda.reset_peak_memory_stats()
            self._watch = threading.Thread(target=self._sample, daemon=True)
            self._watch.start()
        self._began, self._worked = time.perf_counter(), time.process_time()
        return self

    def __exit__(self, *_: object) -> None:
        finish_kernels()
        self.seconds = time.perf_counter() - self._began
        if not on_card():
            self.busy = (time.process_time() - self._worked) / (self.seconds * usable())
            self.peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            return
        self._stop.set()
        self._watch.join()
        self.busy = float(np.mean(self._seen)) / 100 if self._seen else None
        self.peak_mb = torch.cuda.max_memory_allocated() / MEGABYTE

    def _sample(self) -> None:
        while not self._stop.wait(SAMPLE_SECONDS):
            try:
                self._seen.append(torch.cuda.utilization())
            except Exception:  # NVML is missing or does not answer here
                return


def kernel_share(do: Callable[[], object]) -> float:
    """The share of the time of `do` in which kernels run on the card, or operators on a processor, by torch's profiler."""
    card = on_card()
    do()
    finish_kernels()
    with profile(activities=[ProfilerActivity.CUDA if card else ProfilerActivity.CPU]) as seen:
        began = time.perf_counter()
        do()
        finish_kernels()
        seconds = time.perf_counter() - began
    spent = sum(one.self_device_time_total if card else one.self_cpu_time_total for one in seen.key_averages())
    return spent / 1e6 / seconds


def product_of(size: int, dtype: torch.dtype) -> Callable[[], None]:
    """Some products of two random matrices [size, size] on the device."""
    one, two = (torch.randn(size, size, device=describe().kind).to(dtype) for _ in range(2))

    def multiply() -> None:
        for _ in range(PRODUCTS):
            one @ two

    return multiply


def peak_flops(size: int, dtype: torch.dtype = torch.bfloat16) -> float:
    """Floating point operations a second of a large product of matrices on this device, the best of some tries."""
    multiply, taken = product_of(size, dtype), []
    for _ in range(TRIES + 1):
        finish_kernels()
        began = time.perf_counter()
        multiply()
        finish_kernels()
        taken.append(time.perf_counter() - began)
    return PRODUCTS * 2 * size**3 / min(taken[1:])


@dataclass(frozen=True)
class Training:
    """One call of the engine with what it was given, the network as it was before, what came of it and what it took."""

    network: nn.Module
    rows: Rows
    score: engine.Score
    recipe: Recipe
    run: Run
    done: Trained
    meter: Meter

    @property
    def rows_learned(self) -> float:
        return self.done.epochs * len(self.rows.training)


@contextmanager
def engine_watched() -> Iterator[list[Training]]:
    """Every training that the engine makes meanwhile."""
    found: list[Training] = []
    train = engine.train

    def watched(model: nn.Module, rows: Rows, score: Any, recipe: Recipe, run: Run, name: str = "training") -> Trained:
        before = copy.deepcopy(model)
        with Meter() as meter:
            done = train(model, rows, score, recipe, run, name)
        found.append(Training(before, rows, score, recipe, run, done, meter))
        return done

    engine.train = watched
    try:
        yield found
    finally:
        engine.train = train


def plainly(training: Training, folder: Path) -> Meter:
    """The same network on the same rows for as many steps, with the same optimiser, batches of the same size, precision and
    evaluations, by transformers' Trainer as it comes: no averaged weights, no batches of like length, no checkpoints."""
    done, recipe, hardware = training.done, training.recipe, training.run.hardware
    pieces = max(1, recipe.batch_size // done.batch_size)
    an_epoch = -(-len(training.rows.training) // recipe.batch_size)
    trainer = Trainer(
        model=training.network,
        args=TrainingArguments(
            output_dir=str(folder),
            max_steps=done.steps,
            per_device_train_batch_size=done.batch_size,
            per_device_eval_batch_size=2 * done.batch_size,
            gradient_accumulation_steps=pieces,
            learning_rate=recipe.learning_rate,
            lr_scheduler_type=recipe.schedule,
            warmup_steps=int(recipe.warmup_share * done.steps),
            weight_decay=recipe.weight_decay,
            max_grad_norm=recipe.clip,
            bf16=hardware.bf16,
            use_cpu=hardware.kind == "cpu",
            eval_strategy="steps",
            eval_steps=max(1, an_epoch // recipe.evaluations),
            save_strategy="no",
            seed=training.run.seed,
            dataloader_pin_memory=hardware.kind == "cuda",
            remove_unused_columns=False,
            label_names=["labels"],
            report_to="none",
            disable_tqdm=True,
            log_level="warning",
        ),
        train_dataset=[int(row) for row in training.rows.training],
        eval_dataset=[int(row) for row in training.rows.validation],
        data_collator=training.rows.collate,
        compute_metrics=lambda said: {
            "score": training.score(np.asarray(said.predictions), np.asarray(said.label_ids))
        },
    )
    trainer.remove_callback(PrinterCallback)
    with Meter() as meter:
        trainer.train()
    return meter


@dataclass(frozen=True)
class Work:
    """What one row asks of the device when it is learned from once."""

    tokens: float
    flops: float


class Passes:
    """Some batches of a training, forward and back through its network, as the engine makes them."""

    def __init__(self, training: Training) -> None:
        rows, self.hardware = training.rows, training.run.hardware
        self.network = training.network.to(self.hardware.kind).train()
        lengths = [rows.lengths[row] for row in rows.training]
        cut = list(LengthBatches(lengths, training.done.batch_size, training.run.seed))
        chosen = np.unique(np.linspace(0, len(cut) - 1, SAMPLED_BATCHES).astype(int))
        numbers = [[int(rows.training[place]) for place in cut[one]] for one in chosen]
        self.batches = [rows.collate(some) for some in numbers]
        self.rows = sum(map(len, numbers))
        self.tokens = sum(
            _real_tokens(batch, sum(rows.lengths[row] for row in some))
            for batch, some in zip(self.batches, numbers, strict=True)
        )

    def __call__(self) -> None:
        for batch in self.batches:
            _forward_and_back(self.network, batch, self.hardware)

    def work(self) -> Work:
        """Tokens without padding, and operations as torch counts them. For layers that learn these are 6 × weights × tokens, for
        frozen ones below them 2 ×, plus attention and padding; a batch that passes twice (R-Drop) counts twice."""
        with FlopCounterMode(display=False) as counted:
            self()
        return Work(self.tokens / self.rows, counted.get_total_flops() / self.rows)


def _real_tokens(batch: dict[str, torch.Tensor], length: int) -> int:
    masks = [tensor for name, tensor in batch.items() if name.endswith("mask")]
    return sum(int(mask.sum()) for mask in masks) if masks else length


def _forward_and_back(network: nn.Module, batch: dict[str, torch.Tensor], hardware: Hardware) -> None:
    there = {name: tensor.to(hardware.kind) for name, tensor in batch.items()}
    with torch.autocast(hardware.kind, dtype=torch.bfloat16, enabled=hardware.bf16):
        loss = network(**there)["loss"]
    loss.backward()
    network.zero_grad()


def beside_plain(tell: Tell, folder: Path, peak: float, do: Callable[[], Any]) -> tuple[Any, Training]:
    """What `do` makes with one training of the engine, which is measured and then made again by a plain Trainer. `peak` is
    what the device reaches, in operations a second."""
    with engine_watched() as found:
        made = do()
    (training,) = found
    passes = Passes(training)
    work = passes.work()
    tell(by="modelwright", **_figures(training, training.meter, work, peak))
    tell(by="modelwright", kernels_busy_in_forward_and_back=kernel_share(passes))
    plain = plainly(training, folder / "plain")
    tell(by="transformers", **_figures(training, plain, work, peak))
    tell(seconds_ours_over_plain=training.meter.seconds / plain.seconds)
    return made, training


def _figures(training: Training, meter: Meter, work: Work, peak: float) -> dict[str, Any]:
    learned = training.rows_learned
    return {
        "seconds": meter.seconds,
        "steps": training.done.steps,
        "batch_size": training.done.batch_size,
        "bf16": training.run.hardware.bf16,
        "rows_per_second": learned / meter.seconds,
        "tokens_per_second": learned * work.tokens / meter.seconds,
        "share_of_peak": learned * work.flops / meter.seconds / peak,
        "busy": meter.busy,
        "peak_memory_mb": meter.peak_mb,
    }
