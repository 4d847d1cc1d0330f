"""Columns that give the label away: known only after the fact, or copies of it."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from core.data.profile import codes_of
from core.data.table import clean
from core.words import Text

Rule = tuple[str, Text, dict[str, Any]]

ENOUGH = 10
"""Filled rows below which a rule is not believed."""
PURE = 0.98
CHANCE = 1e-5
TELLING = 0.95
BINS = 20
MOST_CLASSES = 200


@dataclass(frozen=True)
class Leak:
    """A column and the rule by which it tells the label."""

    column: str
    kind: str
    rule: Text


def find_leaks(frame: pd.DataFrame, labels: pd.Series, label_name: str, groups: np.ndarray | None = None) -> list[Leak]:
    """The columns of the frame that give the labels (text, none missing) away. One rule a column, the plainest:
    it repeats the label, or says it in words; it is filled only with one class, or empty only with one, or one of its
    two values is; or a table of its values, made on one half of the rows, tells one class from the rest on the other
    half with a balanced accuracy of 95% or more. Rows of one group (int codes, for instance of equal texts) are in one
    half."""
    classes, values = pd.factorize(labels)
    names = [str(value) for value in values]
    found: list[Leak] = []
    if len(names) < 2 or len(labels) < ENOUGH:
        return found
    groups = np.arange(len(labels)) if groups is None else groups
    half = (np.random.default_rng(0).random(int(groups.max()) + 1) < 0.5)[groups]
    for position, name in enumerate(frame.columns):
        codes, distinct = codes_of(_plain(frame.iloc[:, position]))
        filled = codes >= 0
        if filled.sum() < ENOUGH:
            continue
        leak = (
            _repeats(codes, distinct, classes, names)
            or _filled_only(filled, classes, names)
            or _empty_only(filled, classes, names)
            or _value_only(codes, distinct, classes, names)
            or _tells(buckets(frame.iloc[:, position], codes), classes, names, half)
            or _says(codes, distinct, classes, names)
        )
        if leak:
            kind, rule, filling = leak
            found.append(Leak(str(name), kind, rule.fill(column=name, label=label_name, **filling)))
    return found


def _plain(values: pd.Series) -> pd.Series:
    return values.astype("str") if values.dtype == object else values


def _normal(value: object) -> str:
    value = value.as_py() if isinstance(value, pa.Scalar) else value
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return unicodedata.normalize("NFKC", str(value)).strip().casefold()


def _repeats(codes: np.ndarray, distinct: Any, classes: np.ndarray, names: list[str]) -> Rule | None:
    """Wherever it is filled it says the label itself, for each of the classes."""
    if len(distinct) > 5 * len(names):
        return None
    known = {_normal(name): place for place, name in enumerate(names)}
    means = np.array([known.get(_normal(value), -1) for value in distinct])[codes[codes >= 0]]
    truth = classes[codes >= 0]
    present = np.unique(truth)
    if len(present) < 2 or min((means[truth == one] == one).mean() for one in present) < TELLING:
        return None
    rule = Text(
        "“{column}” repeats “{label}” in the {n} rows where it is filled", "“{column}”有值的 {n} 行都在重复“{label}”"
    )
    return "repeats", rule, {"n": f"{len(truth):,}"}


def _filled_only(filled: np.ndarray, classes: np.ndarray, names: list[str]) -> Rule | None:
    """It is filled only where the label is one class, more than by chance."""
    top = _pure(filled, classes)
    if filled.mean() > PURE or top is None:
        return None
    rule = Text(
        "“{column}” is filled only when “{label}” is “{name}”{nearly}",
        "“{column}”只在“{label}”为“{name}”时才有值{nearly}",
    )
    return "filled_only", rule, {"name": names[top], "nearly": _nearly(filled, classes, top)}


def _empty_only(filled: np.ndarray, classes: np.ndarray, names: list[str]) -> Rule | None:
    """It is empty only where the label is one class, more than by chance."""
    empty = ~filled
    top = _pure(empty, classes) if empty.sum() >= ENOUGH else None
    if top is None:
        return None
    rule = Text(
        "“{column}” is empty only when “{label}” is “{name}”{nearly}",
        "“{column}”只在“{label}”为“{name}”时才为空{nearly}",
    )
    return "empty_only", rule, {"name": names[top], "nearly": _nearly(empty, classes, top)}


def _says(codes: np.ndarray, distinct: Any, classes: np.ndarray, names: list[str]) -> Rule | None:
    """Its words name one class in half of that class's rows, and hardly ever in others."""
    if not len(distinct) or not isinstance(distinct[0], pa.Scalar | str):
        return None
    words = [f" {_normal(value)} " for value in distinct]
    for place, name in enumerate(names):
        wanted = _normal(name)
        if len(wanted) < 2 or wanted.isdigit() or wanted in ("yes", "no", "true", "false"):
            continue
        said = re.compile(rf"(?<![a-z0-9]){re.escape(wanted)}(?![a-z0-9])")
        named = np.array([bool(said.search(word)) for word in words])
        rows, own = (codes >= 0) & named[codes], classes == place
        if own.sum() >= ENOUGH and not own.all() and rows[own].mean() >= 0.5 and rows[~own].mean() <= 0.05:
            rule = Text(
                "“{column}” says “{name}” in {share} of the rows where “{label}” is “{name}”, and hardly ever elsewhere",
                "“{label}”为“{name}”的行中，有 {share} 在“{column}”里直接写着“{name}”，其他行几乎没有",
            )
            return "says", rule, {"name": name, "share": f"{rows[own].mean():.0%}"}
    return None


