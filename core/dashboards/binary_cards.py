"""Cards for every model that gives the probability of a bad end: ranking, calibration, what it looks at, fairness, drift."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from core.cards import (
    HEADLINE,
    Bar,
    Bars,
    Card,
    Column,
    Grid,
    Line,
    Lines,
    Matrix,
    Metric,
    Number,
    Numbers,
    Rows,
)
from core.dashboards.class_cards import calibrated
from core.words import Text, same

AGAINST = Text("Against a scorecard", "与评分卡相比")
RANKING = Text("Ranking", "排序能力")
CALIBRATION = Text("Probabilities", "概率是否可信")
READ = Text("Rows to read", "值得一读")
MODEL = Text("Your model", "您的模型")
SCORECARD = Text("Logistic scorecard", "逻辑回归评分卡")

METRICS = {
    "roc_auc": Metric(
        Text("Tells bad from good", "区分好坏的能力"),
        Text("AUC", "AUC"),
        Text(
            "Of a bad and a good case picked at random, how often the bad one gets the higher probability. 50% is guessing.",
            "随机取一坏一好两个样本，坏样本得到更高概率的比例。50% 相当于随机猜测。",
        ),
        own=Text(
            "Of a bad and a good case picked at random, the bad one gets the higher probability {n} times in 100. 50 is guessing.",
            "随机取一坏一好两个样本，100 次中有 {n} 次坏样本得到更高的概率。50 次相当于随机猜测。",
        ),
    ),
    "gini": Metric(
        Text("Gini", "基尼系数"),
        Text("Gini = 2 × AUC − 1", "Gini = 2 × AUC − 1"),
        Text("The same ability on a scale from 0 (guessing) to 1.", "同一能力，换成从 0（随机猜测）到 1 的刻度。"),
    ),
    "ks": Metric(
        Text("Gap of good and bad", "好坏分布差距"),
        Text("KS", "KS"),
        Text(
            "At the best single line, the share of bads caught less the share of goods caught with them.",
            "在最佳分界线处，抓住的坏样本比例减去误伤的好样本比例。",
        ),
        own=Text(
            "At the best single line, its catch of the bads is {n} points above its catch of the goods.",
            "在最佳分界线处，抓住的坏样本比例比误伤的好样本比例高 {n} 个百分点。",
        ),
    ),
    "brier": Metric(
        Text("Error of the probabilities", "概率的误差"),
        Text("Brier score", "Brier 分数"),
        Text("The mean squared distance between the probability and what happened.", "概率与实际结果之差的平方均值。"),
        higher_is_better=False,
        is_share=False,
        own=Text(
            "{n} on average: the squared distance between the probability and what happened. 0 is perfect; always saying 50% gives 0.25.",
            "平均为 {n}：概率与实际结果之差的平方。0 为完美，一律说 50% 则为 0.25。",
        ),
    ),
    "pr_auc": Metric(
        Text("Bads among those it points at", "被指出者中的坏样本"),
        Text("average precision", "平均精确率"),
        Text(
            "Precision averaged over all cut-offs; the share of bads is guessing.",
            "各分界线上精确率的平均；随机水平等于坏样本占比。",
        ),
        own=Text(
            "Averaged over all cut-offs, {n} of 100 cases that it points at are bad.",
            "在各分界线上平均，它指出的每 100 个样本中有 {n} 个是坏样本。",
        ),
    ),
    "expected_calibration_error": Metric(
        Text("Gap between probability and truth", "概率与实际的差距"),
        Text("expected calibration error", "期望校准误差（ECE）"),
        Text(
            "On average, how far the probability is from the share that turned bad.",
            "平均而言，概率与实际变坏比例的差距。",
        ),
        higher_is_better=False,
        own=Text(
            "On average the probability is {n} points from the share that turned bad.",
            "平均而言，概率与实际变坏的比例相差 {n} 个百分点。",
        ),
    ),
    "log_loss": Metric(
        Text("Surprise", "意外程度"),
        Text("log loss", "对数损失"),
        Text("How little probability the real outcome got; lower is better.", "实际结果得到的概率有多低；越低越好。"),
        higher_is_better=False,
        is_share=False,
    ),
}


def sentence(metrics: Mapping[str, float], details: Mapping[str, Any], words: Mapping[str, Any]) -> Text:
    """The verdict's figures: which share of the bads are among the riskiest fifth, against the scorecard."""
    own, other = details["captured"]["model"], details["captured"]["scorecard"]
    return Text(
        "Of 100 cases that ended “{bad}” it finds {own} among the riskiest 20% (the scorecard {other}). "
        "Between a bad and a good case it picks the bad one {auc} times in 100.",
        "每 100 个最终“{bad}”的样本，有 {own} 个落在它认为最危险的 20% 里（评分卡为 {other} 个）。"
        "任取一坏一好，它有 {auc}% 的把握认出坏的那个。",
    ).fill(bad=words["bad"], own=_of_100(own), other=_of_100(other), auc=f"{metrics['roc_auc'] * 100:.1f}")


