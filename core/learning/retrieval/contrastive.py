"""Fine-tuning the encoder so that a question lies near its answer and near questions that are answered alike."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import torch
from torch import nn
from torch.nn import functional
from torch.utils.checkpoint import checkpoint

from core.data.conversations import Pairs
from core.data.near import near_duplicates
from core.learning import engine
from core.learning.cleaning import clean_all
from core.learning.decided import decided
from core.learning.encoders import Encoder
from core.learning.engine import Run
from core.learning.features import Ids, mean_over_tokens, padded, tokenise
from core.learning.network import layers_of, round_to_bf16
from core.learning.order import top
from core.learning.rates import steadily, suited_rate
from core.learning.retrieval.index import CLOSENESS, ranks_of
from core.learning.retrieval.sentences import Sentences

if TYPE_CHECKING:
    from core.learning.text import Mode

LONGEST = 64
"""Tokens of a text that are read while tuning: the beginning tells which answer it is, and reading is the time."""
MOST_AT_ONCE = 128
"""Texts that are read at once while tuning; a larger batch is read in pieces (`PairNetwork.in_pieces`)."""
HARD_FROM, HARD_TO = 1, 20
"""A hard negative is drawn from these places among the nearest answers (the nearest may be as right as the recorded)."""
RECIPES = {
    "standard": engine.Recipe(epochs=2, batch_size=32, learning_rate=1e-4),
    "best": engine.Recipe(epochs=4, batch_size=64, learning_rate=5e-5),
}


class PairNetwork(nn.Module):
    """An encoder under multiple-negatives ranking (Henderson et al. 2017; van den Oord et al. 2018, InfoNCE).

    sentence-transformers has this loss and its cached variant with a trainer of their own; here it is on the one engine
    (averaged weights, resuming, halving), and answers that say the same are masked rather than kept out of a batch: a
    company has a few dozen answers, fewer than a batch has rows.

    `forward` takes token ids of questions, of questions that are answered alike, of answers and of hard negative
    answers, and `labels` [rows, 2], the numbers of each question's answer and of what is answered alike: rows that share
    either are no negatives of each other.
    """

    def __init__(self, encoder: Any, frozen: int) -> None:
        super().__init__()
        self.encoder = encoder
        self.pieces = 1
        for name, parameter in encoder.named_parameters():
            parameter.requires_grad = not name.startswith("pooler")
        if frozen:
            below = [module for name, module in encoder.named_children() if name != "encoder"]
            for module in [*below, *layers_of(encoder)[:frozen]]:
                module.requires_grad_(False)

    def in_pieces(self, pieces: int) -> None:
        """Read each batch in so many pieces, of which one at a time is held in memory, with the same loss and gradients:
        all are embedded without what a gradient needs, and each is read again when its gradient is due (Gao et al. 2021,
        gradient caching). So short memory costs time and no in-batch negatives."""
        self.pieces = pieces

    def embed(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        size = -(-len(ids) // max(self.pieces, -(-len(ids) // MOST_AT_ONCE)))
        if size >= len(ids):
            return self._embed(ids, mask)
        parts = zip(ids.split(size), mask.split(size), strict=True)
        return torch.cat([checkpoint(self._embed, *part, use_reentrant=False) for part in parts])

    def _embed(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        last = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
        return functional.normalize(mean_over_tokens(last, mask), dim=-1)

    def forward(self, labels: torch.Tensor, negatives: torch.Tensor | None = None, **texts: Any) -> dict[str, Any]:
        asked = self.embed(texts["question_ids"], texts["question_mask"])
        said = self.embed(texts["answer_ids"], texts["answer_mask"])
        rows = torch.arange(len(asked), device=asked.device)
        kinds, offered = labels, said
        if negatives is not None:
            offered = torch.cat([said, self.embed(texts["hard_ids"], texts["hard_mask"])])
            kinds = torch.cat([labels, negatives])
        loss = _ranking(asked, offered, labels, kinds, rows) + _ranking(said, asked, labels, labels, rows)
        if "alike_ids" in texts:
            alike = self.embed(texts["alike_ids"], texts["alike_mask"])
            loss = loss + _ranking(asked, alike, labels, labels, rows)
        return {"loss": loss, "logits": torch.cat([asked, said], dim=-1).float()}


def _ranking(
    one: torch.Tensor, other: torch.Tensor, own: torch.Tensor, kinds: torch.Tensor, right: torch.Tensor
) -> torch.Tensor:
    """Cross-entropy of picking the right column of `other` for each row of `one`, columns of the same kind left out.

    Scores are reckoned in 32 bits: in bfloat16, which autocast would choose, they are off by up to .1."""
    with torch.autocast(one.device.type, enabled=False):
        scores = one.float() @ other.float().T / CLOSENESS
    same = (own[:, None] == kinds[None, :]).any(-1)
    same[right, right] = False
    return functional.cross_entropy(scores.masked_fill(same, -1e4), right)


def tune(
    encoder: Encoder, pairs: Pairs, rows: tuple[np.ndarray, np.ndarray], mode: Mode, run: Run
) -> tuple[Sentences, dict[str, Any]]:
    """The encoder tuned on the first of these `rows` as far as they have an answer; the second choose its best weights by the
    mean reciprocal rank of their own answers; where that is below the untuned encoder's, it is tuned again more slowly. On a CPU
    the lower half of the layers stays as it is in Standard."""
    layers, sources = len(layers_of(encoder.model())), _Sources.of(encoder, pairs, run)
    half = decided(
        run.report.checkpoints,
        "frozen_layers_of_pairs",
        lambda: layers // 2 if mode == "standard" and run.hardware.kind == "cpu" else 0,
    )
    answered = np.array([bool(answer) for answer in pairs.answers], dtype=bool)
    training, validation = (some[answered[some]] for some in rows)

    def attempt(rate: float, again: str) -> tuple[engine.Trained, PairNetwork]:
        model: Any = encoder.model()
        torch.manual_seed(run.seed)
        network = PairNetwork(model, half)
        collate = _Collate(sources, model.config.pad_token_id or 0, training, run.seed)
        data = engine.Rows(training, validation, collate, [len(ids) for ids in sources.answers])
        recipe = replace(RECIPES[mode], learning_rate=rate)
        return engine.train(network, data, mean_reciprocal_rank, recipe, run, name=f"contrastive{again}"), network

    usual = suited_rate(RECIPES[mode].learning_rate, sources.untuned.shape[1] // 2)
    least = mean_reciprocal_rank(sources.untuned[validation], sources.labels[validation])
    tuning = steadily(attempt, usual, least, run.report)
    done, tuned = tuning.done, tuning.made.encoder
    round_to_bf16(tuned)
    facts = ({"begun_again_slower": 1} if tuning.begun_again else {}) | {
        "frozen_layers": half, "epochs_run": round(done.epochs, 2), "batch_size": done.batch_size,
        "learning_rate": tuning.rate, "pairs": len(training),
        "history": [[round(epoch, 2), round(score, 4)] for epoch, score in done.history],
    }  # fmt: skip
    return Sentences(encoder.name, tuned, encoder.tokenizer, run.hardware), facts


def mean_reciprocal_rank(logits: np.ndarray, labels: np.ndarray) -> float:
    """Of the validation questions' own answers among those of all of them; `logits` holds both embeddings, `labels` [rows, 2]
    the answers' numbers first."""
    asked, said = np.split(logits, 2, axis=1)
    _, offered, right = np.unique(labels[:, 0], return_index=True, return_inverse=True)
    return float((1 / ranks_of(asked @ said[offered].T, right)).mean())


