"""Follow-up questions: which point back to the one before, and how the two are read together."""

from __future__ import annotations

import re

SHORT_WORDS, SHORT_CHARACTERS = 8, 14
EARLIER = 300
"""Characters of the earlier question that are read again."""
POINTS_BACK = re.compile(
    r"^(?:and|but|or|so|then|what about|how about|what if|why|when|ok)\b|\b(?:it|its|that|this|those|these|them|one)\b"
    r"|^(?:那|还有|然后|如果|要是|为什么|所以)|[它这那](?:个|些|样)?|呢[？?]?$"
)


def points_back(text: str) -> bool:
    """Whether a question is short and speaks of something said before ("and how long does it take?")."""
    short = len(text) <= SHORT_CHARACTERS if not text.isascii() else len(text.split()) <= SHORT_WORDS
    return short and POINTS_BACK.search(text.casefold()) is not None


def joined(before: str, question: str) -> str:
    return f"{before[:EARLIER]} {question}"
