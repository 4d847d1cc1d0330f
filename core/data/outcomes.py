"""Which column says how a case ended, and which of its two values is the bad end."""

from __future__ import annotations

import numpy as np
import pandas as pd

from core.data.guessing import PART, name_match
from core.data.profile import ColumnProfile, Profile
from core.data.table import clean

OUTCOME_NAMES = (
    "target", "default", "defaulted", "outcome", "label", "class", "y", "creditability", "bad", "bad_flag", "is_bad",
    "default_flag", "loan_status", "status", "churn", "churned", "exited", "fraud", "is_fraud", "machine failure", "failure", "failed",
    "seriousdlqin2yrs", "delinquent", "response", "converted", "repaid", "good_bad",
    "是否违约", "违约", "是否逾期", "逾期", "好坏", "结果", "目标", "标签", "是否流失", "流失", "贷款状态", "还款情况",
)  # fmt: skip
BAD_VALUES = (
    "bad", "default", "defaulted", "charged off", "charged_off", "churned", "churn", "fraud", "failed", "failure", "late",
    "delinquent", "overdue", "lost", "yes", "y", "true", "t", "1", "positive",
    "坏", "违约", "逾期", "是", "流失", "欺诈", "失败", "未还", "拖欠", "有",
)  # fmt: skip
GOOD_VALUES = (
    "good", "paid", "fully paid", "repaid", "ok", "no", "n", "false", "f", "0", "-1", "2", "negative",
    "好", "已还", "还清", "正常", "否", "未流失", "无", "未违约",
)  # fmt: skip
APPROVED_WORDS = {
    "1", "1.0", "yes", "y", "true", "approved", "approve", "accept", "accepted", "granted", "grant", "pass", "passed", "ok",
    "通过", "已通过", "审批通过", "批准", "已批准", "核准", "准予", "准许", "同意", "放款", "是",
}  # fmt: skip
DECLINED_WORDS = {
    "0", "0.0", "no", "n", "false", "declined", "decline", "reject", "rejected", "refused", "refuse", "denied", "deny", "fail",
    "failed", "拒绝", "已拒绝", "审批拒绝", "不通过", "未通过", "否决", "不批准", "未批准", "不予", "不同意", "拒贷", "拒", "否",
}  # fmt: skip
AT_AN_END = 12.0
ALL_THE_SAME = 40.0
"""What a column named like an outcome weighs though every case ended alike: more than any two values by chance."""


def guess_outcome(profile: Profile) -> tuple[str, str] | None:
    """(column, the value that means bad), or None where there is no such column.

    An exact name outranks a first or last column with two values, which outranks a part of a name; among equals the
    column whose values speak of good and bad wins. Before two values in the midst that nothing speaks for comes a
    column of the exact name in which all cases ended alike: the user is then told so.
    """
    offers = []
    columns = profile.columns
    for place, column in enumerate(columns):
        values = [clean(value) for value, _ in column.top]
        named = name_match(column.name, OUTCOME_NAMES)
        if column.distinct == 1 and named > PART and not column.missing:
            offers.append((ALL_THE_SAME, place, column))
        if column.distinct != 2 or len(values) != 2 or column.missing > 0.5 * profile.rows:
            continue
        at_an_end = AT_AN_END if place in (0, len(columns) - 1) else 0.0
        score = (named if named > PART else named / 5) + at_an_end * (5 if named <= PART else 1) + _says(values)
        offers.append((score, place, column))
    if not offers:
        return None
    best = max(offers, key=lambda offer: offer[:2])[2]
    return best.name, bad_value(best)


def _says(values: list[str]) -> float:
    said = [value.casefold() for value in values]
    both = any(value in BAD_VALUES[:12] for value in said) or any(value in GOOD_VALUES[:4] for value in said)
    return 6.0 if both else 3.0 if any(value in BAD_VALUES for value in said) else 0.0


def bad_value(column: ColumnProfile) -> str:
    """Of a column's values the one that means bad: by the word, else the other of a word for good, else the rarer."""
    values = [clean(value) for value, _ in column.top]
    known = [value for value in values if value.casefold() in BAD_VALUES]
    if known:
        return min(known, key=lambda value: BAD_VALUES.index(value.casefold()))
    others = [value for value in values if value.casefold() not in GOOD_VALUES]
    return others[-1] if others else values[-1]


def approved_today(decisions: pd.Series) -> np.ndarray | None:
    """Which of today's decisions approve, bool [rows]; None where none of their words says approved or declined. A decision
    in other words beside known ones is the opposite of these."""
    said = decisions.map(clean).str.casefold()
    if said.isin(APPROVED_WORDS).any():
        return said.isin(APPROVED_WORDS).to_numpy()
    return (said.ne("") & ~said.isin(DECLINED_WORDS)).to_numpy() if said.isin(DECLINED_WORDS).any() else None
