"""What people ask about: groups of questions with names of their own, and all of them on a map."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import rjieba
from sklearn.cluster import AgglomerativeClustering
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.manifold import TSNE

from core.learning.retrieval.index import Index

MOST_POINTS = 1500
"""Points of the map: t-SNE of more would take longer than the training."""
MOST_TO_GROUP = 1500
OFTEN = 2
"""Questions of a group that a word of its name stands in, where there are such words."""
SAYING_NOTHING = (
    "什么 怎么 怎么办 怎么回事 怎样 如何 为什么 为何 多少 多久 几个 哪里 哪个 哪些 是否 能否 能不能 可以 可不可以 请问 麻烦 帮忙 "
    "谢谢 你好 您好 你们 我们 他们 自己 我家 人家 这个 那个 这里 那里 这样 那样 这些 那些 一下 一个 一张 一箱 一号 一部分 全部 "
    "时候 现在 今天 明天 昨天 已经 还是 还有 还没 没有 不是 不能 不行 不会 应该 需要 想要 要用 就是 但是 因为 所以 如果 或者 "
    "而且 然后 到底 里面 东西 有人 知道 告诉 觉得 出来 起来 下来 之前 之后 以后 以前 一直 一样 为啥 咋办 怎么样"
)
"""Chinese words that tell no topic: pronouns, question words, numbers with their measures, and the like."""
_NOTHING = frozenset(SAYING_NOTHING.split())
APART = 0.75
"""Mean cosine distance, about the middle of all texts, beyond which two groups stay apart."""
LEAST = 2


@dataclass(frozen=True)
class Topic:
    """Questions that ask nearly the same: their positions, the nearest to their middle first, and telling words."""

    name: str
    rows: list[int]


def topics(
    texts: Sequence[str], vectors: np.ndarray, chinese: bool, most: int = 12, middle: np.ndarray | None = None
) -> list[Topic]:
    """The largest groups of at least two questions (agglomerative, average linkage of cosine distances).

    Distances are measured about `middle`, the mean of all questions, without which the texts of one language all look
    alike (Mu and Viswanath 2018, "All-but-the-Top").
    """
    if len(texts) < LEAST:
        return []
    kept = np.arange(len(texts))[:MOST_TO_GROUP]
    vectors = vectors - middle if middle is not None else vectors
    model = AgglomerativeClustering(None, metric="cosine", linkage="average", distance_threshold=APART)
    labels = model.fit_predict(vectors[kept] + 1e-9)
    names = _names([texts[int(row)] for row in kept], labels, chinese)
    found = []
    for label, count in Counter(labels.tolist()).most_common(most):
        if count < LEAST:
            break
        own = kept[labels == label]
        middle = vectors[own].mean(0)
        found.append(Topic(names[label], own[np.argsort(-(vectors[own] @ middle), kind="stable")].tolist()))
    return found


def on_a_map(vectors: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Positions of the drawn rows and their points, float [n, 2] from 0 to 1 (t-SNE, van der Maaten and Hinton 2008)."""
    rows = np.sort(np.random.default_rng(seed).permutation(len(vectors))[:MOST_POINTS])
    if len(rows) < 10:
        return rows, np.zeros((len(rows), 2))
    reduced = PCA(min(30, len(rows) - 1, vectors.shape[1]), random_state=seed).fit_transform(vectors[rows])
    perplexity = min(30.0, (len(rows) - 1) / 3)
    points = TSNE(2, perplexity=perplexity, init="pca", max_iter=500, random_state=seed).fit_transform(reduced)
    low, high = points.min(0), points.max(0)
    return rows, (points - low) / np.maximum(high - low, 1e-9)


def _dictionary_words(text: str) -> list[str]:
    """Only words that the dictionary knows: a guessed one is often cut across two."""
    return [word for word in rjieba.cut(text, False) if len(word) > 1 and word.isalnum() and word not in _NOTHING]


def _names(texts: Sequence[str], labels: np.ndarray, chinese: bool) -> dict[int, str]:
    """The words that tell a group from the others: TF-IDF with a group as one document."""
    groups = sorted(set(labels.tolist()))
    joined = [" ".join(texts[int(row)] for row in np.flatnonzero(labels == label)) for label in groups]
    settings = (
        {"tokenizer": _dictionary_words, "token_pattern": None}
        if chinese
        else {"stop_words": "english", "token_pattern": r"(?u)\b[^\W\d_]\w+\b"}
    )
    try:
        vectoriser = TfidfVectorizer(sublinear_tf=True, **settings)
        matrix = vectoriser.fit_transform(joined)
    except ValueError:
        return {label: texts[int(np.flatnonzero(labels == label)[0])] for label in groups}
    words, tokens = vectoriser.get_feature_names_out(), vectoriser.build_analyzer()
    found = {}
    for place, label in enumerate(groups):
        own = [texts[int(row)] for row in np.flatnonzero(labels == label)]
        heard = Counter(word for text in own for word in set(tokens(text)))
        row = matrix[place].toarray()[0]
        best = [str(words[n]) for n in np.argsort(-row, kind="stable") if row[n] > 0]
        often = [word for word in best if heard[word] >= OFTEN] or best
        found[label] = " · ".join(often[:3]) or own[0][:40]
    return found


def vectors_of(index: Index, texts: Sequence[str]) -> np.ndarray:
    """Embeddings of texts; without an encoder their counted pieces in 64 dimensions (latent semantic analysis)."""
    vectors = index.embed(texts)
    if vectors is not None:
        return vectors
    try:
        counts = TfidfVectorizer(analyzer="char", ngram_range=(1, 2), sublinear_tf=True).fit_transform(texts)
    except ValueError:
        return np.zeros((len(texts), 1), dtype=np.float32)
    width = min(64, min(counts.shape) - 1)
    if width < 1:
        return np.zeros((len(texts), 1), dtype=np.float32)
    vectors = TruncatedSVD(width, random_state=0).fit_transform(counts)
    return (vectors / (np.linalg.norm(vectors, axis=1, keepdims=True) + 1e-9)).astype(np.float32)
