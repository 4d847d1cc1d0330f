"""Columns that say who somebody is or how to reach them, told by their cells or, for names and addresses, by their name."""

from __future__ import annotations

import re
from collections.abc import Sequence

from core.data.masking import KINDS

MOSTLY = 0.9
_NAMED = {
    "name": re.compile(
        r"^(full|first|last|middle|family|given|customer|client|contact|sur)?[\s_-]?name$|姓名|^名字$|联系人|客户名",
        re.IGNORECASE,
    ),
    "address": re.compile(
        r"^(street|home|postal|mailing|shipping|billing)?[\s_-]?address([\s_-]?\d)?$|^地址$|住址|收货地址|详细地址",
        re.IGNORECASE,
    ),
}


def personal_kind(name: str, sample: Sequence[str]) -> str | None:
    """What nearly every one of these cells is: a key of masking.KINDS, "name" or "address"; None for nothing personal."""
    if not sample:
        return None
    for kind in KINDS:
        if sum(bool(re.fullmatch(kind.pattern, cell)) for cell in sample) >= MOSTLY * len(sample):
            return kind.key
    wordy = sum(not re.search(r"\d{5,}|@", cell) and not cell.replace(".", "").isdigit() for cell in sample)
    named = next((kind for kind, pattern in _NAMED.items() if pattern.search(name)), None)
    return named if wordy >= MOSTLY * len(sample) else None


def personal_inside(texts: Sequence[str]) -> tuple[str, ...]:
    """What at least one in two hundred of these longer texts holds somewhere, and at least two of them."""
    found = {kind.key: sum(bool(re.search(kind.pattern, text)) for text in texts) for kind in KINDS}
    return tuple(key for key, holding in found.items() if holding >= max(2, 0.005 * len(texts)))
