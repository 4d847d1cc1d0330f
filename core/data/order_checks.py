"""Pre-flight checks of order histories: who bought what, when. Each returns problems with what, how and repairs."""

from __future__ import annotations

import re
from typing import Literal

import numpy as np
import pandas as pd

from core.data.amounts import as_numbers
from core.data.recipe import Step
from core.data.splitting import seconds
from core.data.table import Table, clean
from core.words import Fix, Problem, Text

LEAST_CUSTOMERS, LEAST_ITEMS = 20, 5
MANY_REPEATS = 0.2
NO_PRODUCT = re.compile(
    r"^(post|postage|dot|dotcom|m|manual|d|discount|s|samples?|b|bank ?charges?|amazonfee|cruk|pads|c2|adjust\w*|gift_\w+|fee|shipping|运费|邮费|折扣|手续费|赠品)$",
    re.IGNORECASE,
)


def _told(table: Table, role: str) -> pd.Series:
    """The role's values as text, each different one cleaned once; empty where missing."""
    codes, values = pd.factorize(table.column(role))
    texts = np.array([*map(clean, values.tolist()), ""], dtype=object)
    return pd.Series(texts[codes], dtype="str")


def enough_orders(table: Table) -> list[Problem]:
    """Stops where there are too few customers with two purchases, or hardly any items."""
    user, item = _told(table, "user"), _told(table, "item")
    known = (user != "") & (item != "")
    items = item[known].nunique()
    if items < LEAST_ITEMS:
        what = Text(
            f"Fewer items than needed: {items} found, {LEAST_ITEMS} at least.",
            f"只有 {items} 种商品，至少需要 {LEAST_ITEMS} 种。",
        )
        return [
            Problem(
                "too_few_items", what, Text("Choose the column that names the item.", "请选择商品所在的列。"), "stop"
            )
        ]
    several = int((user[known].value_counts() > 1).sum())
    if several < LEAST_CUSTOMERS:
        what = Text(
            f"Customers with two purchases or more: {several}. At least {LEAST_CUSTOMERS} are needed.",
            f"只有 {several} 位客户有两次以上记录，至少需要 {LEAST_CUSTOMERS} 位。",
        )
        how = Text(
            "One purchase shows no order. Choose the column that tells customers apart, or bring a longer history.",
            "只有一次记录看不出先后。请选择能区分客户的列，或提供更长时间的数据。",
        )
        return [Problem("too_few_customers", what, how, "stop")]
    return []


def missing_ids(table: Table) -> list[Problem]:
    """Rows without a customer or without an item (warn): they are skipped."""
    found = []
    for role, thing in (("user", Text("customer", "客户")), ("item", Text("item", "商品"))):
        missing = int((_told(table, role) == "").sum())
        if missing and missing < len(table):
            name = table.roles[role][0]
            what = Text("{n} of {rows} rows have no {thing}.", "{rows} 行中有 {n} 行没有{thing}。").fill(
                n=f"{missing:,}", rows=f"{len(table):,}", thing=thing
            )
            how = Text("They cannot be learned from and are skipped.", "无法用于学习，训练时会跳过。")
            fix = Fix(Text("Remove them", "删除这些行"), Step("drop_empty", (name,)))
            found.append(Problem(f"missing_{role}", what, how, "warn", (fix,)))
    return found


def cancellations(table: Table) -> list[Problem]:
    """Orders whose number starts with a C, beside many that do not (warn)."""
    if not table.has("order"):
        return []
    order = _told(table, "order")
    cancelled = order.str.match(r"^[Cc]\d")
    if not cancelled.any() or cancelled.mean() > 0.3:
        return []
    what = Text(
        f"{int(cancelled.sum()):,} rows belong to orders whose number starts with C: usually cancellations.",
        f"有 {int(cancelled.sum()):,} 行的订单号以 C 开头，通常是取消的订单。",
    )
    how = Text("What was given back is no sign of liking. Leave them out.", "退掉的商品不代表喜欢，建议去掉。")
    fix = Fix(
        Text("Leave the cancellations out", "去掉取消的订单"),
        Step("drop_starting", table.roles["order"], {"C": "", "c": ""}),
    )
    return [Problem("cancellations", what, how, "warn", (fix,))]


def negative_values(table: Table) -> list[Problem]:
    """Quantities of zero or less (warn): returns and corrections."""
    if not table.has("value"):
        return []
    numbers = as_numbers(table.column("value"))
    below = int((numbers <= 0).sum())
    if not below or below > 0.5 * len(table):
        return []
    name = table.roles["value"][0]
    what = Text(f"{below:,} rows have a “{name}” of zero or less.", f"有 {below:,} 行的“{name}”小于或等于零。")
    how = Text(
        "Those are returns or corrections, not purchases. Leave them out.", "这些是退货或更正，不是购买，建议去掉。"
    )
    fix = Fix(Text("Leave them out", "去掉这些行"), Step("keep_above", (name,), {"limit": "0"}))
    return [Problem("negative_values", what, how, "warn", (fix,))]


def no_products(table: Table) -> list[Problem]:
    """Item codes that are postage, discounts or manual entries (warn)."""
    counts = _told(table, "item").value_counts()
    codes = [str(code) for code in counts.index if NO_PRODUCT.match(str(code))]
    if not codes:
        return []
    rows = int(counts[codes].sum())
    what = Text(
        f"{rows:,} rows are no products, by their codes: {', '.join(codes[:8])}.",
        f"从编码看，有 {rows:,} 行不是商品：{'、'.join(codes[:8])}。",
    )
    how = Text(
        "Postage and discounts would be recommended like goods. Leave them out.",
        "否则邮费和折扣会被当成商品推荐，建议去掉。",
    )
    fix = Fix(Text("Leave them out", "去掉这些行"), Step("drop_values", table.roles["item"], dict.fromkeys(codes, "")))
    return [Problem("no_products", what, how, "warn", (fix,))]


