"""The parts of `gpu.py`. Each is given where to tell its figures, how much to do, and a folder of its own."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import cached_property
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from benchmarks.gpu_data import Size, english_encoder, events, loans, pairs, tweets
from benchmarks.gpu_measure import Tell, beside_plain, kernel_share, on_card, peak_flops, product_of
from core.config import ROOT
from core.learning import engine
from core.learning.calibration import accuracy
from core.learning.cleaning import clean_all
from core.learning.engine import Recipe, Rows, Run, Trained
from core.learning.features import padded, tokenise
from core.learning.hardware import MEGABYTE, Hardware, describe
from core.learning.network import TextNetwork
from core.progress import Cancelled, Silent

SEEDS = (0, 1, 2)
LONGEST = 64
HELD_OUT = 5
"""One row in so many is held out."""
PATIENCE = 60.0
GIVEN_BACK, GIVEN_BACK_SECONDS = 0.95, 15.0
"""The share of a killed training's memory that must be free again, and within what time."""
NEVER = 1_000_000.0
HOUSE_POLL = 0.2
ASKED_ALONE = 20


class Clock(Silent):
    """A report that knows how long each stage took."""

    def __init__(self, checkpoints: Path) -> None:
        super().__init__(checkpoints)
        self.began: list[tuple[str, float]] = []

    def stage(self, key: str) -> None:
        self.began.append((key, time.perf_counter()))

    def seconds(self) -> dict[str, float]:
        ends = [moment for _, moment in self.began[1:]] + [time.perf_counter()]
        return {key: end - moment for (key, moment), end in zip(self.began, ends, strict=True)}


class CutOff(Silent):
    """A report that cancels a training once this share of it is done."""

    def __init__(self, checkpoints: Path, share: float) -> None:
        super().__init__(checkpoints)
        self.share = share

    def progress(self, share: float) -> None:
        if share >= self.share:
            raise Cancelled


class Living(Silent):
    """A report that leaves a file once the training is on its way, and cancels it where nobody has killed it in time."""

    def __init__(self, checkpoints: Path, sign: Path) -> None:
        super().__init__(checkpoints)
        self.sign, self.until = sign, time.monotonic() + PATIENCE

    def progress(self, share: float) -> None:
        self.sign.touch()
        if time.monotonic() > self.until:
            raise Cancelled


class Texts:
    """The encoder with a head, all of it tuned on some texts, without dropout where the result should not hang on chance."""

    def __init__(self, rows: int, dropout: bool = True) -> None:
        texts, labels = tweets(rows)
        self.encoder, self.dropout = english_encoder(), dropout
        self.ids = tokenise(self.encoder.tokenizer, clean_all(texts), LONGEST)
        self.classes, self.y = np.unique(labels, return_inverse=True)

    @cached_property
    def rows(self) -> Rows:
        held_out = np.arange(len(self.y)) % HELD_OUT == 0
        labels = torch.from_numpy(self.y)

        def collate(rows: list[int]) -> dict[str, torch.Tensor]:
            tokens, mask = padded([self.ids[row] for row in rows], 0)
            return {"input_ids": tokens, "attention_mask": mask, "labels": labels[rows]}

        return Rows(np.flatnonzero(~held_out), np.flatnonzero(held_out), collate, list(map(len, self.ids)))

    def network(self, seed: int = 0) -> TextNetwork:
        torch.manual_seed(seed)
        network = TextNetwork(self.encoder.model(), len(self.classes))
        network.freeze()
        if not self.dropout:
            for module in network.modules():
                if isinstance(module, nn.Dropout):
                    module.p = 0.0
        return network

    def train(
        self, recipe: Recipe, report: Silent, *, seed: int = 0, hardware: Hardware | None = None,
        network: nn.Module | None = None,
    ) -> Trained:  # fmt: skip
        run = Run(seed, report, hardware or describe())
        return engine.train(network or self.network(seed), self.rows, minus_log_loss, recipe, run, "texts")


