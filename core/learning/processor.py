"""Training on a processor: what takes time there and need not (a sixth of a step of the text models on two cores)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn
from transformers import PreTrainedModel

from core.learning.hardware import Hardware

VALUES_OF_A_BYTE = 256
BYTES_A_DRAW = 8


class ByteDropout(nn.Dropout):
    """Dropout whose mask is made of random bytes, eight a draw, so that `p` is met to the nearest 256th."""

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        dropped = round(self.p * VALUES_OF_A_BYTE)
        if not self.training or not dropped:
            return input
        draws = torch.empty(-(-input.numel() // BYTES_A_DRAW), dtype=torch.int64).random_(-(2**63), None)
        kept = draws.view(torch.uint8)[: input.numel()].view(input.shape) >= dropped
        return input * kept.to(input.dtype).mul_(VALUES_OF_A_BYTE / (VALUES_OF_A_BYTE - dropped))


@contextmanager
def suited(model: nn.Module, hardware: Hardware) -> Iterator[None]:
    """Inside, the model trains faster on a processor, up to another draw of its dropout: the masks are cheaper, and an
    attention with dropout is reckoned plainly, which there beats the fused way's detour. Elsewhere nothing changes."""
    modules = list(model.modules()) if hardware.kind == "cpu" else []
    plain = [module for module in modules if type(module) is nn.Dropout]
    fused = [
        module
        for module in modules
        if isinstance(module, PreTrainedModel)
        and module.config._attn_implementation == "sdpa"
        and getattr(module.config, "attention_probs_dropout_prob", 0.0) > 0
    ]
    for module in plain:
        module.__class__ = ByteDropout
    for encoder in fused:
        encoder.set_attn_implementation("eager")
    try:
        yield
    finally:
        for module in plain:
            module.__class__ = nn.Dropout
        for encoder in fused:
            encoder.set_attn_implementation("sdpa")
