"""A shop's recommender in words: what came before, and why each thing is suggested."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from core.data.catalogue import kinds
from core.scenarios.base import Answer, Item, Reason
from core.words import Text, UserError, same

if TYPE_CHECKING:
    from core.learning.sequences.model import Recommender

LIST = 10
SHOWN_BEFORE = 6


@dataclass
class Shop:
    """A recommender, and what is known of its items: titles, categories and prices by the items' names."""

    recommender: Recommender
    about: dict[str, dict[str, Any]]
    later: dict[str, Any]
    repeat: str

    def title(self, code: int) -> str:
        name = self.recommender.items[code]
        return str(self.about.get(name, {}).get("title") or name)


def allowed_items(model: Shop, controls: Mapping[str, Any]) -> np.ndarray | None:
    """Which items may be recommended under the filters; None for all."""
    category, most = controls.get("category"), controls.get("most_price")
    if not category and most is None:
        return None
    allowed = np.ones(len(model.recommender.items), dtype=bool)
    for code, name in enumerate(model.recommender.items):
        one = model.about.get(name, {})
        wrong_kind = bool(category) and category not in kinds(one.get("category"))
        too_dear = most is not None and float(one.get("price") or 0.0) > float(most)
        allowed[code] = not (wrong_kind or too_dear)
    return allowed


def known_item(model: Shop, code: int) -> Item:
    """What the history holds, with its category and price where they are known."""
    one = model.about.get(model.recommender.items[code], {})
    told = [*kinds(one.get("category"))[:2], *([f"{one['price']:g}"] if one.get("price") else [])]
    return Item(model.title(code), same(" · ".join(told)) if told else None)


def how_many(count: int) -> Text:
    """What stands above the latest of `count` different things."""
    if count <= SHOWN_BEFORE:
        return Text("What came before", "之前的记录")
    return Text("The latest {shown} of {count} different things before", "之前共 {count} 种，最近 {shown} 种").fill(
        shown=SHOWN_BEFORE, count=f"{count:,}"
    )


def because(model: Shop, code: int, reasons: Sequence[tuple[int, float]], customer: str) -> Text:
    """Why this item: what of the history speaks for it, with how many others took it after that."""
    if not reasons:
        return Text("A bestseller", "畅销商品")
    known, names = model.recommender, [model.title(item) for item, _ in reasons[:2]]
    counted = [
        (known.took_after(code, item, customer or None), name)
        for (item, _), name in zip(reasons[:2], names, strict=True)
    ]
    told = [(others, name) for others, name in counted if others]
    if not told:
        return Text("Goes with {items}", "与{items_zh}相配").fill(
            items=" and ".join(names), items_zh="、".join(f"“{name}”" for name in names)
        )
    (others, name), rest = told[0], told[1:]
    first = (
        Text("1 other customer chose it after {name}", "有 1 位其他客户在“{name}”之后选了它")
        if others == 1
        else Text("{n} other customers chose it after {name}", "有 {n} 位其他客户在“{name}”之后选了它")
    ).fill(n=f"{others:,}", name=name)
    if not rest:
        return first
    return Text("{first}, {n} after {name}", "{first}，{n} 位在“{name}”之后").fill(
        first=first, n=f"{rest[0][0]:,}", name=rest[0][1]
    )


def strongest(model: Shop, reasons: Sequence[Sequence[tuple[int, float]]]) -> tuple[Reason, ...]:
    """What of the history speaks for the whole list."""
    weights: dict[str, float] = {}
    for item, share in (one for listed in reasons for one in listed):
        weights[model.title(item)] = weights.get(model.title(item), 0.0) + share
    top = max(weights.values(), default=0.0) or 1.0
    return tuple(Reason(name, weight / top) for name, weight in sorted(weights.items(), key=lambda one: -one[1])[:5])


def like(model: Shop, name: str) -> Answer:
    """What goes best with one item. Raises UserError for an unknown one."""
    code = model.recommender.code.get(name)
    if code is None:
        raise UserError(Text("The item “{name}” is not known.", "没有商品“{name}”。").fill(name=name))
    found = [Item(model.title(item)) for item, _ in model.recommender.similar(code, LIST)]
    return Answer(
        title=Text("Things like {item}", "与 {item} 相似的商品").fill(item=model.title(code)), items=tuple(found)
    )