def _value_only(codes: np.ndarray, distinct: Any, classes: np.ndarray, names: list[str]) -> Rule | None:
    """The rarer of its two values is there only where the label is one class, more than by chance."""
    if len(distinct) != 2:
        return None
    rarer = int(np.bincount(codes[codes >= 0], minlength=2).argmin())
    rows = codes == rarer
    top = _pure(rows, classes) if rows.sum() >= ENOUGH else None
    if top is None:
        return None
    rule = Text(
        "“{column}” is “{value}” only when “{label}” is “{name}”{nearly}",
        "“{column}”只在“{label}”为“{name}”时才等于“{value}”{nearly}",
    )
    shown = {"value": clean(distinct[rarer].as_py() if isinstance(distinct[rarer], pa.Scalar) else distinct[rarer])}
    return "value_only", rule, {**shown, "name": names[top], "nearly": _nearly(rows, classes, top)}


def _pure(rows: np.ndarray, classes: np.ndarray) -> int | None:
    """The class of nearly all of these rows, where that is no chance: its share among all rows, to the power of the
    rows, is below one in 100,000."""
    counts = np.bincount(classes[rows])
    top = int(counts.argmax())
    base, total = float((classes == top).mean()), int(rows.sum())
    return top if counts[top] >= PURE * total and base <= 0.95 and total * np.log(base) <= np.log(CHANCE) else None


def _nearly(rows: np.ndarray, classes: np.ndarray, top: int) -> Text:
    hits, total = int((classes[rows] == top).sum()), int(rows.sum())
    if hits == total:
        return Text("", "")
    return Text(f" ({hits:,} of {total:,} rows)", f"（{total:,} 行中的 {hits:,} 行）")


def buckets(values: pd.Series, codes: np.ndarray) -> np.ndarray:
    """The rows' values as small groups: missing, frequent values, and for numbers the rest in equal-mass bins."""
    if not pd.api.types.is_numeric_dtype(values.dtype) or pd.api.types.is_bool_dtype(values.dtype):
        return codes + 1
    counts = np.bincount(codes[codes >= 0])
    if len(counts) <= 50:
        return codes + 1
    numbers = values.to_numpy(dtype=float, na_value=np.nan)
    usual = np.isin(codes, np.flatnonzero(counts > 0.02 * len(codes)))
    edges = np.unique(np.nanquantile(numbers, np.linspace(0, 1, BINS + 1)[1:-1]))
    binned = len(counts) + 1 + np.searchsorted(edges, np.nan_to_num(numbers))
    return pd.factorize(np.where(codes < 0, 0, np.where(usual, codes + 1, binned)))[0]


def _tells(buckets: np.ndarray, classes: np.ndarray, names: list[str], half: np.ndarray) -> Rule | None:
    """The class that the value tells from the rest on rows not used to find that out."""
    width, size = int(buckets.max()) + 1, len(names)
    if size > MOST_CLASSES or width > len(buckets) / 3 or half.all() or not half.any():
        return None
    seen = np.bincount(buckets[half] * size + classes[half], minlength=width * size).reshape(width, size)
    says = seen[buckets[~half]] * 2 > seen.sum(axis=1)[buckets[~half], None]
    truth = classes[~half, None] == np.arange(size)
    positives, negatives = truth.sum(axis=0), (~truth).sum(axis=0)
    found = (says & truth).sum(axis=0) / np.maximum(positives, 1)
    spared = (~says & ~truth).sum(axis=0) / np.maximum(negatives, 1)
    balanced = np.where((positives >= ENOUGH) & (negatives >= ENOUGH), (found + spared) / 2, 0.0)
    best = int(balanced.argmax())
    if balanced[best] < TELLING:
        return None
    rule = Text(
        "the value of “{column}” tells whether “{label}” is “{name}” ({share} right on rows kept aside)",
        "看“{column}”的取值就知道“{label}”是不是“{name}”（在另一半数据上验证，{share} 正确）",
    )
    return "tells", rule, {"name": names[best], "share": f"{np.floor(balanced[best] * 100):.0f}%"}
