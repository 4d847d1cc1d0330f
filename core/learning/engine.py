"""The one training loop for every torch model: transformers' Trainer, told about progress, cancelling and memory."""

from __future__ import annotations

import gc
import json
import logging
import math
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import nn
from torch.utils.data import DataLoader, Dataset
from transformers import PrinterCallback, Trainer, TrainerCallback, TrainerState, TrainingArguments

from core.learning.batching import LengthBatches
from core.learning.hardware import Hardware, describe
from core.learning.processor import suited
from core.memory import is_out_of_memory
from core.progress import Report
from core.words import Text, UserError

logging.getLogger("transformers.trainer").setLevel(logging.WARNING)
AVERAGE_FILE = "average.safetensors"
AVERAGE_STATE = "average.json"
TRAINER_STATE = "trainer_state.json"
EVALUATION_BATCH_SCALE = 2

Collate = Callable[[list[Any]], dict[str, torch.Tensor]]
Score = Callable[[np.ndarray, np.ndarray], float]


@dataclass(frozen=True)
class Recipe:
    """How to train. `learning_rate` is the peak after warm-up; parameters whose names start with a key of
    `learning_rates` take that one instead. `evaluations` is how often per epoch the validation rows are scored,
    and training stops when `patience` of them in a row bring nothing better. `drawn`, where given, is what the validation
    curve shows in place of the score: a measure that people read."""

    epochs: float
    batch_size: int
    learning_rate: float
    learning_rates: dict[str, float] = field(default_factory=dict)
    schedule: str = "linear"
    warmup_share: float = 0.1
    weight_decay: float = 0.01
    clip: float = 1.0
    evaluations: int = 1
    patience: int = 2
    drawn: Score | None = None


@dataclass(frozen=True)
class Rows:
    """What to learn from: the numbers of `training` and `validation` rows, `collate`, which turns a list of row
    numbers into the model's inputs with the targets under "labels", and the `lengths` of all rows. `on_device` says that
    some inputs lie on the card already."""

    training: np.ndarray
    validation: np.ndarray
    collate: Collate
    lengths: Sequence[int]
    on_device: bool = False


@dataclass(frozen=True)
class Run:
    """What one training run is given besides its data."""

    seed: int
    report: Report
    hardware: Hardware = field(default_factory=describe)


@dataclass(frozen=True)
class Trained:
    """What a training did. `history` holds (epoch, validation score) of every evaluation whose score is a number."""

    history: list[tuple[float, float]]
    best_score: float
    epochs: float
    steps: int
    batch_size: int
    seconds: float


def train(model: nn.Module, rows: Rows, score: Score, recipe: Recipe, run: Run, name: str = "training") -> Trained:
    """Train `model` in place and leave in it the averaged weights (see `Average`) of the best validation score.

    `model(**rows.collate(numbers))` returns a dict with "loss" and "logits"; `score(logits, labels)` is higher for
    better. Rows of like length share batches. Progress, curves "loss" and "validation", and cancelling go through
    `run.report`; an interrupted training goes on from its last checkpoint in `run.report.checkpoints / name`, on whatever
    device. When memory does not suffice the batch is halved, with gradients accumulated so that the steps stay the same; a
    model whose loss needs the whole batch has `in_pieces(pieces)` and is asked to read it in so many pieces instead. A
    model trained in bfloat16 answers in its own precision again afterwards, as its saved copy does. A score that is no
    number counts as the worst. Raises Cancelled, Diverged, and UserError when a single row does not fit into memory.
    """
    folder = run.report.checkpoints / name
    initial = {key: value.detach().cpu().clone() for key, value in model.state_dict().items()}
    pieces = _pieces_of(last_checkpoint(folder))
    while True:
        try:
            cut = getattr(model, "in_pieces", None)
            if cut is not None:
                cut(pieces)
            with suited(model, run.hardware):
                return _run(_trainer(model, rows, score, recipe, run, _Place(folder, pieces, cut is not None)))
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
        if pieces * 2 > recipe.batch_size:
            raise UserError(_TOO_LARGE)
        pieces *= 2
        run.report.log(f"Out of memory: trying again with batches of {recipe.batch_size // pieces}")
        _start_again(model, initial, folder)


@dataclass(frozen=True)
class _Place:
    """Where checkpoints go, and into how many pieces a batch is cut to fit into memory: by this loop, or `by_model`."""

    folder: Path
    pieces: int
    by_model: bool

    @property
    def passes(self) -> int:
        """Batches whose gradients make one step."""
        return 1 if self.by_model else self.pieces


