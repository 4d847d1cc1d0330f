"""Small files as odd as those that people bring, made here: each with what a right reading of it gives."""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import openpyxl

ROWS = 40
REVIEWS = (
    "房间很干净，位置也好，下次还会再来",
    "服务太差了，不会再住这家酒店",
    "早餐一般，但是前台的人很好",
    "性价比不错的一家",
)
LABELS = ("好评", "差评")


@dataclass(frozen=True)
class Twin:
    """`cells` are values that must stand in the table: (column, row) -> value."""

    data: bytes
    columns: list[str]
    rows: int = ROWS
    cells: dict[tuple[str, int], Any] = field(default_factory=dict)
    odd_rows: int = 0
    encoding: str | None = "utf-8"
    separator: str | None = ","
    missing: dict[str, int] = field(default_factory=dict)
    meanings: dict[str, str] = field(default_factory=dict)


def table(rows: int = ROWS) -> list[list[str]]:
    rng = random.Random(13)
    return [
        [
            str(20 + n),
            rng.choice(("admin.", "technician", "services")),
            f"{rng.random():.3f}",
            rng.choice(("yes", "no")),
        ]
        for n in range(rows)
    ]


NAMES = ["age", "job", "rate", "y"]
CELLS: dict[tuple[str, int], Any] = {("age", 0): 20, ("age", ROWS - 1): 20 + ROWS - 1}


def text(rows: list[list[str]], separator: str = ",", end: str = "\n", **how: Any) -> str:
    written = io.StringIO()
    csv.writer(written, delimiter=separator, lineterminator=end, **how).writerows(rows)
    return written.getvalue()


def chinese() -> str:
    return text([["评论内容", "标签"], *([REVIEWS[n % 4] + str(n), LABELS[n % 2]] for n in range(ROWS))], end="\r\n")


def in_chinese(encoding: str, found: str) -> Twin:
    cells = {("评论内容", 1): REVIEWS[1] + "1", ("标签", 0): "好评"}
    return Twin(chinese().encode(encoding), ["评论内容", "标签"], cells=cells, encoding=found)


def posts(separator: str) -> str:
    said = ('the "best" crew', "late again,\nand no word", "fine; really\tfine", "thanks!")
    rows = [[f"{said[n % 4]} {n}", ("negative", "positive")[n % 2]] for n in range(ROWS)]
    return text([["text", "airline_sentiment"], *rows], separator)


POSTS: dict[str, Any] = {
    "columns": ["text", "airline_sentiment"],
    "cells": {("text", 0): 'the "best" crew 0', ("text", 1): "late again,\nand no word 1"},
}


def preamble_and_footer() -> Twin:
    lines = ["Bank export", "Period:;2008-2010", "", text([NAMES, *table()], ";").rstrip("\n"), "", "Total rows;40"]
    return Twin("\n".join(lines).encode(), NAMES, cells=CELLS, odd_rows=3, separator=";")


def ragged() -> Twin:
    rows = table()
    rows[5] += ["a", "b"]
    rows[9] = rows[9][:2]
    rows[12] += [""]
    lines = text([NAMES, *rows]).splitlines()
    lines[20:20] = ["", "# exported by hand", ",".join(NAMES), ""]
    return Twin("\n".join(lines).encode(), NAMES, ROWS - 3, odd_rows=5)


def backslashes() -> Twin:
    rows = [f'"ask \\"now\\", number {n}","line one\nline two, {n}"' for n in range(ROWS)]
    cells = {("question", 3): 'ask "now", number 3', ("answer", 3): "line one\nline two, 3"}
    return Twin(("question,answer\n" + "\n".join(rows) + "\n").encode(), ["question", "answer"], cells=cells)


