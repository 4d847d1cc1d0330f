"""A deep ensemble for tables: members that share nearly all their weights, trained together in one run."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import nn
from torch.nn import functional

from core.learning import engine
from core.learning.elsewhere import Elsewhere
from core.learning.hardware import device
from core.learning.metrics import roc_auc
from core.learning.tabular.columns import Encoded
from core.learning.tabular.embeddings import Embeddings, QuantileScaler, bin_edges
from core.memory import within_memory

WEIGHTS_FILE, ABOUT_FILE = "network.safetensors", "network.json"
ROWS_AT_ONCE = 4096
ELSEWHERE = 256
"""Rows at once where the network runs elsewhere: it compares each number with all knots of its column."""
PATH_POINTS = 16
BATCHES = ((256, 10_000), (128, 3_000), (64, 1_000), (32, 0))
STEPS, FEWEST_EPOCHS, MOST_EPOCHS = 2000, 8, 40
LEARNING_RATE, WEIGHT_DECAY, PATIENCE = 8e-3, 0.01, 5


@dataclass(frozen=True)
class Shape:
    """How large the network is: ensemble members, vector length of a column, pieces of a number, and hidden layers."""

    members: int = 16
    embedding: int = 12
    bins: int = 32
    width: int = 128
    depth: int = 3
    dropout: float = 0.1


SHAPE = Shape()


class DeepEnsemble(nn.Module):
    """TabM (Gorishniy et al. 2024, "TabM: advancing tabular deep learning with parameter-efficient ensembling") with
    the embeddings of `Embeddings`.

    Every member runs the same hidden layers but scales their inputs and outputs by vectors of its own and ends in a
    head of its own. The loss is the mean of the members' log losses, so that each learns to answer alone. Dropout
    falls on the same units of all members, since drawing for each took half of the training time on a processor.
    `centre` [columns, embedding] is the mean vector of each column over the training rows.
    """

    centre: torch.Tensor

    def __init__(self, edges: torch.Tensor, sizes: Sequence[int], shape: Shape) -> None:
        super().__init__()
        columns, members, width = edges.shape[0] + len(sizes), shape.members, shape.width
        self.shape = shape
        self.embeddings = Embeddings(edges, sizes, shape.embedding)
        self.register_buffer("centre", torch.zeros(columns, shape.embedding))
        self.start = nn.Parameter(torch.randn(members, columns, 1).repeat(1, 1, shape.embedding).flatten(1))
        inputs = [columns * shape.embedding, *[width] * (shape.depth - 1)]
        self.weights = nn.ParameterList(_uniform(width, size, bound=size) for size in inputs)
        self.biases = nn.ParameterList(_uniform(width, bound=size).repeat(members, 1) for size in inputs)
        self.before = nn.ParameterList(torch.ones(members, size) for size in inputs[1:])
        self.after = nn.ParameterList(torch.ones(members, width) for _ in inputs)
        self.heads = nn.Parameter(_uniform(members, width, bound=width))
        self.head_biases = nn.Parameter(torch.zeros(members))

    def forward(
        self, numbers: torch.Tensor, categories: torch.Tensor, labels: torch.Tensor | None = None
    ) -> dict[str, torch.Tensor]:
        """`numbers` scaled, [rows, n]; `categories` codes [rows, m]; `labels` 0 or 1; "logits" are [rows, members]."""
        logits = self.members(self.embeddings(numbers, categories))
        out = {"logits": logits}
        if labels is not None:
            out["loss"] = functional.binary_cross_entropy_with_logits(logits, labels[:, None].expand_as(logits))
        return out

    def members(self, embedded: torch.Tensor) -> torch.Tensor:
        """Each member's log-odds [rows, members] of embedded rows [rows, columns, embedding]."""
        hidden = embedded.flatten(1)[:, None] * self.start
        for i, (weight, bias, after) in enumerate(zip(self.weights, self.biases, self.after, strict=True)):
            scaled = hidden * self.before[i - 1] if i else hidden
            hidden = functional.relu(functional.linear(scaled, weight) * after + bias)
            if self.training and self.shape.dropout:
                hidden = hidden * functional.dropout(
                    hidden.new_ones(len(hidden), 1, hidden.shape[2]), self.shape.dropout
                )
        return (hidden * self.heads).sum(-1) + self.head_biases

    @torch.no_grad()
    def settle(self, numbers: torch.Tensor, categories: torch.Tensor) -> None:
        """Set `centre` from the training rows, wherever they lie, and give it to what no training row showed: a code, a
        missing number."""
        embeddings, count = self.embeddings, numbers.shape[1]
        numbers, categories = numbers.to(self.centre.device), categories.to(self.centre.device)
        total = sum(embeddings.numbers(part).sum(0) for part in numbers.split(ROWS_AT_ONCE))
        self.centre[:count] = total / max(1, len(numbers))
        never = ~torch.isnan(numbers).any(0)
        embeddings.missing[never] = self.centre[:count][never]
        for i, codes in enumerate(embeddings.codes.split(embeddings.sizes)):
            seen = torch.bincount(categories[:, i], minlength=len(codes)).to(codes)
            self.centre[count + i] = seen @ codes / max(1, len(categories))
            codes[seen == 0] = self.centre[count + i]


