"""User's texts made readable for an encoder: emoji in words, addresses shortened, anything that is not text emptied."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

_LINK = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_SPACE = re.compile(r"\s+")
_CJK = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_FILLERS = re.compile(r"\b(?:sign|symbol|with|face)\b")
_NOT_TEXT = ("nan", "<NA>", "NaT", "None")
_KEPT_SYMBOLS = range(0x3000, 0xA000)


def clean(text: object) -> str:
    """One line of text: HTML entities resolved, links as "http", each emoji as its Unicode name; "" for no text."""
    if not isinstance(text, str):
        text = str(text)
        if text in _NOT_TEXT:
            return ""
    text = _LINK.sub(" http ", html.unescape(text))
    if not text.isascii():
        text = "".join(_in_words(character) for character in text)
    return _SPACE.sub(" ", text).strip()


def clean_all(texts: Iterable[object]) -> list[str]:
    return [clean(text) for text in texts]


def mostly_chinese(texts: Iterable[str]) -> bool:
    """Whether Chinese characters make up at least a fifth of what is neither space nor digit in the texts."""
    joined = "".join(texts)
    letters = sum(not (character.isspace() or character.isdigit()) for character in joined)
    return letters > 0 and len(_CJK.findall(joined)) >= 0.2 * letters


@lru_cache(maxsize=8192)
def _in_words(character: str) -> str:
    code = ord(character)
    if code in (0xFE0F, 0x200D):
        return ""
    if code < 0x2000 or code in _KEPT_SYMBOLS or unicodedata.category(character) not in ("So", "Sk"):
        return character
    if 0x1F3FB <= code <= 0x1F3FF:
        return ""
    name = unicodedata.name(character, "").lower()
    return f" {_FILLERS.sub(' ', name)} " if name else character