def times(table: Table) -> list[Problem]:
    """Times that cannot be read (warn; stop where most cannot), or no time at all (note)."""
    if not table.has("time"):
        what = Text(
            "No column says when: the order of the rows is taken as the order of the purchases.",
            "没有时间列：将按数据行的先后作为购买的先后。",
        )
        return [Problem("no_time", what, Text("Choose a date column if there is one.", "如有日期列，请选择。"), "note")]
    moments = seconds(table.column("time"))
    unread = int((~np.isfinite(moments)).sum())
    name = table.roles["time"][0]
    if unread > 0.5 * len(table):
        what = Text(
            f"“{name}” cannot be read as a time in {unread:,} of {len(table):,} rows.",
            f"“{name}”列的 {len(table):,} 行中有 {unread:,} 行无法识别为时间。",
        )
        return [
            Problem(
                "times_unread",
                what,
                Text(
                    "Choose another column, or none: then the order of the rows counts.",
                    "请换一列，或不选时间列（按行的先后计）。",
                ),
                "stop",
            )
        ]
    if unread:
        what = Text(
            f"“{name}” cannot be read in {unread:,} rows; they are skipped.",
            f"“{name}”列有 {unread:,} 行无法识别，训练时会跳过。",
        )
        return [
            Problem(
                "times_unread",
                what,
                Text("Repair the dates or leave the rows out.", "请修正日期，或去掉这些行。"),
                "warn",
            )
        ]
    return []


def nothing_new(table: Table) -> list[Problem]:
    """Stops where no customer's last purchase is new to them, so that nothing new could be tested."""
    user, item = _told(table, "user"), _told(table, "item")
    times = seconds(table.column("time")) if table.has("time") else np.arange(len(table), dtype=float)
    rows = pd.DataFrame({"user": user, "item": item, "time": times})
    rows = rows[(user != "") & (item != "") & np.isfinite(times)].sort_values("time", kind="stable")
    last = ~rows["user"].duplicated(keep="last") & rows["user"].duplicated(keep="first")
    if not last.any() or (last & ~rows.duplicated(["user", "item"])).any():
        return []
    what = Text(
        "Nobody's last purchase is new to them: all had bought the same before.",
        "没有任何客户的最后一次购买是新的：之前都买过同样的东西。",
    )
    how = Text(
        "Remove rows that repeat others, or recommend again what was bought before.",
        "请删除重复的行，或选择也推荐买过的商品。",
    )
    fixes = [Fix(Text("Recommend again", "也推荐买过的"), settings={"repeat": "again"})]
    if repeated := _repeats(table):
        fixes.insert(0, repeated)
    return [Problem("nothing_new", what, how, "stop", tuple(fixes))]


def _repeats(table: Table) -> Fix | None:
    if not table.frame.duplicated().any():
        return None
    return Fix(Text("Remove the repeats", "删除重复行"), Step("drop_duplicates", tuple(map(str, table.frame.columns))))


def repeated_orders(table: Table) -> list[Problem]:
    """Rows equal in every column: a note, a warning where they are so many that the export must have run twice."""
    repeated, fix = int(table.frame.duplicated().sum()), _repeats(table)
    if fix is None:
        return []
    what = Text(
        f"{repeated:,} of {len(table):,} rows repeat another row exactly.",
        f"{len(table):,} 行中有 {repeated:,} 行与其他行完全相同。",
    )
    how = Text("If that is an export that ran twice, remove them.", "如果是重复导出造成的，请删除。")
    severity: Literal["warn", "note"] = "warn" if repeated > MANY_REPEATS * len(table) else "note"
    return [Problem("repeated_orders", what, how, severity, (fix,))]


def shape_of_orders(table: Table) -> list[Problem]:
    """What the history is like (note): customers, items, how full, how often again, the long tail."""
    user, item = _told(table, "user"), _told(table, "item")
    known = (user != "") & (item != "")
    pairs = pd.DataFrame({"user": user[known], "item": item[known]})
    if pairs.empty:
        return []
    customers, items = pairs["user"].nunique(), pairs["item"].nunique()
    distinct = len(pairs.drop_duplicates())
    counts = pairs["item"].value_counts()
    few = int((counts.cumsum() <= 0.8 * counts.sum()).sum()) + 1
    what = Text(
        f"{customers:,} customers, {items:,} items, {len(pairs):,} events: {len(pairs) / customers:.1f} a customer. "
        f"{1 - distinct / len(pairs):.0%} are repeats of an item; {few:,} items ({few / items:.0%}) make up 80% of all.",
        f"{customers:,} 位客户、{items:,} 种商品、{len(pairs):,} 条记录，人均 {len(pairs) / customers:.1f} 条。"
        f"其中 {1 - distinct / len(pairs):.0%} 是重复购买；{few:,} 种商品（{few / items:.0%}）占全部记录的 80%。",
    )
    density = distinct / customers / items
    how = Text(
        f"Of all pairs of a customer and an item {density:.2%} occur.",
        f"在所有“客户 × 商品”组合中，出现过的占 {density:.2%}。",
    )
    return [Problem("shape_of_orders", what, how, "note")]