@dataclass(frozen=True)
class _Sources:
    """The texts as token ids, of each row the number of its answer and that of what is answered alike (its intent where it has
    one) as `labels` [rows, 2], and its `hard` negatives; `untuned` are the vectors of questions and answers, side by side,
    before any tuning."""

    questions: Ids
    answers: Ids
    labels: np.ndarray
    hard: np.ndarray
    untuned: np.ndarray

    @property
    def alike(self) -> np.ndarray:
        return self.labels[:, 1]

    @staticmethod
    def of(encoder: Encoder, pairs: Pairs, run: Run) -> _Sources:
        """Hard negatives are the answers nearest to a question for the encoder as it is (Xiong et al. 2021, ANCE)."""
        asked, said = clean_all(pairs.questions), clean_all(pairs.answers)
        kinds = near_duplicates(pairs.answers)
        plain = Sentences(encoder.name, encoder.model(), encoder.tokenizer, run.hardware)
        asking, saying = plain.embed(asked, run.report.progress), plain.embed(said)
        alike = pd.factorize(np.array([i or k for i, k in zip(pairs.intents, kinds, strict=True)], dtype=object))[0]
        labels = np.column_stack([kinds, alike])
        return _Sources(
            tokenise(encoder.tokenizer, asked, LONGEST),
            tokenise(encoder.tokenizer, said, LONGEST),
            labels,
            _nearest(asking, saying, labels),
            np.hstack([asking, saying]),
        )


def _nearest(asked: np.ndarray, said: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Of each question the rows of the nearest answers that are neither its own nor of what is answered alike, int
    [questions, some]."""
    found = []
    width = min(HARD_TO, len(said) - 1)
    for start in range(0, len(asked), 512):
        scores = asked[start : start + 512] @ said.T
        scores[(labels[start : start + 512, None] == labels[None, :]).any(axis=-1)] = -2
        found.append(top(scores, width + 1)[:, min(HARD_FROM, width) :])
    return np.concatenate(found)


class _Collate:
    """Batches of questions with their answers, one hard negative each, and a question that is answered alike."""

    def __init__(self, sources: _Sources, pad: int, training: np.ndarray, seed: int) -> None:
        self.sources, self.pad = sources, pad
        self.random = np.random.default_rng(seed)
        self.learned = set(training.tolist())
        order = training[np.argsort(sources.alike[training], kind="stable")]
        cuts = np.flatnonzero(np.diff(sources.alike[order])) + 1
        self.members = {int(sources.alike[part[0]]): part for part in np.split(order, cuts) if len(part)}
        self.has_alike = any(len(part) > 1 for part in self.members.values())

    def __call__(self, rows: list[int]) -> dict[str, torch.Tensor]:
        sources = self.sources
        hard = [self._hard(row) for row in rows]
        batch = {
            **self._texts("question", sources.questions, rows),
            **self._texts("answer", sources.answers, rows),
            **self._texts("hard", sources.answers, hard),
            "labels": torch.from_numpy(sources.labels[rows]),
            "negatives": torch.from_numpy(sources.labels[hard]),
        }
        if self.has_alike:
            alike = [
                int(self.random.choice(self.members.get(int(sources.alike[row]), np.array([row])))) for row in rows
            ]
            batch |= self._texts("alike", sources.questions, alike)
        return batch

    def _hard(self, row: int) -> int:
        near = [int(other) for other in self.sources.hard[row] if int(other) in self.learned]
        return int(self.random.choice(near)) if near else row

    def _texts(self, name: str, ids: Ids, rows: list[int]) -> dict[str, torch.Tensor]:
        tokens, mask = padded([ids[row] for row in rows], self.pad)
        return {f"{name}_ids": tokens, f"{name}_mask": mask}
