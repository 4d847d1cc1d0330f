"""Sentence embeddings: an encoder's last layer, averaged over the tokens and set to length one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.learning.elsewhere import Elsewhere, read_elsewhere
from core.learning.encoders import load_tokenizer, read_model
from core.learning.features import layer_means, ready_for_inference, tokenise
from core.learning.hardware import Hardware, describe
from core.progress import Progress, silent

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from transformers import PreTrainedModel

LONGEST = 128


class Sentences:
    """An encoder on its device with its tokenizer: texts in, unit vectors out; they come from `elsewhere` where it is set.

    `read` holds mean states [width] of texts that the encoder has read before, which it need not read again."""

    elsewhere: Elsewhere | None = None

    def __init__(
        self, name: str, encoder: PreTrainedModel, tokenizer: Tokenizer, hardware: Hardware,
        read: Mapping[str, np.ndarray] | None = None,
    ) -> None:  # fmt: skip
        self.name = name
        self.read = read or {}
        self.hardware = hardware
        self.encoder = ready_for_inference(encoder, hardware)
        self.tokenizer = tokenizer

    def embed(self, texts: Sequence[str], progress: Progress = silent) -> np.ndarray:
        """float32 [texts, width], each row of length one; equal texts are read once."""
        if not len(texts):
            return np.zeros((0, self.encoder.config.hidden_size), dtype=np.float32)
        unread = [text for text in dict.fromkeys(texts) if text not in self.read]
        states = dict(zip(unread, self._states(unread, progress), strict=True))
        vectors = np.stack([states[text] if text in states else self.read[text] for text in texts])
        return vectors / (np.linalg.norm(vectors, axis=1, keepdims=True) + 1e-9)

    def _states(self, texts: list[str], progress: Progress) -> np.ndarray:
        ids = tokenise(self.tokenizer, texts, LONGEST)
        if self.elsewhere is not None and texts:
            return read_elsewhere(self.elsewhere, ids, self.encoder.config.pad_token_id or 0)[0]
        return layer_means(self.encoder, ids, self.hardware, progress, last_only=True)[:, 0]

    def save(self, folder: Path) -> None:
        self.encoder.save_pretrained(folder)
        self.tokenizer.save(str(folder / "tokenizer.json"))

    @staticmethod
    def load(folder: Path, name: str) -> Sentences:
        return Sentences(name, read_model(folder), load_tokenizer(folder), describe())
