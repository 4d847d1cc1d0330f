"""Cards for bots that answer from past answers: found or not, what may go out alone, and what nobody has answered yet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from core.cards import (
    HEADLINE,
    Bar,
    Bars,
    Card,
    Matrix,
    Metric,
    Number,
    Numbers,
    Part,
    Points,
)  # fmt: skip
from core.dashboards.shares import of_100, points, signed
from core.words import Text, same

AGAINST = Text("Against simple methods", "与简单方法相比")
WRONG = Text("Where it goes wrong", "错在哪里")
MAP = Text("What people ask", "大家在问什么")
NAMES = {
    "model": Text("Your bot", "您的机器人"),
    "bm25": Text("Search by words (BM25)", "关键词搜索（BM25）"),
    "ngrams": Text("Word counts and logistic regression", "词频统计加逻辑回归"),
}
PARTS: Mapping[str, Part] = {"model": "model", "bm25": "baseline", "ngrams": "reference"}
MOST_CONFUSED = 10
OUT_TITLE = Text("out of scope", "超出范围")

METRICS = {
    "recall_at_1": Metric(
        Text("Right answer found first", "首选即正确"),
        same("recall@1"),
        Text(
            "Of 100 new questions, for how many the right answer comes first.",
            "每 100 个新问题中，正确答案排在第一位的个数。",
        ),
        own=Text(
            "For {n} of 100 new questions the right answer comes first.",
            "每 100 个新问题中，有 {n} 个把正确答案排在第一位。",
        ),
    ),
    "recall_at_3": Metric(
        Text("Among the first three", "前三位中有正确答案"),
        same("recall@3"),
        Text("The same among the first three.", "正确答案在前三位之内的比例。"),
        own=Text(
            "For {n} of 100 new questions the right answer is among the first three.",
            "每 100 个新问题中，有 {n} 个的正确答案在前三位之内。",
        ),
    ),
    "mrr": Metric(
        Text("One over its place", "排位的倒数"),
        Text("mean reciprocal rank", "平均倒数排名（MRR）"),
        Text("1 if the right answer always comes first, 0.5 if always second.", "总排第一为 1，总排第二为 0.5。"),
    ),
    "intent_accuracy": Metric(
        Text("Understood rightly", "意图判断正确"),
        Text("intent accuracy", "意图准确率"),
        Text("Of 100 new questions, how many get the right intent.", "每 100 个新问题中，意图判断正确的个数。"),
        own=Text(
            "Of 100 new questions, {n} get the right intent.",
            "每 100 个新问题中，有 {n} 个意图判断正确。",
        ),
    ),
    "intent_macro_f1": Metric(
        Text("Balance over the intents", "各意图的均衡表现"),
        Text("macro-F1 of intents", "意图宏平均 F1"),
        Text("How well each intent is found, every one counting the same.", "每种意图被找准的程度，各意图权重相同。"),
    ),
    "coverage_at_risk": Metric(
        Text("Can be answered alone", "可自动回答"),
        Text("coverage at the tolerated error", "容许错误率下的覆盖率"),
        Text("The share of new questions that the bot is sure enough to answer.", "机器人有足够把握自动回答的问题比例。"),
        own=Text(
            "Of 100 new questions the bot is sure enough to answer {n}; the other {rest} go to a person.",
            "每 100 个新问题中，机器人有足够把握自动回答 {n} 个，其余 {rest} 个转人工。",
        ),
    ),
    "risk": Metric(
        Text("Wrong among those", "其中答错的"),
        Text("selective error", "自动回答的错误率"),
        Text("The share of wrong answers among the automatic ones.", "自动回答中答错的比例。"),
        higher_is_better=False,
        own=Text(
            "Of 100 automatic answers, {n} are wrong.",
            "自动回答中，每 100 个有 {n} 个答错。",
        ),
    ),
}  # fmt: skip


def sentence(results: Any) -> Text:
    """The verdict in words: how often right against both simple methods, and what can go out alone."""
    m, i, d = results.metrics, results.intervals, results.details
    low, high = i["recall_at_1"]
    what = (
        Text("the right answer among all {n} comes first", "在全部备选答案中把正确的排在第一位")
        if d["by_answer"]
        else Text("it knows what is asked", "正确判断其意图")
    )
    what = Text(what.en.replace(" all {n}", " all those of the test"), what.zh)
    first = Text(
        "For {own} of 100 new questions {what} ({low} to {high}); search by words gets {bm25}.",
        "每 100 个新问题中，有 {own} 个能{what}（{low}–{high}）；关键词搜索为 {bm25} 个。",
    ).fill(
        own=of_100(m["recall_at_1"]),
        low=of_100(low),
        high=of_100(high),
        bm25=of_100(d["figures"]["bm25"]["recall_at_1"][0]),
        what=what,
    )
    parts = [first]
    if "intent_accuracy" in m:
        parts.append(
            Text(
                "It understands {own} of 100 rightly, word counts {other}.",
                "意图判断每 100 个对 {own} 个，词频统计为 {other} 个。",
            ).fill(own=of_100(m["intent_accuracy"]), other=of_100(results.baseline["intent_accuracy"]))
        )
    parts.append(_alone(m, d["tolerated_error"], by_intent=d["measure"] == "intent"))
    return Text(" ".join(part.en for part in parts), "".join(part.zh for part in parts))


def _alone(metrics: Mapping[str, float], tolerated: float, *, by_intent: bool) -> Text:
    if metrics["coverage_at_risk"] == 0:
        return Text(
            "It cannot be shown to keep wrong answers to {rate}: let it suggest, and a person answer.",
            "无法证明它能把错误控制在 {rate} 以内：请只让它给出建议，由人来回答。",
        ).fill(rate=f"{tolerated:.0%}")
    said = (
        Text(
            "It can answer {share} alone, with {wrong} of 100 such answers about something else than was asked; the rest goes to a person.",
            "其中 {share} 可自动回答，每 100 个这样的答案有 {wrong} 个答非所问，其余转人工。",
        )
        if by_intent
        else Text(
            "It can answer {share} alone, with {wrong} of 100 answers wrong; the rest goes to a person.",
            "其中 {share} 可自动回答，每 100 个答案错 {wrong} 个，其余转人工。",
        )
    )
    return said.fill(share=f"{metrics['coverage_at_risk']:.0%}", wrong=_small(metrics["risk"]))


def _repeats(repeated: int | None, fresh: float | None) -> Text:
    """How many of the test questions nearly repeat one that it learned from, and how it does on the others."""
    if repeated is None:
        return same("")
    if not repeated:
        return Text(", none of which repeats one it learned from", "，都不与已学问题重复")
    if fresh is None:
        return Text(", all of which repeat one it learned from", "，全部与已学问题重复")
    return Text(
        f", {repeated:,} of which repeat one it learned from, as in use; on the others it is right {of_100(fresh)} times in 100",
        f"，其中 {repeated:,} 个与已学问题重复（实际使用中也会如此）；其余问题每 100 个答对 {of_100(fresh)} 个",
    )


def headline(results: Any) -> Card:
    d = results.details
    bm25 = d["figures"]["bm25"]["recall_at_1"]
    items = [
        _number("recall_at_1", results),
        Number(NAMES["bm25"], bm25[0], "share", bm25[1], bm25[2], part="baseline", term=METRICS["recall_at_1"].term),
    ]
    items += (
        [_number("intent_accuracy", results)] if "intent_accuracy" in results.metrics else [_number("mrr", results)]
    )
    items.append(_number("coverage_at_risk", results))
    repeats = _repeats(d.get("repeated"), d.get("first_of_fresh"))
    return Card(
        "headline",
        HEADLINE,
        Text("How good it is", "效果如何"),
        Text(
            f"Measured on {d['questions']:,} held-out questions{repeats.en}. The bars hold the true figure 95 times in 100.",
            f"在 {d['questions']:,} 个留出的问题上测得{repeats.zh}。横条为 95% 置信区间。",
        ),
        Numbers(tuple(items)),
    )


def compared(results: Any) -> Card:
    d, bars = results.details, []
    for metric in ("recall_at_1", "recall_at_3", "mrr"):
        for name, figures in d["figures"].items():
            value, low, high = figures[metric]
            bars.append(Bar(_with_term(METRICS[metric]), value, low, high, PARTS[name], NAMES[name]))
    gain, low, high = d["paired"]
    how = (
        Text(
            "All distinct answers of the test questions are ranked for each of them.",
            "为每个测试问题给全部不同的答案排序。",
        )
        if d["by_answer"]
        else Text("The data has no answers, so the right intent is looked for.", "数据中没有答案，因此比较的是意图。")
    )
    return Card(
        "compared",
        AGAINST,
        Text("{gain} points more often right at first than {rival}", "首选正确率比“{rival}”高 {gain} 个百分点").fill(
            gain=points(gain), rival=NAMES[d["rival"]]
        )
        if gain >= 0
        else Text(
            "{gain} points less often right at first than {rival}", "首选正确率比“{rival}”低 {gain} 个百分点"
        ).fill(gain=points(gain), rival=NAMES[d["rival"]]),
        Text(
            "{how} The true difference lies between {low} and {high} points, 95 times in 100.",
            "{how}真实差距有 95% 的把握在 {low} 到 {high} 个百分点之间。",
        ).fill(how=how, low=signed(low), high=signed(high)),
        Bars(tuple(bars), Text("share of questions", "问题比例")),
    )


def intents(results: Any) -> list[Card]:
    d = results.details
    if "intent_gain" not in d:
        return []
    bars = []
    for metric in ("intent_accuracy", "intent_macro_f1"):
        low, high = results.intervals[metric]
        label = _with_term(METRICS[metric])
        bars.append(Bar(label, results.metrics[metric], low, high, name=NAMES["model"]))
        low, high = d["intent_baseline_intervals"][metric]
        bars.append(Bar(label, results.baseline[metric], low, high, "baseline", NAMES["ngrams"]))
    gain, low, high = d["intent_gain"]
    more = Text("better", "高") if gain >= 0 else Text("worse", "低")
    return [
        Card(
            "intents",
            AGAINST,
            Text(
                "Understanding: {gain} points {more} than word counts", "意图判断：比词频统计{more} {gain} 个百分点"
            ).fill(gain=points(gain), more=more),
            Text(
                "On {n} questions with an intent. The true difference lies between {low} and {high} points, 95 times in 100.",
                "在 {n} 个有意图的问题上比较。真实差距有 95% 的把握在 {low} 到 {high} 个百分点之间。",
            ).fill(n=f"{d['intent_rows']:,}", low=signed(low), high=signed(high)),
            Bars(tuple(bars), Text("share of questions", "问题比例")),
        )
    ]


def confusion(details: Mapping[str, Any]) -> list[Card]:
    """The intents that are mixed up most, among themselves; a cell opens its questions."""
    if "confusion" not in details:
        return []
    classes, counts = details["confusion_classes"], np.array(details["confusion"])
    off = counts - np.diag(np.diag(counts))
    if not off.sum():
        return []
    pairs = np.dstack(np.unravel_index(np.argsort(-off, axis=None, kind="stable"), off.shape))[0]
    chosen: list[int] = []
    for pair in pairs:
        if not off[tuple(pair)] or len(chosen) >= MOST_CONFUSED - 1:
            break
        chosen += [int(one) for one in pair if one not in chosen]
    chosen.sort()
    actual, given = pairs[0]
    return [
        Card(
            "confusion",
            WRONG,
            Text("“{actual}” is most often taken for “{given}”", "“{actual}”最常被当成“{given}”").fill(
                actual=title(classes[actual]), given=title(classes[given])
            ),
            Text(
                "{n} of {total} such questions. The intents that are mixed up most.",
                "共 {total} 个这样的问题，其中 {n} 个。这里是最容易混淆的意图。",
            ).fill(n=int(off[actual, given]), total=int(counts[actual].sum())),
            Matrix(
                tuple(classes[one] for one in chosen),
                tuple(tuple(int(counts[one, other]) for other in chosen) for one in chosen),
                tuple(title(classes[one]) for one in chosen),
                tuple(int(counts[one].sum()) for one in chosen),
            ),
        )
    ]


def topic_map(details: Mapping[str, Any]) -> list[Card]:
    found = details.get("map")
    if not found:
        return []
    return [
        Card(
            "map",
            MAP,
            Text("{n} questions, near where they ask alike", "{n} 个问题，问得越像离得越近").fill(
                n=f"{len(found['x']):,}"
            ),
            Text(
                "Only nearness means something; there are no axes. Groups that overlap are easily mixed up.",
                "只有远近有意义，坐标轴没有含义。相互重叠的主题容易混淆。",
            ),
            Points(
                tuple(found["x"]),
                tuple(found["y"]),
                tuple(found["group"]),
                tuple(title(name) for name in found["groups"]),
                tuple(found["labels"]),
            ),
        )
    ]


def title(intent: str) -> Text:
    return OUT_TITLE if intent == "oos" else same(intent.replace("_", " "))


def _number(key: str, results: Any) -> Number:
    words, (low, high) = METRICS[key], results.intervals[key]
    return Number(
        words.title, results.metrics[key], "share", low, high, words.explained(results.metrics[key]), term=words.term
    )


def _with_term(words: Metric) -> Text:
    return Text(f"{words.title.en} ({words.term.en})", f"{words.title.zh}（{words.term.zh}）")


def _small(share: float) -> str:
    return f"{share * 100:.1f}".rstrip("0").rstrip(".")
