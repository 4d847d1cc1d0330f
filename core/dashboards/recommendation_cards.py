"""Cards for models that answer with a list of items: how often the next purchase is in it, and what the lists are like."""

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
    Metric,
    Number,
    Numbers,
    Part,
    Points,
    Rows,
)  # fmt: skip
from core.dashboards.notes import notes as told
from core.words import Text, same

CUTS = (5, 10, 20)
AGAINST = Text("Against simple lists", "与简单榜单相比")
CUSTOMERS = Text("By customer", "按客户类型")
LISTS = Text("What the lists are like", "推荐列表的特点")
HARDER = Text("Harder tests", "更难的检验")
READ = Text("Rows to read", "值得一读")
NAMES = {
    "model": Text("Your model", "您的模型"),
    "bestsellers": Text("Bestsellers", "畅销榜"),
    "item_item": Text("Goes with it (item-item)", "相关商品（item-item）"),
}
PARTS: Mapping[str, Part] = {"model": "model", "bestsellers": "baseline", "item_item": "reference"}
PART_NAMES = {
    "next": Text("What follows what", "先后转移（近期）"),
    "lately": Text("What follows, over a longer while", "先后转移（较长）"),
    "ease": Text("What goes together (EASE)", "商品关联（EASE）"),
    "item_item": Text("Goes with it (item-item)", "相关商品（item-item）"),
    "bestsellers": Text("Bestsellers", "畅销榜"),
    "sequence": Text("Sequence transformer", "序列 Transformer"),
    "blend": Text("All of them together", "综合以上模型"),
}
KINDS = {
    "new": Text("new (up to 4 purchases)", "新客户（4 次以内）"),
    "occasional": Text("occasional (5 to 19)", "偶尔购买（5–19 次）"),
    "loyal": Text("loyal (20 and more)", "忠实客户（20 次以上）"),
}


def _metric(title: Text, term: str, help: Text, own: Text | None = None) -> Metric:
    return Metric(title, same(term), help, own=own)


METRICS = {
    "hit_rate_at_10": _metric(
        Text("Next purchase among its ten", "下一次购买在前十里"),
        "HR@10",
        Text(
            "Of 100 customers, for how many the next purchase is among the ten suggestions.",
            "每 100 位客户中，下一次购买出现在十个推荐里的人数。",
        ),
        own=Text(
            "For {n} of 100 customers the next purchase is among the ten suggestions.",
            "每 100 位客户中，有 {n} 位的下一次购买出现在十个推荐里。",
        ),
    ),
    "ndcg_at_10": _metric(
        Text("The same, higher places counting more", "同上，排位越前权重越大"),
        "NDCG@10",
        Text("1 if it always comes first, 0 if it is never among the ten.", "总排第一为 1，从不进前十为 0。"),
        own=Text(
            "{n} of 100: it would be 100 if the next purchase always came first, 0 if it were never among the ten.",
            "满分 100，得 {n}：下一次购买总排第一为 100，从不进前十为 0。",
        ),
    ),
    "recall_at_20": _metric(
        Text("Among the first twenty", "在前二十里"),
        "recall@20",
        Text(
            "With one next purchase a customer, the share of customers for whom it is among twenty.",
            "每位客户只有一个“下一次购买”，即其进入前二十的比例。",
        ),
        own=Text(
            "For {n} of 100 customers the next purchase is among the first twenty.",
            "每 100 位客户中，有 {n} 位的下一次购买在前二十个里。",
        ),
    ),
    "mrr": _metric(
        Text("One over its place", "排位的倒数"),
        "MRR",
        Text("The mean of 1 / place of the next purchase among all items.", "下一次购买在全部商品中排位倒数的平均。"),
    ),
    "coverage_at_10": _metric(
        Text("Catalogue shown", "商品覆盖率"),
        "coverage@10",
        Text("The share of all items that appear in anybody's ten.", "至少在某位客户的前十中出现过的商品比例。"),
        own=Text(
            "Of 100 items of the catalogue, {n} appear in somebody's ten.",
            "每 100 种商品中，有 {n} 种至少在某位客户的前十中出现过。",
        ),
    ),
}


RIVAL = Text("the better of these two", "两者中较好的一个")


def sentence(results_metrics: Mapping[str, float], intervals: Any, baseline: Mapping[str, float]) -> Text:
    low, high = intervals["hit_rate_at_10"]
    return Text(
        "For {own} of 100 customers the next purchase is among its ten suggestions ({low} to {high}); the bestseller list gets {sellers}, items that go together {item_item}.",
        "每 100 位客户中，有 {own} 位的下一次购买在它推荐的十个商品里（{low}–{high}）；畅销榜为 {sellers} 位，相关商品法为 {item_item} 位。",
    ).fill(
        own=_of_100(results_metrics["hit_rate_at_10"]),
        low=_of_100(low),
        high=_of_100(high),
        sellers=_of_100(baseline["hit_rate_at_10"]),
        item_item=_of_100(baseline["item_item_hit_rate_at_10"]),
    )


