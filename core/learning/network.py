"""An encoder with a linear head over its last layer's mean-pooled state, fine-tuned.

The output of the layers that stay frozen is computed once and kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from scipy.special import log_softmax
from torch import nn
from torch.nn import functional

from core.learning.elsewhere import Elsewhere, read_elsewhere
from core.learning.features import Ids, layer_means, mean_over_tokens, ready_for_inference
from core.learning.hardware import Hardware
from core.learning.heads import Head
from core.learning.linear import Linear
from core.progress import Progress, silent

if TYPE_CHECKING:
    from transformers import PreTrainedModel

    from core.learning.pooling import Pools

HEAD_DROPOUT = 0.1
OUT_OF_SIGHT = 1e4
"""What padding loses in an attention's logits: enough to weigh nothing, and in the range of every precision."""
LAYERED = ("bert", "electra", "roberta", "xlm-roberta", "camembert", "ernie")


class TextNetwork(nn.Module):
    """`encoder` and a linear head on the mean over tokens of its last layer.

    The lowest `frozen` layers and the embeddings are not trained. `forward` takes token ids, or the kept output
    `hidden` [rows, tokens, width] of the frozen layers. With `consistency` above zero every training batch passes
    twice under different dropout and answers that differ cost that much (R-Drop: Liang et al. 2021).
    """

    def __init__(self, encoder: PreTrainedModel, classes: int, frozen: int = 0, consistency: float = 0.0) -> None:
        super().__init__()
        self.encoder = encoder
        self.frozen = frozen
        self.consistency = consistency
        self.dropout = nn.Dropout(HEAD_DROPOUT)
        self.head = nn.Linear(encoder.config.hidden_size, classes)
        nn.init.normal_(self.head.weight, std=0.02)
        nn.init.zeros_(self.head.bias)

    def freeze(self) -> None:
        """Take the frozen layers, the embeddings below them and a pooler, which is never read, out of training."""
        for name, parameter in self.encoder.named_parameters():
            parameter.requires_grad = not name.startswith("pooler")
        for module in self._untrained():
            module.requires_grad_(False)

    def train(self, mode: bool = True) -> TextNetwork:
        """The frozen layers read without dropout, as their kept output was made."""
        super().train(mode)
        for module in self._untrained():
            module.eval()
        return self

    def _untrained(self) -> list[nn.Module]:
        if not self.frozen:
            return []
        below = [module for name, module in self.encoder.named_children() if name != "encoder"]
        return [*below, *layers_of(self.encoder)[: self.frozen]]

    def forward(
        self, attention_mask: torch.Tensor, input_ids: torch.Tensor | None = None, hidden: torch.Tensor | None = None,
        labels: torch.Tensor | None = None,
    ) -> dict[str, torch.Tensor]:  # fmt: skip
        twice = self.training and self.consistency > 0
        if twice:
            attention_mask = torch.cat([attention_mask, attention_mask])
            input_ids, hidden, labels = map(_doubled, (input_ids, hidden, labels))
        if hidden is not None:
            last = run_layers(layers_of(self.encoder)[self.frozen :], hidden.float(), attention_mask)[-1]
        else:
            last = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        pooled = self.dropout(mean_over_tokens(last, attention_mask))
        with torch.autocast(pooled.device.type, enabled=False):
            logits = self.head(pooled)
        out = {"logits": logits}
        if labels is not None:
            out["loss"] = functional.cross_entropy(logits, labels)
            if twice:
                out["loss"] = out["loss"] + self.consistency * disagreement(*logits.chunk(2))
        return out

    def as_head(self) -> Head:
        """The head as arrays."""
        linear = Linear(_array(self.head.weight), _array(self.head.bias))
        width = self.encoder.config.hidden_size
        return Head(np.zeros(width, dtype=np.float32), np.ones(width, dtype=np.float32), linear)


