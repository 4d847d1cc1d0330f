"""The project's own sample data: reviews of a made-up shop, in English and in Chinese, the same on every run.

`python -m core.data.samples` writes them to assets/samples. They are put together from the phrases of
`phrases_en` and `phrases_zh`: many rare ways to praise, to blame and to shrug, negations, small niggles in good
reviews and small concessions in bad ones, some sarcasm, typing errors, slang, emoji, 1% wrong labels, repeated and
missing texts, and one column (refund_reason) that gives the label away.
"""

from __future__ import annotations

import csv
import io
import random
import re
from collections.abc import Sequence
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from types import ModuleType

from core.config import ROOT
from core.data import phrases_en, phrases_zh
from core.data.loans import loans, loans_zh
from core.data.shop import orders, orders_zh
from core.data.support import support_log, support_log_zh

FOLDER = ROOT / "assets" / "samples"
SEED = 20240613
SHARES = {"positive": 0.5, "neutral": 0.16, "negative": 0.34}
WRONG_LABELS = 0.01
TURNED, DEEDS, FRAMED = 0.02, 0.08, 0.84
"""Shares of clauses that turn the meaning of their words round, tell what a part did, and put a telling word into a
plain frame; the others are ready phrases."""
FACTS, MIXED = 0.08, 0.05
"""Shares of reviews that tell a fact of no weight, and that see both sides."""
EMOJI = re.compile("[\U0001f300-\U0001faff\u2640-\u27bf\ufe0f]")
THING = re.compile("(an?|as|not|up|within|what|like|three|no|nothing|ok|pure|neither) ")
PART_FRAME = re.compile(r"\{part\}|\{word\} \{item\}")
LABELS_ZH = {"positive": "好评", "neutral": "中评", "negative": "差评"}
HEADERS_EN = ("review_id", "date", "product", "channel", "order_value", "review", "sentiment", "refund_reason")
HEADERS_ZH = ("评价编号", "日期", "商品", "渠道", "订单金额", "评论", "情感", "退款原因")


def shop_reviews(rows: int = 2400) -> str:
    """The English sample as CSV text."""
    return _csv(HEADERS_EN, _rows(rows, phrases_en, random.Random(SEED), chinese=False))


def shop_reviews_zh(rows: int = 2000) -> str:
    """The Chinese sample as CSV text."""
    return _csv(HEADERS_ZH, _rows(rows, phrases_zh, random.Random(SEED + 1), chinese=True))


FILES = {
    "shop_reviews.csv": shop_reviews,
    "shop_reviews_zh.csv": shop_reviews_zh,
    "loans.csv": loans,
    "loans_zh.csv": loans_zh,
    "orders.csv": orders,
    "orders_zh.csv": orders_zh,
    "support_log.csv": support_log,
    "support_log_zh.csv": support_log_zh,
}


def main(folder: Path = FOLDER) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in FILES.items():
        (folder / name).write_bytes(text().encode("utf-8"))


