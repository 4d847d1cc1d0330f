"""Chinese texts cut into words (jieba's dictionary and hidden Markov model, by the jieba-rs library)."""

from __future__ import annotations

from unicodedata import category

Span = tuple[int, int]


def word_spans(text: str) -> list[Span]:
    """Start and end of every word, number and emoji, in the order of the text; of other marks only ！ and ？."""
    import rjieba

    return [(start, end) for word, start, end in rjieba.tokenize(text, "default") if _says_something(word)]


def chinese_words(text: str) -> list[str]:
    """The words of `word_spans`."""
    return [text[start:end] for start, end in word_spans(text)]


def _says_something(word: str) -> bool:
    return any(character.isalnum() or character in "!?！？" or category(character) == "So" for character in word)
