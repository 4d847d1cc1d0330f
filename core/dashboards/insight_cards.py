"""Cards on what a yes/no model looks at, whom it treats how, and how the data moved and was handled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.cards import FAIRNESS, Bar, Bars, Card, Column, Facts, Grid, Line, Lines
from core.words import Text, same

LOOKS_AT = Text("What it looks at", "判断依据")
DRIFT = Text("Drift and data", "数据漂移与处理")
MODEL = Text("Your model", "您的模型")


def importance(details: Mapping[str, Any], most: int = 12) -> list[Card]:
    found = [row for row in details["importance"] if row["drop"] > 0][:most]
    if not found:
        return []
    bars = tuple(
        Bar(same(" + ".join(row["columns"])), *(round(row[key], 4) for key in ("drop", "low", "high"))) for row in found
    )
    return [
        Card(
            "importance",
            LOOKS_AT,
            Text("It looks most at {column}", "它最看重“{column}”").fill(column=" + ".join(found[0]["columns"])),
            Text(
                "By how much the AUC falls on rows it never saw when a column's values are shuffled. Columns that move together are shuffled together.",
                "在未见过的数据上打乱某列后，AUC 下降多少。高度相关的列一起打乱。",
            ),
            Bars(bars, Text("fall in AUC", "AUC 下降"), "number"),
        )
    ]


def effects(details: Mapping[str, Any]) -> list[Card]:
    cards: list[Card] = []
    for name, curve in details["effects"].items():
        low, high = min(curve["y"]), max(curve["y"])
        title = Text(
            "“{column}” moves it between {low} and {high}", "“{column}”使概率在 {low} 到 {high} 之间变化"
        ).fill(column=name, low=f"{low:.0%}", high=f"{high:.0%}")
        reading = Text(
            "The average probability if every row had this value and stayed as it is otherwise. It shows what the model does, not what causes what.",
            "假设其他都不变、只让每一行取这个值时的平均概率。它说明模型如何判断，并不代表因果关系。",
        )
        body: Bars | Lines
        if curve["kind"] == "number":
            line = Line(MODEL, tuple(curve["x"]), tuple(curve["y"]))
            body = Lines((line,), same(name), Text("Average probability", "平均概率"), x_unit="number")
        else:
            body = Bars(
                tuple(Bar(same(value), share) for value, share in zip(curve["x"], curve["y"], strict=True)),
                Text("average probability", "平均概率"),
            )
        cards.append(Card(f"effect-{len(cards)}", LOOKS_AT, title, reading, body))
    return cards


FLAGS = {
    "fine": Text("in line", "符合"),
    "maybe": Text("could be below four fifths", "可能低于五分之四"),
    "below": Text("below four fifths", "低于五分之四"),
    "few": Text("too few rows to say", "样本太少，无法判断"),
}


def fairness(details: Mapping[str, Any]) -> list[Card]:
    """For every sensitive column who is approved, who is wrongly declined, and the four-fifths line."""
    columns = (
        Column(Text("Group", "群体")),
        Column(Text("Rows", "行数"), "count"),
        Column(Text("Approved", "通过率"), "share"),
        Column(Text("95% from", "95% 下限"), "share"),
        Column(Text("to", "上限"), "share"),
        Column(Text("Turned bad", "实际变坏"), "share"),
        Column(Text("Bads declined", "坏样本被拒"), "share", Text("True positive rate.", "真正例率（TPR）。")),
        Column(Text("Goods declined", "好样本被拒"), "share", Text("False positive rate.", "假正例率（FPR）。")),
        Column(Text("Against the most approved", "与通过率最高者之比"), "share", Text("Disparate impact.", "差别影响比。")),
        Column(Text("Four fifths", "五分之四准则")),
    )  # fmt: skip
    cards: list[Card] = []
    for name, groups in details["fairness"].items():
        rows = tuple(
            (
                same(row["group"]), row["rows"], row["approved"], *row["interval"], row["bad_rate"], row["caught"],
                row["refused"], row["impact"], FLAGS[row["flag"]],
            )
            for row in groups
        )  # fmt: skip
        below = [row["group"] for row in groups if row["flag"] == "below"]
        title = (
            Text("“{column}”: {groups} approved much less often", "“{column}”：{groups} 的通过率明显偏低").fill(
                column=name, groups=", ".join(below)
            )
            if below
            else Text("“{column}”: no group is clearly below four fifths", "“{column}”：没有群体明显低于五分之四").fill(
                column=name
            )
        )
        reading = Text(
            f"At the cut-off of {details['cutoffs']['decline_above']:.0%}, on rows it never saw. A group's approval rate under 80% of the highest is a warning sign in law and practice (four-fifths rule); groups differ in risk too, so read it together with how many turned bad.",
            f"分界线为 {details['cutoffs']['decline_above']:.0%} 时，在未见过的数据上测得。某群体通过率低于最高者的 80% 是常用的警示线（五分之四准则）；各群体风险也可能不同，请结合实际变坏比例一起看。",
        )
        cards.append(Card(f"fairness-{len(cards)}", FAIRNESS, title, reading, Grid(columns, rows)))
    return cards


def sensitive_cost(details: Mapping[str, Any]) -> list[Card]:
    cost = details.get("sensitive_cost")
    if not cost:
        return []
    return [
        Card(
            "sensitive-cost",
            FAIRNESS,
            Text(
                "Without {columns} the AUC would change by {gain} points",
                "不使用{columns}，AUC 会变化 {gain} 个百分点",
            ).fill(columns=_columns(cost), gain=_signed(-cost["gain"])),
            cost_words(cost),
            Bars(
                (
                    Bar(Text("with them", "使用"), cost["with"]),
                    Bar(Text("without them", "不使用"), cost["without"], part="baseline"),
                ),
                Text("AUC", "AUC"),
            ),
        )
    ]


def cost_words(cost: Mapping[str, Any]) -> Text:
    """What leaving sensitive columns out costs, as measured on the training rows."""
    return Text(
        "Leaving out {columns} changes the AUC by {gain} points ({low} to {high}), measured by cross-validation on {rows} of your rows with boosted trees. Other columns may still stand in for them.",
        "去掉{columns}后，AUC 变化 {gain} 个百分点（{low} 到 {high}），用梯度提升树在您的 {rows} 行数据上交叉验证得出。其他列仍可能间接反映这些信息。",
    ).fill(
        columns=_columns(cost),
        gain=_signed(-cost["gain"]),
        low=_signed(-cost["high"]),
        high=_signed(-cost["low"]),
        rows=f"{cost['rows']:,}",
    )


def _columns(cost: Mapping[str, Any]) -> Text:
    return Text(", ".join(cost["columns"]), f"“{'”、“'.join(cost['columns'])}”")


LEVELS = {
    "stable": Text("stable", "稳定"),
    "moved": Text("has moved", "有变化"),
    "shifted": Text("has shifted", "明显漂移"),
}


def drift(details: Mapping[str, Any], most: int = 15) -> Card:
    found = details["drift"]
    moved = [row for row in found if row["level"] != "stable"]
    columns = (
        Column(Text("Column", "列")),
        Column(Text("Change", "变化程度"), "number", Text("Population stability index.", "群体稳定性指标（PSI）。")),
        Column(Text("From chance alone", "仅由偶然造成"), "number"),
        Column(Text("Reading", "解读")),
    )
    rows = tuple(
        (same(row["column"]), round(row["psi"], 3), round(row["noise"], 3), LEVELS[row["level"]])
        for row in found[:most]
    )
    title = (
        Text("{columns} changed between training and test rows", "训练与测试数据之间，{columns} 发生了变化").fill(
            columns=", ".join(row["column"] for row in moved[:3])
        )
        if moved
        else Text("The test rows look like the training rows", "测试数据与训练数据分布一致")
    )
    return Card(
        "drift",
        DRIFT,
        title,
        Text(
            "PSI below 0.1 is stable, above 0.25 a shift: the model then knows less about such cases than its figures suggest.",
            "PSI 低于 0.1 为稳定，高于 0.25 为明显漂移：此时模型对这类样本的把握会低于所示指标。",
        ),
        Grid(columns, rows),
    )


GIVES_AWAY = Text(
    "Not learned from: it gives the answer away, and is not known yet on a new case.",
    "未用于学习：它会泄露答案，而新样本还没有这一信息。",
)


def handling(details: Mapping[str, Any]) -> list[Card]:
    left_out = [(same(name), GIVES_AWAY) for name in details.get("giveaways", ())]
    said = [*left_out, *((same(row["column"]), Text.from_json(row["words"])) for row in details["handling"])]
    if not said:
        return []
    return [
        Card(
            "handling",
            DRIFT,
            Text(
                "What was left out, and how gaps, rare values and extremes were handled",
                "哪些列未使用，缺失、罕见值与极端值如何处理",
            )
            if left_out
            else Text("How gaps, rare values and extremes were handled", "缺失、罕见值与极端值的处理方式"),
            Text("The same is done to every new row.", "对每条新数据也做同样处理。"),
            Facts(tuple(said)),
        )
    ]


def _signed(gain: float) -> str:
    return f"{gain * 100:+.1f}".replace("-", "−")
