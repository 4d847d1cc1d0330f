"""What can be done to a column, with everything that a change needs settled now, so that later files get the same."""

from __future__ import annotations

from core.data.changes import FLAG
from core.data.personal import KINDS
from core.data.profile import ColumnProfile
from core.data.recipe import Step
from core.data.table import clean
from core.words import Fix, Text


def column_changes(column: ColumnProfile) -> tuple[Fix, ...]:
    """Every change that makes sense for a column of this kind."""
    own = (column.name,)
    leave = Fix(Text("Leave it out", "去掉这一列"), Step("drop_columns", own))
    if column.kind == "empty":
        return (leave,)
    if column.kind == "number":
        codes = Fix(Text("Read as codes, not amounts", "视为代码，而不是数量"), Step("to_text", own))
        return (leave, *(gap_fixes(column) if column.missing else ()), codes)
    tidy = Fix(Text("Trim spaces", "清理空格"), Step("tidy", own))
    numbers = Fix(Text("Read as numbers", "按数字读取"), Step("to_numbers", own))
    mask = Fix(
        Text("Mask e-mail addresses and numbers of people", "遮盖邮箱、电话和证件号码"),
        Step("mask", own, dict.fromkeys(KINDS, "")),
    )
    gaps = gap_fixes(column) if column.missing else ()
    empty = (Fix(Text("Remove rows where it is empty", "删除该列为空的行"), Step("drop_empty", own)),)
    further = {"time": (), "text": (mask,), "id": (numbers, mask)}.get(column.kind, (numbers,))
    return (leave, *gaps, *(empty if column.missing else ()), tidy, *further)


def gap_fixes(column: ColumnProfile) -> tuple[Fix, ...]:
    """Ways to deal with a column's empty cells. What is filled in is settled now and is the same in later files."""
    chinese = any("\u4e00" <= letter <= "\u9fff" for letter in column.name)
    if column.kind == "number" and column.median is not None:
        new = figure(column.median)
        title = Text(
            f"Fill empty cells with the middle, {column.median:,.12g}", f"空单元格填为中位数 {column.median:,.12g}"
        )
    elif column.kind in ("category", "boolean"):
        new = "未填" if chinese else "not given"
        title = Text(f"Fill empty cells with “{new}”", f"空单元格填为“{new}”")
    else:
        return ()
    flag = column.name + (FLAG.zh if chinese else FLAG.en)
    return (
        Fix(title, Step("fill_missing", (column.name,), {"with": new})),
        Fix(
            Text("Add a column that marks empty cells", "新增一列标记空单元格"),
            Step("flag_missing", (column.name,), {column.name: flag}),
        ),
    )


def figure(number: float) -> str:
    """A number as it is written into a step."""
    return clean(float(f"{number:.12g}"))
