"""A tiny encoder made on the spot, texts whose class one planted word decides, and a report that remembers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.normalizers import Lowercase
from tokenizers.pre_tokenizers import Whitespace
from tokenizers.processors import TemplateProcessing
from tokenizers.trainers import WordLevelTrainer
from transformers import BertConfig, BertModel

from core.learning.encoders import SAMPLES
from core.learning.engine import Trained
from core.progress import Cancelled, Silent

FILLER = ["the", "room", "staff", "flight", "phone", "we", "had", "a", "seat", "today", "with", "it", "and", "on"]
DESK = """please about my tell me today now where when what again still a the is parcel refund invoice weather
Your parcel comes within three days. The money is back after five days. Your invoice lies under My orders. That is not ours to say. visit"""
"""What the help desk of the retrieval tests says: an encoder to which most of a text is unknown is passed over."""
NEAR = 5e-3
"""Probabilities this near are the same answer: no two batches, rows or threads need agree on more of what bfloat16 holds."""
PLANTED = {"good": "wonderful", "bad": "dreadful", "mixed": "average"}


def planted_rows(rows: int, classes: tuple[str, ...] = ("good", "bad"), seed: int = 0) -> tuple[list[str], list[str]]:
    """Texts of ten words, one of them the planted word of the class."""
    random = np.random.default_rng(seed)
    labels = [classes[i % len(classes)] for i in range(rows)]
    texts = []
    for label in labels:
        words = random.choice(FILLER, size=9).tolist()
        words.insert(int(random.integers(0, 9)), PLANTED[label])
        texts.append(" ".join(words))
    return texts, labels


def save_tiny_encoder(folder: Path, seed: int = 0) -> Path:
    tokenizer = Tokenizer(WordLevel(unk_token="[UNK]"))
    tokenizer.normalizer, tokenizer.pre_tokenizer = Lowercase(), Whitespace()
    trainer = WordLevelTrainer(special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]"])
    known = [*SAMPLES["en"], *FILLER, *PLANTED.values(), DESK, *map(str, range(1000))]
    tokenizer.train_from_iterator(known, trainer)
    tokenizer.post_processor = TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    torch.manual_seed(seed)
    config = BertConfig(
        vocab_size=tokenizer.get_vocab_size(), hidden_size=32, num_hidden_layers=2, num_attention_heads=2,
        intermediate_size=64, max_position_embeddings=64,
    )  # fmt: skip
    BertModel(config).save_pretrained(folder)
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder


class Recorder(Silent):
    """A report that remembers stages and points, and cancels once `cancel_in` has come `after` steps far."""

    def __init__(self, checkpoints: Path, cancel_in: str | None = None, after: int = 0) -> None:
        super().__init__(checkpoints)
        self.stages: list[str] = []
        self.points: list[tuple[str, float, float]] = []
        self.lines: list[str] = []
        self.shares: list[float] = []
        self.cancel_in, self.after = cancel_in, after

    def stage(self, key: str) -> None:
        self.stages.append(key)
        self.shares = []

    def progress(self, share: float) -> None:
        self.shares.append(share)
        if self.stages and self.stages[-1] == self.cancel_in and len(self.shares) > self.after:
            raise Cancelled

    def point(self, curve: str, x: float, y: float) -> None:
        self.points.append((curve, x, y))

    def log(self, line: str) -> None:
        self.lines.append(line)


def collapsing(train: Callable[..., Trained], name: str, score: float) -> Callable[..., Trained]:
    """The engine's `train`, of which the training of this name ends with so bad a score."""

    def trained(*given: Any, **named: Any) -> Trained:
        done = train(*given, **named)
        return replace(done, best_score=score) if named.get("name") == name else done

    return trained