def minus_log_loss(logits: np.ndarray, labels: np.ndarray) -> float:
    scores = torch.from_numpy(logits.astype(np.float64))
    return -float(nn.functional.cross_entropy(scores, torch.from_numpy(labels.astype(np.int64))))


RECIPE = Recipe(
    epochs=2, batch_size=32, learning_rate=2e-4, learning_rates={"head": 1e-3}, drawn=accuracy
)  # fmt: skip


def card(tell: Tell, size: Size, folder: Path) -> None:
    """What is found here, under the name that the page gives it, and what it reaches."""
    here = describe()
    tell(
        named=named_by_the_page(here), device=here.kind, torch_calls_it=here.name, memory_mb=here.memory_total_mb,
        memory_free_mb=here.memory_free_mb, cores=here.cores, bf16=here.bf16, python=platform.python_version(),
        capability=".".join(map(str, torch.cuda.get_device_capability())) if on_card() else None,
        cuda=torch.version.cuda, **{name: importlib.metadata.version(name) for name in ("torch", "transformers")},
    )  # fmt: skip
    for precision in (torch.bfloat16, torch.float32):
        reached = peak_flops(size.matrix, precision) / 1e12
        tell(product=size.matrix, precision=str(precision).removeprefix("torch."), tera_operations_per_second=reached)
    tell(kernels_busy_in_products=kernel_share(product_of(size.matrix, torch.bfloat16)))


def named_by_the_page(here: Hardware) -> str:
    try:
        from core.services import machine
    except ImportError:
        return here.name
    return machine.hardware_words(machine.read_gpus(), here.cores, here.kind).en


def sentiment(tell: Tell, size: Size, folder: Path) -> None:
    """Standard on short texts, with its estimate; the tuning of the encoder beside a plain Trainer."""
    from core.learning import trial
    from core.learning.text import fit_text_classifier

    texts, labels = tweets(size.texts)
    held_out = len(texts) // HELD_OUT
    learned = labels[held_out:]
    plan = trial.estimate(texts[held_out:], learned, language="en", modes=("standard",))["standard"]
    told = {stage.key: stage.seconds for stage in plan.stages}
    tell(rows=len(learned), encoder=english_encoder().name, estimated=told, estimated_seconds=plan.seconds)
    clock = Clock(folder)
    began = time.perf_counter()

    def fit() -> Any:
        made = fit_text_classifier(texts[held_out:], learned, mode="standard", language="en", seed=0, report=clock)
        took = clock.seconds()
        seconds = time.perf_counter() - began
        said = made.predict(texts[:held_out])
        tell(took=took, seconds=seconds, actual_over_estimated=seconds / plan.seconds,
             accuracy=np.mean([one == other for one, other in zip(said, labels[:held_out], strict=True)]))  # fmt: skip
        return made

    beside_plain(tell, folder, peak_flops(size.matrix), fit)


def bot(tell: Tell, size: Size, folder: Path) -> None:
    """A bot's contrastive tuning."""
    from core.learning.retrieval.contrastive import tune

    asked = pairs(size.pairs)
    held = np.arange(len(asked)) % HELD_OUT == 0
    run = Run(0, Silent(folder))

    def tuned() -> dict[str, Any]:
        return tune(english_encoder(), asked, (np.flatnonzero(~held), np.flatnonzero(held)), "standard", run)[1]

    facts, _ = beside_plain(tell, folder, peak_flops(size.matrix), tuned)
    tell(pairs=facts["pairs"], frozen_layers=facts["frozen_layers"], reciprocal_rank=facts["history"])


def sequence(tell: Tell, size: Size, folder: Path) -> None:
    """A sequence transformer on orders, with its estimate."""
    from core.learning.sequences import transformer
    from core.learning.sequences.fitting import validation_of

    if size.toy:
        transformer.FEWEST_EPOCHS = transformer.MOST_EPOCHS = 2
    bought = events(size.customers)
    earlier, validation = validation_of(bought, len(bought.items), "again", 0)
    estimated = transformer.estimated_seconds(bought, "standard") / 2
    tell(customers=len(bought.users), events=len(bought), items=len(bought.items), estimated_seconds=estimated)

    def fit() -> Any:
        return transformer.Chosen.fit(earlier, validation, "standard", "again", 0, Silent(folder))

    _, training = beside_plain(tell, folder, peak_flops(size.matrix), fit)
    tell(actual_over_estimated=training.done.seconds / estimated)


