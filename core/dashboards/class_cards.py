"""Cards and sentences for every model that answers with a class: drawn from `core.learning.classification`'s details."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd

from core.cards import HEADLINE, Bar, Bars, Card, Line, Lines, Mark, Matrix, Metric, Number, Numbers, Rows, Words
from core.dashboards.coverage_lines import coverage_lines
from core.dashboards.notes import notes as told
from core.dashboards.shares import of_100, points, signed
from core.words import Text

AGAINST = Text("Against simple methods", "与简单方法相比")
WRONG = Text("Where it goes wrong", "错在哪里")
CONFIDENCE = Text("Confidence", "置信度")
LOOKS_AT = Text("What it looks at", "判断依据")
READ = Text("Rows to read", "值得一读")

MODEL = Text("Your model", "您的模型")
FOUND = Text("found (recall)", "找全（召回率）")
RIGHTLY_GIVEN = Text("rightly given (precision)", "判准（精确率）")
TOO_NOISY = 0.06
"""The mean error of perfect probabilities, by chance on so few rows, beyond which nothing can be said of them."""
COMMONEST = Text("Always the commonest label", "一律猜最常见的标签")

Names = Callable[[str], Text]


METRICS = {
    "accuracy": Metric(
        Text("Right answers", "答对的比例"),
        Text("accuracy", "准确率"),
        Text(
            "Of 100 new texts, how many get the label that a person gave them.",
            "每 100 条新文本中，与人工标签一致的条数。",
        ),
        own=Text(
            "Of 100 new texts, {n} get the label that a person gave them.",
            "每 100 条新文本中，有 {n} 条与人工标签一致。",
        ),
    ),
    "macro_f1": Metric(
        Text("Balance over the classes", "各类别的均衡表现"),
        Text("macro-F1", "宏平均 F1"),
        Text(
            "How well each class is found and how rarely it is given wrongly, every class counting the same.",
            "每一类被找全且不被误判的程度，各类权重相同。",
        ),
        own=Text(
            "{n} of 100, every class counting the same: how well each is found and how rarely it is given wrongly.",
            "满分 100，得 {n}（各类权重相同）：衡量每一类被找全且不被误判的程度。",
        ),
    ),
    "coverage": Metric(
        Text("Can go out unread", "可自动处理"),
        Text("coverage at the tolerated error", "容许错误率下的覆盖率"),
        Text("The share of new texts of which the model is sure enough.", "模型有足够把握、无需人工查看的文本比例。"),
        own=Text(
            "Of 100 new texts it is sure enough of {n}; the other {rest} go to a person.",
            "每 100 条新文本中，有 {n} 条它有足够把握，其余 {rest} 条交给人工。",
        ),
    ),
    "coverage_error": Metric(
        Text("Mistakes among those", "其中的错误"),
        Text("selective error", "自动处理部分的错误率"),
        Text("The share of wrong labels among the texts that went out unread.", "无需人工查看的文本中标错的比例。"),
        higher_is_better=False,
        own=Text(
            "Of 100 texts that went out unread, {n} got a wrong label.",
            "无需人工查看的文本中，每 100 条有 {n} 条标错。",
        ),
    ),
    "expected_calibration_error": Metric(
        Text("Gap between confidence and truth", "置信度与实际的差距"),
        Text("expected calibration error", "期望校准误差（ECE）"),
        Text(
            "On average, how far the stated confidence is from the share that is right.",
            "平均而言，所报置信度与实际正确比例的差距。",
        ),
        higher_is_better=False,
        own=Text(
            "On average the stated confidence is {n} points from the share that is right.",
            "平均而言，所报置信度与实际正确比例相差 {n} 个百分点。",
        ),
    ),
    "log_loss": Metric(
        Text("Surprise", "意外程度"),
        Text("log loss", "对数损失"),
        Text("How little probability the right label got; lower is better.", "正确标签得到的概率有多低；越低越好。"),
        higher_is_better=False,
        is_share=False,
    ),
}
"""What is measured of every such model, the first deciding the verdict."""


def sentence(
    metrics: Mapping[str, float],
    intervals: Mapping[str, tuple[float, float]],
    baseline: Mapping[str, float],
    rival: str,
    tolerated: float,
) -> Text:
    """The verdict's figures in words: how many of 100 are right, against the rival, and what can be automated."""
    low, high = intervals["accuracy"]
    other = max(baseline["accuracy"], baseline.get("majority_accuracy", 0.0))
    rival_words = (
        Text("always giving the commonest label gets", "一律猜最常见的标签")
        if rival == "majority"
        else Text("the simple method gets", "简单方法")
    )
    numbers = {
        "right": of_100(metrics["accuracy"]),
        "low": of_100(low),
        "high": of_100(high),
        "other": of_100(other),
        "rival": rival_words,
    }
    first = Text(
        "It labels {right} of 100 new texts rightly ({low} to {high}); {rival} {other}.",
        "每 100 条新文本答对 {right} 条（{low}–{high} 条），{rival}答对 {other} 条。",
    ).fill(**numbers)
    second = _automation(metrics, tolerated)
    return Text(f"{first.en} {second.en}", f"{first.zh}{second.zh}")


