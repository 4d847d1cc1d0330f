"""Pre-flight checks of what would make a test too good: one customer on both sides, a column that alone tells nearly
all, test rows that were learned from. Each says by which rule, and how to repair it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from core.data.groups import Owner, find_owners, groups_of
from core.data.outcomes import bad_value
from core.data.power import powers
from core.data.profile import profile
from core.data.splitting import MOSTLY_DIFFERENT, SHARE, normalise, row_codes
from core.data.table import Table
from core.words import Fix, Problem, Text

NEARLY_ALL = 0.95
"""The area under the curve from which a column alone is doubted, whatever else is known of it."""
WORTH_SHOWING = 0.6
SHOWN = 5
WARN_SHARED = 0.02
LEAST_APART = 5
"""Groups that are kept together, of which some are learned from, some stop and judge that, and some test it."""


def owners(table: Table, together: Sequence[str], *, role: str = "label") -> list[Problem]:
    """Rows of one customer (or whoever a column names) would be on both sides of the test (warn; note where they are no
    more alike than others): kept on one side by one click. What is kept together makes too few groups (stop)."""
    if together:
        return _too_few(table, together)
    taken = {name for key, names in table.roles.items() if key != "sensitive" for name in names}
    labels = pd.Series(table.texts(role), dtype="str")
    known = pd.factorize(labels.mask(labels == ""))[0]
    if known.max(initial=-1) < 1:
        return []
    found = find_owners(table.frame, known, SHARE, list(taken))
    return [_owner(one) for one in found if one.shared >= WARN_SHARED][:2]


def _too_few(table: Table, together: Sequence[str]) -> list[Problem]:
    groups = int(groups_of(table.frame, together).max(initial=-1)) + 1
    if groups >= LEAST_APART:
        return []
    names, names_zh = ", ".join(f"“{name}”" for name in together), "、".join(f"“{name}”" for name in together)
    what = Text(
        f"Rows that agree in {names} stay together, and that makes {groups} groups.",
        f"{names_zh}相同的行不拆开，这样只有 {groups} 组。",
    )
    how = Text(
        f"That is too few to learn from some, choose by others and test on the rest: it takes {LEAST_APART}. Keep rows together "
        "by a column that says whose they are, such as a customer number, or by none.",
        f"组数太少，无法分别用于学习、选择和检验，至少需要 {LEAST_APART} 组。请改用标明归属的列（例如客户编号），或不设置。",
    )
    return [Problem("too_few_groups", what, how, "stop")]


def _owner(one: Owner) -> Problem:
    alike, chance, shared = f"{one.alike:.0%}", f"{one.chance:.0%}", f"{one.shared:.0%}"
    what = Text(
        "{n} values of “{column}” have several rows: {shared} of the test rows would belong to one that the model also "
        "learned from. Two rows of one have the same answer {alike} of the time, any two rows {chance}.",
        "“{column}”中有 {n} 个值对应多行数据：检验数据中约 {shared} 的行，其“{column}”也会出现在训练数据里。"
        "同一个值的两行答案相同的比例为 {alike}，任意两行为 {chance}。",
    ).fill(n=f"{one.several:,}", column=one.column, shared=shared, alike=alike, chance=chance)
    how = Text(
        "A model can recognise them instead of learning what is general, and its figures would be too good for someone new. "
        "Keep all rows of one on the same side of the test.",
        "模型可能只是认出了他们，而没有学到普遍规律，用在新对象上时指标会虚高。建议把同一个值的数据放在同一侧。",
    )
    fix = Fix(
        Text(f"Keep each “{one.column}” on one side", f"按“{one.column}”整组划分"),
        settings={"keep_together": (one.column,)},
    )
    return Problem(f"on_both_sides:{one.column}", what, how, "warn" if one.tells else "note", (fix,))


def strong_columns(table: Table, without: Sequence[str], bad: str, *, role: str = "target") -> list[Problem]:
    """How much each column that is learned from tells alone: doubted from an area of 0.95 (warn), else only shown, for a
    strong column is no proof (note). `without` are columns not learned from, `bad` the value of the bad end."""
    ended = np.array(table.texts(role), dtype=object)
    known = np.flatnonzero(ended != "")
    frame = table.frame.iloc[known].drop(columns=[n for n in without if n in table.frame.columns])
    target = table.roles[role][0]
    worse = bad or bad_value(profile(table.frame[[target]]).columns[0])
    positive = ended[known] == worse
    if not frame.shape[1] or positive.all() or not positive.any():
        return []
    found = powers(frame.reset_index(drop=True), positive)
    doubted = [_doubted(one.column, one.area, target) for one in found if one.area >= NEARLY_ALL]
    honest = [one for one in found if WORTH_SHOWING <= one.area < NEARLY_ALL][:SHOWN]
    if not honest:
        return doubted
    said = ", ".join(f"“{one.column}” {one.area:.2f}" for one in honest)
    what = Text(
        f"Columns that alone tell most of “{target}”, 0.5 being nothing and 1 all (AUC): {said}.",
        f"单独一列对“{target}”的区分能力（AUC，0.5 为没有，1 为完全）：{said.replace(', ', '、')}。",
    )
    how = Text(
        "A strong column is no proof of a leak: an honest one can reach 0.87. Ask of each whether you will know it "
        "before the answer.",
        "区分能力强并不等于泄露答案，正常的列也可能达到 0.87。请逐一确认：出结果之前是否已经知道它。",
    )
    return [*doubted, Problem("strong_columns", what, how, "note")]


def _doubted(column: str, area: float, target: str) -> Problem:
    what = Text(
        f"“{column}” alone tells “{target}” nearly always (AUC {area:.2f} of 1, measured on rows kept aside).",
        f"仅凭“{column}”一列几乎就能判断“{target}”（AUC {area:.2f}，满分 1，在另一半数据上测得）。",
    )
    how = Text(
        "That is rarely honest. If you only know it after the answer, leave it out.",
        "这很少是正常现象。如果出结果之后才知道它，请不要使用。",
    )
    fix = Fix(Text(f"Leave out “{column}”", f"不使用“{column}”"), settings={"leave_out": (column,)})
    return Problem(f"too_strong:{column}", what, how, "warn", (fix,))


def test_rows_in_training(train: Table, test: Table, label: str | None) -> list[Problem]:
    """Rows of the test file that also are in the training file (warn; stop where all are): the same text, or where there
    is none the same in every column but the label."""
    both = int(in_training(train, test, label).sum())
    if not both:
        return []
    rows, texts = f"{len(test):,}", train.has("text") and test.has("text")
    if texts:
        what = Text(
            f"Texts of the test file that are also in the training data: {both:,} of {rows}.",
            f"检验文件的 {rows} 条文本中有 {both:,} 条也在训练数据里。",
        )
    else:
        what = Text(
            f"Rows of the test file that say the same as a training row in every column: {both:,} of {rows}.",
            f"检验文件的 {rows} 行中，有 {both:,} 行的各列与某行训练数据完全相同。",
        )
    how = Text(
        "A model may simply remember them. They are left out of the training rows, or use a test file of other rows.",
        "模型可能只是记住了它们，指标会虚高。训练时会避开这些行；也可以换一份不重叠的检验文件。",
    )
    if both == len(test):
        how = Text("Use a test file of other rows.", "请换一份与训练数据不重叠的检验文件。")
    return [Problem("test_rows_in_training", what, how, "stop" if both == len(test) else "warn")]


def in_training(train: Table, test: Table, label: str | None) -> np.ndarray:
    """Which of the test rows are among the training rows, bool [test rows]."""
    seen, asked = _told(train, test, label)
    return np.isin(asked, seen) & (asked >= 0)


def in_test(train: Table, test: Table, label: str | None) -> np.ndarray:
    """Which of the training rows are among the test rows, bool [training rows]."""
    seen, asked = _told(train, test, label)
    return np.isin(seen, asked) & (seen >= 0)


def _told(first: Table, second: Table, label: str | None) -> tuple[np.ndarray, np.ndarray]:
    """Numbers that tell the rows of both tables apart, -1 where nothing does: no text, or columns that so many rows of the
    first share that equal ones need not be one case."""
    if first.has("text") and second.has("text"):
        told = [normalise(text) for one in (first, second) for text in one.texts("text")]
        codes = pd.factorize(pd.Series(told, dtype="str").mask(lambda text: text == ""))[0]
    elif label is None:
        codes = np.full(len(first) + len(second), -1)
    else:
        names = [n for n in first.frame.columns if n in second.frame.columns and n not in first.roles.get(label, ())]
        codes = row_codes(pd.concat([first.frame[names], second.frame[names]], ignore_index=True))
        if len(np.unique(codes[: len(first)])) < MOSTLY_DIFFERENT * len(first):
            codes = np.full(len(codes), -1)
    return codes[: len(first)], codes[len(first) :]
