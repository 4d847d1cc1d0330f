"""Whether a reworded answer still says what the stored one says: nothing lost, nothing new. Strict, since an invented
answer costs a customer: at any doubt the stored answer is given.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

CLOSE = 0.85
"""Least cosine between the two answers' embeddings."""
SHORTEST, LONGEST = 0.6, 1.4
"""Bounds of the reworded length, as shares of the stored one."""
MOST_NEW, LEAST_KEPT = 0.2, 0.6
"""Most of its content words that may be new, and least of the stored ones that must be kept."""
CHAT_MARK = "<|"
"""Begins the marks by which chat models tell who speaks."""
CHINESE = re.compile(r"[\u4e00-\u9fff]")
_SLOT = re.compile(r"\{\{.*?\}\}|\[[^\[\]]{1,40}\]|<[^<>]{1,40}>")
_LINK = re.compile(r"(?:https?://|www\.)\S+|\S+@\S+|\b[\w-]+\.(?:com|net|org|cn|io|de|uk|co)\b\S*", re.IGNORECASE)
_MONEY = re.compile(r"[$€£¥￥%‰]|\b(?:usd|eur|gbp|cny|rmb|dollars?|euros?|pounds?|yuan|percent)\b|[元块角分折]", re.I)
_NUMBER = re.compile(
    r"(?:\d[\d.,:/\-]*\d|\d)|\b(?:zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen"
    r"|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand"
    r"|million|once|twice|half|double|first|second|third|last|next|dozen|few|several)\b|[零〇一二两三四五六七八九十百千万半几]+",
    re.IGNORECASE,
)
_AFTER = re.compile(r"[\s\-]*(?:(?:working|business|calendar|full)\s+)?([A-Za-z]+|[\u4e00-\u9fff]{1,2})")
_DAYS = re.compile(
    r"\b(?:mon|tues|wednes|thurs|fri|satur|sun)days?\b|\b(?:january|february|march|april|may \d|june|july|august|september"
    r"|october|november|december)\b|\b(?:today|tomorrow|yesterday|hour|day|week|month|year|minute|night|weekend)s?\b"
    r"|周[一二三四五六日末]|星期[一二三四五六日]|[今明昨]天|工作日|小时|分钟|个月",
    re.IGNORECASE,
)
_BINDING = re.compile(
    r"\b(?:not|no|never|nor|none|nothing|cannot|without|unless|except|only|always|until|before|after|within|least|most"
    r"|must|may|might|should|free|refund\w*|guarante\w*|promis\w*|compensat\w*|discount\w*|sorry|apolog\w*|liab\w*|legal\w*|if"
    r"|every|all|any|both|either)\b|n['’]t\b|[不没无未勿莫别否]|只|仅|必须|可能|应当|如果|除非|之[前后]|以[内上下]|免费|退款|赔偿|保证|承诺|折扣|抱歉",
    re.IGNORECASE,
)
_NAME = re.compile(r"(?<![.!?:]\s)(?<!^)(?<![\w{])(?:[A-Z][\w'’]+|[A-Za-z]*\d+[A-Za-z][\w]*|[A-Z]{2,}\w*)")
_QUOTED = re.compile(r"[“\"「『《](.+?)[”\"」』》]")
_WORD = re.compile(r"[a-z0-9]+(?:['’][a-z]+)?|[\u4e00-\u9fff]", re.IGNORECASE)
_PLAIN = frozenset(
    [
        "a",
        "an",
        "the",
        "and",
        "or",
        "but",
        "so",
        "to",
        "of",
        "in",
        "on",
        "at",
        "by",
        "for",
        "from",
        "with",
        "as",
        "is",
        "are",
        "was",
        "were",
        "be",
        "been",
        "being",
        "it",
        "its",
        "this",
        "that",
        "these",
        "those",
        "you",
        "your",
        "yours",
        "we",
        "us",
        "our",
        "i",
        "me",
        "my",
        "they",
        "them",
        "their",
        "he",
        "she",
        "his",
        "her",
        "will",
        "would",
        "can",
        "could",
        "shall",
        "do",
        "does",
        "did",
        "have",
        "has",
        "had",
        "please",
        "here",
        "there",
        "then",
        "also",
        "just",
        "too",
        "very",
        "when",
        "which",
        "who",
        "what",
        "where",
        "how",
        "simply",
        "may",
        "into",
        "about",
        "than",
        "such",
        "up",
        "out",
        "over",
        "的",
        "了",
        "在",
        "是",
        "和",
        "与",
        "及",
        "您",
        "你",
        "我",
        "们",
        "请",
        "就",
        "会",
        "将",
        "也",
        "都",
        "并",
        "把",
        "被",
        "给",
        "到",
        "对",
        "以",
        "可",
        "后",
        "即",
        "吧",
        "呢",
        "啊",
        "地",
        "得",
        "这",
        "那",
        "个",
    ]
)

