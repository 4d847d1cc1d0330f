"""What is known of a shop's items: titles, categories and prices, from a table of items or from the orders themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from core.data.amounts import as_numbers
from core.data.guessing import RoleLike, name_match
from core.data.table import Roles, Table, clean

KNOWN = ("title", "category", "price")


def catalogue(table: Table, roles: Sequence[RoleLike]) -> dict[str, dict[str, Any]]:
    """ "title", "category" and "price" (where known) by the item's name. What the orders say comes first; `roles` tell the
    columns of the extra table "items" by their names."""
    sources: list[tuple[pd.DataFrame, Roles]] = [(table.frame, table.roles)]
    if "items" in table.extra:
        sources.append((table.extra["items"], _named(table.extra["items"], roles)))
    found: dict[str, dict[str, Any]] = {}
    for frame, places in sources:
        if not places.get("item"):
            continue
        columns = {key: places[key][0] for key in KNOWN if places.get(key)}
        some = frame.drop_duplicates(subset=[places["item"][0], *columns.values()])
        names = some[places["item"][0]].map(clean).tolist()
        for key, column in columns.items():
            values = as_numbers(some[column]) if key == "price" else some[column].map(clean)
            for name, value in zip(names, values.where(values.notna(), None).tolist(), strict=True):
                if name and value:
                    found.setdefault(name, {}).setdefault(key, value)
    return found


def kinds(category: Any) -> list[str]:
    """The categories of one cell, which may hold several: "Comedy|Romance"."""
    return [part for one in str(category or "").split("|") if (part := one.strip())]


def categories(items: Mapping[str, Mapping[str, Any]], most: int = 50) -> list[str]:
    """The commonest categories; none where all items are of one."""
    counts = pd.Series([kind for one in items.values() for kind in kinds(one.get("category"))], dtype="str")
    names = counts.value_counts().index[:most]
    return [str(name) for name in names] if len(names) > 1 else []


def _named(frame: pd.DataFrame, roles: Sequence[RoleLike]) -> Roles:
    found = {}
    for role in roles:
        best = max(map(str, frame.columns), key=lambda name: name_match(name, role.names))
        if name_match(best, role.names) > 0:
            found[role.key] = (best,)
    return found
