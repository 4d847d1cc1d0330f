from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import nn

from core.learning.encoders import read_model
from core.learning.hardware import describe
from core.learning.network import layers_of, run_layers
from core.learning.processor import ByteDropout, suited

CPU = describe("cpu")


def test_dropout_by_bytes_drops_its_share_and_keeps_the_mean() -> None:
    torch.manual_seed(0)
    seen = torch.ones(200, 1003)
    out = ByteDropout(0.1)(seen)
    assert (out == 0).float().mean().item() == pytest.approx(0.1, abs=0.005)
    assert out.mean().item() == pytest.approx(1.0, abs=0.005)
    assert len(out.unique()) == 2


def test_dropout_by_bytes_is_the_same_for_a_seed_and_nothing_outside_training() -> None:
    layer, seen = ByteDropout(0.5), torch.randn(7, 5)
    torch.manual_seed(3)
    first = layer(seen)
    assert not torch.equal(layer(seen), first)
    torch.manual_seed(3)
    assert torch.equal(layer(seen), first)
    assert torch.equal(layer.eval()(seen), seen)
    assert torch.equal(ByteDropout(0.0)(seen), seen)


def test_its_gradient_is_that_of_the_mask() -> None:
    torch.manual_seed(0)
    seen = torch.ones(64, requires_grad=True)
    out = ByteDropout(0.25)(seen)
    out.sum().backward()
    assert seen.grad is not None
    assert torch.equal(seen.grad, out.detach())


@pytest.mark.parametrize("bf16", [False, True])
def test_a_suited_encoder_reads_padded_rows_as_before_and_is_left_as_it_was(tiny_encoder: Path, bf16: bool) -> None:
    encoder = read_model(tiny_encoder).eval()
    mask = torch.tensor([[1, 1, 1, 1, 1, 1], [1, 1, 1, 0, 0, 0]])
    hidden = torch.randn(2, 6, encoder.config.hidden_size)

    def read() -> torch.Tensor:
        with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16, enabled=bf16):
            return run_layers(layers_of(encoder), hidden, mask)[-1][mask.bool()]

    before = read()
    garbled = hidden.clone()
    garbled[1, 3:] = 9.0
    with suited(encoder, CPU):
        assert encoder.config._attn_implementation == "eager"
        assert any(isinstance(module, ByteDropout) for module in encoder.modules())
        inside, hidden = read(), garbled
        padded_otherwise = read()
    near = 5e-2 if bf16 else 1e-4
    assert torch.allclose(inside, before, atol=near)
    assert torch.allclose(padded_otherwise, inside, atol=near)
    assert encoder.config._attn_implementation == "sdpa"
    assert not any(isinstance(module, ByteDropout) for module in encoder.modules())


def test_on_a_graphics_card_nothing_changes() -> None:
    model = nn.Sequential(nn.Linear(2, 2), nn.Dropout(0.1))
    with suited(model, replace(CPU, kind="cuda")):
        assert type(model[1]) is nn.Dropout
