"""A light head that looks at every token: attention pooling over what a frozen encoder says of a text.

A mean over tokens drowns the one word that turns a sentence; learned queries weigh the tokens instead (Lin et al. 2017,
"A Structured Self-attentive Sentence Embedding"). It reads two layers: the last, and the middle one, which still tells the
tone of single words where an encoder made for whole sentences has let go of it. The encoder itself is not trained.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

LAYERS = 2
WIDTH = 128
QUERIES = 4
DROPOUT = 0.3
SMOOTHING = 0.05
HIDDEN = -1e4


def both_layers(states: Sequence[torch.Tensor]) -> torch.Tensor:
    """The middle layer's states beside the last's, of those from the embeddings up: [rows, tokens, 2 × width], normalised."""
    return normalised(torch.cat([states[len(states) // 2], states[-1]], dim=-1))


def normalised(states: torch.Tensor) -> torch.Tensor:
    """Each token's states with mean zero and variance one."""
    return functional.layer_norm(states, states.shape[-1:])


class AttentionPool(nn.Module):
    """Normalised token states [rows, tokens, width] to logits: each of a few queries takes its own weighted mean of the
    tokens."""

    def __init__(self, width: int, classes: int) -> None:
        super().__init__()
        self.project = nn.Linear(width, WIDTH)
        self.queries = nn.Linear(WIDTH, QUERIES)
        self.dropout = nn.Dropout(DROPOUT)
        self.out = nn.Linear(WIDTH * QUERIES, classes)

    def forward(
        self, hidden: torch.Tensor, attention_mask: torch.Tensor, labels: torch.Tensor | None = None
    ) -> dict[str, torch.Tensor]:
        said = self.dropout(functional.gelu(self.project(hidden.float())))
        weights = self.queries(said).masked_fill(attention_mask.unsqueeze(-1) == 0, HIDDEN).softmax(1)
        pooled = torch.einsum("rtq,rtw->rqw", weights, said).flatten(1)
        out = {"logits": self.out(self.dropout(pooled))}
        if labels is not None:
            out["loss"] = functional.cross_entropy(out["logits"], labels, label_smoothing=SMOOTHING)
        return out


class Pools:
    """One `AttentionPool` a fold, answering together by the mean of their log probabilities."""

    def __init__(self, members: Sequence[AttentionPool], device: Any = "cpu") -> None:
        self.members = [member.eval().float().to(device) for member in members]

    def reads(self, states: Sequence[torch.Tensor]) -> torch.Tensor:
        """Of the layers' states those that these pools learned from: both layers', of older models the last one's."""
        both = self.members[0].project.in_features > states[-1].shape[-1]
        return both_layers(states) if both else normalised(states[-1])

    @torch.inference_mode()
    def log_probabilities(self, hidden: torch.Tensor, attention_mask: torch.Tensor) -> np.ndarray:
        """float32 [rows, classes] for token states [rows, tokens, width]."""
        device = self.members[0].out.weight.device
        hidden, attention_mask = hidden.to(device), attention_mask.to(device)
        said = [member(hidden.float(), attention_mask)["logits"].log_softmax(-1) for member in self.members]
        return torch.stack(said).mean(0).log_softmax(-1).cpu().numpy()

    def tensors(self) -> dict[str, np.ndarray]:
        """The weights, named by member."""
        named = (
            (f"{i}.{name}", value) for i, one in enumerate(self.members) for name, value in one.state_dict().items()
        )
        return {name: value.detach().cpu().numpy() for name, value in named}

    @staticmethod
    def of(tensors: dict[str, np.ndarray], device: Any = "cpu") -> Pools:
        members = []
        for number in sorted({int(name.split(".", 1)[0]) for name in tensors}):
            own = {
                name.split(".", 1)[1]: torch.from_numpy(value)
                for name, value in tensors.items()
                if name.startswith(f"{number}.")
            }
            _fold_norm(own)
            member = AttentionPool(own["project.weight"].shape[1], own["out.weight"].shape[0])
            member.load_state_dict(own)
            members.append(member)
        return Pools(members, device)


def _fold_norm(weights: dict[str, torch.Tensor]) -> None:
    """Puts the scale and shift that older models learned for the normalised states into the projection that reads them."""
    if "norm.weight" in weights:
        scale, shift, project = weights.pop("norm.weight"), weights.pop("norm.bias"), weights["project.weight"]
        weights["project.bias"] = weights["project.bias"] + project @ shift
        weights["project.weight"] = project * scale