def table(tell: Tell, size: Size, folder: Path) -> None:
    """The network for tables on loans, with its estimate."""
    from core.learning.tabular import network

    if size.toy:
        network.FEWEST_EPOCHS = network.MOST_EPOCHS = 2
    encoded, bad = loans(size.loans)
    held_out = np.arange(len(bad)) % HELD_OUT == 0
    split = np.flatnonzero(~held_out), np.flatnonzero(held_out)
    recipe = network.recipe_for(len(split[0]))
    steps = recipe.epochs * -(-len(split[0]) // recipe.batch_size)
    estimated = steps * network.seconds_per_step(encoded, bad, recipe.batch_size, 5)
    tell(rows=len(bad), columns=len(encoded.sources), estimated_seconds=estimated)
    run = Run(0, Silent(folder))
    _, training = beside_plain(
        tell, folder, peak_flops(size.matrix), lambda: network.fit_network(encoded, bad, split, run)
    )
    all_steps = training.done.seconds * steps / training.done.steps
    tell(actual_over_estimated_had_it_not_stopped_early=all_steps / estimated)


def lora(tell: Tell, size: Size, folder: Path) -> None:
    """Low-rank additions to a small causal model (the shape of SmolLM2-135M) with random weights."""
    from transformers import LlamaConfig, LlamaForCausalLM

    from core.learning.retrieval.writing import RECIPE as LORA
    from core.learning.retrieval.writing import Adapted

    layers, width, words = (2, 48, 200) if size.toy else (30, 576, 49_152)
    torch.manual_seed(0)
    network = Adapted(LlamaForCausalLM(LlamaConfig(
        vocab_size=words, hidden_size=width, intermediate_size=width * 8 // 3, num_hidden_layers=layers,
        num_attention_heads=width // 16 if size.toy else 9, num_key_value_heads=3, max_position_embeddings=512,
    )))  # fmt: skip
    random = np.random.default_rng(0)
    ids = [random.integers(1, words, length).tolist() for length in random.integers(40, 160, size.wordings)]

    def collate(rows: list[int]) -> dict[str, torch.Tensor]:
        tokens, mask = padded([ids[row] for row in rows], 0)
        return {"input_ids": tokens, "attention_mask": mask, "labels": tokens.masked_fill(mask == 0, -100)}

    held_out = np.arange(len(ids)) % (2 * HELD_OUT) == 0
    rows = Rows(np.flatnonzero(~held_out), np.flatnonzero(held_out), collate, list(map(len, ids)))
    run = Run(0, Silent(folder))
    tell(weights=sum(one.numel() for one in network.parameters()),
         learned=sum(one.numel() for one in network.parameters() if one.requires_grad))  # fmt: skip
    beside_plain(
        tell, folder, peak_flops(size.matrix),
        lambda: engine.train(network, rows, lambda likely, _: float(likely.mean()), LORA, run, "writing"),
    )  # fmt: skip


def out_of_memory(tell: Tell, size: Size, folder: Path) -> None:
    """A training that does not fit is halved, and comes to the same."""
    task = Texts(size.few, dropout=False)
    recipe = replace(RECIPE, batch_size=16 if size.toy else 256)
    whole, needed = _with_peak(lambda: task.train(recipe, Silent(folder / "whole")))
    tell(memory="enough", batch_size=whole.batch_size, **_came_to(whole), peak_memory_mb=needed)
    halves = replace(recipe, batch_size=recipe.batch_size // 2)
    _, enough = _with_peak(lambda: task.train(replace(halves, epochs=0.25), Silent(folder / "halves")))
    network = task.network()
    with too_little_memory(network, recipe.batch_size, (needed + enough) / 2):
        short = task.train(recipe, Silent(folder / "short"), network=network)
    tell(memory="too little", batch_size=short.batch_size, **_came_to(short), limit_mb=(needed + enough) / 2)
    apart = abs(short.best_score - whole.best_score)
    tell(halved=short.batch_size < whole.batch_size, same_steps=short.steps == whole.steps, log_loss_apart=apart)


def _with_peak(train: Callable[[], Trained]) -> tuple[Trained, float]:
    """And the most memory that torch held on the card meanwhile, in MB; 0 on a processor."""
    if not on_card():
        return train(), 0.0
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats()
    return train(), torch.cuda.max_memory_allocated() / MEGABYTE


@contextmanager
def too_little_memory(network: nn.Module, batch: int, limit_mb: float) -> Iterator[None]:
    """On a card torch may take no more than the limit; on a processor, where torch knows none, a whole batch is refused."""
    if on_card():
        torch.cuda.empty_cache()
        torch.cuda.set_per_process_memory_fraction(limit_mb / describe().memory_total_mb)
        try:
            yield
        finally:
            torch.cuda.set_per_process_memory_fraction(1.0)
        return

    def refuse(module: nn.Module, _: Any, given: dict[str, torch.Tensor]) -> None:
        if module.training and len(given["labels"]) > batch // 2:
            raise torch.OutOfMemoryError("a whole batch is refused")

    hook = network.register_forward_pre_hook(refuse, with_kwargs=True)
    try:
        yield
    finally:
        hook.remove()


def _came_to(done: Trained) -> dict[str, Any]:
    return {"steps": done.steps, "log_loss": -done.best_score, "seconds": done.seconds}


def precision(tell: Tell, size: Size, folder: Path) -> None:
    """The same training in 16 and in 32 bits, over seeds."""
    task, losses = Texts(size.few), dict[bool, list[float]]()
    for bf16 in (True, False):
        hardware = replace(describe(), bf16=bf16)
        for seed in SEEDS:
            done = task.train(RECIPE, Silent(folder / f"{bf16}-{seed}"), seed=seed, hardware=hardware)
            losses.setdefault(bf16, []).append(-done.best_score)
            tell(bf16=bf16, seed=seed, **_came_to(done))
    apart = statistics.fmean(losses[True]) - statistics.fmean(losses[False])
    noise = max(statistics.stdev(losses[True]), statistics.stdev(losses[False]))
    tell(bf16_minus_fp32=apart, over_seeds=noise, within_noise=abs(apart) <= 2 * noise)


def resuming(tell: Tell, size: Size, folder: Path) -> None:
    """A training begun on a processor goes on where the best device is, and the other way round."""
    task = Texts(min(size.few, 1_000))
    best = describe().kind
    tell(device=best, interrupted=False, **_came_to(task.train(RECIPE, Silent(folder / "whole"))))
    for number, (first, then) in enumerate((("cpu", None), (None, "cpu"))):
        place = folder / f"resumed-{number}"
        with suppress(Cancelled):
            task.train(RECIPE, CutOff(place, 0.6), hardware=describe(first))
        left = engine.last_checkpoint(place / "texts")
        if left is None:
            raise RuntimeError("the interrupted training left no checkpoint")
        at = int(left.name.rsplit("-", 1)[1])
        done = task.train(RECIPE, Silent(place), hardware=describe(then))
        tell(begun_on=first or best, resumed_on=then or best, resumed_at_step=at, **_came_to(done))


def killed(tell: Tell, size: Size, folder: Path) -> None:
    """kill -9 of a training process gives its memory back: free memory is read, since processes may not be listed."""
    before, sign = describe().memory_free_mb, folder / "training"
    child = get_context(size.start_within).Process(target=train_until_killed, args=(size, folder, sign))
    child.start()
    until = time.monotonic() + PATIENCE
    while not sign.exists() and child.is_alive() and time.monotonic() < until:
        time.sleep(0.05)
    during, was_training = describe().memory_free_mb, sign.exists() and child.is_alive()
    child.kill()
    child.join()
    began = time.monotonic()
    wanted = before - (1 - GIVEN_BACK) * max(0.0, before - during)
    while (after := describe().memory_free_mb) < wanted and time.monotonic() - began < GIVEN_BACK_SECONDS:
        time.sleep(0.05)
    tell(
        free_before_mb=before, free_during_mb=during, free_after_mb=after, was_training=was_training,
        killed_by=signal.Signals(-(child.exitcode or 0)).name if (child.exitcode or 0) < 0 else None,
        given_back=after >= wanted, seconds_until_then=time.monotonic() - began,
    )  # fmt: skip


def train_until_killed(size: Size, folder: Path, sign: Path) -> None:
    recipe = replace(RECIPE, epochs=NEVER, patience=int(NEVER))
    with suppress(Cancelled):
        Texts(size.few).train(recipe, Living(folder, sign))


def house(tell: Tell, size: Size, folder: Path) -> None:
    """Two trainings queued for one device take turns, and the model of the first answers beside the second."""
    os.environ |= {"MODELWRIGHT_HOME": str(folder / "home"), "MODELWRIGHT_WORKER": "off"}
    from core.services import datasets, predictions, runs
    from core.serving import client, server
    from core.store.db import migrate

    migrate()
    texts, labels = tweets(size.few)
    csv = folder / "tweets.csv"
    _write_csv(csv, texts, labels)
    data = datasets.add(csv.name, csv).dataset.id
    roles = {"text": ("text",), "label": ("label",)}
    modes = ("quick", "quick" if size.toy else "standard")
    asked = [runs.Request("sentiment", data, roles, {"mode": mode, "seed": seed}) for seed, mode in enumerate(modes)]
    first, second = (runs.launch(one) for one in asked)
    with _process(folder, "core", "worker"), _process(folder, server.__name__):
        _wait(lambda: runs.get(first).status not in ("queued", "running"))
        beside = []
        while runs.get(second).status in ("queued", "running"):
            if (taken := _answer_seconds(predictions.answer, first, texts[len(beside)])) is not None:
                beside.append(taken)
            time.sleep(HOUSE_POLL)
        ended = [runs.get(one) for one in (first, second)]
        for run in ended:
            tell(run=run.mode, status=run.status, device=run.device, estimated_seconds=run.seconds_estimated,
                 seconds=run.seconds_total)  # fmt: skip
        one, other = ended
        tell(took_turns=bool(one.finished_at and other.claimed_at and one.finished_at <= other.claimed_at))
        _wait(lambda: _answer_seconds(predictions.answer, first, texts[0]) is not None)
        alone = [_answer_seconds(predictions.answer, first, text) for text in texts[:ASKED_ALONE]]
        tell(answers_beside_a_training=len(beside), median_ms=_median_ms(beside), server=client.health())
        tell(answers_alone=len(alone), median_ms=_median_ms([one for one in alone if one is not None]))


def _write_csv(path: Path, texts: list[str], labels: list[str]) -> None:
    import pandas as pd

    pd.DataFrame({"text": texts, "label": labels}).to_csv(path, index=False)


@contextmanager
def _process(folder: Path, *words: str) -> Iterator[None]:
    """`python -m` with these words, in this part's process group, so that it ends when the part is cut off."""
    from core.store import processes

    with (folder / f"{words[-1]}.log").open("ab") as output:
        child = subprocess.Popen(
            [sys.executable, "-m", *words], cwd=ROOT, env=processes.environment(), stdin=subprocess.DEVNULL,
            stdout=output, stderr=output,
        )  # fmt: skip
    try:
        yield
    finally:
        child.terminate()
        child.wait(20)


def _answer_seconds(answer: Callable[..., Any], run: int, text: str) -> float | None:
    """None while the model server is not up."""
    from core.words import UserError

    began = time.perf_counter()
    try:
        answer(run, {"text": text}, {})
    except UserError:
        return None
    return time.perf_counter() - began


def _wait(true: Callable[[], object]) -> None:
    while not true():
        time.sleep(HOUSE_POLL)


def _median_ms(seconds: list[float]) -> float | None:
    return 1000 * statistics.median(seconds) if seconds else None
