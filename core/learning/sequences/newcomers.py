"""Items that nobody has taken yet: each has its place beside the known items that read like it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from core.learning.reading import reader_for, vectors
from core.learning.sequences.events import History

NEAREST = 5
LEAST_ALIKE = 0.25
"""A cosine below which two texts have nothing to say about each other."""
AT_ONCE = 1000


@dataclass(frozen=True)
class Newcomers:
    """`names` of the new items and `weights` [known items, new items]: how much each known one speaks for a new one,
    columns summing to one, or to nothing where no known item is alike. `reader` says which encoder compared them."""

    names: list[str]
    weights: sparse.csr_matrix
    reader: str

    @staticmethod
    def fit(known: Sequence[str], texts: Mapping[str, str]) -> Newcomers | None:
        """The items of `texts` (name to title and category) that are not `known`; None without any, or without texts."""
        taken = set(known)
        names = [name for name, text in texts.items() if text and name not in taken]
        if not names or not any(texts.get(name) for name in known):
            return None
        reader = reader_for([texts[name] for name in names])
        old, new = (vectors([texts.get(name, "") for name in some], reader) for some in (known, names))
        blocks = [_nearest(new[at : at + AT_ONCE] @ old.T) for at in range(0, len(names), AT_ONCE)]
        return Newcomers(names, sparse.vstack(blocks).T.tocsr(), reader)

    def scores(self, known: np.ndarray) -> np.ndarray:
        """Scores of the new items [histories, new items] from those of the known ones [histories, known items]."""
        return np.asarray((self.weights.T @ known.T).T, dtype=np.float32)

    def stand_ins(self, history: History) -> History:
        """The history with the likest known item in place of a new one; a new one that is like none is left out."""
        known = self.weights.shape[0]
        found = []
        for code in history.tolist():
            if code < known:
                found.append(code)
            elif (own := self.weights[:, [code - known]].tocoo()).nnz:
                found.append(int(own.row[own.data.argmax()]))
        return np.array(found, dtype=np.int32)


def _nearest(alike: np.ndarray) -> sparse.csr_matrix:
    """Of each row [new, known] the likest few, as shares."""
    rows = np.repeat(np.arange(len(alike)), min(NEAREST, alike.shape[1]))
    columns = np.argsort(-alike, axis=1, kind="stable")[:, :NEAREST].ravel()
    data = alike[rows, columns]
    data[data < LEAST_ALIKE] = 0.0
    found = sparse.csr_matrix((data, (rows, columns)), shape=alike.shape)
    found.eliminate_zeros()
    totals = np.asarray(found.sum(axis=1)).ravel()
    return sparse.diags(1 / np.maximum(totals, 1e-9)) @ found