class Diverged(UserError):
    """The weights ceased to be numbers before any score was one."""


DIVERGED = Text(
    "Training did not settle: the values that it computes with grew beyond all bounds. Try the Quick mode, and look for "
    "extremely large numbers in your data.",
    "训练未能收敛：计算中的数值超出了可表示的范围。请尝试“快速”模式，并检查数据中是否有极大的数字。",
)
_TOO_LARGE = Text(
    "There is not enough memory to train even one row at a time. Choose the Quick mode, or a machine with more memory.",
    "内存不足，即使每次只训练一行也无法完成。请选择“快速”模式，或使用内存更大的机器。",
)


def _start_again(model: nn.Module, initial: dict[str, torch.Tensor], folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    model.load_state_dict(initial)
    model.zero_grad(set_to_none=True)
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def _pieces_of(checkpoint: Path | None) -> int:
    return int(json.loads((checkpoint / AVERAGE_STATE).read_text()).get("pieces", 1)) if checkpoint else 1


def _trainer(model: nn.Module, rows: Rows, score: Score, recipe: Recipe, run: Run, place: _Place) -> _Trainer:
    batch = recipe.batch_size // place.passes
    steps = math.ceil(math.ceil(len(rows.training) / batch) / place.passes)

    def metrics(predictions: Any) -> dict[str, float]:
        logits, labels = np.asarray(predictions.predictions), np.asarray(predictions.label_ids)
        if np.isnan(logits).any():
            return {"score": -math.inf, "drawn": math.nan, "lost": 1.0}
        found = score(logits, labels)
        drawn = recipe.drawn(logits, labels) if recipe.drawn else found
        return {"score": found if math.isfinite(found) else -math.inf, "drawn": drawn, "lost": 0.0}

    trainer = _Trainer(
        model=model,
        args=_arguments(recipe, run, place, steps, pinned=run.hardware.kind == "cuda" and not rows.on_device),
        train_dataset=_Numbers(rows.training),
        eval_dataset=_Numbers(rows.validation),
        data_collator=rows.collate,
        compute_metrics=metrics,
    )
    trainer.recipe, trainer.run, trainer.place = recipe, run, place
    trainer.batches = LengthBatches([rows.lengths[row] for row in rows.training], batch, run.seed)
    trainer.average = Average(model, recipe.patience, place.pieces)
    trainer.remove_callback(PrinterCallback)
    trainer.add_callback(trainer.average)
    trainer.add_callback(_Reporter(run.report, trainer.batches))
    return trainer


def _arguments(recipe: Recipe, run: Run, place: _Place, steps: int, *, pinned: bool) -> TrainingArguments:
    hardware, every = run.hardware, max(1, steps // recipe.evaluations)
    batch = recipe.batch_size // place.passes
    return TrainingArguments(
        output_dir=str(place.folder),
        num_train_epochs=recipe.epochs,
        per_device_train_batch_size=batch,
        per_device_eval_batch_size=batch * EVALUATION_BATCH_SCALE,
        gradient_accumulation_steps=place.passes,
        learning_rate=recipe.learning_rate,
        lr_scheduler_type=recipe.schedule,
        warmup_steps=int(recipe.warmup_share * steps * recipe.epochs),
        weight_decay=recipe.weight_decay,
        max_grad_norm=recipe.clip,
        optim="adamw_torch_fused" if hardware.kind != "mps" else "adamw_torch",
        bf16=hardware.bf16,
        use_cpu=hardware.kind == "cpu",
        eval_strategy="steps",
        save_strategy="steps",
        eval_steps=every,
        save_steps=every,
        logging_strategy="steps",
        logging_steps=max(1, min(20, every)),
        seed=run.seed,
        data_seed=run.seed,
        dataloader_pin_memory=pinned,
        remove_unused_columns=False,
        label_names=["labels"],
        report_to="none",
        disable_tqdm=True,
        log_level="warning",
    )


def _run(trainer: _Trainer) -> Trained:
    started = time.monotonic()
    checkpoint = last_checkpoint(trainer.place.folder)
    if checkpoint and not trainer.average.fits(checkpoint):
        trainer.run.report.log("The checkpoint is of another model: training begins anew")
        shutil.rmtree(trainer.place.folder, ignore_errors=True)
        checkpoint = None
    if checkpoint:
        trainer.run.report.log(f"Going on from {checkpoint.name}")
        trainer.average.resume(checkpoint)
    if checkpoint and trainer.average.gave_up:
        trainer.state = TrainerState.load_from_json(str(checkpoint / TRAINER_STATE))
    else:
        trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    trainer.average.finish()
    if trainer.average.lost:
        trainer.run.report.log("The weights ceased to be numbers: training stopped")
        if not trainer.average.best:
            raise Diverged(DIVERGED)
    trainer.accelerator.unwrap_model(trainer.model, keep_fp32_wrapper=False)
    trainer.run.report.progress(1.0)
    state = trainer.state
    scored = [(entry["epoch"], entry["eval_score"]) for entry in state.log_history if "eval_score" in entry]
    return Trained(
        history=[(epoch, score) for epoch, score in scored if math.isfinite(score)],
        best_score=trainer.average.best_score,
        epochs=float(state.epoch or 0.0),
        steps=state.global_step,
        batch_size=trainer.recipe.batch_size // trainer.place.passes,
        seconds=time.monotonic() - started,
    )


def last_checkpoint(folder: Path) -> Path | None:
    """The newest complete checkpoint, or None; one that was being written when the process died is passed over."""
    found = [path for path in folder.glob("checkpoint-*") if _is_complete(path)]
    return max(found, key=lambda path: int(path.name.rsplit("-", 1)[1]), default=None)


def _is_complete(checkpoint: Path) -> bool:
    try:
        json.loads((checkpoint / AVERAGE_STATE).read_text())
        json.loads((checkpoint / TRAINER_STATE).read_text())
    except (OSError, ValueError):
        return False
    return (checkpoint / "optimizer.pt").is_file()


class _Numbers(Dataset):
    """Row numbers; the collator looks up what they stand for."""

    def __init__(self, rows: np.ndarray) -> None:
        self.rows = rows

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> int:
        return int(self.rows[index])


class _Trainer(Trainer):
    """Trainer with our batches and with learning rates by parameter name."""

    batches: LengthBatches
    recipe: Recipe
    run: Run
    place: _Place
    average: Average

    def evaluate(self, *args: Any, **kwargs: Any) -> dict[str, float]:
        """Judge the averaged weights."""
        with self.average.applied():
            return super().evaluate(*args, **kwargs)

    def get_train_dataloader(self) -> DataLoader:
        return DataLoader(
            cast(Dataset, self.train_dataset), batch_sampler=self.batches, collate_fn=self.data_collator,
            pin_memory=self.args.dataloader_pin_memory,
        )  # fmt: skip

    def _prepare_input(self, data: Any) -> Any:
        """On the device; what lies in pinned memory goes there while the processor works on."""
        if isinstance(data, torch.Tensor):
            return data.to(self.args.device, non_blocking=self.args.dataloader_pin_memory)
        return super()._prepare_input(data)

    def create_optimizer(self, model: nn.Module | None = None) -> torch.optim.Optimizer:
        if self.optimizer is None:
            kind, settings = self.get_optimizer_cls_and_kwargs(self.args)
            self.optimizer = kind(self._groups(), **settings)
        return self.optimizer

    def _groups(self) -> list[dict[str, Any]]:
        groups: dict[tuple[float, float], list[nn.Parameter]] = {}
        prefixes = sorted(self.recipe.learning_rates, key=len, reverse=True)
        for name, parameter in cast(nn.Module, self.model).named_parameters():
            if not parameter.requires_grad:
                continue
            prefix = next((prefix for prefix in prefixes if name.startswith(prefix)), None)
            rate = self.recipe.learning_rates[prefix] if prefix is not None else self.recipe.learning_rate
            decay = self.recipe.weight_decay if parameter.ndim > 1 else 0.0
            groups.setdefault((rate, decay), []).append(parameter)
        return [{"params": list_, "lr": rate, "weight_decay": decay} for (rate, decay), list_ in groups.items()]


class Average(TrainerCallback):
    """A running average of the trained weights, which is what validation judges and what remains in the end.

    At step t an average forgets with 9 / (t + 10), so that it covers about the last ninth of the training (polynomial-
    decay averaging, Shamir and Zhang 2013). Training stops after `patience` evaluations without a better score, or when
    the weights are `lost`: no longer numbers. `pieces` are those of a batch, kept beside the checkpoint.
    """

    def __init__(self, model: nn.Module, patience: int, pieces: int = 1) -> None:
        self.model, self.patience, self.pieces = model, patience, pieces
        self.names = [name for name, parameter in model.named_parameters() if parameter.requires_grad]
        self.best_score, self.waited, self.lost = -math.inf, 0, False
        self.now: list[torch.Tensor] = []
        self.best: list[torch.Tensor] = []

    @property
    def gave_up(self) -> bool:
        """Whether the score has not become better for as long as it may, or cannot."""
        return self.lost or self.waited >= self.patience

    @contextmanager
    def applied(self) -> Iterator[None]:
        """The averaged weights stand in the model for a while."""
        if not self.now:
            yield
            return
        trained = [value.clone() for value in self._values()]
        self._put(self.now)
        try:
            yield
        finally:
            self._put(trained)

    def finish(self) -> None:
        """Leave the best averaged weights in the model."""
        self._put(self.best or self.now)

    def fits(self, checkpoint: Path) -> bool:
        """Whether the checkpoint is of a training of the same weights."""
        with safe_open(checkpoint / AVERAGE_FILE, "pt") as saved:
            kept = {key: saved.get_slice(key).get_shape() for key in saved.keys() if key.startswith("now.")}  # noqa: SIM118
        return kept == {
            f"now.{name}": list(value.shape) for name, value in zip(self.names, self._values(), strict=True)
        }

    def resume(self, checkpoint: Path) -> None:
        """Take up the averages that were saved beside a checkpoint."""
        state = json.loads((checkpoint / AVERAGE_STATE).read_text())
        self.best_score, self.waited, self.lost = state["best_score"], state["waited"], state.get("lost", False)
        saved = load_file(checkpoint / AVERAGE_FILE)
        self.now = [saved[f"now.{name}"] for name in self.names]
        self.best = [saved[f"best.{name}"] for name in self.names if f"best.{name}" in saved]

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        values = self._values()
        self.now = [mine.to(value.device) for mine, value in zip(self.now, values, strict=True)] if self.now else [
            value.clone() for value in values
        ]  # fmt: skip

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        torch._foreach_lerp_(self.now, self._values(), 9 / (state.global_step + 10))

    def on_evaluate(self, args: Any, state: Any, control: Any, metrics: Any = None, **kwargs: Any) -> None:
        if metrics["eval_score"] > self.best_score:
            self.best_score, self.waited = float(metrics["eval_score"]), 0
            self.best = [value.cpu().clone() for value in self.now]
            return
        self.waited, self.lost = self.waited + 1, bool(metrics["eval_lost"])
        control.should_training_stop = control.should_training_stop or self.gave_up

    def on_save(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        checkpoint = Path(args.output_dir) / f"checkpoint-{state.global_step}"
        tensors = {f"now.{name}": value.contiguous() for name, value in zip(self.names, self.now, strict=True)}
        tensors |= {f"best.{name}": value.contiguous() for name, value in zip(self.names, self.best, strict=False)}
        save_file(tensors, checkpoint / AVERAGE_FILE)
        about = {"best_score": self.best_score, "waited": self.waited, "lost": self.lost, "pieces": self.pieces}
        (checkpoint / AVERAGE_STATE).write_text(json.dumps(about))
        for older in checkpoint.parent.glob("checkpoint-*"):
            if older != checkpoint:
                shutil.rmtree(older, ignore_errors=True)

    def _values(self) -> list[torch.Tensor]:
        return [parameter.detach() for parameter in self.model.parameters() if parameter.requires_grad]

    def _put(self, values: list[torch.Tensor]) -> None:
        for mine, value in zip(self._values(), values, strict=True):
            mine.copy_(value)


class _Reporter(TrainerCallback):
    """Tells the report of every step, of the loss and of validation scores; cancelling surfaces here."""

    def __init__(self, report: Report, batches: LengthBatches) -> None:
        self.report = report
        self.batches = batches
        self.share = 0.0

    def on_epoch_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        self.batches.epoch = round(state.epoch or 0.0, 6).__floor__()

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        self.share = min(1.0, state.global_step / max(1, state.max_steps))
        self.report.progress(self.share)

    def on_prediction_step(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        self.report.progress(self.share)

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, float] | None = None, **kwargs: Any) -> None:
        if logs and math.isfinite(logs.get("loss", math.nan)):
            self.report.point("loss", float(state.epoch), float(logs["loss"]))

    def on_evaluate(
        self, args: Any, state: Any, control: Any, metrics: dict[str, float] | None = None, **kwargs: Any
    ) -> None:
        if metrics and math.isfinite(metrics.get("eval_drawn", math.nan)):
            self.report.point("validation", float(state.epoch or 0.0), float(metrics["eval_drawn"]))
