"""Pre-flight checks of past conversations. Each returns problems with what was found and how to go on."""

from __future__ import annotations

from collections import Counter, defaultdict

import numpy as np

from core.data import personal
from core.data.conversations import CUSTOMER, LONGEST_QUESTION, Pairs, is_log, is_out_of_scope, side_of
from core.data.near import near_duplicates
from core.data.table import Table
from core.words import Problem, Text

LEAST_PAIRS, FEW_PAIRS = 40, 300
MOST_INTENTS = 300
LOOKED_AT = 4000
"""Near-duplicates are looked for among this many questions before training; training looks at all."""
FEW_OF_AN_INTENT = 5


def something_to_learn(table: Table, pairs: Pairs) -> list[Problem]:
    """Stops where questions have neither answers nor intents, or are too few."""
    if not (table.has("answer") or table.has("intent") or is_log(table)):
        return [
            Problem(
                "nothing_to_learn",
                Text("There are questions, but no answers and no intents.", "只有问题，没有答案，也没有意图。"),
                Text(
                    "Choose the column with the answers or the one with the intents. For a chat log, choose the conversation and the speaker.",
                    "请选择存放答案或意图的列。如果是聊天记录，请选择会话和发言人两列。",
                ),
                "stop",
            )
        ]
    if len(pairs) < LEAST_PAIRS:
        what = Text(
            "Only {n} questions have an answer or an intent; at least {least} are needed.",
            "只有 {n} 个问题带有答案或意图，至少需要 {least} 个。",
        ).fill(n=len(pairs), least=LEAST_PAIRS)
        return [
            Problem("too_few_pairs", what, Text("Bring more past conversations.", "请补充更多以往的对话。"), "stop")
        ]
    if len(pairs) < FEW_PAIRS:
        what = Text("There are only {n} questions.", "只有 {n} 个问题。").fill(n=len(pairs))
        how = Text(
            "The bot will work, but the figures will be rough. A few hundred more make them firm.",
            "可以训练，但指标会比较粗略；再补充几百个，结果会可靠得多。",
        )
        return [Problem("few_pairs", what, how)]
    return []


def folded(table: Table, pairs: Pairs) -> list[Problem]:
    """Says how a chat log was read (note)."""
    if not is_log(table):
        return []
    who = side_of(table.texts("speaker"), table.texts("conversation"))
    names = [name for name, side in who.items() if side == CUSTOMER and name]
    what = Text(
        "{rows} messages were folded into {n} questions with answers; customers are {names}.",
        "{rows} 条消息整理成 {n} 个问答对；客户一方是 {names}。",
    ).fill(rows=f"{len(table):,}", n=f"{len(pairs):,}", names=", ".join(f"“{name}”" for name in names[:4]) or "–")
    how = Text(
        "If that is not so, say below who is the customer.", "如果不对，请在下方设置中说明哪一方是客户。"
    )  # fmt: skip
    return [Problem("folded_log", what, how, "note")]


def left_out(table: Table, pairs: Pairs) -> list[Problem]:
    """Rows of pairs that nothing can be learned from (note), and messages that were cut (note)."""
    found = []
    missing = len(table) - len(pairs)
    if missing and not is_log(table):
        what = Text(
            "{n} of {rows} rows have no question, or neither answer nor intent.",
            "{rows} 行中有 {n} 行没有问题，或没有答案和意图。",
        ).fill(n=f"{missing:,}", rows=f"{len(table):,}")
        found.append(Problem("empty_rows", what, Text("They are skipped.", "训练时会跳过。"), "note"))
    if pairs.shortened:
        what = Text(
            "Messages that are very long (over {most} characters): {n}.", "有 {n} 条消息特别长（超过 {most} 字）。"
        ).fill(n=pairs.shortened, most=f"{LONGEST_QUESTION:,}")
        found.append(
            Problem("long_messages", what, Text("Only their beginning is read.", "只会读取开头部分。"), "note")
        )
    return found


def personal_data(pairs: Pairs, masked: bool) -> list[Problem]:
    """Personal data, by kind: masked (note), or about to be learned (warn)."""
    counts = pairs.personal if masked else personal.mask([*pairs.questions, *pairs.answers]).counts
    if not counts:
        return []
    said = [(personal.KINDS[kind], count) for kind, count in counts.items()]
    what = Text(
        "Personal data found: " + ", ".join(f"{kind.en} {count:,}" for kind, count in said) + ".",
        "发现个人信息：" + "、".join(f"{kind.zh} {count:,} 处" for kind, count in said) + "。",
    )
    if masked:
        how = Text(
            "Each is replaced by a mark such as {mark} before training. What stands in several answers is taken for your company's own and kept.",
            "训练前会替换成 {mark} 这样的标记。多次出现在答案里的视为贵公司自己的联系方式，予以保留。",
        ).fill(mark=personal.MARKS["phone"])
        return [Problem("personal_data", what, how, "note")]
    how = Text("Turn masking on, or the bot may repeat it to others.", "请打开脱敏，否则机器人可能会把它告诉别人。")
    return [Problem("personal_data", what, how, "warn")]