def disagreement(first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
    """Symmetric Kullback-Leibler divergence of two sets of logits [rows, classes], averaged over rows."""
    p, q = first.log_softmax(-1), second.log_softmax(-1)
    return 0.5 * ((p.exp() - q.exp()) * (p - q)).sum(-1).mean()


def _doubled(tensor: torch.Tensor | None) -> torch.Tensor | None:
    return None if tensor is None else torch.cat([tensor, tensor])


def layers_of(encoder: PreTrainedModel) -> list[nn.Module]:
    """The layers from bottom to top where the architecture runs them one after the other, else an empty list."""
    if encoder.config.model_type not in LAYERED:
        return []
    stack: Any = encoder.encoder
    return list(stack.layer)


def run_layers(layers: Sequence[nn.Module], hidden: torch.Tensor, mask: torch.Tensor) -> list[torch.Tensor]:
    """The output of each layer in turn; `mask` is 1 on real tokens."""
    hindered = (1 - mask[:, None, None, :].to(hidden.dtype)) * -OUT_OF_SIGHT
    states = []
    for layer in layers:
        out = layer(hidden, hindered)
        hidden = out[0] if isinstance(out, tuple) else out
        states.append(hidden)
    return states


def round_to_bf16(encoder: PreTrainedModel) -> None:
    """Round the weights to what bfloat16 can hold, so that saving them in 16 bits loses nothing."""
    with torch.no_grad():
        for parameter in encoder.parameters():
            parameter.copy_(parameter.to(torch.bfloat16))


class Reader:
    """An encoder on its device with what answers from its states: texts in, log probabilities out.

    `ensemble` are the same encoder tuned once more on other rows: the head's opinion is the mean of theirs and its own.
    `pools`, where there are any, give a second opinion from the same pass, and `original`, the encoder as it was before it was
    tuned with a head of its own, another. `elsewhere` gives all opinions where it is set."""

    elsewhere: Elsewhere | None = None

    def __init__(
        self, encoder: PreTrainedModel, head: Head, hardware: Hardware, pools: Pools | None = None,
        original: Reader | None = None, ensemble: Sequence[Reader] = (),
    ) -> None:  # fmt: skip
        self.hardware = hardware
        self.encoder = ready_for_inference(encoder, hardware)
        self.head = head
        self.pools = pools
        self.original = original
        self.ensemble = list(ensemble)
        self.reads_last_layer = len(head.centre) == encoder.config.hidden_size

    def log_probabilities(self, ids: Ids, progress: Progress = silent) -> np.ndarray:
        """The head's log probabilities, float32 [rows, classes]."""
        return self.opinions(ids, progress)[0]

    def opinions(self, ids: Ids, progress: Progress = silent, *, alone: bool = False) -> list[np.ndarray]:
        """Log probabilities, float32 [rows, classes], of the head, of the pools, and of the original's. `alone`, it speaks
        for its ensemble too, which saves their passes."""
        if self.elsewhere is not None and len(ids):
            return read_elsewhere(self.elsewhere, ids, self.encoder.config.pad_token_id or 0)
        pools, pooled = self.pools, np.zeros((len(ids), len(self.head.linear.bias)), dtype=np.float32)

        def look(rows: list[int], layers: Sequence[torch.Tensor], mask: torch.Tensor) -> None:
            if pools is not None:
                pooled[rows] = pools.log_probabilities(pools.reads(layers), mask)

        ensemble = [] if alone else self.ensemble
        others = [*ensemble, *([self.original] if self.original else [])]
        passes = [_pass(progress, number, 1 + len(others)) for number in range(1 + len(others))]
        states = layer_means(self.encoder, ids, self.hardware, passes[0], last_only=self.reads_last_layer, look=look)
        own = self.head.log_probabilities(states.reshape(len(ids), -1))
        heard = [reader.opinions(ids, each) for reader, each in zip(others, passes[1:], strict=True)]
        agreed = mean_opinion([own, *(said[0] for said in heard[: len(ensemble)])])
        original = heard[-1] if self.original else []
        return [agreed, *([] if pools is None else [pooled]), *original]

    def means(self, ids: Ids) -> np.ndarray:
        """The last layer's mean over each text's tokens, float32 [rows, width]."""
        return layer_means(self.encoder, ids, self.hardware, last_only=True)[:, 0]


def mean_opinion(said: Sequence[np.ndarray]) -> np.ndarray:
    """The mean of log probabilities [rows, classes], as log probabilities again."""
    return said[0] if len(said) == 1 else log_softmax(np.mean(said, axis=0), axis=1)


def _pass(progress: Progress, number: int, passes: int) -> Progress:
    return lambda share: progress((number + share) / passes)


def _array(tensor: torch.Tensor) -> np.ndarray:
    return tensor.detach().float().cpu().numpy()