def _csv(headers: Sequence[str], rows: list[list[str]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(headers)
    writer.writerows(rows)
    return out.getvalue()


def _rows(count: int, words: ModuleType, rng: random.Random, chinese: bool) -> list[list[str]]:
    rows: list[list[str]] = []
    written: set[str] = set()
    day = date(2024, 1, 2)
    for number in range(count):
        day += timedelta(days=rng.random() < 0.22)
        kind = rng.choices(list(SHARES), list(SHARES.values()))[0]
        product = rng.choice(list(words.PRODUCTS))
        text = _review(kind, product, words, rng, chinese)
        while text in written:
            text = _review(kind, product, words, rng, chinese)
        written.add(text)
        refund = rng.choice(words.REFUND_REASONS[:-1]) if kind == "negative" and rng.random() < 0.62 else ""
        label = kind if refund else _label(kind, rng)
        said = LABELS_ZH[label] if chinese else label
        price = f"{rng.choice((19, 24, 29, 35, 39, 49, 59, 79, 99, 129)) * (4 if chinese else 1) - 0.1:.2f}"
        key = f"{'P' if chinese else 'R'}{10_001 + number}"
        rows.append([key, day.isoformat(), product, rng.choice(words.CHANNELS), price, text, said, refund])
    _spoil(rows, rng)
    return rows


def _label(kind: str, rng: random.Random) -> str:
    """The label as somebody in a hurry gave it: 1% are wrong, mostly by one step."""
    if rng.random() >= WRONG_LABELS:
        return kind
    if kind == "neutral":
        return rng.choice(("positive", "negative"))
    return "neutral" if rng.random() < 0.7 else ("negative" if kind == "positive" else "positive")


def _spoil(rows: list[list[str]], rng: random.Random) -> None:
    """A few texts are missing, and a few are there twice, as in every export."""
    for row in rng.sample(rows, 9):
        row[5] = ""
    for target, source in zip(rng.sample(range(len(rows)), 14), rng.sample(range(len(rows)), 14), strict=True):
        rows[target][5:] = rows[source][5:]


def _review(kind: str, product: str, words: ModuleType, rng: random.Random, chinese: bool) -> str:
    """One review: perhaps an opening, what is said, perhaps a closing; then how people type."""
    parts = [_one(words.OPENERS, rng)] if rng.random() < 0.18 else []
    parts += _body(kind, words.PRODUCTS[product][0], words, rng)
    if rng.random() < 0.08:
        parts.append(_one(words.CLOSERS[kind], rng))
    filled = [_fill(part, product, words, rng) for part in parts]
    text = _joined_zh(filled, rng) if chinese else _joined_en(filled, rng)
    return _typed(text, words, rng, chinese)


def _body(kind: str, group: str, words: ModuleType, rng: random.Random) -> list[str]:
    """The clauses of one review; a mixed one weighs a small thing on the other side, and then comes down."""
    said = [_clause(kind, group, words, rng) for _ in range(rng.choice((1, 1, 1, 1, 1, 1, 2)))]
    if rng.random() < FACTS:
        said.insert(rng.randrange(len(said) + 1), _one(words.FACTS, rng))
    if rng.random() >= MIXED:
        return list(dict.fromkeys(said))
    niggle, concession = _one(words.NIGGLES, rng), _one(words.CONCESSIONS, rng)
    but, verdict = rng.choice(words.BUT), _one(words.FOR_ALL_THAT[kind], rng)
    if kind == "neutral":
        first, second = rng.sample((niggle, concession), 2)
        return [first + but + second, verdict]
    first = niggle if kind == "positive" else concession
    return [first + but + _clause(kind, group, words, rng), *([verdict] if rng.random() < 0.3 else [])]


def _clause(kind: str, group: str, words: ModuleType, rng: random.Random) -> str:
    """A word of the class in a frame that says nothing by itself, its opposite turned round, or a phrase."""
    own, of_group, tone, tone_of, turned = {
        "positive": (words.POSITIVE, words.POSITIVE_OF, words.GOOD, words.GOOD_OF, (words.TURNED_GOOD, words.BAD)),
        "neutral": (words.NEUTRAL, words.NEUTRAL_OF, words.MIDDLING, {}, None),
        "negative": (words.NEGATIVE, words.NEGATIVE_OF, words.BAD, words.BAD_OF, (words.TURNED_BAD, words.GOOD)),
    }[kind]
    fate = rng.random()
    if turned and fate < TURNED:
        return _one(turned[0], rng).replace("{word}", _one(turned[1], rng))
    if fate < TURNED + DEEDS:
        return _one(words.DEED_FRAMES, rng).replace("{deed}", _one(words.DEEDS[kind], rng))
    if fate < TURNED + DEEDS + FRAMED:
        telling = _listed(tone) + _listed(tone_of[group]) if tone_of else _listed(tone)
        word = rng.choice(telling)
        frames = [frame for frame in _listed(words.FRAMES) if not (THING.match(word) and PART_FRAME.search(frame))]
        return rng.choice(frames).replace("{word}", word)
    return _one(own if rng.random() < 0.75 else of_group[group], rng)


@cache
def _listed(phrases: str) -> tuple[str, ...]:
    return tuple(re.split(r" / |\n", phrases.strip()))


def _one(phrases: str, rng: random.Random) -> str:
    return rng.choice(_listed(phrases))


def _fill(phrase: str, product: str, words: ModuleType, rng: random.Random) -> str:
    said = re.sub(r"\[([^]]+)\]", lambda choice: rng.choice(choice[1].split("|")), phrase)
    return said.format(
        item=words.PRODUCTS[product][1], part=rng.choice(words.PARTS[product]),
        time=rng.choice(words.TIMES), who=rng.choice(words.WHO),
    )  # fmt: skip


def _joined_en(parts: list[str], rng: random.Random) -> str:
    said = ""
    for part in parts:
        end = rng.choices((". ", ", ", "! ", " - "), (0.68, 0.16, 0.12, 0.04))[0]
        said += (part[0].upper() + part[1:] if not said or said.endswith((". ", "! ")) else part) + end
    said = re.sub(r"\?[.!,]", "?", said).rstrip(" ,-")
    if EMOJI.search(said[-3:]):
        return said.rstrip(".!")
    return said if said.endswith((".", "!", "?")) or rng.random() < 0.4 else said + "."


def _joined_zh(parts: list[str], rng: random.Random) -> str:
    said = "".join(part + rng.choices(("，", "。", "！", " "), (0.55, 0.3, 0.1, 0.05))[0] for part in parts)
    said = said.rstrip("，。！ ")
    return said if EMOJI.search(said[-2:]) else said + rng.choice(("。", "", "！", "～", "。"))


def _typed(text: str, words: ModuleType, rng: random.Random, chinese: bool) -> str:
    """With the slips of people who type on a phone."""
    if rng.random() < 0.1:
        for proper, slang in rng.sample(words.SLANG, 3):
            text = text.replace(proper, slang, 1)
    if chinese:
        return text.replace("，", " ") if rng.random() < 0.05 else text
    fate = rng.random()
    if fate < 0.12:
        text = text.lower()
    elif fate < 0.135:
        text = text.upper()
    if rng.random() < 0.07 and len(text) > 20:
        place = rng.randrange(3, len(text) - 3)
        swapped = text[place + 1] + text[place]
        if swapped.isalpha():
            text = (
                text[:place]
                + rng.choice((swapped, text[place + 1], text[place : place + 2] + text[place + 1]))
                + text[place + 2 :]
            )
    return text


if __name__ == "__main__":
    main()