def headline(results: Any) -> Card:
    m, i, d = results.metrics, results.intervals, results.details
    low, high = d["rival_intervals"]["scorecard"]
    count = len(results.rows)

    def number(key: str, unit: Any = "share") -> Number:
        words, (least, most) = METRICS[key], i.get(key, (None, None))
        return Number(words.title, m[key], unit, least, most, words.explained(m[key]), term=words.term)

    return Card(
        "headline",
        HEADLINE,
        Text("How good it is", "效果如何"),
        Text(
            f"Measured on {count:,} rows it never saw ({d['split']['en']}). The bars show where the true figure lies, 95 times in 100.",
            f"在 {count:,} 行未见过的数据上测得（{d['split']['zh']}）。横条为 95% 置信区间。",
        ),
        Numbers(
            (
                number("roc_auc"),
                Number(
                    SCORECARD, results.baseline["roc_auc"], "share", low, high, part="baseline", term=Text("AUC", "AUC")
                ),
                number("ks"),
                number("brier", "number"),
            )
        ),
    )


def compared(results: Any) -> Card:
    """AUC, Gini, KS and average precision beside the scorecard's."""
    gain, low, high = results.details["paired"]
    bars = []
    for key in ("roc_auc", "ks", "pr_auc"):
        label, (least, most) = METRICS[key].term, results.intervals.get(key, (None, None))
        bars.append(Bar(label, results.metrics[key], least, most, name=MODEL))
        bars.append(Bar(label, results.baseline[key], part="baseline", name=SCORECARD))
    better = gain >= 0
    return Card(
        "compared",
        AGAINST,
        Text(
            f"{abs(gain) * 100:.1f} points of AUC {'better' if better else 'worse'} than a scorecard",
            f"AUC 比评分卡{'高' if better else '低'} {abs(gain) * 100:.1f} 个百分点",
        ),
        Text(
            f"On the same rows; the true difference lies between {_signed(low)} and {_signed(high)} points, 95 times in 100 (DeLong).",
            f"在相同数据上比较，真实差距有 95% 的把握在 {_signed(low)} 到 {_signed(high)} 个百分点之间（DeLong 法）。",
        ),
        Bars(tuple(bars), Text("on rows it never saw", "未见过的数据")),
    )


def leaderboard(details: Mapping[str, Any], test: tuple[float, float, float] | None = None) -> Card:
    """What was tried, on the training rows, each answered by models that had not learned from it. `test` is the AUC on the
    test rows with its interval."""
    bars = tuple(
        Bar(
            Text.from_json(row["title"]),
            row["auc"],
            row["low"],
            row["high"],
            part="model" if row["name"] == "blend" else "baseline",
        )
        for row in details["leaderboard"]
    )
    best = Text.from_json(details["leaderboard"][0]["title"])
    reading = Text(
        "AUC on training rows, each answered by models that had not learned from it (out of fold). What was chosen was chosen here, never on the test rows.",
        "训练数据上的 AUC，每行都由没学过它的模型回答（折外预测）。所有选择都在这里完成，没有用到测试数据。",
    )
    apart = _apart(details["leaderboard"], test)
    return Card(
        "leaderboard",
        AGAINST,
        Text("“{best}” ranks best among what was tried", "尝试过的方法中，“{best}”排序最好").fill(best=best),
        Text(f"{reading.en} {apart.en}", f"{reading.zh}{apart.zh}") if apart else reading,
        Bars(bars, Text("AUC", "AUC")),
    )


