"""The curves that scenarios declare, with their words: any two runs of a task are laid over each other on them."""

from __future__ import annotations

from core.curves import Curve, alone, caught_at, gap, mistakes_among, reliability, roc, within
from core.words import Text

SUREST, WRONGLY, CUT, PLACES = 0.7, 0.2, 10, 20


def answered_alone(sure: str = "confidence", right: str = "right") -> Curve:
    """Mistakes among what a model answers alone, however much that is."""
    return Curve(
        "alone",
        Text(
            "From left to right more is answered without a person; the lower the line, the fewer mistakes among it.",
            "越往右，自动处理的越多；线越低，其中的错误越少。",
        ),
        Text("Mistakes among the surest 70 of 100", "最有把握的 70% 中的错误率"),
        (sure, right),
        lambda rows: alone(rows, sure, right),
        lambda rows: mistakes_among(rows, sure, right, SUREST),
        Text("Answered automatically", "自动处理的比例"),
        Text("Mistakes among them", "其中的错误率"),
        higher_is_better=False,
    )


def calibrated(said: str, came: str, x_axis: Text, y_axis: Text) -> Curve:
    """Whether what a model says of its own certainty comes true."""
    return Curve(
        "calibration",
        Text("The nearer a line is to the dotted one, the more it can be taken at its word.", "越贴近点线，越可信。"),
        Text("Average gap between what is stated and what comes true", "所报与实际的平均差距"),
        (said, came),
        lambda rows: reliability(rows, said, came),
        lambda rows: gap(rows, said, came),
        x_axis,
        y_axis,
        higher_is_better=False,
        diagonal=Text("exactly right", "完全相符"),
    )


def told_apart(score: str = "probability", outcome: str = "bad") -> Curve:
    """How well a score parts the bad from the good: the ROC curve."""
    return Curve(
        "roc",
        Text(
            "Each point is a possible cut-off (ROC curve). The further to the upper left, the better.",
            "每个点对应一条分界线（ROC 曲线），越靠左上越好。",
        ),
        Text("Bads caught when 20 of 100 goods are declined", "误拒 20% 的好样本时抓住的坏样本"),
        (score, outcome),
        lambda rows: roc(rows, score, outcome),
        lambda rows: caught_at(rows, score, outcome, WRONGLY),
        Text("Goods declined", "被拒的好样本"),
        Text("Bads caught", "抓住的坏样本"),
        diagonal=Text("guessing", "随机猜测"),
    )


def found_within(place: str = "place") -> Curve:
    """How often the right item is among the first so many (hit rate at k)."""
    return Curve(
        "hits",
        Text(
            "The share of purchases that were among the first so many suggestions (hit rate).",
            "实际购买的商品出现在前若干个推荐中的比例（命中率）。",
        ),
        Text("Found among the first 10", "前 10 个推荐的命中率"),
        (place,),
        lambda rows: within(rows, place, PLACES),
        lambda rows: float((rows[place] <= CUT).mean()),
        Text("Suggestions shown", "展示的推荐个数"),
        Text("Right item among them", "其中包含正确商品"),
        x_unit="count",
    )
