"""Recommendations: from an order history to what each customer wants next."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from core.cards import Card
from core.dashboards import curve_cards, shop_money
from core.dashboards import recommendation_cards as cards_of
from core.data import order_checks as checks
from core.data.amounts import as_numbers
from core.data.catalogue import catalogue, categories, kinds
from core.data.guessing import PART, name_match
from core.data.profile import Profile
from core.data.splitting import Split, last_item_split, seconds
from core.data.table import Table, clean
from core.fields import Field, Option
from core.progress import Plan, Report, Stage
from core.scenarios.base import Answer, Item, Results, Scenario, Turn
from core.scenarios.parts import kept
from core.scenarios.parts.order_book import EXTRAS, REPEAT, ROLES, ShopSettings, by_content
from core.scenarios.parts.suggested import (
    LIST,
    SHOWN_BEFORE,
    Shop,
    allowed_items,
    because,
    how_many,
    known_item,
    like,
    strongest,
)
from core.verdict import judge
from core.words import Problem, Text, UserError, same

if TYPE_CHECKING:
    from core.learning.elsewhere import Elsewhere
    from core.learning.portable import Portable
    from core.learning.sequences.events import Events

MOST_CUSTOMERS, MOST_ITEMS = 5000, 5000
SHOWN_ROWS = 2000


class Recommendations(Scenario[Shop]):
    key = "recommendations"
    title = Text("Recommend products", "推荐商品")
    summary = Text(
        "From who bought, watched or rated what to the ten things each customer is likeliest to want next.",
        "根据谁买过、看过或评过什么，给出每位客户接下来最可能想要的十样东西。",
    )
    purpose = Text(
        "Suggests to each customer what they are likeliest to want next, from what they and others bought before.",
        "根据客户本人和其他人的购买记录，向每位客户推荐接下来最可能想要的商品。",
    )
    not_for = Text(
        "Setting prices or guessing private traits of customers.",
        "不用于定价，也不用于推断客户的隐私特征。",
    )
    limits = (
        Text(
            "It was measured on what customers bought by themselves. Whether suggestions sell more is known only after a trial with and without them.",
            "评测依据的是客户自发的购买。推荐能否带来更多销售，只有做过有无推荐的对照试验才知道。",
        ),
        Text(
            "Items and customers that are new get bestsellers until something is known of them.",
            "新商品和新客户在积累记录之前，只能得到畅销商品。",
        ),
    )
    icon = "recommend"
    place = 40
    beside_networks = Text(
        "Bestsellers, neighbours and transitions are tables of numbers and stay safetensors; Quick has nothing else.",
        "畅销榜、相似商品和先后转移都是数值表，仍为 safetensors 格式；快速模式只有这些。",
    )
    sample = Text("orders.csv", "orders_zh.csv")
    sample_title = Text("Shop orders", "商店订单")
    sample_repairs = frozenset({"cancellations", "negative_values", "no_products"})
    target = "item"
    everyone = "user"
    settings = ShopSettings
    held_out = Text(
        "Each customer's last purchase is held out to check the model honestly.",
        "会留出每位客户的最后一次购买，用来如实检验模型。",
    )
    metrics = cards_of.METRICS
    curves = (curve_cards.found_within(),)
    baseline_title = Text("Bestseller list", "畅销榜")
    roles = ROLES
    extras = EXTRAS
    modes = {
        "quick": Text(
            "Weighs what sells, what goes together and what follows what on your own customers. No fine-tuning.",
            "在您自己的客户上权衡畅销、关联与先后规律，不做微调。",
        ),
        "standard": Text(
            "Adds a sequence transformer trained on your customers' histories.",
            "另外训练一个读取客户购买序列的 Transformer。",
        ),
        "best": Text("The same with a larger transformer, trained longer.", "使用更大的 Transformer，训练更久。"),
    }

    def guess(self, profile: Profile) -> dict[str, tuple[str, ...]]:
        found, own = super().guess(profile), {role.key: role for role in self.roles}
        named = {key: name_match(names[0], own[key].names) for key, names in found.items()}
        if max(named.get("user", 0.0), named.get("item", 0.0)) <= PART:
            return by_content(profile)
        return {key: names for key, names in found.items() if named[key] > 0}

    def check(self, table: Table, settings: ShopSettings) -> list[Problem]:
        found = [
            *(checks.enough_orders(table) or ([] if settings.repeat == "again" else checks.nothing_new(table))),
            *checks.times(table),
            *checks.missing_ids(table),
            *checks.cancellations(table),
            *checks.negative_values(table),
            *checks.no_products(table),
            *checks.repeated_orders(table),
            *checks.shape_of_orders(table),
        ]
        return sorted(found, key=lambda problem: ("stop", "warn", "note").index(problem.severity))

    def split(self, table: Table, settings: ShopSettings) -> Split:
        """Each customer's last row is held out, of those that name an item and count."""
        return last_item_split(table, _counts(table, settings) & (np.array(table.texts("item"), dtype=object) != ""))

    def estimate(self, table: Table, settings: ShopSettings) -> Plan:
        from core.learning.sequences.trial import estimate

        plan = estimate(_events(table, settings), settings.mode)
        return Plan(
            (
                Stage("baseline", Text("Counting the bestsellers", "统计畅销榜"), 0.3 + 3e-6 * len(table)),
                *plan.stages,
                Stage(
                    "evaluate",
                    Text("Ranking for the held-out purchases", "在留出的购买上排序"),
                    1.0 + 6e-6 * len(table),
                ),
            ),
            plan.memory_mb,
        )

    def baseline(self, train: Table, settings: ShopSettings, report: Report) -> dict[str, Any]:
        from core.learning.sequences.linear import Bestsellers, Neighbours

        report.stage("baseline")
        events = _events(train, settings)
        return {"bestsellers": Bestsellers.fit(events), "item_item": Neighbours.fit(events)}

    def fit(self, train: Table, settings: ShopSettings, report: Report) -> Shop:
        from core.learning.sequences.fitting import fit_recommender
        from core.learning.sequences.later import after_a_date, last_basket
        from core.learning.sequences.newcomers import Newcomers

        events = _events(train, settings)
        repeat: Any = settings.repeat
        recommender = fit_recommender(events, mode=settings.mode, repeat=repeat, seed=settings.seed, report=report)
        report.stage("later")
        later: dict[str, Any] = {}
        if train.has("time"):
            later["after_a_date"] = after_a_date(events, recommender.weights, repeat, settings.seed)
            report.progress(0.5)
            later["last_basket"] = last_basket(events, recommender.weights, repeat, settings.seed)
        about = catalogue(train, self.extras[0].roles)
        texts = {
            name: " ".join(str(one[key]) for key in ("title", "category") if one.get(key))
            for name, one in about.items()
        }
        new = Newcomers.fit(recommender.items, texts)
        report.progress(1.0)
        return Shop(replace(recommender, newcomers=new) if new else recommender, about, later, settings.repeat)

    def evaluate(
        self, model: Shop, baseline: dict[str, Any], held_out: Table, settings: ShopSettings, report: Report
    ) -> Results:
        from core.learning.sequences.evaluation import Items, evaluate_ranking, rank_all
        from core.learning.sequences.map import item_map

        report.stage("evaluate")
        known = model.recommender
        users, items = held_out.texts("user"), held_out.texts("item")
        target = np.array([known.code.get(item, -1) for item in items], dtype=np.int64)
        histories = [known.histories.get(user, np.zeros(0, dtype=np.int32)) for user in users]
        fresh = [
            model.repeat == "again" or item not in history for item, history in zip(target, histories, strict=True)
        ]
        kept = np.flatnonzero(np.array(fresh, dtype=bool) & np.array([user != "" for user in users]))
        if not len(kept):
            raise UserError(
                Text(
                    "The test rows hold no purchase that is new to its customer.",
                    "测试数据中没有对客户而言是新的购买。",
                )
            )
        histories, target = [histories[row] for row in kept], target[kept]
        ranked = rank_all(known, baseline, histories, target, report)
        counts = np.zeros(len(known.items))
        for history in known.histories.values():
            np.add.at(counts, history, 1)
        alike = baseline["item_item"].weights
        scores = evaluate_ranking(ranked, histories, Items(counts, alike), settings.seed)
        prices = [one["price"] for one in model.about.values() if one.get("price")]
        details = {
            **scores.details,
            "paired": list(scores.gain),
            "leaderboard": known.facts["leaderboard"],
            "notes": [note.to_json() for note in known.notes],
            "price": round(float(np.median(prices)), 2) if prices else None,
            "customers": sorted(known.histories, key=lambda user: -len(known.histories[user]))[:MOST_CUSTOMERS],
            "items": [
                [known.items[code], model.title(code)] for code in np.argsort(-counts, kind="stable")[:MOST_ITEMS]
            ],
            "categories": categories(model.about),
            "map": [
                {
                    "x": x,
                    "y": y,
                    "group": group,
                    "title": model.title(code),
                    "category": next(iter(kinds(model.about.get(known.items[code], {}).get("category"))), None),
                }
                for code, x, y, group in item_map(alike, counts, settings.seed)
            ],
            "newcomers": len(known.items) - known.known,
            "repeat": model.repeat,
            **model.later,
        }
        rows = _rows(model, [users[row] for row in kept], histories, [items[row] for row in kept], ranked["model"])
        rows.index = pd.Index(kept[: len(rows)])
        said = cards_of.sentence(scores.metrics, scores.intervals, scores.baseline)
        hits = scores.metrics["hit_rate_at_10"]
        verdict = judge("hit_rate_at_10", scores.gain, len(kept), value=hits, sentence=said, rival=cards_of.RIVAL)
        metrics = {name: scores.metrics[name] for name in self.metrics}
        intervals = {name: scores.intervals[name] for name in self.metrics if name in scores.intervals}
        return Results(metrics, intervals, scores.baseline, verdict, details, rows)

    def cards(self, results: Results) -> list[Card]:
        d = results.details
        return [
            cards_of.headline(results),
            cards_of.compared(results),
            cards_of.figures(d),
            *cards_of.leaderboard(d),
            cards_of.by_customer(d),
            cards_of.lists(d),
            cards_of.popularity(d),
            *cards_of.item_map(d),
            *cards_of.notes(d),
            *cards_of.harder(d),
            cards_of.rows(),
        ]

    def assumptions(self, details: Mapping[str, Any]) -> list[Field]:
        return shop_money.assumptions(details)

    def money(self, results: Results, assumptions: Mapping[str, Any]) -> list[Card]:
        return shop_money.money(results, assumptions)

    def facts(self, model: Shop) -> dict[str, Any]:
        return model.recommender.facts

    def fields(self, details: Mapping[str, Any]) -> list[Field]:
        customers = tuple(Option(name, same(name)) for name in details["customers"])
        items = tuple(Option(name, same(title)) for name, title in details["items"])
        return [
            Field("customer", Text("A customer", "客户"), "choice", Text("Type to search.", "可输入搜索。"), next(iter(details["customers"]), None), customers, optional=True, placeholder=Text("Somebody new", "新客户")),
            Field("basket", Text("In the basket now", "现在放进购物篮的"), "items", Text("Comes after the customer's history. For somebody new, choose “Somebody new” above.", "排在该客户的历史之后。若是新客户，请在上方选择“新客户”。"), (), items),
            Field("like", Text("Or things like this one", "或与某商品相似的"), "choice", None, None, items, optional=True),
        ]  # fmt: skip

    def right_answers(self, details: Mapping[str, Any]) -> tuple[Option, ...]:
        return tuple(Option(name, same(title)) for name, title in details["items"])

    def controls(self, details: Mapping[str, Any]) -> list[Field]:
        wanted = [Field("repeat", REPEAT.title, "choice", REPEAT.help, details["repeat"], REPEAT.options)]
        if details["categories"]:
            options = tuple(Option(name, same(name)) for name in details["categories"])
            wanted.append(
                Field(
                    "category", Text("Only this category", "只看此类别"), "choice", None, None, options, optional=True
                )
            )
        if details["price"]:
            wanted.append(
                Field("most_price", Text("Price at most", "价格不超过"), "number", None, None, low=0.0, optional=True)
            )
        return wanted

    live = True

    def answer(
        self, model: Shop, inputs: Mapping[str, Any], controls: Mapping[str, Any], history: Sequence[Turn] = ()
    ) -> Answer:
        known = model.recommender
        if inputs.get("like"):
            return like(model, str(inputs["like"]))
        customer = clean(inputs.get("customer"))
        own = known.histories.get(customer, np.zeros(0, dtype=np.int32))
        basket = known.codes([str(item) for item in inputs.get("basket") or ()])
        whole = np.concatenate([own, basket]).astype(np.int32)
        if customer and not len(own) and not len(basket):
            raise UserError(
                Text("There is no customer “{name}” in the training data.", "训练数据中没有客户“{name}”。").fill(
                    name=customer
                )
            )
        repeat: Any = controls.get("repeat") or model.repeat
        items, _ = next(known.recommend([whole], LIST, allowed=allowed_items(model, controls), repeat=repeat))
        speaking = known.reasons(whole, [int(code) for code in items])
        found = [
            Item(model.title(int(code)), because(model, int(code), reasons, customer))
            for code, reasons in zip(items, speaking, strict=True)
        ]
        title = (
            Text(f"Next for {customer}", f"给 {customer} 的推荐")
            if customer
            else Text("Next for this basket", "给这个购物篮的推荐")
        )
        if not len(whole):
            title = Text("Bestsellers, since nothing is known yet", "暂无记录，先推荐畅销商品")
        notes = (
            ()
            if found
            else (Text("Nothing is left to recommend under these filters.", "在这些筛选条件下没有可推荐的商品。"),)
        )
        before = list(dict.fromkeys(whole[::-1].tolist()))
        return Answer(
            title=title,
            items=tuple(found),
            before=tuple(known_item(model, code) for code in before[:SHOWN_BEFORE]),
            before_title=how_many(len(before)),
            notes=notes,
            reasons=strongest(model, speaking),
        )

    def predict(self, model: Shop, table: Table, controls: Mapping[str, Any], report: Report) -> pd.DataFrame:
        users = table.texts("user")
        known = model.recommender
        empty = np.zeros(0, dtype=np.int32)
        distinct = list(dict.fromkeys(users))
        repeat: Any = controls.get("repeat") or model.repeat
        lists: dict[str, list[str]] = {}
        histories = [known.histories.get(user, empty) for user in distinct]
        allowed = allowed_items(model, controls)
        for place, (items, _) in enumerate(known.recommend(histories, LIST, allowed=allowed, repeat=repeat)):
            names = [known.items[code] for code in items]
            lists[distinct[place]] = names + [""] * (LIST - len(names))
            if place % 500 == 0:
                report.progress(place / len(distinct))
        found = pd.DataFrame([lists[user] for user in users], columns=[f"item_{i + 1}" for i in range(LIST)])
        found.insert(0, "prediction", found["item_1"])
        found.insert(1, "known_customer", [user in known.histories for user in users])
        return found

    def networks(self, model: Shop, table: Table) -> list[Portable]:
        from core.learning.sequences.portable import of_recommender

        known = model.recommender.histories
        return of_recommender(model.recommender, [known[user] for user in table.texts("user") if user in known])

    def has_networks(self, folder: Path) -> bool:
        return kept.recommender_has_network(folder)

    def run_elsewhere(self, model: Shop, networks: Mapping[str, Elsewhere]) -> None:
        model.recommender.run_elsewhere(networks)

    def never_loads(self, folder: Path) -> set[str]:
        return kept.recommender_goes_without(folder)

    def save(self, model: Shop, folder: Path) -> None:
        model.recommender.save(folder)
        about = {"about": model.about, "later": model.later, "repeat": model.repeat}
        (folder / "shop.json").write_text(json.dumps(about, ensure_ascii=False), encoding="utf-8")

    def load(self, folder: Path) -> Shop:
        from core.learning.sequences.model import Recommender

        about = json.loads((folder / "shop.json").read_text(encoding="utf-8"))
        return Shop(Recommender.load(folder), about["about"], about["later"], about["repeat"])


