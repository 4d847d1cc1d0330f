"""The project's own sample support log, in English and in Chinese, the same on every run.

A made-up web shop's questions over half a year with the answers of its people. Planted in it: slang and typing errors,
repeated and nearly repeated questions, asides that speak of something else, personal data, questions that the shop cannot answer, an old answer that
contradicts today's, empty lines and a message that is far too long.
"""

from __future__ import annotations

import csv
import io
import random
import re
from datetime import datetime, timedelta
from types import ModuleType

from core.data import support_en, support_zh

SEED = 20250901
ROWS = 1500
OUT_OF_SCOPE_SHARE, CONTEXT_SHARE, VAGUE_SHARE, WRONG_INTENTS = 0.06, 0.3, 0.09, 0.015
"""Shares of questions that are none of the shop's business, begin with an aside, do not say what they want, and that
somebody in a hurry filed under another intent."""
HEADERS = (
    ("conversation_id", "会话编号"), ("time", "时间"), ("channel", "渠道"), ("question", "问题"), ("answer", "回答"), ("intent", "意图"),
)  # fmt: skip
CHANNELS = (("chat", "在线客服"), ("e-mail", "邮件"), ("app", "App"))


def support_log(rows: int = ROWS) -> str:
    """The English sample as CSV text."""
    return _csv(rows, support_en, random.Random(SEED), 0)


def support_log_zh(rows: int = ROWS) -> str:
    """The Chinese sample as CSV text."""
    return _csv(rows, support_zh, random.Random(SEED + 1), 1)


def _csv(rows: int, words: ModuleType, rng: random.Random, language: int) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([names[language] for names in HEADERS])
    writer.writerows(_rows(rows, words, rng, language))
    return out.getvalue()


def _rows(count: int, words: ModuleType, rng: random.Random, language: int) -> list[list[str]]:
    rows: list[list[str]] = []
    moment = datetime(2025, 1, 2, 8, 0)
    names = list(words.INTENTS)
    often = [1 / (place + 3) for place in range(len(names))]
    for number in range(count):
        moment += timedelta(minutes=rng.expovariate(1 / 170))
        if rng.random() < OUT_OF_SCOPE_SHARE:
            intent, frames, answer = "oos", words.OUT_OF_SCOPE, words.NO_ANSWER
        else:
            intent = rng.choices(names, often)[0]
            frames, answers = words.INTENTS[intent]
            answer = rng.choice(answers)
            frames = words.VAGUE if rng.random() < VAGUE_SHARE else frames
        question = _asked(rng.choice(frames.strip().split("\n")), words, rng, language)
        channel = rng.choice(CHANNELS)[language]
        talk = f"C{50_001 + number}"
        intent = rng.choice(names) if intent != "oos" and rng.random() < WRONG_INTENTS else intent
        rows.append([talk, moment.isoformat(" ", "minutes"), channel, question, answer, intent])
    _spoil(rows, words, rng, names[5])
    return rows


def _spoil(rows: list[list[str]], words: ModuleType, rng: random.Random, returning: str) -> None:
    """As in every export: repeated rows, empty lines, an answer from before the rules changed, a pasted wall of text."""
    for target, source in zip(rng.sample(range(len(rows)), 40), rng.sample(range(len(rows)), 40), strict=True):
        rows[target][3:] = rows[source][3:]
    for row in rng.sample([row for row in rows[: len(rows) // 4] if row[5] == returning], 4):
        row[4] = words.CONFLICT
    for row in rng.sample(rows, 6):
        row[3] = ""
    rows[rng.randrange(len(rows))][3] += " ..." * 2500


def _asked(frame: str, words: ModuleType, rng: random.Random, language: int) -> str:
    said = re.sub(r"\[([^]]+)\]", lambda choice: rng.choice(choice[1].split("|")), frame).format(
        item=rng.choice(words.ITEMS), days=rng.choice(words.DAYS), size=rng.choice(words.SIZES),
        order=f"#{rng.randrange(100_000, 999_999)}",
    )  # fmt: skip
    if rng.random() < CONTEXT_SHARE:
        said = rng.choice(words.CONTEXTS) + said
    said += ("" if rng.random() < 0.45 else "？" if language else "?") if not said.endswith(("?", "？")) else ""
    if rng.random() < 0.22:
        said = rng.choice(words.OPENERS) + said
    if rng.random() < 0.2:
        said += rng.choice(words.CLOSERS)
    if rng.random() < 0.05:
        n = rng.randrange(10**5)
        extra = rng.choice(words.PERSONAL).format(
            name=rng.choice(words.NAMES), n2=n % 100, n3=f"{n % 1000:03d}", n5=f"{n:05d}"
        )
        said += ("。" if language else ".") * (said[-1].isalnum()) + extra
    return _typed(said, words, rng, language)


def _typed(text: str, words: ModuleType, rng: random.Random, language: int) -> str:
    """With the slips of people who type on a phone."""
    if rng.random() < 0.3:
        for proper, slang in rng.sample(words.SLANG, 5):
            text = text.replace(proper, slang, 1) if language else re.sub(rf"\b{proper}\b", slang, text, count=1)
    if language or rng.random() < 0.6:
        return text
    if rng.random() < 0.5:
        return text[0].upper() + text[1:]
    place = rng.randrange(2, max(len(text) - 3, 3))
    swapped = text[place : place + 2][::-1]
    return text[:place] + swapped + text[place + 2 :] if swapped.isalpha() else text.lower()