def _uniform(*sizes: int, bound: int) -> torch.Tensor:
    return torch.empty(sizes).uniform_(-1, 1) / math.sqrt(max(1, bound))


def pooled(logits: torch.Tensor) -> torch.Tensor:
    """The ensemble's log-odds [rows], those of the mean of its members' probabilities, from logits [rows, members]."""
    return functional.logsigmoid(logits).logsumexp(1) - functional.logsigmoid(-logits).logsumexp(1)


def sharpness(logits: np.ndarray, labels: np.ndarray) -> float:
    """Minus the log loss of the ensemble's probabilities."""
    odds = pooled(torch.from_numpy(logits).double())
    return -float(functional.binary_cross_entropy_with_logits(odds, torch.from_numpy(labels).double()))


def area(logits: np.ndarray, labels: np.ndarray) -> float:
    """Area under the ROC curve of the ensemble's log-odds."""
    return roc_auc(labels, pooled(torch.from_numpy(logits).double()).numpy())


@dataclass
class Network:
    """A trained ensemble with the scaling of its numbers. `facts` say how it was trained; members' log-odds come from
    `elsewhere` where it is set, which takes numbers and categories as encoded."""

    scaler: QuantileScaler
    ensemble: DeepEnsemble
    facts: dict[str, Any]
    elsewhere: Elsewhere | None = None

    def member_log_odds(self, encoded: Encoded) -> np.ndarray:
        """Each member's own log-odds, float64 [rows, members]."""
        if self.elsewhere is not None and len(encoded):
            some = [
                encoded.take(rows) for rows in np.array_split(np.arange(len(encoded)), -(-len(encoded) // ELSEWHERE))
            ]
            return np.concatenate([self.elsewhere(inputs_of(one))[0] for one in some]).astype(np.float64)
        with torch.no_grad():
            parts = self._read(encoded, ROWS_AT_ONCE, self.ensemble.members)
        return torch.cat(parts).numpy() if parts else np.zeros((0, self.ensemble.shape.members))

    def log_odds(self, encoded: Encoded) -> np.ndarray:
        """Log-odds of the mean of the members' probabilities, float64 [rows]."""
        return pooled(torch.from_numpy(self.member_log_odds(encoded))).numpy()

    def contributions(self, encoded: Encoded) -> np.ndarray:
        """How much each column, numbers then categories, moves the log-odds from those of the mean row, which are the
        last column: float64 [rows, columns + 1]; a row sums to its `log_odds`.

        Integrated gradients (Sundararajan et al. 2017) from the mean embedding to the row's, by Gauss-Legendre points;
        what the integration leaves over is shared out in proportion to the parts' sizes.
        """
        centre = self.ensemble.centre
        base = float(pooled(self.ensemble.members(centre[None]).detach().cpu().double()))
        parts = self._read(
            encoded, ROWS_AT_ONCE // 32, lambda embedded: _integrated(self.ensemble, embedded.detach(), centre)
        )
        found = torch.cat(parts).numpy() if parts else np.zeros((0, len(centre)))
        sizes = np.abs(found) + 1e-12
        left = self.log_odds(encoded) - base - found.sum(1)
        found += left[:, None] * sizes / sizes.sum(1, keepdims=True)
        return np.column_stack([found, np.full(len(found), base)])

    def _read(
        self, encoded: Encoded, at_once: int, answer: Callable[[torch.Tensor], torch.Tensor]
    ) -> list[torch.Tensor]:
        """What `answer` makes of the embedded rows, float64 on the processor: a graphics card may lack 64 bits."""
        numbers, categories = _tensors(self.scaler, encoded)
        place, found = self.ensemble.centre.device, []

        def read(rows: range) -> None:
            some, codes = numbers[rows.start : rows.stop].to(place), categories[rows.start : rows.stop].to(place)
            found.append(answer(self.ensemble.embeddings(some, codes)).cpu().double())

        rows = range(len(numbers))
        within_memory([rows[at : at + at_once] for at in rows[::at_once]], read)
        return found

    def save(self, folder: Path) -> None:
        """Write weights and scaling as safetensors, the rest as JSON."""
        folder.mkdir(parents=True, exist_ok=True)
        tensors = {f"ensemble.{name}": value.cpu().contiguous() for name, value in self.ensemble.state_dict().items()}
        for i, (knots, scores) in enumerate(zip(self.scaler.knots, self.scaler.scores, strict=True)):
            tensors[f"knots.{i}"], tensors[f"scores.{i}"] = torch.from_numpy(knots), torch.from_numpy(scores)
        save_file(tensors, folder / WEIGHTS_FILE)
        about = {"shape": asdict(self.ensemble.shape), "sizes": self.ensemble.embeddings.sizes, "facts": self.facts}
        (folder / ABOUT_FILE).write_text(json.dumps(about))

    @staticmethod
    def load(folder: Path) -> Network:
        """What `save` wrote, on the best device here."""
        about = json.loads((folder / ABOUT_FILE).read_text())
        tensors = load_file(folder / WEIGHTS_FILE)
        state = {
            name.removeprefix("ensemble."): value for name, value in tensors.items() if name.startswith("ensemble.")
        }
        count = len(state["embeddings.edges"])
        scaler = QuantileScaler(
            *([tensors[f"{kind}.{i}"].numpy() for i in range(count)] for kind in ("knots", "scores"))
        )
        ensemble = DeepEnsemble(state["embeddings.edges"], about["sizes"], Shape(**about["shape"]))
        ensemble.load_state_dict(state)
        return Network(scaler, ensemble.to(device()).eval(), about["facts"])


def _integrated(ensemble: DeepEnsemble, embedded: torch.Tensor, centre: torch.Tensor) -> torch.Tensor:
    """Integrated gradients of embedded rows, summed over each column's vector: [rows, columns]."""
    points, weights = np.polynomial.legendre.leggauss(PATH_POINTS)
    along = torch.tensor((points + 1) / 2, dtype=embedded.dtype, device=embedded.device)[:, None, None, None]
    share = torch.tensor(weights / 2, dtype=embedded.dtype, device=embedded.device)
    step = embedded - centre
    path = (centre + along * step).flatten(0, 1).requires_grad_()
    with torch.enable_grad():
        (slopes,) = torch.autograd.grad(pooled(ensemble.members(path)).sum(), path)
    mean = torch.einsum("p,prcw->rcw", share, slopes.unflatten(0, (PATH_POINTS, len(embedded))))
    return (mean * step).sum(-1)


def inputs_of(encoded: Encoded) -> dict[str, np.ndarray]:
    """The rows as the network takes them elsewhere: unscaled numbers float64 (NaN for missing), and codes int64."""
    return {"numbers": encoded.numbers.astype(np.float64), "categories": encoded.categories.astype(np.int64)}


def _tensors(scaler: QuantileScaler, encoded: Encoded) -> tuple[torch.Tensor, torch.Tensor]:
    return torch.from_numpy(scaler(encoded.numbers)), torch.from_numpy(encoded.categories.astype(np.int64))


def fit_network(
    encoded: Encoded,
    bad: np.ndarray,
    rows: tuple[np.ndarray, np.ndarray],
    run: engine.Run,
    *,
    name: str = "network",
    shape: Shape = SHAPE,
) -> Network:
    """Train on the row numbers `rows[0]` and keep the weights that are sharpest on `rows[1]`; `bad` is bool [rows].

    The checkpoints of the training bear its `name`. Raises Cancelled, and UserError where memory does not suffice.
    """
    training, validation = rows
    torch.manual_seed(run.seed)
    scaler = QuantileScaler.fit(encoded.numbers[training])
    numbers, categories = _tensors(scaler, encoded)
    labels = torch.from_numpy(bad.astype(np.float32))
    ensemble = _untrained(numbers[training], encoded.sizes, shape)

    def collate(chosen: list[int]) -> dict[str, torch.Tensor]:
        at = torch.tensor(chosen)
        return {"numbers": numbers[at], "categories": categories[at], "labels": labels[at]}

    recipe = recipe_for(len(training))
    done = engine.train(
        ensemble,
        engine.Rows(training, validation, collate, [1] * len(bad)),
        sharpness,
        recipe,
        replace(run, hardware=replace(run.hardware, bf16=False)),
        name,
    )
    ensemble.eval().settle(numbers[training], categories[training])
    return Network(scaler, ensemble, _facts(done, recipe, shape))


def _untrained(scaled: torch.Tensor, sizes: Sequence[int], shape: Shape) -> DeepEnsemble:
    return DeepEnsemble(torch.from_numpy(bin_edges(scaled.numpy(), shape.bins)), sizes, shape)


def seconds_per_step(encoded: Encoded, bad: np.ndarray, batch_size: int, steps: int) -> float:
    """The median time of some training steps on this machine's device, with rows drawn from those given."""
    numbers, categories = _tensors(QuantileScaler.fit(encoded.numbers), encoded)
    network = _untrained(numbers, encoded.sizes, SHAPE).to(device()).train()
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-6)
    random, taken = torch.Generator().manual_seed(0), []
    for _ in range(steps + 1):
        started = time.perf_counter()
        at = torch.randint(len(bad), (batch_size,), generator=random)
        labels = torch.from_numpy(bad[at.numpy()].astype(np.float32))
        loss = network(numbers[at].to(device()), categories[at].to(device()), labels.to(device()))["loss"]
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        float(loss.detach())
        taken.append(time.perf_counter() - started)
    return float(np.median(taken[1:]))


@torch.no_grad()
def seconds_per_row(encoded: Encoded) -> float:
    """Of one training's answers on this machine's device, from these rows."""
    numbers, categories = _tensors(QuantileScaler.fit(encoded.numbers), encoded)
    network = _untrained(numbers, encoded.sizes, SHAPE).to(device()).eval()
    network(numbers.to(device()), categories.to(device()))["logits"].cpu()
    started = time.perf_counter()
    network(numbers.to(device()), categories.to(device()))["logits"].cpu()
    return (time.perf_counter() - started) / max(len(encoded), 1)


def recipe_for(rows: int) -> engine.Recipe:
    """How to train on this many rows: about as many steps for small data as for large, in smaller batches."""
    batch = next(size for size, least in BATCHES if rows >= least)
    epochs = min(MOST_EPOCHS, max(FEWEST_EPOCHS, round(STEPS * batch / max(1, rows))))
    return engine.Recipe(
        epochs=epochs, batch_size=batch, learning_rate=LEARNING_RATE, weight_decay=WEIGHT_DECAY, patience=PATIENCE,
        drawn=area,
    )  # fmt: skip


def _facts(done: engine.Trained, recipe: engine.Recipe, shape: Shape) -> dict[str, Any]:
    return {
        "members": shape.members,
        "epochs_run": round(done.epochs, 2),
        "batch_size": done.batch_size,
        "learning_rate": recipe.learning_rate,
        "seconds": round(done.seconds, 1),
        "history": [[round(epoch, 2), round(score, 5)] for epoch, score in done.history],
    }