def _automation(metrics: Mapping[str, float], tolerated: float) -> Text:
    if metrics["coverage"] == 0:
        return Text(
            "It is not sure enough of any text to keep mistakes to {rate}: have a person read them all.",
            "它对任何文本都没有足够把握把错误率控制在 {rate} 以内：请全部交由人工阅读。",
        ).fill(rate=f"{tolerated:.0%}")
    return Text(
        "Of the {share} it is surest of, {right} of 100 are right: you could automate those and read the rest.",
        "在它最有把握的 {share} 中，每 100 条答对 {right} 条：这部分可以自动处理，其余由人工阅读。",
    ).fill(share=f"{metrics['coverage']:.0%}", right=of_100(1 - metrics["coverage_error"]))


def headline(results: Any, words: Mapping[str, Metric], rival_title: Text) -> Card:
    """The numbers beside the verdict: the model, the simple method, what can go out unread."""
    m, i, d = results.metrics, results.intervals, results.details
    simple = d["baseline_intervals"]["simple"]["accuracy"]
    count = len(results.rows)
    return Card(
        "headline",
        HEADLINE,
        Text("How good it is", "效果如何"),
        Text(
            f"Measured on {count:,} rows it never saw. The bars show where the true figure lies, 95 times in 100.",
            f"在 {count:,} 行未见过的数据上测得。横条表示真实数值所在的范围（95% 置信区间）。",
        ),
        Numbers(
            (
                _number(words["accuracy"], m["accuracy"], i["accuracy"]),
                Number(rival_title, results.baseline["accuracy"], "share", simple[0], simple[1], part="baseline"),
                _number(words["macro_f1"], m["macro_f1"], i["macro_f1"]),
                _number(words["coverage"], m["coverage"], i["coverage"]),
            )
        ),
    )


def compared(results: Any, words: Mapping[str, Metric], rival_title: Text) -> Card:
    """The model, the simple method and the commonest label on the same rows."""
    d = results.details
    bars = []
    for metric in ("accuracy", "macro_f1"):
        title, rivals = _with_term(words[metric]), d["baseline_intervals"]
        simple, commonest = results.baseline[metric], results.baseline[f"majority_{metric}"]
        bars += [
            _bar(title, results.metrics[metric], results.intervals[metric], MODEL),
            _bar(title, simple, rivals["simple"][metric], rival_title, part="baseline"),
            _bar(title, commonest, rivals["majority"][metric], COMMONEST, part="reference"),
        ]
    gain, low, high = d["paired"]["accuracy"]
    return Card(
        "compared",
        AGAINST,
        Text(
            f"{points(gain)} points {'better' if gain >= 0 else 'worse'} than the best simple rival",
            f"比最好的简单对手{'高' if gain >= 0 else '低'} {points(gain)} 个百分点",
        ),
        Text(
            f"On the same rows. The true difference lies between {signed(low)} and {signed(high)} points, 95 times in 100.",
            f"在相同数据上比较。真实差距有 95% 的把握在 {signed(low)} 到 {signed(high)} 个百分点之间。",
        ),
        Bars(tuple(bars), Text("share of rows", "比例")),
    )


