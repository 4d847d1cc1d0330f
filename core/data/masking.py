"""Personal data inside cells: e-mail addresses, telephone, card and identity numbers, and how to mask them."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from core.words import Text


@dataclass(frozen=True)
class Personal:
    """A kind of personal data: its name, the pattern that finds it (RE2 and `re`), and what stands in its place."""

    key: str
    title: Text
    pattern: str
    mask: str


KINDS: tuple[Personal, ...] = (
    Personal("email", Text("e-mail addresses", "邮箱地址"), r"[A-Za-z0-9._%+\-]+@[A-Za-z0-9\-]+(?:\.[A-Za-z0-9\-]+)+", "[email]"),
    Personal("identity", Text("identity card numbers", "身份证号"), r"\b[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx]\b", "[id]"),
    Personal("card", Text("bank card numbers", "银行卡号"), r"\b(?:\d{4}[ \-]){3}\d{4}\b|\b(?:4\d{15}|5[1-5]\d{14}|62\d{14,17})\b", "[card]"),
    Personal("phone", Text("telephone numbers", "电话号码"), r"\b1[3-9]\d{9}\b|\+\d{1,3}[ \-.]?(?:\(\d{1,4}\)[ \-.]?)?\d{2,4}(?:[ \-.]?\d{2,4}){2,3}\b|\(\d{3}\) ?\d{3}[ \-.]\d{4}\b|\b\d{3}[\-.]\d{3}[\-.]\d{4}\b", "[phone]"),
)  # fmt: skip
BY_KEY = {kind.key: kind for kind in KINDS}


def find_personal(cells: pa.Array, counts: np.ndarray) -> dict[str, int]:
    """kind -> rows that hold it. Different cells of text, each with the number of its rows; empty where none holds any."""
    found = {}
    for kind in KINDS:
        hits = pc.match_substring_regex(cells, kind.pattern).to_numpy(zero_copy_only=False).astype(bool)
        if hits.any():
            found[kind.key] = int(counts[hits].sum())
    return found


def masked(text: str, kinds: list[str]) -> str:
    """The text with every piece of these kinds replaced by its mask."""
    for key in kinds:
        text = re.sub(BY_KEY[key].pattern, BY_KEY[key].mask, text)
    return text
