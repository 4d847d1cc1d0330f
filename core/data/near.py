"""Questions that are nearly the same: grouped by what remains without greetings, case and marks, and by shared pieces."""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Sequence

import numpy as np
import pandas as pd

HASHES, BAND = 30, 3
ALIKE = 0.8
"""Share of common pieces (Jaccard) from which two questions are nearly the same."""
LATIN_PIECE, CHINESE_PIECE = 4, 2
MOST_CHARACTERS = 400
MOST_IN_A_BUCKET = 40
CHUNK = 4000
LARGEST_SHARE = 0.05
_PRIME = (1 << 31) - 1
_GREETING = re.compile(
    r"^(?:hi|hello|hey|good (?:morning|afternoon|evening)|dear (?:team|sir|madam)|please|pls|you there)\b[\s,.!:]*"
    r"|[\s,.!]*\b(?:thanks|thank you|thx|please|pls|cheers)[\s.!]*$"
)
_GREETING_ZH = re.compile(
    r"^(?:您好|你好|亲|在吗|请问一下|请问|客服|麻烦问下|想问下|问一下|哈喽)+|(?:谢谢|多谢|谢啦|麻烦了)+$"
)


def plain(text: str) -> str:
    """The question without case, marks, spaces at the ends and greetings: equal ones ask the same."""
    said = " ".join(unicodedata.normalize("NFKC", text[:MOST_CHARACTERS]).casefold().split())
    whole = _bare(said)
    return _bare(_GREETING_ZH.sub("", _bare(_GREETING.sub("", said)))) or whole


def _bare(text: str) -> str:
    said = re.sub(r"[^\w]+", " ", text).strip()
    return said if said.isascii() else said.replace(" ", "")


def near_duplicates(texts: Sequence[str]) -> np.ndarray:
    """A group number, int [texts], the same for questions that are nearly the same; an empty text is alone.

    MinHash with banding (Broder 1997; Leskovec, Rajaraman and Ullman 2014, chapter 3) proposes pairs, their Jaccard
    similarity decides. Should a chain of such pairs grow beyond a twentieth of the questions, only equal ones are grouped.
    """
    codes, distinct = pd.factorize(np.array([plain(text) for text in texts], dtype=object))
    pieces = [_pieces(text) for text in distinct]
    parent = np.arange(len(distinct))
    for one, other in _candidates(pieces):
        a, b = _root(parent, one), _root(parent, other)
        if a != b and _jaccard(pieces[one], pieces[other]) >= ALIKE:
            parent[max(a, b)] = min(a, b)
    roots = np.array([_root(parent, number) for number in range(len(distinct))], dtype=np.int64)
    groups = roots[codes] if len(codes) else np.zeros(0, dtype=np.int64)
    if len(groups) and np.bincount(groups).max() > max(LARGEST_SHARE * len(texts), 20):
        groups = codes.astype(np.int64)
    empty = np.flatnonzero(np.array([distinct[code] == "" for code in codes], dtype=bool))
    groups[empty] = len(distinct) + np.arange(len(empty))
    return groups


def similarity(one: str, other: str) -> float:
    """Share of common pieces of two texts, 0 to 1."""
    return 1.0 if plain(one) == plain(other) else _jaccard(_pieces(plain(one)), _pieces(plain(other)))


def contained(one: str, other: str) -> float:
    """How much of the shorter text the longer one holds, 0 to 1: the overlap coefficient of their pieces."""
    first, second = _pieces(plain(one)), _pieces(plain(other))
    return len(np.intersect1d(first, second, assume_unique=True)) / max(min(len(first), len(second)), 1)


def _pieces(text: str) -> np.ndarray:
    """Sorted hashes of the runs of characters in the text."""
    size = LATIN_PIECE if text.isascii() else CHINESE_PIECE
    runs = {text[at : at + size] for at in range(max(len(text) - size + 1, 1))} if text else set()
    return np.array(sorted({zlib.crc32(run.encode()) for run in runs}), dtype=np.int64)


def _jaccard(one: np.ndarray, other: np.ndarray) -> float:
    both = len(np.intersect1d(one, other, assume_unique=True))
    return both / max(len(one) + len(other) - both, 1)


def _candidates(pieces: Sequence[np.ndarray]) -> list[tuple[int, int]]:
    rng = np.random.default_rng(7)
    scale, shift = rng.integers(1, _PRIME, HASHES), rng.integers(0, _PRIME, HASHES)
    full = np.flatnonzero([len(own) > 0 for own in pieces])
    least = np.full((len(pieces), HASHES), _PRIME, dtype=np.int64)
    for start in range(0, len(full), CHUNK):
        part = full[start : start + CHUNK]
        starts = np.cumsum([0, *(len(pieces[number]) for number in part[:-1])])
        own = np.concatenate([pieces[number] for number in part]) % _PRIME
        least[part] = np.minimum.reduceat((own[:, None] * scale + shift) % _PRIME, starts, axis=0)
    pairs: set[tuple[int, int]] = set()
    for start in range(0, HASHES, BAND):
        keys = pd.util.hash_pandas_object(pd.DataFrame(least[:, start : start + BAND]), index=False).to_numpy()
        codes = pd.factorize(keys)[0]
        order = np.argsort(codes, kind="stable")
        for bucket in np.split(order, np.flatnonzero(np.diff(codes[order])) + 1):
            if 1 < len(bucket) <= MOST_IN_A_BUCKET:
                pairs.update((int(bucket[0]), int(other)) for other in bucket[1:])
                pairs.update(zip(bucket[:-1].tolist(), bucket[1:].tolist(), strict=True))
    return sorted(pairs)


def _root(parent: np.ndarray, number: int) -> int:
    while parent[number] != number:
        parent[number] = parent[parent[number]]
        number = int(parent[number])
    return number