def no_header(separator: str) -> Twin:
    rng = random.Random(5)
    rows = [
        [str(rng.randint(1, 900)), str(rng.randint(1, 1600)), str(rng.randint(1, 5)), str(881250949 + n)]
        for n in range(ROWS)
    ]
    body = "\n".join(separator.join(row) for row in rows) + "\n"
    columns = [f"column {n}" for n in range(1, 5)]
    return Twin(body.encode(), columns, cells={("column 4", 0): 881250949}, separator=separator)


def no_header_with_an_empty_column() -> Twin:
    rows = [f"{n}|Café número {n}|{n % 28 + 1:02d}-Jan-1995||{n % 2}|{n % 3 % 2}" for n in range(1, ROWS + 1)]
    columns = [f"column {n}" for n in range(1, 7)]
    cells = {("column 2", 0): "Café número 1", ("column 3", 1): "1995-01-03"}
    return Twin("\n".join(rows).encode("latin-1"), columns, cells=cells, encoding="windows-1252", separator="|")


def padded() -> Twin:
    names = [f" {name}  " for name in NAMES]
    rows = [[f"  {cell} " for cell in row] for row in table()]
    return Twin(text([names, *rows]).encode("utf-8-sig"), NAMES, cells=CELLS)


def european() -> Twin:
    start = datetime(2011, 1, 3, 8, 15)
    rows = [
        [str(536365 + n), str(n + 1), f"{start + timedelta(days=9 * n):%d.%m.%Y %H:%M}", f"£{n},{n:02d}"]
        for n in range(ROWS)
    ]
    rows[7][1], rows[8][3] = "1.992", "£1.234,50"
    cells = {("Quantity", 7): 1992, ("Quantity", 8): 9, ("UnitPrice", 8): 1234.5, ("UnitPrice", 9): 9.09,
             ("InvoiceDate", 1): "2011-01-12 08:15:00"}  # fmt: skip
    names = ["InvoiceNo", "Quantity", "InvoiceDate", "UnitPrice"]
    meanings = {"InvoiceDate": "date", "UnitPrice": "money"}
    return Twin(
        text([names, *rows], ";").encode("cp1252"),
        names,
        cells=cells,
        encoding="windows-1252",
        separator=";",
        meanings=meanings,
    )


def mixed_dates() -> Twin:
    """Five ways to write a date in one column; two of them with slashes, one with the day and one with the month first."""
    ways = ("%d/%m/%y", "%b %d, %Y", "%m/%d/%Y %H:%M", "%Y-%m-%d %H:%M:%S", "%d/%m/%y")
    moments = [datetime(2010, 12, 1, 9, 30) + timedelta(days=9 * n) for n in range(ROWS)]
    rows = [[f"a{n}", moments[n].strftime(ways[n % 5])] for n in range(ROWS)]
    timed = [moment if n % 5 in (2, 3) else moment.replace(hour=0, minute=0) for n, moment in enumerate(moments)]
    cells = {("when", n): f"{timed[n]:%Y-%m-%d %H:%M:%S}" for n in range(ROWS)}
    return Twin(text([["what", "when"], *rows]).encode(), ["what", "when"], cells=cells, meanings={"when": "date"})


def mixed_types() -> Twin:
    ways = ("5400", "5,400", "$5,400.00", "USD 5,400", "5.4k", " 5400 ")
    spelled = ("", "N/A", "NA", "null", "?", "none", "#N/A")
    rows = [
        [
            str(n),
            f"{n / 100:.4f}" if n % 2 else f"{n}.0%",
            ways[n % 6] if n >= 7 else spelled[n],
            "41 yrs" if n == 3 else str(20 + n),
        ]
        for n in range(ROWS)
    ]
    cells = {("income", n): 5400.0 for n in range(7, ROWS)} | {("used", 20): 0.2, ("used", 21): 0.21}
    return Twin(text([["", "used", "income", "age"], *rows]).encode(), ["column 1", "used", "income", "age"], cells=cells,
                missing={"income": 7}, meanings={"used": "percent", "income": "money", "age": "amount"})  # fmt: skip


