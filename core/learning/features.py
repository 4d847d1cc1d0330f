"""One pass of an encoder over texts: token ids, batches of like length, and mean-pooled hidden states by layer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from core.learning.hardware import MEGABYTE, Hardware
from core.memory import within_memory
from core.progress import Progress, silent

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from transformers import PreTrainedModel

MAX_TOKENS_CPU = 256
MAX_TOKENS_GPU = 512
BATCH_TOKENS_CPU = 2048
BATCH_TOKENS_GPU = 32768
BATCH_ROWS_GPU = 1024
STATES_SHARE = 0.25
"""Of a card's free memory, for states that are kept there."""
READING_SHARE = 0.25
"""Of a card's free memory, for the states of one batch that is read."""
LAYER_COPIES = 8
"""States of a layer that are held while it reads: its own, and those between its parts (the widest is four times as wide)."""

Ids = list[list[int]]
Look = Callable[[list[int], Sequence[torch.Tensor], torch.Tensor], None]
"""Sees row numbers, the hidden states [rows, tokens, width] of the layers from the bottom up, and the mask that is 1 on real
tokens."""


def max_tokens(config: object, hardware: Hardware) -> int:
    """The longest text in tokens that is read whole: bounded by the model's positions, and on a CPU by time."""
    positions = int(getattr(config, "max_position_embeddings", 512) or 512)
    if getattr(config, "model_type", "") in ("roberta", "xlm-roberta", "camembert"):
        positions -= 2
    return min(positions, MAX_TOKENS_GPU if hardware.kind == "cuda" else MAX_TOKENS_CPU)


def tokenise(tokenizer: Tokenizer, texts: Sequence[str], limit: int) -> Ids:
    """Token ids with special tokens; of a longer text the first three quarters of `limit` and the rest from its end
    (head and tail, Sun et al. 2019, "How to Fine-Tune BERT for Text Classification?")."""
    head = limit * 3 // 4
    rows = [encoding.ids for encoding in tokenizer.encode_batch(list(texts))]
    return [ids if len(ids) <= limit else ids[:head] + ids[head - limit :] for ids in rows]


def token_budget(config: Any, hardware: Hardware) -> int:
    """Tokens of a batch that is read: on a card as many as keep it busy, fewer where the states of all layers, in 32 bits,
    would take more than READING_SHARE of its free memory."""
    if hardware.kind != "cuda":
        return BATCH_TOKENS_CPU
    token = 4 * config.hidden_size * (config.num_hidden_layers + 1 + LAYER_COPIES)
    return max(1, min(BATCH_TOKENS_GPU, int(READING_SHARE * hardware.memory_free_mb * MEGABYTE / token)))


