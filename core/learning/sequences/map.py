"""A map of the items: those taken by the same customers lie together."""

from __future__ import annotations

import numpy as np
from scipy import sparse

MOST = 120
FEWEST = 12
PERPLEXITY = 12
CLUMPS = 8


def item_map(alike: sparse.csr_matrix, counts: np.ndarray, seed: int) -> list[tuple[int, float, float, int]]:
    """(code, x, y, group) of the best sellers, the best first, x and y from 0 to 1, by t-SNE (van der Maaten and Hinton
    2008) of their cosines; `group` numbers the clumps in which they lie (k-means).

    Distances between far groups mean nothing; who is near whom does. Empty where there are too few items.
    """
    chosen = np.argsort(-counts[: alike.shape[0]], kind="stable")[:MOST]
    if len(chosen) < FEWEST:
        return []
    from sklearn.cluster import KMeans
    from sklearn.manifold import TSNE

    near = alike[chosen][:, chosen].toarray().astype(np.float64)
    distance = 1 - np.clip(np.maximum(near, near.T), 0, 1)
    np.fill_diagonal(distance, 0.0)
    perplexity = min(PERPLEXITY, (len(chosen) - 1) / 3)
    placed = TSNE(metric="precomputed", init="random", perplexity=perplexity, random_state=seed, n_jobs=1)
    found = placed.fit_transform(distance)
    low, high = found.min(axis=0), found.max(axis=0)
    found = (found - low) / np.maximum(high - low, 1e-9)
    groups = KMeans(min(CLUMPS, len(chosen) // 4), n_init=4, random_state=seed).fit_predict(found)
    return [
        (int(code), round(float(x), 4), round(float(y), 4), int(group))
        for code, (x, y), group in zip(chosen, found, groups, strict=True)
    ]
