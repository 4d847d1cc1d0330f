"""Which words moved an answer: each is left out in turn and the model is asked again (occlusion; Li et al. 2016,
"Understanding Neural Networks through Representation Erasure")."""

from __future__ import annotations

import re
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from core.learning.segment import Span, word_spans

MAX_UNITS = 40
REFINED = 3
LEAST_SAMPLED = 90
LEAST_SAMPLED_OF_A_CLASS = 12
_EMOJI = "\U0001f000-\U0001faff\u2600-\u27bf"
_SPACED_UNIT = re.compile(f"[{_EMOJI}]+|[^\\s{_EMOJI}]+")
_EDGES = re.compile(f"^[^\\w!?#@{_EMOJI}]+|[^\\w!?{_EMOJI}]+$")
_MARKS = re.compile(f"^[^\\w#@{_EMOJI}]+|[^\\w{_EMOJI}]+$")

LogProbabilities = Callable[[Sequence[str]], np.ndarray]


def units_of(text: str, chinese: bool) -> list[Span]:
    """Start and end of each word."""
    return word_spans(text) if chinese else [match.span() for match in _SPACED_UNIT.finditer(text)]


def explain(text: str, label: int, predict: LogProbabilities, chinese: bool) -> list[tuple[str, float]]:
    """The words of a text with how much each raised the log odds of class `label`, in the order of the text.

    A long text is looked at in phrases, and the phrases that matter most word by word.
    """
    units = units_of(text, chinese)
    if not units:
        return []
    phrases = _grouped(units, MAX_UNITS)
    weights = _effects(text, phrases, label, predict)
    if len(phrases) < len(units):
        phrases, weights = _refined(text, units, phrases, weights, label, predict)
    return [(_shown(text[start:end]), float(weight)) for (start, end), weight in zip(phrases, weights, strict=True)]


def _shown(word: str) -> str:
    """The word without the commas and dots around it."""
    return _EDGES.sub("", word) or word


def _grouped(units: list[Span], most: int) -> list[Span]:
    size = -(-len(units) // most)
    return [(units[i][0], units[min(i + size, len(units)) - 1][1]) for i in range(0, len(units), size)]


def _refined(
    text: str, units: list[Span], phrases: list[Span], weights: np.ndarray, label: int, predict: LogProbabilities
) -> tuple[list[Span], np.ndarray]:
    leading = set(np.argsort(-np.abs(weights), kind="stable")[:REFINED].tolist())
    inside = [[unit for unit in units if start <= unit[0] < end] for start, end in phrases]
    asked = [unit for n in sorted(leading) for unit in inside[n]]
    found = dict(zip(asked, _effects(text, asked, label, predict), strict=True))
    spans: list[Span] = []
    values: list[float] = []
    for n, phrase in enumerate(phrases):
        for span in inside[n] if n in leading else [phrase]:
            spans.append(span)
            values.append(found[span] if n in leading else float(weights[n]))
    return spans, np.array(values)


def _effects(text: str, spans: Sequence[Span], label: int, predict: LogProbabilities) -> np.ndarray:
    without = [f"{text[:start]} {text[end:]}".strip() for start, end in spans]
    odds = log_odds(predict([text, *without]), label)
    return odds[0] - odds[1:]


def log_odds(log_probabilities: np.ndarray, label: int) -> np.ndarray:
    """Log odds of one class against all others, [rows]."""
    share = np.clip(np.exp(log_probabilities[:, label].astype(np.float64)), 1e-7, 1 - 1e-7)
    return np.log(share) - np.log1p(-share)


def balanced(answered: Mapping[str, int], seed: int) -> list[str]:
    """Some of the texts, at random: the class that each was given comes in turn, so that any first part is balanced too."""
    order = [list(answered)[place] for place in np.random.default_rng(seed).permutation(len(answered))]
    seen: Counter[int] = Counter()
    turns = {}
    for text in order:
        seen[answered[text]] += 1
        turns[text] = seen[answered[text]]
    return sorted(order, key=turns.__getitem__)[: max(LEAST_SAMPLED, LEAST_SAMPLED_OF_A_CLASS * len(seen))]


def class_words(
    explanations: Sequence[tuple[int, list[tuple[str, float]]]], classes: int, top: int
) -> list[list[tuple[str, float]]]:
    """For each class the words that raised it most over explained texts, whatever marks stand around them, with their mean
    effect, weighed down for rare words."""
    effects: list[dict[str, list[float]]] = [defaultdict(list) for _ in range(classes)]
    for label, words in explanations:
        for word, weight in words:
            plain = (_MARKS.sub("", word) or word).lower()
            if (
                len(plain) <= 30
                and not plain.startswith(("http", "www."))
                and any(character.isalnum() or ord(character) > 0x2000 for character in plain)
            ):
                effects[label][plain].append(weight)
    return [_leading(found, top) for found in effects]


def _leading(effects: dict[str, list[float]], top: int) -> list[tuple[str, float]]:
    scores = {word: sum(values) / (len(values) + 2) for word, values in effects.items()}
    ranked = sorted(scores, key=lambda word: (-scores[word], word))
    return [(word, round(float(scores[word]), 4)) for word in ranked[:top] if scores[word] > 0]


def within(seconds: float) -> Callable[[], bool]:
    """A function that says whether the time since this call is still below the limit."""
    end = time.monotonic() + seconds
    return lambda: time.monotonic() < end