def confusion(details: Mapping[str, Any], name: Names) -> Card:
    classes, counts = details["confusion_classes"], details["confusion"]
    worst = max(
        ((counts[i][j], i, j) for i in range(len(classes)) for j in range(len(classes)) if i != j), default=(0, 0, 0)
    )
    total = max(sum(counts[worst[1]]), 1)
    title = (
        Text("{actual} is most often taken for {given}", "“{actual}”最常被误判为“{given}”").fill(
            actual=name(classes[worst[1]]), given=name(classes[worst[2]])
        )
        if worst[0]
        else Text("No mistakes on these rows", "这些数据上没有错误")
    )
    return Card(
        "confusion",
        WRONG,
        title,
        Text(
            f"{worst[0]} of {total} such rows. Each line is what people said, each column what the model said.",
            f"共 {total} 条中有 {worst[0]} 条。每行是人工标签，每列是模型的回答。",
        ),
        Matrix(tuple(classes), tuple(tuple(row) for row in counts), tuple(name(label) for label in classes)),
    )


def per_class(details: Mapping[str, Any], name: Names) -> Card:
    scores = details["per_class"]
    weakest = min(scores, key=lambda score: score["f1"])
    bars = []
    for score in scores:
        label = name(score["name"])
        bars.append(_bar(label, score["recall"], score["recall_interval"], FOUND))
        bars.append(_bar(label, score["precision"], score["precision_interval"], RIGHTLY_GIVEN))
    return Card(
        "per_class",
        WRONG,
        Text("{c} is the hardest class", "“{c}”最难判断").fill(c=name(weakest["name"])),
        Text(
            f"Of 100 rows of this class it finds {of_100(weakest['recall'])} (recall); of 100 it calls so, "
            f"{of_100(weakest['precision'])} are (precision). F1 {weakest['f1']:.2f} over {weakest['support']} rows.",
            f"这一类每 100 条能找出 {of_100(weakest['recall'])} 条（召回率）；判为这一类的每 100 条中有 "
            f"{of_100(weakest['precision'])} 条正确（精确率）。共 {weakest['support']} 行，F1 为 {weakest['f1']:.2f}。",
        ),
        Bars(tuple(bars), Text("share of rows", "比例")),
    )


def calibrated(what: Text, gap: float, noise: float, verb: str) -> Text:
    """Whether what a model says of its own certainty holds: `gap` is its mean error, `noise` what chance alone would make."""
    if gap > max(0.02, 1.5 * noise):
        said = Text("{what} {verb} off by {gap} points on average", "{what}平均偏差 {gap} 个百分点")
    elif noise > TOO_NOISY:
        said = Text("Too few rows to say how far to trust {small}", "数据太少，无法判断{what}是否可信")
    else:
        said = Text("{what} can be taken at {its} word", "{what}基本可信")
    return said.fill(
        what=what, small=what.en.lower(), verb=verb, its="its" if verb == "is" else "their", gap=points(gap)
    )


def calibration(results: Any) -> Card:
    bins = results.details["reliability"]
    gap = results.metrics["expected_calibration_error"]
    noise = results.details.get("calibration_noise", 0.02)
    return Card(
        "calibration",
        CONFIDENCE,
        calibrated(Text("Its confidence", "置信度"), gap, noise, "is"),
        Text(
            "When it says 80%, it should be right 80 times in 100: points on the dashed line are exactly so. "
            f"Average gap {points(gap)} points (expected calibration error); {points(noise)} would be chance alone with so many rows.",
            f"当它说 80% 时，应有 80% 是对的：落在虚线上即完全相符。平均差距 {points(gap)} 个百分点（期望校准误差 ECE）；以这样的行数，仅偶然就会有 {points(noise)} 个百分点。",
        ),
        Lines(
            (
                Line(
                    Text("This model", "本模型"),
                    tuple(b["confidence"] for b in bins),
                    tuple(b["right"] for b in bins),
                    tuple(b["low"] for b in bins),
                    tuple(b["high"] for b in bins),
                ),
                Line(Text("Exactly right", "完全相符"), (0.0, 1.0), (0.0, 1.0), part="reference"),
            ),
            Text("Confidence stated", "所报置信度"),
            Text("Right answers", "实际答对比例"),
        ),
    )


def automation(results: Any, tolerated: float) -> Card:
    curve, m = results.details["coverage_curve"], results.metrics
    marks: tuple[Mark, ...] = ()
    if m["coverage"] > 0:
        label = Text(f"chosen: {m['coverage']:.0%} automatic", f"选定：{m['coverage']:.0%} 自动处理")
        marks = (Mark(m["coverage"], m["coverage_error"], label),)
    return Card(
        "automation",
        CONFIDENCE,
        Text(
            f"{m['coverage']:.0%} could go out unread with {m['coverage_error']:.1%} mistakes",
            f"{m['coverage']:.0%} 可自动处理，其中错误 {m['coverage_error']:.1%}",
        )
        if m["coverage"]
        else Text("Nothing should go out unread yet", "目前都应由人工查看"),
        _how_automated(m, tolerated),
        coverage_lines(
            curve,
            tolerated,
            Text("This model", "本模型"),
            (Text("Answered automatically", "自动处理的比例"), Text("Mistakes among them", "其中的错误率")),
            marks,
        ),
    )


