"""What the set-up of recommendations asks: its settings, and what the columns of orders and items can mean."""

from __future__ import annotations

import re
from dataclasses import dataclass

from core.data.profile import Profile
from core.fields import Field, Option
from core.scenarios.base import ExtraTable, Role, Settings, setting
from core.words import Text

UNNAMED = re.compile(r"^(column |列)\d+$")
LEAST_EPOCH = 1e8
"""Seconds since 1970 from here on are 1973 and later: smaller numbers count other things."""
MOST_RATINGS = 20
USER_NAMES = (
    "user_id", "customerid", "customer_id", "user", "customer", "member", "client", "buyer",
    "userid", "客户编号", "用户编号", "会员编号", "客户", "用户", "会员",
)  # fmt: skip
ITEM_NAMES = (
    "item_id", "stock_code", "stockcode", "product_id", "sku", "item", "product", "movie_id", "movieid",
    "itemid", "productid", "商品编号", "产品编号", "商品", "产品", "货号",
)  # fmt: skip
TIME_NAMES = (
    "timestamp", "invoicedate", "invoice_date", "time", "date", "datetime", "order_date",
    "purchase_date", "下单时间", "购买时间", "时间", "日期",
)  # fmt: skip
VALUE_NAMES = ("rating", "quantity", "qty", "stars", "score", "amount", "评分", "数量", "件数")
TITLE_NAMES = ("title", "description", "item_name", "product_name", "name", "商品名称", "产品名称", "名称")
CATEGORY_NAMES = ("category", "genres", "genre", "department", "class", "类别", "品类", "分类")
PRICE_NAMES = ("unitprice", "unit_price", "price", "单价", "价格", "售价")
REPEAT = Field(
    "repeat",
    Text("Recommend again what was bought before?", "是否再次推荐买过的商品？"),
    "choice",
    help=Text(
        "New only: for films, books, things bought once. Again too: for groceries and supplies.",
        "“只推荐新的”适合影视、图书等；“也推荐买过的”适合日用品和耗材。",
    ),
    default="new",
    options=(
        Option("new", Text("only what is new to them", "只推荐没买过的")),
        Option("again", Text("also what they bought", "也推荐买过的")),
    ),
)


@dataclass(frozen=True)
class ShopSettings(Settings):
    repeat: str = setting(REPEAT)
    least_value: float = setting(
        Field(
            "least_value",
            Text("Count only ratings from this on", "只统计不低于此值的评分"),
            "number",
            Text("0: every row counts as a sign of interest.", "填 0 表示每一行都算作感兴趣。"),
            default=0.0,
            low=0.0,
        )
    )


ROLES = (
    Role("user", Text("Customer", "客户"), Text("Who: a number or a name that tells customers apart.", "谁：能区分客户的编号或名称。"), "any", names=USER_NAMES),
    Role("item", Text("Item", "商品"), Text("What was bought, watched or rated.", "买了、看了或评了什么。"), "any", names=ITEM_NAMES),
    Role("time", Text("When", "时间"), Text("Date or any number that grows with time.", "日期，或任何随时间增大的数字。"), "any", required=False, names=TIME_NAMES),
    Role("value", Text("Rating or quantity", "评分或数量"), Text("A rating, or how many.", "评分，或购买数量。"), "number", required=False, names=VALUE_NAMES),
    Role("order", Text("Order number", "订单号"), Text("To find cancellations.", "用于识别取消的订单。"), "any", required=False, names=("invoiceno", "invoice_no", "order_id", "order_no", "invoice", "order", "订单号", "订单编号", "发票号")),
    Role("title", Text("Name of the item", "商品名称"), Text("What people read.", "给人看的名称。"), "text", required=False, names=TITLE_NAMES),
    Role("category", Text("Category", "类别"), Text("To filter by.", "用于筛选。"), "category", required=False, names=CATEGORY_NAMES),
    Role("price", Text("Price", "价格"), Text("To filter by, and for the money view.", "用于筛选和估算收益。"), "number", required=False, names=PRICE_NAMES),
)  # fmt: skip
EXTRAS = (
    ExtraTable(
        "items",
        Text("A table of the items, if you have one", "商品表（如果有）"),
        Text("One row an item: its number, name, category, price.", "每行一种商品：编号、名称、类别、价格。"),
        (
            Role("item", Text("Item", "商品"), Text("The same as in the orders.", "与订单中一致。"), "any", names=ITEM_NAMES),
            Role("title", Text("Name", "名称"), Text("What people read.", "给人看的名称。"), "text", required=False, names=TITLE_NAMES),
            Role("category", Text("Category", "类别"), Text("To filter by.", "用于筛选。"), "category", required=False, names=CATEGORY_NAMES),
            Role("price", Text("Price", "价格"), Text("To filter by.", "用于筛选。"), "number", required=False, names=PRICE_NAMES),
        ),
    ),
)  # fmt: skip


def by_content(profile: Profile) -> dict[str, tuple[str, ...]]:
    """Roles of a table without a header: two columns that name many things, customers first, beside one of times. Empty
    where the columns have names or say anything else."""
    if not all(UNNAMED.match(column.name) for column in profile.columns):
        return {}
    times = [one for one in profile.columns if one.kind == "time" or (one.minimum or 0.0) > LEAST_EPOCH]
    ratings = [one for one in profile.columns if one.kind == "number" and one.distinct <= MOST_RATINGS]
    others = [one for one in profile.columns if one not in times and one not in ratings and one.kind != "empty"]
    if len(times) != 1 or len(ratings) > 1 or len(others) != 2:
        return {}
    if any(one.kind not in ("number", "id", "category") or one.distinct > 0.9 * profile.rows for one in others):
        return {}
    found = {"user": others[0], "item": others[1], "time": times[0], **({"value": ratings[0]} if ratings else {})}
    return {role: (column.name,) for role, column in found.items()}
