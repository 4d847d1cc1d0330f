"""The project's own sample orders, in English and in Chinese, the same on every run.

A small shop's order lines over two years. Planted in it: customers who keep to one or two kinds of goods, things bought
after others (beans after the coffee maker), seasons, bestsellers, and what every export has: cancelled orders, lines
without a customer, postage, and lines that are there twice.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

SEED = 20250604
CUSTOMERS = 640
START, DAYS = datetime(2023, 9, 1, 9, 0), 730
FOLLOWS, ASTRAY = 0.52, 0.12
HEADERS = (
    ("order_id", "订单号"), ("order_date", "下单时间"), ("customer_id", "客户编号"), ("item_id", "商品编号"),
    ("item_name", "商品名称"), ("category", "类别"), ("quantity", "数量"), ("unit_price", "单价"),
)  # fmt: skip
POSTAGE = ("POST", ("Postage", "邮费"), ("service", "服务"), 4.9)

# Of each kind of goods: its name, the month in which it sells best (0: any), and its things in the order in which people
# come to want them, with their prices.
KINDS: tuple[tuple[tuple[str, str], int, tuple[tuple[str, str, float], ...]], ...] = (
    (("coffee and tea", "咖啡与茶"), 12, (
        ("Filter coffee maker", "滴滤咖啡机", 59), ("Paper filters", "咖啡滤纸", 4), ("House blend beans", "招牌拼配咖啡豆", 13), ("Hand grinder", "手摇磨豆机", 35),
        ("Ethiopian beans", "埃塞俄比亚咖啡豆", 16), ("Gooseneck kettle", "细口手冲壶", 42), ("Pour-over dripper", "手冲滤杯", 18), ("Kitchen scale", "厨房电子秤", 22),
        ("Milk frother", "奶泡器", 19), ("Espresso cups", "意式浓缩杯", 24), ("Descaler", "除垢剂", 7), ("Green tea", "绿茶", 9),
        ("Glass teapot", "玻璃茶壶", 27), ("Oolong tea", "乌龙茶", 14), ("Tea tin", "茶叶罐", 11), ("Travel mug", "随行杯", 21),
    )),
    (("garden", "园艺"), 4, (
        ("Seed tray", "育苗盘", 8), ("Tomato seeds", "番茄种子", 3), ("Potting soil", "营养土", 9), ("Plant labels", "植物标签", 4),
        ("Terracotta pot", "陶土花盆", 12), ("Watering can", "浇水壶", 17), ("Hand trowel", "手铲", 11), ("Tomato feed", "番茄肥料", 8),
        ("Bamboo canes", "竹支架", 6), ("Garden gloves", "园艺手套", 9), ("Pruning shears", "修枝剪", 23), ("Hose reel", "水管车", 48),
        ("Herb seeds", "香草种子", 3), ("Balcony box", "阳台花箱", 19), ("Kneeling pad", "跪垫", 10), ("Bird feeder", "喂鸟器", 16),
    )),
    (("hiking", "徒步"), 7, (
        ("Trail shoes", "越野徒步鞋", 95), ("Hiking socks", "徒步袜", 14), ("Day pack", "日用背包", 69), ("Water bottle", "运动水壶", 18),
        ("Rain cover", "背包防雨罩", 12), ("Trekking poles", "登山杖", 54), ("Blister plasters", "水泡贴", 6), ("Head torch", "头灯", 32),
        ("Dry bag", "防水袋", 15), ("Map case", "地图套", 13), ("Camping stove", "便携炉具", 45), ("Gas canister", "气罐", 8),
        ("Folding mug", "折叠杯", 9), ("Sleeping mat", "防潮垫", 39), ("Sleeping bag", "睡袋", 88), ("Two-person tent", "双人帐篷", 149),
    )),
    (("pets", "宠物"), 0, (
        ("Puppy bed", "幼犬窝", 45), ("Feeding bowl", "食盆", 12), ("Puppy food", "幼犬粮", 29), ("Chew ring", "磨牙环", 8),
        ("Collar", "项圈", 14), ("Lead", "牵引绳", 17), ("Waste bags", "拾便袋", 5), ("Training treats", "训练零食", 7),
        ("Dog brush", "狗毛刷", 13), ("Dog shampoo", "狗用香波", 11), ("Adult dog food", "成犬粮", 39), ("Tennis balls", "网球玩具", 6),
        ("Dog coat", "狗雨衣", 28), ("Car blanket", "车用垫毯", 33), ("Tick tweezers", "除蜱镊子", 9), ("Dental sticks", "洁齿棒", 8),
    )),
    (("drawing and writing", "绘画与书写"), 9, (
        ("Sketchbook", "素描本", 12), ("Pencil set", "铅笔套装", 15), ("Eraser", "橡皮", 2), ("Sharpener", "卷笔刀", 4),
        ("Watercolour set", "水彩套装", 34), ("Watercolour paper", "水彩纸", 16), ("Round brushes", "圆头画笔", 18), ("Masking tape", "美纹胶带", 5),
        ("Fineliners", "针管笔", 11), ("Ink bottle", "墨水", 13), ("Dip pen", "蘸水笔", 17), ("Calligraphy pad", "书法练习纸", 9),
        ("Easel", "画架", 59), ("Canvas", "画布", 14), ("Acrylic set", "丙烯套装", 38), ("Palette knife", "调色刀", 10),
    )),
    (("baking", "烘焙"), 12, (
        ("Stand mixer", "厨师机", 189), ("Mixing bowls", "打蛋盆", 26), ("Bread flour", "高筋面粉", 5), ("Dry yeast", "干酵母", 3),
        ("Bread tin", "吐司模", 17), ("Dough scraper", "刮板", 6), ("Proofing basket", "发酵篮", 19), ("Bread knife", "面包刀", 29),
        ("Cake flour", "低筋面粉", 5), ("Springform tin", "活底蛋糕模", 21), ("Vanilla paste", "香草酱", 12), ("Piping bags", "裱花袋", 8),
        ("Piping tips", "裱花嘴", 14), ("Cocoa powder", "可可粉", 7), ("Biscuit cutters", "饼干模", 11), ("Cooling rack", "晾网", 15),
    )),
)  # fmt: skip
SIZE = len(KINDS[0][2])


def orders(customers: int = CUSTOMERS) -> str:
    """The English sample as CSV text."""
    return _csv(customers, 0)


def orders_zh(customers: int = CUSTOMERS) -> str:
    """The Chinese sample as CSV text: other customers, prices in yuan."""
    return _csv(customers, 1)


@dataclass(frozen=True)
class _Line:
    time: datetime
    customer: str
    item: int
    quantity: int


def _csv(customers: int, language: int) -> str:
    rng = np.random.default_rng(SEED + language)
    lines = [line for number in range(customers) for line in _history(number, rng)]
    lines.sort(key=lambda line: (line.time, line.customer))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([names[language] for names in HEADERS])
    writer.writerows(_spoiled(_rows(lines, language), language, rng))
    return out.getvalue()


def _history(number: int, rng: np.random.Generator) -> list[_Line]:
    """One customer: a first order somewhere in the two years, then more, each with one to three things."""
    likes = rng.choice(len(KINDS), 2, replace=False)
    known = {int(kind): int(rng.integers(0, SIZE // 2)) for kind in likes}
    time = START + timedelta(days=float(rng.uniform(0, DAYS * 0.8)))
    found: list[_Line] = []
    for _ in range(1 + int(rng.geometric(0.16))):
        time += timedelta(days=float(rng.exponential(38)), minutes=float(rng.uniform(0, 600)))
        if time > START + timedelta(days=DAYS):
            break
        basket: set[int] = set()
        for _ in range(int(rng.choice((1, 2, 3), p=(0.62, 0.28, 0.1)))):
            basket.add(_next(known, likes, time.month, rng))
        found += [
            _Line(time, f"{12_000 + number * 7}", item, int(rng.choice((1, 1, 1, 2, 3)))) for item in sorted(basket)
        ]
    return found


def _next(known: dict[int, int], likes: np.ndarray, month: int, rng: np.random.Generator) -> int:
    """The thing that comes after the last one of a kind, or another of the kind, or something else altogether."""
    weights = np.array([1.0 + 2.0 * (KINDS[kind][1] == month) for kind in likes]) * np.array((0.68, 0.32))
    kind = int(rng.choice(likes, p=weights / weights.sum()))
    fate = rng.random()
    if fate < ASTRAY:
        other = int(rng.integers(len(KINDS)))
        return other * SIZE + int(rng.geometric(0.25) - 1) % SIZE
    if fate < ASTRAY + FOLLOWS:
        known[kind] = (known[kind] + 1) % SIZE
    else:
        known[kind] = int(rng.geometric(0.14) - 1) % SIZE
    return kind * SIZE + known[kind]


def _rows(lines: list[_Line], language: int) -> list[list[str]]:
    rows: list[list[str]] = []
    order, before = 536_000, None
    for line in lines:
        order += (line.time, line.customer) != before
        before = (line.time, line.customer)
        kind, place = divmod(line.item, SIZE)
        *names, price = KINDS[kind][2][place]
        rows.append(
            [
                str(order), line.time.strftime("%Y-%m-%d %H:%M"), line.customer, f"{'ABCDEF'[kind]}{101 + place}", str(names[language]),
                KINDS[kind][0][language], str(line.quantity), f"{float(price) * (1, 7)[language] - 0.1:.2f}",
            ]
        )  # fmt: skip
    return rows


def _spoiled(rows: list[list[str]], language: int, rng: np.random.Generator) -> list[list[str]]:
    """The rows with what every export has: guests, postage, cancelled orders, and lines that are there twice."""
    out: list[list[str]] = []
    for row in rows:
        fate = rng.random()
        out.append([*row[:2], "", *row[3:]] if fate < 0.03 else row)
        if fate > 0.985:
            out.append(["C" + row[0], *row[1:6], "-" + row[6], row[7]])
        elif fate > 0.965:
            code, name, kind, price = POSTAGE
            out.append([*row[:3], code, name[language], kind[language], "1", f"{price * (1, 7)[language]:.2f}"])
        elif fate > 0.96:
            out.append(row)
    return out