def _apart(rows: Sequence[Mapping[str, Any]], test: tuple[float, float, float] | None) -> Text | None:
    """What to make of it where the blend's range here and that on the test rows lie apart."""
    blend = next((row for row in rows if row["name"] == "blend"), None)
    if blend is None or test is None or (blend["low"] <= test[2] and test[1] <= blend["high"]):
        return None
    easier = test[0] > blend["auc"]
    said = (
        Text(
            "On the test rows it was {share}, above this range: those rows came out easier, so count on the lower figure.",
            "测试数据上为 {share}，高于这里的范围：那些数据恰好更容易，请以较低的数字为准。",
        )
        if easier
        else Text(
            "On the test rows it was {share}, below this range: those rows are harder or differ from the training rows.",
            "测试数据上为 {share}，低于这里的范围：那些数据更难，或与训练数据有差别。",
        )
    )
    return said.fill(share=f"{test[0]:.1%}")


def roc(details: Mapping[str, Any], metrics: Mapping[str, float]) -> Card:
    lines = [
        Line(MODEL, *_points(details["roc"]["model"])),
        Line(SCORECARD, *_points(details["roc"]["scorecard"]), part="baseline"),
        Line(Text("guessing", "随机猜测"), (0.0, 1.0), (0.0, 1.0), part="reference"),
    ]
    at = _at(details["roc"]["model"], 0.1)
    return Card(
        "roc",
        RANKING,
        Text(
            f"Declining 10 of 100 goods catches {_of_100(at)} of 100 bads",
            f"误拒 10% 的好样本，可抓住 {_of_100(at)}% 的坏样本",
        ),
        Text(
            f"Each point is a possible cut-off. The further the line is to the upper left the better; AUC {metrics['roc_auc']:.3f}.",
            f"每个点对应一条分界线，越靠左上越好。AUC 为 {metrics['roc_auc']:.3f}。",
        ),
        Lines(tuple(lines), Text("Goods declined", "被拒的好样本"), Text("Bads caught", "抓住的坏样本")),
    )


def precision_recall(details: Mapping[str, Any], metrics: Mapping[str, float]) -> Card:
    base = details["bad_share"]
    lines = (
        Line(MODEL, tuple(details["precision_recall"]["model"]["x"]), tuple(details["precision_recall"]["model"]["y"])),
        Line(
            SCORECARD,
            tuple(details["precision_recall"]["scorecard"]["x"]),
            tuple(details["precision_recall"]["scorecard"]["y"]),
            part="baseline",
        ),
        Line(Text("everyone", "全部"), (0.0, 1.0), (base, base), part="reference"),
    )
    at = _at(details["precision_recall"]["model"], 0.5)
    return Card(
        "precision_recall",
        RANKING,
        Text(
            f"To catch half of the bads, {_of_100(1 - at)} of 100 declined would have been good",
            f"要抓住一半的坏样本，每拒 100 个里有 {_of_100(1 - at)} 个其实是好的",
        ),
        Text(
            f"Of those declined, the share that is really bad. {base:.0%} of all are bad, which is what declining at random would give.",
            f"被拒者中真正坏的比例。全部样本中坏的占 {base:.0%}，随机拒绝就是这个水平。",
        ),
        Lines(lines, Text("Bads caught", "抓住的坏样本"), Text("Really bad among the declined", "被拒者中确为坏的")),
    )


def deciles(details: Mapping[str, Any], words: Mapping[str, Any]) -> Card:
    rows = details["deciles"]
    columns = (
        Column(Text("Riskiest first", "从高到低"), "count"),
        Column(Text("Probability from", "概率下限"), "share"),
        Column(Text("to", "上限"), "share"),
        Column(Text("Rows", "行数"), "count"),
        Column(Text("Ended “{bad}”", "“{bad}”数").fill(bad=words["bad"]), "count"),
        Column(Text("Rate", "占比"), "share"),
        Column(Text("95% from", "95% 下限"), "share"),
        Column(Text("to", "上限"), "share"),
        Column(Text("Bads caught so far", "累计抓住"), "share"),
        Column(Text("Lift", "提升度"), "number", Text("How many times the average rate.", "是平均水平的多少倍。")),
    )  # fmt: skip
    keys = ("part", "from", "to", "rows", "bad", "rate", "low", "high", "caught", "lift")
    return Card(
        "deciles",
        RANKING,
        Text(
            f"The riskiest tenth goes bad {rows[0]['lift']:.1f} times as often as the average",
            f"最危险的十分之一，变坏的概率是平均水平的 {rows[0]['lift']:.1f} 倍",
        ),
        Text(
            "Rows it never saw, in ten equal parts by their probability.",
            "将未见过的数据按概率分成十等份。",
        ),
        Grid(columns, tuple(tuple(float(row[key]) for key in keys) for row in rows)),
    )


