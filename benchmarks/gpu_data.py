"""What `gpu.py` learns from, made by the project's own generator, and the encoders that it learns with."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from core.data import samples
from core.data.conversations import Pairs
from core.data.splitting import seconds
from core.learning.encoders import SAMPLES, Encoder, choose
from core.learning.sequences.events import Events
from core.learning.tabular.columns import Encoded

SMALLEST_LOG = 600
"""Rows that the generator of questions needs to spoil some as exports are spoiled."""
NOT_LEARNED = {"loan_number", "application_date", "approved_by_policy", "collection_calls", "outcome"}


@dataclass(frozen=True)
class Size:
    """How much is done: rows of each kind of data (`few` for what is trained several times), the side of the matrices that
    the device's peak is measured with, and the `shape` of networks with random weights."""

    toy: bool
    texts: int
    few: int
    pairs: int
    customers: int
    loans: int
    wordings: int
    matrix: int

    @property
    def start(self) -> str:
        """How processes are started: a toy's share what they import, those for a card each begin anew, as CUDA asks."""
        return "forkserver" if self.toy else "spawn"

    @property
    def start_within(self) -> str:
        """And how by a process that was started so."""
        return "fork" if self.toy else "spawn"


FULL = Size(
    toy=False, texts=16_000, few=4_000, pairs=3_000, customers=2_000, loans=20_000, wordings=480, matrix=8_192
)  # fmt: skip
TOY = Size(toy=True, texts=260, few=120, pairs=64, customers=60, loans=300, wordings=16, matrix=128)


def tweets(rows: int) -> tuple[list[str], list[str]]:
    """Short texts of a made-up shop's customers with their sentiment."""
    frame = _frame(samples.shop_reviews(rows)).dropna(subset=["review"])
    return frame["review"].tolist(), frame["sentiment"].tolist()


def pairs(rows: int) -> Pairs:
    frame = _frame(samples.support_log(max(rows, SMALLEST_LOG))).dropna(subset=["question", "answer"])[:rows]
    return Pairs(frame["question"].tolist(), frame["answer"].tolist(), frame["intent"].fillna("").tolist())


def events(customers: int) -> Events:
    frame = _frame(samples.orders(customers)).fillna("")
    users, items = (frame[name].astype(str).tolist() for name in ("customer_id", "item_id"))
    return Events.build(users, items, seconds(frame["order_date"]))


def loans(rows: int) -> tuple[Encoded, np.ndarray]:
    """Loans with whether each was lost."""
    frame = _frame(samples.loans(rows))
    told = [name for name in frame.columns if name not in NOT_LEARNED]
    numbers = [name for name in told if pd.api.types.is_numeric_dtype(frame[name])]
    words = [name for name in told if name not in numbers]
    codes = np.column_stack([pd.factorize(frame[name])[0] + 2 for name in words]).astype(np.int32)
    sizes = tuple(int(size) + 1 for size in codes.max(axis=0))
    bad = (frame["outcome"] == "defaulted").to_numpy()
    return Encoded(frame[numbers].to_numpy(dtype=np.float32), codes, sizes, (*numbers, *words)), bad


def _frame(csv: str) -> pd.DataFrame:
    return pd.read_csv(io.StringIO(csv))


def english_encoder() -> Encoder:
    """The operator's encoder, or that of an installed package. Raises LookupError where there is neither."""
    from core.learning.hardware import describe

    found = choose("en", describe())
    if found is None:
        raise LookupError("no encoder reads English here")
    return found


def make_encoder(folder: Path, size: Size) -> None:
    """A BERT of MiniLM's shape (for a toy a tiny one) with random weights that knows the generator's words."""
    import torch
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.normalizers import Lowercase
    from tokenizers.pre_tokenizers import Whitespace
    from tokenizers.processors import TemplateProcessing
    from tokenizers.trainers import WordLevelTrainer
    from transformers import BertConfig, BertModel
    from transformers.utils import logging

    tokenizer = Tokenizer(WordLevel(unk_token="[UNK]"))
    tokenizer.normalizer, tokenizer.pre_tokenizer = Lowercase(), Whitespace()
    asked = pairs(size.pairs)
    known = [*SAMPLES["en"], *tweets(size.texts)[0], *asked.questions, *asked.answers]
    tokenizer.train_from_iterator(known, WordLevelTrainer(special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]"]))
    tokenizer.post_processor = TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    logging.disable_progress_bar()
    layers, width, heads = (2, 32, 2) if size.toy else (6, 384, 12)
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=tokenizer.get_vocab_size(), hidden_size=width, num_hidden_layers=layers, num_attention_heads=heads,
        intermediate_size=4 * width,
    )  # fmt: skip
    BertModel(config).save_pretrained(folder)
    tokenizer.save(str(folder / "tokenizer.json"))


def pack_encoder(folder: Path) -> None:
    """The English encoder of this machine with 16-bit weights and its tokenizer, half as large as it came."""
    import torch

    encoder = english_encoder()
    encoder.model().to(torch.bfloat16).save_pretrained(folder)
    encoder.tokenizer.save(str(folder / "tokenizer.json"))
