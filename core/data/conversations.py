"""Past conversations as questions with answers: tables of pairs, and chat logs folded into pairs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from core.data import personal
from core.data.following import joined, points_back
from core.data.splitting import seconds
from core.data.table import Table

CUSTOMER, COMPANY = "customer", "company"
SAID_BY = {
    CUSTOMER: (
        "customer", "user", "client", "visitor", "buyer", "guest", "caller", "consumer", "inbound", "human", "member",
        "客户", "用户", "顾客", "买家", "访客", "会员", "消费者",
    ),
    COMPANY: (
        "agent", "support", "staff", "assistant", "operator", "rep", "representative", "seller", "company", "admin",
        "outbound", "bot", "system", "service", "csr", "helpdesk", "客服", "坐席", "店家", "商家", "卖家", "机器人", "人工", "店员", "小二",
    ),
}  # fmt: skip
OUT_OF_SCOPE = (
    "oos", "out of scope", "out_of_scope", "out-of-scope", "outofscope", "ood", "out of domain", "out_of_domain",
    "irrelevant", "off topic", "off_topic", "off-topic", "超出范围", "范围外", "无关", "无关问题", "非业务", "闲聊",
)  # fmt: skip
LONGEST_QUESTION, LONGEST_ANSWER = 2000, 6000


@dataclass(frozen=True)
class Pairs:
    """Questions with what is known of each, in equal length: `answers` and `intents` hold "" where there is none.

    `personal` counts the personal data that was masked, by kind; `shortened` the messages that were cut. `follows` marks
    the follow-ups of a chat log, of which the question is read together with the one before it; empty for no chat log.
    """

    questions: list[str]
    answers: list[str]
    intents: list[str]
    personal: Mapping[str, int] = field(default_factory=dict)
    shortened: int = 0
    follows: list[bool] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.questions)

    @property
    def has_answers(self) -> bool:
        return any(self.answers)

    @property
    def has_intents(self) -> bool:
        return len({intent for intent in self.intents if intent}) > 1

    def take(self, positions: Sequence[int] | np.ndarray) -> Pairs:
        def pick(values: list[str]) -> list[str]:
            return [values[int(place)] for place in positions]

        follows = [self.follows[int(place)] for place in positions] if self.follows else []
        return Pairs(pick(self.questions), pick(self.answers), pick(self.intents), follows=follows)


def is_log(table: Table) -> bool:
    """Whether the rows are single messages of conversations rather than questions with their answers."""
    return table.has("speaker") and table.has("conversation") and not table.has("answer")


def pairs_of(table: Table, sides: Mapping[str, str] | None = None, mask: bool = True) -> Pairs:
    """The pairs of a table of pairs or of a chat log. Rows without a question, or with neither answer nor intent, are
    left out; long messages are cut; personal data is masked unless told otherwise."""
    frame = fold(table, sides) if is_log(table) else _columns(table)
    known = (frame["question"] != "") & ((frame["answer"] != "") | (frame["intent"] != ""))
    frame = frame[known]
    questions, answers = frame["question"].tolist(), frame["answer"].tolist()
    shortened = sum(len(q) > LONGEST_QUESTION for q in questions) + sum(len(a) > LONGEST_ANSWER for a in answers)
    questions = [text[:LONGEST_QUESTION] for text in questions]
    answers = [text[:LONGEST_ANSWER] for text in answers]
    follows = frame["follows"].tolist() if "follows" in frame else []
    if not mask:
        return Pairs(questions, answers, frame["intent"].tolist(), {}, shortened, follows)
    asked = personal.mask(questions)
    said = personal.mask(answers, personal.of_the_company(answers, questions))
    counts = {kind: asked.counts.get(kind, 0) + said.counts.get(kind, 0) for kind in personal.KINDS}
    found = {kind: count for kind, count in counts.items() if count}
    return Pairs(asked.texts, said.texts, frame["intent"].tolist(), found, shortened, follows)


def fold(table: Table, sides: Mapping[str, str] | None = None) -> pd.DataFrame:
    """Columns question, answer, intent and follows of a chat log: what a customer said in one go, what was answered, and
    whether it is a follow-up, which is then read together with what the customer had said before.

    `sides` says which speaker is the customer or the company; a speaker it does not name is judged by `side_of`.
    """
    said, who = table.texts("question"), table.texts("speaker")
    talks = table.texts("conversation")
    intents = table.texts("intent") if table.has("intent") else [""] * len(said)
    side = {**side_of(who, talks, _moments(table)), **(sides or {})}
    pairs: list[list[str]] = []
    before: list[str] = []
    at, turn = "", ""
    for row in _in_order(talks, _moments(table)):
        mine = side.get(who[row], COMPANY)
        if not said[row] or not talks[row]:
            continue
        if mine == CUSTOMER and (talks[row] != at or turn == COMPANY):
            before.append(pairs[-1][0] if pairs and talks[row] == at else "")
            pairs.append([said[row], "", intents[row]])
        elif mine == CUSTOMER:
            pairs[-1][0] += f"\n{said[row]}"
            pairs[-1][2] = pairs[-1][2] or intents[row]
        elif talks[row] == at:
            pairs[-1][1] += f"\n{said[row]}" if pairs[-1][1] else said[row]
        else:
            continue
        at, turn = talks[row], mine
    frame = pd.DataFrame(pairs, columns=["question", "answer", "intent"], dtype=object)
    follows = [bool(text) and points_back(pair[0]) for text, pair in zip(before, pairs, strict=True)]
    read = [
        joined(text, question) if follow else question
        for text, question, follow in zip(before, frame["question"], follows, strict=True)
    ]
    return frame.assign(question=read, follows=follows)


def side_of(who: Sequence[str], talks: Sequence[str], moments: np.ndarray | None = None) -> dict[str, str]:
    """Which side each speaker is on: by well-known words, else whoever opens most conversations is the customer."""
    found = {name: side for name in set(who) if (side := side_by_name(name))}
    rest = sorted(set(who) - set(found) - {""})
    if not rest:
        return found
    order = _in_order(talks, moments)
    opening = pd.Series([who[row] for row in order]).groupby([talks[row] for row in order], sort=False).first()
    openings = opening.value_counts()
    has_customer = CUSTOMER in found.values()
    for name in rest:
        opens = openings.get(name, 0) >= 0.5 * max(int(openings.max()), 1)
        found[name] = CUSTOMER if opens and not has_customer else COMPANY
    return found


def is_out_of_scope(intent: str) -> bool:
    return intent.strip().casefold() in OUT_OF_SCOPE


def side_by_name(name: str) -> str:
    """The side that a speaker's name tells, or ""."""
    words = set(name.casefold().replace("_", " ").replace("-", " ").split())
    for side, known in SAID_BY.items():
        if any(word in words or (not word.isascii() and word in name) for word in known):
            return side
    return ""


def _columns(table: Table) -> pd.DataFrame:
    empty = [""] * len(table)
    return pd.DataFrame(
        {key: table.texts(key) if table.has(key) else empty for key in ("question", "answer", "intent")}, dtype=object
    )


def _moments(table: Table) -> np.ndarray | None:
    return seconds(table.column("time")) if table.has("time") else None


def _in_order(talks: Sequence[str], moments: np.ndarray | None) -> list[int]:
    """Rows by conversation, in the order in which these begin in the file; within one by time, else as they stand."""
    codes = pd.factorize(np.array(talks, dtype=object))[0]
    if moments is None or not np.isfinite(moments).all():
        return np.argsort(codes, kind="stable").tolist()
    return np.lexsort((np.arange(len(codes)), moments, codes)).tolist()