def mangled_by_a_spreadsheet() -> Twin:
    rows = [[f"5.7030{n % 7}E+17", f"post number {n} of many", f"24-02-2015 {n % 12:02d}.35"] for n in range(ROWS)]
    cells = {("tweet_id", 1): "5.70301E+17", ("created", 1): "2015-02-24 01:35:00"}
    names = ["tweet_id", "text", "created"]
    return Twin(text([names, *rows]).encode(), names, cells=cells, meanings={"tweet_id": "rounded", "created": "date"})


def duplicate_names() -> Twin:
    return Twin(text([["age", "age", "", " Y "], *table()]).encode(), ["age", "age 2", "column 3", "Y"], cells=CELLS)


def messy_workbook() -> Twin:
    book = openpyxl.Workbook()
    book.active.append(["Notes of the branch"])
    sheet = book.create_sheet("Sheet2")
    sheet.append(["Credit applications, branch 13"])
    sheet.merge_cells("A1:D1")
    sheet.append([])
    sheet.append(["Applicant", None, None, "Decision"])
    sheet.append(NAMES)
    for age, job, rate, y in table():
        sheet.append([int(age), job, float(rate), y])
    sheet.append([])
    sheet.append(["TOTAL", 1234])
    written = io.BytesIO()
    book.save(written)
    return Twin(written.getvalue(), NAMES, cells=CELLS, odd_rows=3, encoding=None, separator=None)


def json_lines() -> Twin:
    rows = [
        json.dumps({"input_text": f"问题 {n}", "output_text": f"答案，{n}\n第二行"}, ensure_ascii=False)
        for n in range(ROWS)
    ]
    cells = {("output_text", 2): "答案，2\n第二行"}
    return Twin("\n".join(rows).encode(), ["input_text", "output_text"], cells=cells, separator=None)


def zipped(data: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("folder/data.csv", data)
        archive.writestr("__MACOSX/folder/._data.csv", "stub")
    return packed.getvalue()


PLAIN = text([NAMES, *table()]).encode()
TWINS: dict[str, Callable[[], Twin]] = {
    "chinese windows": lambda: in_chinese("gbk", "gb18030"),
    "gb18030": lambda: in_chinese("gb18030", "gb18030"),
    "utf-16 with tabs": lambda: Twin(posts("\t").encode("utf-16"), **POSTS, encoding="utf-16", separator="\t"),
    "utf-16 without a mark": lambda: Twin(posts(",").encode("utf-16-be"), **POSTS, encoding="utf-16-be"),
    "tabs in a csv": lambda: Twin(posts("\t").encode(), **POSTS, separator="\t"),
    "mark and windows line ends": lambda: Twin(
        text([NAMES, *table()], end="\r\n").encode("utf-8-sig"), NAMES, cells=CELLS
    ),
    "every text quoted": lambda: Twin(
        text([NAMES, *table()], ";", quoting=csv.QUOTE_ALL).encode(), NAMES, cells=CELLS, separator=";"
    ),
    "line breaks and quotes": lambda: Twin(posts(",").encode(), **POSTS),
    "backslashes": backslashes,
    "preamble and footer": preamble_and_footer,
    "ragged": ragged,
    "no header, tabs": lambda: no_header("\t"),
    "no header, double colon": lambda: no_header("::"),
    "no header, latin-1, pipes": no_header_with_an_empty_column,
    "padded": padded,
    "european": european,
    "mixed dates": mixed_dates,
    "mixed types": mixed_types,
    "mangled by a spreadsheet": mangled_by_a_spreadsheet,
    "duplicate names": duplicate_names,
    "messy workbook": messy_workbook,
    "json lines": json_lines,
    "gzip": lambda: Twin(gzip.compress(PLAIN), NAMES, cells=CELLS),
    "zip": lambda: Twin(zipped(PLAIN), NAMES, cells=CELLS),
}