def distribution(details: Mapping[str, Any], words: Mapping[str, Any]) -> Card:
    d = details["distribution"]
    lines = (
        Line(Text("ended “{bad}”", "“{bad}”").fill(bad=words["bad"]), tuple(d["x"]), tuple(d["bad"])),
        Line(
            Text("ended “{good}”", "“{good}”").fill(good=words["good"]),
            tuple(d["x"]),
            tuple(d["good"]),
            part="baseline",
        ),
    )
    last = d.get("last")
    beyond = (
        Text(" The last point holds all of {share} and more.", "最右的点包括概率为 {share} 及以上的所有行。").fill(
            share=f"{last:.0%}"
        )
        if last is not None
        else same("")
    )
    return Card(
        "distribution",
        RANKING,
        Text("Bads get higher probabilities than goods", "坏样本得到的概率更高"),
        Text(
            f"The less the two curves overlap, the better good and bad can be told apart.{beyond.en}",
            f"两条曲线重叠越少，好坏越容易区分。{beyond.zh}",
        ),
        Lines(lines, Text("Probability given", "给出的概率"), Text("Share of rows", "行的比例")),
    )


def calibration(results: Any) -> Card:
    bins, gap = results.details["reliability"], results.metrics["expected_calibration_error"]
    noise = results.details["calibration_noise"]
    top = max(max(b["confidence"], b["high"]) for b in bins)
    return Card(
        "calibration",
        CALIBRATION,
        calibrated(Text("The probabilities", "概率"), gap, noise, "are"),
        Text(
            f"Where it says 20%, 20 of 100 should turn bad: points on the dashed line are exactly so. Average gap {gap * 100:.1f} points (expected calibration error); {noise * 100:.1f} would be chance alone with so many rows.",
            f"它说 20% 时，100 个里应有 20 个变坏：落在虚线上即完全相符。平均差距 {gap * 100:.1f} 个百分点（期望校准误差 ECE）；以这样的行数，仅偶然就会有 {noise * 100:.1f} 个百分点。",
        ),
        Lines(
            (
                Line(
                    MODEL,
                    tuple(b["confidence"] for b in bins),
                    tuple(b["right"] for b in bins),
                    tuple(b["low"] for b in bins),
                    tuple(b["high"] for b in bins),
                ),
                Line(Text("exactly right", "完全相符"), (0.0, top), (0.0, top), part="reference"),
            ),
            Text("Probability given", "给出的概率"),
            Text("Turned bad", "实际变坏比例"),
        ),
    )


def confusion(details: Mapping[str, Any], words: Mapping[str, Any]) -> Card:
    counts = details["confusion"]
    cut = details["cutoffs"]["decline_above"]
    return Card(
        "confusion",
        READ,
        Text("Who is declined at {cut}", "分界线 {cut} 时的决定").fill(cut=f"{cut:.0%}"),
        Text(
            "Each line is how it ended, each column what the model would have said.",
            "每行是实际结果，每列是模型的判断。",
        ),
        Matrix(
            (words["good"], words["bad"]),
            tuple(tuple(row) for row in counts),
            (same(words["good"]), same(words["bad"])),
        ),
    )


def mistakes(columns: Sequence[tuple[str, Text]]) -> Card:
    return Card(
        "mistakes",
        READ,
        Text("Bads that it thought safest", "它认为最安全、结果却变坏的"),
        Text(
            "These ended badly although it gave them a low probability. They show what the data does not say, or labels to correct.",
            "这些样本概率很低却变坏了：可能是数据里没有的信息，也可能是标签有误。",
        ),
        Rows(tuple(columns), where={"missed": True}, sort="safety"),
    )


def _at(curve: Mapping[str, Sequence[float]], x: float) -> float:
    """The curve's height at x, linear between its points."""
    points = sorted(zip(curve["x"], curve["y"], strict=True))
    before = max((p for p in points if p[0] <= x), default=points[0])
    after = min((p for p in points if p[0] >= x), default=points[-1])
    if after[0] == before[0]:
        return float(before[1])
    return float(before[1] + (after[1] - before[1]) * (x - before[0]) / (after[0] - before[0]))


def _points(curve: Mapping[str, Sequence[float]]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    return tuple(curve["x"]), tuple(curve["y"])


def _of_100(share: float) -> str:
    return f"{share * 100:.0f}"


def _signed(gain: float) -> str:
    return f"{gain * 100:+.1f}".replace("-", "−")