def headline(results: Any) -> Card:
    m, d = results.metrics, results.details
    sellers, low, high = d["figures"]["bestsellers"]["hit_rate_at_10"]
    number = METRICS["hit_rate_at_10"]

    def own(key: str) -> Number:
        words, (least, most) = METRICS[key], results.intervals.get(key, (None, None))
        return Number(words.title, m[key], "share", least, most, words.explained(m[key]), term=words.term)

    return Card(
        "headline",
        HEADLINE,
        Text("How good it is", "效果如何"),
        Text(
            f"Measured on the last purchase of {d['rows']:,} customers, hidden from it. All items are ranked. The bars hold the true figure 95 times in 100.",
            f"用 {d['rows']:,} 位客户被隐藏的最后一次购买来检验，对全部商品排序。横条为 95% 置信区间。",
        ),
        Numbers(
            (
                own("hit_rate_at_10"),
                Number(NAMES["bestsellers"], sellers, "share", low, high, part="baseline", term=number.term),
                own("ndcg_at_10"),
                own("coverage_at_10"),
            )
        ),
    )  # fmt: skip


def compared(results: Any) -> Card:
    d, bars = results.details, []
    for cut in CUTS:
        for name in ("model", *d["rivals"]):
            value, low, high = d["figures"][name][f"hit_rate_at_{cut}"]
            bars.append(
                Bar(Text(f"among the first {cut}", f"在前 {cut} 里"), value, low, high, PARTS[name], NAMES[name])
            )
    gain, low, high = d["paired"]
    rival = NAMES[d["rival"]]
    return Card(
        "compared",
        AGAINST,
        Text("{gain} more customers of 100 than “{rival}”", "每 100 位客户比“{rival}”多命中 {gain} 位").fill(gain=f"{gain * 100:+.1f}".lstrip("+"), rival=rival),
        Text(
            "The next purchase is in the list. On the same customers; the true difference lies between {low} and {high}, 95 times in 100.",
            "下一次购买出现在列表中。在相同客户上比较，真实差距有 95% 的把握在 {low} 到 {high} 之间。",
        ).fill(low=f"{low * 100:+.1f}", high=f"{high * 100:+.1f}"),
        Bars(tuple(bars), Text("share of customers", "客户比例")),
    )  # fmt: skip


def figures(details: Mapping[str, Any]) -> Card:
    """The field's usual metrics at 5, 10 and 20, with their intervals."""
    rows = []
    for name in ("model", *details["rivals"]):
        own = details["figures"][name]
        for cut in CUTS:
            rows.append(
                (
                    Text("{name}, first {cut}", "{name}，前 {cut}").fill(name=NAMES[name], cut=str(cut)),
                    *(_between(own[f"{key}_at_{cut}"]) for key in ("hit_rate", "recall", "ndcg", "mrr")),
                )
            )
    return Card(
        "figures",
        AGAINST,
        Text("The usual figures at 5, 10 and 20", "前 5、10、20 的常用指标"),
        Text(
            "In brackets where the true figure lies, 95 times in 100. With one next purchase a customer, recall is the hit rate.",
            "括号内为 95% 置信区间。每位客户只有一个“下一次购买”，因此召回率等于命中率。",
        ),
        Grid(
            (
                Column(Text("Who, how many", "模型与个数")),
                Column(Text("Hit rate", "命中率")),
                Column(Text("Recall", "召回率")),
                Column(same("NDCG")),
                Column(same("MRR")),
            ),
            tuple(rows),
            strong=1,
        ),
    )


def _between(figure: Sequence[float]) -> Text:
    value, low, high = figure
    return same(f"{value:.3f} ({low:.3f}–{high:.3f})")


def leaderboard(details: Mapping[str, Any]) -> list[Card]:
    rows = details["leaderboard"]
    if not rows:
        return []
    bars = tuple(
        Bar(PART_NAMES[row["name"]], row["ndcg_at_10"], part="model" if row["name"] == "blend" else "baseline")
        for row in rows
    )
    return [
        Card(
            "leaderboard",
            AGAINST,
            Text("“{best}” ranks best", "“{best}”排序最好").fill(best=PART_NAMES[rows[0]["name"]]),
            Text(
                "NDCG@10 on each customer's purchase before the last, by which the parts were weighed. The test purchases played no part in it.",
                "在每位客户的倒数第二次购买上的 NDCG@10，各部分的权重据此确定，没有用到测试数据。",
            ),
            Bars(bars, Text("NDCG@10", "NDCG@10"), "number"),
        )
    ]


