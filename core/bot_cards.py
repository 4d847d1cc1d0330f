"""Cards for bots that answer from past answers: found or not, what may go out alone, and what nobody has answered yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from core.cards import (
    HEADLINE,
    MONEY,
    Bar,
    Bars,
    Card,
    Column,
    Facts,
    Grid,
    Line,
    Lines,
    Mark,
    Matrix,
    Metric,
    Number,
    Numbers,
    Part,
    Points,
    Rows,
)  # fmt: skip
from core.fields import Field
from core.money import said
from core.words import Text, same

AGAINST = Text("Against simple methods", "与简单方法相比")
ALONE = Text("What it may answer alone", "哪些可以自动回答")
WRONG = Text("Where it goes wrong", "错在哪里")
OPEN = Text("Questions without an answer", "还没有答案的问题")
MAP = Text("What people ask", "大家在问什么")
READ = Text("Conversations to read", "值得一读")
NAMES = {
    "model": Text("Your bot", "您的机器人"),
    "bm25": Text("Search by words (BM25)", "关键词搜索（BM25）"),
    "ngrams": Text("Word counts and logistic regression", "词频统计加逻辑回归"),
}
PARTS: Mapping[str, Part] = {"model": "model", "bm25": "baseline", "ngrams": "reference"}
MOST_CONFUSED = 10
OUT_TITLE = Text("out of scope", "超出范围")
WEEKS = 52 / 12

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
        own=_of_100(m["recall_at_1"]),
        low=_of_100(low),
        high=_of_100(high),
        bm25=_of_100(d["figures"]["bm25"]["recall_at_1"][0]),
        what=what,
    )
    parts = [first]
    if "intent_accuracy" in m:
        parts.append(
            Text(
                "It understands {own} of 100 rightly, word counts {other}.",
                "意图判断每 100 个对 {own} 个，词频统计为 {other} 个。",
            ).fill(own=_of_100(m["intent_accuracy"]), other=_of_100(results.baseline["intent_accuracy"]))
        )
    parts.append(_alone(m, d["tolerated_error"]))
    return Text(" ".join(part.en for part in parts), "".join(part.zh for part in parts))


def _alone(metrics: Mapping[str, float], tolerated: float) -> Text:
    if metrics["coverage_at_risk"] == 0:
        return Text(
            "It can not be shown to keep wrong answers to {rate}: let it suggest, and a person answer.",
            "无法证明它能把错误控制在 {rate} 以内：请只让它给出建议，由人来回答。",
        ).fill(rate=f"{tolerated:.0%}")
    return Text(
        "It can answer {share} alone, with {wrong} of 100 answers wrong; the rest goes to a person.",
        "其中 {share} 可自动回答，每 100 个答案错 {wrong} 个，其余转人工。",
    ).fill(share=f"{metrics['coverage_at_risk']:.0%}", wrong=_small(metrics["risk"]))


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
    return Card(
        "headline",
        HEADLINE,
        Text("How good it is", "效果如何"),
        Text(
            f"Measured on {d['questions']:,} questions it never saw, none of which nearly repeats one it learned from. The bars hold the true figure 95 times in 100.",
            f"在 {d['questions']:,} 个从未见过、也不与已学问题近似重复的问题上测得。横条为 95% 置信区间。",
        )
        if d.get("own_split", True)
        else Text(
            f"Measured on {d['questions']:,} questions it never saw. The bars hold the true figure 95 times in 100.",
            f"在 {d['questions']:,} 个从未见过的问题上测得。横条为 95% 置信区间。",
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
            gain=_points(gain), rival=NAMES[d["rival"]]
        )
        if gain >= 0
        else Text(
            "{gain} points less often right at first than {rival}", "首选正确率比“{rival}”低 {gain} 个百分点"
        ).fill(gain=_points(gain), rival=NAMES[d["rival"]]),
        Text(
            "{how} The true difference lies between {low} and {high} points, 95 times in 100.",
            "{how}真实差距有 95% 的把握在 {low} 到 {high} 个百分点之间。",
        ).fill(how=how, low=_signed(low), high=_signed(high)),
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
            ).fill(gain=_points(gain), more=more),
            Text(
                "On {n} questions with an intent. The true difference lies between {low} and {high} points, 95 times in 100.",
                "在 {n} 个有意图的问题上比较。真实差距有 95% 的把握在 {low} 到 {high} 个百分点之间。",
            ).fill(n=f"{d['intent_rows']:,}", low=_signed(low), high=_signed(high)),
            Bars(tuple(bars), Text("share of questions", "问题比例")),
        )
    ]


def automation(results: Any) -> Card:
    m, d = results.metrics, results.details
    curve, tolerated = d["coverage_curve"], d["tolerated_error"]
    share, wrong = m["coverage_at_risk"], m["risk"]
    marks: tuple[Mark, ...] = ()
    if share > 0:
        marks = (Mark(share, wrong, Text(f"chosen: {share:.0%} alone", f"选定：{share:.0%} 自动回答")),)
    return Card(
        "automation",
        ALONE,
        Text(f"{share:.0%} answered alone, {wrong:.1%} of them wrong", f"{share:.0%} 自动回答，其中答错 {wrong:.1%}")
        if share
        else Text("Nothing should be answered alone yet", "目前都应由人工回答"),
        Text(
            "The line was set on other questions so that at most {rate} of automatic answers are wrong. Measured here: {wrong} of {n}.",
            "界线是在另一部分问题上按错误率不超过 {rate} 设定的。在这里实测：{n} 个自动回答中错 {wrong} 个。",
        ).fill(rate=f"{tolerated:.0%}", wrong=f"{d['wrong_automatic']:,}", n=f"{d['automatic']:,}"),
        Lines(
            (
                Line(
                    NAMES["model"],
                    tuple(curve["coverage"]),
                    tuple(curve["error"]),
                    tuple(curve["low"]),
                    tuple(curve["high"]),
                ),
                Line(
                    Text(f"{tolerated:.0%} accepted", f"容许 {tolerated:.0%}"),
                    (0.0, 1.0),
                    (tolerated, tolerated),
                    part="reference",
                ),
            ),
            Text("Answered alone", "自动回答的比例"),
            Text("Wrong among them", "其中的错误率"),
            marks=marks,
        ),
    )


def guarantee(results: Any) -> Card:
    d = results.details
    right = (
        Text("An answer is right when it belongs to the intent that the question has in your data.", "答案所属意图与数据中该问题的意图一致，即算答对。")
        if d["measure"] == "intent"
        else Text(
            "The data names no intents, so an answer is right only when it is nearly the recorded one: four fifths of its pieces (runs of four letters, two Chinese characters) in common.",
            "数据中没有意图，因此只有与当时的回答几乎一致（五分之四以上的字符片段相同）才算答对。",
        )
    )  # fmt: skip
    holds = (
        Text("No line can be shown to keep to it with these questions, so nothing is promised and all go to a person.", "在这些问题上没有一条界线能保证做到，因此不作承诺，全部转人工。")
        if d["threshold"] is None
        else Text(
            "If new questions come from the same customers in the same way as those you gave, then at most {rate} of automatic answers are wrong, with a certainty of 95 in 100.",
            "只要新问题与您提供的问题来自同样的客户、以同样的方式提出，自动回答的错误率就不超过 {rate}（把握为 95%）。",
        ).fill(rate=f"{d['tolerated_error']:.0%}")
    )  # fmt: skip
    return Card(
        "guarantee",
        ALONE,
        Text("What is promised, and on what condition", "承诺了什么，前提是什么"),
        Text("Learn then Test (Angelopoulos and others, 2021).", "方法：Learn then Test（Angelopoulos 等，2021）。"),
        Facts(
            (
                (Text("Right means", "何为答对"), right),
                (Text("Promised", "承诺"), holds),
                (
                    Text("It does not hold", "不适用于"),
                    Text(
                        "after a change: new products, a new season, other customers. Train again with newer questions then.",
                        "情况变化之后：新产品、新季节、不同的客户。届时请用新的问题重新训练。",
                    ),
                ),
                (
                    Text("Out of scope", "超出范围"),
                    Text(
                        "{n} of {all} test questions were taken for none of the bot's business and handed over.",
                        "{all} 个测试问题中有 {n} 个被判为超出范围并转人工。",
                    ).fill(n=f"{d['out_of_scope']:,}", all=f"{d['questions']:,}"),
                ),
            )
        ),
    )


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
                actual=classes[actual], given=classes[given]
            ),
            Text(
                "{n} of {total} such questions. The intents that are mixed up most; choose a cell to read its questions.",
                "共 {total} 个这样的问题，其中 {n} 个。这里是最容易混淆的意图，点选一格可查看其中的问题。",
            ).fill(n=int(off[actual, given]), total=int(counts[actual].sum())),
            Matrix(
                tuple(classes[one] for one in chosen),
                tuple(tuple(int(counts[one, other]) for other in chosen) for one in chosen),
                tuple(title(classes[one]) for one in chosen),
            ),
        )
    ]


def unanswered(details: Mapping[str, Any]) -> Card:
    found = details["unanswered"]
    rows = tuple((same(one["name"]), float(one["count"]), same(one["example"])) for one in found)
    handed = details["handed_over"]
    return Card(
        "unanswered",
        OPEN,
        Text("“{name}” is what it most often hands over", "最常转人工的是“{name}”").fill(name=found[0]["name"])
        if found
        else Text("Nothing is handed over in groups", "转人工的问题没有形成集中的主题"),
        Text(
            "Of {n} test questions it handed over or that are out of scope, those that ask nearly the same, named by their telling words. Write an answer for each, add it to your data and train again.",
            "{n} 个转人工或超出范围的测试问题中，问法相近的归为一组，用有代表性的词命名。请为每组写一个答案，加入数据后重新训练。",
        ).fill(n=f"{handed:,}"),
        Grid(
            (
                Column(Text("What they ask about", "主题")),
                Column(Text("Questions", "问题数"), "count"),
                Column(Text("For instance", "例如")),
            ),
            rows,
        ),
    )


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


def notes(details: Mapping[str, Any]) -> list[Card]:
    found = [(same(str(place)), Text.from_json(note)) for place, note in enumerate(details["notes"], 1)]
    if not found:
        return []
    return [
        Card(
            "notes",
            ALONE,
            Text("Good to know", "须知"),
            Text("Said by the training.", "来自训练过程。"),
            Facts(tuple(found)),
        )
    ]


def rows(details: Mapping[str, Any]) -> list[Card]:
    by_intent = details["measure"] == "intent"
    columns = [("question", Text("Question", "问题"))]
    if by_intent:
        columns += [("actual", Text("Intent", "意图")), ("given", Text("Understood as", "判断为"))]
    if details["by_answer"]:
        columns += [("answer", Text("It would answer", "它会回答")), ("recorded", Text("Answered then", "当时的回答"))]
    columns += [
        ("matched", Text("Past question it matched", "匹配的以往问题")),
        ("confidence", Text("Confidence", "置信度")),
    ]
    values = {name: title(name) for name in ("oos",)}
    return [
        Card(
            "wrong",
            READ,
            Text("Wrong, and it would have answered", "自动回答但答错的"),
            Text("What a customer would have got. The surest first.", "客户会收到的错误回答，把握最大的在前。"),
            Rows(tuple(columns), where={"automatic": True, "right": False}, sort="confidence", values=values),
        ),
        Card(
            "handed",
            READ,
            Text("Handed over to a person", "转人工的"),
            Text("Questions it would rather not answer. The surest first.", "它选择不回答的问题，把握最大的在前。"),
            Rows(tuple(columns), where={"automatic": False}, sort="confidence", values=values),
        ),
    ]  # fmt: skip


def assumptions(details: Mapping[str, Any]) -> list[Field]:
    example = Text("An example: put in your own figure.", "示例数值，请填写您自己的数字。")
    return [
        Field("questions", Text("Questions a month", "每月问题数"), "number", example, 2000, low=0, step=100),
        Field(
            "minutes", Text("Minutes a person needs for each", "人工回答每个所需分钟"), "number", example, 4.0, low=0.0
        ),
        Field("hour", Text("Cost of an hour of work", "每小时人工成本"), "number", example, 30.0, low=0.0),
    ]


def money(results: Any, values: Mapping[str, Any]) -> list[Card]:
    """Hours and money saved a month by the questions that it answers alone, by the user's own figures."""
    first = {field.key: field.default for field in assumptions(results.details)}
    questions, minutes, hour = (float(first[key] if values.get(key) is None else values[key]) for key in first)
    share, (low, high) = results.metrics["coverage_at_risk"], results.intervals["coverage_at_risk"]
    hours = questions * minutes / 60
    wrong = questions * share * results.metrics["risk"]
    return [
        Card(
            "money",
            MONEY,
            Text("About {hours} hours a month saved", "每月约节省 {hours} 小时").fill(hours=said(hours * share)),
            Text(
                "An estimate: {low} to {high} hours, if your figures hold and customers ask as in your data. About {wrong} automatic answers a month would be wrong; what those cost is not counted.",
                "这是估算：{low} 到 {high} 小时，前提是您的数字成立、客户的问法与数据一致。每月约有 {wrong} 个自动回答是错的，其代价未计入。",
            ).fill(low=said(hours * low), high=said(hours * high), wrong=said(wrong)),
            Numbers(
                (
                    Number(Text("Hours saved", "节省小时"), hours * share, "number", hours * low, hours * high),
                    Number(
                        Text("Worth", "折合"), hours * share * hour, "money", hours * low * hour, hours * high * hour
                    ),
                    Number(
                        Text("Answered alone", "自动回答"),
                        questions * share,
                        "count",
                        questions * low,
                        questions * high,
                    ),
                    Number(Text("Of them wrong", "其中答错"), wrong, "number"),
                )
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


def _of_100(share: float) -> str:
    return f"{share * 100:.0f}"


def _points(gain: float) -> str:
    return f"{abs(gain) * 100:.1f}"


def _signed(gain: float) -> str:
    return f"{gain * 100:+.1f}".replace("-", "−")


def listed(names: Sequence[str], most: int = 5) -> Text:
    """The first names, and that there are more."""
    more = len(names) > most
    return Text(", ".join(names[:most]) + (", …" if more else ""), "、".join(names[:most]) + ("等" if more else ""))
