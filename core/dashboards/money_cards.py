"""The money view of a yes/no model: profit over the cut-off, bands of decisions, and what they earn. Made at every change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from core.cards import MONEY, Card, Column, Grid, Line, Lines, Mark, Number, Numbers
from core.fields import Field, Option
from core.money import PER, Per, Stakes, Summary, Worth, best_cutoff, difference, gains_of, profit_curve, said, worth
from core.words import Text

EXAMPLE_CASE = (100.0, 500.0)
EXAMPLE_SHARE = (0.05, 0.4)
PER_FIELD = "per"
STEP = 0.005


def stakes_of(values: Mapping[str, Any], default: Stakes) -> Stakes:
    """The user's figures; what is missing or not a number counts as the default."""

    def number(key: str, other: float) -> float:
        value = values.get(key)
        return float(value) if isinstance(value, int | float) and np.isfinite(value) and value >= 0 else other

    asked = values.get(PER_FIELD)
    per: Per = "case" if asked == "case" else "amount" if asked == "amount" else default.per
    return Stakes(number("profit", default.profit), number("loss", default.loss), per)


def fields(details: Mapping[str, Any]) -> list[Field]:
    """Profit, loss, the cut-off; and whether they are per case or a share of its amount, where there is one."""
    default = Stakes(**details["stakes"])
    example = bool(details["stakes_are_examples"])
    whole = default.per == "case"
    asked = [
        Field("profit", Text("Profit of a good case", "每笔好业务的利润"), "number", example=example, default=default.profit, low=0.0, step=1.0 if whole else 0.01),
        Field("loss", Text("Loss of a bad case", "每笔坏业务的损失"), "number", example=example, default=default.loss, low=0.0, step=1.0 if whole else 0.01),
    ]  # fmt: skip
    if details["has_amount"]:
        options = (
            Option("case", Text("an amount for each case", "每笔的金额")),
            Option("amount", Text("a share of its amount", "占其金额的比例")),
        )
        asked.append(
            Field(PER_FIELD, Text("These figures are", "以上数字是"), "choice", default=default.per, options=options)
        )
    cut = details["cutoffs"]
    asked.append(
        Field(
            "decline_above",
            Text("Decline from this probability on", "概率达到多少就拒绝"),
            "slider",
            default=_opening(cut),
            low=0.0,
            high=cut["top"],
            step=min(STEP, cut.get("step", STEP)),
        )
    )
    return asked


def _share(value: float) -> str:
    """As the slider says it: half percents where it stands on one."""
    return f"{value * 100:.1f}".removesuffix(".0") + "%"


def _opening(cut: Mapping[str, float]) -> float:
    """The cut-off that the view opens with: the best on training rows, on the slider's steps where it is not below them."""
    return round(cut["best"] / STEP) * STEP or cut["best"]


def cards(results: Any, values: Mapping[str, Any]) -> list[Card]:
    """The section MONEY for these figures. The best cut-off comes from training rows (out of fold); test rows measure it."""
    details, rows = results.details, results.rows
    stakes = stakes_of(values, Stakes(**details["stakes"]))
    chosen = values.get("decline_above")
    cut = float(chosen) if isinstance(chosen, int | float) else _opening(details["cutoffs"])
    bad = rows["bad"].to_numpy(dtype=bool)
    probability = rows["probability"].to_numpy(dtype=float)
    amount = rows["amount_"].to_numpy(dtype=float) if "amount_" in rows else None
    gains = gains_of(bad, amount, stakes)
    approved = probability < cut
    best = best_cutoff(Summary.from_json(details["summary"]), stakes)
    today = rows["approved_today"].to_numpy(dtype=bool) if "approved_today" in rows else None
    return [
        _headline(gains, approved, today),
        _curve(Summary.of(probability, bad, amount), stakes, cut, best),
        _bands(gains, probability, bad, (best[1], best[2]), details["cutoffs"]),
        _counts(gains, approved, bad, details["words"]),
    ]


def _headline(gains: np.ndarray, approved: np.ndarray, today: np.ndarray | None) -> Card:
    everyone = np.ones(len(gains), dtype=bool)
    own, all_ = worth(gains, approved), worth(gains, everyone)
    gain, low, high = difference(gains, approved, everyone)
    items = [
        _money(Text("With this cut-off", "按此分界线"), own),
        _money(Text("Approving everyone", "全部通过"), all_, part="reference"),
    ]
    if today is not None:
        items.append(_money(Text("Today's decisions", "现行做法"), worth(gains, today), part="baseline"))
        gain, low, high = difference(gains, approved, today)
    items.append(Number(Text("Approved", "通过率"), own.approved, "share"))
    rival = Text("today's decisions", "现行做法") if today is not None else Text("approving everyone", "全部通过")
    better = low > 0
    title = (
        Text("{gain} more per {per} cases than {rival}", "每 {per} 笔比{rival}多赚 {gain}")
        if better
        else Text("{gain} less per {per} cases than {rival}", "每 {per} 笔比{rival}少赚 {gain}")
        if high < 0
        else Text(
            "Not clearly better than {rival}: {gain} per {per} cases",
            "与{rival}相比没有明显差别：每 {per} 笔相差 {gain}",
        )
    ).fill(
        gain=said(abs(gain)) if better or high < 0 else said(gain),
        per=f"{PER:,}",
        rival=rival,
    )
    return Card(
        "money",
        MONEY,
        title,
        Text(
            f"In your currency, per {PER:,} cases like those held out. The difference lies between {said(low)} and {said(high)}, 95 times in 100.",
            f"以您的货币计，每 {PER:,} 笔与测试数据相似的业务。差额有 95% 的把握在 {said(low)} 到 {said(high)} 之间。",
        ),
        Numbers(tuple(items)),
    )


