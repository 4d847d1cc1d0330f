"""Which labels are the same class, written differently."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

POSITIVE = ("positive", "pos", "正面", "好评", "积极", "正向", "good", "正", "满意", "1", "+1", "p")
NEGATIVE = ("negative", "neg", "负面", "差评", "消极", "负向", "bad", "负", "不满意", "0", "-1", "n")
NEUTRAL = ("neutral", "neu", "中性", "中评", "中立", "一般", "0")

SIDES = {"+": POSITIVE, "-": NEGATIVE, "~": NEUTRAL}
"""Words in the same place are of one manner."""


def spellings(counts: Counter[str]) -> dict[str, list[str]]:
    """The values of each class, one class a group; beyond 500 values nothing is looked for."""
    groups: dict[str, list[str]] = defaultdict(list)
    meaning = _meanings(list(counts)) if len(counts) <= 500 else {}
    for value in counts:
        groups[meaning.get(value, _plain(value)) if len(counts) <= 500 else value].append(value)
    return groups


def leading(groups: Mapping[str, Sequence[str]], counts: Counter[str]) -> dict[str, str]:
    """The spelling that stands for each class: its most frequent one, of one manner in all of them where there is one
    ("positive" and "negative", not "POS" and "负面")."""
    manners = {
        side: {
            place: said for place, word in enumerate(words) if (said := [v for v in groups[side] if _plain(v) == word])
        }
        for side, words in SIDES.items()
        if side in groups
    }
    shared = set.intersection(*map(set, manners.values())) if manners else set()
    best = max(shared, key=lambda place: sum(counts[v] for one in manners.values() for v in one[place]), default=None)
    return {
        group: max(values if best is None or group not in manners else manners[group][best], key=lambda v: counts[v])
        for group, values in groups.items()
    }


def variants(counts: Counter[str]) -> list[list[str]]:
    """The values grouped by what they are without case, width, spacing and punctuation at their ends."""
    groups: dict[str, list[str]] = defaultdict(list)
    for value in counts:
        groups[_plain(value) or value].append(value)
    return list(groups.values())


def _meanings(values: Sequence[str]) -> dict[str, str]:
    """Values that mean positive, negative or neutral; digits only beside words, and only on a scale that is clear."""
    plain = {value: _plain(value) for value in values}
    digits = {p for p in plain.values() if re.fullmatch(r"[+-]?\d+", p)}
    words = {p for p in plain.values() if p not in digits}
    has_sides = any(p in POSITIVE for p in words) and any(p in NEGATIVE for p in words)
    zero_is_neutral = "-1" in digits
    found = {}
    for value, p in plain.items():
        if p in digits and not (has_sides and digits <= {"0", "1", "+1", "-1"}):
            continue
        if p in POSITIVE:
            found[value] = "+"
        elif (p == "0" and zero_is_neutral) or (p in NEUTRAL and p != "0"):
            found[value] = "~"
        elif p in NEGATIVE:
            found[value] = "-"
    return found


def _plain(value: str) -> str:
    """A label without differences of case, width, spacing and punctuation at its ends."""
    return " ".join(unicodedata.normalize("NFKC", value).casefold().replace("_", " ").split()).strip(
        " .。!！,，;；\"'“”"
    )
