"""A user's columns as a matrix: what each is, how its gaps and rare values are handled, and the codes it becomes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from core.data.amounts import Mark, as_numbers, decimal_mark, share_of_numbers
from core.data.dates import Order
from core.data.moments import moments, orders_in
from core.data.table import clean
from core.words import Text

if TYPE_CHECKING:
    from core.learning.tabular.texts import Reader

Kind = Literal["number", "category", "date", "text", "ignored"]
MISSING, RARE, FIRST = 0, 1, 2
FEWEST = 3
"""A category with fewer training rows is one of the rare ones."""
MOST_CODES = 300
FEW_AT_ONCE = 500
"""Rows up to which looking each up takes less time than looking up the different ones."""
MOSTLY = 0.9
UNIQUE = 0.9
DATE_PARTS = ("days", "month", "weekday")


@dataclass(frozen=True)
class Encoded:
    """Rows as numbers float32 [rows, n] (NaN is missing) and category codes int32 [rows, m] (0 missing, 1 rare or never
    seen, 2 and up known). `sizes` is how many codes each category has; `sources` the user's column behind each number,
    then behind each text, then behind each category. `texts` float32 [rows, t, axes] are what free texts mean."""

    numbers: np.ndarray
    categories: np.ndarray
    sizes: tuple[int, ...]
    sources: tuple[str, ...]
    texts: np.ndarray = field(default_factory=lambda: np.zeros((0, 0, 0), dtype=np.float32))

    def __len__(self) -> int:
        return len(self.numbers)

    def take(self, rows: np.ndarray) -> Encoded:
        said = self.texts[rows] if self.texts.shape[1] else self.texts
        return Encoded(self.numbers[rows], self.categories[rows], self.sizes, self.sources, said)

    def matrix(self) -> np.ndarray:
        """Numbers, then codes, float64 [rows, n + m]."""
        return np.hstack([self.numbers, self.categories]).astype(np.float64)


MOST_LOOKED_AT = 5000


@dataclass(frozen=True)
class ColumnPlan:
    """One column of the training data. `known` are a category's values in the order of their codes from 2 up; `low` and
    `high` the smallest and largest number seen."""

    name: str
    kind: Kind
    known: tuple[str, ...] = ()
    missing: int = 0
    rare: int = 0
    low: float | None = None
    high: float | None = None
    median: float | None = None
    mark: Mark = ""
    """The decimal sign of numbers that stand there as text: few new cells may not tell it."""
    orders: dict[str, Order] = field(default_factory=dict, hash=False)
    """Whether the day or the month comes first in dates, by how they are written: few new cells may not tell it either."""


@dataclass(frozen=True)
class Columns:
    """The columns a model learned from, in the user's order, and `rows`, how many rows they were read from. `readers` read
    the free texts."""

    plans: tuple[ColumnPlan, ...]
    rows: int = 0
    codes: dict[str, dict[str, int]] = field(default_factory=dict, compare=False)
    readers: dict[str, Reader] = field(default_factory=dict, compare=False)

    @staticmethod
    def fit(frame: pd.DataFrame) -> Columns:
        """Decides each column's kind from the training rows; free texts are read by their words. Constant columns and
        columns in which nearly every cell differs, and is no free text, carry nothing and are ignored."""
        from core.learning.tabular.texts import by_words

        plans = planned(frame)
        return Columns.of(plans, len(frame), {name: by_words(frame[name]) for name in texts_of(plans)})

    @staticmethod
    def of(plans: tuple[ColumnPlan, ...], rows: int, readers: dict[str, Reader]) -> Columns:
        codes = {plan.name: {value: FIRST + i for i, value in enumerate(plan.known)} for plan in plans}
        return Columns(plans, rows, codes, readers)

    @property
    def used(self) -> list[str]:
        return [plan.name for plan in self.plans if plan.kind != "ignored"]

    @property
    def free_texts(self) -> list[str]:
        return texts_of(self.plans)

    def encode(self, frame: pd.DataFrame) -> Encoded:
        """The rows as codes. Never raises for their content: a column that is not there is all missing, a new one is
        passed over, a value never seen is rare, text where a number belongs is missing."""
        numbers, categories, sizes, said = [], [], [], []
        sources: dict[str, list[str]] = {"number": [], "text": [], "category": []}
        for plan in self.plans:
            if plan.kind == "ignored":
                continue
            values = frame[plan.name] if plan.name in frame.columns else None
            if plan.kind == "category":
                categories.append(self._codes(plan, values, len(frame)))
                sizes.append(FIRST + len(plan.known))
                sources["category"].append(plan.name)
                continue
            if plan.kind == "text":
                said.append(self.readers[plan.name](_said(values, len(frame))))
                sources["text"].append(plan.name)
                continue
            parts = (
                _date_parts(values, len(frame), plan) if plan.kind == "date" else [_numbers(values, len(frame), plan)]
            )
            numbers += parts
            sources["number"] += [plan.name] * len(parts)
        return Encoded(
            np.column_stack(numbers).astype(np.float32) if numbers else np.zeros((len(frame), 0), dtype=np.float32),
            np.column_stack(categories).astype(np.int32) if categories else np.zeros((len(frame), 0), dtype=np.int32),
            tuple(sizes),
            (*sources["number"], *sources["text"], *sources["category"]),
            _side_by_side(said, len(frame)),
        )

    def _codes(self, plan: ColumnPlan, values: pd.Series | None, rows: int) -> np.ndarray:
        if values is None:
            return np.zeros(rows, dtype=np.int32)
        known = self.codes[plan.name]
        if rows <= FEW_AT_ONCE:
            return np.array([known.get(v, RARE) if v else MISSING for v in _cell_by_cell(values)], dtype=np.int32)
        said = texts(values)
        distinct = said.unique()
        code_of = {value: known.get(value, RARE) if value else MISSING for value in distinct}
        return said.map(code_of).to_numpy(dtype=np.int32)

    def differences(self, frame: pd.DataFrame) -> list[Text]:
        """What is odd about these rows, compared with the training's: missing columns, values never seen, text where a
        number belongs."""
        found = []
        gone = [plan.name for plan in self.plans if plan.kind != "ignored" and plan.name not in frame.columns]
        if gone:
            found.append(_GONE.fill(columns=", ".join(gone)))
        for plan in self.plans:
            if plan.name not in frame.columns or plan.kind == "ignored":
                continue
            if pd.api.types.is_numeric_dtype(frame[plan.name].dtype) and plan.kind == "number":
                continue
            said = texts(frame[plan.name])
            if plan.kind == "category":
                new = sorted(set(said.unique()) - set(self.codes[plan.name]) - {""})
                if new and plan.rare == 0:
                    found.append(_NEW.fill(column=plan.name, values=", ".join(new[:3])))
            elif plan.kind == "number":
                odd = said[(said != "") & as_numbers(frame[plan.name], plan.mark).isna()]
                if len(odd):
                    found.append(_NO_NUMBER.fill(column=plan.name, value=odd.iloc[0][:40]))
        return found

    def unknown(self, frame: pd.DataFrame) -> list[str]:
        """For each row the columns that count as unknown though the training rows had no such cell: those that are not
        there, values never seen, text where a number belongs; "" where there are none."""
        gone = [plan.name for plan in self.plans if plan.kind != "ignored" and plan.name not in frame.columns]
        found = [gone.copy() for _ in range(len(frame))]
        for plan in self.plans:
            if plan.name not in frame.columns or plan.kind not in ("category", "number"):
                continue
            said = texts(frame[plan.name])
            if plan.kind == "number":
                odd = (said != "") & as_numbers(frame[plan.name], plan.mark).isna()
            else:
                odd = (said != "") & ~said.isin(plan.known) & (plan.rare == 0)
            for row in np.flatnonzero(odd.to_numpy(dtype=bool)):
                found[row].append(plan.name)
        return ["; ".join(names) for names in found]

    def handling(self) -> list[dict[str, Any]]:
        """What was done to each column, as {"column", "words": Text as JSON}, those with something to tell."""
        return [
            {"column": plan.name, "words": words.to_json()}
            for plan in self.plans
            for words in [_handled(plan, self.rows, self.readers.get(plan.name))]
            if words is not None
        ]

    def to_json(self) -> dict[str, Any]:
        return {"rows": self.rows, "plans": [asdict(plan) for plan in self.plans]}

    def save_readers(self, folder: Path) -> None:
        for place, name in enumerate(self.free_texts):
            self.readers[name].save(folder / f"reader-{place}")

    @staticmethod
    def load(value: dict[str, Any], folder: Path) -> Columns:
        """From `to_json`, and the folder of `save_readers`."""
        plans = tuple(ColumnPlan(**{**plan, "known": tuple(plan["known"])}) for plan in value["plans"])
        from core.learning.tabular.texts import Reader

        readers = {name: Reader.load(folder / f"reader-{place}") for place, name in enumerate(texts_of(plans))}
        return Columns.of(plans, value["rows"], readers)


def planned(frame: pd.DataFrame) -> tuple[ColumnPlan, ...]:
    """What each column is."""
    return tuple(_plan(frame[name]) for name in frame.columns)


def texts_of(plans: Sequence[ColumnPlan]) -> list[str]:
    """The columns of free text."""
    return [plan.name for plan in plans if plan.kind == "text"]


def texts(values: pd.Series) -> pd.Series:
    """Cells as trimmed text, missing as ""."""
    if len(values) <= FEW_AT_ONCE:
        return pd.Series(_cell_by_cell(values), index=values.index, name=values.name, dtype="str")
    if isinstance(values.dtype, pd.StringDtype):
        return values.fillna("").str.strip()
    distinct = pd.unique(values)
    said = {value: clean(value) for value in distinct if not _is_missing(value)}
    return values.map(said).fillna("").astype("str")


def _cell_by_cell(values: pd.Series) -> list[str]:
    """The same as `texts`, quicker where there are few."""
    trimmed = str.strip if isinstance(values.dtype, pd.StringDtype) else clean
    return ["" if _is_missing(value) else trimmed(value) for value in values.tolist()]


def _is_missing(value: Any) -> bool:
    return value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and np.isnan(value))


def _plan(values: pd.Series) -> ColumnPlan:
    from core.data.profile import is_free_text

    name = str(values.name)
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        return ColumnPlan(name, "date", missing=int(values.isna().sum()))
    if not pd.api.types.is_bool_dtype(values.dtype):
        if share_of_numbers(values) >= MOSTLY:
            return _number_plan(name, values)
        if _is_date(values):
            return ColumnPlan(name, "date", missing=int(values.isna().sum()), orders=orders_in(values))
    said = texts(values)
    filled = said[said != ""]
    if is_free_text(name, [str(value) for value in filled.unique()], len(filled)):
        return ColumnPlan(name, "text", missing=len(said) - len(filled))
    return _category_plan(name, said)


def _number_plan(name: str, values: pd.Series) -> ColumnPlan:
    as_text = not pd.api.types.is_numeric_dtype(values.dtype)
    mark = decimal_mark(texts(values).unique()[:MOST_LOOKED_AT]) if as_text else ""
    numbers = as_numbers(values, mark)
    filled = numbers.dropna()
    if filled.nunique() == 0 or (filled.nunique() == 1 and len(filled) == len(numbers)):
        return ColumnPlan(name, "ignored", missing=int(numbers.isna().sum()))
    low, high, median = (float(x) for x in (filled.min(), filled.max(), filled.median()))
    return ColumnPlan(name, "number", missing=int(numbers.isna().sum()), low=low, high=high, median=median, mark=mark)


def _category_plan(name: str, said: pd.Series) -> ColumnPlan:
    counts = said[said != ""].value_counts()
    missing = int((said == "").sum())
    if len(counts) == 0 or (len(counts) == 1 and not missing):
        return ColumnPlan(name, "ignored", missing=missing)
    if len(counts) > UNIQUE * counts.sum() and len(counts) > FEWEST:
        return ColumnPlan(name, "ignored", missing=missing)
    known = [str(value) for value, rows in counts.items() if rows >= FEWEST or len(counts) <= FEWEST][:MOST_CODES]
    rare = int(counts[~counts.index.isin(known)].sum())
    return ColumnPlan(name, "category", tuple(known), missing, rare)


def _is_date(values: pd.Series) -> bool:
    filled = values.dropna()
    if not len(filled) or pd.api.types.is_numeric_dtype(filled.dtype):
        return False
    some = filled.astype("str").head(500)
    if not some.str.contains(r"\d{1,4}[-/.年]\d{1,2}", regex=True).mean() >= MOSTLY:
        return False
    return bool(moments(some).notna().mean() >= MOSTLY)


def _date_parts(values: pd.Series | None, rows: int, plan: ColumnPlan) -> list[np.ndarray]:
    """Days since 1970, month and weekday."""
    if values is None:
        return [np.full(rows, np.nan)] * len(DATE_PARTS)
    read = moments(values, plan.orders)
    days = (read - pd.Timestamp(0)).dt.total_seconds() / 86400
    return [part.to_numpy(dtype=float, na_value=np.nan) for part in (days, read.dt.month, read.dt.weekday)]


def _numbers(values: pd.Series | None, rows: int, plan: ColumnPlan) -> np.ndarray:
    return np.full(rows, np.nan) if values is None else as_numbers(values, plan.mark).to_numpy(dtype=float)


def _said(values: pd.Series | None, rows: int) -> Sequence[str]:
    return [""] * rows if values is None else texts(values).tolist()


def _side_by_side(said: list[np.ndarray], rows: int) -> np.ndarray:
    """The vectors of several columns, float32 [rows, columns, axes]; those with fewer axes are filled up with zeros."""
    if not said:
        return np.zeros((rows, 0, 0), dtype=np.float32)
    most = max(vectors.shape[1] for vectors in said)
    return np.stack([np.pad(vectors, ((0, 0), (0, most - vectors.shape[1]))) for vectors in said], axis=1)


def _handled(plan: ColumnPlan, rows: int, reader: Reader | None) -> Text | None:
    if plan.kind == "ignored":
        return Text(
            "Not used: it says the same everywhere, or something else in nearly every row.",
            "未使用：取值全部相同，或几乎每行都不同。",
        )
    said = []
    if plan.missing:
        share = f"{plan.missing / max(rows, 1):.0%}" if plan.missing >= 0.005 * rows else f"{plan.missing:,}"
        said.append(Text(f"{share} missing: treated as a value of its own.", f"缺失 {share}：作为单独的一种取值处理。"))
    if plan.rare:
        said.append(
            Text(
                f"{plan.rare:,} rows with rare values learn as one group.",
                f"{plan.rare:,} 行取值罕见，合并为一组学习。",
            )
        )
    if reader is not None:
        said.append(_READ.fill(encoder=reader.encoder) if reader.encoder else _COUNTED)
    if plan.kind == "date":
        said.append(Text("A date: read as day, month and weekday.", "日期：拆成天数、月份和星期。"))
    if plan.kind == "number" and plan.median is not None and plan.high is not None and _is_far(plan):
        said.append(
            Text(
                f"Reaches {plan.high:,.4g} with half of the rows below {plan.median:,.4g}: ranks count, so extremes do not pull.",
                f"最大值 {plan.high:,.4g}，而一半的行低于 {plan.median:,.4g}：按排序学习，不受极端值影响。",
            )
        )
    if not said:
        return None
    return Text(" ".join(text.en for text in said), "".join(text.zh for text in said))


def _is_far(plan: ColumnPlan) -> bool:
    """Whether the largest value lies far beyond the usual ones."""
    low, median, high = plan.low or 0.0, plan.median or 0.0, plan.high or 0.0
    return median > low and high - median > 20 * (median - low)


_READ = Text(
    "Free text: the language model {encoder} reads it, and what it says becomes one score, learned on other rows than those "
    "it is used on.",
    "自由文本：由语言模型 {encoder} 阅读，内容转换为一个分数；每行的分数都由其他行学得。",
)
_COUNTED = Text(
    "Free text: its words and pairs of words become one score, learned on other rows than those it is used on. No language "
    "model for it is at hand, or it would take too long.",
    "自由文本：按词语和短语转换为一个分数；每行的分数都由其他行学得。没有适合的语言模型，或阅读耗时过长。",
)
_GONE = Text("These columns are missing and count as unknown: {columns}.", "缺少以下列，按未知处理：{columns}。")
_NEW = Text(
    "“{column}” holds values that the training data never had: {values}. They count as unknown.",
    "“{column}”中有训练数据里没有出现过的值：{values}，按未知处理。",
)
_NO_NUMBER = Text(
    "“{column}” should hold numbers; “{value}” is none and counts as missing.",
    "“{column}”应为数字，“{value}”不是数字，按缺失处理。",
)