def _how_automated(metrics: Mapping[str, float], tolerated: float) -> Text:
    rest, here = f"{1 - metrics['coverage']:.0%}", f"{metrics['coverage_error']:.1%}"
    said = Text(
        f"The model answers only when it is sure enough; the rest, {rest}, goes to a person. The line was set on other rows "
        f"(validation) to keep mistakes to {tolerated:.0%}.",
        f"只有足够有把握时才自动回答，其余 {rest} 交给人工。界线是在另一部分数据（验证集）上按错误率不超过 {tolerated:.0%} 设定的。",
    )
    if metrics["coverage_error"] <= tolerated:
        return said
    return Text(
        f"{said.en} On these rows it came to {here}, more than you accept: choose a stricter line to be safe.",
        f"{said.zh}在这里的测试数据上为 {here}，高于您的要求：稳妥起见，请选择更严格的界线。",
    )


def class_words(details: Mapping[str, Any], name: Names) -> Card:
    found = details["class_words"]
    return Card(
        "words",
        LOOKS_AT,
        Text("The words that moved it", "影响判断的词语"),
        Text(
            "Taken from the trained model itself: how much its answer on held-out texts weakens when the word is hidden.",
            "取自训练好的模型本身：在测试文本中遮住该词后，答案的把握下降多少。",
        ),
        Words(tuple((name(label), _scaled(words)) for label, words in found.items())),
    )


def _scaled(words: list[tuple[str, float]]) -> tuple[tuple[str, float], ...]:
    """Weights as shares of the class's strongest word."""
    strongest = max((abs(weight) for _, weight in words), default=0.0) or 1.0
    return tuple((word, float(weight / strongest)) for word, weight in words)


def mistakes(details: Mapping[str, Any], name: Names, text_title: Text) -> Card:
    said = {label: name(label) for label in details["confusion_classes"]}
    return Card(
        "mistakes",
        READ,
        Text("Its surest mistakes", "最有把握的错误"),
        Text(
            "Wrong, and confident about it. Some may be labels to correct in your data.",
            "判断有误却很有把握。其中有些可能是数据本身标错了。",
        ),
        Rows(row_columns(text_title), where={"right": False}, sort="confidence", values=said),
    )


def row_columns(text_title: Text) -> tuple[tuple[str, Text], ...]:
    return (
        ("text", text_title),
        ("actual", Text("A person said", "人工标签")),
        ("given", Text("It said", "模型回答")),
        ("confidence", Text("Confidence", "置信度")),
        ("simple", Text("Simple method said", "简单方法回答")),
    )


def notes(details: Mapping[str, Any]) -> list[Card]:
    """What the training wants known, for instance that no encoder for the language was found."""
    return told(LOOKS_AT, [Text.from_json(note) for note in details.get("notes", ())])


def pick_examples(rows: pd.DataFrame, classes: list[str], most: int = 3) -> list[str]:
    """Held-out texts worth trying: one of each class that it was sure of and right, then one it was unsure of."""
    short = rows[rows["text"].str.len().between(8, 240)]
    picked = []
    for label in classes[: most - 1] if len(classes) > 1 else classes:
        sure = short[(short["given"] == label) & short["right"]].nlargest(12, "confidence")
        picked += sure["text"].tail(1).tolist()
    unsure = short.nsmallest(5, "confidence")["text"].tail(1).tolist()
    return list(dict.fromkeys([*picked, *unsure]))[:most]


def _bar(label: Text, value: float, interval: Sequence[float], name: Text, **part: Any) -> Bar:
    return Bar(label, value, interval[0], interval[1], name=name, **part)


def _number(words: Metric, value: float, interval: tuple[float, float]) -> Number:
    return Number(words.title, value, "share", interval[0], interval[1], help=words.explained(value), term=words.term)


def _with_term(words: Metric) -> Text:
    return Text(f"{words.title.en} ({words.term.en})", f"{words.title.zh}（{words.term.zh}）")
