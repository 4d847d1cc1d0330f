"""Columns that say whose row it is: rows of one customer on both sides of a test make its figures too good."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.data.table import clean

WHO = {
    "customer", "client", "user", "member", "account", "acct", "borrower", "applicant", "patient", "subject", "person", "household",
    "family", "company", "merchant", "device", "machine", "author", "handle", "username", "nickname", "phone", "mobile", "email",
    "card", "policyholder", "student", "employee", "session", "conversation", "thread", "buyer", "subscriber",
}  # fmt: skip
BESIDE = {"id", "ids", "no", "nr", "num", "number", "code", "key", "name", "uuid", "guid", "hash", "ref", "screen", "unique", "index"}  # fmt: skip
WHO_ZH = re.compile(
    r"^(客户|用户|顾客|会员|账号|账户|借款人|申请人|患者|病人|企业|公司|商户|设备|作者|昵称|手机|电话|邮箱|身份证|学生|员工|会话|买家)"
    r"(编号|编码|号码|号|名称|姓名|名|代码|账号|id)?$|^(姓名|学号|工号|证件号码?)$"
)
LEAST_GROUPS = 20
LEAST_SHARE = 0.05
LARGEST = 0.2
AGREE = 0.05
"""How much more often than by chance rows of one group must have one label to be called alike."""


@dataclass(frozen=True)
class Owner:
    """A column that says whose row it is. `several` counts those with more than one row, `shared` is the share of rows at
    random held out whose owner would also be among the rows learned from; `alike` is how often two rows of one owner
    have one label, `chance` how often any two rows have."""

    column: str
    several: int
    shared: float
    alike: float
    chance: float

    @property
    def tells(self) -> bool:
        return self.alike >= self.chance + AGREE


def find_owners(frame: pd.DataFrame, labels: np.ndarray, held_out: float, leave: Sequence[str] = ()) -> list[Owner]:
    """By names ("customer_id", "会员号") and repeats, those that share the most rows first. `labels` are class numbers
    (-1 unknown), `held_out` is the share of rows for the test; columns in `leave` are not looked at."""
    found = [
        owner
        for name in frame.columns
        if name not in leave and names_an_owner(str(name))
        for owner in _owner(str(name), codes_of_groups(frame[name]), labels, held_out)
    ]
    return sorted(found, key=lambda owner: -owner.shared)


def names_an_owner(name: str) -> bool:
    """Whether a column's name speaks of someone and of nothing else ("customer_id", not "customer_age")."""
    said = unicodedata.normalize("NFKC", name).strip()
    words = [w for w in re.split(r"[^a-z0-9]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", said).casefold()) if w]
    latin = words == ["name"] or bool(words and set(words) & WHO and set(words) <= WHO | BESIDE)
    return latin or bool(WHO_ZH.match(said.casefold()))


def codes_of_groups(values: pd.Series) -> np.ndarray:
    """The group of every row, int [rows]: equal values are one group, a row without a value is one of its own."""
    told = values.map(clean)
    codes, distinct = pd.factorize(told.mask(told == ""))
    alone = np.flatnonzero(codes < 0)
    codes[alone] = len(distinct) + np.arange(len(alone))
    return codes.astype(np.int64)


def groups_of(frame: pd.DataFrame, columns: Sequence[str]) -> np.ndarray:
    """The group of every row, int [rows]: rows that agree in one of the columns belong together, and so do theirs."""
    return joined(np.arange(len(frame)), *(codes_of_groups(frame[name]) for name in columns if name in frame.columns))


def joined(*parts: np.ndarray) -> np.ndarray:
    """The group of every row, int [rows] from 0: rows that are in one group of any of the parts (int [rows]) belong
    together, and so do theirs."""
    found, before = parts[0], None
    while before is None or not np.array_equal(before, found):
        before = found
        for part in parts:
            found = pd.Series(found).groupby(part).transform("min").to_numpy()
    return pd.factorize(found)[0].astype(np.int64)


def _owner(name: str, codes: np.ndarray, labels: np.ndarray, held_out: float) -> list[Owner]:
    sizes = np.bincount(codes)
    several, rows = int((sizes > 1).sum()), len(codes)
    repeated = float(sizes[sizes > 1].sum()) / max(rows, 1)
    if several < LEAST_GROUPS or repeated < LEAST_SHARE or sizes.max() > LARGEST * rows:
        return []
    shared = float((sizes * (1 - held_out ** (sizes - 1))).sum() / rows)
    return [Owner(name, several, shared, *_agreement(codes, labels))]


def _agreement(codes: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    known = labels >= 0
    counts = pd.crosstab(codes[known], labels[known]).to_numpy(dtype=float)
    total = counts.sum(axis=1)
    pairs, same = float((total * (total - 1)).sum()), float((counts * (counts - 1)).sum())
    shares = counts.sum(axis=0) / max(counts.sum(), 1)
    return (same / pairs if pairs else 0.0), float((shares**2).sum())