def repeated(pairs: Pairs, log: bool) -> list[Problem]:
    """Questions that are nearly the same (note), and those whose answers contradict each other (warn). Of a `log` whole
    conversations are held out."""
    some = pairs.take(np.arange(min(len(pairs), LOOKED_AT)))
    groups = near_duplicates(some.questions)
    members: defaultdict[int, list[int]] = defaultdict(list)
    for row, group in enumerate(groups):
        members[int(group)].append(row)
    many = [rows for rows in members.values() if len(rows) > 1]
    if not many:
        return []
    largest = max(many, key=len)
    what = Text(
        "{rows} questions nearly repeat another one ({groups} groups), for instance “{example}” {n} times.",
        "有 {rows} 个问题与其他问题近似重复（{groups} 组），例如“{example}”有 {n} 次。",
    ).fill(
        rows=f"{sum(map(len, many)):,}", groups=f"{len(many):,}", example=_short(some.questions[largest[0]]), n=len(largest)
    )  # fmt: skip
    how = Text(
        "They stay together, all learned from or all held out, so the figures are honest.",
        "它们只会一起用于训练或一起用于检验，指标不会因此虚高。",
    )
    if log:
        how = Text(
            "A log is held out by conversations, so some of these are asked on both sides, as they will be in use. Expect less on questions that nobody has asked yet.",
            "聊天记录按整段会话留出，因此这类问题可能两侧都有，与实际使用时相同。对于从未有人问过的问题，效果会差一些。",
        )
    return [Problem("near_duplicates", what, how, "note"), *_conflicts(some, many)]


def _conflicts(pairs: Pairs, many: list[list[int]]) -> list[Problem]:
    """Nearly equal questions to which clearly different things were answered."""
    if not pairs.has_answers:
        return []
    kinds = near_duplicates(pairs.answers)
    apart = []
    for rows in many:
        given = Counter(int(kinds[row]) for row in rows if pairs.answers[row])
        if len(given) > 1:
            apart.append((rows, given))
    if not apart:
        return []
    rows, given = max(apart, key=lambda one: len(one[1]))
    shown = [next(pairs.answers[row] for row in rows if kinds[row] == kind) for kind, _ in given.most_common(2)]
    what = Text(
        "{n} groups of nearly equal questions were answered differently, for instance “{question}”: “{one}” and “{other}”.",
        "有 {n} 组相近的问题得到了不同的回答，例如“{question}”：“{one}”与“{other}”。",
    ).fill(n=len(apart), question=_short(pairs.questions[rows[0]]), one=_short(shown[0]), other=_short(shown[1]))
    how = Text(
        "Both may be fine wordings of one answer. Where they contradict each other, remove the old one: the bot repeats what it finds.",
        "可能只是同一答案的不同说法。如果互相矛盾，请删掉过时的那条：机器人会照着说。",
    )
    return [Problem("conflicting_answers", what, how, "warn")]


def placeholders(pairs: Pairs) -> list[Problem]:
    """Slots such as {{Order Number}} in the answers (note)."""
    found = personal.slots(pairs.answers)
    if not found:
        return []
    names = [name for name, _ in found.most_common(4)]
    what = Text("Answers hold places to fill in, for instance {names}.", "答案中有待填写的占位，例如 {names}。").fill(
        names=", ".join("{{" + name + "}}" for name in names)
    )
    how = Text(
        "They are kept, and shown with the answer so that a person or your system fills them.",
        "会原样保留并随答案提示，由人或您的系统来填写。",
    )
    return [Problem("placeholders", what, how, "note")]


def intents(table: Table, pairs: Pairs) -> list[Problem]:
    """Too many intents (stop), rare ones (note), and those out of scope (note)."""
    counts = Counter(intent for intent in pairs.intents if intent)
    if not counts:
        return []
    if len(counts) > MOST_INTENTS:
        what = Text(
            "“{column}” holds {n} different intents; at most {most} work well.",
            "“{column}”列有 {n} 种意图，最多支持 {most} 种。",
        ).fill(column=table.roles["intent"][0], n=f"{len(counts):,}", most=MOST_INTENTS)
        how = Text("Choose a column with fewer, or none.", "请选择取值更少的列，或不选。")
        return [Problem("too_many_intents", what, how, "stop")]
    found = []
    rare = [intent for intent, rows in counts.items() if rows < FEW_OF_AN_INTENT]
    if rare:
        what = Text(
            "{n} of {all} intents have fewer than {few} questions, for instance “{name}”.",
            "{all} 种意图中有 {n} 种不足 {few} 个问题，例如“{name}”。",
        ).fill(n=len(rare), all=len(counts), few=FEW_OF_AN_INTENT, name=rare[0])
        how = Text(
            "They are learned, but seldom recognised: add questions, or merge them with another intent.",
            "仍会学习，但很难被识别：请补充问题，或并入其他意图。",
        )
        found.append(Problem("rare_intents", what, how, "note"))
    out = sum(rows for intent, rows in counts.items() if is_out_of_scope(intent))
    if out:
        what = Text(
            "{n} questions are marked as out of scope.", "有 {n} 个问题标为超出范围。"
        ).fill(n=f"{out:,}")  # fmt: skip
        how = Text("The bot learns to hand such questions over.", "机器人会学着把这类问题转给人工。")
        found.append(Problem("out_of_scope", what, how, "note"))
    return found


def _short(text: str, length: int = 70) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= length else plain[:length] + "…"
