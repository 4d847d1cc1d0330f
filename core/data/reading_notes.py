"""What should be known about how a file was read, in words for its owner."""

from __future__ import annotations

from collections.abc import Mapping

from core.data.how import How
from core.data.meaning import Meaning
from core.data.raw import Raw
from core.words import Text

MOST_COLUMNS = 4


def notes_of(raw: Raw, how: How, meanings: Mapping[str, Meaning], width: int, blank: int, rows: int) -> list[Text]:
    """`width` counts the columns of the file, `blank` the rows left out, `rows` those that were kept."""
    notes = []
    if raw.odd_rows > raw.undecoded:
        notes.append(
            Text(
                "{n} rows do not fit the {width} columns and were set aside; they can be downloaded.",
                "有 {n} 行与 {width} 列的表头对不上，已单独放在一边，可以下载查看。",
            ).fill(n=f"{raw.odd_rows - raw.undecoded:,}", width=width)
        )
    if blank:
        notes.append(Text("{n} blank rows were left out.", "跳过了 {n} 个空行。").fill(n=f"{blank:,}"))
    return [*notes, *_rounded(meanings, rows), *_dates(meanings)]


def _rounded(meanings: Mapping[str, Meaning], rows: int) -> list[Text]:
    names = [name for name, meaning in meanings.items() if meaning.kind == "rounded"]
    words = Text(
        "“{name}”: Excel has rounded long numbers (such as 5.70306E+17), so different rows share one. Do not use it to tell "
        "rows apart; export the original again with this column as text.",
        "“{name}”：Excel 把很长的编号变成了近似数（如 5.70306E+17），不同的行因此混为一个编号。请不要用它区分记录；"
        "如需使用，请把该列设为文本后重新导出原始数据。",
    )
    return [words.fill(name=name) for name in names[:MOST_COLUMNS]]


def _dates(meanings: Mapping[str, Meaning]) -> list[Text]:
    notes = []
    dated = {name: meaning for name, meaning in meanings.items() if meaning.kind in ("date", "time")}
    for name, meaning in list(dated.items())[:MOST_COLUMNS]:
        if meaning.kind == "time":
            notes.append(
                Text(
                    "“{name}”: Excel’s day numbers were read as dates.", "“{name}”：Excel 的日期序号已还原为日期。"
                ).fill(name=name)
            )
        elif meaning.unsure:
            first, other = _ORDERS["month" if meaning.order == "month" else "day"]
            notes.append(
                Text(
                    "“{name}”: {n} dates such as 03/04/2024 do not tell whether day or month comes first; they were read "
                    "with the {first} first. If that is wrong, change it to {other} first.",
                    "“{name}”：有 {n} 个类似 03/04/2024 的日期看不出日、月的先后，已按{first}在前读取。如果不对，请改为{other}在前。",
                ).fill(name=name, n=f"{meaning.unsure:,}", first=first, other=other)
            )
    return notes


_ORDERS = {
    "day": (Text("day", "日"), Text("month", "月")),
    "month": (Text("month", "月"), Text("day", "日")),
}
