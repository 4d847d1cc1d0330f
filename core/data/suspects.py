"""Columns that a model should not learn from: identifiers, constants, giveaways and what is only known afterwards."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from core.data.amounts import as_numbers, share_of_numbers
from core.data.leaks import find_leaks
from core.data.profile import profile
from core.data.splitting import seconds
from core.data.table import Table
from core.words import Text

Kind = Literal["identifier", "constant", "leak", "afterwards"]

ID_NAME = re.compile(
    r"(^|[_\s\-.])(id|ids|uuid|guid|no|nr|key|index|number|udi)$|[a-z]I[dD]$|^(id|udi|unnamed.*|index)$|编号|序号|单号|流水号|身份证",
    re.IGNORECASE,
)
AFTERWARDS = (
    "recoveries", "recovery", "collection_recovery_fee", "collection_calls", "collections", "collection_fee", "total_pymnt", "total_rec_prncp", "total_rec_int",
    "last_pymnt_d", "last_pymnt_amnt", "last_payment_date", "chargeoff", "charge_off", "charge_off_date", "write_off", "writeoff",
    "closed_date", "close_date", "closed_at", "closed_on", "cancelled_at", "cancellation_reason", "cancel_reason", "churned_at", "exit_date",
    "termination_date", "resolved_at", "resolution_date", "refund_amount", "refund_date", "return_reason", "payoff_date", "repaid_amount", "days_past_due_final", "settlement_amount", "cancellation_date", "churn_date", "churn_reason",
    "取消原因", "取消日期", "退款金额", "退款日期", "退货原因", "结案日期", "关闭日期", "注销日期", "离职日期", "还清日期",
    "回收金额", "催收次数", "催收金额", "核销金额", "核销日期", "结清日期", "流失原因", "流失日期", "最后还款日期",
)  # fmt: skip
PREDICTED = (
    "prediction", "predictions", "predicted", "pred", "y_pred", "y_hat", "yhat", "y_true", "predicted_label", "model_prediction",
    "model_score", "ground_truth", "true_label", "gold", "gold_label", "target_encoded", "label_encoded",
    "预测", "预测值", "预测结果", "真实标签", "真实值", "模型得分",
)  # fmt: skip
GENERIC = ("label", "target", "class", "status", "type", "result", "category", "score", "state", "标签", "目标", "结果", "类别", "状态")  # fmt: skip
"""Names of labels that say nothing of what they are about, so that another column may well begin with them."""
DATES = 0.9
CALLS = {"campaign", "pdays", "previous", "poutcome", "contact"}
"""Columns of a call list: beside two of them a `duration` is the length of the call itself."""
NEARLY_ALL = 0.95
ENOUGH_TO_TELL = 20_000
"""Filled rows that tell whether a column of all different values holds numbers, whole ones, counted up."""


@dataclass(frozen=True)
class Suspect:
    """`certain`: near-deterministic, so left out unless the user keeps it; otherwise a proposal."""

    column: str
    kind: Kind
    reason: Text
    certain: bool


def find_suspects(frame: pd.DataFrame, target: str, date: str | None = None) -> list[Suspect]:
    """One suspicion a column at most, in the order of the columns. `target` names the outcome's column, `date` that of
    the case's date."""
    labels = pd.Series(Table(frame, {"target": (target,)}).texts("target"), index=frame.index, dtype="str")
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
            or _named(name, target)
            or _later(others, name, date)
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


def _named(name: str, target: str) -> Suspect | None:
    """Its name repeats the label's, or speaks of a prediction or of the truth."""
    plain, label = _plain(name), re.sub("^是否", "", _plain(target))
    words = label.split("_")
    repeats = plain.split("_")[: len(words)] == words if label.isascii() else plain.startswith(label)
    if repeats and len(label.encode()) > 3 and label not in GENERIC:
        words_en = f"its name repeats “{target}”: what is written there may have been known only with it"
        return Suspect(name, "afterwards", Text(words_en, f"列名与“{target}”重复，内容可能要等结果出来才知道"), False)
    if plain in PREDICTED:
        words_en = f"by its name it holds a prediction or the truth of “{target}”"
        return Suspect(name, "afterwards", Text(words_en, f"从列名看，它是对“{target}”的预测或真实答案"), False)
    return None


def _later(frame: pd.DataFrame, name: str, date: str | None) -> Suspect | None:
    """A date that nearly always lies after the case's own."""
    if date is None or date not in frame or name == date or not _are_dates(frame[name]):
        return None
    own, case = seconds(frame[name]), seconds(frame[date])
    both = np.isfinite(own) & np.isfinite(case)
    share = float((own[both] > case[both]).mean()) if both.sum() >= 20 else 0.0
    if share < DATES:
        return None
    words = Text(
        f"it lies after “{date}” in {share:.0%} of the rows: something that had not happened yet",
        f"{share:.0%} 的行中它晚于“{date}”，当时还没有发生",
    )
    return Suspect(name, "afterwards", words, False)


def _are_dates(values: pd.Series) -> bool:
    return profile(values.head(500).to_frame()).columns[0].kind == "time"


def _identifier(values: pd.Series, name: str) -> Suspect | None:
    filled = values.dropna()
    if len(filled) < 20:
        return None
    distinct = filled.nunique()
    if distinct < NEARLY_ALL * len(filled):
        return None
    named = bool(ID_NAME.search(name))
    some = filled.iloc[:: -(-len(filled) // ENOUGH_TO_TELL)]
    numeric = share_of_numbers(some) >= 0.98
    whole = numeric and bool((as_numbers(some) % 1 == 0).all())
    if numeric and (not whole or not (named or _counts_up(as_numbers(filled.head(ENOUGH_TO_TELL))))):
        return None
    if not numeric and not named and float(some.astype("str").str.len().mean()) > 40:
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