def by_customer(details: Mapping[str, Any]) -> Card:
    bars = []
    for row in details["by_customer"]:
        label = Text("{kind}: {n}", "{kind}：{n} 位").fill(kind=KINDS[row["kind"]], n=f"{row['rows']:,}")
        for name, score in row["scores"].items():
            low, high = score["interval"]
            bars.append(Bar(label, score["hit_rate_at_10"], low, high, PARTS[name], NAMES[name]))
    best = max(details["by_customer"], key=lambda row: row["scores"]["model"]["hit_rate_at_10"])
    behind = [row for row in details["by_customer"] if _better_elsewhere(row["scores"])]
    beaten = same("")
    if behind:
        kinds = [KINDS[row["kind"]] for row in behind]
        beaten = Text(
            f" A simple list does better for {', '.join(kind.en for kind in kinds)}.",
            f"对{'、'.join(kind.zh for kind in kinds)}，简单榜单更准。",
        )
    return Card(
        "by_customer",
        CUSTOMERS,
        Text("It knows {kind} customers best", "对{kind}的推荐最准").fill(kind=KINDS[best["kind"]]),
        Text(
            f"For how many the next purchase is among ten, by how much is known of them.{beaten.en}",
            f"按已知购买次数分组，下一次购买进入前十的比例。{beaten.zh}",
        ),
        Bars(tuple(bars), Text("share of customers", "客户比例")),
    )


def _better_elsewhere(scores: Mapping[str, Mapping[str, Any]]) -> bool:
    others = [score["hit_rate_at_10"] for name, score in scores.items() if name != "model"]
    return max(others, default=0.0) > scores["model"]["hit_rate_at_10"]


def lists(details: Mapping[str, Any]) -> Card:
    columns = (
        Column(Text("Method", "方法")),
        Column(Text("Catalogue shown", "商品覆盖率"), "share"),
        Column(Text("Long tail", "长尾占比"), "share", Text("Suggestions beyond the items that make up 80% of sales.", "推荐中不属于“占销量 80% 的商品”的比例。")),
        Column(Text("Surprise", "新颖度"), "number", Text("Mean −log2 of an item's share of all purchases; higher is less obvious.", "商品销量占比的 −log2 平均，越高越不显而易见。")),
        Column(Text("Variety within a list", "列表内的多样性"), "share", Text("One minus how much two items of a list share their customers.", "1 减去同一列表中两个商品的客户重合程度。")),
        Column(Text("Different between two customers", "两位客户之间的差异"), "share"),
    )  # fmt: skip
    rows = tuple(
        (NAMES[name], row["coverage"], row["long_tail"], row["novelty"], row.get("varied"), row["personal"])
        for name, row in details["lists"].items()
    )
    own, sellers = details["lists"]["model"], details["lists"]["bestsellers"]
    return Card(
        "lists",
        LISTS,
        Text(
            "It shows {own} of the catalogue, the bestseller list {sellers}",
            "它展示了 {own} 的商品，畅销榜只有 {sellers}",
        ).fill(own=f"{own['coverage']:.0%}", sellers=f"{sellers['coverage']:.0%}"),
        Text(
            "A list that is right but the same for everyone sells what sells anyway.",
            "准确但人人相同的列表，卖的只是本来就好卖的东西。",
        ),
        Grid(columns, rows),
    )


def popularity(details: Mapping[str, Any]) -> Card:
    lines = tuple(
        Line(NAMES[name], tuple(curve["items"]), tuple(curve["places"]), part=PARTS[name])
        for name, curve in details["popularity"].items()
    )
    return Card(
        "popularity",
        LISTS,
        Text("How much the best sellers crowd the lists", "畅销商品占了多少推荐位"),
        Text(
            "Items from the best seller to the rarest against the share of all suggested places they take. The steeper at the left, the more the lists repeat the best sellers.",
            "横轴为从最畅销到最冷门的商品，纵轴为它们累计占据的推荐位比例。左侧越陡，列表越集中于畅销商品。",
        ),
        Lines(lines, Text("Items, best sellers first", "商品（畅销在前）"), Text("Share of places", "推荐位占比")),
    )


