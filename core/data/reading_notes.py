"""What should be known about how a file was read, in words for its owner."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from core.data.how import How
from core.data.meaning import Meaning
from core.data.raw import Raw
from core.words import Text

MOST_COLUMNS = 4


def notes_of(
    raw: Raw, how: How, meanings: Mapping[str, Meaning], width: int, blank: int, kept: Sequence[str]
) -> list[Text]:
    """`width` counts the columns of the file, `blank` the rows left out; `kept` are the columns that were kept."""
    notes = []
    if raw.odd_rows > raw.undecoded:
        notes.append(
            Text(
                "Rows that do not fit the {width} columns and were set aside: {n}. They can be downloaded.",
                "有 {n} 行与 {width} 列的表头对不上，已单独放在一边，可以下载查看。",
            ).fill(n=f"{raw.odd_rows - raw.undecoded:,}", width=width)
        )
    if blank:
        notes.append(Text("Blank rows left out: {n}.", "跳过了 {n} 个空行。").fill(n=f"{blank:,}"))
    return [*notes, *_renamed(raw, kept), *_rounded(meanings), *_dates(meanings)]


def _renamed(raw: Raw, kept: Sequence[str]) -> list[Text]:
    """Where the header has a name twice or none."""
    names = [
        str(name)
        for name, found in zip(raw.frame.columns, raw.named, strict=False)
        if name in kept and (not found.strip() or (found.strip() in raw.named and name != found.strip()))
    ]
    if not names:
        return []
    words = Text(
        "Columns without a name, or with a name that came before, are called: {names}.",
        "没有列名或列名重复的列已命名为：{names}。",
    )
    said = Text(
        ", ".join(f"“{name}”" for name in names[:MOST_COLUMNS]), "、".join(f"“{name}”" for name in names[:MOST_COLUMNS])
    )
    return [words.fill(names=said)]


def _rounded(meanings: Mapping[str, Meaning]) -> list[Text]:
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
        elif meaning.order == "mixed":
            notes.append(
                Text(
                    "“{name}” writes its dates in several ways, the day first in some and the month first in others; each was "
                    "read in its own way. Compare a few under “Rows” with what you know.",
                    "“{name}”中的日期有多种写法，有的日在前，有的月在前，已按各自的写法读取。请在“数据行”中抽查几个是否正确。",
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
