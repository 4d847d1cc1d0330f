"""Follow-up questions: which point back to the one before, and how the two are read together."""

from __future__ import annotations

import re

SHORT_WORDS, SHORT_CHARACTERS = 8, 14
EARLIER = 300
"""Characters of the earlier question that are read again."""
REFERS = re.compile(
    r"^(?:and|but|or|so|then|what about|how about)\b|\b(?:it|its|that|this|those|these|them|one)\b"
    r"|^(?:那|还有|然后)|[它这那](?:个|些|样)?|呢[？?]?$"
)
MAY_REFER = re.compile(r"^(?:what if|why|when|ok)\b|^(?:如果|要是|为什么|所以)")


def points_back(text: str) -> bool:
    """Whether a question is short and may speak of something said before ("when will that be?", "why?")."""
    return refers(text) or (_is_short(text) and MAY_REFER.search(text.casefold()) is not None)


def refers(text: str) -> bool:
    """Whether it is short and surely does ("and how long does that take?"): alone it can be taken for another question."""
    return _is_short(text) and REFERS.search(text.casefold()) is not None


def _is_short(text: str) -> bool:
    return len(text) <= SHORT_CHARACTERS if not text.isascii() else len(text.split()) <= SHORT_WORDS


def joined(before: str, question: str) -> str:
    return f"{before[:EARLIER]} {question}"
