"""Sentence embeddings: an encoder's last layer, averaged over the tokens and set to length one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.learning.elsewhere import Elsewhere, read_elsewhere
from core.learning.encoders import load_tokenizer, read_model
from core.learning.features import Progress, layer_means, ready_for_inference, silent, tokenise
from core.learning.hardware import Hardware, describe

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from transformers import PreTrainedModel

LONGEST = 128


class Sentences:
    """An encoder on its device with its tokenizer: texts in, unit vectors out; they come from `elsewhere` where it is set."""

    elsewhere: Elsewhere | None = None

    def __init__(self, name: str, encoder: PreTrainedModel, tokenizer: Tokenizer, hardware: Hardware) -> None:
        self.name = name
        self.hardware = hardware
        self.encoder = ready_for_inference(encoder, hardware)
        self.tokenizer = tokenizer

    def embed(self, texts: Sequence[str], progress: Progress = silent) -> np.ndarray:
        """float32 [texts, width], each row of length one; equal texts are read once."""
        if not len(texts):
            return np.zeros((0, self.encoder.config.hidden_size), dtype=np.float32)
        unique = list(dict.fromkeys(texts))
        ids = tokenise(self.tokenizer, unique, LONGEST)
        if self.elsewhere is not None:
            (vectors,) = read_elsewhere(self.elsewhere, ids, self.encoder.config.pad_token_id or 0)
        else:
            vectors = layer_means(self.encoder, ids, self.hardware, progress, last_only=True)[:, 0]
            vectors /= np.linalg.norm(vectors, axis=1, keepdims=True) + 1e-9
        row_of = {text: row for row, text in enumerate(unique)}
        return vectors[[row_of[text] for text in texts]]

    def save(self, folder: Path) -> None:
        self.encoder.save_pretrained(folder)
        self.tokenizer.save(str(folder / "tokenizer.json"))

    @staticmethod
    def load(folder: Path, name: str) -> Sentences:
        return Sentences(name, read_model(folder), load_tokenizer(folder), describe())
