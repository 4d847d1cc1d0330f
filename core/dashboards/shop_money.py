"""What recommendations bring in money, by the user's own figures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.cards import MONEY, Card, Number, Numbers
from core.dashboards.recommendation_cards import NAMES
from core.fields import Field
from core.money import said
from core.words import Text


def assumptions(details: Mapping[str, Any]) -> list[Field]:
    example = Text("An example: put in your own figure.", "示例数值，请填写您自己的数字。")
    return [
        Field("visits", Text("Customers who see suggestions a month", "每月看到推荐的客户数"), "number", example, 10_000, low=0, step=100, example=True),
        Field("conversion", Text("Of 100 shown what they want, how many buy because of it", "看到想要的商品后，每 100 人有几人因此购买"), "number", example, 5.0, low=0.0, high=100.0, example=True),
        Field("value", Text("Value of a purchase", "每次购买的金额"), "number", None if details["price"] else example, float(details["price"] or 50.0), low=0.0, example=not details["price"]),
    ]  # fmt: skip


def money(results: Any, values: Mapping[str, Any]) -> list[Card]:
    """Extra revenue a month over the better of the simple lists, by the user's own figures: an estimate, and said to be
    one."""
    first = {field.key: field.default for field in assumptions(results.details)}
    visits, conversion, value = (float(first[key] if values.get(key) is None else values[key]) for key in first)
    per_hit = visits * conversion / 100 * value
    own, (low, high) = results.metrics["hit_rate_at_10"], results.intervals["hit_rate_at_10"]
    gain, least, most = (x * per_hit for x in results.details["paired"])
    d = results.details
    others = {name: d["figures"][name]["hit_rate_at_10"][0] for name in d["rivals"]}
    more = (
        Text("About {gain} a month more than “{rival}”", "每月约比“{rival}”多 {gain}")
        if least > 0
        else Text("Not clearly more a month than “{rival}”", "每月收益并不明显高于“{rival}”")
    )
    return [
        Card(
            "money",
            MONEY,
            more.fill(gain=said(gain), rival=NAMES[d["rival"]]),
            Text(
                "An estimate, not a measurement: {gain} more ({least} to {most} from the uncertainty of the test alone), and only if your figures hold and suggestions cause purchases as you assume. A test with real customers decides.",
                "这是估算，不是实测：多 {gain}（仅考虑检验的不确定性，范围为 {least} 到 {most}）；前提是您的数字成立、推荐确能带来购买。最终应以真实客户的对照试验为准。",
            ).fill(gain=said(gain), least=said(least), most=said(most)),
            Numbers(
                (
                    Number(NAMES["model"], own * per_hit, "money", low * per_hit, high * per_hit),
                    *(Number(NAMES[name], share * per_hit, "money", part="baseline") for name, share in others.items()),
                )
            ),
        )
    ]
