"""What tells rows apart without keeping them: a number for each row, made of all its values."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
import pandas as pd

from core.data.table import clean


def row_keys(frame: pd.DataFrame, columns: Sequence[str] | None = None, secret: bytes = b"") -> np.ndarray:
    """One number a row, uint64: the same for rows that say the same in every column, whatever the columns' order.

    `secret` (64 bytes at most) makes keys that nobody can guess values for who does not know it.
    """
    total = np.zeros(len(frame), dtype=np.uint64)
    for name in frame.columns if columns is None else columns:
        codes, values = pd.factorize(frame[name])
        hashes = np.array([_hash(f"{name}\0{clean(value)}", secret) for value in (*values, "")], dtype=np.uint64)
        total += hashes[codes]
    return total


def numbered(keys: np.ndarray) -> np.ndarray:
    """The keys with repeated ones told apart by their order, so that each is there once."""
    again = pd.Series(keys).groupby(keys).cumcount().to_numpy(dtype=np.uint64)
    return keys + again * np.uint64(0x9E3779B97F4A7C15)


def key_of_all(keys: np.ndarray) -> str:
    """One word for a set of rows, whatever their order."""
    return blake2b(np.sort(keys).tobytes(), digest_size=16).hexdigest()


def _hash(words: str, secret: bytes) -> int:
    return int.from_bytes(blake2b(words.encode(), digest_size=8, key=secret).digest(), "big")