def item_map(details: Mapping[str, Any]) -> list[Card]:
    """The best sellers on a map; none where there are too few."""
    if not details.get("map"):
        return []
    groups = _groups(details["map"])
    order = list(dict.fromkeys(groups))
    points = Points(
        tuple(one["x"] for one in details["map"]),
        tuple(one["y"] for one in details["map"]),
        tuple(order.index(group) for group in groups),
        tuple(order),
        tuple(one["title"] for one in details["map"]),
    )
    reading = Text(
        "The {n} best sellers; near each other means taken by the same customers. Only nearness counts: the axes and far distances mean nothing.",
        "销量最高的 {n} 种商品，距离近表示常被同一批客户购买。只看远近，坐标轴与远距离没有含义。",
    ).fill(n=str(len(points.x)))
    return [
        Card(
            "item_map",
            LISTS,
            Text("What goes together lies together", "常一起买的商品聚在一起"),
            reading,
            points,
        )
    ]


def _groups(items: Sequence[Mapping[str, Any]]) -> list[Text]:
    """What each item of the map is counted to: its category where the items have several, else the best seller of its clump."""
    if len({one["category"] for one in items}) > 1:
        return [same(one["category"]) if one["category"] else Text("others", "其他") for one in items]
    best: dict[int, str] = {}
    for one in items:
        best.setdefault(one["group"], one["title"])
    return [Text("with {item}", "与“{item}”相近").fill(item=best[one["group"]]) for one in items]


def _harder_reading(reading: Text, test: Mapping[str, Any]) -> Text:
    said = reading.fill(n=f"{test['customers']:,}")
    if not test["without"]:
        return said
    return Text(f"{said.en} {WITHOUT.en}", f"{said.zh}{WITHOUT.zh}")


WITHOUT = Text(
    "The sequence transformer is not trained anew for this and takes no part.",
    "此检验不重新训练序列 Transformer，因此不含它。",
)


def harder(details: Mapping[str, Any]) -> list[Card]:
    found = []
    for key, title, reading in HARDER_TESTS:
        one = details.get(key)
        if not one:
            continue
        bars = []
        for label, name in (
            (Text("any of them in the ten", "至少命中一个"), "hit_rate"),
            (Text("share of them in the ten", "命中的比例"), "recall"),
        ):
            bars.append(Bar(label, one[name], name=NAMES["model"]))
            bars.append(Bar(label, one[f"bestsellers_{name}"], part="baseline", name=NAMES["bestsellers"]))
        found.append(
            Card(key, HARDER, title.fill(share=_of_100(one["hit_rate"])), _harder_reading(reading, one), Bars(tuple(bars), Text("mean over customers", "客户平均")))
        )  # fmt: skip
    return found


HARDER_TESTS = (
    (
        "after_a_date",
        Text("After a date: {share} of 100 customers took something from its ten", "按时间检验：每 100 位客户有 {share} 位买了前十中的商品"),
        Text(
            "Learned from the first 90% of the time, asked what {n} customers took later. Closer to real use than the last purchase, since nothing of the later time is known.",
            "只用前 90% 时间的数据学习，预测 {n} 位客户之后买了什么。不知道后来的任何信息，更接近实际使用。",
        ),
    ),
    (
        "last_basket",
        Text("The whole last basket: {share} of 100 customers took something from its ten", "整个最后一单：每 100 位客户有 {share} 位买了前十中的商品"),
        Text(
            "Lines of one order share a moment, so the last line is easy to guess from those beside it. Here the whole last order of {n} customers was hidden.",
            "同一订单的各行时间相同，最后一行容易由同单其他商品猜到。这里把 {n} 位客户的整个最后一单都隐藏起来。",
        ),
    ),
)  # fmt: skip


NEWCOMERS = Text(
    "{n} items of your item table have no sales yet: each stands beside the items that read like it, by name and category.",
    "商品表中有 {n} 种商品还没有销量：按名称和类别，排在描述相近的商品旁边。",
)


def notes(details: Mapping[str, Any]) -> list[Card]:
    said = [Text.from_json(note) for note in details["notes"]]
    if details.get("newcomers"):
        said.append(NEWCOMERS.fill(n=f"{details['newcomers']:,}"))
    return told(LISTS, said)


def rows() -> Card:
    columns = (
        ("customer", Text("Customer", "客户")),
        ("bought", Text("Bought before (latest first)", "之前买过（最近在前）")),
        ("next", Text("Then bought", "随后购买")),
        ("place", Text("Its place in the ranking", "在排序中的位置")),
        ("suggested", Text("The ten suggestions", "推荐的十个商品")),
    )
    return Card(
        "rows",
        READ,
        Text("What it suggested, and what they took", "它推荐了什么，客户买了什么"),
        Text(
            "Customers of the test, with the purchase that was hidden from the model.",
            "测试中的客户，以及对模型隐藏的那次购买。",
        ),
        Rows(columns, limit=200),
    )


def _of_100(share: float) -> str:
    return f"{share * 100:.0f}"