def batches(lengths: Sequence[int], budget: int) -> Iterator[list[int]]:
    """Row numbers in batches of about equal length, longest first, each of at most `budget` tokens or of one row."""
    order = sorted(range(len(lengths)), key=lambda row: -lengths[row])
    start = 0
    while start < len(order):
        rows = max(1, min(BATCH_ROWS_GPU, int(budget // max(1, lengths[order[start]]))))
        yield order[start : start + rows]
        start += rows


def padded(rows: Sequence[Sequence[int] | np.ndarray], pad: int, least: int = 1) -> tuple[torch.Tensor, torch.Tensor]:
    """Token ids [rows, longest], or [rows, `least`] where that is more, filled up with `pad`, and the mask that is 1 on real
    tokens."""
    longest = max([least, *map(len, rows)])
    ids = np.full((len(rows), longest), pad, dtype=np.int64)
    mask = np.zeros((len(rows), longest), dtype=np.int64)
    for row, values in enumerate(rows):
        ids[row, : len(values)] = values
        mask[row, : len(values)] = 1
    return torch.from_numpy(ids), torch.from_numpy(mask)


def mean_over_tokens(hidden: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """The mean of hidden states [rows, tokens, width] over real tokens, in float32."""
    weights = mask.unsqueeze(-1).to(torch.float32)
    return (hidden.float() * weights).sum(1) / weights.sum(1).clamp(min=1)


def ready_for_inference(model: PreTrainedModel, hardware: Hardware) -> PreTrainedModel:
    """The model on its device, in bfloat16 where the hardware has it, without dropout."""
    module: Any = model.eval()
    dtype = torch.bfloat16 if hardware.bf16 else torch.float32
    return module.to(device=hardware.kind, dtype=dtype)


class TokenStates:
    """What layers say of every token of every row, end to end [tokens, width] in 16 bits, with the rows' `starts` and
    `lengths`. They lie on the card where they take at most STATES_SHARE of its free memory, else in the machine's."""

    def __init__(self, lengths: Sequence[int], width: int, hardware: Hardware) -> None:
        self.lengths = np.asarray(lengths, dtype=np.int64)
        self.starts = np.concatenate([[0], np.cumsum(self.lengths)[:-1]]).astype(np.int64)
        kept = torch.bfloat16 if hardware.bf16 else torch.float16
        tokens, self.for_card = int(self.lengths.sum()), hardware.kind == "cuda"
        fits = self.for_card and 2 * tokens * width <= STATES_SHARE * hardware.memory_free_mb * MEGABYTE
        self.states = torch.zeros(tokens, width, dtype=kept, device=hardware.kind if fits else "cpu")

    @property
    def on_device(self) -> bool:
        """Whether they lie on a card."""
        return self.states.device.type != "cpu"

    def put(self, rows: Sequence[int], hidden: torch.Tensor) -> None:
        """Keep the states [rows, tokens, width] of these rows."""
        said = hidden.to(self.states.device, self.states.dtype)
        for i, row in enumerate(rows):
            start, length = self.starts[row], self.lengths[row]
            self.states[start : start + length] = said[i, :length]

    def batch(self, rows: Sequence[int] | np.ndarray) -> dict[str, torch.Tensor]:
        """The rows' states: `hidden` [rows, tokens, width], which mean nothing where `attention_mask` is 0; float32, but for
        a card in 16 bits, that the way there is short."""
        chosen = np.asarray(rows, dtype=np.int64)
        lengths, starts = torch.from_numpy(self.lengths[chosen, None]), torch.from_numpy(self.starts[chosen, None])
        places = torch.arange(int(lengths.max()))
        hidden = self.states[(starts + places).clamp_(max=len(self.states) - 1).to(self.states.device)]
        return {"hidden": hidden if self.for_card else hidden.float(), "attention_mask": (places < lengths).long()}


@torch.inference_mode()
def layer_means(
    model: PreTrainedModel,
    ids: Ids,
    hardware: Hardware,
    progress: Progress = silent,
    last_only: bool = False,
    look: Look | None = None,
) -> np.ndarray:
    """Mean-pooled hidden states of the embeddings and of every layer: float32 [rows, layers + 1, width], or of the
    last layer alone [rows, 1, width].

    `model` comes from `ready_for_inference`; `progress` hears the share of tokens read; `look` sees the states of
    each batch. A batch for which memory does not suffice is halved, so that `look` may see a row twice.
    """
    config = model.config
    depth = 1 if last_only else config.num_hidden_layers + 1
    out = np.zeros((len(ids), depth, config.hidden_size), dtype=np.float32)
    lengths = [len(row) for row in ids]
    total, seen = max(1, sum(lengths)), 0

    def read(rows: list[int]) -> None:
        nonlocal seen
        tokens, mask = padded([ids[row] for row in rows], config.pad_token_id or 0)
        tokens, mask = tokens.to(model.device), mask.to(model.device)
        output = model(input_ids=tokens, attention_mask=mask, output_hidden_states=not last_only)
        states = [output.last_hidden_state] if last_only else output.hidden_states
        pooled = torch.stack([mean_over_tokens(state, mask) for state in states], dim=1)
        out[rows] = pooled.cpu().numpy()
        if look is not None:
            look(rows, states, mask)
        seen += sum(lengths[row] for row in rows)
        progress(seen / total)

    within_memory(batches(lengths, token_budget(config, hardware)), read)
    return out
