"""Networks that leave the house as ONNX files, each checked on real rows; and how they stand in for torch's own."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import nn

from core.learning.cleaning import clean_all
from core.learning.elsewhere import opened, side_by_side
from core.learning.features import mean_over_tokens, tokenise
from core.learning.hardware import describe
from core.learning.network import Reader
from core.learning.pooling import Pools
from core.learning.retrieval.sentences import LONGEST, Sentences
from core.learning.text import TextClassifier

if TYPE_CHECKING:
    from tokenizers import Tokenizer

AGREES = 1e-4
OPSET = 18


@dataclass(frozen=True)
class Portable:
    """A network to export. `rows` are real inputs by name, with `axes` that may have any size; `said` what the model itself
    makes of them, by output. `about` says to its new owner what goes in and out, JSON-safe."""

    name: str
    module: nn.Module
    rows: Mapping[str, np.ndarray]
    said: Mapping[str, np.ndarray]
    about: dict[str, Any] = field(default_factory=dict)
    tokenizer: Tokenizer | None = None
    axes: tuple[str, ...] = ("rows",)


def of_classifier(name: str, model: TextClassifier, texts: Sequence[str]) -> list[Portable]:
    """The encoder with its head (and pools) of a classifier: log probabilities of its classes; none where it reads with
    word counts alone."""
    if model.reader is None or model.tokenizer is None:
        return []
    ids = tokenise(model.tokenizer, clean_all(texts), model.limit)
    own = _in_full(model.reader)
    outputs = _opinions(own)
    about = {"classes": model.classes, "limit": model.limit, "outputs": dict.fromkeys(outputs, "log probabilities")}
    said = dict(zip(outputs, own.opinions(ids), strict=True))
    return [_reading(name, _WithHeads(own), (ids, own.encoder.config), said, about, model.tokenizer)]


def _opinions(reader: Reader) -> list[str]:
    """The names of `Reader.opinions`, in their order."""
    own = ["head", *(["attention"] if reader.pools else [])]
    return own + [f"original_{name}" for name in (_opinions(reader.original) if reader.original else [])]


def of_sentences(name: str, model: Sentences, texts: Sequence[str]) -> list[Portable]:
    """An encoder that places sentences: unit vectors, of which a product is how alike two are."""
    ids = tokenise(model.tokenizer, clean_all(texts), LONGEST)
    own = Sentences(model.name, deepcopy(model.encoder).cpu().float(), model.tokenizer, _plain())
    about = {"limit": LONGEST, "outputs": {"vector": "a unit vector"}}
    said = {"vector": own.embed(clean_all(texts))}
    return [_reading(name, _Placing(own.encoder), (ids, own.encoder.config), said, about, model.tokenizer)]


def _reading(
    name: str, module: nn.Module, read: tuple[Any, Any], said: Mapping[str, np.ndarray], about: dict[str, Any], tokenizer: Tokenizer
) -> Portable:  # fmt: skip
    ids, config = read
    rows = side_by_side(ids, config.pad_token_id or 0)
    return Portable(name, module.eval(), rows, said, about, tokenizer, ("rows", "tokens"))


def export(network: Portable, path: Path) -> float:
    """Writes the network as ONNX and returns by how much, at most, it differs from the model on the given rows. Needs the
    packages of requirements-onnx.txt."""
    names = list(network.rows)
    example = tuple(torch.from_numpy(values[:2]) for values in network.rows.values())
    axes = {place: torch.export.Dim(name) for place, name in enumerate(network.axes)}
    attention = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            torch.onnx.export(
                network.module, example, str(path), input_names=names, output_names=list(network.said), dynamo=True,
                dynamic_shapes=dict.fromkeys(names, axes), external_data=False, opset_version=OPSET, verbose=False,
            )  # fmt: skip
    finally:
        torch.backends.mha.set_fastpath_enabled(attention)
    found = opened(path)(network.rows)
    return max(float(np.abs(a - b).max()) for a, b in zip(found, network.said.values(), strict=True))


def _plain() -> Any:
    return replace(describe("cpu"), bf16=False)


def _in_full(reader: Reader) -> Reader:
    """The same reader on the processor in 32 bits."""
    pools = Pools.of(reader.pools.tensors()) if reader.pools else None
    original = _in_full(reader.original) if reader.original else None
    ensemble = [_in_full(member) for member in reader.ensemble]
    return Reader(deepcopy(reader.encoder).cpu().float(), reader.head, _plain(), pools, original, ensemble)


class _WithHeads(nn.Module):
    """What `Reader.opinions` computes, as one module."""

    centre: torch.Tensor
    scale: torch.Tensor
    weights: torch.Tensor
    bias: torch.Tensor

    def __init__(self, reader: Reader) -> None:
        super().__init__()
        self.encoder, self.last_only = reader.encoder, reader.reads_last_layer
        head = reader.head
        for name, values in (("centre", head.centre), ("scale", head.scale), ("weights", head.linear.weights), ("bias", head.linear.bias)):  # fmt: skip
            self.register_buffer(name, torch.from_numpy(np.array(values, dtype=np.float32)))
        self.reads = reader.pools.reads if reader.pools else None
        self.pools = nn.ModuleList(reader.pools.members if reader.pools else [])
        self.original = _WithHeads(reader.original) if reader.original else None
        self.ensemble = nn.ModuleList(_WithHeads(member) for member in reader.ensemble)

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> tuple[torch.Tensor, ...]:
        out = self.encoder(input_ids=input_ids, attention_mask=attention_mask, output_hidden_states=not self.last_only)
        states = [out.last_hidden_state] if self.last_only else list(out.hidden_states)
        means = torch.cat([mean_over_tokens(state, attention_mask) for state in states], dim=-1)
        own = (((means - self.centre) / self.scale) @ self.weights.T + self.bias).log_softmax(-1)
        others = [member(input_ids, attention_mask)[0] for member in self.ensemble]
        said = [torch.stack([own, *others]).mean(0).log_softmax(-1)]
        if self.reads is not None:
            each = [pool(self.reads(states), attention_mask)["logits"].log_softmax(-1) for pool in self.pools]
            said.append(torch.stack(each).mean(0).log_softmax(-1))
        if self.original is not None:
            said += self.original(input_ids, attention_mask)
        return tuple(said)


class _Placing(nn.Module):
    """What `Sentences.embed` computes, as one module."""

    def __init__(self, encoder: nn.Module) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> tuple[torch.Tensor, ...]:
        last = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        mean = mean_over_tokens(last, attention_mask)
        return (mean / (mean.norm(dim=1, keepdim=True) + 1e-9),)
