"""Texts that repeat each other in part: kept on one side of every split, so that no validation row is half known."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from core.learning.cleaning import mostly_chinese

RUN = 5
LEAST_RUN = 3
CHARACTERS_OF_A_WORD = 3
"""Texts without spaces are compared by characters, so many for a word: with fewer, idioms chain whole files together."""
MOST_TEXTS = 12
LARGEST_SHARE = 0.05


def overlap_groups(texts: Sequence[str]) -> np.ndarray:
    """A group number, int [texts], the same for equal texts and for texts that share a run of five words, in Chinese of fifteen
    characters.

    Shorter texts of three words (nine characters) or more join a text that holds them whole. Runs in more than a dozen texts are idioms
    and tie nothing, so that groups stay small; should a group still grow beyond a twentieth of the rows, only equal
    texts are kept together.
    """
    unique, of_text = np.unique(np.array(texts, dtype=object), return_inverse=True)
    chinese = mostly_chinese(unique.tolist())
    words = [tuple("".join(text.split()) if chinese else text.lower().split()) for text in unique]
    scale = CHARACTERS_OF_A_WORD if chinese else 1
    ties = _ties([_runs(one, RUN * scale) if len(one) >= RUN * scale else () for one in words])
    for size in range(LEAST_RUN * scale, RUN * scale):
        ties += _contained(words, size)
    rows, columns = np.array(ties, dtype=np.int64).reshape(-1, 2).T
    graph = coo_matrix((np.ones(len(rows), dtype=bool), (rows, columns)), shape=(len(unique), len(unique)))
    groups = connected_components(graph, directed=False)[1]
    if np.bincount(groups[of_text]).max(initial=0) > max(LARGEST_SHARE * len(texts), 2 * MOST_TEXTS):
        return of_text.astype(np.int64)
    return groups[of_text].astype(np.int64)


def _runs(words: tuple[str, ...], size: int) -> set[int]:
    return {hash(words[start : start + size]) for start in range(len(words) - size + 1)}


def _ties(runs: Sequence[set[int] | tuple[()]]) -> list[tuple[int, int]]:
    """Pairs of texts next to each other among those that hold the same run."""
    holders: defaultdict[int, list[int]] = defaultdict(list)
    for number, own in enumerate(runs):
        for run in own:
            holders[run].append(number)
    return [pair for found in holders.values() if len(found) <= MOST_TEXTS for pair in pairwise(found)]


def _contained(words: Sequence[tuple[str, ...]], size: int) -> list[tuple[int, int]]:
    """Pairs of a text of exactly `size` words and those that hold it whole."""
    short = {hash(one): number for number, one in enumerate(words) if len(one) == size}
    holders: defaultdict[int, list[int]] = defaultdict(list)
    for number, one in enumerate(words):
        if len(one) > size:
            for run in _runs(one, size):
                if run in short:
                    holders[short[run]].append(number)
    return [(number, other) for number, found in holders.items() if len(found) <= MOST_TEXTS for other in found]
