"""Short texts as vectors whose angle says how alike they are: by a pretrained encoder, or by their letters where none reads them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from core.learning.hardware import describe
from core.words import Text, UserError

BY_LETTERS = ""
LETTERS = 512
SAMPLE = 200
GONE = Text(
    "The encoder “{name}” that this model reads texts with is not on this machine.",
    "本机没有这个模型读取文本所用的编码器“{name}”。",
)


def reader_for(texts: Sequence[str]) -> str:
    """The name of the encoder that reads these texts, or BY_LETTERS where none does."""
    from core.data.profile import detect_language
    from core.learning.encoders import choose

    some = [text for text in texts if text][:SAMPLE]
    encoder = choose(detect_language(some), describe(), some)
    return encoder.name if encoder else BY_LETTERS


def vectors(texts: Sequence[str], reader: str) -> np.ndarray:
    """Vectors of length one, float32 [texts, width]; empty texts are zero. Raises UserError where the encoder is gone."""
    distinct = list(dict.fromkeys(texts))
    place = {text: row for row, text in enumerate(distinct)}
    found = _letters(distinct) if reader == BY_LETTERS else _encoded(distinct, reader)
    found = found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-9)
    found[[row for row, text in enumerate(distinct) if not text]] = 0.0
    return found[[place[text] for text in texts]].astype(np.float32)


def _letters(texts: Sequence[str]) -> np.ndarray:
    """Hashed counts of two and three letters in a row: nothing to learn, nothing to keep."""
    from sklearn.feature_extraction.text import HashingVectorizer

    counted = HashingVectorizer(analyzer="char_wb", ngram_range=(2, 3), n_features=LETTERS, alternate_sign=False)
    return counted.transform([text or " " for text in texts]).toarray()


def _encoded(texts: Sequence[str], reader: str) -> np.ndarray:
    from core.learning.features import layer_means, max_tokens, tokenise

    tokenizer, model = _opened(reader)
    hardware = describe()
    ids = tokenise(tokenizer, [text or " " for text in texts], max_tokens(model.config, hardware))
    return layer_means(model, ids, hardware, last_only=True)[:, 0]


@lru_cache(maxsize=2)
def _opened(reader: str) -> tuple[Any, Any]:
    from core.learning.encoders import named
    from core.learning.features import ready_for_inference

    encoder = named(reader)
    if encoder is None:
        raise UserError(GONE.fill(name=reader))
    return encoder.tokenizer, ready_for_inference(encoder.model(), describe())
