"""What a comparison on the same rows says, in a sentence with its range."""

from __future__ import annotations

from core import charts
from core.cards import Unit
from core.scenarios.base import Metric, scenario
from core.services.comparison import Comparison, Flattery
from core.words import Text
from pages.ui import layout
from pages.ui.language import language, t
from pages.ui.words import count

HEADS: dict[str, Text] = {
    "better": Text("Better than the live model.", "比在用模型更好。"),
    "equal": Text("As good as the live model: the difference could be chance.", "与在用模型相当，差距可能只是偶然。"),
    "worse": Text("Worse than the live model.", "不如在用模型。"),
    "unknown": Text("Not compared.", "无法对比。"),
}
BEFORE: dict[str, Text] = {
    "better": Text("Was better than the one before.", "当时优于前一个模型。"),
    "equal": Text("Was as good as the one before.", "当时与前一个模型相当。"),
    "worse": Text("Was worse than the one before, and wanted nevertheless.", "当时不如前一个模型，但仍按要求替换。"),
    "unknown": Text("Was not compared with the one before.", "当时没有与前一个模型对比。"),
}
BETWEEN: dict[str, Text] = {
    "better": Text("“{name}” is better than “{other}”.", "“{name}”优于“{other}”。"),
    "equal": Text(
        "Between “{name}” and “{other}” the difference could be chance.", "“{name}”与“{other}”的差距可能只是偶然。"
    ),
    "worse": Text("“{name}” is worse than “{other}”.", "“{name}”不如“{other}”。"),
    "unknown": Text("“{name}” and “{other}” cannot be compared row by row.", "“{name}”与“{other}”无法逐行对比。"),
}
TONES: dict[str, layout.Tone] = {"better": "good", "equal": "neutral", "worse": "bad", "unknown": "caution"}


def sentence(found: Comparison, scenario_key: str) -> str:
    """“Better…”, then both figures on the rows that both were tested on, and the range of the difference."""
    return _sentence(found, scenario_key, t(HEADS[found.kind]))


def against_before(found: Comparison, scenario_key: str) -> str:
    """The same of a replacement in the past: the new model against the one before it."""
    return _sentence(found, scenario_key, t(BEFORE[found.kind]))


def between(found: Comparison, scenario_key: str, name: str, other: str) -> str:
    """The same of any two models by their names."""
    return _sentence(found, scenario_key, t(BETWEEN[found.kind], name=name, other=other))


def same_rows(found: Flattery, scenario_key: str) -> str:
    """That all were measured on the same rows, how often these were looked at, and how much the best of so many flatters."""
    said = t(
        "All were tested on the same rows, so the figures can be compared directly. {n} models have been measured on "
        "these rows so far.",
        "这些模型使用同一批测试数据，数值可以直接比较。到目前为止，已有 {n} 个模型用这批数据检验过。",
        n=found.looks,
    )
    metric = next(iter(scenario(scenario_key).metrics.values()))
    if found.luck < (0.0005 if metric.is_share else 1e-9):
        return said
    return said + t(
        " Were all of them equally good, the best would still look better than it is by about {luck}, by luck alone: "
        "for a last word, test it on rows that came later.",
        "即使它们其实同样好，其中最好的一个也会因偶然看上去好约 {luck}；最终定论请用之后的新数据检验。",
        luck=t("{n} points", "{n} 个百分点", n=f"{found.luck * 100:.1f}") if metric.is_share else f"{found.luck:.2g}",
    )


def _sentence(found: Comparison, scenario_key: str, head: str) -> str:
    if found.kind == "unknown":
        return head + t(
            " The two have {n} test rows in common, too few to say which is better. Train the new one on the same data "
            "with the same seed, or give both the same test file.",
            "两者共同的测试数据只有 {n} 行，不足以判断优劣。请用相同的数据和随机种子训练，或为两者指定同一份检验文件。",
            n=found.rows,
        )
    metric = scenario(scenario_key).metrics[found.metric]
    return head + t(
        " {metric} on the {n} rows that neither has seen: {first} against {second}, {gain} ({low} to {high}).",
        "在两者都没见过的 {n} 行上，{metric}为 {first}，对方为 {second}，相差 {gain}（{low} 到 {high}）。",
        metric=t(metric.title),
        n=count(found.rows),
        first=_said(found.first, metric),
        second=_said(found.second, metric),
        gain=_signed(found.gain, metric) + (t(" points", " 个百分点") if metric.is_share else ""),
        low=_signed(found.low, metric),
        high=_signed(found.high, metric),
    )


def _said(value: float, metric: Metric) -> str:
    unit: Unit = "share" if metric.is_share else "number"
    return f"{value * 100:.1f}%" if metric.is_share else charts.said(value, unit, language())


def _signed(value: float, metric: Metric) -> str:
    return (f"{value * 100:+.1f}" if metric.is_share else f"{value:+.3g}").replace("-", "−")
