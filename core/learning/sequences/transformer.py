"""A sequence transformer over items: what comes next after everything so far, in its order."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from core.learning import engine, features
from core.learning.elsewhere import Elsewhere
from core.learning.hardware import device
from core.learning.sequences.events import Events, History
from core.learning.sequences.fitting import Validation
from core.learning.sequences.model import Repeat
from core.learning.sequences.ranking import ndcg, rank_of_target
from core.memory import within_memory
from core.progress import Report

NOTHING = -100
MOST_FOR_FULL = 6000
NEGATIVES = 2048
"""With more items than MOST_FOR_FULL the softmax runs over the right item and so many random ones, shared by a batch."""
BATCH, ROWS_AT_ONCE = 64, 256
LEARNING_RATE, PATIENCE = 2e-3, 3
STEPS, FEWEST_EPOCHS, MOST_EPOCHS = 2600, 8, 60
STEPS_TIMED = 3
UNSEEN_SCORE = 0.0
UNTIL_THE_END = 1_000_000


@dataclass(frozen=True)
class Shape:
    """`width` of a vector, attention `heads`, `blocks`, `length` in events, and what is dropped in training."""

    width: int = 64
    heads: int = 2
    blocks: int = 2
    length: int = 50
    dropout: float = 0.2


SHAPES = {"standard": Shape(), "best": Shape(width=128, heads=4, length=100, dropout=0.3)}


class NextItem(nn.Module):
    """Causal self-attention over the last `length` items (SASRec, Kang and McAuley 2018), scored against the same item
    vectors. Trained with a softmax over all items, which is what makes SASRec strong (Klenitskiy and Vasilev 2023), or over
    many sampled ones where there are too many."""

    def __init__(self, items: int, shape: Shape, *, only_new: bool) -> None:
        super().__init__()
        self.shape, self.only_new, self.nothing = shape, only_new, items
        self.items = nn.Embedding(items + 1, shape.width, padding_idx=items)
        self.places = nn.Embedding(shape.length, shape.width)
        for table in (self.items, self.places):
            nn.init.normal_(table.weight, std=0.02)
        self.blocks = nn.ModuleList(
            nn.TransformerEncoderLayer(
                shape.width, shape.heads, shape.width * 2, shape.dropout, "gelu", batch_first=True, norm_first=True
            )
            for _ in range(shape.blocks)
        )
        self.norm = nn.LayerNorm(shape.width)
        self.drop = nn.Dropout(shape.dropout)

    def encode(self, vectors: torch.Tensor) -> torch.Tensor:
        """Item vectors [rows, length, width] to states of the same shape, each seeing only itself and what was before."""
        length = vectors.shape[1]
        mask = nn.Transformer.generate_square_subsequent_mask(length, device=vectors.device)
        state = self.drop(vectors * math.sqrt(self.shape.width) + self.places.weight[:length])
        for block in self.blocks:
            state = block(state, src_mask=mask, is_causal=True)
        return self.norm(state)

    def forward(self, items: torch.Tensor, labels: torch.Tensor) -> dict[str, torch.Tensor]:
        """`items` [rows, length], padded at the end. In training `labels` [rows, length] are the next items (NOTHING
        where there is none); otherwise `labels` [rows] are the one item to come, and "logits" [rows, items]."""
        state = self.encode(self.items(items))
        if labels.ndim == 2:
            return self._loss(state[labels != NOTHING], labels[labels != NOTHING])
        logits = self.last(state, items)
        loss = functional.cross_entropy(logits, labels)
        if self.only_new:
            logits = functional.pad(logits, (0, 1)).scatter(1, items, -torch.inf)[:, :-1]
        return {"loss": loss, "logits": logits}

    def last(self, state: torch.Tensor, items: torch.Tensor) -> torch.Tensor:
        """Scores of all items [rows, items] after the last event of each row."""
        ends = items.ne(self.nothing).sum(1).clamp(min=1) - 1
        return state[torch.arange(state.shape[0], device=state.device), ends] @ self.items.weight[:-1].T

    def _loss(self, state: torch.Tensor, target: torch.Tensor) -> dict[str, torch.Tensor]:
        table = self.items.weight[:-1]
        if len(table) <= MOST_FOR_FULL:
            logits = state @ table.T
            return {"loss": functional.cross_entropy(logits, target), "logits": logits[:1]}
        others = torch.randint(len(table), (NEGATIVES,), device=state.device)
        logits = (state @ table[others].T).masked_fill(others[None] == target[:, None], -torch.inf)
        own = (state * table[target]).sum(1, keepdim=True)
        right = torch.zeros(len(target), dtype=torch.long, device=state.device)
        return {"loss": functional.cross_entropy(torch.cat([own, logits], 1), right), "logits": own[:1]}


@dataclass
class SequenceModel:
    """A trained `NextItem`. What it never saw in training scores as an item of average appeal. The network's own scores
    come from `elsewhere` where it is set."""

    network: NextItem
    seen: np.ndarray
    elsewhere: Elsewhere | None = None

    @torch.no_grad()
    def scores(self, histories: Sequence[History]) -> np.ndarray:
        """float32 [histories, items]."""
        found: list[np.ndarray] = []
        parts = [histories[at : at + ROWS_AT_ONCE] for at in range(0, len(histories), ROWS_AT_ONCE)]
        within_memory(parts, lambda some: found.append(self._scores(some)))
        return np.concatenate(found) if found else np.zeros((0, len(self.seen)), dtype=np.float32)

    def _scores(self, histories: Sequence[History]) -> np.ndarray:
        if self.elsewhere is not None:
            scores = np.array(self.elsewhere(self.inputs_of(histories))[0])
        else:
            items = self._padded(histories)
            scores = self.network.last(self.network.encode(self.network.items(items)), items).float().cpu().numpy()
        scores[:, ~self.seen] = scores[:, self.seen].mean(axis=1, keepdims=True) if self.seen.any() else UNSEEN_SCORE
        scores[[place for place, history in enumerate(histories) if not len(history)]] = UNSEEN_SCORE
        return scores

    def inputs_of(self, histories: Sequence[History]) -> dict[str, np.ndarray]:
        """Histories as the network takes them elsewhere: int64 [rows, the shape's length]."""
        return {"items": padded(histories, self.network.shape.length, len(self.seen), whole=True).numpy()}

    def _padded(self, histories: Sequence[History]) -> torch.Tensor:
        rows = padded(histories, self.network.shape.length, len(self.seen))
        return rows.to(self.network.places.weight.device)

    def reasons(self, history: History, item: int) -> np.ndarray:
        """The slope of the item's score along each event's vector, times that vector (Shrikumar et al. 2017)."""
        out = np.zeros(len(history), dtype=np.float32)
        if not len(history) or not self.seen[item]:
            return out
        items = self._padded([history])
        vectors = self.network.items(items).detach().requires_grad_()
        with torch.enable_grad():
            score = self.network.last(self.network.encode(vectors), items)[0, item]
            (slope,) = torch.autograd.grad(score, vectors)
        parts = (slope * vectors).sum(-1)[0].detach().cpu().numpy()
        used = min(len(history), self.network.shape.length)
        out[-used:] = parts[:used]
        return out

    def arrays(self) -> dict[str, np.ndarray]:
        shape = self.network.shape
        about = {"heads": shape.heads, "only_new": int(self.network.only_new)}
        weights = {f"network.{name}": value.cpu().numpy() for name, value in self.network.state_dict().items()}
        return {
            **weights,
            **{name: np.array([value]) for name, value in about.items()},
            "seen": self.seen.astype(np.uint8),
        }

    @staticmethod
    def of(arrays: dict[str, np.ndarray]) -> SequenceModel:
        state = {
            name.removeprefix("network."): torch.from_numpy(value)
            for name, value in arrays.items()
            if name.startswith("network.")
        }
        length, width = state["places.weight"].shape
        blocks = 1 + max(int(name.split(".")[1]) for name in state if name.startswith("blocks."))
        shape = Shape(width, int(arrays["heads"][0]), blocks, length)
        network = NextItem(len(arrays["seen"]), shape, only_new=bool(arrays["only_new"][0]))
        network.load_state_dict(state)
        return SequenceModel(network.to(device()).eval(), arrays["seen"].astype(bool))


def padded(histories: Sequence[History], length: int, nothing: int, *, whole: bool = False) -> torch.Tensor:
    """The last `length` items of each history, then `nothing`: int64 [rows, longest of them], or [rows, length] as a
    `whole`."""
    return features.padded([history[-length:] for history in histories], nothing, length if whole else 1)[0]


def windows(events: Events, length: int) -> list[History]:
    """Every customer's events cut from the end into pieces of at most `length` + 1, each sharing one event with the
    next; pieces of one event are left out."""
    found = []
    for history in events.histories():
        for end in range(len(history), 1, -length):
            found.append(history[max(0, end - length - 1) : end])
    return [piece for piece in found if len(piece) > 1]


@dataclass(frozen=True)
class Chosen:
    """A sequence model with all that its training was given, so that it can be trained again on more events."""

    model: SequenceModel
    done: engine.Trained
    validation: Validation
    shape: Shape
    run: engine.Run

    @staticmethod
    def fit(events: Events, validation: Validation, mode: str, repeat: Repeat, seed: int, report: Report) -> Chosen:
        """Train until the validation targets are ranked no better (NDCG@10), and keep the best. Raises Cancelled."""
        shape, run = SHAPES[mode], engine.Run(seed, report)
        torch.manual_seed(seed)
        network = NextItem(len(events.items), shape, only_new=repeat == "new")
        rows = _rows(events, validation, shape.length)
        done = engine.train(network, rows, ranking_score, recipe_for(len(rows.training)), _in_full(run), "sequence")
        return Chosen(SequenceModel(network.to(device()).eval(), events.counts() > 0), done, validation, shape, run)

    @property
    def facts(self) -> dict[str, Any]:
        history = [[round(epoch, 1), round(score, 5)] for epoch, score in self.done.history]
        return {"epochs": self.best_epoch, "seconds": round(self.done.seconds, 1), "history": history}

    @property
    def best_epoch(self) -> float:
        return max(self.done.history, key=lambda one: one[1])[0] if self.done.history else self.done.epochs

    def again(self, events: Events) -> SequenceModel:
        """Trained anew on these events for as many epochs as were best."""
        torch.manual_seed(self.run.seed)
        network = NextItem(len(events.items), self.shape, only_new=self.model.network.only_new)
        rows = _rows(events, self.validation, self.shape.length)
        recipe = replace(recipe_for(len(rows.training)), epochs=max(1.0, self.best_epoch), patience=UNTIL_THE_END)
        engine.train(network, rows, ranking_score, recipe, _in_full(self.run), "sequence-again")
        return SequenceModel(network.to(device()).eval(), events.counts() > 0)


def _in_full(run: engine.Run) -> engine.Run:
    return replace(run, hardware=replace(run.hardware, bf16=False))


def _rows(events: Events, validation: Validation, length: int) -> engine.Rows:
    """Pieces of histories to learn from, then validation rows: a history and the item to come."""
    pieces, nothing = windows(events, length), len(events.items)

    def collate(chosen: list[int]) -> dict[str, torch.Tensor]:
        if chosen[0] >= len(pieces):
            places = [row - len(pieces) for row in chosen]
            histories = [validation.histories[place] for place in places]
            target = torch.from_numpy(validation.target[places].astype(np.int64))
            return {"items": padded(histories, length, nothing), "labels": target}
        some = [pieces[row] for row in chosen]
        labels = padded([piece[1:] for piece in some], length, nothing)
        return {
            "items": padded([piece[:-1] for piece in some], length, nothing),
            "labels": labels.masked_fill(labels == nothing, NOTHING),
        }

    count, lengths = len(pieces), [*map(len, pieces), *map(len, validation.histories)]
    return engine.Rows(np.arange(count), np.arange(count, len(lengths)), collate, lengths)


def ranking_score(logits: np.ndarray, labels: np.ndarray) -> float:
    """NDCG@10 of logits [rows, items]."""
    return float(ndcg(rank_of_target(logits, labels)).mean())


def recipe_for(pieces: int) -> engine.Recipe:
    """About as many steps for few customers as for many."""
    steps = max(1, math.ceil(pieces / BATCH))
    epochs = min(MOST_EPOCHS, max(FEWEST_EPOCHS, round(STEPS / steps)))
    return engine.Recipe(epochs=epochs, batch_size=BATCH, learning_rate=LEARNING_RATE, patience=PATIENCE)


def estimated_seconds(events: Events, mode: str) -> float:
    """Of training twice, for the choice and on all events: from a few steps timed on this machine."""
    shape = SHAPES[mode]
    pieces, nothing = windows(events, shape.length), len(events.items)
    if not pieces:
        return 0.0
    network = NextItem(nothing, shape, only_new=False).to(device()).train()
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-6)
    random, taken = np.random.default_rng(0), []
    for _ in range(STEPS_TIMED + 1):
        some = [pieces[row] for row in random.integers(0, len(pieces), BATCH)]
        labels = padded([piece[1:] for piece in some], shape.length, nothing)
        started = time.perf_counter()
        items = padded([piece[:-1] for piece in some], shape.length, nothing)
        loss = network(items.to(device()), labels.masked_fill(labels == nothing, NOTHING).to(device()))["loss"]
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        float(loss.detach())
        taken.append(time.perf_counter() - started)
    recipe = recipe_for(len(pieces))
    return 2 * float(np.median(taken[1:])) * recipe.epochs * math.ceil(len(pieces) / BATCH)