def _money(label: Text, found: Worth, part: Any = "model") -> Number:
    return Number(label, found.profit, "money", found.low, found.high, part=part)


def _curve(summary: Summary, stakes: Stakes, cut: float, best: tuple[float, float, float]) -> Card:
    curve = profit_curve(summary, stakes)
    top = max(cut, best[2]) * 1.6
    kept = curve.cutoff <= min(max(top, 0.1), 1.0)
    at = [float(np.interp(x, curve.cutoff, curve.profit)) for x in (best[0], cut)]
    marks = [
        Mark(best[0], at[0], Text(f"best on training rows {_share(best[0])}", f"训练数据上最优 {_share(best[0])}"))
    ]
    if abs(cut - best[0]) > 0.004:
        marks.append(Mark(cut, at[1], Text(f"chosen {_share(cut)}", f"当前 {_share(cut)}")))
    return Card(
        "profit",
        MONEY,
        Text("The best cut-off is about {best} ({low} to {high})", "最佳分界线约为 {best}（{low}–{high}）").fill(
            best=_share(best[0]), low=_share(best[1]), high=_share(best[2])
        ),
        Text(
            "Profit on rows it never saw if everyone below the cut-off is approved. The best cut-off was chosen on other rows (training, out of fold), so that this curve is an honest check of it.",
            "在未见过的数据上，概率低于分界线者全部通过时的利润。最佳分界线是在另一部分数据（训练集折外预测）上选定的，因此这条曲线是对它的公正检验。",
        ),
        Lines(
            (
                Line(
                    Text("Your model", "您的模型"),
                    tuple(curve.cutoff[kept].tolist()),
                    tuple(curve.profit[kept].tolist()),
                    tuple(curve.low[kept].tolist()),
                    tuple(curve.high[kept].tolist()),
                ),
            ),
            Text("Decline from this probability on", "拒绝的概率门槛"),
            Text(f"Profit per {PER:,} cases", f"每 {PER:,} 笔的利润"),
            y_unit="money",
            marks=tuple(marks),
        ),
    )


def _bands(
    gains: np.ndarray,
    probability: np.ndarray,
    bad: np.ndarray,
    review: tuple[float, float],
    kept: Mapping[str, float],
) -> Card:
    """`kept` are the lines of the model as it was trained."""
    low, high = review
    lines = Text(
        "What you move here changes this tab only: the other tabs and Try start from approve below {low}, decline from {high}.",
        "此处的调整只影响本页：其他页面和“试用”默认低于 {low} 通过，达到 {high} 拒绝。",
    ).fill(low=_share(kept["approve_below"]), high=_share(kept["decline_above"]))
    reading = Text(
        "Between the two lies where the best cut-off could be, judged by how much the training rows vary: there a person's look is worth most.",
        "两者之间是最佳分界线可能所在的范围（由训练数据的波动判断），这一段最值得人工查看。",
    )
    bands = (
        (Text("Approve", "通过"), probability < low),
        (Text("Ask a person", "人工审核"), (probability >= low) & (probability < high)),
        (Text("Decline", "拒绝"), probability >= high),
    )
    rows = []
    for title, own in bands:
        share = float(own.mean()) if len(own) else 0.0
        rate = float(bad[own].mean()) if own.any() else None
        rows.append((title, share, rate, float(np.where(own, gains, 0.0).mean() * PER) if len(own) else 0.0))
    columns = (
        Column(Text("Decision", "决定")),
        Column(Text("Share of cases", "占比"), "share"),
        Column(Text("Turned bad", "实际变坏"), "share"),
        Column(Text(f"Profit if approved, per {PER:,} cases", f"若全部通过，每 {PER:,} 笔的利润"), "money"),
    )
    return Card(
        "bands",
        MONEY,
        Text("Approve below {low}, decline from {high}", "低于 {low} 通过，达到 {high} 拒绝").fill(
            low=_share(low), high=_share(high)
        ),
        Text(f"{reading.en} {lines.en}", f"{reading.zh}{lines.zh}"),
        Grid(columns, tuple(rows)),
    )


def _counts(gains: np.ndarray, approved: np.ndarray, bad: np.ndarray, words: Mapping[str, Any]) -> Card:
    def cell(rows: np.ndarray) -> tuple[float, float]:
        return float(rows.sum()), float(gains[rows].sum())

    rows = []
    for name, kind in ((words["good"], ~bad), (words["bad"], bad)):
        kept, earned = cell(kind & approved)
        gone, missed = cell(kind & ~approved)
        rows.append((Text(f"Ended “{name}”", f"结果为“{name}”"), kept, earned, gone, -missed))
    columns = (
        Column(Text("How it ended", "实际结果")),
        Column(Text("Approved", "通过"), "count"),
        Column(Text("Earned", "赚得"), "money"),
        Column(Text("Declined", "拒绝"), "count"),
        Column(Text("Spared (or forgone)", "避免的损失（或错失的利润）"), "money"),
    )
    wrong = int((bad & approved).sum()), int((~bad & ~approved).sum())
    return Card(
        "decisions",
        MONEY,
        Text(
            f"{wrong[0]:,} bad cases slip through, {wrong[1]:,} good ones are turned away",
            f"有 {wrong[0]:,} 笔坏的漏过，{wrong[1]:,} 笔好的被拒",
        ),
        Text(f"Of the {len(bad):,} rows held out, at this cut-off.", f"按此分界线，测试数据共 {len(bad):,} 行。"),
        Grid(columns, tuple(rows)),
    )
