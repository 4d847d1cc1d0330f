"""Columns that a model should not learn from: identifiers, constants, giveaways and what is only known afterwards."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from core.data.amounts import as_numbers, share_of_numbers
from core.data.leaks import find_leaks
from core.data.table import clean
from core.words import Text

Kind = Literal["identifier", "constant", "leak", "afterwards"]

ID_NAME = re.compile(
    r"(^|[_\s\-.])(id|ids|uuid|guid|no|nr|key|index|number|udi)$|[a-z]I[dD]$|^(id|udi|unnamed.*|index)$|编号|序号|单号|流水号|身份证",
    re.IGNORECASE,
)
AFTERWARDS = (
    "recoveries", "recovery", "collection_recovery_fee", "collection_calls", "collections", "collection_fee", "total_pymnt", "total_rec_prncp", "total_rec_int",
    "last_pymnt_d", "last_pymnt_amnt", "last_payment_date", "chargeoff", "charge_off", "charge_off_date", "write_off", "writeoff",
    "closed_date", "close_date", "days_past_due_final", "settlement_amount", "cancellation_date", "churn_date", "churn_reason",
    "回收金额", "催收次数", "催收金额", "核销金额", "核销日期", "结清日期", "流失原因", "流失日期", "最后还款日期",
)  # fmt: skip
CALLS = {"campaign", "pdays", "previous", "poutcome", "contact"}
"""Columns of a call list: beside two of them a `duration` is the length of the call itself."""
NEARLY_ALL = 0.95


@dataclass(frozen=True)
class Suspect:
    """`certain`: near-deterministic, so left out unless the user keeps it; otherwise a proposal."""

    column: str
    kind: Kind
    reason: Text
    certain: bool


def find_suspects(frame: pd.DataFrame, target: str) -> list[Suspect]:
    """One suspicion a column at most, in the order of the columns. `target` names the outcome's column."""
    labels = frame[target].map(clean)
    known = (labels != "").to_numpy()
    others = frame.drop(columns=[target])
    rest = others[known].reset_index(drop=True)
    leaks = {leak.column: leak.rule for leak in find_leaks(rest, labels[known].reset_index(drop=True), target)}
    names = {_plain(name) for name in map(str, frame.columns)}
    found = []
    for name in map(str, others.columns):
        suspect = (
            _constant(others[name], name)
            or (Suspect(name, "leak", leaks[name], True) if name in leaks else None)
            or _afterwards(name, names, target)
            or _identifier(others[name], name)
        )
        if suspect:
            found.append(suspect)
    return found


def _constant(values: pd.Series, name: str) -> Suspect | None:
    distinct = values.nunique(dropna=False)
    if distinct > 1:
        return None
    words = Text("it says the same in every row", "每一行的取值都相同")
    return Suspect(name, "constant", words, False)


def _afterwards(name: str, names: set[str], target: str) -> Suspect | None:
    plain = _plain(name)
    if plain == "duration" and len(CALLS & names) >= 2:
        words = Text(
            f"it is the length of the call itself, which is only known once “{target}” is known too",
            f"它是这通电话本身的时长，只有在“{target}”已知之后才会知道",
        )
        return Suspect(name, "afterwards", words, False)
    if plain in AFTERWARDS:
        words = Text(
            f"by its name it is only known after “{target}” is decided", f"从列名看，要等“{target}”有结果之后才会知道"
        )
        return Suspect(name, "afterwards", words, False)
    return None


def _identifier(values: pd.Series, name: str) -> Suspect | None:
    filled = values.dropna()
    if len(filled) < 20:
        return None
    distinct = filled.nunique()
    named = bool(ID_NAME.search(name))
    numeric = share_of_numbers(filled) >= 0.98
    whole = numeric and bool((as_numbers(filled) % 1 == 0).all())
    if numeric and (not whole or not (named or _counts_up(as_numbers(filled)))):
        return None
    if distinct < NEARLY_ALL * len(filled):
        return None
    if not numeric and not named and float(filled.astype("str").str.len().mean()) > 40:
        return None
    words = Text(
        f"{distinct:,} different values in {len(filled):,} rows: a number of the case, nothing to learn from",
        f"{len(filled):,} 行中有 {distinct:,} 种不同的值：只是编号，没有可学的规律",
    )
    return Suspect(name, "identifier", words, False)


def _counts_up(numbers: pd.Series) -> bool:
    steps = numbers.diff().dropna()
    return bool(len(steps) and (steps > 0).all() and steps.median() == 1)


def _plain(name: str) -> str:
    return re.sub(r"[\s_\-.]+", "_", name.strip().casefold())