_JOINS = _PLAIN | {
    "under",
    "before",
    "after",
    "until",
    "if",
    "not",
    "or",
    "within",
    "without",
    "because",
    "while",
    "once",
}


def doubts(stored: str, written: str, closeness: float | None) -> list[str]:
    """What speaks against giving `written` for `stored`, in words of this list; empty where nothing does.

    "empty", "length", "marks" (placeholders, links, addresses), "figures" (numbers with what they count, amounts, dates),
    "conditions" (negations, conditions, what is promised), "names", "words" (too many new or lost), "meaning" (`closeness`,
    the cosine of their embeddings, is low or not known), "form" (lines, or marks of a chat).
    """
    if not written.strip():
        return ["empty"]
    found = []
    if not SHORTEST * len(stored) - 8 <= len(written) <= LONGEST * len(stored) + 8:
        found.append("length")
    plain, other = (_without_marks(text) for text in (stored, written))
    tests = {
        "marks": (_marks(stored), _marks(written)),
        "figures": (_figures(plain), _figures(other)),
        "conditions": (_all(_BINDING, plain), _all(_BINDING, other)),
    }
    found += [name for name, (one, two) in tests.items() if one != two]
    if not _same_names(plain, other):
        found.append("names")
    if not _same_words(plain, other):
        found.append("words")
    if closeness is None or not closeness >= CLOSE:
        found.append("meaning")
    if (
        CHAT_MARK in written
        or (bool(CHINESE.search(written)) != bool(CHINESE.search(stored)))
        or _lines(written, stored)
    ):
        found.append("form")
    return found


def _lines(written: str, stored: str) -> bool:
    return written.count("\n") > stored.count("\n") or any(mark in written and mark not in stored for mark in "*#`|")


def _marks(text: str) -> Counter[str]:
    return _all(_SLOT, text, fold=False) + _all(_LINK, text, fold=False)


def _without_marks(text: str) -> str:
    return _LINK.sub(" ", _SLOT.sub(" ", text))


def _all(pattern: re.Pattern[str], text: str, fold: bool = True) -> Counter[str]:
    return Counter(one.casefold() if fold else one.rstrip(".,;!?。，；！？") for one in pattern.findall(text))


def _figures(text: str) -> tuple[Counter[str], Counter[str], Counter[str]]:
    """Each number with the word after it (what it counts), signs of money, and days and spans of time."""
    numbers: Counter[str] = Counter()
    for match in _NUMBER.finditer(text):
        unit = _AFTER.match(text, match.end())
        counted = unit.group(1).casefold().rstrip("s") if unit else ""
        numbers[f"{match.group().casefold().rstrip('.,:')} {'' if counted in _PLAIN else counted}"] += 1
    return numbers, _all(_MONEY, text), _all(_DAYS, text)


def _same_names(stored: str, written: str) -> bool:
    """Every name, code and quoted word of the one stands in the other."""
    one, two = stored.casefold(), written.casefold()
    return all(name.casefold() in two for name in _names(stored)) and all(
        name.casefold() in one for name in _names(written)
    )


def _names(text: str) -> Iterable[str]:
    """Names and codes, each with a content word right after it ("My orders" is a name too), and what is quoted."""
    for match in _NAME.finditer(text):
        after = re.match(r" ([a-z]+)\b", text[match.end() :])
        yield match.group() + (after.group() if after and after.group(1) not in _JOINS else "")
    yield from _QUOTED.findall(text)


def _same_words(stored: str, written: str) -> bool:
    known, said = _stems(stored), _stems(written)
    if not known:
        return not said
    new, kept = said - known, known & said
    return len(new) <= MOST_NEW * len(said) and len(kept) >= LEAST_KEPT * len(known)


def _stems(text: str) -> set[str]:
    """Content words without their commonest endings; single characters of Chinese."""
    words = (word for word in (one.casefold().replace("’", "'") for one in _WORD.findall(text)) if word not in _PLAIN)
    return {re.sub(r"(?<=\w{3})(?:ing|ed|es|s|'s)$", "", word) for word in words}