def _events(table: Table, settings: ShopSettings) -> Events:
    from core.learning.sequences.events import Events

    times = seconds(table.column("time")) if table.has("time") else None
    users, items = table.texts("user"), table.texts("item")
    users = [user if counts else "" for user, counts in zip(users, _counts(table, settings), strict=True)]
    return Events.build(users, items, times)


def _counts(table: Table, settings: ShopSettings) -> np.ndarray:
    """Which rows count, bool [rows]: those of the least value, where one is asked for."""
    if settings.least_value > 0 and table.has("value"):
        return (as_numbers(table.column("value")) >= settings.least_value).to_numpy(dtype=bool, na_value=False)
    return np.ones(len(table), dtype=bool)


def _rows(model: Shop, users: list[str], histories: list[np.ndarray], items: list[str], ranked: Any) -> pd.DataFrame:
    """One row a held-out purchase; the texts only for the first rows, which are those that can be read."""
    known = model.recommender
    n = min(len(users), SHOWN_ROWS)
    return pd.DataFrame(
        {
            "customer": users[:n],
            "bought": [" · ".join(model.title(code) for code in history[::-1][:5]) for history in histories[:n]],
            "next": [model.title(known.code[item]) if item in known.code else item for item in items[:n]],
            "place": (ranked.ranks[:n] + 1).round().astype(int),
            "right": ranked.ranks[:n] < LIST,
            "suggested": [" · ".join(model.title(code) for code in row) for row in ranked.lists[:n]],
        }
    )


SCENARIO = Recommendations()
